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
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import lsq_linear, nnls

from analysis.errors import RunError
from analysis.methods.result import Floats

CERTIFIED = 1e-9  # largest duality gap accepted, relative to the mean squared distance of target and donors
PERFECT = 1e-12  # a squared distance below this share of the same scale is a perfect fit
SMALLEST_NORM = 1e-11  # ridge, in units of the same scale, that picks the shortest of many perfect weights
# Steps per column that the active-set solver may take. It ends after finitely many without any limit; the customary 3
# are too few for the shortest of many perfect weights, which are far from the vertices that it begins with.
STEPS = 100
SMALLEST_DECREASE = 1e-15  # relative decrease of the loss at which the second solver stops


def nearest_weights(differences: Floats, ridge: float = 0.0) -> Floats:
    """Return the simplex weights for which the weighted sum of columns is nearest to the origin.

    ``differences`` holds column minus target, shape (m, n); ``ridge`` is a penalty on the sum of squared weights. Of
    many perfect weights those of least Euclidean norm are returned. `RunError`: no weights are shown to be optimal.
    """
    m, n = differences.shape
    size = float(np.sqrt(np.vdot(differences, differences) / n))
    if size == 0.0:
        return np.full(n, 1.0 / n)
    system = np.zeros((m + 1 + (n if ridge else 0), n))
    system[:m], system[m] = differences, size
    if ridge:
        np.fill_diagonal(system[m + 1 :], np.sqrt(ridge))
    right = np.zeros(len(system))
    right[m] = size
    try:
        weights = nnls(system, right, maxiter=STEPS * n)[0]
    except RuntimeError as error:
        what, remedy = "non-negative least squares did not converge", "check the panel for constant or huge values"
        raise RunError(what, where="simplex weights", remedy=remedy) from error
    weights = weights / weights.sum()
    if duality_gap(differences, weights, ridge) > CERTIFIED:
        # From the other end: all columns in use, then those below zero are taken out. The gap says if it got there.
        steps = STEPS * n
        found = lsq_linear(system, right, (0.0, np.inf), method="bvls", tol=SMALLEST_DECREASE, max_iter=steps)
        weights = np.maximum(found.x, 0.0) / np.maximum(found.x, 0.0).sum()
    residual = differences @ weights
    if not ridge and float(residual @ residual) <= PERFECT * size**2:
        weights = nearest_weights(differences, SMALLEST_NORM * size**2)
    gap = duality_gap(differences, weights, ridge)
    if not gap <= CERTIFIED:
        what, remedy = f"relative duality gap {gap:.1e} exceeds {CERTIFIED:.0e}", "look for nearly equal donors"
        raise RunError(what, where="simplex weights", remedy=f"rescale the outcome or {remedy}")
    return weights


def duality_gap(differences: Floats, weights: Floats, ridge: float = 0.0) -> float:
    """Return by how much, at most, half the penalised loss exceeds its minimum, relative to the scale of the problem.

    The Karush-Kuhn-Tucker conditions hold exactly if and only if it is zero: no column has a smaller partial
    derivative than those in use.
    """
    slope = differences.T @ (differences @ weights) + ridge * weights
    scale = np.vdot(differences, differences) / differences.shape[1] + ridge
    return float((weights @ slope - slope.min()) / scale) if scale > 0 else 0.0
