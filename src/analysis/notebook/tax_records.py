"""Steps of notebook 06: what records other than the article say of the tax case, claim by claim."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from analysis.claims.evidence import Check, Report
from analysis.claims.register import Claim
from analysis.claims.rules import Record
from analysis.notebook.detentions import ELECTION_DAY
from analysis.notebook.tax_case import organisations_named, origin

VINTAGE = "records to 2021"
#: Edges that the register's expected values name.
DECEMBER, WITHDRAWN, LATEST = "2020-12-31", "2021-02-04", "2021-02-10"
_NAMED = "named organisations counted"
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
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"=": operator.eq, ">": operator.gt}


def pressure(rows: pd.DataFrame) -> list[Report]:
    """Return records of checks or notices against several organisations; they agree if dated by December 2020."""
    own = rows[rows["step"].isin(["checks", "notice"])]
    return [
        Report(
            source=source,
            value=_told(part),
            agrees=bool((part["last"] <= DECEMBER).any() and part["organisation"].str.contains("NGOs").all()),
        )
        for source, part in own.groupby("origin")
    ]


def first_in_november(rows: pd.DataFrame) -> list[Report]:
    """Return records of the first checks and notices; they agree if all of theirs lie inside November 2020."""
    own = rows[rows["step"].isin(["checks", "notice"])]
    return [
        Report(
            source=source,
            value=_told(part),
            agrees=bool(part["first"].ge("2020-11-01").all() and part["last"].le("2020-11-30").all()),
        )
        for source, part in own.groupby("origin")
    ]


def number(rows: pd.DataFrame, *, step: str, expected: int, than: str = "=") -> tuple[list[Report], list[str]]:
    """Return records that decide a number of organisations, and in words those that do not.

    A lower bound decides only what it excludes or implies: "at least 13" neither confirms nor denies 15, but is more
    than 12. Lists of named organisations are no counts of all.
    """
    counted = rows[(rows["step"] == step) & (rows["unit"] == "organisations") & ~_listed(rows)]
    reports, silent = [], []
    for source, part in counted.groupby("origin"):
        best = part.sort_values(["bound", "value"], ascending=[True, False], key=_exact_first).iloc[0]
        words = f"{'' if best['bound'] == 'exact' else best['bound'] + ' '}{int(best['value'])} organisations"
        agrees = _decides(best, expected, than)
        if agrees is None:
            silent.append(f"{source}: {words}")
        else:
            reports.append(Report(source=source, value=words, agrees=agrees))
    return reports, silent


def _listed(rows: pd.DataFrame) -> pd.Series:
    """Mark lists of organisations by name that do not count all: only notices are listed in part."""
    return rows["organisation"].str.contains("named") & (rows["step"] == "notice")


def _exact_first(column: pd.Series) -> pd.Series:
    return column.ne("exact").astype(int) if column.name == "bound" else column


def _decides(row: pd.Series, expected: int, than: str) -> bool | None:
    value, bound = int(row["value"]), row["bound"]
    if bound == "exact":
        return _COMPARE[than](value, expected)
    if bound == "at least" and value > expected:
        return than == ">"
    return None


def penalised(rows: pd.DataFrame) -> list[Report]:
    """Return records that count penalised organisations; they agree if as many as the least number notified."""
    told = rows[(rows["step"] == "notice") & (rows["unit"] == "organisations") & ~_listed(rows)]
    notified = int(told["value"].min())
    own = rows[rows["step"].isin(["fine", "suspension"]) & (rows["unit"] == "organisations")]
    return [
        Report(
            source=row.origin,
            value=f"{int(row.value)} with a {row.step}, of {notified} notified or more",
            agrees=int(row.value) >= notified,
        )
        for row in own.itertuples()
    ]


def supporters(records: pd.DataFrame) -> list[Report]:
    """Return records of statements by the bodies that the article names; they agree if made before the withdrawal.

    A statement whose own day is not known agrees if the record was found to support the claim.
    """
    own = records[records["subject"].isin(SUPPORTERS) & records["statement"].str.startswith("spoke out")]
    return [
        Report(
            source=f"{row.subject}, by {origin(row.source_org)}",
            value=row.found,
            agrees=bool(row.finding == "supported" and (pd.isna(row.date) or row.date < WITHDRAWN)),
        )
        for row in own.itertuples()
    ]


def recorded(records: pd.DataFrame, subject: str, statement: str) -> list[Report]:
    """Return records whose finding was typed: they agree if it supports the statement whole."""
    own = records[(records["subject"] == subject) & records["statement"].str.startswith(statement)]
    decisive = own[own["finding"].isin(["supported", "partly"])]
    return [
        Report(source=origin(row.source_org), value=row.found, agrees=row.finding == "supported")
        for row in decisive.itertuples()
    ]


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


def withdrawn(rows: pd.DataFrame) -> list[Report]:
    """Return records of the withdrawal; they agree if it came in early February and freed all that were penalised."""
    fined = len(organisations_named(_as_table(rows), step="fine"))
    return [
        Report(
            source=source,
            value=_told(part),
            agrees=bool(part["first"].le(LATEST).all() and _freed(part) >= fined),
        )
        for source, part in _ended(rows)
    ]


def withdrawn_on(rows: pd.DataFrame, *, day: str) -> list[Report]:
    """Return records of the day on which fines and suspensions ended; they agree if it is the expected one."""
    return [
        Report(source=source, value=_told(part), agrees=bool(part["date"].eq(day).all()))
        for source, part in _ended(rows)
    ]


def freed(rows: pd.DataFrame, *, expected: int) -> list[Report]:
    """Return records of how many organisations were freed; they agree if as many as expected."""
    return [
        Report(source=source, value=f"{_freed(part)} organisations", agrees=_freed(part) == expected)
        for source, part in _ended(rows)
    ]


def _ended(rows: pd.DataFrame) -> Iterable[tuple[str, pd.DataFrame]]:
    return rows[rows["step"].isin(["cancellation", "court"])].groupby("origin")


def _freed(part: pd.DataFrame) -> int:
    """Return how many organisations one source calls freed, by its number or else by name."""
    if part["value"].notna().any():
        return int(part["value"].max())
    return len({name for text in part["organisation"] for name in text.split(" and ")})


def suspended(rows: pd.DataFrame) -> list[Report]:
    """Return records of suspensions; each contradicts that nobody was forbidden to work."""
    own = rows[rows["step"] == "suspension"]
    return [Report(source=source, value=_told(part), agrees=False) for source, part in own.groupby("origin")]


def without_court(rows: pd.DataFrame, records: pd.DataFrame) -> list[Report]:
    """Return records of a state body's power to suspend: the typed one, and suspensions before any court ruled."""
    ruled = rows.loc[rows["step"] == "court", "first"].min()
    own = rows[rows["step"] == "suspension"]
    seen = [
        Report(
            source=source,
            value=f"{_told(part)}; no court before {ruled.date()}",
            agrees=bool((part["first"] < ruled).all()),
        )
        for source, part in own.groupby("origin")
    ]
    return recorded(records, "Tax code", "a state body") + seen


