"""Imports as people make them: a file is handed in, previewed, planned, carried out by a job, and reported on.

Kept in `<data>/imports/<id>/`: the file as it came, what was read of it, the plan, the report. The plan is carried out as it
was previewed, with the writers that were seen as the base of each change: what somebody changed in between becomes a
conflict, nothing is overwritten unseen. A plan that another import has overtaken is refused (`import_stale`).
"""

import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from server.errors import Lang, Problem
from server.exchange import mapping as columns
from server.exchange import netbox, registers
from server.exchange.books import detect_format, read_book
from server.exchange.existing import Existing, Held
from server.exchange.mapping import Column, Mapping
from server.exchange.options import Options, Question
from server.exchange.plan import Counts, Group, Plan, RowVerdict
from server.exchange.report import (
    ReasonCount,
    Report,
    RowView,
    Shown,
    choose_rows,
    settle,
    view_reasons,
    view_row,
    write_workbook,
)
from server.exchange.tables import Book, Format, Row, Table, join_tables
from server.exchange.vocabulary import fold
from server.ingest import Ingest, new_id
from server.jobs.runner import Context, Jobs, Progress
from server.labels import patterns
from server.store import imports as store
from server.store import records
from server.store.db import Database
from server.store.imports import ImportRow
from server.store.jobs import JobRow
from server.store.writer import Writer
from sync.drafts import Draft

ROWS_PER_COMMIT: Final = 500
PREVIEW_ROWS: Final = 50
KEPT_DAYS: Final = 90
"""Files of an import are removed after so long; its report stays in the spreadsheet people downloaded, its ops in the log."""
DAY_MS: Final = 86_400_000
_TAIL: Final = re.compile(
    r"(?:[-—–\s]*(?:信息化|信息|it|办公|全部|现有)?(?:设备|资产|固定资产)?(?:清单|台账|登记表|明细表?|一览表|统计表|汇总表?|名单)).*$",
    re.IGNORECASE,
)


