"""The report as a PDF: the run's verdicts, figures and sources, set by Typst from one template."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
import yaml

from analysis.claims.judge import VERDICTS
from analysis.claims.register import Claim
from analysis.data.cards import load_cards
from analysis.errors import RunError
from analysis.files import write_whole
from analysis.paths import ROOT
from analysis.report.dossier import Dossier, Published, PublishedFigure
from analysis.report.tables import p_text
from analysis.report.titles import notebook_titles
from analysis.report.words import GRADES, effect_in_words, interval, number

_TEMPLATE = Path(__file__).with_name("report.typ")


def write_pdf(published: Published, path: Path) -> Path:
    """Write the report of a run as a PDF; the same run gives the same bytes.

    Parameters
    ----------
    published : Published
        The run.
    path : Path
        Where to write.

    Raises
    ------
    RunError
        A figure that the run lists is missing, or the page could not be set.
    """
    with TemporaryDirectory() as folder:
        work = Path(folder)
        _lay_out(published, work)
        try:
            # Without tags: Typst 0.15 fails to tag figures that float.
            pdf = typst.compile(
                str(work / _TEMPLATE.name), root=folder, ignore_system_fonts=True, timestamp=0, pdf_tags=False
            )
        except typst.TypstError as error:
            reason = str(error).splitlines()[0]
            raise RunError(f"the report could not be set: {reason}", where=_TEMPLATE.name) from None
    return write_whole(path, pdf)


def content(published: Published) -> dict[str, Any]:
    """Return every text and number of the report; the template adds only headings and fixed prose.

    Returns
    -------
    dict
        ``title``, ``counts``, ``confirmatory``, ``pairs``, ``chapters``, ``untestable``, ``grades`` and ``sources``.
    """
    dossiers = published.dossiers
    return {
        "title": yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8")),
        "article": published.register.article.model_dump(),
        "rules_hash": published.rules_hash,
        "total": len(dossiers),
        "counts": [_count(dossiers, verdict) for verdict in VERDICTS],
        "confirmatory": [_confirmatory(item) for item in dossiers if item.claim.family == "confirmatory"],
        "pairs": [_pair(published, *pair) for pair in published.register.rival_pairs()],
        "chapters": _chapters(published),
        "untestable": [_claim(item) for item in dossiers if item.claim.notebook is None],
        "grades": [{"grade": name, "means": means} for name, means in GRADES.items() if name],
        "sources": _sources(),
    }


def _lay_out(published: Published, work: Path) -> None:
    shutil.copyfile(_TEMPLATE, work / _TEMPLATE.name)
    (work / "content.json").write_text(json.dumps(content(published), ensure_ascii=False), encoding="utf-8")
    for figure in published.figures:
        source = published.folder / f"{figure.name}.svg"
        if not source.is_file():
            raise RunError(f"no {source.name}, which the run lists", where=str(published.folder))
        shutil.copyfile(source, work / source.name)


def _count(dossiers: Iterable[Dossier], verdict: str) -> dict[str, Any]:
    return {"verdict": verdict, "n": sum(item.verdict.verdict == verdict for item in dossiers)}


def _claim(dossier: Dossier) -> dict[str, Any]:
    verdict = dossier.verdict
    return {
        "id": dossier.claim.id,
        "claim": dossier.claim.claim,
        "speaker": dossier.claim.speaker,
        "label": verdict.label,
        "verdict": verdict.verdict,
        "grade": verdict.grade,
        "why": verdict.why,
        "newest": verdict.newest,
    }


def _confirmatory(dossier: Dossier) -> dict[str, Any]:
    verdict = dossier.verdict
    return _claim(dossier) | {
        "estimate": _short(verdict.estimate, verdict.unit),
        "interval": interval(_rounded(verdict.interval)),
        "p": p_text(verdict.p),
        "p_adjusted": p_text(verdict.p_adjusted),
        "detectable": _short(verdict.minimum_detectable_effect),
        "smallest": effect_in_words(dossier.claim),
        "flips": [f"{flip.change}: {flip.verdict}" for flip in dossier.flips],
    }


def _short(value: float | None, unit: str = "") -> str:
    """Print a number at three significant digits."""
    return number(float(f"{value:.3g}"), unit) if value is not None else ""


def _rounded(ends: tuple[float, float] | None) -> tuple[float, float] | None:
    return (float(f"{ends[0]:.3g}"), float(f"{ends[1]:.3g}")) if ends else None


def _pair(published: Published, one: Claim, other: Claim) -> dict[str, Any]:
    return {"estimand": one.estimand, "sides": [_claim(published[claim.id]) for claim in (one, other)]}


def _chapters(published: Published) -> list[dict[str, Any]]:
    """Group claims and figures by the notebook that tests or draws them."""
    return [
        {
            "title": title,
            "figures": [_figure(figure) for figure in published.figures if figure.notebook == name],
            "claims": [_claim(item) for item in published.dossiers if item.claim.notebook == name],
        }
        for name, title in notebook_titles().items()
    ]


def _figure(figure: PublishedFigure) -> dict[str, str]:
    return {"file": f"{figure.name}.svg", "caption": figure.caption}


def _sources() -> list[dict[str, str]]:
    cards = load_cards().values()
    unique = {(card.dataset, card.edition): card for card in cards}
    return [
        {"dataset": f"{dataset} {edition}", "citation": card.citation, "licence": card.licence}
        for (dataset, edition), card in sorted(unique.items())
    ]
