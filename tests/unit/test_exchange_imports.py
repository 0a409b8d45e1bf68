from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from python_calamine import CalamineWorkbook

from server.centre import Centre, open_centre
from server.errors import Problem
from server.exchange import imports as module
from server.exchange.imports import clean_file_name, guess_customer
from server.exchange.options import Options
from server.ingest import CENTRE_USER, new_id
from server.jobs.runner import Stop
from server.settings import Settings
from server.store import jobs as job_store
from server.store import records
from server.store.records import Record
from sync.drafts import Draft

OPTIONS = Options(customer_name="江城交警", site_name="支队")
HEAD = "类别,型号,序列号,位置,使用人\n"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    opened = open_centre(Settings(data=tmp_path / "data"))
    yield opened
    opened.close()


def register(folder: Path, rows: int, *, name: str = "清单.csv", person: str = "何伟") -> Path:
    path = folder / name
    path.write_text(
        HEAD + "".join(f"台式机,M{i},SER{i:05},壹号楼-{i % 90 + 100:04},{person}\n" for i in range(rows)), "utf-8"
    )
    return path


def take(centre: Centre, path: Path, **options: Any) -> str:
    return centre.imports.take(path, name=path.name, user=CENTRE_USER, **options).id


def carry_out(centre: Centre, path: Path, options: Options = OPTIONS) -> str:
    id = take(centre, path)
    centre.imports.plan(id, options=options)
    job = centre.imports.run(id, user=CENTRE_USER)
    assert centre.jobs.wait(job.id, 60).state == "done"
    return id


def assets(centre: Centre) -> list[Record]:
    return records.all_of(centre.reader(), "asset")


def edit(centre: Centre, asset: Record, **values: Any) -> None:
    draft = Draft(kind="asset", record=asset.id, values=values)
    centre.writer.submit(lambda conn: centre.ingest.demand(conn, [draft])).result()


# --- a file comes in ---


def test_a_file_is_kept_and_previewed(centre: Centre, tmp_path: Path) -> None:
    preview = centre.imports.take(register(tmp_path, 60), name="../../清单.csv", user=CENTRE_USER)
    assert (preview.name, preview.format, preview.encoding, preview.delimiter) == ("清单.csv", "csv", "utf-8", ",")
    assert [column.field for column in preview.columns] == ["category", "model", "serial", "location", "person"]
    assert (preview.total, len(preview.rows)) == (60, 50)
    assert [(question.building, question.code, question.rows) for question in preview.questions] == [
        ("壹号楼", "D01", 60)
    ]
    assert (preview.options.tz, preview.options.code_pattern) == ("Asia/Shanghai", "{building:3}{room:4}-{n:3}")
    assert msgspec.structs.replace(preview) == centre.imports.preview(preview.id)


