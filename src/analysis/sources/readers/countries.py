"""Country names and codes: every source is brought to ISO 3166-1 alpha-3 codes here."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable

import country_converter
import pandas as pd
from country_converter.country_converter import COUNTRY_DATA_FILE

from analysis.errors import InputError

# Spellings of the sources that the library does not know.
_SPELLINGS = {"Central Afr. Rep.": "Central African Republic"}


def iso3_codes(names: Iterable[str]) -> pd.Series:
    """Map country names (or codes) as published to ISO3 codes.

    Parameters
    ----------
    names : iterable of str
        Names as published; repeated names are converted once.

    Returns
    -------
    pandas.Series
        ISO3 code by name; names that are no present-day country map to a missing value.
    """
    return _convert(names, to="ISO3")


def short_names(codes: Iterable[str]) -> pd.Series:
    """Map ISO3 codes to the short English names used in figures.

    Raises
    ------
    InputError
        A code is not an ISO3 code.
    """
    found = _convert(codes, to="name_short")
    if found.isna().any():
        raise InputError(f"{found.index[found.isna()][0]} is not an ISO3 country code", remedy="use codes such as KAZ")
    return found


def _convert(names: Iterable[str], *, to: str) -> pd.Series:
    unique = sorted(set(names))
    logging.getLogger("country_converter").setLevel(logging.ERROR)
    known = [_SPELLINGS.get(name, name) for name in unique]
    found = [_converter().convert(name, to=to, not_found="") for name in known]
    return pd.Series([code if isinstance(code, str) and code else None for code in found], index=unique, dtype="str")


@functools.cache
def _converter() -> country_converter.CountryConverter:
    # Read here because country_converter 1.3 leaves missing codes as NaN under pandas 3 and then fails to start.
    data = pd.read_csv(COUNTRY_DATA_FILE, sep="\t", encoding="utf-8", keep_default_na=False, na_values=[""])
    text = [column for column in data if pd.api.types.is_string_dtype(data[column])]
    codes = ["ISO2", "ISO3"]
    data[codes] = data[codes].fillna("")
    data["ISOnumeric"] = data["ISOnumeric"].astype("Int64")
    return country_converter.CountryConverter(country_data=data.astype(dict.fromkeys(text, "object")))
