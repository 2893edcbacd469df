"""Extremum claims, against closed forms, Monte Carlo and counts by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from analysis.data.load import load, load_hfi
from analysis.errors import InputError
from analysis.methods.extremum import base_rate, lowest, probability_lowest, revisions, share_lowest, standardised
from analysis.methods.index_scores import ECONOMIC, PERSONAL

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
    return load_hfi()


@pytest.fixture(scope="module")
def world():
    table = load("hfi_2020")
    return table[table["data_year"] == 2018]


# --- probability


@few
@given(scores, scores, sds)
def test_two_scores_have_a_closed_form(own, other, sd):
    # The difference of two normals has standard deviation sd times the root of two.
    expected = norm.cdf((other - own) / (sd * math.sqrt(2)))
    assert probability_lowest(own, np.array([other]), sd=sd) == pytest.approx(expected, abs=QUADRATURE)


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


@pytest.mark.parametrize("sd", [0.0, -0.1, math.nan])
def test_without_a_perturbation_there_is_no_probability(sd):
    with pytest.raises(InputError, match="sd"):
        probability_lowest(1.0, np.array([2.0]), sd=sd)


# --- the lowest of a set


def test_the_lowest_by_hand():
    values = pd.Series({"a": 3.0, "b": 2.0, "c": np.nan, "d": 5.0})
    result = lowest(values, item="a", level="L", country="KAZ", sd=0.5)
    assert (result.value, result.runner_up, result.runner_up_value, result.n, result.n_below) == (3, "b", 2, 3, 1)
    assert result.probability == pytest.approx(probability_lowest(3.0, np.array([2.0, 5.0]), sd=0.5), abs=QUADRATURE)
    assert "is not the lowest: 1 are lower of 3" in result.sentence()
    assert result.table().loc[0, "runner_up"] == "b"


def test_a_tie_is_not_below():
    result = lowest(pd.Series({"a": 3.0, "b": 3.0}), item="a", level="L", country="KAZ", sd=0.5)
    assert result.n_below == 0
    assert result.probability == pytest.approx(0.5, abs=QUADRATURE)
    assert "a (3) is the lowest of 2" in result.sentence()


def test_a_value_from_outside_is_compared_with_all():
    result = lowest(pd.Series({"b": 2.0, "c": 4.0}), item="a", level="L", country="KAZ", sd=0.5, value=3.0)
    assert (result.value, result.n, result.n_below) == (3, 3, 1)


@pytest.mark.parametrize("values", [{"b": 1.0}, {"a": np.nan, "b": 1.0}])
def test_an_item_without_a_score_is_an_error_that_names_country_and_item(values):
    with pytest.raises(InputError, match="L: KAZ has no score for a"):
        lowest(pd.Series(values), item="a", level="L", country="KAZ", sd=0.5)


def test_association_is_the_lowest_of_kazakhstans_categories(world):
    # Published: 3.7, next the legal system with 5.0.
    own = world.set_index("iso3").loc["KAZ", CATEGORIES].astype(float)
    result = lowest(own, item="association", level="category", country="KAZ", sd=0.5)
    assert (result.value, result.runner_up, result.n, result.n_below) == (3.7, "legal_system", 12, 0)


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
    moved = found.by_country.dropna()
    own = world.set_index("iso3").loc["KAZ", CATEGORIES].astype(float)
    tied = own.where(own.index != "association", own.drop("association").min())
    asked = {"item": "association", "level": "category", "country": "KAZ", "sd": found.pooled}
    turns = [(tied + error).clip(0, 10) for _, error in (moved - moved.mean()).iterrows()]
    apart, together = (
        np.mean([lowest(turn, moved=used, **asked).probability >= 0.95 for turn in turns]) for used in (None, moved)
    )
    assert together <= 0.05 < apart


def test_many_normal_revisions_give_the_normal_probability():
    own = pd.Series({"a": 3.7, "b": 4.0, "c": 4.4})
    moved = pd.DataFrame(np.random.default_rng(20210211).normal(0, 0.5, (DRAWS, 3)), columns=list(own.index))
    expected = probability_lowest(3.7, np.array([4.0, 4.4]), sd=0.5)
    assert share_lowest(own, moved, item="a") == pytest.approx(expected, abs=MONTE_CARLO)


def test_the_less_decisive_probability_counts_whichever_way_it_points():
    own = pd.Series({"a": 3.0, "b": 4.0, "c": np.nan})
    shaken = pd.DataFrame({"a": [2.0, -2.0, 0.0, 0.0, np.nan], "b": 0.0, "c": [np.nan] * 5})
    asked = {"item": "a", "level": "L", "country": "KAZ"}
    below = lowest(own, sd=0.1, moved=shaken, **asked)
    assert (below.jointly, below.n_revised, below.probability) == (0.75, 4, 0.75)
    above = lowest(own[["b"]], sd=0.1, moved=shaken, value=5.0, **asked)
    assert (above.jointly, above.probability) == (0.25, 0.25)
    # With errors of 5 points the normal is the nearer to one half.
    wide = lowest(own, sd=5.0, moved=shaken, **asked)
    assert wide.probability == wide.normal < 0.75
    assert below.sentence().endswith("with probability 1.000; under the revisions of 4 countries, 0.750.")


def test_without_a_country_that_has_all_components_the_share_is_refused():
    moved = pd.DataFrame({"a": [1.0, np.nan], "b": [np.nan, 1.0]})
    with pytest.raises(InputError, match="a: no country has revisions of all components"):
        lowest(pd.Series({"a": 1.0, "b": 2.0}), item="a", level="L", country="KAZ", sd=0.5, moved=moved)


# --- revisions


def test_revisions_by_hand():
    rows = [("A", 2019, 4.0), ("A", 2020, 7.0), ("B", 2019, 5.0), ("B", 2020, 1.0), ("C", 2020, 9.0)]
    frame = pd.DataFrame(
        [{"iso3": c, "edition": e, "data_year": 2017} | dict.fromkeys(CATEGORIES, v) for c, e, v in rows]
    )
    frame = pd.concat([frame, frame.assign(data_year=2016, security=0.0)])
    result = revisions(frame, editions=(2019, 2020), data_year=2017)
    # Revisions of 3 and -4 in every category; C stands in one edition only.
    assert result.pooled == pytest.approx(math.sqrt((9 + 16) / 2))
    assert set(result.by_category.round(12)) == {round(math.sqrt(12.5), 12)}
    assert list(result.table().index) == CATEGORIES
    assert result.by_country["security"].dropna().to_dict() == {"A": 3.0, "B": -4.0}


def test_revisions_do_not_depend_on_direction_or_order(editions):
    forward = revisions(editions, editions=(2019, 2020), data_year=2017)
    back = revisions(editions.sample(frac=1, random_state=1), editions=(2020, 2019), data_year=2017)
    assert back.pooled == pytest.approx(forward.pooled, rel=1e-12)
    assert f"{forward.pooled:.2f} points" in forward.sentence()


def test_revisions_by_loop(editions):
    total, count = 0.0, 0
    chosen = editions[editions["data_year"] == 2017]
    first, second = (chosen[chosen["edition"] == edition].set_index("iso3") for edition in (2019, 2020))
    for country in set(first.index) & set(second.index):
        for name in CATEGORIES:
            change = second.loc[country, name] - first.loc[country, name]
            if not np.isnan(change):
                total, count = total + change**2, count + 1
    result = revisions(editions, editions=(2019, 2020), data_year=2017)
    assert result.pooled == pytest.approx(math.sqrt(total / count), rel=1e-12)


# --- how rare the claim is


def test_base_rates_of_2018_by_hand(world):
    single, tied = dict.fromkeys(CATEGORIES, 0), dict.fromkeys(CATEGORIES, 0)
    for row in world[CATEGORIES].to_dict("records"):
        least = min(value for value in row.values() if not np.isnan(value))
        names = [name for name, value in row.items() if value == least]
        for name in names:
            (single if len(names) == 1 else tied)[name] += 1
    rate = base_rate(world)
    assert rate.to_dict() == single
    assert rate.sum() <= len(world)
    # Counted in the published file with ties: rule of law is the minimum in 56 countries, association in 15.
    assert (single["rule_of_law"] + tied["rule_of_law"], single["association"] + tied["association"]) == (56, 15)


def test_ties_count_for_none():
    flat = dict.fromkeys(CATEGORIES, 5.0)
    frame = pd.DataFrame([{"iso3": "A"} | flat | {"movement": 1.0}, {"iso3": "B"} | flat])
    rate = base_rate(frame)
    assert (rate["movement"], rate.sum()) == (1, 1)


def test_z_scores_of_2018(world):
    # Computed independently with the population's standard deviation: z of association is -1.44.
    z = standardised(world, country="KAZ")
    n = world["association"].notna().sum()
    assert z["association"] * math.sqrt(n / (n - 1)) == pytest.approx(-1.44, abs=0.005)
    assert z.idxmin() == "association"


def test_z_scores_have_mean_0_and_sd_1_over_the_world(world):
    z = pd.DataFrame({country: standardised(world, country=country) for country in world["iso3"]}).T
    assert z.mean().abs().max() < 1e-12
    assert z.std(ddof=1).to_numpy() == pytest.approx(np.ones(12))


def test_the_order_of_rows_does_not_matter(world):
    shuffled = world.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(base_rate(world), base_rate(shuffled))
    pd.testing.assert_series_equal(standardised(world, country="KAZ"), standardised(shuffled, country="KAZ"))


@pytest.mark.parametrize("function", [base_rate, lambda frame: standardised(frame, country="KAZ")])
def test_editions_and_years_are_never_mixed(editions, function):
    with pytest.raises(InputError, match="more than one row a country"):
        function(editions)
