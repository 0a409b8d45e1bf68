"""`sitebook document`: the command line's way to a document."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from server.cli import group
from server.control import Report
from tests.documents.signed import SignedRound
from tests.documents.test_records import text_of
from tests.door import open_door


@pytest.fixture
def folder(tmp_path: Path) -> tuple[Path, SignedRound]:
    """A data folder with a signed round, no server on it."""
    with open_door(tmp_path) as door:
        signed = SignedRound(door).whole()
    return tmp_path / "data", signed


def run(folder: Path, *args: str, env: dict[str, str] | None = None) -> tuple[int, bytes, str]:
    result = CliRunner().invoke(
        group,
        ["document", "--data", str(folder), *args],
        env={"SITEBOOK_ORIGIN": "https://site.example.com"} | (env or {}),
    )
    return result.exit_code, result.stdout_bytes, result.stderr


def test_report_is_saved_where_it_is_wanted(folder: tuple[Path, SignedRound], tmp_path: Path) -> None:
    data, signed = folder
    out = tmp_path / "报告.pdf"
    code, stdout, stderr = run(data, "--round", signed.round, "--out", str(out), "--json")
    assert code == 0, stderr
    made = msgspec.json.decode(stdout)
    assert made["number"] in text_of(out.read_bytes())
    assert run(data, "--round", signed.round, "--out", "-")[1] == out.read_bytes()


def test_record_in_english_goes_to_standard_output(folder: tuple[Path, SignedRound]) -> None:
    data, signed = folder
    code, stdout, _ = run(data, "--inspection", signed.inspection_ids[1], "--lang", "en", "--out", "-")
    assert code == 0
    assert "MaintenanceInspectionRecord" in text_of(stdout)


@pytest.mark.parametrize("args", [(), ("--round", "x", "--inspection", "y"), ("--inspection", "x"), ("--round", "x")])
def test_request_for_nothing_sensible_fails_in_words(folder: tuple[Path, SignedRound], args: tuple[str, ...]) -> None:
    code, _, stderr = run(folder[0], *args)
    assert code == 1
    assert "Traceback" not in stderr
    assert stderr.strip()


def test_help_is_in_both_languages() -> None:
    result = CliRunner().invoke(group, ["document", "--help"])
    assert "出具" in result.output
    assert "Issue the PDF" in result.output


def test_report_of_the_running_server_is_the_same_work(tmp_path: Path) -> None:
    from server.commands.document import Params, make

    with open_door(tmp_path) as door:
        signed = SignedRound(door).whole()
        made = make(signed.centre, Params(round=signed.round, lang="zh"), Report())
        assert Path(made["path"]).read_bytes().startswith(b"%PDF-")
