"""One judge per kind of rule: evidence in, conclusion out; no file and no register is touched.

The order of the gates is fixed: first whether the claim can be tested at all, then what the evidence says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from analysis.claims import rules
from analysis.claims.evidence import Evidence
from analysis.claims.register import Claim, Thresholds
from analysis.methods.result import counted

SUPPORTED, PARTLY, CONTRADICTED, NOT_TESTABLE = "supported", "partly supported", "contradicted", "not testable"
NOT_YET = "not yet tested"
#: All verdicts in the order in which they are shown.
VERDICTS = (SUPPORTED, PARTLY, CONTRADICTED, NOT_TESTABLE, NOT_YET)
#: Kinds of rules that judge by an interval, and so by a finding that checks can shake.
BY_INTERVAL = ("directional", "non-inferiority")
_NOT_RUN = " (not run)"
_COINCIDES = "the deciding variation coincides with rival explanations"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A verdict, the reason if not testable, and one clause that says why."""

    verdict: str
    reason: str
    why: str

    @property
    def label(self) -> str:
        """Verdict with its reason, as printed."""
        return label(self.verdict, self.reason)


def label(verdict: str, reason: str) -> str:
    """Return a verdict with its reason, as printed."""
    return f"{verdict}: {reason}" if reason else verdict


def judge(claim: Claim, evidence: Evidence, thresholds: Thresholds, *, p_adjusted: float | None) -> Conclusion:
    """Apply a claim's decision rule to its evidence; ``p_adjusted`` is the raw p outside the confirmatory family."""
    conclusion = _by_rule(claim, evidence, thresholds, p_adjusted)
    failed = not_passed(claim, evidence)
    of_finding = {check.name for check in evidence.falsifications if check.asks == "finding"}
    if evidence.primary:  # Later editions are shown beside the registered one, without its checks.
        of_finding |= {check.name for check in claim.checks if check.asks == "finding"}
    shaken = [name for name in failed if name.removesuffix(_NOT_RUN) in of_finding]
    if shaken and claim.rule.kind in BY_INTERVAL and conclusion.verdict in thresholds.fragile:
        verdict = thresholds.fragile[conclusion.verdict]
        why = f"{conclusion.why}, but the finding does not stand in: {', '.join(shaken)}"
        return Conclusion(verdict, "fragile" if verdict == NOT_TESTABLE else "", why)
    if conclusion.verdict == CONTRADICTED and failed:
        # A failed check is no support for the claim, so the verdict stands, but its reader has to know.
        return replace(conclusion, why=f"{conclusion.why}; checks not passed: {', '.join(failed)}")
    return conclusion


def not_passed(claim: Claim, evidence: Evidence) -> list[str]:
    """Return the falsifications that were not passed; a registered one that was not run counts as not passed."""
    failed = [check.name for check in evidence.falsifications if not check.passed]
    run = {check.name for check in evidence.falsifications}
    return failed + [f"{name}{_NOT_RUN}" for name in claim.asked if name not in run]


def _by_rule(claim: Claim, evidence: Evidence, thresholds: Thresholds, p_adjusted: float | None) -> Conclusion:
    match claim.rule:
        case rules.Figure() as rule:
            return _figure(rule, evidence)
        case rules.Leaders(members=named):
            inside = len(set(named) & set(evidence.members))
            return _counted(inside, len(named), f"{inside} of the {len(named)} named are in the top {len(named)}")
        case rules.Record():
            return _record(evidence)
        case rules.Extremum() as rule:
            return _extremum(rule, evidence)
        case rules.Directional() as rule:
            return _directional(rule, claim, evidence, thresholds, p_adjusted)
        case rules.NonInferiority() as rule:
            return _non_inferiority(rule, evidence)
        case rules.Mechanism():
            return _mechanism(claim, evidence)
        case rules.Untestable() as rule:
            return Conclusion(NOT_TESTABLE, rule.reason, rule.why)


