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
    """A fault: what is wrong with the machine, the command that meets it, and what brings it about.

    In both, folders are relative to the project's. ``by_permission``: permissions make it, which do not bind the
    superuser; ``harmless``: the command should do its work all the same.
    """

    name: str
    command: str
    prepare: Callable[[Path], object] = lambda root: None
    #: Most bytes in one file; None for no limit.
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


def _folders(root: Path) -> list[Path]:
    return [root, *(path for path in root.rglob("*") if path.is_dir() and not path.is_symlink())]


def _close(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o555)


def _take(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("mine")


_RUN = f"run {INDEX} --out "
FAULTS = (
    Fault("output folder is a file", _RUN + "taken", lambda root: _take(root / "taken")),
    Fault("output folder in a file", _RUN + "taken/figures", lambda root: _take(root / "taken")),
    Fault("output folder in a closed folder", _RUN + "shut/figures", lambda p: _close(p / "shut"), by_permission=True),
    Fault("output folder under a device", _RUN + "/dev/null/figures"),
    Fault("output folder with too long a name", _RUN + "x" * 300),
    Fault("build folder is a file", f"run {INDEX}", lambda root: _take(root / "build")),
    Fault("log in a folder that is not there", f"run {INDEX} --log none/log.json"),
    Fault("disk full while a table is built", "data build countries", limit=_FULL),
    Fault("read-only checkout with --out", _RUN + "../out", lambda root: _close(*_folders(root)), by_permission=True,
          harmless=True),
)  # fmt: skip


def meet(fault: Fault, root: Path) -> Met:
    """Let a command meet a fault in a small project."""
    fault.prepare(root)
    before = _kept(root)

    def limited() -> None:
        if fault.limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (fault.limit, fault.limit))

    call = [sys.executable, "-B", "-m", "analysis", *fault.command.split()]
    given = environment(root) | {"XDG_CACHE_HOME": str(root.parent / "cache")}
    done = subprocess.run(call, capture_output=True, text=True, cwd=root, env=given, preexec_fn=limited, timeout=300)
    found = Met(fault.harmless, done.returncode, tuple(done.stderr.splitlines()), _kept(root) == before)
    for folder in _folders(root):
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
