"""Rows of any dated table in the columns of the coding sheet: who says what, of which size, when."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

#: The coding sheet: what each source says of a claim, typed in the columns that rules ask.
SHEET = "records"
#: Findings of the sheet that decide nothing: the source leaves it open; no source was found.
UNDECIDED = ("unclear", "not found")
#: Date precision of a total up to a day, whose steps need not be of that day.
TOTAL = "as of"
#: By column of the sheet: columns of other tables that hold the same, and what a table without one states.
_COLUMNS = {
    "part": (("part",), ""),
    "origin": (("origin", "source_org"), ""),
    "via": (("via",), ""),
    "says": (("says", "step", "measure", "event", "kind"), ""),
    "of": (("organisation", "place"), ""),
    "value": (("value", "count_low"), None),
    "unit": (("unit",), ""),
    "bound": (("bound",), "exact"),
    "precision": (("precision",), ""),
    "first_day": (("first_day", "date", "date_start"), ""),
    "last_day": (("last_day", "date_end"), ""),
    "primary": (("primary",), 0),
}


def as_records(frame: pd.DataFrame, *, finding: str = "present") -> pd.DataFrame:
    """Return the coding sheet, or a typed table of dated rows, in the columns of the sheet.

    Days are ISO text, empty where nothing is stated; a total has no first day. Where the table holds no findings, its
    rows mean the one given.
    """
    columns = {}
    for name, (names, default) in (_COLUMNS | {"finding": (("finding",), finding)}).items():
        own = next((frame[other] for other in names if other in frame), pd.Series(default, index=frame.index))
        columns[name] = own.astype(object).where(own.notna(), default)
    said = pd.DataFrame(columns).assign(value=pd.to_numeric(columns["value"], errors="coerce"))
    rows = said.to_dict("records")
    days = [_days(row) for row in rows]
    return said.assign(
        says=said["says"] if "says" in frame else [_words(row) for row in rows],
        first_day=[first for first, _ in days],
        last_day=[last for _, last in days],
    )


def _days(row: dict[str, Any]) -> tuple[str, str]:
    """Return first and last day of a row; a day stays a day where the end is that of a state, not of the step."""
    first, last, precision = row["first_day"], row["last_day"], row["precision"]
    if precision == TOTAL:
        return "", first
    if precision == "day" or not first:
        return first, first
    if precision and not last:
        return first, str((pd.Period(first, freq=precision[0].upper())).end_time.date())
    return first, last or first


def _words(row: dict[str, Any]) -> str:
    """Say a row of a table: what, of whom or where, how many."""
    what = f"{row['says']}, {row['of']}" if row["of"] else str(row["says"])
    if pd.notna(row["value"]):
        bound = "" if row["bound"] == "exact" else f"{row['bound']} "
        unit = row["unit"].removesuffix("s") if row["value"] == 1 else row["unit"]
        return f"{what}: {bound}{row['value']:,.12g} {unit}".rstrip()
    return what if row["bound"] == "exact" else f"{what}: {row['bound']}"


def possible(value: float, bound: str) -> tuple[float, float]:
    """Return the smallest and the largest number that a statement leaves possible."""
    least = {"exact": value, "at least": value, "more than": math.nextafter(value, math.inf)}
    most = {"exact": value, "at most": value, "less than": math.nextafter(value, -math.inf)}
    return least.get(bound, -math.inf), most.get(bound, math.inf)
