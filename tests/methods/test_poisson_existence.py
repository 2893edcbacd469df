"""Conditional Poisson on small random input, degenerate too: refusals that are true, and scores of labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog, minimize

from analysis.errors import InputError
from analysis.methods.poisson import conditional_poisson, null_poisson

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


@pytest.mark.parametrize("seeds", MORE)
def test_a_score_needs_no_maximum_and_a_ratio_without_one_is_the_bound(seeds):
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


def test_labels_without_variation_are_missing_and_those_on_every_event_get_the_bound():
    groups, y = np.repeat(np.arange(4), 6), np.tile([0.0, 1, 2, 3, 1, 4], 4)
    every = np.where(np.arange(24) < 6, y > 0, 0.0)
    prepared = NullPoisson(y, groups=groups, cluster=groups)
    assert np.isnan(np.stack(prepared.estimate(np.column_stack([np.zeros(24), -1.0 - groups])))).all()
    assert prepared.estimate(every)[0].tolist() == [10.0]
    assert prepared.estimate(np.column_stack([every, every]))[0].tolist() == [10.0, 10.0]
