"""Pandemic measures, population and income: what other explanations and donor pools need."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import iso3_codes, iso3_from_gw
from analysis.data.readers.frames import dates, ints, keyed, measures, open_excel, rated, single, source_csv, words
from analysis.data.schemas import FIRST_YEAR

#: Column by PanDem's name of it: severity of each type of violation, 0 (none) to 3 (major).
PANDEM_TYPES = {
    "type1": "discrimination",
    "type2": "absolute_rights",
    "type3": "abusive_enforcement",
    "type4": "no_time_limit",
    "type5": "legislature_limited",
    "type6": "official_disinformation",
    "type7": "media_restricted",
}
# In its year of succession a state has two numbers: this one is not the state at the end of the year.
_SUCCEEDED = [(345, 2006)]


def read_pandem(path: Path, *, edition: int) -> pd.DataFrame:
    """Read quarterly violations of democratic standards in the pandemic, and the dates of the state of emergency."""
    raw = open_excel(path)
    values = measures(raw, {"pandem": "violations", "panback": "backsliding"}, needed=True)
    values = values.join(measures(raw, PANDEM_TYPES, whole=True, needed=True))
    for name, date in {"emergency_start": "emstart", "emergency_end": "emend"}.items():
        values[name] = dates(raw[date]).dt.strftime("%Y-%m-%d")
    quarter = words(raw["quarter"], ["Q1", "Q2", "Q3", "Q4"]).str[1:].astype(int)
    year, iso3 = ints(raw["year"]), iso3_codes(raw["country_name"])
    return keyed(values, edition=edition, data_year=year, iso3=iso3, quarter=quarter, decimals=3)


def read_population(path: Path, *, edition: int) -> pd.DataFrame:
    """Read population in thousands."""
    return _by_state(path, {"pop": "population"}, edition=edition, needed=True, decimals=1)


def read_gdp(path: Path, *, edition: int) -> pd.DataFrame:
    """Read income per head in US dollars of 2015; the compiler extrapolated, in the last year to less than nothing."""
    found = _by_state(path, {"NY.GDP.PCAP.KD": "gdp_per_capita"}, edition=edition, needed=False, decimals=0)
    return found[(found["gdp_per_capita"] > 0) | (found["data_year"] < found["data_year"].max())]


def _by_state(path: Path, names: dict[str, str], *, edition: int, needed: bool, decimals: int) -> pd.DataFrame:
    raw = source_csv(path)
    raw = raw.assign(**{name: ints(raw[name]) for name in ("gwcode", "year")})
    raw = single(raw[raw["year"] >= FIRST_YEAR], ["gwcode", "year"])
    raw = raw[iso3_from_gw(raw["gwcode"]).notna() & ~raw.set_index(["gwcode", "year"]).index.isin(_SUCCEEDED)]
    iso3 = iso3_from_gw(raw["gwcode"])
    values = rated(measures(raw, names, needed=needed), raw, names)
    return keyed(values, edition=edition, data_year=raw["year"], iso3=iso3, decimals=decimals)
