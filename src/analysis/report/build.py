"""The whole report of a run: site with its machine formats, PDF, and the data package of the tables."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from analysis.data.load import sha256
from analysis.errors import InputError
from analysis.files import swap
from analysis.paths import BUILD, FIGURES
from analysis.report.citation import read_citation
from analysis.report.datapackage import write_data_package
from analysis.report.dossier import Published, read_published
from analysis.report.formats import SCHEMA, write_formats
from analysis.runs.staleness import cells_hash, code

#: Folder of the site that the machine formats are in.
MACHINE = "data"


def build_report(out: Path = BUILD, run: Path = FIGURES) -> tuple[Path, Path, bool]:
    """Make the report of a run and put it into place whole.

    Returns
    -------
    (Path, Path, bool)
        Folder of the site; the PDF; whether the committed data package of the tables had to be written anew.

    Raises
    ------
    InputError
        The run is incomplete, or was made by other notebooks or tables than stand here; or ``out`` holds a site that
        no report made.
    """
    # Imported here: page templates and the typesetter are heavy, and no other command needs them.
    from analysis.report.pdf import write_pdf
    from analysis.report.site.pages import write_site

    published = read_published(run)
    check_current(published)
    site, pdf = out / "site", out / "report.pdf"
    if site.exists() and any(site.iterdir()) and not (site / MACHINE / SCHEMA).is_file():
        remedy = "name another folder with --out"
        raise InputError("the folder holds files that no report made", where=str(site), remedy=remedy)
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
    return site, pdf, write_data_package(read_citation())


def check_current(published: Published) -> None:
    """Refuse a run that notebooks or tables have moved away from: its report would explain it wrongly.

    Raises
    ------
    InputError
        The code of a notebook or a table is not what the manifest says.
    """
    tables = {pair for entry, _ in published.runs.values() for pair in entry["tables"].items()}
    moved = [
        f"notebook {name}" for name, (entry, _) in published.runs.items() if cells_hash(code(name)) != entry["code"]
    ]
    moved += [f"table {name}" for name, checksum in sorted(tables) if sha256(name) != checksum]
    if moved:
        more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
        remedy = "make the run again with: analysis run"
        raise InputError(f"{moved[0]}{more} changed since the run", where=str(published.folder), remedy=remedy)
