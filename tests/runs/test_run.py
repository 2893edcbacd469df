"""Runs: outputs are laid together elsewhere and published whole, or not at all. Notebooks are played by a function."""

import hashlib
import importlib.metadata
import json
import tempfile
from pathlib import Path

import pytest

import analysis
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import sha256
from analysis.errors import InputError, RunError
from analysis.files import held, swap
from analysis.runs import staleness
from analysis.runs.engine import Outcome, kernels
from analysis.runs.engine import execute as engine
from analysis.runs.manifest import read_manifest
from analysis.runs.plan import plan
from analysis.runs.run import SUMMARIES, Run
from analysis.runs.staleness import Now
from analysis.session.declared import names
from tests.project import CHECKOUT, notebook, read_json, tree

ZERO, ONE = "00_register_and_power", "01_freedom_index"
CELL = ("code", "POWER: float = 0.8\nALPHA: float = 0.05", "parameters")
MODULES = "library: analysis, analysis.errors, analysis.methods and 4 more"
SUMMARY_FILES = {"manifest.json", "results.json", "verdicts.json"}
FAILED = Outcome(ONE, 0.1, ("failed: 01", "  cell 1: H", "  line: x", "  E: e", "  executed copy: c"))


class Stage:
    """Executes by writing files: two outputs a notebook, and what it loaded."""

    def __init__(self):
        self.seen = []
        self.failing = set()
        self.inputs = True
        self.text = "first"

    def __call__(self, task, tell=None):
        self.seen.append(task)
        task.out.mkdir(parents=True)
        (task.out / f"{task.name[:2]}_figure.svg").write_text(f"{self.text} {task.parameters}", encoding="utf-8")
        (task.out / "numbers").mkdir()
        (task.out / "numbers" / f"{task.name}.json").write_text('{"n": 162}', encoding="utf-8")
        if self.inputs:
            inputs = {"notebook": task.name, "tables": {name: sha256(name) for name in ("hfi_2020", "population")}}
            (task.out / "inputs.json").write_text(json.dumps(inputs), encoding="utf-8")
        return FAILED if task.name in self.failing else Outcome(task.name, 0.1)


@pytest.fixture
def stage(project, monkeypatch):
    edit_notebook(project, CELL)
    stage = Stage()
    monkeypatch.setattr(engine, "execute", stage)
    monkeypatch.setattr(kernels, "prepare", lambda sources: None)
    return stage


def edit_notebook(project, *cells):
    project.path(f"notebooks/{ZERO}.ipynb").write_text(notebook(*cells), encoding="utf-8")


def go(wanted=(), *, force=True, **settings):
    outcomes = []
    returned = Run(plan(list(wanted), settings, force=force)).go(outcomes.append)
    assert sorted(outcome.name for outcome in outcomes) == sorted(outcome.name for outcome in returned)
    return returned


def test_outputs_of_others_and_what_is_the_users_survive_a_run_but_not_those_of_a_notebook_gone(project, stage):
    go()
    stage.text = "second"
    project.path("figures/stray.txt").write_text("by hand", encoding="utf-8")
    go(["00"])
    figures = project.path("figures")
    words = [(figures / f"0{n}_figure.svg").read_text(encoding="utf-8").split()[0] for n in (0, 1)]
    assert words == ["second", "first"]
    assert {entry["notebook"] for entry in read_json(figures / "manifest.json")["outputs"].values()} == {ZERO, ONE}
    assert set(read_json(figures / "results.json")) == {ZERO, ONE}
    assert (figures / "stray.txt").read_text(encoding="utf-8") == "by hand"
    project.path(f"notebooks/{ZERO}.ipynb").unlink()
    go(["01"])
    assert {name[:2] for name in tree(figures) if name.endswith(".svg")} == {"01"}
    assert (figures / "stray.txt").is_file()


def test_a_failed_notebook_leaves_what_is_published_untouched(project, stage):
    go()
    published = tree(project.path("figures"))
    stage.failing, stage.text = {ONE}, "second"
    assert [bool(outcome.failure) for outcome in go()] == [False, True]
    assert tree(project.path("figures")) == published


