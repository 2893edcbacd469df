"""Rows of pandas arguments are matched by their labels, as pandas users expect; arrays are taken by position."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import InputError


def aligned(**given: Any) -> list[Any]:
    """Return the arguments with rows of Series and frames in the order of the first argument, by label.

    All Series and frames must have the same labels. Where they come in several orders, the first argument must be one
    of them and no label may be repeated.
    """
    pandas = {name: value for name, value in given.items() if isinstance(value, pd.Series | pd.DataFrame)}
    first = next(iter(pandas), "")
    for name, value in pandas.items():
        index = pandas[first].index
        if not value.index.equals(index):
            unique = index.is_unique and value.index.is_unique and first == next(iter(given))
            if not unique or set(index) != set(value.index):
                raise InputError(
                    f"its row labels are not those of {first}", where=name, remedy="give the same index, or arrays"
                )
            given[name] = value.loc[index]
    return list(given.values())


def check_order(values: Any, where: str, *, whole: bool = True) -> None:
    """Refuse a Series or frame whose labels are not in order of time, each once, or, if it has to be whole, have gaps.

    Labels that are no numbers, periods or days tell no order; their rows are taken as they stand.
    """
    index = values.index if isinstance(values, pd.Series | pd.DataFrame) else pd.RangeIndex(0)
    periods, numbers = isinstance(index, pd.PeriodIndex), pd.api.types.is_numeric_dtype(index)
    if not (periods or numbers or isinstance(index, pd.DatetimeIndex)):
        return
    if not (index.is_unique and index.is_monotonic_increasing):
        raise InputError("its rows are not in order of time, each once", where=where, remedy="sort them by their index")
    steps = np.diff(index.asi8 if periods else index)
    if whole and (periods or pd.api.types.is_integer_dtype(index)) and (steps != (1 if periods else steps[:1])).any():
        raise InputError("periods have gaps", where=where, remedy="fill periods without an event with zeros")
