"""The built browser app as files in memory: cached for ever, or never, and compressed once."""

import gzip
import hashlib
import mimetypes
import threading
from pathlib import Path
from typing import Final

import msgspec

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
SMALLER_COMPRESSED: Final = frozenset((".css", ".html", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".wasm",
                                       ".webmanifest"))  # fmt: skip
IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"
"""For whatever keeps its name when its content changes: index.html, sw.js, the manifest, icons."""


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One file, ready to be sent. `packed` is the gzip form where it is smaller."""

    content: bytes
    packed: bytes | None
    media_type: str
    etag: str
    cache: str


class Shell:
    """The files below a folder, read when first asked for and again when they change on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._held: dict[str, tuple[tuple[int, int], Asset]] = {}
        self._guard = threading.Lock()

    @property
    def built(self) -> bool:
        """Whether the browser app has been built into the folder."""
        return (self._folder / "index.html").is_file()

    def warm(self) -> None:
        """Read and compress every file now, so that nobody's first visit waits for it. For a thread of its own."""
        for file in self._folder.rglob("*"):
            self.find(file.relative_to(self._folder).as_posix())

    def find(self, path: str) -> Asset | None:
        """The file at an URL path (`/` is index.html), or None. Nothing outside the folder is ever found."""
        name = path.lstrip("/") or "index.html"
        if "\0" in name or "\\" in name or any(part.startswith(".") for part in name.split("/")):
            return None
        file = self._folder / name
        try:
            stat = file.stat()
            if not file.is_file() or not file.resolve().is_relative_to(self._folder):
                return None
        except OSError:
            return None
        stamp = (stat.st_mtime_ns, stat.st_size)
        held = self._held.get(name)
        if held is None or held[0] != stamp:
            with self._guard:
                held = (stamp, _read(file, name))
                self._held[name] = held
        return held[1]


def _read(file: Path, name: str) -> Asset:
    content = file.read_bytes()
    suffix = file.suffix.lower()
    packed = gzip.compress(content, 9, mtime=0) if suffix in SMALLER_COMPRESSED and len(content) > 500 else None
    if packed is not None and len(packed) >= len(content):
        packed = None
    return Asset(
        content=content,
        packed=packed,
        media_type=TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream",
        etag=f'"{hashlib.sha256(content).hexdigest()[:20]}"',
        cache=IMMUTABLE if name.startswith("assets/") else REVALIDATE,
    )
