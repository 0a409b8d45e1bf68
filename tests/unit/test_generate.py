"""The generated files follow the record kinds."""

from pathlib import Path

import pytest

from server import generate
from sync.model import FIELDS, KINDS


def test_generated_files_are_fresh(repo_root: Path) -> None:
    for name, text in generate.outputs().items():
        assert (repo_root / name).read_text(encoding="utf-8") == text, f"{name} is stale; run: make generate"


def test_check_names_a_stale_file_and_leaves_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    stale = tmp_path / "docs/model.md"
    stale.write_text("old", encoding="utf-8")
    assert generate.main(["--check"]) == 1
    assert "docs/model.md" in capsys.readouterr().err
    assert stale.read_text(encoding="utf-8") == "old"


def test_every_kind_and_field_is_in_both_files() -> None:
    outputs = generate.outputs()
    for kind in KINDS:
        assert f"  {kind}: {{" in outputs["pwa/src/model/generated.ts"]
        assert f"\n## {kind} " in outputs["docs/model.md"]
        for field in FIELDS[kind]:
            assert f"\n| `{field}` |" in outputs["docs/model.md"]


def test_choices_keep_the_order_of_their_declaration() -> None:
    assert '"minor" | "medium" | "serious"' in outputs_ts()
    assert '"zh" | "en"' in outputs_ts()


def outputs_ts() -> str:
    return generate.outputs()["pwa/src/model/generated.ts"]
