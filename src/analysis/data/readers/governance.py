"""Governance and rights ratings of three producers: World Bank, Bertelsmann Stiftung, Political Terror Scale."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import current_iso3, iso3_codes
from analysis.data.readers.frames import ints, keyed, measures, rated, read_r, source_csv
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
#: Column by the Political Terror Scale's name of its source: levels from 1 to 5.
PTS = {"PTS_A": "amnesty", "PTS_H": "human_rights_watch", "PTS_S": "state_department"}
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


def read_pts(path: Path, *, edition: int) -> pd.DataFrame:
    """Read the Political Terror Scale by the report that each level is coded from (1 = least terror, 5 = most)."""
    raw = source_csv(path, encoding="latin-1")
    raw = raw[ints(raw["Year"]) >= FIRST_YEAR]
    values = measures(raw, PTS, whole=True).dropna(how="all")
    year, iso3 = raw["Year"].astype(int), current_iso3(raw["WordBank_Code_A"], raw["Country"])
    return keyed(values, edition=edition, data_year=year, iso3=iso3)
