"""From the flat lines of a signed statement back to what they say: head, inspections, readings.

The structure comes from each line's `f` and `ref` alone (docs/protocol.md, section 8), so it is the same in either language.
Nothing is looked up anywhere else: what is not in the statement is not in the outline.
"""

import msgspec

from sync.statement import ASSET_FIELDS, WORDS, Line, Statement


def both(*keys: str) -> frozenset[str]:
    """The words of these keys in either language."""
    return frozenset(word for key in keys for word in WORDS[key].values())


NOT_APPLICABLE = both("na")
JUDGED = both("na", "pass", "fail")
LOCATION = both("space.name")
SKIPPED = both("skipped")
HEAD = {
    word: part
    for part, key in (
        ("customer", "customer.name"),
        ("site", "site.name"),
        ("round", "round.title"),
        ("engineer", "user.name"),
    )
    for word in WORDS[key].values()
}
SEVERITIES = {word: key for key in ("minor", "medium", "serious") for word in WORDS[key].values()}


class Reading(msgspec.Struct, kw_only=True):
    """The answer to one item. `state` is normal, abnormal or na; `judged` where the value is just that word."""

    item: str
    title: str
    value: str
    unit: str = ""
    state: str = "normal"
    judged: bool = False
    range: str = ""
    last: str = ""
    last_unit: str = ""
    severity: str = ""
    severity_text: str = ""
    note: str = ""
    solved: str = ""


class Visit(msgspec.Struct, kw_only=True):
    """One asset of the round, as inspected or skipped. `ref` is the full hash of the inspection op."""

    ref: str = ""
    code: str = ""
    name: str = ""
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    location: str = ""
    skipped: bool = False
    reason: str = ""
    checklist: str = ""
    items: str = ""
    readings: list[Reading] = []
    others: list[tuple[str, str]] = []
    """Lines of a later version of the protocol: label and value, shown as they are."""

    @property
    def abnormal(self) -> list[Reading]:
        """Readings that were judged abnormal, in reading order."""
        return [reading for reading in self.readings if reading.state == "abnormal"]


class Outline(msgspec.Struct, kw_only=True):
    """A statement, read. `visits` are in the round's order."""

    customer: str = ""
    site: str = ""
    round: str = ""
    engineers: list[str] = []
    visits: list[Visit] = []


def read(statement: Statement) -> Outline:
    """The outline of a statement. A line that it has no place for is kept in `others`, never dropped."""
    outline = Outline()
    lines = list(statement.lines)
    at = 0
    while at < len(lines) and lines[at].label in HEAD:
        part = HEAD[lines[at].label]
        if part == "engineer":
            outline.engineers.append(lines[at].value)
        else:
            setattr(outline, part, lines[at].value)
        at += 1
    visit: Visit | None = None
    for line in lines[at:]:
        begins = line.f in ASSET_FIELDS and (visit is None or bool(visit.ref))
        # An asset of which nothing is registered has an outcome only.
        if visit is None or begins or (line.f == "outcome" and visit.ref):
            visit = Visit()
            outline.visits.append(visit)
        take(visit, line)
    return outline


def take(visit: Visit, line: Line) -> None:
    """One line of a visit."""
    match line.f.split("."):
        case ["name"] if line.label in LOCATION:
            visit.location = line.value
        case [field] if field in ASSET_FIELDS and not visit.ref:
            setattr(visit, field, line.value)
        case ["outcome"]:
            visit.ref = line.ref
            visit.skipped = line.value in SKIPPED
        case ["reason"]:
            visit.reason = line.value
        case ["title"]:
            visit.checklist = line.value
        case ["items"]:
            visit.items = line.value
        case ["results", item] if line.ref == visit.ref:
            state = "na" if line.value in NOT_APPLICABLE else "normal"
            visit.readings.append(
                Reading(
                    item=item,
                    title=line.label,
                    value=line.value,
                    unit=line.unit,
                    state=state,
                    judged=line.value in JUDGED,
                )
            )
        case ["results", item] if (reading := newest(visit, item)) is not None:
            reading.last, reading.last_unit = line.value, line.unit
        case ["items", item, "range"] if (reading := newest(visit, item)) is not None:
            reading.range = line.value
        case ["results", item, part] if (reading := newest(visit, item)) is not None:
            match part:
                case "state":
                    reading.state = "abnormal"
                case "severity":
                    reading.severity = SEVERITIES.get(line.value, "medium")
                    reading.severity_text = line.value
                case "note":
                    reading.note = line.value
                case "solved":
                    reading.solved = line.value
                case _:
                    visit.others.append((line.label, shown(line)))
        case _:
            visit.others.append((line.label, shown(line)))


def newest(visit: Visit, item: str) -> Reading | None:
    """The reading that the following lines of an item belong to."""
    return next((reading for reading in reversed(visit.readings) if reading.item == item), None)


def shown(line: Line) -> str:
    """Value and unit as one text."""
    return f"{line.value} {line.unit}".strip()
