"""The sync simulator: `python -m tests.simulation --seeds 200 --from 0`; `--planted` shows that planted bugs are caught."""

import argparse
import sys
import time

from tests.simulation.planted import BUGS, hunt, table
from tests.simulation.run import run
from tests.simulation.world import simulate


def main() -> int:
    """Exit code: 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first one")
    parser.add_argument("--workers", type=int, default=None, help="processes; the cores of this machine unless told")
    parser.add_argument("--trace", action="store_true", help="show each seed step by step")
    parser.add_argument("--planted", action="store_true", help="plant bugs and show which seeds catch them")
    options = parser.parse_args()
    if options.planted:
        found = [hunt(bug, options.first) for bug in BUGS]
        print(table(found))
        return int(any(one.seeds is None for one in found))
    if options.trace:
        return max(show(seed) for seed in range(options.first, options.first + options.seeds))
    begun = time.monotonic()
    progress = run(options.first, options.seeds, tell=lambda line: print(line, flush=True), workers=options.workers)
    print(f"{time.monotonic() - begun:.1f} s")
    print(progress.summary())
    return int(bool(progress.failures))


def show(seed: int) -> int:
    """One seed step by step."""
    result = simulate(seed, trace=True)
    print(*result.trace, sep="\n")
    for fault in result.faults:
        print(f"{fault.category}, promise {fault.promise}: {fault.text}")
    print(f"seed {seed}: {result.ops} ops, {len(result.faults)} faults, log head {result.print}")
    return int(bool(result.faults))


if __name__ == "__main__":
    sys.exit(main())
