"""Permutation tests against counting by hand, regressions one by one, and their size under the null."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.methods.permutation import network_permutation

SAME = 1e-9  # the same statistic, other order of summation
KS = 0.01  # p below which 100 p-values are held not to be uniform


@pytest.fixture(scope="module")
def network() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    ties = (rng.random((5, 5)) < 0.4) * rng.random((5, 5))
    np.fill_diagonal(ties, 0)
    shocks = (rng.random((5, 40)) < 0.15).astype(float)
    return rng.normal(size=(5, 40)), shocks, ties


def test_network_equals_relabelled_regressions_one_by_one(network):
    y, shocks, ties = network
    keep = np.random.default_rng(1).random(y.shape) < 0.9
    unit, period = np.nonzero(keep)
    dummies = np.column_stack([unit[:, None] == np.arange(5), period[:, None] == np.arange(1, 40)]).astype(float)

    def slope(order):
        exposure = (ties[np.ix_(order, order)] @ shocks)[keep]
        return np.linalg.lstsq(np.column_stack([exposure, dummies]), y[keep], rcond=None)[0][0]

    found = network_permutation(y, shocks, ties, include=keep, draws=199, seed=1)
    orders = np.random.default_rng(1).permuted(np.tile(range(5), (199, 1)), axis=1)
    every = np.array([slope(order) for order in orders])
    assert found.null == pytest.approx(every, abs=SAME)
    assert found.estimate == pytest.approx(slope(np.arange(5)), abs=SAME)
    assert found.p_value == pytest.approx((1 + (every >= found.estimate - SAME).sum()) / 200, abs=SAME)
    assert found.floor == 1 / 200


def test_network_p_is_uniform_without_and_small_with_diffusion():
    rng = np.random.default_rng(7)
    ties = np.triu(rng.random((12, 12)) < 0.25, 1).astype(float)
    ties += ties.T
    shocks = (rng.random((12, 60)) < 0.1).astype(float)
    quiet = [network_permutation(rng.normal(size=(12, 60)), shocks, ties, draws=99, seed=s).p_value for s in range(100)]
    assert stats.kstest(quiet, "uniform").pvalue > KS
    spread = rng.normal(size=(12, 60)) + 1.5 * ties @ shocks
    found = network_permutation(spread, shocks, ties, draws=199, seed=1)
    assert found.p_value == found.floor == 1 / 200
    assert "which unit has which ties" in found.sentence()
    again = network_permutation(spread, shocks, ties, draws=199, seed=1)
    assert found.null.tobytes() == again.null.tobytes()
