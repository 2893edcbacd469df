"""Figures on what came after: indices by edition, ranks by edition and data year, one year re-rated, dated events."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.typing import NDArray

from analysis.charts.style import ACCENT, FAINT, FOCUS, INK, MUTED, PRINTED

_SMALL = 6
# Editions of one index, oldest first: each differs in shade, line and marker.
_LINES = (("#9a9a9a", ":"), ("#6b6b6b", "--"), ("#8c6d31", "-."), (PRINTED, ":"), ("#56B4E9", "--"), (FOCUS, "-"))
# Keeps the line of a moment from running through a name.
_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8}
# Where a name may stand from the end of its line, its size, and points of its box, as shares of a small panel.
_SHIFTS = (
    (0.02, 0),
    (0.01, 0.08),
    (0.01, -0.08),
    (-0.05, 0.1),
    (-0.05, -0.1),
    (0.0, 0.16),
    (0.0, -0.16),
    (-0.1, 0.2),
    (0.0, -0.24),
)
_LETTER, _TALL, _YEARS_WIDE = 0.044, 0.085, 17.0
_BOX = np.stack(np.meshgrid(np.linspace(0, 1, 6), np.linspace(0, 1, 4)), axis=-1).reshape(-1, 2)
_DIRECTIONS = {
    "repression": ("X", PRINTED),
    "restrictive": ("^", PRINTED),
    "mixed": ("D", MUTED),
    "liberalising": ("v", ACCENT),
}


def grid(ax: Axes, rows: int, columns: int) -> list[Axes]:
    """Put a grid of panels in the place of one axes, row by row."""
    figure, place = ax.figure, ax.get_subplotspec()
    assert place is not None
    cells = place.subgridspec(rows, columns)
    ax.remove()
    return [figure.add_subplot(cells[number // columns, number % columns]) for number in range(rows * columns)]


def draw_indices(
    frame: pd.DataFrame, axes: Sequence[Axes], *, mark: float, word: str, broken: str, reverse: str
) -> None:
    """Draw indices as small multiples, every edition as a line of its own.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``panel``, ``unit``, ``edition``, ``data_year``, ``value``, ``lower``, ``upper``.
    axes : sequence of Axes
        One a panel, in the order of the frame.
    mark : float
        Moment that is marked, with ``word`` in the first panel.
    word : str
        See ``mark``.
    broken : str
        Panel whose method changed: its parts are drawn unlike each other, with a gap that no line crosses.
    reverse : str
        Panel whose higher values are worse: its axis is turned, so that up is freer everywhere.
    """
    years = frame["data_year"].min(), frame["data_year"].max()
    for letter, ax, (title, rows) in zip("abcdefgh", axes, frame.groupby("panel", sort=False), strict=False):
        draw = _draw_broken if title == broken else _draw_editions
        draw(rows, ax)
        if title != broken:
            ax.axvline(mark, color=INK, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0)
        ax.set_title(f"{letter}  {title}")
        ax.set_ylabel(str(rows["unit"].iloc[0]))
        ax.set_xlabel("Data year")
        ax.set_xlim(years[0] - 0.5, years[1] + 2.6)
        ax.set_xticks(range(2012, int(years[1]) + 1, 4))
        ax.yaxis.set_major_locator(MaxNLocator(5, integer=bool((rows["value"] % 1 == 0).all())))
        if title == reverse:
            ax.invert_yaxis()
    axes[0].text(
        mark, 0.02, f"{word} ", transform=axes[0].get_xaxis_transform(), ha="right", fontsize=_SMALL, color=INK
    )


def _draw_editions(rows: pd.DataFrame, ax: Axes) -> None:
    parts = [(str(name), part.sort_values("data_year")) for name, part in rows.groupby("edition", sort=False)]
    looks = _LINES[len(_LINES) - len(parts) :]
    # Levels coincide for years on end: a small step apart shows that there are several lines.
    apart = 0.06 if (rows["value"] % 1 == 0).all() else 0.0
    for number, ((_, part), (colour, style)) in enumerate(zip(parts, looks, strict=True)):
        if part["lower"].notna().any():
            band: dict[str, Any] = {"color": colour, "alpha": 0.18, "linewidth": 0}
            ax.fill_between(part["data_year"], part["lower"], part["upper"], **band)
        ax.plot(part["data_year"], part["value"] + apart * number, color=colour, linestyle=style, linewidth=1.1)
    ax.margins(y=0.18)
    _label_ends(parts, [colour for colour, _ in looks], ax)


def _label_ends(parts: Sequence[tuple[str, pd.DataFrame]], colours: Sequence[str], ax: Axes) -> None:
    """Name each line near its end, where the name covers least of any line and of the names before it."""
    low, high = ax.get_ylim()
    scale = np.array([1 / _YEARS_WIDE, 1 / (high - low)])
    dense = [_dense(part[["data_year", "value"]].to_numpy(dtype=float)) * scale for _, part in parts]
    taken = np.concatenate(dense)
    for (name, part), colour in sorted(
        zip(parts, colours, strict=True), key=lambda item: -item[0][1]["value"].iloc[-1]
    ):
        end = part[["data_year", "value"]].iloc[-1].to_numpy(dtype=float) * scale
        size = np.array([_LETTER * len(name), _TALL])
        corners = [end + np.array(shift) - np.array([0, _TALL / 2]) for shift in _SHIFTS]
        covered = [int((((taken >= at) & (taken <= at + size)).all(axis=1)).sum()) for at in corners]
        at = corners[int(np.argmin(covered))]
        taken = np.concatenate([taken, at + size * _BOX])
        x, y = (at + np.array([0, _TALL / 2])) / scale
        ax.text(x, y, name, fontsize=5.5, color=colour, va="center", bbox=_ON_WHITE)


def _dense(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points all along a line."""
    step = np.linspace(0, len(points) - 1, 20 * len(points))
    known = np.arange(len(points))
    return np.column_stack([np.interp(step, known, points[:, 0]), np.interp(step, known, points[:, 1])])


