"""Schemas of the tidy tables, checked on every load: of each column, what the codebook says that it may hold."""

from __future__ import annotations

import functools
import re
from typing import Any

import pandas as pd
import pandera.pandas as pa

from analysis.data.codebook import CODEBOOK, RANGE, section_of
from analysis.errors import InputError

#: Key of every index table: edition and data year are separate.
KEY = ["edition", "data_year", "iso3"]
#: First data year that the tables carry.
FIRST_YEAR = 1990
_MISSING, _LIST, _PATTERN = " or missing", "one of ", "`"
_OF_CALENDAR = pa.Check(lambda days: pd.to_datetime(days, errors="coerce").notna(), name="day_of_the_calendar")
#: Type and check of a column, by the words of the codebook. A text of a few words is never a quotation.
_KINDS: dict[str, tuple[Any, Any]] = {
    "text": (str, None),
    "number": (float, None),
    "whole number": (int, None),
    "0 or 1": (int, pa.Check.isin([0, 1])),
    "year": (int, pa.Check.in_range(1900, 2100)),
    "year from 1990": (int, pa.Check.in_range(FIRST_YEAR, 2100)),
    # Competition rank; ties share the smallest one.
    "rank": ("Int64", pa.Check.ge(1)),
    "AAA": (str, pa.Check.str_matches(r"^[A-Z]{3}$")),
    "YYYY-MM-DD": (str, [pa.Check.str_matches(r"^(19|20)\d{2}-[01]\d-[0-3]\d$"), _OF_CALENDAR]),
    "YYYY-MM": (str, pa.Check.str_matches(r"^(19|20)\d{2}-(0[1-9]|1[0-2])$")),
    "web address": (str, pa.Check.str_matches(r"^https?://\S+$")),
}
_NUMBERS = re.compile(r"(whole )?(?:from (-?[\d.]+)|(-?[\d.]+) to (-?[\d.]+))")
_WORDS = re.compile(r"up to (\d+) words")
_SAY = f"{', '.join(_KINDS)}, 0 to 10, whole from 0, up to 8 words, one of a, b, or a pattern in backticks"


@functools.cache
def schema(table: str) -> pa.DataFrameSchema:
    """Return the strict schema of a table, whose rows are unique by key.

    Raises
    ------
    InputError
        The codebook is missing, has no section or key of the table, or says of a column what cannot be read.
    """
    section = section_of(table)
    if section is None or not section.key or not all(map(section.of, section.key)):
        what = f"no section of the table {table} with its key"
        raise InputError(what, where=CODEBOOK.name, remedy="write one: a row a column, and the key before them")
    columns = dict(_column(row[0], row[RANGE], where=f"{CODEBOOK.name}, {table}, {row[0]}") for row in section.rows)
    return pa.DataFrameSchema(columns, unique=list(section.key), strict=True, coerce=True)


def _column(name: str, said: str, *, where: str) -> tuple[str, pa.Column]:
    """Return a column by its name, or by the pattern of several names; what is found now stands in parentheses."""
    allowed = said if said.startswith(_PATTERN) else said.split(" (")[0]
    nullable = allowed.endswith(_MISSING)
    try:
        kind, check = _kind(allowed.removesuffix(_MISSING))
    except (LookupError, ValueError, re.error):
        raise InputError(f"cannot read the range {said!r}", where=where, remedy=f"say {_SAY}") from None
    dtype = "Int64" if kind is int and nullable else kind
    pattern = "^" + name.replace("*", r"\w+") + "$" if "*" in name else name
    return pattern, pa.Column(dtype, check, nullable=nullable, regex=pattern != name, description=allowed)


def _kind(allowed: str) -> tuple[Any, Any]:
    if allowed.startswith(_LIST):
        return str, pa.Check.isin(allowed.removeprefix(_LIST).split(", "))
    if allowed.startswith(_PATTERN):
        return str, pa.Check.str_matches(re.compile(allowed.strip(_PATTERN)).pattern)
    if found := _WORDS.fullmatch(allowed):
        most = int(found[1])
        return str, pa.Check(lambda text: text.str.split().str.len() <= most, name=f"at_most_{most}_words")
    if found := _NUMBERS.fullmatch(allowed):
        whole, *ends = found.groups()
        least, low, high = (end and (float(end) if "." in end else int(end)) for end in ends)
        return int if whole else float, pa.Check.in_range(low, high) if least is None else pa.Check.ge(least)
    return _KINDS[allowed]
