r"""All forms of a run that machines and other papers take, in one folder that describes itself.

==========================  ===================================================================================
``verdicts.json``           every claim with verdict and evidence; ``verdicts.schema.json`` is its JSON Schema
``claimreview.jsonld``      schema.org ClaimReview, all in one graph
``results.json``            published numbers; ``results.tex`` has one LaTeX macro a number
``references.bib``          data and methods, for BibTeX and pandoc; the data are known by the names of their cards
``figures/``                the run as published; beside each figure and table the same for LaTeX
``tables.docx``             all result tables for Word
``tables/``                 the tables that the run stands on; ``datapackage.json`` is their Frictionless data package
``notebooks/``              the notebooks that made the run
``ro-crate-metadata.json``  which notebook made which file, from which tables, with which parameters
==========================  ===================================================================================

A macro's name is the words of the notebook (without its number) and of the result, each begun with a capital; digits
are spelled out, since TeX takes letters only: ``rank`` of ``01_freedom_index`` is ``\FreedomIndexRank``. What is said
of a claim is ``\Claim...``: the words of its id, then the name of the field of its verdict.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from analysis.claims.certainty import LEVELS
from analysis.claims.judge import MIXED, SIDES, VERDICTS
from analysis.claims.register import Article
from analysis.data.catalogue import CATALOGUE
from analysis.errors import InputError
from analysis.files import write_json, write_whole
from analysis.paths import DATA, NOTEBOOKS, ROOT
from analysis.report.citation import CITATION, Citation, read_citation
from analysis.report.crate import OUTPUTS, write_crate
from analysis.report.datapackage import place, write_data_package
from analysis.report.dossier import Dossier, Published, PublishedFigure
from analysis.report.pages import convert, table
from analysis.report.references import bibliography, cited
from analysis.runs.staleness import library_hash

SCHEMA = "verdicts.schema.json"
#: Files that say what the figures mean, whose they are and under which terms.
_CARRIED = (ROOT / "LICENSE", CITATION, DATA / "codebook.md", DATA / "sources.yml", DATA / "claims.yml")
_SHARE = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]}
#: What fields of a verdict can be, where their types say less, by the type that has them.
_NARROWER = {
    "Certainty": {"level": {"enum": list(LEVELS)}},
    "Conclusion": {"verdict": {"enum": list(VERDICTS)}, "confidence": _SHARE},
    "Dossier": {"p_adjusted": _SHARE},
    "Verdict": {"p_adjusted": _SHARE},
    "Evidence": {"p_value": _SHARE},
}
#: Rating by verdict, 5 supported to 1 contradicted; a claim that points to no side has none.
_RATINGS = {verdict: 3 + side for verdict, side in SIDES.items()} | {MIXED: 3}
#: What a macro says of a claim, apart from its label and the ends of its interval.
_SAID = ("confidence", "certainty", "estimate", "p", "p_adjusted", "minimum_detectable_effect")
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


class _Closed(GenerateJsonSchema):
    """A JSON Schema in which objects have no other fields than the stated ones."""

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        return super().dataclass_schema(schema) | {"additionalProperties": False}


def write_formats(published: Published, folder: Path) -> None:
    """Write every machine format of a run into a new folder; the same run gives the same bytes.

    Raises
    ------
    InputError
        A file of the project is missing, or two results share a LaTeX name.
    """
    citation = read_citation()
    _copy_inputs(published, folder)
    write_json(folder / "verdicts.json", verdicts(published))
    write_json(folder / SCHEMA, schema())
    reviews = [claim_review(dossier, published, citation) for dossier in published.dossiers]
    write_json(folder / "claimreview.jsonld", {"@context": "https://schema.org", "@graph": reviews})
    write_json(folder / "results.json", published.numbers)
    lines = [f"\\newcommand{{\\{name}}}{{{text}}}" for name, text in macros(published).items()]
    write_whole(
        folder / "results.tex", "\n".join(["% Written by the run: one macro per published number.", *lines, ""])
    )
    write_whole(folder / "references.bib", bibliography())
    for figure in published.figures:
        write_whole(folder / OUTPUTS / f"{figure.name}.tex", float_of(figure, published))
    _write_tables(sorted((folder / OUTPUTS / "tables").glob("*.csv")), folder / "tables.docx")
    write_data_package(citation, folder / "datapackage.json")
    write_crate(published, citation, folder)


def verdicts(published: Published) -> dict[str, Any]:
    """Return the content of ``verdicts.json``."""
    library = published.manifest.get("environment", {}).get("library")
    made = Verdicts(
        article=published.register.article,
        rules_hash=published.rules_hash,
        library=library,
        notebooks={name: entry["code"] for name, (entry, _) in published.runs.items()},
        git_commit=git_commit(library),
        claims=published.dossiers,
    )
    return {"$schema": SCHEMA} | TypeAdapter(Verdicts).dump_python(made, mode="json")


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``verdicts.json``."""
    made = TypeAdapter(Verdicts).json_schema(mode="serialization", schema_generator=_Closed)
    made["properties"]["$schema"] = {"const": SCHEMA}
    for name, narrower in _NARROWER.items():
        made["$defs"][name]["properties"] |= narrower
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


