"""Intervals one below the other: forests of estimates, their groups, panels and comparisons of several series."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from analysis.charts.labels import ON_WHITE, tag
from analysis.charts.layout import log_axis, name_rows
from analysis.charts.style import FAINT, INK, PRINTED, Look
from analysis.methods.poisson import ConditionalPoissonFit
from analysis.methods.result import Estimate

_RATIOS = (0.125, 0.25, 0.5, 1, 2, 4, 8)
_SMALLEST_P = 0.001  # in texts beside a forest
_P = ("p_two_sided", "p_central")
_COMPARED = ["first", "second", "estimate", "lower", "upper", "band_lower", "band_upper", "dispersion", *_P]
# Height of the reference bar behind an interval, in rows.
_BAR = 0.36


def terms_table(fits: Mapping[str, ConditionalPoissonFit], terms: Iterable[str]) -> pd.DataFrame:
    """Return rate ratios of terms that several fits share, one row a sample and term, intervals and p beside."""
    shown = ["rate_ratio", "lower", "upper", "p"]
    parts = [fit.rows(*terms)[shown].rename_axis("window").reset_index() for fit in fits.values()]
    return pd.concat(parts, keys=fits, names=["sample"]).reset_index("sample").reset_index(drop=True)


def forest(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    value: str = "estimate",
    ends: tuple[str, str] | None = ("lower", "upper"),
    under: tuple[str, str] | None = None,
    first: str = "",
    tick: str = "",
    by: Iterable[Hashable] = (),
    looks: Mapping[Any, Look] = {},
    places: ArrayLike | None = None,
    null: float | None = None,
    smallest: float | None = None,
    band: tuple[float, float] | None = None,
    ratio: bool = False,
    reach: tuple[float, float] = (0.85, 1.15),
    floor: float = 0.0,
    texts: Collection[str] = (),
    beside: Literal["edge", "right"] = "edge",
    line: str = "",
    width: float | NDArray[np.float64] = 1.1,
    size: float = 20,
) -> Axes:
    """Draw one estimate a row with its interval.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row an estimate, from top to bottom; the index names the rows.
    value : str
        Column of the estimate.
    ends, under : tuple of str, optional
        Columns of the interval's ends, and of those of a grey bar behind it.
    first, tick : str
        Column of a second, hollow mark, and of a short upright line; none if empty.
    by, looks : iterable, mapping to Look
        Group of each row, and how a group looks; groups that are not named look plain.
    places : array_like of float, optional
        Heights of the rows; without them rows are one apart.
    null, smallest : float, optional
        No effect, drawn as a line, and the smallest effect of interest, dotted.
    band : tuple of float, optional
        Effects too small to matter, shaded.
    ratio, reach, floor : bool, tuple of float, float
        Draw on a log scale; ``reach`` times the least and the largest value are its ends, but no less than ``floor``.
    texts, beside : collection of str, "edge" or "right"
        A text for each row: at the right edge over the row, or right of the interval.
    line : str
        Colour of the intervals, if not that of the marks.
    width : float or ndarray
        Width of the intervals, in points.
    size : float
        Area of the marks.
    """
    y = np.arange(len(frame), dtype=float)[::-1] if places is None else np.asarray(places, dtype=float)
    limits = _limits(frame, [value, first, tick, *(ends or ()), *(under or ())], reach, floor)
    columns = frame.select_dtypes("number")
    shown = columns.clip(lower=limits[0]) if ratio else columns
    if band:
        ax.axvspan(*band, color=FAINT, alpha=0.55, linewidth=0)
    if under:
        low, high = shown[under[0]], shown[under[1]]
        ax.barh(y, high - low, left=low, height=_BAR, color=FAINT, alpha=0.6, linewidth=0, zorder=0)
    chosen = [looks.get(key, Look()) for key in by] or [Look()] * len(frame)
    colours = [look.colour for look in chosen]
    if ends:
        ax.hlines(y, shown[ends[0]], shown[ends[1]], color=line or colours, linewidth=width)
    if first:
        ax.scatter(shown[first], y, s=0.8 * size, facecolor="white", edgecolor=colours, linewidths=0.9, zorder=3)
    # On a bar of its own colour a mark needs a ring.
    _marks(ax, shown[value], y, chosen, size, ring=not line and bool(np.max(width) > 2))
    if tick:
        ax.scatter(shown[tick], y, marker="|", s=60, color=PRINTED, zorder=4)
    if null is not None:
        ax.axvline(null, color=INK, linewidth=0.6, zorder=0)
    if smallest is not None:
        ax.axvline(smallest, color=PRINTED, linewidth=0.8, linestyle=":", zorder=0)
    if ratio:
        log_axis(ax, "x", limits)
    at, offset = [limits[1]] * len(y), (0, 8)
    look: dict[str, Any] = {"ha": "right", "bbox": ON_WHITE | {"alpha": 0.7}}
    if beside == "right":
        at = shown[list(dict.fromkeys([value, *(ends or ())]))].max(axis=1).tolist()
        offset, look = (5, 0), {"va": "center"}
    for place, x, text in zip(y, at, texts, strict=False):
        tag(ax, text, (x, place), offset, **look)
    name_rows(ax, y, frame.index, room=0.9 if len(texts) and beside == "edge" else 0.6)
    return ax


def _limits(frame: pd.DataFrame, names: Sequence[str], reach: tuple[float, float], floor: float) -> tuple[float, float]:
    every = frame[list(dict.fromkeys(name for name in names if name))].to_numpy(dtype=float)
    known = every[np.isfinite(every)] if np.isfinite(every).any() else np.ones(1)
    return max(float(known.min()), floor) * reach[0], float(known.max()) * reach[1]


def _marks(
    ax: Axes, values: pd.Series, y: NDArray[np.float64], looks: Sequence[Look], size: float, *, ring: bool = False
) -> None:
    """Draw the marks, one call a marker: a scatter has one marker only."""
    for marker in dict.fromkeys(look.marker for look in looks):
        own = [number for number, look in enumerate(looks) if look.marker == marker]
        faces = ["white" if looks[number].hollow else looks[number].colour for number in own]
        edges = ["white" if ring else looks[number].colour for number in own]
        ax.scatter(values.iloc[own], y[own], s=size, marker=marker, c=faces, edgecolors=edges, linewidths=0.9, zorder=3)


def dodged(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    rows: str,
    series: str,
    looks: Mapping[str, Look],
    value: str = "estimate",
    order: Sequence[str] = (),
    step: float = 0.32,
    size: float = 16,
    band: tuple[float, float] | None = None,
) -> list[Line2D]:
    """Draw several series in the same rows, a step apart; return the marks of the series, named, for a legend.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row an estimate: the columns that the other arguments name, ``lower`` and ``upper``.
    rows, series : str
        Columns that say in which row an estimate stands and to which series it belongs.
    looks : mapping of str to Look
        Of the series, from top to bottom.
    value : str
        Column of the estimate.
    order : sequence of str
        Rows from top to bottom; by default in the order of the frame.
    step : float
        Distance of the series, in rows.
    size : float
        Area of the marks.
    band : tuple of float, optional
        Values that are shaded.
    """
    order = list(order) or list(dict.fromkeys(frame[rows]))
    place = {name: len(order) - 1.0 - number for number, name in enumerate(order)}
    if band:
        ax.axvspan(*band, color=FAINT, alpha=0.5, linewidth=0)
    handles = []
    for number, (key, look) in enumerate(looks.items()):
        own = frame[frame[series] == key]
        y = own[rows].map(place).to_numpy(dtype=float) + step * ((len(looks) - 1) / 2 - number)
        ax.hlines(y, own["lower"], own["upper"], color=look.colour, linewidth=0.9)
        _marks(ax, own[value], y, [look] * len(own), size)
        face = "white" if look.hollow else look.colour
        mark: dict[str, Any] = {"marker": look.marker, "markerfacecolor": face, "markersize": 4}
        handles.append(Line2D([], [], color=look.colour, label=look.name or key, **mark))
    name_rows(ax, list(place.values()), order, room=0.5)
    return handles


def grouped(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    columns: Mapping[str, float],
    band: tuple[float, float],
    limits: tuple[float, float],
) -> Axes:
    """Draw ratios with their intervals in groups, with columns of text at the right.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a comparison: ``group``, ``label``, ``ratio``, ``lower``, ``upper``; optionally ``band_lower`` and
        ``band_upper`` (a second, thin interval) and ``hollow`` (derived figures).
    columns : mapping of str to float
        Columns of the frame that stand as text at the right, with their distance from the axis in points.
    band : tuple of float
        Ratios too near 1 to matter, shaded.
    limits : tuple of float
        Ends of the ratio axis; intervals beyond end in an arrow.
    """
    heads = frame["group"].ne(frame["group"].shift()).to_numpy()
    # One row is free above every group for its heading.
    y = -(np.arange(len(frame)) + heads.cumsum()).astype(float)
    hollow = frame["hollow"] if "hollow" in frame else [False] * len(frame)
    look: dict[str, Any] = {"by": hollow, "looks": {True: Look(hollow=True)}, "line": INK, "width": 1.6, "size": 22}
    forest(frame.set_index("label"), ax, value="ratio", places=y, null=1, band=band, **look)
    if "band_lower" in frame:
        ax.hlines(y, frame["band_lower"], frame["band_upper"], color=PRINTED, linewidth=0.8, zorder=1)
        for end in (frame["band_lower"], frame["band_upper"]):
            ax.vlines(end, y - 0.16, y + 0.16, color=PRINTED, linewidth=0.8)
    for end, beyond, mark in ((0, frame["lower"] < limits[0], "<"), (1, frame["upper"] > limits[1], ">")):
        arrows = y[beyond.to_numpy()]
        ax.scatter([limits[end]] * len(arrows), arrows, marker=mark, s=16, color=INK, clip_on=False, zorder=3)
    at = ax.get_yaxis_transform()
    style: dict[str, Any] = {"va": "center_baseline", "annotation_clip": False, "xycoords": at}
    for name, offset in columns.items():
        tag(ax, name, (1, 0), (offset, 0), fontweight="bold", **style)
        for place, text in zip(y, frame[name], strict=True):
            tag(ax, text, (1, place), (offset, 0), **style)
    for place, group in zip(y[heads], frame["group"][heads], strict=True):
        ax.text(-0.02, place + 1, group, transform=at, ha="right", va="center", fontweight="bold", fontsize=6.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(y.min(initial=0) - 0.6, 0.6)
    log_axis(ax, "x", limits, _RATIOS)
    return ax


def comparisons_table(results: Sequence[Estimate]) -> pd.DataFrame:
    """Return one row a comparison, for a forest: counts, ratio, both intervals, dispersion and both p."""
    rows = pd.DataFrame([[getattr(result, name) for name in _COMPARED] for result in results], columns=_COMPARED)
    return rows.rename(columns={"estimate": "ratio"})


def comparison_texts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, for rows of `comparisons_table`, texts that stand beside a forest: counts, ratio, dispersion and p."""
    p = {name: [f"{value:.3f}" if value >= _SMALLEST_P else f"<{_SMALLEST_P:g}" for value in rows[name]] for name in _P}
    columns = {
        "counts": [f"{row.first} → {row.second}" for row in rows.itertuples()],
        "ratio (95% interval)": [f"{row.ratio:.2f} ({row.lower:.2f} to {row.upper:.2f})" for row in rows.itertuples()],
        "p": p["p_two_sided"],
        "var/mean": [f"{value:.1f}" if value > 0 else "–" for value in rows["dispersion"]],
        "exact p": p["p_central"],
    }
    return pd.DataFrame(columns, index=rows.index)
