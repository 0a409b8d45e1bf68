"""docs/operations.md tells the truth about settings."""

import re
from pathlib import Path

import msgspec
import pytest

from server.settings import Settings


@pytest.fixture(scope="module")
def rows(repo_root: Path) -> dict[str, str]:
    """Setting -> documented default."""
    text = (repo_root / "docs" / "operations.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `SITEBOOK_(\w+)` \| (.+?) \|", text, re.MULTILINE))


def test_every_setting_is_documented(rows: dict[str, str]) -> None:
    assert {name.upper() for name in Settings.__struct_fields__} | {"CONFIG"} == set(rows)


def test_documented_defaults_are_the_real_ones(rows: dict[str, str]) -> None:
    for field in msgspec.structs.fields(Settings):
        documented = rows[field.name.upper()]
        if not documented.startswith("`"):
            continue
        default = field.default
        expected = str(default).lower() if isinstance(default, bool) else str(default)
        assert documented == f"`{expected}`", field.name
