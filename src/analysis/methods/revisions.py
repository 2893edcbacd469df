"""Changes of scores that their publisher revises: how firm a published change is, read off revisions elsewhere.

Each release codes the past anew. How far the same change of other units moved from one release to a later one is a set
of conformal scores: they give an interval that holds without a model of the errors, if the unit's own revision is
exchangeable with theirs. Releases share coders and method, so it says how firm the *published* change is; what is wrong
in all releases alike is not in it.

References
----------
Vovk, V., Gammerman, A., Shafer, G. (2005). Algorithmic Learning in a Random World. doi:10.1007/b106715
Lei, J. and others (2018). JASA 113, 1094-1111, section 2. doi:10.1080/01621459.2017.1307116
Lee, Y., Barber, R. F., Willett, R. (2023). Distribution-free inference with hierarchical data. arXiv:2306.06342
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from analysis.errors import InputError
from analysis.methods.result import Estimate, Floats, counted, method
from analysis.methods.synthetic.study import by_time_and_unit

_TAIL = 0.025
#: Units from which both ends of the interval are finite.
_ENOUGH = 39
#: Decimals at which changes are compared, so that binary fractions part no ties.
_PLACES = 9


@method
def revised_change(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    time: str,
    release: str,
    treated: str,
    published: int,
    releases: Sequence[int],
    first: int,
    last: int,
    edges: Sequence[float],
    sd: str = "",
) -> Estimate:
    """Return the change of one unit between two times in one release, and how far such changes are revised.

    The scores are the same change of every other unit, later release less earlier one, over all pairs of releases that
    hold both times. Revisions grow with the change, so only units that moved about as much in the earlier release
    count. Every unit has the same weight however many pairs it is in, and one more unit is reckoned with whose revision
    may be anything, so that the interval covers the revision of a unit exchangeable with these at least as often as it
    says.

    Parameters
    ----------
    panel : DataFrame
        One row per release, unit and time.
    outcome, unit, time, release : str
        Columns of the panel.
    treated : str
        The unit whose change it is.
    published : int
        The release that it is read in.
    releases : sequence of int
        The releases that are compared; their order is that of their numbers.
    first, last : int
        The two times.
    edges : sequence of float
        Sizes of a change, rising, that part the groups. A group of fewer than 39 units takes in those that moved more.
    sd : str
        Column with the standard deviation of the outcome's normal error, if that is known.

    Returns
    -------
    Estimate
        Last value less first, and its 95 % interval. ``independent`` is the same with normal errors of both times that
        are independent, the other end of what can be thought of them; None without their size. The table has by group
        the ends of the revisions, and the share of revisions between ends that come from all other pairs.

    Raises
    ------
    InputError
        The unit has no such change in the release, there is no second release, or no other unit moved as much.

    Examples
    --------
    >>> years = {"year": [2000, 2001] * 4, "who": list("aabb") * 2, "edition": [1] * 4 + [2] * 4}
    >>> panel = pd.DataFrame(years | {"score": [0.3, 0.4, 0.5, 0.6, 0.3, 0.4, 0.5, 0.8]})
    >>> where = {"outcome": "score", "unit": "who", "time": "year", "release": "edition", "treated": "a"}
    >>> asked = {"published": 1, "releases": [1, 2], "first": 2000, "last": 2001, "edges": []}
    >>> revised_change(panel, **where, **asked).table()[["units", "revisions"]].to_numpy().tolist()
    [[1, 1]]
    """
    if list(edges) != sorted(set(edges)):
        raise InputError("sizes do not rise", where="edges", remedy="give them in order, each once")
    if first >= last:
        raise InputError(f"{first} is not before {last}", where=outcome, remedy="take two years in order")
    if release not in panel:
        raise InputError(f"the panel has no column {release!r}", where="panel", remedy="name one of its columns")
    columns, own = [outcome, *([sd] if sd else [])], {*releases, published}
    cells = {name: by_time_and_unit(panel[panel[release] == name], unit, time, columns) for name in sorted(own)}
    known = {name: cell[outcome] for name, cell in cells.items() if {first, last} <= set(cell.index)}
    changes = pd.DataFrame({name: cell.loc[last] - cell.loc[first] for name, cell in known.items()}).round(_PLACES)
    if published not in changes or pd.isna(changes[published].get(treated)):
        what = f"{treated} has no change from {first} to {last} in release {published}"
        raise InputError(what, where=outcome, remedy="choose other years, another unit or release")
    if len(known) < 2:
        raise InputError(f"no second release holds both {first} and {last}", where=outcome, remedy="choose other years")
    revised = _revised(changes.drop(index=treated), edges)
    change = float(changes.loc[treated, published])
    scores, weights = _scores(revised, int(_group(change, edges)))
    if not len(scores):
        what = f"no other unit moved as much as {treated}"
        raise InputError(what, where=outcome, remedy="choose other years or edges")
    below = functools.partial(_revised_below, change, scores, weights)
    lower, upper = (round(change + end, _PLACES) for end in _ends(scores, weights))
    n = round(1 / (1 - weights.sum())) - 1
    words = (
        f"{outcome} of {treated} changes by {change:+.3g} from {first} to {last} in release {published}; revised as "
        f"the changes of {counted(n, 'other unit')} were in later releases, it lies between {lower:+.3g} and "
        f"{upper:+.3g} (95%)."
    )
    independent = _independent(change, cells[published][sd][treated][[first, last]]) if sd else None
    if independent is not None:
        words += f" {independent}"
    return Estimate(
        words,
        name=outcome,
        estimate=change,
        lower=lower,
        upper=upper,
        n=n,
        more={"independent": independent},
        below=below,
        rows=_by_group(revised, edges),
    )


def _revised(changes: pd.DataFrame, edges: Sequence[float]) -> pd.DataFrame:
    """Return the revision of every unit in every pair of releases, with the group of the change in the earlier one."""
    parts = [
        pd.DataFrame({"pair": i, "change": changes[earlier], "revision": changes[later] - changes[earlier]}).dropna()
        for i, (earlier, later) in enumerate(itertools.combinations(changes, 2))
    ]
    every = pd.concat(parts)
    revision = every["revision"].round(_PLACES)
    return every.assign(revision=revision, group=_group(every["change"], edges)).rename_axis("unit").reset_index()


def _group(change: ArrayLike, edges: Sequence[float]) -> Any:
    return np.digitize(np.abs(change), edges)


def _scores(revised: pd.DataFrame, group: int) -> tuple[Floats, Floats]:
    """Return the revisions of a group in order, and weights by which each of its n units has 1 / (n + 1)."""
    group_of, unit = revised["group"], revised["unit"]
    last = group
    while last < group_of.max() and unit[group_of.between(group, last)].nunique() < _ENOUGH:
        last += 1
    own = revised[group_of.between(group, last)].sort_values("revision", kind="stable")
    weights = 1 / own.groupby("unit")["unit"].transform("size") / (own["unit"].nunique() + 1)
    return own["revision"].to_numpy(dtype=float), weights.to_numpy(dtype=float)


def _ends(scores: Floats, weights: Floats) -> tuple[float, float]:
    """Return the smallest revision with .975 of the weights at or below it, and its mirror; infinite if too few."""

    def end(own: Floats, weight: Floats) -> float:
        place = int(np.searchsorted(weight.cumsum(), 1 - _TAIL - 1e-12))
        return float(own[place]) if place < len(own) else math.inf

    return -end(-scores[::-1], weights[::-1]), end(scores, weights)


def _revised_below(change: float, scores: Floats, weights: Floats, value: float) -> float:
    """Return the confidence that the revised change lies below a value, no nearer to 0 or 1 than the ranks allow."""
    moved = round(value - change, _PLACES)
    known = np.clip(0.5, weights[scores < moved].sum(), 1 - weights[scores > moved].sum())
    return round(float(known), _PLACES)


def _independent(change: float, errors: pd.Series) -> Estimate | None:
    """Return the change with independent normal errors of both times; None where their size is not known."""
    error = float(np.hypot(*errors))
    if not error > 0:
        return None
    reach = norm.isf(_TAIL) * error
    words = f"With independent errors of both times it lies between {change - reach:+.3g} and {change + reach:+.3g}."
    below = functools.partial(norm.cdf, loc=change, scale=error)
    return Estimate(words, estimate=change, lower=change - reach, upper=change + reach, below=below)


def _by_group(revised: pd.DataFrame, edges: Sequence[float]) -> pd.DataFrame:
    """Return by group its size, the ends of its revisions, and how often those from other pairs cover a pair's."""
    limits = [0.0, *edges, math.inf]
    rows = {}
    for group, (low, high) in enumerate(itertools.pairwise(limits)):
        own = revised[revised["group"] == group]
        lower, upper = _ends(*_scores(revised, group)) if len(revised) else (-math.inf, math.inf)
        covered = [
            own.loc[own["pair"] == pair, "revision"].between(*_ends(*_scores(revised[revised["pair"] != pair], group)))
            for pair in own["pair"].unique()
            if (revised["pair"] != pair).any()
        ]
        coverage = float(pd.concat(covered).mean()) if covered else math.nan
        name = f"change of {low:g} and more" if high == math.inf else f"change from {low:g} to below {high:g}"
        rows[name] = {"units": own["unit"].nunique(), "revisions": len(own), "lower": lower, "upper": upper}
        rows[name]["coverage"] = coverage
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("group")
