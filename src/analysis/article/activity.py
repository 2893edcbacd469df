"""Steps of notebook 05: how often people protest and are arrested, before and after a turn, and what rivals explain."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.methods.count_tests import rate_ratio_interval
from analysis.methods.counts_power import minimum_detectable_ratio
from analysis.methods.eventtime import serial_month

TABLES = ("protest_months", "protest_coverage")
VINTAGE = "mass_mobilization_5"
OUTCOMES = {"protests": "protests", "arrests": "protests with arrests"}
#: Last month of the event data.
LAST = int(serial_month(2020, 3))
# One event is added where a ratio must exist, spread over both periods by their length: no event gives a ratio of one.
_ADDED = 1.0
_TIE = 1e-9  # log ratios that differ by less are equal


@dataclass(frozen=True, slots=True)
class Span:
    """Two periods that meet at a turn.

    Attributes
    ----------
    turn : str
        First month of the later period, ``YYYY-MM``.
    later, base : int
        Months of the later period, and of the one before the turn.
    """

    turn: str
    later: int
    base: int

    @property
    def first(self) -> int:
        """Serial month of the first month of the base."""
        return self.middle - self.base

    @property
    def middle(self) -> int:
        """Serial month of the turn."""
        return int(serial_month(int(self.turn[:4]), int(self.turn[5:])))

    def years(self, n: float) -> Span:
        """Return the same turn with another base, in years."""
        return replace(self, base=round(12 * n))


@dataclass(frozen=True, slots=True)
class RateChange:
    """Events per month after a turn over events per month before it.

    Attributes
    ----------
    country, outcome : str
        ISO3 code; what is counted.
    before, after : int
        Events in the two periods.
    months : tuple of int
        Months of the two periods.
    ratio, lower, upper : float
        Rate ratio with its exact central 95 % interval (Poisson events).
    bootstrap : tuple of float
        95 % interval if blocks of months are drawn anew within each period, one event added, spread by length.
    p : float
        Bootstrap p of equal rates, blocks of months drawn from both periods together; central (twice the smaller
        tail), as the exact interval is. Few events make chance ratios so skewed that no fall is as far from one as a
        rise: a p by distance from one would depend on what is added to empty periods.
    block, draws : int
        Months in a block; draws.
    """

    country: str
    outcome: str
    before: int
    after: int
    months: tuple[int, int]
    ratio: float
    lower: float
    upper: float
    bootstrap: tuple[float, float]
    p: float
    block: int
    draws: int

    def table(self) -> pd.DataFrame:
        """Return one row: counts, months, ratio, both intervals, p."""
        row: dict[str, float] = {"before": self.before, "after": self.after, "months_before": self.months[0]}
        row |= {"months_after": self.months[1], "ratio": self.ratio, "lower": self.lower, "upper": self.upper}
        row |= {"bootstrap_lower": self.bootstrap[0], "bootstrap_upper": self.bootstrap[1], "p": self.p}
        return pd.DataFrame(row, index=pd.Index([self.outcome], name="outcome"))

    def sentence(self) -> str:
        """Say counts, ratio, intervals and the test."""
        return (
            f"{self.after} {self.outcome} in {self.months[1]} months, {self.before} in the {self.months[0]} months "
            f"before: rate ratio {self.ratio:.2f} (exact central 95% interval {self.lower:.2f} to {self.upper:.2f}; "
            f"bootstrap of {self.block}-month blocks {self.bootstrap[0]:.2f} to {self.bootstrap[1]:.2f}, two-sided "
            f"central p = {self.p:.2g}, {self.draws:,} draws)."
        )


def first_month(coverage: pd.DataFrame, country: str) -> int:
    """Return the serial month from which the data follow a country."""
    return int(serial_month(int(coverage.loc[coverage["iso3"] == country, "first_year"].iloc[0]), 1))


def yearly(months: pd.DataFrame, coverage: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return a country's protests and protests with arrests by year, zeros included."""
    row = coverage[coverage["iso3"] == country].iloc[0]
    own = months[months["iso3"] == country].groupby("year")[list(OUTCOMES)].sum()
    index = pd.RangeIndex(int(row["first_year"]), int(row["last_year"]) + 1, name="year")
    return own.reindex(index, fill_value=0)


def monthly(months: pd.DataFrame, country: str, outcome: str, span: Span) -> NDArray[np.float64]:
    """Return a country's events per month from the base's first month to the later period's last, zeros included."""
    own = months[months["iso3"] == country]
    place = serial_month(own["year"], own["month"]) - span.first
    inside = (place >= 0) & (place < span.base + span.later)
    return np.bincount(place[inside], own.loc[inside, outcome], minlength=span.base + span.later).astype(float)


