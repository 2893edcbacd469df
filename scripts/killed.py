"""Kill a run of a small project at random moments and look at what it left.

    python scripts/killed.py [--moments 30] [--seed 1]

Before each kill the published outputs are those of one state of an input; the killed run would publish those of the
other. Whatever is found afterwards has to be one of the two, whole; and after an undisturbed run, the new one.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.project import tree
from tests.runs.small import CELLS, EVIDENCE, INDEX, WORK, command, small_project, start, write


def disturbed(root: Path, *, after: float) -> dict[str, str]:
    """Start a run, kill it so many seconds after it began, and return the checksums of what is published."""
    process = start(root, "run", "--jobs", "2")
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return tree(root / "figures") if (root / "figures").exists() else {}


def set_state(root: Path, state: int) -> None:
    """Change a line of the index notebook, so that all its outputs are stale and different."""
    write(root, INDEX, *CELLS, ("code", f"SEED = SEED + {state}"), ("code", WORK), ("code", EVIDENCE))


def main() -> None:
    """Kill at random moments; the exit status is 1 if anything was found broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng, broken = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        root = small_project(Path(folder) / "p")
        wholes, seconds = [], 0.0
        for state in (0, 1):
            set_state(root, state)
            begin = time.monotonic()
            assert command(root, "run", "--jobs", "2").returncode == 0
            seconds = time.monotonic() - begin
            wholes.append(tree(root / "figures"))
        for moment in range(options.moments):
            set_state(root, moment % 2)
            after = rng.uniform(0, seconds)
            found = disturbed(root, after=after)
            kind = "old" if found == wholes[1 - moment % 2] else "new" if found == wholes[moment % 2] else "BROKEN"
            done = command(root, "run", "--jobs", "2")
            same = done.returncode == 0 and tree(root / "figures") == wholes[moment % 2]
            kept = done.stdout.count("kept ")
            broken += kind == "BROKEN" or not same
            print(f"{after:5.2f} s: {kind}; next run {'equal' if same else 'DIFFERENT'}, {kept} taken up", flush=True)
    print(f"{options.moments} moments, {broken} broken")
    sys.exit(bool(broken))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
