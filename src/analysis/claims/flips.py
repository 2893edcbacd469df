"""What would change a verdict: the same rule applied to evidence that differs in one named respect."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analysis.claims import rules
from analysis.claims.evidence import Evidence, Report
from analysis.claims.judge import failed_checks, judge
from analysis.claims.register import Claim, Register

#: Factors by which the smallest effect of interest is moved.
FACTORS = (0.5, 2.0)
#: The probability from which an extremum would count as supported under a milder rule.
MILDER = 0.90


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of one input and the verdict it would lead to.

    Attributes
    ----------
    change : str
        What would have to differ, as a clause: ``a smallest effect of interest of 0.025 V-Dem points``.
    verdict : str
        Verdict that the locked rule then gives, with its reason if not testable.
    kind : str
        ``threshold``, ``precision``, ``check``, ``record``, ``p-value`` or ``identification``.
    """

    change: str
    verdict: str
    kind: str


def flips(claim: Claim, evidence: Evidence, register: Register, *, p_adjusted: float | None) -> tuple[Flip, ...]:
    """Return every single change that would give another verdict.

    Parameters
    ----------
    claim : Claim
        The registered claim.
    evidence : Evidence
        What was found; it is not altered.
    register : Register
        Its thresholds are those of the verdict.
    p_adjusted : float or None
        As for :func:`analysis.claims.judge.judge`.

    Returns
    -------
    tuple of Flip
        In a fixed order; empty if no single change alters the verdict.
    """
    stands = judge(claim, evidence, register.thresholds, p_adjusted=p_adjusted).label
    changed = (
        Flip(text, judge(other, found, register.thresholds, p_adjusted=p).label, kind)
        for kind, text, other, found, p in _changes(claim, evidence, p_adjusted)
    )
    return tuple(flip for flip in changed if flip.verdict != stands)


Change = tuple[str, str, Claim, Evidence, float | None]


def _changes(claim: Claim, evidence: Evidence, p: float | None) -> Iterator[Change]:
    yield from _thresholds(claim, evidence, p)
    yield from _precision(claim, evidence, p)
    yield from _checks(claim, evidence, p)
    yield from _records(claim, evidence, p)
    if p is not None and isinstance(claim.rule, rules.Directional):
        yield "p-value", "without the correction for several tests", claim, evidence, evidence.p_value
    if not evidence.identified:
        found = _updated(evidence, {"identified": True})
        yield "identification", "variation that tells the rival explanations apart", claim, found, p


def _thresholds(claim: Claim, evidence: Evidence, p: float | None) -> Iterator[Change]:
    if isinstance(claim.rule, rules.Extremum):
        other = claim.model_copy(update={"rule": claim.rule.model_copy(update={"supported_from": MILDER})})
        yield "threshold", f"a bar of {MILDER:g} in place of {claim.rule.supported_from:g}", other, evidence, p
    effect = claim.smallest_effect
    if effect is None:
        return
    for factor in FACTORS:
        # A ratio is halved and doubled on the log scale.
        value = effect.value**factor if _is_ratio(claim) else effect.value * factor
        measures = tuple(_moved(item, factor) for item in evidence.measures)
        other = claim.model_copy(update={"smallest_effect": effect.model_copy(update={"value": value})})
        word = "half" if factor < 1 else "twice"
        text = f"a smallest effect of interest {word} as large"
        yield "threshold", text, other, _updated(evidence, {"measures": measures}), p


def _precision(claim: Claim, evidence: Evidence, p: float | None) -> Iterator[Change]:
    """Halve the width of every interval about its estimate."""
    measures = tuple(
        item.model_copy(update={name: (getattr(item, name) + item.estimate) / 2 for name in ("lower", "upper")})
        for item in evidence.measures
    )
    update: dict[str, Any] = {"measures": measures}
    if evidence.interval is not None and evidence.estimate is not None:
        update["interval"] = tuple(_between(end, evidence.estimate, _is_ratio(claim)) for end in evidence.interval)
    if measures or "interval" in update:
        yield "precision", "the same estimates with intervals half as wide", claim, _updated(evidence, update), p


def _between(end: float, estimate: float, ratio: bool) -> float:
    if ratio and min(end, estimate) > 0:
        return math.sqrt(end * estimate)
    return (end + estimate) / 2


def _updated(evidence: Evidence, update: dict[str, Any]) -> Evidence:
    return evidence.model_copy(update=update)


def _is_ratio(claim: Claim) -> bool:
    return isinstance(claim.rule, rules.Directional) and claim.rule.scale == "ratio"


def _moved(measure: Any, factor: float) -> Any:
    return measure.model_copy(update={"smallest_effect": measure.smallest_effect * factor})


def _checks(claim: Claim, evidence: Evidence, p: float | None) -> Iterator[Change]:
    if failed := failed_checks(claim, evidence):
        passed = tuple(check.model_copy(update={"passed": True}) for check in evidence.falsifications)
        found = _updated(evidence, {"falsifications": passed})
        yield "check", f"a pass in {', '.join(failed)}", claim, found, p
    for index, check in enumerate(evidence.falsifications):
        if check.passed:
            altered = list(evidence.falsifications)
            altered[index] = check.model_copy(update={"passed": False})
            found = _updated(evidence, {"falsifications": tuple(altered)})
            yield "check", f"a failure of {check.name}", claim, found, p


def _records(claim: Claim, evidence: Evidence, p: float | None) -> Iterator[Change]:
    if claim.rule.kind not in ("record", "order"):
        return
    for agrees, word in ((True, "agrees"), (False, "disagrees")):
        report = Report(source="one more", value="", agrees=agrees)
        found = _updated(evidence, {"reports": (*evidence.reports, report)})
        yield "record", f"one more independent record that {word}", claim, found, p
