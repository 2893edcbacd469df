"""The line that a user reads for every fault in the inference of a synthetic control that is refused, word for word.

The authority is the section "Raises" of each function and the form of a line in `analysis.errors`: where, what, remedy.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.errors import InputError, RunError
from analysis.methods.synthetic import (
    PredictorControl,
    RidgeAugmentedControl,
    StandardError,
    Study,
    SyntheticFit,
    estimator_named,
    fit,
    jackknife_se,
    leave_one_out,
    measurement_uncertainty,
    minimum_detectable_effect,
    non_inferiority,
    placebo_se,
    simplex_weights,
    space_placebos,
    split_conformal,
    time_placebos,
)
from analysis.methods.synthetic.simplex import nearest_weights, require_certified

NAN, INF = float("nan"), float("inf")
MATRIX = np.array([[0.0, 1, 2], [1, 0, 3], [2, 2, 1], [1, 3, 0], [3, 1, 2], [5, 2, 4]])
STUDY = Study.from_matrix(MATRIX, n_pre=5)
SINGLE = Study.from_matrix(MATRIX[:, :2], n_pre=5)
PLACEBOS = space_placebos(STUDY)
WEIGHTED = SyntheticFit(STUDY, "did", 1.0, np.zeros(6), np.array([0.5, 0.5]), np.zeros(5), 0.0)

error = StandardError(1.0, 0.5, "placebo", 2)
measured = partial(measurement_uncertainty, replace(STUDY, sd=np.full((6, 3), 0.1)), draws=2, correlations=(0.5,))
conformal = partial(split_conformal, STUDY)
detectable = partial(minimum_detectable_effect, PLACEBOS)
inferior = partial(non_inferiority, PLACEBOS)
convex = partial(simplex_weights, [[1.0, 2.0]])


def matched(predictors: list[list[float]], *weights: float) -> SyntheticFit:
    """Fit the study with these predictors and, if there are any, predictor weights."""
    estimator = PredictorControl(draws=0, predictor_weights=weights or None)
    return fit(replace(STUDY, predictor_values=np.array(predictors)), estimator)


def with_placebos(*kept: bool):
    """Return the placebos of which some count."""
    return replace(PLACEBOS, kept=np.array([True, *kept]))


LINES = [
    (
        "weights: shapes",
        lambda: simplex_weights(MATRIX, MATRIX[:5, 0]),
        "columns and targets: shapes (6, 3) and (5, 1) do not agree",
    ),
    (
        "weights: one column",
        lambda: simplex_weights(MATRIX[:, 0], MATRIX[:, 0]),
        "columns and targets: shapes (6,) and (6, 1) do not agree",
    ),
    (
        "weights: column missing",
        lambda: simplex_weights([[1.0, NAN]], [1.0]),
        "columns and targets: values are missing or infinite; drop these units",
    ),
    (
        "weights: target infinite",
        lambda: convex([INF]),
        "columns and targets: values are missing or infinite; drop these units",
    ),
    *(
        (
            f"weights: ridge {ridge}",
            partial(convex, [1.0], ridge=ridge),
            f"ridge: {ridge} is negative; use 0 or a positive number",
        )
        for ridge in (-1e-9, NAN)
    ),
    *(
        (
            f"weights: allowed {allowed}",
            partial(convex, [1.0], allowed=allowed),
            "allowed: needs shape (1, 2) and a column for each target",
        )
        for allowed in ([[True]], [[False, False]])
    ),
    *(
        (
            f"penalty {value}",
            partial(RidgeAugmentedControl, value),
            f"penalty: {value} is not positive; use a positive number",
        )
        for value in (0.0, -1.0, NAN)
    ),
    (
        "estimator",
        lambda: estimator_named("scm"),
        "estimator: no estimator 'scm'; use one of ascm, did, difp, predictors, sc, sdid",
    ),
    (
        "no predictors",
        lambda: fit(STUDY, PredictorControl()),
        "synthetic control with predictors: the study has no predictors; build it with predictors",
    ),
    (
        "a predictor that is the same",
        lambda: matched([[1.0, 2.0, 4.0], [3.0, 3.0, 3.0]]),
        "predictors: predictor number 2 is the same for all units; leave it out",
    ),
    *(
        (
            f"predictor weights {weights}",
            partial(matched, [[1.0, 2.0, 4.0], [3.0, 2.0, 5.0]], *weights),
            f"predictor_weights: {len(weights)} weights for 2 predictors, which must be non-negative and not all zero; "
            "give one weight per predictor",
        )
        for weights in ((1.0, 1.0, 1.0), (-1.0, 2.0), (NAN, 1.0), (INF, 1.0), (0.0, 0.0))
    ),
    (
        "no sd",
        lambda: measurement_uncertainty(STUDY),
        "study: no standard deviations of measurement; build it with sd=<column>",
    ),
    *(
        (
            f"correlations {given}",
            partial(measured, correlations=given),
            f"correlations: {given} must lie in 0 to 1; use 0, 0.5, 0.9",
        )
        for given in ((), (0.5, 1.1), (-0.1,))
    ),
    ("no draw of outcomes", lambda: measured(draws=0), "draws: 0 draws give no variance; use 200"),
    (
        "statistic",
        lambda: PLACEBOS.p_value("rmspe"),
        "statistic: no statistic 'rmspe'; use one of mspe_ratio, absolute, above, below",
    ),
    ("one donor", lambda: space_placebos(SINGLE), "study of unit 000: a placebo needs a second donor; add donors"),
    (
        "no placebo time",
        lambda: time_placebos(STUDY, []),
        "times: no placebo time is given; name times before the treatment",
    ),
    (
        "the only donor",
        lambda: leave_one_out(SINGLE),
        "study of unit 000: leaving out the only donor leaves none; add donors",
    ),
    *(
        (
            f"alpha {alpha}, power {power}",
            partial(detectable, alpha=alpha, power=power),
            f"power: alpha {alpha} and power {power} must lie between 0 and 1",
        )
        for alpha, power in ((0.0, 0.8), (1.0, 0.8), (0.05, 0.0), (0.05, 1.0))
    ),
    *(
        (
            f"margin {margin}, level {level}",
            partial(inferior, margin=margin, level=level),
            f"non-inferiority: margin {margin} must be positive and level {level} between 0 and 1; "
            "state the smallest improvement of interest",
        )
        for margin, level in ((0.0, 0.95), (NAN, 0.95), (1.0, 0.0), (1.0, 1.0))
    ),
    *(
        (
            f"level {level}",
            partial(call, level=level),
            f"level: {level} is not between 0 and 1; use a share such as 0.95",
        )
        for call, level in ((error.interval, 0.0), (error.interval, 1.0), (conformal, 95))
    ),
    (
        "no placebo counts",
        lambda: placebo_se(with_placebos(False, False)),
        "placebos: 0 placebos count; add donors or relax the limit",
    ),
    ("no draw of placebos", lambda: placebo_se(PLACEBOS, draws=0), "draws: 0 draws give no spread; use 200"),
    (
        "all the weight",
        lambda: jackknife_se(replace(WEIGHTED, weights=np.array([0.0, 1.0]))),
        "jackknife: one donor has all the weight; use the placebo standard error",
    ),
    (
        "all the weight of one donor",
        lambda: jackknife_se(fit(SINGLE)),
        "jackknife: one donor has all the weight; use the placebo standard error",
    ),
    (
        "conformal at 95%",
        conformal,
        "conformal interval: 5 times before the treatment are too few for 95%; use 19 times or a level of at most 83%",
    ),
    (
        "conformal at 84%",
        lambda: conformal(level=0.84),
        "conformal interval: 5 times before the treatment are too few for 84%; use 6 times or a level of at most 83%",
    ),
]

REFUSED = [
    ("one draw of outcomes", lambda: measured(draws=1), "draws"),
    ("one placebo that counts", lambda: placebo_se(with_placebos(True, False)), "placebos"),
    ("one draw of placebos", lambda: placebo_se(PLACEBOS, draws=1), "draws"),
]

ALLOWED = [
    ("no ridge", lambda: convex([1.0], ridge=0.0)),
    ("one column allowed", lambda: convex([1.0], allowed=[[False, True]])),
    ("the largest gap that is accepted", lambda: require_certified(np.array([1e-9, 0.0]))),
    ("no problem", lambda: require_certified(np.array([]))),
    ("a small penalty", lambda: RidgeAugmentedControl(1e-9)),
    ("a predictor weight of 0", lambda: matched([[1.0, 2.0, 4.0], [3.0, 2.0, 5.0]], 0.0, 1.0)),
    ("correlations of 0 and 1, two draws", lambda: measured(correlations=(0.0, 1.0))),
    ("two donors", lambda: [space_placebos(STUDY), leave_one_out(STUDY)]),
    ("shares near 0 and 1", lambda: [detectable(alpha=0.01, power=0.99), detectable(alpha=0.99, power=0.01)]),
    ("a small margin", lambda: [inferior(margin=1e-9, level=level) for level in (0.01, 0.99)]),
    ("two placebos that count, two draws", lambda: [placebo_se(PLACEBOS), placebo_se(PLACEBOS, draws=2)]),
    ("levels near 0 and 1", lambda: [error.interval(level) for level in (0.01, 0.99)]),
    ("half of the weight", lambda: jackknife_se(WEIGHTED)),
    ("the highest level that the times allow", lambda: conformal(level=5 / 6)),
]


@pytest.mark.parametrize(("call", "line"), [pytest.param(*case, id=name) for name, *case in LINES])
def test_a_fault_is_said_in_these_words(call, line):
    with pytest.raises(InputError) as refusal:
        call()
    assert refusal.value.line() == line


@pytest.mark.parametrize(("call", "where"), [pytest.param(*case, id=name) for name, *case in REFUSED])
def test_what_lies_just_outside_a_bound_is_refused(call, where):
    with pytest.raises(InputError) as refusal:
        call()
    assert refusal.value.where == where


@pytest.mark.parametrize(("gap", "said"), [(2e-9, "2.0e-09"), (NAN, "nan")])
def test_weights_that_are_not_optimal_are_refused_in_these_words(gap, said):
    with pytest.raises(RunError) as refusal:
        require_certified(np.array([0.0, gap]))
    assert refusal.value.line() == (
        f"simplex weights: relative duality gap {said} of problem 1 exceeds 1e-09; "
        "rescale the outcome or look for nearly equal donors"
    )


def endless(*args: object, **options: object) -> None:
    """Stand for a solver that gives up."""
    raise RuntimeError("too many iterations")


@pytest.mark.parametrize(
    "stubs",
    [{"nnls": endless}, {"CERTIFIED": -1.0, "lsq_linear": lambda *args, **options: SimpleNamespace(success=False)}],
    ids=["first", "second"],
)
def test_a_solver_that_does_not_end_is_refused_in_these_words(monkeypatch, stubs):
    for name, stub in stubs.items():
        monkeypatch.setattr(f"analysis.methods.synthetic.simplex.{name}", stub)
    with pytest.raises(RunError) as refusal:
        nearest_weights(MATRIX)
    assert refusal.value.line() == (
        "simplex weights: non-negative least squares did not converge; check the panel for constant or huge values"
    )


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in ALLOWED])
def test_what_lies_just_inside_a_bound_is_not_refused(call):
    call()
