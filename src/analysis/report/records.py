"""``verdicts.json`` and its JSON Schema: every claim with its verdict and the statistics behind it, for machines."""

from __future__ import annotations

import subprocess
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from analysis.claims.evidence import Check, Evidence
from analysis.paths import ROOT
from analysis.report.dossier import Dossier, Published
from analysis.runs.staleness import library_hash

SCHEMA = "verdicts.schema.json"
Interval = tuple[float, float] | None


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Falsification(_Model):
    """A check that the result had to survive."""

    name: str
    passed: bool
    stat: str = Field(description="The check's numbers in words.")


class Curve(_Model):
    """Specification curve over defensible analyses."""

    n: int
    share_same_sign: float = Field(ge=0, le=1)
    share_sig: float = Field(ge=0, le=1)
    joint_p: float = Field(ge=0, le=1)


class Data(_Model):
    """A table that the evidence stands on."""

    name: str
    vintage: str = Field(description="Edition as its producer names it.")
    producer: str
    data_years: tuple[int, int] | None = Field(description="First and last year that the values describe.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Later(_Model):
    """The same rule applied to a later edition."""

    vintage: str
    verdict: str
    sub_reason: str | None
    estimate: float | None
    ci: Interval
    summary: str


class Change(_Model):
    """A single change that would give another verdict."""

    change: str
    verdict: str
    kind: str


class Record(_Model):
    """One atomic claim with its verdict."""

    claim_id: str
    claim: str = Field(description="The claim in our own words.")
    speaker: str
    paragraph: int
    stance: Literal["critical", "mitigating", "neutral"]
    type: Literal["F", "X", "T", "S", "K", "M", "N"]
    contradicts: list[str] = Field(description="Claims of the article that cannot be true together with this one.")
    verdict: Literal["supported", "partly supported", "contradicted", "not testable", "not yet tested"]
    sub_reason: Literal["normative", "no data", "underpowered", "not identified", "fragile"] | None
    why: str
    grade: Literal["A", "B", "C", "D"] | None
    estimand: str
    test: str
    family: Literal["confirmatory", "secondary", "none"]
    estimate: float | None
    unit: str
    ci: Interval = Field(description="95 % interval.")
    n: int | None
    p_raw: float | None = Field(ge=0, le=1)
    p_holm: float | None = Field(ge=0, le=1, description="After Holm's correction over the confirmatory family.")
    sesoi: float | None = Field(description="Smallest effect of interest, in its own unit.")
    sesoi_unit: str | None
    mde: float | None = Field(description="Minimum detectable effect at the registered power.")
    multiverse: Curve | None
    falsification: list[Falsification]
    summary: str
    vintage: str | None
    later: list[Later]
    would_change: list[Change]
    objection: str
    data: list[Data]
    figures: list[str]
    notebook: str | None
    notebook_code: str | None = Field(description="SHA-256 of the code cells of the notebook that made the evidence.")
    git_commit: str | None
    registry_hash: str


class Article(_Model):
    """The article whose claims are tested."""

    title: str
    publisher: str
    year: int
    url: str


class Verdicts(_Model):
    """All verdicts of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, title="Verdicts on an article")

    schema_file: Literal["verdicts.schema.json"] = Field(default="verdicts.schema.json", alias="$schema")
    article: Article
    registry_hash: str = Field(description="Hash of the locked decision rules.")
    library: str | None = Field(description="SHA-256 of the library's modules that the run used.")
    git_commit: str | None = Field(
        description="Commit with the library, notebooks, tables and results of this run; null where none has them all."
    )
    claims: list[Record]


def records(published: Published) -> dict[str, Any]:
    """Return the content of ``verdicts.json``, checked against its own schema."""
    library = published.manifest.get("environment", {}).get("library")
    commit = git_commit(library)
    verdicts = Verdicts(
        article=Article(**published.register.article.model_dump()),
        registry_hash=published.rules_hash,
        library=library,
        git_commit=commit,
        claims=[_record(dossier, published, commit) for dossier in published.dossiers],
    )
    return verdicts.model_dump(mode="json", by_alias=True)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``verdicts.json``."""
    made = Verdicts.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def git_commit(library: str | None) -> str | None:
    """Return the commit that holds what made the results; None unless the checkout is just that.

    The library must be the one that the run used, and no file that results come from may differ from the commit:
    a commit that is named without this could not make the results again.
    """
    if library != library_hash():
        return None
    clean = _git("status", "--porcelain", "--", "src", "notebooks", "data", "figures", "requirements.lock")
    return _git("rev-parse", "HEAD") if clean == "" else None


def _git(*arguments: str) -> str | None:
    call = ["git", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(call, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _record(dossier: Dossier, published: Published, commit: str | None) -> Record:
    claim, verdict, evidence = dossier.claim, dossier.verdict, dossier.evidence
    effect = claim.smallest_effect
    values = claim.model_dump(include={"claim", "speaker", "paragraph", "stance", "type", "estimand", "test", "family"})
    values |= {
        "claim_id": claim.id,
        "contradicts": dossier.rivals,
        "verdict": verdict.verdict,
        "sub_reason": verdict.reason or None,
        "why": verdict.why,
        "grade": verdict.grade or None,
        "estimate": verdict.estimate,
        "unit": verdict.unit,
        "ci": verdict.interval,
        "p_raw": verdict.p,
        "p_holm": verdict.p_adjusted,
        "sesoi": effect.value if effect else None,
        "sesoi_unit": effect.unit if effect else None,
        "mde": verdict.minimum_detectable_effect,
        "summary": verdict.summary,
        "vintage": verdict.vintage or None,
        "later": _later(dossier),
        "would_change": [Change(change=f.change, verdict=f.verdict, kind=f.kind) for f in dossier.flips],
        "objection": claim.objection,
        "figures": [figure.name for figure in dossier.figures],
        "notebook": claim.notebook,
        "notebook_code": _code(dossier, published),
        "git_commit": commit,
        "registry_hash": verdict.rules_hash,
    }
    return Record.model_validate(values | _from_evidence(evidence))


def _from_evidence(evidence: Evidence | None) -> dict[str, Any]:
    if evidence is None:
        return {"n": None, "multiverse": None, "falsification": [], "data": []}
    return {
        "n": evidence.n,
        "multiverse": _curve(evidence),
        "falsification": [_falsification(check) for check in evidence.falsifications],
        "data": [
            Data(
                name=item.table,
                vintage=item.edition,
                producer=item.producer,
                data_years=item.data_years if item.data_years[0] else None,
                sha256=item.sha256,
            )
            for item in evidence.sources
        ],
    }


def _curve(evidence: Evidence) -> Curve | None:
    curve = evidence.multiverse
    if curve is None:
        return None
    return Curve(
        n=curve.n, share_same_sign=curve.share_same_sign, share_sig=curve.share_significant, joint_p=curve.joint_p
    )


def _falsification(check: Check) -> Falsification:
    return Falsification(name=check.name, passed=check.passed, stat=check.detail)


def _later(dossier: Dossier) -> list[Later]:
    return [
        Later(
            vintage=item.vintage,
            verdict=conclusion.verdict,
            sub_reason=conclusion.reason or None,
            estimate=item.estimate,
            ci=item.interval,
            summary=item.summary,
        )
        for item, conclusion in zip(dossier.later, dossier.later_conclusions, strict=True)
    ]


def _code(dossier: Dossier, published: Published) -> str | None:
    """Return the hash of the notebook's code as the manifest has it beside the evidence file."""
    if dossier.evidence is None:
        return None
    entry = published.manifest["outputs"].get(f"evidence/{dossier.evidence.file_name}", {})
    code: str | None = entry.get("code")
    return code
