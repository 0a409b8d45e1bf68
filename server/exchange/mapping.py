"""Which column is read into which field: guessed from titles and samples, corrected by a person."""

import re
from typing import Final, Literal

import msgspec

from server.errors import Problem
from server.exchange.places import read_place
from server.exchange.tables import Table
from server.exchange.values import fold_serial, read_date, read_serial, read_status
from server.exchange.vocabulary import CATEGORY_BY_WORD, TARGETS, fold, says_nothing

Confidence = Literal["sure", "likely", "none"]

SAMPLES: Final = 5
SAMPLED_ROWS: Final = 300
MANY: Final = frozenset({"config"})
"""Fields that several columns may be read into."""
IDENTIFYING: Final = ("category", "name", "model", "maker_model", "serial", "asset_tag", "code")
"""A table of equipment has at least one of these."""

_TITLES: Final = {title: field for field, target in reversed(TARGETS.items()) for title in target.titles}
_LONG_TITLES: Final = sorted(
    (title for title in _TITLES if len(title) > 1 and not title.isdigit()), key=len, reverse=True
)


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column: the field it is read into (None: left out), how sure the guess is, and some of its texts."""

    index: int
    title: str
    field: str | None
    confidence: Confidence
    samples: tuple[str, ...]


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """A field for each column of a table."""

    columns: tuple[Column, ...]

    def index_of(self, field: str) -> int | None:
        """The column that is read into `field`."""
        return next((column.index for column in self.columns if column.field == field), None)

    def fields(self) -> list[str | None]:
        """Per column its field; what `correct` takes."""
        return [column.field for column in self.columns]


class _Candidate(msgspec.Struct, frozen=True):
    score: float
    index: int
    field: str


def guess(table: Table) -> Mapping:
    """The most likely mapping. Titles decide; samples decide where a title says nothing or could mean two things."""
    sampled = table.rows[:SAMPLED_ROWS]
    texts = [[row.cells[i].strip() for row in sampled if row.cells[i].strip()] for i in range(len(table.columns))]
    candidates: list[_Candidate] = []
    for index, title in enumerate(table.columns):
        scores = _by_title(title) if table.header else {}
        for field, score in _by_samples(texts[index]).items():
            scores[field] = scores.get(field, 0.0) + score
        candidates += [_Candidate(score, index, field) for field, score in scores.items() if score >= 0.4]
    candidates.sort(key=lambda c: (-c.score, c.index))
    chosen: dict[int, _Candidate] = {}
    taken: set[str] = set()
    for candidate in candidates:
        if candidate.index in chosen or (candidate.field in taken and candidate.field not in MANY):
            continue
        chosen[candidate.index] = candidate
        taken.add(candidate.field)
    return Mapping(
        columns=tuple(
            Column(
                index=index,
                title=title,
                field=chosen[index].field if index in chosen else None,
                confidence=("sure" if chosen[index].score >= 1 else "likely") if index in chosen else "none",
                samples=tuple(dict.fromkeys(text[:80] for text in texts[index]))[:SAMPLES],
            )
            for index, title in enumerate(table.columns)
        )
    )


def correct(mapping: Mapping, fields: list[str | None]) -> Mapping:
    """`mapping` with a person's choice of a field (or None) per column.

    Raises `Problem("import_mapping")` for an unknown field, one chosen twice, or a list of another length.
    """
    if len(fields) != len(mapping.columns):
        raise Problem("import_mapping", reason=f"{len(fields)} ≠ {len(mapping.columns)}")
    seen: set[str] = set()
    for field in fields:
        if field is None:
            continue
        if field not in TARGETS:
            raise Problem("import_mapping", reason=field)
        if field in seen and field not in MANY:
            raise Problem("import_mapping", reason=f"{TARGETS[field].zh} / {TARGETS[field].en} × 2")
        seen.add(field)
    return Mapping(
        columns=tuple(
            msgspec.structs.replace(column, field=field, confidence="sure" if field else "none")
            if field != column.field
            else column
            for column, field in zip(mapping.columns, fields, strict=True)
        )
    )


def check(mapping: Mapping) -> None:
    """Raises `Problem("import_no_columns")` when no column says what the equipment is."""
    if not any(mapping.index_of(field) is not None for field in IDENTIFYING):
        raise Problem("import_no_columns")


def _by_title(title: str) -> dict[str, float]:
    folded = fold(re.sub(r" \(\d+\)$", "", title))
    bare = fold(re.sub(r"[(（【\[].*?[)）】\]]", "", title))
    for text in (folded, bare):
        if text in _TITLES:
            return {_TITLES[text]: 1.0 if text == folded else 0.95}
    for known in _LONG_TITLES:
        # Short Latin words hide inside others ("no" in "note").
        if known in folded and (not known.isascii() or len(known) > 3):
            return {_TITLES[known]: 0.6 * len(known) / len(folded) + 0.3}
    return {}


def _by_samples(texts: list[str]) -> dict[str, float]:
    """What the texts of a column look like, each kind at most 0.5: enough to tip a title, or to stand in for one."""
    filled = [text for text in texts if not says_nothing(text)]
    if len(filled) < 2:
        return {}
    scores: dict[str, float] = {}

    def share(count: int) -> float:
        return count / len(filled)

    categories = share(sum(1 for text in filled if fold(text) in CATEGORY_BY_WORD))
    if categories >= 0.5:
        scores["category"] = 0.5 * categories
    statuses = share(sum(1 for text in filled if read_status(text).value))
    if statuses >= 0.7:
        scores["status"] = 0.5 * statuses
    places = share(sum(1 for text in filled if _is_place(text)))
    if places >= 0.6:
        scores["location"] = 0.5 * places
    serials = {
        fold_serial(read_serial(text).value or "") for text in filled if re.fullmatch(r"[A-Za-z0-9\-]{6,30}", text)
    }
    mixed = share(sum(1 for text in filled if re.search(r"\d", text) and re.search(r"[A-Za-z]", text)))
    if len(serials) / len(filled) >= 0.8 and mixed >= 0.5:
        scores["serial"] = 0.45
    dates = share(sum(1 for text in filled if read_date(text).value and not text.isdigit()))
    if dates >= 0.3 and share(sum(1 for text in filled if read_date(text, "dmy").value)) >= 0.7:
        # Which date it is, only its title can say; without one it stays likely that it is the purchase.
        scores["purchased_on"] = 0.4
    return scores


def _is_place(text: str) -> bool:
    place = read_place(text)
    return place.floor is not None and (place.stated_floor or bool(place.building)) and not text.isascii()
