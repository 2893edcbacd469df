"""Regressions prepared once, then estimated for many versions of one regressor: the engine of permutation tests.

Effects and controls are taken out of the outcome a single time. Every version of the regressor of interest (a permuted
label, a shifted calendar) then costs a few matrix products, so that hundreds of permutations of hundreds of
specifications take minutes, not days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from analysis.methods._effects import Ints, Projection, SmallSample, check_identified, cluster_factor, codes, indicator
from analysis.methods._poisson_solver import make_sample, maximise
from analysis.methods.arrays import Floats, readonly
from analysis.methods.within import panel_design

CHUNK = 32  # label columns at once: their residuals should fit the processor's cache
FARTHEST = 10.0  # log rate ratio of a label that no event, or every event, falls on
PROFILE_STEPS = 40  # Newton steps of at most 1 each: 10 reach the bound


@dataclass(frozen=True, slots=True)
class PreparedPoisson:
    """A conditional Poisson regression without its regressor of interest, ready for many versions of that regressor.

    For a 0/1 regressor the estimate is the maximum over its log rate ratio and the group effects, then one Newton step
    that moves controls and level effects too; for others it is one Newton step from the null fit. z is the
    cluster-robust efficient score. All versions are treated alike, which is what a permutation test needs; for one
    published coefficient use `conditional_poisson`.

    Attributes
    ----------
    rows : ndarray of bool, shape (n,)
        Rows that carry information.
    mean, residual : ndarray, shape (n_used,)
        Expected counts under the null fit, and counts less these.
    controls : ndarray, shape (n_used, k)
        Orthonormal basis of the controls less effects, under weights ``mean``.
    projection : Projection
        Projection off the effects, under the same weights.
    clusters, factor : ndarray of int, float
        Clusters of the score, and the small-sample factor of its variance.
    """

    rows: NDArray[np.bool_]
    mean: Floats
    residual: Floats
    controls: Floats
    projection: Projection
    clusters: Ints
    factor: float

    def estimate(self, labels: ArrayLike) -> tuple[Floats, Floats]:
        """Return the log rate ratio and its cluster-robust score z for every column of labels.

        Parameters
        ----------
        labels : array_like, shape (n,) or (n, p)
            Versions of the regressor of interest, such as permuted calendars.

        Returns
        -------
        log_ratios, z : ndarray, shape (p,)
            NaN where a version has no variation left; -10 (10) where no (every) event falls on a 0/1 label.
        """
        matrix = np.asarray(labels).reshape(len(self.rows), -1)
        starts = range(0, matrix.shape[1], CHUNK)
        parts = [self._chunk(matrix[:, i : i + CHUNK][self.rows].astype(float)) for i in starts]
        joined = np.concatenate(parts, axis=1)
        return joined[0], joined[1]

    def _chunk(self, labels: Floats) -> Floats:
        x = self.projection.residual(labels)
        x -= self.controls @ (self.controls.T @ (self.mean[:, None] * x))
        info = np.einsum("ij,ij,i->j", x, x, self.mean)
        flat = info <= 1e-9 * (self.mean @ labels**2)
        info = np.where(flat, np.nan, info)
        scores = indicator(self.clusters, int(self.clusters.max()) + 1) @ (x * self.residual[:, None])
        score = scores.sum(axis=0)
        z = score / np.where(flat, np.nan, np.sqrt(self.factor * (scores**2).sum(axis=0)))
        binary = bool(((labels == 0) | (labels == 1)).all())
        return np.stack([self._profile(labels, x) + 0 * info if binary else score / info, z])

    def _profile(self, labels: Floats, x: Floats) -> Floats:
        """Return log ratios: maximum over ratio and group effects, then one step that moves the other effects too."""
        group = self.projection.effects.group
        sums = indicator(group, self.projection.effects.n_groups)
        total = (sums @ self.mean)[:, None]
        share = (sums @ (labels * self.mean[:, None])) / total
        b = _match_totals(share, total, labels.T @ (self.mean + self.residual))
        scale = 1 + share * np.expm1(b)
        mean = self.mean[:, None] * (1 + labels * np.expm1(b)) / scale[group]
        score = (self.residual + self.mean) @ x - (mean * x).sum(axis=0)
        step = score / np.maximum(np.einsum("ij,ij,ij->j", x, x, mean), 1e-12)
        return np.where(np.abs(b) < FARTHEST, b + np.clip(step, -1.0, 1.0), b)


def _match_totals(share: Floats, total: Floats, events: Floats) -> Floats:
    """Return the log ratio at which labelled rows have as many events as expected given the totals of groups."""
    b = np.zeros(share.shape[1])
    for _ in range(PROFILE_STEPS):
        expected = share * np.exp(b) / (1 + share * np.expm1(b))
        slope = (total * expected * (1 - expected)).sum(axis=0)
        step = (events - (total * expected).sum(axis=0)) / np.maximum(slope, 1e-12)
        new = np.clip(b + np.clip(step, -1.0, 1.0), -FARTHEST, FARTHEST)
        done, b = bool((np.abs(new - b) < 1e-11).all()), new
        if done:
            break
    return b


@dataclass(frozen=True, slots=True)
class PreparedWithin:
    """A within regression whose controls and effects are taken out, ready for many versions of one regressor.

    Attributes
    ----------
    outcome : ndarray, shape (n,)
        Outcome less effects and controls.
    controls : ndarray, shape (n, k)
        Orthonormal basis of the controls less effects.
    projection : Projection
        Projection off the effects.
    clusters, factor : ndarray of int, float
        Clusters of the errors, and the small-sample factor of their variance.
    """

    outcome: Floats
    controls: Floats
    projection: Projection
    clusters: Ints
    factor: float

    def estimate(self, labels: ArrayLike) -> tuple[Floats, Floats]:
        """Return the coefficient and its cluster-robust z for every column of labels.

        Parameters
        ----------
        labels : array_like, shape (n,) or (n, p)
            Versions of the regressor of interest, such as permuted labels.

        Returns
        -------
        coefficients, z : ndarray, shape (p,)
            NaN where a version has no variation left.
        """
        matrix = np.asarray(labels, dtype=float).reshape(len(self.outcome), -1)
        sums = indicator(self.clusters, int(self.clusters.max()) + 1)
        parts = [self._chunk(matrix[:, i : i + CHUNK], sums) for i in range(0, matrix.shape[1], CHUNK)]
        joined = np.concatenate(parts, axis=1)
        return joined[0], joined[1]

    def _chunk(self, labels: Floats, sums: sparse.csr_array) -> Floats:
        x = self.projection.residual(labels)
        x -= self.controls @ (self.controls.T @ x)
        square = x**2
        info = square.sum(axis=0)
        usable = info > 1e-9 * (labels**2).sum(axis=0)
        info = np.where(usable, info, np.nan)
        slope = (self.outcome @ x) / info
        meat = sums @ (x * self.outcome[:, None]) - (sums @ square) * slope
        return np.stack([slope, slope * info / np.sqrt(self.factor * (meat**2).sum(axis=0))])


def prepare_conditional_poisson(
    y: ArrayLike,
    *,
    groups: ArrayLike,
    also: ArrayLike | None = None,
    controls: ArrayLike | pd.DataFrame | None = None,
    offset: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    small_sample: SmallSample = "clusters",
) -> PreparedPoisson:
    """Fit the null model once (effects and controls only), so that many versions of one regressor can be tried quickly.

    Parameters
    ----------
    y, groups, also, offset, cluster, small_sample
        As in `conditional_poisson`.
    controls : array_like or DataFrame, shape (n, k), optional
        Regressors that stay the same in all versions.

    Raises
    ------
    InputError, AnalysisError
        As `conditional_poisson`.

    References
    ----------
    Boos, D. (1992). On generalized score tests. American Statistician 46, 327-333. doi:10.1080/00031305.1992.10475921
    """
    sample = make_sample(
        y, controls, groups=groups, also=also, offset=offset, cluster=cluster, small_sample=small_sample
    )
    null = maximise(sample)
    root = np.sqrt(null.mean)[:, None]
    basis = np.linalg.qr(root * null.x)[0] / root
    return PreparedPoisson(
        sample.rows,
        readonly(null.mean),
        readonly(null.residual),
        readonly(basis),
        null.projection,
        sample.clusters,
        sample.factor,
    )


def prepare_within(
    y: ArrayLike,
    *,
    groups: ArrayLike,
    cluster: ArrayLike,
    also: ArrayLike | None = None,
    controls: ArrayLike | pd.DataFrame | None = None,
    small_sample: SmallSample = "clusters",
) -> PreparedWithin:
    """Take effects and controls out of an outcome once, so that many versions of one regressor can be tried quickly.

    Parameters
    ----------
    y, groups, also, cluster, small_sample
        As in `within_ols`.
    controls : array_like or DataFrame, shape (n, k), optional
        Regressors that stay the same in all versions.

    Raises
    ------
    InputError
        As `within_ols`.
    """
    outcome, names, matrix, effects = panel_design(y, controls, groups, also)
    assert effects is not None
    projection = effects.projection()
    both = projection.residual(np.column_stack([outcome, matrix]))
    check_identified(names, matrix, both[:, 1:])
    basis = np.linalg.qr(both[:, 1:])[0]
    residual = both[:, 0] - basis @ (basis.T @ both[:, 0])
    c = codes(cluster, len(outcome), "cluster")
    count = effects.parameters + len(names) + 1
    factor = cluster_factor(small_sample, clusters=int(c.max()) + 1, n=len(outcome), parameters=count)
    return PreparedWithin(readonly(residual), readonly(basis), projection, c, factor)
