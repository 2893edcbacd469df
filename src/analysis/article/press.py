"""Steps of notebook 02: pairs of a monitor's annual counts, other readings of them, and what would undo them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods.count_tests import Exposures, central_p, rate_ratio_interval
from analysis.methods.counts import CountComparison, break_even_removal, compare_counts
from analysis.methods.counts_clusters import DispersionTest, dispersion_test
from analysis.methods.counts_power import exact_power, minimum_detectable_ratio

#: Years that the article's figures invite to compare.
ARTICLE_YEARS = (2019, 2020)
#: What indicators are called in sentences and figures; others go by their column name.
NAMES = {
    "attacks": "attacks",
    "detentions": "detentions",
    "digital_security_incidents": "digital incidents",
    "violations_total": "recorded violations",
    "information_refusals": "refusals of information",
    "legal_cases_claims": "lawsuits and claims",
}
#: The two counts that the article prints, which are also compared as one.
POOLED = ("attacks", "detentions")
# Days from July to December.
_SECOND_HALF = 184


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a pair of counts.

    Attributes
    ----------
    label : str
        What differs from the counts as published.
    comparison : CountComparison
        The two counts under it.
    """

    label: str
    comparison: CountComparison


def name_of(indicator: str) -> str:
    """Return what an indicator is called in sentences."""
    return NAMES.get(indicator, indicator.replace("_", " "))


