"""Rows of any dated table in the columns of the coding sheet: who says what, of which size, when."""

from __future__ import annotations

from typing import Any

import pandas as pd

#: The coding sheet: what each source says of a claim, typed in the columns that rules ask.
SHEET = "records"
#: Findings of the sheet that decide nothing: the source leaves it open; no source was found.
UNDECIDED = ("unclear", "not found")
#: Date precision of a total up to a day, whose steps need not be of that day.
TOTAL = "as of"
_ORIGIN, _SAYS = ("origin", "source_org"), ("says", "step", "measure", "event", "kind")
_FIRST, _LAST = ("first_day", "date", "date_start"), ("last_day", "date_end")
_OF, _VALUE = ("organisation", "place"), ("value", "count_low")


def as_records(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the columns of the coding sheet beside its own.

    Parameters
    ----------
    frame : pandas.DataFrame
        The coding sheet, or a typed table of dated rows.

    Returns
    -------
    pandas.DataFrame
        With ``part``, ``origin``, ``via``, ``says``, ``value``, ``bound``, ``first_day``, ``last_day`` (ISO text, empty
        where nothing is stated; a total has no first day) and ``finding`` (``present`` for every row of a table that
        holds no findings: it is on record).
    """
    said = frame.assign(
        part=_first_of(frame, ("part",)),
        origin=_first_of(frame, _ORIGIN),
        via=_first_of(frame, ("via",)),
        value=pd.to_numeric(_first_of(frame, _VALUE).replace("", None), errors="coerce"),
        bound=_first_of(frame, ("bound",), "exact"),
        finding=_first_of(frame, ("finding",), "present"),
        first_day=_first_of(frame, _FIRST),
        last_day=_first_of(frame, _LAST),
    )
    rows = said.to_dict("records")
    days = [_days(row) for row in rows]
    own = "says" in frame
    return said.assign(
        says=[str(row["says"]) if own else _words(row) for row in rows],
        first_day=[first for first, _ in days],
        last_day=[last for _, last in days],
    )


def _first_of(frame: pd.DataFrame, names: tuple[str, ...], default: str = "") -> pd.Series:
    name = next((name for name in names if name in frame), None)
    if name is None:
        return pd.Series(default, index=frame.index, dtype=object)
    return frame[name].astype(object).where(frame[name].notna(), default)


def _days(row: dict[str, Any]) -> tuple[str, str]:
    """Return first and last day of a row; a day stays a day where the end is that of a state, not of the step."""
    first, last, precision = row["first_day"], row["last_day"], row.get("precision", "")
    if precision == TOTAL:
        return "", first
    if precision == "day" or not first:
        return first, first
    if precision and not last:
        return first, str((pd.Period(first, freq=precision[0].upper())).end_time.date())
    return first, last or first


def _words(row: dict[str, Any]) -> str:
    """Say a row of a table: what, of whom or where, how many."""
    what = next(str(row[name]) for name in _SAYS if name in row)
    of = next((f", {row[name]}" for name in _OF if name in row), "")
    if pd.notna(row["value"]):
        bound = "" if row["bound"] == "exact" else f"{row['bound']} "
        unit = "" if pd.isna(row.get("unit", "")) else str(row.get("unit", ""))
        unit = unit.removesuffix("s") if row["value"] == 1 else unit
        return f"{what}{of}: {bound}{row['value']:,.12g} {unit}".rstrip()
    return f"{what}{of}" if row["bound"] == "exact" else f"{what}{of}: {row['bound']}"
