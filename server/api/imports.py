"""Registers coming in, for the office: hand in a file, correct the mapping, look at the plan, carry it out, read the report."""

import asyncio
import re
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter
from msgspec import Struct

from server.answers import request_lang
from server.auth.access import PLANNERS, Access
from server.auth.caller import Caller
from server.centre import Centre
from server.errors import Problem
from server.exchange.imports import PlanView, Preview, ReportView
from server.exchange.mapping import MANY
from server.exchange.options import Options
from server.exchange.report import Shown
from server.exchange.tables import MAX_BYTES
from server.exchange.vocabulary import TARGETS
from server.store.imports import ImportRow
from server.store.jobs import JobRow, State

WORK: Final = Access(roles=PLANNERS, kind="asset")
READ: Final = Access(roles=PLANNERS, kind="asset", action="read")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORM_BYTES: Final = 100_000
"""What a form may add to the file that it carries."""

Limit = Annotated[int, QueryParameter(ge=0, le=1000)]
Offset = Annotated[int, QueryParameter(ge=0)]


ENCODING: Final = re.compile(r"(?i)(?!idna|punycode|.*escape|undefined)[a-z0-9][a-z0-9_.-]{1,30}")


class Upload(Struct, frozen=True, kw_only=True):
    """A file. `encoding` where a text file's was not recognised, such as `big5`."""

    file: UploadFile
    encoding: str | None = None


class TargetView(Struct, frozen=True, kw_only=True):
    """A field that a column can be read into; `many`: several columns can."""

    field: str
    zh: str
    en: str
    many: bool


class PlanRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`mapping`: a field (or null) for each column, in order; left out: as guessed."""

    options: Options
    mapping: list[str | None] | None = None


class ProblemView(Struct, frozen=True, kw_only=True):
    """Why a job failed."""

    code: str
    zh: str
    en: str


class JobView(Struct, frozen=True, kw_only=True):
    """A job: `done` of `total` rows are saved. `subject` is the import it carries out."""

    id: str
    kind: str
    title: str
    state: State
    subject: str | None
    done: int
    total: int | None
    problem: ProblemView | None
    created_at: int
    started_at: int | None
    finished_at: int | None


class ImportView(Struct, frozen=True, kw_only=True):
    """An import in the list of imports; `job` once it was carried out."""

    id: str
    name: str
    format: str
    size_bytes: int
    user: str
    created_at: int
    planned: bool
    job: JobView | None


@get("/api/imports/fields", operation_id="listImportFields", opt={"access": READ}, tags=["imports"])
async def list_fields() -> list[TargetView]:
    """The fields a column can be read into."""
    return [TargetView(field=key, zh=t.zh, en=t.en, many=key in MANY) for key, t in TARGETS.items()]


@get("/api/imports", operation_id="listImports", opt={"access": READ}, tags=["imports"])
async def list_imports(centre: NamedDependency[Centre], caller: NamedDependency[Caller]) -> list[ImportView]:
    """The newest imports that the caller may see."""

    def work() -> list[ImportView]:
        rows = [row for row in centre.imports.newest() if _may_see(caller, row.user)]
        return [_view_import(centre, row) for row in rows]

    return await asyncio.to_thread(work)


@post(
    "/api/imports",
    operation_id="createImport",
    opt={"access": WORK},
    tags=["imports"],
    request_max_body_size=MAX_BYTES + FORM_BYTES,
)
async def create_import(
    request: Request[Any, Any, Any],
    data: MultipartBody[Upload],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
) -> Preview:
    """Hand in a file: a preview with the guessed mapping, proposals for the options, and what has to be decided."""
    lang = request_lang(request.scope)

    def work() -> Preview:
        with tempfile.TemporaryDirectory(prefix="sitebook-") as folder:
            path = Path(folder) / "upload"
            data.file.file.seek(0)
            with path.open("wb") as target:
                shutil.copyfileobj(data.file.file, target)
            encoding = known_encoding(data.encoding, data.file.filename)
            return centre.imports.take(path, name=data.file.filename, user=caller.user, encoding=encoding, lang=lang)

    return await asyncio.to_thread(work)


def known_encoding(given: str | None, file: str) -> str | None:
    """The encoding that the sender names; None for none. Raises `Problem("import_encoding")` for what is none of texts."""
    if not given:
        return None
    try:
        # What Python has beside those, as idna or unicode_escape, is no encoding of files.
        if ENCODING.fullmatch(given) and "".join(map(chr, range(32, 127))).encode(given).decode(given).isprintable():
            return given
    except (LookupError, UnicodeError):
        pass
    raise Problem("import_encoding", name=file[:150], tried=given[:40], reason=f"unknown encoding: {given[:40]}")


@get("/api/imports/{id:str}", operation_id="readImport", opt={"access": READ}, tags=["imports"])
async def read_import(
    request: Request[Any, Any, Any],
    id: FromPath[str],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
    sheet: FromQuery[list[str] | None] = None,
) -> Preview:
    """The preview again, for other sheets if they are named (`?sheet=…`, repeated)."""
    lang = request_lang(request.scope)

    def work() -> Preview:
        _require(centre, caller, id)
        return centre.imports.preview(id, sheets=sheet or (), lang=lang)

    return await asyncio.to_thread(work)


@post("/api/imports/{id:str}/plan", operation_id="planImport", opt={"access": WORK}, tags=["imports"], status_code=200)
async def plan_import(
    id: FromPath[str], data: JSONBody[PlanRequest], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> PlanView:
    """What the import would do with these options: figures, reasons, and the first 200 rows. Writes nothing."""

    def work() -> PlanView:
        row = _require(centre, caller, id)
        _require_sites(caller, row, data)
        return centre.imports.plan(id, options=data.options, fields=data.mapping)

    return await asyncio.to_thread(work)


@get("/api/imports/{id:str}/plan", operation_id="readImportPlan", opt={"access": READ}, tags=["imports"])
async def read_plan(
    id: FromPath[str],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
    shown: FromQuery[Shown] = "all",
    reason: FromQuery[str | None] = None,
    offset: Offset = 0,
    limit: Limit = 200,
) -> PlanView:
    """More rows of the plan that was made last, of one verdict or one reason."""

    def work() -> PlanView:
        _require(centre, caller, id)
        return centre.imports.planned(id, shown=shown, reason=reason, offset=offset, limit=limit)

    return await asyncio.to_thread(work)


@post("/api/imports/{id:str}/run", operation_id="runImport", opt={"access": WORK}, tags=["imports"], status_code=202)
async def run_import(id: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]) -> JobView:
    """Carry the plan out as it was previewed, in the background."""

    def work() -> JobView:
        _require(centre, caller, id)
        return view_job(centre.imports.run(id, user=caller.user))

    return await asyncio.to_thread(work)


@get("/api/imports/{id:str}/report", operation_id="readImportReport", opt={"access": READ}, tags=["imports"])
async def read_report(
    id: FromPath[str],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
    shown: FromQuery[Shown] = "all",
    reason: FromQuery[str | None] = None,
    offset: Offset = 0,
    limit: Limit = 200,
) -> ReportView:
    """What the import did: figures, reasons, and rows of one verdict or one reason."""

    def work() -> ReportView:
        _require(centre, caller, id)
        return centre.imports.report(id, shown=shown, reason=reason, offset=offset, limit=limit)

    return await asyncio.to_thread(work)


@get(
    "/api/imports/{id:str}/report.xlsx",
    operation_id="readImportWorkbook",
    opt={"access": READ},
    tags=["imports"],
    media_type=XLSX,
)
async def read_workbook(
    request: Request[Any, Any, Any],
    id: FromPath[str],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The report as a spreadsheet: every row of the file with its verdict and reasons, in the caller's language."""
    lang = request_lang(request.scope)

    def work() -> bytes:
        _require(centre, caller, id)
        return centre.imports.report_workbook(id, lang).read_bytes()

    content = await asyncio.to_thread(work)
    headers = {
        "Content-Disposition": f'attachment; filename="import-{id[:8]}.xlsx"',
        "Cache-Control": "private, no-store",
    }
    return Response(content=content, media_type=XLSX, headers=headers)