def claim_review(dossier: Dossier, published: Published, citation: Citation) -> dict[str, Any]:
    """Return the schema.org ClaimReview of one claim; the text of its label is authoritative."""
    article, claim, label = published.register.article, dossier.claim, dossier.conclusion.label
    name, _, employer = claim.speaker.partition(", ")
    said: dict[str, Any] = {
        "@type": "Claim",
        "appearance": {
            "@type": "NewsArticle",
            "headline": article.title,
            "publisher": _body(article.publisher),
            "url": article.url,
        },
        "datePublished": str(article.year),
        "text": claim.claim,
    }
    if claim.speaker != article.inference:
        author = _body(name) | ({} if claim.speaker in article.organisations else {"@type": "Person"})
        author |= {"affiliation": _body(employer)} if employer else {}
        author |= {"alternateName": article.also_spelled[name]} if name in article.also_spelled else {}
        said["author"] = author
    value = _RATINGS.get(dossier.conclusion.verdict)
    rating = {"bestRating": 5, "ratingValue": value, "worstRating": 1} if value else {}
    sources = dossier.evidence.sources if dossier.evidence else ()
    based = [
        {"@type": "Dataset", "identifier": f"sha256:{s.sha256}", "name": s.table, "version": s.edition} for s in sources
    ]
    return {
        "@id": f"urn:claims-under-test:{claim.id}:{published.rules_hash}",
        "@type": "ClaimReview",
        "author": _body(citation.author_names),
        "claimReviewed": claim.claim,
        "datePublished": citation.released,
        "inLanguage": "en",
        "itemReviewed": said,
        "reviewBody": dossier.headline,
        "reviewRating": {"@type": "Rating", "alternateName": f"{label[0].upper()}{label[1:]}"} | rating,
        "url": f"../claims/{claim.id}.html",
    } | ({"isBasedOn": based} if based else {})


def macros(published: Published) -> dict[str, str]:
    """Return every LaTeX macro's text by name (without the backslash), in the order of notebooks and claims.

    Raises
    ------
    InputError
        Two results would have the same name.
    """
    found: dict[str, str] = {}
    for name, value in _results(published):
        if name in found:
            raise InputError(f"two results would be \\{name}", where="results.json", remedy="rename one of them")
        found[name] = latex(value)
    return found


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


def float_of(figure: PublishedFigure, published: Published) -> str:
    """Return a figure as a LaTeX float: graphic, caption with its credit, and the keys of what it stands on."""
    found = [published[name].evidence for name in figure.claims]
    tables = {source.table for evidence in found if evidence for source in evidence.sources}
    sources = cited(tables or published.runs[figure.notebook][0]["tables"])
    text = f"{figure.caption} {figure.credit}".translate(_TEX) + (rf" \cite{{{','.join(sources)}}}" if sources else "")
    return "\n".join(
        [
            f"% Rules {published.rules_hash}; made by notebook {figure.notebook}. Needs graphicx and references.bib.",
            r"\begin{figure}",
            rf"  \centering\includegraphics[width=\linewidth]{{{figure.name}.pdf}}",
            rf"  \caption{{{text}}}",
            rf"  \label{{fig:{figure.name}}}",
            r"\end{figure}",
            "",
        ]
    )


def _results(published: Published) -> Iterator[tuple[str, Any]]:
    for notebook, values in published.numbers.items():
        yield from ((macro_name(notebook.partition("_")[2], name), value) for name, value in values.items())
    for dossier in published.dossiers:
        record = dossier.record()
        lower, upper = record["interval"] or (None, None)
        said = {"verdict": dossier.conclusion.label, "lower": lower, "upper": upper} | {
            name: record[name] for name in _SAID
        }
        for name, value in said.items():
            if value not in (None, ""):
                yield macro_name("claim", dossier.claim.id, name), value


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
    convert("\n\n".join(parts), "docx", "--metadata=title:Result tables", out=document)


def _body(name: str) -> dict[str, Any]:
    return {"@type": "Organization", "name": name}


def _copy_inputs(published: Published, folder: Path) -> None:
    outputs = sorted(path for path in published.folder.rglob("*") if path.is_file())
    targets = {path: f"{OUTPUTS}/{path.relative_to(published.folder)}" for path in outputs}
    targets |= {entry.path: place(entry) for entry in CATALOGUE.values()}
    targets |= {NOTEBOOKS / f"{name}.ipynb": f"notebooks/{name}.ipynb" for name in published.runs}
    targets |= {path: path.name for path in _CARRIED}
    for source, name in targets.items():
        try:
            write_whole(folder / name, source.read_bytes())
        except FileNotFoundError:
            raise InputError("file not found", where=source.name, remedy="restore it with git checkout") from None


def _git(*arguments: str) -> str | None:
    call = ["git", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(call, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
