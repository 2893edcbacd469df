"""One function per kind of page: a published run in, HTML by path out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import TypeAdapter

from analysis.charts.register import TYPES
from analysis.claims.lock import LOCK, Lock, rule_hash
from analysis.data.cards import Card, load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.paths import DATA
from analysis.report import words
from analysis.report.citation import read_citation
from analysis.report.claimreview import CONTEXT, claim_review
from analysis.report.dossier import Dossier, Published, PublishedFigure
from analysis.report.site import view
from analysis.report.site.notebooks import Executed, read_executed
from analysis.report.tables import p_text
from analysis.report.titles import notebook_titles
from analysis.validation import read_yaml, validate

#: Main navigation: page and its name.
SECTIONS = (
    ("index.html", "Claims"),
    ("experts.html", "Disagreements"),
    ("figures.html", "Figures"),
    ("notebooks.html", "Notebooks"),
    ("rules.html", "Rules"),
    ("data.html", "Data"),
)
#: Machine formats and what they are, in the order in which they are listed.
FORMATS = {
    "verdicts.json": "every claim with its verdict and statistics",
    "verdicts.schema.json": "JSON Schema of the verdicts",
    "claimreview.jsonld": "the verdicts as schema.org ClaimReview",
    "results.json": "published numbers by notebook",
    "results.tex": "the same numbers as LaTeX macros",
    "datapackage.json": "Frictionless data package of the tables",
    "ro-crate-metadata.json": "RO-Crate: what made each file",
}
_POINT_TO_PIXEL = 96 / 72


def render(published: Published, executed: Path, *, formats: Collection[str] = ()) -> dict[str, bytes]:
    """Return every page of the site by its path.

    Parameters
    ----------
    published : Published
        The run.
    executed : Path
        Folder of executed notebooks.
    formats : collection of str
        Machine formats that stand under ``data/`` and can be linked.
    """
    environment = _environment(published)
    environment.globals["formats"] = {name: about for name, about in FORMATS.items() if name in formats}
    notebooks = _notebooks(published, executed)
    environment.globals["executed"] = notebooks
    pages = dict(_pages(environment, published, notebooks))
    return {path: html.encode("utf-8") for path, html in pages.items()}


def _pages(
    environment: Environment, published: Published, notebooks: dict[str, Executed | None]
) -> Iterator[tuple[str, str]]:
    def page(path: str, template: str, **context: Any) -> tuple[str, str]:
        root = "../" * path.count("/")
        return path, environment.get_template(template).render(path=path, root=root, **context)

    citation = read_citation()

    yield page(
        "index.html", "index.html.j2", speakers=_counted(published, "speaker"), kinds=_counted(published, "type")
    )
    yield page("experts.html", "experts.html.j2", groups=disagreements(published), speakers=_by_speaker(published))
    yield page("figures.html", "figures.html.j2")
    yield page("notebooks.html", "notebooks.html.j2")
    yield page("rules.html", "rules.html.j2", lock=validate(TypeAdapter(Lock), read_yaml(LOCK), where=LOCK.name))
    yield page("data.html", "data.html.j2", datasets=_datasets(), citation=citation)
    yield page("codebook.html", "codebook.html.j2", parts=_codebook())
    for place, dossier in enumerate(published.dossiers):
        around = (published.dossiers[place - 1] if place else None, next(iter(published.dossiers[place + 1 :]), None))
        name = f"{dossier.claim.id}.html"
        review = {"@context": CONTEXT} | claim_review(dossier, published, citation, page=name)
        context = {"dossier": dossier, "number": place + 1, "around": around, "review": review}
        yield page(f"claims/{name}", "claim.html.j2", **context)
    for name, notebook in notebooks.items():
        if notebook is not None:
            yield page(f"notebooks/{name}.html", "notebook.html.j2", notebook=notebook)


def _environment(published: Published) -> Environment:
    environment = Environment(
        loader=PackageLoader("analysis.report.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "value": view.value,
        "by_edition": view.by_edition,
        "forest": view.forest,
        "edition": partial(view.edition, cards=load_cards()),
        "slug": view.slug,
        "sentence": view.sentence,
        "tally": view.tally,
        "markdown": view.markdown,
        "p": p_text,
        "rule": lambda claim: words.rule_in_words(claim, published.register.thresholds),
        "effect": words.effect_in_words,
        "rule_hash": rule_hash,
        "outcome": lambda claim, found, item: view.outcome(claim, found, item, published.register.thresholds),
    }
    environment.globals |= {
        "published": published,
        "article": published.register.article,
        "thresholds": published.register.thresholds,
        "sections": SECTIONS,
        "verdicts": view.MARKS,
        "meanings": view.MEANINGS,
        "reasons": view.REASONS,
        "grades": words.GRADES,
        "kinds_of_claim": {letter: name for letter, (_, name) in TYPES.items()},
        "outputs": view.OUTPUTS,
        "scales": view.SCALES,
        "titles": notebook_titles(),
        "tables": _tables(published),
        "catalogue": CATALOGUE,
        "sizes": {figure.name: _size(published.folder / f"{figure.name}.svg") for figure in published.figures},
        "figures_by_notebook": _figures(published),
    }
    return environment


def _notebooks(published: Published, folder: Path) -> dict[str, Executed | None]:
    """Read executed copies of all notebooks that made an output of the run or have a claim registered."""
    ran = {entry["notebook"] for entry in published.manifest["outputs"].values()}
    registered = {claim.notebook for claim in published.register.claims if claim.notebook}
    return {name: read_executed(published, name, folder) for name in sorted(ran | registered)}


def disagreements(published: Published) -> list[list[Dossier]]:
    """Return groups of claims that cannot be true together, each in the order of the article."""
    groups: list[list[Dossier]] = []
    placed: set[str] = set()
    for dossier in published.dossiers:
        if dossier.rivals and dossier.claim.id not in placed:
            members = _linked(published, dossier.claim.id)
            placed |= members
            groups.append([item for item in published.dossiers if item.claim.id in members])
    return groups


def _linked(published: Published, start: str) -> set[str]:
    found, new = set[str](), {start}
    while new:
        found |= new
        new = {rival for name in new for rival in published[name].rivals} - found
    return found


def _counted(published: Published, field: str) -> dict[str, int]:
    names = [getattr(dossier.claim, field) for dossier in published.dossiers]
    return {name: names.count(name) for name in dict.fromkeys(names)}


def _by_speaker(published: Published) -> dict[str, dict[str, int]]:
    speakers = dict.fromkeys(dossier.claim.speaker for dossier in published.dossiers)
    return {name: view.tally(item for item in published.dossiers if item.claim.speaker == name) for name in speakers}


def _tables(published: Published) -> dict[str, list[str]]:
    """Return the CSV tables of results by notebook, as the manifest has them."""
    outputs = published.manifest["outputs"]
    made = sorted((entry["notebook"], name) for name, entry in outputs.items() if name.startswith("tables/"))
    return {notebook: [name for _, name in group] for notebook, group in groupby(made, key=lambda item: item[0])}


def _figures(published: Published) -> dict[str, list[PublishedFigure]]:
    ordered = sorted(published.figures, key=lambda figure: (figure.notebook, figure.name))
    return {notebook: list(group) for notebook, group in groupby(ordered, key=lambda figure: figure.notebook)}


def _size(path: Path) -> tuple[int, int]:
    """Return width and height of an SVG in CSS pixels, so that a page does not jump while it loads."""
    if not path.is_file():
        return 0, 0
    for _, element in ElementTree.iterparse(path, events=("start",)):
        width, height = (float(element.attrib[side].removesuffix("pt")) for side in ("width", "height"))
        return round(width * _POINT_TO_PIXEL), round(height * _POINT_TO_PIXEL)
    return 0, 0


def _datasets() -> list[tuple[str, str, list[tuple[str, Card]]]]:
    """Return data sets with their cards: name, producer, cards by edition as in the file."""
    groups: dict[tuple[str, str], list[tuple[str, Card]]] = {}
    for name, card in load_cards().items():
        groups.setdefault((card.dataset, card.producer), []).append((name, card))
    return [(dataset, producer, cards) for (dataset, producer), cards in sorted(groups.items())]


def _codebook() -> list[tuple[tuple[str, ...], str]]:
    """Return the sections of the codebook with the tables that each describes; the first is the preface."""
    preface, *parts = (DATA / "codebook.md").read_text(encoding="utf-8").split("\n## ")
    sections = [((), preface.partition("\n")[2])]
    return sections + [(tuple(head.split(", ")), body) for head, _, body in (part.partition("\n") for part in parts)]
