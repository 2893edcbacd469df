"""Promises of tests in simulated worlds, judged by hand, and in the committed table."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.article import power
from analysis.article.power import COVERAGE, SLACK, WORLDS, Calibration
from analysis.data.load import load
from tests.claims.make import claim, register


def rows(test="t", **changes):
    """Return a row a world: as good as promised but for the changes, each a value by world."""
    kept = {"worlds": 100, "nominal": 0.05, "rejection": "size", "rejected": 0.05, "rejected_se": 0.01}
    kept |= {"coverage": 0.95, "coverage_se": 0.01, "judged": 100, "wrong": "supported", "wrong_share": 0.0}
    made = [{"test": test, "claim": "one", "world": world, "supported": 0.0, **kept} for world in WORLDS]
    return pd.DataFrame(
        [row | {name: by[row["world"]] for name, by in changes.items() if row["world"] in by} for row in made]
    )


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({}, []),
        ({"rejected": {"no effect": 0.05 + SLACK}, "coverage": {"clumped": COVERAGE}}, []),
        ({"rejected": {"clumped": 0.07}, "coverage": {"no effect": 0.9}}, ["no effect", "clumped"]),
        ({"rejected": {"no effect": 0.5}, "rejection": {"no effect": "power"}}, []),
    ],
)
def test_a_promise_is_broken_by_size_or_coverage_beyond_what_is_allowed(changes, broken):
    found = Calibration(pd.concat([rows("good"), rows("tested", **changes)]))
    assert list(found.broken()["world"]) == broken
    assert found.table().loc["Tested", "broken_by"] == (", ".join(broken) or "none")
    plain = "no effect" in broken
    assert found.counted() == {"tests": 2, "keep_plain": 2 - plain, "keep_all": 2 - bool(broken), "worlds": 500}


def test_false_verdicts_and_power_are_read_from_the_worlds_that_show_them():
    wrong = {"no effect": 0.02, "clumped": 0.3, "twice the smallest effect": 0.01}
    twice = {"wrong": {"twice the smallest effect": "contradicted"}, "supported": {"twice the smallest effect": 0.4}}
    found = rows(wrong_share=wrong, **twice)
    said = power.verdicts_in_worlds(found)
    for share in (
        "supported in at most 2.0%",
        "supported in at most 30.0%",
        "contradicted in at most 1.0%",
        "40% to 40%",
    ):
        assert share in said


def test_the_committed_table_has_every_kind_of_world_and_shares_within_their_intervals():
    worlds = Calibration(load("calibration"))
    assert set(worlds.worlds["world"]) == set(WORLDS) == set(power.WORLDS)
    for column in ("rejected", "coverage", "wrong_share"):
        shares = worlds.shares(column)
        assert (shares["lower"].between(0, shares["estimate"]) & shares["upper"].between(shares["estimate"], 1)).all()


def test_a_multiple_is_on_the_log_scale_for_ratios_and_plain_for_differences():
    claims = register(
        claim("directional", id="fall", smallest_effect={"value": 0.8, "unit": "rate ratio"}),
        claim("directional", id="change", smallest_effect={"value": 0.05, "unit": "points"}),
    )
    tests = [("log", "fall", "b", 0.8**1.9), ("plain", "change", "b", 0.2), ("strong", "change", "b", 0.05)]
    found = power.detectable(claims, pd.DataFrame(tests, columns=["design", "claim", "basis", "minimum"]))
    assert found["multiple"].tolist() == pytest.approx([1.9, 4, 1])
    assert found["smallest"].tolist() == [0.8, 0.05, 0.05]
