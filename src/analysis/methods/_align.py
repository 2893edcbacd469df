"""Rows of pandas arguments are matched by their labels, as pandas users expect; arrays are taken by position."""

from __future__ import annotations

from typing import Any

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