@get("/api/jobs/{id:str}", operation_id="readJob", opt={"access": READ}, tags=["jobs"])
async def read_job(id: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]) -> JobView:
    """How far a job is."""
    return await asyncio.to_thread(lambda: view_job(_require_job(centre, caller, id)))


@post("/api/jobs/{id:str}/stop", operation_id="stopJob", opt={"access": WORK}, tags=["jobs"], status_code=202)
async def stop_job(id: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]) -> JobView:
    """Let a job end after its current step; what was saved stays."""

    def work() -> JobView:
        _require_job(centre, caller, id)
        return view_job(centre.jobs.stop(id))

    return await asyncio.to_thread(work)


handlers: Final = [
    list_fields,
    list_imports,
    create_import,
    read_import,
    plan_import,
    read_plan,
    run_import,
    read_report,
    read_workbook,
    read_job,
    stop_job,
]


def view_job(job: JobRow) -> JobView:
    """A job for people."""
    problem: ProblemView | None = None
    if job.problem is not None:
        known = Problem(job.problem["code"], **job.problem["params"])
        problem = ProblemView(code=known.code, zh=known.text("zh"), en=known.text("en"))
    return JobView(
        id=job.id,
        kind=job.kind,
        title=job.title,
        state=job.state,
        subject=job.subject,
        done=job.total if job.state == "done" and job.total is not None else job.done,
        total=job.total,
        problem=problem,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def _view_import(centre: Centre, row: ImportRow) -> ImportView:
    return ImportView(
        id=row.id,
        name=row.name,
        format=row.format,
        size_bytes=row.size_bytes,
        user=row.user,
        created_at=row.created_at,
        planned=row.planned_seq is not None,
        job=view_job(centre.jobs.get(row.job)) if row.job else None,
    )


def _may_see(caller: Caller, user: str) -> bool:
    """Who holds every site sees every import, others their own: a register names sites that they may not hold."""
    return caller.all_sites or caller.user == user


def _require(centre: Centre, caller: Caller, id: str) -> ImportRow:
    row = centre.imports.get(id)
    if not _may_see(caller, row.user):
        raise Problem("not_found", kind="import", id=id[:40])
    return row


def _require_job(centre: Centre, caller: Caller, id: str) -> JobRow:
    job = centre.jobs.get(id)
    if not _may_see(caller, job.user):
        raise Problem("not_found", kind="job", id=id[:40])
    return job


def _require_sites(caller: Caller, row: ImportRow, request: PlanRequest) -> None:
    """Who holds some sites only may import into those, not make new ones. Raises `Problem("forbidden_site")`."""
    if caller.all_sites:
        return
    options = request.options
    if row.format == "netbox" or not options.site or (request.mapping or ()).count("site"):
        raise Problem("forbidden_site")
    caller.require_site(options.site)
