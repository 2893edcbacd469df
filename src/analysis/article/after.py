"""Notebook 07: indices before and after the article by edition, ranks by edition, a year rated again, later records.

An *edition* of an index, or a *release* of V-Dem, codes all years anew, so two are never joined. A *panel* is one index
with a line for each edition.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.article import press
from analysis.claims.register import Register
from analysis.claims.rules import RegisteredMeasure
from analysis.data.catalogue import HFI_EDITIONS
from analysis.errors import InputError
from analysis.methods.result import prose

#: The claim that the change decides, and claims that records decide.
CHANGE_CLAIMS = ("no-strengthening-of-repression",)
RECORD_CLAIMS = ("case-becomes-precedent", "case-not-over")
#: Country where the same reading has to find a worsening, if it can find any.
CONTROL = "BLR"
#: First data year that the figures of indices show.
FIRST_SHOWN = 2011
#: Panel whose method changed, so that its two parts are never joined, and panel whose higher values are worse.
BROKEN, TURNED = "Press freedom", "Political terror"
#: Tables and columns of each panel's lines, by the label of the edition; the unit stands after the title.
PANELS: dict[tuple[str, str], dict[str, tuple[str, str]]] = {
    ("Civil society", "V-Dem, 0 to 1"): {name: (f"vdem_{name}", "v2xcs_ccsi") for name in ("v12", "v14")},
    ("Expression", "V-Dem, 0 to 1"): {name: (f"vdem_{name}", "v2x_freexp_altinf") for name in ("v12", "v14", "v16")},
    ("Electoral democracy", "V-Dem, 0 to 1"): {
        name: (f"vdem_{name}", "v2x_polyarchy") for name in ("v12", "v15", "v16")
    },
    # Editions before the one that the article cites end before it.
    ("Human freedom", "HFI, 0 to 10"): {str(e): (f"hfi_{e}", "hf_score") for e in HFI_EDITIONS if e >= 2020},
    ("Association", "HFI, 0 to 10"): {str(e): (f"hfi_{e}", "association") for e in HFI_EDITIONS if e >= 2020},
    ("Freedom in the World", "All items, of 100"): {"": ("freedom_house_items", "total")},
    (BROKEN, "RSF score, of 100"): {"": ("rsf", "score")},
    (TURNED, "PTS level, 1 = least"): {
        "State Dept": ("political_terror", "state_department"),
        "Amnesty": ("political_terror", "amnesty"),
        "HRW": ("political_terror", "human_rights_watch"),
    },
}
#: Indices whose data years are rated again, and the releases that carry them.
RERATED: dict[str, tuple[str, tuple[str, ...]]] = {
    "Civil society": ("v2xcs_ccsi", ("v12", "v14")),
    "Expression": ("v2x_freexp_altinf", ("v12", "v14", "v16")),
    "Electoral democracy": ("v2x_polyarchy", ("v12", "v15", "v16")),
    "Liberal democracy": ("v2x_libdem", ("v15", "v16")),
    "Civil liberties": ("v2x_civlib", ("v12", "v16")),
    "Rule of law": ("v2x_rule", ("v12", "v16")),
    "Association": ("v2x_frassoc_thick", ("v10", "v12")),
}
#: Panels of each figure of indices.
GROUPS = {
    "vdem": ["Civil society", "Expression", "Electoral democracy"],
    "freedom": ["Human freedom", "Association"],
    "ratings": ["Freedom in the World", BROKEN, TURNED],
}
PANEL_TABLES = tuple(sorted({table for lines in PANELS.values() for table, _ in lines.values()}))
RERATED_TABLES = tuple(sorted({f"vdem_{release}" for _, releases in RERATED.values() for release in releases}))
#: Last day of the month in which the article appeared.
ARTICLE = "2021-02-28"
#: Moments that figures mark: year as a decimal, the middle of a data year being its number.
MARKS = {2020.62: "article", 2021.5: "January 2022", 2023.2: "register"}
#: Where each series of counts carries its name: source, name, year, cases a year, alignment.
LABELS = (
    ("Adil Soz", "attacks", 2022.05, 42.0, "left"),
    ("Adil Soz", "detentions", 2019.1, 64.0, "left"),
    ("Adil Soz", "recorded violations", 2023.25, 560.0, "left"),
    ("JFJ", "physical attacks", 2024.0, 4.0, "left"),
    ("JFJ", "all attacks and threats", 2024.15, 347.0, "left"),
    ("JFJ", "court and economic cases", 2024.3, 218.0, "left"),
    ("JFJ", "non-physical attacks", 2024.4, 125.0, "left"),
)
#: Years that the figure of counts spans, with room for names; and the first year that counts and indices compare.
SPAN, SINCE = (2018.4, 2027.8), 2020


def lines(frames: Mapping[str, pd.DataFrame], *, country: str) -> pd.DataFrame:
    """Return every index of the country by edition, each edition a line of its own.

    ``lower`` and ``upper`` are the published 68 % interval where there is one; the editions of the ranking of press
    freedom are the years that share a method. ``table`` is where a line comes from.
    """
    parts = [
        line(frames[table], column, country).assign(panel=title, unit=unit, edition=edition, table=table)
        for (title, unit), editions in PANELS.items()
        for edition, (table, column) in editions.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["edition"] = frame["edition"].where(frame["method"].isna(), frame["method"])
    names = ["panel", "unit", "edition", "data_year", "value", "lower", "upper", "table"]
    return frame.loc[frame["data_year"] >= FIRST_SHOWN, names].reset_index(drop=True)


def higher(drawn: pd.DataFrame) -> pd.Series:
    """Say of each line of :func:`lines` from the compared year on whether its end is drawn higher, however little."""
    then = drawn[drawn["data_year"] == SINCE].set_index(["panel", "edition"])["value"]
    last = drawn[drawn["data_year"] > SINCE].groupby(["panel", "edition"])["value"].last()
    change = (last - then).dropna()
    return change.where(change.index.get_level_values("panel") != TURNED, -change) > 0


def line(frame: pd.DataFrame, column: str, country: str) -> pd.DataFrame:
    """Return a country's values of one column with their published interval, by data year."""
    own = frame[(frame["iso3"] == country) & frame[column].notna()].sort_values("data_year")
    ends = {"lower": f"{column}_codelow", "upper": f"{column}_codehigh"}
    values = {name: own.get(source, np.nan) for name, source in ends.items()}
    found = own[["data_year"]].assign(value=own[column].astype(float), **values)
    return found.assign(method=own.get("method"))


