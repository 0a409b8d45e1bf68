"""The simulator finds nothing wrong in some seeds, finds every planted bug, and is the same each time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import run as runner
from tests.simulation.disk import Crash, Disk, Fuse
from tests.simulation.planted import BUGS, Bug, hunt, table
from tests.simulation.run import ROOT, Progress, run_chunk
from tests.simulation.world import World, simulate

SEEDS = 60


def test_no_promise_is_broken_in_sixty_seeds() -> None:
    """Promises 1, 2, 3, 4, 7, 8, 10, 12 and 13, on the reference store and on SQLite."""
    ops = 0
    for first in range(0, SEEDS, 20):
        _, some, failures = run_chunk((first, 20))
        ops += some
        assert failures == []
    assert ops > SEEDS * 10


@pytest.mark.parametrize("bug", BUGS, ids=[bug.title for bug in BUGS])
def test_a_planted_bug_is_caught(bug: Bug) -> None:
    caught = hunt(bug)
    print("\n" + table([caught]))
    assert caught.seeds is not None


def test_there_are_planted_bugs_enough() -> None:
    assert len({bug.title for bug in BUGS}) >= 12


def test_a_seed_is_the_same_in_every_process() -> None:
    ask = "from tests.simulation.world import World; r = World(4, sqlite=False).run(); print(r.ops, r.print)"
    seen = {
        subprocess.run(
            [sys.executable, "-c", ask],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    result = World(4, sqlite=False).run()
    assert seen == {f"{result.ops} {result.print}\n"}


def test_wrong_clocks_change_hashes_but_no_outcome() -> None:
    """Promise 12."""
    wrong, right = World(3).run(), World(3, right_clocks=True).run()
    assert wrong.print != right.print
    assert wrong.outcome == right.outcome


def test_a_broken_seed_names_the_command_that_plays_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "STATE", tmp_path / "simulation.json")
    told: list[str] = []
    bug = next(bug for bug in BUGS if bug.title == "claims are ignored")
    with bug.plant():
        progress = runner.run(0, 10, tell=told.append, workers=1)
    assert progress.failures
    seed = progress.failures[0].seed
    assert f"--seeds 1 --from {seed} --trace" in told[1]
    assert progress.summary().startswith(f"10 seeds, {progress.ops} ops, 0 lost, ")
    with bug.plant():
        assert simulate(seed, trace=True).trace


def test_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "STATE", tmp_path / "simulation.json")
    done = Progress(first=1, seeds=20, code=runner.fingerprint(), done=[1], ops=1_000_000)
    runner._write(done)
    told: list[str] = []
    progress = runner.run(1, 20, tell=told.append, workers=1)
    assert progress.complete
    assert sorted(progress.done) == [1, 11]
    assert progress.ops > 1_000_000
    assert told == ["going on after 10 seeds of an interrupted run"]


def test_a_disk_keeps_whole_transactions_and_may_lose_the_last_that_was_not_flushed() -> None:
    disk = Disk(Fuse(), "ops")
    with disk.transaction(strict=True):
        disk.put("ops", 1, "a")
    with disk.transaction():
        disk.put("ops", 1, "b")
        disk.put("ops", 2, "c")
    disk.fuse.left = 1

    def die_between_two_writes() -> None:
        with disk.transaction(strict=True):
            disk.put("ops", 3, "d")
            disk.put("ops", 4, "e")

    with pytest.raises(Crash):
        die_between_two_writes()
    assert disk.tables["ops"] == {1: "b", 2: "c"}
    disk.die(lose=True)
    assert disk.tables["ops"] == {1: "a"}