def whole_years(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the counts that cover a calendar year, with the column ``year``; part-years are left out."""
    years = counts["first_month"].str[:4]
    whole = (counts["first_month"] == years + "-01") & (counts["last_month"] == years + "-12")
    return counts[whole].assign(year=years[whole].astype(int)).reset_index(drop=True)


def pair(counts: pd.DataFrame, indicator: str, *, base_year: int, year: int) -> tuple[int, int]:
    """Return an indicator's counts of two whole years.

    Raises
    ------
    InputError
        One of the years has no whole-year count.
    """
    chosen = whole_years(counts).query("indicator == @indicator").set_index("year")["count"]
    missing = [value for value in (base_year, year) if value not in chosen.index]
    if missing:
        known = ", ".join(map(str, chosen.index)) or "none"
        raise InputError(f"no whole-year count for {missing[0]}", where=indicator, remedy=f"years at hand: {known}")
    return int(chosen[base_year]), int(chosen[year])


def comparisons(counts: pd.DataFrame, *, base_year: int, year: int) -> dict[str, CountComparison]:
    """Compare two years in every indicator that has a whole-year count of both; the article's two also as one."""
    labels = (str(base_year), str(year))
    by_indicator = whole_years(counts).groupby("indicator")["year"].agg(set)
    both = [str(name) for name, years in by_indicator.items() if {base_year, year} <= years]
    pairs = {name: pair(counts, name, base_year=base_year, year=year) for name in sorted(both)}
    if set(POOLED) <= set(pairs):
        first, second = (sum(pairs[name][i] for name in POOLED) for i in (0, 1))
        pairs["attacks_and_detentions"] = (first, second)
    return {name: compare_counts(*both, unit=name_of(name), labels=labels) for name, both in pairs.items()}


def units(counts: pd.DataFrame, indicator: str, *, base_year: int, year: int) -> tuple[str, str]:
    """Return the units that the two years' counts are in; they differ where the monitor changed what it counts."""
    chosen = whole_years(counts).query("indicator == @indicator").set_index("year")["unit"]
    return str(chosen.get(base_year, "")), str(chosen.get(year, ""))


def definitions(counts: pd.DataFrame, *, base_year: int, year: int) -> pd.DataFrame:
    """Return count, unit and definition of both years, one row an indicator: what the two years have in common."""
    chosen = whole_years(counts).query("year in (@base_year, @year)")
    wide = chosen.pivot(index="indicator", columns="year", values=["count", "unit", "definition"]).dropna()
    wide.columns = [f"{field}_{label}" for field, label in wide.columns]
    return wide.assign(same_unit=wide[f"unit_{base_year}"] == wide[f"unit_{year}"])


def emergency_days(pandem: pd.DataFrame, *, country: str, year: int, open_ended: bool = False) -> int:
    """Count the days of a year under a state of emergency or the restrictions that followed it.

    Parameters
    ----------
    pandem : pandas.DataFrame
        Pandemic restrictions by quarter, with the spells' first and last days.
    country : str
        ISO3 code.
    year : int
        Calendar year; 0 days if the table does not cover it.
    open_ended : bool
        Whether spells without a last day count too, to the end of the last quarter covered.
    """
    own = pandem[pandem["iso3"] == country]
    spells = own[["emergency_start", "emergency_end"]].drop_duplicates().apply(pd.to_datetime)
    spells = spells.dropna(subset=["emergency_start"] if open_ended else ["emergency_start", "emergency_end"])
    quarters = own.loc[own["data_year"] == year, "quarter"]
    if quarters.empty or spells.empty:
        return 0
    days = pd.date_range(f"{year}-01-01", pd.Timestamp(year, 3 * int(quarters.max()), 1) + pd.offsets.MonthEnd(0))
    first, last = spells["emergency_start"].to_numpy(), spells["emergency_end"].fillna(days[-1]).to_numpy()
    inside = (days.to_numpy()[:, None] >= first) & (days.to_numpy()[:, None] <= last)
    return int(inside.any(axis=1).sum())


def exposures(base_year: int, year: int, *, lost: int) -> Exposures:
    """Return the days of the two years in which cases could happen, if so many days of the second are lost."""
    return float(_days(base_year)), float(_days(year) - lost)


def readings(
    counts: pd.DataFrame, indicator: str, *, base_year: int, year: int, lost: int, restricted: int
) -> dict[str, Reading]:
    """Read a pair of counts in every other way that the tables allow.

    Parameters
    ----------
    counts : pandas.DataFrame
        The monitor's counts.
    indicator, base_year, year
        Which pair.
    lost : int
        Days of emergency in the second year.
    restricted : int
        Days of emergency or open-ended restrictions in the second year.

    Returns
    -------
    dict of str to Reading
        By short name: ``emergency``, ``restricted``, ``second_half`` and ``linked``, where they can be made.
    """
    first, second = pair(counts, indicator, base_year=base_year, year=year)
    names: dict[str, Any] = {"unit": name_of(indicator), "labels": (str(base_year), str(year))}
    made: dict[str, Reading] = {}
    for key, days in {"emergency": lost, "restricted": restricted if restricted != lost else 0}.items():
        if days:
            exposed = exposures(base_year, year, lost=days)
            comparison = compare_counts(first, second, exposures=exposed, **names)
            made[key] = Reading(f"{days} {key} days without exposure", comparison)
    half = first_half(counts, indicator, year=base_year)
    if half is not None:
        names_after = names | {"labels": (f"July to December {base_year}", str(year))}
        days_after = (float(_SECOND_HALF), float(_days(year)))
        rest = compare_counts(first - half, second, exposures=days_after, **names_after)
        made["second_half"] = Reading(f"January to June {base_year} left out", rest)
    linked = break_even_removal(first, second)
    if linked:
        falls = second < first
        fewer = (first - linked, second) if falls else (first, second - linked)
        label = f"{linked} linked cases of {base_year if falls else year} set aside"
        made["linked"] = Reading(label, compare_counts(*fewer, **names))
    return made


def first_half(counts: pd.DataFrame, indicator: str, *, year: int) -> int | None:
    """Return an indicator's count of January to June, None if the monitor published none."""
    window = (counts["first_month"] == f"{year}-01") & (counts["last_month"] == f"{year}-06")
    chosen = counts.loc[window & (counts["indicator"] == indicator), "count"]
    return None if chosen.empty else int(chosen.iloc[0])


def yearly_dispersion(counts: pd.DataFrame, *, least: int = 3) -> dict[str, DispersionTest]:
    """Test, for every indicator with enough whole years, whether its counts vary as Poisson counts do."""
    by_indicator = whole_years(counts).groupby("indicator")["count"]
    return {str(name): dispersion_test(values) for name, values in by_indicator if len(values) >= least}


def decisions(first: ArrayLike, second: ArrayLike, *, alpha: float = 0.05) -> NDArray[np.int8]:
    """Return what the central exact test says of pairs of counts: -1 fall, 0 open, 1 rise; any broadcastable shape."""
    a, b = np.broadcast_arrays(np.asarray(first), np.asarray(second))
    return np.where(central_p(a, b, 0.5) < alpha, np.sign(b - a), 0).astype(np.int8)


def break_even_counts(first: int, second: int) -> tuple[int, int]:
    """Return how many cases must leave the first year, or join the second, before a fall is no longer significant.

    0 where there is no significant fall.
    """
    steps = np.arange(max(first - second, 0) + 1)
    return (
        int(np.argmax(decisions(first - steps, second) != -1)),
        int(np.argmax(decisions(first, second + steps) != -1)),
    )


def ratio_by_lost_days(first: int, second: int, *, base_year: int, year: int, most: int) -> pd.DataFrame:
    """Return ratio and exact interval if more and more days of the second year could hold no case.

    Returns
    -------
    pandas.DataFrame
        By ``lost``, days from 0 to ``most``: ``ratio``, ``lower``, ``upper``.
    """
    lost = np.arange(most + 1)
    ratio = rate_ratio_interval(first, second)
    # The ratio of rates and its exact interval are proportional to the ratio of exposures.
    scale = _days(base_year) / (_days(year) - lost)
    ends = {"ratio": ratio.estimate * scale, "lower": ratio.lower * scale, "upper": ratio.upper * scale}
    return pd.DataFrame(ends, index=pd.Index(lost, name="lost"))


def break_even_days(frame: pd.DataFrame) -> int | None:
    """Return the fewest lost days at which the interval first holds a ratio of 1; None if it never does."""
    holds = frame.index[(frame["lower"] <= 1) & (frame["upper"] >= 1)]
    return int(holds[0]) if len(holds) else None


def detectable_by_base(bases: ArrayLike, *, alpha: float, power: float) -> pd.DataFrame:
    """Return the ratios nearest to 1 that the exact test finds, by the count expected in the first year.

    Returns
    -------
    pandas.DataFrame
        By ``base``: ``fall`` (nan if no fall at all would be found) and ``rise``.
    """
    base = np.asarray(bases, dtype=float)
    falls = [minimum_detectable_ratio(value, alpha=alpha, power=power) for value in base]
    rises = [minimum_detectable_ratio(value, alpha=alpha, power=power, direction="rise") for value in base]
    return pd.DataFrame({"fall": falls, "rise": rises}, index=pd.Index(base, name="base"))


def base_needed(rate_ratio: float, *, alpha: float, power: float) -> int:
    """Return the smallest expected first count with which a ratio is found with the given power (by bisection)."""
    low, high = 1, 2
    while exact_power(high, rate_ratio, alpha=alpha) < power:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if exact_power(middle, rate_ratio, alpha=alpha) < power else (low, middle)
    return high


def _days(year: int) -> int:
    return 366 if pd.Timestamp(year, 1, 1).is_leap_year else 365
