"""Drives the workers that ship, as files of the real build, without the screens around them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.support import ROOT

LINK = """(address) => {
  const worker = new Worker(address, { type: "module" });
  const waiting = new Map();
  let id = 0;
  let broken;
  worker.onmessage = ({ data }) => { waiting.get(data.id).resolve(data); waiting.delete(data.id); };
  worker.onerror = (event) => {
    broken = new Error(event.message || "the worker could not be loaded");
    for (const { reject } of waiting.values()) reject(broken);
  };
  globalThis.fileOf = (text) => new Blob([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))]);
  globalThis.ask = (request, transfer = []) => new Promise((resolve, reject) => {
    if (broken) return reject(broken);
    waiting.set(++id, { resolve, reject });
    worker.postMessage({ ...request, id }, transfer);
  });
}"""


def shipped(name: str) -> str:
    """The address of a worker in the built app. Fails the test where the build has none."""
    found = sorted((ROOT / "server" / "static" / "assets").glob(f"{name}-*.js"))
    if not found:
        pytest.fail(f"the built app has no {name}: run `make build`")
    newest = max(found, key=lambda path: path.stat().st_mtime)
    return f"/assets/{newest.name}"


def connect(page: Page, origin: str, name: str) -> None:
    """Have `ask(request, transfer)` in the page reach a fresh worker, under the policy that the centre sends."""
    page.goto(f"{origin}/healthz")
    page.evaluate(LINK, shipped(name))


def packed(content: bytes) -> str:
    """Bytes on their way into the page, where `fileOf` makes a Blob of them."""
    return base64.b64encode(content).decode()


def sheet(folder: Path, *, besides: tuple[str, ...] = ()) -> list[Path]:
    """Files below a folder in order, without those of some suffixes."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in besides)


Answer = dict[str, Any]
