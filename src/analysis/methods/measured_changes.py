"""Changes of measured quantities: how firm a published change is, its usual size, one group of indicators and another.

Each release codes the past anew. How far the same change of other units moved from one release to a later one is a set
of conformal scores: they give an interval that holds without a model of the errors, if the unit's own revision is
exchangeable with theirs (Vovk, Gammerman and Shafer 2005, doi:10.1007/b106715; Lei and others 2018, section 2,
doi:10.1080/01621459.2017.1307116). Releases share coders and method, so it says how firm the *published* change is;
what is wrong in all releases alike is not in it.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from analysis.methods import _inputs as read
from analysis.methods._inputs import refuse_if
from analysis.methods.result import LABELS, TAIL, Estimate, Floats, bounded, counted, method

_ENOUGH = 39  # units from which both ends of the interval are finite


@method
def revised_change(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    time: str,
    release: str,
    treated: Hashable,
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
    count. Every unit has the same weight however many pairs it is in (Lee, Barber and Willett 2023, arXiv:2306.06342);
    one more unit is reckoned with, whose revision may be anything, so that the interval covers that of a like unit.

    ``independent`` is the same with normal errors of both times that are independent, or None without their size;
    evidence takes the interval that holds both. The table has by group the ends of the revisions, and the share of
    revisions between ends that come from all other pairs.

    Parameters
    ----------
    panel : DataFrame
        One row per release, unit and time.
    outcome, unit, time, release : str
        Columns of the panel.
    treated, published : label, int
        The unit whose change it is, and the release that it is read in.
    releases : sequence of int
        The releases that are compared, all of them in the panel; their order is that of their numbers.
    first, last : int
        The two times.
    edges : sequence of float
        Sizes of a change, rising, that part the groups. A group of fewer than 39 units takes in those that moved more.
    sd : str, optional
        Column with the standard deviation of the outcome's normal error, if that is known.

    Raises
    ------
    InputError
        The panel lacks a release, the unit has no such change in its own, there is no second release, or no other unit
        moved as much.

    Examples
    --------
    >>> years = {"year": [2000, 2001] * 4, "who": list("aabb") * 2, "edition": [1] * 4 + [2] * 4}
    >>> panel = pd.DataFrame(years | {"score": [0.3, 0.4, 0.5, 0.6, 0.3, 0.4, 0.5, 0.8]})
    >>> where = {"outcome": "score", "unit": "who", "time": "year", "release": "edition", "treated": "a"}
    >>> asked = {"published": 1, "releases": [1, 2], "first": 2000, "last": 2001, "edges": []}
    >>> revised_change(panel, **where, **asked).table()[["units", "revisions"]].to_numpy().tolist()
    [[1, 1]]
    """
    sizes = sorted({edge for edge in edges if 0 < edge < math.inf})
    refuse_if(list(edges) != sizes, "sizes do not rise from above 0", "edges", "give them in order, each once")
    read.check_before(first, last, outcome)
    read.check_columns(panel, [release], "panel")
    columns, own = [outcome, *([sd] if sd else [])], {*releases, published}
    read.refuse_unknown(own, read.labels(panel[release], None, release).unique(), "releases", "release")
    cells = {name: read.by_time_and_unit(panel[panel[release] == name], unit, time, columns) for name in sorted(own)}
    negative = sd and any((cell[sd] < 0).any(axis=None) for cell in cells.values())
    refuse_if(negative, "standard deviations are negative", "sd", "use numbers from 0 up")
    known = {name: cell[outcome] for name, cell in cells.items() if {first, last} <= set(cell[outcome].index)}
    places = min(map(read.places_of, known.values()), default=read.PLACES)
    edges = np.round(read.numbers(edges, "edges"), places).tolist()
    changes = pd.DataFrame({name: cell.loc[last] - cell.loc[first] for name, cell in known.items()}).round(places)
    change = float(changes.get(published, pd.Series()).get(treated, math.nan))
    what = f"{treated} has no value in both {first} and {last} in release {published}"
    refuse_if(math.isnan(change), what, outcome, "choose other years, another unit or release")
    refuse_if(len(known) < 2, f"no second release holds both {first} and {last}", outcome, "choose other years")
    scored = score(changes.drop(index=treated).to_numpy(), edges, places)
    scores, weights = alike(scored, int(np.digitize(abs(change), edges)))
    refuse_if(not len(scores), f"no other unit moved as much as {treated}", outcome, "choose other years or edges")
    below = functools.partial(confidence_below, change, scores, weights, places=places)
    lower, upper = (round(change + end, places) for end in ends(scores, weights))
    n = round(1 / (1 - weights.sum())) - 1
    words = f"{outcome} of {treated} changes by {change:+.3g} from {first} to {last} in release {published}; "
    others_said = counted(n, "other unit")
    if n < _ENOUGH:
        words += f"{others_said} moved as much, too few for a 95% interval, which takes {_ENOUGH}."
    else:
        words += f"revised as the changes of {others_said} were in later releases, it lies between {lower:+.3g} and "
        words += f"{upper:+.3g} (95%)."
    independent, error = None, float(np.hypot(*cells[published][sd][treated][[first, last]])) if sd else math.nan
    if error > 0:
        low, high = change - norm.isf(TAIL) * error, change + norm.isf(TAIL) * error
        said = f"With independent errors of both times it lies between {low:+.3g} and {high:+.3g}."
        normal = functools.partial(norm.cdf, loc=change, scale=error)
        independent, words = Estimate(said, **bounded(change, low, high), below=normal), f"{words} {said}"
    return Estimate(
        words,
        name=outcome,
        **bounded(change, lower, upper),
        n=n,
        assumed="the unit's own revision is exchangeable with those of the others (conformal)",
        more={"independent": independent},
        below=below,
        rows=_by_group(scored, edges),
    )


