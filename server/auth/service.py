"""What every part of the door works with, in one value."""

import ipaddress
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from server.auth.keys import Keys, open_keys
from server.ingest import Ingest
from server.store import records
from server.store.db import Database
from server.store.writer import Writer

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, kw_only=True)
class Auth:
    """The services and facts that signing in needs."""

    db: Database
    writer: Writer
    ingest: Ingest
    keys: Keys
    centre: str
    """The centre's id, as in the genesis of every install's chain."""
    origin: str
    """Where browsers find us, without a trailing slash."""
    trial: bool
    company: str
    """The company's name while no record says it."""
    session_ms: int
    """A session ends when unused for so long."""

    @property
    def clock(self) -> Callable[[], int]:
        """Milliseconds UTC, by the same clock that stamps the log."""
        return self.ingest.clock

    @property
    def rp_id(self) -> str | None:
        """The WebAuthn relying party: the host name. None where passkeys cannot work (an IP address, or plain http)."""
        address = urlsplit(self.origin)
        host = address.hostname or ""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return host if address.scheme == "https" or host == "localhost" else None
        return None

    def link(self, token: str) -> str:
        """The address of an invitation. The token is in the fragment, which browsers never send, so no log has it."""
        return f"{self.origin}/enrol#{token}"

    def company_name(self, conn: sqlite3.Connection) -> dict[str, str]:
        """The company's name in both languages."""
        for record in records.all_of(conn, "company"):
            name: dict[str, str] = record.doc.get("name") or {}
            zh, en = name.get("zh", ""), name.get("en", "")
            if zh or en:
                return {"zh": zh or en, "en": en or zh}
        return {"zh": self.company, "en": self.company}


def open_auth(
    *,
    db: Database,
    writer: Writer,
    ingest: Ingest,
    data: Path,
    centre: str,
    origin: str,
    trial: bool,
    company: str = "Sitebook",
    session_days: int = 30,
) -> Auth:
    """The door of one installation; makes its keys under `<data>/keys` when they are missing."""
    return Auth(
        db=db,
        writer=writer,
        ingest=ingest,
        keys=open_keys(data / "keys"),
        centre=centre,
        origin=origin.rstrip("/"),
        trial=trial,
        company=company,
        session_ms=session_days * DAY_MS,
    )
