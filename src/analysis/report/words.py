"""Rules, grades and numbers in words, as every form of the report says them."""

from __future__ import annotations

import math
from collections.abc import Callable
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


def rule_in_words(claim: Claim, thresholds: Thresholds) -> str:
    """Say a claim's decision rule in one sentence, with its thresholds."""
    said = _RULES[claim.rule.kind](claim, claim.rule, thresholds)
    return f"{said}; {_fragile(thresholds)}" if claim.rule.kind in BY_INTERVAL else said


def _fragile(thresholds: Thresholds) -> str:
    turned = " and ".join(f"{verdict} becomes {other}" for verdict, other in thresholds.fragile.items())
    return f"if a check of the finding fails, {turned}"


def effect_in_words(claim: Claim) -> str:
    """Say the smallest effect of interest with its unit; empty if the claim has none."""
    effect = claim.smallest_effect
    return f"{effect.value:g} {effect.unit}" if effect else ""


def number(value: float | None, unit: str = "") -> str:
    """Print a number of an evidence file with all the digits that the file keeps, and its unit; empty if None."""
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:.6g} {unit}".strip()


def interval(ends: tuple[float, float] | None) -> str:
    """Print an interval with all the digits that the file keeps; empty if None."""
    return f"{number(ends[0])} to {number(ends[1])}" if ends else ""


def _match(_: Claim, rule: rules.Match, __: Thresholds) -> str:
    printed = ", ".join(f"{item.quantity.replace('_', ' ')} {item.value:.{item.decimals}f}" for item in rule.printed)
    return (
        f"supported if every printed figure ({printed}) is found in {rule.vintage} to within half a unit of its last"
        " place; partly if only some are, or another edition has them; else contradicted"
    )


def _top_set(_: Claim, rule: rules.TopSet, __: Thresholds) -> str:
    members = ", ".join(rule.members)
    return (
        f"supported if {members} are the top {len(rule.members)} of {rule.vintage}; partly if some are;"
        " contradicted if none is"
    )


def _record(_: Claim, rule: rules.Record, __: Thresholds) -> str:
    return (
        f"expected: {rule.expected}; supported if every independent record agrees, partly if some do, contradicted if"
        " none does; not testable without a record other than the article"
    )


def _extremum(_: Claim, rule: rules.Extremum, __: Thresholds) -> str:
    return (
        f"supported if the probability of being the extremum at the level {rule.level} is at least"
        f" {rule.supported_from:g}; contradicted if at most {rule.contradicted_to:g}; else partly"
    )


def _directional(claim: Claim, rule: rules.Directional, thresholds: Thresholds) -> str:
    times = f"{thresholds.underpowered_from:g} times that size" + (" in logs" if rule.scale == "ratio" else "")
    return (
        f"supported if the whole interval shows a {rule.direction}, the estimate is as large as"
        f" {effect_in_words(claim)}, adjusted p is at most {thresholds.alpha:g}, at least {rule.same_sign_from:.0%} of"
        f" specifications have the sign with joint p at most {rule.joint_p_to:g}, and every check passes; contradicted"
        f" if the interval leaves no room for that size; not testable if it holds no effect and the detectable effect"
        f" exceeds {times}; partly if a registered part of it holds"
    )


def _non_inferiority(claim: Claim, rule: rules.NonInferiority, _: Thresholds) -> str:
    return (
        f"supported if at least {rule.share_from:.0%} of independent sources rule out an {rule.against} as large as"
        f" {effect_in_words(claim)}; contradicted if as many show one; else partly; not testable if none can tell"
    ).replace("an worsening", "a worsening")


def _precedence(_: Claim, rule: rules.Precedence, __: Thresholds) -> str:
    return (
        f"supported if in every independent record {rule.first} comes before {rule.second}; partly in some;"
        " contradicted in none"
    )


def _mechanism(_: Claim, rule: rules.Mechanism, __: Thresholds) -> str:
    rivals = ", ".join(rule.rivals) or "none named"
    return (
        f"supported if identified by design and every rival explanation ({rivals}) was tested and failed; not testable"
        " if the deciding variation coincides with rivals; else partly"
    )


def _untestable(_: Claim, rule: rules.Untestable, __: Thresholds) -> str:
    return f"not testable as stated ({rule.reason}): {rule.why}"


_RULES: dict[str, Callable[[Claim, Any, Thresholds], str]] = {
    "match": _match,
    "top set": _top_set,
    "record": _record,
    "extremum": _extremum,
    "directional": _directional,
    "non-inferiority": _non_inferiority,
    "precedence": _precedence,
    "mechanism": _mechanism,
    "untestable": _untestable,
}
