"""Revised changes: conformal ends against loops, exact coverage of exchangeable revisions, and the real releases."""

from __future__ import annotations

import itertools
import math
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.methods.revisions import revised_change

WHERE = {"outcome": "score", "unit": "who", "time": "year", "release": "edition"}
YEARS = {"first": 2019, "last": 2020}


def releases(changes, **columns):
    """Return a panel in which units (rows) change as given in each release (columns numbered from 1)."""
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


def test_units_of_several_pairs_in_turn_are_covered_as_promised():
    # Every unit has one share of the weights; revisions of one unit go together, and some are in one pair only.
    rng = np.random.default_rng(1)
    changes = rng.gamma(0.5, size=(45, 1)) * rng.normal(size=(45, 3)).cumsum(axis=1)
    changes[::3, 2] = np.nan
    panel, covered = releases(changes), []
    for i, own in enumerate(changes):
        ends = found(panel, treated=f"u{i:03d}", releases=[1, 2, 3])
        revised = [own[b] - own[a] for a, b in itertools.combinations(range(3), 2) if own[b] == own[b]]
        covered.append(np.mean([ends.lower <= own[0] + moved <= ends.upper for moved in revised]))
    assert 0.95 <= np.mean(covered) < 1


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
