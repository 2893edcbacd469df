"""Steps of notebook 02: what dated records say of the editor's case and of the monitor's report."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pandas as pd

from analysis.claims.evidence import Report, design_of, told

#: Findings that say something of the statement; a record that does not confirm it does not deny it either.
_DECISIVE = ("supported", "partly")
# The article prints whole years: half a unit of the last printed place.
_HALF_A_YEAR = 0.5
_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


class Kept(NamedTuple):
    """Where a claim's records stand in the table: subject, and how their statements begin."""

    subject: str
    statements: tuple[str, ...]


KEPT = {
    "adil-soz-report-2020": Kept("Adil Soz report of 2020", ("",)),
    "akhmedyarov-detained": Kept("Akhmedyarov", ("detained", "on the way to report")),
    "akhmedyarov-purpose": Kept("Akhmedyarov", ("on the way to report",)),
    "akhmedyarov-charged": Kept("Akhmedyarov", ("charged",)),
    "bokayev-released-before": Kept("Bokayev", ("released",)),
    "bokayev-five-years": Kept("Bokayev", ("five years",)),
    "outlets-13": Kept("13 media outlets", ("",)),
}


def rows_of(records: pd.DataFrame, claim_id: str) -> pd.DataFrame:
    """Return the rows that were typed for a claim, in the order of the table."""
    kept = KEPT[claim_id]
    starts = records["statement"].str.startswith(kept.statements)
    return records[(records["subject"] == kept.subject) & starts & (records["finding"] != "context")]


def detained(records: pd.DataFrame, *, first: str, last: str) -> dict[str, Any]:
    """Return the evidence on the day of the detention: every record's date against the expected days (ISO)."""
    rows = rows_of(records, "akhmedyarov-detained").dropna(subset=["date"])
    reports = [
        Report(source=row.source_org, value=f"detained on {row.date}", agrees=first <= row.date <= last)
        for row in rows.itertuples()
    ]
    return _evidence(reports)


def purpose(records: pd.DataFrame) -> dict[str, Any]:
    """Return the evidence on the journey's purpose.

    A record that finds the statement partly right agrees with the purpose if its other half, that the release lay
    before the journey, is the part that dates refute.
    """
    rows = rows_of(records, "akhmedyarov-purpose")
    other_half = _days_before(records) < 0
    reports = [
        Report(
            source=row.source_org,
            value=f"{row.statement}: {row.finding} ({row.found})",
            agrees=row.finding == "supported" or other_half,
        )
        for row in rows[rows["finding"].isin(_DECISIVE)].itertuples()
    ]
    return _evidence(reports)


def released_before(records: pd.DataFrame) -> dict[str, Any]:
    """Return the evidence on the order of release and detention, one report a record of the detention."""
    release = rows_of(records, "bokayev-released-before").iloc[0]
    stops = rows_of(records, "akhmedyarov-detained").dropna(subset=["date"])
    reports = [
        Report(
            source=f"{release['source_org']} with {row.source_org}",
            value=f"released {release['date']}, detained {row.date}",
            agrees=release["date"] < row.date,
        )
        for row in stops.itertuples()
    ]
    days = {"estimate": float(_days_before(records)), "unit": "days from release to detention"}
    return _evidence(reports) | days


def time_served(records: pd.DataFrame, *, years: int) -> dict[str, Any]:
    """Return the evidence on the time served, against the printed number of whole years."""
    rows = rows_of(records, "bokayev-five-years").dropna(subset=["found"])
    served = [(row.source_org, row.found, in_years(row.found)) for row in rows.itertuples()]
    reports = [
        Report(source=source, value=f"{found} ({value:.2f} years)", agrees=abs(value - years) <= _HALF_A_YEAR)
        for source, found, value in served
    ]
    return _evidence(reports) | {"estimate": served[0][2] if served else None, "unit": "years"}


def plain(records: pd.DataFrame, claim_id: str) -> dict[str, Any]:
    """Return the evidence on a claim whose records were compared when they were typed."""
    rows = rows_of(records, claim_id)
    decisive = rows[rows["finding"].isin(_DECISIVE)]
    reports = [
        Report(source=row.source_org, value=row.found, agrees=row.finding == "supported")
        for row in decisive.itertuples()
    ]
    silent = [f"{row.source_org}: {row.found}" for row in rows.dropna(subset=["found"]).itertuples()]
    return _evidence(reports, seen="" if reports else "; ".join(silent))


def in_years(text: str) -> float:
    """Read a length of time such as "four years and nine months" as years; nan if there is none."""
    years, months = (re.search(rf"(\w+) {unit}s?\b", text) for unit in ("year", "month"))
    if years is None:
        return float("nan")
    return _number(years.group(1)) + (_number(months.group(1)) / 12 if months else 0.0)


def _number(word: str) -> float:
    return float(word) if word.isdecimal() else float(_NUMBERS.index(word.lower()))


def _days_before(records: pd.DataFrame) -> int:
    """Days from the release to the detention; negative if the detention came first."""
    release = rows_of(records, "bokayev-released-before")["date"].iloc[0]
    stop = rows_of(records, "akhmedyarov-detained")["date"].dropna().iloc[0]
    return int((pd.Timestamp(stop) - pd.Timestamp(release)).days)


def _evidence(reports: list[Report], *, seen: str = "") -> dict[str, Any]:
    agree = sum(report.agrees for report in reports)
    nothing = f"No record confirms or denies it{f'; nearest, {seen}' if seen else ''}."
    return {
        "reports": reports,
        "design": design_of(reports),
        "summary": f"{agree} of {len(reports)} records agree: {told(reports)}." if reports else nothing,
    }
