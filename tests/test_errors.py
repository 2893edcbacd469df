"""Errors are one line, keep their parts between processes, and show as one line in a notebook."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError, InputError, RunError


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ({}, "what"),
        ({"where": "t.csv"}, "t.csv: what"),
        ({"remedy": "do this"}, "what; do this"),
        ({"where": "t.csv", "remedy": "do this"}, "t.csv: what; do this"),
    ],
)
def test_a_line_says_where_what_and_what_to_do(parts, line):
    assert InputError("what", **parts).line() == line
    assert str(InputError("what", **parts)) == line


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.text(), st.text(), st.text())
def test_whatever_the_parts_it_is_one_line(what, where, remedy):
    assert len(InputError(what, where=where, remedy=remedy).line().splitlines()) <= 1


@pytest.mark.parametrize("kind", [InputError, RunError])
def test_an_error_of_a_worker_process_arrives_whole(kind):
    sent = kind("what", where="t.csv", remedy="do this")
    came = pickle.loads(pickle.dumps(sent))
    assert type(came) is kind
    assert (came.what, came.where, came.remedy) == ("what", "t.csv", "do this")


def test_exit_codes():
    # 2 for a bad request or input, 1 for a run that failed.
    assert (InputError.exit_code, RunError.exit_code) == (2, 1)
    assert issubclass(InputError, AnalysisError)
    assert issubclass(RunError, AnalysisError)


def test_outside_a_notebook_the_rendering_is_the_line_alone():
    assert InputError("what", where="t.csv")._render_traceback_() == ["Error: t.csv: what"]
