"""Changes of several indicators in standard deviations, and how much more one group of them changed than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.errors import InputError
from analysis.methods.result import Result, method


@dataclass(frozen=True, slots=True)
class RelativeChange(Result):
    """How much more one group of indicators changed than another, in one unit and in all.

    Attributes
    ----------
    unit : str
        Unit that is compared with all.
    changes : pandas.DataFrame
        Change of each indicator (columns) by unit, in standard deviations of all its changes.
    relative : pandas.Series
        By unit: mean change of the first group less that of the second; units that lack a value are left out.
    estimate : float
        That of the unit; nan if it is left out.
    share_as_low : float
        Share of units as low or lower, the unit itself included; nan if it is left out.
    """

    unit: str
    changes: pd.DataFrame
    relative: pd.Series
    estimate: float
    share_as_low: float

    def table(self) -> pd.DataFrame:
        """Return the changes of the unit's indicators."""
        return self.changes.reindex([self.unit]).T.rename_axis("indicator")

    def sentence(self) -> str:
        """Say the relative change and how many units are as low."""
        return (
            f"In {self.unit} the first indicators moved {self.estimate:+.2f} standard deviations against the second "
            f"(as low in {self.share_as_low:.0%} of {len(self.relative)} units)."
        )


@method
def relative_change(
    scores: pd.DataFrame, *, unit: str, time: int, since: int, first: Sequence[str], second: Sequence[str]
) -> RelativeChange:
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
    own = relative.get(unit, float("nan"))
    return RelativeChange(
        unit=unit,
        changes=changes,
        relative=relative,
        estimate=float(own),
        share_as_low=float((relative <= own).mean()) if unit in relative else float("nan"),
    )
