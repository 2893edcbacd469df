"""The command in containers, on mounts and under limits of the system, tried with the means of Linux."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest

from analysis.errors import RunError
from analysis.files import held
from tests.project import CHECKOUT, tree
from tests.runs.small import CELLS, EVIDENCE, INDEX, WORK, command, environment, small_project, write

RUN = f"{shlex.quote(sys.executable)} -m analysis run --force"
CONTAINER = "unshare --mount --pid --fork --mount-proc"
BUSY = "another run is making the same outputs"
POOL = """from analysis.methods.multiverse import processes
with processes(2) as pool:
    assert list(pool.map(abs, [-1, -2])) == [1, 2]"""


def may_mount():
    call = f"{CONTAINER} mount -t tmpfs tried /tmp".split()
    return bool(shutil.which("unshare")) and subprocess.run(call, capture_output=True, check=False).returncode == 0


pytestmark = [pytest.mark.long, pytest.mark.skipif(not may_mount(), reason="mounting is not permitted")]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    root = small_project(tmp_path_factory.mktemp("published") / "p", *CELLS, *map(code, (WORK, POOL, EVIDENCE)))
    done = command(root, "run")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def root(published, tmp_path):
    return shutil.copytree(published, tmp_path / "p", symlinks=True)


def code(source):
    return "code", source


def call(root, script, **variables):
    given = environment(root) | {"PYTHONDONTWRITEBYTECODE": "1"} | variables
    return {"args": [*CONTAINER.split(), "sh", "-ec", script], "cwd": root.parent, "env": given, "text": True}


def shell(root, script, **variables):
    return subprocess.run(**call(root, script, **variables), capture_output=True, timeout=300, check=False)


def taken(folder):
    with contextlib.suppress(RunError), held(folder):
        return False
    return True


@pytest.mark.parametrize(
    ("prepare", "variables"),
    [
        ("true", {}),
        ("mkdir other; mount --bind p other; export ANALYSIS_ROOT=$PWD/other", {}),
        ("true", {"ANALYSIS_BUILD": "build of another"}),
    ],
    ids=["the same path", "another path", "another folder for what is never committed"],
)
def test_of_two_containers_on_one_checkout_the_second_is_sent_away(root, published, prepare, variables):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    first = subprocess.Popen(**call(root, RUN), **pipes, start_new_session=True)
    while first.poll() is None and not taken(root / "figures"):
        time.sleep(0.05)
    assert first.poll() is None, first.communicate()
    os.killpg(first.pid, signal.SIGSTOP)  # else it may have ended before the second has begun
    try:
        second = shell(root, f"{prepare}; {RUN}", **variables)
    finally:
        os.killpg(first.pid, signal.SIGCONT)
    assert (second.returncode, second.stderr.count("\n")) == (1, 1)
    assert BUSY in second.stderr
    first.communicate()
    assert first.returncode == 0
    assert tree(root / "figures") == tree(published / "figures")
    assert command(root, "run", "--check").returncode == 0


MOUNTS = {
    "figures are a mount": ("mkdir v; cp -a p/figures/. v; mount --bind v p/figures", "", "p/figures"),
    "figures are an empty disk": ("mount -t tmpfs disk p/figures", "", "p/figures"),
    "outputs on another disk": ("mkdir m; mount -t tmpfs disk m", "--out m/a/b", "m/a/b"),
    "outputs are a disk": ("mkdir m; mount -t tmpfs disk m", "--out m", "m"),
    "figures are linked to another disk": (
        "mkdir m; mount -t tmpfs disk m; mv p/figures m; ln -s ../m/figures p/figures", "", "p/figures"),
    "the checkout is a layer of an image": (
        "mkdir m; mount -t tmpfs disk m; mkdir m/u m/w m/p; mount -t overlay overlay "
        "-o lowerdir=p,upperdir=m/u,workdir=m/w m/p; export ANALYSIS_ROOT=$PWD/m/p", "", "m/p/figures"),
}  # fmt: skip


@pytest.mark.parametrize("where", MOUNTS)
def test_a_run_publishes_whole_whatever_is_mounted_and_leaves_nothing_beside(root, published, where):
    prepare, option, out = MOUNTS[where]
    done = shell(root, f"{prepare}; {RUN} {option}; find . -name '.*.*'; cp -aL {out} got")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[2].startswith("published: ")
    assert done.stdout.splitlines()[3:] == []
    assert tree(root.parent / "got") == tree(published / "figures")


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        ("ulimit -v 400000", 2),
        ("ulimit -n 32", 2),
        ("mount -t tmpfs -o ro shut /dev/shm", 0),
        ("exec unshare --net --map-root-user", 0),
    ],
    ids=["memory", "open files", "no semaphores", "no network"],
)
def test_what_the_system_does_not_allow_is_told_in_one_line_or_is_not_needed(root, published, prepare, code):
    begin = time.monotonic()
    done = shell(root, f"{prepare} {RUN}" if prepare.startswith("exec") else f"{prepare}; {RUN}")
    assert (done.returncode, done.stderr.count("\n")) == (code, bool(code)), done
    assert done.stderr[:7] == "error: " * bool(code)
    assert not code or time.monotonic() - begin < 60
    assert tree(root / "figures") == tree(published / "figures")


def test_a_notebook_of_which_less_is_there_than_it_saved_fails_the_run(root, published):
    write(root, INDEX, *CELLS, code(WORK), code('(session.folder / "tables/01_draws.csv").unlink()'), code(EVIDENCE))
    done = command(root, "run")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "tables/01_draws.csv: was saved by the notebook and is gone" in done.stderr
    assert tree(root / "figures") == tree(published / "figures")


def test_a_report_from_a_checkout_that_cannot_be_written_is_written_elsewhere(tmp_path):
    report = f"{shlex.quote(sys.executable)} -m analysis report --out s"
    script = f"mkdir p; mount --bind {shlex.quote(str(CHECKOUT))} p; mount -o remount,ro,bind p; {report}"
    done = shell(tmp_path / "p", script, ANALYSIS_BUILD=str(tmp_path / "build"))
    if "changed since the run" in done.stderr:
        pytest.skip("the published figures are not those of these notebooks")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "s").iterdir()} == {"site", "paper.pdf", "paper.docx"}


@pytest.mark.long
def test_outputs_are_the_same_bytes_on_another_processor():
    call = [sys.executable, "scripts/same_bytes.py", "01", "--only", "processor Haswell without nothing"]
    assert "1 circumstances tried, 0 differ" in subprocess.check_output(call, text=True, cwd=CHECKOUT)
