"""Let the command meet faults of the machine, and look how it ends.

    python scripts/faults.py

Each has to end in one line and an exit code, with all files as they were; a read-only checkout must not stop a run that
writes elsewhere. Faults by permissions are left out, and said
to be, where the user is the superuser, whom they do not bind.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fuzz.faults import FAULTS, binding, checked_project, meet


def main() -> None:
    """Try every fault; the exit status is 1 if one was met badly."""
    bad = left = 0
    base = tempfile.TemporaryDirectory()
    checked = checked_project(Path(base.name) / "p")
    for fault in FAULTS:
        if fault.by_permission and not binding():
            print(f"left out  {fault.name}: permissions do not bind the superuser")
            left += 1
            continue
        with tempfile.TemporaryDirectory() as folder:
            met = meet(fault, Path(shutil.copytree(checked, Path(folder) / "p", symlinks=True)))
        bad += not met.well
        print(
            f"{'well' if met.well else 'BADLY':<9} {fault.name}: exit {met.code}, {' | '.join(met.lines)[:300]}",
            flush=True,
        )
    base.cleanup()
    print(f"{len(FAULTS) - left} faults, {bad} met badly, {left} left out")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
