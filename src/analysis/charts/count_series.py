"""Figures on yearly counts of several sources: one scale, units and definitions never joined in silence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import FOCUS, PRINTED

_SMALL = 6
# Series of one source differ by marker.
_MARKERS = ("o", "^", "D", "s")


def draw_series(frame: pd.DataFrame, ax: Axes, *, labels: Sequence[tuple[str, str, float, float, str]]) -> Axes:
    """Draw yearly counts by source on a log scale, with exact intervals.

    Steps between counts in different units are dotted, derived figures hollow, counts of several years level bars.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``source``, ``what``, ``unit``, ``first_year``, ``last_year``, ``value``, ``lower``, ``upper``, ``derived``.
    ax : Axes
        Where to draw.
    labels : sequence of (source, what, year, value, alignment)
        Where each series carries its name; only these series are drawn.
    """
    drawn: dict[str, int] = {}
    colours = dict(zip(sorted(frame["source"].unique()), (FOCUS, PRINTED), strict=False))
    for source, what, year, value, side in labels:
        chosen = frame[(frame["source"] == source) & (frame["what"] == what)].sort_values("first_year")
        if len(chosen):
            number = drawn[source] = drawn.get(source, -1) + 1
            _draw_one(ax, chosen, colours[source], _MARKERS[number % len(_MARKERS)], 0.1 * number - 0.15)
            ax.text(year, value, f"{what} ({source})", ha=side, va="center", fontsize=_SMALL, color=colours[source])
    ax.set_yscale("log")
    ticks = [3, 10, 30, 100, 300, 1000]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    first, last = int(frame["first_year"].min()), int(frame["last_year"].max())
    ax.set_xticks(range(first, last + 1))
    ax.set_xlim(first - 3.7, last + 0.6)
    ax.set_ylabel("Cases a year (log scale)")
    return ax


def _draw_one(ax: Axes, rows: pd.DataFrame, colour: str, marker: str, shift: float) -> None:
    value, last = rows["value"].to_numpy(), rows["last_year"].to_numpy()
    middle = (rows["first_year"].to_numpy() + last) / 2 + shift
    # A level bar ends 0.4 of a year beyond its last year; steps leave from there.
    ends = np.where(last > rows["first_year"], last + 0.4 + shift, middle)
    same = rows["unit"].eq(rows["unit"].shift()).to_numpy()
    follows = rows["first_year"].to_numpy()[1:] == last[:-1] + 1
    for i in np.flatnonzero(follows):
        ax.plot(
            [ends[i], middle[i + 1]],
            value[i : i + 2],
            color=colour,
            linewidth=0.9,
            linestyle="-" if same[i + 1] else ":",
        )
    for x, row in zip(middle, rows.itertuples(), strict=True):
        ax.vlines(x, row.lower, row.upper, color=colour, linewidth=0.8, alpha=0.6)
        if row.last_year > row.first_year:
            ax.hlines(row.value, row.first_year - 0.4 + shift, row.last_year + 0.4 + shift, color=colour, linewidth=2)
        else:
            face = "white" if row.derived else colour
            ax.scatter([x], [row.value], s=14, marker=marker, facecolor=face, edgecolor=colour, linewidth=0.9, zorder=3)
