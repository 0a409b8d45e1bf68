"""What a register changes about a record that exists: blank never erases, a person's own change is never overwritten."""

from typing import Any

import msgspec

from server.exchange.existing import Existing, Held
from server.exchange.reasons import Reason


def revise(held: Held, wanted: dict[str, Any], existing: Existing) -> tuple[dict[str, Any], list[Reason]]:
    """(new values, reasons for those that were kept as they are). `wanted` holds no empty values."""
    changes: dict[str, Any] = {}
    reasons: list[Reason] = []
    for field, value in wanted.items():
        before = held.doc.get(field)
        after: Any = _over(before, value) if field == "config" else value
        if _says_the_same(field, before, after):
            continue
        writer = held.writers.get(field)
        if before not in (None, "") and writer is not None and existing.by_hand(writer):
            params = {"text": _show(after, existing), "kept": _show(before, existing)}
            reasons.append(Reason(code="kept_by_hand", field=field, params=params))
            continue
        changes[field] = after
    return changes, reasons


def _over(before: dict[str, str] | None, value: dict[str, str]) -> dict[str, str]:
    return {**(before or {}), **value}


def _says_the_same(field: str, before: Any, value: Any) -> bool:
    """Whether a register's value is what is there already; a date known more exactly here stays so."""
    if before == value:
        return True
    if field in ("made_on", "purchased_on", "warranty_end") and isinstance(before, str):
        return before.startswith(value)
    if field == "value" and isinstance(before, str):
        return float(before) == float(value)
    return False


def _show(value: Any, existing: Existing) -> str:
    """A value for a person: records by name, maps as JSON."""
    if isinstance(value, str) and (held := existing.records.get(value)) is not None:
        name: Any = held.doc.get("name") or value
        return name if isinstance(name, str) else str(name["zh"] or name["en"])
    return value[:80] if isinstance(value, str) else msgspec.json.encode(value).decode()[:80]
