"""Measured changes: intervals against closed forms, and borrowed errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.errors import InputError
from analysis.methods.measured_changes import borrowed_sd, break_even, break_even_sd, measured_change, relative_change

DRAWS = 40_000
# Monte Carlo error of an end of an interval: 2.5 standard errors of a 2.5 % quantile with that many draws.
QUANTILE = 0.12
# One unit that gains 0.1, with an error of 0.02 at both times.
PANEL = pd.DataFrame({"who": "a", "year": [2019, 2021], "score": [0.3, 0.4], "error": 0.02})
WHERE = {"outcome": "score", "unit": "who", "time": "year", "treated": "a", "first": 2019, "last": 2021, "draws": DRAWS}


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_interval_of_a_change_is_that_of_two_correlated_normal_errors(correlation):
    found = measured_change(PANEL, sd="error", correlation=correlation, seed=1, **WHERE)
    sd = 0.02 * np.sqrt(2 * (1 - correlation))
    assert found.estimate == pytest.approx(0.1)
    assert (found.lower - 0.1) / sd == pytest.approx(norm.ppf(0.025), abs=QUANTILE)
    assert (found.upper - 0.1) / sd == pytest.approx(norm.ppf(0.975), abs=QUANTILE)
    assert found.minimum_detectable_effect == pytest.approx((norm.ppf(0.975) + norm.ppf(0.8)) * sd, rel=0.02)


def test_whole_points_hide_errors_of_uniform_rounding():
    found = measured_change(PANEL.assign(score=40), rounded_parts=25, **WHERE)
    # Difference of two sums of 25 uniform errors of width one.
    sd = np.sqrt(25 * 2 / 12)
    assert found.minimum_detectable_effect == pytest.approx((norm.ppf(0.975) + norm.ppf(0.8)) * sd, rel=0.02)
    assert (found.estimate, found.p_value) == (0, pytest.approx(1, abs=0.02))


def test_break_even_error_is_where_the_interval_touches_the_margin():
    found = measured_change(PANEL, sd="error", **WHERE)
    # With correlation one half the difference has the standard deviation of either error.
    assert -found.estimate + norm.ppf(0.975) * break_even_sd(found, 0.05, 0.5) == pytest.approx(0.05)
    falling = measured_change(PANEL.assign(score=[0.4, 0.3]), sd="error", **WHERE)
    assert break_even_sd(falling, 0.05, 0.5) == 0
    assert "is not ruled out by errors of any size" in break_even(falling, 0.05, [0.5])


def test_borrowed_error_is_the_median_at_the_level():
    levels = np.append(np.linspace(0, 1, 1001), np.nan)
    errors = levels / 10
    # Beyond the last level the nearest observations lend.
    assert borrowed_sd(levels, errors, [0.4, 2.0, np.nan]) == pytest.approx([0.04, 0.09, np.nan], abs=1e-3, nan_ok=True)
    assert borrowed_sd([1, 3], [1.0, 3.0], [2], lenders=1).tolist() == [2.0]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"first": 2020}, "a has no value in 2020"),
        ({"first": 2021, "last": 2019}, "2021 is not before 2019; take two years in order"),
        ({"rounded_parts": 3}, "either sd or rounded_parts"),
        ({"sd": ""}, "either sd or rounded_parts"),
    ],
)
def test_what_cannot_be_compared_is_refused(changed, words):
    with pytest.raises(InputError, match=words):
        measured_change(PANEL, **({"sd": "error"} | WHERE | changed))


INDEX = pd.MultiIndex.from_product([["a", "b", "c"], [2018, 2019, 2020]], names=["unit", "time"])
SCORES = pd.DataFrame(np.random.default_rng(1).normal(size=(9, 3)), index=INDEX, columns=["x", "y", "z"])
ASKED = {"time": 2020, "first": ["x"], "second": ["y", "z"]}


def test_changes_are_in_standard_deviations_of_all_changes_since_a_year():
    found = relative_change(SCORES, unit="b", since=2019, **ASKED)
    moved = SCORES.xs(2020, level="time") - SCORES.xs(2019, level="time")
    pd.testing.assert_frame_equal(found.changes, moved / moved.std())
    wider = relative_change(SCORES, unit="b", since=2018, **ASKED).changes
    every = pd.concat([moved, SCORES.xs(2019, level="time") - SCORES.xs(2018, level="time")])
    pd.testing.assert_frame_equal(wider, moved / every.std())


def test_a_unit_has_its_place_among_those_with_all_values():
    scores = SCORES.copy()
    scores.loc[("c", 2020), "x"] = np.nan
    found = relative_change(scores, unit="b", since=2018, **ASKED)
    own = {unit: row["x"] - (row["y"] + row["z"]) / 2 for unit, row in found.changes.iterrows() if unit != "c"}
    assert found.relative.to_dict() == pytest.approx(own)
    assert found.estimate == pytest.approx(own["b"])
    assert found.share_as_low == (1.0 if own["b"] >= own["a"] else 0.5)
    with pytest.raises(InputError, match="c has no change of the indicators at 2020"):
        relative_change(scores, unit="c", since=2018, **ASKED)


def test_a_time_without_scores_is_refused():
    with pytest.raises(InputError, match="no score at 2025"):
        relative_change(SCORES, unit="b", since=2018, **ASKED | {"time": 2025})
