"""A Poisson regression prepared once, then estimated for many versions of one regressor: the engine of permutations.

Effects and controls are taken out of the outcome a single time. Every version of the regressor of interest (a permuted
label, a shifted calendar) then costs a few matrix products, so that hundreds of permutations of hundreds of
specifications take minutes, not days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.methods._fixed_effects import Ints, Projection, indicator
from analysis.methods._poisson_solver import make_sample, maximise
from analysis.methods.result import Floats, readonly

CHUNK = 32  # label columns at once: their residuals should fit the processor's cache
FARTHEST = 10.0  # log rate ratio of a label that no event, or every event, falls on
PROFILE_STEPS = 40  # Newton steps of at most 1 each: 10 reach the bound


@dataclass(frozen=True, slots=True)
class NullPoisson:
    """A conditional Poisson regression without its regressor of interest, ready for many versions of that regressor.

    For a 0/1 regressor the estimate is the maximum over its log rate ratio and the group effects, then one Newton step
    that moves controls and level effects too; for others it is one Newton step from the null fit. z is the
    cluster-robust efficient score. All versions are treated alike, which is what a permutation test needs; for one
    published coefficient use `conditional_poisson`.

    Of the arrays, ``rows`` marks those that carry information; ``mean`` and ``residual`` are expected counts under the
    null fit and counts less these; ``controls`` is an orthonormal basis of the controls less effects, under weights
    ``mean``, as is ``projection``; ``factor`` is the small-sample factor of the score's variance.
    """

    rows: NDArray[np.bool_]
    mean: Floats
    residual: Floats
    controls: Floats
    projection: Projection
    clusters: Ints
    factor: float

    def estimate(self, labels: ArrayLike) -> tuple[Floats, Floats]:
        """Return the log rate ratio and its cluster-robust score z for every column of labels, shape (n,) or (n, p).

        Both are nan where a version has no variation left; the ratio is -10 (10) where no (every) event falls on a 0/1
        label.
        """
        matrix = np.asarray(labels).reshape(len(self.rows), -1)
        starts = range(0, matrix.shape[1], CHUNK)
        parts = [self._chunk(matrix[:, i : i + CHUNK][self.rows].astype(float)) for i in starts]
        joined = np.concatenate(parts, axis=1)
        return joined[0], joined[1]

    def together(self, labels: Floats) -> Floats:
        """Return log rate ratios of regressors in one model, one Newton step from a null fit without controls."""
        x = self.projection.residual(labels[self.rows])
        return np.asarray(np.linalg.solve(x.T @ (self.mean[:, None] * x), x.T @ self.residual))

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


def null_poisson(
    y: ArrayLike,
    *,
    groups: ArrayLike,
    also: ArrayLike | None = None,
    controls: ArrayLike | pd.DataFrame | None = None,
    cluster: ArrayLike | None = None,
) -> NullPoisson:
    """Fit the null model once (effects and controls only), so that many versions of one regressor can be tried quickly.

    Parameters
    ----------
    y, groups, also, cluster
        As in `conditional_poisson`.
    controls : array_like or DataFrame, shape (n, k), optional
        Regressors that stay the same in all versions.

    References
    ----------
    Boos, D. (1992). On generalized score tests. American Statistician 46, 327-333. doi:10.1080/00031305.1992.10475921
    """
    sample = make_sample(y, controls, groups=groups, also=also, offset=None, cluster=cluster)
    null = maximise(sample)
    root = np.sqrt(null.mean)[:, None]
    basis = np.linalg.qr(root * null.x)[0] / root
    return NullPoisson(
        sample.rows,
        readonly(null.mean),
        readonly(null.residual),
        readonly(basis),
        null.projection,
        sample.clusters,
        sample.factor,
    )


def permuted_poisson(
    y: ArrayLike,
    labels: ArrayLike,
    *,
    groups: ArrayLike,
    also: ArrayLike | None = None,
    controls: ArrayLike | pd.DataFrame | None = None,
    cluster: ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """Return the log rate ratio and score z of a regressor and of its permuted versions: the estimate of a multiverse.

    Parameters
    ----------
    y, groups, also, controls, cluster
        As in `null_poisson`.
    labels : array_like, shape (n, 1 + permutations)
        The regressor, then its permuted versions (see `analysis.methods.calendars.shifted_labels`).

    Returns
    -------
    log_ratios, z : ndarray, shape (1 + permutations,)
        See `NullPoisson.estimate`.
    """
    return null_poisson(y, groups=groups, also=also, controls=controls, cluster=cluster).estimate(labels)