def test_every_table_is_watched_and_a_name_that_the_package_offers_counts_as_the_module_it_stands_in():
    watched = Now().tables
    assert {name: sha256(name) for name in CATALOGUE} == {name: watched.get(name) for name in CATALOGUE}
    now = Now()
    for home, offered in analysis._PUBLIC.items():
        for name in offered:
            assert now.library(f"from analysis import {name}") == now.library(f"import analysis.{home}"), name


def states(**options):
    return {outcome.name: outcome.state for outcome in go(force=False, **options)}


def why():
    return Run(plan([], {})).stale()


def test_what_is_fresh_is_skipped_and_only_a_run_that_published_says_so(project, stage):
    assert why()[ZERO] == ["never run"]
    published = []
    for stage.failing in ({ONE}, set(), set()):
        before, run = tree(project.path("figures")), Run(plan([], {}))
        run.go(lambda outcome: None)
        published.append(run.published)
        assert run.published == (tree(project.path("figures")) != before)
    assert published == [False, True, False]
    assert why() == {ZERO: [], ONE: [], SUMMARIES: []}
    assert states() == {ZERO: "fresh", ONE: "fresh"}
    assert [task.name for task in stage.seen] == [ZERO, ONE, ONE]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (lambda p: edit_notebook(p, ("markdown", "New prose."), CELL), []),
        (lambda p: edit_notebook(p, CELL, ("code", "1")), ["code"]),
        (
            lambda p: edit_notebook(p, ("code", CELL[1].replace("0.8", "0.9"), CELL[2])),
            ["code", "parameters: POWER 0.8 -> 0.9"],
        ),
        (lambda p: edit_notebook(p, CELL, ("code", "import analysis.methods.ranks")), ["code", MODULES]),
        (
            lambda p: p.path("requirements.lock").write_text("other", encoding="utf-8"),
            ["environment: requirements.lock OLD -> d9298a10d1b07358"],
        ),
        (
            lambda p: p.path("data/tables/population.csv").open("a", encoding="utf-8").write("\n"),
            ["tables: population"],
        ),
        (lambda p: p.edit("data/codebook.md", "| human freedom: to", "| freedom of people: to"), []),
        (
            lambda p: p.edit("data/codebook.md", "smallest rank | rank | rank", "rank | rank | year"),
            ["ranges: hfi_2020"],
        ),
        (lambda p: p.path("figures/00_figure.svg").unlink(), ["00_figure.svg is missing"]),
        (lambda p: p.path("figures/00_figure.svg").write_text("x"), ["00_figure.svg was altered"]),
    ],
)
def test_status_says_why_an_output_is_stale(project, stage, change, reasons):
    go()
    change(project)
    lock = hashlib.sha256((CHECKOUT / "requirements.lock").read_bytes()).hexdigest()[:16]
    assert why()[ZERO] == [reason.replace("OLD", lock) for reason in reasons]


def test_what_a_notebook_uses_of_register_library_and_packages_makes_it_stale_by_name(project, stage, monkeypatch):
    go()
    project.edit(
        "data/claims.yml",
        "stance: neutral\n    claim: The Human Freedom Index 2020 is built",
        "stance: critical\n    claim: The Human Freedom Index 2020 is built",
    )
    assert why() == {ZERO: [], ONE: ["register: hfi-indicators"], SUMMARIES: ["register: hfi-indicators"]}
    go()
    monkeypatch.setattr(staleness, "version", lambda name: "9.9")
    numpy = importlib.metadata.version("numpy")
    assert f"numpy {numpy} -> 9.9" in why()[ONE][0]


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("import numpy as np\n", "import numpy as np  # why\n\n", False),
        ('    """Return nothing."""\n', '    """Return\n    what there is."""\n', False),
        ("    return 1\n", "    return 2\n", True),
    ],
)
def test_a_module_counts_by_what_it_says_and_not_by_comments_docstrings_and_layout(old, new, meant):
    source = 'import numpy as np\n\n\ndef one() -> int:\n    """Return nothing."""\n    return 1\n'
    assert old in source
    assert (staleness._meaning(source.encode()) != staleness._meaning(source.replace(old, new).encode())) == meant


