"""Varieties of Democracy (V-Dem Institute): releases v10, v12, v14, v15 and v16 -> tidy frames.

Each release codes the whole past anew, so a release is an edition of its own and is never mixed with another.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pandas as pd

from analysis.data.readers.countries import current_iso3, iso3_codes, iso3_from_gw
from analysis.data.readers.frames import ints, keyed, measures, rated, read_r, reader, source_csv
from analysis.data.schemas import FIRST_YEAR, KEY
from analysis.errors import InputError

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
    "Electoral democracy index": "v2x_polyarchy",
    "Liberal democracy index": "v2x_libdem",
    "Freedom of expression index": "v2x_freexp_altinf",
    "Human Rights Index": "v2x_civlib",
    "Rule of Law index": "v2x_rule",
}
#: First year in which V-Dem rates a new state itself (its country coding units). Our World in Data carries the state
#: before it back in time under the new one's code, so that one rating would count twice.
FIRST_OWN_YEAR = {"BIH": 1992, "HRV": 1991, "MKD": 1991, "SSD": 2011, "SVK": 1993, "TKM": 1991}
#: What each of the three files of release v10 is read for.
V10_FILES = (
    ["v2cldiscm", "v2cldiscw", "v2clacfree", "v2x_frassoc_thick", "v2mecenefm"],
    ["v2cseeorgs", "v2csreprss", "v2mecenefi"],
    ["v2csprtcpt", "v2csantimv"],
)
_DECIMALS = 3
#: What releases lack for some of the country-years that they rate; all else is there.
SPARSE = ("v2mecenefi", *V15[4:])


def read_v10(paths: list[Path]) -> pd.DataFrame:
    """Read release v10, the newest that the article could have seen (three files, data years 2008-2019)."""
    return _joined(paths, [_v10(path, names) for path, names in zip(paths, V10_FILES, strict=True)])[[*KEY, *V10]]


def read_v12(path: Path) -> pd.DataFrame:
    """Read release v12 (data years to 2021)."""
    raw = _carried(next(iter(read_r(path).values()))).rename(columns={f"lag0_{name}": name for name in _V12_SAME_YEAR})
    return _release(raw, V12, "v12", iso3_from_gw(ints(raw["gwcode"])))


def read_v14(path: Path) -> pd.DataFrame:
    """Read six indices of release v14 (data years to 2023)."""
    raw = _carried(source_csv(path))
    return _release(raw, V14, "v14", current_iso3(raw["country_text_id"], raw["country_name"]))


def read_v15(path: Path) -> pd.DataFrame:
    """Read two indices of release v15 with their measurement uncertainty (data years to 2024)."""
    raw = _carried(read_r(path, name="vdem_simple"))
    return _release(raw, V15, "v15", current_iso3(raw["country_text_id"], raw["vdem_country_name"]))


def read_v16(paths: list[Path]) -> pd.DataFrame:
    """Read five indices of release v16 as processed by Our World in Data (data years to 2025), in the order of V16."""
    return _joined(paths, [_owid(path, label, name) for path, (label, name) in zip(paths, V16.items(), strict=True)])


def read_regimes(path: Path) -> pd.DataFrame:
    """Read Regimes of the World (Lührmann, Tannenberg & Lindberg 2018, doi:10.17645/pag.v6i1.1214), release v16.

    They are 0 closed and 1 electoral autocracy, 2 electoral and 3 liberal democracy.
    """
    return _owid(path, "Political regime", "regime")


@reader
def _v10(path: Path, names: list[str]) -> pd.DataFrame:
    raw = _carried(source_csv(path))
    return _release(raw, names, "v10", iso3_codes(raw["country_name"], parts=True))


@reader
def _owid(path: Path, label: str, name: str) -> pd.DataFrame:
    raw = source_csv(path)
    iso3 = current_iso3(raw["Code"], raw["Entity"])
    raw = raw.assign(year=ints(raw["Year"]))
    own = iso3.notna() & (raw["year"] >= iso3.map(FIRST_OWN_YEAR).fillna(FIRST_YEAR))
    return _release(raw[own], [label], "v16", iso3[own]).rename(columns={label: name})


def _carried(raw: pd.DataFrame) -> pd.DataFrame:
    return raw[ints(raw["year"]) >= FIRST_YEAR]


def _joined(paths: list[Path], parts: list[pd.DataFrame]) -> pd.DataFrame:
    spans = [f"data years {part['data_year'].min()} to {part['data_year'].max()}" for part in parts]
    for path, span in zip(paths, spans, strict=True):
        if span != spans[0]:
            remedy = "give the files of one release"
            raise InputError(f"{span}, but {spans[0]} in {paths[0].name}", where=path.name, remedy=remedy)
    return functools.reduce(lambda left, right: left.merge(right, how="outer", on=KEY), parts).sort_values(KEY)


def _release(raw: pd.DataFrame, names: list[str], release: str, iso3: pd.Series) -> pd.DataFrame:
    year, unrated = ints(raw["year"]), release == "v15"  # it alone has rows before the first rating of a country
    whole, sparse = ({name: name for name in names if (name in SPARSE) is some} for some in (False, True))
    values = measures(raw, whole, needed=not unrated).join(measures(raw, sparse))[names]
    values = rated(values, raw, whole) if unrated else values
    return keyed(values, edition=RELEASES[release], data_year=year, iso3=iso3, decimals=_DECIMALS)
