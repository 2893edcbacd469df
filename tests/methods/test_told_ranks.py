"""What ranks and regressions tell: every column, sentence and label of small results made by hand.

Authority: the docstrings of the results and functions. Expected numbers are fields given here or closed forms: the
normal tail by the error function, Student's t with 2 degrees of freedom, and counts with a constant rate.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from analysis.methods.ranks import RankSets, TopSet, marginal, simultaneous, top_q
from analysis.methods.ranks_by_sd import RankSetsBySd, rank_set_by_sd, smallest_sd_covering

EXACT = 1e-9  # closed forms
MONTE_CARLO = 0.07  # relative: three standard errors of the 10% quantile of 20,000 absolute normal draws
NORMAL = NormalDist().inv_cdf(0.975)

RANKS = RankSets(
    unit=("NZL", "KGZ", "KAZ", "UZB"),
    estimate=np.array([8.875, 7.02, 6.99, 5.5]),
    standard_error=np.array([0.1, 0.3, 0.1, 0.2]),
    rank=np.array([1, 2, 3, 4]),
    lower=np.array([1, 1, 2, 2]),
    upper=np.array([2, 4, 4, 4]),
    population=5,
    coverage=0.975,
    scope="marginal",
    stepdown=True,
    draws=2000,
)
SWEPT = RankSetsBySd(
    unit="KAZ",
    rank=3,
    population=5,
    sd=np.array([0.1, 0.25]),
    lower=np.array([3, 1]),
    upper=np.array([3, 4]),
    target_rank=2,
    smallest_sd=0.21875,
    coverage=0.9,
)


def quantile_of_two(share):
    """Return a quantile of Student's t with 2 degrees of freedom."""
    return (2 * share - 1) / math.sqrt(2 * share * (1 - share))


def tails_of_two(t):
    """Return the two-sided p of Student's t with 2 degrees of freedom."""
    return 1 - abs(t) / math.sqrt(2 + t * t)


def same(found, columns, index=None):
    pd.testing.assert_frame_equal(found, pd.DataFrame(columns, index=index), check_exact=False, rtol=EXACT, atol=0)


def test_table_of_rank_sets_has_a_row_per_unit():
    fields = ("unit", "estimate", "standard_error", "rank", "lower", "upper")
    same(RANKS.table(), {name: getattr(RANKS, name) for name in fields} | {"ranks_in_set": [2, 4, 3, 3]})


@pytest.mark.parametrize(
    ("changed", "unit", "words"),
    [
        (
            {},
            None,
            "The marginal 97.5% confidence sets of 4 units among 5 hold a median of 3 ranks, from 2 to 4 "
            "(step-down max-t, 2,000 draws, independent normal errors).",
        ),
        (
            {"stepdown": False, "scope": "simultaneous", "coverage": 0.95},
            "KGZ",
            "KGZ has rank 2 of 5 (score 7.02); the simultaneous 95% confidence set for its rank is 1 to 4 "
            "(single-step max-t, 2,000 draws, independent normal errors).",
        ),
        (
            {"unit": ("KAZ",), "estimate": np.array([6.99]), "rank": np.array([3]), "draws": 100},
            None,
            "KAZ has rank 3 of 5 (score 6.99); the marginal 97.5% confidence set for its rank is 1 to 2 "
            "(step-down max-t, 100 draws, independent normal errors).",
        ),
    ],
)
def test_sentence_of_rank_sets_sums_up_or_names_one_unit(changed, unit, words):
    assert replace(RANKS, **changed).sentence(unit) == words


def test_top_set_lists_the_members_only():
    sets = replace(RANKS, lower=np.array([1, 3, 2, 4]), coverage=0.9)
    top = TopSet(2, ("NZL", "KAZ"), sets)
    columns = {"unit": ["NZL", "KAZ"], "estimate": [8.875, 6.99], "standard_error": [0.1, 0.1], "rank": [1, 3]}
    same(top.table(), columns | {"lower": [1, 2]})
    assert top.sentence() == (
        "With 90% confidence the 2 best of 5 units are all among these 2: NZL, KAZ "
        "(step-down max-t, 2,000 draws, independent normal errors)."
    )


def test_rank_sets_carry_how_they_were_made():
    scores, options = [3.0, 2.0, 1.5, 0.0], {"seed": 4, "coverage": 0.8, "stepdown": False, "draws": 100}
    every, one = simultaneous(scores, 0.5, **options), marginal(scores, 0.5, only=["2", "0"], **options)
    for sets, scope, units in ((every, "simultaneous", ("0", "1", "2", "3")), (one, "marginal", ("0", "2"))):
        told = (sets.scope, sets.unit, sets.population, sets.coverage, sets.stepdown, sets.draws)
        assert told == (scope, units, 4, 0.8, False, 100)
    pd.testing.assert_frame_equal(top_q(scores, 0.5, q=2, **options).sets.table(), every.table())
    assert top_q(scores, 0.5, q=2, **options).sets.method() == every.method()


def test_sets_by_sd_tell_each_sd_and_whether_the_target_is_covered():
    same(SWEPT.table(), {"sd": SWEPT.sd, "lower": [3, 1], "upper": [3, 4], "covers_target": [False, True]})
    assert replace(SWEPT, target_rank=3).table()["covers_target"].tolist() == [True, True]
    assert replace(SWEPT, target_rank=4).table()["covers_target"].tolist() == [False, True]
    assert SWEPT.sentence() == (
        "KAZ has rank 3 of 5; the marginal 90% confidence set for its rank is 3 to 3 at an assumed sd of 0.1, 1 to 4 "
        "at an assumed sd of 0.25; it first covers rank 2 at an sd of 0.219 (step-down max-t, independent normal "
        "errors)."
    )


def test_sets_by_sd_are_the_marginal_sets_with_the_same_options():
    scores, options = [4.0, 3.0, 2.5, 1.0], {"seed": 5, "coverage": 0.7, "draws": 150}
    swept = rank_set_by_sd(scores, "1", sds=[1.5, 0.4], **options)
    assert (swept.unit, swept.rank, swept.population, swept.coverage) == ("1", 2, 4, 0.7)
    assert swept.target_rank == 2
    assert isinstance(swept.target_rank, int)
    alone = [marginal(scores, sd, only=["1"], **options) for sd in (0.4, 1.5)]
    assert swept.lower.tolist() == [sets.lower[0] for sets in alone]
    assert swept.upper.tolist() == [sets.upper[0] for sets in alone]
    far = rank_set_by_sd(scores, "0", sds=[1.0], target_rank=4, **options)
    assert far.smallest_sd == smallest_sd_covering(scores, "0", target_rank=4, **options) > 0
    for values in (swept.sd, swept.lower, swept.upper):
        assert not values.flags.writeable


@pytest.mark.parametrize("coverage", [0.1, 0.3])
def test_smallest_sd_may_exceed_the_spread_of_the_scores(coverage):
    """Two units a distance 1 apart: covered once 1 / (sqrt(2) sd) falls to the two-sided normal quantile."""
    sd = smallest_sd_covering([1.0, 0.0], "1", target_rank=1, seed=2, coverage=coverage, draws=20_000)
    assert sd > 1
    assert sd == pytest.approx(1 / (math.sqrt(2) * NormalDist().inv_cdf((1 + coverage) / 2)), rel=MONTE_CARLO)
