"""Back up everything into one file, while a server runs or not."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from server.cli import ask, data_option, json_option, print_json, say
from server.control import Report, work
from server.errors import Problem

if TYPE_CHECKING:
    from server.centre import Centre

PASSPHRASE = "SITEBOOK_BACKUP_PASSPHRASE"


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Where to, and under which passphrase; None writes it readable."""

    to: str
    passphrase: str | None = None


@work("backup", Params)
def backup(centre: "Centre", params: Params, report: Report) -> dict[str, Any]:
    """Write the backup; `{file, manifest}`."""
    from server import backup
    from server.store import meta

    begun = centre.ingest.clock()
    file, manifest = backup.write(
        centre.db,
        centre.settings.data,
        Path(params.to),
        passphrase=params.passphrase,
        now_ms=begun,
        tell=report,
    )
    centre.writer.submit(lambda conn: meta.put(conn, meta.LAST_BACKUP, str(begun))).result()
    return {"file": str(file), "manifest": manifest}


def passphrase_of(plain: bool, passphrase_file: Path | None, *, confirm: bool) -> str | None:
    """The passphrase: from a file, from the environment, or asked for at the console; None for `--plain`."""
    if plain:
        return None
    if passphrase_file is not None:
        return passphrase_file.read_text("utf-8").strip()
    if PASSPHRASE in os.environ:
        return os.environ[PASSPHRASE]
    if not os.isatty(0):
        raise Problem("bad_request", reason=f"set {PASSPHRASE}, or give --passphrase-file or --plain")
    return click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)


@click.command("backup", short_help="备份 / Back up everything")
@data_option
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    required=True,
    help="目标目录或 .sitebook 文件 / A folder, or a file named *.sitebook.",
)
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="含口令的文件 / A file that holds the passphrase.")  # fmt: skip
@click.option("--plain", is_flag=True, help="不加密 / Do not encrypt.")
@json_option
def command(data: Path | None, to: Path, passphrase_file: Path | None, plain: bool, as_json: bool) -> None:
    """把整个安装（数据库、照片、密钥）备份为一个文件；服务器运行时也可以。

    Back up the whole installation (database, photos, keys) into one file, encrypted with a passphrase (age); also while
    a server runs. The passphrase comes from SITEBOOK_BACKUP_PASSPHRASE, from a file, or is asked for.
    """
    params = Params(to=str(to.resolve()), passphrase=passphrase_of(plain, passphrase_file, confirm=True))
    done = ask(data, "backup", params, progress=True)
    if as_json:
        print_json(done)
        return
    manifest = done["manifest"]
    say(
        f"已备份到 {done['file']}：{manifest['blobs']} 个文件，{manifest['bytes'] / 1e6:.1f} MB。",
        f"Backed up to {done['file']}: {manifest['blobs']} blobs, {manifest['bytes'] / 1e6:.1f} MB.",
    )
