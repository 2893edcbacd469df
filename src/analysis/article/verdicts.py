"""Verdicts over the whole register: tables of what was judged, on what grounds, and what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.claims.evidence import Evidence
from analysis.claims.flips import flips
from analysis.claims.judge import VERDICTS, failed_checks
from analysis.claims.register import Claim, Register
from analysis.claims.verdicts import Verdict

#: Grades from strongest to weakest; claims without evidence have none.
GRADES = ("A", "B", "C", "D", "")


@dataclass(frozen=True, slots=True)
class Judged:
    """All verdicts with the register and the primary evidence that they rest on.

    Attributes
    ----------
    register : Register
        The claims.
    verdicts : tuple of Verdict
        One a claim, in the order of the article.
    evidence : dict of str to Evidence
        Primary evidence by claim.
    """

    register: Register
    verdicts: tuple[Verdict, ...]
    evidence: dict[str, Evidence]

    def table(self) -> pd.DataFrame:
        """Return one row a claim: speaker, verdict, grade, p-values, estimate, detectable effect, edition."""
        rows = [_row(self.register[verdict.claim], verdict) for verdict in self.verdicts]
        return pd.DataFrame(rows).set_index("claim")

    def sentence(self) -> str:
        """Count verdicts in words."""
        counts = pd.Series([verdict.verdict for verdict in self.verdicts]).value_counts()
        parts = [f"{counts[name]} {name}" for name in VERDICTS if name in counts.index]
        return f"{len(self.verdicts)} atomic claims: {', '.join(parts)}."


def judged(register: Register, verdicts: Sequence[Verdict], evidence: Sequence[Evidence]) -> Judged:
    """Put register, verdicts and primary evidence together."""
    return Judged(register, tuple(verdicts), {item.claim: item for item in evidence if item.primary})


def matrix(judged: Judged) -> pd.DataFrame:
    """Count claims by verdict (rows) and grade (columns)."""
    frame = judged.table()
    counts = pd.crosstab(frame["verdict"], frame["grade"])
    return counts.reindex(index=list(VERDICTS), columns=list(GRADES), fill_value=0)


def conclusions(judged: Judged) -> pd.DataFrame:
    """Return one sentence a claim that leads with the conclusion, by speaker and paraphrase."""
    rows = [
        {
            "claim": verdict.claim,
            "speaker": judged.register[verdict.claim].speaker,
            "says": judged.register[verdict.claim].claim,
            "conclusion": f"{verdict.label.capitalize()}: {verdict.why}.",
        }
        for verdict in judged.verdicts
    ]
    return pd.DataFrame(rows).set_index("claim")


def confirmatory(judged: Judged) -> pd.DataFrame:
    """Return the confirmatory family: raw and adjusted p, specification curve, checks that failed, verdict."""
    rows = []
    for verdict in judged.verdicts:
        claim, evidence = judged.register[verdict.claim], judged.evidence.get(verdict.claim)
        if claim.family == "confirmatory" and evidence is not None:
            rows.append(_family_row(claim, evidence, verdict))
    return pd.DataFrame(rows).set_index("claim")


def pairs(judged: Judged) -> pd.DataFrame:
    """Return each pair of claims that cannot both be true, side by side with the estimand that decides both."""
    by_claim = {verdict.claim: verdict for verdict in judged.verdicts}
    rows = [
        {
            "estimand": one.estimand,
            "same_estimand": one.estimand == other.estimand,
            "first": one.id,
            "first_speaker": one.speaker,
            "first_claim": one.claim,
            "first_verdict": by_claim[one.id].label,
            "second": other.id,
            "second_speaker": other.speaker,
            "second_claim": other.claim,
            "second_verdict": by_claim[other.id].label,
        }
        for one, other in judged.register.rival_pairs()
    ]
    return pd.DataFrame(rows)


def changes(judged: Judged) -> pd.DataFrame:
    """Return every single change that would give another verdict, and later editions that do."""
    rows = []
    for verdict in judged.verdicts:
        if (evidence := judged.evidence.get(verdict.claim)) is None:
            continue
        p = verdict.p if verdict.p_adjusted is None else verdict.p_adjusted
        claim = judged.register[verdict.claim]
        found = [
            (flip.kind, flip.change, flip.verdict) for flip in flips(claim, evidence, judged.register, p_adjusted=p)
        ]
        edition, _, newest = verdict.newest.partition(": ")
        if newest and newest != verdict.verdict:
            found.append(("edition", f"the edition {edition}", newest))
        rows += [dict(zip(_CHANGE, (verdict.claim, verdict.label, *item), strict=True)) for item in found]
    return pd.DataFrame(rows, columns=_CHANGE)


_CHANGE = ["claim", "verdict", "kind", "change", "other_verdict"]


def _row(claim: Claim, verdict: Verdict) -> dict[str, object]:
    return {
        "claim": claim.id,
        "speaker": claim.speaker,
        "type": claim.type,
        "family": claim.family,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "grade": verdict.grade,
        "p": verdict.p,
        "p_adjusted": verdict.p_adjusted,
        "estimate": verdict.estimate,
        "unit": verdict.unit,
        "minimum_detectable_effect": verdict.minimum_detectable_effect,
        "vintage": verdict.vintage,
        "newest": verdict.newest,
    }


def _family_row(claim: Claim, evidence: Evidence, verdict: Verdict) -> dict[str, object]:
    curve = evidence.multiverse
    failed = failed_checks(claim, evidence)
    return {
        "claim": claim.id,
        "verdict": verdict.label,
        "grade": verdict.grade,
        "p": verdict.p,
        "p_adjusted": verdict.p_adjusted,
        "specifications": curve.n if curve else None,
        "share_same_sign": curve.share_same_sign if curve else None,
        "joint_p": curve.joint_p if curve else None,
        "checks": len(set(claim.asked) | {check.name for check in evidence.falsifications}),
        "failed": ", ".join(failed),
    }
