"""The report as a site: pages from templates, executed notebooks and docstrings, set by Sphinx; it works offline."""

from __future__ import annotations

import io
import logging
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import SphinxError

import analysis
from analysis.errors import RunError
from analysis.files import write_whole
from analysis.paths import DATA, ROOT
from analysis.report.dossier import Published, notebook_titles
from analysis.report.notebooks import EXECUTED, markdown_cell, read_executed
from analysis.report.pages import DOCS, environment

#: Templates that are no page of the site but part of others.
_PARTS = {"findings.md", "paper.md", "readme.md", "claims.md"}


def write_site(published: Published, formats: Path, folder: Path, *, executed: Path = EXECUTED) -> list[str]:
    """Write the site of a run with its machine formats under ``data``; the same run gives the same bytes.

    Returns
    -------
    list of str
        What Sphinx warned of.
    """
    source, warnings = folder.with_name("source"), io.StringIO()
    shutil.copytree(DOCS, source, ignore=shutil.ignore_patterns(*_PARTS))
    (source / "data").symlink_to(formats.resolve())
    for name, text in render(published, executed).items():
        write_whole(source / name, text)
    try:
        places = source, source, folder, folder.with_name("doctrees"), "html"
        Sphinx(*places, status=None, warning=warnings, freshenv=True).build()
    except SphinxError as error:
        raise RunError(f"the site could not be set: {error}", where=DOCS.name) from None
    finally:
        # Sphinx speaks to a log of its own, which must not stand in the way of the next one.
        logging.getLogger("sphinx").handlers.clear()
    shutil.copytree(formats, folder / "data")
    (folder / ".buildinfo").unlink(missing_ok=True)
    return warnings.getvalue().splitlines()


def render(published: Published, executed: Path) -> dict[str, str]:
    """Return the source of every page by its path."""
    templates = environment(published)
    templates.globals["public"] = analysis._PUBLIC
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - _PARTS
    made = {name: templates.get_template(name).render() for name in sorted(pages)}
    for name, path in {"codebook": DATA / "codebook.md", "contributing": ROOT / "CONTRIBUTING.md"}.items():
        made[f"{name}.md"] = path.read_text(encoding="utf-8")
    claim = templates.get_template("claim.md.j2")
    made |= {f"claims/{item.claim.id}.md": claim.render(dossier=item) for item in published.dossiers}
    for name in notebook_titles():
        made[f"notebooks/{name}.ipynb"] = nbformat.writes(_page(published, templates, name, executed))
    return made


def _page(published: Published, templates: Environment, name: str, executed: Path) -> NotebookNode:
    """Return a notebook as its page shows it, with anchors where it decides a claim or draws a figure."""
    words: Any = templates.get_template("notebook.md.j2").module
    own = [item for item in published.dossiers if item.claim.notebook == name]
    names = "|".join(item.claim.id for item in published.dossiers)
    notebook = read_executed(published, name, executed)
    first = question = notebook.cells[0]
    decides, cells = {item.claim.id: first for item in own}, []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "markdown":
            question, cell.source = cell, re.sub(rf"`({names})`", r"[`\1`](/claims/\1.md)", cell.source)
        shown = "".join(output.get("data", {}).get("text/markdown", "") for output in cell.get("outputs", ()))
        decides |= {item.claim.id: question for item in own if item.claim.claim in shown}
        cells += [markdown_cell(words.drawn(figure)) for figure in cell.pop("figures", ())]
    for claim, cell in decides.items():
        cell.source = f"(evidence-{claim})=\n\n{cell.source}"
    notebook.cells = [*cells, markdown_cell(words.verdicts(own))]
    return notebook