def test_an_objection_makes_nothing_stale_since_no_notebook_shows_it(project, stage):
    go()
    register = project.path("data/claims.yml")
    text = register.read_text(encoding="utf-8")
    register.write_text(text.replace("    objection: ", "    objection: Perhaps, ", 1), encoding="utf-8")
    assert text != register.read_text(encoding="utf-8")
    assert why() == {ZERO: [], ONE: [], SUMMARIES: []}
    assert not [name for name in names() if "objection" in "".join(staleness.code(name))]


def test_altered_summaries_are_made_again_without_executing_anything(project, stage):
    go()
    project.path("figures/results.json").write_text("{}", encoding="utf-8")
    assert why()[SUMMARIES] == ["results.json was altered"]
    assert states() == {ZERO: "fresh", ONE: "fresh"}
    assert read_json(project.path("figures/results.json")) == {ZERO: {"n": 162}, ONE: {"n": 162}}


def taken_up(stage, between):
    stage.failing = {ONE}
    go(force=False)
    between()
    stage.failing = set()
    return states()


def test_a_run_takes_up_where_another_stopped_and_published_nothing(project, stage):
    published = []
    found = taken_up(stage, lambda: published.append(project.path("figures").exists()))
    assert found == {ZERO: "kept", ONE: "ok"}
    assert published == [False]
    assert [task.name for task in stage.seen].count(ZERO) == 1
    assert list(project.path("build/work").rglob("manifest.json")) == []


@pytest.mark.parametrize("content", ["", "[]", "[1]", "1", "null", '{"00_figure.svg": 1}', '{"00_figure.svg": {}}'])
def test_what_a_run_left_is_not_taken_up_after_a_change_or_if_its_note_is_damaged(project, stage, content):
    def damage():
        (note,) = project.path("build/work").rglob("manifest.json")
        note.write_text(content, encoding="utf-8")

    change = damage if content else lambda: edit_notebook(project, CELL, ("code", "1"))
    assert taken_up(stage, change) == {ZERO: "ok", ONE: "ok"}


@pytest.mark.parametrize("content", ["[]", "[1]", "1", "null", '{"a": 1}', '{"a": {}}', '{"a": {"seconds": "x"}}'])
def test_damaged_notes_of_earlier_runs_are_taken_for_absent(project, stage, content):
    for name in ("last_run.json", "state/checked.json"):
        project.path(f"build/{name}").parent.mkdir(parents=True, exist_ok=True)
        project.path(f"build/{name}").write_text(content, encoding="utf-8")
    assert states() == {ZERO: "ok", ONE: "ok"}
    assert set(read_json(project.path("build/last_run.json"))) == {ZERO, ONE}


def test_a_run_without_the_lock_of_versions_and_a_notebook_that_loaded_nothing_are_published(project, stage):
    project.path("requirements.lock").unlink()
    stage.inputs = False
    go()
    manifest = read_manifest(project.path("figures"))
    assert manifest["outputs"]["00_figure.svg"]["environment"]["requirements.lock"] == ""
    assert manifest["outputs"]["00_figure.svg"]["tables"] == {}
    assert why() == {ZERO: [], ONE: [], SUMMARIES: []}


@pytest.fixture
def meddle(project, stage, monkeypatch):
    def let(change):
        def execute(task, tell):
            outcome = stage(task)
            change()
            return outcome

        monkeypatch.setattr(engine, "execute", execute)

    return let


def test_a_register_that_changes_while_notebooks_run_stops_the_publishing(project, meddle):
    meddle(lambda: project.edit("data/claims.yml", 'among: ["pf_[!a]*", "ef_*"]', 'among: ["pf_*"]'))
    with pytest.raises(InputError, match="rules, claims or tables changed since they were locked"):
        go(["01"])
    assert not project.path("figures").exists()


