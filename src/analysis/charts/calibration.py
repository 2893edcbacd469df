"""Figures on simulated worlds: error rates of tests and verdicts of rules against what they promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.charts.style import ACCENT, FAINT, FOCUS, INK, MUTED, PRINTED, SECOND

#: Marker and colour of each kind of world.
MARKS = {
    "no effect": ("o", FOCUS),
    "smallest effect": ("^", ACCENT),
    "twice the smallest effect": ("s", SECOND),
    "clumped": ("D", PRINTED),
    "shared shock": ("X", MUTED),
}
_LIFT = 0.13
_TWO_SIDED = 1.96


def draw_rates(
    frame: pd.DataFrame, axes: Sequence[Axes], *, allowed: Mapping[str, float], order: Sequence[str]
) -> Sequence[Axes]:
    """Draw size, coverage and share of wrong verdicts of every test, one row a test and one mark a world.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table ``calibration``.
    axes : sequence of Axes
        Three, left to right; they share their rows.
    allowed : mapping of str to float
        ``size``: most allowed at nominal 0.05; ``coverage``: least allowed at nominal 0.95.
    order : sequence of str
        Tests from top to bottom.
    """
    size = frame[frame["rejection"] == "size"]
    cover, wrong = frame[frame["coverage"].notna()], frame[frame["wrong_share"].notna()]
    for ax, rows, value in zip(axes, (size, cover, wrong), ("rejected", "coverage", "wrong_share"), strict=True):
        _dots(ax, rows, value, order)
    axes[0].axvspan(0, allowed["size"], color=FAINT, alpha=0.5, linewidth=0)
    axes[1].axvspan(allowed["coverage"], 1, color=FAINT, alpha=0.5, linewidth=0)
    for ax, nominal in zip(axes, (0.05, 0.95), strict=False):
        ax.axvline(nominal, color=INK, linewidth=0.6, linestyle=":")
    for ax in axes:
        ax.set_xlabel("Share of worlds")
        ax.set_ylim(len(order) - 0.5, -0.5)
        ax.set_yticks(range(len(order)), [])
    axes[0].set_yticks(range(len(order)), order)
    # Room for a whole mark at 0 and at 1.
    axes[0].set_xlim(left=-0.012)
    axes[1].set_xlim(right=1.005)
    axes[2].set_xlim(left=-0.003)
    _legend(axes[1])
    return axes


def _dots(ax: Axes, rows: pd.DataFrame, value: str, order: Sequence[str]) -> None:
    place = {test: number for number, test in enumerate(order)}
    for number in range(1, len(order)):
        ax.axhline(number - 0.5, color=FAINT, linewidth=0.3, zorder=0)
    for step, (world, (marker, colour)) in enumerate(MARKS.items()):
        own = rows[rows["world"] == world]
        y = np.array([place[test] for test in own["test"]]) + _LIFT * (step - 2)
        share = own[value].to_numpy(float)
        half = _TWO_SIDED * own[f"{value}_se"].to_numpy(float)
        # A share lies between 0 and 1, and so do the ends of its bar.
        ends = np.minimum(half, [share, 1 - share])
        ax.errorbar(share, y, xerr=ends, fmt="none", ecolor=colour, elinewidth=0.6, zorder=2)
        ax.scatter(share, y, marker=marker, s=9, color=colour, linewidths=0, zorder=3)


def _legend(ax: Axes) -> None:
    marks = [
        Line2D([], [], marker=marker, color=colour, linestyle="none", markersize=3.5, label=world)
        for world, (marker, colour) in MARKS.items()
    ]
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.legend(handles=marks, loc="outside upper center", ncols=len(marks), handletextpad=0.2, columnspacing=1.2)
