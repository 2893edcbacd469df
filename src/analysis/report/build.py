"""The whole report of a run: site with its machine formats, PDF, and the data package of the tables."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from analysis.data.load import sha256
from analysis.errors import InputError
from analysis.files import swap
from analysis.paths import BUILD, FIGURES
from analysis.report.citation import read_citation
from analysis.report.datapackage import write_data_package
from analysis.report.dossier import Published, read_published
from analysis.report.formats import write_formats
from analysis.report.records import SCHEMA
from analysis.runs.staleness import code_hash

#: Folder of the site that the machine formats are in.
MACHINE = "data"


@dataclass(frozen=True, slots=True)
class Report:
    """What was written.

    Attributes
    ----------
    site : Path
        Folder of the site; ``index.html`` is its first page, ``data/`` has the machine formats.
    pdf : Path
        The report as PDF.
    package_changed : bool
        Whether the data package of the tables, which is committed, had to be written anew.
    """

    site: Path
    pdf: Path
    package_changed: bool


def build_report(out: Path = BUILD, run: Path = FIGURES) -> Report:
    """Make the report of a run and put it into place whole.

    Parameters
    ----------
    out : Path
        Folder for ``site/`` and ``report.pdf``.
    run : Path
        Folder of outputs to report on.

    Raises
    ------
    InputError
        The run is incomplete, or was made by other notebooks or tables than stand here; or ``out`` holds a site that
        no report made.
    """
    # Imported here: page templates and the typesetter are heavy, and no other command needs them.
    from analysis.report.pdf import write_pdf
    from analysis.report.site import write_site

    published = read_published(run)
    check_current(published)
    site, pdf = out / "site", out / "report.pdf"
    _check_replaceable(site)
    # Beside its place, so that a finished report is moved there in one step.
    work = out / f".report.{os.getpid()}.new"
    shutil.rmtree(work, ignore_errors=True)
    try:
        write_formats(published, work / "site" / MACHINE)
        write_site(published, work / "site")
        write_pdf(published, work / pdf.name)
        swap(work / "site", site)
        (work / pdf.name).replace(pdf)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Report(site, pdf, write_data_package(read_citation()))


def check_current(published: Published) -> None:
    """Refuse a run that notebooks or tables have moved away from: its report would explain it wrongly.

    Raises
    ------
    InputError
        The code of a notebook or a table is not what the manifest says.
    """
    made = {entry["notebook"]: entry for entry in published.manifest["outputs"].values()}
    tables = {pair for entry in made.values() for pair in entry["tables"].items()}
    moved = [f"notebook {name}" for name, entry in sorted(made.items()) if code_hash(name) != entry["code"]]
    moved += [f"table {name}" for name, checksum in sorted(tables) if sha256(name) != checksum]
    if moved:
        more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
        remedy = "make the run again with: analysis run"
        raise InputError(f"{moved[0]}{more} changed since the run", where=str(published.folder), remedy=remedy)


def _check_replaceable(site: Path) -> None:
    if site.exists() and any(site.iterdir()) and not (site / MACHINE / SCHEMA).is_file():
        raise InputError(
            "the folder holds files that no report made", where=str(site), remedy="name another folder with --out"
        )
