"""Words in figures: texts beside marks, names of reference lines, ordinals."""

from __future__ import annotations

from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.text import Annotation

from analysis.charts.style import MUTED
from analysis.methods.result import in_words

SMALL = 6
#: Keeps a line from running through a text.
ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}


def tag(
    ax: Axes, text: str, at: tuple[Any, Any], offset: tuple[float, float] = (0, 0), *, ha: str = "left", **options: Any
) -> Annotation:
    """Write a small text, in words, at a place of the data, moved by an offset in points; options are annotate's."""
    return ax.annotate(in_words(text), at, offset, textcoords="offset points", ha=ha, **({"fontsize": SMALL} | options))


def rule(
    ax: Axes,
    axis: Literal["x", "y"],
    at: Any,
    text: str = "",
    *,
    place: float = 0.0,
    offset: tuple[float, float] = (0, 2),
    look: tuple[str, Any, float] = (MUTED, ":", 0.8),
    **options: Any,
) -> None:
    """Draw a reference line at a value of an axis, in a colour, line style and width, and name it.

    The name, if there is one, stands at ``place`` along the line, moved by ``offset`` points; further options are
    those of :func:`tag`.
    """
    colour, line, width = look
    draw = ax.axvline if axis == "x" else ax.axhline
    draw(at, color=colour, linestyle=line, linewidth=width, zorder=0)
    if text:
        tag(ax, text, (at, place) if axis == "x" else (place, at), offset, color=colour, **options)


def ordinal(rank: int) -> str:
    """Return 75th for 75."""
    suffix = "th" if 10 <= rank % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{suffix}"
