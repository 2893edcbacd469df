"""What functions of synthetic controls hand on: options, labels, limits at their ends, read-only arrays.

Authority: the docstrings of the functions. Expected numbers are closed forms (differences of means, Student's t with 2
degrees of freedom, order statistics of whole numbers) or the parts of a result computed on their own.
"""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from analysis.methods.synthetic import (
    DemeanedControl,
    DifferenceInDifferences,
    Predictor,
    PredictorControl,
    RidgeAugmentedControl,
    RidgePenalty,
    SpacePlacebos,
    Study,
    SyntheticControl,
    SyntheticDiD,
    augmented,
    estimators,
    fit,
    jackknife_se,
    lags,
    leave_one_out,
    measurement_uncertainty,
    minimum_detectable_effect,
    nested,
    non_inferiority,
    placebo_se,
    simplex_weights,
    space_placebos,
    split_conformal,
    time_placebos,
)
from analysis.methods.synthetic.frank_wolfe import frank_wolfe_weights
from analysis.methods.synthetic.problems import noise_level, treated_problem
from analysis.methods.synthetic.search import Nested

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
    values, kept = np.array([estimate, *effects], dtype=float), np.ones(size, dtype=bool)
    return SpacePlacebos(study, "did", study.units, values, np.ones(size), np.ones(size), np.zeros((size, 7)), kept)


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


PREDICTED = replace(
    simulated(), predictors=lags("outcome", (0, 1)), predictor_values=np.random.default_rng(2).normal(size=(2, 7))
)
MEASURED = replace(simulated(), sd=np.full((10, 7), 0.25))
RESULTS = {
    "study": simulated,
    "backdated": lambda: MEASURED.backdated(6),
    "fit": lambda: fit(simulated()),
    "search": lambda: fit(PREDICTED, PredictorControl(search="local")).detail,
    "placebos": lambda: space_placebos(simulated()),
    "refits": lambda: time_placebos(simulated(), [6, 7]),
    "without donors": lambda: leave_one_out(simulated()),
    "drawn": lambda: measurement_uncertainty(MEASURED, DID, draws=2),
    "conformal": lambda: split_conformal(simulated(), level=0.5),
    "weights": lambda: simplex_weights([[0.0, 4.0], [0.0, 0.0]], [1.0, 5.0]),
}


@pytest.mark.parametrize("name", RESULTS)
def test_arrays_of_results_refuse_writing(name):
    result = RESULTS[name]()
    arrays = [value for f in fields(result) if isinstance(value := getattr(result, f.name), np.ndarray)]
    assert arrays
    assert not any(values.flags.writeable for values in arrays)


