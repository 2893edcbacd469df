"""Conditional Poisson: errors of clusters, refusals that are true, labels, and other fits of the model."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog, minimize

from analysis.charts.forest import terms_table
from analysis.errors import InputError
from analysis.methods._fixed_effects import indicator
from analysis.methods.event_studies import HALF_YEAR, event_dummies, event_study
from analysis.methods.poisson import NullPoisson, compare_ratios, conditional_poisson, jackknife, permuted_poisson

EQUAL = 1e-8  # other orders of the same products
LINEAR = 0.05  # refits move by more than one Newton step, here by less than so much of the error


def left_out(x, weights, residual, clusters) -> tuple[np.ndarray, np.ndarray]:
    """Return errors and degrees of freedom by leaving out every cluster, and by the covariance of all moves at once.

    Both are nan for coefficients that the remaining rows of some cluster do not tell.
    """
    names, n, k = np.unique(clusters), len(x), x.shape[1]
    levers = np.zeros((len(names), k, n))
    known = np.ones(k, dtype=bool)
    for row, name in enumerate(names):
        own, rest = clusters == name, clusters != name
        inverse = np.linalg.pinv((x[rest].T * weights[rest]) @ x[rest], rcond=1e-9, hermitian=True)
        known &= np.isclose(np.diag(inverse @ (x[rest].T * weights[rest]) @ x[rest]), 1, atol=1e-6)
        levers[row][:, own] = inverse @ x[own].T
    moves = levers @ residual
    errors = np.sqrt((len(names) - 1) / len(names) * (moves**2).sum(axis=0))
    fitted = weights[:, None] * x @ np.linalg.inv((x.T * weights) @ x) @ (x.T * weights)
    covariances = [levers[:, j] @ (np.diag(weights) - fitted) @ levers[:, j].T for j in range(k)]
    freedom = np.array([np.trace(one) ** 2 / max((one**2).sum(), 1e-300) for one in covariances])
    return np.where(known, errors, np.nan), np.where(known, freedom, np.nan)


def test_errors_are_those_of_pyfixest_or_close_to_its_refits_and_clusters_alike_give_one_degree_less():
    pf = pytest.importorskip("pyfixest")
    rng = np.random.default_rng(0)
    country = np.repeat(range(8), [20, 30, 40, 50, 60, 60, 65, 75])
    frame = pd.DataFrame(rng.normal(size=(400, 2)) + 0.2 * country[:, None], columns=["a", "b"])
    frame = frame.assign(country=country, one=1.0, y=frame["a"] + 2 * frame["b"] + rng.normal(size=400))
    ours = frame[["one", "a", "b"]].to_numpy()
    residual = frame["y"] - ours @ np.linalg.lstsq(ours, frame["y"])[0]
    asked = {"vcov": {"CRV3": "country"}, "ssc": pf.ssc(k_adj=False, G_adj=False)}
    theirs = pf.feols("y ~ a + b", frame, **asked).se()
    errors = jackknife(ours, np.ones(400), residual.to_numpy(), indicator(country).tocsr())[0]
    np.testing.assert_allclose(errors, np.sqrt(7 / 8) * theirs, rtol=EQUAL)
    frame["count"] = rng.poisson(np.exp(0.3 * frame["a"]))
    fit = conditional_poisson(frame["count"], frame[["a", "b"]], groups=country)
    refits = pf.fepois("count ~ a + b | country", frame, **asked).se()
    np.testing.assert_allclose(fit.errors, np.sqrt(7 / 8) * refits, rtol=LINEAR)
    x = np.tile([1.0, -1, 2, -2], 9)[:, None]
    residual = np.random.default_rng(1).normal(size=36)
    assert jackknife(x, np.ones(36), residual, indicator(np.arange(36) // 4).tocsr())[1] == pytest.approx([8])


MORE = [range(50), pytest.param(range(50, 2_050), marks=pytest.mark.long)]


def pushed_to_zero(design: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the rows that some direction lowers while it leaves all events alone: most rows, so all of them."""
    zero = y == 0
    n, k = int(zero.sum()), design.shape[1]
    found = linprog(
        np.r_[np.zeros(k), -np.ones(n)],
        A_ub=np.hstack([design[zero], np.eye(n)]),
        b_ub=np.zeros(n),
        A_eq=np.hstack([design[~zero], np.zeros((len(y) - n, n))]),
        b_eq=np.zeros(len(y) - n),
        bounds=[(None, None)] * k + [(0, 1)] * n,
    )
    rows = np.zeros(len(y), dtype=bool)
    rows[np.flatnonzero(zero)[found.x[k:] > 0.5]] = True
    return rows


