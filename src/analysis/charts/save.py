"""The one way a figure becomes files: fixed size, credit line, metadata, and the same bytes on every rerun."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from analysis.charts.style import MUTED, figure_style
from analysis.data.cards import project_cards
from analysis.data.catalogue import table
from analysis.files import write_whole

FORMATS = ("pdf", "png", "svg")
_CREDIT_SIZE, _CREDIT_CHARACTERS_PER_INCH = 5, 25
# Room at the foot of a figure and per line of the credit, in inches.
_FOOT, _LINE = 0.07, 0.085


def save(fig: Figure, name: str, folder: Path, *, tables: Iterable[str] = (), note: str = "") -> list[Path]:
    """Write a figure as PDF, PNG and SVG and close it.

    Parameters
    ----------
    fig : Figure
        Figure drawn inside :func:`analysis.charts.style.figure_style`.
    name : str
        File name without ending.
    folder : Path
        Where the files go.
    tables : iterable of str
        Tables whose figures are drawn: their sources and editions make the credit line and the metadata.
    note : str
        Added to the credit line, for example the number of draws.

    Returns
    -------
    list of Path
        The files written.
    """
    credit = credit_line(tables, note=note)
    with figure_style():
        _add_credit(fig, credit)
        _settle(fig)
        paths = [write_whole(folder / f"{name}.{kind}", _bytes(fig, kind, name, credit)) for kind in FORMATS]
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
    made: set[str] = set()
    for name in tables:
        for source in table(name).sources:
            card = cards[source]
            editions.setdefault((card.dataset, card.producer), set()).add(card.edition)
        if table(name).made_of:
            made.add(table(name).made_of)
        elif not table(name).sources:
            typed.add(name)
    parts = [f"{data} {', '.join(sorted(years))} ({who})" for (data, who), years in sorted(editions.items())]
    parts += [f"{name.replace('_', ' ')} (typed from the pages cited there)" for name in sorted(typed)]
    parts += sorted(made)
    source = f"Source: {'; '.join(parts)}." if parts else "Source: register of claims."
    return f"{source} {note}".strip()


def _add_credit(fig: Figure, credit: str) -> None:
    width = int(fig.get_figwidth() * _CREDIT_CHARACTERS_PER_INCH)
    lines = textwrap.wrap(credit, width)
    foot = (_FOOT + len(lines) * _LINE) / fig.get_figheight()
    engine = fig.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, foot, 1, 1 - foot))
    fig.text(0.01, 0.006, "\n".join(lines), fontsize=_CREDIT_SIZE, color=MUTED, ha="left", va="bottom", gid="credit")


def _settle(fig: Figure) -> None:
    """Lay the figure out once and for all: the same places in every format, and no second layout for each."""
    # At the resolution of print: on the screen's coarser grid letters come out narrower, and labels would be cut.
    fig.set_dpi(plt.rcParams["savefig.dpi"])
    fig.draw_without_rendering()
    with plt.rc_context({"figure.constrained_layout.use": False, "figure.autolayout": False}):
        fig.set_layout_engine(None)


def _bytes(fig: Figure, kind: str, name: str, credit: str) -> bytes:
    buffer = io.BytesIO()
    fig.savefig(buffer, format=kind, metadata=_metadata(kind, name, credit))
    return buffer.getvalue()


def _metadata(kind: str, name: str, credit: str) -> dict[str, Any]:
    if kind == "pdf":
        return {"Title": name, "Subject": credit, "Creator": "analysis", "Producer": None, "CreationDate": None}
    if kind == "svg":
        return {"Title": name, "Description": credit, "Creator": "analysis", "Date": None}
    return {"Title": name, "Description": credit, "Software": None}
