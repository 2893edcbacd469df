"""Ranks and rank confidence sets, against pandas, tables of critical values, and the published PISA 2018 example."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, studentized_range

from analysis.methods.permutation import permutation_test
from analysis.methods.ranks import TOLERANCE, pairs_found_above, rank_sets, smallest_sd_covering
from tests.shared import shared_file

# Monte Carlo error of a .95 quantile of the max-t with 20,000 draws: sqrt(.05 * .95 / 20,000) / density(about .12)
# = .013, taken three times.
CRITICAL_VALUE = 0.04
# Three binomial standard errors of a rejection rate of .05 over 600 simulated samples.
REJECTION_RATE = 3 * math.sqrt(0.05 * 0.95 / 600)
# Relative: three standard errors of the 10% quantile of 20,000 absolute normal draws.
MONTE_CARLO = 0.07
# Dunnett's table prints two decimals.
TABLE_ROUNDING = 0.005

PISA_TOP_FIVE = {
    "Belgium", "Canada", "Denmark", "Estonia", "Finland", "Japan", "Korea", "Netherlands", "Poland", "Slovenia",
    "Sweden", "Switzerland",
}  # fmt: skip


@pytest.fixture(scope="module")
def pisa():
    """Mean score in mathematics and its standard error, 38 OECD countries, PISA 2018."""
    rdata = pytest.importorskip("rdata")
    path = shared_file("validation/pisa2018.rda")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reader warns of the file's text encoding
        frame = rdata.read_rda(path)["pisa2018"]
    return frame.set_index("jurisdiction")[["math_score", "math_se"]]


def test_a_league_has_units_in_order_with_their_errors_ranks_and_sets():
    league = pd.Series({"d": 1.0, "b": 5.0, "a": 5.0, "c": 0.0}), pd.Series({"a": 0.1, "b": 0.1, "c": 0.2, "d": 0.3})
    found, own = (rank_sets(*league, seed=1, only=only) for only in (None, ["b"]))
    columns = {"estimate": [5.0, 5, 1, 0], "standard_error": [0.1, 0.1, 0.3, 0.2], "rank": [1, 1, 3, 4]}
    columns |= {"lower": [1, 1, 3, 4], "upper": [2, 2, 3, 4], "ranks_in_set": [2, 2, 1, 1]}
    pd.testing.assert_frame_equal(found.table(), pd.DataFrame(columns, pd.Index(list("abdc"), name="unit")))
    assert "b has rank 1 of 4 (score 5); the marginal 95% confidence set for its rank is 1 to 2 (" in own.sentence()
    assert (own.name, own.estimate, own.lower, own.upper, own.n, own.unit) == ("b", 1, 1, 2, 4, "rank")


@pytest.mark.parametrize("seed", [1, 2, 3, 101])
def test_pisa_united_kingdom(pisa, seed):
    """E1: rank 13, marginal 95% set [7, 23]; the vignette of csranks prints 7 or 8 below, with R's draws."""
    sets = rank_sets(pisa["math_score"], pisa["math_se"], only=["United Kingdom"], seed=seed)
    own = sets.table().loc["United Kingdom"]
    assert (own["rank"], own["upper"]) == (13, 23)
    assert own["lower"] in (7, 8)


def may_be_best(sets, q):
    """Return the units that may be among the q best: the projection of simultaneous sets of all units."""
    return set(sets.table().query("lower <= @q").index)


@pytest.mark.parametrize("seed", [1, 2, 3, 101])
def test_pisa_top_five(pisa, seed):
    """E2: twelve countries may be among the five best (95% confidence); at 90% Sweden drops out (csranks vignette)."""
    wide, narrow = (
        rank_sets(pisa["math_score"], pisa["math_se"], scope="simultaneous", coverage=coverage, seed=seed)
        for coverage in (0.95, 0.90)
    )
    assert may_be_best(wide, 5) == PISA_TOP_FIVE
    assert may_be_best(narrow, 5) == PISA_TOP_FIVE - {"Sweden"}


def is_found(t, family, p):
    """Whether unit 0 is found above unit 1, if its score is t standard errors (of a difference) higher."""
    estimate = np.zeros(p)
    estimate[0] = t * math.sqrt(2)
    z = np.random.default_rng(5).standard_normal((p, 20_000))
    return bool(pairs_found_above(estimate, np.ones(p), family, z=z, coverage=0.95)[0, 1])


