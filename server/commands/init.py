"""Begin a data folder."""

from pathlib import Path

import click
import msgspec

from server.cli import data_option, progress_bar, say


@click.command("init", short_help="建立数据目录 / Begin a data folder")
@data_option
@click.option("--demo", is_flag=True, help="加入演示客户 / Put a demo customer into it.")
@click.option("--company", default=None, help="公司名称 / The company's name on labels and documents.")
@click.option("--hotline", default=None, help="服务热线 / The company's hotline.")
def command(data: Path | None, demo: bool, company: str | None, hotline: str | None) -> None:
    """建立数据目录；目录须为空或尚不存在。

    Begin a data folder; it must be empty or absent. Set SITEBOOK_ORIGIN first, unless this is a trial on localhost.
    """
    from server.centre import open_centre
    from server.control import Report
    from server.errors import Problem
    from server.settings import read_settings

    settings = read_settings(data=data)
    if settings.database.exists():
        raise Problem("data_exists", folder=str(settings.data))
    centre = open_centre(settings)
    try:
        if company or hotline:
            found = Company(name=company or settings.company, hotline=hotline)
            centre.writer.submit(lambda conn: set_company(centre, conn, found)).result()
        if demo:
            from server.demo import seed

            with progress_bar() as show:
                seed(centre, Report(show))
    finally:
        centre.close()
    say(f"已建立 {settings.data}", f"Made {settings.data}")
