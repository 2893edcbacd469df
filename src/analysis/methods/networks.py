"""Ties between units that come and go: who is tied to whom in a period, and who stands how many ties away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse.csgraph import shortest_path

from analysis.methods._inputs import aligned, labels, numbers, refuse_if, refuse_unknown, whole_column
from analysis.methods.result import Bools, method


@method
def tie_matrix(
    one: ArrayLike, other: ArrayLike, *, since: ArrayLike, until: ArrayLike, units: Sequence[Any], period: int
) -> Bools:
    """Return who is tied to whom in a period, a symmetric matrix; arguments as in `units_at_distance`."""
    index = labels(units, None, "units")
    refuse_if(not index.is_unique, "a unit stands there twice", "units", "name each once")
    one, other, since, until = aligned(one=one, other=other, since=since, until=until)
    n = len(labels(one, None, "one"))
    ends = np.stack([index.get_indexer(labels(end, n, name)) for name, end in (("one", one), ("other", other))])
    begin, end = numbers(since, "since"), numbers(until, "until")
    refuse_if(not begin.shape == end.shape == (n,), "not one period per tie", "since and until", "align them with one")
    i, j = ends[:, (begin <= period) & (period <= end) & (ends >= 0).all(axis=0)]
    refuse_if((i == j).any(), "a unit is tied to itself", ", ".join(map(str, index[i[i == j]])), "leave that tie out")
    matrix = np.zeros((len(index), len(index)), dtype=bool)
    matrix[i, j] = matrix[j, i] = True
    return matrix


@method
def units_at_distance(
    unit: ArrayLike, period: ArrayLike, *, units: Sequence[Any], nearest: float = 1, farthest: float = 1, **ties: Any
) -> pd.Series:
    """Return for each unit and period the tuple of units that then stood some number of ties away, indexed as ``unit``.

    Parameters
    ----------
    unit, period, units : array_like, shapes (n,), (n,) and (units,)
        Where and when to look, such as place and year of an event; and all units: ties of others are left out.
    nearest, farthest : float
        Fewest and most ties on the shortest way; ``farthest=inf`` counts units that no way leads to.
    **ties : array_like, shape (ties,)
        ``one`` and ``other`` end of each tie, and its first and last period ``since`` and ``until``.

    Examples
    --------
    >>> ties = {"one": ["A", "B"], "other": ["B", "C"], "since": [1, 1], "until": [9, 9], "units": ["A", "B", "C"]}
    >>> units_at_distance(["A"], [4], **ties, nearest=2, farthest=2).tolist()
    [('C',)]
    """
    unit, period = aligned(unit=unit, period=period)
    periods = whole_column(period, "period").tolist()
    index, places = labels(units, None, "units"), labels(unit, len(periods), "unit")
    refuse_unknown(places.unique(), index, "units", "unit")
    steps = {when: shortest_path(tie_matrix(**ties, units=units, period=when).astype(float)) for when in set(periods)}
    rows = [steps[when][at] for when, at in zip(periods, index.get_indexer(places), strict=True)]
    found = [tuple(index[(row >= nearest) & (row <= farthest)]) for row in rows]
    return pd.Series(found, index=unit.index if isinstance(unit, pd.Series) else None)
