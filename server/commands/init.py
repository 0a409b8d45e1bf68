"""Begin a data folder."""

import sqlite3
from pathlib import Path

import click

from server.cli import data_option, progress_bar, say
from server.errors import Problem


@click.command("init", short_help="建立数据目录 / Begin a data folder")
@data_option
@click.option("--demo", is_flag=True, help="加入演示客户 / Put a demo customer into it.")
@click.option("--company", default=None, help="标签与文档上的公司名称 / The company's name on labels and documents.")
@click.option("--hotline", default=None, help="服务热线 / The company's hotline.")
def command(data: Path | None, demo: bool, company: str | None, hotline: str | None) -> None:
    """建立数据目录。正式使用前请先设置 SITEBOOK_ORIGIN；仅在本机试用时不必。

    Begin a data folder. Set SITEBOOK_ORIGIN first, unless this is a trial on localhost.
    """
    from server.centre import open_centre
    from server.settings import read_settings

    settings = read_settings(data=data)
    if settings.database.exists():
        raise Problem("data_exists", folder=str(settings.data))
    centre = open_centre(settings)
    try:
        if company or hotline:
            centre.writer.submit(
                lambda conn: centre.ingest.demand(conn, [company_draft(conn, company, hotline)])
            ).result()
        if demo:
            from server.control import Report
            from server.demo.seed import seed

            with progress_bar() as show:
                seed(centre, Report(show))
    finally:
        centre.close()
    say(f"已建立 {settings.data}", f"Made {settings.data}")


def company_draft(conn: sqlite3.Connection, name: str | None, hotline: str | None):
    """The draft that gives the company its name (the same in both languages, until it is edited) and hotline."""
    from server.ingest import new_id
    from server.store import records
    from sync.drafts import Draft

    known = records.all_of(conn, "company")
    text = name or "Sitebook"
    values: dict[str, object] = {"name": {"zh": text, "en": text}} if name or not known else {}
    if hotline:
        values["hotline"] = hotline
    return Draft(kind="company", record=known[0].id if known else new_id(), values=values)
