"""Bring a backup back into an empty folder."""

from pathlib import Path

import click

from server.cli import data_option, json_option, print_json, progress_bar, say
from server.commands.backup import passphrase_of
from server.control import Progress


@click.command("restore", short_help="恢复 / Restore a backup")
@data_option
@click.option("--from", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
              help="备份文件 / The backup.")  # fmt: skip
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="含口令的文件 / A file that holds the passphrase.")  # fmt: skip
@json_option
def command(data: Path | None, file: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """把备份恢复到空目录。手机会自动补交备份之后的工作。

    Restore a backup into an empty or new folder, and prove it. Nothing that is there is overwritten.
    """
    from server import backup
    from server.settings import read_settings

    settings = read_settings(data=data)
    manifest = backup.read_manifest(file)
    passphrase = passphrase_of(not manifest.encrypted, passphrase_file, confirm=False)
    with progress_bar() as show:
        backup.restore(
            file,
            settings.data,
            passphrase=passphrase,
            tell=lambda done, total, note: show(Progress(done=done, total=total, note=note)),
        )
    if as_json:
        print_json({"data": str(settings.data), "manifest": manifest})
        return
    say(
        f"已恢复到 {settings.data}。请运行 sitebook verify 核验。",
        f"Restored into {settings.data}. Run sitebook verify to prove it.",
    )
