"""Steps of notebook 07: what is on record after the article, by date."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.article.detentions import HELD

#: Claims that records decide.
CLAIMS = ("case-becomes-precedent", "case-not-over")
#: Tables of the figure of counts and events.
SHOWN = ("adil_soz_counts", "jfj_counts", "protest_detentions", "ngo_tax_case", "reforms")
#: Last day of the month in which the article appeared.
ARTICLE = "2021-02-28"
#: Moments that figures mark: year as a decimal, the middle of a data year being its number.
MARKS = {2020.62: "article", 2021.5: "January 2022", 2023.2: "register"}
#: Where each series of counts carries its name: source, name, year, cases a year, alignment.
LABELS = (
    ("Adil Soz", "attacks", 2022.05, 42.0, "left"),
    ("Adil Soz", "detentions", 2019.1, 52.0, "left"),
    ("Adil Soz", "recorded violations", 2023.25, 560.0, "left"),
    ("JFJ", "physical attacks", 2024.0, 4.0, "left"),
    ("JFJ", "all attacks and threats", 2024.15, 347.0, "left"),
    ("JFJ", "court and economic cases", 2024.3, 218.0, "left"),
    ("JFJ", "non-physical attacks", 2024.4, 125.0, "left"),
)
#: Years that the figure of counts spans, with room for names.
SPAN = (2018.4, 2027.8)
#: Counts are compared from the last year that the article could speak of.
COUNTED_FROM = 2020
_UNREST = "unrest of January 2022"


def events(reforms: pd.DataFrame, case: pd.DataFrame, detentions: pd.DataFrame) -> pd.DataFrame:
    """List what is on record after the article, with the sizes that sources give.

    Returns
    -------
    pandas.DataFrame
        ``date`` as typed, ``when`` in words, ``direction``, ``event``, ``source_org``; in order of time.
    """
    typed = reforms[(reforms["date"] > ARTICLE) & (reforms["direction"] != "neutral")]
    rulings = case[(case["date"] > ARTICLE) & (case["step"] == "court")]
    courts = rulings.assign(
        direction="liberalising", event="court frees " + rulings["organisation"] + " of fines and suspension"
    )
    rows = pd.concat([typed, courts]).sort_values(["date", "event"], ignore_index=True)
    size, unrest = unrest_size(detentions), rows["event"].str.contains("violent crackdown")
    number = case.loc[(case["step"] == "register") & (case["date"] > ARTICLE), "value"].max()
    register = rows["event"].str.startswith("register")
    said = rows["event"] + unrest.map({True: f" ({size})", False: ""})
    said += register.map({True: f" ({number:g} names)", False: ""})
    return rows.assign(event=said, when=[_when(row) for row in rows.itertuples()])[
        ["date", "when", "direction", "event", "source_org"]
    ]


def is_at_home(what: str) -> bool:
    """Return whether a count of the monitors is one of the article's country, and not of another or of a group."""
    return ":" not in what or what.startswith("Kazakhstan")


def unrest_size(detentions: pd.DataFrame) -> str:
    """Say how many were detained and killed in January 2022, by the sources that give a number."""
    own = detentions[detentions["event"] == _UNREST]
    held = own[own["measure"].isin(HELD)]
    numbers = pd.concat([held["count_low"], held["count_high"]]).dropna()
    killed = own.loc[own["measure"] == "killed", "count_low"].max()
    return f"{numbers.min():,.0f} to {numbers.max():,.0f} held, {killed:g} killed"


def _when(row: Any) -> str:
    day = pd.Timestamp(row.date)
    return f"{day.day} {day:%b %Y}" if row.precision == "day" else f"{day:%b %Y}"
