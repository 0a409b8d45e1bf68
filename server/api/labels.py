"""Labels for the office: give out tokens and codes, print sheets and single labels, try a code pattern."""

import asyncio
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from server.answers import request_lang
from server.auth.access import OFFICE, PLANNERS, Access
from server.auth.caller import Caller
from server.centre import Centre
from server.errors import Problem
from server.labels import allot, layouts, patterns, printing, sheets
from server.labels.faces import Lang
from server.labels.printing import Job

AnyRequest = Request[Any, Any, Any]

READ: Final = Access(roles=OFFICE, kind="label")
WRITE: Final = Access(roles=PLANNERS, kind="label")
TRY: Final = Access(roles=OFFICE, kind="label", action="read")
MOST: Final = sheets.MOST

Ids = Annotated[list[str], Meta(max_length=MOST)]
Millimetres = Annotated[float, Meta(ge=0, le=300)]


class AllotOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Labels for `assets`, or `blank` ones for a roll. `batch` names them; without it a name is made."""

    assets: Ids = []
    blank: int = 0
    batch: Annotated[str, Meta(max_length=100)] = ""


class GivenLabel(Struct, frozen=True, kw_only=True):
    """One label. `made`: the token is new. Where the pattern gave no code, `reason` says why, in the caller's language."""

    token: str
    made: bool
    asset: str | None
    code: str | None
    reason: str | None


class Given(Struct, frozen=True, kw_only=True):
    """What was given out, in the order asked."""

    batch: str
    labels: list[GivenLabel]


class SheetOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which labels (exactly one of `assets`, `tokens`, `batch`) to print on which sheet. Millimetres.

    `start`: the first free position of a partly used sheet, from 1. `reason` is needed for labels printed before.
    """

    assets: Ids = []
    tokens: Ids = []
    batch: Annotated[str, Meta(max_length=100)] = ""
    layout: str = layouts.DEFAULT
    start: int = 1
    left: Millimetres | None = None
    top: Millimetres | None = None
    gap_x: Millimetres | None = None
    gap_y: Millimetres | None = None
    outline: bool = False
    lang: Lang | None = None
    reason: Annotated[str, Meta(max_length=200)] | None = None


class LayoutView(Struct, frozen=True, kw_only=True):
    """A layout that sheets can have, millimetres; `roll` ones have one label a page."""

    name: str
    width: float
    height: float
    columns: int
    rows: int
    left: float
    top: float
    gap_x: float
    gap_y: float
    page_width: float
    page_height: float


class PatternOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code pattern to try, with values for its placeholders where they shall differ from the samples."""

    pattern: Annotated[str, Meta(max_length=200)]
    values: dict[str, Annotated[str, Meta(max_length=200)]] = {}


class PatternView(Struct, frozen=True, kw_only=True):
    """What a pattern gives: examples, the values it needs, and how many numbers a place has (none: no end)."""

    pattern: str
    examples: list[str]
    fields: list[str]
    last: int | None


@post("/api/labels/allot", operation_id="allotLabels", status_code=200, opt={"access": WRITE}, tags=["labels"])
async def allot_labels(
    request: AnyRequest,
    data: JSONBody[AllotOrder],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
) -> Given:
    """Give each asset a token and a code, unless it has them; or make blank labels. At most 5,000 a call.

    Cut off, it is safe to ask again: what was given stays.
    """
    if bool(data.assets) == bool(data.blank):
        raise Problem("label_choice", expected="assets, blank")
    check_count(data.blank or len(data.assets))
    lang = request_lang(request.scope)
    batch = data.batch.strip() or allot.new_batch(centre.ingest, centre.settings.time_zone)
    given = await asyncio.to_thread(
        allot.give,
        centre.writer,
        centre.ingest,
        user=caller.user,
        batch=batch,
        assets=data.assets,
        blank=data.blank,
        holds=caller.holds,
    )
    return Given(
        batch=batch,
        labels=[
            GivenLabel(
                token=label.token,
                made=label.made,
                asset=label.asset,
                code=label.code,
                reason=getattr(label.refusal, lang) if label.refusal else None,
            )
            for label in given
        ],
    )


