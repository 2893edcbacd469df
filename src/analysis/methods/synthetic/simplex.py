"""Exact least squares over the unit simplex: the weights of a synthetic control.

For weights that sum to one, ``A w - b`` equals ``D w`` with ``D = A - b 1'``, so the problem is to find the point of
the convex hull of D's columns that is nearest to the origin. For any c > 0 that point is, up to scale, the solution of

    minimise ||D v||^2 + c^2 (1'v - 1)^2 subject to v >= 0,

because for ``v = s w`` the minimum over the scale s is an increasing function of ``||D w||^2``. The sum constraint is
therefore met exactly, without a large penalty, by one call of an active-set non-negative least-squares solver (Lawson
and Hanson 1974, chapter 23, doi:10.1137/1.9781611971217; Wolfe 1976, doi:10.1007/BF01580381). Where rounding among
equal columns makes that solver stop short of the optimum, another active-set solver, which begins with all columns,
takes its place (Stark and Parker 1995, Computational Statistics 10, 129-141); in neither case are weights accepted that
are not shown to be optimal.

Columns differ in size by any factor. The solver is given each at length one, with the distance of the nearest as c, and
what is called small is so beside the distances of the columns in use: one that is far away and unused changes nothing.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import lsq_linear, nnls

from analysis.errors import RunError
from analysis.methods.result import Bools, Floats

CERTIFIED = 1e-9  # largest duality gap accepted
ALIKE = 1e-12  # columns that miss an optimum by a gap below this belong to one
DEPENDENT = 1e-10  # relative singular value below which columns depend on each other
# Steps per column that the active-set solver may take. It ends after finitely many without any limit; the customary 3
# are too few for the shortest of many optimal weights, which are far from the vertices that it begins with.
STEPS = 100
PASSES = 5  # of mending the shortest weights; each misses a small share of what the one before missed
SMALLEST_DECREASE = 1e-15  # relative decrease of the loss at which the second solver stops


def nearest_weights(differences: Floats, ridge: float = 0.0, rounding: float = 0.0) -> Floats:
    """Return the simplex weights for which the weighted sum of columns is nearest to the origin.

    ``differences`` holds column minus target, shape (m, n); ``ridge`` is a penalty on the sum of squared weights, and
    a distance up to ``rounding`` is none. Of many optimal weights those of least Euclidean norm are returned.
    `RunError`: no weights are shown to be optimal.
    """
    columns = np.vstack([differences, np.sqrt(ridge) * np.eye(differences.shape[1])]) if ridge else differences
    system, lengths, _ = unit_columns(columns)
    right, steps = np.append(np.zeros(len(columns)), 1.0), STEPS * len(lengths)
    try:
        weights = nnls(system, right, maxiter=steps)[0] / lengths
        if duality_gaps(columns, weights / weights.sum(), rounding).max() > ALIKE:
            # From the other end: all columns in use, then those below zero are taken out.
            end = lsq_linear(system, right, (0.0, np.inf), method="bvls", tol=SMALLEST_DECREASE, max_iter=steps)
            weights = np.maximum(end.x, 0.0) / lengths
        weights = weights / weights.sum()
        if not ridge:
            alike, around, free = optima(columns, weights, rounding)
            weights[alike] = _shortest(weights[alike], around, free) if free.size else weights[alike]
    except RuntimeError as error:
        raise RunError("the solver did not converge", where="simplex weights", remedy="check the panel") from error
    gap = duality_gaps(columns, weights, rounding).max()
    if not gap <= CERTIFIED:
        what, remedy = f"relative duality gap {gap:.1e} exceeds {CERTIFIED:.0e}", "look for nearly equal donors"
        raise RunError(what, where="simplex weights", remedy=f"rescale the outcome or {remedy}")
    return weights


def optima(columns: Floats, weights: Floats, rounding: float = 0.0) -> tuple[Bools, Floats, Floats]:
    """Return the columns that optimal weights may use, these less the residual, and a basis of how weights may move.

    All optima have the same residual, for the loss is strictly convex in it.
    """
    alike = (duality_gaps(columns, weights, rounding) >= -ALIKE) | (weights > 0)
    around = columns[:, alike] - (columns @ weights)[:, None]
    none = np.maximum(ALIKE * np.linalg.norm(columns[:, alike], axis=0), rounding)
    around *= np.linalg.norm(around, axis=0) > none  # else rounding would be the unit
    system, lengths, _ = unit_columns(around)
    _, values, vectors = np.linalg.svd(system)
    rank = int((values > DEPENDENT * values[0]).sum())
    return alike, around, np.linalg.qr(vectors[rank:].T / lengths[:, None])[0]


def unit_columns(columns: Floats) -> tuple[Floats, Floats, float]:
    """Return the system to be solved with columns of length one, their lengths, and the distance that is its unit."""
    norms = np.linalg.norm(columns, axis=0)
    size = _nearest(norms)
    system = np.vstack([columns / size, np.ones(columns.shape[1])])
    lengths = np.linalg.norm(system, axis=0)
    return system / lengths, lengths, size


def _nearest(norms: Floats) -> float:
    """Return the least distance that is not 0, or 1."""
    return float(norms[norms > 0].min(initial=norms.max())) or 1.0


def _shortest(weights: Floats, around: Floats, free: Floats) -> Floats:
    """Return the weights of least norm that reproduce what these do: least distance programming by the same solver."""
    system, lengths, size = unit_columns(around)
    fixed = weights - free @ (free.T @ weights)
    bounds = np.vstack([free.T, -fixed])
    norms = np.linalg.norm(bounds, axis=0)
    bounds = np.divide(bounds, norms, out=np.zeros(bounds.shape), where=norms * lengths > DEPENDENT)
    right = np.append(np.zeros(free.shape[1]), 1.0)
    residual = bounds @ nnls(bounds, right, maxiter=STEPS * len(lengths))[0] - right
    short = fixed - free @ (residual[:-1] / residual[-1])
    # What rounding among columns of unlike size leaves below zero is taken out, and what then is missed is added.
    for _ in range(PASSES):
        used = short * lengths > ALIKE
        short[~used] = 0.0
        missed = np.append(around @ short / size, short.sum() - 1)
        short[used] -= np.linalg.lstsq(system[:, used], missed, DEPENDENT)[0] / lengths[used]
    return np.asarray(np.maximum(short, 0.0) / np.maximum(short, 0.0).sum())


def duality_gaps(columns: Floats, weights: Floats, rounding: float = 0.0) -> Floats:
    """Return for each column how steeply the loss falls towards it: cosine of the angle times share of the distance.

    The Karush-Kuhn-Tucker conditions hold exactly if and only if the largest is zero. Times the mean distances of
    columns from the origin and, under optimal weights, from the residual, it bounds half the excess of the loss.
    """
    residual = columns @ weights
    towards = residual[:, None] - columns
    lengths, norms = np.linalg.norm(towards, axis=0), np.linalg.norm(columns, axis=0)
    scale = lengths * max(float(weights @ norms), _nearest(norms), rounding / ALIKE)
    return np.divide(residual @ towards, scale, out=np.zeros(len(scale)), where=scale > 0)
