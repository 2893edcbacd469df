"""Placebo tests, standard errors, intervals and power against brute force, closed forms and published errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pysyncon.utils import PlaceboTest

from analysis.errors import InputError
from analysis.methods.synthetic import (
    DifferenceInDifferences,
    Study,
    SyntheticControl,
    SyntheticDiD,
    fit,
    leave_one_out,
    minimum_detectable_effect,
    non_inferiority,
    placebo_se,
    space_placebos,
)
from tests.shared import shared_file

EXACT = 1e-9  # two ways to the same number
PUBLISHED_SE = 1.0  # row D6: the published error comes from 200 random draws
NOMINAL = 0.03  # coverage over 300 simulated studies: two Monte Carlo standard errors


def simulated(seed: int = 0, donors: int = 8, n_pre: int = 10, n_post: int = 3, effect: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_pre + n_post, donors + 1)) + rng.normal(size=(n_pre + n_post, 1)).cumsum(axis=0)
    values[n_pre:, 0] += effect
    return values


def study(values: np.ndarray, n_pre: int = 10) -> Study:
    return Study.from_matrix(values, n_pre=n_pre, labels=list("abcdefghijklmnopqrst"[: values.shape[1]]))


@pytest.fixture(scope="module")
def california() -> Study:
    frame = pd.read_csv(shared_file("validation/california_prop99.csv"), sep=";")
    names = {"unit": "State", "time": "Year", "outcome": "PacksPerCapita"}
    return Study.from_panel(frame, treated="California", first_treated=1989, **names)


@pytest.mark.parametrize("estimator", [SyntheticControl(), DifferenceInDifferences()])
def test_placebos_equal_studies_of_the_donors(estimator):
    values = simulated()
    placebos = space_placebos(study(values), estimator)
    for unit in range(1, 9):
        others = [i for i in range(1, 9) if i != unit]
        alone = fit(study(values[:, [unit, *others]]), estimator)
        assert placebos.gaps[unit] == pytest.approx(alone.gap, abs=EXACT)
        ratio = np.square(alone.gap[10:]).mean() / np.square(alone.gap[:10]).mean()
        assert placebos.mspe_ratio[unit] == pytest.approx(ratio, rel=EXACT)
    assert placebos.estimates[0] == pytest.approx(fit(study(values), estimator).estimate, abs=EXACT)


def test_rank_counts_the_treated_unit_which_pysyncon_leaves_out():
    """Pysyncon 1.7 gives p = 0 to the most extreme unit; a randomisation test cannot go below 1 / (J + 1)."""
    placebos = space_placebos(study(simulated(effect=50.0)))
    test = PlaceboTest()
    gaps = pd.DataFrame(placebos.gaps.T, columns=list(placebos.units))
    test.gaps, test.treated_gap = gaps.drop(columns="a"), gaps["a"]
    assert test.pvalue(treatment_time=10) == 0.0
    for statistic in ("mspe_ratio", "absolute"):
        assert placebos.p_value(statistic) == pytest.approx(1 / 9)
    assert placebos.floor == pytest.approx(1 / 9)
    assert placebos.sentence() == (
        "a ranks 1 of 9 by ratio of mean squared gaps after and before under synthetic control: in-space placebo "
        "p = 0.111, smallest attainable 0.111."
    )
    with pytest.raises(InputError, match="no statistic 't'; use one of mspe_ratio"):
        placebos.p_value("t")


def test_ties_count_against_the_treated_unit():
    flat = np.tile(np.arange(13.0)[:, None], (1, 5))
    placebos = space_placebos(study(flat))
    assert placebos.mspe_ratio.tolist() == [0.0] * 5
    assert placebos.p_value() == placebos.p_value("absolute") == 1.0
    flat[10:, 0] += 1.0
    assert space_placebos(study(flat)).mspe_ratio.tolist() == [np.inf, 0.0, 0.0, 0.0, 0.0]


def test_outcome_only_placebos_of_california_rank_it_third(california):
    """Without predictors Missouri and Virginia have larger ratios."""
    placebos = space_placebos(california)
    assert placebos.rank() == 3
    assert placebos.table()["unit"].tolist()[:3] == ["Missouri", "Virginia", "California"]


def test_placebo_standard_error_of_california(california):
    """Row D6: 8.4 in Table 1 of Arkhangelsky et al. (2021), from 200 random draws of one of 38 states.

    One state's placebo estimate (-32) dominates, so the error depends on how often it is drawn. Over seeds the median
    is 9.4, with the published value within the central 95% and about half of all seeds within 1.0 of it.
    """
    placebos = space_placebos(california, SyntheticDiD())
    random = [np.random.default_rng(seed).choice(placebos.placebo_estimates, 200).std() for seed in range(300)]
    low, high = np.quantile(random, [0.025, 0.975])
    assert low < 8.4 < high
    assert np.mean(np.abs(np.array(random) - 8.4) <= PUBLISHED_SE) > 0.4
    fixed = placebo_se(placebos)
    assert fixed.standard_error == pytest.approx(9.49, abs=0.01)
    assert fixed.standard_error == pytest.approx(np.std(placebos.estimates[1:], ddof=1), rel=EXACT)
    # 2.0262: the 97.5% point of Student's t with 37 degrees of freedom in printed tables.
    assert fixed.interval() == pytest.approx((-15.605 - 2.0262 * 9.494, -15.605 + 2.0262 * 9.494), abs=0.01)
    assert "with a placebo standard error of 9.5 (38 placebos)" in fixed.sentence()
    assert fixed.table().loc[0, ["lower", "upper"]].tolist() == list(fixed.interval())
    for level in (0.0, 1.0):
        with pytest.raises(InputError, match="is not between 0 and 1"):
            fixed.interval(level)


def test_leaving_out_donors_equals_smaller_studies():
    values = simulated(4, effect=0.5)
    found = leave_one_out(study(values))
    expected = [fit(study(np.delete(values, unit, axis=1))).estimate for unit in range(1, 9)]
    assert found.estimates == pytest.approx(expected, abs=EXACT)
    assert found.sign_flips == bool((np.sign(expected) != np.sign(found.estimate)).any())
    assert found.table()["estimate"].max() == pytest.approx(max(expected))
    assert "its sign " in found.sentence()


def test_a_sign_that_depends_on_one_donor_is_said():
    values = np.tile(np.arange(13.0)[:, None], (1, 4))
    values[10:] += [0.5, 1.0, 0.0, -1.0]
    found = leave_one_out(study(values), DifferenceInDifferences())
    assert found.estimates == pytest.approx([1.0, 0.5, 0.0], abs=EXACT)
    assert not found.sign_flips
    assert "its sign does not change" in found.sentence()
    values[10:, 0] = values[10:, 2]
    flipped = leave_one_out(study(values), DifferenceInDifferences())
    assert flipped.estimate == pytest.approx(0.0, abs=EXACT)
    values[10:, 0] += 0.1
    flipped = leave_one_out(study(values), DifferenceInDifferences())
    assert flipped.estimates == pytest.approx([0.6, 0.1, -0.4], abs=EXACT)
    assert flipped.sign_flips
    assert "from -0.4 (d) to +0.6 (b); its sign changes" in flipped.sentence()


def test_one_donor_is_not_enough_for_placebos():
    two = study(simulated()[:, :2])
    for test in (space_placebos, leave_one_out):
        with pytest.raises(InputError, match="add donors"):
            test(two)


def test_detectable_effect_is_blooms_multiple_of_the_spread():
    """Bloom (1995): the sum of the t values of level and power; 2.8 in the limit of many placebos."""
    placebos = space_placebos(study(simulated(7, donors=19)))
    found = minimum_detectable_effect(placebos)
    # Printed table of Student's t, 18 degrees of freedom: 2.1009 at 97.5%, 0.8620 at 80%.
    assert found.effect / placebo_se(placebos).standard_error == pytest.approx(2.1009 + 0.8620, abs=2e-4)
    assert "finds an effect of" in found.sentence()
    assert found.table().loc[0, "effect"] == found.effect
    with pytest.raises(InputError, match="must lie between 0 and 1"):
        minimum_detectable_effect(placebos, power=1.0)


def test_non_inferiority_bound_and_p_value_agree():
    placebos = space_placebos(study(simulated(8, donors=19)))
    effects, estimate = placebos.estimates[1:], placebos.estimates[0]
    found = non_inferiority(placebos, margin=2.0)
    assert found.bound == pytest.approx(estimate + 1.734064 * effects.std(ddof=1), rel=1e-6)  # t, 18 degrees
    for margin in (0.01, 0.5, 1.0, 2.0, 4.0):
        one = non_inferiority(placebos, margin=margin)
        assert (one.p_value < 0.05) == (one.bound < margin) == one.ruled_out


def test_non_inferiority_where_lower_is_better():
    values = simulated(9, effect=1.0)
    up, down = space_placebos(study(values)), space_placebos(study(-values))
    first = non_inferiority(up, margin=1.0)
    second = non_inferiority(down, margin=1.0, higher_is_better=False)
    assert (second.bound, second.p_value) == pytest.approx((first.bound, first.p_value), rel=EXACT)
    assert not first.ruled_out