def press_methods(rsf: pd.DataFrame, *, code: str, country: str) -> str:
    """Say which data years each method of the press-freedom ranking covers, and the ranks at its two ends."""
    own = rsf[rsf["iso3"] == code].sort_values("data_year")
    parts = [
        f"editions {name}: rank {rows['rank'].iloc[0]} for {rows['data_year'].iloc[0]}, {rows['rank'].iloc[-1]} for "
        f"{rows['data_year'].iloc[-1]}"
        for name, rows in own.groupby(own["method"].str.replace(r"-$", " on", regex=True), sort=False)
    ]
    if not parts:
        return prose(f"The ranking of press freedom is not carried for {country}.")
    return f"Press freedom, each method by itself: {'; '.join(parts)}. Between methods no change is read."


def releases(frames: Mapping[str, pd.DataFrame], *, country: str) -> pd.DataFrame:
    """Return the values of every index that is rated again: ``index``, ``release``, and the columns of :func:`line`."""
    parts = [
        line(frames[f"vdem_{release}"], column, country).assign(index=name, release=release)
        for name, (column, known) in RERATED.items()
        for release in known
    ]
    found = pd.concat(parts, ignore_index=True)[["index", "release", "data_year", "value", "lower", "upper"]]
    if found.empty:
        raise InputError(f"no release of V-Dem in this package rates {country}")
    return found


def newest(register: Register, frames: Mapping[str, pd.DataFrame], *, country: str) -> dict[str, RegisteredMeasure]:
    """Return the indices that cover the country under their name and newest year.

    The ranking of press freedom is left out, for its method changed since.
    """
    press, democracy = register["press-freedom-no-better"], register["no-democratisation"]
    groups = (*press.measures_of("vdem_v16"), *press.measures_of("vdem_v14"), *democracy.measures_of("vdem_v16"))
    found = {}
    for item in groups:
        if item.scale == "ratio" or item.table in ("rsf", "bti") or item.model.method == "synthetic_control":
            continue
        frame = frames[item.table]
        if country in set(frame["iso3"]):
            name = f"{item.name}, to {frame.loc[frame['iso3'] == country, 'data_year'].max()}"
            found[name] = item.model_copy(update={"name": name})
    return found


def events(reforms: pd.DataFrame, case: pd.DataFrame, detentions: pd.DataFrame) -> pd.DataFrame:
    """List what is on record after the article, with the sizes that sources give; ``when`` is the date in words."""
    typed = reforms[(reforms["date"] > ARTICLE) & (reforms["direction"] != "neutral")]
    rulings = case[(case["date"] > ARTICLE) & (case["step"] == "court")]
    freed = "court frees " + rulings["organisation"] + " of fines and suspension"
    rows = pd.concat([typed, rulings.assign(direction="liberalising", event=freed)])
    rows = rows.sort_values(["date", "event"], ignore_index=True)
    number = case.loc[(case["step"] == "register") & (case["date"] > ARTICLE), "value"].max()
    for words, size in {"violent crackdown": unrest_size(detentions), "^register": f"{number:g} names"}.items():
        rows["event"] += rows["event"].str.contains(words).map({True: f" ({size})", False: ""})
    days = [(pd.Timestamp(row.date), row.precision == "day") for row in rows.itertuples()]
    when = [f"{day.day} {day:%b %Y}" if exact else f"{day:%b %Y}" for day, exact in days]
    return rows.assign(when=when)[["date", "when", "direction", "event", "source_org"]]


def unrest_size(detentions: pd.DataFrame) -> str:
    """Say how many were detained and killed in January 2022, by the sources that give a number."""
    own = detentions[detentions["event"] == "unrest of January 2022"]
    held = own[own["measure"].isin(press.HELD)]
    numbers = pd.concat([held["count_low"], held["count_high"]]).dropna()
    killed = own.loc[own["measure"] == "killed", "count_low"].max()
    return f"{numbers.min():,.0f} to {numbers.max():,.0f} held, {killed:g} killed"
