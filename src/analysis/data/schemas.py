"""Schemas of the tidy tables: columns, types, units, ranges and keys, checked on every load."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.data.readers.hfi import CATEGORIES

_ISO3 = pa.Check.str_matches(r"^[A-Z]{3}$")


def edition() -> pa.Column:
    """Edition year: the year in the title of the publication."""
    return pa.Column(int, pa.Check.in_range(1900, 2100))


def data_year() -> pa.Column:
    """Year that the value describes; never the year of publication."""
    return pa.Column(int, pa.Check.in_range(1900, 2100))


def iso3() -> pa.Column:
    """ISO 3166-1 alpha-3 country code."""
    return pa.Column(str, _ISO3)


def score(*, nullable: bool = True, low: float = 0, high: float = 10) -> pa.Column:
    """Score on a closed scale, by default 0 to 10."""
    return pa.Column(float, pa.Check.in_range(low, high), nullable=nullable)


def rank(*, nullable: bool = False) -> pa.Column:
    """Competition rank, 1 = best; ties share the smallest rank."""
    return pa.Column("Int64", pa.Check.ge(1), nullable=nullable)


def count(*, nullable: bool = False, most: int | None = None) -> pa.Column:
    """Whole number of things, from 0."""
    check = pa.Check.ge(0) if most is None else pa.Check.in_range(0, most)
    return pa.Column("Int64" if nullable else int, check, nullable=nullable)


def flag() -> pa.Column:
    """1 for yes, 0 for no."""
    return pa.Column(int, pa.Check.isin([0, 1]))


def number(*, low: float, high: float, nullable: bool = True) -> pa.Column:
    """Measure between two bounds that no true value leaves."""
    return pa.Column(float, pa.Check.in_range(low, high), nullable=nullable)


def one_of(*names: str, nullable: bool = False) -> pa.Column:
    """One of a few words."""
    return pa.Column(str, pa.Check.isin(names), nullable=nullable)


def day(*, nullable: bool = False) -> pa.Column:
    """ISO date, year-month-day."""
    return pa.Column(str, pa.Check.str_matches(r"^(19|20)\d{2}-[01]\d-[0-3]\d$"), nullable=nullable)


def month() -> pa.Column:
    """ISO month, year-month."""
    return pa.Column(str, pa.Check.str_matches(r"^(19|20)\d{2}-[01]\d$"))


def words(*, most: int = 8, nullable: bool = False) -> pa.Column:
    """A few words of our own; never a quotation, so never longer than a short phrase."""
    check = pa.Check(lambda text: text.str.split().str.len() <= most, name=f"at_most_{most}_words")
    return pa.Column(str, check, nullable=nullable)


def cited() -> dict[str, pa.Column]:
    """Who states the figure and the page that says so."""
    return {"source_org": pa.Column(str), "source_url": pa.Column(str, pa.Check.str_matches(r"^https?://\S+$"))}


def key_columns() -> dict[str, pa.Column]:
    """Key of every index table: edition and data year are separate."""
    return {"edition": edition(), "data_year": data_year(), "iso3": iso3()}


def frame(
    columns: dict[str, pa.Column], *, key: list[str], regex: dict[str, pa.Column] | None = None
) -> pa.DataFrameSchema:
    """Build a strict schema whose rows are unique by key."""
    patterns = {name: _as_regex(column) for name, column in (regex or {}).items()}
    return pa.DataFrameSchema(columns | patterns, unique=key, strict=True, coerce=True)


def _as_regex(column: pa.Column) -> pa.Column:
    column.regex = True
    return column


KEY = ["edition", "data_year", "iso3"]
HFI = frame(
    key_columns()
    | {
        name: score(nullable=False) if name.endswith("score") else rank()
        for part in ("hf", "pf", "ef")
        for name in (f"{part}_score", f"{part}_rank")
    }
    | {name: score() for name in CATEGORIES},
    key=KEY,
)
HFI_SUBSCORES = frame(key_columns(), key=KEY, regex={r"^(pf|ef)_\w+$": score()})
COUNTRIES = frame({"iso3": iso3(), "name": pa.Column(str)}, key=["iso3"])
