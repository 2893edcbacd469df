"""What would change a verdict: the same rule applied to evidence that differs in one named respect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from analysis.claims.evidence import Check, Confidence, Evidence, Measure, Report
from analysis.claims.judge import KEPT, Broken, judge
from analysis.claims.register import Claim, Register

#: Factors by which the smallest effect of interest is moved, and what confidence knows of each.
FACTORS = {"half": (0.5, "short_of_half"), "twice": (2.0, "short_of_twice")}


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of one input, as a clause, the verdict that the locked rule would then give, and the kind of change."""

    change: str
    verdict: str
    kind: str


def flips(
    claim: Claim, evidence: Evidence, register: Register, *, p_adjusted: float | None, broken: Broken = KEPT
) -> tuple[Flip, ...]:
    """Return every single change that would give another verdict than the register's thresholds do."""
    verdict = partial(judge, thresholds=register.thresholds, p_adjusted=p_adjusted, broken=broken)
    tried = [
        *((kind, change, verdict(other, found)) for kind, change, other, found in _changes(claim, evidence)),
        ("p-value", "without the correction for several tests", verdict(claim, evidence, p_adjusted=None)),
        ("test", "a test that keeps its error rate in every world", verdict(claim, evidence, broken=KEPT)),
    ]
    stands = verdict(claim, evidence).label
    return tuple(Flip(change, said.label, kind) for kind, change, said in tried if said.label != stands)


def _changes(claim: Claim, evidence: Evidence) -> Iterator[tuple[str, str, Claim, Evidence]]:
    """Name the kind of each change and the change, with the claim and its evidence as they would then be."""
    for word, (factor, short) in FACTORS.items() if claim.smallest_effect else ():
        other = _with_effect(claim, evidence, factor, short)
        yield "threshold", f"a smallest effect of interest {word} as large", *other
    for name, kind in (("falsifications", "check"), ("components", "part")):
        for change, checks in _other_checks(getattr(evidence, name)):
            yield kind, change, claim, evidence.model_copy(update={name: checks})
    parts = dict.fromkeys(report.part for report in evidence.reports) or [""]
    for agrees, word in ((True, "agrees"), (False, "disagrees")):
        extra = (Report(source="one more", value="", agrees=agrees, part=part) for part in parts)
        more = evidence.model_copy(update={"reports": (*evidence.reports, *extra)})
        yield "record", f"one more independent record that {word}", claim, more
    apart = evidence.model_copy(update={"identified": True})
    yield "identification", "variation that tells the rival explanations apart", claim, apart


def _other_checks(checks: Sequence[Check]) -> Iterator[tuple[str, tuple[Check, ...]]]:
    """Let all that failed pass, and each that passed fail."""
    if failed := [check.name for check in checks if not check.passed]:
        yield f"a pass in {', '.join(failed)}", tuple(check.model_copy(update={"passed": True}) for check in checks)
    for check in checks:
        if check.passed:
            failing = check.model_copy(update={"passed": False})
            yield f"a failure of {check.name}", tuple(failing if one is check else one for one in checks)


def _with_effect(claim: Claim, evidence: Evidence, factor: float, short: str) -> tuple[Claim, Evidence]:
    """Multiply every smallest effect of interest, that of a ratio on the log scale; confidence follows."""
    effect = claim.smallest_effect
    assert effect is not None

    def moved(said: Confidence | None) -> Confidence | None:
        return said and said.model_copy(update={"short": getattr(said, short)})

    def changed(item: Measure) -> Measure:
        both = {"confidence": moved(item.confidence), "independent": moved(item.independent)}
        return item.model_copy(update=both | {"smallest_effect": item.smallest_effect * factor})

    is_ratio = getattr(claim.rule, "scale", "") == "ratio"
    larger = effect.model_copy(update={"value": effect.value**factor if is_ratio else effect.value * factor})
    found = {"measures": tuple(map(changed, evidence.measures)), "confidence": moved(evidence.confidence)}
    return claim.model_copy(update={"smallest_effect": larger}), evidence.model_copy(update=found)