def test_inputs_that_change_while_a_notebook_runs_leave_it_stale(project, meddle):
    meddle(lambda: project.path("requirements.lock").write_text("other", encoding="utf-8"))
    go(["01"])
    first, last = Run(plan(["01"], {})).stale()[ONE]
    assert (first.split()[:2], last) == (["environment:", "requirements.lock"], "changed while it ran: environment")


def test_two_runs_of_one_output_do_not_meet_and_one_that_waited_stands_on_what_the_other_published(project, stage):
    early, other = Run(plan(["00"], {}, force=True)), Run(plan(["01"], {}, out=project.path("other")))
    with held(early.desk), pytest.raises(RunError, match="another run is making the same outputs; wait for it"):
        go()
    other.go(lambda outcome: None)
    go(["01"])
    early.go(lambda outcome: None)
    figures = project.path("figures")
    assert set(read_json(figures / "manifest.json")["outputs"]) == {*tree(figures)} - SUMMARY_FILES
    assert (figures / "01_figure.svg").is_file()


def test_a_notebook_on_evidence_is_not_run_where_there_is_none(project, stage):
    edit_notebook(project, CELL, ("code", "session.all_evidence()"))
    with pytest.raises(InputError, match="no evidence to stand on; run all notebooks"):
        Run(plan([ZERO], {}, out=project.path("empty"))).go(lambda outcome: None)
    assert stage.seen == []


def test_checking_publishes_nothing_and_names_what_would_change(project, stage):
    go()
    before = tree(project.path("figures"))
    assert Run(plan([], {}, force=True)).compare(lambda outcome: None) == []
    stage.text = "second"
    differing = Run(plan([], {}, force=True)).compare(lambda outcome: None)
    assert differing == ["2 figures: environment; 0 numbers"]
    assert tree(project.path("figures")) == before
    edit_notebook(project, CELL, ("code", "1"))
    project.path("build/last_run.json").write_text(
        json.dumps({ZERO: {"seconds": 1, "failed": ["failed 2026-11-29 00:40,  executed copy: c"]}}), encoding="utf-8"
    )
    assert len(why()[ZERO]) == 2
    assert Run(plan([], {}, force=True)).compare(lambda outcome: None) == ["2 figures: code; 0 numbers"]


def folder(path, text):
    path.mkdir(parents=True)
    (path / "a.txt").write_text(text, encoding="utf-8")
    (path / f"{text}.txt").write_text("", encoding="utf-8")
    return path


@pytest.mark.parametrize("how", ["exchange", "one by one", "another disk", "a link"])
def test_publishing_puts_a_folder_in_the_place_of_another_or_makes_its_parents(tmp_path, monkeypatch, how):
    if how == "one by one":
        monkeypatch.setattr("analysis.files._exchange", lambda one, other: False)
    figures = folder(tmp_path / "figures", "old")
    if how == "a link":
        figures = figures.rename(tmp_path / "elsewhere")
        (tmp_path / "figures").symlink_to(figures)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if how == "another disk" else tmp_path) as made:
        for out in (tmp_path / "figures", tmp_path / "a" / "b"):
            swap(folder(Path(made) / "ready", "new"), out)
            assert set(tree(out)) == {"a.txt", "new.txt"}
        assert list(Path(made).iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"a", "figures", figures.name}
    assert (tmp_path / "figures").is_symlink() == (how == "a link")


def test_a_move_that_fails_leaves_the_old_folder(tmp_path, monkeypatch):
    out, ready = folder(tmp_path / "figures", "old"), folder(tmp_path / "ready", "new")
    before = tree(out)
    with pytest.raises(OSError, match="No such file"):
        swap(tmp_path / "nothing", out)
    monkeypatch.setattr("analysis.files._exchange", lambda one, other: False)
    monkeypatch.setattr("analysis.files.write_whole", full)
    with pytest.raises(OSError, match="full"):
        swap(ready, out)
    assert tree(out) == before


def full(*anything):
    raise OSError("full")
