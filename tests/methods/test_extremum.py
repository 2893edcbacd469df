"""Extremum claims, against closed forms, Monte Carlo and counts by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.data.readers.hfi import ECONOMIC, PERSONAL
from analysis.errors import InputError
from analysis.methods.extremum import lowest, probability_lowest, revisions, share_lowest, single_lowest
from tests.shared import load_hfi

# What the docstring promises of the quadrature.
QUADRATURE = 1e-8
DRAWS = 200_000
# Four standard errors of a share over DRAWS at its worst, p = .5.
MONTE_CARLO = 4 * math.sqrt(0.25 / DRAWS)
CATEGORIES = [*PERSONAL, *ECONOMIC]
few = settings(derandomize=True, deadline=None, max_examples=30)
scores = st.floats(0, 10)
sds = st.floats(0.01, 5)


@pytest.fixture(scope="module")
def editions():
    return load_hfi().set_index(["edition", "data_year", "iso3"]).sort_index()[CATEGORIES]


@pytest.fixture(scope="module")
def world(editions):
    return editions.loc[(2020, 2018)]


# --- probability


@pytest.mark.parametrize("k", [1, 2, 6, 11, 60])
def test_equal_scores_have_equal_chances(k):
    assert probability_lowest(5.0, np.full(k, 5.0), sd=0.3) == pytest.approx(1 / (k + 1), abs=QUADRATURE)


@pytest.mark.parametrize("sd", [0.1, 0.5, 1.5])
def test_monte_carlo(sd):
    values = np.array([3.7, 5.0, 5.1, 5.2, 6.2, 7.1])
    drawn = values + sd * np.random.default_rng(20210211).standard_normal((DRAWS, len(values)))
    share = (drawn.argmin(axis=1) == 0).mean()
    assert probability_lowest(values[0], values[1:], sd=sd) == pytest.approx(share, abs=MONTE_CARLO)


@few
@given(st.lists(scores, min_size=2, max_size=8), sds)
def test_one_of_all_is_the_lowest(values, sd):
    array = np.array(values)
    total = sum(probability_lowest(own, np.delete(array, i), sd=sd) for i, own in enumerate(array))
    assert total == pytest.approx(1, abs=QUADRATURE * len(values))


@few
@given(scores, st.lists(scores, min_size=1, max_size=8), sds, st.floats(-3, 3), st.floats(0.1, 3))
def test_only_differences_in_units_of_the_sd_count(own, others, sd, shift, scale):
    array = np.array(others)
    expected = probability_lowest(own, array, sd=sd)
    assert probability_lowest(own + shift, array + shift, sd=sd) == pytest.approx(expected, abs=QUADRATURE)
    assert probability_lowest(own * scale, array * scale, sd=sd * scale) == pytest.approx(expected, abs=QUADRATURE)


@few
@given(scores, st.lists(scores, min_size=1, max_size=8), sds)
def test_another_competitor_never_helps_and_order_does_not_matter(own, others, sd):
    array = np.array(others)
    expected = probability_lowest(own, array, sd=sd)
    assert probability_lowest(own, array[::-1], sd=sd) == pytest.approx(expected, abs=QUADRATURE)
    assert probability_lowest(own, np.append(array, own), sd=sd) <= expected + QUADRATURE


# --- the lowest of a set


def test_the_lowest_by_hand():
    values = pd.Series({"a": 3.0, "b": 2.0, "c": np.nan, "d": 5.0, "e": 1.0}, name="KAZ")
    result = lowest(values, item="a", among=["a", "b", "c", "d"], errors=0.5)
    assert (result.estimate, result.runner_up, result.n, result.n_below) == (-1, "b", 3, 1)
    assert result.probability == pytest.approx(probability_lowest(3.0, np.array([2.0, 5.0]), sd=0.5), abs=QUADRATURE)
    assert "a (3) is not the lowest: 1 are lower of 3" in result.sentence()
    every = lowest(values, item="a")
    assert (every.n, every.n_below, every.runner_up, every.probability) == (4, 2, "e", None)
    assert every.sentence().endswith("the lowest other is e (1).")


def test_a_tie_is_not_below():
    result = lowest(pd.Series({"a": 3.0, "b": 3.0}), item="a", errors=0.5)
    assert result.n_below == 0
    assert result.probability == pytest.approx(0.5, abs=QUADRATURE)
    assert "a (3) is the lowest of 2" in result.sentence()


# --- revisions of a country as a whole


def test_the_share_by_hand():
    # Means 0 and 1 are taken off: errors (1, 2), (0, 0), (-1, -2). True scores 4 4, 5 6 and 6 8: a tie is not lower.
    moved = pd.DataFrame({"a": [1.0, 0.0, -1.0], "b": [3.0, 1.0, -1.0]})
    scores_ = pd.Series({"a": 5.0, "b": 6.0})
    assert share_lowest(scores_, moved, item="a") == pytest.approx(2 / 3)
    assert share_lowest(scores_, moved, item="b") == 0


@few
@given(st.integers(2, 6), st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_the_share_by_loop(k, n, seed):
    rng = np.random.default_rng(seed)
    moved = pd.DataFrame(rng.normal(size=(n, k)), columns=list("abcdef")[:k])
    own = pd.Series(rng.uniform(0, 3, k), index=moved.columns)
    hits = 0
    for row in range(n):
        true = {name: own[name] - (moved[name][row] - moved[name].mean()) for name in own.index}
        hits += all(true["a"] < true[name] for name in own.index if name != "a")
    assert share_lowest(own, moved, item="a") == pytest.approx(hits / n)
    # Neither a component's name, nor its place, nor a revision that moves it everywhere matters.
    assert share_lowest(own[::-1], moved + np.arange(k), item="a") == pytest.approx(hits / n)


def test_with_two_tied_scores_the_share_errs_as_often_as_it_says():
    # If the truth is a tie, the published scores are it plus one country's errors, so each country's turn has a rank of
    # its own among n: of the n turns, just those with a share of at least .95 support the claim.
    n, level = 100, 0.95
    moved = pd.DataFrame(np.random.default_rng(1).gamma(2, size=(n, 2)), columns=["a", "b"])
    errors = moved - moved.mean()
    shares = [share_lowest(pd.Series({"a": 5.0, "b": 5.0}) + errors.loc[i], moved, item="a") for i in range(n)]
    assert np.mean(np.array(shares) >= level) == pytest.approx(1 - level)


def test_a_tie_is_rarely_taken_for_the_lowest_when_real_revisions_go_together(editions, world):
    """Every country's revisions in turn on top of scores in which the item ties with the lowest other."""
    found = revisions(editions, editions=(2019, 2020), data_year=2017)
    moved = found.by_unit.dropna()
    own = world.loc["KAZ"]
    tied = own.where(own.index != "association", own.drop("association").min())
    turns = [(tied + error).clip(0, 10) for _, error in (moved - moved.mean()).iterrows()]
    apart, together = (
        np.mean([lowest(turn, item="association", errors=found, jointly=j).probability >= 0.95 for turn in turns])
        for j in (False, True)
    )
    assert together <= 0.05 < apart


