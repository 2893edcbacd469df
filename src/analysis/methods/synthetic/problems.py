"""Many one-treated-unit problems on one panel, and their solutions: the form in which all estimators work.

A study, all its in-space placebos and all its leave-one-out refits are the same matrix with another target column and
another set of allowed columns, so every estimator solves a set of problems and shares what they have in common.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.methods.result import Bools, Floats, readonly
from analysis.methods.synthetic.study import Study

Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Problems:
    """P problems that share the outcomes of N units.

    Attributes
    ----------
    outcomes : ndarray, shape (T, N)
    n_pre : int
        The first ``n_pre`` rows are before the treatment.
    targets : ndarray of int, shape (P,)
        Column that counts as treated.
    pools : ndarray of bool, shape (P, N)
        Columns that serve as its donors.
    noise : float
        Standard deviation of the donors' first differences before the treatment; sets the regularisation of synthetic
        difference-in-differences. It belongs to the study and is shared by its placebos.
    """

    outcomes: Floats
    n_pre: int
    targets: Ints
    pools: Bools
    noise: float

    @property
    def pre(self) -> Floats:
        """Outcomes before the treatment, shape (n_pre, N)."""
        return self.outcomes[: self.n_pre]

    @property
    def n_post(self) -> int:
        """Number of times after the treatment."""
        return len(self.outcomes) - self.n_pre


@dataclass(frozen=True, slots=True, eq=False)
class Solutions:
    """Weights and gaps of P problems.

    Attributes
    ----------
    weights : ndarray, shape (P, N)
        Weight of each column; zero outside the pool.
    time_weights : ndarray, shape (P, n_pre)
        Weights of the pre-treatment times; zero for estimators without an intercept.
    gaps : ndarray, shape (P, T)
        Target minus weighted donors, less the time-weighted mean of that difference before the treatment.
    details : tuple, length P
        What an estimator has to add, such as a ridge penalty; else None.
    """

    weights: Floats
    time_weights: Floats
    gaps: Floats
    details: tuple[Any, ...]
    n_pre: int

    @property
    def estimates(self) -> Floats:
        """Mean gap after the treatment, shape (P,)."""
        return np.asarray(self.gaps[:, self.n_pre :].mean(axis=1), dtype=np.float64)

    @property
    def pre_mspe(self) -> Floats:
        """Mean squared gap before the treatment, shape (P,)."""
        return np.asarray(np.square(self.gaps[:, : self.n_pre]).mean(axis=1), dtype=np.float64)

    @property
    def post_mspe(self) -> Floats:
        """Mean squared gap after the treatment, shape (P,)."""
        return np.asarray(np.square(self.gaps[:, self.n_pre :]).mean(axis=1), dtype=np.float64)


class Estimator(Protocol):
    """What fits a study: a name for sentences and a rule that solves problems."""

    @property
    def name(self) -> str:
        """Return the name of the method."""
        ...

    def solve(self, problems: Problems) -> Solutions:
        """Return the weights and gaps of all problems."""
        ...


def solutions(
    problems: Problems,
    weights: Floats,
    *,
    time_weights: Floats | None = None,
    details: tuple[Any, ...] | None = None,
) -> Solutions:
    """Return solutions with the gaps that the weights imply."""
    count = len(problems.targets)
    times = np.zeros((count, problems.n_pre)) if time_weights is None else time_weights
    raw = problems.outcomes[:, problems.targets].T - weights @ problems.outcomes.T
    level = np.einsum("pt,pt->p", times, raw[:, : problems.n_pre])
    return Solutions(
        readonly(weights),
        readonly(times),
        readonly(raw - level[:, None]),
        (None,) * count if details is None else details,
        problems.n_pre,
    )


def noise_level(pre_donors: Floats) -> float:
    """Return the standard deviation of all first differences of the donors before the treatment."""
    return float(np.diff(pre_donors, axis=0).std(ddof=1))


def treated_problem(study: Study) -> Problems:
    """Return the study itself as one problem."""
    pools = np.ones((1, len(study.units)), dtype=bool)
    pools[0, 0] = False
    return Problems(
        study.values,
        study.n_pre,
        np.zeros(1, dtype=np.intp),
        pools,
        noise_level(study.donor_matrix[: study.n_pre]),
    )


def placebo_problems(study: Study) -> Problems:
    """Return the study and, for each donor, the study as if that donor had been treated.

    The placebos' pools leave out the donor itself and the unit that was really treated.
    """
    size = len(study.units)
    pools = ~np.eye(size, dtype=bool)
    pools[1:, 0] = False
    return replace(treated_problem(study), targets=np.arange(size, dtype=np.intp), pools=pools)


def leave_one_out_problems(study: Study) -> Problems:
    """Return the study once without each donor."""
    donors = len(study.donors)
    pools = np.column_stack([np.zeros(donors, dtype=bool), ~np.eye(donors, dtype=bool)])
    return replace(treated_problem(study), targets=np.zeros(donors, dtype=np.intp), pools=pools)
