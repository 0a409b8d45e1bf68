"""`sitebook labels`: from a data folder to PDFs, without a server."""

import io
from pathlib import Path

import pypdf
import pytest
from click.testing import CliRunner, Result

from server.centre import open_centre
from server.cli import group
from server.ingest import new_id
from server.settings import Settings
from server.store import records
from sync.drafts import Draft


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one site of three assets, and another site of the same name as a third."""
    centre = open_centre(Settings(data=tmp_path / "data"))
    customer, site, twin, other = (new_id() for _ in range(4))
    drafts = [
        Draft(kind="customer", record=customer, values={"name": "江城市交警支队"}),
        Draft(kind="site", record=site, values={"customer": customer, "name": "支队大楼"}),
        Draft(kind="site", record=twin, values={"customer": customer, "name": "车管所"}),
        Draft(kind="site", record=other, values={"customer": customer, "name": "车管所"}),
        *(
            Draft(kind="asset", record=new_id(), values={"site": site, "customer": customer, "name": f"台式机 {n}"})
            for n in range(3)
        ),
    ]
    try:
        centre.writer.submit(lambda conn: centre.ingest.demand(conn, drafts)).result()
    finally:
        centre.close()
    return tmp_path / "data"


def run(data: Path, *words: str) -> Result:
    return CliRunner(env={"LANG": "en_US.UTF-8", "LC_ALL": ""}).invoke(group, ["labels", "--data", str(data), *words])


def pages(content: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(content)).pages)


def labels(data: Path) -> list[records.Record]:
    centre = open_centre(Settings(data=data))
    try:
        return records.all_of(centre.reader(), "label")
    finally:
        centre.close()


def test_a_sites_labels_are_allotted_and_printed_once(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    first = run(data, "--site", "支队大楼", "--out", str(out))
    assert first.exit_code == 0, first.output
    assert "Printed 3 labels, 3 of them new." in first.output
    text = pypdf.PdfReader(out).pages[0].extract_text()
    for wanted in ("D000000-001", "D000000-002", "D000000-003", "台式机", "TRIAL"):
        assert wanted in text
    assert all(label.doc["printed_at"] for label in labels(data))
    again = run(data, "--site", "支队大楼", "--out", str(out))
    assert again.exit_code == 1
    assert "3 of these labels were printed before" in again.output
    reprint = run(data, "--site", "支队大楼", "--asset", "D000000-002", "--reason", "damaged", "--out", str(out))
    assert "Printed 1 labels, 0 of them new." in reprint.output
    assert [label.doc.get("reason") for label in labels(data)].count("damaged") == 1


def test_a_dry_run_changes_nothing(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    told = run(data, "--site", "支队大楼", "--out", str(out), "--dry-run")
    assert "Would print 3 labels, 3 of them new." in told.output
    assert not out.exists()
    assert labels(data) == []


def test_blank_labels_go_to_stdout(data: Path) -> None:
    told = run(data, "--blank", "37", "--out", "-", "--layout", "roll-30x20")
    assert pages(told.stdout_bytes) == 37


def test_more_than_one_sheet_job_becomes_several_files_of_whole_pages(data: Path, tmp_path: Path) -> None:
    told = run(data, "--blank", "5001", "--layout", "a4-38x21", "--start", "65", "--out", str(tmp_path / "roll.pdf"))
    assert told.exit_code == 0, told.output
    # 4,940 labels are 76 pages of 65; 64 places of the first page were used already.
    assert pages((tmp_path / "roll.pdf").read_bytes()) == 76
    assert pages((tmp_path / "roll-2.pdf").read_bytes()) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--site", "nowhere"), "There is no site “nowhere”"),
        (("--site", "车管所"), "2 sites are called 车管所"),
        (("--site", "支队大楼", "--asset", "X"), "There is no asset “X”"),
        (("--site", "支队大楼", "--layout", "a5"), "There is no label layout “a5”"),
        (("--site", "支队大楼", "--start", "99"), "The first position must be from 1 to 36, not 99"),
        ((), "Give exactly one of these: --site, --blank"),
    ],
)
def test_what_cannot_be_done_is_said(data: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    told = run(data, *words, "--out", str(tmp_path / "sheet.pdf"))
    assert told.exit_code == 1
    assert said in told.output
    assert labels(data) == []
