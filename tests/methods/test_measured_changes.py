"""Changes as published and as revised: conformal ends against loops, exact coverage, usual size, borrowed errors."""

import itertools
import math
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.errors import InputError
from analysis.methods.measured_changes import (
    borrowed_sd,
    published_change,
    relative_change,
    revised_change,
    usual_change,
)

WHERE = {"outcome": "score", "unit": "who", "time": "year", "release": "edition"}
YEARS = {"first": 2019, "last": 2020}


def releases(changes, **columns):
    rows = [
        (edition, f"u{i:03d}", year, value)
        for i, own in enumerate(np.atleast_2d(changes))
        for edition, change in enumerate(own, start=1)
        for year, value in ((2019, 0.5), (2020, 0.5 + change))
    ]
    return pd.DataFrame(rows, columns=["edition", "who", "year", "score"]).assign(**columns)


def found(panel, **asked):
    known = {"treated": "u000", "published": 1, "releases": [1, 2], "edges": []}
    return revised_change(panel, **WHERE, **YEARS | known | asked)


@pytest.mark.parametrize(("n", "held"), [(40, 38), (100, 96), (101, 97)])
def test_every_unit_in_turn_is_covered_as_often_as_ranks_allow(n, held):
    # Of n exchangeable revisions, those of rank k + 1 to n - k lie between the ends that the others give, where k is
    # the largest number with k / n at most .025.
    panel = releases(np.random.default_rng(n).gamma(2, 0.01, (n, 2)))
    covered = 0
    for unit in panel["who"].unique():
        own = found(panel, treated=unit)
        later = panel[(panel["edition"] == 2) & (panel["who"] == unit)]["score"].diff().iloc[-1]
        covered += own.lower <= round(later, 9) <= own.upper
    assert covered == held
    assert held / n >= 0.95


def test_confidence_agrees_with_the_ends_and_favours_neither_side():
    own = pickle.loads(pickle.dumps(found(releases(np.random.default_rng(3).normal(size=(80, 2))))))
    assert own.confidence_below(own.lower - 1e-6) <= 0.025 < own.confidence_below(own.lower)
    assert own.confidence_below(own.upper) < 0.975 <= own.confidence_below(own.upper + 1e-6)
    grid = [own.confidence_below(value) for value in np.linspace(-9, 9, 200)]
    assert grid == sorted(grid)
    assert (grid[0], grid[-1]) == pytest.approx((1 / 80, 79 / 80))
    # Where nobody is revised, the change itself is on neither side.
    still = found(releases([[0.1, 0.1]] * 50))
    beyond = [still.confidence_below(0.1 + step) for step in (-1e-6, 0, 1e-6)]
    assert (still.lower, still.upper, *beyond) == pytest.approx((0.1, 0.1, 0.02, 0.5, 0.98))


def test_coverage_of_a_group_is_that_of_pairs_left_out():
    changes = np.random.default_rng(5).normal(0, 0.03, size=(90, 3)).cumsum(axis=1).round(3)
    table = found(releases(changes), releases=[1, 2, 3], edges=[0.02]).table()
    scores = [
        (pair, unit, int(abs(round(own[a], 9)) >= 0.02), round(own[b] - own[a], 9))
        for unit, own in enumerate(changes) if unit
        for pair, (a, b) in enumerate(itertools.combinations(range(3), 2))
    ]  # fmt: skip
    assert table.index.tolist() == ["change from 0 to below 0.02", "change of 0.02 and more"]
    for group in (0, 1):
        own, inside = [(unit, score) for _, unit, of, score in scores if of == group], []
        assert table[["units", "revisions"]].iloc[group].tolist() == [len({unit for unit, _ in own}), len(own)]
        assert table["lower"].iloc[group] < 0 < table["upper"].iloc[group]
        for left_out in range(3):
            kept = [(unit, score) for pair, unit, of, score in scores if pair != left_out and of == group]
            units = {unit for unit, _ in kept}
            weight = {unit: 1 / sum(other == unit for other, _ in kept) / (len(units) + 1) for unit in units}

            def at_most(end, kept=kept, weight=weight):
                return sum(weight[unit] for unit, score in kept if score <= end)

            def at_least(end, kept=kept, weight=weight):
                return sum(weight[unit] for unit, score in kept if score >= end)

            upper = min(score for _, score in kept if at_most(score) >= 0.975 - 1e-9)
            lower = max(score for _, score in kept if at_least(score) >= 0.975 - 1e-9)
            inside += [lower <= s <= upper for pair, _, of, s in scores if pair == left_out and of == group]
        assert table["coverage"].iloc[group] == pytest.approx(np.mean(inside))
    assert found(releases(changes)).table()["coverage"].isna().all()


