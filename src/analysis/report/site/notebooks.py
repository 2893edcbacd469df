"""Executed notebooks as parts of a page: prose, code and outputs, with everything that could act taken out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.filters import Highlight2HTML, ansi2html
from nbconvert.preprocessors.sanitize import SanitizeHTML

from analysis.errors import InputError
from analysis.report.dossier import Published, PublishedFigure
from analysis.report.site.view import OUTPUTS, markdown, scrolling, slug
from analysis.runs.staleness import cells_hash

_TAGS = ["table", "thead", "tbody", "tr", "th", "td", "div", "p", "em", "strong", "code", "br", "sub", "sup"]
_SPANS = {"th": ["colspan", "rowspan"], "td": ["colspan", "rowspan"]}
# Pixels per inch: on a screen (half as large again as on paper), in the files.
_SCREEN, _PRINT, _WIDEST = 144, 300, 830
_INJECTED = "injected-parameters"


@dataclass(frozen=True, slots=True)
class Part:
    """One cell of a notebook, ready for the page: its kind, its number, its prose or code, and its outputs."""

    kind: str
    count: str
    body: Markup
    outputs: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Executed:
    """An executed notebook.

    Attributes
    ----------
    name, title : str
        File name without ending; its heading.
    parts : tuple of Part
        Its cells; the heading's own line is left in the first.
    current : bool
        Whether its code is that which made what the run published of it.
    headings : tuple of (str, Markup)
        Anchor and text of each question.
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    current: bool
    headings: tuple[tuple[str, Markup], ...]


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
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return _executed(published, name, cells)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError("not a notebook", where=path.name, remedy="make it again with: analysis run") from None


def _executed(published: Published, name: str, cells: list[dict[str, Any]]) -> Executed:
    drawn = {_digest(published.folder / f"{figure.name}.png"): figure for figure in published.figures}
    anchors: dict[str, Markup] = {}
    show = _outputs(drawn)
    parts = [part for cell in cells if (part := _part(cell, anchors, published, show)) is not None]
    title = next((line[2:].strip() for cell in cells for line in _text(cell).splitlines() if line[:2] == "# "), name)
    code = [_text(cell) for cell in cells if cell["cell_type"] == "code" and _INJECTED not in _tags(cell)]
    made = {entry["code"] for entry in published.manifest["outputs"].values() if entry["notebook"] == name}
    return Executed(name, title, tuple(parts), made <= {cells_hash(code)}, tuple(anchors.items()))


def _part(
    cell: dict[str, Any], anchors: dict[str, Markup], published: Published, show: Callable[[dict[str, Any]], Markup]
) -> Part | None:
    source = _text(cell)
    if cell["cell_type"] == "markdown":
        return Part("prose", "", _prose(source, anchors, published), ())
    if cell["cell_type"] != "code" or not source.strip():
        return None
    outputs = tuple(html for output in cell.get("outputs", ()) if (html := show(output)))
    code = re.sub(r'<div class="[^"]*">', '<div class="code">', Highlight2HTML()(source, language="python"), count=1)
    return Part("code", str(cell.get("execution_count") or ""), Markup(code), outputs)


def _prose(source: str, anchors: dict[str, Markup], published: Published) -> Markup:
    """Render prose; its questions get anchors, and ids of claims lead to their pages."""

    def heading(match: re.Match[str]) -> str:
        text = Markup(re.sub(r"<[^>]+>", "", match[1]))
        anchor = _free(slug(text), anchors)
        anchors[anchor] = text
        return f'<h2 id="{anchor}">{match[1]}</h2>'

    def claim(match: re.Match[str]) -> str:
        known = match[1] in published.by_claim
        return f'<a href="../claims/{match[1]}.html">{match[0]}</a>' if known else match[0]

    html = re.sub(r"<h1>.*?</h1>", "", markdown(source))
    html = re.sub(r"<h2>(.*?)</h2>", heading, html)
    return Markup(re.sub(r"<code>([a-z0-9-]+)</code>", claim, html))


def _free(anchor: str, taken: Mapping[str, Markup]) -> str:
    names = (anchor, *(f"{anchor}-{number}" for number in range(2, 100)))
    return next(name for name in names if name not in taken)


def _outputs(drawn: Mapping[str, PublishedFigure]) -> Callable[[dict[str, Any]], Markup]:
    """Return a function that shows one output; a published figure is shown from its file, once with its anchor.

    Warnings and progress on the error stream tell of the machine, not of the result, and are left out.
    """
    clean = SanitizeHTML(tags=_TAGS, attributes=_SPANS)
    seen: set[str] = set()

    def show(output: dict[str, Any]) -> Markup:
        data = output.get("data", {})
        if output.get("name") == "stderr":
            return Markup()
        if output["output_type"] == "stream":
            return Markup(f"<pre>{ansi2html(_joined(output['text']))}</pre>")
        if output["output_type"] == "error":
            return Markup(f"<pre>{ansi2html(chr(10).join(output['traceback']))}</pre>")
        if "image/png" in data:
            return _image(_joined(data["image/png"]), drawn, seen)
        if "text/markdown" in data:
            return Markup(f'<div class="said">{markdown(_joined(data["text/markdown"]))}</div>')
        if "text/html" in data:
            return scrolling(clean.sanitize_html_tags(_without_style(_joined(data["text/html"]))), "Table of results")
        return Markup(f"<pre>{escape(_joined(data.get('text/plain', '')))}</pre>")

    return show


def _image(encoded: str, drawn: Mapping[str, PublishedFigure], seen: set[str]) -> Markup:
    try:
        content = base64.b64decode(encoded, validate=False)
    except binascii.Error:
        return Markup("<p>An image that could not be read.</p>")
    figure = drawn.get(hashlib.sha256(content).hexdigest())
    if figure is None:
        safe = base64.b64encode(content).decode("ascii")
        return Markup(f'<img src="data:image/png;base64,{safe}" alt="Figure drawn by the code above">')
    anchor = "" if figure.name in seen else f' id="figure-{escape(figure.name)}"'
    seen.add(figure.name)
    name, words = escape(figure.name), escape(figure.caption or figure.name)
    image = f'<img src="../{OUTPUTS}/{name}.svg" width="{_width(content)}" alt="{words}" loading="lazy">'
    return Markup(f'<p{anchor}><a href="../figures.html#{name}">{image}</a></p>')


def _width(png: bytes) -> int:
    """Return the width in CSS pixels at which a figure made for print reads well on a screen."""
    pixels = int.from_bytes(png[16:20], "big")
    return min(round(pixels * _SCREEN / _PRINT), _WIDEST)


def _without_style(html: str) -> str:
    return re.sub(r"<style\b.*?</style>", "", html, flags=re.S | re.I)


def _text(cell: dict[str, Any]) -> str:
    return _joined(cell["source"])


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _tags(cell: dict[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", ()))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
