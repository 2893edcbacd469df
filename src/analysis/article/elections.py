"""Steps of notebook 04: country-months around elections in many countries, and one country's own calendar."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.data.load import country_names
from analysis.errors import InputError
from analysis.methods.calendars import shifted_labels
from analysis.methods.event_studies import HALF_YEAR, EffectScheme, Window, effect_codes, event_dummies, serial_month
from analysis.methods.multiverse import Options

#: Tables that the pooled claims stand on.
TABLES = ("protest_months", "protest_coverage", "regimes", "votes_reign")
#: Registered claim by event-time window.
CLAIMS = {"event_month": "crackdown-election-month", "before_3_1": "crackdown-campaign-season"}
#: What each outcome counts.
OUTCOMES = {
    "repressed": "repressed protests",
    "arrests": "protests with arrests",
    "killings": "protests with killings",
    "protests": "protests",
    "economic": "protests over prices, wages or land",
}
#: What the windows of claims are called.
WINDOW_NAMES = {"event_month": "the election month", "before_3_1": "the three campaign months"}
KINDS = ("executive", "legislative")
#: Placebo calendars of the ribbon: far enough for their windows not to touch the true ones.
PLACEBO_SHIFTS = (*range(-35, -12), *range(13, 36))
#: One coefficient for every month of event time.
MONTHLY: dict[str, Window] = {f"month {month:+d}": (month, month) for month in range(-6, 7)}
#: Country whose events are known by the day, and the days covered: from the first full year of independence.
BY_DAY, COVERED = "KAZ", ("1992-01-01", "2020-03-31")

#: Regimes of the World classes by option; Kazakhstan is an electoral autocracy in every year.
REGIMES = {"closed or electoral": (0, 1), "electoral": (1,), "closed": (0,)}
EFFECTS: dict[str, EffectScheme] = {
    "country-year, season": "unit-year, season",
    "country, month": "unit, month",
    "country-season, year": "unit-season, year",
}
#: Options of the registered specification.
REGISTERED: Options = {
    "effects": "country-year, season",
    "elections": "all",
    "outcome": "repressed",
    "regimes": "closed or electoral",
    "other windows": "held fixed",
    "last year": 2019,
    "campaign months": 3,
}


def country_months(
    months: pd.DataFrame, coverage: pd.DataFrame, regimes: pd.DataFrame, *, first: int, last: int
) -> pd.DataFrame:
    """Lay out every covered country-month with the regime of its calendar year and its counts, zeros included.

    ``economic`` adds up three demands and counts an event with two of them twice; ``serial`` is the month in one
    sequence. Rows are sorted by country and time.
    """
    rated = regimes.rename(columns={"data_year": "year"})[["iso3", "year", "regime"]]
    years = coverage.merge(rated, on="iso3")
    inside = years["year"].between(years["first_year"], years["last_year"]) & years["year"].between(first, last)
    if not inside.any():
        raise InputError(f"no country is followed in any year from {first} to {last}", remedy="take other years")
    rows = years[inside].merge(pd.DataFrame({"month": range(1, 13)}), how="cross")
    ended = (rows["year"] == rows["last_year"]) & (rows["month"] > rows["last_month"])
    rows = rows.loc[~ended, ["iso3", "year", "regime", "month"]]
    frame = rows.merge(months, on=["iso3", "year", "month"], how="left").fillna(0)
    frame["economic"] = frame[["prices", "labour", "land"]].sum(axis=1)
    frame["serial"] = serial_month(frame["year"], frame["month"])
    return frame.sort_values(["iso3", "serial"], ignore_index=True)


def votes(reign: pd.DataFrame, *, kinds: Collection[str] = KINDS) -> pd.DataFrame:
    """Select national elections by month: ``iso3``, ``serial``, ``kind``, ``scheduled``; referendums are left out."""
    chosen = reign[reign["kind"].isin(list(kinds))]
    dated = chosen.assign(serial=serial_month(chosen["year"], chosen["month"]))
    return dated[["iso3", "serial", "kind", "scheduled"]].drop_duplicates().reset_index(drop=True)


def corrected(calendar: pd.DataFrame, elections: pd.DataFrame) -> pd.DataFrame:
    """Put the dates of the table ``elections`` in place of REIGN's for the countries that the table covers."""
    dates = pd.to_datetime(elections["date"])
    own = pd.DataFrame(
        {
            "iso3": elections["iso3"],
            "serial": serial_month(dates.dt.year, dates.dt.month),
            "kind": elections["kind"].map({"presidential": "executive", "parliamentary": "legislative"}),
            "scheduled": 1 - elections["early"],
        }
    )
    kept = calendar[~calendar["iso3"].isin(own["iso3"])]
    return pd.concat([kept, own.dropna(subset=["kind"]).drop_duplicates()], ignore_index=True)


