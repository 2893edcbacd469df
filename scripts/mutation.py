"""Change the code of `methods` and `claims` in small ways, one at a time, and count how often the tests notice.

    python scripts/mutation.py [--share 0.16] [--seed 1] [--jobs 2] [--only TEXT] [--out benchmarks/results]

mutmut makes the mutants and runs the tests that reach each, as pyproject.toml tells it, in a copy of the files that git
tracks. A share of each module's mutants is drawn with the seed; 1 tries all, which takes some six times as long. A
mutant counts as killed if a test fails or hangs, and as alive if the tests pass or none reaches it. The CSV has one row
a module. The mutants still alive are printed, to be seen with `mutmut show` in the copy that --keep leaves. The exit
status is 1 if the score is below 85 %.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from same_bytes import copy_tracked

from analysis.paths import ROOT

WANTED = 0.85
#: mutmut's words for what a test noticed.
KILLED = ("killed", "timeout")
#: Two mutants of one small function: with them mutmut makes all the others too, and times the tests.
FIRST = "analysis.claims.register.*__getitem__*"


def mutmut(folder: Path, *arguments: str) -> str:
    """Call mutmut in a copy of the project and return what it prints."""
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
        "ANALYSIS_SHARED": os.environ.get("ANALYSIS_SHARED", str(ROOT.parent / "shared")),
    }
    call = [str(Path(sys.executable).parent / "mutmut"), *arguments]
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(call[:4])}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def states(folder: Path) -> pd.DataFrame:
    """Return every mutant with its module and state."""
    lines = [line.strip().rsplit(": ", 1) for line in mutmut(folder, "results", "--all", "true").splitlines()]
    frame = pd.DataFrame([line for line in lines if len(line) == 2], columns=["mutant", "state"])
    return frame.assign(module=frame["mutant"].str.extract(r"^analysis\.(.*)\.[^.]+$")[0])


def draw(mutants: pd.DataFrame, *, share: float, seed: int, only: str) -> list[str]:
    """Draw a share of each module's mutants, in the order in which they stand."""
    rng = np.random.default_rng(seed)
    chosen: list[str] = []
    for module, own in mutants.groupby("module"):
        size = max(1, round(share * len(own)))
        drawn = sorted(rng.choice(len(own), size=size, replace=False))
        chosen += list(own["mutant"].iloc[drawn]) if only in str(module) else []
    return chosen


def score(found: pd.DataFrame) -> pd.DataFrame:
    """Return the mutants tried and killed of each module."""
    counted = found.assign(killed=found["state"].isin(KILLED))
    return counted.groupby("module").agg(mutants=("killed", "size"), killed=("killed", "sum"))


def main() -> int:
    """Try the mutants, write the CSV, and print the score and what is alive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=0.16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="modules whose name holds this text")
    parser.add_argument("--keep", type=Path, help="a new folder for the copy, kept afterwards")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results", help="folder for the results")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary) / "copy"
        copy_tracked(folder)
        workers = ("--max-children", str(given.jobs))
        mutmut(folder, "run", *workers, FIRST)
        chosen = draw(states(folder), share=given.share, seed=given.seed, only=given.only)
        print(f"{len(chosen)} mutants", flush=True)
        mutmut(folder, "run", *workers, *chosen)
        found = states(folder)
    tried = found[found["mutant"].isin(set(chosen))]
    table = score(tried)
    given.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out / "mutation.csv")
    print(*tried.loc[~tried["state"].isin(KILLED), ["mutant", "state"]].agg(": ".join, axis=1), sep="\n")
    groups = table.groupby(table.index.str.split(".").str[0]).sum()
    for name, row in groups.iterrows():
        print(f"{name}: {row['killed']} of {row['mutants']} killed, {row['killed'] / row['mutants']:.1%}")
    whole = table["killed"].sum() / table["mutants"].sum()
    print(f"score {whole:.1%}, wanted {WANTED:.0%}")
    return int(whole < WANTED)


if __name__ == "__main__":
    sys.exit(main())
