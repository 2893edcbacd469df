"""Executed notebooks as parts of a page: prose, code and outputs, with everything that could act taken out."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import nbformat
from markupsafe import Markup
from nbconvert.filters import Highlight2HTML, ansi2html
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode

from analysis.errors import InputError
from analysis.report.dossier import Published, PublishedFigure
from analysis.report.site.view import OUTPUTS, markdown, scrolling, slug
from analysis.runs.staleness import cells_hash

_TAGS = ["table", "thead", "tbody", "tr", "th", "td", "div", "p", "em", "strong", "code", "br", "sub", "sup"]
_SPANS = {"th": ["colspan", "rowspan"], "td": ["colspan", "rowspan"]}
_CLEAN = SanitizeHTML(tags=_TAGS, attributes=_SPANS)
# Pixels per inch: on a screen (half as large again as on paper), in the files.
_SCREEN, _PRINT, _WIDEST = 144, 300, 830
_INJECTED = "injected-parameters"


@dataclass
class Executed:
    """An executed notebook.

    ``current`` says whether its code is that which made what the run published of it. ``figures`` are those of the run
    by the hash of their picture; ``parts`` are cells with their prose or code and their outputs, the heading's own line
    left out; ``headings`` are texts of the questions by anchor.
    """

    name: str
    current: bool
    figures: dict[str, PublishedFigure]
    parts: list[tuple[NotebookNode, Markup, list[Markup]]] = field(default_factory=list)
    headings: dict[str, Markup] = field(default_factory=dict)


def read_executed(published: Published, name: str, folder: Path) -> Executed | None:
    """Read one executed notebook, or return None if there is none.

    Raises
    ------
    InputError
        The file is not a notebook.
    """
    path = folder / f"{name}.ipynb"
    if not path.is_file():
        return None
    try:
        return _executed(published, name, nbformat.read(path, as_version=4).cells)
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError):
        raise InputError("not a notebook", where=path.name, remedy="make it again with: analysis run") from None


def _executed(published: Published, name: str, cells: list[NotebookNode]) -> Executed:
    own = [cell.source for cell in cells if cell.cell_type == "code" and _INJECTED not in cell.metadata.get("tags", ())]
    made, _ = published.runs.get(name, ({}, []))
    current = made.get("code") in (None, cells_hash(own))
    pictures = {figure: published.folder / f"{figure.name}.png" for figure in published.figures}
    drawn = {_digest(path.read_bytes()): figure for figure, path in pictures.items() if path.is_file()}
    notebook = Executed(name, current, drawn)
    shown: set[PublishedFigure] = set()
    highlight = Highlight2HTML()
    for cell in cells:
        if cell.cell_type == "markdown":
            notebook.parts.append((cell, _prose(cell.source, notebook, published), []))
        elif cell.cell_type == "code" and cell.source.strip():
            outputs = [html for output in cell.outputs if (html := _output(output, notebook, shown))]
            code = re.sub(
                r'<div class="[^"]*">', '<div class="code">', highlight(cell.source, language="python"), count=1
            )
            notebook.parts.append((cell, Markup(code), outputs))
    return notebook


def _prose(source: str, notebook: Executed, published: Published) -> Markup:
    """Render prose; its questions get anchors, and ids of claims lead to their pages."""

    def heading(match: re.Match[str]) -> str:
        text = Markup(re.sub(r"<[^>]+>", "", match[1]))
        names = (slug(text), *(f"{slug(text)}-{number}" for number in range(2, 100)))
        anchor = next(name for name in names if name not in notebook.headings)
        notebook.headings[anchor] = text
        return f'<h2 id="{anchor}">{match[1]}</h2>'

    def claim(match: re.Match[str]) -> str:
        known = match[1] in published.by_claim
        return f'<a href="../claims/{match[1]}.html">{match[0]}</a>' if known else match[0]

    html = re.sub(r"<h1>.*?</h1>", "", markdown(source))
    html = re.sub(r"<h2>(.*?)</h2>", heading, html)
    return Markup(re.sub(r"<code>([a-z0-9-]+)</code>", claim, html))


def _output(output: NotebookNode, notebook: Executed, shown: set[PublishedFigure]) -> Markup:
    """Show one output; what the error stream holds tells of the machine, not of the result, and is left out."""
    data = output.get("data", {})
    if output.get("name") == "stderr":
        return Markup()
    if output.output_type in ("stream", "error"):
        return Markup(f"<pre>{ansi2html(output.get('text') or chr(10).join(output.get('traceback', ())))}</pre>")
    if "image/png" in data:
        return _image(data["image/png"], notebook, shown)
    if "text/markdown" in data:
        return Markup(f'<div class="said">{markdown(data["text/markdown"])}</div>')
    if "text/html" in data:
        html = re.sub(r"<style\b.*?</style>", "", data["text/html"], flags=re.S | re.I)
        return scrolling(_CLEAN.sanitize_html_tags(html), "Table of results")
    return Markup(f"<pre>{escape(data.get('text/plain', ''))}</pre>")


def _image(encoded: str, notebook: Executed, shown: set[PublishedFigure]) -> Markup:
    """Show an image; a published figure from its file, and with its anchor the first time."""
    content = base64.b64decode(encoded, validate=False)
    figure = notebook.figures.get(_digest(content))
    if figure is None:
        safe = base64.b64encode(content).decode("ascii")
        return Markup(f'<img src="data:image/png;base64,{safe}" alt="Figure drawn by the code above">')
    name, caption = escape(figure.name), escape(figure.caption or figure.name)
    anchor = "" if figure in shown else f' id="figure-{name}"'
    shown.add(figure)
    # The file's width in CSS pixels at which a figure made for print reads well on a screen.
    width = min(round(int.from_bytes(content[16:20], "big") * _SCREEN / _PRINT), _WIDEST)
    image = f'<img src="../{OUTPUTS}/{name}.svg" width="{width}" alt="{caption}" loading="lazy">'
    return Markup(f'<p{anchor}><a href="../figures.html#{name}">{image}</a></p>')


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
