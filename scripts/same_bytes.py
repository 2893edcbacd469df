"""Make the published outputs under other circumstances and compare them byte by byte.

    python scripts/same_bytes.py [NOTEBOOK ...] [--only TEXT]

Each circumstance gets its own copy of the files that git tracks, as they are now, and executes the notebooks there
(none named = all; by name or number), always with --force. What comes out is compared with ``figures/`` of this
checkout. The exit status is 1 if a file differs, is missing or is new, or if nothing was compared, and 2 for a notebook
that there is not; a circumstance that cannot be had here is said to be not run.
"""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analysis.errors import InputError
from analysis.files import hashes
from analysis.paths import FIGURES, ROOT
from analysis.runs.manifest import MANIFEST, read_manifest
from analysis.session.declared import resolve

NOBODY = 65534


@dataclass(frozen=True)
class Circumstance:
    """What differs from a plain run: options, variables, folders of the copy and of temporary files, and the user.

    A long name of the temporary folder leaves no room for the socket of the parent of warm kernels. Another user cannot
    write to the copy, so that outputs go elsewhere.
    """

    name: str
    arguments: tuple[str, ...] = ("--jobs", "2")
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = "copy"
    temporary: str = ""
    other_user: bool = False


#: Kinds of processors that OpenBLAS knows, and features that NumPy can be told to leave unused.
CORES = ("", "Haswell", "SkylakeX", "Sandybridge", "Nehalem", "Prescott")
FEATURES = ("", "X86_V4 AVX512_ICL AVX512_SPR", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR")
VARIABLES = ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES")
PROCESSORS = tuple(
    Circumstance(
        f"processor {core or 'as it is'} without {' '.join(disabled.split()[:2]) or 'nothing'}",
        variables={name: value for name, value in zip(VARIABLES, (core, disabled), strict=True) if value},
    )
    for core, disabled in itertools.product(CORES, FEATURES)
)
CIRCUMSTANCES = (
    *PROCESSORS,
    Circumstance("another folder, with a space and an accent", folder="an\u00f3ther place"),
    Circumstance("time zone Asia/Almaty", variables={"TZ": "Asia/Almaty"}),
    Circumstance("locale POSIX, no UTF-8 mode", variables={"LC_ALL": "POSIX", "PYTHONUTF8": "0"}),
    Circumstance("hash seed 4711", variables={"PYTHONHASHSEED": "4711"}),
    Circumstance(
        "hash seed random, four threads allowed", variables={"PYTHONHASHSEED": "random", "OMP_NUM_THREADS": "4"}
    ),
    Circumstance("one worker", arguments=("--jobs", "1")),
    Circumstance("three workers", arguments=("--jobs", "3")),
    Circumstance("kernels that are started, not forked", temporary="t" * 100),
    Circumstance("another user, read-only checkout, --out", other_user=True),
)


def copy_tracked(target: Path) -> None:
    """Copy what git tracks, as it is in the work tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)


def can_be_another() -> bool:
    """Say whether another user can be had, and may run this Python."""
    try:
        call = [sys.executable, "-c", "import numpy"]
        return subprocess.run(call, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True).returncode == 0
    except (OSError, ValueError):
        return False


def execute(case: Circumstance, notebooks: list[str], folder: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Run the notebooks in a fresh copy; return where the outputs are, and how the run ended."""
    copy, home, out = folder / case.folder, folder / "home", folder / "out"
    copy_tracked(copy)
    home.mkdir()
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("ANALYSIS_", "XDG_"))}
    variables |= {"PYTHONPATH": str(copy / "src"), "HOME": str(home)} | case.variables
    if case.temporary:
        (folder / case.temporary).mkdir()
        variables["TMPDIR"] = str(folder / case.temporary)
    call = [sys.executable, "-m", "analysis", "run", *notebooks, "--force", *case.arguments]
    who: dict[str, object] = {}
    if case.other_user:
        out.mkdir()
        folder.chmod(0o755)
        for path in (home, out):
            os.chown(path, NOBODY, NOBODY)
        call += ["--out", str(out / "figures")]
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    done = subprocess.run(call, cwd=copy, env=variables, capture_output=True, text=True, **who)  # type: ignore[call-overload]
    return (out if case.other_user else copy) / "figures", done


def differences(made: Path, notebooks: list[str]) -> tuple[int, list[str]]:
    """Return how many files were compared, and those that differ, are missing or are new."""
    entries = read_manifest(FIGURES)["outputs"]
    new, old = hashes(made), hashes(FIGURES)
    if notebooks:  # --out elsewhere holds these alone; the rest of a copy was copied, not made
        old = {name: old[name] for name, entry in entries.items() if entry["notebook"] in notebooks}
        new = {name: digest for name, digest in new.items() if name in old or name not in entries}
        new = {name: digest for name, digest in new.items() if name not in (MANIFEST, "results.json", "verdicts.json")}
    return len(old), sorted(name for name in new.keys() | old.keys() if new.get(name) != old.get(name))


def main() -> int:
    """Try every circumstance and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*")
    parser.add_argument("--only", default="", help="Circumstances whose name holds this text.")
    given = parser.parse_args()
    try:
        notebooks = [resolve(name) for name in given.notebooks]
    except InputError as error:
        print(f"error: {error.line()}", file=sys.stderr)
        return error.exit_code
    known = {*np._core._multiarray_umath.__cpu_features__}  # type: ignore[attr-defined]
    if unknown := {*" ".join(FEATURES).split()} - known:
        print(f"error: this NumPy knows no {', '.join(sorted(unknown))}; correct FEATURES", file=sys.stderr)
        return 2
    tried = failed = 0
    for case in (case for case in CIRCUMSTANCES if given.only in case.name):
        if case.other_user and not can_be_another():
            print(f"{case.name:45} not run: no other user who may run this Python can be had here", flush=True)
            continue
        tried += 1
        with tempfile.TemporaryDirectory() as folder:
            begin = time.monotonic()
            made, done = execute(case, notebooks, Path(folder))
            seconds = time.monotonic() - begin
            if done.returncode:
                said = f"exit status {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}"
            else:
                count, wrong = differences(made, notebooks)
                said = f"{count - len(wrong)} of {count} files the same" + (
                    f"; not: {', '.join(wrong[:5])}" if wrong else ""
                )
            bad = bool(done.returncode or wrong or not count)
            failed += bad
        print(f"{case.name:45} {'DIFFERS' if bad else 'same'}  {said}  {seconds:.0f} s", flush=True)
    print(f"{tried} circumstances tried, {failed} differ")
    return int(bool(failed) or not tried)


if __name__ == "__main__":
    sys.exit(main())
