"""Small valid source files, one for each layout that a reader knows; made, not cut from the sources."""

import functools
import io
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import rdata

from analysis.data.readers import background, freedom_house, governance, hfi, mass_mobilization, vdem

_STATES = ("Kazakhstan", "Germany", "Canada")
_CODES = ("KAZ", "DEU", "CAN")
_NUMBERS = (705, 260, 20)


def _states(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns, index=range(3))


def _hfi(year: int = 2018) -> pd.DataFrame:
    scores = {names[0]: (6.1, 8.2, 8.9) for names in hfi.CATEGORIES.values()}
    below = {f"{names[0]}_part": (5.0, 8.0, 8.5) for names in hfi.CATEGORIES.values()}
    summary = {name: (3, 2, 1) if name.endswith("rank") else (6.9, 8.2, 8.9) for name in hfi.SUMMARY}
    return _states(year=year, countries=_STATES, **summary, **scores, **below)


def _vdem(names: list[str], **key: Any) -> pd.DataFrame:
    return _states(**key, **dict.fromkeys(names, (0.25, 0.85, 0.88)))


def _owid(name: str) -> pd.DataFrame:
    return _states(Entity=_STATES, Code=_CODES, Year=2018, **{name: (0, 1, 1)}, other="")


def _events() -> pd.DataFrame:
    flags = dict.fromkeys([*mass_mobilization.RESPONSES, *mass_mobilization.DEMANDS], (1, 0, 1))
    return _states(
        id=(1, 2, 3), country="Kazakhstan", year=2020, start_date="2020-03-10", end_date="2020-03-11",
        participants_category="100-999", participants=("100", ">50", "dozens"), protesterviolence=(0, 1, 0), **flags,
    )  # fmt: skip


def _freedom_house(*, items: bool) -> pd.DataFrame:
    points = {**dict.fromkeys(freedom_house.ITEMS, 3), "status": "F"}
    if items:
        named = {f"{one}{n}": 2 for one, many in freedom_house.ITEMS.items() for n in range(1, many + 1)}
        total = {"pr_full": 20, "cl_full": 30, "total": 50}
        return _states(fh_full_country=_STATES, edition=2019, country_or_territory="c", **points, **named, **total)
    total = {"PR": 20, "CL": 30, "Total": 50}
    frame = _states(**{"Country/Territory": _STATES, "C/T?": "c", "Edition": 2019}, **points, **total)
    return frame.rename(columns={"status": "Status"})


def _votes() -> pd.DataFrame:
    return _states(country=_STATES, event="Vote (Scheduled)", elec_year=2011, elec_month=4, elec_day=("3", "4", " "),
                   type=("X", "L", "R"), direct="Y", runoff=("1", "2", "1"))  # fmt: skip


def _pandem() -> pd.DataFrame:
    return _states(
        country_name=_STATES, year=2020, quarter="Q1", pandem=0.2, panback=0.1,
        emstart="2020-03-16", emend="2020-05-11",
        **dict.fromkeys(background.PANDEM_TYPES, 1),
    )  # fmt: skip


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode("utf-8")


def _xlsx(sheet: str, frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_excel(buffer, sheet_name=sheet, index=False)
    return buffer.getvalue()


def _dta(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_stata(buffer, write_index=False)
    return buffer.getvalue()


def _rda(name: str, frame: pd.DataFrame) -> bytes:
    return _r(rdata.write_rda, {name: frame})


def _r(write: Callable[..., None], value: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        write(path, value)
        return path.read_bytes()


@functools.cache
def samples() -> dict[str, bytes]:
    return {name: sample.write(sample.frame) for name, sample in tidy_samples().items()}


class Sample(NamedTuple):
    """A table, how its file is written, and its columns of the country, of the year, and of a number that is needed."""

    frame: pd.DataFrame
    write: Callable[[pd.DataFrame], bytes]
    country: str
    year: str
    number: str


def tidy_samples() -> dict[str, Sample]:
    named, coded = {"country_name": _STATES, "year": 2018}, {"country_text_id": _CODES, "year": 2018}
    scored = {"Estimate": (-1.0, 1.4, 1.5), "StdErr": 0.1, "NumSrc": 9, "Rank": (12.0, 95.0, 96.0)}
    wgi = _states(year=2018.0, wb_code=_CODES, wb_country=_STATES, **scored)
    bti = _states(bti_country=_STATES, report_year=2020, **dict.fromkeys(governance.BTI, (3.5, 9.0, 9.5)))
    pts = _states(Country=_STATES, Year=2018, WordBank_Code_A=_CODES, **dict.fromkeys(governance.PTS, (3, 1, 1)))
    rsf = _states(ISO=_CODES, Country_EN=_STATES, Rank=(3.0, 2.0, 1.0), Score=(54.11, 78.92, 92.61))
    population, gdp = (_states(gwcode=_NUMBERS, year=2018, **{name: 10000.5}) for name in ("pop", "NY.GDP.PCAP.KD"))
    v12, v14 = _vdem(vdem.V12, gwcode=_NUMBERS, year=2018), _vdem(vdem.V14, country_name=_STATES, **coded)
    v15, items = _vdem(vdem.V15, vdem_country_name=_STATES, **coded), _freedom_house(items=True)
    files = {f"vdem_v10_{letter}": names for letter, names in zip("abc", vdem.V10_FILES, strict=True)}
    owid = {f"vdem_v16_{name.split('_')[1]}": label for label, name in vdem.V16.items()}
    owid |= {"vdem_v16_regimes": "Political regime"}
    fiw, events = partial(_xlsx, "FIW06-23"), _events()
    return {
        "hfi_2020": Sample(_hfi(), _csv, "countries", "year", "hf_score"),
        "hfi_2022": Sample(_hfi(2020), _dta, "countries", "year", "hf_score"),
        "mass_mobilization": Sample(events, _csv, "country", "start_date", "arrests"),
        "mass_mobilization_years": Sample(_states(country=_STATES, year=2018), _csv, "country", "year", "year"),
        "reign": Sample(_votes(), _csv, "country", "elec_year", "elec_month"),
        **{name: Sample(_vdem(part, **named), _csv, "country_name", "year", part[0]) for name, part in files.items()},
        "vdem_v12": Sample(v12, partial(_r, rdata.write_rds), "gwcode", "year", vdem.V12[0]),
        "vdem_v14": Sample(v14, _csv, "country_text_id", "year", vdem.V14[0]),
        "vdem_v15": Sample(v15, partial(_rda, "vdem_simple"), "country_text_id", "year", vdem.V15[0]),
        **{name: Sample(_owid(label), _csv, "Code", "Year", label) for name, label in owid.items()},
        "fiw_items": Sample(items, partial(_rda, "fh_full"), "fh_full_country", "edition", "total"),
        "fiw_subscores": Sample(_freedom_house(items=False), fiw, "Country/Territory", "Edition", "Total"),
        "rsf": Sample(rsf, partial(_rda, "rsf2020"), "ISO", "", "Score"),
        "wgi_2024": Sample(wgi, partial(_rda, "wgi"), "wb_code", "year", "Estimate"),
        "bti": Sample(bti, partial(_rda, "bti"), "bti_country", "report_year", "Q3.4_Civil_rights"),
        "pts_2024": Sample(pts, _csv, "WordBank_Code_A", "Year", "PTS_S"),
        "pandem_6_1": Sample(_pandem(), partial(_xlsx, "Sheet1"), "country_name", "year", "pandem"),
        "population": Sample(population, _csv, "gwcode", "year", "pop"),
        "gdp": Sample(gdp, _csv, "gwcode", "year", "NY.GDP.PCAP.KD"),
    }
