"""All forms of a run that machines take, in one folder that describes itself.

==========================  ===================================================================================
``verdicts.json``           every claim with verdict and statistics; ``verdicts.schema.json`` is its JSON Schema
``claimreview.jsonld``      schema.org ClaimReview, all; ``claimreview/<claim>.jsonld`` for the claim's own page
``results.json``            published numbers; ``results.tex`` has one LaTeX macro a number
``figures/``                the run as published; beside each table as CSV the same as LaTeX
``tables/``                 the tables that the run stands on; ``datapackage.json`` is their Frictionless data package
``notebooks/``              the notebooks that made the run
``ro-crate-metadata.json``  which notebook made which file, from which tables, with which parameters
==========================  ===================================================================================
"""

from __future__ import annotations

import shutil
from pathlib import Path

from analysis.data.catalogue import CATALOGUE
from analysis.errors import InputError
from analysis.files import write_json, write_whole
from analysis.paths import DATA, NOTEBOOKS, ROOT
from analysis.report.citation import CITATION, read_citation
from analysis.report.claimreview import write_claim_reviews
from analysis.report.crate import OUTPUTS, write_crate
from analysis.report.datapackage import place, write_data_package
from analysis.report.dossier import Published
from analysis.report.latex import results_tex, tabular
from analysis.report.records import SCHEMA, records, schema

#: Files that say what the figures mean, whose they are and under which terms.
_CARRIED = (ROOT / "LICENSE", CITATION, DATA / "codebook.md", DATA / "sources.yml", DATA / "claims.yml")


def write_formats(published: Published, folder: Path) -> None:
    """Write every machine format of a run; the same run gives the same bytes.

    Parameters
    ----------
    published : Published
        The run.
    folder : Path
        A new or empty folder, or one that this function wrote before: what it holds is replaced.

    Raises
    ------
    InputError
        The folder holds other files, a file of the project is missing, or two results share a LaTeX name.
    """
    _clear(folder)
    citation = read_citation()
    _copy_inputs(published, folder)
    write_json(folder / "verdicts.json", records(published))
    write_json(folder / SCHEMA, schema())
    write_claim_reviews(published, citation, folder)
    write_json(folder / "results.json", published.numbers)
    write_whole(folder / "results.tex", results_tex(published))
    for path in sorted((folder / OUTPUTS / "tables").glob("*.csv")):
        write_whole(path.with_suffix(".tex"), tabular(path.read_text(encoding="utf-8")))
    write_data_package(citation, folder / "datapackage.json")
    write_crate(published, citation, folder)


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / SCHEMA).is_file():
        raise InputError("the folder holds files that no report made", where=str(folder), remedy="name another folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _copy_inputs(published: Published, folder: Path) -> None:
    for path in sorted(path for path in published.folder.rglob("*") if path.is_file()):
        _copy(path, folder / OUTPUTS / path.relative_to(published.folder))
    for entry in CATALOGUE.values():
        _copy(entry.path, folder / place(entry))
    for name in sorted({entry["notebook"] for entry in published.manifest["outputs"].values()}):
        _copy(NOTEBOOKS / f"{name}.ipynb", folder / "notebooks" / f"{name}.ipynb")
    for path in _CARRIED:
        _copy(path, folder / path.name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        raise InputError("file not found", where=source.name, remedy="restore it with git checkout") from None
