"""The reference solver of synthetic difference-in-differences, as it stands: a Frank-Wolfe search that stops early.

The published estimates were computed with this rule, so it is kept to reproduce them. It is not the default: on the
California panel it uses up its 10,000 steps while the loss is still 1% above the exact minimum.

References
----------
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic difference-in-differences.
American Economic Review 111(12), 4088-4118. doi:10.1257/aer.20190159
"""

from __future__ import annotations

import numpy as np

from analysis.methods.arrays import Floats

FIRST_STEPS = 100  # steps before small weights are set to zero
STEPS = 10_000
KEPT_SHARE = 0.25  # weights up to this share of the largest are set to zero


def frank_wolfe_weights(columns: Floats, target: Floats, *, zeta: float, smallest_decrease: float) -> Floats:
    """Return simplex weights found by Frank-Wolfe steps, sparsification, and Frank-Wolfe steps again.

    Parameters
    ----------
    columns, target : ndarray, shapes (m, n) and (m,)
        Minimises the mean squared residual plus ``zeta**2`` times the sum of squared weights.
    zeta : float
        Regularisation, in units of the data.
    smallest_decrease : float
        The search stops when a step lowers the objective by less than the square of this.

    Returns
    -------
    ndarray, shape (n,)

    References
    ----------
    Arkhangelsky et al. (2021), section 3 and the R package synthdid. doi:10.1257/aer.20190159
    """
    start = np.full(columns.shape[1], 1.0 / columns.shape[1])
    first = _descend(columns, target, start, zeta, smallest_decrease, FIRST_STEPS)
    kept = np.where(first <= KEPT_SHARE * first.max(), 0.0, first)
    return _descend(columns, target, kept / kept.sum(), zeta, smallest_decrease, STEPS)


def _descend(columns: Floats, target: Floats, weights: Floats, zeta: float, decrease: float, steps: int) -> Floats:
    """Repeat steps with exact line search until the objective falls by less than ``decrease**2``."""
    rows = len(target)
    last = np.inf
    for step in range(steps):
        weights = _step(columns, target, weights, rows * zeta**2)
        error = columns @ weights - target
        value = zeta**2 * float(weights @ weights) + float(error @ error) / rows
        if step > 0 and last - value <= decrease**2:
            break
        last = value
    return weights


def _step(columns: Floats, target: Floats, weights: Floats, ridge: float) -> Floats:
    """Move towards the vertex of steepest descent."""
    residual = columns @ weights - target
    slope = residual @ columns + ridge * weights
    vertex = int(np.argmin(slope))
    direction = -weights
    direction[vertex] += 1.0
    change = columns @ direction
    curvature = float(change @ change) + ridge * float(direction @ direction)
    if curvature == 0.0:
        return weights
    length = min(1.0, max(0.0, -float(slope @ direction) / curvature))
    return np.asarray(weights + length * direction, dtype=np.float64)