@dataclass(frozen=True)
class Specifications:
    """What each specification of a multiverse is estimated on; all share the same moved calendars.

    Attributes
    ----------
    frame : pandas.DataFrame
        Country-months of all regimes (see :func:`country_months`).
    calendar : pandas.DataFrame
        Elections with ``kind`` and ``scheduled``.
    term : str
        Window of the claim.
    permutations, seed : int
        Moved calendars: each country's elections move together, around its own covered months.
    """

    frame: pd.DataFrame
    calendar: pd.DataFrame
    term: str
    permutations: int
    seed: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "_made", {})

    def __getstate__(self) -> dict[str, Any]:
        # A process makes its own windows: they are quicker to make than to send.
        return self.__dict__ | {"_made": {}}

    def __call__(self, options: Options) -> dict[str, Any]:
        """Return rows, outcome, effects and windows of one specification, as ``permuted_poisson`` takes them."""
        marks, labels = self._windows(str(options["elections"]), int(options.get("campaign months", 3)))
        made, key = self.__dict__["_made"], (options["regimes"], options["effects"], options.get("last year"))
        if key not in made:
            covered = self.frame["year"] <= options.get("last year", self.frame["year"].max())
            rows = np.flatnonzero(covered & self.frame["regime"].isin(REGIMES[str(options["regimes"])]))
            country = pd.factorize(self.frame["iso3"])[0][rows]
            codes = effect_codes(country, self.frame["serial"].to_numpy()[rows], EFFECTS[str(options["effects"])])
            made[key] = rows, dict(zip(("groups", "also", "cluster"), (*codes, country), strict=True))
        rows, fixed = made[key]
        some, held = options["outcome"] == "any repressed", options.get("other windows", "held fixed") == "held fixed"
        counts = self.frame["repressed" if some else str(options["outcome"])].iloc[rows]
        controls = marks.iloc[rows].drop(columns=self.term) if held else None
        return fixed | {
            "y": (counts > 0).astype(float) if some else counts,
            "labels": labels[rows],
            "controls": controls,
        }

    def _windows(self, elections: str, months: int) -> tuple[pd.DataFrame, np.ndarray]:
        """Return all windows around the true dates, and the claim's window around true and moved ones.

        Calendars move over all months of a country, so that specifications on fewer months share the very same moves.
        """
        made: dict[tuple[str, int], tuple[pd.DataFrame, np.ndarray]] = self.__dict__["_made"]
        if (elections, months) not in made:
            dates = self.calendar
            if elections != "all":
                dates = dates[dates["scheduled"] == 1 if elections == "scheduled" else dates["kind"] == elections]
            spans = HALF_YEAR | ({self.term: (-months, -1)} if self.term == "before_3_1" else {})
            unit, month = self.frame["iso3"], self.frame["serial"]
            marks = event_dummies(unit, month, event_unit=dates["iso3"], event_month=dates["serial"], windows=spans)
            labels = shifted_labels(marks[self.term], unit=unit, draws=self.permutations, seed=self.seed)
            made[elections, months] = marks, labels
        return made[elections, months]


