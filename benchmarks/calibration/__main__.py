"""Simulate worlds with a known answer and say how often tests and rules err.

    python -m benchmarks.calibration [DESIGN ...] [--worlds N] [--jobs N] [--keep]

Without designs all are simulated, and the table is kept as ``data/calibration.csv``; of single ones with ``--keep``.
"""

import argparse
import sys

from analysis.errors import AnalysisError
from benchmarks.calibration.run import DESIGNS, calibrate, keep, lines


def main() -> int:
    """Run the designs, print a line a test and world, keep the table of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("designs", nargs="*", metavar="DESIGN", help=f"one or more of: {'; '.join(DESIGNS)}")
    parser.add_argument("--worlds", type=int, default=2000, help="simulated worlds of each kind (default: 2000)")
    parser.add_argument("--jobs", type=int, default=1, help="processes; no figure depends on them (default: 1)")
    parser.add_argument("--keep", action="store_true", help="put the rows of single designs in place of their old ones")
    given = parser.parse_args()
    if min(given.worlds, given.jobs) < 1:
        parser.error("--worlds and --jobs are at least 1")
    try:
        table = calibrate(given.designs, worlds=given.worlds, jobs=given.jobs, report=_tell)
    except AnalysisError as error:
        print(f"error: {error.line()}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return 130
    print(*lines(table), sep="\n")
    if given.keep or not given.designs:
        print(f"kept: {keep(table)}")
    return 0


def _tell(design: str, done: int, total: int) -> None:
    if done in (1, total) or done % 50 == 0:
        print(f"{done} of {total} tasks done, {design}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
