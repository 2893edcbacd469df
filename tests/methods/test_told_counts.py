"""What results on counts say: sentences and tables written out from fields made by hand, and what is passed on.

The authority of numbers: the definitions in the docstrings, closed forms for a few cases (two degrees of freedom, one
event), and the inner function called with the same arguments, which `test_counts` compares with published tests.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.methods.count_tests import Interval, count_test, jeffreys_ratio, rate_ratio_interval
from analysis.methods.counts import CountComparison, break_even_dispersion, break_even_removal, compare_counts
from analysis.methods.counts_clusters import (
    DispersionTest,
    EpisodeComparison,
    compare_episodes,
    dispersion_test,
    episode_test,
)
from analysis.methods.counts_power import TypeIError, exact_power, minimum_detectable_ratio, type_i_error

NONE = math.nan
FALL = CountComparison(
    first=40,
    second=20,
    exposures=(1.0, 1.0),
    ratio=Interval(0.5, 0.25, 0.75, 0.95),
    posterior=Interval(0.6, 0.3, 0.9, 0.8),
    probability_of_fall=0.99,
    p_central=0.011,
    p_minlike=0.012,
    p_mid=0.013,
    p_mid_minlike=0.014,
    p_e_test=0.015,
    detectable=(0.4, 1.7),
    break_even_dispersion=1.5,
    break_even_removal=3,
    labels=("2019", "2020"),
    unit="arrests",
)
RISE = replace(FALL, first=20, second=40, ratio=Interval(2.0, 1.25, 3.75, 0.9))
EPISODES = EpisodeComparison(
    cases=(40, 20),
    episodes=(8, 10),
    ratio=Interval(0.5, 0.25, 1.25, 0.9),
    p_episodes=0.2,
    p_cases=0.01,
    dispersion=2.5,
    draws=100,
    seed=1,
    labels=("2019", "2020"),
    unit="arrests",
)
POISSON = DispersionTest(
    n=4, mean=1.0, variance=2.0, index=2.0, statistic=6.0, p_over=0.1116, p_two_sided=0.2232, observed=np.array([2, 1])
)
ERRORS = TypeIError(20.0, np.array([1.0, 2.5]), np.array([0.04, 0.171]), np.array([0.002, 0.003]), 0.05, 10_000, 7)


TOLD = {
    "a fall": (
        FALL,
        "40 arrests in 2019 and 20 in 2020: rate ratio 0.500 (exact central 95% interval 0.250 to 0.750; exact "
        "conditional test p = 0.0110, E-test p = 0.0150). With 40 arrests expected in 2019, the exact test finds a "
        "fall to 0.40 of the first rate or less with 80% power. Its significance at the 5% level would be undone by "
        "setting aside 3 of the arrests as linked to others, or by a variance of 1.50 times the mean.",
    ),
    "a rise at another level and with exposures": (
        replace(RISE, exposures=(365.0, 366.0), break_even_dispersion=1.0),
        "20 arrests in 2019 and 40 in 2020 (exposures 365 and 366): rate ratio 2.000 (exact central 90% interval 1.250 "
        "to 3.750; exact conditional test p = 0.0110, E-test p = 0.0150). With 20 arrests expected in 2019, the exact "
        "test finds a rise to 1.70 times the first rate or more with 80% power. Its significance at the 10% level "
        "would be undone by setting aside 3 of the arrests as linked to others, or by a variance of 1.00 times the "
        "mean.",
    ),
    "equal counts, where no fall could be seen": (
        replace(
            FALL,
            first=4,
            second=4,
            exposures=(2.0, 2.0),
            ratio=Interval(1.0, 0.25, 4.0, 0.95),
            detectable=(NONE, 6.0),
            p_central=1.0,
            p_e_test=0.0001,
            break_even_removal=0,
        ),
        "4 arrests in 2019 and 4 in 2020: rate ratio 1.000 (exact central 95% interval 0.250 to 4.000; exact "
        "conditional test p = 1.0000, E-test p = 0.0001). With 4 arrests expected in 2019, the exact test finds no "
        "fall at all with 80% power. The difference is not significant at the 5% level.",
    ),
    "nothing before": (
        replace(RISE, first=0, ratio=Interval(math.inf, 1.5, math.inf, 0.95), break_even_dispersion=NONE),
        "0 arrests in 2019 and 40 in 2020: rate ratio inf (exact central 95% interval 1.500 to inf; exact conditional "
        "test p = 0.0110, E-test p = 0.0150). From a first count of 0 the power is not known. Its significance at the "
        "5% level would be undone by setting aside 3 of the arrests as linked to others.",
    ),
    "no case at all": (
        replace(FALL, first=0, second=0),
        "0 arrests in 2019 and 0 in 2020: the rate ratio is not defined.",
    ),
    "episodes": (
        EPISODES,
        "40 arrests in 8 episodes in 2019 and 20 in 10 episodes in 2020: rate ratio 0.500 (bootstrap of episodes, 90% "
        "interval 0.250 to 1.250; exact test by episodes p = 0.2000, by cases p = 0.0100; variance/mean ratio 2.50).",
    ),
    "dispersion": (
        POISSON,
        "4 counts have mean 1.000 and variance 2.000, a ratio of 2.000 (index-of-dispersion test: chi-squared 6.0 on 3 "
        "degrees of freedom; p = 0.1116 against overdispersion, p = 0.2232 two-sided).",
    ),
    "a type I error": (
        ERRORS,
        "With 20 cases expected in the first period and equal rates, the central exact test at the 5% level rejects in "
        "4.0% at variance/mean 1, 17.1% at variance/mean 2.5 (10,000 simulated pairs each).",
    ),
}
TABLES = {
    "counts": (
        replace(FALL, ratio=Interval(0.5, 0.25, 0.75, 0.9)),
        [
            ("rate ratio", 0.5, 0.25, 0.75, "exact central 90% interval"),
            ("rate ratio", 0.6, 0.3, 0.9, "Jeffreys posterior median and 80% interval"),
            ("P(ratio < 1)", 0.99, NONE, NONE, "Jeffreys posterior"),
            ("p, two-sided", 0.011, NONE, NONE, "central exact conditional test"),
            ("p, two-sided", 0.012, NONE, NONE, "minlike exact conditional test"),
            ("p, two-sided", 0.013, NONE, NONE, "mid-p, twice the smaller tail"),
            ("p, two-sided", 0.014, NONE, NONE, "mid-p of minlike (statsmodels cond-midp)"),
            ("p, two-sided", 0.015, NONE, NONE, "E-test"),
            ("detectable fall", 0.4, NONE, NONE, "central exact test, 80% power"),
            ("detectable rise", 1.7, NONE, NONE, "central exact test, 80% power"),
            ("break-even dispersion", 1.5, NONE, NONE, "Wald, variance/mean"),
            ("break-even removal", 3, NONE, NONE, "cases, central exact test"),
        ],
    ),
    "episodes": (
        EPISODES,
        [
            ("rate ratio", 0.5, 0.25, 1.25, "compound Poisson bootstrap, 90% percentiles"),
            ("p, two-sided", 0.2, NONE, NONE, "exact reassignment of whole episodes"),
            ("p, two-sided", 0.01, NONE, NONE, "central exact test, cases independent"),
            ("dispersion", 2.5, NONE, NONE, "sum of squared sizes over cases"),
        ],
    ),
}


@pytest.mark.parametrize(("result", "sentence"), TOLD.values(), ids=TOLD)
def test_the_sentence_is_this_word_for_word(result, sentence):
    assert result.sentence() == sentence


@pytest.mark.parametrize(("result", "rows"), TABLES.values(), ids=TABLES)
def test_the_table_has_one_row_for_each_quantity_with_its_method(result, rows):
    expected = pd.DataFrame(rows, columns=["quantity", "value", "lower", "upper", "method"])
    pd.testing.assert_frame_equal(result.table(), expected)


def test_the_table_of_dispersion_sets_observed_beside_poisson_frequencies():
    expected = {"value": [0, 1], "observed": [2, 1], "expected_poisson": [4 / math.e, 4 / math.e]}
    pd.testing.assert_frame_equal(POISSON.table(), pd.DataFrame(expected))


def test_the_table_of_type_i_errors_has_one_row_for_each_dispersion():
    expected = {"dispersion": [1.0, 2.5], "type_i_error": [0.04, 0.171], "monte_carlo_se": [0.002, 0.003]}
    pd.testing.assert_frame_equal(ERRORS.table(), pd.DataFrame(expected))


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


def test_removal_reaches_the_level_asked_for():
    p = [count_test(46 - removed, 25) for removed in range(22)]
    assert break_even_removal(46, 25, alpha=0.3) == next(k for k in range(22) if p[k] >= 0.3)


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


@pytest.mark.parametrize(
    "values",
    [
        dispersion_test([0, 1, 5]).observed,
        *(getattr(type_i_error(5, dispersions=[1], seed=1, draws=9), name) for name in ("dispersion", "rate")),
        type_i_error(5, dispersions=[1], seed=1, draws=9).standard_error,
    ],
)
def test_arrays_of_results_refuse_writing(values):
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1
