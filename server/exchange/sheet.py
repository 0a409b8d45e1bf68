"""A sheet as a reader hands it over: plain texts, before anybody looked for its header."""

import msgspec


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` begin with the sheet's first row. `merges` are ((top, left), (bottom, right)), `rounded` (row, column), 0-based."""

    name: str
    rows: list[list[str]]
    merges: list[tuple[tuple[int, int], tuple[int, int]]] = []
    rounded: list[tuple[int, int]] = []
    hidden: bool = False
