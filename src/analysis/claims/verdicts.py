"""Verdicts: locked rules applied to evidence, with certainty and adjusted p; made again from the evidence alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from statsmodels.stats.multitest import multipletests

from analysis.claims.calibration import broken_promises
from analysis.claims.certainty import Certainty, Flip, certainty, flips
from analysis.claims.evidence import Evidence, read_evidence
from analysis.claims.judge import OPINION, VERDICTS, Conclusion, judge, not_passed
from analysis.claims.lock import check_lock, read_lock, rule_hash
from analysis.claims.register import Claim, Register, load_register
from analysis.claims.rules import Published
from analysis.data.catalogue import edition_in_words
from analysis.errors import InputError
from analysis.files import write_json
from analysis.methods.result import Result, counted, in_words

#: What a record shows of its evidence, and what stands there without any.
_SHOWN = {"estimate": None, "interval": None, "unit": "", "minimum_detectable_effect": None, "vintage": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the rule of a claim concludes from evidence, and what that rests on.

    ``p_adjusted`` is one-sided, Holm's over the family of distinct estimates; ``later`` are verdicts on later editions,
    oldest first; ``flips`` are single changes that would give another one; for ``broken`` see the judge.
    """

    claim: Claim
    evidence: Evidence | None
    conclusion: Conclusion
    certainty: Certainty | None = None
    p_adjusted: float | None = None
    later: tuple[Verdict, ...] = ()
    flips: tuple[Flip, ...] = ()
    broken: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    rules_hash: str = ""

    @property
    def headline(self) -> str:
        """One sentence that leads with the conclusion, or says what another edition prints than the claim names."""
        said = self.conclusion
        if self.evidence and not self.evidence.primary and isinstance(self.claim.rule, Published):
            prints = "prints the same" if said.side > 0 else "prints otherwise"
            return f"{self.edition} {prints} for the same year: {said.why}."
        return said.verdict.capitalize() + (f" ({said.reason})" if said.reason else "") + f": {said.why}."

    @property
    def newest(self) -> str:
        """What the newest edition says, where a later one was judged too."""
        if not self.later or isinstance(self.claim.rule, Published):
            return "".join(item.headline for item in self.later[-1:])
        return f"By the newest edition, {self.later[-1].edition}: {self.later[-1].conclusion.verdict}."

    @property
    def edition(self) -> str:
        """The edition that is judged, in words."""
        return edition_in_words(self.evidence.vintage) if self.evidence else ""

    def record(self) -> dict[str, Any]:
        """Return the verdict as it is published, without what it rests on."""
        return {
            "claim": self.claim.id,
            **{name: getattr(self.conclusion, name) for name in ("verdict", "reason", "why", "confidence")},
            "certainty": self.certainty.level if self.certainty else "",
            "certainty_steps": str(self.certainty or ""),
            "p": self.evidence.one_sided if self.evidence else None,
            "p_adjusted": self.p_adjusted,
            **{name: getattr(self.evidence, name, without) for name, without in _SHOWN.items()},
            "summary": self.evidence.summary if self.evidence else self.conclusion.why,
            "newest": self.newest,
            "rules_hash": self.rules_hash,
        }

    def _repr_markdown_(self) -> str:
        """Return the card that a notebook shows under its evidence."""
        found = self.evidence
        edition = "" if found is None or found.primary else f" (by {self.edition})"
        lines = [f"**{self.claim.claim}**{edition}", f"**{self.headline}**"]
        lines += [f"{str(self.certainty).capitalize()}."] if self.certainty else []
        if found:
            lines += [line for line in (_number(self.claim, found), _checks(found)) if line]
        p = found.one_sided if found and self.claim.family == "confirmatory" and self.p_adjusted is None else None
        if p is not None:
            lines.append(f"One-sided p of no effect = {p:.2g}, before the correction for several tests.")
        return "  \n".join(f"> {line}" for line in lines)


@dataclass(frozen=True, slots=True)
class Verdicts(Result):
    """The verdict on every claim of a register, in the order of the article."""

    register: Register
    verdicts: tuple[Verdict, ...]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def records(self) -> list[dict[str, Any]]:
        """Return what is published of each verdict, as JSON has it."""
        return list(json.loads(pd.DataFrame([item.record() for item in self]).to_json(orient="records")))

    def table(self) -> pd.DataFrame:
        """Return one row a claim: speaker, verdict, certainty, p-values, estimate, detectable effect, edition."""
        rows = [item.claim.model_dump(include={"speaker", "type", "family"}) | item.record() for item in self]
        at_length = ["why", "certainty_steps", "interval", "summary", "rules_hash"]
        return pd.DataFrame(rows).set_index("claim").drop(columns=at_length)

    def sentence(self) -> str:
        """Count verdicts in words, those on what nobody in the article says apart; opinions are nothing to decide."""
        ours = self.register.article.inference
        said = Counter(item.conclusion.verdict for item in self if item.claim.speaker != ours)
        inferred = Counter(item.conclusion.verdict for item in self) - said
        shown = [name for name in VERDICTS if name != OPINION]
        told = [", ".join(f"{of[name]} {name}" for name in shown if of[name]) for of in (said, inferred)]
        claims, opinions = counted(said.total() - said[OPINION], "claim"), counted(said[OPINION], "opinion")
        text = f"{claims} of the article that data could decide: {told[0]}; and {opinions}."
        ours = f"{counted(inferred.total(), 'inference')} of this project, which nobody in it states: {told[1]}."
        return f"{text} Besides, {ours}" if inferred else text

    def confirmatory(self) -> pd.DataFrame:
        """Return the confirmatory family: raw and adjusted p, specification curve, checks that failed, verdict."""
        rows = []
        for item in self:
            if item.evidence and item.claim.family == "confirmatory":
                curve = item.evidence.multiverse.model_dump() if item.evidence.multiverse else {}
                failed = ", ".join(not_passed(item.claim, item.evidence))
                own = {"verdict": item.conclusion.label, "checks": len(item.claim.checks), "failed": failed}
                rows.append(item.record() | curve | own)
        columns = ["verdict", "certainty", "p", "p_adjusted", "n", "share_same_sign", "joint_p", "checks", "failed"]
        frame = pd.DataFrame(rows, columns=["claim", *columns]).set_index("claim")
        return frame.rename(columns={"n": "specifications"}).astype({"p": float, "p_adjusted": float})

    def changes(self) -> pd.DataFrame:
        """Return every single change that would give another verdict, and newest editions that do."""
        rows = []
        for item in self:
            other = [(flip.kind, flip.change, flip.verdict) for flip in item.flips]
            for last in () if isinstance(item.claim.rule, Published) else item.later[-1:]:
                if last.conclusion.verdict != item.conclusion.verdict:
                    other.append(("edition", f"the edition {last.edition}", last.conclusion.verdict))
            rows += [(item.claim.id, item.conclusion.label, *one) for one in other]
        return pd.DataFrame(rows, columns=["claim", "verdict", "kind", "change", "other_verdict"])


