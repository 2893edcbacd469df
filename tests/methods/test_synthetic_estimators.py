"""Estimators against the published California estimates, invariances, and another implementation."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from pysyncon import AugSynth, Dataprep

from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.synthetic import estimators
from analysis.methods.synthetic.estimators import fit
from analysis.methods.synthetic.study import Study

PUBLISHED = 0.01  # row D1
PRINTED = 0.02  # row D5: the reference software's estimates to two decimals
PRINTED_WEIGHTS = 5e-5  # weights printed to four decimals
INVARIANCE = 1e-8  # row D8: exact up to rounding error
SLSQP = 1e-3  # the oracle's weights come from a solver that stops early

FAMILY = ["did", "difp", "sdid"]


def simulated(seed: int = 0, donors: int = 12, n_pre: int = 10, n_post: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    times = n_pre + n_post
    factors = rng.normal(size=(times, 2)).cumsum(axis=0)
    return (
        factors @ rng.normal(size=(2, donors + 1)) + rng.normal(size=(times, donors + 1)) + rng.normal(size=donors + 1)
    )


def estimate(values: np.ndarray, estimator, n_pre: int = 10) -> float:
    return fit(Study.from_matrix(values, n_pre=n_pre), estimator).estimate


def test_california_with_the_published_weights_of_abadie_et_al(california):
    """Row D1: mean squared gap, mean gap, gap in 2000 and ratio from the weights printed in 2010."""
    printed = {"Colorado": 0.164, "Connecticut": 0.069, "Montana": 0.199, "Nevada": 0.234, "Utah": 0.334}
    weights = np.array([printed.get(donor, 0.0) for donor in california.donors])
    gap = california.values[:, 0] - california.values[:, 1:] @ weights
    before, after = gap[: california.n_pre], gap[california.n_pre :]
    assert np.square(before).mean() == pytest.approx(3.089, abs=PUBLISHED)
    assert after.mean() == pytest.approx(-18.97, abs=PUBLISHED)
    assert after[-1] == pytest.approx(-25.73, abs=PUBLISHED)
    assert np.square(after).mean() / np.square(before).mean() == pytest.approx(128.4, rel=PUBLISHED / 10)


@pytest.mark.parametrize(("estimator", "published"), [("sdid", -15.604), ("did", -27.349), ("difp", -11.105)])
def test_california_estimates_of_arkhangelsky_et_al(california, estimator, published):
    """Row D5: Table 1 of the 2021 paper."""
    assert fit(california, estimator).estimate == pytest.approx(published, abs=PRINTED)


def test_exact_synthetic_control_of_california_is_the_published_optimum(california):
    """Malo et al. (2024), Table 1, column Optimum: the reference software (-19.620, row D5) stops 1% short of it."""
    found = fit(california)
    weights = found.weights_table().set_index("donor")["weight"]
    optimum = {"Utah": 0.3939, "Montana": 0.2318, "Nevada": 0.2049, "Connecticut": 0.1091}
    optimum |= {"New Hampshire": 0.0454, "Colorado": 0.0148}
    assert weights.to_dict() == pytest.approx(optimum, abs=PRINTED_WEIGHTS)
    assert found.pre_rmspe**2 == pytest.approx(2.74366, abs=1e-5)
    assert found.lowest == found.estimate == found.highest


@pytest.mark.parametrize("estimator", [*FAMILY, "sc"])
@pytest.mark.parametrize("shift", [1e-6, 0.25, 1e6])
def test_an_effect_added_after_the_treatment_is_found(estimator, shift):
    """Row D8, as in the test suite of the reference software."""
    values = simulated()
    treated = values.copy()
    treated[10:, 0] += shift
    moved = estimate(treated, estimator) - estimate(values, estimator)
    assert moved == pytest.approx(shift, rel=INVARIANCE, abs=1e-9)


ORDER = [0, *np.random.default_rng(0).permutation(np.arange(1, 13))]
#: What is done to the outcomes, by which factor the estimate changes, and whether it holds without an intercept.
TURNED = {
    "unit levels": (lambda values: values + 2.5 * np.arange(13), 1, False),
    "a common shift": (lambda values: values + 2.0**24, 1, True),
    # The noise level of first differences changes with a trend, but not with a common shift of all times.
    "a common trend": (lambda values: values + 2.0 * np.arange(14)[:, None], 1, True),
    "smaller units": (lambda values: 1e-6 * values, 1e-6, True),
    "larger units": (lambda values: 1e6 * values, 1e6, True),
    "order of donors": (lambda values: values[:, ORDER], 1, True),
}


@pytest.mark.parametrize(
    ("estimator", "what"),
    [
        (name, what)
        for what in TURNED
        for name in ("ascm", "did", "difp", "sc", "sdid")
        if TURNED[what][2] or name in FAMILY
    ],
)
def test_levels_shocks_units_and_order_do_not_matter(estimator, what):
    (turned, factor, _), values = TURNED[what], np.round(1024 * simulated(2)) / 1024  # exact at any level
    assert estimate(turned(values), estimator) == pytest.approx(factor * estimate(values, estimator), rel=INVARIANCE)


@pytest.mark.parametrize(("estimator", "each_time"), [("did", 0.1), ("difp", 0.1), ("sc", 0.0), ("ascm", 0.0)])
def test_a_gap_is_what_weighted_donors_and_the_intercept_leave(estimator, each_time):
    values = simulated()
    found = fit(Study.from_matrix(values, n_pre=10), estimator)
    assert found.time_weights.tolist() == [each_time] * 10
    assert estimator != "did" or found.weights.tolist() == [1 / 12] * 12
    alone = values[:, 0] - values[:, 1:] @ found.weights
    assert found.gap == pytest.approx(alone - 10 * each_time * alone[:10].mean(), abs=1e-12)


def effects_of_all_supports(study: Study, times: np.ndarray, fitted: np.ndarray) -> list[float]:
    """Return the effects at all corners of the set of weights that give the same gaps before: one a support."""
    alone = study.values[:, :1] - study.values[:, 1:]
    alone = alone - times @ alone[: study.n_pre]
    system = np.vstack([alone[: study.n_pre], np.ones(len(fitted))])
    lengths = np.linalg.norm(system, axis=0)  # donors may differ in size by any factor
    system, alone, fitted, effects = system / lengths, alone / lengths, fitted * lengths, []
    for size in range(1, np.linalg.matrix_rank(system) + 1):
        for support in map(list, combinations(range(len(fitted)), size)):
            weights = np.linalg.lstsq(system[:, support], system @ fitted, rcond=None)[0]
            if np.allclose(system[:, support] @ weights, system @ fitted, atol=1e-9) and weights.min() >= -1e-9:
                effects.append(float(alone[study.n_pre :, support].mean(axis=0) @ weights))
    return effects


@pytest.mark.parametrize("estimator", ["sc", "difp"])
@pytest.mark.parametrize("seed", range(3))
def test_the_effect_of_a_perfect_fit_ranges_over_all_supports(estimator, seed):
    values = simulated(seed, donors=10, n_pre=5)
    values[:5, 0] = values[:5, 1:] @ np.random.default_rng(seed).dirichlet(np.ones(10))
    found = fit(Study.from_matrix(values, n_pre=5), estimator)
    assert found.pre_rmspe < 1e-5
    effects = effects_of_all_supports(found.study, found.time_weights, found.weights)
    assert (found.lowest, found.highest) == pytest.approx((min(effects), max(effects)), abs=1e-5)
    assert found.lowest < found.estimate < found.highest
    lowest = f"{found.lowest:+.4g}".replace("-", "−")
    assert f"not identified: over all weights that fit as well it runs from {lowest} to" in str(found)


@pytest.mark.parametrize("estimator", ["sc", "difp"])
def test_donors_alike_before_leave_the_effect_of_an_imperfect_fit_open_in_any_order(estimator):
    values = simulated(3, donors=4)
    values = np.column_stack([values, np.vstack([values[:10, 1:], values[10:, 1:] + 2])])
    found = [
        fit(Study.from_matrix(values[:, [0, *order]], n_pre=10), estimator) for order in (range(1, 9), range(8, 0, -1))
    ]
    assert found[0].pre_rmspe > 0.1
    for one in found:
        alone = estimate(values[:, :5], estimator)
        assert (one.lowest, one.estimate, one.highest) == pytest.approx((alone - 2, alone - 1, alone), abs=1e-8)
        assert "not identified" in str(one)


def test_optima_among_populations_of_any_size_are_shown_in_fractions():
    """No weights come nearer than the shortest projection of a donor on the residual (Cauchy and Schwarz)."""
    names = {"outcome": "population", "unit": "iso3", "time": "data_year"}
    study = Study.from_panel(load("population"), treated="KNA", first_treated=2010, **names)
    for target in range(0, len(study.units), 24):
        donors = [unit for unit in range(1, len(study.units)) if unit != target]
        weights = [Fraction(weight) for weight in estimators.solve(study, "sc", [(target, donors)])[0][0].donors]
        differences = study.values[: study.n_pre, donors] - study.values[: study.n_pre, [target]]
        columns = [list(map(Fraction, column)) for column in differences.T.tolist()]
        residual = [sum(map(Fraction.__mul__, weights, row)) / sum(weights) for row in zip(*columns, strict=True)]
        squared, *projections = (sum(map(Fraction.__mul__, residual, one)) for one in (residual, *columns))
        assert squared < 1e-18 or min(projections) / squared == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("estimator", ["sc", "difp"])
def test_a_giant_among_the_donors_leaves_the_effect_and_adds_its_supports_to_the_range(estimator):
    values = simulated(1, donors=10, n_pre=5)
    values[:5, 0] = values[:5, 1:] @ np.full(10, 0.1)
    giant = 1e9 * np.cos(np.arange(len(values)))[:, None]
    alone, beside = (fit(Study.from_matrix(each, n_pre=5), estimator) for each in (values, np.hstack([values, giant])))
    assert beside.estimate == pytest.approx(alone.estimate, abs=1e-6)
    assert beside.highest - beside.lowest >= alone.highest - alone.lowest - 1e-6 > 0.1
    for found in (alone, beside):
        effects = effects_of_all_supports(found.study, found.time_weights, found.weights)
        assert (found.lowest, found.highest) == pytest.approx((min(effects), max(effects)), abs=1e-5)


def test_an_effect_whose_weights_a_penalty_chooses_has_no_range(california):
    assert np.isnan([fit(california, name).lowest for name in ("did", "sdid", "ascm")]).all()


@pytest.mark.parametrize("rounding", [0.0, 1e-16])
def test_donors_alike_before_leave_ridge_augmentation_nothing_to_correct(rounding):
    rng = np.random.default_rng(7)
    values = np.tile(rng.normal(5, 1, size=(8, 1)), (1, 6)) * (1 + rounding * rng.normal(size=(8, 6)))
    values[:, 0] += 0.1 * rng.normal(size=8)
    values[6:] += rng.normal(size=(2, 6))
    found = fit(Study.from_matrix(values, n_pre=6), "ascm")
    assert found.gap == pytest.approx(values[:, 0] - values[:, 1:].mean(axis=1), abs=1e-12)
    assert found.penalty is None


@pytest.fixture(scope="module")
def oracle(california) -> AugSynth:
    wide = pd.DataFrame(
        california.values, index=pd.Index(california.times, name="time"), columns=list(california.units)
    )
    frame = wide.melt(ignore_index=False, var_name="unit", value_name="packs").reset_index()
    prepared = Dataprep(
        foo=frame,
        predictors=["packs"],
        predictors_op="mean",
        dependent="packs",
        unit_variable="unit",
        time_variable="time",
        treatment_identifier="California",
        controls_identifier=list(california.donors),
        time_predictors_prior=list(california.times[: california.n_pre]),
        time_optimize_ssr=list(california.times[: california.n_pre]),
    )
    augmented = AugSynth()
    augmented.fit(dataprep=prepared, use_covariates=False)
    return augmented


def test_ridge_augmentation_equals_pysyncon(california, oracle):
    """Pysyncon 1.7 ports the R package augsynth and is checked against its Kansas vignette."""
    found = fit(california, "ascm")
    assert found.penalty == pytest.approx(oracle.lambda_, rel=1e-8)
    assert found.weights == pytest.approx(np.asarray(oracle.W), abs=SLSQP)
    assert found.weights.sum() == pytest.approx(1.0, abs=INVARIANCE)
    assert found.weights.min() < 0
    assert found.sentence().endswith("Ridge penalty 430 (cross-validated).")


def test_the_largest_penalty_tried_is_a_step_above_the_largest_squared_singular_value():
    """Twenty steps go down to 1e-8 of it, so one is 10^0.4; donors that say nothing get the largest penalty."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(32, 7)) + rng.normal(size=(32, 1)).cumsum(axis=0)
    centred = values[:30, 1:] - values[:30, 1:].mean(axis=1, keepdims=True)
    found = fit(Study.from_matrix(values, n_pre=30), "ascm")
    assert found.penalty == pytest.approx(10**0.4 * np.linalg.svd(centred)[1][0] ** 2, rel=1e-9)


