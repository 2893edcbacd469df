"""Rules, certainty, verdicts and numbers as every form of the report words them."""

from __future__ import annotations

import math
from typing import Any

from analysis.claims import rules
from analysis.claims.evidence import Report, edition_in_words
from analysis.claims.register import Claim, Thresholds
from analysis.data.load import country_names
from analysis.methods.result import chance, counted

#: Decision rules by kind; braces are filled from the rule, the shared thresholds and :func:`_details`.
_RULES = {
    "figure": "supported if every printed figure ({printed}) is found in {edition} to within half a unit of its"
    " last place; mixed if only some are, or another edition has them; else contradicted",
    "leaders": "supported if {members} are the top {size} of {edition}; mixed if some are; contradicted if none is",
    "record": "asked of each origin: {asked}; supported if two or more, or a primary one, agree and none denies it;"
    " contradicted if they deny it; a single other origin leans; mixed if they disagree, unless"
    " {thresholds.agreeing:.0%} of {thresholds.several} or more agree; a part left open keeps it from being decided",
    "extremum": "how often the item that is the extremum by such a margin is so in the next edition, too: supported if"
    " surely in {thresholds.decided:.0%} of cases, leans supported from {thresholds.leans:.0%}; contradicted the"
    " other way round",
    "directional": "supported if a {rule.direction} has a confidence of {thresholds.decided:g} after Holm's correction,"
    " the estimate is as large as {effect}, at least {rule.same_sign_from:.0%} of specifications have the sign with"
    " joint p at most {rule.joint_p_to:g}, and every check and part holds; contradicted if it stays short of that size"
    " with a confidence of {thresholds.decided:g}; leans from {thresholds.leans:g} on, or if only a check or the size"
    " is missing",
    "non-inferiority": "supported if two producers have a confidence of {thresholds.decided:g} that {against} stays"
    " short of {effect}; contradicted if they have it that it does not; leans from {thresholds.leans:g} on, or with a"
    " single producer, a failed check, or errors that experts may share; published records without a known error are a"
    " part of their own",
    "mechanism": "supported if identified by design and every rival explanation ({rivals}) was tested and failed; leans"
    " supported if not by design; else one cannot tell",
    "untestable": "not tested ({rule.reason}): {rule.why}",
}


def rule_in_words(claim: Claim, thresholds: Thresholds) -> str:
    """Say a claim's decision rule in one sentence, with its thresholds."""
    rule, effect = claim.rule, effect_in_words(claim)
    rivals = ", ".join(name.removeprefix("rival: ") for name in claim.asked if name.startswith("rival: "))
    known = {"rule": rule, "thresholds": thresholds, "effect": effect, "rivals": rivals or "none named"}
    known["edition"] = edition_in_words(getattr(rule, "edition", ""))
    return _RULES[rule.kind].format(**known, **_details(rule))


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


def answer(report: Report) -> str:
    """Say whether a record agrees with its part of the claim, and how much it weighs."""
    said = {True: "agrees", False: "disagrees", None: "leaves it open"}[report.agrees]
    weight = ["primary"] if report.primary else []
    weight += [counted(report.origins, "origin")] if report.origins > 1 else []
    return f"{said} ({', '.join(weight)})" if weight else said


def p_text(p: float | None) -> str:
    """Print a p-value or a confidence like :func:`analysis.methods.result.chance`; empty if None."""
    return "" if p is None else chance(p)


def _details(rule: Any) -> dict[str, str]:
    """Return the parts of a rule that need more than their value."""
    match rule:
        case rules.Figure():
            figures = (f"{item.quantity.replace('_', ' ')} {item.value:.{item.decimals}f}" for item in rule.printed)
            return {"printed": ", ".join(figures)}
        case rules.Leaders():
            names = (country_names().get(code, code) for code in rule.members)
            return {"members": ", ".join(names), "size": str(len(rule.members))}
        case rules.Record():
            return {"asked": rule.words()}
        case rules.NonInferiority():
            return {"against": f"{'an' if rule.against == 'improvement' else 'a'} {rule.against}"}
    return {}
