"""What verdicts were under earlier locks, and what they are worth: how often a rule says what in simulated worlds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.claims.calibration import TESTED, worlds_of
from analysis.claims.judge import CONTRADICTED, NOT_YET, SIDES, SUPPORTED, scaled
from analysis.claims.lock import Lock, rule_hash
from analysis.claims.register import Claim
from analysis.claims.rules import Directional, NonInferiority
from analysis.claims.verdicts import Verdict

#: Share of worlds with twice the smallest effect in which a rule has to reach the right side.
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Past:
    """A verdict with its reason, the lock under which it was published, and why the claim's rule changed before it.

    ``reasons`` are those of the locks that changed the rule since the verdict before; none if the rule stayed.
    """

    date: str
    lock: str
    verdict: str
    reasons: tuple[str, ...]

    @property
    def why(self) -> str:
        """The reasons in one text."""
        return " ".join(f"{reason.rstrip('.')}." for reason in self.reasons) or "The rule of this claim did not change."


def history(verdict: Verdict, lock: Lock, table: pd.DataFrame) -> list[Past]:
    """Return the verdicts on a claim, oldest first, the present one last.

    A row stands where the verdict or the rule is another than before. The table is that of earlier publications; it
    may be older than the present lock. A claim that was not judged has no present verdict.
    """
    reasons = {entry.hash: entry.reason for entry in lock.history}
    published = table[table["claim"] == verdict.claim.id].fillna({"changed_by": ""}).to_dict("records")
    rows = [row for row in published if row["lock"] != lock.hash]
    now, rule = verdict.conclusion.label, rule_hash(verdict.claim)
    last = rows[-1] if rows else {"verdict": None, "rule": None}
    if verdict.conclusion.verdict != NOT_YET and (last["verdict"], last["rule"]) != (now, rule):
        own = [row["changed_by"] for row in published if row["lock"] == lock.hash]
        changed_by = own[0] if own else "" if last["rule"] == rule else lock.hash
        rows.append({"date": lock.history[-1].date, "lock": lock.hash, "verdict": now, "changed_by": changed_by})
    said = [tuple(reasons[name] for name in row["changed_by"].split() if name in reasons) for row in rows]
    return [Past(row["date"], row["lock"], row["verdict"], why) for row, why in zip(rows, said, strict=True)]


def reached(claim: Claim) -> pd.DataFrame:
    """Return how often the rule of a claim reaches each verdict in simulated worlds: one row a test and world.

    Columns are ``test``, ``world``, ``holds`` (whether the claim is true there; None where neither side is plainly
    false), ``twice`` (whether the true effect is twice the smallest that matters), the verdicts by name, and the number
    of worlds ``judged``.
    """
    own = worlds_of(claim).query("judged > 0")
    holds = own["wrong"].map({SUPPORTED: False, CONTRADICTED: True})
    known = {"test": own["test"], "world": own["world"], "holds": holds, "twice": _twice(claim, own)}
    return pd.DataFrame(known | {name: own[name.replace(" ", "_")] for name in TESTED} | {"judged": own["judged"]})


def _twice(claim: Claim, worlds: pd.DataFrame) -> np.ndarray:
    """Mark the worlds with twice the smallest effect that the claim names or denies, as a shock may not be.

    A lowest score stands out by as much, or another one does.
    """
    scale = claim.measures[0].scale if claim.measures else getattr(claim.rule, "scale", "difference")
    sizes = [abs(scaled(true, scale)) for true in worlds["truth"]]
    smallest = abs(scaled(claim.smallest_effect.value, scale)) if claim.smallest_effect else np.nan
    false = {NonInferiority: [SUPPORTED], Directional: [CONTRADICTED]}.get(type(claim.rule), [SUPPORTED, CONTRADICTED])
    return worlds["wrong"].isin(false).to_numpy() & np.isclose(sizes, 2 * smallest, rtol=0.01)


def seldom_found(worlds: pd.DataFrame) -> list[str]:
    """Return the worlds with twice the smallest effect in which the right side is reached in under half."""
    for_, against = (worlds[[name for name, side in SIDES.items() if side * sign > 0]].sum(axis=1) for sign in (1, -1))
    right = for_.where(worlds["holds"].eq(True), against)
    return list(dict.fromkeys(worlds.loc[worlds["twice"] & (right < _HALF), "world"]))
