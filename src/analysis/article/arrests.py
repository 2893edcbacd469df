"""Steps of notebook 05: arrests per protest by country, the parts of their change, and counts of other sources."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.article.activity import RateChange, Span, monthly, period_sums
from analysis.article.detentions import GAP
from analysis.claims.evidence import Check, Measure
from analysis.claims.register import Claim
from analysis.methods.composition import Decomposition, difference_of_proportions, kitagawa
from analysis.methods.count_tests import Interval, rate_ratio_interval
from analysis.methods.eventtime import serial_month

#: Counts of the monitor that are compared, by indicator.
_COUNTED = {"detentions": "journalists detained", "attacks": "attacks on journalists"}
#: Unit of a measure of worsening, in its name.
_LOG = "log rate ratio of "
#: Factors of the decomposition.
_FACTORS = ("protests per year", "arrests per protest")
#: Two counts and the months that each covers.
Pair = tuple[int, int, tuple[float, float]]
_YEARS = (12.0, 12.0)
# Fewest protests in each period for a share to be compared between countries.
_FEWEST = 5


def annual_count(counts: pd.DataFrame, indicator: str, year: int) -> int:
    """Return one yearly count of the table ``adil_soz_counts``."""
    whole = (counts["first_month"] == f"{year}-01") & (counts["last_month"] == f"{year}-12")
    return int(counts.loc[whole & (counts["indicator"] == indicator), "count"].iloc[0])


def in_year(months: pd.DataFrame, country: str, outcome: str, year: int) -> int:
    """Return a country's events of one calendar year."""
    return int(months.loc[(months["iso3"] == country) & (months["year"] == year), outcome].sum())


def parts(months: pd.DataFrame, country: str, span: Span) -> Decomposition:
    """Split the change of protests with arrests per year into protests per year and arrests per protest."""
    protests, arrests = (monthly(months, country, outcome, span) for outcome in ("protests", "arrests"))
    periods = (slice(None, span.base), slice(span.base, None))
    volume = [12 * float(protests[part].mean()) for part in periods]
    share = [float(arrests[part].sum() / max(protests[part].sum(), 1)) for part in periods]
    return kitagawa([volume[0]], [share[0]], [volume[1]], [share[1]], factors=_FACTORS)


def parts_interval(
    months: pd.DataFrame, country: str, span: Span, *, block: int, draws: int, seed: int
) -> NDArray[np.float64]:
    """Return 95 % intervals of both parts if blocks of months are drawn anew within each period, shape (2, 2).

    Returns
    -------
    ndarray, shape (2, 2)
        Lower and upper end (columns) of the part due to protests and of that due to arrests per protest (rows).
    """
    both = np.array([monthly(months, country, outcome, span) for outcome in ("protests", "arrests")]).T
    rng = np.random.default_rng(seed)
    drawn = [period_sums(part, len(part), block, draws, rng) for part in (both[: span.base], both[span.base :])]
    volume = [12 * sums[:, 0] / length for sums, length in zip(drawn, (span.base, span.later), strict=True)]
    share = [sums[:, 1] / np.maximum(sums[:, 0], 1) for sums in drawn]
    first = (volume[1] - volume[0]) * (share[0] + share[1]) / 2
    second = (share[1] - share[0]) * (volume[0] + volume[1]) / 2
    return np.quantile([first, second], [0.025, 0.975], axis=1).T


def pairs(
    months: pd.DataFrame,
    country: str,
    change: dict[str, RateChange],
    *,
    counts: pd.DataFrame | None = None,
    added: Pair | None = None,
) -> dict[str, Pair]:
    """Return pairs of counts that speak of the same change: first, second, and the months that each covers.

    Parameters
    ----------
    months : pandas.DataFrame
        The table ``protest_months``.
    country : str
        ISO3 code.
    change : dict of str to RateChange
        By outcome.
    counts : pandas.DataFrame or None
        The table ``adil_soz_counts``, for the country that it counts.
    added : Pair or None
        Protests with arrests and dated round-ups, see :func:`with_roundups`.
    """
    found = {
        f"{item.outcome}, later over base": (item.before, item.after, (float(item.months[0]), float(item.months[1])))
        for item in change.values()
    }
    if added is not None:
        found["with arrests, or a dated round-up"] = added
    own = [in_year(months, country, "arrests", year) for year in (2018, 2019)]
    found["protests with arrests, 2018 to 2019"] = (own[0], own[1], _YEARS)
    for indicator, label in _COUNTED.items() if counts is not None else ():
        first, second = (annual_count(counts, indicator, year) for year in (2019, 2020))
        found[f"{label}, 2019 to 2020"] = (first, second, _YEARS)
    return found


