"""Country names and codes: every source is brought to ISO 3166-1 alpha-3 codes here."""

from __future__ import annotations

import functools
import logging
import unicodedata
from collections.abc import Mapping
from typing import Any

import country_converter
import pandas as pd
from country_converter.country_converter import COUNTRY_DATA_FILE

from analysis.data.readers.frames import refuse_row

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
# Parts of countries, and states that ended, that some sources rate by themselves: the library would take some for the
# whole country.
_PARTS = {
    "Abkhazia", "Gaza Strip", "German Democratic Republic", "Indian Kashmir", "Northern Cyprus", "Pakistani Kashmir",
    "Palestine/Gaza", "Somaliland", "South Ossetia", "South Yemen", "Transnistria", "Zanzibar",
}  # fmt: skip
# Codes that the World Bank, Our World in Data or the World Justice Project used, by today's ISO3 code.
_OLD_CODES = {
    "ADO": "AND", "KSV": "XKX", "OWID_KOS": "XKX", "ROM": "ROU", "SLN": "SLE", "TMP": "TLS", "WBG": "PSE", "ZAR": "COD",
}  # fmt: skip
# Codes of parts, and of states that ended; all other codes that begin with OWID are regions and states that ended.
_NO_COUNTRIES = ("ANT", "DDR", "PSG", "SML", "YMD", "YUG", "ZZB")
# Gleditsch-Ward numbers where the library has another one, of states that ended (265 East Germany, 680 South Yemen),
# and of parts of countries (396 Abkhazia, 397 South Ossetia).
_GW_CODES = {265: None, 316: "CZE", 345: "SRB", 396: None, 397: None, 678: "YEM", 680: None, 816: "VNM"}


def iso3_codes(names: pd.Series) -> pd.Series:
    """Return the ISO3 code of each country name as published; missing for parts of countries; others are refused."""
    logging.getLogger("country_converter").setLevel(logging.ERROR)
    # An accent may be a character of its own, which the library does not know.
    spelled = {name: _SPELLINGS.get(name, unicodedata.normalize("NFC", str(name))) for name in set(names.dropna())}
    codes = {name: _converter().convert(spelled[name], to="ISO3", not_found="-") for name in spelled}
    # Of a name that holds those of several countries the library makes a list.
    single = {name: code for name, code in codes.items() if isinstance(code, str) and code != "-"}
    return _coded(names, single | dict.fromkeys(_PARTS))


def current_iso3(codes: pd.Series) -> pd.Series:
    """Return today's ISO3 code of each code as published; missing for regions, parts and states that ended."""
    no_countries = [*_NO_COUNTRIES, *codes[codes.astype("str").str.startswith("OWID_", na=False)]]
    known = {code: code for code in _converter().data["ISO3"] if code}
    return _coded(codes, dict.fromkeys(no_countries) | known | _OLD_CODES)


def iso3_from_gw(numbers: pd.Series) -> pd.Series:
    """Return the ISO3 code of each Gleditsch-Ward number; missing for states that ended and for what is no country.

    References
    ----------
    Gleditsch & Ward (1999), A revised list of independent states since the Congress of Vienna, International
    Interactions 25(4), doi:10.1080/03050629908434958.
    """
    data = _converter().data.dropna(subset=["GWcode"])
    by_number = dict(zip(data["GWcode"].astype(int), data["ISO3"], strict=True)) | _GW_CODES
    return _coded(numbers.astype(int), by_number)


def _coded(cells: pd.Series, known: Mapping[Any, str | None]) -> pd.Series:
    """Code cells by what is known, None for what is no country; anything else is refused by its row."""
    remedy = f"correct it in the file, or add it to the names and codes of {__name__}"
    refuse_row(cells[~cells.isin(list(known))], "no country is known as", remedy)
    return cells.map(known)


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
