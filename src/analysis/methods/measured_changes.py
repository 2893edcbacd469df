"""Change of measured quantities: as published, its usual size, and of one group of indicators against another."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.methods._inputs import (
    by_time_and_unit,
    numbers,
    numeric,
    one_row_each,
    order_of,
    refuse_if,
    refuse_unknown,
)
from analysis.methods.result import LABELS, Estimate, Floats, counted, method


@method
def published_change(
    panel: pd.DataFrame, *, outcome: str, unit: str, time: str, treated: Hashable, first: int, last: int
) -> Estimate:
    """Return the change of one unit between two times as it is published, where its error is not known.

    A measure that is negative throughout is one that was turned round, such as a rank or a scale on which higher is
    worse: its levels are said unturned, and its change in places or steps.

    Examples
    --------
    >>> panel = pd.DataFrame({"who": "a", "year": [2000, 2001], "points": [22, 23]})
    >>> where = {"outcome": "points", "unit": "who", "time": "year", "treated": "a"}
    >>> print(published_change(panel, **where, first=2000, last=2001))
    Points of a goes from 22 in 2000 to 23 in 2001: +1.
    """
    cells = by_time_and_unit(panel, unit, time, [outcome])[outcome]
    own = cells.reindex(index=[first, last], columns=[treated])[treated]
    what = f"{treated} has no value in both {first} and {last}"
    refuse_if(own.isna().any() or first >= last, what, outcome, "choose other years or another unit")
    begin, end = own.tolist()
    sign = 1 if (cells >= 0).any(axis=None) else -1
    size, step = float(f"{abs(end - begin):.3g}"), "place" if "rank" in LABELS.get(outcome, outcome).lower() else "step"
    turned = f"{counted(size, step)} {'better' if end > begin else 'worse'}"
    change = f"{end - begin:+.3g}" if sign > 0 else turned
    words = f"goes from {sign * begin:.4g} in {first} to {sign * end:.4g} in {last}: {change}."
    words = words if begin != end else f"stays at {sign * begin:.4g} from {first} to {last}."
    return Estimate(f"{outcome} of {treated} {words}", name=outcome, estimate=end - begin)


def borrowed_sd(levels: ArrayLike, errors: ArrayLike, at: ArrayLike, *, lenders: int = 200) -> Floats:
    """Return the median error of the observations nearest in level, for a measure ``at`` levels without known errors.

    As many as ``lenders`` observations lend, and all others that are as near as the last one.

    Examples
    --------
    >>> borrowed_sd([0.1, 0.2, 0.9], [1.0, 3.0, 9.0], [0.15], lenders=2).tolist()
    [2.0]
    """
    level, error = numbers(levels, "levels"), numbers(errors, "errors")
    known = np.isfinite(level)
    level, error = level[known], error[known]
    values, place = np.unique(np.atleast_1d(numbers(at, "at")), return_inverse=True)
    last, found = min(lenders, len(level)) - 1, []
    for value in values:
        distance = np.abs(level - value)
        near = distance <= np.partition(distance, last)[last]
        found.append(np.nanmedian(error[near]) if np.isfinite(value) else np.nan)
    return np.array(found)[place]


@method
def usual_change(panel: pd.DataFrame, *, outcome: str, unit: str, time: str, first: int, last: int) -> float:
    """Return the standard deviation of the yearly changes of all units from the first to the last time.

    A change of this size is as large as matters where nothing else says what does.

    Examples
    --------
    >>> panel = pd.DataFrame({"who": list("aaabbb"), "year": [1, 2, 3] * 2, "score": [1, 2, 2, 4, 4, 3]})
    >>> round(usual_change(panel, outcome="score", unit="who", time="year", first=1, last=3), 3)
    0.816
    """
    cells = by_time_and_unit(panel, unit, time, [outcome])[outcome]
    changes = cells.reindex(range(first, last + 1)).diff()
    lacking = not {first, last} <= set(cells.index) or changes.count().sum() < 2
    refuse_if(lacking, f"no two yearly changes from {first} to {last}", outcome, "choose years that the panel covers")
    return float(np.nanstd(changes, ddof=1))


@method
def relative_change(
    scores: pd.DataFrame, *, unit: Hashable, time: int, since: int, first: Sequence[str], second: Sequence[str]
) -> Estimate:
    """Ask whether one group of indicators changed more than another from one time to the next.

    The estimate is the mean change of the first group less that of the second, in standard deviations; nan where a
    value is missing. ``share_as_low`` is the share of units as low or lower, itself included; ``relative`` has the
    estimate of each unit, ``changes`` each indicator's change (columns) by unit, in standard deviations of all its
    changes.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row per unit and time (the two levels of its index), one column per indicator.
    unit, time : label, int
        Unit that is compared with all, and later time of the change.
    since : int
        First time whose scores count for the spread of changes.
    first, second : sequence of str
        Columns of the two groups.
    """
    units, times = scores.index.names
    scores = numeric(one_row_each(scores), [*scores, *first, *second], "scores")
    recent = scores[scores.index.get_level_values(times) >= since]
    every = recent.iloc[order_of(recent.index)].groupby(level=units, sort=False).diff()
    refuse_unknown([time], every.index.unique(times), "scores", "time")
    changes = every.xs(time, level=times) / every.std()
    relative = (changes[list(first)].mean(axis=1) - changes[list(second)].mean(axis=1)).dropna()
    said = f"{unit} has no change of the indicators at {time}"
    refuse_if(unit not in relative, said, remedy="choose another unit or time")
    own = float(relative[unit])
    share = float((relative <= own).mean())
    one, other = ("; ".join(map(str, names)) for names in (first, second))
    return Estimate(
        f"In {unit} the mean of {one} moved {own:+.2f} standard deviations against the mean of {other} (as low or "
        f"lower in {share:.0%} of {len(relative)} units).",
        name=str(unit),
        estimate=own,
        unit="standard deviations",
        more={"share_as_low": share, "relative": relative, "changes": changes},
        rows=changes.reindex([unit]).T.rename_axis("indicator"),
    )
