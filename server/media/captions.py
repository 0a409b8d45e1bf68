"""The words of a photo's watermark, from the records around it."""

import sqlite3

from server.errors import Lang
from server.media.watermark import Caption, caption
from server.store import media, records
from server.store.records import Record


def photo_caption(conn: sqlite3.Connection, photo: Record, *, zone: str, lang: Lang) -> Caption:
    """What the watermark of a photo says: when (in the zone of its site, else `zone`), where, which asset, who."""
    doc = photo.doc
    site = records.get(conn, doc.get("site") or "")
    asset = records.get(conn, doc.get("asset") or "")
    acted = media.author(conn, photo.writers.get("blob", ""))
    person = records.get(conn, acted[0]) if acted else None
    space = doc.get("space") or (asset.doc.get("space") if asset else None)
    names = [*([site.doc.get("name") or ""] if site else []), *space_names(conn, space)]
    return caption(
        at=doc.get("taken_at") or (acted[1] if acted else None),
        tz=(site.doc.get("tz") if site else None) or zone,
        place=" / ".join(name for name in names if name),
        code=(asset.doc.get("code") or asset.doc.get("name") or "") if asset else "",
        engineer=(person.doc.get("name") or "") if person else "",
        lang=lang,
    )


def space_names(conn: sqlite3.Connection, space: str | None) -> list[str]:
    """Names from building to room; a ring, which two people could make offline, ends at its start."""
    names: list[str] = []
    seen: set[str] = set()
    while space and space not in seen and len(seen) < 10:
        seen.add(space)
        found = records.get(conn, space)
        if found is None:
            break
        names.append(found.doc.get("name") or found.doc.get("code") or "")
        space = found.doc.get("parent")
    return names[::-1]
