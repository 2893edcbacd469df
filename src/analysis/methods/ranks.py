"""Ranks and confidence sets for ranks: how far a league table can be trusted.

A unit with the highest score has rank 1. A published rank is an estimate, for the scores have errors; the sets below
say which ranks are compatible with the scores and their standard errors. If, among p units, the pairwise tests find a
units above unit j and b units below it, its set is ``1 + a`` to ``p - b``. Families of pairs and quantiles follow the
R package csranks; the random draws do not, so an end may differ by one rank from a printed example.

References
----------
Mogstad, Romano, Shaikh and Wilhelm (2024). Inference for ranks with applications to mobility across neighbourhoods
and academic achievement across countries. Review of Economic Studies 91(1), 476-518. doi:10.1093/restud/rdad006
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from analysis.methods.rank_tests import League, finite, pairs_found_above, pairs_with, require
from analysis.methods.result import Floats, Result, method

Ints = NDArray[np.int64]
Scope = Literal["marginal", "simultaneous"]


@dataclass(frozen=True, slots=True)
class RankSets(Result):
    """Confidence sets for the ranks of m units among all that were ranked, best estimate first (ties by label).

    Attributes
    ----------
    unit : tuple of str
        Labels, length m.
    estimate, standard_error : ndarray, shape (m,)
        Scores and their standard errors, in units of the score.
    rank, lower, upper : ndarray of int, shape (m,)
        Rank of the estimate (1 = highest) and the ends of its set, both included.
    population : int
        Number p of units ranked.
    coverage : float
        Probability that a set holds its true rank ("marginal") or that all sets hold theirs ("simultaneous").
    scope : {"marginal", "simultaneous"}
        Whose coverage it is: of each set alone, or of all sets jointly.
    stepdown : bool
        Step-down (True) or single-step critical values.
    draws : int
        Bootstrap draws.
    """

    unit: tuple[str, ...]
    estimate: Floats
    standard_error: Floats
    rank: Ints
    lower: Ints
    upper: Ints
    population: int
    coverage: float
    scope: Scope
    stepdown: bool
    draws: int

    def evidence(self) -> dict[str, Any]:
        """Return the rank and its set, if that of one unit was asked for."""
        if len(self.unit) > 1:
            return {"n": self.population, "summary": self.sentence()}
        ends = (float(self.lower[0]), float(self.upper[0]))
        own = {"estimate": float(self.rank[0]), "interval": ends, "unit": "rank", "n": self.population}
        return own | {"summary": self.sentence()}

    def table(self) -> pd.DataFrame:
        """Return one row per unit: estimate, standard error, rank, ends of its set and number of ranks in it."""
        names = ("unit", "estimate", "standard_error", "rank", "lower", "upper")
        frame = pd.DataFrame({name: getattr(self, name) for name in names})
        return frame.assign(ranks_in_set=frame["upper"] - frame["lower"] + 1)

    def method(self) -> str:
        """Return the method in words."""
        steps = "step-down" if self.stepdown else "single-step"
        return f"{steps} max-t, {self.draws:,} draws, independent normal errors"

    def sentence(self, unit: str | None = None) -> str:
        """Say the set of one unit, or sum up all sets."""
        label = f"{self.scope} {100 * self.coverage:g}% confidence set"
        if unit is None and len(self.unit) > 1:
            width = self.upper - self.lower + 1
            return (
                f"The {label}s of {len(self.unit)} units among {self.population} hold a median of {np.median(width):g} "
                f"ranks, from {width.min()} to {width.max()} ({self.method()})."
            )
        name = self.unit[0] if unit is None else unit
        require(name in self.unit, f"there is no set for unit {name!r}")
        i = self.unit.index(name)
        return (
            f"{name} has rank {self.rank[i]} of {self.population} (score {self.estimate[i]:.4g}); the {label} "
            f"for its rank is {self.lower[i]} to {self.upper[i]} ({self.method()})."
        )


@dataclass(frozen=True, slots=True)
class TopSet(Result):
    """Units that may be among the q best.

    Attributes
    ----------
    q : int
        Number of best places.
    member : tuple of str
        Units in the set, best estimate first.
    sets : RankSets
        Simultaneous sets of all units; the members are those whose set begins at q or better.
    """

    q: int
    member: tuple[str, ...]
    sets: RankSets

    def evidence(self) -> dict[str, Any]:
        """Return the units that may be among the best."""
        return {"members": self.member, "n": self.sets.population, "summary": self.sentence()}

    def table(self) -> pd.DataFrame:
        """Return one row per member: estimate, standard error, rank and best attainable rank (lower)."""
        frame = self.sets.table().drop(columns=["upper", "ranks_in_set"])
        return frame[frame["lower"] <= self.q].reset_index(drop=True)

    def sentence(self) -> str:
        """Say how many units may be among the q best, and which."""
        return (
            f"With {100 * self.sets.coverage:g}% confidence the {self.q} best of {self.sets.population} units are all "
            f"among these {len(self.member)}: {', '.join(self.member)} ({self.sets.method()})."
        )


def competition_rank(scores: ArrayLike) -> Ints:
    """Rank scores as in a competition: highest is 1, ties share the smallest rank (pandas: ``method="min"``).

    Parameters
    ----------
    scores : array_like, shape (p,)
        Finite scores; higher is better.

    Returns
    -------
    ndarray of int, shape (p,)
        Ranks, in the order of the scores.

    Raises
    ------
    InputError
        If there is no score, or one is missing or infinite.
    """
    return rankdata(-finite(scores, "scores"), method="min").astype(np.int64)


@method
def marginal(
    estimates: ArrayLike,
    standard_errors: ArrayLike,
    *,
    seed: int,
    only: Iterable[str] | None = None,
    coverage: float = 0.95,
    stepdown: bool = True,
    draws: int = 1000,
) -> RankSets:
    """Return marginal confidence sets: each holds the true rank of its own unit with the stated probability.

    Parameters
    ----------
    estimates : array_like or Series, shape (p,)
        Scores, higher is better. The index of a Series gives the labels (unique), else positions do.
    standard_errors : array_like or Series, shape (p,), or float
        Their standard errors; Series are matched by index.
    seed : int
        Seed of the draws, which go to units in order of the league table: the order of rows does not matter.
    only : iterable of str, optional
        Units whose sets are wanted; default all.
    coverage, stepdown, draws
        Nominal coverage, step-down (True) or single-step, number of bootstrap draws.

    Raises
    ------
    InputError
        If shapes differ, a value is not finite, an error is not positive, or a label is repeated or unknown.

    References
    ----------
    Mogstad et al. (2024), doi:10.1093/restud/rdad006
    """
    league = League.read(estimates, standard_errors)
    p, z = len(league.unit), league.draws(draws, seed)
    rows = sorted(league.position(name) for name in (league.unit if only is None else only))
    lower, upper = np.empty(p, dtype=np.int64), np.empty(p, dtype=np.int64)
    for i in rows:
        above = pairs_found_above(league, pairs_with(i, p), z=z, coverage=coverage, stepdown=stepdown)
        lower[i], upper[i] = 1 + above[:, i].sum(), p - above[i].sum()
    return _sets("marginal", coverage, stepdown, draws, league, rows, lower, upper)


@method
def simultaneous(
    estimates: ArrayLike,
    standard_errors: ArrayLike,
    *,
    seed: int,
    coverage: float = 0.95,
    stepdown: bool = True,
    draws: int = 1000,
) -> RankSets:
    """Return simultaneous sets: together they hold the true ranks of all units with the stated probability.

    Parameters, errors and reference are those of `marginal`.
    """
    league = League.read(estimates, standard_errors)
    p, z = len(league.unit), league.draws(draws, seed)
    above = pairs_found_above(league, ~np.eye(p, dtype=bool), z=z, coverage=coverage, stepdown=stepdown)
    lower, upper = 1 + above.sum(axis=0), p - above.sum(axis=1)
    return _sets("simultaneous", coverage, stepdown, draws, league, list(range(p)), lower, upper)


@method
def top_q(
    estimates: ArrayLike,
    standard_errors: ArrayLike,
    *,
    q: int,
    seed: int,
    coverage: float = 0.95,
    stepdown: bool = True,
    draws: int = 1000,
) -> TopSet:
    """Return the units that may be among the q best: those whose simultaneous set begins at q or better.

    The family has each pair in both directions, so the one-sided critical value is also the two-sided one and this is
    the paper's projection set (csranks: ``cstaubest``). The other parameters are those of `marginal`.

    Raises
    ------
    InputError
        As `marginal`, or if q is not between 1 and the number of units.
    """
    sets = simultaneous(estimates, standard_errors, seed=seed, coverage=coverage, stepdown=stepdown, draws=draws)
    require(1 <= q <= sets.population, f"q = {q} is not a number of best places among {sets.population} units")
    return TopSet(q, tuple(name for name, low in zip(sets.unit, sets.lower, strict=True) if low <= q), sets)


def _sets(
    scope: Scope, coverage: float, stepdown: bool, draws: int, league: League, rows: list[int], lower: Ints, upper: Ints
) -> RankSets:
    """Pack the sets of some rows of the league table, read-only."""
    values = (league.estimate, league.error, competition_rank(league.estimate), lower, upper)
    x, se, rank, low, high = (_fixed(v[rows]) for v in values)
    units = tuple(league.unit[i] for i in rows)
    return RankSets(units, x, se, rank, low, high, len(league.unit), coverage, scope, stepdown, draws)


def _fixed(values: NDArray[Any]) -> NDArray[Any]:
    """The same array, read-only."""
    values.setflags(write=False)
    return values
