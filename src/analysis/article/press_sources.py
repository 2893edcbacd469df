"""Steps of notebook 02: what several sources count, side by side, and what they count after the article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from analysis.article.press import name_of, whole_years
from analysis.methods.count_tests import count_test, rate_ratio_interval

ADIL_SOZ, JFJ = "Adil Soz", "JFJ"
#: Areas of the Justice for Journalists Foundation that are not single countries.
AREAS = {"PS12": "12 post-Soviet states", "CA6": "Central Asia and Azerbaijan"}
#: What its categories are called in sentences and figures.
CATEGORIES = {
    "total": "all attacks and threats",
    "physical": "physical attacks",
    "non_physical_cyber": "non-physical attacks",
    "judicial_economic": "court and economic cases",
}
#: Marks a figure that its maker has replaced.
FIRST = ", preliminary"
#: Series that the figure shows: source, name, and where the name stands (year, cases a year, alignment).
LABELS = (
    (ADIL_SOZ, "attacks", 2018.7, 19.0, "right"),
    (ADIL_SOZ, "detentions", 2018.7, 46.0, "right"),
    (ADIL_SOZ, "recorded violations", 2021.7, 720.0, "right"),
    (ADIL_SOZ, "digital incidents", 2018.9, 8.0, "right"),
    (JFJ, "physical attacks", 2023.7, 2.4, "right"),
    (JFJ, "all attacks and threats", 2021.7, 440.0, "right"),
    (JFJ, "court and economic cases", 2021.4, 225.0, "right"),
    (JFJ, "non-physical attacks", 2021.4, 165.0, "right"),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PAIR = ("source", "what", "window", "base_year", "year", "first", "second", "same_unit", "derived")


def pairs(adil_soz: pd.DataFrame, jfj: pd.DataFrame, *, names: pd.Series) -> pd.DataFrame:
    """Compare, source by source, every count with the same count over the same months a year before.

    Parameters
    ----------
    adil_soz : pandas.DataFrame
        The monitor's counts, whole years and part-years; a part-year meets only the same months.
    jfj : pandas.DataFrame
        Counts of the foundation; only exact counts of single years are compared.
    names : pandas.Series
        Country name by ISO3 code.

    Returns
    -------
    pandas.DataFrame
        One row a pair, in order of time: source, what, window, years, counts, ``same_unit`` and ``derived`` flags,
        ``ratio`` with the ends of its exact interval, and the central exact p. Interval and p take cases as
        independent.
    """
    rows = [*_adil_soz_pairs(adil_soz), *_jfj_pairs(jfj, names)]
    frame = pd.DataFrame(rows, columns=list(_PAIR)).sort_values(["year", "source", "what", "second"])
    tests = [_test(first, second) for first, second in zip(frame["first"], frame["second"], strict=True)]
    return pd.concat([frame.reset_index(drop=True), pd.DataFrame(tests)], axis=1)


def _adil_soz_pairs(counts: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    first, last = counts["first_month"].str, counts["last_month"].str
    keyed = counts.assign(year=first[:4].astype(int), start=first[5:].astype(int), end=last[5:].astype(int))
    before = keyed.assign(year=keyed["year"] + 1)
    both = keyed.merge(before, on=["indicator", "year", "start", "end"], suffixes=("", "_before"))
    for row in both.itertuples():
        window = f"{_MONTHS[row.start - 1]}-{_MONTHS[row.end - 1]}"
        same, derived = row.unit == row.unit_before, bool(row.derived or row.derived_before)
        counted = (row.count_before, row[both.columns.get_loc("count") + 1])
        yield ADIL_SOZ, name_of(row.indicator), window, row.year - 1, row.year, *counted, same, derived


def _jfj_pairs(counts: pd.DataFrame, names: pd.Series) -> Iterator[tuple[Any, ...]]:
    single = counts[(counts["first_year"] == counts["last_year"]) & (counts["bound"] == "exact")]
    before = single[single["final"] == 1].assign(first_year=lambda frame: frame["first_year"] + 1)
    both = single.merge(before, on=["area", "category", "first_year"], suffixes=("", "_before"))
    for row in both.itertuples():
        area = AREAS.get(row.area) or names.get(row.area, row.area)
        what = f"{area}: {CATEGORIES.get(row.category, row.category)}" + ("" if row.final else FIRST)
        counted = (row.count_before, row[both.columns.get_loc("count") + 1])
        derived = bool(row.derived or row.derived_before)
        yield JFJ, what, "Jan-Dec", row.first_year - 1, row.first_year, *counted, True, derived


def _test(first: int, second: int) -> dict[str, float]:
    ratio = rate_ratio_interval(first, second)
    p = count_test(first, second)
    return {"ratio": ratio.estimate, "lower": ratio.lower, "upper": ratio.upper, "p_central": p}


def neighbours(frame: pd.DataFrame, *, base_year: int, year: int) -> pd.DataFrame:
    """Return the pairs of groups of countries in two years: what happened around the country."""
    groups = frame["what"].str.startswith(tuple(AREAS.values()))
    return frame[groups & (frame["base_year"] == base_year) & (frame["year"] == year)]


def series(adil_soz: pd.DataFrame, jfj: pd.DataFrame, *, country: str) -> pd.DataFrame:
    """Return the yearly counts of a country by source, with exact Poisson intervals, part-years left out.

    Returns
    -------
    pandas.DataFrame
        ``source``, ``what``, ``unit``, ``first_year``, ``last_year``, cases per year ``value`` with ``lower`` and
        ``upper`` (Garwood's interval of the count, over its years), ``derived``. A count of several years stands as
        their mean.
    """
    own = jfj[(jfj["area"] == country) & jfj["category"].isin(CATEGORIES) & (jfj["bound"] == "exact")]
    theirs = own[~_made_of_single_years(own)].assign(source=JFJ, unit="incidents")
    theirs = theirs.assign(what=theirs["category"].map(CATEGORIES))
    ours = whole_years(adil_soz).assign(
        source=ADIL_SOZ,
        what=lambda f: f["indicator"].map(name_of),
        first_year=lambda f: f["year"],
        last_year=lambda f: f["year"],
    )
    columns = ["source", "what", "unit", "first_year", "last_year", "count", "derived"]
    frame = pd.concat([ours[columns], theirs[columns]], ignore_index=True)
    return _per_year(frame).sort_values(["source", "what", "first_year"]).reset_index(drop=True)


def _made_of_single_years(counts: pd.DataFrame) -> pd.Series:
    """Mark totals of several years that say nothing beside single years of the same category."""
    single = counts[counts["first_year"] == counts["last_year"]]
    rows = counts.itertuples()
    inside = [single["category"].eq(r.category) & single["first_year"].between(r.first_year, r.last_year) for r in rows]
    return (counts["first_year"] < counts["last_year"]) & np.array([marks.any() for marks in inside], dtype=bool)


def _per_year(frame: pd.DataFrame) -> pd.DataFrame:
    count, years = frame["count"].to_numpy(dtype=float), frame["last_year"] - frame["first_year"] + 1
    lower = np.where(count > 0, chi2.ppf(0.025, 2 * np.maximum(count, 1)) / 2, 0.0)
    upper = chi2.ppf(0.975, 2 * (count + 1)) / 2
    derived = frame["derived"].astype(bool)
    return frame.assign(value=count / years, lower=lower / years, upper=upper / years, derived=derived)


def disagreements(detentions: pd.DataFrame) -> pd.DataFrame:
    """Find protests that several sources count, and how far apart their counts of detained people are.

    Returns
    -------
    pandas.DataFrame
        One row a protest (same days and place): ``sources``, ``lowest``, ``highest``, ``factor``. Open-ended counts
        stand at the end that the source gives.
    """
    held = detentions[detentions["measure"].isin(["detained", "arrested"])]
    value = held["count_low"].fillna(held["count_high"])
    known = held.assign(value=value)[value.notna()]
    by_event = known.groupby(["date_start", "date_end", "place"])
    frame = by_event.agg(
        event=("event", "first"), sources=("source_org", "nunique"), lowest=("value", "min"), highest=("value", "max")
    )
    frame = frame[frame["sources"] > 1].reset_index()
    return frame.assign(factor=frame["highest"].astype(float) / frame["lowest"].astype(float))


def disagreements_sentence(frame: pd.DataFrame) -> str:
    """Say by what factor sources differ on the same protest."""
    if frame.empty:
        return "No protest in the table is counted by two sources."
    factors = ", ".join(
        f"{row.lowest:g} and {row.highest:g} ({row.place}, {row.date_start})" for row in frame.itertuples()
    )
    return (
        f"{len(frame)} protests are counted by more than one source: {factors}. "
        f"The larger count is {frame['factor'].min():.1f} to {frame['factor'].max():.1f} times the smaller."
    )


def pair_texts(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return label and counts of each pair for the figure; the months are named where they are not the whole year."""
    rows = list(frame.itertuples())
    months = ["" if row.window == "Jan-Dec" else f", {row.window}" for row in rows]
    units = ["" if row.same_unit else ", unit changes" for row in rows]
    whats = [f"{row.what} ({row.source})" for row in rows]
    labels = [f"{what}{month}{unit}" for what, month, unit in zip(whats, months, units, strict=True)]
    return {"label": labels, "counts": [f"{row.first} → {row.second}" for row in rows]}


def pairs_sentence(frame: pd.DataFrame) -> str:
    """Say how many pairs rise and fall, and how many by more than chance would move independent cases.

    A first figure that its maker has replaced is left out.
    """
    frame = frame[~frame["what"].str.endswith(FIRST)]
    falls, rises = frame["upper"] < 1, frame["lower"] > 1
    return (
        f"Of {len(frame)} pairs, {int((frame['ratio'] < 1).sum())} fall and {int((frame['ratio'] > 1).sum())} rise; "
        f"the exact interval excludes equal rates in {int(falls.sum())} falls and {int(rises.sum())} rises, if cases "
        "were independent."
    )


def charges_sentence(adil_soz: pd.DataFrame, jfj: pd.DataFrame, *, country: str, year: int) -> str:
    """Set the monitor's criminal charges of a year beside the foundation's court cases a year."""
    charges = whole_years(adil_soz).query("year == @year")
    charges = charges[charges["indicator"].str.startswith("charges_")]["count"]
    cases = jfj[(jfj["area"] == country) & (jfj["category"] == "judicial_per_year")]
    cases = cases[(cases["first_year"] <= year) & (cases["last_year"] >= year)]
    if charges.empty or cases.empty:
        return f"Court cases of {year} are not counted by both sources."
    row = cases.iloc[0]
    return (
        f"Court cases: {ADIL_SOZ} counts {int(charges.sum())} criminal charges of {len(charges)} kinds in {year}, "
        f"{JFJ} {row['bound']} {row['count']} cases a year in {row['first_year']} to {row['last_year']}."
    )
