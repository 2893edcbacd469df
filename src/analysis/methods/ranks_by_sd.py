"""Rank sets for scores that are published without errors: how large an error would change what a rank says.

Nobody knows the error of such a score, so the sets are given over assumed standard deviations, together with the
smallest one at which a set reaches a rank that matters, such as that of the median unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods.ranks import RankSets, marginal
from analysis.methods.result import Floats, Result, method

Ints = NDArray[np.int64]
TOLERANCE = 1e-4  # largest excess over the smallest sd, in units of the score


@dataclass(frozen=True, slots=True)
class RankSetsBySd(Result):
    """Marginal sets of one unit's rank when the scores of all units are given the same assumed sd.

    Attributes
    ----------
    unit : str
        Label of the unit.
    rank, population : int
        Rank of its score (1 = highest), and number of units.
    sd : ndarray, shape (g,)
        Assumed sds of a score's error, rising, in units of the score.
    lower, upper : ndarray of int, shape (g,)
        Ends of the set at each sd, both included.
    target_rank : int
        The rank asked about.
    smallest_sd : float
        Smallest sd at which the set covers ``target_rank``, not confined to the grid.
    coverage : float
        Coverage of each set.
    """

    unit: str
    rank: int
    population: int
    sd: Floats
    lower: Ints
    upper: Ints
    target_rank: int
    smallest_sd: float
    coverage: float

    def evidence(self) -> dict[str, Any]:
        """Return the rank; its sets rest on assumed errors."""
        return {"estimate": float(self.rank), "unit": "rank", "n": self.population, "summary": self.sentence()}

    def table(self) -> pd.DataFrame:
        """Return one row per assumed sd: ends of the set, and whether it covers the target rank."""
        covers = (self.lower <= self.target_rank) & (self.target_rank <= self.upper)
        return pd.DataFrame({"sd": self.sd, "lower": self.lower, "upper": self.upper, "covers_target": covers})

    def sentence(self) -> str:
        """Say the set at each sd, and the sd at which the target rank is first covered."""
        ends = zip(self.lower, self.upper, self.sd, strict=True)
        sets = ", ".join(f"{low} to {high} at an assumed sd of {sd:g}" for low, high, sd in ends)
        return (
            f"{self.unit} has rank {self.rank} of {self.population}; the marginal {100 * self.coverage:g}% confidence "
            f"set for its rank is {sets}; it first covers rank {self.target_rank} at an sd of {self.smallest_sd:.3g} "
            f"(step-down max-t, independent normal errors)."
        )


@method
def rank_set_by_sd(
    scores: ArrayLike,
    unit: str,
    *,
    sds: ArrayLike,
    seed: int,
    target_rank: int | None = None,
    coverage: float = 0.95,
    draws: int = 1000,
) -> RankSetsBySd:
    """Return the marginal step-down sets of one unit over assumed sds.

    Parameters
    ----------
    scores : array_like or Series, shape (p,)
        Scores, higher is better. The index of a Series gives the labels, else positions do.
    unit : str
        Label of the unit.
    sds : array_like, shape (g,)
        Positive sds of a score's error, in units of the score, each assumed for all units.
    seed : int
        Seed of the draws, which are the same at every sd.
    target_rank : int, optional
        Rank asked about; default that of the median unit, ``(p + 1) // 2``.
    coverage, draws
        Nominal coverage of each set; number of bootstrap draws.

    Raises
    ------
    InputError
        As `analysis.methods.ranks.marginal`; or if there is no sd, or the target is not a rank.

    References
    ----------
    Mogstad et al. (2024), doi:10.1093/restud/rdad006
    """
    grid = np.sort(np.atleast_1d(np.asarray(sds, dtype=float)))
    if not grid.size:
        raise InputError("no sd is given", where="rank sets by sd", remedy="give at least one positive sd")
    sets = [_set(scores, sd, unit, seed, coverage, draws) for sd in grid]
    p = sets[0].population
    target = (p + 1) // 2 if target_rank is None else target_rank
    smallest = smallest_sd_covering(scores, unit, target_rank=target, seed=seed, coverage=coverage, draws=draws)
    lower, upper = np.concatenate([s.lower for s in sets]), np.concatenate([s.upper for s in sets])
    for values in (grid, lower, upper):
        values.setflags(write=False)
    return RankSetsBySd(unit, int(sets[0].rank[0]), p, grid, lower, upper, target, smallest, coverage)


def smallest_sd_covering(
    scores: ArrayLike,
    unit: str,
    *,
    target_rank: int,
    seed: int,
    coverage: float = 0.95,
    draws: int = 1000,
) -> float:
    """Return the smallest sd, common to all units, at which the marginal set of a unit covers a rank.

    With the same draws at every sd the set only grows with the sd, so bisection finds the sd.

    Parameters
    ----------
    scores, unit, seed, coverage, draws
        As in `rank_set_by_sd`.
    target_rank : int
        Rank to be covered, 1 to p.

    Returns
    -------
    float
        An sd that covers the rank, at most 1e-4 above the smallest; 0 where the scores (ties) cover it without error.

    Raises
    ------
    InputError
        As `rank_set_by_sd`.
    """
    x = np.asarray(scores, dtype=float)
    spread = float(np.ptp(x)) if x.size else 0.0
    first = _set(scores, spread or 1.0, unit, seed, coverage, draws)
    if not 1 <= target_rank <= first.population:
        raise InputError(
            f"target rank {target_rank} is not among 1 to {first.population}", where=unit, remedy="name a rank in it"
        )
    if 0 <= target_rank - first.rank[0] < (x == first.estimate[0]).sum():
        return 0.0
    low, high = 0.0, spread
    while not _covers(_set(scores, high, unit, seed, coverage, draws), target_rank):
        low, high = high, 2 * high
    while high - low > TOLERANCE:
        middle = (low + high) / 2
        covered = _covers(_set(scores, middle, unit, seed, coverage, draws), target_rank)
        low, high = (low, middle) if covered else (middle, high)
    return high


def _set(scores: ArrayLike, sd: float, unit: str, seed: int, coverage: float, draws: int) -> RankSets:
    """Marginal set of one unit at one sd."""
    return marginal(scores, sd, only=[unit], seed=seed, coverage=coverage, draws=draws)


def _covers(sets: RankSets, rank: int) -> bool:
    """Whether the only set holds the rank."""
    return bool(sets.lower[0] <= rank <= sets.upper[0])