@pytest.mark.parametrize(("count", "rank"), [(18, None), (19, 1), (38, 1), (39, 2)])
def test_rank_bound_needs_one_placebo_in_twenty(count, rank):
    """At 95% the bound is the estimate less the k-th lowest placebo, where k is 5% of the placebos and one."""
    found = non_inferiority(placebos_of(np.arange(count, 0, -1), estimate=5.0), margin=2.0)
    assert found.upper_rank == (math.inf if rank is None else 5 - rank)
    assert found.p_rank == pytest.approx((1 + 3) / (count + 1), rel=EXACT)
    assert (found.placebos, found.level, found.margin, found.estimate) == (count, 0.95, 2.0, 5.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_bounds_of_three_placebos_in_closed_form(sign):
    placebos = placebos_of([-1, 0, 1], estimate=sign * 0.5)
    found = non_inferiority(placebos, margin=1.0, level=0.9, higher_is_better=sign > 0)
    assert found.upper == pytest.approx(0.5 + quantile_of_two(0.9), rel=EXACT)
    assert found.p_value == pytest.approx(share_of_two(-0.5), rel=EXACT)
    assert found.p_rank == pytest.approx(2 / 4, rel=EXACT)
    effect = minimum_detectable_effect(placebos, alpha=0.2, power=0.75)
    assert effect.effect == pytest.approx(quantile_of_two(0.9) + quantile_of_two(0.75), rel=EXACT)
    assert (effect.standard_error, effect.alpha, effect.power) == (1.0, 0.2, 0.75)


@pytest.mark.parametrize(("estimate", "p"), [(-1.0, 0.0), (0.5, 0.0), (1.0, 1.0), (2.0, 1.0)])
def test_placebos_without_spread_decide_alone(estimate, p):
    assert non_inferiority(placebos_of([0, 0, 0], estimate=estimate), margin=1.0).p_value == p


def test_placebo_errors_carry_their_kind_and_number():
    fixed = placebo_se(placebos_of([0, 2], estimate=3.0))
    assert (fixed.estimate, fixed.kind, fixed.replications, fixed.degrees) == (3.0, "placebo", 2, 1)
    assert fixed.standard_error == pytest.approx(math.sqrt(2), rel=EXACT)
    drawn = [placebo_se(placebos_of([0, 2], estimate=3.0), draws=2, seed=seed) for seed in range(20)]
    assert {error.standard_error for error in drawn} == {0.0, 1.0}
    told = (drawn[0].estimate, drawn[0].kind, drawn[0].replications, drawn[0].degrees)
    assert told == (3.0, "random placebo", 2, None)


def test_jackknife_of_two_donors_is_half_the_difference_of_their_effects():
    study = simulated(donors=2)
    moves = change(study)
    found = jackknife_se(fit(study, DID))
    assert found.estimate == pytest.approx(moves[0] - moves[1:].mean(), rel=EXACT)
    assert found.standard_error == pytest.approx(abs(moves[1] - moves[2]) / 2, rel=EXACT)
    assert (found.kind, found.replications, found.degrees) == ("jackknife (donors only)", 2, None)


@pytest.mark.parametrize(
    ("kind", "level", "order"), [("held-out", 0.5, 5), ("held-out", 8 / 9, 8), ("in-sample", 0.6, 6)]
)
def test_conformal_intervals_use_the_estimator_and_the_level(kind, level, order):
    """Difference-in-differences: a time left out is predicted by the mean difference in the others."""
    study = simulated()
    ahead = study.treated_path - study.donor_matrix.mean(axis=1)
    before = ahead[:8]
    expected = (8 * before - before.sum()) / 7 if kind == "held-out" else before - before.mean()
    found = split_conformal(study, DID, level=level, residuals=kind)
    assert found.residuals == pytest.approx(expected, rel=EXACT)
    assert found.half_width == pytest.approx(np.sort(np.abs(expected))[order - 1], rel=EXACT)
    assert (found.fit.method, found.kind, found.level) == ("difference-in-differences", kind, level)
    assert found.fit.gap == pytest.approx(ahead - before.mean(), rel=EXACT)


def test_refits_in_time_carry_the_study_and_the_fit_before():
    study, times = simulated(), [7, 5]
    found = time_placebos(study, times, DID)
    told = (found.kind, found.treated, found.outcome, found.method, found.labels)
    assert told == ("placebo time", "unit 000", "outcome", "difference-in-differences", ("5", "7"))
    assert found.estimate == pytest.approx(change(study)[0] - change(study)[1:].mean(), rel=EXACT)
    earlier = [fit(study.backdated(t), DID) for t in (5, 7)]
    assert found.estimates == pytest.approx([f.estimate for f in earlier], rel=EXACT)
    assert found.pre_rmspe == pytest.approx([f.pre_rmspe for f in earlier], rel=EXACT)


def test_refits_without_one_of_two_donors_compare_with_the_other():
    study = simulated(donors=2)
    found, moves = leave_one_out(study, DID), change(study)
    told = (found.kind, found.treated, found.outcome, found.method, found.labels)
    assert told == ("donor left out", "unit 000", "outcome", "difference-in-differences", study.donors)
    assert found.estimate == pytest.approx(moves[0] - moves[1:].mean(), rel=EXACT)
    assert found.estimates == pytest.approx(moves[0] - moves[:0:-1], rel=EXACT)
    gaps = study.values[:8, :1] - study.values[:8, :0:-1]
    assert found.pre_rmspe == pytest.approx(gaps.std(axis=0), rel=EXACT)


def test_placebos_of_two_donors_carry_their_study():
    study = simulated(donors=2)
    found, moves = space_placebos(study, DID), change(study)
    assert (found.method, found.units, found.kept.tolist()) == ("difference-in-differences", study.units, [True] * 3)
    assert found.estimates == pytest.approx([moves[0] - moves[1:].mean(), *(moves[1:] - moves[:0:-1])], rel=EXACT)


def test_a_placebo_as_bad_as_the_limit_counts_and_the_treated_unit_always():
    everyone = space_placebos(simulated())
    worst = float(everyone.pre_mspe[3] / everyone.pre_mspe[0])
    for limit in (worst * (1 + 1e-12), worst * (1 - 1e-12), 1e-9):
        expected = everyone.pre_mspe <= limit * everyone.pre_mspe[0]
        expected[0] = True
        assert space_placebos(simulated(), worst_fit=limit).kept.tolist() == expected.tolist()


@pytest.mark.parametrize("statistic", ["mspe_ratio", "absolute", "above", "below"])
def test_drawn_measurements_use_estimator_and_statistic(statistic):
    exact = replace(MEASURED, sd=np.zeros((10, 7)))
    found = measurement_uncertainty(exact, DID, correlations=[0.25], draws=3, statistic=statistic)
    placebos = space_placebos(exact, DID)
    assert found.estimate == pytest.approx([placebos.estimates[0]], rel=EXACT)
    assert found.within == pytest.approx([placebos.placebo_estimates.var(ddof=1)], rel=EXACT)
    assert found.p_value == pytest.approx([placebos.p_value(statistic)], rel=EXACT)
    assert (found.statistic, found.draws, found.correlation.tolist()) == (statistic, 3, [0.25])
    assert found.method == "difference-in-differences"


@pytest.mark.parametrize(
    ("module", "estimator", "gaps"),
    [
        (estimators, SyntheticControl(), [2e-10]),
        (estimators, DemeanedControl(), [2e-10]),
        (estimators, SyntheticDiD(), [1e-10, 2e-10]),
        (estimators, SyntheticDiD(), [2e-10, 1e-10]),
        (augmented, RidgeAugmentedControl(2.0), [2e-10]),
        (nested, PredictorControl(predictor_weights=(1, 1)), [2e-10]),
        (estimators, DID, [0.0]),
    ],
)
def test_the_certificate_of_a_fit_is_the_largest_duality_gap_of_its_weights(monkeypatch, module, estimator, gaps):
    found = iter(gaps)
    monkeypatch.setattr(module, "duality_gap", lambda *_: next(found))
    assert fit(PREDICTED, estimator).certificate == max(gaps)


def test_a_given_ridge_penalty_is_said_to_be_given():
    assert fit(simulated(), RidgeAugmentedControl(2.0)).detail == RidgePenalty(2.0, cross_validated=False)
    assert fit(simulated(), DID).detail is None


def test_reference_time_weights_come_from_the_reference_solver():
    study = simulated(donors=12, n_pre=20)
    before, after = study.values[:20, 1:].T, study.donor_matrix[20:].mean(axis=0)
    noise = treated_problem(study).noise
    expected = frank_wolfe_weights(
        before - before.mean(axis=0), after - after.mean(), zeta=1e-6 * noise, smallest_decrease=1e-5 * noise
    )
    assert fit(study, SyntheticDiD("frank-wolfe")).time_weights == pytest.approx(expected, abs=EXACT)
    assert np.abs(fit(study, SyntheticDiD()).time_weights - expected).max() > 1e-4


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


def test_predictors_are_labelled_by_column_and_times():
    assert [p.label() for p in lags("gdp", [1990, 1995])] == ["gdp 1990", "gdp 1995"]
    assert Predictor("gdp", (1993, 1990, 1991)).label() == "gdp 1990-1993"
    assert Predictor.over("gdp", 1990, 1995, 2).times == (1990, 1992, 1994)


def test_searches_of_predictor_weights_are_named_by_their_starts():
    given = fit(PREDICTED, PredictorControl(predictor_weights=(1, 3))).detail
    assert (given.predictor_weights.tolist(), given.starts) == ([0.25, 0.75], ())
    assert given.lower_bound == pytest.approx(fit(PREDICTED).pre_rmspe ** 2, rel=EXACT)
    local = fit(PREDICTED, PredictorControl(search="local")).detail
    assert local.starts == (("equal", pytest.approx(local.loss, rel=EXACT)),)
    starts = [label for label, _ in fit(PREDICTED, PredictorControl(draws=1)).detail.starts]
    first = {"equal", "regression", "predictor 1", "predictor 2", "predictors 1, 2", "predictors 2, 1", "draw 1"}
    assert set(starts[:7]) == first
    assert len(starts) == 10
    assert set(starts[7:]) <= {f"{label}, refined" for label in first}


@pytest.mark.parametrize("size", [0.5, 2.0, 300.0])
def test_outcomes_break_ties_of_perfect_matches_with_a_hundred_millionth_of_the_weight(size):
    """Whatever the units of the outcome: its squared differences count 1e-8 of those of the predictors."""
    match, outcome = np.array([[3.0, -4.0], [0.0, 5.0]]), np.array([[size, 0.0], [0.0, -size], [0.0, 0.0]])
    problem = Nested(match, outcome, np.ones(2), perfect_match=True)
    found = problem.weighted(np.array([2.0, 0.5]))
    assert found[:2] == pytest.approx(match * [[1.0], [0.5]], rel=EXACT)
    assert found[2:] == pytest.approx(outcome * math.sqrt(1e-8 * 50 / (2 * size**2)), rel=EXACT)
    assert replace(problem, perfect_match=False).weighted(np.ones(2)).tolist() == match.tolist()
    assert replace(problem, outcome=np.zeros((3, 2))).weighted(np.ones(2))[2:].tolist() == [[0.0, 0.0]] * 3
