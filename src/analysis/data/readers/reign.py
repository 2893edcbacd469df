"""Rulers, Elections, and Irregular Governance (One Earth Future): national votes by month."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import iso3_codes
from analysis.data.readers.frames import ints, keyed, numbers, refuse, single, source_csv, words
from analysis.data.schemas import FIRST_YEAR

#: Kind of vote by REIGN's letter. REIGN lists only the elections that fill the executive, so legislatures of
#: presidential states are missing.
KINDS = {"X": "executive", "L": "legislative", "R": "referendum"}
# First words of what a row tells of an election; votes are those that were held.
_EVENTS = ("vote", "announced", "announcement", "deadline", "upcoming", "delay", "voided", "regime", "anulled")


def read_votes(path: Path) -> pd.DataFrame:
    """Read votes that were held, 1990 to March 2021, one row per day and kind."""
    raw = source_csv(path)
    event = raw["event"].astype("str").str.strip().str.lower()
    words(event.str.split(r"\W", regex=True).str[0].rename("the first word of event"), _EVENTS)
    votes = raw[event.str.startswith("vote") & (ints(raw["elec_year"]) >= FIRST_YEAR)]
    single(votes, ["country", "elec_year", "elec_month", "elec_day", "type"])
    year, month = (ints(votes[name]) for name in ("elec_year", "elec_month"))
    day, kind = numbers(votes["elec_day"], whole=True), words(votes["type"], KINDS).map(KINDS)
    days = pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": day.fillna(1)}), errors="coerce")
    refuse(votes["elec_day"], days.isna(), "a day of the month in its row")
    key = {"iso3": iso3_codes(votes["country"]), "year": year, "month": month, "day": day, "kind": kind}
    direct, runoff = words(votes["direct"], "YNA") == "Y", words(votes["runoff"].fillna("N"), "NY12") == "2"
    scheduled = event[votes.index].str.contains("scheduled")
    values = pd.DataFrame({"scheduled": scheduled, "direct": direct, "runoff": runoff}).astype(int)
    # A vote of a state that ended is listed for each of its successors.
    return keyed(values[~values.assign(**key).duplicated()], **key)
