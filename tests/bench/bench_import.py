"""The 6,500-row sheet of a customer, from the file to merged records in the centre, beside a bare loop over the same cells."""

import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import python_calamine

from server.centre import open_centre
from server.exchange.options import Options
from server.ingest import CENTRE_USER
from server.settings import Settings

REGISTER = Path(__file__).resolve().parents[3] / "shared" / "data" / "register" / "客户资产清单.xlsx"
ASSETS = 6_500


def ours(folder: Path) -> dict[str, float]:
    """Read, plan and write (500 rows a commit, synchronous=FULL) into a new centre; seconds per step."""
    centre = open_centre(Settings(data=folder))
    try:
        begin = time.perf_counter()
        preview = centre.imports.take(REGISTER, name=REGISTER.name, user=CENTRE_USER)
        read = time.perf_counter()
        options = Options(customer_name=preview.options.customer_name, site_name="支队")
        centre.imports.plan(preview.id, options=options)
        planned = time.perf_counter()
        job = centre.imports.run_here(preview.id, user=CENTRE_USER, show=lambda done, total: None)
        wrote = time.perf_counter()
        counts = centre.imports.report(preview.id, limit=0).counts
        assert (job.state, counts.created) == ("done", ASSETS), (job, counts)
    finally:
        centre.close()
    return {"read": read - begin, "plan": planned - read, "write": wrote - planned, "all": wrote - begin}


def bare(folder: Path) -> float:
    """The same cells into one table, a commit per 500 rows: no matching, no rooms, no history."""
    begin = time.perf_counter()
    sheet = python_calamine.CalamineWorkbook.from_path(str(REGISTER)).get_sheet_by_index(0)
    rows = [[str(cell) for cell in row] for row in sheet.to_python()[3:]]
    conn = sqlite3.connect(folder / "bare.db")
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute(f"CREATE TABLE assets ({', '.join(f'c{i}' for i in range(len(rows[0])))})")
    marks = ", ".join("?" * len(rows[0]))
    for start in range(0, len(rows), 500):
        with conn:
            conn.executemany(f"INSERT INTO assets VALUES ({marks})", rows[start : start + 500])
    conn.close()
    return time.perf_counter() - begin


def run() -> dict[str, dict[str, object]]:
    """`import_6500`: the median of three, each in a centre of its own beside the bare loop."""
    steps: list[dict[str, float]] = []
    others: list[float] = []
    for _ in range(3):
        folder = Path(tempfile.mkdtemp(prefix="sitebook-bench-"))
        try:
            steps.append(ours(folder / "data"))
            others.append(bare(folder))
        finally:
            shutil.rmtree(folder)
    steps.sort(key=lambda step: step["all"])
    step, other = steps[1], sorted(others)[1]
    return {
        "import_6500": {
            "value": round(step["all"], 2),
            "unit": "s",
            "ratio_to": "bare insert loop",
            "ratio": round(other / step["all"], 3),
            "other": round(other, 3),
            "read": round(step["read"], 2),
            "plan": round(step["plan"], 2),
            "write": round(step["write"], 2),
        }
    }