def test_the_less_decisive_probability_counts_whichever_way_it_points():
    own = pd.Series({"a": 3.0, "b": 4.0, "c": np.nan})
    moved = pd.DataFrame({"a": [2.0, -2.0, 0.0, 0.0, np.nan], "b": 0.0, "c": [np.nan] * 5})
    shaken = revisions(pd.concat({(1, 0): 0 * moved, (2, 0): moved}), editions=(1, 2), data_year=0)
    below = lowest(own, item="a", errors=shaken, jointly=True)
    assert (below.jointly, shaken.pooled) == (0.75, pytest.approx(math.sqrt(8 / 9)))
    assert below.probability == min(below.normal, below.jointly)
    assert below.sentence().endswith("; under the revisions of 4 units, 0.750.")
    above = lowest(pd.Series({"a": 5.0, "b": 4.0}), item="a", errors=shaken, jointly=True)
    assert above.jointly == 0.25
    assert above.probability == max(above.normal, above.jointly)
    assert lowest(own, item="a", errors=shaken).jointly is None


# --- revisions


def test_revisions_by_hand():
    rows = [("A", 2019, 4.0), ("A", 2020, 7.0), ("B", 2019, 5.0), ("B", 2020, 1.0), ("C", 2020, 9.0)]
    frame = pd.DataFrame(rows, columns=["unit", "edition", "x"]).assign(data_year=2017, y=1.0)
    frame.loc[0, "y"] = np.nan
    frame = pd.concat([frame, frame.assign(data_year=2016, x=0.0)]).set_index(["edition", "data_year", "unit"])
    result = revisions(frame, editions=(2019, 2020), data_year=2017)
    # Revisions of 3 and -4 in x, of 0 and a missing one in y; C stands in one edition only.
    assert result.pooled == pytest.approx(math.sqrt((9 + 16) / 3))
    assert result.table()["rms_revision"].to_dict() == {"x": math.sqrt(12.5), "y": 0.0}
    assert result.by_unit["x"].dropna().to_dict() == {"A": 3.0, "B": -4.0}


# --- how rare the claim is


def test_base_rates_of_2018_by_hand(world):
    single, tied = dict.fromkeys(CATEGORIES, 0), dict.fromkeys(CATEGORIES, 0)
    for row in world.to_dict("records"):
        least = min(value for value in row.values() if not np.isnan(value))
        names = [name for name, value in row.items() if value == least]
        for name in names:
            (single if len(names) == 1 else tied)[name] += 1
    rate = single_lowest(world)
    assert rate.to_dict() == single
    assert rate.sum() <= len(world)
    # Counted in the published file with ties: rule of law is the minimum in 56 countries, association in 15.
    assert (single["rule_of_law"] + tied["rule_of_law"], single["association"] + tied["association"]) == (56, 15)


def test_ties_count_for_none_and_no_row_counts_twice():
    rate = single_lowest(pd.DataFrame({"x": [1.0, 5.0, np.nan], "y": [5.0, 5.0, 2.0]}))
    assert rate.to_dict() == {"x": 1, "y": 1}
    with pytest.raises(InputError, match="more than one row a unit"):
        single_lowest(pd.DataFrame({"x": [1.0, 2.0]}, index=["A", "A"]))
