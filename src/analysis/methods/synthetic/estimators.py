"""Estimators with donor weights from outcomes: synthetic control, difference-in-differences, and what lies between.

References
----------
Abadie, A., Diamond, A. and Hainmueller, J. (2010). Synthetic control methods for comparative case studies. Journal of
the American Statistical Association 105, 493-505. doi:10.1198/jasa.2009.ap08746
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic difference-in-differences.
American Economic Review 111(12), 4088-4118. doi:10.1257/aer.20190159
Doudchenko, N. and Imbens, G. W. (2016). Balancing, regression, difference-in-differences and synthetic control methods.
NBER working paper 22791. doi:10.3386/w22791
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from analysis.methods.result import Floats
from analysis.methods.synthetic.problems import Problems, Solutions, solutions
from analysis.methods.synthetic.simplex import duality_gap, nearest_weights, require_certified

TINY = 1e-6  # regularisation, in units of the noise level, that only makes weights unique


@dataclass(frozen=True, slots=True)
class DifferenceInDifferences:
    """Equal weights for all donors and all pre-treatment times."""

    name: ClassVar[str] = "difference-in-differences"

    def solve(self, problems: Problems) -> Solutions:
        """Return the solutions of all problems."""
        return solutions(problems, _equal(problems), time_weights=_equal_times(problems))


@dataclass(frozen=True, slots=True)
class SyntheticControl:
    """Donor weights that best reproduce all pre-treatment outcomes, without intercept."""

    name: ClassVar[str] = "synthetic control"

    def solve(self, problems: Problems) -> Solutions:
        """Return the solutions of all problems."""
        return solutions(problems, _donor_weights(problems, problems.pre, zeta=0.0))


@dataclass(frozen=True, slots=True)
class DemeanedControl:
    """Synthetic control with an intercept (DIFP): donors reproduce the movement of the treated unit, not its level."""

    name: ClassVar[str] = "demeaned synthetic control"

    def solve(self, problems: Problems) -> Solutions:
        """Return the solutions of all problems."""
        centred = problems.pre - problems.pre.mean(axis=0)
        weights = _donor_weights(problems, centred, zeta=TINY * problems.noise)
        return solutions(problems, weights, time_weights=_equal_times(problems))


@dataclass(frozen=True, slots=True)
class SyntheticDiD:
    """Synthetic difference-in-differences: weights for donors and for pre-treatment times, and an intercept.

    Donor weights are regularised by zeta = (N1 T1)^(1/4) times the noise level with N1 = 1 treated unit and T1
    post-treatment times, time weights by 1e-6 times the noise level.
    """

    name: ClassVar[str] = "synthetic difference-in-differences"

    def solve(self, problems: Problems) -> Solutions:
        """Return the solutions of all problems."""
        centred = problems.pre - problems.pre.mean(axis=0)
        weights = _donor_weights(problems, centred, zeta=problems.n_post**0.25 * problems.noise)
        return solutions(problems, weights, time_weights=_time_weights(problems))


def _equal(problems: Problems) -> Floats:
    return problems.pools / problems.pools.sum(axis=1, keepdims=True)


def _equal_times(problems: Problems) -> Floats:
    return np.full((len(problems.targets), problems.n_pre), 1.0 / problems.n_pre)


def _donor_weights(problems: Problems, matrix: Floats, *, zeta: float) -> Floats:
    """Return exact weights; the ridge is the number of rows times the square of zeta."""
    ridge = len(matrix) * zeta**2
    weights = np.zeros(problems.pools.shape)
    gap = np.zeros(len(weights))
    for p, (target, pool) in enumerate(zip(problems.targets, problems.pools, strict=True)):
        differences = matrix[:, pool] - matrix[:, target, None]
        weights[p, pool] = found = nearest_weights(differences, ridge)
        gap[p] = duality_gap(differences, found, ridge)
    require_certified(gap)
    return weights


def _time_weights(problems: Problems) -> Floats:
    """Return weights of pre-treatment times that best predict the donors' mean outcome after the treatment."""
    before, after = problems.pre.T, problems.outcomes[problems.n_pre :].mean(axis=0)
    weights = np.zeros((len(problems.targets), problems.n_pre))
    gap = np.zeros(len(weights))
    zeta = TINY * problems.noise
    for p, pool in enumerate(problems.pools):
        columns = before[pool] - before[pool].mean(axis=0)
        target = after[pool] - after[pool].mean()
        differences, ridge = columns - target[:, None], len(target) * zeta**2
        weights[p] = nearest_weights(differences, ridge)
        gap[p] = duality_gap(differences, weights[p], ridge)
    require_certified(gap)
    return weights
