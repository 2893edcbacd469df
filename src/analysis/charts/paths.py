"""Paths over time: observed and counterfactual, placebos, and editions of one index as lines of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from analysis.charts.labels import ON_WHITE, tag
from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED, Look
from analysis.methods.result import Estimate, in_words

# Editions of one index, oldest first: each differs in shade, line and marker.
_EDITIONS = (("#9a9a9a", ":"), ("#6b6b6b", "--"), ("#8c6d31", "-."), (PRINTED, ":"), ("#56B4E9", "--"), (FOCUS, "-"))
_DRAWN = ["value", "lower", "upper"]
# Where a name may stand from the end of its line, and its size, as shares of a small panel and of its years.
_SHIFTS = np.array(
    [
        (0.02, 0),
        (0.01, 0.08),
        (0.01, -0.08),
        (-0.05, 0.1),
        (-0.05, -0.1),
        (0, 0.16),
        (0, -0.16),
        (-0.1, 0.2),
        (0, -0.24),
    ]
)
_LETTER, _TALL, _YEARS_WIDE = 0.044, 0.085, 17.0
_BOX = np.stack(np.meshgrid(np.linspace(0, 1, 6), np.linspace(0, 1, 4)), axis=-1).reshape(-1, 2)
_DOTTED = (0, (1, 2))


def counterfactuals(comparisons: Mapping[str, Estimate], ax: Axes, *, looks: Mapping[str, Look], unit: str) -> Axes:
    """Draw the observed path and the counterfactual of each estimator.

    Parameters
    ----------
    comparisons : mapping of str to Estimate
        What `synthetic_control` returns, by short name of the estimator; up to three are drawn.
    looks : mapping of str to Look
        Of the estimators.
    unit : str
        Unit of the outcome.
    """
    study = next(iter(comparisons.values())).study
    ax.axvspan(study.first_treated - 0.5, study.times[-1] + 0.5, color=FAINT, alpha=0.4, linewidth=0)
    for (name, result), line in zip(comparisons.items(), ("--", ":", "-."), strict=False):
        path, look = study.values[:, 0] - result.gaps[0], looks[name]
        ax.plot(study.times, path, line, color=look.colour, linewidth=1, label=look.name.split(" (")[0])
    ax.plot(study.times, study.values[:, 0], color=INK, linewidth=1.6, label=f"{in_words(str(study.treated))} observed")
    # Paths cross wherever a legend could lie inside.
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, columnspacing=1, handlelength=1.6)
    ax.set(xlabel="Data year", ylabel=unit)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return ax


def gaps(comparison: Estimate, ax: Axes, *, margin: float, unit: str) -> Axes:
    """Draw the gaps of all placebos in grey and that of the treated unit on top; the margin is a band around 0."""
    times = comparison.study.times
    ax.axhspan(-margin, margin, color=FAINT, alpha=0.55, linewidth=0)
    ax.plot(times, comparison.gaps[1:].T, color=MUTED, linewidth=0.4, alpha=0.45)
    ax.plot(times, comparison.gaps[0], color=FOCUS, linewidth=1.8)
    ax.axvline(comparison.study.first_treated - 0.5, color=INK, linewidth=0.6, linestyle=":")
    # A few placebos with broken paths would flatten all the others.
    reach = max(float(np.quantile(np.abs(comparison.gaps), 0.995)), 2 * margin)
    ax.set(ylim=(-reach, reach), xlabel="Data year", ylabel=f"Gap, {unit}")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return ax


def editions(
    frame: pd.DataFrame, axes: Sequence[Axes], *, mark: float, word: str, broken: str = "", reverse: str = ""
) -> None:
    """Draw indices as small multiples, every edition as a line of its own.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``panel``, ``unit``, ``edition``, ``data_year``, ``value``, ``lower``, ``upper``.
    axes : sequence of Axes
        One a panel, in the order of the frame.
    mark, word : float, str
        Moment that is marked, and its name, which stands in the first panel.
    broken : str
        Panel whose method changed: its parts are drawn unlike each other, with a gap that no line crosses.
    reverse : str
        Panel whose higher values are worse: its axis is turned, so that up is better everywhere.
    """
    first, last = int(frame["data_year"].min()), int(frame["data_year"].max())
    ends = frame.assign(low=frame[_DRAWN].min(axis=1), high=frame[_DRAWN].max(axis=1)).groupby(["unit", "panel"])
    widest = (ends["high"].max() - ends["low"].min()).groupby("unit").max()
    # An edition looks the same in every panel.
    known = sorted({*frame.loc[frame["panel"] != broken, "edition"].astype(str)} - {""})
    looks = {"": _EDITIONS[-1]} | dict(zip(known[::-1], _EDITIONS[::-1], strict=False))
    for letter, ax, (title, rows) in zip("abcdefgh", axes, frame.groupby("panel", sort=False), strict=False):
        parts = {str(name): part.sort_values("data_year") for name, part in rows.groupby("edition", sort=False)}
        whole = bool((rows["value"] % 1 == 0).all())
        if title == broken:
            _with_a_gap(parts, ax)
        else:
            own = [looks.get(name, _EDITIONS[0]) for name in parts]
            _apart(parts, ax, own, step=0.06 if whole else 0.0, room=widest[rows["unit"].iloc[0]])
            ax.axvline(mark, color=INK, linewidth=0.7, linestyle=_DOTTED, zorder=0)
        ax.set(title=f"{letter}  {title}", ylabel=str(rows["unit"].iloc[0]), xlabel="Data year")
        ax.set_xlim(first - 0.5, last + 2.6)
        ax.set_xticks(range(first + (-first) % 4, last + 1, 4))
        ax.yaxis.set_major_locator(MaxNLocator(5, integer=whole))
        if title == reverse:
            ax.invert_yaxis()
    axes[0].text(mark, 1, word, transform=axes[0].get_xaxis_transform(), va="bottom", fontsize=6, color=INK)


def _apart(
    parts: Mapping[str, pd.DataFrame], ax: Axes, looks: Sequence[tuple[str, str]], *, step: float, room: float
) -> None:
    """Draw a line an edition on one scale for a unit; levels that coincide for years are a small step apart."""
    for number, (part, (colour, style)) in enumerate(zip(parts.values(), looks, strict=True)):
        if part["lower"].notna().any():
            ax.fill_between(part["data_year"], part["lower"], part["upper"], color=colour, alpha=0.18, linewidth=0)
        ax.plot(part["data_year"], part["value"] + step * number, color=colour, linestyle=style, linewidth=1.1)
    low, high = ax.dataLim.intervaly
    around = 0.7 * (room or 1)
    ax.set_ylim((low + high) / 2 - around, (low + high) / 2 + around)
    _name_ends(parts, [colour for colour, _ in looks], ax)


def _name_ends(parts: Mapping[str, pd.DataFrame], colours: Sequence[str], ax: Axes) -> None:
    """Name each line near its end, where the name covers least of any line and of the names before it."""
    low, high = ax.get_ylim()
    scale = np.array([1 / _YEARS_WIDE, 1 / (high - low)])
    lines = {name: part[["data_year", "value"]].to_numpy(dtype=float) * scale for name, part in parts.items()}
    taken = np.concatenate([_dense(line) for line in lines.values()])
    order = sorted(zip(lines.items(), colours, strict=True), key=lambda item: -item[0][1][-1, 1])
    for (name, line), colour in order:
        size = np.array([_LETTER * len(name), _TALL])
        corners = line[-1] + _SHIFTS - np.array([0, _TALL / 2])
        covered = [int(((taken >= corner) & (taken <= corner + size)).all(axis=1).sum()) for corner in corners]
        chosen = int(np.argmin(covered))
        at = corners[chosen]
        taken = np.concatenate([taken, at + size * _BOX])
        place, box = (at + np.array([0, _TALL / 2])) / scale, ON_WHITE | {"alpha": 0.8, "pad": 0.4}
        x, y = place
        ax.text(x, y, name, fontsize=6, color=colour, va="center", bbox=box)
        if chosen and name:  # what is not right beside its end is led there by a thin line
            ax.plot(*zip(line[-1] / scale, place, strict=True), color=colour, linewidth=0.4, scalex=False, scaley=False)


def _dense(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points all along a line."""
    step, known = np.linspace(0, len(points) - 1, 20 * len(points)), np.arange(len(points))
    return np.column_stack([np.interp(step, known, column) for column in points.T])


def _with_a_gap(parts: Mapping[str, pd.DataFrame], ax: Axes) -> None:
    """Draw parts that no line may join, each unlike the one before, and hatch what lies between them."""
    for part, colour, face in zip(parts.values(), (MUTED, FOCUS), (MUTED, "white"), strict=False):
        ax.plot(part["data_year"], part["value"], "-o", color=colour, markerfacecolor=face, linewidth=1, markersize=2.8)
    ax.margins(y=0.25)
    for before, after in pairwise(parts.values()):
        first, last = before["data_year"].iloc[-1], after["data_year"].iloc[0]
        ax.axvspan(first + 0.3, last - 0.3, facecolor="none", edgecolor=MUTED, hatch="//////", linewidth=0)
        foot: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "rotation": 90, "fontsize": 6, "color": INK}
        ax.text(first + 0.2, 0.03, "method changed", ha="right", va="bottom", **foot)
    for name, part in parts.items():
        since = name.endswith("-")
        words = f"editions since\n{name[:-1]}" if since else f"editions\n{name}"
        top = part["value"].iloc[0] if since and len(parts) > 1 else part["value"].max()
        tag(ax, words, (part["data_year"].iloc[0], top), (1, 5), fontsize=6, va="bottom", linespacing=0.95)
