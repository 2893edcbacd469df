"""The whole report of a run: site with its machine formats, paper, and the data package of the tables."""

from __future__ import annotations

import shutil
from pathlib import Path

from analysis.data.load import sha256
from analysis.errors import InputError
from analysis.files import held, swap, write_whole
from analysis.paths import BUILD, FIGURES
from analysis.report.dossier import Published, read_published
from analysis.runs.staleness import cells_hash, code

#: File of every finished site, by which it is known.
_KNOWN = "data/verdicts.schema.json"


def build_report(out: Path = BUILD, run: Path = FIGURES) -> tuple[list[Path], list[str], bool]:
    """Make the report of a run and put it into place whole; refuse to replace a site that no report made.

    Returns
    -------
    (list of Path, list of str, bool)
        Front page of the site, and the paper; what was warned of; whether the committed data package of the tables had
        to be written anew.
    """
    published = read_published(run)
    _require_current(published)
    site = out / "site"
    if site.exists() and any(site.iterdir()) and not (site / _KNOWN).is_file():
        remedy = "name another folder with --out"
        raise InputError("the folder holds files that no report made", where=str(site), remedy=remedy)
    # Imported here: Sphinx and pandoc are heavy, and only this command needs them.
    try:
        from analysis.report.exports import write_formats
        from analysis.report.packages import DATAPACKAGE
        from analysis.report.paper import write_paper
        from analysis.report.site import write_site
    except ModuleNotFoundError as error:
        remedy = "install them with: pip install --editable '.[report]'"
        raise InputError(f"the report needs {error.name} and what else sets pages", remedy=remedy) from None
    # Beside its place, so that a finished report is moved there in one step.
    work = out / ".report.new"
    with held(out):
        shutil.rmtree(work, ignore_errors=True)
        try:
            write_formats(published, work / "data")
            warnings = write_site(published, work / "data", work / "site")
            paper = [path.replace(out / path.name) for path in write_paper(published, work)]
            swap(work / "site", site)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    described = (site / "data" / DATAPACKAGE.name).read_bytes()
    changed = not DATAPACKAGE.is_file() or DATAPACKAGE.read_bytes() != described
    write_whole(DATAPACKAGE, described)
    return [site / "index.html", *paper], warnings, changed


def _require_current(published: Published) -> None:
    """Refuse a run that notebooks, tables or evidence have moved away from: its report would explain it wrongly."""
    runs = {name: entry for name, (entry, _) in published.runs.items()}
    tables = {pair for entry in runs.values() for pair in entry["tables"].items()}
    moved = [f"notebook {name}" for name, entry in runs.items() if cells_hash(code(name)) != entry["code"]]
    moved += [f"table {name}" for name, checksum in sorted(tables) if sha256(name) != checksum]
    there = {path: entry["sha256"] for path, entry in published.manifest["outputs"].items()}
    read = {pair for entry in runs.values() for pair in entry.get("evidence", {}).items()}
    moved += [f"evidence {name}" for name, checksum in sorted(read) if there.get(f"evidence/{name}") != checksum]
    if moved:
        more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
        remedy = "make the run again with: analysis run"
        raise InputError(f"{moved[0]}{more} changed since the run", where=str(published.folder), remedy=remedy)
