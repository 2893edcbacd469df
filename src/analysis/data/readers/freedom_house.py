"""Freedom in the World (Freedom House): points per item and sub-category. Edition E describes the year E - 1.

References
----------
Freedom House, Freedom in the World Research Methodology (edition), https://freedomhouse.org/reports/freedom-world.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import iso3_codes
from analysis.data.readers.frames import keyed, numbers, open_excel, read_r, reader

#: Items by sub-category: A-C political rights, D-G civil liberties; 0 to 4 points each.
ITEMS = {"A": 3, "B": 4, "C": 3, "D": 4, "E": 3, "F": 4, "G": 4}
#: Most points of each aggregate; political rights and the total can fall below zero by the additional question.
AGGREGATES = {"political_rights": 40, "civil_liberties": 60, "total": 100}
STATUSES = ("F", "PF", "NF")
_AGGREGATES_IN_R = {"pr_full": "political_rights", "cl_full": "civil_liberties", "total": "total"}
_AGGREGATES_IN_EXCEL = {"PR": "political_rights", "CL": "civil_liberties", "Total": "total"}
_SHORT = {letter: f"sub_{letter.lower()}" for letter in ITEMS}
_COUNTRY = "c"


def item_names() -> list[str]:
    """Return the names of the 25 items, ``item_a1`` to ``item_g4``."""
    return [f"item_{letter.lower()}{number}" for letter, count in ITEMS.items() for number in range(1, count + 1)]


@reader
def read_items(path: Path) -> pd.DataFrame:
    """Read points per item (editions 2013 on); territories are left out, for their names are not countries."""
    raw = read_r(path, name="fh_full")
    raw = raw[raw["country_or_territory"].astype(str) == _COUNTRY]
    items = {f"{name[5:].upper()}": name for name in item_names()}
    values = raw[["status", *ITEMS, *_AGGREGATES_IN_R, *items]].rename(columns=_SHORT | _AGGREGATES_IN_R | items)
    return _edition(values, raw["fh_full_country"], raw["edition"])


@reader
def read_subscores(path: Path) -> pd.DataFrame:
    """Read points per sub-category (editions 2006 on) from Freedom House's workbook of aggregate scores."""
    raw = open_excel(path, sheet_name="FIW06-23")
    raw = raw[raw["C/T?"].astype(str).str.strip() == _COUNTRY]
    names = {"Status": "status"} | _SHORT | _AGGREGATES_IN_EXCEL
    return _edition(raw[list(names)].rename(columns=names), raw["Country/Territory"].str.strip(), raw["Edition"])


def _edition(values: pd.DataFrame, country: pd.Series, edition: pd.Series) -> pd.DataFrame:
    edition = edition.astype(int)
    points = values.drop(columns="status").apply(numbers).astype(int)
    values = pd.concat([values["status"].astype(str).str.strip(), points], axis=1)
    return keyed(values, edition=edition, data_year=edition - 1, iso3=iso3_codes(country))
