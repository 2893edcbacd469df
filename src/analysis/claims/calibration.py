"""What the verdicts of a rule are worth: the rule applied to simulated evidence, and how often it says what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.claims.evidence import Check, Evidence
from analysis.claims.judge import (
    CONTRADICTED,
    LEANS_CONTRADICTED,
    LEANS_SUPPORTED,
    NOT_YET,
    OPINION,
    SUPPORTED,
    VERDICTS,
)
from analysis.claims.register import Claim, Register, Thresholds
from analysis.claims.rules import RegisteredCheck
from analysis.data.catalogue import WORLDS
from analysis.data.load import load

#: Verdicts that a test can lead to.
TESTED = [name for name in VERDICTS if name not in (OPINION, NOT_YET)]
#: Error rate of the Monte Carlo interval of a share of worlds that has to lie beyond a limit.
DOUBT = 0.001
#: Share of worlds with twice the smallest effect in which a rule has to reach the right side.
_HALF = 0.5


def broken_promises(claim: Claim, register: Register) -> tuple[str, ...]:
    """Return the simulated worlds in which the test of a claim surely errs more often than the register allows."""
    own = worlds_of(claim, register)
    return tuple(dict.fromkeys(own.loc[surely_broken(own, register.thresholds), "world"])) if len(own) else ()


def worlds_of(claim: Claim, register: Register) -> pd.DataFrame:
    """Return the rows of the committed table of simulated worlds for a claim; claims with one model share a test."""
    table = load(WORLDS)
    alike = [one.id for one in register.claims if one.id == claim.id or (claim.model and one.model == claim.model)]
    return table[table["claim"].isin(alike)]


def reached(claim: Claim, register: Register) -> pd.DataFrame:
    """Return how often the rule of a claim reaches each verdict in simulated worlds: one row a test and world.

    Columns are ``test``, ``world``, ``holds`` (whether the claim is true there; None where neither side is plainly
    false), the verdicts by name, and the number of worlds ``judged``.
    """
    own = worlds_of(claim, register)
    own = own[own["judged"] > 0]
    holds = own["wrong"].map({SUPPORTED: False, CONTRADICTED: True})
    shares = {name: own[name.replace(" ", "_")] for name in TESTED}
    return pd.DataFrame({"test": own["test"], "world": own["world"], "holds": holds, **shares, "judged": own["judged"]})


def seldom_found(worlds: pd.DataFrame) -> list[str]:
    """Return the worlds with twice the smallest effect in which the right side is reached in under half."""
    right = pd.Series(0.0, worlds.index)
    for holds, names in ((True, (SUPPORTED, LEANS_SUPPORTED)), (False, (CONTRADICTED, LEANS_CONTRADICTED))):
        right = right.mask(worlds["holds"] == holds, worlds[list(names)].sum(axis=1))
    twice = worlds["world"].str.contains("twice the smallest", regex=False)
    return list(dict.fromkeys(worlds.loc[twice & (right < _HALF), "world"]))


def surely_broken(table: pd.DataFrame, thresholds: Thresholds) -> pd.Series:
    """Mark simulated worlds in which size or coverage lies beyond what is allowed with its whole 99.9 % interval."""

    def ends(share: pd.Series) -> tuple[pd.Series, pd.Series]:
        found = proportion_confint((share * table["worlds"]).round(), table["worlds"], DOUBT, method="beta")
        return pd.Series(found[0], table.index), pd.Series(found[1], table.index)

    size = ends(table["rejected"].where(table["rejection"] == "size"))[0]
    coverage = ends(table["coverage"])[1]
    return (size > table["nominal"] + thresholds.size_slack) | (coverage < thresholds.coverage_from)


def simulated(claim: Claim, **fields: Any) -> Evidence:
    """Return evidence on a claim of any kind of rule, as a simulated world gives it.

    Registered checks and components that are not given count as passed, so that shares of clear verdicts are upper
    bounds.
    """
    known: dict[str, Any] = claim.model_dump(include={"test", "estimand"})
    known |= {"claim": claim.id, "notebook": str(claim.notebook), "design": claim.design or "model-based"}
    known |= {"vintage": "simulated", "summary": "simulated", "parameters": {}, "sources": ()}
    known |= {"falsifications": _passed(claim.checks), "components": _passed(claim.components)}
    return Evidence(**known | fields)


def _passed(checks: Iterable[RegisteredCheck]) -> tuple[Check, ...]:
    return tuple(Check(name=check.name, passed=True, detail="", asks=check.asks) for check in checks)


def verdict_rates(verdicts: Iterable[str]) -> pd.DataFrame:
    """Return how often each verdict was reached: ``share``, nan without any world, and its 95 % interval by Wilson."""
    counts = Counter(verdicts)
    table = pd.DataFrame({"n": [counts[name] for name in TESTED]}, index=TESTED)
    worlds = counts.total() or float("nan")
    lower, upper = proportion_confint(table["n"], worlds, method="wilson")
    return table.assign(share=table["n"] / worlds, lower=lower, upper=upper)
