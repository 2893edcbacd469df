"""Steps of notebook 06: who spoke out for the organisations and when, and records whose finding was typed."""

from __future__ import annotations

import pandas as pd

from analysis.article.tax_case import origin
from analysis.claims.evidence import Report

#: Day on which the fines were withdrawn.
WITHDRAWN = "2021-02-04"
#: Bodies that the article names as supporters, as the table of records calls them.
SUPPORTERS = (
    "Human Rights Watch",
    "Amnesty International",
    "Front Line Defenders",
    "Transparency International",
    "Freedom House",
    "Civic solidarity",
)
_HOME = ("seven NGOs",)
_OFFICIAL, _RECIPIENTS = "State Revenue Committee", "the group of NGOs"
#: Records that decide a claim, and in words those that neither confirm nor deny it.
Decided = tuple[list[Report], list[str]]


def supporters(records: pd.DataFrame) -> Decided:
    """Return records of statements by the bodies that the article names; they agree if made before the withdrawal.

    A statement whose own day is not known agrees if the record was found to support the claim. A record that supports
    it in part, a reprint without the day of the statement or an appeal without its signatories, decides nothing.
    """
    own = records[records["subject"].isin(SUPPORTERS) & records["statement"].str.startswith("spoke out")]
    reports, silent = [], []
    for row in own.itertuples():
        source = f"{row.subject}, by {origin(row.source_org)}"
        if row.finding == "supported":
            early = pd.isna(row.date) or row.date < WITHDRAWN
            reports.append(Report(source=source, value=row.found, agrees=bool(early)))
        else:
            silent.append(f"{source}: {row.found}")
    return reports, silent


def recorded(records: pd.DataFrame, subject: str, statement: str) -> Decided:
    """Return records whose finding was typed, which agree if it supports the statement whole; and undecided ones."""
    own = records[(records["subject"] == subject) & records["statement"].str.startswith(statement)]
    decisive = own["finding"].isin(["supported", "partly"])
    reports = [
        Report(source=origin(row.source_org), value=row.found, agrees=row.finding == "supported")
        for row in own[decisive].itertuples()
    ]
    open_ = own[~decisive & own["found"].notna()]
    return reports, [f"{origin(row.source_org)}: {row.found}" for row in open_.itertuples()]


def statements(rows: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """List public statements for the organisations: ``date``, ``who``, ``origin``, ``abroad``."""
    own = rows[(rows["step"] == "statement") & ~rows["organisation"].isin([_OFFICIAL, _RECIPIENTS])]
    typed = pd.DataFrame({"date": own["date"], "who": own["organisation"], "origin": own["origin"]})
    spoke = records[records["statement"].str.startswith("spoke out") & records["date"].notna()]
    spoke = spoke[spoke["finding"].isin(["supported", "context"])]
    other = pd.DataFrame({"date": spoke["date"], "who": spoke["subject"], "origin": spoke["source_org"].map(origin)})
    # One statement of several bodies stands in both tables: the row of the case comes first and is kept.
    both = pd.concat([typed, other]).drop_duplicates(["date", "origin"])
    listed = both.sort_values(["date", "who"], ignore_index=True)
    return listed.assign(abroad=~listed["who"].isin(_HOME))


def campaign(listed: pd.DataFrame) -> list[Report]:
    """Return each statement as a record; it agrees if made before the withdrawal."""
    return [
        Report(source=row.origin, value=f"{row.who}, {row.date}", agrees=row.date < WITHDRAWN)
        for row in listed.itertuples()
    ]
