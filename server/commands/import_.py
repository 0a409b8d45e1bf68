"""Take in a register from the command line."""

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from server.centre import Centre
from server.cli import ask, console_lang, data_option, json_option, print_json
from server.control import Report, work
from server.errors import Lang, Problem
from server.exchange.options import Options
from server.exchange.report import KINDS, VERDICTS
from server.exchange.vocabulary import TARGETS, fold
from server.ingest import CENTRE_USER
from sync.model.fields import UUID7

SHOWN_ROWS = 20
"""Skipped and doubtful rows that are printed; --json and --report have them all."""


class ImportWork(msgspec.Struct, frozen=True, kw_only=True):
    """What `sitebook import` asks for. `columns` maps a column's title to a field; "" leaves the column out."""

    path: str
    name: str
    encoding: str | None
    customer: str | None
    site: str | None
    tz: str | None
    lang: Lang
    buildings: dict[str, str]
    columns: dict[str, str]
    sheets: tuple[str, ...]
    codes: bool
    pattern: str | None
    date_order: Literal["ymd", "dmy", "mdy"] | None
    dry_run: bool
    report: str | None


@work("import_", ImportWork)
def take_register(centre: Centre, params: ImportWork, report: Report) -> dict[str, Any]:
    """Read, plan and, unless `dry_run`, write; the counts, and every skipped or doubtful row."""
    imports = centre.imports
    report(0, None, params.name)
    preview = imports.take(
        Path(params.path), name=params.name, user=CENTRE_USER, encoding=params.encoding, lang=params.lang
    )
    options = _choose(preview.options, params)
    fields: list[str | None] | None = None
    if params.columns and preview.columns:
        sheets = imports.preview(preview.id, sheets=params.sheets, lang=params.lang) if params.sheets else preview
        fields = _map(sheets.titles, [column.field for column in sheets.columns], params.columns)
    plan = imports.plan(preview.id, options=options, fields=fields, limit=0)
    if params.dry_run:
        rows = imports.planned(preview.id, limit=10**9).rows
        return {
            "id": preview.id,
            "job": None,
            "state": "planned",
            "counts": plan.counts,
            "reasons": plan.reasons,
            "ignored": plan.ignored,
            "buildings": plan.questions,
            "rows": [row for row in rows if row.verdict in ("skipped", "doubtful")],
        }
    job = imports.run_here(preview.id, user=CENTRE_USER, show=lambda done, total: report(done, total, params.name))
    if job.problem is not None:
        raise Problem(job.problem["code"], **job.problem["params"])
    result = imports.whole_report(preview.id)
    if params.report is not None:
        shutil.copyfile(imports.report_workbook(preview.id, params.lang), params.report)
    return {
        "id": preview.id,
        "job": job.id,
        "state": job.state,
        "counts": result.counts,
        "reasons": imports.report(preview.id, limit=0).reasons,
        "ignored": result.ignored,
        "buildings": plan.questions,
        "rows": [row for row in result.rows if row.verdict in ("skipped", "doubtful")],
    }


def _choose(proposed: Options, params: ImportWork) -> Options:
    """The proposals, with what was said on the command line. A customer or site is named by its id or its name."""
    chosen: dict[str, Any] = {}
    for field, text in (("customer", params.customer), ("site", params.site)):
        if text:
            is_id = re.fullmatch(UUID7, text) is not None
            chosen |= {field: text if is_id else None, f"{field}_name": None if is_id else text}
    if params.tz:
        chosen["tz"] = params.tz
    if params.pattern:
        chosen["code_pattern"] = params.pattern
    if params.sheets:
        chosen["sheets"] = params.sheets
    return msgspec.structs.replace(
        proposed,
        lang=params.lang,
        buildings=params.buildings,
        assign_codes=params.codes,
        date_order=params.date_order,
        **chosen,
    )


def _map(titles: tuple[str, ...], guessed: list[str | None], chosen: dict[str, str]) -> list[str | None]:
    """The guessed fields with the chosen ones in their place. Raises `Problem("import_mapping")`."""
    fields = list(guessed)
    words = {title: field for field, target in TARGETS.items() for title in (field, fold(target.zh), fold(target.en))}
    for title, wanted in chosen.items():
        if title not in titles:
            raise Problem("import_mapping", reason=f"“{title}” ∉ {', '.join(titles)}")
        field = words.get(wanted) or words.get(fold(wanted)) if wanted else None
        if wanted and field is None:
            raise Problem("import_mapping", reason=f"“{wanted}” ∉ {', '.join(TARGETS)}")
        at = titles.index(title)
        # A field that was guessed elsewhere moves here.
        fields = [None if known == field and field != "config" else known for known in fields]
        fields[at] = field
    return fields


