"""The one way a figure becomes files: fixed size, credit line, metadata, and the same bytes on every rerun."""

from __future__ import annotations

import hashlib
import io
import json
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from analysis.charts.labels import SMALL
from analysis.charts.style import MUTED, figure_style
from analysis.claims.evidence import read_as
from analysis.data.cards import project_cards
from analysis.data.catalogue import CATALOGUE, stated, table
from analysis.data.load import sha256
from analysis.errors import InputError
from analysis.files import write_whole

FORMATS = ("pdf", "png", "svg")
# Two thirds of the time that zlib's default takes, for files no larger.
_OPTIONS: dict[str, Any] = {"png": {"pil_kwargs": {"compress_level": 3}}}
# Letters of a title and of a credit that an inch has room for.
_TITLE_LETTERS, _CREDIT_LETTERS = 13.5, 21
_ORIGIN = re.compile(rb"notebook=(\w+) run=(\w+) tables=([\w:,]*)")
_ID = re.compile(rb'(?:(?<=id=")|(?<=url\(#)|(?<=ref="#))[a-z][0-9a-f]{10}(?=[")])')
# Room at the foot of a figure and per line of the credit, in inches.
_FOOT, _LINE = 0.07, 0.1


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """A figure of a run: the files ``<name>.svg``, ``.pdf`` and ``.png``, and the claims that it bears on."""

    notebook: str
    caption: str
    credit: str
    claims: tuple[str, ...]
    name: str = ""


def save(
    fig: Figure,
    name: str,
    folder: Path,
    *,
    title: str = "",
    tables: Iterable[str] = (),
    note: str = "",
    notebook: str = "none",
    run: object = None,
) -> list[Path]:
    """Write a figure as PDF, PNG and SVG and close it.

    Parameters
    ----------
    fig : Figure
        Figure drawn inside :func:`analysis.charts.style.figure_style`.
    name : str
        File name without ending.
    folder : Path
        Where the files go.
    title : str
        What is found, in a sentence without a full stop; it stands above the panels and in the metadata.
    tables : iterable of str
        Tables whose figures are drawn: their sources and editions make the credit line and the metadata.
    note : str
        Added to the credit line, for example the number of draws.
    notebook, run : str, object
        For the metadata: what makes the figure, and what tells its runs apart, such as the parameters.

    Returns
    -------
    list of Path
        The files written.
    """
    credit = credit_line(tables := sorted(tables), note=note)
    number = hashlib.sha256(json.dumps([notebook, run], sort_keys=True).encode()).hexdigest()[:16]
    hashes = ",".join(f"{table}:{sha256(table)[:16]}" for table in tables)
    made = f"notebook={notebook} run={number} tables={hashes}"
    with figure_style():
        _add_title(fig, title)
        _add_credit(fig, credit)
        _settle(fig)
        paths = [write_whole(folder / f"{name}.{kind}", _bytes(fig, kind, name, credit, made)) for kind in FORMATS]
    plt.close(fig)
    return paths


def credit_line(tables: Iterable[str], *, note: str = "") -> str:
    """Return the credit line of a figure, made from the source cards of its tables.

    Returns
    -------
    str
        ``Source: data set edition, edition (producer); ...`` with data sets in alphabetical order.
    """
    cards = project_cards()
    editions: dict[tuple[str, str], set[str]] = {}
    typed: set[str] = set()
    for name in tables:
        for source in table(name).sources:
            card = cards[source]
            editions.setdefault((card.dataset, card.producer), set()).add(card.edition)
        if not table(name).sources:
            typed.add(table(name).made_of or stated(table(name)))
    parts = [f"{data} {', '.join(sorted(years))} ({who})" for (data, who), years in sorted(editions.items())]
    parts += sorted(typed)
    source = f"Source: {'; '.join(parts)}." if parts else "Source: register of claims."
    return f"{source} {note}".strip()


