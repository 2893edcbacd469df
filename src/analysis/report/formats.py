"""All forms of a run that machines take, in one folder that describes itself.

==========================  ===================================================================================
``verdicts.json``           every claim with verdict and evidence; ``verdicts.schema.json`` is its JSON Schema
``claimreview.jsonld``      schema.org ClaimReview, all in one graph; a claim's own page embeds its review
``results.json``            published numbers; ``results.tex`` has one LaTeX macro a number
``figures/``                the run as published; beside each table as CSV the same as LaTeX
``tables/``                 the tables that the run stands on; ``datapackage.json`` is their Frictionless data package
``notebooks/``              the notebooks that made the run
``ro-crate-metadata.json``  which notebook made which file, from which tables, with which parameters
==========================  ===================================================================================
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from analysis.claims.certainty import LEVELS
from analysis.claims.judge import REASONS, VERDICTS
from analysis.claims.register import Article
from analysis.data.catalogue import CATALOGUE
from analysis.errors import InputError
from analysis.files import write_json, write_whole
from analysis.paths import DATA, NOTEBOOKS, ROOT
from analysis.report.citation import CITATION, read_citation
from analysis.report.claimreview import CONTEXT, claim_review
from analysis.report.crate import OUTPUTS, write_crate
from analysis.report.datapackage import place, write_data_package
from analysis.report.dossier import Dossier, Published
from analysis.report.latex import results_tex, tabular
from analysis.runs.staleness import library_hash

SCHEMA = "verdicts.schema.json"
#: Files that say what the figures mean, whose they are and under which terms.
_CARRIED = (ROOT / "LICENSE", CITATION, DATA / "codebook.md", DATA / "sources.yml", DATA / "claims.yml")
_SHARE = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]}
#: What fields of a verdict can be, where their types say less, by the type that has them.
_NARROWER = {
    "Certainty": {"level": {"enum": list(LEVELS)}},
    "Conclusion": {"verdict": {"enum": list(VERDICTS)}, "reason": {"enum": ["", *REASONS]}, "confidence": _SHARE},
    "Dossier": {"p_adjusted": _SHARE},
    "Verdict": {"p_adjusted": _SHARE},
    "Evidence": {"p_value": _SHARE},
}


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
    content: dict[str, Any] = TypeAdapter(Verdicts).dump_python(made, mode="json")
    return {"$schema": SCHEMA} | content


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
    reviews = [claim_review(dossier, published, citation, pages="../claims/") for dossier in published.dossiers]
    write_json(folder / "claimreview.jsonld", CONTEXT | {"@graph": reviews})
    write_json(folder / "results.json", published.numbers)
    write_whole(folder / "results.tex", results_tex(published))
    for path in sorted((folder / OUTPUTS / "tables").glob("*.csv")):
        write_whole(path.with_suffix(".tex"), tabular(path))
    write_data_package(citation, folder / "datapackage.json")
    write_crate(published, citation, folder)


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
