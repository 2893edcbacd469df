"""Clustered errors against clusters left out one by one, dense matrices, and pyfixest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.methods._clustered import jackknife
from analysis.methods._fixed_effects import indicator
from analysis.methods.poisson import conditional_poisson

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


def sample(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw regressors, some of them of one cluster only, weights, residuals that are orthogonal to them, clusters."""
    rng = np.random.default_rng(seed)
    clusters = np.sort(rng.integers(0, rng.integers(2, 7), 30))
    x = rng.normal(size=(30, int(rng.integers(1, 4)))) * [1.0, 1e3, 1e-3][: int(rng.integers(1, 4))][0]
    if seed % 3 == 0:
        x[:, -1] = clusters == 0
    if seed % 3 == 1:
        x[clusters == 1] = 0
    weights, residual = rng.uniform(0.1, 3, 30), rng.normal(size=30)
    return x, weights, residual - weights * (x @ np.linalg.lstsq((x.T * weights) @ x, x.T @ residual)[0]), clusters


def summed(clusters):
    codes = np.unique(clusters, return_inverse=True)[1]
    return indicator(codes, codes.max() + 1)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(seed=st.integers(0, 10_000))
def test_errors_and_degrees_are_those_of_clusters_left_out_one_by_one(seed):
    x, weights, residual, clusters = sample(seed)
    found = jackknife(x, weights, residual, summed(clusters))
    np.testing.assert_allclose(found, left_out(x, weights, residual, clusters), rtol=EQUAL)


def test_clusters_alike_give_one_degree_less_than_clusters():
    x = np.tile([1.0, -1, 2, -2], 9)[:, None]
    residual = np.random.default_rng(1).normal(size=36)
    assert jackknife(x, np.ones(36), residual, summed(np.arange(36) // 4))[1] == pytest.approx([8])


def test_errors_are_those_of_pyfixest_for_least_squares_and_close_to_its_refits_for_poisson():
    pf = pytest.importorskip("pyfixest")
    rng = np.random.default_rng(0)
    country = np.repeat(range(8), [20, 30, 40, 50, 60, 60, 65, 75])
    frame = pd.DataFrame(rng.normal(size=(400, 2)) + 0.2 * country[:, None], columns=["a", "b"])
    frame = frame.assign(country=country, one=1.0, y=frame["a"] + 2 * frame["b"] + rng.normal(size=400))
    ours = frame[["one", "a", "b"]].to_numpy()
    residual = frame["y"] - ours @ np.linalg.lstsq(ours, frame["y"])[0]
    asked = {"vcov": {"CRV3": "country"}, "ssc": pf.ssc(k_adj=False, G_adj=False)}
    theirs = pf.feols("y ~ a + b", frame, **asked).se()
    errors = jackknife(ours, np.ones(400), residual.to_numpy(), summed(country))[0]
    np.testing.assert_allclose(errors, np.sqrt(7 / 8) * theirs, rtol=EQUAL)
    frame["count"] = rng.poisson(np.exp(0.3 * frame["a"]))
    fit = conditional_poisson(frame["count"], frame[["a", "b"]], groups=country)
    refits = pf.fepois("count ~ a + b | country", frame, **asked).se()
    np.testing.assert_allclose(fit.errors, np.sqrt(7 / 8) * refits, rtol=LINEAR)
