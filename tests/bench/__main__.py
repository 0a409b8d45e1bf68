"""Runs the benchmarks: a table on the screen, and build/bench.json.

Every `bench_*.py` beside this file has `run() -> {name: {value, unit, ratio_to, ratio, …}}`; names are without the unit.
`ratio` is how many times better than `ratio_to`, taken side by side in the same run. Figures inform; they fail nothing.
`--only NAME` runs the files that name NAME: a benchmark (`labels_1000`) or a file (`labels`).
"""

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
OUT = HERE.parent.parent / "build" / "bench.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Run the benchmarks.")
    parser.add_argument("--only", metavar="NAME", nargs="*", default=[""], help="a benchmark's or a file's name")
    # Figures are written down as `labels_1000 s`: the unit may come along.
    only: str = parser.parse_args().only[0]
    console = Console()
    files = [path for path in sorted(HERE.glob("bench_*.py")) if chosen(path, only)]
    if not files:
        console.print(f"No benchmark is called {only!r}.", style="red")
        return 2
    figures: dict[str, dict[str, Any]] = {}
    failed: list[str] = []
    for path in files:
        console.print(f"[dim]{path.stem} …[/dim]")
        try:
            found = load(path)
        except Exception:
            console.print_exception()
            failed.append(path.stem)
            continue
        wanted = {name: figure for name, figure in found.items() if name == only}
        figures.update(wanted or found)
    console.print(table(figures))
    save(figures, keep=bool(only))
    for name in failed:
        console.print(f"{name} did not finish, see above.", style="red")
    return 1 if failed else 0


def chosen(path: Path, only: str) -> bool:
    """Whether a file has to run: all do without `only`, else the one of that name or that mentions the benchmark."""
    return not only or path.stem == f"bench_{only}" or f'"{only}"' in path.read_text(encoding="utf-8")


def load(path: Path) -> dict[str, dict[str, Any]]:
    """Imports one file and runs it."""
    spec = importlib.util.spec_from_file_location(f"tests.bench.{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.run()


def table(figures: dict[str, dict[str, Any]]) -> Table:
    """The figures, a line each."""
    found = Table("name", "value", "unit", "times better", "than")
    for name, figure in figures.items():
        ratio = figure.get("ratio")
        found.add_row(
            name,
            f"{figure['value']:,}",
            figure["unit"],
            "" if ratio is None else f"{ratio}",
            figure.get("ratio_to", ""),
        )
    for column in (1, 3):
        found.columns[column].justify = "right"
    return found


def save(figures: dict[str, dict[str, Any]], keep: bool) -> None:
    """Writes build/bench.json; a run of one benchmark keeps the other figures of the file."""
    OUT.parent.mkdir(exist_ok=True)
    before: dict[str, Any] = json.loads(OUT.read_text(encoding="utf-8")) if keep and OUT.is_file() else {}
    OUT.write_text(json.dumps({**before, **figures}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
