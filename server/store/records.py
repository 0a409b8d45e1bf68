"""Merged records, read side. Values are JSON; writers name the op that set each field."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

_decode = msgspec.json.decode


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One merged record. `doc` has its field values, `writers` field -> op name."""

    id: str
    kind: str
    seq: int
    deleted: bool
    doc: dict[str, Any]
    writers: dict[str, str]
    scopes: tuple[str, ...]


def _record(row: sqlite3.Row) -> Record:
    doc = _decode(row["doc"])
    return Record(
        id=row["id"],
        kind=row["kind"],
        seq=row["seq"],
        deleted=bool(row["deleted"]),
        doc=doc,
        writers=unpack_writers(row["writers"], doc),
        scopes=tuple(row["scopes"].split()),
    )


def pack_writers(writers: dict[str, str], common: str = "") -> str:
    """Field -> op name, with one name under `*` for the fields that are not named: `common`, else the commonest."""
    names = list(writers.values())
    if not names:
        return "{}"
    if names.count(names[0]) == len(names) and common in ("", names[0]):
        return f'{{"*":"{names[0]}"}}'
    common = common or max(names, key=names.count)
    packed = {"*": common, **{field: name for field, name in writers.items() if name != common}}
    return msgspec.json.encode(packed).decode()


def unpack_writers(text: str, doc: dict[str, Any]) -> dict[str, str]:
    """Inverse of `pack_writers` for the fields of `doc`."""
    packed: dict[str, str] = _decode(text)
    common = packed.pop("*", None)
    if common is None:
        return packed
    if not packed:
        return dict.fromkeys(doc, common)
    return {field: packed.get(field, common) for field in doc}


_COLUMNS = "id, kind, seq, deleted, scopes, doc, writers"


def get(conn: sqlite3.Connection, id: str) -> Record | None:
    """The record of that id, deleted ones too; None when there is none."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM records WHERE id = ?", (id,)).fetchone()
    return _record(row) if row else None


def get_many(conn: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Record]:
    """Id -> record, for those that exist."""
    found: dict[str, Record] = {}
    for chunk in chunks(ids):
        marks = ",".join("?" * len(chunk))
        for row in conn.execute(f"SELECT {_COLUMNS} FROM records WHERE id IN ({marks})", chunk):
            found[row["id"]] = _record(row)
    return found


def all_of(conn: sqlite3.Connection, kind: str, *, deleted: bool = False) -> list[Record]:
    """Every record of a kind by id; without deleted ones unless asked."""
    return list(iterate(conn, kind, deleted=deleted))


def iterate(conn: sqlite3.Connection, kind: str, *, deleted: bool = False) -> Iterator[Record]:
    """`all_of`, one at a time."""
    extra = "" if deleted else " AND NOT deleted"
    for row in conn.execute(f"SELECT {_COLUMNS} FROM records WHERE kind = ?{extra} ORDER BY id", (kind,)):
        yield _record(row)


def find(conn: sqlite3.Connection, kind: str, field: str, value: str) -> list[Record]:
    """Records of a kind whose field is `value`, by id, without deleted ones.

    Indexed for site, round, asset, source, blob, copy and an asset's serial, as far as migration 0001 says.
    """
    if not field.isidentifier() or not kind.isidentifier():
        raise ValueError(f"{kind}.{field} is no field")
    sql = f"SELECT {_COLUMNS} FROM records WHERE kind = '{kind}' AND doc ->> '{field}' = ? AND NOT deleted ORDER BY id"
    return [_record(row) for row in conn.execute(sql, (value,))]


def claimed(conn: sqlite3.Connection, key: str) -> list[Record]:
    """Records that claim a key (`token:…`, `code:<customer>:<code>`, `number:…`, `document:<token>`), by id."""
    ids = [row[0] for row in conn.execute("SELECT record FROM claims WHERE key = ? ORDER BY record", (key,))]
    found = get_many(conn, ids)
    return [found[id] for id in ids if id in found and not found[id].deleted]


def chunks(values: Iterable[str], size: int = 500) -> Iterator[list[str]]:
    """Lists of at most `size` values, for SQL's IN."""
    chunk: list[str] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
