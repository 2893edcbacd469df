"""Freedom in the World (Freedom House): points per item and sub-category. Edition E describes the year E - 1."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import iso3_codes
from analysis.data.readers.frames import ints, keyed, measures, open_excel, read_r, words

#: Items by sub-category: A-C political rights, D-G civil liberties; 0 to 4 points each.
ITEMS = {"A": 3, "B": 4, "C": 3, "D": 4, "E": 3, "F": 4, "G": 4}
_AGGREGATES_IN_R = {"pr_full": "political_rights", "cl_full": "civil_liberties", "total": "total"}
_AGGREGATES_IN_EXCEL = {"PR": "political_rights", "CL": "civil_liberties", "Total": "total"}
_SHORT = {letter: f"sub_{letter.lower()}" for letter in ITEMS}


def read_items(path: Path) -> pd.DataFrame:
    """Read points per item (editions 2013 on); territories are left out, for their names are not countries."""
    raw = read_r(path, name="fh_full")
    items = [f"{letter}{number}" for letter, count in ITEMS.items() for number in range(1, count + 1)]
    names = _SHORT | _AGGREGATES_IN_R | {name: f"item_{name.lower()}" for name in items}
    return _edition(raw, names, ("country_or_territory", "status", "edition", "fh_full_country"))


def read_subscores(path: Path) -> pd.DataFrame:
    """Read points per sub-category (editions 2006 on) from Freedom House's workbook of aggregate scores."""
    raw = open_excel(path, sheet_name="FIW06-23")
    return _edition(raw, _SHORT | _AGGREGATES_IN_EXCEL, ("C/T?", "Status", "Edition", "Country/Territory"))


def _edition(raw: pd.DataFrame, names: dict[str, str], columns: tuple[str, ...]) -> pd.DataFrame:
    kind, status, edition, country = columns
    raw = raw[words(raw[kind], "ct") == "c"]  # territories are no countries
    values = measures(raw, names, whole=True, needed=True)
    values.insert(0, "status", words(raw[status], ["F", "PF", "NF"]))
    year = ints(raw[edition])
    return keyed(values, edition=year, data_year=year - 1, iso3=iso3_codes(raw[country]))
