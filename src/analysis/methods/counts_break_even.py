"""What would undo a significant difference of two Poisson counts: clumping, linked cases, other counts, lost exposure.

The rate ratio is that of the second period to the first; the test is the central exact conditional test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from analysis.errors import InputError
from analysis.methods.count_tests import (
    Exposures,
    central_p,
    check_counts,
    check_level,
    exposure_scale,
    odds,
    rate_ratio_interval,
    share_of_second,
)
from analysis.methods.counts_clusters import break_even_episode
from analysis.methods.result import Result, method


def break_even_dispersion(first: int, second: int, *, exposures: Exposures = (1.0, 1.0), level: float = 0.95) -> float:
    """Return the variance/mean ratio of the counts at which the Wald interval of the log rate ratio reaches 0.

    ``(ln RR)^2 / (z^2 (1/first + 1/second))``: a value below 1 means that there is no significant difference even
    between Poisson counts.

    Raises
    ------
    InputError
        As `count_test`, or if a count is 0, where the log ratio is infinite.
    """
    check_counts(first, second)
    check_level(level)
    if not first or not second:
        raise InputError("a count is 0, its log ratio infinite", where="counts", remedy="use break_even_removal")
    log_ratio = math.log(odds(second, first) * exposure_scale(exposures))
    return log_ratio**2 / (float(norm.isf((1 - level) / 2)) ** 2 * (1 / first + 1 / second))


def break_even_removal(first: int, second: int, *, exposures: Exposures = (1.0, 1.0), alpha: float = 0.05) -> int:
    """Return how many cases of the period with the higher rate must be set aside, as linked, before central p >= alpha.

    0 means that the difference is not significant as it is. Parameters and errors are those of `count_test`.
    """
    check_counts(first, second)
    falls = second * exposures[0] < first * exposures[1]
    removed = np.arange((first if falls else second) + 1)
    firsts, seconds = (first - removed, second + 0 * removed) if falls else (first + 0 * removed, second - removed)
    return int(np.argmax(central_p(firsts, seconds, share_of_second(exposures)) >= alpha))


def decisions(first: ArrayLike, second: ArrayLike, *, alpha: float = 0.05) -> NDArray[np.int8]:
    """Return what the central exact test says of pairs of counts of equal exposure: -1 fall, 0 open, 1 rise.

    Parameters
    ----------
    first, second : array_like of int
        Counts of any shapes that can be broadcast.
    alpha : float
        Two-sided level.

    Examples
    --------
    >>> decisions([46, 17, 8], [25, 12, 32]).tolist()
    [-1, 0, 1]
    """
    a, b = np.broadcast_arrays(np.asarray(first), np.asarray(second))
    return np.where(central_p(a, b, 0.5) < alpha, np.sign(b - a), 0).astype(np.int8)


@dataclass(frozen=True, slots=True)
class BreakEven(Result):
    """How far counts must be from what they are before their difference is no longer significant.

    Attributes
    ----------
    first, second : int
        Cases in the two periods.
    removed : int
        Cases to be taken from the higher count; 0 if the difference is not significant as it is.
    added : int
        Cases to be added to the lower count.
    episode : int
        Cases of the higher count that are to be one episode.
    """

    first: int
    second: int
    removed: int
    added: int
    episode: int

    def sentence(self) -> str:
        """Say the three ways."""
        counts = f"{self.first} and {self.second}"
        if not self.removed:
            return f"Between {counts} the exact test shows no difference that could be undone."
        return (
            f"The difference between {counts} is no longer significant once {self.removed} cases are taken from the "
            f"higher count, {self.added} are added to the lower, or {self.episode} cases of the higher are one episode."
        )


@method
def break_even_cases(first: int, second: int, *, alpha: float = 0.05) -> BreakEven:
    """Return how many cases out of two counts of equal exposure, into them, or in one episode undo their difference.

    Parameters and errors are those of `count_test`; ``alpha`` is the two-sided level.

    Examples
    --------
    >>> found = break_even_cases(46, 25)
    >>> found.removed, found.added
    (5, 4)
    """
    check_counts(first, second)
    low, high = sorted((first, second))
    added = int(np.argmax(decisions(low + np.arange(high - low + 1), high, alpha=alpha) == 0))
    removed, episode = (find(first, second, alpha=alpha) for find in (break_even_removal, break_even_episode))
    return BreakEven(int(first), int(second), removed, added, episode)


@dataclass(frozen=True, slots=True, eq=False)
class LostExposure(Result):
    """A rate ratio if more and more exposure of the second period could hold no case.

    Attributes
    ----------
    rows : DataFrame
        By ``lost``, in whole units from 0: ``ratio`` with the ends of its exact interval ``lower`` and ``upper``.
    """

    rows: pd.DataFrame

    @property
    def break_even(self) -> int | None:
        """Least loss at which the interval first holds equal rates; None if it never does."""
        holds = self.rows.index[(self.rows["lower"] <= 1) & (self.rows["upper"] >= 1)]
        return int(holds[0]) if len(holds) else None

    def table(self) -> pd.DataFrame:
        """Return one row a unit that is lost."""
        return self.rows

    def sentence(self) -> str:
        """Say the least loss that undoes the finding."""
        if self.break_even is None:
            return f"A loss of up to {self.rows.index.max()} units of exposure leaves equal rates excluded."
        return f"The interval holds equal rates once {self.break_even} units of the later exposure are lost."


@method
def lose_exposure(first: int, second: int, *, exposures: Exposures, most: int) -> LostExposure:
    """Compare two counts if more and more of the second period's exposure is lost.

    Parameters
    ----------
    first, second : int
        Cases in the two periods.
    exposures : tuple of float
        Whole exposures of the two periods, such as their days.
    most : int
        Largest loss; less than the second exposure.

    Examples
    --------
    >>> lose_exposure(46, 25, exposures=(365, 366), most=90).break_even
    37
    """
    lost = np.arange(most + 1)
    found = rate_ratio_interval(first, second)
    # The ratio of rates and its exact interval are proportional to the ratio of exposures.
    scale = exposures[0] / (exposures[1] - lost)
    ends = {"ratio": found.estimate * scale, "lower": found.lower * scale, "upper": found.upper * scale}
    return LostExposure(pd.DataFrame(ends, index=pd.Index(lost, name="lost")))
