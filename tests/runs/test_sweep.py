"""Sweeps: one row a combination, failures recorded, nothing done twice; here and on a Dask cluster."""

import csv
import socket
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from analysis.errors import InputError
from analysis.runs.engine import Outcome, execute, kernels
from analysis.runs.sweep import Sweep
from tests.project import one_line, read_json
from tests.runs.small import command, environment, small_project

GRID = {"COUNTRY": "KAZ,KGZ", "SEED": "1,2"}


class Here(Executor):
    """Executes at once: any executor of the kind will do."""

    def submit(self, call, /, *arguments, **keywords):
        future: Future = Future()
        try:
            future.set_result(call(*arguments, **keywords))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def played(project, monkeypatch):
    """Notebooks played by a function; returns the names of those that were executed."""
    seen = []

    def play(task, tell=None):
        seen.append(task.name)
        (task.out / "numbers").mkdir(parents=True)
        task.executed.write_text("{}", encoding="utf-8")
        number = f'{{"n": {task.parameters["SEED"]}, "of": {{"list": [1, 2]}}}}'
        (task.out / "numbers/01_freedom_index.json").write_text(number, encoding="utf-8")
        failure = ("failed", "  cell 1: H", "  line: x", "  E: e", "  executed copy: c")
        failed = task.name in play.failing
        return Outcome(task.name, 0.1, failure if failed else (), "failed" if failed else "ok")

    play.failing = {"COUNTRY=KGZ_SEED=2"}
    monkeypatch.setattr(execute, "execute", play)
    monkeypatch.setattr(kernels, "prepare", lambda sources: None)
    return play, seen


def go(grid=GRID, **options):
    request = Sweep("01", grid, **options)
    outcomes = request.go(Here(), report=lambda outcome: None)
    with (request.out / "results.csv").open(encoding="utf-8") as file:
        return request, {outcome.name: outcome.state for outcome in outcomes}, list(csv.DictReader(file))


def test_a_failure_is_recorded_and_the_sweep_goes_on_and_is_resumed(played):
    play, seen = played
    request, states, rows = go()
    assert list(states.values()) == ["ok", "ok", "ok", "failed"]
    assert [(row["COUNTRY"], row["SEED"], row["state"], row["error"], row["n"]) for row in rows] == [
        ("KAZ", "1", "ok", "", "1"),
        ("KAZ", "2", "ok", "", "2"),
        ("KGZ", "1", "ok", "", "1"),
        ("KGZ", "2", "failed", "E: e", ""),
    ]
    assert {row["of.list"] for row in rows} == {"[1, 2]", ""}
    assert (request.out / "runs/COUNTRY=KGZ_SEED=2/executed.ipynb").is_file()
    play.failing = set()
    del seen[:]
    _, states, rows = go()
    assert seen == ["COUNTRY=KGZ_SEED=2"]
    assert list(states.values()) == ["fresh", "fresh", "fresh", "ok"]
    assert {row["error"] for row in rows} == {""}


