"""Extremum claims: whether a component is the lowest of a set, how often such a one stays it, and how rare it is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import InputError
from analysis.methods._inputs import columns, one_row_each, places_of, refuse_if, refuse_unknown, stacked
from analysis.methods.result import Estimate, Floats, bounded, counted, method


@method
def lowest(
    scores: pd.Series,
    *,
    item: Hashable,
    among: Sequence[Hashable] | None = None,
    published: pd.DataFrame | None = None,
    editions: Sequence[int] = (),
    nearest: int = 100,
) -> Estimate:
    """Test an extremum claim on one unit's components by how often a lowest component stays it when it is revised.

    Every other unit speaks once, by the year in which one of its components lies below all others by about as much as
    the item does; the units that come nearest count. The share of them whose component is the single lowest in the next
    edition of that year is a binomial share with its exact interval (Clopper and Pearson 1934,
    doi:10.1093/biomet/26.4.404), nan without editions. ``margin`` is the distance to the lowest other, ``runner_up``,
    0 in a tie; ``n_below`` counts components that are lower.

    Parameters
    ----------
    scores : pandas.Series
        Scores by component; its name is the unit. Missing scores are left out.
    item : label
        Component that is claimed to be the lowest.
    among : sequence of labels, optional
        Components compared, the item among them; default all.
    published : pandas.DataFrame, optional
        Components, indexed by edition, data year and unit; of ``among``, those that it has.
    editions : sequence of int, optional
        Two of its editions, the earlier first.
    nearest : int, default 100
        How many units count; those that are as near as the last one do too.

    Raises
    ------
    InputError
        The item has no score, or no unit has such a component in both editions.

    Examples
    --------
    >>> print(lowest(pd.Series({"press": 3.7, "courts": 5.0, "trade": 7.1}), item="press"))
    Press (3.7) is the lowest of 3; the lowest other is courts (5).
    """
    refuse_unknown(among or (), scores.index, "among", "component")
    refuse_if(among is not None and item not in among, f"it lacks the item, {item}", "among", "name the item too")
    refuse_if(nearest < 1, f"{nearest} units cannot speak", "nearest", "give at least 1")
    refuse_if(published is None and len(editions), "nothing is published", "editions", "give published too")
    known = one_row_each(scores).dropna()
    known = pd.Series(columns(known, None, "scores")[1][:, 0], known.index)
    places = places_of(known)
    known = known.round(places)
    others = known.reindex([name for name in (scores.index if among is None else among) if name != item]).dropna()
    what = f"{scores.name or 'the unit'} has no score for {'another component' if item in known else item}"
    refuse_if(item not in known or others.empty, what, remedy="choose another country or year")
    own, value, runner_up = float(known[item]), float(others.min()), others.idxmin()
    n_below = int((others < own).sum())
    place = "is the lowest" if own < value else "shares the lowest score"
    if n_below:
        place = f"is not the lowest: {n_below} {'is' if n_below == 1 else 'are'} lower"
    words = f"{item} ({own:.3g}) {place} of {1 + len(others)}; the lowest other is {runner_up} ({value:.3g})."
    known_share: dict[str, Any] = {}
    if published is not None:
        chosen = [name for name in (published if among is None else among) if name in published]
        refuse_if(len(chosen) < 2, "fewer than two of the components", "published", "give columns for more of them")
        read = stacked(published, chosen, "published")[chosen].round(places)
        if len(editions) != 2 or not set(editions) <= set(published.index.get_level_values(0)):
            raise InputError("two that are published count", where="editions", remedy="give the earlier and the later")
        stayed = _stayed(read, editions, unit=scores.name, margin=value - own, nearest=nearest, places=places)
        hits, n = int(stayed.sum()), len(stayed)
        ends = stats.binomtest(hits, n).proportion_ci()
        known_share = {**bounded(hits / n, ends.low, ends.high), "n": n}
        words += (
            f" Of {counted(n, 'other unit')} with a component so far from the lowest other, {hits} had it as the "
            f"single lowest in the next edition: {hits / n:.0%} ({ends.low:.0%} to {ends.high:.0%})."
        )
    return Estimate(
        words,
        name=str(item),
        unit=f"share of like cases that {'became' if n_below else 'stayed'} so",
        assumed="other units alike and independent, exact binomial interval (Clopper-Pearson)",
        **known_share,
        more={"margin": value - own, "n_below": n_below, "runner_up": runner_up},
    )


def _stayed(
    published: pd.DataFrame, editions: Sequence[int], *, unit: Hashable, margin: float, nearest: int, places: int
) -> pd.Series:
    """Return by unit whether its component whose margin is nearest is the single lowest in the later edition.

    Of several years that are as near, the latest counts. Margins on the other side of zero are none of that kind.
    """
    earlier, later = (one_row_each(published.xs(edition)).dropna().astype(float) for edition in editions)
    both = earlier.index.intersection(later.index)
    both = both[both.get_level_values(1) != unit]
    margins = {name: _margins(frame.loc[both].to_numpy()) for name, frame in (("first", earlier), ("next", later))}
    frame = pd.DataFrame({name: own.ravel() for name, own in margins.items()}, index=both.repeat(published.shape[1]))
    frame.index.names = ["year", "unit"]
    frame = frame[(frame["first"] > 0) == (margin > 0)]
    frame = frame.assign(gap=(frame["first"] - margin).abs().round(places))
    frame = frame.reset_index().sort_values(["gap", "year"], ascending=[True, False], kind="stable")
    frame = frame.drop_duplicates("unit")
    refuse_if(frame.empty, "no other unit has such a component in both editions", "published", "choose other editions")
    last = frame["gap"].iloc[min(nearest, len(frame)) - 1]
    return frame.loc[frame["gap"] <= last].set_index("unit")["next"] > 0


def _margins(scores: Floats) -> Floats:
    """Return how far each component lies below the lowest other of its row: positive for the single lowest only."""
    least = np.sort(scores, axis=1)
    alone = scores == least[:, :1]
    return np.where(alone, least[:, 1:2], least[:, :1]) - scores


def single_lowest(scores: pd.DataFrame) -> pd.Series:
    """Count in how many rows (units or years, each named once) each column is the single lowest; ties count for none.

    A claim that a component is the lowest says more where that is rare.
    """
    single = one_row_each(scores).eq(scores.min(axis=1), axis=0).sum(axis=1) == 1
    return scores[single].idxmin(axis=1).value_counts().reindex(scores.columns, fill_value=0)
