"""Give a site's equipment its labels and print them as sheets."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import msgspec
from msgspec import Meta

from server.cli import ask, console_lang, data_option, say
from server.control import Report, work
from server.errors import Lang, Problem

if TYPE_CHECKING:
    from server.centre import Centre

Millimetres = Annotated[float, Meta(ge=0, le=300)]


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Which labels, and how they are printed. `site`: id or name; `assets`: ids or codes within it."""

    site: str | None = None
    assets: tuple[str, ...] = ()
    blank: int = 0
    batch: str = ""
    layout: str
    start: int = 1
    left: Millimetres | None = None
    top: Millimetres | None = None
    gap_x: Millimetres | None = None
    gap_y: Millimetres | None = None
    outline: bool = False
    lang: Lang
    reason: str | None = None
    dry_run: bool = False


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: PDFs of at most 5,000 labels each, in order, and why some assets got no code."""

    files: list[bytes]
    labels: int
    made: int
    uncoded: list[str]


@work("labels", Params)
def print_labels(centre: "Centre", params: Params, report: Report) -> Printed:
    """Allot what is missing, print, and note the printing.

    Without a reason only labels that were never printed; raises `label_reprint` when none of these is left.
    """
    from server.ingest import CENTRE_USER
    from server.labels import allot, layouts, printing, sheets
    from server.store import labels as store

    try:
        layout = layouts.choose(params.layout, left=params.left, top=params.top, gap_x=params.gap_x, gap_y=params.gap_y)
        layouts.check_start(layout, params.start)
    except layouts.LayoutError as error:
        raise Problem("label_layout", reason_zh=error.zh, reason_en=error.en) from None
    assets = find_assets(centre, params)
    conn = centre.reader()
    if params.dry_run:
        labelled = store.with_token(conn, assets)
        return Printed(
            files=[], labels=len(assets) + params.blank, made=len(assets) - labelled + params.blank, uncoded=[]
        )

    zh = params.lang == "zh"
    given = allot.give(
        centre.writer,
        centre.ingest,
        user=CENTRE_USER,
        batch=params.batch or allot.new_batch(centre.ingest, centre.settings.time_zone),
        assets=assets,
        blank=params.blank,
        report=lambda done, total: report(done, total, "分配标签" if zh else "Allotting"),
    )
    printed = store.printed(conn, [label.token for label in given])
    again = bool((params.reason or "").strip())
    wanted = [label.token for label in given if again or label.token not in printed]
    if not wanted:
        raise Problem("label_reprint", count=len(given))
    brand = printing.read_brand(conn, company=centre.settings.company, trial=centre.settings.trial, lang=params.lang)
    files: list[bytes] = []
    done, start = 0, params.start
    while done < len(wanted):
        # Whole pages, so that the next file begins on a fresh one.
        most = sheets.MOST // layout.per_page * layout.per_page - (start - 1)
        some = wanted[done : done + most]
        report(done, len(wanted), "打印标签" if zh else "Printing")
        job = printing.of_tokens(conn, some, origin=centre.settings.address, holds=lambda site: True)
        files.append(sheets.pdf(job.labels, brand, layout, start=start, outline=params.outline))
        printing.note(centre.writer, centre.ingest, job, user=CENTRE_USER, reason=params.reason)
        done, start = done + len(some), 1
    return Printed(
        files=files,
        labels=len(wanted),
        made=sum(label.made for label in given),
        uncoded=sorted({getattr(label.refusal, params.lang) for label in given if label.refusal}),
    )


def find_assets(centre: "Centre", params: Params) -> list[str]:
    """The ids of the assets that are meant. Raises `not_found`, `conflict` for two sites of one name, `label_choice`."""
    from server.store import labels as store

    conn = centre.reader()
    if bool(params.site) == bool(params.blank):
        raise Problem("label_choice", expected="--site, --blank")
    if params.site is None:
        return []
    sites = store.sites(conn, params.site)
    if not sites:
        raise Problem("not_found", kind="site", id=params.site[:80])
    if len(sites) > 1:
        raise Problem("conflict", reason=f"{len(sites)} sites are called {params.site[:80]}: {', '.join(sites)}")
    known = store.assets_of_site(conn, sites[0])
    if not params.assets:
        if not known:
            raise Problem("not_found", kind="asset", id=params.site[:80])
        return [id for id, _ in known]
    by_name = {code: id for id, code in known if code} | {id: id for id, _ in known}
    for wanted in params.assets:
        if wanted not in by_name:
            raise Problem("not_found", kind="asset", id=wanted[:80])
    return [by_name[wanted] for wanted in params.assets]


@click.command("labels", short_help="分配并打印标签 / Allot and print labels")
@data_option
@click.option("--site", default=None, help="场所：编号或名称 / The site whose equipment is labelled: id or name.")
@click.option(
    "--asset",
    "assets",
    multiple=True,
    help="仅这些设备（编码或编号，可重复）/ Only these assets, by code or id; may be repeated.",
)
@click.option(
    "--blank", type=click.IntRange(1, 100_000), default=None, help="空白标签的数量 / So many blank labels instead."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, allow_dash=True), required=True, help="PDF 文件 / The PDF; - is stdout."
)
@click.option("--layout", default="a4-50x30", show_default=True, help="版式 / Sheet or roll: a4-70x37, roll-50x30, ….")
@click.option("--start", default=1, show_default=True, help="首张标签的位置 / First free position of a used sheet.")
@click.option("--left", type=float, default=None, help="左边距（毫米）/ Left margin in mm.")
@click.option("--top", type=float, default=None, help="上边距（毫米）/ Top margin in mm.")
@click.option("--gap-x", type=float, default=None, help="列间距（毫米）/ Gap between columns in mm.")
@click.option("--gap-y", type=float, default=None, help="行间距（毫米）/ Gap between rows in mm.")
@click.option("--outline", is_flag=True, help="画裁切线 / Draw lines to cut by.")
@click.option("--batch", default="", help="批次名称 / A name for the batch.")
@click.option("--reason", default=None, help="补打原因 / Why labels are printed again that were printed before.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default=None, help="标签语言 / The labels' language.")
@click.option("--dry-run", is_flag=True, help="只说明将做什么 / Only say what would be done.")
def command(data: Path | None, out: str, blank: int | None, **options: Any) -> None:
    """为场所的设备分配标签和编码，并打印成 PDF。

    Give the equipment of a site tokens and codes where they are missing, and print the labels that were never printed
    (all of them with --reason). More than 5,000 labels become several files.
    """
    options["lang"] = options["lang"] or console_lang()
    found = msgspec.convert(ask(data, "labels", Params(blank=blank or 0, **options), progress=True), Printed)
    if options["dry_run"]:
        say(
            f"将打印 {found.labels} 个标签，其中新分配 {found.made} 个。",
            f"Would print {found.labels} labels, {found.made} of them new.",
        )
        return
    write(out, found.files)
    for reason in found.uncoded:
        click.echo(reason, err=True)
    if out != "-":
        say(
            f"已打印 {found.labels} 个标签，其中新分配 {found.made} 个。",
            f"Printed {found.labels} labels, {found.made} of them new.",
        )


def write(out: str, files: list[bytes]) -> None:
    """The PDFs at `out`, `out-2` and so on. More than one can't go to stdout."""
    if out == "-":
        if len(files) > 1:
            raise Problem("bad_request", reason="more than one PDF: give --out a file name")
        sys.stdout.buffer.write(files[0])
        return
    path = Path(out)
    for number, content in enumerate(files, 1):
        target = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        target.write_bytes(content)
