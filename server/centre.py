"""The services of one running centre, in one value that every handler and command gets."""

import secrets
import shutil
import sqlite3
import threading
import time
from dataclasses import dataclass

from server.auth.secret import b64
from server.auth.service import Auth, open_auth
from server.events import Events
from server.exchange.imports import Imports
from server.ingest import Ingest
from server.jobs.runner import Jobs
from server.limits import Limits
from server.media.blobs import Blobs
from server.media.service import Media, open_media
from server.origin import settle_origin
from server.settings import Settings
from server.shell import Shell
from server.store import log
from server.store.db import Database
from server.store.writer import Writer

INSTALL_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Centre:
    """Everything that works on one data folder. Made by `open_centre`, ended by `close`."""

    id: str
    """The centre's id, which is also that of its own install."""
    settings: Settings
    db: Database
    writer: Writer
    ingest: Ingest
    media: Media
    auth: Auth
    jobs: Jobs
    imports: Imports
    limits: Limits
    events: Events
    shell: Shell

    @property
    def blobs(self) -> Blobs:
        """The content-addressed files."""
        return self.media.blobs

    def reader(self) -> sqlite3.Connection:
        """This thread's read-only connection."""
        return self.db.reader()

    def free_bytes(self) -> int:
        """Free space on the disk of the data folder."""
        return shutil.disk_usage(self.settings.data).free

    def start(self) -> None:
        """Take up background work; a server does, a single command does not."""
        self.media.start()
        threading.Thread(target=self.shell.warm, name="sitebook-shell", daemon=True).start()

    def close(self) -> None:
        """Finish what was begun and let go of the data folder."""
        self.events.close()
        self.jobs.close()
        self.media.close()
        self.writer.close()
        self.db.close()


def open_centre(settings: Settings, *, serving: bool = True) -> Centre:
    """Open (or begin) the data folder of `settings`: lock, migrate, settle the address, start the writer.

    `serving` is False for a command that works beside a server: see `settle_origin`.
    Raises `Problem`: `data_in_use`, `store_too_new`, `origin_changed`, `origin_trial`.
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    db = Database(settings.database)
    try:
        db.migrate()
        centre_id = _begin(db.writer)
        settings = settle_origin(db.writer, settings, serving=serving)
        writer = Writer(db)
    except BaseException:
        db.close()
        raise
    ingest = Ingest()
    media = open_media(settings.data, db=db, writer=writer, ingest=ingest)
    auth = open_auth(
        db=db,
        writer=writer,
        ingest=ingest,
        data=settings.data,
        centre=centre_id,
        origin=settings.address,
        trial=settings.trial,
        company=settings.company,
        session_days=settings.session_days,
    )
    jobs = Jobs(db=db, writer=writer, clock=lambda: ingest.clock())
    imports = Imports(
        folder=settings.data / "imports",
        db=db,
        writer=writer,
        ingest=ingest,
        jobs=jobs,
        time_zone=settings.time_zone,
    )
    events = Events(db)
    writer.listen(events.notice)
    return Centre(
        id=centre_id,
        settings=settings,
        db=db,
        writer=writer,
        ingest=ingest,
        media=media,
        auth=auth,
        jobs=jobs,
        imports=imports,
        limits=Limits(),
        events=events,
        shell=Shell(settings.static_dir),
    )


def _begin(conn: sqlite3.Connection) -> str:
    """The centre's id, drawn at the first start."""
    known = log.centre_id(conn)
    if known is not None:
        return known
    drawn = b64(secrets.token_bytes(INSTALL_BYTES))
    conn.execute("BEGIN IMMEDIATE")
    log.create(conn, drawn, time.time_ns() // 1_000_000)
    conn.execute("COMMIT")
    return drawn
