"""All that a run says of each claim, in one place: what every form of the report is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from analysis.claims.evidence import Evidence, read_evidence
from analysis.claims.flips import Flip, flips
from analysis.claims.judge import Conclusion, judge
from analysis.claims.lock import check_lock
from analysis.claims.register import Claim, Register, load_register
from analysis.claims.verdicts import Verdict, verdicts
from analysis.errors import InputError
from analysis.paths import FIGURES
from analysis.runs.manifest import MANIFEST, read_manifest
from analysis.validation import validate


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """A figure of a run.

    Attributes
    ----------
    name : str
        File name without ending; the files are ``<name>.svg``, ``.pdf`` and ``.png`` in the run's folder.
    notebook : str
        Notebook that drew it.
    caption, credit : str
        What is drawn, in words for a reader who cannot see it; its sources and editions.
    claims : tuple of str
        Claims that it bears on.
    """

    name: str
    notebook: str
    caption: str
    credit: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What a run says of one claim.

    Attributes
    ----------
    claim : Claim
        The registered claim.
    verdict : Verdict
        Verdict by the locked rules.
    evidence : Evidence or None
        Evidence in the registered edition; None if there is none.
    later : tuple of Evidence
        Evidence in later editions, oldest first.
    figures : tuple of PublishedFigure
        Figures that bear on the claim.
    rivals : tuple of str
        Claims of the article that cannot be true together with this one, whichever of the two says so.
    flips : tuple of Flip
        Single changes that would give another verdict.
    later_conclusions : tuple of Conclusion
        What the same rule concludes from each later edition, in the order of ``later``.
    """

    claim: Claim
    verdict: Verdict
    evidence: Evidence | None
    later: tuple[Evidence, ...]
    figures: tuple[PublishedFigure, ...]
    rivals: tuple[str, ...]
    flips: tuple[Flip, ...]
    later_conclusions: tuple[Conclusion, ...] = ()

    @property
    def headline(self) -> str:
        """One sentence that leads with the conclusion."""
        reason = f" ({self.verdict.reason})" if self.verdict.reason else ""
        return f"{self.verdict.verdict.capitalize()}{reason}: {self.verdict.why}."


@dataclass(frozen=True)
class Published:
    """A run as it was published.

    Attributes
    ----------
    folder : Path
        Folder of outputs.
    register : Register
        The claims.
    rules_hash : str
        Hash of the locked rules.
    dossiers : tuple of Dossier
        One a claim, in the order of the article.
    figures : tuple of PublishedFigure
        All figures, by name.
    numbers : dict
        Published numbers by notebook and name.
    manifest : dict
        What made each output: see :mod:`analysis.runs.manifest`.
    """

    folder: Path
    register: Register
    rules_hash: str
    dossiers: tuple[Dossier, ...]
    figures: tuple[PublishedFigure, ...]
    numbers: Mapping[str, Mapping[str, Any]]
    manifest: Mapping[str, Any]

    @cached_property
    def by_claim(self) -> dict[str, Dossier]:
        """Dossiers by claim id."""
        return {dossier.claim.id: dossier for dossier in self.dossiers}

    def __getitem__(self, claim_id: str) -> Dossier:
        """Return the dossier of one claim; an unknown id raises InputError."""
        return self.by_claim[self.register[claim_id].id]


def read_published(folder: Path = FIGURES) -> Published:
    """Read a folder of outputs and judge its evidence by the locked rules.

    Raises
    ------
    InputError
        No run published there, a file is damaged, or the rules are not locked.
    """
    _json(folder / MANIFEST)
    register = load_register()
    rules_hash = check_lock(register)
    evidence = read_evidence(folder / "evidence")
    figures = tuple(_figure(path) for path in sorted((folder / "captions").glob("*.json")))
    judged = verdicts(register, evidence, rules_hash=rules_hash)
    dossiers = tuple(_dossier(register, verdict, evidence, figures) for verdict in judged)
    numbers = validate(_NUMBERS, _json(folder / "results.json"), where="results.json")
    return Published(folder, register, rules_hash, dossiers, figures, numbers, read_manifest(folder))


def _dossier(
    register: Register, verdict: Verdict, evidence: list[Evidence], figures: tuple[PublishedFigure, ...]
) -> Dossier:
    claim = register[verdict.claim]
    own = [item for item in evidence if item.claim == claim.id]
    primary = next((item for item in own if item.primary), None)
    later = tuple(sorted((item for item in own if not item.primary), key=lambda item: item.vintage))
    p = verdict.p if verdict.p_adjusted is None else verdict.p_adjusted
    return Dossier(
        claim=claim,
        verdict=verdict,
        evidence=primary,
        later=later,
        figures=tuple(figure for figure in figures if claim.id in figure.claims),
        rivals=register.rivals(claim.id),
        flips=flips(claim, primary, register, p_adjusted=p) if primary else (),
        later_conclusions=tuple(judge(claim, item, register.thresholds, p_adjusted=item.p_value) for item in later),
    )


def _figure(path: Path) -> PublishedFigure:
    return validate(_CAPTION, _json(path) | {"name": path.stem}, where=path.name)


def _json(path: Path) -> dict[str, Any]:
    try:
        return validate(_OBJECT, json.loads(path.read_text(encoding="utf-8")), where=path.name)
    except FileNotFoundError:
        raise InputError(f"no {path.name}", where=str(path.parent), remedy="make it with: analysis run") from None
    except (ValueError, OSError, RecursionError):
        raise InputError("not readable as JSON", where=str(path), remedy="make it again with: analysis run") from None


_OBJECT = TypeAdapter(dict[str, Any])
_NUMBERS = TypeAdapter(dict[str, dict[str, Any]])
_CAPTION = TypeAdapter(PublishedFigure)
