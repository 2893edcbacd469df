"""The report as a PDF: the run's verdicts, figures and sources, set by Typst from one template."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from analysis.charts.style import VERDICT_COLOURS
from analysis.claims.certainty import LEVELS
from analysis.claims.judge import REASONS
from analysis.data.cards import load_cards
from analysis.errors import RunError
from analysis.files import write_whole
from analysis.report.citation import read_citation
from analysis.report.dossier import Dossier, Published, notebook_titles
from analysis.report.wording import interval, number, p_text

_TEMPLATE = Path(__file__).with_name("report.typ")
#: Significant digits of the table of confirmatory tests.
_DIGITS = 3


def write_pdf(published: Published, path: Path) -> Path:
    """Write the report of a run as a PDF; the same run gives the same bytes.

    Raises
    ------
    RunError
        A figure that the run lists is missing, or the page could not be set.
    """
    with TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copyfile(_TEMPLATE, work / _TEMPLATE.name)
        (work / "content.json").write_text(json.dumps(content(published), ensure_ascii=False), encoding="utf-8")
        for figure in published.figures:
            source = published.folder / f"{figure.name}.svg"
            if not source.is_file():
                raise RunError(f"no {source.name}, which the run lists", where=str(published.folder))
            shutil.copyfile(source, work / source.name)
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
    """Return every text and number of the report; the template chooses and orders them and adds only fixed prose."""
    sources = {(card.dataset, card.edition): (card.citation, card.licence) for card in load_cards().values()}
    return {
        "project": read_citation().model_dump(),
        "article": published.register.article.model_dump(),
        "rules_hash": published.rules_hash,
        "shades": VERDICT_COLOURS,
        "tally": published.judged.sentence(),
        "claims": {item.claim.id: _claim(item) for item in published.dossiers},
        "pairs": [[claim.id for claim in pair] for pair in published.register.rival_pairs()],
        "chapters": notebook_titles(),
        "figures": [{"name": f.name, "notebook": f.notebook, "caption": f.caption} for f in published.figures],
        "levels": dict(reversed(LEVELS.items())),
        "reasons": list(REASONS),
        "sources": [(f"{dataset} {edition}", *said) for (dataset, edition), said in sorted(sources.items())],
    }


def _claim(dossier: Dossier) -> dict[str, Any]:
    claim, verdict = dossier.claim, dossier.record()
    return claim.model_dump(include={"claim", "speaker", "family", "estimand", "notebook"}) | {
        "label": dossier.conclusion.label,
        **{name: verdict[name] for name in ("verdict", "why", "certainty", "certainty_steps", "newest")},
        "estimate": number(verdict["estimate"], verdict["unit"], digits=_DIGITS),
        "interval": interval(verdict["interval"], digits=_DIGITS),
        **{name: p_text(verdict[name]) for name in ("p", "p_adjusted")},
        "detectable": number(verdict["minimum_detectable_effect"], digits=_DIGITS),
        "flips": [f"{flip.change}: {flip.verdict}" for flip in dossier.flips],
    }
