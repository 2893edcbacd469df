"""What would change a verdict: the same rule applied to evidence that differs in one named respect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from analysis.claims import rules
from analysis.claims.evidence import Confidence, Evidence, Measure, Report
from analysis.claims.judge import judge
from analysis.claims.register import Claim, Register

#: Factors by which the smallest effect of interest is moved, and what confidence knows of each.
FACTORS = {"half": (0.5, "short_of_half"), "twice": (2.0, "short_of_twice")}


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


def flips(
    claim: Claim,
    evidence: Evidence,
    register: Register,
    *,
    p_adjusted: float | None,
    broken: Mapping[int, Sequence[str]] = {},
) -> tuple[Flip, ...]:
    """Return every single change that would give another verdict than the register's thresholds do."""

    def verdict(case: _Case, broken: Mapping[int, Sequence[str]] = broken) -> str:
        return judge(case.claim, case.evidence, register.thresholds, p_adjusted=case.p, broken=broken).label

    whole = _Case(claim, evidence, p_adjusted)
    changed = [Flip(text, verdict(case), kind) for kind, text, case in _changes(whole)]
    if any(broken.values()):
        changed.append(Flip("a test that keeps its error rate in every world", verdict(whole, {}), "test"))
    return tuple(flip for flip in changed if flip.verdict != verdict(whole))


def _changes(case: _Case) -> Iterator[tuple[str, str, _Case]]:
    claim, evidence, p = case
    if claim.smallest_effect is not None:
        for word, (factor, short) in FACTORS.items():
            yield "threshold", f"a smallest effect of interest {word} as large", _with_effect(case, factor, short)
    yield from _other_checks(case, "falsifications", "check")
    yield from _other_checks(case, "components", "part")
    if isinstance(claim.rule, rules.Record):
        for agrees, word in ((True, "agrees"), (False, "disagrees")):
            parts = dict.fromkeys(report.part for report in evidence.reports) or {"": None}
            extra = (Report(source="one more", value="", agrees=agrees, part=part) for part in parts)
            more = case.found(reports=(*evidence.reports, *extra))
            yield "record", f"one more independent record that {word}", more
    if p is not None and isinstance(claim.rule, rules.Directional):
        yield "p-value", "without the correction for several tests", case._replace(p=None)
    if not evidence.identified:
        told = case.found(identified=True)
        yield "identification", "variation that tells the rival explanations apart", told


def _other_checks(case: _Case, name: str, kind: str) -> Iterator[tuple[str, str, _Case]]:
    """Let all that failed pass, and each that passed fail."""
    checks = getattr(case.evidence, name)
    if failed := [check.name for check in checks if not check.passed]:
        passed = tuple(check.model_copy(update={"passed": True}) for check in checks)
        yield kind, f"a pass in {', '.join(failed)}", case.found(**{name: passed})
    for check in checks:
        if check.passed:
            failing = check.model_copy(update={"passed": False})
            altered = tuple(failing if one is check else one for one in checks)
            yield kind, f"a failure of {check.name}", case.found(**{name: altered})


def _with_effect(case: _Case, factor: float, short: str) -> _Case:
    """Multiply every smallest effect of interest, that of a ratio on the log scale; confidence follows."""
    effect = case.claim.smallest_effect
    assert effect is not None

    def moved(said: Confidence | None) -> Confidence | None:
        return said and said.model_copy(update={"short": getattr(said, short)})

    def changed(item: Measure) -> Measure:
        both = {"confidence": moved(item.confidence), "independent": moved(item.independent)}
        return item.model_copy(update=both | {"smallest_effect": item.smallest_effect * factor})

    measures = tuple(map(changed, case.evidence.measures))
    is_ratio = getattr(case.claim.rule, "scale", "") == "ratio"
    value = effect.value**factor if is_ratio else effect.value * factor
    claim = case.claim.model_copy(update={"smallest_effect": effect.model_copy(update={"value": value})})
    found = case.found(measures=measures, confidence=moved(case.evidence.confidence))
    return found._replace(claim=claim)
