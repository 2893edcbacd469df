"""Simulated worlds of a claim, and those in which its test errs more often than it promises."""

from __future__ import annotations

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.claims.judge import CONTRADICTED, KEPT, SUPPORTED, Broken
from analysis.claims.register import Claim, Register, Thresholds
from analysis.data.catalogue import WORLDS
from analysis.data.load import load

#: Error rate of the Monte Carlo interval of a share of worlds that has to lie beyond a limit.
DOUBT = 0.001


def broken_promises(claim: Claim, register: Register) -> Broken:
    """Return the simulated worlds in which a claim's test surely errs too often to speak for it (1), or against (-1).

    A test that is broken cannot be used for either side, one that often points to a wrong side not for that one.
    """
    own, allowed = (worlds := load(WORLDS))[worlds["claim"] == claim.id], register.thresholds
    if own.empty:
        return KEPT
    test, side = surely_broken(own, allowed), surely_misleading(own, allowed)
    wrong = {1: own["wrong"] == SUPPORTED, -1: own["wrong"] == CONTRADICTED}
    return {sign: tuple(dict.fromkeys(own.loc[test | (side & of_it), "world"])) for sign, of_it in wrong.items()}


def surely_broken(table: pd.DataFrame, thresholds: Thresholds) -> pd.Series:
    """Mark simulated worlds in which size or coverage lies beyond what is allowed with its whole 99.9 % interval."""
    size, _ = _ends(table["rejected"].where(table["rejection"] == "size"), table["worlds"])
    _, coverage = _ends(table["coverage"], table["worlds"])
    return (size > table["nominal"] + thresholds.size_slack) | (coverage < thresholds.coverage_from)


def surely_misleading(table: pd.DataFrame, thresholds: Thresholds) -> pd.Series:
    """Mark simulated worlds in which the wrong side, if one is, is reached more often than confidence allows."""
    leans = table[f"leans_{CONTRADICTED}"].mask(table["wrong"] == SUPPORTED, table[f"leans_{SUPPORTED}"])
    decided, sided = (_ends(table["wrong_share"] + more, table["judged"])[0] for more in (0.0, leans))
    return (decided > 1 - thresholds.decided) | (sided > 1 - thresholds.leans)


def _ends(share: pd.Series, worlds: pd.Series) -> tuple[pd.Series, pd.Series]:
    found = proportion_confint((share * worlds).round(), worlds, DOUBT, method="beta")
    return pd.Series(found[0], share.index), pd.Series(found[1], share.index)