def sample(seed: int) -> dict[str, np.ndarray]:
    """Draw few counts, many of them zero, dummies and steps that may be constant, equal, or tell events apart."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(6, 30)), int(rng.integers(1, 4))
    x = rng.choice([-1.0, 0, 1, 2], (n, k)) if rng.random() < 0.4 else (rng.random((n, k)) < 0.3).astype(float)
    if seed % 7 == 0:
        x[:, -1] = rng.normal(size=n)
    y = rng.poisson(rng.choice([0.2, 0.7, 3.0]), n).astype(float)
    return {
        "y": y * (x[:, 0] > 0) if seed % 5 == 0 else y,
        "x": x,
        "groups": rng.integers(0, 1 + n // 5, n),
        "also": rng.integers(0, 3, n) if seed % 2 else None,
        "cluster": rng.integers(0, 5, n),
        "offset": rng.normal(size=n) if seed % 3 == 0 else None,
    }


def dummies(groups: np.ndarray, also: np.ndarray | None) -> np.ndarray:
    sets = [groups] if also is None else [groups, also]
    return np.hstack([pd.get_dummies(one).to_numpy(dtype=float) for one in sets])


def refused(seed: int) -> str:
    """Return why a sample is refused, if it is, and check that this is so."""
    given = sample(seed)
    y, x = given["y"], given["x"]
    kept = ~pushed_to_zero(dummies(given["groups"], given["also"]), y)
    rest = {name: None if value is None else value[kept] for name, value in given.items()}
    effects = dummies(rest["groups"], rest["also"]) if kept.any() else np.zeros((0, 1))
    design = np.hstack([rest["x"], effects])
    true = {
        "no group has an event": not kept.any(),
        "fewer than two clusters": len(set(rest["cluster"])) < 2,
        "no variation left": np.linalg.matrix_rank(design) < x.shape[1] + np.linalg.matrix_rank(effects),
        "no maximum exists": bool(kept.any() and pushed_to_zero(design, rest["y"]).any()),
    }
    try:
        conditional_poisson(**given)
        return "fitted"
    except InputError as refusal:
        error = refusal
    said = [text for text, holds in true.items() if text in str(error) and holds]
    assert said, f"{seed}: {error} {true}"
    if said == ["no maximum exists"]:
        named = [int(name.removeprefix("x")) for name in error.where.split(", ")]
        assert pushed_to_zero(np.hstack([rest["x"][:, named], effects]), rest["y"]).any(), seed
        for one in named if len(named) > 1 else []:
            fewer = rest["x"][:, [other for other in named if other != one]]
            assert not pushed_to_zero(np.hstack([fewer, effects]), rest["y"]).any(), seed
    return said[0]


@pytest.mark.parametrize("seeds", MORE)
def test_a_sample_is_refused_for_a_true_reason_and_the_least_columns_are_named(seeds):
    assert {"fitted", "no maximum exists", "no variation left"} <= {refused(seed) for seed in seeds}


def most_likely(y: np.ndarray, design: np.ndarray, offset: np.ndarray | float = 0.0) -> np.ndarray:
    """Return coefficients by a trust region; statsmodels' GLM steps too far on one sample in a hundred."""
    return minimize(
        lambda b: np.exp(design @ b + offset).sum() - y @ design @ b,
        np.zeros(design.shape[1]),
        jac=lambda b: design.T @ (np.exp(design @ b + offset) - y),
        hess=lambda b: (design.T * np.exp(design @ b + offset)) @ design,
        method="trust-exact",
        options={"gtol": 1e-9, "maxiter": 2000},
    ).x


