"""Change of a measured quantity between two years, with the errors of measurement drawn.

References
----------
Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys, chapter 3. doi:10.1002/9780470316696
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from analysis.errors import InputError
from analysis.methods.result import Floats, Result, method

# 97.5 % point, and with it the 80 % point, of the normal distribution.
_TWO_SIDED, _DETECTABLE = float(norm.ppf(0.975)), float(norm.ppf(0.975) + norm.ppf(0.8))


@dataclass(frozen=True, slots=True)
class MeasuredChange(Result):
    """Difference of a quantity between two times, with the error of measurement drawn.

    Attributes
    ----------
    outcome, treated : str
        The quantity, and whose it is.
    years : tuple of int
        First and last time.
    values : tuple of float
        Values at the two.
    correlation : float
        Assumed correlation of the two errors.
    estimate : float
        Last value less first.
    lower, upper : float
        95 % interval of the difference over draws.
    sd : float
        Standard deviation of the difference over draws.
    p_value : float
        Two-sided p of no change: twice the smaller share of draws on either side of it.
    """

    outcome: str
    treated: str
    years: tuple[int, int]
    values: tuple[float, float]
    correlation: float
    estimate: float
    lower: float
    upper: float
    sd: float
    p_value: float

    @property
    def minimum_detectable_effect(self) -> float:
        """Smallest change that would be found with 80 % power."""
        return _DETECTABLE * self.sd

    def break_even_sd(self, margin: float, correlation: float) -> float:
        """Return the standard deviation of each error from which a fall by the margin is not ruled out."""
        return max(margin + self.estimate, 0.0) / (_TWO_SIDED * math.sqrt(2 * (1 - correlation)))

    def break_even(self, margin: float, correlations: Sequence[float] = (0.0, 0.5, 0.9)) -> str:
        """Say how large the errors may be before a fall by the margin is no longer ruled out."""
        each = ", ".join(f"{self.break_even_sd(margin, value):.3f} at correlation {value:g}" for value in correlations)
        return (
            f"{self.outcome}: a fall by {margin:g} is ruled out only if the standard deviation of each error is below "
            f"{each}."
        )

    def table(self) -> pd.DataFrame:
        """Return one row: times, values, difference with interval, p and detectable change."""
        row = {"measure": self.outcome, "first_year": self.years[0], "last_year": self.years[1]}
        row |= {"first": self.values[0], "last": self.values[1], "change": self.estimate, "lower": self.lower}
        row |= {"upper": self.upper, "p_value": self.p_value, "detectable": self.minimum_detectable_effect}
        return pd.DataFrame([row])

    def sentence(self) -> str:
        """Say both values, the difference with its interval, and what could have been found."""
        return (
            f"{self.outcome} of {self.treated} goes from {self.values[0]:.3g} in {self.years[0]} to "
            f"{self.values[1]:.3g} in {self.years[1]}: {self.estimate:+.3g} (95% of draws {self.lower:+.3g} to "
            f"{self.upper:+.3g}, errors correlated {self.correlation:g}; smallest detectable change "
            f"{self.minimum_detectable_effect:.3g})."
        )


@method
def measured_change(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: str,
    first: int,
    last: int,
    sd: str = "",
    rounded_parts: int = 0,
    correlation: float = 0.0,
    draws: int = 20_000,
    seed: int = 0,
) -> MeasuredChange:
    """Return the change of one unit between two times.

    Parameters
    ----------
    panel : DataFrame
        One row per unit and time.
    outcome, unit, time : str
        Columns of the panel.
    treated : str
        The unit whose change it is.
    first, last : int
        The two times.
    sd : str
        Column with the standard deviation of the outcome's normal error.
    rounded_parts : int
        Number of parts that are each rounded to whole points and added up: each hides up to half a point.
    correlation : float
        Correlation of the errors of the two times, 0 to 1; the same normal numbers serve all correlations.
    draws, seed : int

    Raises
    ------
    InputError
        The unit has no value at one of the times, or neither a column nor a number of parts is given.

    Examples
    --------
    >>> panel = pd.DataFrame({"who": "a", "year": [2000, 2001], "score": [0.3, 0.4], "error": 0.02})
    >>> where = {"outcome": "score", "unit": "who", "time": "year", "treated": "a", "first": 2000, "last": 2001}
    >>> round(measured_change(panel, **where, sd="error").estimate, 6)
    0.1
    """
    if bool(sd) == bool(rounded_parts):
        raise InputError("either sd or rounded_parts says what the error is", where=outcome, remedy="give one of them")
    if first >= last:
        raise InputError(f"{first} is not before {last}", where=outcome, remedy="take two years in order")
    own = panel[panel[unit] == treated].set_index(time).reindex([first, last])
    if own[outcome].isna().any():
        what = f"{treated} has no value in {own.index[own[outcome].isna()][0]}"
        raise InputError(what, where=outcome, remedy="choose other years or another country")
    if rounded_parts:
        hidden = (norm.cdf(_normal(correlation, draws, rounded_parts, seed)) - 0.5).sum(axis=2)
    else:
        hidden = _normal(correlation, draws, 1, seed)[:, :, 0] * own[sd].to_numpy(dtype=float)
    begin, end = (float(value) for value in own[outcome])
    drawn = end - begin + hidden[:, 1] - hidden[:, 0]
    lower, upper = np.quantile(drawn, [0.025, 0.975])
    p = 2 * min(float((drawn <= 0).mean()), float((drawn >= 0).mean()))
    return MeasuredChange(
        outcome=outcome,
        treated=treated,
        years=(first, last),
        values=(begin, end),
        correlation=correlation,
        estimate=end - begin,
        lower=float(lower),
        upper=float(upper),
        sd=float(drawn.std(ddof=1)),
        p_value=min(max(p, 1 / draws), 1.0),
    )


def _normal(correlation: float, draws: int, parts: int, seed: int) -> Floats:
    """Return standard normal errors, shape (draws, 2 times, parts)."""
    rng = np.random.default_rng(seed)
    shared, own = rng.standard_normal((draws, 1, parts)), rng.standard_normal((draws, 2, parts))
    return math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own


def borrowed_sd(levels: ArrayLike, errors: ArrayLike, at: ArrayLike, *, lenders: int = 200) -> Floats:
    """Return the median error of those observations whose level is nearest, for a measure without published errors.

    Parameters
    ----------
    levels, errors : array_like
        Level and standard deviation of each observation that lends.
    at : array_like
        Levels of the measure.
    lenders : int
        How many observations lend; all that are as near as the last one do.

    Examples
    --------
    >>> borrowed_sd([0.1, 0.2, 0.9], [1.0, 3.0, 9.0], [0.15], lenders=2).tolist()
    [2.0]
    """
    level, error = (np.asarray(values, dtype=float) for values in (levels, errors))
    known = np.isfinite(level)
    level, error = level[known], error[known]
    found = []
    for value in np.atleast_1d(np.asarray(at, dtype=float)):
        distance = np.abs(level - value)
        farthest = np.partition(distance, min(lenders, len(distance)) - 1)[min(lenders, len(distance)) - 1]
        found.append(np.nanmedian(error[distance <= farthest]) if np.isfinite(value) else np.nan)
    return np.array(found)
