"""Maximum of the conditional Poisson likelihood, by Newton steps with the effects projected out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError, InputError
from analysis.methods._fixed_effects import (
    Effects,
    Ints,
    Projection,
    check_identified,
    codes,
    columns,
    make_effects,
    sums_by,
)
from analysis.methods.result import Floats

DECREMENT = 1e-14  # Newton decrement, in log-likelihood units, below which the fit has converged
LARGEST_STEP = 10.0  # largest change of a log rate in one step: keeps exp() finite
MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Maximum:
    """State at the maximum of the multinomial likelihood; rows are those used.

    ``beta`` are log rate ratios, ``mean`` expected counts, ``residual`` counts less these; ``x`` is what the effects
    leave of the regressors under weights ``mean``, as ``projection`` does.
    """

    beta: Floats
    mean: Floats
    residual: Floats
    x: Floats
    projection: Projection


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that carry information, with regressors, effects, clusters and the small-sample factor of the covariance."""

    names: tuple[str, ...]
    y: Floats
    x: Floats
    offset: Floats
    effects: Effects
    rows: NDArray[np.bool_]
    groups_dropped: int
    clusters: Ints
    factor: float


def make_sample(
    y: ArrayLike,
    x: ArrayLike | pd.DataFrame | None,
    *,
    groups: ArrayLike,
    also: ArrayLike | None,
    offset: ArrayLike | None,
    cluster: ArrayLike | None,
) -> Sample:
    """Check the input and keep the rows of groups and levels whose total is not zero."""
    counts = columns(y, len(np.asarray(y)), "y")[1][:, 0]
    if (counts < 0).any():
        raise InputError("counts are negative", where="y", remedy="give counts or rates of at least 0")
    n = len(counts)
    names, matrix = columns(x, n)
    shift = np.zeros(n) if offset is None else columns(offset, n, "offset")[1][:, 0]
    group = codes(groups, n, "groups")
    level = None if also is None else codes(also, n, "also")
    group_total = sums_by(group, counts)
    rows = group_total[group] > 0
    if level is not None:
        rows &= sums_by(level, counts)[level] > 0
    if not rows.any():
        raise InputError("no group has an event", where="y", remedy="check the outcome")
    effects = make_effects(group[rows], None if level is None else level[rows])
    clusters = codes((group if cluster is None else np.asarray(cluster))[rows], int(rows.sum()), "cluster")
    n_clusters = int(clusters.max()) + 1
    if n_clusters < 2:
        raise InputError("fewer than two clusters", where="cluster", remedy="cluster on a finer unit")
    dropped = int((group_total == 0).sum())
    factor = n_clusters / (n_clusters - 1)
    return Sample(names, counts[rows], matrix[rows], shift[rows], effects, rows, dropped, clusters, factor)


def _refuse_separation(sample: Sample) -> None:
    """Refuse a one-signed regressor that is never nonzero together with an event: its ratio is 0 or infinite."""
    for name, column in zip(sample.names, sample.x.T, strict=True):
        one_signed = (column >= 0).all() or (column <= 0).all()
        if one_signed and column.any() and not (sample.y @ np.abs(column)):
            raise InputError("no event happens where it is not zero", where=name, remedy="drop it or widen its window")


def maximise(sample: Sample) -> Maximum:
    """Maximise the multinomial likelihood; raise if a regressor is not identified or the steps do not end."""
    _refuse_separation(sample)
    y, x, effects = sample.y, sample.x, sample.effects
    totals = sums_by(effects.group, y)
    log_share, beta = _normalise(sample.offset, effects), np.zeros(x.shape[1])
    for iteration in range(MOST_STEPS):
        mean = totals[effects.group] * np.exp(log_share)
        projection = effects.projection(mean)
        working = (y - mean) / mean
        both = projection.residual(np.column_stack([working, x]))
        if iteration == 0:
            check_identified(sample.names, x, both[:, 1:], mean)
        weighted = both[:, 1:] * mean[:, None]
        step = np.linalg.solve(weighted.T @ both[:, 1:], weighted.T @ both[:, 0])
        direction = working - (both[:, 0] - both[:, 1:] @ step)
        if mean @ direction**2 < DECREMENT:
            return Maximum(beta, mean, y - mean, both[:, 1:], projection)
        share, log_share = _line_search(y, log_share, direction, effects)
        beta = beta + share * step
    raise AnalysisError("the Poisson fit does not converge", where="conditional Poisson", remedy="check for separation")


def _line_search(y: Floats, log_share: Floats, direction: Floats, effects: Effects) -> tuple[float, Floats]:
    """Return the part of the step taken, and the new log shares: halved until the likelihood does not fall."""
    part = min(1.0, LARGEST_STEP / float(np.abs(direction).max()))
    before = y @ log_share
    for _ in range(20):
        after = _normalise(log_share + part * direction, effects)
        if y @ after >= before - 1e-9 * abs(before):
            break
        part /= 2
    return part, after


def _normalise(eta: Floats, effects: Effects) -> Floats:
    """Return log shares: eta less the log of its group's sum of exponentials."""
    sums = sums_by(effects.group, np.exp(eta))
    return eta - np.log(sums)[effects.group]
