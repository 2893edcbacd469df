"""Counts: what a comparison hands on to its parts, defaults, and closed forms for a few cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.methods.count_tests import count_test, jeffreys_ratio, rate_ratio_interval
from analysis.methods.counts import compare_counts
from analysis.methods.counts_break_even import break_even_dispersion, break_even_removal
from analysis.methods.counts_clusters import (
    compare_episodes,
    dispersion_test,
    episode_test,
)
from analysis.methods.counts_power import exact_power, minimum_detectable_ratio, type_i_error


@pytest.mark.parametrize(
    ("first", "second", "exposures", "level"), [(60, 25, (1.0, 0.8), 0.9), (20, 30, (1.0, 0.7), 0.99)]
)
def test_a_comparison_hands_its_exposures_and_its_level_to_every_part(first, second, exposures, level):
    with_both = {"exposures": exposures, "level": level}
    tested = {"exposures": exposures, "alpha": 1 - level}
    result = compare_counts(first, second, labels=("a", "b"), unit="raids", **with_both)
    assert (result.first, result.second, result.exposures) == (first, second, exposures)
    assert (result.labels, result.unit) == (("a", "b"), "raids")
    assert result.ratio == rate_ratio_interval(first, second, **with_both)
    assert (result.posterior, result.probability_of_fall) == jeffreys_ratio(first, second, **with_both)
    assert result.detectable == tuple(
        minimum_detectable_ratio(first, direction=way, power=0.8, **tested) for way in ("fall", "rise")
    )
    assert result.break_even_dispersion == break_even_dispersion(first, second, **with_both)
    assert result.break_even_removal == break_even_removal(first, second, **tested)
    methods = ("central", "minlike", "mid-p", "mid-p minlike", "e-test")
    p = result.p_central, result.p_minlike, result.p_mid, result.p_mid_minlike, result.p_e_test
    assert p == tuple(count_test(first, second, exposures=exposures, method=method) for method in methods)


def test_a_comparison_has_equal_exposures_95_percent_and_plain_names_unless_told():
    result = compare_counts(20, 0)
    assert (result.exposures, result.ratio.level, result.posterior.level) == ((1.0, 1.0), 0.95, 0.95)
    assert (result.labels, result.unit) == (("the first period", "the second period"), "cases")
    assert math.isnan(result.break_even_dispersion)
    assert all(math.isnan(ratio) for ratio in compare_counts(0, 20).detectable)


def test_without_any_case_the_ratio_is_not_a_number_and_its_interval_is_everything():
    interval = rate_ratio_interval(0, 0)
    assert math.isnan(interval.estimate)
    assert (interval.lower, interval.upper, interval.level) == (0.0, math.inf, 0.95)
    assert rate_ratio_interval(0, 3).estimate == math.inf


def test_the_break_even_dispersion_widens_the_interval_of_the_level_asked_for():
    expected = (math.log(2) / 1.6448536) ** 2 / (1 / 40 + 1 / 20)
    assert break_even_dispersion(40, 20, level=0.9) == pytest.approx(expected, rel=1e-6)


def test_episodes_are_compared_with_the_exposures_and_the_level_asked_for():
    first, second, exposures = [4, 3, 2], [1, 1], (1.0, 3.0)
    result = compare_episodes(
        first, second, seed=3, draws=2000, exposures=exposures, level=0.5, labels=("a", "b"), unit="raids"
    )
    assert (result.cases, result.episodes, result.draws, result.seed) == ((9, 2), (3, 2), 2000, 3)
    assert (result.labels, result.unit, result.ratio.level) == (("a", "b"), "raids", 0.5)
    assert result.p_episodes == episode_test(first, second, exposures=exposures)
    assert result.p_cases == count_test(9, 2, exposures=exposures)
    assert result.dispersion == (16 + 9 + 4 + 1 + 1) / 11
    equal = compare_episodes(first, second, seed=3, draws=2000, level=0.5)
    ends = (result.ratio.estimate, result.ratio.lower, result.ratio.upper)
    assert ends == pytest.approx([value / 3 for value in (2 / 9, equal.ratio.lower, equal.ratio.upper)])
    wide = compare_episodes(first, second, seed=3, draws=2000)
    assert wide.ratio.level == 0.95
    assert wide.ratio.lower < equal.ratio.lower < equal.ratio.upper < wide.ratio.upper


def test_episodes_have_plain_names_10_000_draws_and_equal_exposures_unless_told():
    result = compare_episodes([1, 2], [3], seed=1)
    assert (result.labels, result.unit) == (("the first period", "the second period"), "cases")
    assert (result.draws, result.ratio.estimate) == (10_000, 1.0)


def test_a_bootstrap_draw_without_a_second_case_is_a_ratio_of_0_and_counts():
    """One second episode is not drawn with probability 1/e, far more often than in the 2.5% below the lower end."""
    assert compare_episodes([1] * 30, [1], draws=1000, seed=2).ratio.lower == 0.0


def test_one_draw_is_enough_to_bootstrap_and_to_simulate():
    one = compare_episodes([1] * 30, [1] * 30, draws=1, seed=2).ratio
    assert one.lower == one.upper
    assert type_i_error(5, dispersions=[1.0], seed=1, draws=1).rate[0] in (0.0, 1.0)


def test_dispersion_of_three_counts_by_the_exponential_tail():
    """Chi-squared with two degrees of freedom is exponential: 0, 1, 5 have mean 2, variance 7, statistic 7."""
    result = dispersion_test(np.array([0, 1, 5], dtype=object))
    assert (result.n, result.mean, result.variance, result.index) == (3, 2.0, 7.0, 3.5)
    assert result.statistic == pytest.approx(7)
    assert (result.p_over, result.p_two_sided) == pytest.approx((math.exp(-3.5), 2 * math.exp(-3.5)))
    assert result.observed.tolist() == [1, 1, 0, 0, 0, 1]
    even = dispersion_test([2, 2, 2])
    assert (even.index, even.p_over, even.p_two_sided) == (0.0, 1.0, 0.0)


def test_simulated_periods_of_unequal_length_have_equal_rates():
    """The test is exact: over Poisson counts it rejects at most 5%, here within three standard errors."""
    result = type_i_error(30, dispersions=[1], seed=4, exposures=(1.0, 3.0))
    assert 0.02 < result.rate[0] < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 20_000)
    assert (result.mean, result.alpha, result.draws, result.seed) == (30, 0.05, 20_000, 4)
    assert result.standard_error[0] == pytest.approx(math.sqrt(result.rate[0] * (1 - result.rate[0]) / 20_000))
    assert type_i_error(30, dispersions=[1], seed=4, alpha=0.2).rate[0] > 0.1


def test_the_detectable_ratio_has_its_power_with_the_exposures_and_the_level_asked_for():
    exposures, alpha = (1.0, 2.0), 0.1
    ratio = minimum_detectable_ratio(40, exposures=exposures, power=0.7, alpha=alpha)
    assert exact_power(40, ratio, exposures=exposures, alpha=alpha) == pytest.approx(0.7, abs=1e-6)
    assert exact_power(40, minimum_detectable_ratio(40)) == pytest.approx(0.8, abs=1e-6)