def verdicts(register: Register, evidence: Iterable[Evidence], /, *, rules_hash: str, **tables: str) -> Verdicts:
    """Judge every claim by evidence on the registered edition and any later ones, of tables as they are locked."""
    evidence = sorted(evidence, key=lambda item: item.vintage)
    for item in evidence:
        others = any(tables.get(own.table, own.sha256) != own.sha256 for own in item.sources)
        if others or item.rule != rule_hash(register[item.claim]):
            remedy = f"analysis run {item.notebook}"
            raise InputError("evidence made of other tables or another rule", where=item.file_name, remedy=remedy)
    primary = {item.claim: item for item in evidence if item.primary}
    adjusted = _adjusted(register, primary)
    judged = []
    for claim in register.claims:
        later = (verdict_on(claim, item, register) for item in evidence if item.claim == claim.id and not item.primary)
        known = {"later": tuple(later), "rules_hash": rules_hash}
        judged.append(verdict_on(claim, primary.get(claim.id), register, p_adjusted=adjusted.get(claim.id), **known))
    return Verdicts(register, tuple(judged))


def verdict_on(
    claim: Claim, evidence: Evidence | None, register: Register, *, p_adjusted: float | None = None, **known: Any
) -> Verdict:
    """Judge one claim; without an adjusted p-value by the raw one, as its own notebook can. Fields may be known."""
    about: dict[str, Any] = {"p_adjusted": p_adjusted, "broken": broken_promises(claim, register) if evidence else {}}
    conclusion = judge(claim, evidence, register.thresholds, **about)
    if evidence is not None:
        later = [item.conclusion for item in known.get("later", ())]
        known["flips"] = flips(claim, evidence, register, **about)
        known["certainty"] = certainty(claim, evidence, conclusion, later)
    return Verdict(claim=claim, evidence=evidence, conclusion=conclusion, **about, **known)


def write_summaries(folder: Path) -> list[Path]:
    """Write ``verdicts.json`` and ``results.json`` from the evidence and the numbers in a folder of outputs."""
    records = judged_in(folder).records()
    numbers = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((folder / "numbers").glob("*.json"))}
    return [write_json(folder / "verdicts.json", records), write_json(folder / "results.json", numbers)]


def judged_in(folder: Path) -> Verdicts:
    """Judge by the evidence in a folder of outputs; the rules have to be those that were locked."""
    register = load_register()
    return verdicts(register, read_evidence(folder / "evidence"), rules_hash=check_lock(register), **read_lock().tables)


def _adjusted(register: Register, primary: dict[str, Evidence]) -> dict[str, float]:
    """Return Holm's p by claim: over distinct estimates of effects that are claimed and identified.

    Claims that stand on one call are one member of the family; a p that decides no verdict taxes none.
    """
    confirmatory = {claim.id for claim in register.claims if claim.family == "confirmatory"}
    tested = {name: item for name, item in primary.items() if item.identified and item.one_sided is not None}
    members = {name: item.call.model_dump_json() if item.call else name for name, item in tested.items()}
    family = {key: tested[name].one_sided for name, key in sorted(members.items()) if name in confirmatory}
    if not family:
        return {}
    adjusted = multipletests(list(family.values()), method=register.thresholds.multiplicity)[1]
    by_member = dict(zip(family, map(float, adjusted), strict=True))
    return {name: by_member[key] for name, key in members.items() if key in by_member}


def _number(claim: Claim, found: Evidence) -> str:
    if found.estimate is None:
        return ""
    ends = "{:.3g} to {:.3g}".format(*found.interval) if found.interval else ""
    about = [part for part in (found.unit, ends and f"95% interval {ends}") if part]
    text = f"Estimate {found.estimate:.4g}" + (f" ({', '.join(about)})" if about else "")
    effect = claim.smallest_effect
    return in_words(f"{text}; smallest effect of interest: {effect.value:g} {effect.unit}." if effect else f"{text}.")


def _checks(found: Evidence) -> str:
    every = (*found.falsifications, *found.components)
    if not every:
        return ""
    failed = "; ".join(f"{check.name} ({check.detail.rstrip('.')})" for check in every if not check.passed)
    passed = sum(check.passed for check in every)
    if len(every) == 1:
        return f"The only registered check was {'passed' if passed else 'not passed'}: {failed or every[0].name}."
    return f"{passed} of {len(every)} registered checks passed{failed and f'; not passed: {failed}'}."
