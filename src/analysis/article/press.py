"""Notebook 02: the monitor's counts by year, the days on which cases could happen, and what other sources count.

Counts and exposures are series over years, named as sentences and the register name them; what several sources count
stands in long tables, one row a count.
"""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.charts.forest import comparisons_table
from analysis.errors import InputError
from analysis.methods.result import Estimate

ADIL_SOZ, JFJ = "Adil Soz", "JFJ"
#: Measures that count people held.
HELD = ("detained", "arrested")
#: Years that the article's figures invite to compare.
ARTICLE_YEARS = (2019, 2020)
#: The two counts that the article prints.
POOLED = ("attacks", "detentions")
#: Exposures: days outside the state of emergency, and outside the restrictions without a last day too.
NO_EMERGENCY, NO_RESTRICTIONS = "days outside the emergency", "days outside all restrictions"
#: Registered names of the checks of a count: by other series, and those that read it otherwise.
CHECKS = {"elsewhere": "other Adil Soz series"}
EPISODE, EMERGENCY = "June 2019 episode removed", "emergency days as exposure"
# What indicators are called in sentences and figures; others go by their column name.
_NAMES = {
    "digital_security_incidents": "digital incidents",
    "violations_total": "recorded violations",
    "information_refusals": "refusals of information",
    "legal_cases_claims": "lawsuits and claims",
}
# Areas of the Justice for Journalists Foundation that are not single countries, and its categories.
_AREAS = {"PS12": "12 post-Soviet states", "CA6": "Central Asia and Azerbaijan"}
_CATEGORIES = {
    "total": "all attacks and threats",
    "physical": "physical attacks",
    "non_physical_cyber": "non-physical attacks",
    "judicial_economic": "court and economic cases",
}
#: Marks a figure that its maker has replaced; and months of a whole year, as counts name theirs.
PRELIMINARY, WHOLE_YEAR = ", preliminary", "Jan-Dec"
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
_PAIR = ("source", "what", "window", "base_year", "year", "first", "second", "same_unit", "derived")
# Days from July to December.
_SECOND_HALF = 184


def name_of(indicator: str) -> str:
    """Return what an indicator is called in sentences."""
    return _NAMES.get(indicator, indicator.replace("_", " "))