def with_roundups(change: RateChange, events: pd.DataFrame, roundups: pd.DataFrame, span: Span) -> Pair:
    """Add the dated round-ups that the event data miss to the protests with arrests of both periods.

    Parameters
    ----------
    change : RateChange
        Protests with arrests.
    events : pandas.DataFrame
        The table ``protests_kazakhstan``.
    roundups : pandas.DataFrame
        Episodes with ``date`` (see :func:`analysis.article.detentions.roundups`); one within a week of a protest with
        arrests is that protest.
    span : Span
        The two periods.
    """
    known = pd.to_datetime(events.loc[events["arrests"] > 0, "start"]).to_numpy()
    dates = pd.to_datetime(roundups["date"]).to_numpy()
    missed = np.abs(dates[:, None] - known).min(axis=1) > np.timedelta64(GAP, "D")
    place = serial_month(*(getattr(pd.DatetimeIndex(dates[missed]), part) for part in ("year", "month"))) - span.first
    ends = (0, span.base, span.base + span.later)
    added = [int(((place >= low) & (place < high)).sum()) for low, high in pairwise(ends)]
    return change.before + added[0], change.after + added[1], (float(change.months[0]), float(change.months[1]))


def measures(change: RateChange, journalists: tuple[int, int], *, smallest: float, shaken: bool) -> list[Measure]:
    """Return the two independent measures of an expansion of repression, worse counted as positive.

    Parameters
    ----------
    change : RateChange
        Protests with arrests; its bootstrap interval is used.
    journalists : tuple of int
        Detained journalists of 2019 and of 2020; the exact interval is used.
    smallest : float
        Smallest rate ratio of interest.
    shaken : bool
        Whether a check of the journalists' counts failed (:func:`analysis.article.press_evidence.shaken`).
    """
    found = rate_ratio_interval(*journalists)
    ends = (found.estimate, found.lower, found.upper)
    return [
        measure(f"{_LOG}{change.outcome}", "Clark & Regan", (change.ratio, *change.bootstrap), smallest=smallest),
        measure(f"{_LOG}journalists detained", "Adil Soz", ends, smallest=smallest, shaken=shaken),
    ]


def expansion(change: RateChange) -> dict[str, Any]:
    """Return the rate ratio that both experts are judged by in the fields of evidence, with its bootstrap interval."""
    return {
        "estimate": change.ratio,
        "interval": change.bootstrap,
        "unit": "rate ratio",
        "n": change.before + change.after,
        "design": "model-based",
    }


def components_sentence(components: list[Check]) -> str:
    """Say each component by name with its numbers."""
    return f"Components: {'; '.join(f'{item.name}, {item.detail}' for item in components)}."


def roundups_sentence(pair: Pair) -> str:
    """Say the ratio if dated round-ups that the event data miss are counted."""
    before, after, exposures = pair
    found = rate_ratio_interval(before, after, exposures=exposures)
    return (
        f"With dated round-ups that the event data miss, {after} in {exposures[1]:.0f} months and {before} in the "
        f"{exposures[0]:.0f} before: rate ratio {found.estimate:.2f} (exact 95% interval {found.lower:.2f} to "
        f"{found.upper:.2f})."
    )


def experts(measures: list[Measure], claims: tuple[Claim, Claim]) -> pd.DataFrame:
    """Set two experts who contradict each other side by side: what each source says of either, on one ratio.

    Parameters
    ----------
    measures : list of Measure
        Log rate ratios, positive = more repression.
    claims : tuple of Claim
        The claim of more repression, then the claim of no expansion.

    Returns
    -------
    pandas.DataFrame
        One row a measure: its producer, the ratio with its interval, and what it means for each speaker.
    """
    rows = {}
    for item in measures:
        shown = item.lower > 0 and item.estimate >= item.smallest_effect
        ruled_out = item.upper < item.smallest_effect
        says = ("holds", "fails") if shown else ("fails", "holds") if ruled_out else ("open", "open")
        says = ("open", "open") if item.shaken else says
        ends = zip(("ratio", "lower", "upper"), np.exp([item.estimate, item.lower, item.upper]), strict=True)
        rows[item.name.removeprefix(_LOG)] = {"producer": item.producer, **dict(ends)} | {
            f"{c.speaker}: {c.claim}": word for c, word in zip(claims, says, strict=True)
        }
    return pd.DataFrame(rows).T.rename_axis("measure")