def _pairs(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in values:
        left, equals, right = text.rpartition("=")
        if not equals or not left:
            raise click.BadParameter(f"“{text}”: NAME=VALUE", param=option)
        found[left] = right
    return found


@click.command("import", short_help="导入设备清单 / Take in a register")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@data_option
@click.option(
    "--customer", help="客户的名称或编号 / The customer, by name or id (default: from the title in the file)."
)
@click.option("--site", help="场所的名称或编号 / The site, by name or id.")
@click.option("--tz", help="新场所的时区 / Time zone of new sites, such as Asia/Shanghai.")
@click.option("--building", "buildings", multiple=True, callback=_pairs, help="楼栋=编号 / BUILDING=CODE, repeatable.")
@click.option(
    "--map", "columns", multiple=True, callback=_pairs, help="列=字段 / COLUMN=FIELD (empty: leave out), repeatable."
)
@click.option("--sheet", "sheets", multiple=True, help="工作表 / A sheet to read, repeatable.")
@click.option("--codes/--no-codes", default=True, help="是否编位置码 / Give position codes (default) or not.")
@click.option("--pattern", help="编码规则 / Code pattern (default: the company's).")
@click.option(
    "--date-order", type=click.Choice(["ymd", "dmy", "mdy"]), help="日期次序 / Order in dates such as 03/04/2021."
)
@click.option("--encoding", help="文本文件的编码 / Encoding of a text file, such as big5.")
@click.option("--dry-run", is_flag=True, help="只预览，不写入 / Only say what would happen.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="另存报告 / Save the report as .xlsx.")
@json_option
def command(file: Path, data: Path | None, as_json: bool, **choice: Any) -> None:
    """导入电子表格（.xlsx .xls .ods .csv）或 NetBox 的 .json；“-”为标准输入。再次导入不会重复。

    Take in a spreadsheet (.xlsx .xls .ods .csv) or a NetBox .json; `-` is stdin. Importing again adds nothing twice.
    """
    lang = console_lang()
    with tempfile.TemporaryDirectory(prefix="sitebook-") as folder:
        path, name = file, file.name
        if str(file) == "-":
            # A spreadsheet or JSON says itself what it is; text from a pipe has no name to go by.
            path = Path(folder) / "stdin"
            content = sys.stdin.buffer.read()
            path.write_bytes(content)
            name = "stdin.json" if content.lstrip()[:1] in (b"[", b"{") else "stdin"
        choice["report"] = str(choice["report"].absolute()) if choice["report"] else None
        params = ImportWork(path=str(path.absolute()), name=name, lang=lang, **choice)
        result = ask(data, "import_", params, progress=not as_json)
    if as_json:
        print_json(result)
    else:
        _print(result, lang, dry_run=params.dry_run)
    if result["state"] not in ("done", "planned"):
        sys.exit(1)


def _print(result: dict[str, Any], lang: Lang, *, dry_run: bool) -> None:
    """The figures, the reasons, and the first rows that somebody should look at."""
    side = 0 if lang == "zh" else 1
    counts = result["counts"]
    if dry_run:
        click.echo(("预览，未写入任何数据。", "A preview; nothing was written.")[side])
    shown = ", ".join(f"{counts[word]} {VERDICTS[word][side]}" for word in VERDICTS)
    click.echo(f"{counts['rows']} {('行：', 'rows: ')[side]}{shown}")
    new = ", ".join(f"{counts['kinds'][kind]} {KINDS[kind][side]}" for kind in KINDS if kind in counts["kinds"])
    if new:
        click.echo(f"{('新增：', 'new: ')[side]}{new}")
    for item in result["reasons"]:
        click.echo(f"  {item['rows']:>6}  {item[lang]}")
    for question in result["buildings"] if dry_run else ():
        click.echo(f"  {question['code']:<6} {question['building']} ({question['rows']})")
    for row in result["rows"][:SHOWN_ROWS]:
        reasons = "; ".join(reason[lang] for reason in row["reasons"] if reason["weight"] != "note")
        click.echo(f"{row['sheet']} {row['row']}: {VERDICTS[row['verdict']][side]}: {reasons}")
    left = len(result["rows"]) - SHOWN_ROWS
    if left > 0:
        click.echo(
            (f"…… 另有 {left} 行；--report 可保存全部。", f"… and {left} more rows; --report saves them all.")[side]
        )
    ended = {"stopped": ("已停止", "stopped"), "interrupted": ("已中断", "interrupted")}.get(result["state"])
    if ended:
        click.echo(
            (
                f"{ended[0]}：已保存的保留，再次导入即可继续。",
                f"{ended[1]}: what was saved stays; import again to go on.",
            )[side]
        )