def origin(path: Path) -> list[str]:
    """Say what made a figure, by its own metadata, wherever the file has been since.

    Raises
    ------
    InputError
        The metadata name no notebook: the file is not of this project, or was made anew by another program.
    """
    found = _ORIGIN.search(path.read_bytes())
    if not found:
        raise InputError("its metadata name no notebook", where=str(path), remedy="take the published file")
    notebook, run, tables = (part.decode() for part in found.groups())
    used = dict(item.split(":") for item in tables.split(",") if item)
    same = {name: name in CATALOGUE and sha256(name).startswith(digest) for name, digest in used.items()}
    told = [f"table {n} {used[n]}, {'as it is' if same[n] else 'which has changed since'}" for n in used]
    return [f"notebook {notebook}", f"run {run}", *told]


def published_figures(folder: Path, outputs: Iterable[str]) -> list[PublishedFigure]:
    """Return the figures among the outputs of a run in a folder, by name, as their captions describe them."""
    captions = sorted(folder / name for name in outputs if name.startswith("captions/"))
    return [replace(read_as(PublishedFigure, path), name=path.stem) for path in captions]


def _add_title(fig: Figure, title: str) -> None:
    if title:
        width = int(fig.get_figwidth() * _TITLE_LETTERS)
        # Lines of about the same length: no word stands alone in the last.
        even = len(title) // len(textwrap.wrap(title, width)) + 6
        lines = textwrap.wrap(title, min(width, even))
        fig.suptitle("\n".join(lines), x=0.01, ha="left", gid="title")


def _add_credit(fig: Figure, credit: str) -> None:
    lines = textwrap.wrap(credit, int(fig.get_figwidth() * _CREDIT_LETTERS))
    foot = (_FOOT + len(lines) * _LINE) / fig.get_figheight()
    engine = fig.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, foot, 1, 1 - foot))
    fig.text(0.01, 0.006, "\n".join(lines), fontsize=SMALL, color=MUTED, ha="left", va="bottom", gid="credit")


def _settle(fig: Figure) -> None:
    """Lay the figure out once and for all: the same places in every format and, since they are rounded, everywhere."""
    # At the resolution of print: on the screen's coarser grid letters come out narrower, and labels would be cut.
    fig.set_dpi(plt.rcParams["savefig.dpi"])
    for ax in fig.axes:
        ax.set(**{side: [float(f"{end:.9g}") for end in getattr(ax, f"get_{side}")()] for side in ("xlim", "ylim")})
        for axis in (ax.xaxis, ax.yaxis):
            if not axis.label.get_text():
                axis.set_label_coords(0, 0)  # or a place is sought for it, beside all tick labels
    for _ in range(2):  # the second pass knows the tick labels of the first
        if engine := fig.get_layout_engine():
            engine.execute(fig)
    fig.set_layout_engine(None)  # none at all: with an empty one each format is drawn twice
    for ax in fig.axes:
        ax.set(position=[round(side, 6) for side in ax.get_position().bounds])
        for axis in (ax.xaxis, ax.yaxis):
            at = axis.label.get_transform().transform(axis.label.get_position())
            axis.set_label_coords(*ax.transAxes.inverted().transform(at).round(6))


def _bytes(fig: Figure, kind: str, name: str, credit: str, made: str) -> bytes:
    buffer = io.BytesIO()
    title = fig.get_suptitle().replace("\n", " ") or name
    fig.savefig(buffer, format=kind, metadata=_metadata(kind, title, credit, made), **_OPTIONS.get(kind, {}))
    content = buffer.getvalue()
    if kind == "svg":  # ids made of hashes get numbers: a hash differs with the last digit of what it is made of
        numbers = {old: b"%s%d" % (old[:1], number) for number, old in enumerate(dict.fromkeys(_ID.findall(content)))}
        content = _ID.sub(lambda found: numbers[found[0]], content)
    return content


def _metadata(kind: str, title: str, credit: str, made: str) -> dict[str, Any]:
    if kind == "pdf":
        fixed = {"Creator": "analysis", "Producer": None, "CreationDate": None}
        return {"Title": title, "Subject": credit, "Keywords": made, **fixed}
    if kind == "svg":
        return {"Title": title, "Description": credit, "Source": made, "Creator": "analysis", "Date": None}
    return {"Title": title, "Description": credit, "Source": made, "Software": None}
