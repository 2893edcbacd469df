"""Words in figures: texts beside marks, names of reference lines, ordinals."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from analysis.charts.style import MUTED
from analysis.methods.result import in_words

SMALL = 6
# A title that begins with a number has it in words.
_NUMBERS = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
#: Keeps a line from running through a text.
ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}


def tag(
    ax: Axes, text: str, at: tuple[Any, Any], offset: tuple[float, float] = (0, 0), *, ha: str = "left", **options: Any
) -> Annotation:
    """Write a small text, in words, at a place of the data, moved by an offset in points; options are annotate's."""
    # A PDF prints ten decimals, and processors differ in the last digits of what is multiplied.
    at = at[0], float(f"{at[1]:.9g}") if isinstance(at[1], float) else at[1]
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


def tally(some: int, total: int, noun: str, said: str) -> str:
    """Say in a title of how many something is true; what is said has a verb that is the same of one and of many.

    Examples
    --------
    >>> tally(1, 9, "test", "could see it"), tally(0, 2, "test", "could see it"), tally(2, 2, "test", "could see it")
    ('One of 9 tests could see it', 'Neither test could see it', 'Both tests could see it')
    """
    if total <= 2 and some in (0, total):
        few = ("No", "The one", "Both") if some else ("No", "No", "Neither")
        return f"{few[total]} {noun}{'s' if some == 2 else ''} {said}"
    if some == total:
        return f"All {total:,} {noun}s {said}"
    return f"{_NUMBERS[some] if some < len(_NUMBERS) else some} of {total:,} {noun}s {said}"


def clear(frame: pd.DataFrame, null: float = 0.0) -> int:
    """Count the intervals of a frame, ``lower`` to ``upper``, that leave a value out."""
    return int(((frame["lower"] > null) | (frame["upper"] < null)).sum())


def between(low: float, high: float) -> str:
    """Return a range of ranks for a title: ``71st to 90th``, or ``75th`` if it has one only."""
    return " to ".join(dict.fromkeys([ordinal(int(low)), ordinal(int(high))]))


def ordinal(rank: int) -> str:
    """Return 75th for 75."""
    suffix = "th" if 10 <= rank % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{suffix}"
