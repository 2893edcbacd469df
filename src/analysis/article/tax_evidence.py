"""Steps of notebook 06: checks of claims on the tax case, and evidence on its causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.article.detentions import ELECTION_DAY
from analysis.article.tax_case import FIRST, Collision, independent, organisations_named
from analysis.claims.evidence import Check
from analysis.claims.register import Register
from analysis.claims.rules import Record

#: Claims on states whose unrest the expert names.
UNREST = ("belarus-before-notices", "kyrgyzstan-before-notices", "russia-before-notices")
#: Claims on causes of this one case, with the kind of rival that is the claim's own cause.
CAUSES = {"pressure-because-of-election": "election", "dropped-because-of-campaign": ""}
_CALLED = "date of the parliamentary election announced"
#: Day on which the fines were withdrawn.
_WITHDRAWN = "2021-02-04"
#: Claims on a number of organisations, with the step that is counted.
_COUNTED = {"ngo-15": "notice", "penalties-in-notices": "fine", "fines-cancelled-three": "cancellation"}


def record_checks(register: Register, tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Check]]:
    """Return the registered checks of claims that records decide, by claim.

    Organisations called by name are counted against the number that the claim's rule holds, and the first checks are
    dated against the day on which the vote was called.

    Parameters
    ----------
    register : Register
        The claims.
    tables : mapping of str to DataFrame
        The tables ``ngo_tax_case`` and ``regional_shocks``.
    """
    rows, shocks = independent(tables["ngo_tax_case"]), tables["regional_shocks"]
    checks = {}
    for claim, step in _COUNTED.items():
        rule = register[claim].rule
        assert isinstance(rule, Record)
        assert rule.value is not None
        (number,) = rule.value.asked.values()
        checks[claim] = [_named(rows, step=step, expected=int(number))]
    first = rows.loc[rows["step"] == "checks", "first"].min()
    called = pd.Timestamp(shocks.loc[shocks["event"] == _CALLED, "date"].iloc[0])
    detail = f"first checks {first.date()} at the earliest, {(called - first).days} days before the vote was called"
    early = Check(name="checks before the election was called", passed=bool(first >= called), detail=detail)
    return checks | {"notices-before-election": [early]}


def _named(rows: pd.DataFrame, *, step: str, expected: int) -> Check:
    """Return whether organisations called by name are as many as the claim says."""
    lists = rows[(rows["step"] == step) & rows["organisation"].str.contains("named")]["value"]
    most = max([len(organisations_named(rows, step=step)), *lists.astype(int)])
    detail = f"{most} are named in the longest list, not {expected}"
    return Check(name="named organisations counted", passed=most == expected, detail=detail)


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
    spoke = ", ".join(upheld["origin"])
    courts = rows[rows["step"] == "court"]
    official = rows[(rows["step"] == "statement") & (rows["organisation"] == "State Revenue Committee")]
    days = (pd.Timestamp(_WITHDRAWN) - pd.Timestamp(ELECTION_DAY)).days
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
    day = pd.Timestamp(_WITHDRAWN)
    parts = [
        f"{(day - pd.Timestamp(row.first_day)).days} days after {row.says} ({row.first_day})"
        for row in spoken.drop_duplicates("part").itertuples()
    ]
    return f"The claims were withdrawn on {_WITHDRAWN}, {' and '.join(parts)}; one case gives order, not cause."
