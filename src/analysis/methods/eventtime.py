"""Event time: counts in the months before, at and after dated events, against the same unit's other months."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods._fixed_effects import Ints, codes
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit, conditional_poisson
from analysis.methods.result import method

EffectScheme = Literal["unit-year, season", "unit, month", "unit-season, year"]
Window = tuple[int, int]

HALF_YEAR: dict[str, Window] = {
    "before_6_4": (-6, -4),
    "before_3_1": (-3, -1),
    "event_month": (0, 0),
    "after_1_3": (1, 3),
    "after_4_6": (4, 6),
}


def serial_month(year: ArrayLike, month: ArrayLike) -> NDArray[np.int64]:
    """Number months in one sequence, 12 * year + month - 1, so that December and January are neighbours."""
    m = np.asarray(month, dtype=np.int64)
    if ((m < 1) | (m > 12)).any():
        raise InputError("not all months are 1 to 12", where="month", remedy="check the dates")
    return 12 * np.asarray(year, dtype=np.int64) + m - 1


def event_dummies(
    unit: ArrayLike,
    month: ArrayLike,
    *,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    windows: Mapping[str, Window] = HALF_YEAR,
) -> pd.DataFrame:
    """Mark the rows of a panel that lie in windows around events of their unit.

    Parameters
    ----------
    unit, month : array_like, shape (n,)
        Unit and serial month of each row.
    event_unit, event_month : array_like, shape (m,)
        Unit and serial month of each event; events outside the panel count, for their windows may reach into it.
    windows : mapping of str to (first, last)
        Months relative to the event, both ends included: (-3, -1) are the three months before.

    Returns
    -------
    DataFrame, shape (n, number of windows)
        1 if some event has the row in its window, else 0.
    """
    rows, events = _keys(unit, month, event_unit, event_month)
    return pd.DataFrame(
        {name: np.isin(rows, _near(events, window, name)).astype(float) for name, window in windows.items()}
    )


def event_counts(
    unit: ArrayLike,
    month: ArrayLike,
    *,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    windows: Mapping[str, Window] = HALF_YEAR,
) -> pd.DataFrame:
    """Count the events that have a row of a panel in their window: a dose where `event_dummies` has yes or no.

    Parameters
    ----------
    unit, month, event_unit, event_month, windows
        As in `event_dummies`; an event that stands twice counts twice.

    Examples
    --------
    >>> event_counts(["A", "A"], [5, 6], event_unit=["A", "A"], event_month=[3, 4], windows={"after": (1, 2)})
       after
    0    2.0
    1    1.0
    """
    rows, events = _keys(unit, month, event_unit, event_month)
    found = {}
    for name, window in windows.items():
        near, times = np.unique(_near(events, window, name), return_counts=True)
        found[name] = pd.Series(times, near).reindex(rows, fill_value=0).to_numpy(dtype=float)
    return pd.DataFrame(found)


def onsets(y: ArrayLike, *, unit: ArrayLike, month: ArrayLike, above: float, pause: int) -> pd.Series:
    """Mark the months in which a wave begins: more than ``above``, after ``pause`` months with no more than that.

    Parameters
    ----------
    y, unit, month : array_like, shape (n,)
        Value, unit and serial month of each row; a unit's first month above has no pause to wait for.
    above : float
        Value that has to be exceeded.
    pause : int
        Months that have to lie between two months above for the second to begin a wave of its own.

    Returns
    -------
    Series of bool, shape (n,)
        Indexed as ``y``.

    Examples
    --------
    >>> onsets([9, 9, 0, 0, 9], unit=list("AAAAA"), month=range(5), above=5, pause=2).tolist()
    [True, False, False, False, True]
    """
    high = pd.Series(np.asarray(y) > above, index=y.index if isinstance(y, pd.Series) else None)
    rows = pd.DataFrame({"unit": np.asarray(unit), "month": np.asarray(month)}, index=high.index)
    since = rows[high].sort_values("month").groupby("unit")["month"].diff()
    return high & (since.isna() | (since > pause)).reindex(high.index, fill_value=False)


@method
def event_study(
    y: ArrayLike,
    *,
    unit: ArrayLike,
    month: ArrayLike,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    windows: Mapping[str, Window] = HALF_YEAR,
    controls: pd.DataFrame | None = None,
    effects: EffectScheme = "unit-year, season",
    cluster: ArrayLike | None = None,
) -> ConditionalPoissonFit:
    """Estimate rate ratios of windows around events to other months, by conditional Poisson regression.

    Parameters
    ----------
    y : array_like, shape (n,)
        Counts of each unit and month.
    unit, month, event_unit, event_month, windows
        As in `event_dummies`.
    controls : DataFrame, shape (n, k), optional
        Further regressors.
    effects : {"unit-year, season", "unit, month", "unit-season, year"}
        Unit by calendar year and month of the year (only timing within the year identifies); unit and serial month; or
        unit by month of the year and calendar year.
    cluster : array_like, shape (n,), optional
        Clusters of the errors; default the units.

    Examples
    --------
    >>> arrests = [1, 0, 2, 0, 1, 0, 1, 0, 0, 3, 1, 0] * 2 + [0, 1, 0, 1, 0, 0, 4, 0, 1, 0, 0, 1] * 2
    >>> rows = {"unit": ["A"] * 24 + ["B"] * 24, "month": [*range(24), *range(24)]}
    >>> dates = {"event_unit": ["A", "B"], "event_month": [9, 6]}
    >>> fit = event_study(arrests, **rows, **dates, windows={"vote": (0, 0)})
    >>> fit.table().loc["vote", ["rate_ratio", "lower", "upper"]].round(2).tolist()
    [3.09, 0.82, 11.7]
    """
    x = event_dummies(unit, month, event_unit=event_unit, event_month=event_month, windows=windows)
    if controls is not None:
        x = pd.concat([x, controls.reset_index(drop=True)], axis=1)
    groups, also = effect_codes(unit, month, effects)
    return conditional_poisson(y, x, groups=groups, also=also, cluster=unit if cluster is None else cluster)


def effect_codes(unit: ArrayLike, month: ArrayLike, effects: EffectScheme) -> tuple[Ints, NDArray[np.int64]]:
    """Return group codes and second-factor codes of a scheme of effects, see `event_study`."""
    serial = np.asarray(month, dtype=np.int64)
    code = codes(unit, len(serial), "unit")
    year, season = serial // 12, serial % 12
    if effects == "unit-year, season":
        return code * (year.max() + 1) + year, season
    if effects == "unit, month":
        return code, serial
    if effects == "unit-season, year":
        return code * 12 + season, year
    raise InputError(f"unknown effects {effects!r}", where="effects", remedy="see event_study")


def _near(events: NDArray[np.int64], window: Window, name: str) -> NDArray[np.int64]:
    """Return the keys of all rows that would lie in a window around an event."""
    if window[1] < window[0]:
        raise InputError(f"{window[0]} to {window[1]} is empty", where=name, remedy="give the earlier end first")
    return (events[:, None] + np.arange(window[0], window[1] + 1)).ravel()


def _keys(
    unit: ArrayLike, month: ArrayLike, event_unit: ArrayLike, event_month: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return one number per row and per event, such that a month later is one more and units lie far apart."""
    serial, dates = np.asarray(month, dtype=np.int64), np.asarray(event_month, dtype=np.int64)
    labels = pd.Series(np.asarray(unit)), pd.Series(np.asarray(event_unit))
    if len(labels[0]) != len(serial) or len(labels[1]) != len(dates):
        raise InputError("units and months differ in length", where="panel or events", remedy="align them")
    code = codes(pd.concat(labels, ignore_index=True), len(serial) + len(dates), "unit").astype(np.int64)
    wide = 10 * (int(np.abs(np.append(serial, dates)).max()) + 1)
    keys = code * wide + np.append(serial, dates)
    return keys[: len(serial)], keys[len(serial) :]