def test_time_weights_of_california_fall_on_the_published_years(california):
    found = fit(california, "sdid")
    assert found.time_weights.sum() == pytest.approx(1.0)
    # Arkhangelsky et al. (2021), section 1: time weights fall on 1986, 1987 and 1988.
    assert np.flatnonzero(found.time_weights > 1e-6).tolist() == [16, 17, 18]


def test_donors_that_never_move_leave_the_weights_open():
    values = np.column_stack([np.arange(8.0), *[np.full(8, level) for level in (1.0, 2, 3)]])
    with pytest.raises(InputError, match="all donors move by the same steps"):
        fit(Study.from_matrix(values, n_pre=6), "sdid")
    assert fit(Study.from_matrix(values, n_pre=6), "did").estimate == pytest.approx(4)


def test_donors_that_stand_still_weigh_the_same_at_any_level():
    values, level = np.random.default_rng(0).integers(-5, 6, (10, 12)) * 1.0, np.append(np.zeros(10), [25 / 7, 1 / 3])
    values[:8, [0, 10, 11]] = 0.0
    found = [fit(Study.from_matrix(one, n_pre=8), "difp").weights for one in (values, values + level)]
    assert found[1] == pytest.approx(found[0], abs=INVARIANCE)


def test_the_penalty_of_sdid_is_the_sample_variance_of_the_donors_first_differences(monkeypatch):
    values = np.array([[9.0, 0.0, 5.0], [9, 1, 5], [9, 3, 8], [9, 3, 8], [9, 3, 8], [0, 0, 0]])
    seen, weights = [], estimators.nearest_weights
    monkeypatch.setattr(estimators, "nearest_weights", lambda d, *more: seen.append(more[:1]) or weights(d, *more))
    fit(Study.from_matrix(values, n_pre=5), "sdid")
    # With one time after the treatment, the five times before are weighed with zeta, the noise, squared.
    assert seen[0][0] == pytest.approx(5 * np.var([1, 2, 0, 0, 0, 3, 0, 0], ddof=1))
