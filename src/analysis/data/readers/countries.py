"""Country names and codes: every source is brought to ISO 3166-1 alpha-3 codes here."""

from __future__ import annotations

import functools
import logging

import country_converter
import pandas as pd
from country_converter.country_converter import COUNTRY_DATA_FILE

# Spellings of the sources that the library does not know, and states since renamed or succeeded: the successor that
# V-Dem continues the series of.
_SPELLINGS = {
    "Central Afr. Rep.": "Central African Republic",
    "USSR": "Russia",
    "Soviet Union": "Russia",
    "Yugoslavia": "Serbia",
    "Serbia and Montenegro": "Serbia",
    "Germany West": "Germany",
    "Germany East": "Germany",
    "Democratic Republic of Vietnam": "Vietnam",
}
# Parts of countries that some sources rate by themselves and that the library takes for the whole country.
_PARTS = {"Gaza Strip", "Indian Kashmir", "Northern Cyprus", "Palestine/Gaza", "Pakistani Kashmir", "Somaliland"}
_NOT_FOUND = "-"
# Codes that the World Bank or Our World in Data used, by today's ISO3 code.
_OLD_CODES = {
    "ADO": "AND", "KSV": "XKX", "OWID_KOS": "XKX", "ROM": "ROU", "TMP": "TLS", "WBG": "PSE", "ZAR": "COD",
}  # fmt: skip
# Gleditsch-Ward numbers where the library has another one or the number of a state that ended (680, South Yemen).
_GW_CODES = {316: "CZE", 345: "SRB", 678: "YEM", 680: None, 816: "VNM"}


def iso3_codes(names: pd.Series) -> pd.Series:
    """Return the ISO3 code of each country name as published; missing where it is no present-day country."""
    logging.getLogger("country_converter").setLevel(logging.ERROR)
    codes = {
        name: _converter().convert(_SPELLINGS.get(name, name), to="ISO3", not_found=_NOT_FOUND)
        for name in sorted(set(names) - _PARTS)
    }
    return names.map(pd.Series(codes, dtype="str").replace(_NOT_FOUND, None))


def current_iso3(codes: pd.Series) -> pd.Series:
    """Return today's ISO3 code of each code as published; missing for regions, parts and states that ended."""
    known = {code: code for code in _converter().data["ISO3"] if code}
    return codes.map(known | _OLD_CODES)


def iso3_from_gw(numbers: pd.Series) -> pd.Series:
    """Return the ISO3 code of each Gleditsch-Ward number; missing for states that ended and for what is no country.

    References
    ----------
    Gleditsch & Ward (1999), A revised list of independent states since the Congress of Vienna, International
    Interactions 25(4), doi:10.1080/03050629908434958.
    """
    data = _converter().data.dropna(subset=["GWcode"])
    by_number = dict(zip(data["GWcode"].astype(int), data["ISO3"], strict=True)) | _GW_CODES
    return numbers.astype(int).map(by_number)


def all_names() -> pd.Series:
    """Return the short English name of every country by ISO3 code, sorted by code."""
    data = _converter().data
    return pd.Series(data["name_short"].to_numpy(), index=data["ISO3"].to_numpy(), dtype="str").sort_index()


@functools.cache
def _converter() -> country_converter.CountryConverter:
    # Read here because country_converter 1.3 leaves missing codes as NaN under pandas 3 and then fails to start.
    data = pd.read_csv(COUNTRY_DATA_FILE, sep="\t", encoding="utf-8", keep_default_na=False, na_values=[""])
    text = [column for column in data if pd.api.types.is_string_dtype(data[column])]
    codes = ["ISO2", "ISO3"]
    data[codes] = data[codes].fillna("")
    data["ISOnumeric"] = data["ISOnumeric"].astype("Int64")
    return country_converter.CountryConverter(country_data=data.astype(dict.fromkeys(text, "object")))
