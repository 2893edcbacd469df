"""Write the site: every page is made in memory first, so that a fault leaves nothing half-written."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from analysis.errors import InputError
from analysis.files import write_whole
from analysis.paths import BUILD
from analysis.report.dossier import Published
from analysis.report.site.pages import render
from analysis.report.site.view import OUTPUTS

#: Executed copies of the notebooks, as the runner leaves them.
EXECUTED = BUILD / "executed" / "default"


def write_site(published: Published, folder: Path, *, executed: Path = EXECUTED) -> None:
    """Write the site of a run; the same run and the same executed notebooks give the same bytes.

    Parameters
    ----------
    published : Published
        The run.
    folder : Path
        Where the site goes; its ``index.html`` opens in a browser without a server. Other files there are left alone:
        machine formats under ``data/`` are linked if they are there already.
    executed : Path
        Executed notebooks; a notebook without one is named on the site as not executed.

    Raises
    ------
    InputError
        A figure of the run has no file, or an executed notebook cannot be read.
    """
    content = _static() | _outputs(published)
    content |= render(published, executed, formats=_formats(folder))
    for name, data in sorted(content.items()):
        write_whole(folder / name, data)


def _static() -> dict[str, bytes]:
    """Return style, script and icon, which are files of the package."""
    parts = files("analysis.report.site") / "static"
    return {f"static/{item.name}": item.read_bytes() for item in parts.iterdir() if item.is_file()}


def _outputs(published: Published) -> dict[str, bytes]:
    """Return what pages show or offer as it is: figures, tables of results, evidence, numbers."""
    names = [f"{figure.name}.{kind}" for figure in published.figures for kind in ("pdf", "svg")]
    for kind, pattern in (("tables", "*.csv"), ("evidence", "*.json")):
        names += [f"{kind}/{path.name}" for path in (published.folder / kind).glob(pattern)]
    missing = [name for name in names if not (published.folder / name).is_file()]
    if missing:
        raise InputError(f"no {missing[0]}", where=str(published.folder), remedy="make it again with: analysis run")
    return {f"{OUTPUTS}/{name}": (published.folder / name).read_bytes() for name in [*names, "results.json"]}


def _formats(folder: Path) -> frozenset[str]:
    """Return the names of the machine formats that stand in the site's folder already."""
    return frozenset(path.name for path in (folder / "data").glob("*") if path.is_file())
