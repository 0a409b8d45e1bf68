"""Photos as the centre keeps them: checked once, and the smaller pictures that people look at.

Derivatives lie in `<data>/derived/<ab>/<sha256>/` and can be made again from the blob at any time: they are in no
backup, and removing the folder loses nothing.
"""

import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

from server.errors import Problem
from server.media.blobs import Blobs
from server.media.decoder import Decoder
from server.media.pixels import Picture, Refusal
from server.media.watermark import Caption, mark

THUMB: Final = 320
"""Long edge of a thumbnail, px."""
PRINT: Final = 1024
"""Long edge of a photo in a document, px."""
SCREEN: Final = 1600
"""Long edge of a photo on a screen, px."""


class Pictures:
    """Checks photos and makes their derivatives. Call from worker threads: decoding takes up to seconds."""

    def __init__(self, data: Path, blobs: Blobs, decoder: Decoder) -> None:
        self._root = data / "derived"
        self._blobs = blobs
        self._decoder = decoder

    def verify(self, sha256: str) -> Picture | Refusal:
        """Decode a whole blob and make its thumbnails; why not, if it is no picture we can show.

        Dimensions are read before pixels. Bad metadata never matters. Raises `Problem("blob_unknown")`, and OSError when
        the machine, not the photo, is at fault (then ask again later).
        """
        source = self._blobs.path(sha256)
        if not source.is_file():
            raise Problem("blob_unknown", sha256=sha256)
        folder = self._folder(sha256)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        targets = [(edge, folder / f"{edge}.jpg") for edge in (THUMB, SCREEN)]
        fresh = [(edge, _beside(path)) for edge, path in targets]
        try:
            outcome = self._decoder.derive(source, fresh)
            if isinstance(outcome, Refusal) and outcome.reason == "decoder":
                # Perhaps the machine was short of time or memory: evidence gets a second look.
                outcome = self._decoder.derive(source, fresh)
            if isinstance(outcome, Picture):
                for (_, made), (_, path) in zip(fresh, targets, strict=True):
                    made.rename(path)
        finally:
            for _, path in fresh:
                path.unlink(missing_ok=True)
            with suppress(OSError):
                folder.rmdir()  # only when a refusal left it empty
        return outcome

    def plain(self, sha256: str, edge: int) -> Path:
        """An upright JPEG without metadata, `THUMB` or `SCREEN` px long at most.

        Raises `Problem("blob_unknown")` and `Problem("photo_refused")`.
        """
        if edge not in (THUMB, SCREEN):
            raise ValueError(f"no derivative has an edge of {edge} px")
        path = self._folder(sha256) / f"{edge}.jpg"
        if not path.is_file():
            outcome = self.verify(sha256)
            if isinstance(outcome, Refusal):
                raise Problem("photo_refused", reason=outcome.reason)
        return path

    def marked(self, sha256: str, edge: int, words: Caption) -> Path:
        """The same with a watermark, at most `edge` px long (`THUMB`, `PRINT`, `SCREEN`); made once per text and size.

        Raises as `plain` does.
        """
        path = self._folder(sha256) / f"{edge}-{words.key()}.jpg"
        if not path.is_file():
            content = mark(self.plain(sha256, SCREEN), edge, words)
            made = _beside(path)
            try:
                made.write_bytes(content)
                made.rename(path)
            finally:
                made.unlink(missing_ok=True)
        return path

    def _folder(self, sha256: str) -> Path:
        self._blobs.path(sha256)  # refuses what is no hash
        return self._root / sha256[:2] / sha256


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.{uuid.uuid4().hex}")
