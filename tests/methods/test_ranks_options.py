"""Rank sets: how they were made, the same sets asked for one at a time, and closed forms."""

from __future__ import annotations

import math
from statistics import NormalDist

import pandas as pd
import pytest

from analysis.methods.ranks import marginal, simultaneous, top_q
from analysis.methods.ranks_by_sd import rank_set_by_sd, smallest_sd_covering

MONTE_CARLO = 0.07  # relative: three standard errors of the 10% quantile of 20,000 absolute normal draws


def test_rank_sets_carry_how_they_were_made():
    scores, options = [3.0, 2.0, 1.5, 0.0], {"seed": 4, "coverage": 0.8, "stepdown": False, "draws": 100}
    every, one = simultaneous(scores, 0.5, **options), marginal(scores, 0.5, only=["2", "0"], **options)
    for sets, scope, units in ((every, "simultaneous", ("0", "1", "2", "3")), (one, "marginal", ("0", "2"))):
        told = (sets.scope, sets.unit, sets.population, sets.coverage, sets.stepdown, sets.draws)
        assert told == (scope, units, 4, 0.8, False, 100)
    pd.testing.assert_frame_equal(top_q(scores, 0.5, q=2, **options).sets.table(), every.table())
    assert top_q(scores, 0.5, q=2, **options).sets.method() == every.method()


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
