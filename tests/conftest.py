"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os

import pytest

from tests.project import TABLES, Project, copy_project, point_library_at


@pytest.fixture
def environment():
    """Restore the environment afterwards: executing a notebook sets variables."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def project(tmp_path, monkeypatch, environment):
    """A copy of the project that the library works on; nothing in the checkout is touched."""
    import analysis.cli  # every module that holds a path must be loaded before paths are moved
    from analysis.notebook import parameters
    from analysis.runs import run

    assert analysis.cli
    root = copy_project(tmp_path / "a project")
    point_library_at(root, monkeypatch)
    monkeypatch.setattr(run, "CATALOGUE", {name: run.CATALOGUE[name] for name in TABLES})
    monkeypatch.setenv("ANALYSIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ANALYSIS_MIRROR", raising=False)
    monkeypatch.delenv("ANALYSIS_OUT", raising=False)
    parameters._hfi_coverage.cache_clear()
    yield Project(root)
    parameters._hfi_coverage.cache_clear()
