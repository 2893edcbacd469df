"""Events before and after a turn: how their rate changed, whether other places changed as much, and what it is made of.

Every function takes a series of whole counts by period, periods without events included, and compares the ``after``
periods that begin with ``turn`` with the ``before`` periods that end there. The name of the series says what is
counted, that of its index what a period is. A ratio is that of the later rate to the earlier: a rise is above 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from analysis.errors import InputError
from analysis.methods.composition import Decomposition, TwoByTwo, exact_2x2, kitagawa
from analysis.methods.count_tests import rate_ratio_interval, share_of_second
from analysis.methods.counts_power import minimum_detectable_ratio
from analysis.methods.result import Floats, Result, counted, method, readonly

# One event is added where a ratio must exist, spread over both periods by their length: no event gives a ratio of one.
_ADDED = 1.0
_TIE = 1e-9  # log ratios that differ by less are equal: the same counts give the same ratio up to the last bits only
_ENDS = (0.025, 0.975)

Counts = TypeVar("Counts", pd.Series, pd.DataFrame)


@dataclass(frozen=True, slots=True)
class RateChange(Result):
    """Events per period after a turn over events per period before it.

    Attributes
    ----------
    counted, period : str
        What is counted; what a period is.
    before, after : int
        Events in the two spans.
    lengths : tuple of int
        Periods of the two spans whose count is known.
    missing : int
        Periods of the two spans whose count is not known, or was left out.
    ratio : float
        Rate ratio; nan without any event.
    exact : tuple of float
        Its exact central 95 % interval (Poisson events).
    bootstrap : tuple of float
        95 % interval if blocks of periods are drawn anew within each span, one event added, spread by length; nan
        without draws.
    p : float
        Bootstrap p of equal rates, blocks drawn from both spans together; central (twice the smaller tail), as the
        exact interval is. Few events make chance ratios so skewed that no fall is as far from one as a rise: a p by
        distance from one would depend on what is added to empty spans.
    block, draws : int
        Periods in a block; draws.
    interval : {"exact", "bootstrap"}
        Interval that evidence states.
    """

    counted: str
    period: str
    before: int
    after: int
    lengths: tuple[int, int]
    missing: int
    ratio: float
    exact: tuple[float, float]
    bootstrap: tuple[float, float]
    p: float
    block: int
    draws: int
    interval: Literal["exact", "bootstrap"]

    @property
    def lower(self) -> float:
        """Lower end of the interval that evidence states."""
        return (self.exact if self.interval == "exact" else self.bootstrap)[0]

    @property
    def upper(self) -> float:
        """Upper end of the interval that evidence states."""
        return (self.exact if self.interval == "exact" else self.bootstrap)[1]

    @property
    def base_to_undo(self) -> int:
        """Fewest events before the turn with which the exact interval would reach one."""
        first, exposures = self.before, (float(self.lengths[0]), float(self.lengths[1]))
        while first * self.lengths[1] < self.after * self.lengths[0]:
            if rate_ratio_interval(first, self.after, exposures=exposures).lower <= 1:
                break
            first += 1
        return first

    def table(self) -> pd.DataFrame:
        """Return one row: counts, lengths, ratio, both intervals, p."""
        row: dict[str, float] = {"before": self.before, "after": self.after}
        row |= {f"{self.period}s_before": self.lengths[0], f"{self.period}s_after": self.lengths[1]}
        row |= {"ratio": self.ratio, "lower": self.exact[0], "upper": self.exact[1]}
        row |= {"bootstrap_lower": self.bootstrap[0], "bootstrap_upper": self.bootstrap[1], "p": self.p}
        return pd.DataFrame(row, index=pd.Index([self.counted], name="outcome"))

    def sentence(self) -> str:
        """Say counts, ratio and intervals, the test, and how many events more in the base would undo a rise."""
        told = (
            f"{self.after} {self.counted} in {counted(self.lengths[1], self.period)}, {self.before} in the "
            f"{counted(self.lengths[0], self.period)} before: rate ratio {self.ratio:.2f} (exact central 95% interval "
            f"{self.exact[0]:.2f} to {self.exact[1]:.2f}"
        )
        if self.draws:
            told += (
                f"; bootstrap of {self.block}-{self.period} blocks {self.bootstrap[0]:.2f} to {self.bootstrap[1]:.2f}, "
                f"two-sided central p = {self.p:.2g}, {self.draws:,} draws"
            )
        needed = self.base_to_undo
        if needed == self.before:
            return f"{told})."
        return (
            f"{told}). {needed} {self.counted} in the base instead of {self.before}, {needed - self.before} that went "
            f"unreported, and the exact interval reaches one."
        )

    def evidence(self) -> dict[str, Any]:
        """Return the ratio, its stated interval and, with the exact one, p and the detectable ratio."""
        events = self.before + self.after
        known = events > 0 or self.interval == "bootstrap"
        fields = {
            "estimate": self.ratio if events else None,
            "interval": (self.lower, self.upper) if known else None,
            "unit": "rate ratio",
            "n": events,
            "summary": self.sentence(),
        }
        if self.interval == "bootstrap":
            return fields
        return fields | {"p_value": self.p, "minimum_detectable_effect": self._detectable()}

    def _detectable(self) -> float | None:
        if not self.before:
            return None
        exposures = (float(self.lengths[0]), float(self.lengths[1]))
        ratio = minimum_detectable_ratio(self.before, exposures=exposures, direction="rise")
        return None if math.isnan(ratio) else ratio


@dataclass(frozen=True, slots=True)
class EarlierStretches(Result):
    """How unusual two spans are among all stretches of their lengths before the turn.

    Attributes
    ----------
    counted, period : str
        What is counted; what a period is.
    lengths, events : tuple of int
        Periods of the base and of the later span, and events in them.
    quiet, busy : tuple of int
        Stretches with as few events as the base or fewer, and with as many as the later span or more.
    stretches : tuple of int
        All stretches as long as the base, and as long as the later span.
    most : int
        Most events in a stretch as long as the later span.
    """

    counted: str
    period: str
    lengths: tuple[int, int]
    events: tuple[int, int]
    quiet: int
    busy: int
    stretches: tuple[int, int]
    most: int

    def sentence(self) -> str:
        """Say how often stretches before the turn were as busy as the later span, or as quiet as the base."""
        base, later = (counted(length, self.period) for length in self.lengths)
        return (
            f"Before the turn, {self.busy} of {self.stretches[1]} stretches of {later} had as many {self.counted} as "
            f"the later span ({self.events[1]}) or more, {self.most} at most; {self.quiet} of {self.stretches[0]} "
            f"stretches of {base} had as few as the base ({self.events[0]}) or fewer."
        )


@dataclass(frozen=True, slots=True)
class PlaceboUnits(Result):
    """The same comparison in every unit that has an event in either span; one without can neither rise nor fall.

    Attributes
    ----------
    unit : str
        Unit that is compared with the others.
    changes : pandas.DataFrame
        By unit, largest ratio first: events ``before`` and ``after``; ``ratio`` of rates with one event added, spread
        over the spans by their length; exact one-sided ``p`` of a rise.
    """

    unit: str
    changes: pd.DataFrame

    @property
    def rank(self) -> int:
        """Units that rose as much, the unit itself included; 0 if it has no event."""
        return 0 if self.unit not in self.changes.index else self._as_far("ratio", sign=1)

    @property
    def share(self) -> float:
        """Share of units that rose as much: the p of the unit among placebos; nan if it has no event."""
        return self.rank / len(self.changes) if self.rank else math.nan

    def table(self) -> pd.DataFrame:
        """Return one row per unit."""
        return self.changes

    def sentence(self) -> str:
        """Say how many units rose as much, and how many as surely."""
        if not self.rank:
            return f"{self.unit} has no event in either span."
        return (
            f"{self.rank} of {len(self.changes)} units with any event, itself included, rose as much, "
            f"p = {self.share:.3g}; by exact p instead of ratio, {self._as_far('p', sign=-1)} rose as surely."
        )

    def _as_far(self, column: str, *, sign: int) -> int:
        values = sign * self.changes[column]
        return int((values >= values[self.unit] - _TIE).sum())


@method
def rate_change(
    counts: pd.Series,
    *,
    turn: Any,
    before: int,
    after: int,
    block: int = 1,
    draws: int = 0,
    seed: int = 0,
    interval: Literal["exact", "bootstrap"] = "exact",
) -> RateChange:
    """Compare events per period after a turn with those before it.

    Parameters
    ----------
    counts : pandas.Series
        Events by period, in order and without gaps; a missing count leaves its period out.
    turn : label
        First period of the later span.
    before, after : int
        Periods of the base and of the later span.
    block, draws, seed : int
        Periods in a block of the circular block bootstrap, draws (none by default) and seed.
    interval : {"exact", "bootstrap"}
        Interval that evidence states; with the bootstrap's it states no p.

    Raises
    ------
    InputError
        If the series does not cover both spans, or a count is negative or not whole.

    References
    ----------
    Fay, M. (2010). R Journal 2(1), 53-58 (exact central interval).
    Politis, D., Romano, J. (1992). A circular block-resampling procedure for stationary data. In: Exploring the Limits
    of Bootstrap, Wiley, 263-270.

    Examples
    --------
    >>> events = pd.Series([0, 1, 0, 1, 2, 3], index=pd.RangeIndex(2015, 2021, name="year"), name="strikes")
    >>> found = rate_change(events, turn=2019, before=4, after=2, block=1, draws=99, seed=1)
    >>> found.before, found.after, found.ratio
    (2, 5, 5.0)
    """
    spans = [part.dropna().to_numpy() for part in _spans(counts, turn, before, after)]
    lengths = (len(spans[0]), len(spans[1]))
    totals = (int(spans[0].sum()), int(spans[1].sum()))
    exact = rate_ratio_interval(*totals, exposures=(float(lengths[0]), float(lengths[1])))
    low, high, p = math.nan, math.nan, math.nan
    if draws:
        own, null = _drawn_ratios(spans, block, draws, np.random.default_rng(seed))
        low, high = np.exp(np.quantile(own, _ENDS)).tolist()
        p = _central(null, float(_log_ratio(*totals, lengths)))
    return RateChange(
        counted=str(counts.name or "events"),
        period=str(counts.index.name or "period"),
        before=totals[0],
        after=totals[1],
        lengths=lengths,
        missing=before + after - sum(lengths),
        ratio=exact.estimate,
        exact=(exact.lower, exact.upper),
        bootstrap=(low, high),
        p=p,
        block=block,
        draws=draws,
        interval=interval,
    )


@method
def earlier_stretches(counts: pd.Series, *, turn: Any, before: int, after: int) -> EarlierStretches:
    """Count the stretches before a turn that were as busy as the span after it, or as quiet as its base.

    Parameters
    ----------
    counts, turn, before, after
        As in `rate_change`; a stretch may begin with any period of the series.

    Raises
    ------
    InputError
        As `rate_change`.

    Examples
    --------
    >>> events = pd.Series([5, 0, 1, 0, 2], index=pd.RangeIndex(2016, 2021, name="year"), name="strikes")
    >>> earlier_stretches(events, turn=2020, before=2, after=1).busy
    1
    """
    first, second = (int(part.sum()) for part in _spans(counts, turn, before, after))
    past = counts.to_numpy()[: counts.index.get_loc(turn)]
    base, later = (np.convolve(past, np.ones(length), "valid") for length in (before, after))
    return EarlierStretches(
        counted=str(counts.name or "events"),
        period=str(counts.index.name or "period"),
        lengths=(before, after),
        events=(first, second),
        quiet=int((base <= first).sum()),
        busy=int((later >= second).sum()),
        stretches=(len(base), len(later)),
        most=int(later.max()),
    )


@method
def placebo_units(counts: pd.DataFrame, *, unit: str, turn: Any, before: int, after: int) -> PlaceboUnits:
    """Make the same comparison in every unit, and count those that rose as much as one did.

    Parameters
    ----------
    counts : pandas.DataFrame
        Events by period (rows) and unit (columns).
    unit : str
        Unit that is compared with the others.
    turn, before, after
        As in `rate_change`.

    Raises
    ------
    InputError
        As `rate_change`.

    References
    ----------
    Abadie, A., Diamond, A., Hainmueller, J. (2010). Journal of the American Statistical Association 105, 493-505.
    doi:10.1198/jasa.2009.ap08746

    Examples
    --------
    >>> counts = pd.DataFrame({"a": [1, 6], "b": [3, 3], "c": [4, 2]}, index=[2019, 2020])
    >>> placebo_units(counts, unit="b", turn=2020, before=1, after=1).rank
    2
    """
    first, second = _spans(counts, turn, before, after)
    frame = pd.DataFrame({"before": first.sum(), "after": second.sum()}).sort_index()
    frame = frame[frame.sum(axis=1) > 0]
    ratio = np.exp(_log_ratio(frame["before"], frame["after"], (before, after)))
    share = share_of_second((float(before), float(after)))
    p = binom.sf(frame["after"] - 1, frame.sum(axis=1), share)
    return PlaceboUnits(unit, frame.assign(ratio=ratio, p=p).sort_values("ratio", ascending=False, kind="stable"))


@method
def relative_rate_change(
    counts: pd.DataFrame, *, unit: str, others: Sequence[str], turn: Any, before: int, after: int
) -> TwoByTwo:
    """Compare the rate change of a unit with that of others: what moved both alike, such as attention, cancels.

    The odds ratio of the result is the ratio of the two rate ratios.

    Parameters
    ----------
    counts : pandas.DataFrame
        Events by period (rows) and unit (columns).
    unit : str
        Unit that is compared.
    others : sequence of str
        Units that share what has to cancel; a unit that is not one of them is compared with all others.
    turn, before, after
        As in `rate_change`.

    Returns
    -------
    TwoByTwo
        Events after and before the turn, of the unit and of the others.

    Raises
    ------
    InputError
        As `rate_change`, or if the unit or the others have no event, or one span has none.

    Examples
    --------
    >>> counts = pd.DataFrame({"a": [5, 15], "b": [20, 20]}, index=[2019, 2020])
    >>> relative_rate_change(counts, unit="a", others=["a", "b"], turn=2020, before=1, after=1).counts
    (15, 5, 20, 20)
    """
    first, second = _spans(counts, turn, before, after)
    group = set(others) if unit in others else set(counts.columns)
    around = [name for name in counts.columns if name in group - {unit}]
    table = np.array([[part[names].to_numpy().sum() for part in (second, first)] for names in ([unit], around)])
    if not (table.sum(axis=0).all() and table.sum(axis=1).all()):
        text = f"no event in {unit}, in the others, or in one of the spans"
        raise InputError(text, where="counts", remedy="nothing can be compared")
    return exact_2x2(table.astype(int))


@method
def parts_of_rate_change(
    events: pd.Series,
    hits: pd.Series,
    *,
    turn: Any,
    before: int,
    after: int,
    block: int,
    draws: int,
    seed: int,
    per: int = 1,
    factors: tuple[str, str] = ("events", "hits per event"),
) -> Decomposition:
    """Split the change of a rate of hits into what comes from more events and what from more hits per event.

    Parameters
    ----------
    events, hits : pandas.Series
        Events by period, and those among them that are hits.
    turn, before, after, block, draws, seed
        As in `rate_change`; the bootstrap makes the intervals of both parts.
    per : int
        Periods that the rates are stated for.
    factors : tuple of str
        Names of the two factors.

    Raises
    ------
    InputError
        As `rate_change`.

    References
    ----------
    Kitagawa, E. (1955). Journal of the American Statistical Association 50, 1168-1194.
    doi:10.1080/01621459.1955.10501299

    Examples
    --------
    >>> years = pd.RangeIndex(2017, 2021, name="year")
    >>> events, hits = (pd.Series(values, index=years) for values in ([4, 4, 8, 8], [1, 1, 4, 4]))
    >>> found = parts_of_rate_change(events, hits, turn=2019, before=2, after=2, block=1, draws=9, seed=1)
    >>> found.first.tolist(), found.second.tolist()
    ([1.5], [1.5])
    """
    spans = [part.to_numpy() for part in _spans(pd.DataFrame({"events": events, "hits": hits}), turn, before, after)]
    first, second = (_volume_and_share(part.sum(axis=0), len(part), per) for part in spans)
    split = kitagawa([first[0]], [first[1]], [second[0]], [second[1]], factors=factors)
    rng = np.random.default_rng(seed)
    (v0, s0), (v1, s1) = (
        _volume_and_share(_sums(part, len(part), block, draws, rng), len(part), per) for part in spans
    )
    drawn = [(v1 - v0) * (s0 + s1) / 2, (s1 - s0) * (v0 + v1) / 2]
    return replace(split, intervals=readonly(np.quantile(drawn, _ENDS, axis=1).T))


def _volume_and_share(totals: NDArray[Any], length: int, per: int) -> tuple[Any, Any]:
    """Return events per ``per`` periods and hits per event, from totals of both (last axis)."""
    return per * totals[..., 0] / length, totals[..., 1] / np.maximum(totals[..., 0], 1)


def _spans(counts: Counts, turn: Any, before: int, after: int) -> tuple[Counts, Counts]:
    """Return the periods of the base and those of the later span."""
    place = counts.index.get_loc(turn) if turn in counts.index else -1
    if min(before, after) < 1 or place < before or place + after > len(counts):
        raise InputError(
            f"{before} periods before {turn} and {after} from then on are not all covered",
            where="counts",
            remedy=f"they run from {counts.index[0]} to {counts.index[-1]}",
        )
    return counts.iloc[place - before : place], counts.iloc[place : place + after]


def _drawn_ratios(
    spans: Sequence[NDArray[Any]], block: int, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return log rate ratios, shape (draws,) each: blocks drawn within each span, and from both together."""
    lengths = (len(spans[0]), len(spans[1]))
    both = np.concatenate(spans)
    found = []
    for sources in (spans, (both, both)):
        first, second = (_sums(one, n, block, draws, rng) for one, n in zip(sources, lengths, strict=True))
        found.append(_log_ratio(first, second, lengths))
    return found[0], found[1]


def _sums(values: NDArray[Any], length: int, block: int, draws: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return totals of series of a length, drawn in circular blocks of periods (first axis), shape (draws, ...)."""
    starts = rng.integers(len(values), size=(draws, -(-length // block)))
    places = (starts[:, :, None] + np.arange(block)) % len(values)
    return np.asarray(values[places.reshape(draws, -1)[:, :length]].sum(axis=1))


def _log_ratio(before: ArrayLike, after: ArrayLike, lengths: tuple[int, int]) -> Any:
    """Return the log rate ratio of counts, one event added in proportion to the length of the spans."""
    rate = _ADDED / sum(lengths)
    return np.log(np.asarray(after) / lengths[1] + rate) - np.log(np.asarray(before) / lengths[0] + rate)


def _central(null: Floats, observed: float) -> float:
    """Return twice the smaller tail, the observed value counted in."""
    tails = [
        (1 + int((side >= 0).sum())) / (1 + len(null)) for side in (null - observed + _TIE, observed - null + _TIE)
    ]
    return min(1.0, 2 * min(tails))
