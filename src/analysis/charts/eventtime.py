"""Event time: rate ratios by window before and after an event, over what chance gives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.labels import tag
from analysis.charts.layout import log_axis
from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED
from analysis.methods.result import in_words

# Half of a month, less a gap between neighbouring windows.
_HALF = 0.45


def event_time(
    table: pd.DataFrame,
    chance: pd.DataFrame,
    ax: Axes,
    *,
    spans: Mapping[str, tuple[int, int]],
    smallest: float,
    words: tuple[str, str],
    single: pd.Series | None = None,
    reference: str = "",
    event: tuple[str, str] = ("0", ""),
    ticks: int = 9,
) -> Axes:
    """Draw rate ratios of windows of months around an event, over the grey range of chance.

    Parameters
    ----------
    table, chance : pandas.DataFrame
        By window: ``rate_ratio``, ``lower`` and ``upper``; ``low`` and ``high`` end of what chance gives.
    spans : mapping of str to (first, last)
        Months of each window, with that of the reference, if there is one.
    smallest : float
        Smallest rate ratio of interest, dotted.
    words : tuple of str
        What the grey range is, and what the dotted line.
    single : pandas.Series, optional
        Rate ratio of single months, by month.
    reference : str
        Window that the others are compared with, drawn at 1.
    event : tuple of str
        Name of month 0 on the axis; name of the event beside a line there, none if empty.
    ticks : int
        Number of months that are named.
    """
    reach = max(max(abs(first), abs(last)) for first, last in spans.values())
    for name, (first, last) in spans.items():
        ends, middle = (first - _HALF, last + _HALF), (first + last) / 2
        if name == reference:
            ax.hlines(1, ends[0], ends[1], color=MUTED, linewidth=2.2)
            tag(ax, "reference", (middle, 1), (0, 3), ha="center", color=MUTED)
            continue
        row, null = table.loc[name], chance.loc[name]
        ax.fill_between(ends, null["low"], null["high"], color=FAINT, alpha=0.6, linewidth=0)
        ax.vlines(middle, row["lower"], row["upper"], color=FOCUS, linewidth=1.1)
        ax.hlines(row["rate_ratio"], ends[0], ends[1], color=FOCUS, linewidth=2.2, zorder=3)
        top = max(row["upper"], null["high"], 0 if reference else smallest)
        tag(ax, f"{row['rate_ratio']:.2f}", (middle, top), (0, 2), ha="center", color=FOCUS, fontsize=6.5)
    if single is not None:
        months = [int(name) for name in single.index]
        ax.scatter(months, single, s=10, c="white", edgecolors=INK, linewidths=0.7, zorder=4)
    ax.axhline(1, color=INK, linewidth=0.6)
    ax.axhline(smallest, color=PRINTED, linewidth=0.8, linestyle=":", zorder=0)
    shown = [table["lower"], table["upper"], chance["low"], chance["high"], *([] if single is None else [single])]
    known = pd.concat(shown)
    low, high = float(known.min()) * 0.72, float(known.max()) * (1.4 if event[1] else 1.15)
    log_axis(ax, "y", (low, high))
    if event[1]:
        ax.axvline(0, color=INK, linewidth=0.6, linestyle="--", zorder=0)
        tag(ax, event[1], (0, high), (2, -2), va="top")
    tag(ax, words[0], (-reach - _HALF, low * 1.05), color=MUTED)
    tag(ax, words[1], (reach + _HALF, low * 1.05), ha="right", color=PRINTED)
    named = np.linspace(-reach, reach, ticks)
    ax.set_xticks(named, [in_words(f"{month:+.0f}") if month else event[0] for month in named])
    ax.set_xlim(-reach - 0.7, reach + 0.7)
    return ax
