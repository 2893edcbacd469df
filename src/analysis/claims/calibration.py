"""What the verdicts of a rule are worth: the rule applied to simulated evidence, and how often it says what."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from analysis.claims.evidence import Check, Evidence
from analysis.claims.judge import NOT_YET, OPINION, VERDICTS
from analysis.claims.register import Claim, Register
from analysis.claims.rules import RegisteredCheck
from analysis.data.load import load

#: A share of worlds is surely beyond a limit if its interval of this level is.
_SURELY = 0.999


def broken_promises(claim: Claim, register: Register) -> tuple[str, ...]:
    """Return the simulated worlds in which the test of a claim surely errs more often than the register allows.

    Claims with one model share a test. The worlds are those of the committed table of calibration.
    """
    broken = _broken(register.thresholds.size_to, register.thresholds.coverage_from)
    alike = [one.id for one in register.claims if one.id == claim.id or (claim.model and one.model == claim.model)]
    return tuple(dict.fromkeys(world for name in alike for world in broken.get(name, ())))


@functools.cache
def _broken(size_to: float, coverage_from: float) -> dict[str, tuple[str, ...]]:
    table = load("calibration")
    beyond = [
        (row.rejection == "size" and _ends(row.rejected, row.worlds)[0] > size_to)
        or (pd.notna(row.coverage) and _ends(row.coverage, row.worlds)[1] < coverage_from)
        for row in table.itertuples()
    ]
    return {str(name): tuple(dict.fromkeys(worlds)) for name, worlds in table[beyond].groupby("claim")["world"]}


def _ends(share: float, worlds: int) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share of worlds."""
    ends = binomtest(round(share * worlds), int(worlds)).proportion_ci(_SURELY)
    return float(ends.low), float(ends.high)


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