def test_a_file_that_cannot_be_read_leaves_nothing_behind(centre: Centre, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(Problem, match="import_empty"):
        take(centre, tmp_path / "a.csv")
    assert list(centre.settings.data.glob("imports/*")) == []
    assert centre.imports.newest() == []


def test_unknown_imports_are_not_found(centre: Centre) -> None:
    for call in (centre.imports.get, centre.imports.preview, centre.imports.planned, centre.imports.report):
        with pytest.raises(Problem, match="not_found"):
            call("01900000-0000-7000-8000-000000000000")


def test_files_of_old_imports_are_removed(centre: Centre, tmp_path: Path) -> None:
    id = take(centre, register(tmp_path, 2))
    now = centre.ingest.clock()
    centre.ingest.clock = lambda: now + 91 * module.DAY_MS
    take(centre, register(tmp_path, 2))
    assert not (centre.settings.data / "imports" / id).exists()
    with pytest.raises(Problem, match="not_found"):
        centre.imports.preview(id)


def test_the_customer_is_guessed_from_the_title() -> None:
    assert guess_customer(["XX市公安局交通警察支队 信息化设备清单", "填表人：李敏"]) == "XX市公安局交通警察支队"
    assert guess_customer(["江城医院固定资产台账（2025年）"]) == "江城医院"
    assert guess_customer(["设备清单"]) is None
    assert guess_customer(["填表人：李敏"]) is None
    assert guess_customer([]) is None


def test_file_names_are_names() -> None:
    assert clean_file_name("C:\\a\\..\\清单.xlsx") == "清单.xlsx"
    assert clean_file_name("a/\x00\n") == "register"
    assert len(clean_file_name("长" * 500)) == 150


# --- doing it ---


def test_an_import_writes_what_it_previewed_and_nothing_the_second_time(centre: Centre, tmp_path: Path) -> None:
    path = register(tmp_path, 1200)
    id = carry_out(centre, path)
    assert len(assets(centre)) == 1200
    report = centre.imports.report(id)
    assert (report.state, report.counts.created, len(report.rows), report.total) == ("done", 1200, 200, 1200)
    before = centre.reader().execute("SELECT count(*) FROM ops").fetchone()[0]
    again = centre.imports.report(carry_out(centre, path))
    assert (again.counts.created, again.counts.unchanged) == (0, 1200)
    assert centre.reader().execute("SELECT count(*) FROM ops").fetchone()[0] == before


def test_the_real_register_is_imported_and_met_again(centre: Centre, shared_data: Path) -> None:
    path = shared_data / "register" / "客户资产清单.xlsx"
    report = centre.imports.report(carry_out(centre, path), shown="skipped")
    assert (report.counts.created, report.counts.skipped, report.counts.doubtful, report.total) == (6500, 14, 378, 14)
    found = assets(centre)
    assert len(found) == 6500
    clashes = centre.reader().execute("SELECT count(*) FROM records WHERE kind IN ('conflict', 'parked')").fetchone()
    assert clashes[0] == 0
    again = centre.imports.report(carry_out(centre, path))
    assert (again.counts.created, again.counts.updated, again.counts.unchanged) == (0, 0, 6500)


def test_the_netbox_fixture_is_imported_and_met_again(centre: Centre, shared_data: Path) -> None:
    path = shared_data / "register" / "netbox-demo-v3.6.json"
    preview = centre.imports.take(path, name=path.name, user=CENTRE_USER)
    assert (preview.format, preview.total, preview.objects["dcim.cable"]) == ("netbox", 72, 108)
    assert carry_out(centre, path, Options())
    assert len(assets(centre)) == 72
    assert len(records.all_of(centre.reader(), "customer")) == 11
    assert centre.imports.report(carry_out(centre, path, Options())).counts.unchanged == 153


def test_every_op_of_a_row_is_in_one_group(centre: Centre, tmp_path: Path) -> None:
    carry_out(centre, register(tmp_path, 1))
    rows = centre.reader().execute("SELECT kind, group_first FROM ops ORDER BY seq").fetchall()
    kinds = [row[0] for row in rows]
    assert kinds == ["customer", "site", "space", "space", "space", "category", "asset"]
    assert len({row[1] for row in rows}) == 1


def test_a_plan_that_another_import_has_overtaken_is_refused(centre: Centre, tmp_path: Path) -> None:
    path = register(tmp_path, 3)
    first, second = take(centre, path), take(centre, path)
    centre.imports.plan(first, options=OPTIONS)
    centre.imports.plan(second, options=OPTIONS)
    centre.jobs.wait(centre.imports.run(first, user=CENTRE_USER).id, 60)
    for id in (first, second):
        with pytest.raises(Problem, match="import_stale"):
            centre.imports.run(id, user=CENTRE_USER)
    assert len(assets(centre)) == 3


def test_an_import_without_a_plan_is_refused(centre: Centre, tmp_path: Path) -> None:
    id = take(centre, register(tmp_path, 1))
    for call in (lambda: centre.imports.run(id, user=CENTRE_USER), lambda: centre.imports.report(id)):
        with pytest.raises(Problem, match="import_not_planned"):
            call()


def test_what_a_phone_changed_since_the_last_import_is_kept(centre: Centre, tmp_path: Path) -> None:
    path = register(tmp_path, 2)
    carry_out(centre, path)
    asset = assets(centre)[0]
    edit(centre, asset, person="张敏")
    # The centre's own install wrote it here; a phone's install is told apart by the op's author.
    centre.writer.submit(
        lambda conn: conn.execute("UPDATE ops SET install = 'phone' WHERE seq = (SELECT max(seq) FROM ops)")
    ).result()
    report = centre.imports.report(carry_out(centre, path), shown="doubtful")
    assert [[reason.code for reason in row.reasons] for row in report.rows] == [["kept_by_hand"]]
    assert records.get(centre.reader(), asset.id).doc["person"] == "张敏"  # type: ignore[union-attr]


def test_a_change_between_preview_and_import_becomes_a_conflict(centre: Centre, tmp_path: Path) -> None:
    carry_out(centre, register(tmp_path, 1))
    asset = assets(centre)[0]
    path = tmp_path / "清单.csv"
    path.write_text(path.read_text("utf-8").replace("M0", "M0").replace("壹号楼-0100", "壹号楼-0200"), "utf-8")
    id = take(centre, path)
    centre.imports.plan(id, options=OPTIONS)
    room = next(space for space in records.all_of(centre.reader(), "space") if space.doc["type"] == "floor")
    person = new_id()
    phone = [
        Draft(kind="user", record=person, values={"name": "何伟", "role": "engineer", "status": "active"}),
        Draft(kind="asset", record=asset.id, values={"space": room.id}),
    ]
    centre.writer.submit(lambda conn: centre.ingest.demand(conn, phone, user=person)).result()
    move_to_phone = "UPDATE ops SET install = 'phone' WHERE seq = (SELECT max(seq) FROM ops)"
    centre.writer.submit(lambda conn: conn.execute(move_to_phone)).result()
    job = centre.jobs.wait(centre.imports.run(id, user=CENTRE_USER).id, 60)
    assert job.state == "done"
    conflicts = [record.doc["path"] for record in records.all_of(centre.reader(), "conflict")]
    assert conflicts == ["space"]


def test_rows_that_the_centre_parks_are_named_in_the_report(centre: Centre, tmp_path: Path) -> None:
    id = take(centre, register(tmp_path, 2))
    centre.imports.plan(id, options=OPTIONS)
    path = centre.settings.data / "imports" / id / "plan.msgpack"
    kept = module._kept.decode(path.read_bytes())
    groups = list(kept.plan.groups)
    spoilt = msgspec.structs.replace(groups[1].drafts[-1], values={**groups[1].drafts[-1].values, "space": new_id()})
    groups[1] = msgspec.structs.replace(groups[1], drafts=(*groups[1].drafts[:-1], spoilt))
    kept = msgspec.structs.replace(kept, plan=msgspec.structs.replace(kept.plan, groups=tuple(groups)))
    path.write_bytes(msgspec.msgpack.encode(kept))
    job = centre.jobs.wait(centre.imports.run(id, user=CENTRE_USER).id, 60)
    assert job.state == "done"
    report = centre.imports.report(id)
    assert [row.wrote for row in report.rows] == ["created", "skipped"]
    assert [reason.code for reason in report.rows[1].reasons] == ["parked"]
    assert (report.counts.created, report.counts.skipped) == (1, 1)


# --- stopping ---


def test_a_stopped_import_keeps_whole_commits_and_goes_on_when_run_again(centre: Centre, tmp_path: Path) -> None:
    id = take(centre, register(tmp_path, 1300))
    centre.imports.plan(id, options=OPTIONS)
    seen: list[tuple[int, int | None]] = []

    def show(done: int, total: int | None) -> None:
        seen.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        centre.imports.run_here(id, user=CENTRE_USER, show=show)
    assert seen == [(500, 1300)]
    assert len(assets(centre)) == 500
    report = centre.imports.report(id)
    assert (report.state, report.counts.created, report.counts.skipped) == ("stopped", 500, 800)
    assert report.counts.reasons == {"not_reached": 800}
    with pytest.raises(Problem, match="import_stale"):
        centre.imports.run(id, user=CENTRE_USER)
    plan = centre.imports.plan(id, options=OPTIONS)
    assert (plan.counts.unchanged, plan.counts.created) == (500, 800)
    assert centre.jobs.wait(centre.imports.run(id, user=CENTRE_USER).id, 60).state == "done"
    assert len(assets(centre)) == 1300


def test_a_running_import_is_stopped_between_two_commits(centre: Centre, tmp_path: Path) -> None:
    id = take(centre, register(tmp_path, 1300))
    centre.imports.plan(id, options=OPTIONS)
    wrote, go_on = threading.Event(), threading.Event()
    write = centre.ingest.write

    def slow(*args: Any) -> Any:
        result = write(*args)
        wrote.set()
        assert go_on.wait(30)
        return result

    centre.ingest.write = slow  # type: ignore[method-assign]
    job = centre.imports.run(id, user=CENTRE_USER)
    assert wrote.wait(30)
    with pytest.raises(Problem, match="import_running"):
        centre.imports.run(id, user=CENTRE_USER)
    with pytest.raises(Problem, match="import_running"):
        centre.imports.plan(id, options=OPTIONS)
    assert centre.jobs.stop(job.id).state == "running"
    go_on.set()
    ended = centre.jobs.wait(job.id, 60)
    assert (ended.state, ended.done) == ("stopped", 500)
    assert len(assets(centre)) == 500
    assert centre.jobs.stop(job.id).state == "stopped"


def test_an_import_that_a_crash_cut_off_is_interrupted_with_what_was_saved(tmp_path: Path) -> None:
    centre = open_centre(Settings(data=tmp_path / "data"))
    id = take(centre, register(tmp_path, 1300))
    centre.imports.plan(id, options=OPTIONS)
    ends = job_store.end
    try:
        # The process dies after the first commit: nothing is noted of the end.
        job_store.end = lambda *args, **more: None  # type: ignore[assignment]
        with pytest.raises(KeyboardInterrupt):
            centre.imports.run_here(id, user=CENTRE_USER, show=cut_off)
    finally:
        job_store.end = ends
        centre.close()
    again = open_centre(Settings(data=tmp_path / "data"))
    try:
        report = again.imports.report(id)
        assert (report.state, report.counts.created, report.counts.skipped) == ("interrupted", 500, 800)
        plan = again.imports.plan(id, options=OPTIONS)
        assert (plan.counts.unchanged, plan.counts.created) == (500, 800)
        assert again.imports.run_here(id, user=CENTRE_USER, show=lambda done, total: None).state == "done"
        assert len(assets(again)) == 1300
    finally:
        again.close()


def cut_off(done: int, total: int | None) -> None:
    raise KeyboardInterrupt


def test_closing_the_centre_interrupts_the_import(tmp_path: Path) -> None:
    centre = open_centre(Settings(data=tmp_path / "data"))
    id = take(centre, register(tmp_path, 1300))
    centre.imports.plan(id, options=OPTIONS)
    wrote, go_on = threading.Event(), threading.Event()
    write = centre.ingest.write

    def slow(*args: Any) -> Any:
        result = write(*args)
        wrote.set()
        assert go_on.wait(30)
        return result

    centre.ingest.write = slow  # type: ignore[method-assign]
    job = centre.imports.run(id, user=CENTRE_USER)
    assert wrote.wait(30)
    closing = threading.Thread(target=centre.close)
    closing.start()
    while not centre.jobs._closing:
        assert closing.is_alive()
    go_on.set()
    closing.join(30)
    again = open_centre(Settings(data=tmp_path / "data"))
    assert again.jobs.get(job.id).state == "interrupted"
    again.close()


# --- jobs in general ---


def test_a_job_that_fails_says_why(centre: Centre) -> None:
    def refuse(context: Any) -> dict[str, Any]:
        raise Problem("import_stale")

    def crash(context: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    found = []
    for run in (refuse, crash):
        job = centre.jobs.begin(kind="x", title="x", user="x", subject=None, run=run, total=None)
        found.append(centre.jobs.wait(job.id, 30))
    assert [(job.state, job.problem and job.problem["code"]) for job in found] == [
        ("failed", "import_stale"),
        ("failed", "internal"),
    ]


def test_a_job_that_waits_can_be_stopped_before_it_begins(centre: Centre) -> None:
    go_on = threading.Event()

    def wait(context: Any) -> dict[str, Any]:
        assert go_on.wait(30)
        return {}

    def work(context: Any) -> dict[str, Any]:
        context.check()
        raise AssertionError("never reached")

    first = centre.jobs.begin(kind="x", title="x", user="x", subject=None, run=wait, total=None)
    second = centre.jobs.begin(kind="x", title="x", user="x", subject=None, run=work, total=None)
    centre.jobs.stop(second.id)
    go_on.set()
    assert centre.jobs.wait(first.id, 30).state == "done"
    assert centre.jobs.wait(second.id, 30).state == "stopped"


def test_a_job_may_end_itself(centre: Centre) -> None:
    def work(context: Any) -> dict[str, Any]:
        raise Stop

    job = centre.jobs.begin(kind="x", title="x", user="x", subject=None, run=work, total=None)
    assert centre.jobs.wait(job.id, 30).state == "interrupted"


# --- the report as a spreadsheet ---


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_is_a_spreadsheet_whose_formulas_are_text(centre: Centre, tmp_path: Path, lang: Any) -> None:
    path = tmp_path / "清单.csv"
    path.write_text(HEAD + '台式机,"=HYPERLINK(""http://x"",""y"")",无,壹号楼-0210,@SUM(A1)\n合计,1,,,\n', "utf-8")
    id = carry_out(centre, path)
    book = CalamineWorkbook.from_path(str(centre.imports.report_workbook(id, lang)))
    figures, rows = (book.get_sheet_by_index(i).to_python() for i in (0, 1))
    assert figures[2][1] == 2.0
    assert rows[0][5:] == ["类别", "型号", "序列号", "位置", "使用人"]
    assert rows[1][2] == ("存疑" if lang == "zh" else "doubtful")
    assert rows[1][4:] == ["D010210-001", "台式机", '=HYPERLINK("http://x","y")', "无", "壹号楼-0210", "@SUM(A1)"]
    assert rows[2][2:4] == (["跳过", "合计行，不是设备"] if lang == "zh" else ["skipped", "A total, not equipment"])
    xml = centre.imports.report_workbook(id, lang).read_bytes()
    assert b"<f>" not in xml


def test_the_whole_report_is_kept_as_json(centre: Centre, tmp_path: Path) -> None:
    id = carry_out(centre, register(tmp_path, 2))
    report = centre.imports.whole_report(id)
    kept = (centre.settings.data / "imports" / id / "report.json").read_bytes()
    assert msgspec.json.decode(kept, type=type(report)) == report
    assert report.rows[0].cells == ("台式机", "M0", "SER00000", "壹号楼-0100", "何伟")


def test_rows_of_one_verdict_or_reason_are_chosen_and_paged(centre: Centre, tmp_path: Path) -> None:
    path = tmp_path / "清单.csv"
    path.write_text(HEAD + "台式机,A,S1111,壹号楼-0101,\n台式机,B,无,壹号楼-0101,\n台式机,C,,,\n合计,,,,\n", "utf-8")
    id = take(centre, path)
    centre.imports.plan(id, options=OPTIONS)

    def rows(**choice: Any) -> list[int]:
        return [row.row for row in centre.imports.planned(id, **choice).rows]

    assert rows() == [2, 3, 4, 5]
    assert rows(shown="created") == [2, 3, 4]
    assert rows(shown="doubtful") == [3, 4]
    assert rows(shown="skipped") == [5]
    assert rows(reason="no_location") == [4]
    assert rows(offset=1, limit=2) == [3, 4]
