"""Rules, grades, verdicts and numbers as every form of the report words them."""

from __future__ import annotations

import math
from typing import Any

from analysis.claims import rules
from analysis.claims.judge import BY_INTERVAL
from analysis.claims.register import Claim, Thresholds

#: What each evidence grade means; a claim without evidence has none.
GRADES = {
    "A": "two independent producers, design-based, every falsification passed",
    "B": "one producer, design-based, every falsification passed",
    "C": "model-based or descriptive, or a falsification failed",
    "D": "one report",
    "": "no evidence, therefore no grade",
}
#: Decision rules by kind; braces are filled from the rule, the shared thresholds and :func:`_details`.
_RULES = {
    "figure": "supported if every printed figure ({printed}) is found in {edition} to within half a unit of its"
    " last place; partly if only some are, or another edition has them; else contradicted",
    "leaders": "supported if {members} are the top {size} of {edition}; partly if some are; contradicted if none is",
    "record": "asked of each record: {asked}; supported if every independent record agrees, partly if some do,"
    " contradicted if none does; not testable without a record other than the article that decides it",
    "extremum": "supported if the probability of being the extremum is at least {rule.supported_from:g};"
    " contradicted if at most {rule.contradicted_to:g}; else partly",
    "directional": "supported if the whole interval shows a {rule.direction}, the estimate is as large as {effect},"
    " adjusted p is at most {thresholds.alpha:g}, at least {rule.same_sign_from:.0%} of specifications have the sign"
    " with joint p at most {rule.joint_p_to:g}, and every check passes; contradicted if the interval leaves no room for"
    " that size; not testable if it holds no effect and the detectable effect exceeds {thresholds.underpowered_from:g}"
    " times that size{scale}; partly if a registered part of it holds",
    "non-inferiority": "supported if at least {rule.share_from:.0%} of independent sources rule out {against} as large"
    " as {effect}; contradicted if as many show one; else partly; not testable if none can tell",
    "mechanism": "supported if identified by design and every rival explanation ({rivals}) was tested and failed; not"
    " testable if the deciding variation coincides with rivals; else partly",
    "untestable": "not testable as stated ({rule.reason}): {rule.why}",
}


def rule_in_words(claim: Claim, thresholds: Thresholds) -> str:
    """Say a claim's decision rule in one sentence, with its thresholds."""
    rule, effect = claim.rule, effect_in_words(claim)
    rivals = ", ".join(name.removeprefix("rival: ") for name in claim.asked if name.startswith("rival: "))
    known = {"rule": rule, "thresholds": thresholds, "effect": effect, "rivals": rivals or "none named"}
    known["edition"] = getattr(rule, "edition", "").replace("_", " ")
    said = _RULES[rule.kind].format(**known, **_details(rule))
    return f"{said}; {fragile_in_words(thresholds)}" if rule.kind in BY_INTERVAL else said


def fragile_in_words(thresholds: Thresholds) -> str:
    """Say what becomes of a verdict by interval if a check of the finding fails."""
    turned = " and ".join(f"{verdict} becomes {other}" for verdict, other in thresholds.fragile.items())
    return f"if a check of the finding fails, {turned}"


def effect_in_words(claim: Claim) -> str:
    """Say the smallest effect of interest with its unit; empty if the claim has none."""
    return f"{claim.smallest_effect.value:g} {claim.smallest_effect.unit}" if claim.smallest_effect else ""


def sentence(text: str) -> str:
    """Return a clause as a sentence: capital first, full stop last."""
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def number(value: float | None, unit: str = "", *, digits: int = 6) -> str:
    """Print a number, by default with all the digits that evidence files keep, and its unit; empty if None."""
    if value is None or not math.isfinite(value):
        return ""
    return f"{float(f'{value:.{digits}g}'):.6g} {unit}".strip()


def interval(ends: tuple[float, float] | None, *, digits: int = 6) -> str:
    """Print an interval like :func:`number`; empty if None."""
    return f"{number(ends[0], digits=digits)} to {number(ends[1], digits=digits)}" if ends else ""


def p_text(p: float | None) -> str:
    """Print a p-value: three decimals, or below a thousandth."""
    if p is None:
        return ""
    return "< .001" if p < 0.001 else f"{p:.3f}".lstrip("0")


def _details(rule: Any) -> dict[str, str]:
    """Return the parts of a rule that need more than their value."""
    match rule:
        case rules.Figure():
            figures = (f"{item.quantity.replace('_', ' ')} {item.value:.{item.decimals}f}" for item in rule.printed)
            return {"printed": ", ".join(figures)}
        case rules.Leaders():
            return {"members": ", ".join(rule.members), "size": str(len(rule.members))}
        case rules.Record():
            return {"asked": rule.words()}
        case rules.Directional():
            return {"scale": " in logs" if rule.scale == "ratio" else ""}
        case rules.NonInferiority():
            return {"against": f"{'an' if rule.against == 'improvement' else 'a'} {rule.against}"}
    return {}
