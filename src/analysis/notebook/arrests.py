"""Steps of notebook 05: arrests per protest by country, the parts of their change, and counts of other sources."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.claims.evidence import Check, Measure
from analysis.methods.composition import Decomposition, difference_of_proportions, exact_2x2, kitagawa
from analysis.methods.count_tests import Interval, rate_ratio_interval
from analysis.notebook.activity import RateChange, Span, monthly

#: Counts of the monitor that are compared, by indicator.
_COUNTED = {"detentions": "journalists detained", "attacks": "attacks on journalists"}
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
    return kitagawa(
        [volume[0]], [share[0]], [volume[1]], [share[1]], factors=("protests per year", "arrests per protest")
    )


def pairs(
    months: pd.DataFrame, country: str, change: dict[str, RateChange], *, counts: pd.DataFrame | None
) -> dict[str, tuple[int, int, tuple[float, float]]]:
    """Return pairs of counts that speak of the same years: first, second, and the exposures of both.

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
    """
    found = {
        f"{item.outcome}, later over base": (item.before, item.after, (float(item.months[0]), float(item.months[1])))
        for item in change.values()
    }
    own = [in_year(months, country, "arrests", year) for year in (2018, 2019)]
    found["protests with arrests, 2018 to 2019"] = (own[0], own[1], (1.0, 1.0))
    for indicator, label in _COUNTED.items() if counts is not None else ():
        first, second = (annual_count(counts, indicator, year) for year in (2019, 2020))
        found[f"{label}, 2019 to 2020"] = (first, second, (1.0, 1.0))
    return found


def measures(change: RateChange, journalists: tuple[int, int], *, smallest: float) -> list[Measure]:
    """Return the two independent measures of an expansion of repression, worse counted as positive.

    Parameters
    ----------
    change : RateChange
        Protests with arrests; its bootstrap interval is used.
    journalists : tuple of int
        Detained journalists of 2019 and of 2020; the exact interval is used.
    smallest : float
        Smallest rate ratio of interest.
    """
    found = rate_ratio_interval(*journalists)
    return [
        measure(change.outcome, "Clark & Regan", (change.ratio, *change.bootstrap), smallest=smallest),
        measure("journalists detained", "Adil Soz", (found.estimate, found.lower, found.upper), smallest=smallest),
    ]


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


def ratios(rows: dict[str, tuple[int, int, tuple[float, float]]]) -> pd.DataFrame:
    """Return rate ratios with exact 95 % intervals of pairs of counts.

    Parameters
    ----------
    rows : dict
        By label: first count, second count, and the exposures of both; pairs with a zero are left out.
    """
    rows = {label: row for label, row in rows.items() if row[0] and row[1]}
    found: dict[str, Interval] = {label: rate_ratio_interval(a, b, exposures=e) for label, (a, b, e) in rows.items()}
    counts = {label: {"first": a, "second": b} for label, (a, b, _) in rows.items()}
    values = {k: {"ratio": v.estimate, "lower": v.lower, "upper": v.upper} | counts[k] for k, v in found.items()}
    return pd.DataFrame(values).T.rename_axis("measure")


def component(name: str, first: int, second: int, *, smallest: float) -> Check:
    """Return a registered component: the second count is above the first by the smallest effect, and significantly."""
    found = rate_ratio_interval(first, second)
    passed = found.estimate >= smallest and found.lower > 1
    interval = f"exact 95% interval {found.lower:.2f} to {found.upper:.2f}"
    detail = f"{first} to {second}: rate ratio {found.estimate:.2f} ({interval})"
    return Check(name=name, passed=passed, detail=detail)


def measure(name: str, producer: str, interval: tuple[float, float, float], *, smallest: float) -> Measure:
    """Return a rate ratio (estimate, lower, upper) as a measure of worsening, on the log scale."""
    value, low, high = (float(np.log(max(ratio, 1e-12))) for ratio in interval)
    return Measure(
        name=name, producer=producer, estimate=value, lower=low, upper=high, smallest_effect=float(np.log(smallest))
    )


def arrest_shares(months: pd.DataFrame, *, split: int) -> pd.DataFrame:
    """Return the share of protests met with arrests before and from a year on, by country and for the world.

    Returns
    -------
    pandas.DataFrame
        By ISO3 code, and ``world`` for all: protests and arrests of both periods, shares, their difference with
        Newcombe's 95 % interval, and Fisher's p. Countries without a protest in a period are left out.
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
    p = exact_2x2(table).p_fisher if table.sum(axis=0).all() else 1.0
    ends = {"difference": contrast.estimate, "lower": contrast.lower, "upper": contrast.upper}
    return {"share_before": before / n_before, "share_after": after / n_after, **ends, "p_fisher": p}
