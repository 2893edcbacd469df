"""The committed table of simulated worlds: complete, large enough, and honest about what is not kept."""

from __future__ import annotations

import nbformat
import pytest

from analysis.article import calibration as promises
from analysis.calibration.designs import DESIGNS
from analysis.calibration.worlds import WORLDS
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.paths import NOTEBOOKS

FEWEST_WORLDS = 1_000
PLAIN = ["no effect", "smallest effect", "twice the smallest effect"]


@pytest.fixture(scope="module")
def table():
    return load("calibration")


def test_every_design_and_test_has_every_kind_of_world(table):
    assert set(table["design"]) == {design.name for design in DESIGNS}
    assert all(set(group["world"]) == set(WORLDS) for _, group in table.groupby(["claim", "test"]))


def test_every_design_was_run_in_a_thousand_worlds_or_more(table):
    assert (table.groupby("test")["worlds"].sum() >= FEWEST_WORLDS).all()


def test_every_confirmatory_claim_that_a_test_decides_is_there(table):
    confirmatory = {claim.id for claim in load_register().claims if claim.family == "confirmatory"}
    ruled = {
        claim.id
        for claim in load_register().claims
        if claim.rule.kind in ("directional", "non-inferiority", "extremum")
    }
    assert confirmatory & ruled <= set(table["claim"])


def test_exact_tests_keep_their_size_where_cases_are_independent(table):
    rows = table[
        table["test"].str.startswith("exact test") & table["world"].isin(PLAIN) & (table["rejection"] == "size")
    ]
    assert len(rows) >= 4
    assert (rows["rejected"] <= rows["nominal"] + 3 * rows["rejected_se"]).all()


def test_the_notebook_names_every_test_and_world_that_breaks_a_promise(table):
    broken = table[promises.too_often(table) | promises.too_short(table)]
    said = "\n".join(promises.broken_lines(table))
    for test, rows in broken.groupby(promises.labels(broken)):
        line = next(line for line in promises.broken_lines(table) if line.startswith(f"**{test}**"))
        assert all(promises.WORLDS[world] in line for world in rows["world"]), said
    notebook = nbformat.read(NOTEBOOKS / "00_register_and_power.ipynb", as_version=4)
    assert any("promises.broken_lines(worlds)" in cell.source for cell in notebook.cells)


def test_a_test_within_the_limits_is_not_named(table):
    fine = table[~(promises.too_often(table) | promises.too_short(table))]
    assert promises.broken_lines(fine) == []


def test_the_rules_hardly_ever_support_what_is_not_there(table):
    rows = table[(table["wrong"] == "supported") & (table["judged"] > 0) & (table["world"] == "no effect")]
    assert len(rows) > 5
    assert (rows["wrong_share"] <= 0.05).all()
