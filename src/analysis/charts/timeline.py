"""Dated events: lanes, rows of events, and a raster of years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, MonthLocator

from analysis.charts.labels import ON_WHITE, SMALL, tag
from analysis.charts.layout import name_rows
from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED, Look

# Days that a character of a label takes on the axis, and share of the axis from which labels stand left of their mark.
_CHARACTER, _LATE = 3.2, 0.85
# Days that the name of a shock needs beside its mark.
_NEAR = 40
# Distance of rows in a lane, and of the first from the lane's edge.
_STEP, _EDGE = 0.22, 0.16
_MONTHS = {1: "January", 91: "April", 182: "July", 274: "October"}


def date_axis(ax: Axes, *, months: int) -> None:
    """Name every first, sixth or twelfth month on the time axis."""
    ax.xaxis.set_major_locator(MonthLocator(bymonth=range(1, 13, months)))
    ax.xaxis.set_major_formatter(DateFormatter({1: "%b\n%Y", 12: "%Y"}.get(months, "%b %Y")))


def lanes(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    colours: Mapping[str, str],
    span: tuple[str, str],
    shaded: Mapping[str, tuple[Any, Any]],
) -> Axes:
    """Draw dated events in lanes, with periods shaded.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``lane``, ``label``, ``start``, ``end`` (missing: one day), ``open`` (True: no end on record).
    colours : mapping of str to str
        Colours of the lanes, from top to bottom.
    span : tuple of str
        First and last day drawn (ISO).
    shaded : mapping of str to (first, last)
        Periods by name, the later ones darker.
    """
    first, last = pd.Timestamp(span[0]), pd.Timestamp(span[1])
    names = [lane for lane in colours if lane in set(frame["lane"])]
    for (name, (start, stop)), alpha, colour in zip(shaded.items(), (0.35, 0.8), (MUTED, None), strict=False):
        ax.axvspan(start, stop, color=FAINT, alpha=alpha, linewidth=0, zorder=0)
        tag(ax, name, (start + (stop - start) / 2, 0.19), ha="center", va="top", color=colour)
    for number, lane in enumerate(names):
        own = frame[frame["lane"] == lane].sort_values("start")
        for place, row in zip(free_rows(own), own.itertuples(), strict=True):
            _event(ax, row, -number - _EDGE - _STEP * place, colours[lane], first, last)
        if number:
            ax.axhline(0.02 - number, color=FAINT, linewidth=0.4, zorder=0)
    ax.set_yticks([-number - 0.42 for number in range(len(names))], names)
    ax.tick_params(axis="y", length=0)
    ax.set(ylim=(-len(names) + 0.05, 0.2), xlim=(first, last), xlabel="Date")
    date_axis(ax, months=1)
    return ax


def free_rows(own: pd.DataFrame) -> list[int]:
    """Return the row of each event in its lane: the first in which its label meets no other."""
    free: list[pd.Timestamp] = []
    found = []
    for row in own.itertuples():
        end = row.start if pd.isna(row.end) else row.end
        place = next((number for number, until in enumerate(free) if until < row.start), len(free))
        free[place:] = [end + pd.Timedelta(days=8 + _CHARACTER * len(str(row.label))), *free[place + 1 :]]
        found.append(place)
    return found


def _event(ax: Axes, row: Any, y: float, colour: str, first: pd.Timestamp, last: pd.Timestamp) -> None:
    """Draw one event as a dot or a bar, with an arrow if no end is on record, and its label beside it."""
    start, end = max(row.start, first), row.start if pd.isna(row.end) else min(row.end, last)
    if end > start:
        ax.hlines(y, start, end, color=colour, linewidth=2.4)
    if row.start >= first:
        ax.scatter([start], [y], s=13, color=colour, zorder=3, marker=">" if row.open else "o", linewidths=0)
    late = start > first + _LATE * (last - first)
    near, side, ha = (start, -4, "right") if late else (max(start, end), 4, "left")
    tag(ax, row.label, (near, y), (side, 0), ha=ha, va="center", fontsize=6)


def events(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    row: str,
    order: Sequence[str],
    looks: Mapping[Any, Look],
    by: str = "",
    texts: Iterable[str] = (),
    spread: float = 0.0,
    size: float = 20,
) -> Axes:
    """Draw dated events as marks in rows; bars are periods.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``first`` and, if there are periods, ``last``: dates or numbers of days.
    row : str
        Column that says in which row an event stands.
    order : sequence of str
        Rows from top to bottom.
    looks : mapping to Look
        By row, or by the values of the column ``by``.
    by : str
        See ``looks``.
    texts : iterable of str
        A text for each row, at its left over the line.
    spread : float
        Height over which the events of one row are spread.
    size : float
        Area of the marks.
    """
    for number, name in enumerate(order):
        own = frame[frame[row] == name]
        y = -number + (np.linspace(spread, -spread, len(own)) if len(own) > 1 else np.zeros(len(own)))
        if not spread:
            ax.axhline(-number, color=FAINT, linewidth=0.4, zorder=0)
        for key in own[by or row].unique():
            look, chosen = looks[key], (own[by or row] == key).to_numpy()
            if "last" in own:
                ax.hlines(y[chosen], own["first"][chosen], own["last"][chosen], color=look.colour, linewidth=0.9)
            face = "white" if look.hollow else look.colour
            # A white rim parts marks that overlap.
            rim: dict[str, Any] = {"edgecolor": look.colour if look.hollow else "white", "linewidths": 0.02 * size}
            ax.scatter(own["first"][chosen], y[chosen], s=size, marker=look.marker, facecolor=face, zorder=3, **rim)
    for number, text in enumerate(texts):
        tag(ax, text, (0.02, -number), (0, 6), xycoords=("axes fraction", "data"))
    name_rows(ax, [-number for number in range(len(order))], order)
    return ax


def raster(
    events: pd.DataFrame,
    votes: pd.DataFrame,
    shocks: pd.DataFrame,
    ax: Axes,
    *,
    days: int,
    years: tuple[int, int],
    names: Sequence[str],
) -> Axes:
    """Draw events on the days of each year, with the votes between them and shocks abroad.

    Parameters
    ----------
    events : pandas.DataFrame
        ``start`` (date) and ``hit`` (1 if the event counts).
    votes : pandas.DataFrame
        ``date`` and ``early`` (1 if the vote was early).
    shocks : pandas.DataFrame
        ``date`` and ``label``.
    days : int
        Days before and after a vote that are shaded.
    years : tuple of int
        First and last year drawn.
    names : sequence of str
        Of events, events that count, votes, early votes and shocks.
    """
    for date in pd.to_datetime(votes["date"]):
        for year, first, last in year_pieces(date, days):
            if years[0] <= year <= years[1]:
                ax.fill_between([first, last], year - 0.42, year + 0.42, color="#e2e2e2", linewidth=0)
    kinds: tuple[tuple[pd.Series, dict[str, Any]], ...] = (
        (events.loc[events["hit"] == 0, "start"], {"marker": "|", "s": 22, "color": MUTED, "linewidths": 0.7}),
        (events.loc[events["hit"] == 1, "start"], {"marker": "|", "s": 40, "color": PRINTED, "linewidths": 1.8}),
        (votes.loc[votes["early"] == 0, "date"], {"marker": "^", "s": 20, "color": FOCUS, "linewidths": 0.8}),
        (votes.loc[votes["early"] == 1, "date"], {"marker": "^", "s": 20, "c": "white", "edgecolors": FOCUS}),
        (shocks["date"], {"marker": "D", "s": 11, "color": INK, "linewidths": 0}),
    )
    for name, (dates, look) in zip(names, kinds, strict=True):
        stamps = pd.to_datetime(dates.astype(str))
        stamps = stamps[stamps.dt.year.between(*years)]
        if len(stamps):
            ax.scatter(stamps.dt.day_of_year, stamps.dt.year, zorder=4, label=name, **({"linewidths": 0.8} | look))
    pale = ON_WHITE | {"alpha": 0.7}
    for day, label in zip(stamps, shocks.loc[stamps.index, "label"], strict=True):
        late, at = day.day_of_year > _LATE * 365, (day.day_of_year, day.year)
        if ((stamps - day).dt.days.between(1, _NEAR)).any():
            tag(ax, label, at, (0, -3), va="top", ha="center")
        else:
            tag(ax, label, at, (-4 if late else 4, 0), va="center", ha="right" if late else "left", bbox=pale)
    ax.set_yticks(range(years[0] + (-years[0]) % 5, years[1] + 1, 5))
    ax.set_xticks(list(_MONTHS), list(_MONTHS.values()), ha="left")
    ax.set(ylim=(years[1] + 0.6, years[0] - 0.6), xlim=(0, 367), xlabel="Day of the year", ylabel="Year")
    legend = ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=5, handletextpad=0, columnspacing=0.6,
                       borderaxespad=0, borderpad=0.1, fontsize=SMALL)  # fmt: skip
    legend.set_in_layout(False)
    return ax


def year_pieces(date: pd.Timestamp, days: int) -> list[tuple[int, int, int]]:
    """Cut a window around a date at the turns of the year: (year, first day of the year, last)."""
    spread = pd.date_range(date - pd.Timedelta(days=days), date + pd.Timedelta(days=days))
    by_year = pd.Series(spread.day_of_year, index=spread.year).groupby(level=0)
    return [(int(year), int(part.min()), int(part.max())) for year, part in by_year]