def score(changes: Floats, edges: Sequence[float], places: int = read.PLACES) -> pd.DataFrame:
    """Return the revisions of changes, shape (units, releases in order), over all pairs of releases.

    Each has its unit, its pair of releases, and the group of the change in the earlier one.
    """
    first, second = np.triu_indices(changes.shape[1], 1)
    earlier, later = changes[:, first], changes[:, second]
    revision = np.round(later - earlier, places)
    at = unit, pair = np.nonzero(~np.isnan(revision))
    group = np.digitize(np.abs(earlier[at]), edges)
    return pd.DataFrame({"revision": revision[at], "unit": unit, "pair": pair, "group": group})


def alike(scored: pd.DataFrame, group: int) -> tuple[Floats, Floats]:
    """Return the revisions of a group, and weights by which each of its n units has 1 / (n + 1)."""
    last, largest = group, scored["group"].max()
    while last < largest and scored["unit"][scored["group"].between(group, last)].nunique() < _ENOUGH:
        last += 1
    own = scored[scored["group"].between(group, last)]
    weights = 1 / own.groupby("unit")["unit"].transform("size") / (own["unit"].nunique() + 1)
    return own["revision"].to_numpy(), weights.to_numpy()


def ends(scores: Floats, weights: Floats) -> tuple[float, float]:
    """Return the smallest revision with .975 of the weights at or below it, and its mirror; infinite if too few."""
    rest: dict[str, Any] = {"weights": np.append(weights, 1 - weights.sum()), "method": "inverted_cdf"}
    upper, lower = (np.quantile(np.append(own, math.inf), 1 - TAIL - 1e-12, **rest) for own in (scores, -scores))
    return -float(lower), float(upper)


def confidence_below(change: float, scores: Floats, weights: Floats, value: float, places: int = read.PLACES) -> float:
    """Return the confidence that the revised change lies below a value, no nearer to 0 or 1 than the ranks allow."""
    moved = round(value - change, places)
    known = np.clip(0.5, weights[scores < moved].sum(), 1 - weights[scores > moved].sum())
    return round(float(known), read.PLACES)


