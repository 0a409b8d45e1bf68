"""docs/labels.md says what the program does."""

import re
from pathlib import Path

from server.labels import layouts, patterns

PAGE = Path(__file__).parents[2] / "docs" / "labels.md"


def test_every_layout_is_described_with_its_count() -> None:
    page = PAGE.read_text("utf-8")
    for layout in layouts.LAYOUTS.values():
        assert f"`{layout.name}`" in page
        if layout.name.startswith("a4-"):
            assert f"`{layout.name}` | {layout.columns} × {layout.rows} |" in page


def test_every_pattern_of_the_table_gives_its_example() -> None:
    rows = re.findall(r"^\| `([^`]+)`[^|]*\| `([^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    patterns_given = [(source, code) for source, code in rows if "{n" in source]
    assert len(patterns_given) == 3
    for source, code in patterns_given:
        assert patterns.preview(patterns.parse(source))[1] == code


def test_every_placeholder_is_named() -> None:
    page = PAGE.read_text("utf-8")
    assert all(f"{{{field}}}" in page for field in patterns.FIELDS)
