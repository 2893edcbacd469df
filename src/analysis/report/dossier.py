"""All that a run says of each claim, what its verdicts were, and what they are worth: what every form is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from analysis.charts.save import PublishedFigure, published_figures
from analysis.claims.evidence import read_as
from analysis.claims.judge import NOT_YET
from analysis.claims.lock import Lock, read_lock, rule_hash
from analysis.claims.register import Register
from analysis.claims.verdicts import Verdict, Verdicts, judged_in
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE, HISTORY
from analysis.data.load import load
from analysis.errors import InputError
from analysis.paths import FIGURES, ROOT
from analysis.runs.manifest import MANIFEST, altered, read_manifest
from analysis.runs.staleness import code
from analysis.session.declared import names, read
from analysis.validation import read_yaml, validate

CITATION = ROOT / "CITATION.cff"


class Citation(BaseModel):
    """How the project is cited; ``released`` is the only date that the report carries, so that bytes do not change."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    title: str
    abstract: str = ""
    version: str
    released: Annotated[str, AfterValidator(lambda day: str(date.fromisoformat(day)))] = Field(alias="date-released")
    licence: str = Field(alias="license")
    authors: tuple[dict[str, str], ...] = Field(min_length=1)

    @property
    def author_names(self) -> str:
        """All authors, as printed."""
        return ", ".join(one.get("name") or f"{one['given-names']} {one['family-names']}" for one in self.authors)


def read_citation(path: Path = CITATION) -> Citation:
    """Read ``CITATION.cff``; one that lacks a field is refused."""
    return validate(TypeAdapter(Citation), read_yaml(path), where=path.name)


def cited(tables: Iterable[str]) -> list[str]:
    """Return the keys of what tables are built from: of all cards with one citation, the name of the first."""
    cards = load_cards()
    known = {card.citation: name for name, card in reversed(cards.items())}
    return sorted({known[cards[card].citation] for name in tables for card in CATALOGUE[name].sources})


@dataclass(frozen=True, slots=True)
class Past:
    """A verdict with its reason, the lock under which it was published, and why the claim's rule changed before it.

    ``reasons`` are those of the locks that changed the rule since the verdict before; none if the rule stayed.
    """

    date: str
    lock: str
    verdict: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier(Verdict):
    """What a run says of one claim: how it was judged, the figures that bear on it, and its verdicts so far."""

    figures: tuple[PublishedFigure, ...]
    history: tuple[Past, ...]


@dataclass(frozen=True)
class Published:
    """A folder of outputs: one dossier a claim in the order of the article, figures by name, numbers by notebook.

    ``manifest`` says what made each output: see :mod:`analysis.runs.manifest`.
    """

    folder: Path
    register: Register
    rules_hash: str
    dossiers: tuple[Dossier, ...]
    figures: tuple[PublishedFigure, ...]
    numbers: Mapping[str, Mapping[str, Any]]
    manifest: Mapping[str, Any]

    @property
    def judged(self) -> Verdicts:
        """The verdicts of the dossiers."""
        return Verdicts(self.register, self.dossiers)

    @cached_property
    def runs(self) -> dict[str, tuple[dict[str, Any], list[str]]]:
        """By notebook, what the manifest says of its run, and the paths of all outputs that this made."""
        found: dict[str, tuple[dict[str, Any], list[str]]] = {}
        for path, entry in sorted(self.manifest["outputs"].items()):
            found.setdefault(entry["notebook"], (entry, []))[1].append(path)
        return dict(sorted(found.items()))

    def __getitem__(self, claim_id: str) -> Dossier:
        """Return the dossier of one claim."""
        wanted = self.register[claim_id].id
        return next(dossier for dossier in self.dossiers if dossier.claim.id == wanted)


def read_run(folder: Path, *, as_written: bool = False) -> dict[str, Any]:
    """Return the manifest of a folder of outputs; refuse one without, or with an output missing, or not as written."""
    if not (folder / MANIFEST).is_file():
        raise InputError("no run there", where=str(folder), remedy="make one with: analysis run")
    manifest = read_manifest(folder)
    looked_at = {name: one for name, one in manifest["outputs"].items() if as_written or not (folder / name).is_file()}
    if wrong := altered(folder, looked_at):
        raise InputError(wrong[0], where=str(folder), remedy="restore it, or run all notebooks: analysis run")
    return manifest


def read_published(folder: Path = FIGURES) -> Published:
    """Read a folder of outputs and judge its evidence by the locked rules; refuse a damaged one, or an empty one."""
    manifest = read_run(folder, as_written=True)
    judged = judged_in(folder)
    read, cells = published_figures(folder, manifest["outputs"]), {name: "\n".join(code(name)) for name in names()}
    # As the notebooks draw them.
    figures = tuple(sorted(read, key=lambda f: (f.notebook, cells.get(f.notebook, "").find(f'"{f.name[3:]}"'))))
    lock, earlier = read_lock(), load(HISTORY)
    dossiers = tuple(_dossier(item, figures, history(item, lock, earlier)) for item in judged)
    numbers = read_as(dict[str, dict[str, Any]], folder / "results.json")
    return Published(folder, judged.register, lock.hash, dossiers, figures, numbers, manifest)


def notebook_titles() -> dict[str, str]:
    """Return the first heading of each numbered notebook, by name, in order; its name where it has none."""
    texts = {name: next((cell.source for cell in read(name) if cell.kind == "markdown"), "") for name in names()}
    return {name: text.strip().partition("\n")[0].removeprefix("# ") or name for name, text in texts.items()}


def _dossier(judged: Verdict, figures: Sequence[PublishedFigure], past: Sequence[Past]) -> Dossier:
    own = {field.name: getattr(judged, field.name) for field in fields(judged)}
    # The first is the one that its page leads with: of its own notebook, as early as this draws it.
    shown = [figure for figure in figures if judged.claim.id in figure.claims]
    shown.sort(key=lambda figure: figure.notebook != judged.claim.notebook)
    return Dossier(**own, figures=tuple(shown), history=tuple(past))


def history(verdict: Verdict, lock: Lock, table: pd.DataFrame) -> list[Past]:
    """Return the verdicts on a claim, oldest first, the present one last.

    A row stands where the verdict or the rule is another than before. The table is that of earlier publications; it
    may be older than the present lock. A claim that was not judged has no present verdict.
    """
    reasons = {entry.hash: entry.reason for entry in lock.history}
    rows = table[table["claim"] == verdict.claim.id].fillna({"changed_by": ""}).to_dict("records")
    now, rule = verdict.conclusion.label, rule_hash(verdict.claim)
    last = rows[-1] if rows else {"verdict": None, "rule": None}
    if verdict.conclusion.verdict != NOT_YET and (last["verdict"], last["rule"]) != (now, rule):
        changed_by = "" if last["rule"] == rule else lock.hash
        rows.append({"date": lock.history[-1].date, "lock": lock.hash, "verdict": now, "changed_by": changed_by})
    said = [tuple(reasons[name] for name in row["changed_by"].split() if name in reasons) for row in rows]
    return [Past(row["date"], row["lock"], row["verdict"], why) for row, why in zip(rows, said, strict=True)]
