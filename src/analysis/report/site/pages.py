"""One function per kind of page: a published run in, HTML by path out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import TypeAdapter

from analysis.charts.strip import TYPES
from analysis.charts.style import VERDICT_COLOURS
from analysis.claims.calibration import TESTED
from analysis.claims.certainty import LEVELS
from analysis.claims.evidence import edition_in_words
from analysis.claims.judge import REASONS
from analysis.claims.lock import LOCK, Lock, rule_hash
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import country_names
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.paths import BUILD, DATA
from analysis.report import wording
from analysis.report.citation import read_citation
from analysis.report.claimreview import CONTEXT, claim_review
from analysis.report.coders import published_agreement
from analysis.report.dossier import Dossier, Published, notebook_titles
from analysis.report.site import view
from analysis.report.site.notebooks import Executed, read_executed
from analysis.report.worlds import reached, seldom_found
from analysis.validation import read_yaml, validate

#: Executed copies of the notebooks, as the runner leaves them.
EXECUTED = BUILD / "executed" / "default"
_POINT_TO_PIXEL = 96 / 72


def write_site(published: Published, folder: Path, *, executed: Path = EXECUTED) -> None:
    """Write the site of a run; the same run and the same executed notebooks give the same bytes.

    Every page is made in memory first, so that a fault leaves nothing half-written. Pages show and link the machine
    formats, which have to stand under ``data/``; a notebook that is not in ``executed`` is named as not executed.

    Raises
    ------
    InputError
        A figure of the run has no file, or an executed notebook cannot be read.
    """
    static = files("analysis.report.site") / "static"
    content = {f"static/{item.name}": item.read_bytes() for item in static.iterdir() if item.is_file()}
    content |= render(published, executed)
    for name, data in sorted(content.items()):
        write_whole(folder / name, data)


def render(published: Published, executed: Path) -> dict[str, bytes]:
    """Return every page of the site by its path; parameters as in :func:`write_site`."""
    environment = _environment(published)
    registered = {claim.notebook for claim in published.register.claims if claim.notebook}
    notebooks = {name: read_executed(published, name, executed) for name in sorted({*published.runs, *registered})}
    environment.globals["executed"] = notebooks
    pages = {}
    for path, template, context in _pages(published, notebooks):
        root = "../" * path.count("/")
        pages[path] = environment.get_template(template).render(path=path, root=root, **context).encode("utf-8")
    return pages


def _pages(published: Published, notebooks: Mapping[str, Executed | None]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, template and context of every page."""
    citation = read_citation()
    contexts: dict[str, dict[str, Any]] = {
        "index": {},
        "experts": {"groups": disagreements(published)},
        "figures": {},
        "notebooks": {},
        "rules": {"lock": validate(TypeAdapter(Lock), read_yaml(LOCK), where=LOCK.name)},
        "data": {"citation": citation, "agreement": published_agreement()},
        "codebook": {"parts": _codebook()},
    }
    yield from ((f"{name}.html", f"{name}.html.j2", context) for name, context in contexts.items())
    neighbours = [None, *published.dossiers, None]
    for number, dossier in enumerate(published.dossiers, start=1):
        around = neighbours[number - 1], neighbours[number + 1]
        review = CONTEXT | claim_review(dossier, published, citation)
        context = {"dossier": dossier, "number": number, "around": around, "review": review}
        yield f"claims/{dossier.claim.id}.html", "claim.html.j2", context
    for name, notebook in notebooks.items():
        if notebook is not None:
            yield f"notebooks/{name}.html", "notebook.html.j2", {"notebook": notebook}


def _environment(published: Published) -> Environment:
    register, cards, names = published.register, load_cards(), country_names()
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
        "placed": view.placed,
        "edition": edition_in_words,
        "country": lambda code: names.get(code, code),
        "slug": view.slug,
        "sentence": wording.sentence,
        "tally": view.tally,
        "markdown": view.markdown,
        "p": wording.p_text,
        "rule": lambda claim: wording.rule_in_words(claim, register.thresholds),
        "worlds": lambda claim: reached(claim, register),
        "seldom": seldom_found,
        "answer": wording.answer,
        "rule_hash": rule_hash,
        "outcome": view.outcome,
    }
    environment.globals |= {
        "published": published,
        "article": register.article,
        "thresholds": register.thresholds,
        "verdicts": view.MARKS,
        "colours": VERDICT_COLOURS,
        "levels": dict(reversed(LEVELS.items())) | {"": "the verdict points to no side"},
        "reasons": REASONS,
        "tested": TESTED,
        "kinds_of_claim": {letter: name for letter, (_, name) in TYPES.items()},
        "outputs": view.OUTPUTS,
        "titles": notebook_titles(),
        "tables": {
            notebook: [path for path in paths if path.startswith("tables/")]
            for notebook, (_, paths) in published.runs.items()
        },
        "catalogue": CATALOGUE,
        "cards": cards,
        "sizes": {figure.name: _size(published.folder / f"{figure.name}.svg") for figure in published.figures},
    }
    return environment


def disagreements(published: Published) -> list[list[Dossier]]:
    """Return groups of claims that cannot be true together, each in the order of the article."""
    groups: list[set[str]] = []
    for pair in published.register.rival_pairs():
        names = {claim.id for claim in pair}
        joined = [group for group in groups if group & names]
        groups = [group for group in groups if group not in joined] + [names.union(*joined)]
    members = [[item for item in published.dossiers if item.claim.id in group] for group in groups]
    return sorted(members, key=lambda group: published.dossiers.index(group[0]))


def _size(path: Path) -> tuple[int, int]:
    """Return width and height of an SVG in CSS pixels, so that a page does not jump while it loads."""
    if not path.is_file():
        raise InputError(f"no {path.name}", where=str(path.parent), remedy="make it again with: analysis run")
    _, element = next(iter(ElementTree.iterparse(path, events=("start",))))
    width, height = (float(element.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    return round(width * _POINT_TO_PIXEL), round(height * _POINT_TO_PIXEL)


def _codebook() -> list[tuple[tuple[str, ...], str]]:
    """Return the sections of the codebook with the tables that each describes; the first is the preface."""
    preface, *parts = (DATA / "codebook.md").read_text(encoding="utf-8").split("\n## ")
    sections = [((), preface.partition("\n")[2])]
    return sections + [(tuple(head.split(", ")), body) for head, _, body in (part.partition("\n") for part in parts)]
