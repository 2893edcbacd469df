"""What would change a verdict: the same rule applied to evidence that differs in one named respect."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from analysis.claims import rules
from analysis.claims.evidence import Evidence, Report
from analysis.claims.judge import judge
from analysis.claims.register import Claim, Register

#: Factors by which the smallest effect of interest is moved.
FACTORS = {"half": 0.5, "twice": 2.0}
#: The probability from which an extremum would count as supported under a milder rule.
MILDER = 0.90


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of one input, as a clause, the verdict that the locked rule would then give, and the kind of change."""

    change: str
    verdict: str
    kind: str


class _Case(NamedTuple):
    claim: Claim
    evidence: Evidence
    p: float | None

    def found(self, **update: Any) -> _Case:
        return self._replace(evidence=self.evidence.model_copy(update=update))

    def claimed(self, **update: Any) -> _Case:
        return self._replace(claim=self.claim.model_copy(update=update))

    @property
    def is_ratio(self) -> bool:
        return isinstance(self.claim.rule, rules.Directional) and self.claim.rule.scale == "ratio"


def flips(claim: Claim, evidence: Evidence, register: Register, *, p_adjusted: float | None) -> tuple[Flip, ...]:
    """Return every single change that would give another verdict than the register's thresholds do."""

    def verdict(case: _Case) -> str:
        return judge(case.claim, case.evidence, register.thresholds, p_adjusted=case.p).label

    whole = _Case(claim, evidence, p_adjusted)
    changed = (Flip(text, verdict(case), kind) for kind, text, case in _changes(whole))
    return tuple(flip for flip in changed if flip.verdict != verdict(whole))


def _changes(case: _Case) -> Iterator[tuple[str, str, _Case]]:
    claim, evidence, p = case
    if isinstance(claim.rule, rules.Extremum):
        milder = case.claimed(rule=claim.rule.model_copy(update={"supported_from": MILDER}))
        yield "threshold", f"a bar of {MILDER:g} in place of {claim.rule.supported_from:g}", milder
    if claim.smallest_effect is not None:
        for word, factor in FACTORS.items():
            yield "threshold", f"a smallest effect of interest {word} as large", _with_effect(case, factor)
    if evidence.measures or (evidence.interval is not None and evidence.estimate is not None):
        yield "precision", "the same estimates with intervals half as wide", _more_precise(case)
    checks = evidence.falsifications
    if failed := [check.name for check in checks if not check.passed]:
        passed = tuple(check.model_copy(update={"passed": True}) for check in checks)
        yield "check", f"a pass in {', '.join(failed)}", case.found(falsifications=passed)
    for index, check in enumerate(checks):
        if check.passed:
            other = check.model_copy(update={"passed": False})
            altered = case.found(falsifications=(*checks[:index], other, *checks[index + 1 :]))
            yield "check", f"a failure of {check.name}", altered
    if isinstance(claim.rule, rules.Record):
        for agrees, word in ((True, "agrees"), (False, "disagrees")):
            report = Report(source="one more", value="", agrees=agrees)
            more = case.found(reports=(*evidence.reports, report))
            yield "record", f"one more independent record that {word}", more
    if p is not None and isinstance(claim.rule, rules.Directional):
        yield "p-value", "without the correction for several tests", case._replace(p=evidence.p_value)
    if not evidence.identified:
        told = case.found(identified=True)
        yield "identification", "variation that tells the rival explanations apart", told


def _with_effect(case: _Case, factor: float) -> _Case:
    """Multiply every smallest effect of interest; that of a ratio on the log scale."""
    effect = case.claim.smallest_effect
    assert effect is not None
    value = effect.value**factor if case.is_ratio else effect.value * factor
    measures = tuple(
        item.model_copy(update={"smallest_effect": item.smallest_effect * factor}) for item in case.evidence.measures
    )
    return case.claimed(smallest_effect=effect.model_copy(update={"value": value})).found(measures=measures)


def _more_precise(case: _Case) -> _Case:
    """Halve the width of every interval about its estimate."""
    evidence = case.evidence
    measures = tuple(
        item.model_copy(update={name: (getattr(item, name) + item.estimate) / 2 for name in ("lower", "upper")})
        for item in evidence.measures
    )
    if evidence.interval is None or evidence.estimate is None:
        return case.found(measures=measures)
    middle = evidence.estimate
    ends = tuple(
        math.sqrt(end * middle) if case.is_ratio and min(end, middle) > 0 else (end + middle) / 2
        for end in evidence.interval
    )
    return case.found(measures=measures, interval=ends)