def _by_group(scored: pd.DataFrame, edges: Sequence[float]) -> pd.DataFrame:
    """Return by group its size, the ends of its revisions, and how often those from other pairs cover a pair's."""
    rows = {}
    for group, (low, high) in enumerate(itertools.pairwise([0.0, *edges, math.inf])):
        own, covered = scored[scored["group"] == group], list[bool]()
        for pair, left_out in own.groupby("pair") if len(scored["pair"].unique()) > 1 else ():
            lower, upper = ends(*alike(scored[scored["pair"] != pair], group))
            covered += left_out["revision"].between(lower, upper).tolist()
        lower, upper = ends(*alike(scored, group))
        row = {"units": own["unit"].nunique(), "revisions": len(own), "lower": lower, "upper": upper}
        name = f"change of {low:g} and more" if high == math.inf else f"change from {low:g} to below {high:g}"
        rows[name] = row | {"coverage": float(np.mean(covered)) if covered else math.nan}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("group")


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
    read.check_before(first, last, outcome)
    cells = read.by_time_and_unit(panel, unit, time, [outcome])[outcome]
    read.refuse_unknown([treated], cells, "treated", "unit")
    own = cells.reindex(index=[first, last], columns=[treated])[treated]
    what = f"{treated} has no value in both {first} and {last}"
    refuse_if(own.isna().any(), what, outcome, "choose other years or another unit")
    begin, end = own.tolist()
    sign = 1 if (cells >= 0).any(axis=None) else -1
    size, step = float(f"{abs(end - begin):.3g}"), "place" if "rank" in LABELS.get(outcome, outcome).lower() else "step"
    turned = f"{counted(size, step)} {'better' if end > begin else 'worse'}"
    change = f"{end - begin:+.3g}" if sign > 0 else turned
    words = f"goes from {sign * begin:.4g} in {first} to {sign * end:.4g} in {last}: {change}."
    words = words if begin != end else f"stays at {sign * begin:.4g} from {first} to {last}."
    return Estimate(f"{outcome} of {treated} {words}", name=outcome, estimate=end - begin)


@method
def borrowed_sd(levels: ArrayLike, errors: ArrayLike, at: ArrayLike, *, lenders: int = 200) -> Floats:
    """Return the median error of the observations nearest in level, for a measure ``at`` levels without known errors.

    As many as ``lenders`` observations lend, and all others that are as near as the last one.

    Examples
    --------
    >>> borrowed_sd([0.1, 0.2, 0.9], [1.0, 3.0, 9.0], [0.15], lenders=2).tolist()
    [2.0]
    """
    levels, errors = read.aligned(levels=levels, errors=errors)
    level, error = np.ravel(read.numbers(levels, "levels")), np.ravel(read.numbers(errors, "errors"))
    refuse_if(len(level) != len(error), f"{len(error)} for {len(level)} levels", "errors", "give one per level")
    level, error = level[known := np.isfinite(level)], error[known]
    refuse_if(lenders < 1 or not len(level), f"{lenders} of {len(level)} can lend", "lenders", "give at least 1")
    values, place = np.unique(np.ravel(read.numbers(at, "at")), return_inverse=True)
    last, found = min(lenders, len(level)) - 1, []
    for value in values:
        distance = np.abs(level - value)
        near = (distance <= np.partition(distance, last)[last]) & np.isfinite(error)
        found.append(np.median(error[near]) if np.isfinite(value) and near.any() else np.nan)
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
    read.check_before(first, last, outcome)
    cells = read.by_time_and_unit(panel, unit, time, [outcome])[outcome].loc[first:last]
    changes = cells.diff()[np.diff(cells.index, prepend=first - 2) == 1]
    few = changes.count().sum() < 2
    refuse_if(few, f"no two yearly changes from {first} to {last}", outcome, "choose years that the panel covers")
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
    refuse_if(scores.index.nlevels != 2, "it is not indexed by two labels", "scores", "take unit and time")
    scores = read.numeric(read.one_row_each(scores), [*scores, *first, *second], "scores")
    recent = scores[scores.index.get_level_values(1) >= since]
    recent = recent.iloc[read.order_of(recent.index)]
    steps = pd.Series(recent.index.get_level_values(1), recent.index).groupby(level=0, sort=False).diff()
    every = recent.groupby(level=0, sort=False).diff()[(steps == 1).to_numpy()]
    read.refuse_unknown([time], every.index.unique(1), "scores", "time")
    changes = every.xs(time, level=1) / every.std()
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
