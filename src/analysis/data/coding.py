"""Rows of any dated table in the columns of the coding sheet: who says what, of which size, when."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import InputError

#: The coding sheet: what each source says of a claim, typed in the columns that rules ask.
SHEET = "records"
#: Findings of the sheet that decide nothing: the source leaves it open; no source was found.
UNDECIDED = ("unclear", "not found")
#: Date precision of a total up to a day, whose steps need not be of that day.
TOTAL = "as of"
#: What stands for a finding of a second coding where the page was not to be had.
NOT_CODED = "source not at hand"
# What a row of two codings is known by, beside its number, and what is coded of it.
_ROW = ["sheet", "about", "part", "origin", "source_url"]
_CODES = ["finding", "value", "bound", "first_day", "last_day"]
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

    Days are ISO text, empty where nothing is stated; a total has no first day. Rows without a finding mean that given.
    """
    columns = {}
    for name, (names, default) in (_COLUMNS | {"finding": (("finding",), finding)}).items():
        own = next((frame[other] for other in names if other in frame), None)
        columns[name] = default if own is None else own.astype(object).where(own.notna(), default)
    said = pd.DataFrame(columns, index=frame.index, dtype=object)
    said["value"] = pd.to_numeric(said["value"], errors="coerce")
    rows = said.to_dict("records")
    days = pd.DataFrame(map(_days, rows), index=said.index, columns=["first_day", "last_day"])
    return said.assign(says=said["says"] if "says" in frame else [*map(_words, rows)], **days)


def paired_codes(second: pd.DataFrame, sheets: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Set two codings of the same rows side by side; refuse a row that was coded once only.

    Returned is a row a code: what it is of, how a difference was ``settled``, ``column``, ``first``, ``second``. Values
    are compared where either coder gives one, bounds where both give a value, findings where the sheet has any.
    """
    first = pd.concat([_keyed(name, sheet) for name, sheet in sheets.items()])
    again = second.astype(dict.fromkeys(_ROW, object)).fillna(dict.fromkeys(_ROW, ""))
    both = first.merge(again, on=[*_ROW, "item"], how="outer", indicator="coded")
    for _, row in both[both["coded"] != "both"].head(1).iterrows():
        remedy = "code it a second time from its page, without looking at the first codes"
        raise InputError(f"coded once only: {row['about']}, {row['source_url']}", where=row["sheet"], remedy=remedy)
    done = both[both["finding_y"] != NOT_CODED].drop(columns="coded").astype(object)
    valued = done[["value_x", "value_y"]].notna()
    asked = {"finding": done["finding_x"].notna(), "value": valued.any(axis=1), "bound": valued.all(axis=1)}
    texts = done.assign(**done[[*valued]].map("{:,.12g}".format, na_action="ignore")).fillna("")
    of, kept = {name: texts[asked[name]] if name in asked else texts for name in _CODES}, [*_ROW, "settled"]
    pairs = [own[kept].assign(column=name, first=own[f"{name}_x"], second=own[f"{name}_y"]) for name, own in of.items()]
    return pd.concat(pairs, ignore_index=True)


def _keyed(name: str, sheet: pd.DataFrame) -> pd.DataFrame:
    """Return the first codes under the names by which second ones are given, rows of the same page numbered."""
    named = sheet.rename(columns={"claim": "about", "step": "about", "organisation": "part"})
    rows = as_records(sheet)[[*_CODES, "origin"]].assign(sheet=name, finding=sheet.get("finding"))
    rows = rows.join(named[["about", "part", "source_url"]].astype(object).fillna(""))
    return rows.assign(item=rows.groupby(_ROW).cumcount() + 1)


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
