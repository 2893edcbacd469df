"""Runs: outputs are laid together elsewhere and published whole, or not at all. Notebooks are played by a function."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from analysis.errors import InputError
from analysis.runs import run as runs
from analysis.runs.execute import Outcome
from analysis.runs.run import plan, publish, run
from tests.project import notebook, read_json, tree

ZERO, ONE = "00_register_and_power", "01_freedom_index"
FAILED = Outcome(ONE, 0.1, ("failed: 01", "  cell 1: H", "  line: x", "  E: e", "  executed copy: c"))


class Stage:
    """Executes by writing files: two outputs a notebook, and what it loaded."""

    def __init__(self):
        self.seen = []
        self.failing = set()
        self.inputs = True
        self.text = "first"

    def __call__(self, task):
        self.seen.append(task)
        task.out.mkdir(parents=True)
        (task.out / f"{task.name[:2]}_figure.svg").write_text(f"{self.text} {task.parameters}", encoding="utf-8")
        (task.out / "numbers").mkdir()
        (task.out / "numbers" / f"{task.name}.json").write_text('{"n": 162}', encoding="utf-8")
        if self.inputs:
            inputs = {"notebook": task.name, "tables": {"hfi_2020": "abc"}}
            (task.out / "inputs.json").write_text(json.dumps(inputs), encoding="utf-8")
        return FAILED if task.name in self.failing else Outcome(task.name, 0.1)


@pytest.fixture
def stage(project, monkeypatch):
    for name, source in ((ZERO, "POWER: float = 0.8\nALPHA: float = 0.05"),):
        project.path(f"notebooks/{name}.ipynb").write_text(notebook(("code", source, "parameters")), encoding="utf-8")
    stage = Stage()
    monkeypatch.setattr(runs, "execute", stage)
    monkeypatch.setattr(runs, "ProcessPoolExecutor", lambda jobs, mp_context: ThreadPoolExecutor(jobs))
    monkeypatch.setattr(runs, "CATALOGUE", {"countries": runs.CATALOGUE["countries"]})
    return stage


def go(wanted=(), **settings):
    outcomes = []
    returned = run(plan(list(wanted), settings), report=outcomes.append)
    assert sorted(outcome.name for outcome in outcomes) == sorted(outcome.name for outcome in returned)
    return returned


def test_a_run_publishes_outputs_manifest_results_and_verdicts(project, stage):
    outcomes = go()
    assert [outcome.name for outcome in outcomes] == [ZERO, ONE]
    assert set(tree(project.path("figures"))) == {
        "00_figure.svg", "01_figure.svg", f"numbers/{ZERO}.json", f"numbers/{ONE}.json",
        "manifest.json", "results.json", "verdicts.json",
    }  # fmt: skip
    assert read_json(project.path("figures/results.json")) == {ZERO: {"n": 162}, ONE: {"n": 162}}
    verdicts = read_json(project.path("figures/verdicts.json"))
    assert len(verdicts) == len(runs.load_register().claims)
    assert {item["rules_hash"] for item in verdicts} == {runs.preflight()}


def test_the_manifest_says_what_made_each_output(project, stage):
    go()
    manifest = read_json(project.path("figures/manifest.json"))
    entry = manifest["outputs"]["01_figure.svg"]
    content = project.path("figures/01_figure.svg").read_bytes()
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert entry["notebook"] == ONE
    assert entry["parameters"] == plan(["01"], {}).notebooks[ONE]
    assert entry["tables"] == {"hfi_2020": "abc"}
    assert len(entry["code"]) == 64
    assert set(manifest["outputs"]) == set(tree(project.path("figures"))) - {
        "manifest.json", "results.json", "verdicts.json",
    }  # fmt: skip
    assert set(manifest["environment"]) == {"library", "lock", "packages", "python"}
    assert str(project.root) not in json.dumps(manifest)


def test_prose_does_not_change_the_code_hash_but_code_does(project, stage):
    def code():
        go(["00"])
        return read_json(project.path("figures/manifest.json"))["outputs"]["00_figure.svg"]["code"]

    parameters = ("code", "POWER: float = 0.8\nALPHA: float = 0.05", "parameters")
    hashes = []
    for cells in ([parameters], [("markdown", "Prose."), parameters], [parameters, ("code", "1")]):
        project.path(f"notebooks/{ZERO}.ipynb").write_text(notebook(*cells), encoding="utf-8")
        hashes.append(code())
    assert hashes[0] == hashes[1] != hashes[2]


def test_outputs_of_other_notebooks_survive_a_run_of_one(project, stage):
    go()
    stage.text = "second"
    go(["00"])
    figures = project.path("figures")
    assert (figures / "00_figure.svg").read_text(encoding="utf-8").startswith("second")
    assert (figures / "01_figure.svg").read_text(encoding="utf-8").startswith("first")
    outputs = read_json(figures / "manifest.json")["outputs"]
    assert {entry["notebook"] for entry in outputs.values()} == {ZERO, ONE}
    assert set(read_json(figures / "results.json")) == {ZERO, ONE}


def test_outputs_that_a_notebook_no_longer_makes_and_strays_are_gone(project, stage, monkeypatch):
    go()
    (project.path("figures") / "stray.txt").write_text("by hand", encoding="utf-8")
    project.path(f"notebooks/{ZERO}.ipynb").unlink()
    go(["01"])
    assert {name[:2] for name in tree(project.path("figures")) if name.endswith(".svg")} == {"01"}
    assert not project.path("figures/stray.txt").exists()


@pytest.mark.parametrize("before", [False, True], ids=["nothing published", "something published"])
def test_a_failed_notebook_leaves_what_is_published_untouched(project, stage, before):
    if before:
        go()
    published = tree(project.path("figures"))
    stage.failing, stage.text = {ONE}, "second"
    outcomes = go()
    assert [bool(outcome.failure) for outcome in outcomes] == [False, True]
    assert tree(project.path("figures")) == published


def test_only_changed_parameters_are_injected_and_outputs_go_elsewhere(project, stage):
    go()
    published = tree(project.path("figures"))
    go(["01"], COUNTRY="KGZ", EDITION="2020")
    assert stage.seen[-1].parameters == {"COUNTRY": "KGZ"}
    assert tree(project.path("figures")) == published
    other = project.path("build/runs/COUNTRY=KGZ")
    assert read_json(other / "manifest.json")["outputs"]["01_figure.svg"]["parameters"]["COUNTRY"] == "KGZ"
    assert stage.seen[-1].executed == project.path("build/executed/COUNTRY=KGZ/01_freedom_index.ipynb")


def test_a_second_run_gives_the_same_bytes(project, stage):
    go()
    first = tree(project.path("figures"))
    go()
    assert tree(project.path("figures")) == first


def test_a_notebook_that_loaded_and_saved_nothing_by_the_session_is_published(project, stage):
    stage.inputs = False
    go(["00"])
    assert read_json(project.path("figures/manifest.json"))["outputs"]["00_figure.svg"]["tables"] == {}


def test_leftovers_of_an_interrupted_run_are_cleared(project, stage):
    # A killed process leaves its folder; a later one may get the same process number.
    left = project.path("build") / "work" / f"default.{os.getpid()}"
    for place in (left / "01_freedom_index", left / "ready"):
        place.mkdir(parents=True)
        (place / "old.txt").write_text("old", encoding="utf-8")
    go()
    assert "old.txt" not in tree(project.path("figures"))


def test_a_register_that_changes_while_notebooks_run_stops_the_publishing(project, stage, monkeypatch):
    def meddle(task):
        outcome = stage(task)
        project.edit("data/claims.yml", "level: sub-score", "level: other")
        return outcome

    monkeypatch.setattr(runs, "execute", meddle)
    with pytest.raises(InputError, match="rules changed since they were locked"):
        go(["01"])
    assert not project.path("figures").exists()


# --- moving into place


def folder(path, text):
    path.mkdir(parents=True)
    (path / "a.txt").write_text(text, encoding="utf-8")
    (path / f"{text}.txt").write_text("", encoding="utf-8")
    return path


def test_publishing_swaps_the_folder_as_a_whole(tmp_path):
    out = folder(tmp_path / "figures", "old")
    publish(folder(tmp_path / "ready", "new"), out)
    assert set(tree(out)) == {"a.txt", "new.txt"}
    assert (out / "a.txt").read_text(encoding="utf-8") == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures"]


def test_publishing_makes_the_parents(tmp_path):
    publish(folder(tmp_path / "ready", "new"), tmp_path / "a" / "b")
    assert set(tree(tmp_path / "a" / "b")) == {"a.txt", "new.txt"}


def test_a_move_that_fails_leaves_the_old_folder(tmp_path, monkeypatch):
    out = folder(tmp_path / "figures", "old")
    before = tree(out)

    def full_disk(source, target):
        target.mkdir()
        raise OSError("no space left")

    monkeypatch.setattr(runs.shutil, "move", full_disk)
    with pytest.raises(OSError, match="no space left"):
        publish(folder(tmp_path / "ready", "new"), out)
    assert tree(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures", "ready"]


def test_a_leftover_of_an_interrupted_publishing_is_no_obstacle(tmp_path):
    folder(tmp_path / ".figures.old", "older")
    publish(folder(tmp_path / "ready", "new"), folder(tmp_path / "figures", "old"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures"]