def rate_change(
    months: pd.DataFrame, country: str, outcome: str, span: Span, *, block: int, draws: int, seed: int
) -> RateChange:
    """Compare events per month after a turn with those before it.

    Parameters
    ----------
    months : pandas.DataFrame
        The table ``protest_months``, or a part of it.
    country, outcome : str
        ISO3 code; column that counts.
    span : Span
        The two periods.
    block, draws, seed : int
        Months in a block of the circular block bootstrap, draws and seed.
    """
    counts = monthly(months, country, outcome, span)
    before, after = counts[: span.base], counts[span.base :]
    interval = rate_ratio_interval(int(before.sum()), int(after.sum()), exposures=(span.base, span.later))
    own, null = bootstrap_ratios(counts, span, block=block, draws=draws, seed=seed)
    low, high = np.exp(np.quantile(own, [0.025, 0.975]))
    return RateChange(
        country,
        OUTCOMES.get(outcome, outcome),
        int(before.sum()),
        int(after.sum()),
        (span.base, span.later),
        interval.estimate,
        interval.lower,
        interval.upper,
        (float(low), float(high)),
        central_p(null, float(log_ratio(before.sum(), after.sum(), span))),
        block,
        draws,
    )


def bootstrap_ratios(
    counts: NDArray[np.float64], span: Span, *, block: int, draws: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return log rate ratios of months drawn anew in blocks, shape (draws,) each.

    Returns
    -------
    own, null : ndarray
        Blocks drawn within each period, and from both together.
    """
    rng = np.random.default_rng(seed)
    sources = ((counts[: span.base], counts[span.base :]), (counts, counts))
    own, null = (
        log_ratio(
            period_sums(first, span.base, block, draws, rng), period_sums(second, span.later, block, draws, rng), span
        )
        for first, second in sources
    )
    return own, null


def plain_sentence(change: RateChange) -> str:
    """Say what a rate ratio rests on: the bare counts, and how many unreported events would undo it."""
    return (
        f"{change.after} {change.outcome} in {change.months[1]} months against {change.before} in the "
        f"{change.months[0]} before. {missed_sentence(change)}"
    )


def base_to_undo(change: RateChange) -> int:
    """Return the fewest events in the base with which the exact interval would reach one."""
    n = change.before
    while n < change.after * change.months[0] and _lower(n, change) > 1:
        n += 1
    return n


def missed_sentence(change: RateChange) -> str:
    """Say how many unreported events in the base would undo the rise."""
    needed = base_to_undo(change)
    return (
        f"{needed} {change.outcome} in the base instead of {change.before}, {needed - change.before} that went "
        f"unreported, and the exact interval reaches one."
    )


def evidence(change: RateChange) -> dict[str, Any]:
    """Return a rate change in the fields of evidence: its numbers, told in words too."""
    return numbers(change) | {"summary": f"{change.sentence()} {missed_sentence(change)}"}


def numbers(change: RateChange) -> dict[str, Any]:
    """Return what a verdict stands on; the interval is the exact one, p that of the bootstrap.

    Without any event there is no estimate.
    """
    known = change.before + change.after > 0
    return {
        "estimate": change.ratio if known else None,
        "interval": (change.lower, change.upper) if known else None,
        "p_value": change.p,
        "unit": "rate ratio",
        "n": change.before + change.after,
        "minimum_detectable_effect": _detectable(change.before, change.months),
        "design": "model-based",
    }


@functools.lru_cache(maxsize=256)
def _detectable(before: int, months: tuple[int, int]) -> float | None:
    if not before:
        return None
    ratio = minimum_detectable_ratio(before, exposures=(float(months[0]), float(months[1])), direction="rise")
    return None if math.isnan(ratio) else ratio


def central_p(null: NDArray[np.float64], observed: float) -> float:
    """Return twice the smaller tail, the observed value counted in."""
    tails = [
        (1 + int((side >= 0).sum())) / (1 + len(null)) for side in (null - observed + _TIE, observed - null + _TIE)
    ]
    return min(1.0, 2 * min(tails))


def _lower(before: int, change: RateChange) -> float:
    return rate_ratio_interval(before, change.after, exposures=change.months).lower


def period_sums(values: NDArray[Any], length: int, block: int, draws: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return totals of series of a length, drawn in circular blocks of months (first axis); the first axis is draws."""
    starts = rng.integers(len(values), size=(draws, -(-length // block)))
    places = (starts[:, :, None] + np.arange(block)) % len(values)
    return np.asarray(values[places.reshape(draws, -1)[:, :length]].sum(axis=1))


def log_ratio(before: Any, after: Any, span: Span) -> Any:
    """Return the log rate ratio of counts, one event added in proportion to the length of the periods."""
    rate = _ADDED / (span.base + span.later)
    return np.log(after / span.later + rate) - np.log(before / span.base + rate)