def whole_years(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the monitor's counts of calendar years, with the columns ``year`` and ``what``."""
    years = counts["first_month"].str[:4]
    whole = (counts["first_month"] == years + "-01") & (counts["last_month"] == years + "-12")
    named = counts[whole].assign(year=years[whole].astype(int), what=counts["indicator"].map(name_of))
    return named.reset_index(drop=True)


def yearly(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the monitor's counts by whole year, one column an indicator."""
    wide = whole_years(counts).sort_values("indicator").pivot(index="year", columns="indicator", values="count")
    return wide.rename(columns=name_of).rename_axis(columns=None)


def repeated(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the monitor's counts of several whole years, by which it is seen how clumped they are.

    Recorded violations are left out, since they count those of the other series once more.
    """
    wide = yearly(counts).drop(columns="recorded violations", errors="ignore")
    return wide.loc[:, wide.count() > 1].dropna(how="all")


def otherwise(counts: pd.DataFrame, days: pd.DataFrame, name: str) -> dict[str, dict[str, pd.Series]]:
    """Return the registered other readings of a count, by the names of their checks.

    In the first, January to June of the first year are taken out; what was not published is missing.
    """
    first, own = days.index[0], yearly(counts)[name]
    half = counts[(counts["first_month"] == f"{first}-01") & (counts["last_month"] == f"{first}-06")]
    published = half.set_index(half["indicator"].map(name_of))["count"].get(name, np.nan)
    later = own.where(own.index != first, own - published).rename(f"{name} from July {first} on")
    return {
        EPISODE: {"counts": later, "exposure": days[f"days from July {first} on"]},
        EMERGENCY: {"exposure": days[NO_EMERGENCY]},
    }


def article_years(counts: pd.DataFrame, pandem: pd.DataFrame, name: str, *, country: str) -> dict[str, Any]:
    """Return the arguments with which a finding on one count of the article's two years is strained."""
    first, second = ARTICLE_YEARS
    days = exposures(pandem, country=country, base_year=first, year=second)
    strains = {"counts": repeated(counts), "otherwise": otherwise(counts, days, name)}
    return strains | {"name": name, "first": first, "second": second} | CHECKS


def exposures(pandem: pd.DataFrame, *, country: str, base_year: int, year: int, lost: int = -1) -> pd.DataFrame:
    """Return the days of two years on which a case could happen, one column a way to count them.

    ``lost`` are days of the second year under a state of emergency; below 0 those of the table of restrictions. A
    column has no value for the second year if no day of both is lost, or none beyond the emergency.
    """
    days = pd.Series({value: 366 if pd.Timestamp(value, 1, 1).is_leap_year else 365 for value in (base_year, year)})
    second, asked = days.index == year, {"pandem": pandem, "country": country}
    emergency, all_lost = (
        pd.Series({value: emergency_days(**asked, year=value, open_ended=wide) for value in days.index})
        for wide in (False, True)
    )
    emergency = emergency.mask(second & (lost >= 0), lost)
    found = {
        "days": days,
        NO_EMERGENCY: (days - emergency).mask(second & ~emergency.any()),
        NO_RESTRICTIONS: (days - all_lost).mask(second & ~(all_lost > emergency).any()),
        f"days from July {base_year} on": np.where(second, days, _SECOND_HALF),
    }
    return pd.DataFrame(found)


def emergency_days(pandem: pd.DataFrame, *, country: str, year: int, open_ended: bool = False) -> int:
    """Count the days of a year under a state of emergency, 0 if the table does not cover it.

    With ``open_ended``, spells without a last day count too, to the end of the last quarter covered.
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


def definitions(counts: pd.DataFrame, *, base_year: int, year: int) -> pd.DataFrame:
    """Return count, unit and definition of both years, one row an indicator: what the two years have in common."""
    chosen = whole_years(counts).query("year in (@base_year, @year)")
    wide = chosen.pivot(index="indicator", columns="year", values=["count", "unit", "definition"]).dropna()
    wide.columns = [f"{field}_{label}" for field, label in wide.columns]
    return wide.assign(same_unit=wide[f"unit_{base_year}"] == wide[f"unit_{year}"])


def forest(
    results: Mapping[str, Estimate], readings: Mapping[str, Estimate], definitions: pd.DataFrame, *, name: str
) -> pd.DataFrame:
    """Return one row a comparison for the forest figure: first as counted, then one indicator read otherwise."""
    if not results:
        raise InputError("no indicator is counted in both years")
    years = next(iter(results.values())).labels
    units = definitions.loc[~definitions["same_unit"], [f"unit_{year}" for year in years]]
    changed = units.agg(", then ".join, axis=1).rename(name_of)
    labels = [f"{name.capitalize()} ({changed[name]})" if name in changed else name.capitalize() for name in results]
    rows = comparisons_table([*results.values(), *readings.values()])
    heads = ((f"{years[0]} to {years[1]}, as counted", results), (f"{name.capitalize()}, read otherwise", readings))
    rows.insert(0, "group", [head for head, own in heads for _ in own])
    rows.insert(1, "label", [*labels, *readings])
    return rows


def pairs(adil_soz: pd.DataFrame, jfj: pd.DataFrame, *, names: pd.Series) -> pd.DataFrame:
    """Set every count of every source beside the same count over the same months a year before, in order of time.

    Of the foundation only exact counts of single years are compared, the earlier one final. ``names`` are those of
    countries by ISO3 code.
    """
    rows = pd.concat([_monitor(adil_soz), _foundation(jfj, names)], ignore_index=True)
    before = rows[rows["final"] == 1].assign(year=lambda frame: frame["year"] + 1)
    both = rows.merge(before, on=["source", "what", "window", "year"], suffixes=("", "_before"))
    found = both.assign(
        what=both["what"].where(both["final"] == 1, both["what"] + PRELIMINARY),
        base_year=both["year"] - 1,
        first=both["count_before"],
        second=both["count"],
        same_unit=both["unit"] == both["unit_before"],
        derived=both["derived"].eq(1) | both["derived_before"].eq(1),
    )
    return found.sort_values(["year", "source", "what", "second"])[list(_PAIR)].reset_index(drop=True)


def _monitor(counts: pd.DataFrame) -> pd.DataFrame:
    first, last = (counts[column].str[5:].astype(int) for column in ("first_month", "last_month"))
    window = [f"{month_abbr[start]}-{month_abbr[end]}" for start, end in zip(first, last, strict=True)]
    years = counts["first_month"].str[:4].astype(int)
    return counts.assign(source=ADIL_SOZ, what=counts["indicator"].map(name_of), window=window, year=years, final=1)


def _foundation(counts: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    single = counts[(counts["first_year"] == counts["last_year"]) & (counts["bound"] == "exact")]
    areas = single["area"].map(_AREAS).fillna(single["area"].map(names)).fillna(single["area"])
    what = areas + ": " + single["category"].map(_CATEGORIES).fillna(single["category"])
    return single.assign(source=JFJ, what=what, window=WHOLE_YEAR, year=single["first_year"], unit="incidents")


def around(pairs: pd.DataFrame, *, year: int) -> dict[str, pd.Series]:
    """Return the counts of groups of countries in a year and the year before: what happened around the country."""
    groups = pairs[pairs["what"].str.startswith(tuple(_AREAS.values())) & (pairs["year"] == year)]
    return {
        row.what: pd.Series({row.base_year: row.first, row.year: row.second}, name=row.what)
        for row in groups.itertuples()
    }


def pair_texts(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return group, label and counts of each pair; months are named where they are not the whole year."""
    months = (", " + pairs["window"]).where(pairs["window"] != WHOLE_YEAR, "")
    units = np.where(pairs["same_unit"], "", ", unit changes")
    return pd.DataFrame(
        {
            "group": pairs["base_year"].astype(str) + " to " + pairs["year"].astype(str),
            "label": pairs["what"] + " (" + pairs["source"] + ")" + months + units,
            "counts": pairs["first"].astype(str) + " → " + pairs["second"].astype(str),
            "hollow": pairs["derived"],
        }
    )


def series(adil_soz: pd.DataFrame, jfj: pd.DataFrame, *, country: str) -> pd.DataFrame:
    """Return the counts of a country by source and period, part-years left out, with the mean of a year as ``value``.

    A count of several years that says nothing beside single years of the same category is left out.
    """
    own = jfj[(jfj["area"] == country) & jfj["category"].isin(_CATEGORIES) & (jfj["bound"] == "exact")]
    single = own[own["first_year"] == own["last_year"]]
    made_of = [
        row.first_year < row.last_year
        and (single["category"].eq(row.category) & single["first_year"].between(row.first_year, row.last_year)).any()
        for row in own.itertuples()
    ]
    theirs = own[~np.array(made_of, dtype=bool)].assign(source=JFJ, unit="incidents")
    theirs = theirs.assign(what=theirs["category"].map(_CATEGORIES))
    ours = whole_years(adil_soz).assign(source=ADIL_SOZ)
    ours = ours.assign(first_year=ours["year"], last_year=ours["year"])
    columns = ["source", "what", "unit", "first_year", "last_year", "count", "derived"]
    frame = pd.concat([ours[columns], theirs[columns]], ignore_index=True)
    frame = frame.assign(derived=frame["derived"] == 1)
    frame["value"] = frame["count"] / (frame["last_year"] - frame["first_year"] + 1)
    return frame.sort_values(["source", "what", "first_year"]).reset_index(drop=True)


def disagreements(detentions: pd.DataFrame) -> pd.DataFrame:
    """Find protests (same days and place) that several sources count, and how far apart their counts of detained are.

    Open-ended counts stand at the end that the source gives.
    """
    held = detentions[detentions["measure"].isin(HELD)]
    held = held.assign(value=held["count_low"].fillna(held["count_high"])).dropna(subset="value")
    by_event = held.groupby(["date_start", "date_end", "place"])
    frame = by_event.agg(
        event=("event", "first"), sources=("source_org", "nunique"), lowest=("value", "min"), highest=("value", "max")
    )
    frame = frame[frame["sources"] > 1].reset_index()
    return frame.assign(factor=frame["highest"].astype(float) / frame["lowest"].astype(float))


def sources_sentence(gaps: pd.DataFrame, adil_soz: pd.DataFrame, jfj: pd.DataFrame, *, country: str, year: int) -> str:
    """Say by what factor sources differ on the same protest, and what both monitors count in court."""
    apart = f" The larger is {gaps['factor'].min():.1f} to {gaps['factor'].max():.1f} times the smaller."
    said = f"Protests counted by more than one source: {len(gaps)}.{apart if len(gaps) else ''}"
    charges = whole_years(adil_soz).query("year == @year and indicator.str.startswith('charges_')")["count"]
    cases = jfj[(jfj["area"] == country) & (jfj["category"] == "judicial_per_year")]
    for row in cases[(cases["first_year"] <= year) & (cases["last_year"] >= year)].itertuples():
        said += (
            f" Court cases: {ADIL_SOZ} counts {int(charges.sum())} criminal charges of {len(charges)} kinds in {year}, "
            f"{JFJ} {row.bound} {row.count} cases a year in {row.first_year} to {row.last_year}."
        )
    return said