def shares_sentence(shares: pd.DataFrame, country: str) -> str:
    """Say a country's share of protests with arrests in both periods, the world's, and its place among countries."""
    world = shares.loc["world"]
    rest = f"in the world {world['share_before']:.0%} and {world['share_after']:.0%}"
    if country not in shares.index:
        return f"{country} has no protest in one of the two periods; arrests met {rest} of protests."
    own = shares.loc[country]
    many = (shares[["protests_before", "protests_after"]] >= _FEWEST).all(axis=1)
    often = shares[many].drop(index="world")
    rank = int((often["difference"] >= own["difference"]).sum())
    return (
        f"Arrests met {own['share_before']:.0%} of {int(own['protests_before'])} protests before and "
        f"{own['share_after']:.0%} of {int(own['protests_after'])} after (difference {100 * own['difference']:+.0f} "
        f"points, Newcombe 95% interval {100 * own['lower']:+.0f} to {100 * own['upper']:+.0f}; Fisher's exact test "
        f"p = {own['p_fisher']:.2g}), {rest}; {rank} of {len(often)} countries with {_FEWEST} protests or more in both "
        f"periods rose as much."
    )


def ratios(rows: dict[str, Pair]) -> pd.DataFrame:
    """Return rate ratios with exact 95 % intervals of pairs of counts.

    Parameters
    ----------
    rows : dict
        By label: first count, second count, and the months of both; pairs with a zero are left out.
    """
    rows = {label: row for label, row in rows.items() if row[0] and row[1]}
    found: dict[str, Interval] = {label: rate_ratio_interval(a, b, exposures=e) for label, (a, b, e) in rows.items()}
    counts = {
        label: {"first": a, "second": b, "first_months": e[0], "second_months": e[1]}
        for label, (a, b, e) in rows.items()
    }
    values = {k: {"ratio": v.estimate, "lower": v.lower, "upper": v.upper} | counts[k] for k, v in found.items()}
    return pd.DataFrame(values).T.rename_axis("measure")


def component(name: str, first: int, second: int, *, smallest: float) -> Check:
    """Return a registered component: the second count is above the first by the smallest effect, and significantly."""
    found = rate_ratio_interval(first, second)
    passed = found.estimate >= smallest and found.lower > 1
    interval = f"exact 95% interval {found.lower:.2f} to {found.upper:.2f}"
    detail = f"{first} to {second}: rate ratio {found.estimate:.2f} ({interval})"
    return Check(name=name, passed=passed, detail=detail)


def measure(
    name: str, producer: str, interval: tuple[float, float, float], *, smallest: float, shaken: bool = False
) -> Measure:
    """Return a rate ratio (estimate, lower, upper) as a measure of worsening, on the log scale."""
    ends = zip(("estimate", "lower", "upper"), (float(np.log(max(ratio, 1e-12))) for ratio in interval), strict=True)
    own = {"name": name, "producer": producer, "smallest_effect": float(np.log(smallest)), "shaken": shaken}
    return Measure.model_validate({**own, **dict(ends)})


def arrest_shares(months: pd.DataFrame, *, split: int) -> pd.DataFrame:
    """Return the share of protests met with arrests before and from a year on, by country and for the world.

    Returns
    -------
    pandas.DataFrame
        By ISO3 code, and ``world`` for all: protests and arrests of both periods, shares, their difference with
        Newcombe's 95 % interval, Wilson's of the later share, and Fisher's p. Countries without a protest in a period
        are left out.
    """
    later = months["year"] >= split
    sums = {
        name: months[part].groupby("iso3")[["protests", "arrests"]].sum().add_suffix(f"_{name}")
        for name, part in (("before", ~later), ("after", later))
    }
    frame = sums["before"].join(sums["after"], how="inner")
    frame.loc["world"] = frame.sum()
    return frame.join(pd.DataFrame({code: _share_change(row) for code, row in frame.iterrows()}).T)


def _share_change(row: pd.Series) -> dict[str, float]:
    after, n_after, before, n_before = (
        int(row[key]) for key in ("arrests_after", "protests_after", "arrests_before", "protests_before")
    )
    contrast = difference_of_proportions(after, n_after, before, n_before)
    table = np.array([[after, n_after - after], [before, n_before - before]])
    p = float(stats.fisher_exact(table).pvalue) if table.sum(axis=0).all() else 1.0
    wilson = dict(zip(("after_lower", "after_upper"), proportion_confint(after, n_after, method="wilson"), strict=True))
    ends = {"difference": contrast.estimate, "lower": contrast.lower, "upper": contrast.upper}
    return {"share_before": before / n_before, "share_after": after / n_after, **ends, **wilson, "p_fisher": p}