@pytest.mark.parametrize("p", [2, 3, 5, 8])
def test_all_pairs_critical_value_is_the_studentized_range(p):
    """Equal errors: the max-t of all pairs is Tukey's studentized range over sqrt(2), here with infinite df."""
    critical = studentized_range.ppf(0.95, p, np.inf) / math.sqrt(2)
    family = ~np.eye(p, dtype=bool)
    assert not is_found(critical - CRITICAL_VALUE, family, p)
    assert is_found(critical + CRITICAL_VALUE, family, p)


@pytest.mark.parametrize(("others", "table"), [(1, 1.96), (2, 2.21), (3, 2.35), (4, 2.44), (5, 2.51)])
def test_marginal_critical_value_is_dunnetts(others, table):
    """Equal errors: pairs with one unit are Dunnett's many-to-one tests; table for two-sided .05, infinite df."""
    own = np.arange(others + 1) == 0
    family = np.logical_xor.outer(own, own)
    slack = CRITICAL_VALUE + TABLE_ROUNDING
    assert not is_found(table - slack, family, others + 1)
    assert is_found(table + slack, family, others + 1)


def test_error_rate_where_all_units_are_equal():
    """If all true scores are equal, any finding is false: simultaneous sets exclude a rank in 5% of samples."""
    rng = np.random.default_rng(3)
    false = [
        (rank_sets(rng.standard_normal(5), 1.0, scope="simultaneous", seed=i).table()["lower"] > 1).any()
        for i in range(600)
    ]
    assert abs(np.mean(false) - 0.05) < REJECTION_RATE


def test_marginal_coverage_is_at_least_nominal():
    """True ranks 1, 2, 2, 4, 5: the set of the second unit holds rank 2 in at least 95% of samples."""
    truth, rng = np.array([2.0, 1.0, 1.0, 0.0, -3.0]), np.random.default_rng(8)
    sets = pd.concat(
        rank_sets(truth + 0.5 * rng.standard_normal(5), 0.5, only=[1], seed=i, draws=500).table() for i in range(600)
    )
    assert sets.eval("lower <= 2 and upper >= 2").mean() > 0.95 - REJECTION_RATE


@pytest.mark.parametrize("scope", ["marginal", "simultaneous"])
def test_sets_of_some_units_are_those_among_all_and_say_how_they_were_made(scope, monkeypatch):
    how = {"scope": scope, "seed": 4, "coverage": 0.8, "draws": 100}
    every = rank_sets([3.0, 2.0, 1.5, 0.0], 0.5, **how)
    monkeypatch.setattr("analysis.methods.ranks.CHUNK", 1)  # pair by pair, as with very many draws
    some = rank_sets([3.0, 2.0, 1.5, 0.0], 0.5, only=[2, 0], **how)
    assert some.n == 4
    assert f"The {scope} 80% confidence sets of 2 units among 4" in some.sentence()
    pd.testing.assert_frame_equal(some.table(), every.table().loc[[0, 2]])


@pytest.mark.parametrize(("coverage", "within"), [(0.1, MONTE_CARLO), (0.3, MONTE_CARLO), (0.95, CRITICAL_VALUE / 2)])
def test_smallest_sd_for_two_units_in_closed_form(coverage, within):
    """Two units a distance d apart: covered once d / (sqrt(2) sd) falls to the quantile; sd may exceed the distance."""
    sd = smallest_sd_covering([1.0, 0.0], 1, target_rank=1, coverage=coverage, draws=20_000, seed=1)
    assert sd == pytest.approx(1 / (math.sqrt(2) * norm.ppf((1 + coverage) / 2)), rel=within)


@pytest.mark.parametrize("side", [1, -1])
def test_a_score_far_away_does_not_blur_the_smallest_sd(side):
    asked = {"draws": 20_000, "seed": 1}
    alone, beside, far = (
        smallest_sd_covering([1.0, 0.99, 0.5, *more], 2, target_rank=1 + sum(score > 1 for score in more), **asked)
        for more in ([], [100.0 * side], [1e9 * side])
    )
    assert 0 < alone < 1
    assert far == pytest.approx(beside, rel=2 * TOLERANCE)
    assert beside == pytest.approx(alone, rel=0.05)  # noise of five pairs instead of four: by Bonferroni 4%


@pytest.mark.parametrize("huge", [1.0, 1e12])
def test_a_huge_value_under_relabelling_makes_no_other_tie(huge):
    found = permutation_test(0.5, [0.4, 0.5 * (1 + 1e-12), huge], name="slope", scheme="labels")
    assert found.p_value == 0.75
