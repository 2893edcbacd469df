"""Executed notebooks as parts of the report: prose, code and what the code gave, with the figures as published."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from analysis.errors import InputError
from analysis.paths import BUILD
from analysis.report.dossier import Published, notebook_titles
from analysis.runs.staleness import cells_hash

#: Executed copies of the notebooks, as the runner leaves them.
EXECUTED = BUILD / "executed" / "default"
# How pandas styles its tables; the site has a style of its own.
_STYLED = re.compile(r'<style\b.*?</style>| (?:border|style)="[^"]*"', re.DOTALL)


def read_executed(published: Published, name: str, folder: Path) -> NotebookNode:
    """Read an executed notebook, its pictures as the figures that they are; without one of the run's code, say so."""
    path = folder / f"{name}.ipynb"
    own = [figure for figure in published.figures if figure.notebook == name]
    drawn = {(published.folder / f"{figure.name}.png").read_bytes(): figure for figure in own}
    try:
        notebook = nbformat.read(path, as_version=4) if path.is_file() else nbformat.v4.new_notebook()
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        sources = [cell.source for cell in code if "injected-parameters" not in cell.metadata.get("tags", ())]
        if name not in published.runs or published.runs[name][0]["code"] != cells_hash(sources):
            how = f"Not executed in this build; make it with: analysis run {name[:2]}"
            notebook.cells, code = [markdown_cell(f"# {notebook_titles()[name]}\n\n{how}")], []
        for cell in code:
            outputs, cell["figures"], cell["outputs"] = cell.outputs, [], []
            for output in outputs:
                data = output.get("data", {})
                if (picture := base64.b64decode(data.get("image/png", ""))) in drawn:
                    cell["figures"].append(drawn.pop(picture))
                elif output.get("name") != "stderr":
                    data |= {"text/html": _STYLED.sub("", data["text/html"])} if "text/html" in data else {}
                    cell["outputs"].append(output)
        notebook.cells[-1]["figures"] = [*notebook.cells[-1].get("figures", ()), *drawn.values()]
        return notebook
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError):
        raise InputError("not a notebook", where=path.name, remedy="make it again with: analysis run") from None


def markdown_cell(text: str) -> NotebookNode:
    """Return a cell of prose; an id drawn at random would make every site another one."""
    return nbformat.v4.new_markdown_cell(str(text), id=hashlib.sha256(text.encode()).hexdigest()[:32])


def said(cell: NotebookNode) -> Iterator[str]:
    """Yield the sentences that a cell gave, without their tables and without the cards of verdicts."""
    for output in cell.get("outputs", ()):
        text = output.get("data", {}).get("text/markdown", "")
        yield from (part for part in text.split("\n\n") if part.strip() and part[0] not in "|>")
