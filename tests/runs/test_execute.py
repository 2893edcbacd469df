"""Execution by papermill: what a failure says, with real kernels on tiny notebooks."""

from __future__ import annotations

import json
import sys

import nbformat
import pytest

from analysis.runs.engine import Task
from analysis.runs.engine.execute import execute
from analysis.runs.engine.kernels import REPRODUCIBLE
from tests.project import notebook

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
