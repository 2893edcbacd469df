"""Tidy tables as panels: one row per unit and time, held against that, and turned to times by units."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import InputError


def by_time_and_unit(panel: pd.DataFrame, unit: str, time: str, columns: list[str]) -> pd.DataFrame:
    """Return columns of a tidy table as numbers, with times as rows, and below each column its units."""
    known = list(pd.DataFrame(panel).columns)
    missing = [name for name in (unit, time, *columns) if name not in known]
    if missing:
        raise InputError(f"the panel has no column {missing[0]!r}", where="panel", remedy="name one of its columns")
    if panel[[unit, time]].isna().any(axis=None):
        raise InputError("labels or times are missing", where=f"columns {unit}, {time}", remedy="drop these rows")
    numbers = panel[columns].apply(pd.to_numeric, errors="coerce").astype(np.float64)
    bad = (numbers.isna() & panel[columns].notna()) | np.isinf(numbers)
    if bad.any(axis=None):
        where = f"column {bad.columns[bad.any()][0]}"
        raise InputError("values are not finite numbers", where=where, remedy="use a numeric column")
    index = pd.MultiIndex.from_arrays([panel[unit].astype(object), _whole(panel[time])], names=["unit", "time"])
    twice = index.duplicated()
    if twice.any():
        label, when = index[twice][0]
        what = f"{label} has more than one row in {when} ({int(twice.sum())} rows too many)"
        raise InputError(what, where="panel", remedy="keep one row per unit and time")
    return numbers.set_axis(index).unstack("unit")


def _whole(times: pd.Series) -> pd.Series:
    """Return times as integers."""
    dates = pd.api.types.is_datetime64_any_dtype(times)
    number = times if dates else pd.to_numeric(times, errors="coerce")
    if dates or number.isna().any() or (number % 1 != 0).any():
        remedy = "give whole numbers, such as the year"
        raise InputError("times are not whole numbers", where=f"column {times.name}", remedy=remedy)
    return number.astype(np.int64)
