"""One judge per kind of rule: evidence in, conclusion out; no file and no register is touched.

The order of the gates is fixed: first whether the claim can be tested at all, then what the evidence says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from analysis.claims import rules
from analysis.claims.evidence import Evidence
from analysis.claims.register import Claim, Thresholds

SUPPORTED, PARTLY, CONTRADICTED, NOT_TESTABLE = "supported", "partly supported", "contradicted", "not testable"
NOT_YET = "not yet tested"
#: All verdicts in the order in which they are shown.
VERDICTS = (SUPPORTED, PARTLY, CONTRADICTED, NOT_TESTABLE, NOT_YET)
#: Kinds of rules that judge by an interval, and so by a finding that checks can shake.
BY_INTERVAL = ("directional", "non-inferiority")
#: Why a finding decides nothing that its own checks do not bear out.
FRAGILE = "fragile"
_COINCIDES = "the deciding variation coincides with rival explanations"


class Conclusion(NamedTuple):
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
    """Apply a claim's decision rule to its evidence.

    Parameters
    ----------
    claim : Claim
        The registered claim.
    evidence : Evidence
        What was found.
    thresholds : Thresholds
        Shared constants of the register.
    p_adjusted : float or None
        The p-value after the family's correction; the raw one outside the confirmatory family.
    """
    conclusion = _JUDGES[claim.rule.kind](claim, evidence, thresholds, p_adjusted)
    shaken = [check.name for check in evidence.falsifications if check.asks == "finding" and not check.passed]
    if shaken and claim.rule.kind in BY_INTERVAL and conclusion.verdict in thresholds.fragile:
        return _fragile(conclusion, shaken, thresholds)
    failed = failed_checks(claim, evidence)
    if conclusion.verdict == CONTRADICTED and failed:
        # A failed check is no support for the claim, so the verdict stands, but its reader has to know.
        return conclusion._replace(why=f"{conclusion.why}; checks not passed: {', '.join(failed)}")
    return conclusion


def _fragile(conclusion: Conclusion, shaken: list[str], thresholds: Thresholds) -> Conclusion:
    """Return what a verdict becomes when the finding that it rests on does not stand in every check of it."""
    verdict = thresholds.fragile[conclusion.verdict]
    why = f"{conclusion.why}, but the finding does not stand in: {', '.join(shaken)}"
    return Conclusion(verdict, FRAGILE if verdict == NOT_TESTABLE else "", why)


def failed_checks(claim: Claim, evidence: Evidence) -> list[str]:
    """Return the falsifications that were not passed; a registered one that was not run counts as not passed."""
    failed = [check.name for check in evidence.falsifications if not check.passed]
    run = {check.name for check in evidence.falsifications}
    return failed + [f"{name} (not run)" for name in claim.asked if name not in run]


def _figure(claim: Claim, evidence: Evidence, *_: Any) -> Conclusion:
    rule = claim.rule
    assert isinstance(rule, rules.Figure)
    # Evidence on a later edition is judged on that edition alone; the registered one on what the article could see.
    vintage = rule.edition if evidence.primary else evidence.vintage
    wrong = [item for item in rule.printed if not _agrees(item, evidence, vintage)]
    if not wrong:
        return Conclusion(SUPPORTED, "", "every printed figure agrees to its last printed place")
    why = "; ".join(_difference(item, evidence, vintage) for item in wrong)
    elsewhere = sorted({found.vintage for found in evidence.found} - {vintage}) if evidence.primary else []
    agreeing = [other for other in elsewhere if all(_agrees(item, evidence, other) for item in rule.printed)]
    if agreeing:
        return Conclusion(PARTLY, "", f"{why}; agrees in {', '.join(agreeing)}")
    return Conclusion(PARTLY if len(wrong) < len(rule.printed) else CONTRADICTED, "", why)


def _difference(item: rules.Printed, evidence: Evidence, vintage: str) -> str:
    values = [found.value for found in evidence.found if (found.quantity, found.vintage) == (item.quantity, vintage)]
    computed = ", ".join(f"{value:g}" for value in values) or "not found"
    return f"{item.quantity.replace('_', ' ')} is {computed}, not {item.value:g}"


def _agrees(item: rules.Printed, evidence: Evidence, vintage: str) -> bool:
    half_unit = 0.5 * 10.0**-item.decimals
    values = [found.value for found in evidence.found if (found.quantity, found.vintage) == (item.quantity, vintage)]
    # The slack is for binary fractions only: 3.75 printed as 3.8 lies exactly half a unit away.
    return bool(values) and all(abs(value - item.value) <= half_unit + 1e-9 for value in values)


def _leaders(claim: Claim, evidence: Evidence, *_: Any) -> Conclusion:
    rule = claim.rule
    assert isinstance(rule, rules.Leaders)
    inside = sorted(set(rule.members) & set(evidence.members))
    why = f"{len(inside)} of the {len(rule.members)} named are in the top {len(rule.members)}"
    if len(inside) == len(rule.members):
        return Conclusion(SUPPORTED, "", why)
    return Conclusion(PARTLY if inside else CONTRADICTED, "", why)


def _record(claim: Claim, evidence: Evidence, *_: Any) -> Conclusion:
    agree, all_ = [report for report in evidence.reports if report.agrees], evidence.reports
    if not all_:
        return Conclusion(NOT_TESTABLE, "no data", "no record other than the article decides it")
    why = f"{len(agree)} of {len(all_)} records agree"
    if len(agree) == len(all_):
        return Conclusion(SUPPORTED, "", why)
    return Conclusion(PARTLY if agree else CONTRADICTED, "", why)


def _extremum(claim: Claim, evidence: Evidence, *_: Any) -> Conclusion:
    rule = claim.rule
    assert isinstance(rule, rules.Extremum)
    if evidence.probability is None:
        return Conclusion(NOT_TESTABLE, "no data", f"no scores at the level {rule.level}")
    why = f"probability of being the extremum is {evidence.probability:.3g}"
    if evidence.probability >= rule.supported_from:
        return Conclusion(SUPPORTED, "", why)
    return Conclusion(CONTRADICTED if evidence.probability <= rule.contradicted_to else PARTLY, "", why)


def _directional(claim: Claim, evidence: Evidence, thresholds: Thresholds, p_adjusted: float | None) -> Conclusion:
    rule = claim.rule
    assert isinstance(rule, rules.Directional)
    if evidence.estimate is None or evidence.interval is None:
        return Conclusion(NOT_TESTABLE, "no data", "no estimate could be made")
    if not evidence.identified:
        return Conclusion(NOT_TESTABLE, "not identified", _COINCIDES)
    estimate, low, high, effect = _towards_claim(claim, evidence)
    if low > 0 and estimate >= effect and not _failures(claim, evidence, thresholds, p_adjusted):
        if lacking := [check.name for check in evidence.components if not check.passed]:
            return Conclusion(PARTLY, "", f"holds as estimated, but not for {', '.join(lacking)}")
        return Conclusion(
            SUPPORTED, "", "the interval excludes no effect in the claimed direction and every check holds"
        )
    if high < effect:
        return Conclusion(CONTRADICTED, "", "the interval leaves no room for an effect of the registered size")
    if low <= 0 and _too_small_a_study(claim, evidence, thresholds):
        return Conclusion(NOT_TESTABLE, "underpowered", _power_clause(evidence))
    passed = [check.name for check in evidence.components if check.passed]
    if passed:
        return Conclusion(PARTLY, "", f"holds for {', '.join(passed)} only")
    if low > 0:
        failures = ", ".join(_failures(claim, evidence, thresholds, p_adjusted)) or "smaller than registered"
        return Conclusion(PARTLY, "", f"in the claimed direction, but: {failures}")
    return Conclusion(NOT_TESTABLE, "underpowered", _power_clause(evidence))


def _too_small_a_study(claim: Claim, evidence: Evidence, thresholds: Thresholds) -> bool:
    """Return whether even an effect of the registered multiple of the smallest one would go unseen."""
    rule = claim.rule
    assert isinstance(rule, rules.Directional)
    assert claim.smallest_effect is not None
    if evidence.minimum_detectable_effect is None:
        return False
    effect = claim.smallest_effect.value
    multiple = multiple_of_smallest(evidence.minimum_detectable_effect, effect, ratio=rule.scale == "ratio")
    return multiple > thresholds.underpowered_from


def multiple_of_smallest(effect: float, smallest: float, *, ratio: bool) -> float:
    """Return how many times the smallest effect of interest an effect is; ratios are compared on the log scale."""
    scale = "ratio" if ratio else "difference"
    return abs(_scaled(effect, scale)) / abs(_scaled(smallest, scale))


def _scaled(value: float, scale: str) -> float:
    """Put ratios on the log scale."""
    return math.log(max(value, 1e-12)) if scale == "ratio" else float(value)


def _towards_claim(claim: Claim, evidence: Evidence) -> tuple[float, float, float, float]:
    """Turn estimate, interval and smallest effect so that positive means as claimed (ratios on the log scale)."""
    rule = claim.rule
    assert isinstance(rule, rules.Directional)
    assert claim.smallest_effect is not None
    assert evidence.estimate is not None
    assert evidence.interval is not None
    sign = 1 if rule.direction == "rise" else -1
    low, high = sorted(sign * _scaled(end, rule.scale) for end in evidence.interval)
    effect = abs(_scaled(claim.smallest_effect.value, rule.scale))
    return sign * _scaled(evidence.estimate, rule.scale), low, high, effect


def _failures(claim: Claim, evidence: Evidence, thresholds: Thresholds, p_adjusted: float | None) -> list[str]:
    rule = claim.rule
    assert isinstance(rule, rules.Directional)
    failed = failed_checks(claim, evidence)
    if p_adjusted is not None and p_adjusted > thresholds.alpha:
        failed.append(f"adjusted p is {p_adjusted:.3g}")
    curve = evidence.multiverse
    if curve is not None and curve.share_same_sign < rule.same_sign_from:
        failed.append(f"{curve.share_same_sign:.0%} of specifications have the sign")
    if curve is not None and curve.joint_p > rule.joint_p_to:
        failed.append(f"joint p is {curve.joint_p:.3g}")
    return failed


def _power_clause(evidence: Evidence) -> str:
    mde = evidence.minimum_detectable_effect
    size = "" if mde is None else f"; the smallest detectable effect is {mde:.3g} {evidence.unit}"
    return f"the interval holds both no effect and one of the registered size{size}"


def _non_inferiority(claim: Claim, evidence: Evidence, *_: Any) -> Conclusion:
    rule = claim.rule
    assert isinstance(rule, rules.NonInferiority)
    kind = "an improvement" if rule.against == "improvement" else "a worsening"
    return _by_measures(
        evidence,
        share_from=rule.share_from,
        holding=f"rule out {kind} of the registered size",
        failing=f"show {kind} of the registered size",
    )


def _by_measures(
    evidence: Evidence,
    *,
    share_from: float,
    holding: str,
    failing: str,
) -> Conclusion:
    """Count sources, not measures: measures of one producer share a vote."""
    if not evidence.identified:
        return Conclusion(NOT_TESTABLE, "not identified", _COINCIDES)
    producers = sorted({measure.producer for measure in evidence.measures})
    if not producers:
        return Conclusion(NOT_TESTABLE, "no data", "no measure covers the claim")
    shares = [
        [_share([m.conclusion == says for m in evidence.measures if m.producer == producer]) for producer in producers]
        for says in ("ruled out", "shown")
    ]
    yes, no = (sum(column) / len(producers) for column in shares)
    count = f"of {len(producers)} independent sources"
    if yes >= share_from - 1e-9:
        return Conclusion(SUPPORTED, "", f"{sum(shares[0]):.2g} {count} {holding}")
    if no >= share_from - 1e-9:
        return Conclusion(CONTRADICTED, "", f"{sum(shares[1]):.2g} {count} {failing}")
    if yes == no == 0:
        return Conclusion(NOT_TESTABLE, "underpowered", f"none {count} can tell; intervals hold both conclusions")
    if yes == 0:
        return Conclusion(
            NOT_TESTABLE, "underpowered", f"{sum(shares[1]):.2g} {count} {failing}, the others cannot tell"
        )
    return Conclusion(PARTLY, "", f"{sum(shares[0]):.2g} {count} {holding}, {sum(shares[1]):.2g} {failing}")


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def _mechanism(claim: Claim, evidence: Evidence, *_: Any) -> Conclusion:
    if not evidence.identified:
        return Conclusion(NOT_TESTABLE, "not identified", _COINCIDES)
    failed = failed_checks(claim, evidence)
    if evidence.design == "design-based" and evidence.falsifications and not failed:
        return Conclusion(SUPPORTED, "", "identified by design, and every rival explanation was tested and failed")
    return Conclusion(PARTLY, "", f"not passed: {', '.join(failed) or 'no design-based identification'}")


_JUDGES: dict[str, Callable[..., Conclusion]] = {
    "figure": _figure,
    "leaders": _leaders,
    "record": _record,
    "order": _record,
    "extremum": _extremum,
    "directional": _directional,
    "non-inferiority": _non_inferiority,
    "mechanism": _mechanism,
}
