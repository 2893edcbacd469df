"""One judge per kind of rule, by the register's conventions: evidence in, conclusion out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.claims import rules
from analysis.claims.evidence import Check, Confidence, Evidence, Report
from analysis.claims.register import Claim, Thresholds
from analysis.methods.result import chance, counted

SUPPORTED, LEANS_SUPPORTED, MIXED = "supported", "leans supported", "mixed"
LEANS_CONTRADICTED, CONTRADICTED = "leans contradicted", "contradicted"
CANNOT_TELL, OPINION, NOT_YET = "cannot tell", "opinion", "not yet tested"
#: What a part of a claim says of it, after the name of the part.
_SAYS = {
    SUPPORTED: " supports it", LEANS_SUPPORTED: " leans towards it", MIXED: " is mixed",
    LEANS_CONTRADICTED: " leans against it", CONTRADICTED: " contradicts it", CANNOT_TELL: " cannot tell",
}  # fmt: skip
#: Verdicts that a test can lead to, and all of them, in the order in which they are shown.
TESTED = list(_SAYS)
VERDICTS = (*TESTED, OPINION, NOT_YET)
#: Verdicts that say to which side the evidence points: for the claim (positive) or against it, decided (2) or not.
SIDES = {SUPPORTED: 2, LEANS_SUPPORTED: 1, LEANS_CONTRADICTED: -1, CONTRADICTED: -2}
#: Why one cannot tell, and what that means.
REASONS = {
    "no record": "no record other than the article's own was found that decides it",
    "too few data": "the data fit both the claim and its opposite",
    "not identified": "what would decide it coincides in time with rival explanations",
    "unreliable test": "in simulated worlds the test errs more often than it promises, so that it decides nothing",
}
NO_RECORD, TOO_FEW, NOT_IDENTIFIED, UNRELIABLE = REASONS
_OF_SIDE = {side: verdict for verdict, side in SIDES.items()}
#: What keeps a verdict from being decided, by the name under which certainty knows it.
FAILED, ONE_PRODUCER, ONE_ORIGIN, SHARED = "failed check", "one producer", "single origin", "shared coders"
PART, INDIRECT = "part that does not hold", "indirect measure"
#: Simulated worlds in which a test errs more often than it promises, for a claim (1) and against it (-1); or none.
Broken = Mapping[int, Sequence[str]]
KEPT: Broken = {}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A verdict, the reason if one cannot tell, and a clause that says why.

    ``confidence`` is the one-sided confidence behind a verdict that rests on one; ``lowered`` names what kept the
    verdict from being decided, ``parts`` the parts of the claim that point to a side: those that give the verdict.
    """

    verdict: str
    reason: str
    why: str
    confidence: float | None = None
    lowered: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Verdict with its reason, as printed."""
        return f"{self.verdict}: {self.reason}" if self.reason else self.verdict

    @property
    def side(self) -> int:
        """2 supported, 1 leans supported, -1 leans contradicted, -2 contradicted, else 0."""
        return SIDES.get(self.verdict, 0)


def judge(
    claim: Claim, evidence: Evidence | None, thresholds: Thresholds, *, p_adjusted: float | None, broken: Broken = KEPT
) -> Conclusion:
    """Apply a claim's decision rule to its evidence, if there is any yet.

    ``p_adjusted`` is one-sided, corrected for the family if any. To a side with ``broken`` worlds a test says nothing.
    """
    if isinstance(claim.rule, rules.Untestable):
        verdict, reason = (OPINION, "") if claim.rule.reason == "normative" else (CANNOT_TELL, claim.rule.reason)
        return Conclusion(verdict, reason, claim.rule.why)
    if evidence is None:
        return Conclusion(NOT_YET, "", f"registered for notebook {claim.notebook}")
    if not evidence.identified:
        return Conclusion(CANNOT_TELL, NOT_IDENTIFIED, "what would decide it coincides with rival explanations")
    match claim.rule:
        case rules.Figure(printed=printed):
            # What one edition prints, another neither confirms nor denies.
            computed = {item.quantity: item.value for item in evidence.found if item.vintage == evidence.vintage}
            wrong = [said for item in printed if (said := item.difference(computed.get(item.quantity)))]
            agrees = "every printed figure agrees to its last printed place"
            agrees = agrees if any(item.value is not None for item in printed) else "every condition holds"
            said = SUPPORTED if not wrong else MIXED if len(wrong) < len(printed) else CONTRADICTED
            return Conclusion(said, "", "; ".join(wrong) or agrees)
        case rules.Leaders(members=named):
            inside = len(set(named) & set(evidence.members))
            said = SUPPORTED if inside == len(named) else MIXED if inside else CONTRADICTED
            return Conclusion(said, "", f"{inside} of the {len(named)} named are in the top {len(named)}")
        case rules.Record():
            none = Conclusion(CANNOT_TELL, NO_RECORD, "no record other than the article decides it")
            return _direct(claim, together(_by_part(evidence.reports, thresholds) or {"": none}))
        case rules.Extremum(quantities=(_, others)):
            compared = [item.value for item in evidence.found if item.vintage == evidence.vintage]
            if len(compared) < 2:
                return Conclusion(CANNOT_TELL, NO_RECORD, "the edition has nothing to compare")
            own, other = compared
            ahead = own < other if others.take == "least" else own > other
            said = SUPPORTED if ahead else MIXED if own == other else CONTRADICTED
            return Conclusion(said, "", f"it is {own:g}, and the {others.words} is {other:g}")
        case rules.Directional() as rule:
            return _kept(_direct(claim, _directional(rule, claim, evidence, thresholds, p_adjusted)), broken)
        case rules.NonInferiority() as rule:
            parts = {"the measured change": _measured(rule, claim, evidence, thresholds)}
            told = together(parts | _by_part(evidence.published, thresholds), says=True)
            return _kept(_direct(claim, told), broken)
        case rules.Mechanism():
            failed = ", ".join(not_passed(claim, evidence))
            if failed or not evidence.falsifications:
                return Conclusion(CANNOT_TELL, NOT_IDENTIFIED, f"not passed: {failed or 'no rival was tested'}")
            why = "every rival explanation was tested and failed"
            if evidence.design == "design-based":
                return Conclusion(SUPPORTED, "", f"identified by design, and {why}")
            return Conclusion(LEANS_SUPPORTED, "", f"{why}, but not by design")


def not_passed(claim: Claim, evidence: Evidence, *, of_finding: bool = False) -> list[str]:
    """Return the falsifications that were not passed; a registered one that was not run counts as not passed.

    Those ``of_finding`` ask it whichever way it points. Later editions are shown without the registered one's checks.
    """
    if not of_finding:
        return failing(claim.checks, evidence.falsifications)
    asked = [check for check in claim.checks if check.asks == "finding" and evidence.primary]
    return failing(asked, [check for check in evidence.falsifications if check.asks == "finding"])


def failing(asked: Iterable[rules.RegisteredCheck], run: Sequence[Check]) -> list[str]:
    """Return the checks that were run and not passed, and those asked for that were not run."""
    missing = [f"{check.name} (not run)" for check in asked if check.name not in {one.name for one in run}]
    return [check.name for check in run if not check.passed] + missing


def _by_part(reports: Sequence[Report], thresholds: Thresholds) -> dict[str, Conclusion]:
    parts = dict.fromkeys(report.part for report in reports)
    return {part: _voted([own for own in reports if own.part == part], thresholds) for part in parts}


def _voted(reports: Sequence[Report], thresholds: Thresholds) -> Conclusion:
    """Count origins, each with one vote; a single one decides only if it is primary."""
    votes = [report for report in reports if report.agrees is not None]
    agree, all_ = sum(bool(vote.agrees) for vote in votes), len(votes)
    if not all_:
        who = {1: "the only source cannot", 2: "neither source can"}.get(len(reports))
        return Conclusion(CANNOT_TELL, NO_RECORD, f"{who or f'none of the {len(reports)} sources can'} tell")
    that = " that can tell" if len(reports) > all_ else ""
    if agree in (0, all_):
        sign, said = (1, "agrees") if agree else (-1, "disagrees")
        origins, primary = sum(vote.origins for vote in votes), any(vote.primary for vote in votes)
        if origins == 1 and not primary:
            return Conclusion(_OF_SIDE[sign], "", f"the only source{that} {said}", lowered=(ONE_ORIGIN,))
        every = f"{'both' if origins == 2 else f'all {origins}'} sources{that} {said.removesuffix('s')}"
        return Conclusion(_OF_SIDE[2 * sign], "", every if origins > 1 else f"the primary source {said}")
    sides = [f"{n} {word}{'s' if n == 1 else ''}" for n, word in ((agree, "agree"), (all_ - agree, "disagree"))]
    why = f"of {all_} sources{that}, {' and '.join(sides)}"
    share, sign = max((agree / all_, 1), (1 - agree / all_, -1))
    leans = all_ >= thresholds.several and share >= thresholds.agreeing
    return Conclusion(_OF_SIDE[sign] if leans else MIXED, "", why)


def together(parts: dict[str, Conclusion], *, says: bool = False) -> Conclusion:
    """Return the verdict on a claim of several parts: that of the weakest; with ``says`` it is said what each says."""
    all_ = list(parts.values())
    pointing = tuple(name for name, item in parts.items() if item.side)
    if len(all_) == 1:
        return replace(all_[0], parts=pointing)
    told_of = ", so {}{}" if says else " on “{}”"
    why = "; ".join(item.why + told_of.format(name, _SAYS[item.verdict]) for name, item in parts.items())
    lowered = tuple(dict.fromkeys(name for item in all_ for name in item.lowered))
    confidence = next((item.confidence for item in all_ if item.confidence is not None), None)
    told = replace(all_[0], why=why, lowered=lowered, confidence=confidence, parts=pointing)
    verdicts, sides = {item.verdict for item in all_}, {item.side for item in all_ if item.side}
    if len(verdicts) == 1:
        return told
    if MIXED in verdicts or min(sides) < 0 < max(sides):
        return replace(told, verdict=MIXED, reason="")
    weakest = min(sides, key=abs)
    return replace(told, verdict=_OF_SIDE[weakest // abs(weakest) if CANNOT_TELL in verdicts else weakest], reason="")


def _by_confidence(
    for_: float, against: float, thresholds: Thresholds, why: str, failed: list[str], but: dict[str, str] | None = None
) -> Conclusion:
    """Return the verdict of confidence for and against a claim; checks that failed, and a but, keep it undecided."""
    sign, confidence = (1, for_) if for_ >= against else (-1, against)
    if min(for_, against) >= thresholds.leans or confidence < thresholds.leans:
        return Conclusion(CANNOT_TELL, TOO_FEW, why)
    told, but = Conclusion(_OF_SIDE[sign], "", why, confidence), dict(but or {})
    if confidence < thresholds.decided:
        return replace(told, lowered=(SHARED,) if SHARED in but else ())
    if failed:
        but[FAILED] = f"{counted(len(failed), 'check')} failed: {', '.join(failed)}"
    if but:
        return replace(told, why=f"{why}, but {' and '.join(but.values())}", lowered=tuple(but))
    return replace(told, verdict=_OF_SIDE[2 * sign])


def _directional(
    rule: rules.Directional, claim: Claim, evidence: Evidence, thresholds: Thresholds, p_adjusted: float | None
) -> Conclusion:
    said, smallest = evidence.confidence, claim.smallest_effect
    if evidence.estimate is None or said is None:
        return Conclusion(CANNOT_TELL, TOO_FEW, "no estimate with a known error could be made")
    assert smallest is not None  # as the register asks of this kind of rule
    why = _effect_in_words(rule, said, thresholds)
    if said.beyond < thresholds.decided:
        return _by_confidence(said.beyond, said.short, thresholds, why, not_passed(claim, evidence, of_finding=True))
    corrected = said.beyond if p_adjusted is None else 1 - p_adjusted
    if corrected < thresholds.decided:
        after = _confidence(corrected, thresholds).removeprefix("of ")
        why += f"; the confidence is {after} after the correction for several tests"
    sign = 1 if rule.direction == "rise" else -1
    large = sign * scaled(evidence.estimate, rule.scale) >= abs(scaled(smallest.value, rule.scale))
    if said.short >= thresholds.decided or not large:
        return Conclusion(LEANS_SUPPORTED, "", f"{why}: real, but smaller than matters", said.beyond)
    lacking = failing(claim.components, evidence.components)
    but = {PART: f"not for {' nor for '.join(lacking)}"} if lacking else {}
    failed, curve = not_passed(claim, evidence), evidence.multiverse
    if curve is not None and curve.share_same_sign < rule.same_sign_from:
        failed.append(f"same sign ({1 - curve.share_same_sign:.0%} of specifications have another)")
    if curve is not None and curve.joint_p > rule.joint_p_to:
        failed.append("joint test of all specifications")
    found = _by_confidence(corrected, 0.0, thresholds, why, failed, but)
    return found if found.side else replace(found, verdict=LEANS_SUPPORTED, reason="", confidence=said.beyond)


def _effect_in_words(rule: rules.Directional, said: Confidence, thresholds: Thresholds) -> str:
    """Say the side of an effect that the data are surer of: that it is there, or stays short of what matters."""
    surely = (said.beyond, said.short, min(said.beyond, 1 - said.short))  # what is large is there
    beyond, short, large = (_confidence(value, thresholds) for value in surely)
    if said.short > said.beyond:
        stays = f"with a confidence {short} any {rule.direction} stays short of the smallest size that matters"
        return f"{stays} (and with one {beyond} there is a {rule.direction} at all)"
    as_large = "one" if large == beyond else f"with one {large} it is"
    return f"with a confidence {beyond} there is a {rule.direction}, and {as_large} large enough to matter"


def scaled(value: float, scale: str) -> float:
    """Put ratios on the log scale; 0 has no logarithm, and is taken as next to nothing."""
    return math.log(max(value, 1e-12)) if scale == "ratio" else float(value)


def _direct(claim: Claim, said: Conclusion) -> Conclusion:
    """Leave a verdict leaning that rests on what stands only indirectly for the sentence."""
    if not claim.indirectly or abs(said.side) < 2:
        return said
    lowered = (*said.lowered, INDIRECT)
    return replace(said, verdict=_OF_SIDE[said.side // 2], why=f"{said.why}, but only indirectly", lowered=lowered)


def _kept(said: Conclusion, broken: Broken) -> Conclusion:
    """Take back what a test says to a side to which it errs too often; if to both, that is why one cannot tell."""
    barred = said.verdict == CANNOT_TELL and all(map(broken.get, (1, -1)))
    sides = [sign for sign in (1, -1) if said.side * sign > 0 or said.verdict == MIXED or barred]
    worlds = tuple(dict.fromkeys(world for sign in sides for world in broken.get(sign, ())))
    if not worlds:
        return said
    named = f"{counted(len(worlds), 'kind')} of simulated world{'s' * (len(worlds) > 1)} ({'; '.join(worlds)})"
    why = f"the rule{_SAYS[said.verdict]}, as {said.why}, {'and' if barred else 'yet'} it errs too often in {named}"
    return Conclusion(CANNOT_TELL, UNRELIABLE, why)


def _measured(rule: rules.NonInferiority, claim: Claim, evidence: Evidence, thresholds: Thresholds) -> Conclusion:
    """Let producers vote by the less confident of their errors: revisions alone take a change for firmer than it is."""
    votes = {item.producer: item for item in evidence.measures if item.role == "primary" and item.confidence}
    if not votes:
        return Conclusion(CANNOT_TELL, TOO_FEW, "no measure with a known error covers it")
    short = {name: [own.short for own in (item.confidence, item.independent) if own] for name, item in votes.items()}
    for_, against = sorted(min(own) for own in short.values()), sorted(1 - max(own) for own in short.values())
    alone, level = len(votes) == 1, thresholds.decided
    said = " and ".join(f"{_confidence(min(own), thresholds)} by {name}" for name, own in short.items())
    said += " alone" * alone
    why = f"any {rule.against} stays short of the smallest size that matters, with a confidence {said}"
    if for_[-1] >= level and against[-1] >= level:
        return Conclusion(MIXED, "", why)
    but = {ONE_PRODUCER: "one producer cannot decide it"} if alone else {}
    # By the first of its errors; the second, independent from year to year, may leave open what that decides.
    firm = {name: own for name, own in short.items() if max(own[0], 1 - own[0]) >= level}
    if any(max(own[-1], 1 - own[-1]) < level for own in firm.values()):
        but[SHARED] = "it would be open if experts erred independently from year to year"
    failed = not_passed(claim, evidence, of_finding=True)
    failed += [f"a check of {votes[name].name}" for name in firm if votes[name].shaken]
    place = -1 if alone else -2
    return _by_confidence(for_[place], against[place], thresholds, why, failed, but)


def _confidence(value: float, thresholds: Thresholds) -> str:
    """Say a confidence after the word: ``of .93``, ``above .995``; never as one from which another verdict holds."""
    said = chance(value, least=0.005)
    if any(value < limit <= round(value, 2) for limit in (thresholds.leans, thresholds.decided)):
        return f"just below {said}"
    return f"of {said}" if said[0] == "." else said
