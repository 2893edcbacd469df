"""Rules, sizes, answers and confidences as every form of the report words them."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from analysis.claims.evidence import Report, edition_in_words
from analysis.claims.register import Claim, Thresholds
from analysis.data.load import country_names
from analysis.methods.result import chance, counted


def rule_in_words(claim: Claim, thresholds: Thresholds) -> str:
    """Say a claim's decision rule in one sentence, with its thresholds."""
    rules = _templates().get_template("rules.md.j2").make_module({"thresholds": thresholds})
    return str(getattr(rules, claim.rule.kind.replace("-", "_"))(claim.rule, claim))


def effect_in_words(claim: Claim) -> str:
    """Say the smallest effect of interest with its unit; empty if the claim has none."""
    return f"{claim.smallest_effect.value:g} {claim.smallest_effect.unit}" if claim.smallest_effect else ""


def sentence(text: str) -> str:
    """Return a clause as a sentence: capital first, full stop last.

    Examples
    --------
    >>> sentence("all three agree")
    'All three agree.'
    """
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def answer(report: Report) -> str:
    """Say whether a record agrees with its part of the claim, and how much it weighs."""
    said = {True: "agrees", False: "disagrees", None: "leaves it open"}[report.agrees]
    weight = ["primary"] if report.primary else []
    weight += [counted(report.origins, "origin")] if report.origins > 1 else []
    return f"{said} ({', '.join(weight)})" if weight else said


def p_text(p: float | None) -> str:
    """Print a p-value or a confidence like :func:`analysis.methods.result.chance`; empty if None."""
    return "" if p is None else chance(p)


@cache
def _templates() -> Environment:
    names = country_names()
    templates = Environment(loader=PackageLoader("analysis.report"), undefined=StrictUndefined, trim_blocks=True)
    templates.filters |= {
        "edition": edition_in_words,
        "size": effect_in_words,
        "country": lambda code: names.get(code, code),
    }
    return templates
