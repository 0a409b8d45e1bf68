"""Whether anything changed in what a person reads."""

import sqlite3

from server.store.log import SqliteTx
from sync.access import SiteRef, read_scopes


def has_news(conn: sqlite3.Connection, user: str, install: str, after: int) -> bool:
    """Whether a scope that this person reads on this install has a row with a seq above `after`.

    One look into an index per scope, whatever the size of the log.
    """
    tx = SqliteTx(conn)
    history = tx.grants([user]).get(user)
    if not history:
        return False
    sites = [SiteRef(site=site, customer=customer) for site, customer in tx.sites().items()]
    return any(
        conn.execute("SELECT 1 FROM feed WHERE scope = ? AND seq > ? LIMIT 1", (scope, after)).fetchone()
        for scope in read_scopes(history[-1][1], sites, install)
    )
