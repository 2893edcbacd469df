"""Counts by year: bars with a part filled, and series of several sources on one scale, never joined in silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.labels import SMALL, tag
from analysis.charts.layout import log_axis, name_rows
from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED
from analysis.methods.result import Estimate

_COUNTS = (3, 10, 30, 100, 300, 1000)
# Series of one source differ by marker.
_MARKERS = ("o", "^", "D", "s")


def bars(
    counts: pd.DataFrame,
    ax: Axes,
    *,
    names: Mapping[str, str],
    periods: Mapping[str, tuple[float, float]],
    last: float = 1.0,
) -> Axes:
    """Draw yearly counts as bars, a part of them filled, with periods shaded.

    Parameters
    ----------
    counts : pandas.DataFrame
        By year; the columns that ``names`` names.
    names : mapping of str to str
        Column of all events and column of the part, with their printed names.
    periods : mapping of str to (first, last)
        Ends of the periods compared, in years, by name; later ones are darker.
    last : float
        Share of the last year that was counted: its bar is as wide.
    """
    looks: tuple[dict[str, Any], ...] = (
        {"color": "white", "edgecolor": MUTED, "linewidth": 0.6},
        {"color": PRINTED, "linewidth": 0},
    )
    width = np.where(counts.index == counts.index.max(), last, 1.0)
    middle = counts.index - (1 - width) / 2
    for number, ((column, name), look) in enumerate(zip(names.items(), looks, strict=True)):
        ax.bar(middle, counts[column], width=0.8 * width, zorder=2 + number, label=name, **look)
    top = float(counts[next(iter(names))].max()) * 1.28
    for (name, (first, last)), alpha in zip(periods.items(), (0.45, 0.8), strict=True):
        ax.axvspan(first - 0.5, last - 0.5, color=FAINT, alpha=alpha, linewidth=0, zorder=0)
        ax.annotate(name, ((first + last) / 2 - 0.5, top * 0.985), ha="center", va="top", fontsize=SMALL, color=INK)
    ax.set(ylim=(0, top), xlim=(counts.index.min() - 0.8, counts.index.max() + 0.8), xlabel="Year")
    ax.legend(loc="upper left", borderaxespad=0.1, handlelength=1, labelspacing=0.3)
    return ax


def parts(changes: Mapping[str, Estimate], ax: Axes, *, intervals: Mapping[str, np.ndarray]) -> Axes:
    """Draw what a change is made of, two bars a comparison, the second hatched.

    Parameters
    ----------
    changes : mapping of str to Estimate
        By comparison.
    intervals : mapping of str to ndarray
        By comparison: lower and upper end (columns) of both parts (rows).
    """
    y = np.arange(len(changes))[::-1]
    looks = ((0.17, FOCUS, FOCUS, ""), (-0.17, PRINTED, "white", "////"))
    reached = [0.0]
    for place, (name, change) in zip(y, changes.items(), strict=True):
        bars_drawn = zip((change.first, change.second), intervals[name], change.factors, looks, strict=True)
        for part, (low, high), factor, (shift, colour, face, hatch) in bars_drawn:
            width, at = float(part.sum()), place + shift
            ax.barh(at, width, height=0.3, linewidth=0.6, color=face, edgecolor=colour, hatch=hatch)
            for under, thickness in (("white", 2.4), (INK, 0.9)):
                ax.hlines(at, low, high, color=under, linewidth=thickness)
            text = f"{factor} {width:+.1f}" if place == y[0] else f"{width:+.1f}"
            tag(ax, text, (max(width, high, 0.0), at), (3, 0), va="center", color=colour)
            reached += [width, low, high]
    low, high = min(reached), max(reached)
    reach = high - low or 1.0
    ax.set_xlim(low - 0.05 * reach * (low < 0), high + 0.8 * reach)
    ax.set_xticks([tick for tick in ax.get_xticks() if low <= tick <= high])
    ax.axvline(0, color=INK, linewidth=0.6)
    name_rows(ax, y, changes)
    return ax


def sources(frame: pd.DataFrame, ax: Axes, *, labels: Sequence[tuple[str, str, float, float, str]]) -> Axes:
    """Draw yearly counts by source on a log scale, with intervals.

    Steps between counts in different units are dotted, derived figures hollow, counts of several years level bars.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``source``, ``what``, ``unit``, ``first_year``, ``last_year``, ``value``, ``lower``, ``upper``, ``derived``.
    labels : sequence of (source, what, year, value, alignment)
        Where each series carries its name; only these series are drawn.
    """
    drawn: dict[str, int] = {}
    colours = dict(zip(sorted(frame["source"].unique()), (FOCUS, PRINTED), strict=False))
    for source, what, year, value, side in labels:
        chosen = frame[(frame["source"] == source) & (frame["what"] == what)].sort_values("first_year")
        if len(chosen):
            number = drawn[source] = drawn.get(source, -1) + 1
            _one(ax, chosen, colours[source], _MARKERS[number % len(_MARKERS)], 0.1 * number - 0.15)
            ax.text(year, value, f"{what} ({source})", ha=side, va="center", fontsize=SMALL, color=colours[source])
    log_axis(ax, "y", ticks=_COUNTS)
    first, last = int(frame["first_year"].min()), int(frame["last_year"].max())
    ax.set_xticks(range(first, last + 1))
    ax.set(xlim=(first - 3.7, last + 0.6))
    return ax


def _one(ax: Axes, rows: pd.DataFrame, colour: str, marker: str, shift: float) -> None:
    first, last, value = (rows[name].to_numpy() for name in ("first_year", "last_year", "value"))
    middle, level = (first + last) / 2 + shift, last > first
    # A level bar ends 0.4 of a year beyond its last year; steps leave from there.
    ends = np.where(level, last + 0.4 + shift, middle)
    same = rows["unit"].eq(rows["unit"].shift()).to_numpy()
    for i in np.flatnonzero(first[1:] == last[:-1] + 1):
        line = "-" if same[i + 1] else ":"
        ax.plot([ends[i], middle[i + 1]], value[i : i + 2], color=colour, linewidth=0.9, linestyle=line)
    ax.vlines(middle, rows["lower"], rows["upper"], color=colour, linewidth=0.8, alpha=0.6)
    ax.hlines(value[level], (first - 0.4 + shift)[level], ends[level], color=colour, linewidth=2)
    faces = np.where(rows["derived"], "white", colour)[~level]
    look: dict[str, Any] = {"marker": marker, "edgecolors": colour, "linewidths": 0.9, "zorder": 3}
    ax.scatter(middle[~level], value[~level], s=14, c=faces, **look)
