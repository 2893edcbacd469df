"""Governance and rights ratings of four producers: World Bank, Bertelsmann Stiftung, World Justice Project, PTS."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import current_iso3, iso3_codes
from analysis.data.readers.frames import ints, keyed, measures, noted, open_excel, rated, read_r, source_csv, stacked
from analysis.data.schemas import FIRST_YEAR

#: Column by the BTI's name of it: scores from 1 to 10.
BTI = {
    "SI_Democracy_Status": "democracy_status",
    "Q2.3_Association_/_assembly_rights": "association_assembly",
    "Q2.4_Freedom_of_expression": "expression",
    "Q3.4_Civil_rights": "civil_rights",
    "Q5.2_Interest_groups": "interest_groups",
    "Q13.2_Civil_society_traditions": "civil_society_traditions",
}
#: Column by the beginning of the World Justice Project's label: scores from 0 to 1.
WJP = {
    "WJP Rule of Law Index: Overall": "rule_of_law",
    "Factor 4": "fundamental_rights",
    "4.4": "opinion_expression",
    "4.7": "assembly_association",
}
#: Column by the Political Terror Scale's name of its source: levels from 1 to 5.
PTS = {"PTS_A": "amnesty", "PTS_H": "human_rights_watch", "PTS_S": "state_department"}
_COUNTRY, _CODE = "Country", "Country Code"
_WJP_OLD = {"Abbreviation": _CODE, "Overall Score": "WJP Rule of Law Index: Overall Score"}
_WGI = {"Estimate": "estimate", "StdErr": "standard_error", "NumSrc": "sources", "Rank": "percentile_rank"}


def read_wgi(path: Path, *, edition: int) -> pd.DataFrame:
    """Read Voice and Accountability: estimate (about -2.5 to 2.5) with standard error, sources, percentile rank."""
    raw = read_r(path, name="wgi")
    values = rated(measures(raw, _WGI), raw, _WGI)
    year, iso3 = ints(raw["year"]), current_iso3(raw["wb_code"], raw["wb_country"])
    return keyed(values, edition=edition, data_year=year, iso3=iso3, decimals=4)


def read_bti(path: Path) -> pd.DataFrame:
    """Read six scores of every edition; edition E reviews two years to January E - 1, so it describes E - 2."""
    raw = read_r(path, name="bti")
    edition, iso3 = ints(raw["report_year"]), iso3_codes(raw["bti_country"])
    values = rated(measures(raw, BTI), raw, BTI)
    return keyed(values, edition=edition, data_year=edition - 2, iso3=iso3, decimals=2)


def read_wjp(path: Path) -> pd.DataFrame:
    """Read four scores of the editions 2014 to 2020; edition E describes the year E - 1."""
    sheets = open_excel(path, sheet_name=None)
    editions = {name: sheet for name, sheet in sheets.items() if _COUNTRY in sheet and "2012" not in name}
    return stacked((_wjp_edition(sheet, name) for name, sheet in editions.items()), f"sheet with a column {_COUNTRY}")


def read_pts(path: Path, *, edition: int) -> pd.DataFrame:
    """Read the Political Terror Scale by the report that each level is coded from (1 = least terror, 5 = most)."""
    raw = source_csv(path, encoding="latin-1")
    raw = raw[ints(raw["Year"]) >= FIRST_YEAR]
    values = measures(raw, PTS, whole=True).dropna(how="all")
    year, iso3 = raw["Year"].astype(int), current_iso3(raw["WordBank_Code_A"], raw["Country"])
    return keyed(values, edition=edition, data_year=year, iso3=iso3)


def _wjp_edition(sheet: pd.DataFrame, name: str) -> pd.DataFrame:
    labels = sheet["Country"].map(str).str.strip().replace(_WJP_OLD)
    known = {next((text for text in labels if text.startswith(label)), label): ours for label, ours in WJP.items()}
    # A row a country, labelled by its column in the sheet, whose first one has the labels.
    countries = sheet.drop(columns=_COUNTRY).T.set_axis(labels, axis=1).reset_index(names=_COUNTRY)
    noted({name: countries}, first=2)
    countries.index.name = f"{name}, column"
    edition = int(name.split()[-2].split("-")[-1])
    iso3 = current_iso3(countries[_CODE], countries[_COUNTRY])
    values = measures(countries, known, needed=True)
    return keyed(values, edition=edition, data_year=edition - 1, iso3=iso3, decimals=4)
