"""Changes of several indicators in standard deviations, and how much more one group of them changed than another."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.errors import InputError
from analysis.methods.result import Estimate, method


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

    Raises
    ------
    InputError
        If no unit has a change at that time.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["a", "b"], [2019, 2020]], names=["unit", "time"])
    >>> scores = pd.DataFrame({"x": [1.0, 2.0, 3.0, 3.0], "y": [0.0, 1.0, 0.0, 2.0]}, index=index)
    >>> relative_change(scores, unit="b", time=2020, since=2019, first=["x"], second=["y"]).share_as_low
    0.5
    """
    units, times = scores.index.names
    recent = scores[scores.index.get_level_values(times) >= since].sort_index()
    every = recent.groupby(level=units).diff()
    if time not in every.index.get_level_values(times):
        raise InputError(f"no score at {time}", where="scores", remedy="choose a time that they cover")
    changes = every.xs(time, level=times) / every.std()
    relative = (changes[list(first)].mean(axis=1) - changes[list(second)].mean(axis=1)).dropna()
    own = float(relative.get(unit, float("nan")))
    share = float((relative <= own).mean()) if unit in relative else float("nan")
    return Estimate(
        f"In {unit} the first indicators moved {own:+.2f} standard deviations against the second (as low in "
        f"{share:.0%} of {len(relative)} units).",
        name=unit,
        estimate=own,
        unit="standard deviations",
        more={"share_as_low": share, "relative": relative, "changes": changes},
        rows=changes.reindex([unit]).T.rename_axis("indicator"),
    )
