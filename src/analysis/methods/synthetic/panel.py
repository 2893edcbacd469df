"""From a tidy panel to a matrix of outcomes, refusing what would make the study another than it says.

What is refused is listed with `Study.from_panel`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.result import Floats, readonly

Window = tuple[int, int]
Dropped = tuple[tuple[str, str], ...]


class Windows(NamedTuple):
    """Consecutive times before and after the treatment."""

    pre: tuple[int, ...]
    post: tuple[int, ...]


def tidy(panel: pd.DataFrame, *, unit: str, time: str, outcome: str) -> pd.DataFrame:
    """Return the panel with text labels in ``unit``, integers in ``time`` and numbers in the outcome column."""
    missing = [name for name in (unit, time, outcome) if name not in panel.columns]
    if missing:
        raise InputError(f"the panel has no column {missing[0]!r}", where="panel", remedy="name one of its columns")
    if panel[[unit, time]].isna().any(axis=None):
        raise InputError("labels or times are missing", where=f"columns {unit}, {time}", remedy="drop these rows")
    values = pd.to_numeric(panel[outcome], errors="coerce").astype(np.float64)
    if values.isna().sum() > panel[outcome].isna().sum() or np.isinf(values).any():
        raise InputError("values are not finite numbers", where=f"column {outcome}", remedy="use a numeric column")
    data = panel.assign(unit=panel[unit].map(str), time=_whole(panel[time], time))
    data[outcome] = values
    twice = data.duplicated(["unit", "time"])
    if twice.any():
        first = data.loc[twice].iloc[0]
        what = f"{first['unit']} has more than one row in {first['time']} ({int(twice.sum())} rows too many)"
        raise InputError(what, where="panel", remedy="keep one row per unit and time")
    return data


def _whole(times: pd.Series, name: str) -> pd.Series:
    """Return times as integers."""
    number = pd.to_numeric(times, errors="coerce") if not pd.api.types.is_datetime64_any_dtype(times) else times
    if pd.api.types.is_datetime64_any_dtype(number) or number.isna().any() or (number % 1 != 0).any():
        remedy = "give whole numbers, such as the year"
        raise InputError("times are not whole numbers", where=f"column {name}", remedy=remedy)
    return number.astype(np.int64)


def windows(times: pd.Series, *, first_treated: int, pre: Window | None, post: Window | None) -> Windows:
    """Return the times before and after the treatment; by default all that the panel covers."""
    before = (int(times.min()), first_treated - 1) if pre is None else pre
    after = (first_treated, int(times.max())) if post is None else post
    for name, window in (("pre", before), ("post", after)):
        if window[0] > window[1]:
            remedy = f"give a {name} window that begins before it ends"
            raise InputError(f"{window[0]} to {window[1]} is empty", where=f"{name} window", remedy=remedy)
    if before[1] >= first_treated or after[0] < first_treated:
        remedy = f"end the pre window before {first_treated} and begin the post window then or later"
        raise InputError(
            f"windows {before} and {after} do not lie around {first_treated}", where="study", remedy=remedy
        )
    return Windows(tuple(range(before[0], before[1] + 1)), tuple(range(after[0], after[1] + 1)))


def choose_donors(data: pd.DataFrame, treated: str, donors: Sequence[Hashable] | None) -> tuple[str, ...]:
    """Return the labels of the donors in sorted order; by default all other units."""
    units = set(data["unit"])
    if treated not in units:
        raise InputError(f"unit {treated!r} is not in the panel", where="treated", remedy="check its label")
    chosen = units - {treated} if donors is None else {str(d) for d in donors}
    if treated in chosen:
        raise InputError(f"{treated} is among its own donors", where="donors", remedy=f"leave {treated} out of donors")
    unknown = sorted(chosen - units)
    if unknown:
        what = f"{', '.join(unknown[:5])} not in the panel"
        raise InputError(what, where="donors", remedy="check the labels or leave these donors out")
    return tuple(sorted(chosen))


def require_complete(column: pd.Series, treated: str, spans: Windows) -> None:
    """Raise `InputError` if the treated unit has a gap, and say which window has none."""
    for name, times in (("pre", spans.pre), ("post", spans.post)):
        gaps = [t for t in times if np.isnan(column.get(t, np.nan))]
        if gaps:
            remedy = f"begin the {name} window after {gaps[-1]} or end it before {gaps[0]}, or fill the gap"
            what = f"{treated} has no value in {list_times(gaps)}"
            raise InputError(what, where=f"{name} window {times[0]}-{times[-1]}", remedy=remedy)


def wide(data: pd.DataFrame, column: str, spans: Windows, units: Sequence[str]) -> pd.DataFrame:
    """Return one column of the panel as a frame of times by units."""
    frame = data.pivot(index="time", columns="unit", values=column)
    return frame.reindex(index=[*spans.pre, *spans.post], columns=list(units))


def drop_gaps(frame: pd.DataFrame, what: str) -> dict[str, str]:
    """Return the units that lack a value, each with the reason."""
    holes = frame.isna()
    times = frame.index.to_numpy()
    return {
        str(unit): f"no {what} in {list_times(times[holes[unit].to_numpy()].tolist())}"
        for unit in frame.columns[holes.any()]
    }


def list_times(times: Sequence[int], most: int = 3) -> str:
    """Return times in words, the first few by name."""
    shown = ", ".join(str(t) for t in times[:most])
    return shown if len(times) <= most else f"{shown} and {len(times) - most} more"


def known_column(data: pd.DataFrame, column: str) -> str:
    """Return the column's name, or raise `InputError` if the panel has no such column."""
    if column not in data.columns:
        raise InputError(f"the panel has no column {column!r}", where="sd", remedy="name one of its columns")
    return column


def checked_sd(errors: pd.DataFrame) -> Floats:
    """Return standard deviations as a matrix, or raise `InputError` if one is negative or infinite."""
    values = errors.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        raise InputError("standard deviations are negative or infinite", where="sd", remedy="use numbers from 0 up")
    return readonly(values)