def by_day(events: pd.DataFrame, outcome: str) -> pd.Series:
    """Count one country's events by the day over the days covered; the table is ``protests_kazakhstan``."""
    counted = events if outcome == "protests" else events[events[outcome] == 1]
    days = pd.period_range(*COVERED, freq="D")
    found = pd.PeriodIndex(counted["start"], freq="D").value_counts()
    return found.reindex(days, fill_value=0).rename(outcome)


def by_month(frame: pd.DataFrame, country: str, outcome: str) -> pd.Series:
    """Count a covered country's events by month, in all regimes; months of years without a rated regime are empty."""
    own = frame[frame["iso3"] == country]
    if own.empty:
        raise InputError(f"the protest data do not cover {country} in these years")
    months = periods(own["serial"])
    found = pd.Series(own[outcome].to_numpy(), months, name=outcome)
    return found.reindex(pd.period_range(months.min(), months.max(), freq="M"), fill_value=0)


def periods(serials: pd.Series) -> pd.PeriodIndex:
    """Return serial months as periods, which pandas counts from January 1970."""
    return pd.PeriodIndex.from_ordinals(serials - 12 * 1970, freq="M")


def own_votes(counts: pd.Series, calendar: pd.DataFrame, elections: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return the dates of one country's elections, by the day or the month as its events are counted.

    Days come from the table ``elections`` without referendums and second rounds, months from the ``calendar``.
    """
    if counts.index.freqstr == "D":
        own = first_rounds(elections, country)
        return pd.DataFrame(
            {"election": pd.PeriodIndex(own["date"], freq="D"), "scheduled": 1 - own["early"].to_numpy()}
        )
    dates = corrected(calendar, elections)
    own = dates[dates["iso3"] == country].drop_duplicates("serial").sort_values("serial")
    return pd.DataFrame({"election": periods(own["serial"]), "scheduled": own["scheduled"].to_numpy()})


def first_rounds(elections: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return a country's national votes of the table ``elections``, without referendums and second rounds."""
    return elections[(elections["iso3"] == country) & (elections["round"] == 1) & (elections["kind"] != "referendum")]


def mass_protest_abroad(shocks: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return ``date`` and ``iso3`` of mass protest that began in other countries on a known day."""
    abroad = (shocks["mass_protest"] == 1) & (shocks["iso3"] != country) & (shocks["precision"] == "day")
    return shocks.loc[abroad, ["date", "iso3"]]


def spans(counts: pd.Series, days: int) -> dict[str, Window]:
    """Return the windows before, at, after and around an election, as events are counted: in days, or months of 30."""
    by_day = counts.index.freqstr == "D"
    length, near = (days, 7) if by_day else (max(1, round(days / 30)), 0)
    return {"before": (-length, -1), "at": (-near, near), "after": (1, length), "around": (-length, length)}


def raster(
    counts: pd.Series, dates: pd.DataFrame, shocks: pd.DataFrame, *, country: str, events: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return events, elections and mass protest abroad as the chart of one country's days takes them.

    Where no ``events`` by the day are given, months with events are drawn; then no unrest of its region is listed.
    """
    abroad = mass_protest_abroad(shocks, country)
    middle = "" if events is not None else "-15"
    drawn = pd.DataFrame({"date": dates["election"].astype(str) + middle, "early": 1 - dates["scheduled"]})
    if events is None:
        happened = pd.DataFrame({"start": counts.index[counts > 0].astype(str) + middle, "hit": 1})
        abroad = abroad.iloc[:0]
    else:
        outcome = "repressed" if counts.name == "protests" else counts.name
        happened = events[["start"]].assign(hit=events[outcome])
    return happened, drawn, abroad.assign(label=abroad["iso3"].map(country_names()))