def _draw_broken(rows: pd.DataFrame, ax: Axes) -> None:
    parts = [part.sort_values("data_year") for _, part in rows.groupby("edition", sort=False)]
    for part, colour, face in zip(parts, (MUTED, FOCUS), (MUTED, "white"), strict=False):
        ax.plot(part["data_year"], part["value"], "-o", color=colour, markerfacecolor=face, linewidth=1, markersize=2.8)
    ax.margins(y=0.25)
    for before, after in pairwise(parts):
        first, last = before["data_year"].iloc[-1], after["data_year"].iloc[0]
        ax.axvspan(first + 0.3, last - 0.3, facecolor="none", edgecolor=MUTED, hatch="//////", linewidth=0)
        foot: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "rotation": 90, "fontsize": 5.5, "color": INK}
        ax.text(first + 0.2, 0.03, "method changed", ha="right", va="bottom", **foot)
    for part in parts:
        row = part.iloc[0]
        since = str(row["edition"]).endswith("-")
        words = f"editions since\n{row['edition'][:-1]}" if since else f"editions\n{row['edition']}"
        ends = part["value"].max() if len(parts) == 1 or not since else part["value"].iloc[0]
        look: dict[str, Any] = {"textcoords": "offset points", "fontsize": 5.5, "va": "bottom", "linespacing": 0.95}
        ax.annotate(words, (row["data_year"], ends), (1, 5), **look)


def draw_ranks(ranks: pd.DataFrame, ranked: pd.DataFrame, ax: Axes, *, cited: tuple[int, int]) -> Axes:
    """Draw the rank of every data year in every edition as a table; rows are never joined.

    Parameters
    ----------
    ranks, ranked : pandas.DataFrame
        Rank and number of countries, by edition and data year; missing where not described.
    ax : Axes
    cited : tuple of int
        Edition and data year that are framed.
    """
    years, editions = [int(year) for year in ranks.columns], [int(edition) for edition in ranks.index]
    share = (ranks / ranked).to_numpy(dtype=float)
    ax.imshow(share, cmap="Greys", vmin=0.3, vmax=1.6, aspect="auto")
    for row, edition in enumerate(editions):
        best = ranks.loc[edition].min()
        for column, year in enumerate(years):
            rank = ranks.loc[edition, year]
            if np.isfinite(rank):
                weight = "bold" if rank == best else "normal"
                ax.text(column, row, f"{rank:.0f}", ha="center", va="center", fontsize=_SMALL, fontweight=weight)
                if rank == best:
                    ax.add_patch(Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor=INK, lw=0.8))
    place = years.index(cited[1]) - 0.46, editions.index(cited[0]) - 0.46
    ax.add_patch(Rectangle(place, 0.92, 0.92, fill=False, edgecolor=PRINTED, linewidth=1.8))
    ax.set_xticks(range(len(years)), [f"{year}" for year in years], fontsize=5.5)
    ax.set_yticks(range(len(editions)), [f"{edition} edition" for edition in editions])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("Data year")
    return ax


