"""Figures on event time: rate ratios around elections, samples compared, one country's raster, shifted calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED
from analysis.methods.eventtime import HALF_YEAR, Window
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit

_RATIO_TICKS = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10, 20)
_MONTH_STARTS = (1, 91, 182, 274)


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
        ax.annotate(
            f"{row['rate_ratio']:.2f}", (middle, row["upper"]), (0, 2), textcoords="offset points", ha="center",
            color=FOCUS, fontsize=6.5,
        )  # fmt: skip
    ax.scatter([int(name) for name in single.index], single["rate_ratio"], s=10, facecolor="white", edgecolor=INK,
               linewidths=0.7, zorder=4)  # fmt: skip
    ax.axhline(1, color=INK, linewidth=0.6)
    ax.axhline(smallest, color=PRINTED, linewidth=0.8, linestyle=":", zorder=0)
    ax.annotate(f"smallest ratio of interest, {smallest:g}", (-6.45, smallest), (0, 2), textcoords="offset points",
                color=PRINTED, fontsize=6)  # fmt: skip
    bottom = float(placebos.min().min())
    ax.annotate(f"{len(placebos)} placebo calendars: all of them", (-6.45, bottom), (0, -3), textcoords="offset points",
                color=MUTED, fontsize=6, va="top")  # fmt: skip
    _ratio_axis(ax, 0.35, 4.2, which="y")
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
                ax.fill_between([first, last], year - 0.42, year + 0.42, color=FAINT, alpha=0.6, linewidth=0)
    calm, hit = (_points(events.loc[events["hit"] == flag, "start"], years) for flag in (0, 1))
    ax.scatter(*calm, marker="|", s=22, color=MUTED, linewidths=0.7, zorder=3, label="protest")
    ax.scatter(*hit, marker="|", s=40, color=PRINTED, linewidths=1.8, zorder=4, label="repressed protest")
    for flag, face, name in ((0, FOCUS, "election, scheduled"), (1, "white", "election, early")):
        place = _points(elections.loc[elections["early"] == flag, "date"], years)
        ax.scatter(*place, marker="^", s=20, facecolor=face, edgecolor=FOCUS, linewidths=0.8, zorder=5, label=name)
    x, y = _points(shocks["date"], years)
    ax.scatter(x, y, marker="D", s=11, color=INK, linewidths=0, zorder=5, label="mass protest abroad")
    for day, year, code in zip(x, y, shocks["iso3"], strict=False):
        ax.annotate(code, (day, year), (4, 0), textcoords="offset points", fontsize=5, va="center", color=INK)
    ax.set_ylim(years[1] + 0.6, years[0] - 0.6)
    ax.set_yticks(range(years[0] + (-years[0]) % 5, years[1] + 1, 5))
    ax.set_xticks(_MONTH_STARTS, ["January", "April", "July", "October"], ha="left")
    ax.set_xlim(0, 367)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, handletextpad=0.2, columnspacing=1.2, borderaxespad=0)
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
    far = float(frame[["upper", "null_high"]].max().max())
    ax.barh(y, frame["null_high"] - frame["null_low"], left=frame["null_low"], height=0.5, color=FAINT, alpha=0.6)
    ax.hlines(y, frame["lower"], frame["upper"], color=FOCUS, linewidth=1)
    ax.scatter(frame["ratio"], y, s=20, color=FOCUS, zorder=3)
    ax.scatter(
        frame["detectable"].where(np.isfinite(frame["detectable"])), y, marker="|", s=60, color=PRINTED, zorder=4
    )
    ax.axvline(1, color=INK, linewidth=0.6, zorder=0)
    for place, row in zip(y, frame.itertuples(), strict=True):
        text = f"{row.events} events, p = {row.p:.2g}"
        ax.annotate(text, (far, place), (0, 8), textcoords="offset points", ha="right", fontsize=6)
    ax.set_yticks(y, [str(name) for name in frame.index])
    ax.set_ylim(-0.6, len(y) - 0.35)
    ax.set_xlim(0, far * 1.03)
    ax.set_xlabel("Events in window / expected")
    ax.set_ylabel(f"{frame.index.name.capitalize()} from the vote")
    return ax


def _points(dates: Sequence[str] | pd.Series, years: tuple[int, int]) -> tuple[pd.Series, pd.Series]:
    stamps = pd.to_datetime(pd.Series(list(dates), dtype="str"))
    stamps = stamps[stamps.dt.year.between(*years)]
    return stamps.dt.dayofyear, stamps.dt.year


def _pieces(date: pd.Timestamp, days: int) -> list[tuple[int, int, int]]:
    """Cut a window around a date at the turns of the year: (year, first day of the year, last)."""
    spread = pd.date_range(date - pd.Timedelta(days=days), date + pd.Timedelta(days=days))
    by_year = pd.Series(spread.dayofyear, index=spread.year).groupby(level=0)
    return [(int(year), int(part.min()), int(part.max())) for year, part in by_year]


def _ratio_axis(ax: Axes, low: float, high: float, *, which: str) -> None:
    ticks = [tick for tick in _RATIO_TICKS if low <= tick <= high]
    getattr(ax, f"set_{which}scale")("log")
    getattr(ax, f"set_{which}lim")(low, high)
    getattr(ax, f"set_{which}ticks")(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
