"""The reference solver of synthetic difference-in-differences as it stands: a Frank-Wolfe search that stops early.

The published table was computed with this rule. On the California panel it uses up its 10,000 steps while the loss is
still 1% above the exact minimum, so the published synthetic control is reproduced by it, and by it only.

References
----------
Arkhangelsky et al. (2021), American Economic Review 111(12), section 3, and the R package synthdid.
"""

from __future__ import annotations

import numpy as np

from analysis.methods.synthetic.study import Study

TINY = 1e-6  # regularisation, in units of the noise level
STOP = 1e-5  # smallest decrease of the root of the objective, in units of the noise level


def frank_wolfe(columns: np.ndarray, target: np.ndarray, *, zeta: float, smallest_decrease: float) -> np.ndarray:
    """Return simplex weights: 100 steps, weights up to a quarter of the largest set to zero, then 10,000 steps."""
    start = np.full(columns.shape[1], 1.0 / columns.shape[1])
    first = descend(columns, target, start, zeta, smallest_decrease, steps=100)
    kept = np.where(first <= first.max() / 4, 0.0, first)
    return descend(columns, target, kept / kept.sum(), zeta, smallest_decrease, steps=10_000)


def descend(columns, target, weights, zeta, decrease, steps) -> np.ndarray:
    rows, last = len(target), np.inf
    for step in range(steps):
        residual = columns @ weights - target
        slope = residual @ columns + rows * zeta**2 * weights
        direction = -weights
        direction[np.argmin(slope)] += 1.0
        change = columns @ direction
        curvature = change @ change + rows * zeta**2 * (direction @ direction)
        if curvature > 0:
            weights = weights + min(1.0, max(0.0, -(slope @ direction) / curvature)) * direction
        error = columns @ weights - target
        value = zeta**2 * (weights @ weights) + error @ error / rows
        if step > 0 and last - value <= decrease**2:
            break
        last = value
    return weights


def reference_estimate(study: Study, *, eta: float, centred: bool, time_weights: bool) -> float:
    """Return the estimate of the reference software: donor weights, and weights or none of the times before."""
    pre, noise = study.values[: study.n_pre], np.diff(study.values[: study.n_pre, 1:], axis=0).std(ddof=1)
    matrix = pre - pre.mean(axis=0) if centred else pre
    weights = frank_wolfe(matrix[:, 1:], matrix[:, 0], zeta=eta * noise, smallest_decrease=STOP * noise)
    gap = study.treated_path - study.values[:, 1:] @ weights
    level = gap[: study.n_pre].mean() if centred else 0.0
    if time_weights:
        before, after = pre[:, 1:].T, study.values[study.n_pre :, 1:].mean(axis=0)
        times = frank_wolfe(
            before - before.mean(axis=0), after - after.mean(), zeta=TINY * noise, smallest_decrease=STOP * noise
        )
        level = times @ gap[: study.n_pre]
    return float(gap[study.n_pre :].mean() - level)
