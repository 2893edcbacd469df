"""Governance and rights ratings of four producers: World Bank, Bertelsmann Stiftung, World Justice Project, PTS.

References
----------
Kaufmann, Kraay & Mastruzzi (2011), The Worldwide Governance Indicators, doi:10.1017/S1876404511200046.
Bertelsmann Stiftung, Transformation Index BTI: Methodology. World Justice Project, Rule of Law Index 2020: Methodology.
Gibney & Dalton (1996), The Political Terror Scale, Policy Studies and Developing Nations 4.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.columns import FIRST_YEAR
from analysis.data.readers.countries import current_iso3, iso3_codes
from analysis.data.readers.frames import keyed, measures, open_csv, open_excel, read_r, reader

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
_WGI = {"Estimate": "estimate", "StdErr": "standard_error", "NumSrc": "sources", "Rank": "percentile_rank"}


@reader
def read_wgi(path: Path, *, edition: int) -> pd.DataFrame:
    """Read Voice and Accountability: estimate (about -2.5 to 2.5) with standard error, sources, percentile rank."""
    raw = read_r(path, name="wgi")
    values = measures(raw, _WGI).dropna(subset=["estimate"])
    year, iso3 = raw["year"].astype(int), current_iso3(raw["wb_code"])
    return keyed(values, edition=edition, data_year=year, iso3=iso3, decimals=4).astype({"sources": int})


@reader
def read_bti(path: Path) -> pd.DataFrame:
    """Read six scores of every edition; edition E reviews two years to January E - 1, so it describes E - 2."""
    raw = read_r(path, name="bti")
    edition, iso3 = raw["report_year"].astype(int), iso3_codes(raw["bti_country"])
    values = measures(raw, BTI).dropna(how="all")
    return keyed(values, edition=edition, data_year=edition - 2, iso3=iso3, decimals=2)


@reader
def read_wjp(path: Path) -> pd.DataFrame:
    """Read four scores of the editions 2014 to 2020; edition E describes the year E - 1."""
    sheets = open_excel(path, sheet_name=None)
    frames = [_wjp_edition(sheet, name) for name, sheet in sheets.items() if "Country" in sheet and "2012" not in name]
    return pd.concat(frames, ignore_index=True)


@reader
def read_pts(path: Path, *, edition: int) -> pd.DataFrame:
    """Read the Political Terror Scale by the report that each level is coded from (1 = least terror, 5 = most)."""
    raw = open_csv(path, encoding="latin-1", keep_default_na=False, na_values=["NA", ""])
    raw = raw[(raw["Year"] >= FIRST_YEAR) & raw["WordBank_Code_A"].notna()]
    values = measures(raw, PTS).astype("Int64").dropna(how="all")
    return keyed(values, edition=edition, data_year=raw["Year"], iso3=current_iso3(raw["WordBank_Code_A"]))


def _wjp_edition(sheet: pd.DataFrame, name: str) -> pd.DataFrame:
    labels = sheet["Country"].astype(str).str.replace("^Overall", "WJP Rule of Law Index: Overall", regex=True)
    rows = {column: sheet.index[labels.str.startswith(label)][0] for label, column in WJP.items()}
    codes = sheet.index[labels.isin(["Country Code", "Abbreviation"])][0]
    countries = sheet.drop(columns="Country").T
    values = countries[list(rows.values())].set_axis(list(rows), axis=1).astype(float).reset_index(drop=True)
    edition = int(name.split()[-2].split("-")[-1])
    iso3 = countries[codes].reset_index(drop=True)
    return keyed(values, edition=edition, data_year=edition - 1, iso3=current_iso3(iso3), decimals=4)
