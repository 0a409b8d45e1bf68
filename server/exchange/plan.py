"""What an import would do: drafts grouped per source row, and a verdict for each row."""

from collections import Counter
from typing import Literal

import msgspec

from server.exchange.options import Question
from server.exchange.reasons import Reason
from sync.drafts import Draft

Wrote = Literal["created", "updated", "unchanged", "skipped"]
Verdict = Literal["created", "updated", "unchanged", "skipped", "doubtful"]


class RowVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one row. `wrote` is what is done, `reasons` why it was skipped or is doubtful.

    `cells` are the row's texts as they stand in the file; `record` the asset (or other record) it became.
    """

    sheet: str
    row: int
    key: str
    kind: str = "asset"
    wrote: Wrote
    record: str | None = None
    title: str = ""
    code: str | None = None
    reasons: tuple[Reason, ...] = ()
    cells: tuple[str, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Taken, but somebody should look."""
        return self.wrote != "skipped" and any(reason.weight == "doubt" for reason in self.reasons)

    @property
    def verdict(self) -> Verdict:
        """The one word for the row: doubtful before what was done."""
        return "doubtful" if self.doubtful else self.wrote


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The drafts of one row; `row` is the index of its verdict."""

    row: int
    drafts: tuple[Draft, ...]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by what is done with them; `created + updated + unchanged + skipped = rows`, `doubtful` are among them.

    `kinds` counts new records per kind, `reasons` rows per reason.
    """

    rows: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    doubtful: int
    kinds: dict[str, int]
    reasons: dict[str, int]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole import, ready to be written: `groups` in order (what a draft refers to comes before it).

    `questions` are the buildings with the codes that were used; `ignored` counts what the file holds and the import does not take (NetBox: interfaces, cables …), by its name there.
    """

    columns: tuple[str, ...]
    verdicts: tuple[RowVerdict, ...]
    groups: tuple[Group, ...]
    counts: Counts
    questions: tuple[Question, ...] = ()
    ignored: dict[str, int] = {}


def count(verdicts: list[RowVerdict], groups: list[Group]) -> Counts:
    """The figures of a plan."""
    wrote = Counter(verdict.wrote for verdict in verdicts)
    new = Counter(draft.kind for group in groups for draft in group.drafts if draft.base == {})
    reasons = Counter(code for verdict in verdicts for code in {reason.code for reason in verdict.reasons})
    return Counts(
        rows=len(verdicts),
        created=wrote["created"],
        updated=wrote["updated"],
        unchanged=wrote["unchanged"],
        skipped=wrote["skipped"],
        doubtful=sum(1 for verdict in verdicts if verdict.doubtful),
        kinds=dict(sorted(new.items())),
        reasons=dict(sorted(reasons.items())),
    )
