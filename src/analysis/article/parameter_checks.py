"""Checks of parameters against the tables, before a kernel starts: each refuses with a line that says what is allowed.

They raise :class:`ValueError`, as validators of pydantic models do; :func:`analysis.session.parameters.check` makes
one line of it.
"""

from __future__ import annotations

import functools

from analysis.data.catalogue import HFI_EDITIONS
from analysis.data.load import load
from analysis.data.readers.countries import short_names
from analysis.errors import InputError
from analysis.methods.synthetic.study import FEWEST_PRE


def check_hfi(country: str, edition: int, data_year: int) -> None:
    """Refuse an edition that is not carried, and a country or a data year that it does not cover."""
    if edition not in HFI_EDITIONS:
        raise ValueError(f"EDITION={edition}: editions at hand are {', '.join(map(str, HFI_EDITIONS))}")
    years, covered = _hfi_coverage(edition)
    name = _name(country)
    if country not in covered:
        raise ValueError(f"COUNTRY={country}: {name} is not in the {edition} edition of the Human Freedom Index")
    if data_year not in years:
        raise ValueError(f"DATA_YEAR={data_year}: the {edition} edition describes {min(years)} to {max(years)}")
    if data_year not in covered[country]:
        raise ValueError(f"DATA_YEAR={data_year}: the {edition} edition has no score for {name} in that year")


def check_window(country: str, first_year: int, first_treated: int) -> None:
    """Refuse a country whose regime is not listed, as donors are chosen by it, and too short a pre-period."""
    if country not in set(load("regimes")["iso3"]):
        raise ValueError(f"COUNTRY={country}: {_name(country)} is not in the table of regimes")
    if first_treated - first_year < FEWEST_PRE:
        years = max(first_treated - first_year, 0)
        raise ValueError(
            f"{years} years before {first_treated}, at least {FEWEST_PRE} are needed; set FIRST_YEAR earlier"
        )


def _name(country: str) -> str:
    try:
        return str(short_names([country]).iloc[0])
    except InputError as error:
        raise ValueError(f"COUNTRY={country}: {error.line()}") from None


@functools.cache
def _hfi_coverage(edition: int) -> tuple[frozenset[int], dict[str, frozenset[int]]]:
    frame = load(f"hfi_{edition}")
    by_country = frame.groupby("iso3")["data_year"].agg(frozenset)
    return frozenset(frame["data_year"]), {str(code): years for code, years in by_country.items()}
