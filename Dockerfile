# The centre as one image: the browser app is built with Node, the fonts and the server with Python; neither tool chain
# is in what runs. Everything an installation owns lies in the one volume, /data. See docs/operations.md.

FROM node:22-bookworm-slim AS app
WORKDIR /src/pwa
COPY pwa/package.json pwa/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY pwa/ ./
RUN npm run build

FROM python:3.11-slim-bookworm AS server
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/sitebook/bin:$PATH
WORKDIR /src
RUN python -m venv /opt/sitebook
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml ./
COPY sync/ sync/
COPY server/ server/
COPY --from=app /src/pwa/node_modules/@expo-google-fonts pwa/node_modules/@expo-google-fonts
COPY --from=app /src/server/static server/static
RUN python -m server.fonts build \
    && pip install --no-deps --no-build-isolation . \
    && pip uninstall --yes fonttools setuptools wheel pip \
    && find /opt/sitebook -name __pycache__ -prune -exec rm -rf {} + \
    && python -m compileall -q /opt/sitebook/lib

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 sitebook \
    && useradd --uid 10001 --gid sitebook --home-dir /data --no-create-home --shell /usr/sbin/nologin sitebook \
    && install --directory --owner sitebook --group sitebook --mode 0700 /data
COPY --from=server /opt/sitebook /opt/sitebook
ENV PATH=/opt/sitebook/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SITEBOOK_DATA=/data \
    SITEBOOK_HOST=0.0.0.0 \
    SITEBOOK_PORT=8000
USER sitebook
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['SITEBOOK_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["sitebook"]
CMD ["serve"]
