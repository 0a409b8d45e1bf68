"""From records to labels on paper, and the note of what was printed."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct

from server.errors import Problem
from server.ingest import Ingest
from server.labels import allot, tokens
from server.labels.faces import Brand, Label, Lang
from server.store import labels as store
from server.store import records
from server.store.records import Record
from server.store.writer import Writer
from sync.drafts import Draft


class Job(Struct, frozen=True, kw_only=True):
    """Labels to print, in order, and how many of them were printed before."""

    labels: list[Label]
    printed_before: int


def read_brand(conn: sqlite3.Connection, *, company: str, trial: bool, lang: Lang) -> Brand:
    """What the company record says for labels; `company` is the name while none says it."""
    for record in records.all_of(conn, "company"):
        name: dict[str, str] = record.doc.get("name") or {}
        other: Lang = "en" if lang == "zh" else "zh"
        shown = name.get(lang) or name.get(other) or company
        return Brand(company=shown, hotline=str(record.doc.get("hotline") or ""), trial=trial, lang=lang)
    return Brand(company=company, trial=trial, lang=lang)


def label_of(asset: Record, token: str, origin: str) -> Label:
    """The label of an asset."""
    made = " ".join(str(asset.doc[field]) for field in ("manufacturer", "model") if asset.doc.get(field))
    name = str(asset.doc.get("name") or "") or made
    return Label(
        address=tokens.url(origin, token),
        token=token,
        code=str(asset.doc.get("code") or ""),
        name=name,
        spec=made if made and made != name else str(asset.doc.get("spec") or ""),
        serial=str(asset.doc.get("serial") or ""),
    )


def blank(token: str, origin: str) -> Label:
    """A label that is bound later."""
    return Label(address=tokens.url(origin, token), token=token)


def of_assets(conn: sqlite3.Connection, assets: Sequence[str], *, origin: str, holds: Callable[[str], bool]) -> Job:
    """The labels of assets. Raises `Problem`: `not_found`, or `label_none` when some have no token yet."""
    held = allot.find_assets(conn, assets, holds)
    chosen = {id: token for id, asset in held.items() if (token := allot.newest_token(conn, asset))}
    if len(chosen) < len(held):
        raise Problem("label_none", count=len(held) - len(chosen))
    issued = store.of_tokens(conn, chosen.values())
    return Job(
        labels=[label_of(asset, chosen[id], origin) for id, asset in held.items()],
        printed_before=sum(bool(record.doc.get("printed_at")) for record in issued.values()),
    )


def of_tokens(conn: sqlite3.Connection, wanted: Iterable[str], *, origin: str, holds: Callable[[str], bool]) -> Job:
    """The labels of tokens: with its asset's texts where one is bound, else blank. Raises `Problem("not_found")`."""
    canonical = [tokens.normalise(token) or token for token in wanted]
    issued = store.of_tokens(conn, canonical)
    labels: list[Label] = []
    for token in dict.fromkeys(canonical):
        if token not in issued:
            raise Problem("not_found", kind="label", id=token[:40])
        bound = [asset for asset in records.claimed(conn, f"token:{token}") if asset.kind == "asset"]
        if bound and not holds(bound[0].doc.get("site", "")):
            raise Problem("not_found", kind="label", id=token[:40])
        labels.append(label_of(bound[0], token, origin) if bound else blank(token, origin))
    return Job(labels=labels, printed_before=sum(bool(record.doc.get("printed_at")) for record in issued.values()))


def of_batch(conn: sqlite3.Connection, batch: str, *, origin: str, holds: Callable[[str], bool]) -> Job:
    """The labels that were allotted together, in that order. Raises `Problem("not_found")` for an unknown batch."""
    found = [str(record.doc["token"]) for record in store.of_batch(conn, batch)]
    if not found:
        raise Problem("not_found", kind="batch", id=batch[:40])
    return of_tokens(conn, found, origin=origin, holds=holds)


def require_reason(job: Job, reason: str | None) -> None:
    """Raises `Problem("label_reprint")` when labels were printed before and nobody says why again."""
    if job.printed_before and not (reason or "").strip():
        raise Problem("label_reprint", count=job.printed_before)


def note(writer: Writer, ingest: Ingest, job: Job, *, user: str, reason: str | None) -> None:
    """Writes on the label records that they were printed, and why again if so; waits for it.

    Call when the labels are made: a sheet that failed was not printed.
    """
    printed = [label.token for label in job.labels]
    for start in range(0, len(printed), allot.CHUNK):
        some = printed[start : start + allot.CHUNK]
        writer.submit(lambda conn, some=some: note_printed(conn, ingest, some, user=user, reason=reason)).result()


def note_printed(
    conn: sqlite3.Connection, ingest: Ingest, printed: Iterable[str], *, user: str, reason: str | None
) -> None:
    """Writes on the label records of tokens that they were printed, and why again if so. Runs in a writer job."""
    now = ingest.clock()
    drafts: list[Draft] = []
    for record in store.of_tokens(conn, printed).values():
        values: dict[str, Any] = {"printed_at": now}
        if record.doc.get("printed_at"):
            values["reason"] = (reason or "").strip()[:200]
        drafts.append(Draft(kind="label", record=record.id, values=values))
    ingest.write(conn, drafts, user)
