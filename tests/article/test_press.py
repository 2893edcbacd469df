"""Steps of notebook 02 on the monitor's counts, against brute force, closed forms and dates counted by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from analysis.article import press, press_display
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.count_tests import rate_ratio_interval
from analysis.methods.counts import compare_counts
from analysis.methods.counts_power import exact_power

EXACT = 1e-12  # the same formula, other order of operations
POWER = {"alpha": 0.05, "power": 0.8}


def counts_of(*rows):
    columns = ["first_month", "last_month", "indicator", "count", "unit", "definition", "derived", "source_org"]
    return pd.DataFrame([(*row, "attacks", "attacks", 0, "A monitor") for row in rows], columns=columns)


def spells(*rows):
    columns = ["iso3", "data_year", "quarter", "emergency_start", "emergency_end"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture(scope="module")
def adil_soz():
    return load("adil_soz_counts")


def test_pairs_are_those_of_the_cited_pages(adil_soz):
    # KazTAG, 20 January 2020 (2019), and the article (2020).
    assert press.pair(adil_soz, "attacks", base_year=2019, year=2020) == (17, 12)
    assert press.pair(adil_soz, "detentions", base_year=2019, year=2020) == (46, 25)
    assert press.first_half(adil_soz, "detentions", year=2019) == 25
    results = press.comparisons(adil_soz, base_year=2019, year=2020)
    assert (results["attacks_and_detentions"].first, results["attacks_and_detentions"].second) == (63, 37)


def test_a_part_year_is_never_taken_for_a_year():
    counts = counts_of(("2019-01", "2019-12", "attacks", 9), ("2020-01", "2020-11", "attacks", 8))
    with pytest.raises(InputError, match="no whole-year count for 2020"):
        press.pair(counts, "attacks", base_year=2019, year=2020)
    assert press.comparisons(counts, base_year=2019, year=2020) == {}


def test_units_that_differ_are_flagged(adil_soz):
    same = press.definitions(adil_soz, base_year=2019, year=2020)["same_unit"]
    assert same.to_dict() == {"attacks": False, "detentions": False, "digital_security_incidents": True}


def test_emergency_days_counted_by_hand():
    frame = spells(
        ("AAA", 2020, 2, "2020-03-16", "2020-05-11"),  # 16 + 30 + 11 days
        ("AAA", 2020, 3, "2020-05-01", "2020-05-20"),  # 9 days more: overlap counts once
        ("AAA", 2020, 4, "2020-12-30", None),  # open-ended: 2 days of the year
        ("BBB", 2020, 4, "2019-12-31", "2020-01-01"),  # one day of the year
    )
    assert press.emergency_days(frame, country="AAA", year=2020) == 57 + 9
    assert press.emergency_days(frame, country="AAA", year=2020, open_ended=True) == 57 + 9 + 2
    assert press.emergency_days(frame, country="BBB", year=2020) == 1
    assert press.emergency_days(frame, country="AAA", year=2021, open_ended=True) == 0
    assert press.emergency_days(frame, country="CCC", year=2020) == 0


def test_the_state_of_emergency_of_2020():
    # 16 March to 11 May 2020.
    assert press.emergency_days(load("pandem"), country="KAZ", year=2020) == 57
    assert press.exposures(2019, 2020, lost=57) == (365, 309)


def test_readings_change_one_thing_each(adil_soz):
    made = press.readings(adil_soz, "detentions", base_year=2019, year=2020, lost=57, restricted=239)
    assert made["emergency"].comparison.exposures == (365, 309)
    assert made["restricted"].comparison.exposures == (365, 127)
    rest = made["second_half"].comparison
    assert (rest.first, rest.second, rest.exposures) == (21, 25, (184, 366))
    linked = made["linked"].comparison
    assert (linked.first, linked.second) == (41, 25)
    assert linked.p_central >= 0.05 > compare_counts(42, 25).p_central
    open_pair = press.readings(adil_soz, "attacks", base_year=2019, year=2020, lost=0, restricted=0)
    assert open_pair == {}


def test_decisions_agree_with_the_binomial_test():
    first, second = np.meshgrid(np.arange(1, 16), np.arange(1, 16))
    found = press.decisions(first, second)
    # With equal exposures the two tails are alike, so SciPy's minlike p is the central one.
    p = np.vectorize(lambda a, b: binomtest(int(b), int(a + b)).pvalue)(first, second)
    assert (found == np.where(p < 0.05, np.sign(second - first), 0)).all()


def test_break_even_counts_by_brute_force():
    def p(a, b):
        return binomtest(b, a + b).pvalue

    out, added = press.break_even_counts(46, 25)
    assert p(46 - out, 25) >= 0.05 > p(46 - out + 1, 25)
    assert p(46, 25 + added) >= 0.05 > p(46, 25 + added - 1)
    assert press.break_even_counts(17, 12) == (0, 0)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(1, 80), st.integers(1, 80), st.integers(0, 300))
def test_lost_days_scale_the_interval(first, second, lost):
    row = press.ratio_by_lost_days(first, second, base_year=2019, year=2020, most=300).loc[lost]
    interval = rate_ratio_interval(first, second, exposures=(365, 366 - lost))
    expected = [interval.estimate, interval.lower, interval.upper]
    assert row.to_numpy() == pytest.approx(expected, rel=EXACT)


def test_break_even_days_is_the_first_that_holds_equal_rates():
    frame = press.ratio_by_lost_days(46, 25, base_year=2019, year=2020, most=300)
    days = press.break_even_days(frame)
    assert rate_ratio_interval(46, 25, exposures=(365, 366 - days)).upper >= 1
    assert rate_ratio_interval(46, 25, exposures=(365, 366 - days + 1)).upper < 1
    assert press.break_even_days(press.ratio_by_lost_days(8, 80, base_year=2019, year=2020, most=5)) is None


@pytest.mark.parametrize("ratio", [0.8, 1.25])
def test_base_needed_is_the_smallest_with_the_power(ratio):
    base = press.base_needed(ratio, **POWER)
    assert exact_power(base, ratio) >= 0.8 > exact_power(base - 1, ratio)


def test_detectable_ratios_have_the_power():
    frame = press.detectable_by_base([46], **POWER)
    assert exact_power(46, frame.loc[46, "fall"]) == pytest.approx(0.8, abs=1e-6)
    assert exact_power(46, frame.loc[46, "rise"]) == pytest.approx(0.8, abs=1e-6)


def test_break_even_band_is_the_wald_interval_at_the_break_even_dispersion():
    result = compare_counts(46, 25)
    half = norm.ppf(0.975) * math.sqrt(result.break_even_dispersion * (1 / 46 + 1 / 25))
    expected = (25 / 46 * math.exp(-half), 25 / 46 * math.exp(half))
    assert press_display.break_even_band(result) == pytest.approx(expected, rel=EXACT)
    assert expected[1] == pytest.approx(1, rel=EXACT)
    assert all(map(math.isnan, press_display.break_even_band(compare_counts(17, 12))))


def test_forest_names_units_where_they_change(adil_soz):
    results = press.comparisons(adil_soz, base_year=2019, year=2020)
    frame = press_display.forest(results, {}, counts=adil_soz, indicator="detentions")
    labels = list(frame["label"])
    assert "Detentions (journalists, then persons)" in labels
    assert "Digital incidents" in labels
    texts = press_display.forest_texts(frame)
    assert list(texts["counts"])[:2] == ["17 → 12", "46 → 25"]
    assert list(texts["break-even"])[:2] == ["–", "1.57"]


def test_sentences_carry_the_break_even_numbers():
    assert "5 cases are taken from the first year, 4 are added" in press_display.undone_sentence(46, 25)
    assert "no fall that could be undone" in press_display.undone_sentence(17, 12)
    needed = press_display.needed_sentence({"fall": 363, "rise": 290}, (0.8, 1.25), {"a": compare_counts(17, 12)})
    assert "363 cases" in needed
    assert "17 cases" in needed
