"""All claims with their verdicts and evidence, as tables: counts, conclusions, the family, rivals, what would flip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from analysis.claims.evidence import Evidence
from analysis.claims.flips import Flip, flips
from analysis.claims.judge import VERDICTS, failed_checks, judge, label
from analysis.claims.register import Claim, Register
from analysis.claims.verdicts import Verdict, verdicts
from analysis.methods.result import Result

#: Grades from strongest to weakest; claims without evidence have none.
GRADES = ("A", "B", "C", "D", "")
_OF_CLAIM = ("speaker", "type", "family")
_OF_VERDICT = (
    "verdict", "reason", "grade", "p", "p_adjusted", "estimate", "unit", "minimum_detectable_effect", "vintage",
    "newest",
)  # fmt: skip
_CHANGE = ["claim", "verdict", "kind", "change", "other_verdict"]


@dataclass(frozen=True, slots=True)
class LaterVerdict:
    """What the rule of a claim concludes from the evidence in a later edition."""

    verdict: str
    reason: str
    why: str
    evidence: Evidence

    @property
    def label(self) -> str:
        """Verdict with its reason, as printed."""
        return label(self.verdict, self.reason)


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim with its verdict and what that rests on.

    ``evidence`` is that in the registered edition; ``later`` are later editions, oldest first; ``rivals`` are claims of
    the article that cannot be true together with this one, whichever of the two says so; ``flips`` are single changes
    that would give another verdict.
    """

    claim: Claim
    verdict: Verdict
    evidence: Evidence | None
    later: tuple[LaterVerdict, ...]
    rivals: tuple[str, ...]
    flips: tuple[Flip, ...]

    @property
    def headline(self) -> str:
        """One sentence that leads with the conclusion."""
        reason = f" ({self.verdict.reason})" if self.verdict.reason else ""
        return f"{self.verdict.verdict.capitalize()}{reason}: {self.verdict.why}."

    def changes(self) -> list[tuple[str, str, str]]:
        """Return kind, change and other verdict of every flip, and of the newest edition if it gives another."""
        found = [(flip.kind, flip.change, flip.verdict) for flip in self.flips]
        edition, _, newest = self.verdict.newest.partition(": ")
        if newest and newest != self.verdict.verdict:
            found.append(("edition", f"the edition {edition}", newest))
        return found


@dataclass(frozen=True, slots=True)
class JudgedClaims(Result):
    """Every claim of a register, judged, in the order of the article."""

    register: Register
    claims: tuple[JudgedClaim, ...]

    def table(self) -> pd.DataFrame:
        """Return one row a claim: speaker, verdict, grade, p-values, estimate, detectable effect, edition."""
        rows = {
            item.claim.id: {name: getattr(item.claim, name) for name in _OF_CLAIM}
            | {name: getattr(item.verdict, name) for name in _OF_VERDICT}
            for item in self.claims
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("claim")

    def sentence(self) -> str:
        """Count verdicts in words."""
        counts = Counter(item.verdict.verdict for item in self.claims)
        parts = [f"{counts[name]} {name}" for name in VERDICTS if counts[name]]
        return f"{len(self.claims)} atomic claims: {', '.join(parts)}."

    def counts(self) -> pd.DataFrame:
        """Count claims by verdict (rows) and grade (columns)."""
        frame = self.table()
        counts = pd.crosstab(frame["verdict"], frame["grade"])
        return counts.reindex(index=list(VERDICTS), columns=list(GRADES), fill_value=0)

    def conclusions(self) -> pd.DataFrame:
        """Return one sentence a claim that leads with the conclusion, by speaker and paraphrase."""
        rows = {
            item.claim.id: {
                "speaker": item.claim.speaker,
                "says": item.claim.claim,
                "conclusion": f"{item.verdict.label.capitalize()}: {item.verdict.why}.",
            }
            for item in self.claims
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("claim")

    def confirmatory(self) -> pd.DataFrame:
        """Return the confirmatory family: raw and adjusted p, specification curve, checks that failed, verdict."""
        rows = {
            item.claim.id: _family_row(item, item.evidence)
            for item in self.claims
            if item.evidence and item.claim.family == "confirmatory"
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("claim")

    def pairs(self) -> pd.DataFrame:
        """Return each pair of claims that cannot both be true, side by side with the estimand that decides both."""
        by_id = {item.claim.id: item for item in self.claims}
        rows = [
            {"estimand": one.estimand, "same_estimand": one.estimand == other.estimand}
            | _side("first", by_id[one.id])
            | _side("second", by_id[other.id])
            for one, other in self.register.rival_pairs()
        ]
        return pd.DataFrame(rows)

    def changes(self) -> pd.DataFrame:
        """Return every single change that would give another verdict, and later editions that do."""
        rows = [(item.claim.id, item.verdict.label, *change) for item in self.claims for change in item.changes()]
        return pd.DataFrame(rows, columns=_CHANGE)


def judge_all(register: Register, evidence: Iterable[Evidence], *, rules_hash: str) -> JudgedClaims:
    """Judge every claim of a register, as :func:`analysis.claims.verdicts.verdicts` does."""
    evidence = list(evidence)
    found = (_judged(register, verdict, evidence) for verdict in verdicts(register, evidence, rules_hash=rules_hash))
    return JudgedClaims(register, tuple(found))


def _judged(register: Register, verdict: Verdict, evidence: list[Evidence]) -> JudgedClaim:
    claim = register[verdict.claim]
    own = sorted((item for item in evidence if item.claim == claim.id), key=lambda item: item.vintage)
    primary = next((item for item in own if item.primary), None)
    later = [item for item in own if not item.primary]
    concluded = [judge(claim, item, register.thresholds, p_adjusted=item.p_value) for item in later]
    p = verdict.p if verdict.p_adjusted is None else verdict.p_adjusted
    return JudgedClaim(
        claim=claim,
        verdict=verdict,
        evidence=primary,
        later=tuple(LaterVerdict(*said, item) for said, item in zip(concluded, later, strict=True)),
        rivals=register.rivals(claim.id),
        flips=flips(claim, primary, register, p_adjusted=p) if primary else (),
    )


def _family_row(item: JudgedClaim, evidence: Evidence) -> dict[str, object]:
    curve = evidence.multiverse
    return {
        "verdict": item.verdict.label,
        "grade": item.verdict.grade,
        "p": item.verdict.p,
        "p_adjusted": item.verdict.p_adjusted,
        "specifications": curve.n if curve else None,
        "share_same_sign": curve.share_same_sign if curve else None,
        "joint_p": curve.joint_p if curve else None,
        "checks": len(set(item.claim.asked) | {check.name for check in evidence.falsifications}),
        "failed": ", ".join(failed_checks(item.claim, evidence)),
    }


def _side(name: str, item: JudgedClaim) -> dict[str, str]:
    own = {"": item.claim.id, "_speaker": item.claim.speaker, "_claim": item.claim.claim}
    return {f"{name}{part}": text for part, text in (own | {"_verdict": item.verdict.label}).items()}
