"""Grids: tables of cells, a map of what a test decides, and statements side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from analysis.charts.labels import SMALL, tag
from analysis.charts.layout import bare
from analysis.charts.style import FAINT, INK, MUTED, PRINTED, VERDICT_COLOURS

# Fall, open and rise: dark, light and middle grey, so that they differ without colour.
_DECISIONS = ListedColormap(["#8fb8d6", "#f0f0f0", "#e6b090"])
# In a wider range of counts the strip between fall and rise is too narrow for its name.
_WIDE = 150
_WRAP = 38


def cells(
    texts: pd.DataFrame,
    ax: Axes,
    *,
    colours: pd.DataFrame | None = None,
    framed: Mapping[tuple[int, int], tuple[str, float]] = {},
) -> Axes:
    """Draw a table of cells.

    Parameters
    ----------
    texts : pandas.DataFrame
        Text of each cell; empty cells are not drawn.
    colours : pandas.DataFrame, optional
        Ground of each cell; white by default.
    framed : mapping of (row, column) to (colour, width)
        Cells in bold with a frame, by position.
    """
    for row, (_, line) in enumerate(texts.iterrows()):
        for column, text in enumerate(line):
            if not text:
                continue
            edge, width = framed.get((row, column), (FAINT, 0.5))
            face = "white" if colours is None else colours.iloc[row, column]
            look: dict[str, Any] = {"facecolor": face, "edgecolor": edge, "linewidth": width, "zorder": 1 + width}
            ax.add_patch(Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, **look))
            weight = "bold" if (row, column) in framed else "normal"
            ax.text(column, row, text, ha="center", va="center", fontsize=SMALL, fontweight=weight)
    ax.set_xticks(range(len(texts.columns)), [str(name) for name in texts.columns])
    ax.set_yticks(range(len(texts)), [str(name) for name in texts.index])
    ax.set(xlim=(-0.5, len(texts.columns) - 0.5), ylim=(len(texts) - 0.5, -0.5))
    bare(ax)
    return ax


def decisions(
    decided: ArrayLike,
    ax: Axes,
    *,
    counts: ArrayLike,
    point: tuple[int, int],
    steps: tuple[int, int],
) -> Axes:
    """Draw what a test says of every pair of counts, with the counts at hand and the ways out.

    Parameters
    ----------
    decided : array_like of int, shape (n, n)
        -1 fall, 0 open, 1 rise; rows are second counts, columns first counts.
    counts : array_like of int, shape (n,)
        Counts of rows and columns, evenly spaced from 0.
    point : tuple of int
        The counts at hand.
    steps : tuple of int
        Cases that must leave the first count, or join the second, before the finding is undone; 0 draws no arrow.
    """
    known, (first, second) = np.asarray(counts), point
    look: dict[str, Any] = {"cmap": _DECISIONS, "vmin": -1, "vmax": 1, "shading": "nearest"}
    ax.pcolormesh(known, known, np.asarray(decided), rasterized=True, zorder=0, **look)
    arrow: dict[str, Any] = {"arrowstyle": "->", "color": PRINTED, "lw": 1.0, "shrinkA": 2, "shrinkB": 0}
    ways = (
        ((first - steps[0], second), f"−{steps[0]}", (-3, -2), "right", "top"),
        ((first, second + steps[1]), f"+{steps[1]}", (3, 2), "left", "bottom"),
    )
    for end, text, offset, ha, va in ways:
        if end != point:
            ax.annotate("", end, point, arrowprops=arrow, zorder=3)
            tag(ax, text, end, offset, ha=ha, va=va, color=PRINTED, fontsize=7)
    ax.scatter(*point, s=24, color=INK, zorder=4)
    tag(ax, f"{first}, {second}", point, (0, -5), ha="center", va="top")
    top = int(known[-1])
    between = {"no difference\nshown": (0.27, 0.24)} if top <= _WIDE else {}
    for text, (x, y) in {"fall": (0.83, 0.12), "rise": (0.2, 0.88), **between}.items():
        ax.text(x * top, y * top, text, ha="center", va="center", color=INK, fontsize=SMALL)
    ax.set(xlim=(0, top), ylim=(0, top))
    return ax


def statements(frame: pd.DataFrame, ax: Axes) -> Axes:
    """Draw claims that contradict each other side by side, with the quantity that decides both between them.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``estimand`` and, for ``first`` and ``second``: speaker, claim and verdict.
    """
    for row, pair in enumerate(frame.to_dict("records")):
        ax.axhline(row + 0.5, color=FAINT, linewidth=0.6)
        middle = textwrap.fill(str(pair["estimand"]), 34)
        ax.text(0.5, row, middle, ha="center", va="center", fontsize=SMALL, color=MUTED)
        # The box is wider than its text, so it is moved in from the edge of the page.
        for side, x, inset, ha in (("first", 0.0, 0.012, "left"), ("second", 1.0, -0.012, "right")):
            verdict, claim = str(pair[f"{side}_verdict"]), textwrap.fill(str(pair[f"{side}_claim"]), _WRAP)
            ax.text(x, row - 0.34, pair[f"{side}_speaker"], ha=ha, va="center", fontweight="bold")
            ax.text(x, row + 0.02, claim, ha=ha, va="center", fontsize=6.5)
            shade = VERDICT_COLOURS[verdict.partition(":")[0]]
            box = {"boxstyle": "round,pad=0.25", "facecolor": shade, "edgecolor": MUTED, "linewidth": 0.4}
            ax.text(x + inset, row + 0.36, verdict, ha=ha, va="center", fontsize=SMALL, bbox=box)
    for x, text, ha in ((0.0, "One says", "left"), (0.5, "Decided by", "center"), (1.0, "Another says", "right")):
        ax.text(x, -0.62, text, ha=ha, va="center", color=MUTED)
    ax.set(xlim=(0, 1), ylim=(len(frame) - 0.45, -0.75))
    ax.axis("off")
    return ax
