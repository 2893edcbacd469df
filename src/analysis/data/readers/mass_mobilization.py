"""Mass Mobilization Protest Data (Clark & Regan): protest events -> country-months, one country's events, coverage."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import iso3_codes
from analysis.data.readers.frames import dates, ends_in, ints, measures, refuse, single, source_csv

#: Column by the source's name of the state response; a response is coded for an event, not for persons.
RESPONSES = {
    "arrests": "arrests",
    "beatings": "beatings",
    "crowddispersal": "dispersals",
    "killings": "killings",
    "shootings": "shootings",
}
#: Column by the source's name of the demand; an event can have several.
DEMANDS = {
    "political_behavior_process": "political",
    "removal_of_politician": "removal",
    "police_brutality": "police",
    "social_restrictions": "social",
    "price increases_tax_policy": "prices",
    "labor_wage_dispute": "labour",
    "land_farm_issue": "land",
}
#: The data end on 31 March 2020.
LAST_YEAR, LAST_MONTH = 2020, 3
# A demand that an event has twice is coded 2.
_MOST = 2
_SIZES = {50: "50-99", 100: "100-999", 1000: "1000-1999", 2000: "2000-4999", 5000: "5000-10000", 10001: ">10000"}
# The file of country-years is an older version that stops here; states that it still follows go on to the end.
_LAST_YEAR_OF_COUNTRY_YEARS = 2018


def read_events(path: Path) -> pd.DataFrame:
    """Read all protest events with 0/1 columns for each state response, for any of them, and for each demand."""
    raw = single(source_csv(path), ["id"])
    counts = measures(raw, {"protesterviolence": "protester_violence"} | RESPONSES | DEMANDS, whole=True, needed=True)
    for source, name in zip(["protesterviolence", *RESPONSES, *DEMANDS], counts, strict=True):
        refuse(raw[source], ~counts[name].between(0, _MOST), f"0 to {_MOST}")
    flags = counts.clip(upper=1)
    start, end = dates(raw["start_date"], needed=True), dates(raw["end_date"], needed=True)
    refuse(raw["end_date"], end < start, "a day from start_date on")
    ends_in(start.dt.year, LAST_YEAR, "this version")
    flags.insert(1, "repressed", flags[list(RESPONSES.values())].any(axis=1).astype(int))
    names = {"id": "event", "participants_category": "size", "participants": "participants"}
    frame = raw[list(names)].rename(columns=names).assign(iso3=iso3_codes(raw["country"]))
    frame.insert(1, "start", start)
    frame.insert(2, "end", end)
    return pd.concat([frame, flags], axis=1).sort_values(["iso3", "start", "event"])


def country_months(path: Path) -> pd.DataFrame:
    """Count protest events, those met with each state response, and those with each demand, by country and month.

    The month is that of the event's first day. Months without an event have no row: inside the years of
    :func:`coverage` an absent month is a month without events.
    """
    events = read_events(path)
    counted = ["repressed", *RESPONSES.values(), "protester_violence", *DEMANDS.values()]
    dated = events.assign(year=events["start"].dt.year, month=events["start"].dt.month, protests=1)
    return dated.groupby(["iso3", "year", "month"])[["protests", *counted]].sum().reset_index()


def country_events(path: Path, *, only: tuple[str, ...]) -> pd.DataFrame:
    """Read the events of some countries with days, size class, demands and state responses."""
    events = read_events(path)
    events = events[events["iso3"].isin(list(only))].reset_index(drop=True)
    number = pd.to_numeric(events["participants"], errors="coerce")
    classes = pd.cut(number, [*_SIZES, float("inf")], right=False, labels=list(_SIZES.values())).astype("object")
    size = events["size"].astype("str").where(events["size"].notna(), classes)
    dates = {name: events[name].dt.strftime("%Y-%m-%d") for name in ("start", "end")}
    frame = events.assign(**dates, size=size).drop(columns=["iso3", "participants"])
    return frame.sort_values("event", ignore_index=True)[["event", *[c for c in frame.columns if c != "event"]]]


def coverage(path: Path) -> pd.DataFrame:
    """Read which years the data follow each country, and the last month of the last year."""
    raw = single(source_csv(path), ["country", "year"])
    year = ints(raw["year"])
    ends_in(year, _LAST_YEAR_OF_COUNTRY_YEARS, "this version")
    covered = year.groupby(iso3_codes(raw["country"]).rename("iso3")).agg(["min", "max"])
    on_going = covered["max"] == _LAST_YEAR_OF_COUNTRY_YEARS
    frame = pd.DataFrame({"first_year": covered["min"], "last_year": covered["max"].mask(on_going, LAST_YEAR)})
    return frame.assign(last_month=on_going.map({True: LAST_MONTH, False: 12})).reset_index()
