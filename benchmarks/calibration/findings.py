"""What one simulated world yields: a test's decision, its interval, and the verdict of the locked rule."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan, nan
from typing import Any, Self

from analysis.claims.adapter import build_checks, confidence_in
from analysis.claims.evidence import Check, Evidence, Multiverse
from analysis.claims.judge import CONTRADICTED, SUPPORTED, judge
from analysis.claims.register import Claim, Register, load_register
from analysis.claims.rules import Directional, RegisteredCheck
from analysis.methods.result import Estimate

#: Error rate that a test promises unless it says another one.
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """One test in one simulated world.

    ``test`` is named with its main option, ``claim`` is the registered one whose rule was applied. ``truth`` is what
    the 95 % interval should cover, nan where the test has none. If the hypothesis is true in this world (``null``),
    rejecting it at the promised error rate ``nominal`` is an error. An empty ``verdict`` means that no rule was
    applied.
    """

    test: str
    claim: str
    truth: float
    estimate: float
    rejected: bool
    null: bool
    interval: tuple[float, float] = (nan, nan)
    nominal: float = _LEVEL
    verdict: str = ""

    @classmethod
    def of(cls, result: Estimate, **known: Any) -> Self:
        """Return the finding of a result that has estimate, interval and p; what is ``known`` goes before these."""
        made = {"estimate": result.estimate, "interval": (result.lower, result.upper)}
        return cls(**{**made, "rejected": result.p_value <= known.get("nominal", _LEVEL), **known})

    @property
    def wrong(self) -> str:
        """Verdict that would be false in this world: that of rejecting a true hypothesis, or denying a false one."""
        return SUPPORTED if self.null else CONTRADICTED

    @property
    def covered(self) -> float:
        """1 if the interval holds the truth, 0 if not, nan without an interval."""
        lower, upper = self.interval
        return nan if isnan(lower) or isnan(upper) else float(lower <= self.truth <= upper)


@functools.cache
def register() -> Register:
    """Return the register, read once a process."""
    return load_register()


def smallest_effect(claim: str) -> float:
    """Return the smallest effect of interest that is registered for a claim."""
    return register()[claim].smallest_effect.value


@functools.cache
def family_size() -> int:
    """Return how many claims of the confirmatory family are about an effect, and so share its correction."""
    return sum(c.family == "confirmatory" and c.rule.kind == "directional" for c in register().claims)


def corrected(p: float) -> float:
    """Return Holm's adjusted p of one claim if no other claim of the confirmatory family shows any effect (p = 1)."""
    return min(1.0, family_size() * p)


def statement(claim_id: str, result: Any) -> dict[str, Any]:
    """Return the fields of evidence that a result of a claimed effect has, with its confidence."""
    claim = register()[claim_id]
    assert isinstance(claim.rule, Directional)
    rise, smallest = claim.rule.direction == "rise", smallest_effect(claim_id)
    said = confidence_in(result, smallest, scale=claim.rule.scale, rise=rise, least=True)
    return result.evidence() | {"confidence": said}


def registered_check(claim_id: str, name: str, outcome: Any) -> Check:
    """Return a registered check of a simulated outcome; which call made it is not asked."""
    rule = next(check for check in register()[claim_id].checks if check.name == name)
    made = build_checks([rule.model_copy(update={"made_by": None})], {name: outcome}, parameters={}, claim=claim_id)
    return made[0]


def simulated(claim: Claim, **fields: Any) -> Evidence:
    """Return evidence on a claim of any kind of rule, as a simulated world gives it.

    Registered checks and components that are not given count as passed, so that shares of clear verdicts are upper
    bounds.
    """
    known: dict[str, Any] = claim.model_dump(include={"test", "estimand"})
    known |= {"claim": claim.id, "notebook": str(claim.notebook), "design": claim.design or "model-based"}
    known |= {"rule": "simulated", "vintage": "simulated", "summary": "simulated", "parameters": {}, "sources": ()}
    known |= {"falsifications": _passed(claim.checks), "components": _passed(claim.components)}
    return Evidence(**known | fields)


def _passed(checks: Iterable[RegisteredCheck]) -> tuple[Check, ...]:
    return tuple(Check(name=check.name, passed=True, detail="", asks=check.asks) for check in checks)


def verdict(
    claim_id: str, fields: dict[str, Any], checks: Iterable[Check | Multiverse] = (), *, of_finding: bool = False
) -> str:
    """Apply the locked rule of a claim to the fields of simulated evidence, as the notebooks' steps return them.

    Falsifications and specification curve are made one by one and only while they could still shake the verdict: a
    contradiction too if the checks ask about the finding. Registered checks that are not among them count as passed, so
    that the shares of supported and contradicted verdicts are upper bounds; unregistered ones are passed over.
    """
    claim = register()[claim_id]
    # What the notebooks' steps say in words, or check in full, is not needed to judge.
    given = {name: value for name, value in fields.items() if name in Evidence.model_fields and name != "summary"}
    evidence = simulated(claim, **given)
    passed = {check.name: check for check in evidence.falsifications}
    p = evidence.one_sided
    p = None if p is None or claim.family != "confirmatory" else corrected(p)
    found = judge(claim, evidence, register().thresholds, p_adjusted=p).verdict
    shakable = (SUPPORTED, CONTRADICTED) if of_finding else (SUPPORTED,)
    for check in checks if found in shakable else ():
        if isinstance(check, Multiverse):
            evidence = evidence.model_copy(update={"multiverse": check})
        elif check.name in passed:
            passed[check.name] = check
            evidence = evidence.model_copy(update={"falsifications": tuple(passed.values())})
        found = judge(claim, evidence, register().thresholds, p_adjusted=p).verdict
        if found not in shakable:
            break
    return found