@post(
    "/api/labels/sheet",
    operation_id="printLabels",
    status_code=200,
    opt={"access": WRITE},
    media_type="application/pdf",
    tags=["labels"],
)
async def print_labels(
    request: AnyRequest,
    data: JSONBody[SheetOrder],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The labels as a PDF/A-2b; that they were printed is noted, and why again if they were before."""
    lang = data.lang or request_lang(request.scope)

    def make() -> bytes:
        try:
            layout = layouts.choose(data.layout, left=data.left, top=data.top, gap_x=data.gap_x, gap_y=data.gap_y)
            layouts.check_start(layout, data.start)
        except layouts.LayoutError as error:
            raise Problem("label_layout", reason_zh=error.zh, reason_en=error.en) from None
        job = choose(centre, caller, data)
        printing.require_reason(job, data.reason)
        brand = printing.read_brand(
            centre.reader(), company=centre.settings.company, trial=centre.settings.trial, lang=lang
        )
        made = sheets.pdf(job.labels, brand, layout, start=data.start, outline=data.outline)
        printing.note(centre.writer, centre.ingest, job, user=caller.user, reason=data.reason)
        return made

    content = await asyncio.to_thread(make)
    headers = {"Content-Disposition": 'attachment; filename="labels.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def choose(centre: Centre, caller: Caller, data: SheetOrder) -> Job:
    """The labels that an order names."""
    given = [bool(data.assets), bool(data.tokens), bool(data.batch)]
    if sum(given) != 1:
        raise Problem("label_choice", expected="assets, tokens, batch")
    origin, holds = centre.settings.address, caller.holds
    with centre.db.snapshot() as conn:
        if data.assets:
            job = printing.of_assets(conn, data.assets, origin=origin, holds=holds)
        elif data.tokens:
            job = printing.of_tokens(conn, data.tokens, origin=origin, holds=holds)
        else:
            job = printing.of_batch(conn, data.batch, origin=origin, holds=holds)
    check_count(len(job.labels))
    return job


@get("/api/labels/layouts", operation_id="listLabelLayouts", opt={"access": READ}, tags=["labels"])
async def list_layouts() -> list[LayoutView]:
    """The sheets and rolls that labels can be printed on."""
    return [
        LayoutView(
            name=layout.name,
            width=layout.width,
            height=layout.height,
            columns=layout.columns,
            rows=layout.rows,
            left=round(layout.left, 2),
            top=round(layout.top, 2),
            gap_x=layout.gap_x,
            gap_y=layout.gap_y,
            page_width=layout.page[0],
            page_height=layout.page[1],
        )
        for layout in layouts.LAYOUTS.values()
    ]


@post("/api/labels/pattern", operation_id="tryCodePattern", status_code=200, opt={"access": TRY}, tags=["labels"])
async def try_pattern(data: JSONBody[PatternOrder]) -> PatternView:
    """Examples of a code pattern, or what is wrong with it (`label_pattern`). Changes nothing."""
    try:
        pattern = patterns.parse(data.pattern)
        examples = patterns.preview(pattern, data.values)
    except patterns.PatternError as error:
        raise Problem("label_pattern", reason_zh=error.zh, reason_en=error.en) from None
    return PatternView(pattern=pattern.source, examples=examples, fields=list(pattern.fields), last=pattern.last)


@get("/api/labels/{file:str}", operation_id="readLabel", opt={"access": READ}, media_type="image/*", tags=["labels"])
async def read_label(
    request: AnyRequest,
    file: FromPath[str],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
    width: FromQuery[Annotated[float, Meta(ge=20, le=200)]] = 50,
    height: FromQuery[Annotated[float, Meta(ge=15, le=200)]] = 30,
    dpi: FromQuery[Annotated[int, Meta(ge=150, le=1200)]] = 600,
) -> Response[bytes]:
    """One label as a picture: `<asset's id or token>.png` or `.svg`, `width` × `height` mm."""
    stem, _, kind = file.rpartition(".")
    if kind not in ("png", "svg"):
        raise Problem("not_found", kind="label", id=file[:40])
    # As large as 200 mm at 300 dpi: a picture of both the largest size and the finest grain would take a gigabyte.
    if kind == "png" and width * height * (dpi / 25.4) ** 2 > 6e6:
        raise Problem("invalid", field="dpi", reason=f"{width:g} × {height:g} mm at {dpi} dpi is over 6 megapixels")
    lang = request_lang(request.scope)

    def make() -> bytes:
        conn = centre.reader()
        find = printing.of_tokens if len(stem) < 32 else printing.of_assets
        (label,) = find(conn, [stem], origin=centre.settings.address, holds=caller.holds).labels
        brand = printing.read_brand(conn, company=centre.settings.company, trial=centre.settings.trial, lang=lang)
        if kind == "png":
            return sheets.png(label, brand, width=width, height=height, dpi=dpi)
        return sheets.svg(label, brand, width=width, height=height)

    content = await asyncio.to_thread(make)
    headers = {"Content-Disposition": f'inline; filename="label.{kind}"', "Cache-Control": "private, no-cache"}
    if kind == "svg":
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return Response(content, media_type="image/png" if kind == "png" else "image/svg+xml", headers=headers)


handlers: Final = [allot_labels, print_labels, list_layouts, try_pattern, read_label]


def check_count(actual: int) -> None:
    """Raises `Problem("label_count")` unless 1 to 5,000."""
    if not 1 <= actual <= MOST:
        raise Problem("label_count", limit=MOST, actual=actual)
