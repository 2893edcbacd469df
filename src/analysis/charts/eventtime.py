"""Figures on event time: rate ratios around elections, samples compared, one country's raster, shifted calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED
from analysis.methods.eventtime import HALF_YEAR, Window
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit

_RATIO_TICKS = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10, 20)
_FEWER_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
SHADE = "#e2e2e2"
# Range of a ratio axis from which it carries fewer ticks.
_WIDE = 20
_MONTH_STARTS = (1, 91, 182, 274)
# Day of the year from which labels stand left of their mark.
_LATE = 310
# Smallest ratio drawn: shifted calendars without any event in a window have none.
_FLOOR = 0.15


def draw_event_time(
    windows: ConditionalPoissonFit,
    monthly: ConditionalPoissonFit,
    placebos: pd.DataFrame,
    ax: Axes,
    *,
    spans: Mapping[str, Window] = HALF_YEAR,
    smallest: float,
) -> Axes:
    """Draw rate ratios of event-time windows and single months, over the ribbon of placebo calendars.

    Parameters
    ----------
    windows, monthly : ConditionalPoissonFit
        Fit of the registered windows; fit with one coefficient per month, named ``+0`` and so on.
    placebos : pandas.DataFrame
        Rate ratios by moved calendar (rows) and window (columns).
    ax : Axes
        Where to draw.
    spans : mapping of str to (first, last)
        Months of each window.
    smallest : float
        Smallest rate ratio of interest, drawn as a dotted line.
    """
    table, single = windows.table(), monthly.table()
    for name, (first, last) in spans.items():
        low, high = placebos[name].min(), placebos[name].max()
        ax.fill_between([first - 0.45, last + 0.45], low, high, color=FAINT, alpha=0.55, linewidth=0)
        row, middle = table.loc[name], (first + last) / 2
        ax.fill_between([first - 0.45, last + 0.45], row["lower"], row["upper"], color=FOCUS, alpha=0.22, linewidth=0)
        ax.hlines(row["rate_ratio"], first - 0.45, last + 0.45, color=FOCUS, linewidth=2.2, zorder=3)
        top = max(row["upper"], high, smallest)
        ax.annotate(f"{row['rate_ratio']:.2f}", (middle, top), (0, 2), textcoords="offset points", ha="center",
                    color=FOCUS, fontsize=6.5)  # fmt: skip
    ax.scatter([int(name) for name in single.index], single["rate_ratio"], s=10, facecolor="white", edgecolor=INK,
               linewidths=0.7, zorder=4)  # fmt: skip
    ax.axhline(1, color=INK, linewidth=0.6)
    ax.axhline(smallest, color=PRINTED, linewidth=0.8, linestyle=":", zorder=0)
    bottom, top = (float(getattr(np, end)(pair)) for end, pair in (
        ("min", [placebos.min().min(), table["lower"].min(), single["rate_ratio"].min()]),
        ("max", [placebos.max().max(), table["upper"].max(), single["rate_ratio"].max()]),
    ))  # fmt: skip
    _ratio_axis(ax, bottom * 0.72, top * 1.15, which="y")
    ax.annotate(f"grey: all {len(placebos)} placebo calendars", (-6.45, bottom * 0.75), color=MUTED, fontsize=6)
    ax.annotate(f"dotted: smallest ratio of interest, {smallest:g}", (6.45, bottom * 0.75), color=PRINTED, fontsize=6,
                ha="right")  # fmt: skip
    ax.set_xticks(range(-6, 7, 2), [f"{month:+d}" if month else "vote" for month in range(-6, 7, 2)])
    ax.set_xlim(-6.7, 6.7)
    ax.set_xlabel("Months from the national election")
    ax.set_ylabel("Rate ratio to other months of the country-year")
    return ax


def draw_contrasts(frame: pd.DataFrame, ax: Axes, *, titles: Mapping[str, str]) -> Axes:
    """Draw one rate ratio for each sample and window, with 95 % intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``sample``, ``window``, ``rate_ratio``, ``lower``, ``upper``.
    ax : Axes
        Where to draw.
    titles : mapping of str to str
        Printed name of each window, the first drawn filled.
    """
    labels = list(dict.fromkeys(frame["sample"]))
    styles = [(0.16, FOCUS, FOCUS, "o"), (-0.16, "white", INK, "s")]
    for (window, _), (shift, face, edge, marker) in zip(titles.items(), styles, strict=True):
        own = frame[frame["window"] == window].set_index("sample").loc[labels]
        y = np.arange(len(labels))[::-1] + shift
        ax.hlines(y, own["lower"], own["upper"], color=edge, linewidth=0.9)
        ax.scatter(own["rate_ratio"], y, s=16, marker=marker, facecolor=face, edgecolor=edge, linewidths=0.8, zorder=3)
    ax.axvline(1, color=INK, linewidth=0.6, zorder=0)
    handles = [
        Line2D([], [], marker=marker, markersize=4, linestyle="-", color=edge, markerfacecolor=face, label=name)
        for name, (_, face, edge, marker) in zip(titles.values(), styles, strict=True)
    ]
    ax.legend(handles=handles, loc="lower right", borderaxespad=0.1, handlelength=1.6)
    ax.set_yticks(np.arange(len(labels))[::-1], labels)
    _ratio_axis(ax, float(frame["lower"].min()) * 0.95, float(frame["upper"].max()) * 1.05, which="x")
    ax.set_xlabel("Rate ratio (log scale), 95% interval")
    return ax


def draw_raster(
    events: pd.DataFrame, elections: pd.DataFrame, shocks: pd.DataFrame, ax: Axes, *, days: int, years: tuple[int, int]
) -> Axes:
    """Draw one country's events on the days of each year, with elections and mass protest abroad.

    Parameters
    ----------
    events : pandas.DataFrame
        ``start`` (date) and ``hit`` (1 if the event counts as repressed).
    elections : pandas.DataFrame
        ``date`` and ``early`` (1 if the vote was early).
    shocks : pandas.DataFrame
        ``date`` and ``iso3`` of mass protest abroad.
    ax : Axes
        Where to draw.
    days : int
        Days before and after an election that are shaded.
    years : tuple of int
        First and last year drawn.
    """
    for row in elections.itertuples():
        for year, first, last in _pieces(pd.Timestamp(row.date), days):
            if years[0] <= year <= years[1]:
                ax.fill_between([first, last], year - 0.42, year + 0.42, color=SHADE, linewidth=0)
    _mark(ax, events.loc[events["hit"] == 0, "start"], years, "protest", marker="|", s=22, color=MUTED, linewidths=0.7)
    _mark(ax, events.loc[events["hit"] == 1, "start"], years, "repressed protest", marker="|", s=40, color=PRINTED,
          linewidths=1.8)  # fmt: skip
    for flag, face, name in ((0, FOCUS, "election, scheduled"), (1, "white", "election, early")):
        dates = elections.loc[elections["early"] == flag, "date"]
        _mark(ax, dates, years, name, marker="^", s=20, facecolor=face, edgecolor=FOCUS, linewidths=0.8)
    x, y = _points(shocks["date"], years)
    ax.scatter(x, y, marker="D", s=11, color=INK, linewidths=0, zorder=5, label="mass protest abroad")
    for day, year, code in zip(x, y, shocks["iso3"].to_numpy()[x.index], strict=True):
        side, align = (-4, "right") if day > _LATE else (4, "left")
        ax.annotate(code, (day, year), (side, 0), textcoords="offset points", fontsize=5, va="center", ha=align)
    ax.set_ylim(years[1] + 0.6, years[0] - 0.6)
    ax.set_yticks(range(years[0] + (-years[0]) % 5, years[1] + 1, 5))
    ax.set_xticks(_MONTH_STARTS, ["January", "April", "July", "October"], ha="left")
    ax.set_xlim(0, 367)
    legend = ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=5, handletextpad=0, columnspacing=0.6,
                       borderaxespad=0, borderpad=0.1, fontsize=6)  # fmt: skip
    legend.set_in_layout(False)
    return ax


def draw_shifts(frame: pd.DataFrame, ax: Axes) -> Axes:
    """Draw ratios of events near elections to those expected, over what shifted calendars give.

    Parameters
    ----------
    frame : pandas.DataFrame
        By window: ``ratio``, ``lower``, ``upper``, ``null_low``, ``null_high``, ``p``, ``events``, ``detectable``.
    ax : Axes
        Where to draw.
    """
    y = np.arange(len(frame))[::-1]
    low, high = frame["null_low"].clip(lower=_FLOOR), frame["null_high"].clip(lower=_FLOOR)
    ax.barh(y, high - low, left=low, height=0.36, color=FAINT, alpha=0.6, linewidth=0)
    ax.hlines(y, frame["lower"].clip(lower=_FLOOR), frame["upper"], color=FOCUS, linewidth=1)
    ax.scatter(frame["ratio"].clip(lower=_FLOOR), y, s=20, color=FOCUS, zorder=3)
    detectable = frame["detectable"].where(np.isfinite(frame["detectable"]))
    ax.scatter(detectable, y, marker="|", s=60, color=PRINTED, zorder=4)
    ax.axvline(1, color=INK, linewidth=0.6, zorder=0)
    far = 1.1 * float(pd.concat([frame["upper"], high, detectable]).max())
    for place, row in zip(y, frame.itertuples(), strict=True):
        text = f"{row.events} of {row.total} events, p = {row.p:.2g}"
        ax.annotate(text, (far, place), (0, 9), textcoords="offset points", ha="right", fontsize=6)
    ax.set_yticks(y, [str(name) for name in frame.index])
    ax.set_ylim(-0.6, len(y) - 0.3)
    _ratio_axis(ax, _FLOOR, far, which="x")
    ax.set_xlabel("Events in window / expected (log scale)")
    ax.set_ylabel(f"{str(frame.index.name).capitalize()} from the vote")
    return ax


def _mark(ax: Axes, dates: pd.Series, years: tuple[int, int], name: str, **style: Any) -> None:
    """Mark dates inside the years; a kind without any gets no entry in the legend."""
    x, y = _points(dates, years)
    if len(x):
        ax.scatter(x, y, zorder=4, label=name, **style)


def _points(dates: Sequence[str] | pd.Series, years: tuple[int, int]) -> tuple[pd.Series, pd.Series]:
    stamps = pd.to_datetime(pd.Series(list(dates), dtype="str"))
    stamps = stamps[stamps.dt.year.between(*years)]
    return stamps.dt.day_of_year, stamps.dt.year


def _pieces(date: pd.Timestamp, days: int) -> list[tuple[int, int, int]]:
    """Cut a window around a date at the turns of the year: (year, first day of the year, last)."""
    spread = pd.date_range(date - pd.Timedelta(days=days), date + pd.Timedelta(days=days))
    by_year = pd.Series(spread.day_of_year, index=spread.year).groupby(level=0)
    return [(int(year), int(part.min()), int(part.max())) for year, part in by_year]


def _ratio_axis(ax: Axes, low: float, high: float, *, which: str) -> None:
    every = _RATIO_TICKS if high / low < _WIDE else _FEWER_TICKS
    ticks = [tick for tick in every if low <= tick <= high]
    getattr(ax, f"set_{which}scale")("log")
    getattr(ax, f"set_{which}lim")(low, high)
    getattr(ax, f"set_{which}ticks")(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
