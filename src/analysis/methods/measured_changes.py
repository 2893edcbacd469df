"""Change of measured quantities: of one, with its errors drawn, and of one group of indicators against another.

References
----------
Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys, chapter 3. doi:10.1002/9780470316696
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from analysis.errors import InputError
from analysis.methods.result import Estimate, Floats, checked, method
from analysis.methods.synthetic.study import by_time_and_unit

_TWO_SIDED, _POWER = norm.ppf([0.975, 0.8]).tolist()


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
) -> Estimate:
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

    Returns
    -------
    Estimate
        Last value less first, its 95 % interval over draws; ``p_value`` of no change, twice the smaller share of draws
        on either side of it.

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
        hidden = (norm.cdf(correlated_normal(correlation, (draws, 2, rounded_parts), seed)) - 0.5).sum(axis=2)
    else:
        hidden = correlated_normal(correlation, (draws, 2, 1), seed)[:, :, 0] * own[sd].to_numpy(dtype=float)
    begin, end = (float(value) for value in own[outcome])
    drawn = end - begin + hidden[:, 1] - hidden[:, 0]
    lower, upper = np.quantile(drawn, [0.025, 0.975]).tolist()
    p = 2 * min(float((drawn <= 0).mean()), float((drawn >= 0).mean()))
    p_value, error = min(max(p, 1 / draws), 1.0), float(drawn.std(ddof=1))
    detectable = (_TWO_SIDED + _POWER) * error
    row = {"measure": outcome, "first_year": first, "last_year": last, "first": begin, "last": end}
    row |= {"change": end - begin, "lower": lower, "upper": upper, "p_value": p_value, "detectable": detectable}
    words = (
        f"{outcome} of {treated} goes from {begin:.3g} in {first} to {end:.3g} in {last}: {end - begin:+.3g} (95% of "
        f"draws {lower:+.3g} to {upper:+.3g}, errors correlated {correlation:g}; smallest detectable change "
        f"{detectable:.3g})."
    )
    return Estimate(
        words,
        name=outcome,
        estimate=end - begin,
        lower=lower,
        upper=upper,
        p_value=p_value,
        minimum_detectable_effect=detectable,
        rows=pd.DataFrame([row]),
    )


def break_even_sd(change: Estimate, margin: float, correlation: float) -> float:
    """Return the standard deviation of each error from which a fall by the margin is not ruled out."""
    return max(margin + change.estimate, 0.0) / (_TWO_SIDED * math.sqrt(2 * (1 - correlation)))


def break_even(change: Estimate, margin: float, correlations: Sequence[float] = (0.0, 0.5, 0.9)) -> str:
    """Say how large the errors may be before a fall by the margin is no longer ruled out."""
    if break_even_sd(change, margin, 0) == 0:
        return f"{change.name}: a fall by {margin:g} is not ruled out by errors of any size, for the estimate is one."
    each = ", ".join(f"{break_even_sd(change, margin, value):.2g} at correlation {value:g}" for value in correlations)
    told = f"{change.name}: a fall by {margin:g} is ruled out only if the standard deviation of each error is below"
    return f"{told} {each}."


def correlated_normal(correlation: float, shape: tuple[int, int, int], seed: int) -> Floats:
    """Return standard normal errors, shape (draws, times, parts), of which any two times of a part correlate alike."""
    if not 0 <= correlation <= 1:
        raise InputError(f"{correlation} must lie in 0 to 1", where="correlation", remedy="use 0, 0.5 or 0.9")
    rng = np.random.default_rng(seed)
    shared, own = rng.standard_normal((shape[0], 1, shape[2])), rng.standard_normal(shape)
    return math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own


def borrowed_sd(levels: ArrayLike, errors: ArrayLike, at: ArrayLike, *, lenders: int = 200) -> Floats:
    """Return the median error of the observations nearest in level, for a measure ``at`` levels without known errors.

    As many as ``lenders`` observations lend, and all others that are as near as the last one.

    Examples
    --------
    >>> borrowed_sd([0.1, 0.2, 0.9], [1.0, 3.0, 9.0], [0.15], lenders=2).tolist()
    [2.0]
    """
    level, error = (np.asarray(values, dtype=float) for values in (levels, errors))
    known = np.isfinite(level)
    level, error = level[known], error[known]
    values, place = np.unique(np.atleast_1d(np.asarray(at, dtype=float)), return_inverse=True)
    last, found = min(lenders, len(level)) - 1, []
    for value in values:
        distance = np.abs(level - value)
        near = distance <= np.partition(distance, last)[last]
        found.append(np.nanmedian(error[near]) if np.isfinite(value) else np.nan)
    return np.array(found)[place]


@checked
def usual_change(panel: pd.DataFrame, *, outcome: str, unit: str, time: str, first: int, last: int) -> float:
    """Return the standard deviation of the yearly changes of all units from the first to the last time.

    A change of this size is as large as matters where nothing else says what does.

    Examples
    --------
    >>> panel = pd.DataFrame({"who": list("aaabbb"), "year": [1, 2, 3] * 2, "score": [1, 2, 2, 4, 4, 3]})
    >>> round(usual_change(panel, outcome="score", unit="who", time="year", first=1, last=3), 3)
    0.816
    """
    cells = by_time_and_unit(panel, unit, time, [outcome])[outcome].reindex(range(first, last + 1))
    return float(np.nanstd(cells.diff(), ddof=1))


@method
def relative_change(
    scores: pd.DataFrame, *, unit: str, time: int, since: int, first: Sequence[str], second: Sequence[str]
) -> Estimate:
    """Ask whether one group of indicators changed more than another from one time to the next.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row per unit and time (the two levels of its index), one column per indicator.
    unit : str
        Unit that is compared with all.
    time : int
        Later time of the change.
    since : int
        First time whose scores count for the spread of changes.
    first, second : sequence of str
        Columns of the two groups.

    Returns
    -------
    Estimate
        Mean change of the first group less that of the second, in standard deviations; nan where a value is missing.
        ``share_as_low`` is the share of units as low or lower, itself included; ``relative`` has the estimate of each
        unit, ``changes`` each indicator's change (columns) by unit, in standard deviations of all its changes.
    """
    units, times = scores.index.names
    recent = scores[scores.index.get_level_values(times) >= since].sort_index()
    every = recent.groupby(level=units).diff()
    if time not in every.index.get_level_values(times):
        raise InputError(f"no score at {time}", where="scores", remedy="choose a time that they cover")
    changes = every.xs(time, level=times) / every.std()
    relative = (changes[list(first)].mean(axis=1) - changes[list(second)].mean(axis=1)).dropna()
    if unit not in relative:
        raise InputError(f"{unit} has no change of the indicators at {time}", remedy="choose another unit or time")
    own = float(relative[unit])
    share = float((relative <= own).mean())
    return Estimate(
        f"In {unit} the first indicators moved {own:+.2f} standard deviations against the second (as low in "
        f"{share:.0%} of {len(relative)} units).",
        name=unit,
        estimate=own,
        unit="standard deviations",
        more={"share_as_low": share, "relative": relative, "changes": changes},
        rows=changes.reindex([unit]).T.rename_axis("indicator"),
    )