def test_independent_errors_are_the_other_end():
    own = found(releases([[0.1, 0.1]] * 50, error=0.03), sd="error").independent
    sd = 0.03 * math.sqrt(2)
    assert (own.lower, own.upper) == pytest.approx((0.1 + norm.ppf(0.025) * sd, 0.1 + norm.ppf(0.975) * sd))
    assert (
        own.sentence()
        == f"With independent errors of both times it lies between {own.lower:+.3g} and {own.upper:+.3g}."
    )
    assert [own.confidence_below(end) for end in (own.lower, 0.1, own.upper)] == pytest.approx([0.025, 0.5, 0.975])
    assert found(releases([[0.1, 0.1]] * 50, error=math.nan), sd="error").independent is None


def test_borrowed_error_is_the_median_at_the_level():
    levels = np.append(np.linspace(0, 1, 1001), np.nan)
    errors = levels / 10
    # Beyond the last level the nearest observations lend.
    assert borrowed_sd(levels, errors, [0.4, 2.0, np.nan]) == pytest.approx([0.04, 0.09, np.nan], abs=1e-3, nan_ok=True)
    assert borrowed_sd([1, 3], [1.0, 3.0], [2], lenders=1).tolist() == [2.0]
    # 200 lend by default, whose errors are not all known; all that are as near as the last one do too.
    errors = np.arange(401.0)
    assert borrowed_sd(errors, np.where(errors < 2, np.nan, errors), [0, 200, 0]).tolist() == [100.5, 200, 100.5]


def test_the_usual_change_is_that_of_all_yearly_changes_within_the_years():
    panel = pd.DataFrame({"u": list("aaabb"), "t": [1, 2, 4, 1, 2], "y": [0.0, 3.0, 9.0, 1.0, 2.0]})
    asked = {"outcome": "y", "unit": "u", "time": "t"}
    assert usual_change(panel, **asked, first=1, last=2) == pytest.approx(np.std([3, 1], ddof=1))
    # From 2 to 4 are two years: that is no yearly change.
    assert usual_change(panel, **asked, first=1, last=4) == pytest.approx(np.std([3, 1], ddof=1))


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"first": 0}, "y: a has no value in both 0 and 2; choose other years"),
        ({"treated": "z"}, "treated: no unit z; there are a"),
        ({"first": 3}, "y: 3 is not before 2; take two in order"),
        ({"first": 2}, "y: 2 is not before 2; take two in order"),
    ],
)
def test_a_change_that_is_not_published_is_refused(changed, line):
    panel = pd.DataFrame({"u": "a", "t": [1, 2], "y": [0.0, 3.0]})
    asked = {"outcome": "y", "unit": "u", "time": "t", "treated": "a", "first": 1, "last": 2}
    assert published_change(panel, **asked).estimate == 3
    turned = published_change(panel.assign(y=[-153.0, -158.0]), **asked)
    assert (turned.sentence(), turned.estimate) == ("y of a goes from 153 in 1 to 158 in 2: 5 steps worse.", -5)
    still = published_change(panel.assign(y=[-3.0, -3.0]), **asked)
    assert still.sentence() == "y of a stays at 3 from 1 to 2."
    assert published_change(panel.assign(y=[-1.0, 0.5]), **asked).sentence().endswith("to 0.5 in 2: +1.5.")
    ranked = published_change(panel.assign(rank=[-2.0, -1.0]), **asked | {"outcome": "rank"})
    assert ranked.sentence() == "rank of a goes from 2 in 1 to 1 in 2: 1 place better."
    with pytest.raises(InputError, match=line):
        published_change(panel, **asked | changed)


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
    for unit, time, line in (("c", 2020, "c has no change of the indicators at 2020"), ("b", 2025, "no time 2025")):
        with pytest.raises(InputError, match=line):
            relative_change(scores, unit=unit, since=2018, **ASKED | {"time": time})
    with pytest.raises(InputError, match="no time 2020"):  # two years after the one before
        relative_change(scores.drop(2019, level="time"), unit="b", since=2018, **ASKED)
