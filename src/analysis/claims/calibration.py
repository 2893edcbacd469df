"""What the verdicts of a rule are worth: the rule applied to simulated evidence, and how often it says what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.claims.evidence import Check, Evidence
from analysis.claims.judge import NOT_YET, OPINION, VERDICTS
from analysis.claims.register import Claim
from analysis.claims.rules import RegisteredCheck


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
    tested = [name for name in VERDICTS if name not in (OPINION, NOT_YET)]
    table = pd.DataFrame({"n": [counts[name] for name in tested]}, index=tested)
    worlds = counts.total() or float("nan")
    lower, upper = proportion_confint(table["n"], worlds, method="wilson")
    return table.assign(share=table["n"] / worlds, lower=lower, upper=upper)
