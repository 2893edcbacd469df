"""The whole report of a run: site with its machine formats, paper, and the data package of the tables."""

from __future__ import annotations

import gc
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import analysis.runs.engine  # noqa: F401 (it spares nbformat a second of grammars that nobody needs)
from analysis.errors import InputError
from analysis.files import held, swap, write_whole
from analysis.paths import BUILD, FIGURES
from analysis.report.dossier import Published, read_published
from analysis.runs.staleness import Now, cells_hash, code

#: File of every finished site, by which it is known.
_KNOWN = "data/verdicts.schema.json"


def build_report(out: Path = BUILD, run: Path = FIGURES) -> tuple[list[Path], list[str]]:
    """Make the report of a run and put it into place whole; refuse to replace a site that no report made.

    Returned are the front page of the site, the paper, and the committed data package of the tables; and all warnings.
    """
    published = read_published(run.absolute())
    _require_current(published)
    site = out / "site"
    if site.exists() and any(site.iterdir()) and not (site / _KNOWN).is_file():
        remedy = "name another folder with --out"
        raise InputError("the folder holds files that no report made", where=str(site), remedy=remedy)
    # Imported here: Sphinx and pandoc are heavy, and only this command needs them.
    try:
        from analysis.report.exports import DATAPACKAGE, write_formats
        from analysis.report.forms import write_paper, write_site
    except ModuleNotFoundError as error:
        remedy = "install its extra: pip install 'claims-under-test[report]', in a checkout --editable '.[report]'"
        raise InputError(f"the report needs {error.name} and what else sets pages", remedy=remedy) from None
    # Beside its place, so that a finished report is moved there in one step; Sphinx goes to another folder meanwhile.
    work = out.absolute() / ".report.new"
    with held(out):
        gc.set_threshold(50_000, 20, 20)  # millions of nodes stay to the end: to look at all again and again takes long
        shutil.rmtree(work, ignore_errors=True)
        try:
            write_formats(published, work / "data")
            with ThreadPoolExecutor(1) as beside:  # the paper is set by programs outside of Python
                set_ = beside.submit(write_paper, published, work)
                warnings = write_site(published, work / "data", work / "site")
            paper = [path.replace(out / path.name) for path in set_.result()]
            swap(work / "site", site)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    described = write_whole(DATAPACKAGE, (site / "data" / DATAPACKAGE.name).read_bytes())
    return [site / "index.html", *paper, described], warnings


def _require_current(published: Published) -> None:
    """Refuse a run that notebooks, tables or evidence have moved away from: its report would explain it wrongly."""
    now = Now()
    there = {Path(path).name: entry["sha256"] for path, entry in published.manifest["outputs"].items()}
    for name, (entry, _) in published.runs.items():
        noted = {kind: own for kind, own in entry.items() if kind in ("code", "tables", "evidence")}
        evidence = {read: there.get(read, "") for read in noted.get("evidence", ())}
        changed = now.changes(noted, {"code": cells_hash(code(name))}, evidence)
        if said := "; ".join(changed.values()):
            what, remedy = f"notebook {name}, {said}: changed since the run", "make the run again with: analysis run"
            raise InputError(what, where=str(published.folder), remedy=remedy)
