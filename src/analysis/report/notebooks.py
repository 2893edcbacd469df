"""Executed notebooks as parts of the report: prose, code and what the code gave, with the figures as published."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from analysis.errors import InputError
from analysis.paths import BUILD
from analysis.report.dossier import Published
from analysis.runs.staleness import cells_hash

#: Executed copies of the notebooks, as the runner leaves them.
EXECUTED = BUILD / "executed" / "default"
# How pandas styles its tables; the site has a style of its own.
_STYLED = re.compile(r'<style\b.*?</style>| (?:border|style)="[^"]*"', re.DOTALL)


def read_executed(published: Published, name: str, folder: Path) -> NotebookNode | None:
    """Read an executed notebook, its pictures as the names of the figures that they are; None if there is none."""
    path = folder / f"{name}.ipynb"
    if not path.is_file():
        return None
    try:
        notebook = nbformat.read(path, as_version=4)
        pictures = {figure: published.folder / f"{figure.name}.png" for figure in published.figures}
        drawn = {path.read_bytes(): figure for figure, path in pictures.items() if path.is_file()}
        for cell in notebook.cells:
            shown = [output for output in cell.get("outputs", ()) if output.get("name") != "stderr"]
            found = [drawn.get(base64.b64decode(output.get("data", {}).get("image/png", ""))) for output in shown]
            for output in shown:
                if html := output.get("data", {}).get("text/html"):
                    output["data"]["text/html"] = _STYLED.sub("", html)
            cell["figures"] = [figure for figure in found if figure]
            if cell.cell_type == "code":
                cell["outputs"] = [output for output, figure in zip(shown, found, strict=True) if figure is None]
        return notebook
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError):
        raise InputError("not a notebook", where=path.name, remedy="make it again with: analysis run") from None


def is_current(published: Published, name: str, notebook: NotebookNode) -> bool:
    """Say whether an executed notebook has the code that made what the run published of it."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    own = [cell.source for cell in cells if "injected-parameters" not in cell.metadata.get("tags", ())]
    made, _ = published.runs.get(name, ({}, []))
    return made.get("code") in (None, cells_hash(own))


def said(cell: NotebookNode) -> Iterator[str]:
    """Yield the sentences that a cell gave, without their tables and without the cards of verdicts."""
    for output in cell.get("outputs", ()):
        text = output.get("data", {}).get("text/markdown", "")
        yield from (part for part in text.split("\n\n") if part.strip() and part[0] not in "|>")