def _counted(agree: int, all_: int, why: str) -> Conclusion:
    """Return supported if all agree, contradicted if none does, and partly supported between."""
    return Conclusion(SUPPORTED if agree == all_ else PARTLY if agree else CONTRADICTED, "", why)


def _figure(rule: rules.Figure, evidence: Evidence) -> Conclusion:
    # Evidence on a later edition is judged on that edition alone; the registered one on what the article could see.
    vintage = rule.edition if evidence.primary else evidence.vintage
    computed = {(item.quantity, item.vintage): item.value for item in evidence.found}

    def wrong(edition: str) -> list[str]:
        said = (item.difference(computed.get((item.quantity, edition))) for item in rule.printed)
        return [difference for difference in said if difference]

    if not wrong(vintage):
        return Conclusion(SUPPORTED, "", "every printed figure agrees to its last printed place")
    why = "; ".join(wrong(vintage))
    elsewhere = sorted({found.vintage for found in evidence.found} - {vintage}) if evidence.primary else []
    if agreeing := [other for other in elsewhere if not wrong(other)]:
        return Conclusion(PARTLY, "", f"{why}; agrees in {', '.join(agreeing).replace('_', ' ')}")
    return _counted(len(rule.printed) - len(wrong(vintage)), len(rule.printed), why)


def _record(evidence: Evidence) -> Conclusion:
    agree, all_ = sum(report.agrees for report in evidence.reports), len(evidence.reports)
    if not all_:
        return Conclusion(NOT_TESTABLE, "no data", "no record other than the article decides it")
    return _counted(agree, all_, f"{agree} of {all_} {'record agrees' if all_ == 1 else 'records agree'}")


def _extremum(rule: rules.Extremum, evidence: Evidence) -> Conclusion:
    if evidence.probability is None:
        return Conclusion(NOT_TESTABLE, "no data", "no scores to compare")
    why = f"probability of being the extremum is {evidence.probability:.3g}"
    if evidence.probability >= rule.supported_from:
        return Conclusion(SUPPORTED, "", why)
    return Conclusion(CONTRADICTED if evidence.probability <= rule.contradicted_to else PARTLY, "", why)


def _directional(
    rule: rules.Directional, claim: Claim, evidence: Evidence, thresholds: Thresholds, p_adjusted: float | None
) -> Conclusion:
    if evidence.estimate is None or evidence.interval is None:
        return Conclusion(NOT_TESTABLE, "no data", "no estimate could be made")
    if not evidence.identified:
        return Conclusion(NOT_TESTABLE, "not identified", _COINCIDES)
    assert claim.smallest_effect is not None
    # Turned so that positive means as claimed.
    sign = 1 if rule.direction == "rise" else -1
    estimate, *ends = (sign * scaled(value, rule.scale) for value in (evidence.estimate, *evidence.interval))
    low, high, effect = min(ends), max(ends), abs(scaled(claim.smallest_effect.value, rule.scale))
    failures = _failures(rule, claim, evidence, p_adjusted, thresholds)
    holding = [check.name for check in evidence.components if check.passed]
    registered = [check.name for check in claim.components]
    every = dict.fromkeys([*registered, *(check.name for check in evidence.components)])
    lacking = [name for name in every if name not in holding]
    if low > 0 and estimate >= effect and not failures:
        if lacking:
            return Conclusion(PARTLY, "", f"holds as estimated, but not for {', '.join(lacking)}")
        why = "the interval excludes no effect in the claimed direction and every check holds"
        return Conclusion(SUPPORTED, "", why)
    if high < effect:
        return Conclusion(CONTRADICTED, "", "the interval leaves no room for an effect of the registered size")
    detectable = evidence.minimum_detectable_effect
    if not low > 0 and (not holding or _unseen(detectable, rule, claim, thresholds)):
        size = "" if detectable is None else f"; the smallest detectable effect is {detectable:.3g} {evidence.unit}"
        why = f"the interval holds both no effect and one of the registered size{size}"
        return Conclusion(NOT_TESTABLE, "underpowered", why)
    if holding:
        return Conclusion(PARTLY, "", f"holds for {', '.join(holding)} only")
    return Conclusion(PARTLY, "", f"in the claimed direction, but: {', '.join(failures) or 'smaller than registered'}")


