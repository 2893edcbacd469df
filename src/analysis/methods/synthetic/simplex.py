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

from collections.abc import Iterator

import numpy as np
from scipy.optimize import lsq_linear, nnls

from analysis.errors import RunError
from analysis.methods.result import Bools, Floats

CERTIFIED = 1e-9  # largest duality gap accepted
ALIKE = 1e-12  # columns that miss an optimum by a gap below this belong to one
CLEARLY = 1e-8  # least eigenvalue of a Gram matrix of unit columns that are clearly independent
DEPENDENT = 1e-10  # relative singular value below which columns depend on each other
# Steps per column that the active-set solver may take. It ends after finitely many without any limit; the customary 3
# are too few for the shortest of many optimal weights, which are far from the vertices that it begins with.
STEPS = 100
PASSES = 5  # of mending the shortest weights; each misses a small share of what the one before missed
SMALLEST = 1e-15  # relative decrease of the loss at which the second solver stops; what may be missed without mending


def nearest_weights(differences: Floats, ridge: float = 0.0, rounding: float | Floats = 0.0) -> Floats:
    """Return the simplex weights for which the weighted sum of columns is nearest to the origin.

    ``differences`` holds column minus target, shape (m, n), or many such problems, (k, m, n); ``ridge`` is a penalty on
    the sum of squared weights, and a distance up to ``rounding`` is none. Of many optimal weights those of least
    Euclidean norm are returned. `RunError`: no weights are shown to be optimal.
    """
    many = differences.reshape(-1, *differences.shape[-2:])
    n, limits = many.shape[-1], np.broadcast_to(rounding, len(many))
    if ridge:
        many = np.concatenate([many, np.broadcast_to(np.sqrt(ridge) * np.eye(n), (len(many), n, n))], axis=1)
    system, lengths, _ = unit_columns(many)
    right, steps = np.append(np.zeros(many.shape[1]), 1.0), STEPS * n
    try:
        weights = np.stack([nnls(one, right, maxiter=steps)[0] for one in system]) / lengths
        weights /= weights.sum(axis=1, keepdims=True)
        gaps = duality_gaps(many, weights, limits)
        for one in np.flatnonzero(gaps.max(axis=-1) > ALIKE):
            # From the other end: all columns in use, then those below zero are taken out.
            end = lsq_linear(system[one], right, (0.0, np.inf), method="bvls", tol=SMALLEST, max_iter=steps)
            weights[one] = np.maximum(end.x, 0.0) / lengths[one]
            weights[one] /= weights[one].sum()
            gaps[one] = duality_gaps(many[one], weights[one], limits[one])
        for row, alike, around, free in () if ridge else optima(many, weights, gaps, limits):
            weights[row, alike] = _shortest(weights[row, alike], around, free)
            gaps[row] = duality_gaps(many[row], weights[row], limits[row])
    except RuntimeError as error:
        raise RunError("the solver did not converge", where="simplex weights", remedy="check the panel") from error
    if not gaps.max() <= CERTIFIED:
        what, remedy = f"relative duality gap {gaps.max():.1e} exceeds {CERTIFIED:.0e}", "look for nearly equal donors"
        raise RunError(what, where="simplex weights", remedy=f"rescale the outcome or {remedy}")
    return weights.reshape(*differences.shape[:-2], n)


def optima(
    columns: Floats, weights: Floats, gaps: Floats, rounding: Floats
) -> Iterator[tuple[int, Bools, Floats, Floats]]:
    """Yield which of many problems have several optima, the columns in use, these less the residual, a basis of moves.

    All optima have the same residual, for the loss is strictly convex in it. Of most problems a small Gram matrix shows
    that the columns which optimal weights may use are independent, so that there is one optimum.
    """
    alike, residual = (gaps >= -ALIKE) | (weights > 0), np.matvec(columns, weights)
    # One more column than the system has rows depends on the others.
    first = np.argsort(~alike, axis=1, kind="stable")[:, : min(alike.sum(axis=1).max(), columns.shape[1] + 2)]
    used = np.take_along_axis(alike, first, axis=1)
    around = _around(np.take_along_axis(columns, first[:, None], axis=2), residual, rounding)
    system = unit_columns(around)[0] * used[:, None]
    gram = system.swapaxes(1, 2) @ system + np.eye(used.shape[1]) * ~used[:, None]
    for one in np.flatnonzero(np.linalg.eigvalsh(gram)[:, 0] < CLEARLY):
        around = _around(columns[one][:, alike[one]], residual[one], rounding[one])
        system, lengths, _ = unit_columns(around)
        _, values, vectors = np.linalg.svd(system)
        rank = int((values > DEPENDENT * values[0]).sum())
        if rank < len(vectors):
            yield int(one), alike[one], around, np.linalg.qr(vectors[rank:].T / lengths[:, None])[0]


def _around(columns: Floats, residual: Floats, rounding: float | Floats) -> Floats:
    """Return columns less the residual; what is left of one by rounding is none, or its length would be the unit."""
    around = columns - residual[..., None]
    none = np.maximum(ALIKE * _norms(columns), np.asarray(rounding)[..., None])
    return around * (_norms(around) > none)[..., None, :]


def unit_columns(columns: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the system to be solved with columns of length one, their lengths, and the distance that is its unit."""
    size = _nearest(_norms(columns))
    system = np.ones((*columns.shape[:-2], columns.shape[-2] + 1, columns.shape[-1]))
    np.divide(columns, size[..., None, None], out=system[..., :-1, :])
    lengths = _norms(system)
    return system / lengths[..., None, :], lengths, size


def _norms(columns: Floats) -> Floats:
    return np.sqrt(np.square(columns).sum(axis=-2))


def _nearest(norms: Floats) -> Floats:
    """Return the least distance that is not 0, or 1."""
    least = norms.min(axis=-1, where=norms > 0, initial=np.inf)
    return np.where(least < np.inf, least, 1.0)


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
        if np.abs(missed).max() <= SMALLEST:
            break
        short[used] -= np.linalg.lstsq(system[:, used], missed, DEPENDENT)[0] / lengths[used]
    return np.asarray(np.maximum(short, 0.0) / np.maximum(short, 0.0).sum())


def duality_gaps(columns: Floats, weights: Floats, rounding: float | Floats = 0.0) -> Floats:
    """Return for each column how steeply the loss falls towards it: cosine of the angle times share of the distance.

    The Karush-Kuhn-Tucker conditions hold exactly if and only if the largest is zero. Times the mean distances of
    columns from the origin and, under optimal weights, from the residual, it bounds half the excess of the loss.
    """
    residual = np.matvec(columns, weights)
    around, norms = _around(columns, residual, rounding), _norms(columns)
    mean = np.maximum(np.vecdot(weights, norms), _nearest(norms))
    scale = _norms(around) * np.maximum(mean, rounding / ALIKE)[..., None]
    return np.divide(-np.vecmat(residual, around), scale, out=np.zeros(scale.shape), where=scale > 0)
