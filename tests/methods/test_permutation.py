"""Permutation tests against Fisher's tea tasting, SciPy, enumeration, and their size under the null."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from analysis.errors import InputError
from analysis.methods.permutation import network_permutation, permutation_test, two_sample_permutation
from analysis.methods.within import within_ols

PRINTED = 1e-6  # row E7: six decimals
SAME = 1e-9  # the same statistic, other order of summation
KS = 0.01  # p below which 100 p-values are held not to be uniform


def test_tea_tasting_is_fisher_1935():
    guessed = np.array([1, 1, 1, 0, 1, 0, 0, 0])
    found = two_sample_permutation(guessed, [True] * 4 + [False] * 4, seed=1, alternative="greater")
    assert found.exact
    assert len(found.null) == 70
    assert found.p == pytest.approx(0.242857, abs=PRINTED)
    assert found.floor == 1 / 70


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_two_samples_equal_scipy(alternative):
    rng = np.random.default_rng(3)
    y, treated = rng.normal(size=11), np.arange(11) < 4
    ours = two_sample_permutation(y, treated, seed=1, alternative=alternative)
    oracle = stats.permutation_test(
        (y[treated], y[~treated]), lambda a, b: a.mean() - b.mean(), n_resamples=np.inf, alternative=alternative
    )
    assert ours.statistic == pytest.approx(oracle.statistic, abs=SAME)
    if alternative != "two-sided":  # SciPy doubles the smaller tail; ours compares distances
        assert ours.p == pytest.approx(oracle.pvalue, abs=SAME)
    else:
        assert ours.p == pytest.approx((np.abs(oracle.null_distribution) >= abs(ours.statistic) - SAME).mean())


def test_drawn_p_counts_the_observed_arrangement():
    found = permutation_test(5.0, np.arange(4.0), name="t", alternative="greater", exact=False, scheme="none")
    assert found.p == found.floor == 1 / 5
    assert permutation_test(2.0, np.arange(4.0), name="t", alternative="greater", exact=False, scheme="none").p == 3 / 5


@pytest.fixture(scope="module")
def network() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    ties = (rng.random((5, 5)) < 0.4) * rng.random((5, 5))
    np.fill_diagonal(ties, 0)
    shocks = (rng.random((5, 40)) < 0.15).astype(float)
    return rng.normal(size=(5, 40)), shocks, ties


def test_network_equals_enumeration_of_relabelled_regressions(network):
    y, shocks, ties = network
    keep = np.random.default_rng(1).random(y.shape) < 0.9
    unit, period = np.nonzero(keep)

    def slope(order):
        exposure = (ties[np.ix_(order, order)] @ shocks)[keep]
        return within_ols(y[keep], exposure, groups=unit, also=period).coefficients[0]

    every = np.array([slope(list(order)) for order in permutations(range(5))])
    found = network_permutation(y, shocks, ties, include=keep, seed=1)
    assert found.exact
    assert len(found.null) == 120
    assert found.statistic == pytest.approx(every[0], abs=SAME)
    assert found.p == pytest.approx((every >= every[0] - SAME).mean(), abs=SAME)
    assert found.floor == 1 / 120


def test_network_p_is_uniform_without_and_small_with_diffusion():
    rng = np.random.default_rng(7)
    ties = np.triu(rng.random((12, 12)) < 0.25, 1).astype(float)
    ties += ties.T
    shocks = (rng.random((12, 60)) < 0.1).astype(float)
    quiet = [network_permutation(rng.normal(size=(12, 60)), shocks, ties, draws=99, seed=s).p for s in range(100)]
    assert stats.kstest(quiet, "uniform").pvalue > KS
    spread = rng.normal(size=(12, 60)) + 1.5 * ties @ shocks
    found = network_permutation(spread, shocks, ties, draws=199, seed=1)
    assert found.p == found.floor == 1 / 200
    assert "which unit has which ties" in found.sentence()


def test_same_seed_same_bytes_and_bad_input_is_refused(network):
    y, shocks, ties = network
    first, second = (network_permutation(y, shocks, ties, draws=50, seed=3) for _ in range(2))
    assert first.null.tobytes() == second.null.tobytes()
    with pytest.raises(InputError, match="tied to itself"):
        network_permutation(y, shocks, ties + np.eye(5), seed=1)
    with pytest.raises(InputError, match="shapes differ"):
        network_permutation(y, shocks[:, 1:], ties, seed=1)
    with pytest.raises(InputError, match="exposure does not vary"):
        network_permutation(y, np.ones_like(shocks), ties, seed=1)
    with pytest.raises(InputError, match="each group needs a unit"):
        two_sample_permutation([1.0, 2.0], [True, True], seed=1)
