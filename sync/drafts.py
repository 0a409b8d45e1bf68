"""A draft: what somebody means to change, before it is frozen into an op."""

from typing import Any

import msgspec


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One act on one record.

    `values` holds new field values (JSON-ready; `[from, to]` for a transition, `{"add", "del"}` for members).
    `base` names per field the op whose value the author saw; `None` means "the current writers" (the author looks at
    the centre's own state, as an import that was previewed at `seq` does). `group` ties drafts of one act together:
    they apply, park and are admitted together.
    """

    kind: str
    record: str
    values: dict[str, Any]
    blobs: tuple[str, ...] = ()
    base: dict[str, str | None] | None = None
    group: int | None = None
    delete: bool = False
