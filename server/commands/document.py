"""Issue a document of a signed round, or read one that was issued."""

from pathlib import Path
from typing import Any, Final

import click
import msgspec

from server.cli import ask, data_option, json_option, print_json, say
from server.control import Report, work
from server.errors import Problem

LANGS: Final = ("zh", "en")


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """The service report of a round, or the inspection record of an inspection; ids of records."""

    lang: str
    round: str | None = None
    inspection: str | None = None
    incomplete: bool = False


@work("document", Params)
def make(centre: Any, params: Params, report: Report) -> Any:
    """Issue it, or find it if it was issued before: the document record with `id` and `path` of its file."""
    from server.documents import sources
    from server.documents.issue import Wanted, issue
    from server.store import records

    if (params.round is None) == (params.inspection is None):
        raise Problem("bad_request", reason="name either --round or --inspection")
    conn = centre.reader()
    round = params.round
    if params.inspection is not None:
        found = records.get(conn, params.inspection)
        if found is None or found.kind != "inspection":
            raise Problem("not_found", kind="inspection", id=params.inspection[:40])
        round = found.doc["round"]
    assert round is not None
    wanted = Wanted(
        kind="inspection_record" if params.inspection else "service_report",
        signature=sources.of_round(conn, round).id,
        lang="en" if params.lang == "en" else "zh",
        inspection=params.inspection,
    )
    made = issue(centre, wanted, incomplete=params.incomplete)
    return {**made.doc, "id": made.id, "path": str(centre.blobs.path(made.doc["blob"]).absolute())}


@click.command("document", short_help="出具文档 / Issue a document")
@data_option
@click.option("--round", "round_id", default=None, help="巡检编号：出具服务报告 / Id of a round: its service report.")
@click.option("--inspection", default=None, help="巡检记录编号：出具记录表 / Id of an inspection: its record.")
@click.option("--lang", type=click.Choice(LANGS), default="zh", show_default=True, help="语言 / Language.")
@click.option("--incomplete", is_flag=True, help="照片未齐也出具 / Although photos have not arrived.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="PDF 另存为；- 为标准输出 / Save the PDF.",
)
@json_option
def command(
    data: Path | None,
    round_id: str | None,
    inspection: str | None,
    lang: str,
    incomplete: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """出具已签字巡检的 PDF 文档；再次执行得到同一份文档。

    Issue the PDF of a signed round: its service report, or one asset's inspection record. Asked again, it is the same
    document. With `--out -` the PDF goes to standard output.
    """
    params = Params(round=round_id, inspection=inspection, lang=lang, incomplete=incomplete)
    made = ask(data, "document", params)
    path = Path(made.pop("path"))
    if out is not None and str(out) == "-":
        click.echo(path.read_bytes(), nl=False)
        return
    if out is not None:
        out.write_bytes(path.read_bytes())
    if as_json:
        print_json(made)
    else:
        where = out if out is not None else path
        say(f"{made['number']}：{where}", f"{made['number']}: {where}")
