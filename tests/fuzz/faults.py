"""Faults of the machine: a full disk, folders that cannot be written, a file in a folder's place."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analysis.data.catalogue import CATALOGUE
from tests.project import tree
from tests.runs.small import INDEX, command, environment, small_project

#: Bytes that a process may write into one file when the disk is said to be full.
_FULL = 2_000


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: its name, what brings it about, and the command that meets it.

    Attributes
    ----------
    name : str
        What is wrong with the machine.
    prepare : callable
        Given the project's folder, brings the fault about and returns the arguments of the command.
    limit : int or None
        Most bytes in one file; None for no limit.
    by_permission : bool
        Whether permissions make the fault, which do not bind the superuser.
    harmless : bool
        Whether the command should do its work all the same.
    """

    name: str
    prepare: Callable[[Path], list[str]]
    limit: int | None = None
    by_permission: bool = False
    harmless: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """How a fault was met: whether the work had to be done, exit code, lines on stderr, whether files are as before."""

    harmless: bool
    code: int
    lines: tuple[str, ...]
    unchanged: bool

    @property
    def well(self) -> bool:
        """Whether it did its work or ended with a line and an exit code, as it should, and changed nothing."""
        said = len(self.lines) == 1 and self.lines[0].startswith("error: ")
        return (self.code == 0 if self.harmless else self.code in (1, 2) and said) and self.unchanged


def _a_file(root: Path) -> list[str]:
    (root / "taken").write_text("mine")
    return ["run", INDEX, "--out", str(root / "taken")]


def _under_a_file(root: Path) -> list[str]:
    (root / "taken").write_text("mine")
    return ["run", INDEX, "--out", str(root / "taken" / "figures")]


def _closed(root: Path) -> list[str]:
    (root / "closed").mkdir()
    (root / "closed").chmod(0o555)
    return ["run", INDEX, "--out", str(root / "closed" / "figures")]


def _no_device(root: Path) -> list[str]:
    return ["run", INDEX, "--out", "/dev/null/figures"]


def _read_only(root: Path) -> list[str]:
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir() and not path.is_symlink())]:
        folder.chmod(0o555)
    return ["run", INDEX, "--out", str(root.parent / "out")]


def _long_name(root: Path) -> list[str]:
    return ["run", INDEX, "--out", str(root / ("x" * 300))]


def _build_is_a_file(root: Path) -> list[str]:
    shutil.rmtree(root / "build", ignore_errors=True)
    (root / "build").write_text("")
    return ["run", INDEX]


def _no_log(root: Path) -> list[str]:
    return ["run", INDEX, "--log", str(root / "none" / "log.json")]


def _table(root: Path) -> list[str]:
    return ["data", "build", "countries"]


FAULTS = (
    Fault("output folder is a file", _a_file),
    Fault("output folder in a file", _under_a_file),
    Fault("output folder in a closed folder", _closed, by_permission=True),
    Fault("output folder under a device", _no_device),
    Fault("output folder with too long a name", _long_name),
    Fault("build folder is a file", _build_is_a_file),
    Fault("log in a folder that is not there", _no_log),
    Fault("disk full while a table is built", _table, _FULL),
    Fault("read-only checkout with --out", _read_only, by_permission=True, harmless=True),
)


def meet(fault: Fault, root: Path) -> Met:
    """Let a command meet a fault in a small project."""
    arguments = fault.prepare(root)
    before = _kept(root)
    limits = (fault.limit, fault.limit) if fault.limit else None

    def limited() -> None:
        if limits:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    call = [sys.executable, "-B", "-m", "analysis", *arguments]
    given = environment(root) | {"XDG_CACHE_HOME": str(root.parent / "cache")}
    done = subprocess.run(
        call, capture_output=True, text=True, cwd=root.parent, env=given, preexec_fn=limited, timeout=300
    )
    found = Met(fault.harmless, done.returncode, tuple(done.stderr.splitlines()), _kept(root) == before)
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir() and not path.is_symlink())]:
        folder.chmod(0o755)
    return found


def checked_project(root: Path) -> Path:
    """Make a small project whose tables were checked once, so that a request ends quickly."""
    small_project(root)
    for table in (entry.path for entry in CATALOGUE.values() if entry.simulated):
        shutil.copyfile(table, root / "data" / table.name)
    command(root, "status")
    return root


def binding() -> bool:
    """Say whether permissions bind this user, who may be a superuser with or without the power to pass them."""
    with tempfile.TemporaryDirectory() as folder:
        closed = Path(folder) / "closed"
        closed.touch(mode=0)
        return not os.access(closed, os.R_OK)


def _kept(root: Path) -> dict[str, str]:
    return {name: content for name, content in tree(root).items() if not name.startswith("build/")}