@pytest.mark.parametrize("full", [4, 0], ids=["dense", "sparse"])
@pytest.mark.parametrize("seeds", MORE)
def test_a_score_needs_no_maximum_and_a_ratio_without_one_is_the_bound(seeds, full, monkeypatch):
    monkeypatch.setattr("analysis.methods._fixed_effects.FULL", full)
    for seed in seeds:
        given = sample(seed)
        kept = ~pushed_to_zero(dummies(given["groups"], given["also"]), given["y"])
        label = (given["x"][:, 0] > 0).astype(float)
        rest = {name: None if value is None else value[kept] for name, value in given.items()}
        if len(set(rest["cluster"])) < 2:
            continue
        effects, y, part = dummies(rest["groups"], rest["also"]), rest["y"], label[kept]
        names = ("y", "groups", "also", "cluster")
        (ratio,), (z,) = NullPoisson(**{name: given[name] for name in names}).estimate(label)
        mean = np.exp(effects @ most_likely(y, effects))
        root = np.sqrt(mean)
        left = part - effects @ np.linalg.lstsq(root[:, None] * effects, root * part, rcond=None)[0]
        if mean @ left**2 < 1e-9:
            assert np.isnan([ratio, z]).all(), seed
            continue
        scores = pd.Series(left * (y - mean)).groupby(rest["cluster"]).sum()
        spread = np.sqrt((scores**2).sum() * len(scores) / (len(scores) - 1))
        assert np.isnan(z) if spread < 1e-6 else z == pytest.approx(scores.sum() / spread, abs=1e-4), seed
        separated = pushed_to_zero(np.column_stack([part, dummies(rest["groups"], None)]), y).any()
        assert (abs(ratio) == 10) == separated, seed


CLOSED = 1e-9  # algebraic identities, 8-byte floats
NEWTON = 1e-7  # both stop their Newton steps near 1e-10
ONE_STEP = 0.01  # log points: what remains after the one step that moves the season's effects, of second order


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame([(c, t) for c in range(40) for t in range(60)], columns=["country", "time"])
    n = len(frame)
    frame["group"] = frame["country"] * 10 + frame["time"] // 12
    frame["season"] = frame["time"] % 12
    frame["event"] = (rng.random(n) < 0.08).astype(float)
    frame["heat"] = rng.normal(size=n)
    effect = rng.normal(-1.5, 1.2, 400)[frame["group"]] + 0.05 * frame["season"]
    frame["count"] = rng.poisson(np.exp(effect + 0.6 * frame["event"] + 0.2 * frame["heat"])).astype(float)
    return frame


def fit(frame: pd.DataFrame, **keywords):
    return conditional_poisson(frame["count"], frame[["event", "heat"]], groups=frame["group"], **keywords)


def test_the_profile_of_a_label_and_many_versions_of_it_beside_controls_are_those_of_the_full_fit(panel):
    rng, y, group, season = np.random.default_rng(5), panel["count"], panel["group"], panel["season"]
    bare, close = NullPoisson(y, groups=group), NullPoisson(y, groups=group, also=season)
    for label in [panel["event"].to_numpy(), *(rng.random((5, len(panel))) < 0.1).astype(float)]:
        exact, both = (conditional_poisson(y, label, groups=group, also=also).coefficients for also in (None, season))
        assert bare.estimate(label)[0] == pytest.approx(exact, abs=NEWTON)
        assert close.estimate(label)[0] == pytest.approx(both, abs=ONE_STEP)
        assert 2 * bare.estimate(2 * label)[0] == pytest.approx(exact, abs=0.2)  # not 0/1: one step, coarser
    labels = rng.normal(size=(len(panel), 40))
    labels[:, 0] = 0.01 * panel["heat"] + 1e-4 * labels[:, 0]
    ratios = NullPoisson(y, groups=group, controls=panel[["heat"]]).estimate(labels)[0]
    assert ratios.shape == (40,)
    for place in (0, 7, 39):
        x = panel[["heat"]].assign(label=labels[:, place])
        full = conditional_poisson(y, x, groups=group)
        assert ratios[place] == pytest.approx(full.coefficients[1], abs=ONE_STEP * full.errors[1])


