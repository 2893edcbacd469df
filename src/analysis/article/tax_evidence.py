"""Steps of notebook 06: evidence on the tax case, claim by claim, in the fields that the session writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from analysis.article import tax_records as records
from analysis.article.detentions import ELECTION_DAY
from analysis.article.tax_case import FIRST, Collision, independent, origin
from analysis.article.tax_statements import WITHDRAWN, campaign, recorded, statements, supporters
from analysis.claims.evidence import Check, Report, design_of, told
from analysis.claims.register import Claim

#: States whose unrest the expert names, by claim.
UNREST = {
    "belarus-before-notices": "BLR",
    "kyrgyzstan-before-notices": "KGZ",
    "russia-before-notices": "RUS",
}
#: Claims on causes of this one case, with the kind of rival that is the claim's own cause.
CAUSES = {"pressure-because-of-election": "election", "dropped-because-of-campaign": ""}
_CALLED = "date of the parliamentary election announced"
_TABLES = ("ngo_tax_case", "article_records")
_NOTHING = "No record other than the article's was found."


def found(claims: Iterable[Claim], tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """Return the fields of evidence for every claim that records decide.

    Parameters
    ----------
    claims : iterable of Claim
        Claims of the notebook; those on causes and on unrest abroad in general are left out.
    tables : mapping of str to DataFrame
        The tables of :data:`analysis.article.tax_case.TABLES`.
    """
    known = {claim.id: claim for claim in claims}
    reports, silent = _reports(known, tables)
    checks = _checks(known, tables)
    return {
        name: {
            "reports": own,
            "falsifications": checks.get(name, []),
            "design": design_of(own),
            "summary": _told(own, silent.get(name, [])),
            "tables": _tables(name),
        }
        for name, own in reports.items()
    }


def _reports(
    claims: Mapping[str, Claim], tables: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, list[Report]], dict[str, list[str]]]:
    rows, typed, shocks = independent(tables["ngo_tax_case"]), tables["article_records"], tables["regional_shocks"]
    decided = {
        name: records.number(rows, step="notice", expected=records.number_of(claims[name]), than=than)
        for name, than in (("ngo-15", "="), ("more-than-a-dozen", ">"))
    } | {
        "notices-since-november": records.first_in_november(rows),
        "supporters-named": supporters(typed),
        "struthers-quote": recorded(typed, "Amnesty International", "quotation"),
        "ngo-reps-blame-election": recorded(typed, "NGO representatives", "blame the election"),
        "notices-before-election": records.before_vote(rows, steps=("notice",)),
        "fines-before-election": records.before_vote(rows, steps=("fine", "suspension")),
        "closed-no-offence": recorded(typed, "Tax code", "closed for lack of an offence"),
        "closed-documents-filed": recorded(typed, "Tax code", "closed after papers"),
        "law-allows-suspension": records.without_court(rows, typed),
        "law-covers-any-association": recorded(typed, "Tax code", "reaches any association"),
    }
    spoken = statements(rows, typed)
    reports = {name: pair[0] for name, pair in decided.items()} | {
        "tax-pressure-2020": records.pressure(rows),
        "penalties-in-notices": records.penalised(rows),
        "campaign-happened": campaign(spoken),
        "claims-abandoned": records.withdrawn(rows),
        "dropped-after-campaign": campaign(first_statements(spoken)),
        "cancelled-feb-4": records.withdrawn_on(rows, day=WITHDRAWN),
        "fines-cancelled-three": records.freed(rows, expected=records.number_of(claims["fines-cancelled-three"])),
        "bans-lifted-feb-4": records.withdrawn_on(rows, day=WITHDRAWN),
        "operations-not-banned": records.suspended(rows),
        **{name: records.unrest_before_notices(rows, shocks, state) for name, state in UNREST.items()},
    }
    ordered = {name: reports[name] for name in claims if name in reports}
    return ordered, {name: pair[1] for name, pair in decided.items()}


def first_statements(spoken: pd.DataFrame) -> pd.DataFrame:
    """Return the first statement from home and the first from abroad."""
    return spoken.drop_duplicates("abroad").reset_index(drop=True)


def _checks(claims: Mapping[str, Claim], tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Check]]:
    rows = independent(tables["ngo_tax_case"])
    known = [("ngo-15", "notice"), ("penalties-in-notices", "fine"), ("fines-cancelled-three", "cancellation")]
    least = records.notified(rows)
    expected = {name: least if name.startswith("pen") else records.number_of(claims[name]) for name, _ in known}
    checks = {name: [records.named_check(rows, step=step, expected=expected[name])] for name, step in known}
    first, called = rows.loc[rows["step"] == "checks", "first"].min(), _called(tables)
    detail = f"first checks {first.date()} at the earliest, {(called - first).days} days before the vote was called"
    early = Check(name="checks before the election was called", passed=bool(first >= called), detail=detail)
    return checks | {"notices-before-election": [early]}


def election_cause(
    dates: pd.DataFrame, case: Collision, elections: pd.DataFrame, *, country: str, alpha: float
) -> list[Check]:
    """Return the registered checks on the claim that the vote caused the pressure.

    Parameters
    ----------
    dates : pandas.DataFrame
        See :func:`analysis.article.tax_case.random_vote`.
    case : Collision
        Rivals on the case's time line.
    elections : pandas.DataFrame
        The table ``elections``.
    country : str
        ISO3 code.
    alpha : float
        Level of the test.
    """
    own = elections[(elections["iso3"] == country) & (elections["kind"] != "referendum")]
    earlier = own[own["date"].between("2016-07-01", FIRST)]["date"].tolist()
    near, episodes = int(dates["near"].max()), int(dates["episodes"].max())
    p = dates["p"].astype(float)
    unrest = [rival.name for rival in case.coinciding() if rival.kind == "foreign unrest"]
    return [
        Check(
            name="earlier elections",
            passed=not earlier and near == episodes,
            detail=f"{near} of {episodes} tax episodes since the reporting law began before a vote; none is on record "
            f"before the earlier one of {', '.join(earlier)}",
        ),
        Check(
            name="randomised election date",
            passed=bool(p.max() <= alpha),
            detail=f"p from {p.min():.2g} to {p.max():.2g}, by the step that counts as the beginning",
        ),
        Check(
            name="rival: foreign unrest",
            passed=not unrest,
            detail=f"{len(unrest)} dated starts of unrest abroad coincide with the onset of the case",
        ),
        Check(
            name="rival: tax calendar",
            passed=False,
            detail="not run: no count of checks on other organisations is on record; the tax body called them routine",
        ),
        Check(
            name="rival: reporting errors",
            passed=False,
            detail="not run: the records do not say whether the reports were right",
        ),
    ]


def campaign_cause(ngo: pd.DataFrame) -> list[Check]:
    """Return the registered checks on the claim that the campaign brought about the withdrawal."""
    rows = independent(ngo)
    upheld = ngo[(ngo["step"] == "court") & (ngo["date"] < FIRST)]
    spoke = ", ".join(upheld["source_org"].map(origin))
    courts = rows[rows["step"] == "court"]
    official = rows[(rows["step"] == "statement") & (rows["organisation"] == "State Revenue Committee")]
    days = (pd.Timestamp(WITHDRAWN) - pd.Timestamp(ELECTION_DAY)).days
    return [
        Check(
            name="case of 2017",
            passed=upheld.empty,
            detail=f"{spoke} spoke up then too, and the fine stood on appeal ({', '.join(upheld['date'])})",
        ),
        Check(name="rival: vote over", passed=days < 0, detail=f"the vote lay {days} days back"),
        Check(
            name="rival: appeal on the merits",
            passed=courts.empty,
            detail=f"courts reversed the fines of {', '.join(courts['organisation'])} by {courts['date'].max()}",
        ),
        Check(
            name="rival: routine review",
            passed=official.empty,
            detail=f"the tax body called the checks routine on {', '.join(official['date'])}",
        ),
    ]


def one_case(case: Collision, checks: list[Check], words: str, *, own: str = "") -> dict[str, Any]:
    """Return the evidence on a cause of the one case: identified only if no rival coincides with it."""
    open_ = [check.name for check in checks if check.name.startswith("rival: ") and not check.passed]
    return {
        "falsifications": checks,
        "identified": not open_ and not case.kinds(but=own),
        "design": "descriptive",
        "n": 1,
        "summary": f"{words} {len(open_)} registered rivals are not excluded.",
    }


def campaign_sentence(spoken: pd.DataFrame) -> str:
    """Say how long after the first statements the claims were withdrawn."""
    day = pd.Timestamp(WITHDRAWN)
    first = first_statements(spoken)
    parts = [f"{(day - pd.Timestamp(row.date)).days} days after {row.who} ({row.date})" for row in first.itertuples()]
    return f"The claims were withdrawn on {WITHDRAWN}, {' and '.join(parts)}; one case gives order, not cause."


def _called(tables: Mapping[str, pd.DataFrame]) -> pd.Timestamp:
    shocks = tables["regional_shocks"]
    return pd.Timestamp(shocks.loc[shocks["event"] == _CALLED, "date"].iloc[0])


def _told(reports: list[Report], silent: list[str]) -> str:
    undecided = f" Undecided: {'; '.join(silent)}." if silent else ""
    if not reports:
        return f"No record other than the article's decides it.{undecided}" if silent else _NOTHING
    agree = sum(report.agrees for report in reports)
    return f"{agree} of {len(reports)} records agree: {told(reports)}.{undecided}"


def _tables(name: str) -> tuple[str, ...]:
    if name in UNREST:
        return ("regional_shocks", "ngo_tax_case")
    if name in ("notices-before-election", "fines-before-election"):
        return ("ngo_tax_case", "elections")
    return _TABLES
