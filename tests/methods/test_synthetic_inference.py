"""Placebos, intervals, power, margins and errors of measurement: brute force, closed forms and published errors."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.methods.result import Estimate
from analysis.methods.synthetic.estimators import SyntheticFit, fit
from analysis.methods.synthetic.inference import (
    _compared,
    _mspe_ratio,
    compare_study,
    correlated_normal,
    leave_one_out,
    measurement_uncertainty,
    synthetic_control,
)
from analysis.methods.synthetic.study import Study
from analysis.methods.variants import each

EXACT = 1e-9  # two ways to the same number
PUBLISHED_SE = 1.0  # row D6: the published error comes from 200 random draws


def simulated(seed: int = 0, donors: int = 8, n_pre: int = 10, n_post: int = 3, effect: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_pre + n_post, donors + 1)) + rng.normal(size=(n_pre + n_post, 1)).cumsum(axis=0)
    values[n_pre:, 0] += effect
    return values


def study(values: np.ndarray, n_pre: int = 10) -> Study:
    return Study.from_matrix(values, n_pre=n_pre, labels=list("abcdefghijklmnopqrst"[: values.shape[1]]))


def measured(error: float) -> Study:
    return replace(study(simulated(donors=6)), sd=np.full((13, 7), error))


def placebos_of(effects: list[float], estimate: float = 0.0, before: float = 0.0) -> Estimate:
    """Compare with placebos of given effects, of a treated unit with a given estimate, and of all gaps before."""
    gaps = np.full((1 + len(effects), 7), before)
    gaps[:, 5:] = np.array([[estimate], *([effect] for effect in effects)])
    made = Study.from_matrix(np.zeros((7, len(gaps))), n_pre=5)
    return _compared(SyntheticFit(made, "did", gaps[0], np.ones(len(effects)), np.zeros(5)), gaps)


def ratios(found: Estimate) -> pd.Series:
    """Return the ratio of mean squared gaps of each unit, in the order of the study."""
    return pd.Series(_mspe_ratio(found.study, found.gaps), found.study.units)


@pytest.mark.parametrize("estimator", ["sc", "did"])
def test_placebos_equal_studies_of_the_donors(estimator):
    values = simulated()
    placebos = compare_study(study(values), estimator)
    for unit in range(1, 9):
        others = [i for i in range(1, 9) if i != unit]
        alone = fit(study(values[:, [unit, *others]]), estimator)
        assert placebos.gaps[unit] == pytest.approx(alone.gap, abs=EXACT)
        ratio = np.square(alone.gap[10:]).mean() / np.square(alone.gap[:10]).mean()
        assert ratios(placebos).iloc[unit] == pytest.approx(ratio, rel=EXACT)
    assert placebos.estimate == pytest.approx(fit(study(values), estimator).estimate, abs=EXACT)


def test_ties_count_against_the_treated_unit():
    flat = np.tile(np.arange(13.0)[:, None], (1, 5))
    placebos = compare_study(study(flat), "sc")
    assert ratios(placebos).tolist() == [0.0] * 5
    assert placebos.ratio_p == placebos.p_value == 1.0
    flat[10:, 0] += 1.0
    assert ratios(compare_study(study(flat), "sc")).tolist() == [np.inf, 0.0, 0.0, 0.0, 0.0]


def test_placebo_standard_error_of_california(california):
    """Row D6: 8.4 in Table 1 of Arkhangelsky et al. (2021), from 200 random draws of one of 38 states.

    One state's placebo estimate (-32) dominates, so the error depends on how often it is drawn. Over seeds the median
    is 9.4, with the published value within the central 95% and about half of all seeds within 1.0 of it.
    """
    placebos = compare_study(california, "sdid")
    effects = placebos.gaps[1:, placebos.study.n_pre :].mean(axis=1)
    random = [np.random.default_rng(seed).choice(effects, 200).std() for seed in range(300)]
    low, high = np.quantile(random, [0.025, 0.975])
    assert low < 8.4 < high
    assert np.mean(np.abs(np.array(random) - 8.4) <= PUBLISHED_SE) > 0.4
    assert placebos.standard_error == pytest.approx(9.49, abs=0.01)
    # 2.0262: the 97.5% point of Student's t with 37 degrees of freedom in printed tables.
    assert (placebos.lower, placebos.upper) == pytest.approx(
        (-15.605 - 2.0262 * 9.494, -15.605 + 2.0262 * 9.494), abs=0.01
    )


@pytest.mark.parametrize(("own", "flips"), [(0.75, False), (0.1, True)])
def test_a_sign_that_depends_on_one_donor_is_said(own, flips):
    values = np.tile(np.arange(13.0)[:, None], (1, 4))
    values[10:] += [own, 1.0, 0.0, -1.0]
    found = leave_one_out(study(values), "did")
    assert found.table()["estimate"].tolist() == pytest.approx([own + 0.5, own, own - 0.5], abs=EXACT)
    assert found.sign_flips == flips
    assert f"from {own - 0.5:+.4g} (d) to {own + 0.5:+.4g} (b)" in found.sentence()


def test_what_is_not_identified_with_a_donor_left_out_is_said():
    values = simulated(donors=3)
    values = np.column_stack([values, np.vstack([values[:10, 1:], values[10:, 1:] + 1])])
    found = leave_one_out(study(values), "sc")
    assert "In 7 of these 7 studies the effect is not identified: over all weights that fit as well" in str(found)
    assert found.lowest == pytest.approx(found.highest - 1, abs=1e-8)
    assert "not identified" not in str(leave_one_out(study(values), "did"))


@pytest.mark.parametrize("correlation", [0.0, 0.25, 1.0])
def test_errors_of_two_times_of_a_unit_correlate_as_asked_for_and_those_of_two_units_do_not(correlation):
    drawn = correlated_normal(correlation, (20_000, 3, 2), seed=1).transpose(2, 1, 0).reshape(6, -1)
    wanted = np.kron(np.eye(2), np.full((3, 3), correlation) + (1 - correlation) * np.eye(3))
    assert np.cov(drawn) == pytest.approx(wanted, abs=0.04)  # four standard errors of a variance


def test_without_measurement_error_nothing_is_added():
    found = measurement_uncertainty(measured(0.0), "did", draws=3, correlation=0.5)
    placebos = compare_study(measured(0.0), "did")
    assert found.estimate == pytest.approx(placebos.estimate, abs=EXACT)
    assert found.standard_error == pytest.approx(placebos.standard_error, rel=EXACT)
    assert (found.lower + found.upper) / 2 == pytest.approx(found.estimate, rel=EXACT)
    # Barnard and Rubin: of the placebos' 5 degrees of freedom 5 * 6 / 8 are left where draws add nothing.
    assert found.degrees == pytest.approx(3.75, rel=EXACT)
    assert (found.upper - found.estimate) / found.standard_error == pytest.approx(stats.t.ppf(0.975, 3.75), rel=EXACT)
    assert (found.p_value, found.ratio_p) == (placebos.absolute_p, placebos.ratio_p)


PANEL = (
    pd.DataFrame(np.random.default_rng(0).normal(size=(20, 8)).cumsum(axis=0), columns=[*"abcdefgh"])
    .set_index(pd.RangeIndex(2000, 2020, name="year"))
    .melt(ignore_index=False, var_name="who", value_name="score")
    .reset_index()
)
WHERE = {"outcome": "score", "unit": "who", "time": "year", "treated": "a", "first_treated": 2015}


def test_what_cannot_be_compared_is_left_out_with_the_reason():
    calls = {1: {}, "none": {"treated": "z"}, "three": {"donors": list("bcd")}, "short": {"first": 2011}}
    found, left_out = each(synthetic_control, {k: WHERE | v for k, v in calls.items()}, panel=PANEL)
    assert list(found) == [1]
    assert left_out["none"] == "no unit z"
    assert left_out["three"] == "study of a: 3 donors where at least 4 are needed"
    assert "4 times before the treatment" in left_out["short"]


@pytest.mark.parametrize("estimator", ["sc", "did"])
def test_a_unit_above_its_donors_and_without_an_effect_is_seldom_found(estimator):
    """Size at 5 % of 200 worlds whose treated level lies 2 sd above the donors' mean; absolute gaps alone reject 12 %.

    The bound is three binomial standard errors above the level.
    """
    rng, found = np.random.default_rng(11), []
    for _ in range(200):
        values = rng.normal(size=20) + rng.normal(size=(18, 20)) / 3 + rng.normal(size=(18, 1)).cumsum(axis=0)
        values[:, 0] += values[:, 1:].mean() + 2 * values[:, 1:].mean(axis=0).std() - values[:, 0].mean()
        found.append(compare_study(study(values, 15), estimator))
    assert np.mean([one.p_value <= 0.05 for one in found]) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)
    assert all(one.p_value == (one.absolute_p if estimator == "did" else one.ratio_p) for one in found)


@pytest.mark.parametrize(("donors", "value"), [(60, 3.0), (40, 7.1), (9, 3.0)])
def test_a_panel_of_one_value_gives_no_unit_a_small_p(donors, value):
    names = [f"u{number}" for number in range(donors + 1)]
    index = pd.MultiIndex.from_product([names, range(2000, 2010)], names=["unit", "year"])
    panel = pd.DataFrame({"y": value}, index=index).reset_index()
    found = synthetic_control(panel, outcome="y", unit="unit", time="year", treated="u0", first_treated=2006)
    assert (found.p_value, found.ratio_p) == (1.0, 1.0)


OUTCOMES = np.random.default_rng(1).normal(size=(7, 6))
FIT = SyntheticFit(
    Study.from_matrix(OUTCOMES, n_pre=5, labels=["KAZ", "KGZ", "TJK", "TKM", "UZB", "MNG"], times=range(2001, 2008)),
    "synthetic control",
    gap=np.array([1.0, -1, 1, -1, 1, 3, 4]),
    weights=np.array([0.25, 0.75, 0.0, 0.0, 0.0]),
    time_weights=np.zeros(5),
)


def test_tables_of_a_fit_and_of_its_placebos_by_hand():
    treated = [False] * 5 + [True] * 2
    columns = {"time": range(2001, 2008), "observed": OUTCOMES[:, 0], "synthetic": OUTCOMES[:, 0] - FIT.gap}
    pd.testing.assert_frame_equal(FIT.table(), pd.DataFrame(columns | {"gap": FIT.gap, "treated": treated}), rtol=EXACT)
    # Mean squared gaps are 1, 4, 4, 1, 16, 1 before and 9, 4, 64, 9, 16.5, 4 after.
    after, spread = np.array([2, -2, 1, -2, 0.5, 0.25]), np.sqrt([5, 0, 63, 5, 16.25, 3.9375])
    found = _compared(FIT, np.column_stack([*[[1, 2, 2, 1, 4, 1]] * 5, after - spread, after + spread]))
    assert ratios(found).tolist() == pytest.approx([9.0, 1.0, 16.0, 9.0, 16.5 / 16, 4.0])
    assert (found.p_value, found.ratio_p) == (0.5, 0.5)
    error, quantile = np.std(after[1:], ddof=1), 2.7764451  # the latter from printed tables, 4 degrees of freedom
    row = {"estimate": 2.0, "lower": 2 - quantile * error, "upper": 2 + quantile * error}
    row |= {"detectable": error * (quantile + 0.9409646), "pre_rmspe": 1.0, "p_rank": 0.5}
    row |= {"p_by": "ratio of the gaps after to those before", "p_floor": 1 / 6}
    pd.testing.assert_frame_equal(found.table(), pd.DataFrame([row | {"donors": 5}]), rtol=1e-7)
    assert (found.name, found.n, found.degrees, "4 degrees of freedom" in found.assumed) == ("outcome", 6, 4, True)
    assert (found.standard_error, found.minimum_detectable_effect) == pytest.approx((error, row["detectable"]))
    ends, least = f"{row['lower']:+.3g} to {row['upper']:+.3g}", f"{row['detectable']:.3g}"
    assert f"{FIT.sentence()} 95% interval {ends}; placebo p of no effect 0.50 by" in found.sentence()
    assert f"absolute effect (floor 0.167, 6 units); smallest detectable change {least}." in found.sentence()


def test_what_differs_by_more_than_rounding_is_no_tie():
    near = placebos_of([1 + 1e-6, 1 - 1e-6, 1e-10 - 1, 0.5], estimate=1.0, before=1.0)
    assert (near.p_value, near.ratio_p) == (0.6, 0.6)
    assert ratios(placebos_of([0.0, 1.0])).tolist() == [0.0, 0.0, np.inf]


def test_weights_are_sorted_and_the_smallest_left_out():
    found = replace(FIT, weights=np.array([-0.25, 0.5, 4.9e-4, 0.5, 0.25])).weights_table()
    rows = {"donor": ["TJK", "UZB", "MNG", "KGZ"], "weight": [0.5, 0.5, 0.25, -0.25]}
    pd.testing.assert_frame_equal(found, pd.DataFrame(rows))
    assert "1.6 effective of 5 donors" in str(replace(FIT, weights=np.array([1.5, -0.5, 0, 0, 0])))


def test_a_fit_says_effect_gap_donors_and_what_is_open():
    whole = "By synthetic control, outcome of KAZ differs by +3.5 from its counterfactual on average over 2 times from "
    whole += "2006; root mean squared gap 1 over the 5 times before; 1.6 effective of 5 donors."
    assert FIT.sentence() == replace(FIT, lowest=2.0, highest=2.0).sentence() == whole
    assert replace(FIT, penalty=2.5).sentence() == f"{whole} Ridge penalty 2.5 (cross-validated)."
    assert replace(FIT, lowest=-1.0, highest=2.0).sentence().endswith("it runs from -1 to +2.")
    assert "differs by +0 from" in replace(FIT, gap=np.full(7, 1e-15)).sentence()
