"""Exact least squares over the unit simplex: the weights of a synthetic control.

For weights that sum to one, ``A w - b`` equals ``D w`` with ``D = A - b 1'``, so the problem is to find the point of
the convex hull of D's columns that is nearest to the origin. For any c > 0 that point is, up to scale, the solution of

    minimise ||D v||^2 + c^2 (1'v - 1)^2 subject to v >= 0,

because for ``v = s w`` the minimum over the scale s is an increasing function of ``||D w||^2``. The sum constraint is
therefore met exactly, without a large penalty, by one call of an active-set non-negative least-squares solver. Where
rounding among equal columns makes that solver stop short of the optimum, another active-set solver, which begins with
all columns, takes its place; in neither case are weights accepted that are not shown to be optimal.

References
----------
Lawson, C. L. and Hanson, R. J. (1974). Solving Least Squares Problems, chapter 23. doi:10.1137/1.9781611971217
Wolfe, P. (1976). Finding the nearest point in a polytope. Mathematical Programming 11, 128-149.
doi:10.1007/BF01580381
Stark, P. B. and Parker, R. L. (1995). Bounded-variable least-squares: an algorithm and applications. Computational
Statistics 10, 129-141.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import lsq_linear, nnls

from analysis.errors import InputError, RunError
from analysis.methods.arrays import Bools, Floats, readonly

CERTIFIED = 1e-9  # largest duality gap accepted, relative to the mean squared distance of target and donors
PERFECT = 1e-12  # a squared distance below this share of the same scale is a perfect fit
SMALLEST_NORM = 1e-11  # ridge, in units of the same scale, that picks the shortest of many perfect weights
# Steps per column that the active-set solver may take. It ends after finitely many without any limit; the customary 3
# are too few for the shortest of many perfect weights, which are far from the vertices that it begins with.
STEPS = 100
SMALLEST_DECREASE = 1e-15  # relative decrease of the loss at which the second solver stops


@dataclass(frozen=True, slots=True)
class SimplexWeights:
    """Weights of P least-squares problems over the unit simplex, with a certificate of optimality.

    Attributes
    ----------
    weights : ndarray, shape (P, n)
        Non-negative, each row sums to one; zero where a column was not allowed.
    loss : ndarray, shape (P,)
        Residual sum of squares without the ridge term, in squared units of the target.
    certificate : ndarray, shape (P,)
        Duality gap relative to the mean squared distance between the target and its columns: half the ridge-penalised
        loss exceeds its minimum by no more than this (zero at an exact optimum).
    """

    weights: Floats
    loss: Floats
    certificate: Floats

    def table(self) -> pd.DataFrame:
        """Return one row per problem: loss, number of positive weights, certificate."""
        positive = (self.weights > 0).sum(axis=1)
        return pd.DataFrame({"loss": self.loss, "positive_weights": positive, "certificate": self.certificate})

    def sentence(self) -> str:
        """Say how many problems were solved and how near to the optimum they are."""
        return (
            f"{len(self.loss)} simplex least-squares problems solved with {self.weights.shape[1]} columns each; "
            f"the largest relative duality gap is {self.certificate.max():.1e}."
        )


def nearest_weights(differences: Floats, ridge: float = 0.0) -> Floats:
    """Return the simplex weights for which the weighted sum of columns is nearest to the origin.

    Parameters
    ----------
    differences : ndarray, shape (m, n)
        Column minus target, for each of n columns.
    ridge : float
        Penalty on the sum of squared weights, in squared units of ``differences``.

    Returns
    -------
    ndarray, shape (n,)
        If the fit is perfect and hence not unique, the weights of least Euclidean norm.

    Raises
    ------
    RunError
        If the solver does not end.
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
    weights = _nonnegative(system, right)
    if duality_gap(differences, weights, ridge) > CERTIFIED:
        weights = _bounded(system, right)
    residual = differences @ weights
    if not ridge and float(residual @ residual) <= PERFECT * size**2:
        return nearest_weights(differences, SMALLEST_NORM * size**2)
    return weights


def _nonnegative(system: Floats, right: Floats) -> Floats:
    try:
        solution, _ = nnls(system, right, maxiter=STEPS * system.shape[1])
    except RuntimeError as error:
        raise _unsolved() from error
    return np.asarray(solution / solution.sum(), dtype=np.float64)


