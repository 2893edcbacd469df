"""Notebook 00: what later tests could detect, and what the worlds say of their promises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analysis.article import power
from analysis.article.power import WORLDS, Calibration
from analysis.methods.calendars import detectable_ratio_in_windows
from tests.claims.make import THRESHOLDS, claim, register

# --- what the notebook counts, by hand


def test_rates_inside_windows_against_outside_are_those_of_an_exact_binomial_test():
    ratio = detectable_ratio_in_windows(200, 0.25, alpha=0.025)
    against = power.against_outside(ratio, 0.25)
    share = 0.25 * against / (0.25 * against + 0.75)
    critical = next(k for k in range(201) if binom.sf(k - 1, 200, 0.25) <= 0.025)
    assert binom.sf(critical - 1, 200, share) == pytest.approx(0.8)


def test_days_before_votes_are_counted_once_and_a_vote_without_a_day_is_on_the_first():
    votes = pd.DataFrame({"iso3": "A", "year": 2000, "month": [6, 6, 12], "day": [1, 11, np.nan]})
    months = pd.DataFrame({"iso3": ["A", "A", "B"], "repressed": [1, 2, 4]})
    repressed, share = power.campaigns(months, votes, country="A", days=20)
    assert repressed == 3
    # Ten days of the second vote lie before the first too.
    assert share == pytest.approx((20 + 10 + 20) / len(power.SPAN))


# --- promises of tests in simulated worlds, judged by hand


def rows(test="t", **changes):
    """Return a row a world: as good as promised but for the changes, each a value by world."""
    kept = {"worlds": 10_000, "nominal": 0.05, "rejection": "size", "rejected": 0.05, "rejected_se": 0.01}
    kept |= {"coverage": 0.95, "coverage_se": 0.01, "judged": 100, "wrong": "supported", "wrong_share": 0.0}
    made = [{"test": test, "claim": "one", "world": world, "supported": 0.0, **kept} for world in WORLDS]
    return pd.DataFrame(
        [row | {name: by[row["world"]] for name, by in changes.items() if row["world"] in by} for row in made]
    )


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({}, []),
        ({"rejected": {"clumped": 0.07}, "coverage": {"no effect": 0.92}}, ["no effect", "clumped"]),
    ],
)
def test_a_promise_is_broken_by_size_or_coverage_beyond_what_is_allowed(changes, broken):
    found = Calibration(pd.concat([rows("good"), rows("tested", **changes)]), THRESHOLDS)
    assert list(found.broken()["world"]) == broken
    assert found.table().loc["Tested", "broken_by"] == (", ".join(broken) or "none")
    plain = "no effect" in broken
    assert found.counted() == {"tests": 2, "keep_plain": 2 - plain, "keep_all": 2 - bool(broken), "worlds": 60_000}


def test_false_verdicts_and_power_are_read_from_the_worlds_that_show_them():
    wrong = {"no effect": 0.02, "clumped": 0.3, "twice the smallest effect": 0.01}
    twice = {"wrong": {"twice the smallest effect": "contradicted"}, "supported": {"twice the smallest effect": 0.4}}
    said = power.verdicts_in_worlds(rows(wrong_share=wrong, **twice))
    most = ("supported in at most 2.0%", "supported in at most 30.0%", "contradicted in at most 1.0%")
    assert [share for share in (*most, "40% to 40%") if share not in said] == []


def test_a_multiple_is_on_the_log_scale_for_ratios_and_plain_for_differences():
    claims = register(
        claim("directional", id="fall", smallest_effect={"value": 0.8, "unit": "rate ratio"}),
        claim("directional", id="change", smallest_effect={"value": 0.05, "unit": "points"}),
    )
    tests = [("log", "fall", "b", 0.8**1.9), ("plain", "change", "b", 0.2), ("strong", "change", "b", 0.05)]
    found = power.detectable(claims, pd.DataFrame(tests, columns=["design", "claim", "basis", "minimum"]))
    assert found["multiple"].tolist() == pytest.approx([1.9, 4, 1])
    assert found["smallest"].tolist() == [0.8, 0.05, 0.05]
