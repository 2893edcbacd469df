"""Verdicts: locked rules applied to evidence, with grade and adjusted p; made again from the evidence files alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd
from statsmodels.stats.multitest import multipletests

from analysis.claims.evidence import CITED_PAGES, Evidence
from analysis.claims.judge import NOT_TESTABLE, NOT_YET, Conclusion, failed_checks, judge, label
from analysis.claims.register import Claim, Register
from analysis.claims.rules import Untestable

#: What a verdict shows of its evidence.
_SHOWN = ("estimate", "interval", "unit", "minimum_detectable_effect", "summary", "vintage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict on one claim, why, and what it rests on.

    ``reason`` says why a claim is not testable; ``why`` is one clause with the deciding number; ``grade`` is empty
    without evidence; ``p_adjusted`` is Holm's over the confirmatory family; ``newest`` is the verdict on the newest
    vintage where it was judged too.
    """

    claim: str
    verdict: str
    reason: str
    why: str
    grade: str = ""
    p: float | None = None
    p_adjusted: float | None = None
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    unit: str = ""
    minimum_detectable_effect: float | None = None
    summary: str
    vintage: str = ""
    newest: str
    rules_hash: str

    @property
    def label(self) -> str:
        """Verdict with its reason, as printed."""
        return label(self.verdict, self.reason)


def verdicts(register: Register, evidence: Iterable[Evidence], *, rules_hash: str) -> list[Verdict]:
    """Judge every claim of the register; those without evidence become *not yet tested*.

    Evidence is on the registered editions and, optionally, on later ones; the hash of the locked rules is printed on
    every verdict.
    """
    evidence = list(evidence)
    primary = {item.claim: item for item in evidence if item.primary}
    later = {item.claim: item for item in sorted(evidence, key=lambda item: item.vintage) if not item.primary}
    adjusted = _adjusted(register, primary)
    return [
        _verdict(claim, register, primary.get(claim.id), later.get(claim.id), adjusted.get(claim.id), rules_hash)
        for claim in register.claims
    ]


def grade(claim: Claim, evidence: Evidence) -> str:
    """Grade evidence: how much weight the verdict bears, apart from what it says.

    Returns
    -------
    str
        A: two independent producers, design-based, every falsification passed. B: one producer, design-based, every
        falsification passed. C: model-based or descriptive, or a falsification failed. D: one report.
    """
    if evidence.design == "single report":
        return "D"
    passed = bool(evidence.falsifications) and not failed_checks(claim, evidence)
    if evidence.design != "design-based" or not passed:
        return "C"
    return "A" if len(_producers(evidence)) > 1 else "B"


def _producers(evidence: Evidence) -> set[str]:
    """Return independent producers: one who processes another's figures is none, nor is a table typed from pages."""
    makers = {re.split(r", processed by| \(", source.producer)[0] for source in evidence.sources}
    return makers - {CITED_PAGES}


def as_frame(items: Iterable[Verdict]) -> pd.DataFrame:
    """Return verdicts as a table, one row a claim."""
    return pd.DataFrame([asdict(item) for item in items])


def _adjusted(register: Register, primary: dict[str, Evidence]) -> dict[str, float]:
    family = [claim.id for claim in register.claims if claim.family == "confirmatory"]
    p_values = {name: primary[name].p_value for name in family if name in primary}
    known = {name: p for name, p in p_values.items() if p is not None}
    if not known:
        return {}
    adjusted = multipletests(list(known.values()), method=register.thresholds.multiplicity)[1]
    return {name: float(p) for name, p in zip(known, adjusted, strict=True)}


def _verdict(
    claim: Claim,
    register: Register,
    evidence: Evidence | None,
    later: Evidence | None,
    p_adjusted: float | None,
    rules_hash: str,
) -> Verdict:
    p = evidence.p_value if evidence else None
    conclusion = _conclude(claim, register, evidence, p if p_adjusted is None else p_adjusted)
    newest = _conclude(claim, register, later, later.p_value) if later else None
    shown = {name: getattr(evidence, name) for name in _SHOWN} if evidence else {"summary": conclusion.why}
    return Verdict(
        claim=claim.id,
        **conclusion._asdict(),
        grade=grade(claim, evidence) if evidence else "",
        p=p,
        p_adjusted=p_adjusted,
        newest=f"{later.vintage}: {newest.verdict}" if later and newest else "",
        rules_hash=rules_hash,
        **shown,
    )


def _conclude(claim: Claim, register: Register, evidence: Evidence | None, p: float | None) -> Conclusion:
    if isinstance(claim.rule, Untestable):
        return Conclusion(NOT_TESTABLE, claim.rule.reason, claim.rule.why)
    if evidence is None:
        return Conclusion(NOT_YET, "", f"registered for notebook {claim.notebook}")
    return judge(claim, evidence, register.thresholds, p_adjusted=p)
