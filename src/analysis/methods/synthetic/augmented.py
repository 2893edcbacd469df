"""Ridge-augmented synthetic control: a synthetic control whose remaining imbalance is corrected by a ridge regression.

References
----------
Ben-Michael, E., Feller, A. and Rothstein, J. (2021). The augmented synthetic control method. Journal of the American
Statistical Association 116, 1789-1803. doi:10.1080/01621459.2021.1929245
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from analysis.errors import InputError
from analysis.methods.result import Floats
from analysis.methods.synthetic.problems import Problems, Solutions, solutions
from analysis.methods.synthetic.simplex import duality_gap, nearest_weights, require_certified

GRID = 20  # penalties tried: from about the largest squared singular value down to 1e-8 of it
SMALLEST_RATIO = 1e-8


@dataclass(frozen=True, slots=True)
class RidgePenalty:
    """The ridge penalty of an augmented synthetic control.

    Attributes
    ----------
    penalty : float
        In squared units of the outcome.
    cross_validated : bool
        Chosen by leaving out one pre-treatment time after the other: the largest penalty whose mean squared error is
        within one standard error of the smallest.
    """

    penalty: float
    cross_validated: bool


@dataclass(frozen=True, slots=True)
class RidgeAugmentedControl:
    """Synthetic control on pre-treatment outcomes plus a ridge correction; weights sum to one and may be negative.

    Attributes
    ----------
    penalty : float, optional
        Ridge penalty in squared units of the outcome; by default cross-validated. The larger, the nearer to the
        synthetic control without correction.
    """

    penalty: float | None = None
    name: ClassVar[str] = "ridge-augmented synthetic control"

    def __post_init__(self) -> None:
        if self.penalty is not None and not self.penalty > 0:
            raise InputError(f"{self.penalty} is not positive", where="penalty", remedy="use a positive number")

    def solve(self, problems: Problems) -> Solutions:
        """Return the solutions of all problems."""
        weights = np.zeros(problems.pools.shape)
        gap = np.zeros(len(weights))
        details = []
        for p, (target, pool) in enumerate(zip(problems.targets, problems.pools, strict=True)):
            donors = problems.pre[:, pool]
            centre = donors.mean(axis=1)
            columns, wanted = donors - centre[:, None], problems.pre[:, target] - centre
            penalty = cross_validated_penalty(columns, wanted) if self.penalty is None else self.penalty
            simplex = nearest_weights(columns - wanted[:, None])
            gap[p] = duality_gap(columns - wanted[:, None], simplex)
            weights[p, pool] = simplex + _corrections(columns, wanted - columns @ simplex, np.array([penalty]))[0]
            details.append(RidgePenalty(penalty, self.penalty is None))
        require_certified(gap)
        return solutions(problems, weights, details=tuple(details))


def _corrections(columns: Floats, imbalance: Floats, penalties: Floats) -> Floats:
    """Return the ridge correction of the weights for each penalty, shape (len(penalties), n)."""
    values, vectors = np.linalg.eigh(columns @ columns.T)
    shrunk = (vectors.T @ imbalance) / (np.maximum(values, 0.0) + penalties[:, None])
    return np.asarray(shrunk @ vectors.T @ columns, dtype=np.float64)


def cross_validated_penalty(columns: Floats, target: Floats) -> float:
    """Return the ridge penalty chosen by leaving out one pre-treatment time after the other.

    Parameters
    ----------
    columns, target : ndarray, shapes (T0, n) and (T0,)
        Outcomes less the donors' mean in each time.

    Returns
    -------
    float
        The largest penalty of the grid within one standard error of the smallest mean squared error.

    References
    ----------
    Ben-Michael, Feller and Rothstein (2021), section 5.3; grid and folds as in the R package augsynth, which never
    leaves out the last time.
    """
    top = np.linalg.norm(columns, 2) ** 2
    grid = top * SMALLEST_RATIO ** ((np.arange(GRID + 1) - 1) / GRID)
    errors = np.array([_held_out_errors(columns, target, row, grid) for row in range(len(target) - 1)])
    mean = errors.mean(axis=0)
    best = int(np.argmin(mean))
    spread = errors[:, best].std(ddof=1) / np.sqrt(len(errors))
    return float(grid[mean <= mean[best] + spread].max())


def _held_out_errors(columns: Floats, target: Floats, row: int, grid: Floats) -> Floats:
    """Return the squared error in a time left out of the fit, for each penalty."""
    kept, wanted = np.delete(columns, row, axis=0), np.delete(target, row)
    simplex = nearest_weights(kept - wanted[:, None])
    weights = simplex + _corrections(kept, wanted - kept @ simplex, grid)
    return np.asarray(np.square(target[row] - weights @ columns[row]), dtype=np.float64)
