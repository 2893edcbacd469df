"""Small valid source files, one for each layout that a reader knows; made, not cut from the sources."""

from __future__ import annotations

import functools
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import rdata

from analysis.data.readers import background, freedom_house, governance, hfi, mass_mobilization, vdem

_STATES = ("Kazakhstan", "Germany", "Canada")
_CODES = ("KAZ", "DEU", "CAN")
_NUMBERS = (705, 260, 20)


def _states(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {name: list(values) if isinstance(values, tuple) else [values] * 3 for name, values in columns.items()}
    )


def _hfi(year: int = 2018) -> pd.DataFrame:
    scores = {names[0]: (6.1, 8.2, 8.9) for names in hfi.CATEGORIES.values()}
    summary = {name: (3, 2, 1) if name.endswith("rank") else (6.9, 8.2, 8.9) for name in hfi.SUMMARY}
    return _states(year=year, countries=_STATES, **summary, **scores, pf_rol_civil=(5.0, 8.0, 8.5))


def _vdem(names: list[str], **key: Any) -> pd.DataFrame:
    return _states(**key, **dict.fromkeys(names, (0.25, 0.85, 0.88)))


def _owid(name: str) -> pd.DataFrame:
    return _states(Entity=_STATES, Code=_CODES, Year=2018, **{name: (0, 1, 1)})


def _events() -> pd.DataFrame:
    flags = dict.fromkeys([*mass_mobilization.RESPONSES, *mass_mobilization.DEMANDS], (1, 0, 1))
    return _states(
        id=(1, 2, 3), country="Kazakhstan", year=2018, start_date="2018-05-10", end_date="2018-05-11",
        participants_category="100-999", participants=("100", ">50", "dozens"), protesterviolence=(0, 1, 0), **flags,
    )  # fmt: skip


def _freedom_house(*, items: bool) -> pd.DataFrame:
    points = {**dict.fromkeys(freedom_house.ITEMS, 3), "status": "F"}
    if items:
        named = {name[5:].upper(): 2 for name in freedom_house.item_names()}
        total = {"pr_full": 20, "cl_full": 30, "total": 50}
        return _states(fh_full_country=_STATES, edition=2019, country_or_territory="c", **points, **named, **total)
    total = {"PR": 20, "CL": 30, "Total": 50}
    frame = _states(**{"Country/Territory": _STATES, "C/T?": "c", "Edition": 2019}, **points, **total)
    return frame.rename(columns={"status": "Status"})


def _wjp() -> pd.DataFrame:
    labels = ["Country Code", "WJP Rule of Law Index: Overall", "Factor 4: Fundamental", "4.4 Opinion", "4.7 Assembly"]
    values = {state: [code, 0.5, 0.4, 0.3, 0.2] for state, code in zip(_STATES, _CODES, strict=True)}
    return pd.DataFrame({"Country": labels, **values})


def _votes() -> pd.DataFrame:
    return _states(country=_STATES, event="Vote (Scheduled)", elec_year=2011, elec_month=4, elec_day=("3", "4", "?"),
                   type=("X", "L", "R"), direct="Y", runoff=("1", "2", "1"))  # fmt: skip


def _pandem() -> pd.DataFrame:
    return _states(
        country_name=_STATES, year=2020, quarter="Q1", pandem=0.2, panback=0.1,
        emstart="2020-03-16", emend="2020-05-11",
        **dict.fromkeys(background.PANDEM_TYPES, 1),
    )  # fmt: skip


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode("utf-8")


def _xlsx(frame: pd.DataFrame, sheet: str) -> bytes:
    buffer = io.BytesIO()
    frame.to_excel(buffer, sheet_name=sheet, index=False)
    return buffer.getvalue()


def _dta(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_stata(buffer, write_index=False)
    return buffer.getvalue()


def _r(write: Callable[..., None], value: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        write(path, value)
        return path.read_bytes()


@functools.cache
def samples() -> dict[str, bytes]:
    """Return the bytes of a valid file by the name of its source card."""
    owid = {f"vdem_v16_{name.split('_')[1]}": _csv(_owid(index)) for index, name in vdem.V16.items()}
    scored = {"Estimate": (-1.0, 1.4, 1.5), "StdErr": 0.1, "NumSrc": 9, "Rank": (12.0, 95.0, 96.0)}
    wgi = {"year": 2018.0, "wb_code": _CODES, **scored}
    scores = dict.fromkeys(governance.BTI, (3.5, 9.0, 9.5))
    pts = _states(Country=_STATES, Year=2018, WordBank_Code_A=_CODES, **dict.fromkeys(governance.PTS, (3, 1, 1)))
    editions = {"rsf2020": _states(ISO=("KAZ", "RUS", "EST"), Rank=(157.0, 149.0, 14.0), Score=(54.11, 48.92, 12.61))}
    keys = {"country_name": _STATES, "year": 2018}
    third = len(vdem.V10) // 3
    return {
        "hfi_2020": _csv(_hfi()), "hfi_2022": _dta(_hfi(2020)),
        "mass_mobilization": _csv(_events()),
        "mass_mobilization_years": _csv(_states(country=_STATES, year=(2018, 2017, 2018))),
        "reign": _csv(_votes()),
        "vdem_v10_a": _csv(_vdem(vdem.V10[:third], **keys)),
        "vdem_v10_b": _csv(_vdem(vdem.V10[third : 2 * third], **keys)),
        "vdem_v10_c": _csv(_vdem(vdem.V10[2 * third :], **keys)),
        "vdem_v12": _r(rdata.write_rds, _vdem(vdem.V12, gwcode=_NUMBERS, year=2018)),
        "vdem_v14": _csv(_vdem(vdem.V14, country_text_id=_CODES, year=2018)),
        "vdem_v15": _r(rdata.write_rda, {"vdem_simple": _vdem(vdem.V15, country_text_id=_CODES, year=2018)}),
        **owid, "vdem_v16_regimes": _csv(_owid("regime")),
        "fiw_items": _r(rdata.write_rda, {"fh_full": _freedom_house(items=True)}),
        "fiw_subscores": _xlsx(_freedom_house(items=False), "FIW06-23"),
        "rsf": _r(rdata.write_rda, editions),
        "wgi_2024": _r(rdata.write_rda, {"wgi": _states(**wgi)}),
        "bti": _r(rdata.write_rda, {"bti": _states(bti_country=_STATES, report_year=2020, **scores)}),
        "wjp_2020": _xlsx(_wjp(), "WJP ROL Index 2020 Scores"),
        "pts_2024": _csv(pts), "pandem_6_1": _xlsx(_pandem(), "Sheet1"),
        "population": _csv(_states(gwcode=_NUMBERS, year=2018, pop=(18000.0, 83000.0, 37000.0))),
        "gdp": _csv(_states(**{"gwcode": _NUMBERS, "year": 2018, "NY.GDP.PCAP.KD": (10000.0, 40000.0, 43000.0)})),
    }  # fmt: skip
