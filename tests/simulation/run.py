"""Many seeds on all cores, resumable: what was done is kept in build/simulation.json until the run is complete."""

import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from tests.simulation.oracles import CATEGORIES, Fault
from tests.simulation.world import simulate

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / "build" / "simulation.json"
CHUNK = 10
SAVE_SECONDS = 2.0


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A seed that broke a promise."""

    seed: int
    faults: list[Fault]


class Progress(msgspec.Struct, kw_only=True):
    """What a run has done so far. `code`: fingerprint of what was simulated; another one begins again."""

    first: int
    seeds: int
    code: str
    done: list[int] = []
    """First seeds of the chunks that are through."""
    ops: int = 0
    failures: list[Failure] = []
    complete: bool = False

    def count(self, category: str) -> int:
        """How many faults of one category."""
        return sum(fault.category == category for failure in self.failures for fault in failure.faults)

    def summary(self) -> str:
        """The one line that ends a run."""
        words = ", ".join(f"{self.count(category)} {category}" for category in CATEGORIES)
        return f"{self.seeds} seeds, {self.ops} ops, {words}"


def replay_command(seed: int) -> str:
    """The one command that plays a seed again, step by step."""
    return f".venv/bin/python -m tests.simulation --seeds 1 --from {seed} --trace"


def fingerprint() -> str:
    """Of the code that decides the outcome."""
    files = [path for folder in ("sync", "server/store", "tests/simulation") for path in (ROOT / folder).rglob("*.py")]
    return sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()[:16]


def run_chunk(job: tuple[int, int]) -> tuple[int, int, list[Failure]]:
    """(first seed, ops, failures) of some seeds."""
    first, count = job
    ops, failures = 0, list[Failure]()
    for seed in range(first, first + count):
        try:
            result = simulate(seed)
        except Exception:
            text = traceback.format_exc(limit=-4).strip()
            failures.append(Failure(seed=seed, faults=[Fault("diverged", 13, f"an exception: {text}")]))
            continue
        ops += result.ops
        if result.faults:
            failures.append(Failure(seed=seed, faults=result.faults))
    return first, ops, failures


def run(first: int, seeds: int, *, tell: Callable[[str], None], workers: int | None = None) -> Progress:
    """Run the seeds that an earlier run of the same did not reach."""
    progress = Progress(first=first, seeds=seeds, code=fingerprint())
    before = _read()
    if before is not None and not before.complete and _same(before, progress):
        progress = before
        tell(f"going on after {len(before.done) * CHUNK} seeds of an interrupted run")
    jobs = [(start, min(CHUNK, first + seeds - start)) for start in range(first, first + seeds, CHUNK)]
    jobs = [job for job in jobs if job[0] not in set(progress.done)]
    saved = time.monotonic()
    for start, ops, failures in _results(jobs, workers or os.cpu_count() or 1):
        progress.done.append(start)
        progress.ops += ops
        for failure in failures:
            progress.failures.append(failure)
            fault = failure.faults[0]
            tell(f"seed {failure.seed}: {fault.category}, promise {fault.promise}: {fault.text[:300]}")
            tell(f"  again: {replay_command(failure.seed)}")
        if time.monotonic() - saved > SAVE_SECONDS:
            _write(progress)
            saved = time.monotonic()
    progress.complete = True
    _write(progress)
    return progress


def _results(jobs: list[tuple[int, int]], workers: int) -> Iterator[tuple[int, int, list[Failure]]]:
    if workers == 1 or len(jobs) <= 1:
        yield from map(run_chunk, jobs)
        return
    with multiprocessing.get_context("fork").Pool(min(workers, len(jobs))) as pool:
        yield from pool.imap_unordered(run_chunk, jobs)


def _same(one: Progress, other: Progress) -> bool:
    return (one.first, one.seeds, one.code) == (other.first, other.seeds, other.code)


def _read() -> Progress | None:
    try:
        return msgspec.json.decode(STATE.read_bytes(), type=Progress)
    except (OSError, msgspec.MsgspecError):
        return None


def _write(progress: Progress) -> None:
    STATE.parent.mkdir(exist_ok=True)
    part = STATE.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(progress), indent=1))
    part.replace(STATE)
