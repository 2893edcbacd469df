"""What functions of synthetic controls hand on: options, labels, limits at their ends, read-only arrays.

Authority: the docstrings of the functions. Expected numbers are closed forms (differences of means, Student's t with 2
degrees of freedom, order statistics of whole numbers) or the parts of a result computed on their own.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from analysis.methods.synthetic import (
    DifferenceInDifferences,
    RidgeAugmentedControl,
    RidgePenalty,
    SpacePlacebos,
    Study,
    fit,
    leave_one_out,
    measurement_uncertainty,
    minimum_detectable_effect,
    non_inferiority,
    placebo_se,
    space_placebos,
)
from analysis.methods.synthetic.problems import noise_level

EXACT = 1e-9  # closed forms, or the same computation once more
DID = DifferenceInDifferences()


def simulated(donors=6, n_pre=8, seed=0) -> Study:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_pre + 2, donors + 1)) + rng.normal(size=(n_pre + 2, 1)).cumsum(axis=0)
    return Study.from_matrix(values, n_pre=n_pre)


def placebos_of(effects, estimate=0.0) -> SpacePlacebos:
    """Return placebos with given effects, of a treated unit with a given estimate."""
    size = 1 + len(effects)
    study = Study.from_matrix(np.zeros((7, size)), n_pre=5)
    values = np.array([estimate, *effects], dtype=float)
    return SpacePlacebos(study, "did", study.units, values, np.ones(size), np.ones(size), np.zeros((size, 7)))


def change(study: Study, rows: slice = slice(None)) -> np.ndarray:
    """Return each unit's mean after the treatment less its mean before."""
    values = study.values[rows]
    return values[study.n_pre :].mean(axis=0) - values[: study.n_pre].mean(axis=0)


def quantile_of_two(share):
    """Return a quantile of Student's t with 2 degrees of freedom."""
    return (2 * share - 1) / math.sqrt(2 * share * (1 - share))


def share_of_two(t):
    """Return the share of Student's t with 2 degrees of freedom below t."""
    return 0.5 + t / (2 * math.sqrt(2 + t * t))


MEASURED = replace(simulated(), sd=np.full((10, 7), 0.25))


@pytest.mark.parametrize("sign", [1, -1])
def test_bounds_of_three_placebos_in_closed_form(sign):
    placebos = placebos_of([-1, 0, 1], estimate=sign * 0.5)
    found = non_inferiority(placebos, margin=1.0, level=0.9, higher_is_better=sign > 0)
    assert found.bound == pytest.approx(0.5 + quantile_of_two(0.9), rel=EXACT)
    assert found.p_value == pytest.approx(share_of_two(-0.5), rel=EXACT)
    assert (found.placebos, found.level, found.margin, found.estimate) == (3, 0.9, 1.0, 0.5)
    effect = minimum_detectable_effect(placebos, alpha=0.2, power=0.75)
    assert effect.effect == pytest.approx(quantile_of_two(0.9) + quantile_of_two(0.75), rel=EXACT)
    assert (effect.standard_error, effect.alpha, effect.power) == (1.0, 0.2, 0.75)


@pytest.mark.parametrize(("estimate", "p"), [(-1.0, 0.0), (0.5, 0.0), (1.0, 1.0), (2.0, 1.0)])
def test_placebos_without_spread_decide_alone(estimate, p):
    assert non_inferiority(placebos_of([0, 0, 0], estimate=estimate), margin=1.0).p_value == p


def test_placebo_errors_carry_their_number():
    fixed = placebo_se(placebos_of([0, 2], estimate=3.0))
    assert (fixed.estimate, fixed.placebos, fixed.degrees) == (3.0, 2, 1)
    assert fixed.standard_error == pytest.approx(math.sqrt(2), rel=EXACT)


def test_refits_without_one_of_two_donors_compare_with_the_other():
    study = simulated(donors=2)
    found, moves = leave_one_out(study, DID), change(study)
    told = (found.treated, found.outcome, found.method, found.labels)
    assert told == ("unit 000", "outcome", "difference-in-differences", study.donors)
    assert found.estimate == pytest.approx(moves[0] - moves[1:].mean(), rel=EXACT)
    assert found.estimates == pytest.approx(moves[0] - moves[:0:-1], rel=EXACT)
    gaps = study.values[:8, :1] - study.values[:8, :0:-1]
    assert found.pre_rmspe == pytest.approx(gaps.std(axis=0), rel=EXACT)


def test_placebos_of_two_donors_carry_their_study():
    study = simulated(donors=2)
    found, moves = space_placebos(study, DID), change(study)
    assert (found.method, found.units) == ("difference-in-differences", study.units)
    assert found.estimates == pytest.approx([moves[0] - moves[1:].mean(), *(moves[1:] - moves[:0:-1])], rel=EXACT)


@pytest.mark.parametrize("statistic", ["mspe_ratio", "absolute"])
def test_drawn_measurements_use_estimator_and_statistic(statistic):
    exact = replace(MEASURED, sd=np.zeros((10, 7)))
    found = measurement_uncertainty(exact, DID, correlation=0.25, draws=3, statistic=statistic)
    placebos = space_placebos(exact, DID)
    assert found.estimate == pytest.approx(placebos.estimates[0], rel=EXACT)
    assert found.within == pytest.approx(placebos.placebo_estimates.var(ddof=1), rel=EXACT)
    assert found.p_value == pytest.approx(placebos.p_value(statistic), rel=EXACT)
    assert (found.statistic, found.draws, found.correlation) == (statistic, 3, 0.25)
    assert found.method == "difference-in-differences"


def test_a_given_ridge_penalty_is_said_to_be_given():
    assert fit(simulated(), RidgeAugmentedControl(2.0)).detail == RidgePenalty(2.0, cross_validated=False)
    assert fit(simulated(), DID).detail is None


def test_the_largest_penalty_tried_is_a_step_above_the_largest_squared_singular_value():
    """Twenty steps go down to 1e-8 of it, so one is 10^0.4; donors that say nothing get the largest penalty."""
    study = simulated(donors=6, n_pre=30, seed=5)
    values = study.values[:30]
    centred = values[:, 1:] - values[:, 1:].mean(axis=1, keepdims=True)
    found = fit(study, RidgeAugmentedControl()).detail
    assert found.penalty == pytest.approx(10**0.4 * np.linalg.svd(centred)[1][0] ** 2, rel=EXACT)
    assert found.cross_validated


def test_noise_is_the_standard_deviation_of_first_differences():
    assert noise_level(np.array([[0.0, 5.0], [1.0, 5.0], [3.0, 8.0]])) == pytest.approx(math.sqrt(5 / 3), rel=EXACT)
