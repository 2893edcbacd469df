"""Simulated worlds of a claim, and those in which its test errs more often than it promises."""

from __future__ import annotations

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.claims.judge import NOT_YET, OPINION, VERDICTS
from analysis.claims.register import Claim, Register, Thresholds
from analysis.data.catalogue import WORLDS
from analysis.data.load import load

#: Verdicts that a test can lead to.
TESTED = [name for name in VERDICTS if name not in (OPINION, NOT_YET)]
#: Error rate of the Monte Carlo interval of a share of worlds that has to lie beyond a limit.
DOUBT = 0.001


def broken_promises(claim: Claim, register: Register) -> tuple[str, ...]:
    """Return the simulated worlds in which the test of a claim surely errs more often than the register allows."""
    own = worlds_of(claim, register)
    return tuple(dict.fromkeys(own.loc[surely_broken(own, register.thresholds), "world"])) if len(own) else ()


def worlds_of(claim: Claim, register: Register) -> pd.DataFrame:
    """Return the rows of the committed table of simulated worlds for a claim; claims with one model share a test."""
    table = load(WORLDS)
    alike = [one.id for one in register.claims if one.id == claim.id or (claim.model and one.model == claim.model)]
    return table[table["claim"].isin(alike)]


def surely_broken(table: pd.DataFrame, thresholds: Thresholds) -> pd.Series:
    """Mark simulated worlds in which size or coverage lies beyond what is allowed with its whole 99.9 % interval."""

    def ends(share: pd.Series) -> tuple[pd.Series, pd.Series]:
        found = proportion_confint((share * table["worlds"]).round(), table["worlds"], DOUBT, method="beta")
        return pd.Series(found[0], table.index), pd.Series(found[1], table.index)

    size = ends(table["rejected"].where(table["rejection"] == "size"))[0]
    coverage = ends(table["coverage"])[1]
    return (size > table["nominal"] + thresholds.size_slack) | (coverage < thresholds.coverage_from)
