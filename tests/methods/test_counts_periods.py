"""Two periods of a series, findings set beside each other, and what undoes them: brute force and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm

from analysis.errors import InputError
from analysis.methods.count_tests import detectable_ratios, exact_power, rate_ratio_interval
from analysis.methods.counts import (
    _bear_clumping,
    break_even_cases,
    break_even_episode,
    compare_counts,
    compare_pairs,
    compare_periods,
    comparison_texts,
    comparisons_table,
    decisions,
    dispersion_test,
    find_elsewhere,
    lose_exposure,
    strain_finding,
    without_linked,
)

EXACT = 1e-12  # the same formula, other order of operations
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
    with pytest.raises(InputError) as error:
        compare_periods(YEARLY, *periods, exposure=exposure)
    assert error.value.line() == line


@pytest.mark.parametrize(("pair", "finding"), [((46, 25), "fall"), ((25, 46), "rise"), ((17, 12), "open")])
def test_a_finding_is_what_the_exact_interval_says(pair, finding):
    assert compare_counts(*pair).finding == finding


def test_a_margin_makes_the_test_one_sided():
    found = compare_counts(17, 12, margin=0.8)
    assert found.evidence()["p_value"] == pytest.approx(binom.sf(11, 29, 0.8 / 1.8), rel=EXACT)
    assert found.evidence()["minimum_detectable_effect"] == found.detectable[0]
    rise = compare_counts(17, 12, margin=1.25)
    assert rise.evidence()["p_value"] == pytest.approx(binom.sf(11, 29, 1.25 / 2.25), rel=EXACT)
    assert rise.evidence()["minimum_detectable_effect"] == rise.detectable[1]
    plain, about = compare_counts(17, 12), compare_counts(17, 12, about="rise")
    assert plain.p_value == plain.p_central
    assert plain.evidence()["minimum_detectable_effect"] == plain.detectable[0]
    assert about.evidence()["minimum_detectable_effect"] == plain.detectable[1]
    assert about.evidence()["p_value"] == plain.p_central
    assert "one-sided" not in str(plain).lower()
    assert "of a fall to 0.8 times" in str(found)
    assert "of no rise beyond 1.25 times" in str(rise)


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
    assert (result.band_lower, result.band_upper) == pytest.approx(expected, rel=EXACT)
    assert expected[1] == pytest.approx(1, rel=EXACT)
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
        assert row[["ratio", "lower", "upper", "p_central"]].tolist() == pytest.approx(expected, rel=EXACT)
    assert "Of 3 pairs, 2 fall and 1 rise" in str(found)
    assert "in 1 fall and 1 rise." in str(found)


def test_texts_stand_beside_a_forest():
    texts = comparison_texts(comparisons_table([compare_counts(17, 12), compare_counts(46, 25), compare_counts(9, 90)]))
    assert texts["counts"].tolist() == ["17 → 12", "46 → 25", "9 → 90"]
    assert texts["break-even"].tolist()[:2] == ["–", "1.57"]
    assert texts["exact p"].tolist() == ["0.458", "0.017", "<0.001"]
    assert texts["ratio (95% interval)"].tolist()[1] == "0.54 (0.32 to 0.90)"


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
    assert row.to_numpy() == pytest.approx([interval.estimate, interval.lower, interval.upper], rel=EXACT)


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
