"""Figures of the tax case: rivals on one time line, records by days from the vote, and randomised election dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, MonthLocator, YearLocator

from analysis.charts.style import ACCENT, FAINT, FOCUS, INK, MUTED, PRINTED

_SPAN = (pd.Timestamp("2020-04-20"), pd.Timestamp("2021-05-12"))
_LANES = {
    "unrest abroad": FOCUS,
    "pandemic": MUTED,
    "election": INK,
    "tax case": PRINTED,
    "statements": ACCENT,
}
_STEPS = {
    "checks": (INK, "s"),
    "notice": (FOCUS, "o"),
    "statement": (ACCENT, "D"),
    "fine": (PRINTED, "^"),
    "suspension": (PRINTED, "v"),
    "cancellation": (MUTED, "X"),
    "court": (MUTED, "P"),
}
# Days that a character of a label takes on the axis, and the day from which labels stand left of their mark.
_CHARACTER, _LATE = 2.5, pd.Timestamp("2021-03-15")
# Distance of rows in a lane, and of the first from the lane's edge.
_STEP, _EDGE = 0.22, 0.16


def draw_timeline(frame: pd.DataFrame, ax: Axes, *, onset: Sequence[pd.Timestamp], days: int) -> Axes:
    """Draw dated events in lanes over one year, with the onset of the case and the days before it shaded.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``lane``, ``label``, ``start``, ``end`` (missing: one day), ``open`` (True: no end on record).
    ax : Axes
        Where to draw.
    onset : sequence of Timestamp
        First check; first notice that is known by the day.
    days : int
        Days before the first check that are shaded lightly.
    """
    lanes = [lane for lane in _LANES if lane in set(frame["lane"])]
    ax.axvspan(onset[0] - pd.Timedelta(days=days), onset[0], color=FAINT, alpha=0.35, linewidth=0, zorder=0)
    ax.axvspan(onset[0], onset[1], color=FAINT, alpha=0.8, linewidth=0, zorder=0)
    for number, lane in enumerate(lanes):
        own = frame[frame["lane"] == lane].sort_values("start")
        bottom = -float(number)
        for place, row in zip(_places(own), own.itertuples(), strict=True):
            _event(ax, row, bottom - _EDGE - _STEP * place, _LANES[lane])
        if number:
            ax.axhline(bottom + 0.02, color=FAINT, linewidth=0.4, zorder=0)
    ax.set_yticks([-number - 0.42 for number in range(len(lanes))], lanes)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-len(lanes) + 0.05, 0.2)
    ax.set_xlim(*_SPAN)
    ax.annotate("onset of the case", (onset[0] + (onset[1] - onset[0]) / 2, 0.19), ha="center", va="top", fontsize=6)
    middle = onset[0] - pd.Timedelta(days=days / 2)
    ax.annotate(f"{days} days before", (middle, 0.19), ha="center", va="top", fontsize=6, color=MUTED)
    ax.xaxis.set_major_locator(MonthLocator())
    ax.xaxis.set_major_formatter(DateFormatter("%b\n%Y"))
    return ax


def _places(own: pd.DataFrame) -> list[int]:
    """Return the row of each event in its lane: the first in which its label meets no other."""
    free: list[pd.Timestamp] = []
    found = []
    for row in own.itertuples():
        end = row.start if pd.isna(row.end) else row.end
        place = next((number for number, until in enumerate(free) if until < row.start), len(free))
        free[place:] = [end + pd.Timedelta(days=8 + _CHARACTER * len(str(row.label))), *free[place + 1 :]]
        found.append(place)
    return found


def _event(ax: Axes, row: Any, y: float, colour: str) -> None:
    """Draw one event as a dot or a bar, with an arrow if no end is on record, and its label beside it."""
    start, last = max(row.start, _SPAN[0]), row.start if pd.isna(row.end) else min(row.end, _SPAN[1])
    if last > start:
        ax.hlines(y, start, last, color=colour, linewidth=2.4)
    if row.start >= _SPAN[0]:
        ax.scatter([start], [y], s=13, color=colour, zorder=3, marker=">" if row.open else "o", linewidths=0)
    near, side, align = (start, -4, "right") if start > _LATE else (last, 4, "left")
    ax.annotate(row.label, (near, y), (side, 0), textcoords="offset points", va="center", ha=align, fontsize=5.6)


def draw_days(frame: pd.DataFrame, ax: Axes, *, called: int, days: int) -> Axes:
    """Draw every record of the case by days from the vote, one row a step; bars are periods that sources give.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``step``, ``first``, ``last`` in days from the vote.
    ax : Axes
        Where to draw.
    called : int
        Day on which the vote was called.
    days : int
        Days before the vote that are shaded.
    """
    ax.axvspan(-days, 0, color=FAINT, alpha=0.6, linewidth=0, zorder=0)
    steps = [step for step in _STEPS if step in set(frame["step"])]
    for number, step in enumerate(steps):
        own, (colour, marker) = frame[frame["step"] == step], _STEPS[step]
        y = -number + np.linspace(0.22, -0.22, len(own)) if len(own) > 1 else np.array([-float(number)])
        ax.hlines(y, own["first"], own["last"], color=colour, linewidth=0.9)
        ax.scatter(own["first"], y, s=11, marker=marker, color=colour, linewidths=0, zorder=3)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.axvline(called, color=INK, linewidth=0.7, linestyle="--")
    top = 0.85
    ax.annotate("vote", (0, top), (3, 0), textcoords="offset points", va="top", fontsize=6)
    ax.annotate("called", (called, top), (-3, 0), textcoords="offset points", va="top", ha="right", fontsize=6)
    counts = frame["step"].value_counts()
    ax.set_yticks([-number for number in range(len(steps))], [f"{step} ({counts[step]})" for step in steps])
    ax.set_ylim(-len(steps) + 0.45, top + 0.1)
    ax.set_xlabel("Days from the vote (in brackets: number of records)")
    return ax


def draw_chance(
    frame: pd.DataFrame, ax: Axes, *, votes: Sequence[str], earlier: Sequence[str], days: int, first: str, last: str
) -> Axes:
    """Draw tax episodes and votes on one calendar, one row for each step that can count as the beginning.

    Parameters
    ----------
    frame : pandas.DataFrame
        By step: ``date`` of the last episode, ``near``, ``episodes``, ``p``.
    ax : Axes
        Where to draw.
    votes, earlier : sequence of str
        ISO dates of national votes, and of the episodes before the last.
    days : int
        Days before a vote that are shaded.
    first, last : str
        Ends of the calendar (ISO).
    """
    y = np.arange(len(frame))[::-1]
    for day in pd.to_datetime(list(votes)):
        ax.axvspan(day - pd.Timedelta(days=days), day, color=FAINT, alpha=0.8, linewidth=0, zorder=0)
        ax.axvline(day, color=INK, linewidth=0.8, zorder=0)
        ax.annotate("vote", (day, len(y) - 0.42), (-3, 0), textcoords="offset points", va="top", ha="right", fontsize=6)
    for place, row in zip(y, frame.itertuples(), strict=True):
        old = pd.to_datetime(list(earlier))
        ax.scatter(old, np.full(len(old), place), s=20, marker="s", facecolor="white", edgecolor=INK, linewidths=0.8)
        ax.scatter([pd.Timestamp(row.date)], [place], s=20, marker="s", color=PRINTED, zorder=3)
        text = f"{row.near} of {row.episodes}, p = {float(row.p):.2g}"
        ax.annotate(text, (pd.Timestamp(first), place), (4, 6), textcoords="offset points", fontsize=6)
    ax.set_yticks(y, [str(name).replace(", ", ",\n") for name in frame.index])
    ax.set_ylim(-0.5, len(y) - 0.4)
    ax.set_xlim(pd.Timestamp(first), pd.Timestamp(last))
    ax.xaxis.set_major_locator(YearLocator())
    ax.xaxis.set_major_formatter(DateFormatter("%Y"))
    return ax
