"""Public names and examples; errors of one line; files written whole or not at all, where the user may write."""

import doctest
import importlib
import os
import pickle
import re
import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis
from analysis import paths
from analysis.errors import AnalysisError, InputError, RunError
from analysis.files import write_json, write_whole
from analysis.paths import ROOT


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


@pytest.mark.parametrize("content", ["text", "Zürich Ж\n", b"\x00\xff", "", "a\nb\n"])
def test_what_is_written_is_what_is_read_by_those_who_may_read_the_folder(tmp_path, content):
    path = tmp_path / "a" / "b.txt"
    for text in ("a much longer text", content):
        assert write_whole(path, text) == path
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert path.stat().st_mode & 0o777 == 0o644
    assert [file.name for file in path.parent.iterdir()] == ["b.txt"]
    assert write_json(path, {"b": 1, "a": ["ж"]}).read_bytes().decode() == '{\n "a": [\n  "ж"\n ],\n "b": 1\n}\n'
    path.parent.chmod(0o775)
    assert write_whole(path, "for the group").stat().st_mode & 0o777 == 0o664


def test_a_disk_that_is_full_midway_leaves_the_old_file_and_nothing_else(tmp_path):
    path, limits = write_whole(tmp_path / "a.txt", "old"), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_whole(path, "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_what_is_never_committed_lies_in_the_checkout_where_the_user_says_or_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ANALYSIS_BUILD", str(tmp_path))
    assert paths._build() == tmp_path
    monkeypatch.delenv("ANALYSIS_BUILD")
    assert paths._build() == paths.ROOT / "build"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).is_relative_to(tmp_path))
    own = paths._build()
    assert own.is_relative_to(tmp_path)
    monkeypatch.setattr(paths, "ROOT", Path("/another checkout"))
    assert paths._build() != own  # two checkouts never share


#: Modules that show examples.
EXAMPLES = sorted(p for p in (ROOT / "src/analysis").rglob("*.py") if ">>>" in p.read_text(encoding="utf-8"))


def test_every_name_exists_and_is_told_in_one_line():
    told = dict(re.findall(r"^(\w+): (\S.*)$", analysis.__doc__, re.MULTILINE))
    assert set(told) == set(analysis.__all__) <= set(dir(analysis))
    assert 25 <= len(told) <= 35
    for name in analysis.__all__:
        assert callable(getattr(analysis, name))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_in_docstrings_run(path):
    name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    assert doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0
