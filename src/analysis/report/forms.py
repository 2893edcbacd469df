"""The report for people, from pages and executed notebooks: a site that works offline, and a paper.

Sphinx sets the site, with the docstrings; pandoc and typst set the paper, from one manuscript, as PDF and for Word.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import re
import shutil
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import typst
from jinja2 import Environment
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import SphinxError

import analysis
from analysis.errors import InputError, RunError
from analysis.files import write_whole
from analysis.paths import BUILD, DATA, ROOT
from analysis.report.dossier import Published, cited, notebook_titles
from analysis.report.pages import DOCS, bibliography, convert, environment
from analysis.report.project import carried
from analysis.runs.staleness import cells_hash
from analysis.session.declared import read

#: Executed copies of the notebooks, as the runner leaves them.
EXECUTED = BUILD.absolute() / "executed" / "default"
# How pandas styles its tables; the site has a style of its own.
_STYLED = re.compile(r'<style\b.*?</style>| (?:border|style)="[^"]*"', re.DOTALL)
#: Templates that are no page of the site but part of others.
_PARTS = {"findings.md", "paper.md", "readme.md", "claims.md"}
_THE_TABLE = re.compile(r"\b[Tt]he table\b")  # how prose refers to a table that the paper numbers
#: Pages on the package, which stand on its own site only.
_GUIDES = ("api", "howto", "tutorial")


def write_site(published: Published, formats: Path, folder: Path, *, executed: Path = EXECUTED) -> list[str]:
    """Write the site of a run with its machine formats under ``data``; return what Sphinx warned of.

    The same run gives the same bytes.
    """
    source, warnings = folder.with_name("source"), io.StringIO()
    for docs in (carried("docs"), *([DOCS] if DOCS.is_dir() else [])):
        shutil.copytree(docs, source, ignore=shutil.ignore_patterns("*.md"), dirs_exist_ok=True)
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
    own, all_ = ({path.relative_to(docs).as_posix() for path in docs.rglob("*.md")} for docs in (DOCS, carried("docs")))
    pages = own | {name for name in all_ if not name.startswith(_GUIDES)}
    copied = {"codebook.md": DATA / "codebook.md", "contributing.md": ROOT / "CONTRIBUTING.md"}
    made = {name: path.read_text(encoding="utf-8") for name, path in copied.items() if path.is_file()}
    templates.globals |= {"public": analysis._PUBLIC, "pages": pages}
    made |= {name: templates.get_template(name).render() for name in sorted(pages - _PARTS)}
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
        cards = "".join(part for part in given(cell) if part[0] == ">")
        decides |= {item.claim.id: question for item in own if item.claim.claim in cards}
        cells += [markdown_cell(words.drawn(figure)) for figure in cell.pop("figures", ())]
    for claim, cell in decides.items():
        cell.source = f"(evidence-{claim})=\n\n{cell.source}"
    notebook.cells = [*cells, markdown_cell(words.verdicts(own))]
    return notebook


def write_paper(published: Published, folder: Path, *, executed: Path = EXECUTED) -> list[Path]:
    """Write ``paper.pdf`` and ``paper.docx``; the same run and executed notebooks give the same bytes."""
    with TemporaryDirectory(dir=folder) as place:
        work = Path(place)
        (work / "figures").symlink_to(published.folder.resolve())
        write_whole(work / "references.bib", bibliography())
        text = manuscript(published, executed)
        # Of wider lines pandoc would fix how wide the columns of a table are, where typst knows it better.
        options = ["--citeproc", "--bibliography=references.bib", f"--resource-path={work}", "--columns=9999"]
        try:
            convert(text, work / "paper.typ", *options, "--default-image-extension=svg", "--standalone")
            pdf = typst.compile(str(work / "paper.typ"), root=place, ignore_system_fonts=True, timestamp=0)
            convert(text, work / "paper.docx", *options, "--default-image-extension=png")
        except (RuntimeError, typst.TypstError) as error:
            raise RunError(f"the paper could not be set: {str(error).splitlines()[0]}", where="docs/paper.md") from None
        word = (work / "paper.docx").read_bytes()
    return [write_whole(folder / "paper.pdf", pdf), write_whole(folder / "paper.docx", word)]


def manuscript(published: Published, executed: Path) -> str:
    """Return the paper in Markdown: the template of ``docs`` with the parts of each notebook."""
    sections = []
    for name in notebook_titles():
        cells = read_executed(published, name, executed).cells
        starts = [place for place, cell in enumerate(cells) if place and cell.source.startswith("## ")]
        parts = [_part(cells[first:last]) for first, last in pairwise([0, *starts, len(cells)])]
        sections.append((name, parts, cited(published.runs[name][0]["tables"]) if name in published.runs else ()))
    return environment(published, site=False).get_template("paper.md").render(sections=sections, the_table=_THE_TABLE)


def _part(cells: list[NotebookNode]) -> list[dict[str, Any]]:
    """Return the paragraphs of a part, each with what is shown after it; none if it only has tables of many pages.

    The first table that fits a page is shown if prose speaks of the table, or if there is no other result.
    """
    outputs = [part for cell in cells for part in given(cell)]
    told = any(part[0] != "|" for part in outputs) or any(cell.get("figures") for cell in cells)
    text: list[dict[str, Any]] = []
    for cell in cells:
        lines = cell.source.split("\n\n") if cell.cell_type == "markdown" else given(cell)
        lines = ["", *(line.strip() for line in lines if not re.match(r"[|>]|# |Claims[^:]*: `", line))]
        text += [{"text": line, "figures": [], "tables": []} for line in lines]
        last = next((own for own in reversed(text) if re.match(r"\**\w", own["text"])), text[-1])
        last["figures"] += cell.get("figures", ())
    named = [own for own in text if _THE_TABLE.search(own["text"])]
    tables = [part for part in outputs if part[0] == "|"][: bool(named) or not told]
    [*named, last][0]["tables"] += tables
    unseen = cells[0].source.startswith("## ") and "<table" in str([cell.get("outputs") for cell in cells])
    return [] if unseen and not (told or tables) else text


def read_executed(published: Published, name: str, folder: Path) -> NotebookNode:
    """Read an executed notebook, its pictures as the figures that they are; without one of the run's code, say so."""
    path = folder / f"{name}.ipynb"
    own = [figure for figure in published.figures if figure.notebook == name]
    drawn = {(published.folder / f"{figure.name}.png").read_bytes(): figure for figure in own}
    try:
        notebook = nbformat.read(path, as_version=4) if path.is_file() else nbformat.v4.new_notebook()
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        if name not in published.runs or published.runs[name][0]["code"] != cells_hash(cell.source for cell in code):
            how = f"Not executed in this build; make it with: analysis run {name[:2]} --force"
            notebook.cells, code = [markdown_cell(f"# {notebook_titles()[name]}\n\n{how}")], []
        else:  # its prose is as it stands by now
            made = iter(code)
            notebook.cells = [next(made) if own.kind == "code" else markdown_cell(own.source) for own in read(name)]
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


def given(cell: NotebookNode) -> list[str]:
    """Return the paragraphs, tables and cards of verdicts that a cell gave as Markdown."""
    texts = [output.get("data", {}).get("text/markdown", "") for output in cell.get("outputs", ())]
    return [part for text in texts for part in text.split("\n\n") if part.strip()]
