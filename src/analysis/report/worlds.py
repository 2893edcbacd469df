"""What the verdicts of a rule are worth: how often it says what in simulated worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.claims.calibration import TESTED, worlds_of
from analysis.claims.judge import CONTRADICTED, SIDES, SUPPORTED, scaled
from analysis.claims.register import Claim, Register
from analysis.claims.rules import NonInferiority

#: Share of worlds with twice the smallest effect in which a rule has to reach the right side.
_HALF = 0.5


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
    scale = claim.measures[0].scale if claim.measures else getattr(claim.rule, "scale", "difference")
    sizes = [abs(scaled(true, scale)) for true in worlds["truth"]]
    smallest = abs(scaled(claim.smallest_effect.value, scale)) if claim.smallest_effect else np.nan
    real = worlds["wrong"] == (SUPPORTED if denies else CONTRADICTED)
    return real.to_numpy() & np.isclose(sizes, 2 * smallest, rtol=0.01)


def seldom_found(worlds: pd.DataFrame) -> list[str]:
    """Return the worlds with twice the smallest effect in which the right side is reached in under half."""
    for_, against = (worlds[[name for name, side in SIDES.items() if side * sign > 0]].sum(axis=1) for sign in (1, -1))
    right = for_.where(worlds["holds"].eq(True), against)
    return list(dict.fromkeys(worlds.loc[worlds["twice"] & (right < _HALF), "world"]))