def test_a_regressor_far_from_zero_has_the_same_fit():
    x, rest = np.array([0.0, 3, 1, 2, 5, 4]), {"groups": [0, 0, 0, 1, 1, 1]}
    near, far = (conditional_poisson([1, 2, 0, 4, 3, 1], x + shift, **rest).table() for shift in (0, 1e6))
    pd.testing.assert_frame_equal(far, near, rtol=EQUAL)


def test_rows_of_pandas_arguments_are_matched_by_label():
    rows, x = list("abcdefgh"), [0, 1, 0, 1, 1, 0, 0, 1]
    frame = pd.DataFrame(
        {"y": [1, 2, 0, 4, 3, 1, 2, 2], "x": x, "g": [0] * 4 + [1] * 4, "w": np.linspace(0, 1, 8)}, rows
    )
    turned, y = frame.iloc[[3, 0, 7, 5, 1, 2, 6, 4]], frame["y"]
    tested = [permuted_poisson(y, given["x"], groups=given["g"], also=given["g"]) for given in (frame, turned)]
    assert tested[0] == tested[1]
    study = {"event_unit": [0, 1], "event_month": [1, 2], "windows": {"at": (0, 0)}, "effects": "unit, month"}
    panel = frame.assign(month=[*range(4)] * 2)
    fits = [
        event_study(y, unit=part["g"], month=part["month"], controls=part[["w"]] ** 2, **study)
        for part in (panel, panel.loc[turned.index])
    ]
    np.testing.assert_array_equal(fits[0].coefficients, fits[1].coefficients)


@pytest.mark.parametrize("y", [[1, 2, 1, 3, 6, 3], [7, 14, 7, 0, 0, 0], [1e-3, 2e-3, 1e-3, 5, 10, 5]])
def test_a_perfect_fit_has_a_ratio_without_an_error(y):
    found = conditional_poisson(y, [0, 1, 0] * 2, groups=[0] * 3 + [1] * 3, cluster=range(6)).ratio("x0")
    assert found.estimate == pytest.approx(2.0, rel=CLOSED)
    assert np.isnan([found.error, found.lower, found.p_value, found.minimum_detectable_effect]).all()
    assert "2.00 (no interval" in str(found)


def test_terms_of_several_samples_stand_in_one_table(panel):
    half = panel["country"] < 20
    fits = [fit(part, cluster=part["country"]) for part in (panel[half], panel[~half])]
    found = compare_ratios(*(one.ratio("event") for one in fits))
    assert [found.confidence_below(end) for end in (found.lower, found.upper)] == pytest.approx([0.025, 0.975])
    table = terms_table({"first": fits[0], "second": fits[1]}, ["heat", "event"])
    assert table[["sample", "window"]].to_numpy().tolist() == [
        [name, term] for name in ("first", "second") for term in ("heat", "event")
    ]
    assert table["p"].tolist() == [one.ratio(term).p_value for one in fits for term in ("heat", "event")]


def test_an_event_study_regresses_on_its_half_year_windows_and_controls_within_unit_years():
    rng = np.random.default_rng(2)
    unit, month = np.repeat(np.arange(12), 48), np.tile(np.arange(24_000, 24_048), 12)
    dates = {"event_unit": np.arange(12), "event_month": rng.integers(24_004, 24_044, 12)}
    y, heat = rng.poisson(6.0, 576), pd.DataFrame({"heat": rng.normal(size=576)}, index=np.arange(576) + 7)
    region = np.repeat(np.arange(4), 144)
    marks = event_dummies(unit, month, **dates)
    assert list(marks) == list(HALF_YEAR) == ["before_6_4", "before_3_1", "event_month", "after_1_3", "after_4_6"]
    x = marks.assign(heat=heat["heat"].to_numpy())
    for asked, cluster in ((None, unit), (region, region)):
        found = event_study(y, unit=unit, month=month, **dates, controls=heat, cluster=asked)
        direct = conditional_poisson(y, x, groups=unit * 10_000 + month // 12, also=month % 12, cluster=cluster)
        assert (found.names, found.n_clusters) == ((*HALF_YEAR, "heat"), len(set(cluster)))
        np.testing.assert_allclose(found.coefficients, direct.coefficients)
        np.testing.assert_allclose(found.errors, direct.errors)
