"""How much weight a verdict can bear: certainty of its evidence, and what single change would give another verdict.

Certainty starts by the kind of evidence, and what raises or lowers it is named, one step each, as GRADE takes them
(doi:10.1136/bmj.39489.470347.AD). What already kept the verdict from being decided does not lower certainty again, but
for experts who may err alike in every release. Of parts the weakest counts; of measures and records, the stronger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from analysis.claims import judge as judging
from analysis.claims import rules
from analysis.claims.evidence import CITED_PAGES, Check, Evidence, Measure, Report
from analysis.claims.judge import KEPT, SIDES, Broken, Conclusion, judge, not_passed
from analysis.claims.register import Claim, Register

#: Levels from the lowest, and what each means, as GRADE words it.
LEVELS = {
    "very low": "any verdict is very uncertain",
    "low": "further evidence is likely to change the verdict",
    "moderate": "further evidence may change the verdict",
    "high": "further evidence is very unlikely to change the verdict",
}


@dataclass(frozen=True, slots=True)
class Certainty:
    """A level, the kind of evidence it starts from, and the steps down and up from there."""

    level: str
    start: str
    down: tuple[str, ...] = ()
    up: tuple[str, ...] = ()

    def __str__(self) -> str:
        steps = [f"one step {way} because {why}" for way in ("down", "up") for why in getattr(self, way)]
        return f"{self.level} certainty: {'; '.join([self.start, *steps])}"


def certainty(claim: Claim, evidence: Evidence, said: Conclusion, later: Sequence[Conclusion] = ()) -> Certainty | None:
    """Return how certain the evidence behind a verdict is, given ``later`` editions'; None where it has no side."""
    if said.verdict not in SIDES:
        return None
    found = [_of_part(claim, evidence, said, part, later) for part in said.parts or ("",)]
    # Records and measures of one change each bear the verdict; a sentence of several parts is as sure as its weakest.
    strongest = isinstance(claim.rule, rules.NonInferiority)
    return (max if strongest else min)(found, key=lambda own: list(LEVELS).index(own.level))


def _of_part(claim: Claim, evidence: Evidence, said: Conclusion, part: str, later: Sequence[Conclusion]) -> Certainty:
    levels, (level, start) = list(LEVELS), _start(claim, evidence, part)
    # What ails a measure is nothing to published records.
    records = isinstance(claim.rule, rules.NonInferiority) and part in {item.part for item in evidence.published}
    down = () if records else tuple(_down(claim, evidence, said, part))
    # Of what one edition prints, no other one tells.
    tell = later and not records and not isinstance(claim.rule, rules.Published)
    up = ("every edition agrees",) if tell and all(other.side * said.side > 0 for other in later) else ()
    reached = min(max(levels.index(level) - len(down) + len(up), 0), len(levels) - 1)
    on = f" on “{part}”" if len(said.parts) > 1 else ""
    return Certainty(levels[reached], f"{start} at {level}{on}", down, up)


def _start(claim: Claim, evidence: Evidence, part: str) -> tuple[str, str]:
    """Return the level from which the kind of evidence on a part starts, and that kind with its verb."""
    if isinstance(claim.rule, rules.Figure | rules.Leaders | rules.Extremum):
        return "high", "a figure recomputed from the published file starts"
    every = (*evidence.reports, *evidence.published)
    votes = [report for report in every if report.agrees is not None and report.part == part]
    if primary := sum(report.primary for report in votes):
        return "high", "independent primary records start" if primary > 1 else "a primary record starts"
    if votes:
        several = sum(report.origins for report in votes) > 1
        return ("moderate", "independent records start") if several else ("low", "a single record starts")
    if evidence.design == "model-based":
        return "low", "an estimate from a model starts"
    measured = "a published change of an index" if evidence.design == "descriptive" else "an exact or randomised design"
    return "moderate", f"{measured} starts"


