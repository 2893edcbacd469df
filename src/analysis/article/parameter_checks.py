"""Checks of parameters against the tables, before a kernel starts: each refuses with a line that says what is allowed.

They raise :class:`ValueError`, as validators of pydantic models do; :func:`analysis.session.parameters.check` makes
one line of it.
"""

from __future__ import annotations

import functools
from typing import Any

from analysis.article.designs import design, require_vintage, study
from analysis.article.measures import vdem
from analysis.data.catalogue import HFI_EDITIONS
from analysis.data.load import load
from analysis.data.readers.countries import short_names
from analysis.errors import InputError


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
    try:
        design(
            load("regimes"), country=country, donors="autocracies", first_treated=first_treated, first_year=first_year
        )
    except InputError as error:
        raise ValueError(error.line()) from None


def check_counts(indicator: str, base_year: int, year: int) -> None:
    """Refuse a pair of years in which the monitor did not count the indicator for all twelve months."""
    counts = load("adil_soz_counts")
    months = counts["first_month"].str[5:] + counts["last_month"].str[5:]
    whole = counts[(months == "0112") & (counts["first_month"].str[:4] == counts["last_month"].str[:4])]
    years = whole["first_month"].str[:4].astype(int).groupby(whole["indicator"]).agg(sorted)
    paired = years[years.map(len) > 1]
    if indicator not in paired:
        raise ValueError(f"INDICATOR={indicator}: counted in two whole years or more are {', '.join(paired.index)}")
    if base_year >= year or not {base_year, year} <= set(paired[indicator]):
        known = ", ".join(map(str, paired[indicator]))
        raise ValueError(f"BASE_YEAR={base_year}, YEAR={year}: {indicator} were counted in {known}; take two in order")


def check_change(country: str, base_year: int, last_year: int) -> None:
    """Refuse years out of order, and a country without a value in one of them."""
    if base_year >= last_year:
        raise ValueError(f"BASE_YEAR={base_year}, LAST_YEAR={last_year}: take two years in order")
    for name in ("vdem_v12", "vdem_v14", "vdem_v15", "freedom_house_items"):
        frame = load(name)
        if not {base_year, last_year} <= set(frame.loc[frame["iso3"] == country, "data_year"]):
            raise ValueError(f"COUNTRY={country}: {name} has no value in {base_year} or {last_year}")


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


def check_comparison(p: Any) -> None:
    """Refuse a comparison that cannot be made, before a kernel starts."""
    frame = load(f"vdem_{p.VINTAGE}")
    # A smallest effect of interest is registered for indices from 0 to 1; their bounds and errors are no outcomes.
    bounds = ("_codelow", "_codehigh", "_sd")
    outcomes = [name for name in frame if name.startswith("v2x") and not name.endswith(bounds)]
    if p.OUTCOME not in outcomes:
        raise ValueError(f"OUTCOME={p.OUTCOME}: V-Dem {p.VINTAGE} is carried with {', '.join(outcomes)}")
    name = _name(p.COUNTRY)
    try:
        require_vintage(p.COUNTRY, p.VINTAGE, name=name)
        plan = design(
            load("regimes"),
            country=p.COUNTRY,
            donors=p.DONORS,
            first_treated=p.FIRST_TREATED,
            first_year=p.FIRST_YEAR,
        )
        study(frame, vdem(p.OUTCOME, p.VINTAGE), plan)
    except InputError as error:
        raise ValueError(error.line()) from None
