"""Steps of notebook 06: what records other than the article say of the tax case, claim by claim."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from analysis.article.detentions import ELECTION_DAY
from analysis.article.tax_case import organisations_named, origin
from analysis.article.tax_statements import Decided, recorded
from analysis.claims.evidence import Check, Report
from analysis.claims.register import Claim
from analysis.claims.rules import Record

VINTAGE = "records to 2021"
#: Edges that the register's expected values name.
DECEMBER, LATEST = "2020-12-31", "2021-02-10"
#: Months in which the register counts suspensions.
_SUSPENDED_FROM, _SUSPENDED_TO = "2021-01-01", "2021-04-30"
_NAMED = "named organisations counted"
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


def totals(rows: pd.DataFrame) -> pd.Series:
    """Mark totals up to a day, whose steps need not be of that day."""
    return rows["precision"] == "as of"


def first_in_november(rows: pd.DataFrame) -> Decided:
    """Return records of the first notices, which agree if all of theirs lie inside November 2020.

    A record that speaks of checks only does not say when notices went out.
    """
    reports, silent = [], []
    for source, part in rows[rows["step"].isin(["checks", "notice"])].groupby("origin"):
        own = part[part["step"] == "notice"]
        if own.empty:
            silent.append(f"{source}: {_told(part)}")
        else:
            inside = own["first"].ge("2020-11-01").all() and own["last"].le("2020-11-30").all()
            reports.append(Report(source=source, value=_told(own), agrees=bool(inside)))
    return reports, silent


def number(rows: pd.DataFrame, *, step: str, expected: int, than: str = "=") -> Decided:
    """Return records that decide a number of organisations, and in words those that do not.

    A lower bound decides only what it excludes or implies: "at least 13" neither confirms nor denies 15, but is more
    than 12. Lists of named organisations are no counts of all.
    """
    reports, silent = [], []
    for source, part in _counted(rows, step).groupby("origin"):
        best = part.sort_values(["bound", "value"], ascending=[True, False], key=_exact_first).iloc[0]
        words = f"{'' if best['bound'] == 'exact' else best['bound'] + ' '}{int(best['value'])} organisations"
        agrees = _decides(best, expected, than)
        if agrees is None:
            silent.append(f"{source}: {words}")
        else:
            reports.append(Report(source=source, value=words, agrees=agrees))
    return reports, silent


def notified(rows: pd.DataFrame) -> int:
    """Return the least number of notified organisations that any record counts; lists by name are no counts."""
    return int(_counted(rows, "notice")["value"].min())


def _counted(rows: pd.DataFrame, step: str) -> pd.DataFrame:
    return rows[(rows["step"] == step) & (rows["unit"] == "organisations") & ~_listed(rows)]


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
    least = notified(rows)
    own = rows[totals(rows) & (rows["unit"] == "organisations")]
    return [
        Report(
            source=row.origin,
            value=f"{int(row.value)} with a {row.step} by {row.date}, of {least} notified or more",
            agrees=int(row.value) >= least,
        )
        for row in own.itertuples()
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
    """Return records of suspensions from January to April 2021; they agree if they count none.

    The registered quantity is any suspension in these months; when it ended is a claim of its own
    (``bans-lifted-feb-4``), and does not turn a suspension into none.
    """
    own = rows[(rows["step"] == "suspension") & rows["first"].between(_SUSPENDED_FROM, _SUSPENDED_TO)]
    return [
        Report(
            source=source,
            value=_told(part),
            agrees=bool(((part["unit"] == "organisations") & (part["value"] == 0)).all()),
        )
        for source, part in own.groupby("origin")
    ]


def without_court(rows: pd.DataFrame, records: pd.DataFrame) -> Decided:
    """Return records of a state body's power to suspend: the typed one, and suspensions before any court ruled."""
    typed, silent = recorded(records, "Tax code", "a state body")
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
    return typed + seen, silent


def before_vote(rows: pd.DataFrame, *, steps: tuple[str, ...]) -> Decided:
    """Return records of steps by source; they agree if all of them came before election day, in every reading.

    A total by some day does not say when its steps were taken, unless that day itself lies before the vote.
    """
    own = rows[rows["step"].isin(steps)]
    late = totals(own) & own["last"].ge(ELECTION_DAY)
    reports = [
        Report(source=source, value=_told(part), agrees=bool(part["last"].lt(ELECTION_DAY).all()))
        for source, part in own[~late].groupby("origin")
    ]
    return reports, [f"{source}: {_told(part)}" for source, part in own[late].groupby("origin")]


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
    ordered = part.assign(by=totals(part)).sort_values(["first", "step"])
    return "; ".join(
        f"{row.step}, {row.organisation}, {'by ' if row.by else ''}{_when(row)}" for row in ordered.itertuples()
    )


def _when(row: Any) -> str:
    return row.date if row.first == row.last else f"{row.date} to {row.last.date()}"


def _as_table(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop(columns=["origin", "first", "last"])
