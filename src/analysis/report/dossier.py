"""All that a run says of each claim, in one place: what every form of the report is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.claims.evidence import read_as
from analysis.claims.lock import read_lock
from analysis.claims.register import Register, load_register
from analysis.claims.verdicts import Verdict, Verdicts, judged_in
from analysis.data.catalogue import HISTORY
from analysis.data.load import load
from analysis.errors import InputError
from analysis.paths import FIGURES
from analysis.report.worth import Past, history
from analysis.runs.manifest import MANIFEST, read_manifest
from analysis.runs.staleness import code
from analysis.session.declared import names, read


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """A figure of a run: the files ``<name>.svg``, ``.pdf`` and ``.png``, and the claims that it bears on."""

    notebook: str
    caption: str
    credit: str
    claims: tuple[str, ...]
    name: str = ""


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


def read_run(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder of outputs; refuse a folder without one, or without an output that it lists."""
    if not (folder / MANIFEST).is_file():
        raise InputError("no run there", where=str(folder), remedy="make one with: analysis run")
    manifest = read_manifest(folder)
    if missing := [name for name in manifest["outputs"] if not (folder / name).is_file()]:
        remedy = "run all notebooks: analysis run"
        raise InputError(f"{missing[0]} is in the manifest but not in the folder", where=str(folder), remedy=remedy)
    return manifest


def read_published(folder: Path = FIGURES) -> Published:
    """Read a folder of outputs and judge its evidence by the locked rules; refuse a damaged one, or an empty one."""
    manifest = read_run(folder)
    judged = judged_in(folder, load_register())
    captions = sorted((folder / "captions").glob("*.json"))
    read = (replace(read_as(PublishedFigure, path), name=path.stem) for path in captions)
    cells = {name: "\n".join(code(name)) for name in names()}
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
    shown = [figure for figure in figures if judged.claim.id in figure.claims]
    # The first is the one that its page leads with: of its own notebook, as early as this draws it.
    shown.sort(key=lambda figure: figure.notebook != judged.claim.notebook)
    return Dossier(**own, figures=tuple(shown), history=tuple(past))
