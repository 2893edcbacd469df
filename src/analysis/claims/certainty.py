"""Certainty of the evidence behind a verdict, in named steps as GRADE takes them (doi:10.1136/bmj.39489.470347.AD).

It starts by the kind of evidence, and what raises or lowers it is named, one step each. What already kept the verdict
from being decided does not lower certainty again, but for experts who may have erred alike in every release.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.claims import rules
from analysis.claims.evidence import CITED_PAGES, Evidence
from analysis.claims.judge import FAILED, ONE_PRODUCER, SHARED, SIDES, Conclusion, not_passed
from analysis.claims.register import Claim

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
        """Say the level and how it came about."""
        steps = [f"one step down because {why}" for why in self.down] + [
            f"one step up because {why}" for why in self.up
        ]
        return f"{self.level} certainty: {'; '.join([self.start, *steps])}"


def certainty(claim: Claim, evidence: Evidence, said: Conclusion, later: Sequence[Conclusion] = ()) -> Certainty | None:
    """Return how certain the evidence behind a verdict is, given ``later`` editions'; None where it has no side."""
    if said.verdict not in SIDES:
        return None
    level, start = _start(claim, evidence, said)
    down = tuple(_down(claim, evidence, said))
    # Where published records alone point to a side, later editions of the measure say nothing more.
    alone = isinstance(claim.rule, rules.NonInferiority) and said.confidence is None
    agree = later and not alone and all(other.side * said.side > 0 for other in later)
    up = ("every edition agrees",) if agree else ()
    levels = list(LEVELS)
    reached = min(max(levels.index(level) - len(down) + len(up), 0), len(levels) - 1)
    return Certainty(levels[reached], f"{start} at {level}", down, up)


def _start(claim: Claim, evidence: Evidence, said: Conclusion) -> tuple[str, str]:
    """Return the level from which a kind of evidence starts, and that kind with its verb."""
    match claim.rule:
        case rules.Figure() | rules.Leaders() | rules.Extremum():
            return "high", "a figure recomputed from the published file starts"
        case rules.Record():
            votes = [report for report in evidence.reports if report.agrees is not None]
            if primary := sum(report.primary for report in votes):
                return "high", "independent primary records start" if primary > 1 else "a primary record starts"
            several = sum(report.origins for report in votes) > 1
            return ("moderate", "independent reports start") if several else ("low", "a single report starts")
        case rules.NonInferiority():
            by_experts = any(item.independent for item in evidence.measures)
            measured = "an index by experts starts" if by_experts else "a comparison of counts starts"
            return "moderate", "published records start" if said.confidence is None else measured
    if evidence.design == "design-based":
        return "moderate", "an exact or randomised design starts"
    return "low", "an estimate from a model starts"


def _down(claim: Claim, evidence: Evidence, said: Conclusion) -> Iterator[str]:
    """Name what lowers certainty."""
    producers = {item.producer for item in evidence.measures if item.role == "primary"}
    if len(producers) == 1 and ONE_PRODUCER not in said.lowered:
        yield "one producer alone measures it"
    if not_passed(claim, evidence) and FAILED not in said.lowered:
        yield "a check failed"
    if SHARED in said.lowered:
        yield "the coders are the same"
    if claim.indirectly:
        yield f"the measure is indirect ({claim.indirectly})"
    typed = all(source.producer == CITED_PAGES for source in evidence.sources)
    if typed and not isinstance(claim.rule, rules.Record):
        yield "we coded it"