def test_rows_are_added_to_those_of_earlier_sweeps_and_of_the_same_parameters_the_newest_stays(played):
    play, _ = played
    request, _, first = go({"COUNTRY": "KAZ,KGZ", "SEED": "2"})
    play.failing = {"COUNTRY=KAZ_SEED=3"}
    _, states, rows = go({"COUNTRY": "KAZ,KGZ", "SEED": "2,3"}, figures=True)
    assert [row["state"] for row in first] == ["ok", "failed"]
    assert list(states.values()) == ["ok", "failed", "ok", "ok"]
    found = {(row["COUNTRY"], row["SEED"]): row["state"] for row in rows}
    assert found == {("KAZ", "2"): "ok", ("KAZ", "3"): "failed", ("KGZ", "2"): "ok", ("KGZ", "3"): "ok"}
    assert len(go({"COUNTRY": "RUS"})[2]) == len(rows) + 1 == 5
    (request.out / "results.csv").write_text("COUNTRY,state\nKAZ,ok\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"results\.csv: its rows have no .*; name another folder"):
        go()


def test_a_sweep_that_is_killed_leaves_the_rows_of_what_it_finished_and_is_resumed(played, monkeypatch):
    _, seen = played

    def killed(*anything):
        raise SystemExit

    with monkeypatch.context() as early:
        early.setattr("analysis.runs.sweep.swap", killed)
        with pytest.raises(SystemExit):
            go({"SEED": "1"})
    request = Sweep("01", {"SEED": "1,2,3"})
    with pytest.raises(SystemExit):
        request.go(Here(), report=killed)
    assert len((request.out / "results.csv").read_text(encoding="utf-8").splitlines()) == 2
    del seen[:]
    assert len(go({"SEED": "1,2,3"})[2]) == 3
    assert len(seen) == 2


def test_a_dry_run_lists_what_would_run_and_a_sweep_tells_how_long_the_rest_takes(played, project):
    call = ("sweep", "01", "--grid", "COUNTRY=KAZ,KGZ,RUS")
    before = {name for name in project.tree() if "sweeps" in name}
    dry = project.command(*call, "--dry-run").out.splitlines()
    assert dry == [
        *(f"would run COUNTRY={code}" for code in ("KAZ", "KGZ", "RUS")),
        "to run: 3 of 3 combinations, for how long is not known before the first",
    ]
    named = project.command("sweep", "01", "--grid", "COUNTRY=Kazakhstan,kg, RUS", "--dry-run").out.splitlines()
    assert named == ["COUNTRY=Kazakhstan,kg, RUS is taken as KAZ,KGZ,RUS", *dry]
    assert {name for name in project.tree() if "sweeps" in name} == before
    todo, *_, last = project.command(*call).out.splitlines()
    assert todo == dry[-1]
    assert last.endswith("results.csv, 3 combinations, 0 failed")
    project.path("build/last_run.json").write_text('{"01_freedom_index": {"seconds": 60.0}}', encoding="utf-8")
    dry = project.command(*call, "--grid", "SEED=1", "--jobs", "2", "--dry-run").out.splitlines()
    assert dry[-1] == "to run: 3 of 3 combinations, about 2.0 min"
    dry = project.command(*call, "--dry-run").out.splitlines()
    assert (dry[0], dry[-1]) == ("fresh COUNTRY=KAZ", "to run: 0 of 3 combinations")


def test_a_combination_is_stale_when_what_it_stands_on_changes(played, project):
    play, seen = played
    play.failing = set()
    request, _, _ = go()
    del seen[:]
    (request.out / "runs/COUNTRY=KAZ_SEED=1/numbers/01_freedom_index.json").write_text("{}", encoding="utf-8")
    go()
    assert seen == ["COUNTRY=KAZ_SEED=1"]
    project.path("requirements.lock").write_text("other", encoding="utf-8")
    go()
    assert len(seen) == 5
    assert len(go(figures=True)[1]) == len(seen[5:])


def test_all_is_every_country_that_the_tables_know_and_a_bad_grid_is_one_line(project):
    names = (every := Sweep("01", {"COUNTRY": "all"})).combinations
    assert every.many.startswith("196 combinations (54 left out, first: COUNTRY=ABW: Aruba is not in the table ")
    assert {"COUNTRY=KGZ", "COUNTRY=UZB"} <= set(names)
    faults = {
        ("COUNTRIES", "1"): "unknown parameter COUNTRIES; choose from COUNTRY",
        ("SEED", "1,a"): "SEED='a' is not of type int",
        ("SEED", "all"): "SEED='all' is not of type int",
        ("EDITION", "1999"): "EDITION=1999",
    }
    for (name, text), said in faults.items():
        with pytest.raises(InputError, match=said):
            Sweep("01", {"COUNTRY": "all", name: text})
    assert Sweep("01", {"COUNTRY": "all,KAZ"}).many == Sweep("01", {"COUNTRY": "all"}).many


class Elsewhere(Here):
    def submit(self, call, made, *arguments):
        return super().submit(call, made | {"environment": {"numpy": "0"}}, *arguments)


def test_a_worker_that_has_not_the_same_is_told(played):
    request = Sweep("01", {"SEED": "1"})
    (outcome,) = request.go(Elsewhere(), report=lambda outcome: None)
    assert outcome.failure[1] == "  01_freedom_index: this machine has another environment; update the worker"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--executor dask",
         "--scheduler none: not of the form tcp://HOST:PORT or tls://HOST:PORT; start one: dask scheduler"),
        ("--executor dask --scheduler tls://127.0.0.1:1",
         "--scheduler tls://127.0.0.1:1: no certificates are configured; "
         "name them in Dask's configuration: distributed.comm.tls"),
        ("--executor slurm", "no executor slurm; choose from local, dask"),
    ],
)  # fmt: skip
def test_a_bad_executor_is_one_line(project, arguments, said):
    result = project.command("sweep", "01", "--grid", "SEED=1", *arguments.split())
    assert (result.code, one_line(result)) == (2, said)


@pytest.fixture
def cluster(tmp_path):
    root = small_project(tmp_path / "p")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, dask = f"tcp://127.0.0.1:{port}", str(Path(sys.executable).parent / "dask")
    calls = (
        ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        ["worker", "--no-nanny", "--nthreads", "1", "--no-dashboard", address],
    )
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    started = [subprocess.Popen([dask, *call], env=environment(root), **quiet) for call in calls]
    time.sleep(1)
    yield root, address
    for process in reversed(started):
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.long
def test_a_cluster_sends_back_all_that_was_made(cluster, tmp_path):
    root, address = cluster
    grid = ("--grid", "COUNTRY=KAZ,KGZ")
    far = command(
        root, "sweep", "01", *grid, "--executor", "dask", "--scheduler", address, "--out", str(tmp_path / "far")
    )
    assert far.stdout.endswith("results.csv, 2 combinations, 0 failed\n"), far
    assert far.returncode == 0
    with (tmp_path / "far/results.csv").open(encoding="utf-8") as file:
        home, abroad = csv.DictReader(file)
    assert (home["state"], home["score"]) == ("ok", "6.99")
    assert (abroad["COUNTRY"], abroad["state"]) == ("KGZ", "ok")
    outputs = read_json(tmp_path / "far/runs/COUNTRY=KAZ/manifest.json")["outputs"]
    assert {"numbers/01_freedom_index.json", "evidence/hfi-leaders.json", "executed.ipynb"} <= set(outputs)
