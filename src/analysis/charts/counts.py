"""Figures on pairs of counts: forests of rate ratios, what would undo a finding, and power."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from numpy.typing import ArrayLike

from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED
from analysis.methods.counts_power import TypeIError

# Fall, open and rise: dark, light and middle grey, so that they differ without colour.
_DECISIONS = ListedColormap(["#8fb8d6", "#f0f0f0", "#e6b090"])
_RATIO_TICKS = (0.125, 0.25, 0.5, 1, 2, 4, 8)
_SMALL = 6
_WIDE = 150
# Keeps a line from running through a label.
_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}


def draw_ratios(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    columns: Mapping[str, float],
    smallest: tuple[float, float],
    limits: tuple[float, float],
) -> Axes:
    """Draw rate ratios with their intervals as a forest, in groups, with columns of text at the right.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a comparison: ``group``, ``label``, ``ratio``, ``lower``, ``upper``; optionally ``band_lower`` and
        ``band_upper`` (the interval at the break-even dispersion) and ``hollow`` (derived figures).
    ax : Axes
        Where to draw.
    columns : mapping of str to float
        Columns of the frame that stand as text at the right, with their distance from the axis in points.
    smallest : tuple of float
        Smallest ratios of interest below and above 1, drawn as a band.
    limits : tuple of float
        Ends of the ratio axis; intervals beyond end in an arrow.
    """
    rows = _places(frame)
    ax.axvspan(*smallest, color=FAINT, alpha=0.45, linewidth=0, zorder=0)
    ax.axvline(1, color=MUTED, linewidth=0.7, zorder=0)
    for place, row in zip(rows, frame.itertuples(), strict=True):
        _draw_interval(ax, place, row, limits)
    for name, offset in columns.items():
        _text_column(ax, rows, frame[name], name, offset)
    _group_labels(ax, rows, frame)
    ax.set_xscale("log")
    ax.set_xlim(*limits)
    ticks = [tick for tick in _RATIO_TICKS if limits[0] <= tick <= limits[1]]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    return ax


def draw_decisions(
    decided: ArrayLike,
    ax: Axes,
    *,
    counts: ArrayLike,
    point: tuple[int, int],
    labels: tuple[str, str],
    steps: tuple[int, int],
) -> Axes:
    """Draw what the exact test says of every pair of counts, with the counts at hand and the ways out.

    Parameters
    ----------
    decided : array_like of int, shape (n, n)
        -1 fall, 0 open, 1 rise; rows are second counts, columns first counts.
    ax : Axes
        Where to draw.
    counts : array_like of int, shape (n,)
        Counts of rows and columns, evenly spaced from 0.
    point : tuple of int
        The counts at hand.
    labels : tuple of str
        Names of the two axes.
    steps : tuple of int
        Cases that must leave the first count, or join the second, before the finding is undone; 0 draws no arrow.
    """
    known, (first, second) = np.asarray(counts), point
    top = int(known[-1])
    ax.pcolormesh(
        known,
        known,
        np.asarray(decided),
        cmap=_DECISIONS,
        vmin=-1,
        vmax=1,
        shading="nearest",
        rasterized=True,
        zorder=0,
    )
    arrow = {"arrowstyle": "->", "color": PRINTED, "lw": 1.0, "shrinkA": 2, "shrinkB": 0}
    ways = (
        ((first - steps[0], second), f"−{steps[0]}", (-3, -2), "right", "top"),
        ((first, second + steps[1]), f"+{steps[1]}", (3, 2), "left", "bottom"),
    )
    for end, text, offset, ha, va in ways:
        if end != point:
            ax.annotate("", end, point, arrowprops=arrow, zorder=3)
            ax.annotate(text, end, offset, textcoords="offset points", ha=ha, va=va, color=PRINTED)
    ax.scatter(*point, s=24, color=INK, zorder=4)
    under: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": "top", "fontsize": _SMALL}
    ax.annotate(f"{first}, {second}", point, (0, -5), **under)
    # In a wide range of counts the strip between fall and rise is too narrow for its name.
    between = (("no difference\nshown", 0.27, 0.24),) if top <= _WIDE else ()
    for text, x, y in (("fall", 0.83, 0.12), ("rise", 0.2, 0.88), *between):
        ax.text(x * top, y * top, text, ha="center", va="center", color=INK, fontsize=_SMALL)
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    return ax


def draw_type_i_error(result: TypeIError, ax: Axes, *, break_even: float, observed: Mapping[str, float]) -> Axes:
    """Draw how often the test rejects equal rates when counts clump.

    Parameters
    ----------
    result : TypeIError
        Simulated error rates.
    ax : Axes
        Where to draw.
    break_even : float
        Variance/mean ratio at which the finding is undone; nan or below 1 draws no line.
    observed : mapping of str to float
        Variance/mean ratios of yearly counts, by name; those within the axis are marked at its foot.
    """
    error = 1.96 * result.standard_error
    ax.errorbar(
        result.dispersion, 100 * result.rate, yerr=100 * error, color=FOCUS, marker="o", markersize=3, elinewidth=0.8
    )
    ax.axhline(100 * result.alpha, color=MUTED, linewidth=0.7, linestyle=":")
    last = float(result.dispersion[-1])
    ax.annotate(
        f"nominal {result.alpha:.0%}", (last, 100 * result.alpha), (0, 2), textcoords="offset points", ha="right",
        fontsize=_SMALL, color=MUTED,
    )  # fmt: skip
    top = 100 * float(result.rate.max()) * 1.25
    if break_even >= 1:
        ax.axvline(break_even, color=PRINTED, linewidth=0.9, linestyle="--")
        ax.annotate(
            f"undone at {break_even:.2f}", (break_even, top), (3, -2), textcoords="offset points", va="top",
            fontsize=_SMALL, color=PRINTED,
        )  # fmt: skip
    for name, value in observed.items():
        inside = 1 <= value <= last
        text = f"{name}: {value:.1f}" + ("" if inside else " →")
        ax.annotate(
            text, (min(value, last) if value > 1 else 1, 0), (0, 5), textcoords="offset points",
            ha="right" if value > 1 else "left", fontsize=_SMALL, color=INK, bbox=_ON_WHITE,
        )  # fmt: skip
    ax.set_ylim(0, top)
    ax.set_xlabel("Variance over mean of the yearly counts")
    ax.set_ylabel("Equal rates rejected (%)")
    return ax


def draw_lost_days(frame: pd.DataFrame, ax: Axes, *, marks: Mapping[int, str], break_even: int | None) -> Axes:
    """Draw the rate ratio with its exact interval if more and more days could hold no case.

    Parameters
    ----------
    frame : pandas.DataFrame
        By days lost: ``ratio``, ``lower``, ``upper``.
    ax : Axes
        Where to draw.
    marks : mapping of int to str
        Days that are marked, with their names.
    break_even : int or None
        Days from which the interval holds 1; None or 0 draws no line.
    """
    ax.fill_between(frame.index, frame["lower"], frame["upper"], color=FOCUS, alpha=0.25, linewidth=0)
    ax.plot(frame.index, frame["ratio"], color=FOCUS)
    ax.axhline(1, color=MUTED, linewidth=0.7)
    top = float(frame["upper"].max())
    if break_even:
        left = break_even > 0.3 * frame.index.max()
        ax.axvline(break_even, color=PRINTED, linewidth=0.9, linestyle="--")
        ax.annotate(
            f"undone from\n{break_even} days", (break_even, 1.4 * top), (-3 if left else 3, 0),
            textcoords="offset points", va="top", ha="right" if left else "left", fontsize=_SMALL, color=PRINTED,
        )  # fmt: skip
    for days, name in marks.items():
        row, early = frame.loc[days], days < 0.5 * frame.index.max()
        ax.vlines(days, row["lower"], row["upper"], color=INK, linewidth=0.9)
        ax.scatter([days], [row["ratio"]], s=14, color=INK, zorder=3)
        ax.annotate(
            f"{name},\n{days} days", (days, row["lower" if early else "upper"]), (3, -1) if early else (2, 3),
            textcoords="offset points", va="top" if early else "bottom", ha="left" if early else "right",
            fontsize=_SMALL,
        )  # fmt: skip
    ax.set_yscale("log")
    low = float(frame["lower"].min()) * 0.8
    ticks = [
        tick for tick in ((0.25, 0.5, 1, 2, 4, 8) if top > 3 * low else (0.6, 0.8, 1, 1.2, 1.5)) if low <= tick <= top
    ]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlim(0, frame.index.max())
    ax.set_ylim(low, top * 1.45)
    ax.set_xlabel("Days of the later year without exposure")
    ax.set_ylabel("Rate ratio, exact 95% interval (log scale)")
    return ax


def draw_detectable(frame: pd.DataFrame, ax: Axes, *, marks: Mapping[str, int], smallest: tuple[float, float]) -> Axes:
    """Draw the smallest detectable fall and rise by the count expected in the first year.

    Parameters
    ----------
    frame : pandas.DataFrame
        By ``base``: ``fall`` and ``rise``.
    ax : Axes
        Where to draw.
    marks : mapping of str to int
        Counts at hand, by name.
    smallest : tuple of float
        Smallest ratios of interest below and above 1, drawn as a band.
    """
    ax.axhspan(*smallest, color=FAINT, alpha=0.45, linewidth=0, zorder=0)
    ax.axhline(1, color=MUTED, linewidth=0.7, zorder=0)
    ax.plot(frame.index, frame["fall"], color=FOCUS)
    ax.plot(frame.index, frame["rise"], color=PRINTED, linestyle="--")
    ax.set_xscale("log")
    ax.set_yscale("log")
    for name, base in marks.items():
        fall, rise = (np.interp(np.log(base), np.log(frame.index), frame[column]) for column in ("fall", "rise"))
        ax.scatter([base, base], [fall, rise], s=12, color=INK, zorder=3)
        ha = "left" if base < _WIDE else "right"
        ax.annotate(f"{name}, {base}", (base, rise), (2, 4), textcoords="offset points", fontsize=_SMALL, ha=ha)
        ax.annotate(f"{fall:.2f}", (base, fall), (4, -3), textcoords="offset points", va="top", fontsize=_SMALL)
    ax.set_ylim(0.09, 5)
    ticks = [0.1, 0.2, 0.4, 0.8, 1, 1.25, 2, 4]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    bases = [tick for tick in (5, 10, 20, 50, 100, 200, 500, 1000) if frame.index.min() <= tick <= frame.index.max()]
    ax.set_xticks(bases, [f"{tick:g}" for tick in bases])
    ax.minorticks_off()
    # Each curve carries its name where no count at hand lies.
    for column, row, offset, colour in (("rise", 0, (8, 2), PRINTED), ("fall", -7, (0, -10), FOCUS)):
        start = (frame.index[max(row, -len(frame))], frame[column].iloc[max(row, -len(frame))])
        ax.annotate(f"{column} detected", start, offset, textcoords="offset points", color=colour)
    ax.set_xlabel("Cases expected in the first year (log scale)")
    ax.set_ylabel("Smallest detectable rate ratio (log scale)")
    return ax


def _places(frame: pd.DataFrame) -> list[float]:
    """Rows from top to bottom, with one row free above every group for its heading."""
    starts = frame["group"].ne(frame["group"].shift()).cumsum()
    return [float(-(number + group)) for number, group in enumerate(starts)]


def _draw_interval(ax: Axes, place: float, row: Any, limits: tuple[float, float]) -> None:
    lower, upper = max(row.lower, limits[0]), min(row.upper, limits[1])
    band = (getattr(row, "band_lower", np.nan), getattr(row, "band_upper", np.nan))
    if np.isfinite(band).all():
        ax.hlines(place, max(band[0], limits[0]), band[1], color=PRINTED, linewidth=0.8)
        ax.vlines(band, place - 0.16, place + 0.16, color=PRINTED, linewidth=0.8)
    ax.hlines(place, lower, upper, color=INK, linewidth=1.6, zorder=2)
    for end, beyond, mark in ((lower, row.lower < limits[0], "<"), (upper, row.upper > limits[1], ">")):
        if beyond:
            ax.scatter([end], [place], marker=mark, s=16, color=INK, clip_on=False, zorder=3)
    face = "white" if getattr(row, "hollow", False) else FOCUS
    ax.scatter([row.ratio], [place], s=22, facecolor=face, edgecolor=FOCUS, linewidth=1, zorder=4)


def _group_labels(ax: Axes, rows: list[float], frame: pd.DataFrame) -> None:
    heads = frame["group"].ne(frame["group"].shift()).to_numpy()
    at = ax.get_yaxis_transform()
    for place, group in zip(np.array(rows)[heads], frame["group"][heads], strict=True):
        ax.text(-0.02, place + 1, group, transform=at, ha="right", va="center", fontweight="bold", fontsize=6.5)
    ax.set_yticks(rows, frame["label"])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(rows[-1] - 0.6, 0.6)


def _text_column(ax: Axes, rows: list[float], texts: pd.Series, heading: str, offset: float) -> None:
    look: dict[str, Any] = {"va": "center_baseline", "fontsize": _SMALL, "annotation_clip": False}
    at: dict[str, Any] = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
    ax.annotate(heading, (1, 0), (offset, 0), fontweight="bold", **at, **look)
    for place, text in zip(rows, texts, strict=True):
        ax.annotate(text, (1, place), (offset, 0), **at, **look)
