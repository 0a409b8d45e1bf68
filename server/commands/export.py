"""The equipment of a site as a spreadsheet."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from server.cli import ask, console_lang, data_option, json_option, print_json, quiet_pipe, say
from server.control import Report, work
from server.errors import Lang, Problem

if TYPE_CHECKING:
    from server.centre import Centre


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out. `site`: id or name, all sites where none is given."""

    site: str | None = None
    lang: Lang
    as_json: bool = False


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """The workbook, or with `as_json` each asset as `{field: text}` of what is known."""

    assets: int
    workbook: bytes = b""
    rows: list[dict[str, str]] = []


@work("export", Params)
def export(centre: "Centre", params: Params, report: Report) -> Exported:
    """Read and write the table. Raises `not_found`, and `conflict` for two sites of one name."""
    from server.export import read_assets, write_xlsx
    from server.store import labels as store

    conn = centre.reader()
    site: str | None = None
    if params.site is not None:
        sites = store.sites(conn, params.site)
        if not sites:
            raise Problem("not_found", kind="site", id=params.site[:80])
        if len(sites) > 1:
            raise Problem("conflict", reason=f"{len(sites)} sites are called {params.site[:80]}: {', '.join(sites)}")
        site = sites[0]
    table = read_assets(conn, holds=lambda _: True, site=site, lang=params.lang)
    if not params.as_json:
        return Exported(assets=len(table.rows), workbook=write_xlsx(table, params.lang))
    fields = [column.field for column in table.columns]
    rows = [{name: cell for name, cell in zip(fields, row, strict=True) if cell} for row in table.rows]
    return Exported(assets=len(rows), rows=rows)


@click.command("export", short_help="导出设备清单 / Export the equipment as a spreadsheet")
@data_option
@click.option("--site", default=None, help="场所：编号或名称；缺省为全部 / The site, by id or name; all when left out.")
@click.option("--out", type=click.Path(dir_okay=False, allow_dash=True), help="XLSX 文件 / The .xlsx; - is stdout.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default=None, help="列名语言 / The columns' language.")
@json_option
@quiet_pipe
def command(data: Path | None, site: str | None, out: str | None, lang: Lang | None, as_json: bool) -> None:
    """导出一个或全部场所的设备：列名与系统一致，所有单元格均为文本。

    Export the equipment of one site, or of all, with the columns of the program; every cell is text.
    """
    if not as_json and out is None:
        raise click.UsageError("--out FILE.xlsx, or --json")
    params = Params(site=site, lang=lang or console_lang(), as_json=as_json)
    found = msgspec.convert(ask(data, "export", params), Exported)
    if as_json:
        print_json(found.rows)
    elif out == "-":
        sys.stdout.buffer.write(found.workbook)
    else:
        Path(str(out)).write_bytes(found.workbook)
        say(f"已导出 {found.assets} 台设备。", f"Exported {found.assets} assets.")
