"""Small claims, registers and pieces of evidence, complete but for what a test is about."""

import pytest
from scipy.stats import norm

from analysis.claims.evidence import Evidence
from analysis.claims.lock import rule_hash
from analysis.claims.register import Claim, Register, Thresholds
from analysis.claims.verdicts import verdicts
from analysis.errors import InputError

THRESHOLDS = Thresholds(
    alpha=0.05, power=0.8, decided=0.95, leans=0.8, agreeing=0.75, several=4, size_slack=0.01, coverage_from=0.93,
    multiplicity="holm", conventions=(), smallest_effects={"rate_rise": 1.25},
)  # fmt: skip
ARTICLE = {"title": "T", "publisher": "P", "year": 2021, "url": "https://example.org", "country": "KAZ"}
RULES = {
    "figure": {"kind": "figure", "editions": ["v1"], "quantities": [{"quantity": "rank", "column": "r", "value": 75}]},
    "leaders": {"kind": "leaders", "edition": "v1", "column": "r", "members": ["CAN", "NZL"]},
    "record": {"kind": "record", "value": {"equals": 12}},
    "extremum": {
        "kind": "extremum",
        "editions": ["v1"],
        "quantities": [{"quantity": "a", "column": "a"}, {"quantity": "lowest", "take": "least", "among": ["b", "c"]}],
    },
    "directional": {"kind": "directional", "direction": "rise", "scale": "difference"},
    "non-inferiority": {"kind": "non-inferiority"},
    "mechanism": {"kind": "mechanism"},
    "untestable": {"kind": "untestable", "reason": "normative", "why": "says what ought to be"},
}
#: A registered measure.
MEASURE = {
    "role": "primary", "name": "m", "producer": "P", "table": "t", "columns": ["a"], "unit": "points",
    "smallest_effect": 0.05, "model": {"method": "compare"},
}  # fmt: skip


def claim_fields(kind="record", /, *, rule=None, falsifications=(), **fields):
    untestable = kind == "untestable"
    return {
        "id": "one", "item": 1, "paragraph": 1, "speaker": "S", "type": "F", "stance": "neutral", "claim": "C.",
        "estimand": "E", "data": ["v1", "records"], "test": "none" if untestable else "exact test",
        "smallest_effect": {"value": 0.05, "unit": "points"}, "rule": RULES[kind] | (rule or {}),
        "checks": [{"name": name, "passes": {"p": {"below": 0.05}}} for name in falsifications],
        "family": "none" if untestable else "secondary", "notebook": None if untestable else "01_freedom_index",
    } | fields  # fmt: skip


def claim(kind="record", /, *, rule=None, **fields):
    return Claim.model_validate(claim_fields(kind, rule=rule, **fields))


def claims_of(register, notebook):
    return [claim for claim in register.claims if claim.notebook == notebook]


def register(*claims):
    return Register(article=ARTICLE, thresholds=THRESHOLDS, claims=claims)


def ruled(claims, found):
    """Return evidence as made under the rules of these claims, unless it names others."""
    rules = {item.id: rule_hash(item) for item in claims}
    return [item.model_copy(update={"rule": item.rule or rules[item.claim]}) for item in found]


def judge_all(claims, found, **tables):
    return verdicts(register(*claims), ruled(claims, found), rules_hash="h", **tables)


def source(producer="P", table="t"):
    return {"table": table, "producer": producer, "edition": "1", "data_years": (2018, 2018), "sha256": "0" * 64}


def evidence(**fields):
    own = {
        "claim": "one", "rule": "", "notebook": "01_freedom_index", "vintage": "v1", "parameters": {},
        "test": "exact test", "estimand": "E", "design": "design-based", "sources": (source(),), "summary": "S.",
    }  # fmt: skip
    return Evidence.model_validate(own | fields)


def confidence(estimate, error, smallest=0.05):
    """Return the confidence of a normal error: of an effect above 0, and below the smallest size, half and twice it."""
    short = {factor: float(norm.cdf((factor * smallest - estimate) / error)) for factor in (0, 0.5, 1, 2)}
    return {
        "beyond": 1 - short[0], "short": short[1], "short_of_half": short[0.5], "short_of_twice": short[2],
    }  # fmt: skip


def effect(estimate, error, **fields):
    ends = (estimate - 1.96 * error, estimate + 1.96 * error)
    return evidence(estimate=estimate, interval=ends, confidence=confidence(estimate, error), **fields)


def report(agrees, source="S", **fields):
    return {"source": source, "value": "12", "agrees": agrees} | fields


def refused(call, *given, **named):
    with pytest.raises(InputError) as error:
        call(*given, **named)
    assert "\n" not in error.value.line()
    return error.value.line()


def check(name="placebo", passed=True):
    return {"name": name, "passed": passed, "detail": "d"}


def curve(same_sign=1.0, joint_p=0.01):
    return {"n": 100, "share_same_sign": same_sign, "share_significant": 0.5, "joint_p": joint_p}


def measure(producer, short, *, independent=None, role="primary", **fields):
    """Return a measure that is so confident of staying short of the smallest effect; a record by its estimate."""

    def known(value):
        return {
            "beyond": 1 - value / 2, "short": value, "short_of_half": value / 2, "short_of_twice": (1 + value) / 2,
        }  # fmt: skip

    said = {} if role == "record" else {"confidence": known(short)}
    said |= {} if independent is None else {"independent": known(independent)}
    own = {"name": f"measure of {producer}", "producer": producer, "role": role, "smallest_effect": 1.0}
    return own | {"estimate": short if role == "record" else 0.0} | said | fields
