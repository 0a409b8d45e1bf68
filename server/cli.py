"""The console script `sitebook`: finds its commands, says errors in words, and what commands share."""

import contextlib
import functools
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
import msgspec

from server.errors import Lang, Problem

P = ParamSpec("P")
T = TypeVar("T")


def console_lang() -> Lang:
    """Chinese where the console's locale is Chinese, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def say(zh: str, en: str) -> None:
    """Tell the person at the console, in their language."""
    click.echo(zh if console_lang() == "zh" else en)


class Commands(click.Group):
    """The files of `server/commands`; one is imported only when it is called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file's command."""
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The click command of a file."""
        module = _modules().get(cmd_name)
        return importlib.import_module(f"server.commands.{module}").command if module else None

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """As click, with our problems said in words and nothing else than a bug shown as a traceback."""
        try:
            return super().main(*args, **kwargs)
        except Problem as problem:
            fail(problem)


def _modules() -> dict[str, str]:
    """Command -> module; `import_` is how a module for `import` has to be called."""
    import server.commands as package

    names = (module.name for module in pkgutil.iter_modules(package.__path__))
    return {name.rstrip("_").replace("_", "-"): name for name in names}


def fail(problem: Problem) -> NoReturn:
    """Say a problem on stderr and exit with 1."""
    click.echo(problem.text(console_lang()), err=True)
    sys.exit(1)


data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="数据目录 / The data folder (default: SITEBOOK_DATA, else ./data).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 / Answer as JSON.")


def print_json(value: Any) -> None:
    """A result for programs: indented JSON on stdout."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def show_qr(text: str) -> None:
    """A QR code in the terminal; nothing where the output is a file or a pipe."""
    if not sys.stdout.isatty():
        return
    import qrcode

    code = qrcode.QRCode(border=2, error_correction=qrcode.ERROR_CORRECT_L)
    code.add_data(text)
    code.print_ascii(invert=True)


def ask(data: Path | None, name: str, params: msgspec.Struct, *, progress: bool = False) -> Any:
    """Do a work (see `server.control`) on a data folder; with a progress bar on stderr if wanted and it is a terminal."""
    from server.control import call
    from server.settings import read_settings

    settings = read_settings(data=data)
    if not (progress and sys.stderr.isatty()):
        return call(settings, name, params)
    with progress_bar() as show:
        return call(settings, name, params, show)


@contextlib.contextmanager
def progress_bar() -> Generator[Callable[[Any], None]]:
    """A progress bar on stderr; gives the function that moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(step: Any) -> None:
            bar.update(task, completed=step.done, total=step.total, description=step.note)

        yield show


def quiet_pipe(function: Callable[P, T]) -> Callable[P, T]:
    """Let `sitebook … | head` end without a traceback."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)

    return wrapped


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sitebook")
def group() -> None:
    """设备现场档案与服务记录 / The site archive and service record."""


@quiet_pipe
def main() -> None:
    """Entry point."""
    group()
