"""Figures of unrest abroad: rate ratios around it over shuffled networks, and both experts' causes side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED
from analysis.methods.eventtime import Window
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit

_TICKS = (0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10)
_LOOKS = {"abroad": (FOCUS, FOCUS, "o"), "home": (PRINTED, "white", "s")}


def draw_exposure(
    fit: ConditionalPoissonFit,
    shuffled: pd.DataFrame,
    ax: Axes,
    *,
    windows: Mapping[str, Window],
    smallest: float,
    draws: int,
) -> Axes:
    """Draw rate ratios by window around unrest next door, over the middle 95 % of shuffled networks.

    Parameters
    ----------
    fit : ConditionalPoissonFit
        One coefficient per window after the reference.
    shuffled : pandas.DataFrame
        By window: ``low``, ``high`` of the ratios on shuffled networks.
    ax : Axes
        Where to draw.
    windows : mapping of str to (first, last)
        Months of each window; the reference comes first.
    smallest : float
        Smallest rate ratio of interest, dotted.
    draws : int
        Shuffled networks, for the label.
    """
    table, names = fit.table(), list(windows)
    first, last = windows[names[0]]
    ax.hlines(1, first - 0.45, last + 0.45, color=MUTED, linewidth=2.2)
    ax.annotate("reference", ((first + last) / 2, 1), (0, 3), textcoords="offset points", ha="center", fontsize=6,
                color=MUTED)  # fmt: skip
    for name in names[1:]:
        start, stop = windows[name][0] - 0.45, windows[name][1] + 0.45
        row, null = table.loc[name], shuffled.loc[name]
        ax.fill_between([start, stop], null["low"], null["high"], color=FAINT, alpha=0.6, linewidth=0)
        ax.vlines((start + stop) / 2, row["lower"], row["upper"], color=FOCUS, linewidth=1.1)
        ax.hlines(row["rate_ratio"], start, stop, color=FOCUS, linewidth=2.2, zorder=3)
        top = max(row["upper"], null["high"])
        ax.annotate(f"{row['rate_ratio']:.2f}", ((start + stop) / 2, top), (0, 2), textcoords="offset points",
                    ha="center", color=FOCUS, fontsize=6.5)  # fmt: skip
    ax.axvline(0, color=INK, linewidth=0.6, linestyle="--", zorder=0)
    ax.axhline(1, color=INK, linewidth=0.6, zorder=0)
    ax.axhline(smallest, color=PRINTED, linewidth=0.8, linestyle=":", zorder=0)
    low = float(min(table["lower"].min(), shuffled["low"].min())) * 0.72
    high = float(max(table["upper"].max(), shuffled["high"].max())) * 1.4
    _log_axis(ax, low, high, "y")
    ax.annotate(f"grey: {draws} shuffled networks", (first - 0.4, low * 1.06), color=MUTED, fontsize=6)
    ax.annotate(
        f"dotted: {smallest:g}", (windows[names[-1]][1] + 0.4, low * 1.06), color=PRINTED, fontsize=6, ha="right"
    )
    ax.annotate("unrest begins", (0, high), (2, -2), textcoords="offset points", fontsize=6, va="top")
    reach = -first
    ax.set_xticks(
        np.linspace(-reach, reach, 9), [f"{month:+.0f}" if month else "0" for month in np.linspace(-reach, reach, 9)]
    )
    ax.set_xlim(-reach - 0.7, reach + 0.7)
    ax.set_xlabel("Months from the first month of unrest next door")
    ax.set_ylabel("Rate ratio, exposed to other quiet states")
    return ax


def draw_causes(frame: pd.DataFrame, ax: Axes, *, smallest: float) -> Axes:
    """Draw what each expert's cause does on the same outcome, one row a cause.

    Parameters
    ----------
    frame : pandas.DataFrame
        By cause: ``rate_ratio``, ``lower``, ``upper``, ``expert`` (``abroad`` or ``home``).
    ax : Axes
        Where to draw.
    smallest : float
        Smallest rate ratio of interest, dotted.
    """
    y = np.arange(len(frame))[::-1]
    for place, row in zip(y, frame.itertuples(), strict=True):
        colour, face, marker = _LOOKS[str(row.expert)]
        ax.hlines(place, row.lower, row.upper, color=colour, linewidth=1.1)
        ax.scatter([row.rate_ratio], [place], s=22, marker=marker, facecolor=face, edgecolor=colour, linewidths=0.9,
                   zorder=3)  # fmt: skip
    ax.axvline(1, color=INK, linewidth=0.6, zorder=0)
    ax.axvline(smallest, color=PRINTED, linewidth=0.8, linestyle=":", zorder=0)
    ax.set_yticks(y, [str(cause) for cause in frame.index])
    ax.set_ylim(-0.6, len(y) - 0.4)
    _log_axis(ax, float(frame["lower"].min()) * 0.85, float(frame["upper"].max()) * 1.15, "x")
    ax.set_xlabel("Rate ratio (log scale), 95% interval")
    return ax


def _log_axis(ax: Axes, low: float, high: float, which: str) -> None:
    kept = [tick for tick in _TICKS if low <= tick <= high]
    getattr(ax, f"set_{which}scale")("log")
    getattr(ax, f"set_{which}lim")(low, high)
    getattr(ax, f"set_{which}ticks")(kept, [f"{tick:g}" for tick in kept])
    ax.minorticks_off()
