"""The command on a machine at fault: it does its work or ends in one line, and files are as they were or whole.

A run is killed at random moments; the disk is full, a folder cannot be written, or a file is in a folder's place.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

import pytest

from analysis.data.catalogue import CATALOGUE
from tests.project import tree
from tests.runs.small import CELLS, EVIDENCE, INDEX, WORK, command, environment, small_project, start, write

MOMENTS = 8
#: Bytes that a process may write into one file when the disk is said to be full.
FULL = 2_000


# --- kills


def set_state(root, state):
    """Change a line of the index notebook, so that all its outputs are stale and different."""
    write(root, INDEX, *CELLS, ("code", f"SEED = SEED + {state}"), ("code", WORK), ("code", EVIDENCE))


@pytest.mark.long
def test_a_killed_run_leaves_what_is_published_whole_and_the_next_one_takes_up_where_it_stopped(tmp_path):
    root, wholes = small_project(tmp_path / "p"), []
    for state in (0, 1):
        set_state(root, state)
        begin = time.monotonic()
        assert command(root, "run", "--jobs", "2").returncode == 0
        seconds = time.monotonic() - begin
        wholes.append(tree(root / "figures"))
    rng = random.Random(1)
    for moment in range(MOMENTS):
        set_state(root, moment % 2)
        process = start(root, "run", "--jobs", "2")
        time.sleep(rng.uniform(0, seconds))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert tree(root / "figures") in wholes
        assert command(root, "run", "--jobs", "2").returncode == 0
        assert tree(root / "figures") == wholes[moment % 2]


# --- faults of the disk


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A small project whose tables were checked once, so that a request ends quickly."""
    root = small_project(tmp_path_factory.mktemp("checked") / "p")
    for table in (entry.path for entry in CATALOGUE.values() if entry.made_of):
        shutil.copyfile(table, root / "data" / table.name)
    command(root, "status")
    return root


@pytest.fixture
def root(checked, tmp_path):
    yield (root := shutil.copytree(checked, tmp_path / "p", symlinks=True))
    for folder in folders(root):
        folder.chmod(0o755)


def folders(root):
    return [root, *(path for path in root.rglob("*") if path.is_dir() and not path.is_symlink())]


def close(*closed):
    for folder in closed:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o555)
    if os.access(closed[-1], os.W_OK):
        pytest.skip("permissions do not bind the superuser")


def take(path):
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("mine")


def limit():
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, FULL))


def meet(root, arguments, before=None):
    """Call the command in the project; insist that nothing there changed, and return its exit code and errors."""
    kept = {name: content for name, content in tree(root).items() if not name.startswith("build/")}
    given = environment(root) | {"XDG_CACHE_HOME": str(root.parent / "cache")}
    call = [sys.executable, "-B", "-m", "analysis", *arguments.split()]
    done = subprocess.run(call, capture_output=True, text=True, cwd=root, env=given, preexec_fn=before, check=False)
    assert {name: content for name, content in tree(root).items() if not name.startswith("build/")} == kept
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize(
    ("arguments", "prepare", "before"),
    [
        ("run 01 --out taken", lambda root: take(root / "taken"), None),
        ("run 01 --out taken/figures", lambda root: take(root / "taken"), None),
        ("run 01 --out shut/figures", lambda root: close(root / "shut"), None),
        ("run 01 --out /dev/null/figures", folders, None),
        (f"run 01 --out {'x' * 300}", folders, None),
        ("run 01", lambda root: take(root / "build"), None),
        ("run 01 --log none/log.json", folders, None),
        ("claims lock --reason full", folders, limit),
    ],
)
def test_a_fault_of_the_disk_is_one_line_and_changes_nothing(root, arguments, prepare, before):
    prepare(root)
    code, (line,) = meet(root, arguments, before)
    assert code in (1, 2)
    assert line.startswith("error: ")


def test_a_read_only_checkout_does_not_stop_a_run_that_writes_elsewhere(root):
    close(*folders(root))
    assert meet(root, "run 01 --out ../out")[0] == 0
