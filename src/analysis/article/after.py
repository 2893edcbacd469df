"""Steps of notebook 07: indices before and after the article, each edition by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.data.catalogue import HFI_EDITIONS

#: Edition of the index of freedom that the article cites: older ones end before it.
CITED = 2020
#: First data year that the figures of indices show.
FIRST_SHOWN = 2011
#: Panel whose method changed: its two parts are never joined.
BROKEN = "Press freedom"
#: Panel whose higher values are worse.
TURNED = "Political terror"
_VDEM = "V-Dem, 0 to 1"


@dataclass(frozen=True, slots=True)
class Panel:
    """One index in the figure of indices.

    Attributes
    ----------
    title, unit : str
    columns : dict of str to tuple of str
        Table and column of each line, by the label of the edition.
    """

    title: str
    unit: str
    columns: Mapping[str, tuple[str, str]]


def _vdem(title: str, column: str, *releases: str) -> Panel:
    return Panel(title, _VDEM, {release: (f"vdem_{release}", column) for release in releases})


def _hfi(title: str, column: str) -> Panel:
    return Panel(title, "HFI, 0 to 10", {str(e): (f"hfi_{e}", column) for e in HFI_EDITIONS if e >= CITED})


#: Panels of the figure of indices; the ranking of press freedom is drawn by method.
PANELS = (
    _vdem("Civil society", "v2xcs_ccsi", "v12", "v14"),
    _vdem("Expression", "v2x_freexp_altinf", "v12", "v14", "v16"),
    _vdem("Electoral democracy", "v2x_polyarchy", "v12", "v15", "v16"),
    _hfi("Human freedom", "hf_score"),
    _hfi("Association", "association"),
    Panel("Freedom in the World", "All items, of 100", {"": ("freedom_house_items", "total")}),
    Panel(BROKEN, "RSF score, of 100", {"": ("rsf", "score")}),
    Panel(
        TURNED,
        "PTS level, 1 = least",
        {
            "State Dept": ("political_terror", "state_department"),
            "Amnesty": ("political_terror", "amnesty"),
            "HRW": ("political_terror", "human_rights_watch"),
        },
    ),
)


def tables() -> tuple[str, ...]:
    """Return the names of the tables that the panels are made of."""
    return tuple(sorted({table for panel in PANELS for table, _ in panel.columns.values()}))


def lines(frames: Mapping[str, pd.DataFrame], *, country: str) -> pd.DataFrame:
    """Return every index of the country by edition, each edition a line of its own.

    Returns
    -------
    pandas.DataFrame
        ``panel``, ``unit``, ``edition`` (for the ranking of press freedom the years that share a method),
        ``data_year``, ``value``, and ``lower`` and ``upper`` end of the published 68 % interval where there is one.
    """
    parts = [
        line(frames[table], column, country).assign(panel=panel.title, unit=panel.unit, edition=edition)
        for panel in PANELS
        for edition, (table, column) in panel.columns.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["edition"] = frame["edition"].where(frame["method"].isna(), frame["method"])
    names = ["panel", "unit", "edition", "data_year", "value", "lower", "upper"]
    return frame.loc[frame["data_year"] >= FIRST_SHOWN, names].reset_index(drop=True)


def line(frame: pd.DataFrame, column: str, country: str) -> pd.DataFrame:
    """Return a country's values of one column with their published interval, by data year."""
    own = frame[(frame["iso3"] == country) & frame[column].notna()].sort_values("data_year")
    ends = {"lower": f"{column}_codelow", "upper": f"{column}_codehigh"}
    values = {name: own.get(source, np.nan) for name, source in ends.items()}
    found = own[["data_year"]].assign(value=own[column].astype(float), **values)
    return found.assign(method=own.get("method"))


def press_methods(rsf: pd.DataFrame, *, country: str) -> str:
    """Say which data years each method of the press-freedom ranking covers, and the ranks at its two ends."""
    own = rsf[(rsf["iso3"] == country)].sort_values("data_year")
    parts = [
        f"editions {name}: rank {rows['rank'].iloc[0]} for {rows['data_year'].iloc[0]}, {rows['rank'].iloc[-1]} for "
        f"{rows['data_year'].iloc[-1]}"
        for name, rows in own.groupby("method", sort=False)
    ]
    if not parts:
        return f"The ranking of press freedom is not carried for {country}."
    return f"Press freedom, each method by itself: {'; '.join(parts)}. Between methods no change is read."
