"""The command on a machine at fault: it does its work or ends in one line, and files are as they were or whole."""

import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.data.catalogue import CATALOGUE
from tests.project import tree
from tests.runs.small import CELLS, EVIDENCE, INDEX, WORK, command, environment, small_project, start, write

MOMENTS = int(os.environ.get("KILLS", "8"))
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)


def set_state(root, state):
    write(root, INDEX, *CELLS, ("code", f"SEED = SEED + {state}"), ("code", WORK), ("code", EVIDENCE))


@pytest.mark.long
def test_a_killed_run_leaves_what_is_published_whole_and_the_next_one_takes_up_where_it_stopped(tmp_path, monkeypatch):
    root, temporary, wholes = small_project(tmp_path / "p"), tmp_path / "temporary", []
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
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
        process.send_signal(SIGNALS[moment % len(SIGNALS)])
        process.communicate()
        assert tree(root / "figures") in wholes
        assert command(root, "run", "--jobs", "2").returncode == 0
        assert tree(root / "figures") == wholes[moment % 2]
        assert [*temporary.iterdir()] == []
        assert command(root, "run", "--check").returncode == 0


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
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


def meet(root, arguments):
    """Call the command in the project; insist that nothing there changed, and return its exit code and errors."""
    kept = {name: content for name, content in tree(root).items() if not name.startswith("build/")}
    given = environment(root) | {"XDG_CACHE_HOME": str(root.parent / "cache")}
    call = [sys.executable, "-B", "-m", "analysis", *arguments.split()]
    done = subprocess.run(call, capture_output=True, text=True, cwd=root, env=given, check=False)
    assert {name: content for name, content in tree(root).items() if not name.startswith("build/")} == kept
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize(
    ("arguments", "prepare"),
    [
        ("run 01 --out taken", lambda root: take(root / "taken")),
        ("run 01", lambda root: take(root / "build")),
        ("run 01 --out shut/figures", lambda root: close(root / "shut")),
        pytest.param("run 01 --out taken/figures", lambda root: take(root / "taken"), marks=pytest.mark.long),
        pytest.param("run 01 --out /dev/null/figures", folders, marks=pytest.mark.long),
        pytest.param(f"run 01 --out {'x' * 300}", folders, marks=pytest.mark.long),
        pytest.param("run 01 --log none/log.json", folders, marks=pytest.mark.long),
    ],
)
def test_a_fault_of_the_disk_is_one_line_and_changes_nothing(root, arguments, prepare):
    prepare(root)
    code, (line,) = meet(root, arguments)
    assert code in (1, 2)
    assert line.startswith("error: ")


def test_a_read_only_checkout_does_not_stop_a_run_that_writes_elsewhere(root):
    close(*folders(root))
    assert meet(root, "run 01 --out ../out")[0] == 0


def test_neither_modules_in_the_current_folder_nor_the_users_start_up_files_nor_long_paths_matter(tmp_path):
    root, ipython, temporary = small_project(tmp_path / "p", reader=False), tmp_path / "i", tmp_path / ("t" * 100)
    startup, marks = ipython / "profile_default/startup/mark.py", tmp_path / "started"
    for folder in (startup.parent, temporary, tmp_path / "here"):
        folder.mkdir(parents=True)
    startup.write_text(f"open({str(marks)!r}, 'a').write('x')")
    for name in ("analysis", "numpy", "statistics"):
        (tmp_path / "here" / f"{name}.py").write_text("raise SystemExit('not this one')")
    given = environment(root) | {"IPYTHONDIR": ipython, "PYTHONSTARTUP": startup, "TMPDIR": temporary}
    call = [sys.executable, "-P", "-m", "analysis", "run"]
    done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path / "here", env=given, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert not marks.exists()
    assert [*temporary.iterdir()] == []
    assert [path for path in ipython.rglob("*") if path.is_file()] == [startup]


POOL = """import multiprocessing, os, pathlib, time
pool = multiprocessing.get_context("fork").Pool(2)
pathlib.Path({path!r}).write_text(" ".join(str(process.pid) for process in pool._pool))
os.kill(os.getpid(), 9)"""


def test_a_kernel_that_is_killed_takes_its_pool_along_and_status_says_when_it_failed_and_where_the_copy_lies(tmp_path):
    root = small_project(tmp_path / "p", *CELLS, ("code", POOL.format(path=str(tmp_path / "pids"))), reader=False)
    assert command(root, "run", INDEX).returncode == 1  # which would wait as long as the pool holds its output
    time.sleep(0.5)
    pids = (tmp_path / "pids").read_text().split()
    assert [pid for pid in pids if Path(f"/proc/{pid}/fd/0").exists()] == []
    copy = root / f"build/executed/default/{INDEX}.ipynb"
    said = command(root, "status", INDEX).stdout.splitlines()[0]
    assert re.fullmatch(rf"stale {INDEX}: never run, failed [\d-]+ [\d:]+,  executed copy: (.*)", said)[1] == str(copy)


@pytest.mark.long
def test_a_cell_that_takes_longer_than_it_may_is_named(tmp_path):
    root = small_project(tmp_path / "p", *CELLS, ("code", "import time\ntime.sleep(300)"), reader=False)
    done = command(root, "run", INDEX, "--timeout", "2")
    assert done.returncode == 1
    assert "  CellTimeoutError: the cell took more than 2 seconds" in done.stderr.splitlines()


@pytest.mark.parametrize("closed", ["", "2"], ids=["output", "errors"])
def test_a_closed_output_is_one_line(closed):
    call = f"exec {shlex.quote(sys.executable)} -m analysis status {closed}>&-"
    done = subprocess.run(["sh", "-c", call], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert (done.returncode, said.count("\n"), said[:7]) == (2, 1, "error: ")
