"""Invite a person, or give somebody who is here a fresh way in."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import click
import msgspec

from server.cli import ask, data_option, json_option, print_json, say, show_qr
from server.control import Report, work
from server.errors import Problem
from sync.model.people import Role

if TYPE_CHECKING:
    from server.auth.invitations import Made
    from server.centre import Centre

ROLES: Final = get_args(Role)


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to invite: a new person by name and role, or a known one by id."""

    name: str | None = None
    role: str | None = None
    sites: tuple[str, ...] = ()
    all_sites: bool = False
    hours: int = 72
    user: str | None = None


@work("invite", Params)
def invite(centre: "Centre", params: Params, report: Report) -> "Made":
    """Make the invitation; `{link, user, role, expires_at, …}`. The link can't be had again."""
    from server.auth import people

    auth = centre.auth
    if params.user:
        user = params.user
        return centre.writer.submit(
            lambda conn: people.reinvite(conn, auth, user, actor=None, hours=params.hours)
        ).result()
    if not params.name or not params.role:
        raise Problem("bad_request", reason="a new person needs --name and --role")
    body = msgspec.convert(
        {
            "name": params.name,
            "role": params.role,
            "sites": list(params.sites),
            "all_sites": params.all_sites,
            "hours": params.hours,
        },
        people.Invite,
    )
    return centre.writer.submit(lambda conn: people.invite(conn, auth, body, actor=None)).result()


@click.command("invite", short_help="邀请人员 / Invite a person")
@data_option
@click.option("--name", default=None, help="姓名 / The person's name.")
@click.option("--role", type=click.Choice(ROLES), default=None, help="角色 / The person's role.")
@click.option("--site", "sites", multiple=True, help="场所编号，可重复 / Id of a site; may be repeated.")
@click.option("--all-sites", is_flag=True, help="全部场所 / Every site of the company.")
@click.option("--user", default=None, help="已有人员的编号：重新邀请 / Id of a known person: a fresh invitation.")
@click.option(
    "--hours", type=click.IntRange(1, 336), default=72, show_default=True, help="有效小时数 / How long it holds."
)
@json_option
def command(
    data: Path | None,
    name: str | None,
    role: str | None,
    sites: tuple[str, ...],
    all_sites: bool,
    user: str | None,
    hours: int,
    as_json: bool,
) -> None:
    """邀请人员并给出一次性链接，在其手机或电脑上打开即可登记。

    Invite a person and print the one-time link that enrols their phone or desktop. Somebody who lost their way in gets
    a fresh one with --user.
    """
    params = Params(name=name, role=role, sites=sites, all_sites=all_sites, hours=hours, user=user)
    made = ask(data, "invite", params)
    if as_json:
        print_json(made)
        return
    say(f"一次性链接（{hours} 小时内有效）：", f"One-time link, valid for {hours} hours:")
    click.echo(made["link"])
    show_qr(made["link"])