def _down(claim: Claim, evidence: Evidence, said: Conclusion, part: str) -> Iterator[str]:
    producers = {item.producer for item in claim.measures_of(evidence.vintage) if item.role == "primary"}
    # An effect is estimated once, from the data of one producer.
    alone = isinstance(claim.rule, rules.Directional) or len(producers) == 1
    if alone and judging.ONE_PRODUCER not in said.lowered:
        yield "one producer alone measures it"
    # What is looked up stands as it is printed or reported, whatever is asked beside it.
    asked = not isinstance(claim.rule, rules.LOOKED_UP)
    if asked and not_passed(claim, evidence, of_finding=said.side < 0) and judging.FAILED not in said.lowered:
        yield "a check failed"
    if judging.SHARED in said.lowered:
        yield "the coders are the same"
    if claim.indirectly and judging.INDIRECT not in said.lowered:
        yield f"it is indirect: {claim.indirectly}"
    relays = [report.via for report in evidence.reports if report.agrees is not None and report.part == part]
    if relays and all(relays):
        yield f"it is known only through {' and '.join(dict.fromkeys(relays))}"
    typed = all(source.producer == CITED_PAGES for source in evidence.sources)
    if typed and not isinstance(claim.rule, rules.Record):
        yield "we coded it"


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
    tried = [(kind, change, verdict(other, found)) for kind, change, other, found in _changes(claim, evidence)]
    tried += [("p-value", "without the correction for several tests", verdict(claim, evidence, p_adjusted=None))]
    tried += [("test", "a test that keeps its error rate in every world", verdict(claim, evidence, broken=KEPT))]
    stands = verdict(claim, evidence).label
    return tuple(Flip(change, said.label, kind) for kind, change, said in tried if said.label != stands)


def _changes(claim: Claim, evidence: Evidence) -> Iterator[tuple[str, str, Claim, Evidence]]:
    """Name the kind of each change and the change, with the claim and its evidence as they would then be."""
    for word, factor in (("half", 0.5), ("twice", 2.0)) if claim.smallest_effect else ():
        other = _with_effect(claim, evidence, factor, f"short_of_{word}")
        yield "threshold", f"a smallest effect of interest {word} as large", *other
    for name, kind in (("falsifications", "check"), ("components", "part")):
        for change, checks in _other_checks(getattr(evidence, name)):
            yield kind, change, claim, evidence.model_copy(update={name: checks})
    parts = dict.fromkeys(report.part for report in evidence.reports) or [""]
    for agrees, word in ((True, "agrees"), (False, "disagrees")):
        extra = (Report(source="one more", value="", agrees=agrees, part=part) for part in parts)
        record = Measure(name="", producer="one more", role="record", estimate=float(not agrees), smallest_effect=1)
        more = {"reports": (*evidence.reports, *extra), "measures": (*evidence.measures, record)}
        yield "record", f"one more independent record that {word}", claim, evidence.model_copy(update=more)
    apart = evidence.model_copy(update={"identified": True})
    yield "identification", "variation that tells the rival explanations apart", claim, apart


def _other_checks(checks: Sequence[Check]) -> Iterator[tuple[str, tuple[Check, ...]]]:
    """Let all that failed pass, and each that passed fail."""
    if failed := [check.name for check in checks if not check.passed]:
        yield f"a pass in {', '.join(failed)}", tuple(check.model_copy(update={"passed": True}) for check in checks)
    for check in (check for check in checks if check.passed):
        failing = check.model_copy(update={"passed": False})
        yield f"a failure of {check.name}", tuple(failing if one is check else one for one in checks)


def _with_effect(claim: Claim, evidence: Evidence, factor: float, short: str) -> tuple[Claim, Evidence]:
    """Multiply every smallest effect of interest, that of a ratio on the log scale; confidence follows."""
    effect = claim.smallest_effect
    assert effect is not None

    def moved(item: Any, **more: Any) -> Any:
        known = {name: getattr(item, name, None) for name in ("confidence", "independent")}
        both = {name: own.model_copy(update={"short": getattr(own, short)}) for name, own in known.items() if own}
        return item.model_copy(update=both | more)

    is_ratio = getattr(claim.rule, "scale", "") == "ratio"
    larger = effect.model_copy(update={"value": effect.value**factor if is_ratio else effect.value * factor})
    measures = tuple(moved(item, smallest_effect=item.smallest_effect * factor) for item in evidence.measures)
    return claim.model_copy(update={"smallest_effect": larger}), moved(evidence, measures=measures)