class SheetView(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet of the file. `header` is the row of the column names, 0 where none was found."""

    name: str
    rows: int
    header: int
    hidden: bool
    columns: tuple[str, ...]


class RawRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it stands in the file."""

    sheet: str
    row: int
    cells: tuple[str, ...]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a file, the guessed mapping, and what has to be decided.

    `sheets` are those of the file, `chosen` the ones that are read. A NetBox fixture has a fixed mapping: `columns` is
    empty, `objects` counts what it holds. `options` are proposals, `questions` the buildings whose codes are asked for.
    """

    id: str
    name: str
    format: Format
    encoding: str | None
    delimiter: str | None
    sheets: tuple[SheetView, ...]
    chosen: tuple[str, ...]
    titles: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[RawRow, ...]
    total: int
    objects: dict[str, int]
    options: Options
    questions: tuple[Question, ...]


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do: the figures, the reasons, and rows (see `choose_rows`)."""

    id: str
    counts: Counts
    reasons: tuple[ReasonCount, ...]
    ignored: dict[str, int]
    titles: tuple[str, ...]
    columns: tuple[Column, ...]
    questions: tuple[Question, ...]
    options: Options
    rows: tuple[RowView, ...]
    total: int
    """Rows that the choice has in all."""


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did: as PlanView, with the state of its job."""

    id: str
    name: str
    job: str
    state: str
    finished_at: int | None
    counts: Counts
    reasons: tuple[ReasonCount, ...]
    ignored: dict[str, int]
    titles: tuple[str, ...]
    rows: tuple[RowView, ...]
    total: int


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """plan.msgpack."""

    plan: Plan
    mapping: Mapping | None
    options: Options


_kept = msgspec.msgpack.Decoder(_Kept)
_book = msgspec.msgpack.Decoder(Book)
_encode = msgspec.msgpack.encode


class Imports:
    """The imports of one centre. Every method may take a second: call it off the event loop."""

    def __init__(
        self,
        *,
        folder: Path,
        db: Database,
        writer: Writer,
        ingest: Ingest,
        jobs: Jobs,
        time_zone: str = "Asia/Shanghai",
    ) -> None:
        self._folder = folder
        self._db = db
        self._writer = writer
        self._ingest = ingest
        self._jobs = jobs
        self._time_zone = time_zone
        self._guard = threading.Lock()
        self._running: str | None = None

    # --- a file comes in ---

    def take(self, path: Path, *, name: str, user: str, encoding: str | None = None, lang: Lang = "zh") -> Preview:
        """Read and keep a file; `path` is copied. Raises what `read_book` and `netbox.read_fixture` raise."""
        now = self._ingest.clock()
        self._forget_old(now)
        name = clean_file_name(name)
        with path.open("rb") as file:
            netbox_file = detect_format(file.read(4096), name) == "netbox"
        book = _fixture_book(path, name) if netbox_file else read_book(path, name=name, encoding=encoding)
        row = ImportRow(
            id=new_id(now),
            name=name,
            format=book.format,
            size_bytes=path.stat().st_size,
            user=user,
            created_at=now,
        )
        folder = self._folder / row.id
        folder.mkdir(parents=True, mode=0o700)
        try:
            shutil.copyfile(path, folder / "source")
            (folder / "book.msgpack").write_bytes(_encode(book))
            self._writer.submit(lambda conn: store.add(conn, row)).result()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return self.preview(row.id, lang=lang)

    def get(self, id: str) -> ImportRow:
        """One import. Raises `Problem("not_found")`."""
        found = store.get(self._db.reader(), id)
        if found is None:
            raise Problem("not_found", kind="import", id=id[:40])
        return found

    def newest(self, limit: int = 50) -> list[ImportRow]:
        """The newest imports, newest first."""
        return store.newest(self._db.reader(), limit)

    def preview(self, id: str, *, sheets: Sequence[str] = (), lang: Lang = "zh") -> Preview:
        """What was read, for the sheets that are chosen (none: the ones that hold equipment)."""
        row, book = self.get(id), self._read_book(id)
        options = self._propose(book, lang)
        if book.format == "netbox":
            fixture = self._read_fixture(id)
            table = netbox.show_devices(fixture)
            questions = netbox.ask(fixture, options, self._existing(None))
            mapping = None
        else:
            tables = choose_tables(book, sheets)
            table = join_tables(tables)
            options = msgspec.structs.replace(options, sheets=tuple(chosen.name for chosen in tables))
            mapping = columns.guess(table)
            questions = registers.ask(table, mapping, options, Existing())
        return Preview(
            id=id,
            name=row.name,
            format=book.format,
            encoding=book.encoding,
            delimiter=book.delimiter,
            sheets=tuple(_view_sheet(item) for item in book.tables),
            chosen=options.sheets,
            titles=table.columns,
            columns=mapping.columns if mapping else (),
            rows=tuple(_raw(item) for item in table.rows[:PREVIEW_ROWS]),
            total=len(table.rows),
            objects=_count_objects(self._read_fixture(id)) if book.format == "netbox" else {},
            options=options,
            questions=questions,
        )

    def _propose(self, book: Book, lang: Lang) -> Options:
        """Proposals: the customer from the title above the table, a known one and its only site where it is known by
        that name, the company's own code pattern and time zone."""
        name = next((name for table in book.tables for name in [guess_customer(table.above)] if name), None)
        customer, site = self._known(name)
        companies = records.all_of(self._db.reader(), "company")
        pattern = next((text for company in companies if (text := company.doc.get("code_pattern"))), patterns.HOUSE)
        return Options(
            customer=customer,
            customer_name=None if customer else name,
            site=site,
            tz=self._time_zone,
            lang=lang,
            code_pattern=pattern,
        )

    def _known(self, name: str | None) -> tuple[str | None, str | None]:
        """The customer of that name, and its site if it has one only."""
        customer = self._customer_of(Options(customer_name=name)) if name else None
        if customer is None or customer == "-":
            return None, None
        sites = records.find(self._db.reader(), "site", "customer", customer)
        return customer, sites[0].id if len(sites) == 1 else None

    # --- what it would do ---

    def plan(
        self,
        id: str,
        *,
        options: Options,
        fields: Sequence[str | None] | None = None,
        shown: Shown = "all",
        limit: int = 200,
    ) -> PlanView:
        """Plan the import with a field per column (None: as guessed) and keep the plan.

        Raises `Problem`: `import_mapping`, `import_no_columns`, `import_options`, `import_no_sheet`,
        `import_sheets_differ`, `import_running`.
        """
        book = self._read_book(id)
        with self._guard:
            if self._running == id:
                raise Problem("import_running", name=book.name)
        if book.format == "netbox":
            fixture = self._read_fixture(id)
            mapping = None
            existing, seq = self._see(None)
            plan = netbox.plan_fixture(fixture, options, existing, self._new_id)
        else:
            table = join_tables(choose_tables(book, options.sheets))
            mapping = columns.guess(table)
            if fields is not None:
                mapping = columns.correct(mapping, list(fields))
            existing, seq = self._see(self._customer_of(options))
            plan = registers.plan(table, mapping, options, existing, self._new_id)
        kept = _Kept(plan=plan, mapping=mapping, options=options)
        folder = self._folder / id
        _write_whole(folder / "plan.msgpack", _encode(kept))
        for old in folder.glob("report*"):
            old.unlink()
        self._writer.submit(lambda conn: store.set_planned(conn, id, seq)).result()
        return _view_plan(id, kept, shown, None, 0, limit)

    def planned(
        self, id: str, *, shown: Shown = "all", reason: str | None = None, offset: int = 0, limit: int = 200
    ) -> PlanView:
        """Rows of the plan that was made last. Raises `Problem("import_not_planned")`."""
        return _view_plan(id, self._read_plan(id), shown, reason, offset, limit)

    def _customer_of(self, options: Options) -> str | None:
        """The customer whose records the plan looks at; a name that nobody has yet gives an id that nothing has."""
        if options.customer:
            return options.customer
        conn = self._db.reader()
        name = (options.customer_name or "").strip()
        existing = Existing(_held(record) for record in records.all_of(conn, "customer"))
        found = existing.customers_by_name.get(fold(name))
        return found.id if found else "-"

    def _see(self, customer: str | None) -> tuple[Existing, int]:
        """What exists, and the seq at which it was seen."""
        with self._db.snapshot() as conn:
            return self._existing(customer), store.newest_seq(conn)

    def _existing(self, customer: str | None) -> Existing:
        conn = self._db.reader()

        @lru_cache(maxsize=100_000)
        def by_hand(op: str) -> bool:
            return store.is_by_hand(conn, op)

        return Existing(
            (_held(record) for record in store.read_register(conn, customer)),
            by_hand=by_hand,
            used_codes=store.used_codes(conn, customer),
        )

    # --- doing it ---

    def run(self, id: str, *, user: str) -> JobRow:
        """Begin the job that carries the plan out. Raises `Problem`: `import_not_planned`, `import_stale`, `import_running`."""
        row, kept = self._begin(id)
        try:
            job = self._jobs.begin(
                kind="import",
                title=row.name,
                user=user,
                subject=id,
                run=self._work(row, kept, user),
                total=len(kept.plan.verdicts),
            )
        except BaseException:
            self._free(id)
            raise
        return job

    def run_here(self, id: str, *, user: str, show: Progress) -> JobRow:
        """Carry the plan out on this thread, telling `show(rows done, rows)` after each commit. Raises as `run`, and what
        `show` raises, after which the import is stopped."""
        row, kept = self._begin(id)
        try:
            return self._jobs.perform(
                kind="import",
                title=row.name,
                user=user,
                subject=id,
                run=self._work(row, kept, user),
                total=len(kept.plan.verdicts),
                show=show,
            )
        except BaseException:
            self._free(id)
            raise

    def _begin(self, id: str) -> tuple[ImportRow, _Kept]:
        row = self.get(id)
        kept = self._read_plan(id)
        with self._guard:
            if self._running is not None:
                raise Problem("import_running", name=self.get(self._running).name)
            self._running = id
        try:
            # Also when this very import was run before: its own ops are newer than its plan.
            stale = row.job is not None or store.register_changed(self._db.reader(), row.planned_seq or 0)
            if row.planned_seq is None or stale:
                raise Problem("import_stale")
        except BaseException:
            self._free(id)
            raise
        return row, kept

    def _free(self, id: str) -> None:
        with self._guard:
            if self._running == id:
                self._running = None

    def _work(self, row: ImportRow, kept: _Kept, user: str) -> Callable[[Context], dict[str, Any]]:
        def work(context: Context) -> dict[str, Any]:
            parked: dict[str, str] = {}
            total = len(kept.plan.verdicts)
            try:
                self._writer.submit(lambda conn: store.set_job(conn, row.id, context.id)).result()
                for batch in _batches(kept.plan.groups):
                    context.check()
                    done = batch[-1].row + 1
                    self._commit(context, batch, done, total, parked, user)
                    context.tell(done, total)
                return {"parked": parked, "counts": msgspec.to_builtins(kept.plan.counts)}
            finally:
                self._free(row.id)

        return work

    def _commit(
        self, context: Context, batch: list[Group], done: int, total: int, parked: dict[str, str], user: str
    ) -> None:
        """Write the drafts of some rows and how far the job is, in one transaction."""
        drafts: list[Draft] = [draft for group in batch for draft in group.drafts]
        rows = [group.row for group in batch for _ in group.drafts]

        def job(conn: sqlite3.Connection) -> dict[str, str]:
            refused: dict[str, str] = {}
            for row, verdict in zip(rows, self._ingest.write(conn, drafts, user), strict=True):
                if verdict.verdict not in ("applied", "noop", "conflict"):
                    refused.setdefault(str(row), verdict.detail or verdict.code or verdict.verdict)
            context.save(conn, done, total, {"parked": {**parked, **refused}})
            return refused

        parked.update(self._writer.submit(job).result())

    # --- what it did ---

    def report(
        self, id: str, *, shown: Shown = "all", reason: str | None = None, offset: int = 0, limit: int = 200
    ) -> ReportView:
        """What the import did, with some of its rows. While its job runs: what is saved so far.

        Raises `Problem("import_not_planned")` before it was carried out.
        """
        row = self.get(id)
        job, plan = self._outcome(row)
        chosen = choose_rows(plan.verdicts, shown, reason)
        return ReportView(
            id=id,
            name=row.name,
            job=job.id,
            state=job.state,
            finished_at=job.finished_at,
            counts=plan.counts,
            reasons=view_reasons(plan.counts),
            ignored=plan.ignored,
            titles=plan.columns,
            rows=tuple(view_row(item) for item in chosen[offset : offset + limit]),
            total=len(chosen),
        )

    def whole_report(self, id: str) -> Report:
        """The report with all rows; kept as report.json once the job has ended."""
        row = self.get(id)
        path = self._folder / id / "report.json"
        if path.is_file():
            return msgspec.json.decode(path.read_bytes(), type=Report)
        job, plan = self._outcome(row)
        report = Report(
            id=id,
            name=row.name,
            state=job.state,
            user=job.user,
            finished_at=job.finished_at,
            counts=plan.counts,
            ignored=plan.ignored,
            columns=plan.columns,
            rows=tuple(view_row(verdict) for verdict in plan.verdicts),
        )
        if job.ended:
            _write_whole(path, msgspec.json.encode(report))
        return report

    def report_workbook(self, id: str, lang: Lang) -> Path:
        """The report as a spreadsheet."""
        report = self.whole_report(id)
        path = self._folder / id / f"report.{report.state}.{lang}.xlsx"
        if not path.is_file():
            partial = path.with_suffix(".partial")
            write_workbook(report, partial, lang)
            partial.replace(path)
        return path

    def _outcome(self, row: ImportRow) -> tuple[JobRow, Plan]:
        if row.job is None:
            raise Problem("import_not_planned")
        job = self._jobs.get(row.job)
        plan = self._read_plan(row.id).plan
        done = len(plan.verdicts) if job.state == "done" else job.done
        parked = {int(index): why for index, why in (job.result or {}).get("parked", {}).items()}
        return job, settle(plan, done, parked)

    # --- files ---

    def _read_book(self, id: str) -> Book:
        self.get(id)
        try:
            return _book.decode((self._folder / id / "book.msgpack").read_bytes())
        except FileNotFoundError:
            raise Problem("not_found", kind="import", id=id[:40]) from None

    def _read_fixture(self, id: str) -> netbox.Fixture:
        return netbox.read_fixture(self._folder / id / "source", name=self.get(id).name)

    def _read_plan(self, id: str) -> _Kept:
        self.get(id)
        try:
            return _kept.decode((self._folder / id / "plan.msgpack").read_bytes())
        except FileNotFoundError:
            raise Problem("import_not_planned") from None

    def _new_id(self) -> str:
        return new_id(self._ingest.clock())

    def _forget_old(self, now: int) -> None:
        if not self._folder.is_dir():
            return
        for folder in self._folder.iterdir():
            row = store.get(self._db.reader(), folder.name)
            if row is None or now - row.created_at > KEPT_DAYS * DAY_MS:
                # One that no row names was begun by a process that died; ours has its row a moment later.
                if row is None and now - int(folder.stat().st_mtime * 1000) < DAY_MS:
                    continue
                shutil.rmtree(folder, ignore_errors=True)


def choose_tables(book: Book, sheets: Sequence[str]) -> tuple[Table, ...]:
    """The tables of the named sheets; without names the visible one that tells most of equipment, and its like.

    Raises `Problem("import_no_sheet")`.
    """
    by_name = {table.name: table for table in book.tables}
    for name in sheets:
        if name not in by_name:
            raise Problem("import_no_sheet", sheet=name, expected=", ".join(by_name))
    if sheets:
        return tuple(by_name[name] for name in dict.fromkeys(sheets))
    visible = [table for table in book.tables if not table.hidden and table.rows] or list(book.tables)
    best = max(visible, key=lambda table: (sum(1 for c in columns.guess(table).columns if c.field), len(table.rows)))
    return tuple(table for table in visible if table.columns == best.columns)


def guess_customer(above: Sequence[str]) -> str | None:
    """The organisation in the title above a table: `XX市公安局 信息化设备清单` -> `XX市公安局`."""
    for text in above:
        name = _TAIL.sub("", text.split("：")[0] if "：" not in text[:8] else "").strip()
        if 2 <= len(name) <= 60 and name != text.strip():
            return name
    return None


def clean_file_name(name: str) -> str:
    """A file's name without folders and control characters, at most 150 characters."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(char for char in last if char.isprintable())[-150:] or "register"


def _held(record: records.Record) -> Held:
    return Held(id=record.id, kind=record.kind, doc=record.doc, writers=record.writers, deleted=record.deleted)


def _batches(groups: Sequence[Group]) -> Iterator[list[Group]]:
    for start in range(0, len(groups), ROWS_PER_COMMIT):
        yield list(groups[start : start + ROWS_PER_COMMIT])


def _view_plan(id: str, kept: _Kept, shown: Shown, reason: str | None, offset: int, limit: int) -> PlanView:
    plan = kept.plan
    chosen: list[RowVerdict] = choose_rows(plan.verdicts, shown, reason)
    return PlanView(
        id=id,
        counts=plan.counts,
        reasons=view_reasons(plan.counts),
        ignored=plan.ignored,
        titles=plan.columns,
        columns=kept.mapping.columns if kept.mapping else (),
        questions=plan.questions,
        options=kept.options,
        rows=tuple(view_row(item) for item in chosen[offset : offset + limit]),
        total=len(chosen),
    )


def _view_sheet(table: Table) -> SheetView:
    return SheetView(
        name=table.name, rows=len(table.rows), header=table.header, hidden=table.hidden, columns=table.columns
    )


def _raw(row: Row) -> RawRow:
    return RawRow(sheet=row.sheet, row=row.number, cells=row.cells)


def _fixture_book(path: Path, name: str) -> Book:
    netbox.read_fixture(path, name=name)
    return Book(name=name, format="netbox", tables=())


def _count_objects(fixture: netbox.Fixture) -> dict[str, int]:
    return {model: len(found) for model, found in sorted(fixture.objects.items())}


def _write_whole(path: Path, data: bytes) -> None:
    """A file that is there whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)