def scaled(value: float, scale: str) -> float:
    """Put ratios on the log scale; 0 has no logarithm, and is taken as next to nothing."""
    return math.log(max(value, 1e-12)) if scale == "ratio" else float(value)


def multiple_of_smallest(effect: float, smallest: float, scale: str) -> float:
    """Return how many times the smallest effect of interest an effect is; ratios are compared on the log scale."""
    return abs(scaled(effect, scale)) / abs(scaled(smallest, scale))


def _unseen(detectable: float | None, rule: rules.Directional, claim: Claim, thresholds: Thresholds) -> bool:
    """Return whether even an effect of the registered multiple of the smallest one would go unseen."""
    smallest = claim.smallest_effect
    if detectable is None or smallest is None:
        return False
    return multiple_of_smallest(detectable, smallest.value, rule.scale) > thresholds.underpowered_from


def _failures(
    rule: rules.Directional, claim: Claim, evidence: Evidence, p_adjusted: float | None, thresholds: Thresholds
) -> list[str]:
    failed = not_passed(claim, evidence)
    if p_adjusted is not None and p_adjusted > thresholds.alpha:
        failed.append(f"adjusted p is {p_adjusted:.3g}")
    curve = evidence.multiverse
    if curve is not None and curve.share_same_sign < rule.same_sign_from:
        failed.append(f"{curve.share_same_sign:.0%} of specifications have the sign")
    if curve is not None and curve.joint_p > rule.joint_p_to:
        failed.append(f"joint p is {curve.joint_p:.3g}")
    return failed


def _non_inferiority(rule: rules.NonInferiority, evidence: Evidence) -> Conclusion:
    """Count sources, not measures: measures of one producer share a vote."""
    said: dict[str, list[str]] = {}
    for measure in evidence.measures:
        said.setdefault(measure.producer, []).append(measure.conclusion)
    if not said:
        return Conclusion(NOT_TESTABLE, "no data", "no measure covers the claim")
    yes, no = (sum(own.count(what) / len(own) for own in said.values()) for what in ("ruled out", "shown"))
    enough = rule.share_from * len(said) - 1e-9
    change = f"{'an' if rule.against == 'improvement' else 'a'} {rule.against} of the registered size"
    ending = "s" if len(said) == 1 else ""
    holding, failing = f"rule{ending} out {change}", f"show{ending} {change}"
    count = f"of {counted(len(said), 'independent source')}"
    if yes >= enough:
        return Conclusion(SUPPORTED, "", f"{yes:.2g} {count} {holding}")
    if no >= enough:
        return Conclusion(CONTRADICTED, "", f"{no:.2g} {count} {failing}")
    if yes:
        return Conclusion(PARTLY, "", f"{yes:.2g} {count} {holding}, {no:.2g} {failing}")
    if no:
        return Conclusion(NOT_TESTABLE, "underpowered", f"{no:.2g} {count} {failing}, the others cannot tell")
    return Conclusion(NOT_TESTABLE, "underpowered", f"none {count} can tell; intervals hold both conclusions")


def _mechanism(claim: Claim, evidence: Evidence) -> Conclusion:
    if not evidence.identified:
        return Conclusion(NOT_TESTABLE, "not identified", _COINCIDES)
    failed = not_passed(claim, evidence)
    if evidence.design == "design-based" and evidence.falsifications and not failed:
        return Conclusion(SUPPORTED, "", "identified by design, and every rival explanation was tested and failed")
    return Conclusion(PARTLY, "", f"not passed: {', '.join(failed) or 'no design-based identification'}")
