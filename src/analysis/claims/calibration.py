"""What the verdicts of a rule are worth: what it says in simulated worlds, and how often its test errs there."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.claims.judge import CONTRADICTED, NOT_YET, OPINION, SIDES, SUPPORTED, VERDICTS, scaled
from analysis.claims.register import Claim, Register, Thresholds
from analysis.claims.rules import NonInferiority
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
    false), ``twice`` (whether the true effect is twice the smallest that matters), the verdicts by name, and the number
    of worlds ``judged``. A claim that has no rows of its own has those of one with the same model.
    """
    own = worlds_of(claim, register).query("judged > 0")
    mine = own["claim"] == claim.id
    own = own[mine] if mine.any() else own
    holds = own["wrong"].map({SUPPORTED: False, CONTRADICTED: True})
    shares = {name: own[name.replace(" ", "_")] for name in TESTED}
    known = {"test": own["test"], "world": own["world"], "holds": holds, "twice": _twice(claim, own)}
    return pd.DataFrame(known | shares | {"judged": own["judged"]})


def _twice(claim: Claim, worlds: pd.DataFrame) -> np.ndarray:
    """Mark the worlds whose true effect is twice the smallest one, and one of its own: a shock makes no claim true."""
    denies = isinstance(claim.rule, NonInferiority)
    scale = claim.measures[0].scale if denies else getattr(claim.rule, "scale", "difference")
    sizes = [abs(scaled(true, scale)) for true in worlds["truth"]]
    smallest = abs(scaled(claim.smallest_effect.value, scale)) if claim.smallest_effect else np.nan
    real = worlds["wrong"] == (SUPPORTED if denies else CONTRADICTED)
    return real.to_numpy() & np.isclose(sizes, 2 * smallest, rtol=0.01)


def seldom_found(worlds: pd.DataFrame) -> list[str]:
    """Return the worlds with twice the smallest effect in which the right side is reached in under half."""
    for_, against = (worlds[[name for name, side in SIDES.items() if side * sign > 0]].sum(axis=1) for sign in (1, -1))
    right = for_.where(worlds["holds"].eq(True), against)
    return list(dict.fromkeys(worlds.loc[worlds["twice"] & (right < _HALF), "world"]))


def surely_broken(table: pd.DataFrame, thresholds: Thresholds) -> pd.Series:
    """Mark simulated worlds in which size or coverage lies beyond what is allowed with its whole 99.9 % interval."""

    def ends(share: pd.Series) -> tuple[pd.Series, pd.Series]:
        found = proportion_confint((share * table["worlds"]).round(), table["worlds"], DOUBT, method="beta")
        return pd.Series(found[0], table.index), pd.Series(found[1], table.index)

    size = ends(table["rejected"].where(table["rejection"] == "size"))[0]
    coverage = ends(table["coverage"])[1]
    return (size > table["nominal"] + thresholds.size_slack) | (coverage < thresholds.coverage_from)
