"""Events before and after a turn: how their rate changed, whether other places changed as much, and what it is made of.

Every function takes a series of whole counts by period, periods without events included, and compares the ``after``
periods that begin with ``turn`` with the ``before`` periods that end there. The name of the series says what is
counted, that of its index what a period is. A ratio is that of the later rate to the earlier: a rise is above 1.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom

from analysis.methods import count_tests
from analysis.methods._inputs import aligned, check_columns, check_order, numbers, order_of, refuse_if, whole_counts
from analysis.methods.composition import exact_2x2, kitagawa
from analysis.methods.result import TAIL, Estimate, Floats, counted, decimals, interval, method, readonly

_TIE = 1e-9  # statistics that differ by less are equal: the same counts give the same up to the last bits only


@method
def rate_change(counts: pd.Series, *, turn: Hashable, before: int, after: int) -> Estimate:
    """Compare events per period after a turn with those before it.

    The rate ratio has the interval and the p of `mid_p_ratio`, nan without any event, and the rise that the exact test
    detects. Further ``before`` and ``after`` (events), ``lengths`` (periods whose count is known), ``missing`` ones,
    and ``base_to_undo``, the fewest events before the turn with which the interval reaches one.

    Parameters
    ----------
    counts : pandas.Series
        Events by period, in order and without gaps; a missing count leaves its period out.
    turn, before, after : label, int, int
        First period of the later span, and the number of periods of the base and of the later span.

    Examples
    --------
    >>> events = pd.Series([0, 1, 0, 1, 2, 3], index=pd.RangeIndex(2015, 2021, name="year"), name="strikes")
    >>> found = rate_change(events, turn=2019, before=4, after=2)
    >>> found.before, found.after, found.ratio
    (2, 5, 5.0)
    """
    spans = [part[~np.isnan(part)] for part in _spans(counts, turn, before, after, missing=True)]
    lengths = (len(spans[0]), len(spans[1]))
    refuse_if(not all(lengths), "every count of a span is missing", "counts", "choose other spans")
    first, second = (int(part.sum()) for part in spans)
    found = count_tests.mid_p_ratio(first, second, exposures=lengths)
    lower, upper = (found.lower, found.upper) if first + second else (math.nan, math.nan)
    name, period = str(counts.name or "events"), str(counts.index.name or "period")
    row = {"before": first, "after": second, f"{period}s_before": lengths[0], f"{period}s_after": lengths[1]}
    numbers = {"ratio": found.estimate, "lower": lower, "upper": upper, "p": found.p_value}
    told = (
        f"{name.capitalize()}: {second} in {counted(lengths[1], period)}, {first} in the {counted(lengths[0], period)} "
        f"before, rate ratio {decimals(found.estimate, 2)} (mid-p {interval(lower, upper, 2)}, "
        f"{count_tests.p_text(found.p_value)})."
    )
    # The fewest earlier events with which the lower end of the interval would not lie above one.
    equal = math.ceil(second * lengths[0] / lengths[1])
    reached = functools.partial(count_tests.mid_p_below, 1.0, second=second, exposures=lengths)
    needed = first + bisect.bisect_left(range(first, max(first, equal)), TAIL, key=reached)
    undone = f" With {needed} instead of {first} in the base, {needed - first} unreported, the interval reaches one."
    smallest = count_tests.minimum_detectable_ratio(first, exposures=lengths, direction="rise") if first else math.nan
    return replace(
        found,
        words=f"{told}{undone if needed > first else ''}" if first + second else f"No {name} in either period.",
        name=name,
        lower=lower,
        upper=upper,
        n=first + second,
        minimum_detectable_effect=smallest,
        more={"before": first, "after": second, "lengths": lengths, "missing": before + after - sum(lengths)}
        | {"period": period, "ratio": found.estimate, "base_to_undo": needed},
        rows=pd.DataFrame(row | numbers, index=pd.Index([name], name="outcome")),
    )


@method
def placebo_units(counts: pd.DataFrame, *, unit: Hashable, turn: Hashable, before: int, after: int) -> Estimate:
    """Make the same comparison in every unit, and count those that rose as much as one did.

    The estimate is the ratio of the unit, one event added, spread over the spans by their length; its ``rank`` among
    units with any event (0 if it has none), those that rose as much, itself included, and their ``share``: its p among
    placebos (Abadie, Diamond and Hainmueller 2010, doi:10.1198/jasa.2009.ap08746). The table has every such unit,
    largest ratio first, with the exact one-sided ``p`` of a rise.

    ``counts`` are events by period (rows) and unit (columns), ``unit`` is the one that is compared with the others; the
    spans are those of `rate_change`.
    """
    check_columns(counts, [unit, *counts], "counts")
    first, second = _spans(counts, turn, before, after)
    frame = pd.DataFrame({"before": first.sum(axis=0), "after": second.sum(axis=0)}, counts.columns)
    frame = frame.iloc[order_of(frame.index)].query("before + after > 0")
    added = 1 / (before + after)
    ratio = (frame["after"] / after + added) / (frame["before"] / before + added)
    p = binom.sf(frame["after"] - 1, frame.sum(axis=1), count_tests.share_of_second((before, after)))
    frame = frame.assign(ratio=ratio, p=p).sort_values("ratio", ascending=False, kind="stable")
    if unit not in frame.index:
        none = {"rank": 0, "share": math.nan}
        return Estimate(f"{unit} has no event in either span.", str(unit), more=none, rows=frame)
    own = frame.iloc[frame.index.get_loc(unit)]
    rank, surely = int((frame["ratio"] >= own["ratio"] - _TIE).sum()), int((frame["p"] <= own["p"] + _TIE).sum())
    share = rank / len(frame)
    return Estimate(
        f"{rank} of {len(frame)} units with any event, itself included, rose as much, a share of {share:.3g}; by exact "
        f"p instead of ratio, {surely} rose as surely.",
        name=str(unit),
        estimate=float(own["ratio"]),
        p_value=share,
        unit="rate ratio",
        more={"rank": rank, "share": share},
        rows=frame,
    )


@method
def relative_rate_change(
    counts: pd.DataFrame, *, unit: Hashable, others: Sequence[Hashable], turn: Hashable, before: int, after: int
) -> Estimate:
    """Compare the rate change of a unit with that of others: what moved both alike, such as attention, cancels.

    The table of the result has events after and before the turn, of the unit and of the others; its odds ratio is the
    ratio of the two rate ratios.

    Parameters are those of `placebo_units`, and ``others``, the units that share what has to cancel; a unit that is not
    one of them is compared with all others.
    """
    check_columns(counts, [unit, *others, *counts], "counts")
    first, second = _spans(counts, turn, before, after)
    own = np.array([name == unit for name in counts])
    around = ~own & [name in others or unit not in others for name in counts]
    table = np.array([[part[:, units].sum() for part in (second, first)] for units in (own, around)])
    text = f"no event in {unit}, in the others, or in one of the spans"
    refuse_if(not (table.sum(axis=0).all() and table.sum(axis=1).all()), text, "counts", "nothing can be compared")
    return exact_2x2(table.astype(int))


@method
def parts_of_rate_change(
    events: pd.Series,
    hits: pd.Series,
    *,
    turn: Hashable,
    before: int,
    after: int,
    block: int,
    draws: int,
    seed: int,
    per: int = 1,
    factors: tuple[str, str] = ("events", "hits per event"),
) -> Estimate:
    """Split the change of a rate of hits into what comes from more events and what from more hits per event.

    It is that of `kitagawa`, with the 95 % ``intervals`` of both parts from a circular block bootstrap (Politis and
    Romano 1992, in: Exploring the Limits of Bootstrap, Wiley, 263-270).

    Parameters
    ----------
    events, hits : pandas.Series
        Events by period, and those among them that are hits; the spans are those of `rate_change`.
    block, draws, seed : int
        Periods in a block, draws and their seed.
    per, factors : int, tuple of str
        Periods that the rates are stated for, and names of the two factors.
    """
    events, hits = aligned(events=events, hits=hits)
    spans = _spans(pd.DataFrame({"events": events, "hits": hits}), turn, before, after)
    refuse_if(any((part[:, 1] > part[:, 0]).any() for part in spans), "hits exceed events", "hits", "count both alike")
    said, remedy = f"{draws} draws, {block} and {per} periods", "give 1 or more, a block no longer than a span"
    refuse_if(min(draws, block, per) < 1 or block > min(before, after), said, "draws, block and per", remedy)
    rng = np.random.default_rng(seed)
    totals = []  # the observed ones of each span, then drawn ones
    for part in spans:
        starts = rng.integers(n := len(part), size=(draws, -(-n // block)))
        # Sums of the blocks that begin in each period, and of as much of them as there is room for at the end.
        sums = np.vstack([0 * part[:1], np.resize(part, (n + block, 2)).cumsum(axis=0)])
        whole, last = (sums[size : size + n] - sums[:n] for size in (block, (n - 1) % block + 1))
        resampled = np.transpose([own[starts[:, :-1]].sum(axis=1) for own in whole.T]) + last[starts[:, -1]]
        totals.append(np.vstack([part.sum(axis=0), resampled]))
    v0, v1 = (per * total[:, 0] / len(part) for total, part in zip(totals, spans, strict=True))
    s0, s1 = (total[:, 1] / np.maximum(total[:, 0], 1) for total in totals)
    # No event has no share: the change is then one of events alone.
    s0, s1 = np.where(totals[0][:, 0], s0, s1), np.where(totals[1][:, 0], s1, s0)
    split = kitagawa(v0[:1], s0[:1], v1[:1], s1[:1], factors=factors)
    drawn = np.array([(v1 - v0) * (s0 + s1) / 2, (s1 - s0) * (v0 + v1) / 2])[:, 1:]
    return replace(split, more={**split.more, "intervals": readonly(np.quantile(drawn, (TAIL, 1 - TAIL), axis=1).T)})


def _spans(counts: Any, turn: Hashable, before: int, after: int, *, missing: bool = False) -> list[Floats]:
    """Return whole counts of the periods of the base and of the later span, as floats; some may be missing."""
    check_order(counts, "counts")
    place = counts.index.get_loc(turn) if turn in counts.index else -1
    refuse_if(not isinstance(place, int), f"{turn} names several periods", "turn", "name one")
    lacking = min(before, after) < 1 or place < before or place + after > len(counts)
    what = f"{before} periods before {turn} and {after} from then on are not all covered"
    ends = " to ".join(map(str, [*counts.index[:1], *counts.index[-1:]]))
    refuse_if(lacking, what, "counts", f"they run from {ends or 'nowhere'}")
    values = numbers(counts.iloc[place - before : place + after], "counts", "counts")
    gaps = np.isnan(values)
    refuse_if(gaps.any() and not missing, "counts are missing", "counts", "fill them, or leave units out")
    whole_counts(values[~gaps])
    return np.split(values, [before])