def _bounded(system: Floats, right: Floats) -> Floats:
    """Solve the same problem from the other end: all columns in use, then those below zero are taken out."""
    steps = STEPS * system.shape[1]
    found = lsq_linear(system, right, (0.0, np.inf), method="bvls", tol=SMALLEST_DECREASE, max_iter=steps)
    if not found.success:
        raise _unsolved()
    solution = np.maximum(found.x, 0.0)
    return np.asarray(solution / solution.sum(), dtype=np.float64)


def _unsolved() -> RunError:
    what = "non-negative least squares did not converge"
    return RunError(what, where="simplex weights", remedy="check the panel for constant or huge values")


def duality_gap(differences: Floats, weights: Floats, ridge: float = 0.0) -> float:
    """Return by how much, at most, half the penalised loss exceeds its minimum, relative to the scale of the problem.

    The Karush-Kuhn-Tucker conditions hold exactly if and only if it is zero: no column has a smaller partial
    derivative than those in use.
    """
    slope = differences.T @ (differences @ weights) + ridge * weights
    scale = np.vdot(differences, differences) / differences.shape[1] + ridge
    return float((weights @ slope - slope.min()) / scale) if scale > 0 else 0.0


def simplex_weights(
    columns: ArrayLike, targets: ArrayLike, *, allowed: ArrayLike | None = None, ridge: float = 0.0
) -> SimplexWeights:
    """Fit one or many targets by convex combinations of a shared set of columns.

    Parameters
    ----------
    columns : array_like, shape (m, n)
        The pool: m observations (pre-treatment periods, predictors) of n units.
    targets : array_like, shape (m,) or (m, P)
        Series to be fitted.
    allowed : array_like of bool, shape (P, n), optional
        Columns that each target may use. By default all.
    ridge : float
        Penalty on the sum of squared weights, in squared units of the data.

    Returns
    -------
    SimplexWeights

    Raises
    ------
    InputError
        If shapes do not agree, values are not finite, the ridge is negative or a target may use no column.
    RunError
        If a solution does not satisfy the optimality conditions.

    Examples
    --------
    >>> simplex_weights([[0.0, 4.0], [0.0, 0.0]], [1.0, 5.0]).weights.round(2).tolist()
    [[0.75, 0.25]]
    """
    pool, wanted, use = _checked(columns, targets, allowed, ridge)
    weights = np.zeros(use.shape)
    loss, gap = np.zeros(len(use)), np.zeros(len(use))
    for p, mask in enumerate(use):
        differences = pool[:, mask] - wanted[:, p, None]
        found = nearest_weights(differences, ridge)
        weights[p, mask] = found
        loss[p] = np.square(differences @ found).sum()
        gap[p] = duality_gap(differences, found, ridge)
    require_certified(gap)
    return SimplexWeights(readonly(weights), readonly(loss), readonly(gap))


def require_certified(gap: Floats) -> None:
    """Raise `RunError` if a duality gap is larger than `CERTIFIED`."""
    if len(gap) and not gap.max() <= CERTIFIED:
        worst = int(np.argmax(gap))
        what = f"relative duality gap {gap[worst]:.1e} of problem {worst} exceeds {CERTIFIED:.0e}"
        raise RunError(what, where="simplex weights", remedy="rescale the outcome or look for nearly equal donors")


def _checked(
    columns: ArrayLike, targets: ArrayLike, allowed: ArrayLike | None, ridge: float
) -> tuple[Floats, Floats, Bools]:
    """Return columns (m, n), targets (m, P) and the mask (P, n) after checks."""
    pool = np.asarray(columns, dtype=np.float64)
    wanted = np.asarray(targets, dtype=np.float64)
    wanted = wanted[:, None] if wanted.ndim == 1 else wanted
    if pool.ndim != 2 or wanted.ndim != 2 or len(pool) != len(wanted):
        raise InputError(f"shapes {pool.shape} and {wanted.shape} do not agree", where="columns and targets")
    if not (np.isfinite(pool).all() and np.isfinite(wanted).all()):
        raise InputError("values are missing or infinite", where="columns and targets", remedy="drop these units")
    if not ridge >= 0:
        raise InputError(f"{ridge} is negative", where="ridge", remedy="use 0 or a positive number")
    shape = (wanted.shape[1], pool.shape[1])
    use = np.ones(shape, dtype=bool) if allowed is None else np.asarray(allowed, dtype=bool)
    if use.shape != shape or not use.any(axis=1).all():
        raise InputError(f"needs shape {shape} and a column for each target", where="allowed")
    return pool, wanted, use
