r"""All forms of a run that machines and other papers take, in one folder that describes itself.

``docs/data.md`` lists them. A LaTeX macro's name is the words of the notebook (without its number) and of the result,
each begun with a capital; digits are spelled out, since TeX takes letters only: ``rank`` of ``01_freedom_index`` is
``\FreedomIndexRank``. What is said of a claim is ``\Claim...``: the words of its id, then the field of its verdict.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from pydantic import TypeAdapter

from analysis.claims.certainty import LEVELS
from analysis.claims.judge import MIXED, REASONS, SIDES, VERDICTS
from analysis.claims.register import Article
from analysis.data.catalogue import CATALOGUE
from analysis.errors import InputError
from analysis.files import write_json, write_whole
from analysis.paths import DATA, NOTEBOOKS, ROOT
from analysis.report.citation import CITATION, cited, read_citation
from analysis.report.dossier import Dossier, Published, PublishedFigure
from analysis.report.packages import DATAPACKAGE, OUTPUTS, data_package, place, write_crate
from analysis.report.pages import DOCS, convert, environment, table
from analysis.runs.staleness import library_hash

SCHEMA = "verdicts.schema.json"
_DATA = ("codebook.md", "sources.yml", "claims.yml")
#: Files that say what the figures mean, whose they are and under which terms.
_CARRIED = (ROOT / "LICENSE", CITATION, DOCS / "references.bib", *map(DATA.joinpath, _DATA))
_SHARE = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]}
#: What fields of a verdict can be, where their types say less, by the type that has them.
_NARROWER = {
    "Certainty": {"level": {"enum": list(LEVELS)}},
    "Conclusion": {"verdict": {"enum": list(VERDICTS)}, "reason": {"enum": ["", *REASONS]}, "confidence": _SHARE},
    "Dossier": {"p_adjusted": _SHARE},
    "Verdict": {"p_adjusted": _SHARE},
    "Evidence": {"p_value": _SHARE},
}
#: What results come from.
_MAKES = ("src", "notebooks", "data", "figures", "requirements.lock")
#: What macros say of a claim.
_SAID = ("verdict", "lower", "upper", "confidence", "certainty", "estimate", "p", "p_adjusted")
_SAID += ("minimum_detectable_effect",)
_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
_TEX = str.maketrans({letter: rf"\{letter}" for letter in "{}$&#%_"} | {"\\": r"\textbackslash{}", "~": "{-}"})


@dataclass(frozen=True)
class Verdicts:
    """All verdicts of a run, with the SHA-256 of the library's modules and of the code of each notebook that it used.

    ``git_commit`` is the commit that holds all of these with tables and results; None where no commit does.
    """

    article: Article
    rules_hash: str
    library: str | None
    notebooks: dict[str, str]
    git_commit: str | None
    claims: tuple[Dossier, ...]


def write_formats(published: Published, folder: Path) -> None:
    """Write every machine format of a run into a new folder; the same run gives the same bytes."""
    citation = read_citation()
    _copy_inputs(published, folder)
    write_json(folder / "verdicts.json", verdicts(published))
    write_json(folder / SCHEMA, schema())
    templates = environment(published)
    templates.globals["sides"] = SIDES | {MIXED: 0}
    templates.filters["tex"] = lambda text: Markup(latex(text))
    review, float_ = (templates.get_template(name) for name in ("claimreview.json.j2", "figure.tex.j2"))
    reviews = [json.loads(review.render(dossier=dossier)) for dossier in published.dossiers]
    write_json(folder / "claimreview.jsonld", {"@context": "https://schema.org", "@graph": reviews})
    write_json(folder / "results.json", published.numbers)
    lines = [f"\\newcommand{{\\{name}}}{{{text}}}\n" for name, text in macros(published)]
    write_whole(folder / "results.tex", "".join(["% Written by the run: one macro per published number.\n", *lines]))
    for figure in published.figures:
        text = float_.render(figure=figure, sources=_cited_by(figure, published))
        write_whole(folder / OUTPUTS / f"{figure.name}.tex", f"{text}\n")
    _write_tables(sorted((folder / OUTPUTS / "tables").glob("*.csv")), folder / "tables.docx")
    write_json(folder / DATAPACKAGE.name, data_package(citation))
    write_crate(published, citation, folder)


def verdicts(published: Published) -> dict[str, Any]:
    """Return the content of ``verdicts.json``."""
    library = published.manifest.get("environment", {}).get("library")
    notebooks = {name: entry["code"] for name, (entry, _) in published.runs.items()}
    of_run = published.register.article, published.rules_hash, library, notebooks, git_commit(library)
    return {"$schema": SCHEMA} | TypeAdapter(Verdicts).dump_python(Verdicts(*of_run, published.dossiers), mode="json")


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``verdicts.json``."""
    made = TypeAdapter(Verdicts).json_schema(mode="serialization")
    made["properties"]["$schema"] = {"const": SCHEMA}
    for name, stated in [*made["$defs"].items(), ("", made)]:
        stated["properties"] |= _NARROWER.get(name, {})
        stated |= {"additionalProperties": False, "required": list(stated["properties"])}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def git_commit(library: str | None) -> str | None:
    """Return the commit that holds what made the results; None unless the checkout is just that.

    The library must be the one that the run used, and no file that results come from may differ from the commit:
    a commit that is named without this could not make the results again.
    """
    if library != library_hash():
        return None
    calls = ("status", "--porcelain", "--", *_MAKES), ("rev-parse", "HEAD")
    try:
        changed, commit = (subprocess.check_output(["git", *call], cwd=ROOT, text=True, timeout=20) for call in calls)
    except (OSError, subprocess.SubprocessError):
        return None
    return None if changed else commit.strip()


