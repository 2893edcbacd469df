"""Steps of notebook 05: how often people protest and are arrested, before and after a turn, and what rivals explain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.claims.evidence import Check
from analysis.methods.composition import TwoByTwo, exact_2x2
from analysis.methods.count_tests import rate_ratio_interval
from analysis.methods.counts_power import minimum_detectable_ratio
from analysis.methods.eventtime import serial_month

TABLES = ("protest_months", "protest_coverage")
VINTAGE = "mass_mobilization_5"
OUTCOMES = {"protests": "protests", "arrests": "protests with arrests"}
#: Fellow former Soviet states: events in them stand for the attention of the press to the region.
FORMER_SOVIET = (
    "ARM", "AZE", "BLR", "EST", "GEO", "KAZ", "KGZ", "LTU", "LVA", "MDA", "RUS", "TJK", "TKM", "UKR", "UZB",
)  # fmt: skip
#: Last month of the event data.
LAST = int(serial_month(2020, 3))
# Share of countries that may have risen as much as the one claimed.
_ONE_IN = 0.05
_HALF = 0.5  # added to each count where a ratio must exist (Haldane and Anscombe)


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
        95 % interval if blocks of months are drawn anew within each period, half an event added to each count.
    p : float
        Two-sided bootstrap p of equal rates: blocks of months drawn from both periods together.
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
            f"p = {self.p:.2g}, {self.draws:,} draws)."
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
    rng = np.random.default_rng(seed)
    own = _log_ratio(_sums(before, span.base, block, draws, rng), _sums(after, span.later, block, draws, rng), span)
    null = _log_ratio(_sums(counts, span.base, block, draws, rng), _sums(counts, span.later, block, draws, rng), span)
    observed = _log_ratio(before.sum(), after.sum(), span)
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
        float((1 + (np.abs(null) >= abs(observed) - 1e-9).sum()) / (1 + draws)),
        block,
        draws,
    )


def by_base(months: pd.DataFrame, country: str, outcome: str, span: Span, years: Iterable[int]) -> pd.DataFrame:
    """Return the rate ratio with its exact interval for bases of several lengths, by years of the base."""
    rows = {}
    for n in years:
        changed = span.years(n)
        counts = monthly(months, country, outcome, changed)
        before, after = int(counts[: changed.base].sum()), int(counts[changed.base :].sum())
        found = rate_ratio_interval(before, after, exposures=(changed.base, changed.later))
        rows[n] = {"before": before, "ratio": found.estimate, "lower": found.lower, "upper": found.upper}
    return pd.DataFrame(rows).T.rename_axis("years")


def placebo_ratios(months: pd.DataFrame, coverage: pd.DataFrame, outcome: str, span: Span) -> pd.Series:
    """Return the rate ratio of every country followed to the end, half an event added to each count, largest first."""
    followed = coverage.loc[coverage["last_year"] == coverage["last_year"].max(), "iso3"]
    ratios = {}
    for country in sorted(followed):
        counts = monthly(months, country, outcome, span)
        ratios[country] = float(np.exp(_log_ratio(counts[: span.base].sum(), counts[span.base :].sum(), span)))
    return pd.Series(ratios, name="ratio").sort_values(ascending=False, kind="stable")


def region_of(country: str, coverage: pd.DataFrame) -> list[str]:
    """Return the fellow former Soviet states of a country, or all other countries if it is none of them."""
    others = set(coverage["iso3"]) - {country}
    return sorted(others & set(FORMER_SOVIET) if country in FORMER_SOVIET else others)


def against_region(months: pd.DataFrame, coverage: pd.DataFrame, country: str, outcome: str, span: Span) -> TwoByTwo:
    """Compare the country's change with that of its region: the odds ratio is the ratio of the two rate ratios."""
    own = monthly(months, country, outcome, span)
    region = np.sum([monthly(months, other, outcome, span) for other in region_of(country, coverage)], axis=0)
    counts = [[part.sum() for part in (series[span.base :], series[: span.base])] for series in (own, region)]
    return exact_2x2(np.array(counts, dtype=int))


def without_elections(months: pd.DataFrame, elections: pd.DataFrame, country: str, outcome: str, span: Span) -> Any:
    """Return the rate ratio with its exact interval without the months of the country's national elections."""
    counts = monthly(months, country, outcome, span)
    dates = pd.to_datetime(elections.loc[elections["iso3"] == country, "date"])
    kept = ~np.isin(span.first + np.arange(len(counts)), serial_month(dates.dt.year, dates.dt.month))
    later = np.arange(len(counts)) >= span.base
    totals = [(int(counts[kept & part].sum()), float((kept & part).sum())) for part in (~later, later)]
    return rate_ratio_interval(totals[0][0], totals[1][0], exposures=(totals[0][1], totals[1][1]))


def checks(
    months: pd.DataFrame, coverage: pd.DataFrame, elections: pd.DataFrame, country: str, outcome: str, span: Span
) -> list[Check]:
    """Return the registered falsifications of a rise: placebo countries, attention offset, election months excluded.

    They pass if at most one country in twenty rose as much, and if the exact intervals stay above one against the
    region's own change and without election months.
    """
    ratios = placebo_ratios(months, coverage, outcome, span)
    rank = int((ratios >= ratios[country]).sum())
    offset = against_region(months, coverage, country, outcome, span)
    quiet = without_elections(months, elections, country, outcome, span)
    own, region = offset.counts[:2], offset.counts[2:]
    return [
        Check(
            name="placebo countries",
            passed=rank / len(ratios) <= _ONE_IN,
            detail=f"{rank} of {len(ratios)} countries, itself included, rose as much, p = {rank / len(ratios):.3g}",
        ),
        Check(
            name="attention offset",
            passed=offset.lower > 1,
            detail=f"from {own[1]} to {own[0]} here, from {region[1]} to {region[0]} in the region: ratio of rate "
            f"ratios {offset.odds_ratio:.2f} (exact 95% interval {offset.lower:.2f} to {offset.upper:.2f})",
        ),
        Check(
            name="election months excluded",
            passed=quiet.lower > 1,
            detail=f"rate ratio {quiet.estimate:.2f} (exact 95% interval {quiet.lower:.2f} to {quiet.upper:.2f})",
        ),
    ]


def evidence(change: RateChange) -> dict[str, Any]:
    """Return a rate change in the fields of evidence; the interval is the exact one, p that of the bootstrap."""
    scale = (float(change.months[0]), float(change.months[1]))
    detectable = minimum_detectable_ratio(change.before, exposures=scale, direction="rise") if change.before else None
    return {
        "estimate": change.ratio,
        "interval": (change.lower, change.upper),
        "p_value": change.p,
        "unit": "rate ratio",
        "n": change.before + change.after,
        "minimum_detectable_effect": detectable,
        "design": "model-based",
        "summary": change.sentence(),
    }


def _sums(values: NDArray[Any], length: int, block: int, draws: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return totals of series of a length, drawn in circular blocks."""
    starts = rng.integers(len(values), size=(draws, -(-length // block)))
    places = (starts[:, :, None] + np.arange(block)) % len(values)
    return np.asarray(values[places.reshape(draws, -1)[:, :length]].sum(axis=1))


def _log_ratio(before: Any, after: Any, span: Span) -> Any:
    return np.log((after + _HALF) / span.later) - np.log((before + _HALF) / span.base)
