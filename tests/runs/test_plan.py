"""Planning a run: everything is checked before anything starts; and execution by papermill: what a failure says."""

import json
import sys

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.runs.engine import Task
from analysis.runs.engine.execute import execute
from analysis.runs.engine.kernels import REPRODUCIBLE
from analysis.runs.plan import plan, slug
from analysis.runs.run import Run
from tests.project import notebook

DEFAULTS = {"COUNTRY": "KAZ", "EDITION": 2020, "DATA_YEAR": 2018, "SEED": 20210211, "DRAWS": 10000}


@pytest.fixture
def refused(project):
    def written():
        return {name: checksum for name, checksum in project.tree().items() if name != "build/state/checked.json"}

    def call(wanted=("01",), settings=None, **options):
        before = written()
        with pytest.raises(InputError) as error:
            Run(plan(list(wanted), settings or {}, **options))
        assert "\n" not in error.value.line()
        assert written() == before
        return error.value.line()

    return call


def test_a_plan_holds_all_parameters_and_sends_those_that_changed_elsewhere(project):
    request = plan(["01"], {"COUNTRY": "KGZ", "SEED": "20210211"})
    assert request.notebooks == {"01_freedom_index": DEFAULTS | {"COUNTRY": "KGZ"}}
    assert request.changed == {"01_freedom_index": {"COUNTRY": "KGZ"}}
    assert request.out == project.path("build/runs/COUNTRY=KGZ")
    assert plan(["01"], {"COUNTRY": "KGZ"}, out=project.path("other")).out == project.path("other")
    assert plan(["01"], {}).out == plan(["01"], {"COUNTRY": "KAZ"}).out == project.path("figures")


def test_a_folder_that_holds_something_else_is_not_replaced_one_of_a_run_or_an_empty_one_is(project, refused):
    # Publishing replaces the folder as a whole: what is not of a run would be gone.
    folder = project.path("my papers")
    folder.mkdir()
    assert plan(["01"], {}, out=folder).out == folder
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert "my papers" in refused(out=folder)
    assert refused(out=project.root)
    (folder / "manifest.json").write_text('{"outputs": {}}', encoding="utf-8")
    assert plan(["01"], {}, out=folder).out == folder


def test_a_kept_output_that_is_gone_is_one_line(project, refused):
    project.path("figures").mkdir()
    kept = {"outputs": {"00_a.png": {"notebook": "00_register_and_power", "sha256": ""}}}
    project.path("figures/manifest.json").write_text(json.dumps(kept), encoding="utf-8")
    project.path("notebooks/00_register_and_power.ipynb").write_text(notebook(("code", "", "parameters")), "utf-8")
    assert "00_a.png is missing" in refused()


# A parameter has one type, so that 1 and "1" are never values of the same one.
changes = st.fixed_dictionaries(
    {},
    optional={
        "TEXT": st.text(max_size=20) | st.text("xTEXT=_1", max_size=8),
        "WHOLE": st.integers(),
        "SHARE": st.floats(allow_nan=False),
        "LIST": st.lists(st.integers(0, 20), max_size=4),
    },
)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(changes, changes)
def test_a_runs_name_is_one_safe_folder_and_other_parameters_have_another(first, second):
    names = [slug({"01": changed}) for changed in (first, second)]
    for name in names:
        assert 0 < len(name) <= 110
        assert not set(name) & set('/\\:*?"<>| \n\t\0')
        assert name.isascii()
        assert not name.startswith(("-", "."))
    assert (names[0] == names[1]) == (repr(sorted(first.items())) == repr(sorted(second.items())))


HEAD = (("markdown", "# Title"), ("code", "A: int = 1", "parameters"))


@pytest.fixture
def task(tmp_path, environment):
    def make(*cells, **parameters):
        path = tmp_path / "source" / "01_one.ipynb"
        path.parent.mkdir()
        path.write_text(notebook(*HEAD, *cells), encoding="utf-8")
        return Task("01_one", path, parameters, tmp_path / "out", tmp_path / "executed" / "01_one.ipynb")

    return make


def test_a_notebook_that_succeeds_ran_in_this_environment_with_the_settings_of_a_run(task):
    source = (
        "import json, os, sys\nfrom pathlib import Path\nout = Path(os.environ['ANALYSIS_OUT'])\n"
        "(out / 'seen.json').write_text(json.dumps([A, sys.prefix, dict(os.environ)]))"
    )
    made = task(("code", source), A=7)
    outcome = execute(made)
    assert outcome.failure == ()
    value, prefix, variables = json.loads((made.out / "seen.json").read_text(encoding="utf-8"))
    assert value == 7
    assert prefix == sys.prefix
    assert {name: variables[name] for name in REPRODUCIBLE} == REPRODUCIBLE
    assert variables["ANALYSIS_OUT"] == str(made.out)
    injected = [cell for cell in nbformat.read(made.executed, 4).cells if "injected-parameters" in cell.metadata.tags]
    assert len(injected) == 1


def test_a_notebook_that_cannot_be_read_is_a_failure_not_a_crash(task):
    made = task()
    made.path.write_text("{", encoding="utf-8")
    outcome = execute(made)
    assert len(outcome.failure) == 5
    assert outcome.failure[0] == "failed: 01_one"
    assert all("\n" not in line for line in outcome.failure)


def test_a_word_is_said_of_a_cell_that_takes_long(task, monkeypatch):
    monkeypatch.setattr("analysis.runs.engine.execute.PATIENCE", 0.2)
    told = []
    execute(task(("markdown", "## Is it slow?"), ("code", "import time\ntime.sleep(1)")), told.append)
    assert [(slow.name, slow.state) for slow in told] == [("01_one, cell 3: Is it slow?", "still running")]
