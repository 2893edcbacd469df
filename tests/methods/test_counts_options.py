"""Counts: what a comparison hands on to its parts, defaults, and closed forms for a few cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.methods.count_tests import (
    exact_power,
    jeffreys_ratio,
    minimum_detectable_ratio,
    p_values,
    rate_ratio_interval,
    type_i_error,
)
from analysis.methods.counts import (
    break_even_dispersion,
    break_even_removal,
    compare_counts,
    compare_episodes,
    dispersion_test,
    episode_test,
)


@pytest.mark.parametrize(("first", "second", "exposures"), [(60, 25, (1.0, 0.8)), (20, 30, (1.0, 0.7))])
def test_a_comparison_hands_its_exposures_to_every_part(first, second, exposures):
    exposed = {"exposures": exposures}
    result = compare_counts(first, second, labels=("a", "b"), unit="raids", **exposed)
    ratio, (posterior, fall) = rate_ratio_interval(first, second, **exposed), jeffreys_ratio(first, second, **exposed)
    found = [minimum_detectable_ratio(first, direction=way, power=0.8, **exposed) for way in ("fall", "rise")]
    p = list(p_values(first, second, **exposed).values())
    undone = [break_even_dispersion(first, second, **exposed), break_even_removal(first, second, **exposed)]
    table = result.table()
    assert table["value"].tolist() == [ratio.estimate, posterior[0], fall, *p, *found, *undone]
    ends = [[ratio.lower, ratio.upper], list(posterior[1:])]
    assert table[["lower", "upper"]].dropna().to_numpy().tolist() == ends
    assert (result.estimate, result.lower, result.upper) == (ratio.estimate, ratio.lower, ratio.upper)
    assert (result.p_central, result.p_e_test, result.probability_of_fall) == (p[0], p[-1], fall)
    assert (result.detectable, result.break_even_dispersion, result.break_even_removal) == (tuple(found), *undone)
    assert str(result).startswith(
        f"{first} raids in a and {second} in b (exposures 1 and {exposures[1]:g}): rate ratio"
    )


def test_a_comparison_has_equal_exposures_and_plain_names_unless_told():
    result = compare_counts(20, 0)
    assert (result.exposures, result.counted) == ((1.0, 1.0), "cases")
    assert result.labels == ("the first period", "the second period")
    assert math.isnan(result.break_even_dispersion)
    assert all(math.isnan(ratio) for ratio in compare_counts(0, 20).detectable)


def test_without_any_case_the_ratio_is_not_a_number_and_its_interval_is_everything():
    interval = rate_ratio_interval(0, 0)
    assert math.isnan(interval.estimate)
    assert (interval.lower, interval.upper) == (0.0, math.inf)
    assert rate_ratio_interval(0, 3).estimate == math.inf


def test_episodes_are_compared_with_the_exposures_asked_for():
    first, second, exposures = [4, 3, 2], [1, 1], (1.0, 3.0)
    result = compare_episodes(first, second, exposures=exposures, labels=("a", "b"), unit="raids", seed=3, draws=2000)
    assert str(result).startswith("9 raids in 3 episodes in a and 2 raids in 2 episodes in b: rate ratio 0.074 (boot")
    assert result.p_value == episode_test(first, second, exposures=exposures)
    assert result.p_cases == p_values(9, 2, exposures=exposures)["central"]
    assert result.dispersion == (16 + 9 + 4 + 1 + 1) / 11
    equal = compare_episodes(first, second, seed=3, draws=2000)
    ends = (result.estimate, result.lower, result.upper)
    assert ends == pytest.approx([value / 3 for value in (2 / 9, equal.lower, equal.upper)])


def test_a_bootstrap_draw_without_a_second_case_is_a_ratio_of_0_and_counts():
    """One second episode is not drawn with probability 1/e, far more often than in the 2.5% below the lower end."""
    assert compare_episodes([1] * 30, [1], draws=1000, seed=2).lower == 0.0


def test_one_draw_is_enough_to_bootstrap_and_to_simulate():
    one = compare_episodes([1] * 30, [1] * 30, draws=1, seed=2)
    assert one.lower == one.upper
    assert type_i_error(5, dispersions=[1.0], seed=1, draws=1).table()["type_i_error"][0] in (0.0, 1.0)


def test_dispersion_of_three_counts_by_the_exponential_tail():
    """Chi-squared with two degrees of freedom is exponential: 0, 1, 5 have mean 2, variance 7, statistic 7."""
    result = dispersion_test(np.array([0, 1, 5], dtype=object))
    assert (result.n, result.estimate) == (3, 3.5)
    assert result.p_value == pytest.approx(math.exp(-3.5))
    assert "3 counts have mean 2.000 and variance 7.000, a ratio of 3.500" in str(result)
    assert "chi-squared 7.0 on 2 degrees" in str(result)
    even = dispersion_test([2, 2, 2])
    assert (even.estimate, even.p_value) == (0.0, 1.0)


def test_over_poisson_counts_the_exact_test_rejects_at_most_its_level():
    """Here within three standard errors."""
    result = type_i_error(30, dispersions=[1], seed=4)
    _, rate, error = result.table().iloc[0]
    assert 0.02 < rate < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 20_000)
    assert error == pytest.approx(math.sqrt(rate * (1 - rate) / 20_000))
    assert type_i_error(30, dispersions=[1], seed=4, alpha=0.2).table()["type_i_error"][0] > 0.1


def test_the_detectable_ratio_has_its_power_with_the_exposures_and_the_level_asked_for():
    exposures, alpha = (1.0, 2.0), 0.1
    ratio = minimum_detectable_ratio(40, exposures=exposures, power=0.7, alpha=alpha)
    assert exact_power(40, ratio, exposures=exposures, alpha=alpha) == pytest.approx(0.7, abs=1e-6)
    assert exact_power(40, minimum_detectable_ratio(40)) == pytest.approx(0.8, abs=1e-6)
