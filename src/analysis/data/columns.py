"""Kinds of columns that the schemas of tables are made of, with their types and ranges."""

from __future__ import annotations

from functools import partial

import pandera.pandas as pa

#: Key of every index table: edition and data year are separate.
KEY = ["edition", "data_year", "iso3"]
#: First data year that the tables carry.
FIRST_YEAR = 1990
#: How a source states a count.
BOUND = ("exact", "about", "at least", "at most")
#: How exactly a date is known: the date given is the first day of the month or year.
PRECISION = ("day", "month", "year")


def whole(low: int, high: int | None = None, *, nullable: bool = False) -> pa.Column:
    """Whole number from a lower bound, or between two."""
    check = pa.Check.ge(low) if high is None else pa.Check.in_range(low, high)
    return pa.Column("Int64" if nullable else int, check, nullable=nullable)


#: Whole number of things, from 0.
count = partial(whole, 0)
#: Year in which something happened.
year = partial(whole, FIRST_YEAR, 2100)
#: Competition rank, 1 = best; ties share the smallest rank.
rank = partial(pa.Column, "Int64", pa.Check.ge(1))
#: 1 for yes, 0 for no.
flag = partial(pa.Column, int, pa.Check.isin([0, 1]))
#: Any text.
text = partial(pa.Column, str)


def number(low: float, high: float, *, nullable: bool = True) -> pa.Column:
    """Measure between two bounds: those of its scale, or such that no true value leaves."""
    return pa.Column(float, pa.Check.in_range(low, high), nullable=nullable)


def like(pattern: str, *, nullable: bool = False) -> pa.Column:
    """Text of a pattern."""
    return pa.Column(str, pa.Check.str_matches(pattern), nullable=nullable)


def one_of(*names: str, nullable: bool = False) -> pa.Column:
    """One of a few words."""
    return pa.Column(str, pa.Check.isin(names), nullable=nullable)


def words(*, most: int = 8, nullable: bool = False) -> pa.Column:
    """A few words of our own; never a quotation, so never longer than a short phrase."""
    check = pa.Check(lambda text: text.str.split().str.len() <= most, name=f"at_most_{most}_words")
    return pa.Column(str, check, nullable=nullable)


#: ISO 3166-1 alpha-3 country code.
iso3 = partial(like, r"^[A-Z]{3}$")
#: ISO date, year-month-day.
day = partial(like, r"^(19|20)\d{2}-[01]\d-[0-3]\d$")
#: ISO month, year-month.
month = partial(like, r"^(19|20)\d{2}-[01]\d$")


def table(columns: dict[str, pa.Column], *, key: list[str]) -> pa.DataFrameSchema:
    """Build a strict schema whose rows are unique by key."""
    return pa.DataFrameSchema(columns, unique=key, strict=True, coerce=True)


def index(columns: dict[str, pa.Column], *, more_key: tuple[str, ...] = ()) -> pa.DataFrameSchema:
    """Build the schema of an index table: the edition, the year that values describe, the country, then the values."""
    key = {"edition": whole(1900, 2100), "data_year": whole(1900, 2100), "iso3": iso3()}
    return table(key | columns, key=[*KEY, *more_key])


def cited(columns: dict[str, pa.Column], *, key: list[str]) -> pa.DataFrameSchema:
    """Build the schema of a typed table: each row says who states it, and on which page."""
    source = {"source_org": text(), "source_url": like(r"^https?://\S+$")}
    return table(columns | source, key=key)
