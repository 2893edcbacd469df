"""Small claims, registers and pieces of evidence, complete but for what a test is about."""

from __future__ import annotations

import pytest

from analysis.claims.evidence import Evidence
from analysis.claims.register import Claim, Register, Thresholds
from analysis.errors import InputError

THRESHOLDS = Thresholds(
    alpha=0.05,
    power=0.8,
    underpowered_from=2,
    multiplicity="holm",
    conventions=(),
    fragile={"supported": "partly supported", "contradicted": "not testable"},
    smallest_effects={"rate_rise": 1.25},
)
ARTICLE = {"title": "T", "publisher": "P", "year": 2021, "url": "https://example.org", "country": "KAZ"}
RULES = {
    "figure": {"kind": "figure", "editions": ["v1"], "quantities": [{"quantity": "rank", "column": "r", "value": 75}]},
    "leaders": {"kind": "leaders", "edition": "v1", "column": "r", "members": ["CAN", "NZL"]},
    "record": {"kind": "record", "value": {"equals": 12}},
    "extremum": {"kind": "extremum"},
    "directional": {"kind": "directional", "direction": "rise", "scale": "difference"},
    "non-inferiority": {"kind": "non-inferiority"},
    "mechanism": {"kind": "mechanism"},
    "untestable": {"kind": "untestable", "reason": "normative", "why": "says what ought to be"},
}


def claim_fields(kind="record", /, *, rule=None, falsifications=(), **fields):
    untestable = kind == "untestable"
    return {
        "id": "one",
        "item": 1,
        "paragraph": 1,
        "speaker": "S",
        "type": "F",
        "stance": "neutral",
        "claim": "C.",
        "estimand": "E",
        "data": ["v1", "records"],
        "test": "none" if untestable else "exact test",
        "smallest_effect": {"value": 0.05, "unit": "points"},
        "rule": RULES[kind] | (rule or {}),
        "checks": [{"name": name, "passes": {"p": {"below": 0.05}}} for name in falsifications],
        "family": "none" if untestable else "secondary",
        "notebook": None if untestable else "01_freedom_index",
    } | fields


def claim(kind="record", /, *, rule=None, **fields):
    return Claim.model_validate(claim_fields(kind, rule=rule, **fields))


def claims_of(register, notebook):
    return [claim for claim in register.claims if claim.notebook == notebook]


def register(*claims):
    return Register(article=ARTICLE, thresholds=THRESHOLDS, claims=claims)


def source(producer="P", table="t"):
    return {"table": table, "producer": producer, "edition": "1", "data_years": (2018, 2018), "sha256": "0" * 64}


def evidence(**fields):
    return Evidence.model_validate(
        {
            "claim": "one",
            "notebook": "01_freedom_index",
            "vintage": "v1",
            "parameters": {},
            "test": "exact test",
            "estimand": "E",
            "design": "design-based",
            "sources": (source(),),
            "summary": "S.",
        }
        | fields
    )


def effect(estimate, low, high, **fields):
    return evidence(estimate=estimate, interval=(low, high), **fields)


def report(agrees, source="S"):
    return {"source": source, "value": "12", "agrees": agrees}


def refused(call, *given, **named):
    """Return the one line with which a call is refused."""
    with pytest.raises(InputError) as error:
        call(*given, **named)
    assert "\n" not in error.value.line()
    return error.value.line()


def check(name="placebo", passed=True):
    return {"name": name, "passed": passed, "detail": "d"}


def measure(producer, estimate, lower, upper, smallest_effect=1.0):
    return {
        "name": f"measure of {producer}", "producer": producer, "estimate": estimate, "lower": lower, "upper": upper,
        "smallest_effect": smallest_effect,
    }  # fmt: skip
