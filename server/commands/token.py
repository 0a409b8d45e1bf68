"""Make, list and end API tokens: keys for scripts and integrations that act for a person."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from server.cli import ask, console_lang, data_option, json_option, print_json, say
from server.control import Report, work
from server.errors import Problem

if TYPE_CHECKING:
    from server.auth.apitokens import Made
    from server.centre import Centre


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """A token to make. `user`: a person's id, or their name if only one active person has it."""

    user: str
    name: str
    days: int
    scopes: tuple[str, ...]


class ListParams(msgspec.Struct, frozen=True, kw_only=True):
    """Whose tokens to list; everybody's if None."""

    user: str | None = None


class RevokeParams(msgspec.Struct, frozen=True, kw_only=True):
    """The token to end, by id."""

    token: str


def find_person(centre: "Centre", wanted: str) -> str:
    """The id of a person named by id or name. Raises `not_found`, or `conflict` when several have the name."""
    from server.store import records

    found = [
        record
        for record in records.all_of(centre.reader(), "user")
        if record.id == wanted or (record.doc.get("name") == wanted and record.doc.get("status") == "active")
    ]
    if not found:
        raise Problem("not_found", kind="person", id=wanted[:80])
    if len(found) > 1:
        ids = ", ".join(record.id for record in found)
        raise Problem("conflict", reason=f"several people are called {wanted[:80]}; give the id: {ids}")
    return found[0].id


@work("token", Params)
def make(centre: "Centre", params: Params, report: Report) -> "Made":
    """Make it: `{id, token, user, name, scopes, expires_at}`. The token's text can't be had again."""
    from server.auth import apitokens

    user, auth = find_person(centre, params.user), centre.auth
    return centre.writer.submit(
        lambda conn: apitokens.create(
            conn, auth, user=user, name=params.name, days=params.days, scopes=params.scopes, created_by=None
        )
    ).result()


@work("token.list", ListParams)
def list_tokens(centre: "Centre", params: ListParams, report: Report) -> list[dict[str, Any]]:
    """Every token without its text, newest first."""
    from server.store import auth as store

    user = find_person(centre, params.user) if params.user else None
    shown = ("id", "user", "name", "created_at", "expires_at", "used_at", "revoked_at")
    return [
        {**{field: getattr(row, field) for field in shown}, "scopes": row.scopes.split(",")}
        for row in store.api_tokens(centre.reader(), user)
    ]


@work("token.revoke", RevokeParams)
def revoke(centre: "Centre", params: RevokeParams, report: Report) -> dict[str, str]:
    """End it at once."""
    from server.auth import apitokens

    auth = centre.auth
    centre.writer.submit(lambda conn: apitokens.revoke(conn, auth, token_id=params.token, actor=None)).result()
    return {"revoked": params.token}


@click.command("token", short_help="API 令牌 / API tokens for scripts")
@data_option
@click.option("--user", default=None, help="代表的人员：编号或姓名 / The person it acts for: id or name.")
@click.option("--name", default=None, help="用途名称 / What it is for.")
@click.option(
    "--days", type=click.IntRange(1, 730), default=90, show_default=True, help="有效天数 / For how many days it holds."
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("read:*",),
    show_default=True,
    help="权限，可重复，如 read:* 或 write:asset / What it may do; may be repeated.",
)
@click.option("--list", "listing", is_flag=True, help="列出令牌 / List the tokens instead.")
@click.option("--revoke", "revoked", metavar="ID", default=None, help="撤销一个令牌 / End a token instead.")
@json_option
def command(
    data: Path | None,
    user: str | None,
    name: str | None,
    days: int,
    scopes: tuple[str, ...],
    listing: bool,
    revoked: str | None,
    as_json: bool,
) -> None:
    """为脚本和集成建立 API 令牌；令牌只显示一次。

    Make an API token for a script or an integration: it may do what its person may, as far as its scopes go, until it
    expires. Its text is shown once. Send it as `Authorization: Bearer sbk_…`.
    """
    if revoked:
        show(ask(data, "token.revoke", RevokeParams(token=revoked)), as_json, (f"已撤销 {revoked}", f"Ended {revoked}"))
    elif listing:
        rows: list[dict[str, Any]] = ask(data, "token.list", ListParams(user=user))
        if as_json:
            print_json(rows)
        else:
            click.echo("\n".join(line(row) for row in rows))
    else:
        if not user or not name:
            raise Problem("bad_request", reason="a token needs --user and --name")
        made = ask(data, "token", Params(user=user, name=name, days=days, scopes=scopes))
        if not as_json:
            say(f"{days} 天内有效，只显示这一次：", f"Valid for {days} days, shown only now:")
        show(made, as_json, (made["token"], made["token"]))


def show(value: Any, as_json: bool, texts: tuple[str, str]) -> None:
    """A result for programs or for people."""
    if as_json:
        print_json(value)
    else:
        say(*texts)


def line(row: dict[str, Any]) -> str:
    """One token of the list."""
    zh = console_lang() == "zh"
    day = time.strftime("%Y-%m-%d", time.localtime(row["expires_at"] / 1000))
    if row["revoked_at"]:
        state = "已撤销" if zh else "ended"
    elif row["expires_at"] <= time.time() * 1000:
        state = "已过期" if zh else "expired"
    else:
        state = f"有效至 {day}" if zh else f"until {day}"
    return f"{row['id']}  {row['name']}  {' '.join(row['scopes'])}  {state}"
