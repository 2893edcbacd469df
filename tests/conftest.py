"""Fixtures that several folders of tests share."""

import gc
import importlib
import os
import pkgutil

import matplotlib.pyplot as plt
import pytest

import analysis
import analysis.runs.engine  # before nbformat: what it leaves out takes seconds in every process
from analysis.charts import figure_style
from analysis.charts.style import PAGE
from tests.project import Project, copy_project, keep_checked, point_library_at

#: What takes long, in this order: the site is there when the other tests of the report ask for it.
SLOW = ("report/test_site.py", "runs/", "article/", "report/", "calibration/")
os.environ["COLUMNS"] = "160"  # of a terminal; a worker of the tests says 80


def load_library():
    """Import every module of the library; commands import theirs when they are called."""
    for module in pkgutil.walk_packages(analysis.__path__, "analysis."):
        if module.name != "analysis.__main__":
            importlib.import_module(module.name)


def pytest_collection_modifyitems(items):
    """Start with the slow files, so that many quick ones are left for whichever process is free at the end."""
    items.sort(key=lambda item: next((place for place, part in enumerate(SLOW) if part in item.nodeid), len(SLOW)))


def pytest_collection_finish():
    """Spare what is loaded by now: statsmodels collects garbage on every correction of p-values."""
    gc.freeze()


@pytest.fixture
def environment():
    """Restore the environment afterwards: executing a notebook sets variables."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def axes():
    with figure_style():
        yield plt.subplots(1, 2, figsize=(PAGE, 3), layout="constrained")[1]
    plt.close("all")


@pytest.fixture
def ax(axes):
    return axes[0]


@pytest.fixture
def project(tmp_path, monkeypatch, environment):
    load_library()  # every module that holds a path must be loaded before paths are moved
    from analysis.data import load

    every, root = load.load, copy_project(tmp_path / "a project")
    point_library_at(root, monkeypatch)
    monkeypatch.setattr(
        load, "load", lambda name: every(name) if (root / f"data/tables/{name}.csv").is_file() else None
    )
    monkeypatch.setenv("ANALYSIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ANALYSIS_MIRROR", raising=False)
    monkeypatch.delenv("ANALYSIS_OUT", raising=False)
    yield Project(root)
    keep_checked(root)