def before_vote(rows: pd.DataFrame, *, steps: tuple[str, ...]) -> list[Report]:
    """Return records of steps by source; they agree if all of them came before election day, in every reading."""
    own = rows[rows["step"].isin(steps)]
    return [
        Report(source=source, value=_told(part), agrees=bool(part["last"].lt(ELECTION_DAY).all()))
        for source, part in own.groupby("origin")
    ]


def unrest_before_notices(rows: pd.DataFrame, shocks: pd.DataFrame, country: str) -> list[Report]:
    """Return each dated start of mass protest; it agrees if it came before the notices of every record in order.

    A record whose notices span the day cannot be ordered with it and is named in the value.
    """
    notices = rows[rows["step"] == "notice"].groupby("origin").agg(first=("first", "min"), last=("last", "max"))
    own = shocks[(shocks["iso3"] == country) & (shocks["mass_protest"] == 1) & (shocks["date"] >= "2020-01-01")]
    reports = []
    for row in own.itertuples():
        day = pd.Timestamp(row.date)
        before, after = notices.index[notices["first"] > day], notices.index[notices["last"] < day]
        open_ = [name for name in notices.index if name not in before and name not in after]
        words = f"{row.event}, {row.date}: before the notices in {len(before)} records, after in {len(after)}"
        words += f", not to be ordered with {', '.join(open_)}" if open_ else ""
        if len(before) + len(after):
            reports.append(Report(source=origin(row.source_org), value=words, agrees=not len(after)))
    return reports


def named_check(rows: pd.DataFrame, *, step: str, expected: int) -> Check:
    """Return the falsification that organisations called by name are as many as the article says."""
    lists = rows[(rows["step"] == step) & rows["organisation"].str.contains("named")]["value"]
    single = len(organisations_named(_as_table(rows), step=step))
    most = max([single, *lists.astype(int)])
    return Check(name=_NAMED, passed=most == expected, detail=f"{most} are named in the longest list, not {expected}")


def number_of(claim: Claim) -> int:
    """Return the number that a claim's rule expects."""
    assert isinstance(claim.rule, Record)
    found = re.search(r"\d+", claim.rule.expected)
    assert found is not None
    return int(found.group())


def _told(part: pd.DataFrame) -> str:
    """Say the steps of one source: what, whom, when."""
    return "; ".join(
        f"{row.step}, {row.organisation}, {_when(row)}" for row in part.sort_values(["first", "step"]).itertuples()
    )


def _when(row: Any) -> str:
    return row.date if row.first == row.last else f"{row.date} to {row.last.date()}"


def _as_table(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop(columns=["origin", "first", "last"])