def draw_rerating(frame: pd.DataFrame, axes: Sequence[Axes], *, margin: float) -> None:
    """Draw one data year as each release rates it: levels in the first panel, changes into the year in the second.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``index``, ``release``, ``data_year``, ``value``, ``lower``, ``upper``, ``change``, ``change_lower``,
        ``change_upper``.
    axes : sequence of Axes
        Two.
    margin : float
        Smallest effect of interest, drawn as a band in the second panel.
    """
    index = frame["index"]
    y = np.arange(len(frame)) + 0.7 * (index != index.shift()).cumsum().to_numpy(dtype=float)
    newest = frame.groupby("index", sort=False).tail(1).index
    axes[1].axvspan(-margin, margin, color=FAINT, alpha=0.55, linewidth=0)
    axes[1].axvline(0, color=MUTED, linewidth=0.6)
    for place, row in zip(y, frame.itertuples(), strict=True):
        colour = FOCUS if row.Index in newest else MUTED
        for ax, value, low, high in (
            (axes[0], row.value, row.lower, row.upper),
            (axes[1], row.change, row.change_lower, row.change_upper),
        ):
            ax.plot([low, high], [place, place], color=colour, linewidth=1.2)
            ax.plot(value, place, "o", color=colour, markersize=4)
        text = f"{row.value:.3f}"
        axes[0].annotate(
            text,
            (np.nanmax([row.value, row.upper]), place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=5.5,
        )
    axes[0].set_yticks(y, _releases(frame))
    axes[1].set_yticks(y, [""] * len(y))
    axes[1].xaxis.set_major_locator(MultipleLocator(margin))
    for ax in axes:
        ax.set_ylim(y[-1] + 0.8, y[0] - 0.8)
    axes[0].set_xlim(0, max(0.6, 1.15 * float(frame["value"].max())))
    axes[0].set_xlabel("Value (V-Dem, 0 to 1, higher = freer)")
    axes[1].set_xlabel("Change from the year before (V-Dem points)")


def _releases(frame: pd.DataFrame) -> list[str]:
    """Return tick labels: the index and its year at its first release, the release alone at the others."""
    heads = frame["index"] + ", " + frame["data_year"].astype(str) + "   "
    first = frame["index"] != frame["index"].shift()
    return (heads.where(first, "") + frame["release"]).tolist()


def draw_marks(ax: Axes, marks: Mapping[float, str]) -> Axes:
    """Mark moments by dotted lines with their names at the foot of the axes."""
    for text in ax.texts:
        # Names of series stay readable where a line of a moment runs behind them.
        text.set_bbox(_ON_WHITE)
    for x, word in marks.items():
        ax.axvline(x, color=INK, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0)
        ax.text(
            x,
            0.01,
            word,
            transform=ax.get_xaxis_transform(),
            rotation=90,
            ha="right",
            va="bottom",
            fontsize=5.5,
            color=INK,
        )
    return ax


def draw_events(frame: pd.DataFrame, ax: Axes, *, width: int = 44) -> Axes:
    """List dated events in order of time, each with a mark for its direction.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``when``, ``direction``, ``event``.
    ax : Axes
    width : int
        Characters a line.
    """
    for row, item in enumerate(frame.itertuples()):
        marker, colour = _DIRECTIONS[str(item.direction)]
        ax.plot(0, row, marker, color=colour, markersize=4)
        ax.text(-0.05, row, str(item.when), ha="right", va="center", fontsize=_SMALL)
        ax.text(
            0.05, row, textwrap.fill(str(item.event), width), ha="left", va="center", fontsize=_SMALL, linespacing=0.95
        )
    for name, (marker, colour) in _DIRECTIONS.items():
        ax.plot([], [], marker, color=colour, label=name, markersize=4)
    ax.legend(loc="upper center", bbox_to_anchor=(0.45, -0.05), ncols=4, columnspacing=1, handletextpad=0.1)
    ax.set_xlim(-0.35, 1)
    ax.set_ylim(len(frame) - 0.4, -0.6)
    ax.set_xlabel("Direction is our coding; sizes are as the sources state them", color=MUTED, fontsize=5.5)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    return ax
