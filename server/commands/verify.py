"""Prove a data folder: chains, log, signatures, blobs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from server.cli import ask, data_option, json_option, print_json, say
from server.control import Report, work

if TYPE_CHECKING:
    from server.centre import Centre
    from server.verify import Findings


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing to say."""


@work("verify", Params)
def verify(centre: "Centre", params: Params, report: Report) -> "Findings":
    """Look at everything once, from one snapshot."""
    from server.verify import verify

    with centre.db.snapshot() as conn:
        return verify(conn, centre.blobs, report)


@click.command("verify", short_help="核验 / Prove that nothing was changed")
@data_option
@json_option
def command(data: Path | None, as_json: bool) -> None:
    """核验每条操作链、日志、签名和文件；有问题时以 1 退出。

    Check every chain, the log, every signature and every blob. Exits with 1 when something is wrong.
    """
    found = ask(data, "verify", Params(), progress=True)
    if as_json:
        print_json(found)
    else:
        say(
            f"{found['ops']} 条操作，{found['installs']} 个安装，{found['heads']} 个签名，{found['blobs']} 个文件；"
            f"{found['missing_blobs']} 个文件尚未送达；{len(found['faults'])} 个问题。",
            f"{found['ops']} ops, {found['installs']} installs, {found['heads']} signatures, {found['blobs']} blobs; "
            f"{found['missing_blobs']} blobs not here yet; {len(found['faults'])} faults.",
        )
        for fault in found["faults"]:
            click.echo(fault, err=True)
    if found["faults"]:
        sys.exit(1)
