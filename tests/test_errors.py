"""Errors are one line, keep their parts between processes, and show as one line in a notebook."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError, InputError, RunError


@pytest.mark.parametrize("where", ["", "t.csv"])
@pytest.mark.parametrize("remedy", ["", "do this"])
@pytest.mark.parametrize(("kind", "code"), [(InputError, 2), (RunError, 1)])
def test_a_line_says_where_what_and_what_to_do_and_arrives_whole_from_a_worker_process(kind, code, where, remedy):
    error = pickle.loads(pickle.dumps(kind("what", where=where, remedy=remedy)))
    assert type(error) is kind
    assert isinstance(error, AnalysisError)
    assert (error.what, error.where, error.remedy, error.exit_code) == ("what", where, remedy, code)
    line = (f"{where}: " if where else "") + "what" + (f"; {remedy}" if remedy else "")
    assert error.line() == str(error) == line
    assert error._render_traceback_() == [f"Error: {line}"]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.text(), st.text(), st.text())
def test_whatever_the_parts_it_is_one_line(what, where, remedy):
    assert len(InputError(what, where=where, remedy=remedy).line().splitlines()) <= 1
