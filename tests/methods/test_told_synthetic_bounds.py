"""What errors, intervals and bounds of synthetic controls tell: every column and sentence of results made by hand.

Authority: the docstrings of the results. Expected numbers are fields given here, or quantiles of the normal
distribution and, in closed form, of Student's t with 2 degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from analysis.methods.synthetic import (
    DetectableEffect,
    MeasurementUncertainty,
    NonInferiority,
    StandardError,
    Study,
    SyntheticFit,
)

EXACT = 1e-9  # closed forms
STUDY = Study.from_matrix(np.zeros((7, 3)), n_pre=5, labels=["KAZ", "KGZ", "UZB"], times=range(2001, 2008))
GAP = np.array([1.0, -1, 1, -1, 1, 3, 4])
FIT = SyntheticFit(STUDY, "synthetic control", 3.5, GAP, np.array([0.5, 0.5]), np.zeros(5))
DRAWN = MeasurementUncertainty(
    study=STUDY,
    method="synthetic control",
    correlation=np.array([0.0, 0.5]),
    estimate=np.array([1.0, -2.0]),
    within=np.array([3.0, 7.0]),
    between=np.array([0.9375, 1.875]),
    degrees=np.array([2.0, np.inf]),
    p_value=np.array([0.125, 0.5]),
    statistic="mspe_ratio",
    draws=15,
)
ERROR = StandardError(estimate=2.0, standard_error=0.5, placebos=3)
BOUND = NonInferiority(
    estimate=-0.5,
    margin=1.0,
    upper=0.75,
    upper_rank=0.25,
    p_value=0.0125,
    p_rank=0.05,
    level=0.9,
    placebos=19,
)


def quantile_of_two(share):
    """Return a quantile of Student's t with 2 degrees of freedom."""
    return (2 * share - 1) / math.sqrt(2 * share * (1 - share))


def same(found, columns):
    pd.testing.assert_frame_equal(found, pd.DataFrame(columns), check_exact=False, rtol=EXACT, atol=EXACT)


@pytest.mark.parametrize("level", [0.95, 0.5])
def test_table_of_drawn_measurements_follows_rubins_rules(level):
    """Variances within plus 16/15 of those between are 4 and 9."""
    first, second = 2 * quantile_of_two(0.5 + level / 2), 3 * NormalDist().inv_cdf(0.5 + level / 2)
    columns = {"correlation": [0.0, 0.5], "estimate": [1.0, -2.0], "standard_error": [2.0, 3.0]}
    columns |= {"lower": [1 - first, -2 - second], "upper": [1 + first, -2 + second]}
    same(DRAWN.table(level), columns | {"measurement_share": [1 / 4, 2 / 9], "p_value": [0.125, 0.5]})


def test_sentence_of_drawn_measurements_goes_through_the_correlations():
    start = (
        "With measurement error drawn 15 times and refitted (synthetic control), the effect on outcome of KAZ and its "
    )
    middle = " interval by Rubin's rules are, by the correlation of errors within a unit: correlation 0: +1 "
    assert DRAWN.sentence() == (
        f"{start}95%{middle}(-7.605 to +9.605), placebo p 0.125; correlation 0.5: -2 (-7.88 to +3.88), placebo p 0.500."
    )
    assert DRAWN.sentence(0.5) == (
        f"{start}50%{middle}(-0.633 to +2.633), placebo p 0.125; correlation 0.5: -2 (-4.023 to +0.02347), placebo p "
        "0.500."
    )


@pytest.mark.parametrize("level", [0.95, 0.5])
def test_table_of_a_standard_error_has_the_interval(level):
    half = quantile_of_two(0.5 + level / 2) / 2
    columns = {"estimate": [2.0], "standard_error": [0.5], "lower": 2 - half, "upper": 2 + half, "placebos": [3]}
    same(ERROR.table(level), columns)


def test_sentence_of_a_standard_error_names_the_distribution():
    start = "The estimate is +2 with a placebo standard error of 0.5 (3 placebos); "
    assert ERROR.sentence() == f"{start}t(2) 95% interval -0.1513 to +4.151."
    assert ERROR.sentence(0.9) == f"{start}t(2) 90% interval +0.54 to +3.46."


def test_detectable_effect_tells_level_and_power():
    found = DetectableEffect(effect=1.25, standard_error=0.5, alpha=0.1, power=0.75)
    same(found.table(), {"effect": [1.25], "standard_error": [0.5], "alpha": [0.1], "power": [0.75]})
    assert found.sentence() == (
        "A two-sided test at 10% finds an effect of 1.25 with probability 0.75, and smaller ones less often (placebo "
        "standard deviation 0.5)."
    )


@pytest.mark.parametrize(
    ("upper", "upper_rank", "margin", "ruled_out"),
    [(0.75, 0.25, 1.0, True), (0.75, 0.25, 0.75, False), (0.25, 0.75, 0.75, False), (0.75, math.inf, 1.0, False)],
)
def test_non_inferiority_needs_both_bounds_below_the_margin(upper, upper_rank, margin, ruled_out):
    found = replace(BOUND, upper=upper, upper_rank=upper_rank, margin=margin)
    names = ("estimate", "margin", "upper", "upper_rank", "p_value", "p_rank", "level", "placebos")
    same(found.table(), {name: [getattr(found, name)] for name in names} | {"ruled_out": [ruled_out]})
    assert found.sentence() == (
        f"The improvement is -0.5 with a one-sided 90% upper bound of {upper:+g} (by placebo ranks {upper_rank:+g}): "
        f"an improvement of {margin:g} or more {'is' if ruled_out else 'cannot be'} ruled out (non-inferiority "
        "p = 0.013, by ranks 0.050, 19 placebos)."
    )
