"""The comparison of circumstances: it counts as passed only if files were compared."""

from __future__ import annotations

import subprocess

import pytest

from analysis.paths import FIGURES
from scripts import same_bytes


@pytest.fixture
def compare(monkeypatch, capsys):
    """Compare what is published with itself; returns the notebooks asked for, how it ended, and what was said."""
    asked = []

    def execute(case, notebooks, folder):
        asked.append(notebooks)
        return FIGURES, subprocess.CompletedProcess([], 0, "", "")

    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["same_bytes.py", "--only", "one worker", *arguments])
        code = same_bytes.main()
        return asked, code, capsys.readouterr()

    monkeypatch.setattr(same_bytes, "execute", execute)
    return call


@pytest.mark.parametrize("wanted", ["01", "01_freedom_index", "notebooks/01_freedom_index.ipynb"])
def test_notebooks_are_named_as_the_command_allows(compare, wanted):
    asked, code, said = compare(wanted)
    assert (asked, code) == ([["01_freedom_index"]], 0)
    assert " files the same" in said.out
    assert "0 of 0" not in said.out


def test_an_unknown_notebook_is_one_line_and_nothing_compared_is_no_success(compare, monkeypatch):
    asked, code, said = compare("99")
    assert (asked, code, said.out) == ([], 2, "")
    assert said.err.startswith("error: no notebook 99; choose from 00_")
    assert said.err.count("\n") == 1
    monkeypatch.setattr(same_bytes, "differences", lambda made, notebooks: (0, []))
    assert compare("01")[1] == compare("--only", "no such circumstance")[1] == 1
