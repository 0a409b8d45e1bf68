"""What the centre does when a blob has come whole: notes it, looks at photos, and says so by an op on their record.

The saying is durable: receipts are rows, and whatever a crash left unsaid is said after the next start.
"""

import queue
import sqlite3
import threading
from collections.abc import Sequence

from server.domain import statements
from server.errors import Problem
from server.ingest import Ingest
from server.logs import log
from server.media.blobs import MAX_BYTES, Blobs
from server.media.pixels import Picture, Refusal
from server.media.verify import Pictures
from server.store import media
from server.store.db import Database
from server.store.media import Checked, Receipt
from server.store.records import find
from server.store.writer import Writer
from sync.drafts import Draft


class Arrivals:
    """Looks at arrived photos one after another on a thread of its own."""

    def __init__(self, *, db: Database, writer: Writer, ingest: Ingest, blobs: Blobs, pictures: Pictures) -> None:
        self._db = db
        self._writer = writer
        self._ingest = ingest
        self._blobs = blobs
        self._pictures = pictures
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._closing = False

    def start(self) -> None:
        """Begin, with what an earlier run left undone."""
        self._thread = threading.Thread(target=self._run, name="sitebook-arrivals", daemon=True)
        self._thread.start()
        conn = self._db.reader()
        for sha256 in (*media.pending_blobs(conn), *statements.unchecked(conn)):
            self._queue.put(sha256)

    def close(self) -> None:
        """Finish the photo at hand and stop; the rest is taken up at the next start."""
        if self._thread is None:
            return
        self._closing = True
        self._queue.put(None)
        self._thread.join()
        self._thread = None

    def notice(self, sha256: str) -> None:
        """A whole blob may have photos to speak about: look at it soon. Returns at once."""
        self._queue.put(sha256)

    def wait(self) -> None:
        """Return when everything noticed so far has been looked at."""
        self._queue.join()

    def settle(self, sha256: str) -> None:
        """Look at a whole blob's pending photos now and write `arrived_at` or `refused`. For worker threads."""
        conn = self._db.reader()
        if media.is_shut_away(conn, sha256):
            return
        if statements.waiting(conn, sha256) and self._blobs.exists(sha256):
            self._writer.submit(lambda c: statements.settle(c, self._ingest, self._blobs.read, sha256)).result()
        photos = media.pending_photos(conn, sha256)
        if not photos or not self._blobs.exists(sha256):
            return
        known = media.checked(conn, sha256)
        refused = known.refused if known else self._look(sha256)
        self._say([photo.id for photo in photos], refused)

    def refuse_large(self, sha256: str) -> None:
        """Refuse the photos whose own op announces more bytes than are ever taken, so that nobody waits for them."""
        photos = [
            photo.id
            for photo in find(self._db.reader(), "photo", "blob", sha256)
            if photo.doc.get("size", 0) > MAX_BYTES and not photo.doc.get("refused")
        ]
        self._say(photos, "too_large")

    def receipts(self, sha256: str, sites: Sequence[str], install: str) -> list[Receipt]:
        """Receipts for a blob that this install has just delivered."""
        size, now = self._blobs.size(sha256), self._ingest.clock()
        return [Receipt(sha256=sha256, site=site, install=install, size=size, arrived_at=now) for site in sites]

    # --- inside ---

    def _look(self, sha256: str) -> str | None:
        outcome = self._pictures.verify(sha256)
        row = found(sha256, outcome, self._ingest.clock())
        if row.refused:
            log.info("photo refused", reason=row.refused, detail=row.detail)
        self._writer.submit(lambda conn: media.put_checked(conn, row)).result()
        return row.refused

    def _say(self, photos: Sequence[str], refused: str | None) -> None:
        if not photos:
            return

        def say(conn: sqlite3.Connection) -> None:
            now = self._ingest.clock()
            values = {"refused": refused} if refused else {"arrived_at": now}
            verdicts = self._ingest.write(conn, [Draft(kind="photo", record=photo, values=values) for photo in photos])
            for verdict in verdicts:
                if verdict.verdict not in ("applied", "noop"):
                    log.warning("arrival not merged", verdict=verdict.verdict, code=verdict.code)

        self._writer.submit(say).result()

    def _run(self) -> None:
        while True:
            sha256 = self._queue.get()
            try:
                if sha256 is None:
                    return
                if not self._closing:
                    self.settle(sha256)
            except Problem as problem:
                log.warning("photo left for later", code=problem.code)
            except Exception:
                # A full disk or a dead decoder is no fault of the photo: it stays pending until the next start.
                log.error("photo left for later", exc_info=True)
            finally:
                self._queue.task_done()


def found(sha256: str, outcome: Picture | Refusal, now: int) -> Checked:
    """The row that keeps an outcome."""
    if isinstance(outcome, Refusal):
        return Checked(
            sha256=sha256,
            mime=None,
            width=None,
            height=None,
            refused=outcome.reason,
            detail=outcome.detail,
            checked_at=now,
        )
    return Checked(
        sha256=sha256,
        mime=outcome.mime,
        width=outcome.width,
        height=outcome.height,
        refused=None,
        detail="",
        checked_at=now,
    )
