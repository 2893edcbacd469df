"""Varieties of Democracy (V-Dem Institute): releases v10, v12, v14, v15 and v16 -> tidy frames.

Each release codes the whole past anew, so a release is an edition of its own and is never mixed with another.

References
----------
Coppedge et al. (2020-2026), V-Dem Country-Year Dataset v10-v16, doi:10.23696/vdemds26.
Pemstein et al. (2024), The V-Dem Measurement Model, V-Dem Working Paper 21, 9th edition.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.data.columns import FIRST_YEAR
from analysis.data.readers.countries import current_iso3, iso3_codes, iso3_from_gw
from analysis.data.readers.frames import keyed, numbers, open_csv, read_r, reader

#: Year in which each release was published; its last data year is the year before.
RELEASES = {"v10": 2020, "v12": 2022, "v14": 2024, "v15": 2025, "v16": 2026}
V10 = [
    "v2x_frassoc_thick", "v2clacfree", "v2cldiscm", "v2cldiscw", "v2cseeorgs", "v2csreprss", "v2csprtcpt",
    "v2csantimv", "v2mecenefm", "v2mecenefi",
]  # fmt: skip
# The file keeps a release's indices under their names and all else of the same year under the prefix "lag0_".
_V12_INDICES = ["v2x_freexp_altinf", "v2xcs_ccsi", "v2xcl_rol"]
_V12_SAME_YEAR = [
    "v2x_polyarchy", "v2x_civlib", "v2x_clpol", "v2x_rule", "v2x_frassoc_thick", "v2xcl_prpty", "v2clacfree",
    "v2cldiscm", "v2cldiscw", "v2clkill", "v2cltort", "v2cseeorgs", "v2csreprss", "v2csprtcpt", "v2csantimv",
    "v2meharjrn", "v2mecenefm", "v2meslfcen",
]  # fmt: skip
V12 = [*_V12_INDICES, *_V12_SAME_YEAR]
V14 = ["v2x_freexp_altinf", "v2xcs_ccsi", "v2xcl_rol", "v2x_veracc_osp", "v2x_horacc_osp", "v2x_pubcorr"]
# The bounds are those of the 68% highest posterior density interval, ``_sd`` is the posterior standard deviation.
V15 = [f"{name}{part}" for name in ("v2x_polyarchy", "v2x_libdem") for part in ("", "_codelow", "_codehigh", "_sd")]
#: V-Dem's variable by Our World in Data's name for it.
V16 = {
    "electoral-democracy-index": "v2x_polyarchy",
    "liberal-democracy-index": "v2x_libdem",
    "freedom-of-expression-index": "v2x_freexp_altinf",
    "human-rights-index-vdem": "v2x_civlib",
    "rule-of-law-index": "v2x_rule",
}
#: First year in which V-Dem rates a new state itself (its country coding units). Our World in Data carries the state
#: before it back in time under the new one's code, so that one rating would count twice.
FIRST_OWN_YEAR = {"BIH": 1992, "HRV": 1991, "MKD": 1991, "SSD": 2011, "SVK": 1993, "TKM": 1991}
_DECIMALS = 3


@reader
def read_v10(paths: list[Path]) -> pd.DataFrame:
    """Read release v10, the newest that the article could have seen (three files, data years 2008-2019)."""
    parts = [open_csv(path).set_index(["country_name", "year"]) for path in paths]
    raw = functools.reduce(lambda left, right: left.join(right[right.columns.difference(left.columns)]), parts)
    return _release(raw.reset_index(), V10, "v10", iso3_codes, "country_name")


@reader
def read_v12(path: Path) -> pd.DataFrame:
    """Read release v12 (data years to 2021)."""
    raw = next(iter(read_r(path).values())).rename(columns={f"lag0_{name}": name for name in _V12_SAME_YEAR})
    return _release(raw, V12, "v12", iso3_from_gw, "gwcode")


@reader
def read_v14(path: Path) -> pd.DataFrame:
    """Read six indices of release v14 (data years to 2023)."""
    return _release(open_csv(path), V14, "v14", current_iso3, "country_text_id")


@reader
def read_v15(path: Path) -> pd.DataFrame:
    """Read two indices of release v15 with their measurement uncertainty (data years to 2024)."""
    return _release(read_r(path, name="vdem_simple"), V15, "v15", current_iso3, "country_text_id")


@reader
def read_v16(paths: list[Path]) -> pd.DataFrame:
    """Read five indices of release v16 as processed by Our World in Data (data years to 2025), in the order of V16."""
    parts = [_owid(path).rename(variable) for path, variable in zip(paths, V16.values(), strict=True)]
    return _release(pd.concat(parts, axis=1).reset_index(), list(V16.values()), "v16", current_iso3, "Code")


@reader
def read_regimes(path: Path) -> pd.DataFrame:
    """Read Regimes of the World, release v16: 0 closed and 1 electoral autocracy, 2 electoral and 3 liberal democracy.

    References
    ----------
    Lührmann, Tannenberg & Lindberg (2018), Regimes of the World, doi:10.17645/pag.v6i1.1214.
    """
    raw = _owid(path).rename("regime").reset_index()
    return _release(raw, ["regime"], "v16", current_iso3, "Code").astype({"regime": int})


def _owid(path: Path) -> pd.Series:
    raw = open_csv(path).rename(columns={"Year": "year"}).dropna(subset=["Code"])
    raw = raw[raw["year"] >= raw["Code"].map(FIRST_OWN_YEAR).fillna(FIRST_YEAR)]
    return raw.set_index(["Code", "year"]).iloc[:, 1]


def _release(
    raw: pd.DataFrame, names: list[str], release: str, code: Callable[[pd.Series], pd.Series], by: str
) -> pd.DataFrame:
    raw = raw[numbers(raw["year"]) >= FIRST_YEAR]
    rated, year = raw[names].apply(numbers).dropna(how="all"), raw["year"].astype(int)
    return keyed(rated, edition=RELEASES[release], data_year=year, iso3=code(raw[by]), decimals=_DECIMALS)