def macros(published: Published) -> list[tuple[str, str]]:
    """Return every LaTeX macro's name (without the backslash) and text, in order."""
    named = [
        (macro_name(notebook.partition("_")[2], name), value)
        for notebook, values in published.numbers.items()
        for name, value in values.items()
    ]
    for dossier in published.dossiers:
        record = dossier.record() | {"verdict": dossier.conclusion.label}
        record["lower"], record["upper"] = record["interval"] or (None, None)
        said = {name: record[name] for name in _SAID if record[name] not in ("", None)}
        named += [(macro_name("claim", dossier.claim.id, name), value) for name, value in said.items()]
    return [(name, latex(value)) for name, value in named]


def macro_name(*parts: str) -> str:
    """Join the words of parts to a name of letters only: capitals begin words, digits are spelled out.

    Examples
    --------
    >>> macro_name("freedom_index", "rank_2020")
    'FreedomIndexRankTwoZeroTwoZero'
    """
    words = re.findall(r"[A-Za-z]+|\d", " ".join(parts))
    return "".join(_DIGITS[int(word)] if word.isdigit() else word[0].upper() + word[1:] for word in words)


def latex(value: Any) -> str:
    """Write a published value as LaTeX: numbers with the digits that were published, texts escaped."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        digits, _, power = (f"{value:.6g}" if isinstance(value, float) else str(value)).partition("e")
        return rf"\ensuremath{{{digits}" + (rf" \times 10^{{{int(power)}}}}}" if power else "}")
    return "" if value is None else str(value).translate(_TEX)


def _cited_by(figure: PublishedFigure, published: Published) -> list[str]:
    """Return the keys of what a figure stands on: the evidence of its claims, else all that its notebook reads."""
    found = [published[name].evidence for name in figure.claims]
    tables = {source.table for evidence in found if evidence for source in evidence.sources}
    return cited(tables or published.runs[figure.notebook][0]["tables"])


def _write_tables(paths: list[Path], document: Path) -> None:
    """Write each table beside itself for LaTeX, and all in one document for Word."""
    parts = []
    for path in paths:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False).rename(columns=lambda name: name.replace("_", " "))
        numeric = [pd.to_numeric(cells[name], errors="coerce").notna().any() for name in cells]
        align = "".join("r" if number else "l" for number in numeric)
        made = cells.to_latex(index=False, escape=True, column_format=align)
        # A minus in front of digits, not a hyphen.
        write_whole(path.with_suffix(".tex"), re.sub(r"(?m)(^|& )-(?=[\d.])", r"\1$-$", made))
        parts.append(f"## {path.stem.replace('_', ' ')}\n\n{table(list(cells), cells.to_numpy(), align=align)}")
    convert("\n\n".join(parts), document, "--metadata=title:Result tables")


def _copy_inputs(published: Published, folder: Path) -> None:
    outputs = sorted(path for path in published.folder.rglob("*") if path.is_file())
    targets = {path: f"{OUTPUTS}/{path.relative_to(published.folder)}" for path in outputs}
    targets |= {entry.path: place(entry) for entry in CATALOGUE.values()}
    targets |= {NOTEBOOKS / f"{name}.ipynb": f"notebooks/{name}.ipynb" for name in published.runs}
    targets |= {path: path.name for path in _CARRIED}
    for source, name in targets.items():
        if not source.is_file():
            raise InputError("file not found", where=source.name, remedy="restore it with git checkout")
        write_whole(folder / name, source.read_bytes())
