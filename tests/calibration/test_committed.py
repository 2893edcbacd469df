"""The committed table of simulated worlds: complete, large enough, and honest about what is not kept."""

from __future__ import annotations

import nbformat
import pytest

from analysis.article import calibration as promises
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.paths import NOTEBOOKS
from benchmarks.calibration.run import DESIGNS
from benchmarks.calibration.worlds import WORLDS

FEWEST_WORLDS = 1_000
PLAIN = ["no effect", "smallest effect", "twice the smallest effect"]


@pytest.fixture(scope="module")
def table():
    return load("calibration")


def test_every_design_and_test_has_every_kind_of_world_and_a_thousand_worlds_or_more(table):
    assert set(table["design"]) == set(DESIGNS)
    assert all(set(group["world"]) == set(WORLDS) for _, group in table.groupby(["claim", "test"]))
    assert (table.groupby("test")["worlds"].sum() >= FEWEST_WORLDS).all()


def test_every_confirmatory_claim_that_a_test_decides_is_there(table):
    confirmatory = [claim for claim in load_register().claims if claim.family == "confirmatory"]
    kinds = ("directional", "non-inferiority", "extremum")
    assert {claim.id for claim in confirmatory if claim.rule.kind in kinds} <= set(table["claim"])


def test_exact_tests_keep_their_size_where_cases_are_independent(table):
    exact = table["test"].str.startswith("exact test") & (table["rejection"] == "size")
    rows = table[exact & table["world"].isin(PLAIN)]
    assert len(rows) >= 4
    assert (rows["rejected"] <= rows["nominal"] + 3 * rows["rejected_se"]).all()


def test_the_notebook_names_every_test_and_world_that_breaks_a_promise_and_no_other(table):
    broken = table[promises.too_often(table) | promises.too_short(table)]
    for test, rows in broken.groupby(promises.labels(broken)):
        line = next(line for line in promises.broken_lines(table) if line.startswith(f"**{test}**"))
        assert all(promises.WORLDS[world] in line for world in rows["world"]), test
    notebook = nbformat.read(NOTEBOOKS / "00_register_and_power.ipynb", as_version=4)
    assert any("promises.broken_lines(worlds)" in cell.source for cell in notebook.cells)
    assert promises.broken_lines(table.drop(broken.index)) == []


def test_the_rules_hardly_ever_support_what_is_not_there(table):
    rows = table[(table["wrong"] == "supported") & (table["judged"] > 0) & (table["world"] == "no effect")]
    assert len(rows) > 5
    assert (rows["wrong_share"] <= 0.05).all()
