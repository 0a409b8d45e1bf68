"""Run the server on a data folder."""

import asyncio
import contextlib
import datetime as dt
import errno
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from server.cli import data_option, say, show_qr
from server.errors import Problem

if TYPE_CHECKING:
    import uvicorn

    from server.centre import Centre
    from server.settings import Settings
    from server.tls import TlsFiles

GRACE_S = 2
"""How long open requests may take to end when the server stops."""
BACKLOG = 512


@click.command("serve", short_help="启动服务 / Run the server")
@data_option
@click.option("--port", type=click.IntRange(0, 65_535), default=None, help="端口 / Port to listen on [8000].")
@click.option("--host", default=None, help="监听地址 / Address to listen on [127.0.0.1; 0.0.0.0 with --tls].")
@click.option(
    "--tls",
    is_flag=True,
    default=None,
    help="自带证书的 https，供真实手机试用 / https by a CA of our own, for real phones in a trial.",
)
@click.option(
    "--origin", default=None, help="对外地址，此后不可更改 / The address for ever, as https://site.example.com."
)
def command(data: Path | None, port: int | None, host: str | None, tls: bool | None, origin: str | None) -> None:
    """启动服务，直到按 Ctrl-C 或收到 SIGTERM。

    Run the server until Ctrl-C or SIGTERM.
    """
    from server.settings import read_settings

    settings = read_settings(data=data, port=port, host=host, tls=tls, origin=origin)
    if settings.tls and host is None and settings.host == "127.0.0.1":
        settings = msgspec.structs.replace(settings, host="0.0.0.0")
    sockets = bind(settings)
    settings = msgspec.structs.replace(settings, port=sockets[0].getsockname()[1])
    asyncio.run(run(settings, sockets))


def bind(settings: "Settings") -> list[socket.socket]:
    """Listening sockets for host and port; on the loopback both its addresses, since `localhost` may mean either.

    Raises `Problem("port_in_use")`.
    """
    first = _listen(settings.host, settings.port)
    sockets = [first]
    if settings.host == "127.0.0.1":
        with contextlib.suppress(Problem):
            sockets.append(_listen("::1", first.getsockname()[1]))
    return sockets


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's algorithm only where the protocol is named; with it, answers wait 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Problem("port_in_use", port=port) from None
        if error.errno == errno.EACCES:
            reason = "ports below 1024 need special rights; choose another one"
            raise Problem("bad_setting", name="SITEBOOK_PORT", actual=str(port), reason=reason) from None
        raise Problem("bad_setting", name="SITEBOOK_HOST", actual=host, reason=error.strerror or str(error)) from None
    listener.setblocking(False)
    return listener


async def run(settings: "Settings", sockets: list[socket.socket]) -> None:
    """Serve until a signal comes; the data folder is closed when this returns."""
    import uvicorn

    from server.app import create_app
    from server.centre import open_centre
    from server.control import ControlServer
    from server.logs import log, set_up_logs

    set_up_logs(settings)
    settings, tls = _set_up_tls(settings) if settings.tls else (settings, None)
    centre = open_centre(settings)
    settings = centre.settings
    try:
        app = create_app(settings, centre)
        config = uvicorn.Config(
            app,  # pyright: ignore[reportArgumentType]
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=30,
            lifespan="on",
            ws="none",
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
        )
        server = uvicorn.Server(config)
        _stop_on_signals(server, centre)
        async with ControlServer(centre):
            greet(centre, tls)
            log.info("started", origin=settings.address, trial=settings.trial, pid=os.getpid())
            await server.serve(sockets=sockets)
        log.info("stopped")
    finally:
        await asyncio.to_thread(centre.close)


def _stop_on_signals(server: "uvicorn.Server", centre: "Centre") -> None:
    """uvicorn kills the process by the signal it got, once it is done; ours has a data folder to close after that."""

    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True
        # They would be waited for.
        centre.events.close()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    server.capture_signals = contextlib.nullcontext  # pyright: ignore[reportAttributeAccessIssue]


def _set_up_tls(settings: "Settings") -> "tuple[Settings, TlsFiles]":
    from server.tls import ensure_tls, lan_addresses, local_names

    origin = settings.origin
    port = "" if settings.port == 443 else f":{settings.port}"
    addresses = lan_addresses()
    if not origin:
        origin = f"https://{addresses[0] if addresses else 'localhost'}{port}"
        settings = msgspec.structs.replace(settings, origin=origin)
    names = local_names(settings.hostname)
    others = [f"https://{host}{port}" for host in (*names.hosts, *(a for a in names.addresses if ":" not in a))]
    settings = msgspec.structs.replace(settings, other_origins=(*settings.other_origins, *others))
    return settings, ensure_tls(settings.data, names, dt.datetime.now(dt.UTC))


def greet(centre: "Centre", tls: "TlsFiles | None") -> None:
    """Say where the server is, how the first administrator comes in, and how a real phone takes part."""
    from server.auth import people

    settings = centre.settings
    say(f"Sitebook 正在运行：{settings.address}", f"Sitebook is running at {settings.address}")
    if settings.trial:
        say("（试用：标签、屏幕与文档都会标明）", "(a trial: labels, screens and documents say so)")
    say(f"数据目录：{settings.data}", f"Data folder: {settings.data}")
    if not centre.shell.built:
        say("浏览器应用尚未构建：请运行 make build", "The browser app is not built: run make build")
    made: Any = centre.writer.submit(lambda conn: people.first_administrator(conn, centre.auth)).result()
    if made is not None:
        say(
            "\n首位管理员：在 24 小时内打开此一次性链接",
            "\nFirst administrator: open this one-time link within 24 hours",
        )
        click.echo(made.link)
        if tls:
            show_qr(made.link)
    if tls:
        ca = f"{settings.address}/ca.crt"
        if settings.hostname == "localhost":
            say(
                "\n本机没有私有网络地址，手机连不上：先接入同一 Wi-Fi 再启动，或用 --origin 指明地址",
                "\nThis machine has no private network address, so no phone reaches it: join the phone's Wi-Fi and start"
                " again, or give the address with --origin",
            )
        say(
            f"\n手机（与本机同一网络）：\n 1. 打开 {ca} ，安装并信任该证书\n    （指纹 SHA-256 {tls.fingerprint}）\n"
            f" 2. 扫描邀请二维码：sitebook invite --data {settings.data} --role engineer --all-sites --name …",
            f"\nA phone on the same network:\n 1. Open {ca}, install the certificate and trust it\n"
            f"    (fingerprint SHA-256 {tls.fingerprint})\n"
            f" 2. Scan an invitation: sitebook invite --data {settings.data} --role engineer --all-sites --name …",
        )
        show_qr(ca)
    elif settings.trial:
        say(
            f"\n真实手机（同一网络）需要 https：sitebook serve --data {settings.data} --tls\n"
            "（用 make 时：停止后运行 .venv/bin/sitebook serve …）",
            f"\nA real phone on the same network needs https: sitebook serve --data {settings.data} --tls",
        )
    say("按 Ctrl-C 停止", "Stop with Ctrl-C")
    sys.stdout.flush()
