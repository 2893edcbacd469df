"""The report as a paper: one manuscript, made from the notebooks' prose and the run's numbers, as PDF and for Word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import typst
from markupsafe import Markup
from nbformat import NotebookNode

from analysis.errors import RunError
from analysis.files import write_whole
from analysis.report.citation import cited
from analysis.report.dossier import Published, notebook_titles
from analysis.report.notebooks import EXECUTED, read_executed, said
from analysis.report.pages import DOCS, convert, environment, escaped


def write_paper(published: Published, folder: Path, *, executed: Path = EXECUTED) -> list[Path]:
    """Write ``paper.pdf`` and ``paper.docx``; the same run and executed notebooks give the same bytes."""
    with TemporaryDirectory(dir=folder) as place:
        work = Path(place)
        (work / "figures").symlink_to(published.folder.resolve())
        text = manuscript(published, executed)
        options = ["--citeproc", "--bibliography=references.bib", f"--resource-path={work}:{DOCS}", "--wrap=none"]
        try:
            convert(text, work / "paper.typ", *options, "--default-image-extension=svg", "--standalone")
            pdf = typst.compile(str(work / "paper.typ"), root=place, ignore_system_fonts=True, timestamp=0)
            convert(text, work / "paper.docx", *options, "--default-image-extension=png")
        except (RuntimeError, typst.TypstError) as error:
            raise RunError(f"the paper could not be set: {str(error).splitlines()[0]}", where="docs/paper.md") from None
        word = (work / "paper.docx").read_bytes()
    return [write_whole(folder / "paper.pdf", pdf), write_whole(folder / "paper.docx", word)]


def manuscript(published: Published, executed: Path) -> str:
    """Return the paper in Markdown: the template of ``docs`` with a section for each notebook."""
    numbers, runs = count(1), published.runs
    sections = [
        (
            name,
            Markup("\n\n".join(_section(read_executed(published, name, executed), numbers))),
            cited(runs[name][0]["tables"]) if name in runs else (),
        )
        for name in notebook_titles()
    ]
    return environment(published, site=False).get_template("paper.md").render(sections=sections)


def _section(notebook: NotebookNode, numbers: Iterator[int]) -> list[str]:
    """Return the paragraphs of a section: prose, sentences of results, and each figure after the text that names it."""
    text: list[str] = []
    for cell in notebook.cells:
        parts = cell.source.split("\n\n") if cell.cell_type == "markdown" else said(cell)
        text += [part for part in parts if not part.startswith(("# ", "Claims: "))]
        for figure in cell.get("figures", ()):
            number, prose = next(numbers), [place for place, line in enumerate(text) if re.match(r"[A-Z]", line)]
            for last in prose[-1:]:
                text[last] = f"{text[last].rstrip().removesuffix('.')} (Figure {number})."
            caption = f"**Figure {number}.** {escaped(figure.caption)} {escaped(figure.credit)}"
            text.append(f"![{caption}](figures/{figure.name})")
    return text
