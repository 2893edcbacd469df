"""Strips and maps: many values in a row, ranks by edition, and claims by speaker and paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.charts.labels import ON_WHITE, ordinal, rule, tag
from analysis.charts.layout import log_axis, name_rows
from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED
from analysis.claims.register import Register
from analysis.errors import InputError
from analysis.methods.result import Estimate

# Share of all ranks from which labels stand above their mark, for there is no room below.
_LOW = 0.8
#: Marker and name of each type of claim; shape, not colour, tells them apart.
TYPES = {
    "F": ("o", "figure or event"),
    "X": ("^", "extremum"),
    "T": ("s", "change"),
    "S": ("D", "timing"),
    "K": ("P", "composition"),
    "M": ("*", "mechanism"),
    "N": ("x", "motive or norm"),
}


def ticks(ax: Axes, y: Sequence[float] | NDArray[Any], values: Iterable[pd.Series], *, size: float = 70) -> None:
    """Draw many values as small upright lines, one row each."""
    for place, row in zip(y, values, strict=True):
        known = row.dropna()
        ax.scatter(known, np.full(len(known), place), marker="|", s=size, color=MUTED, linewidths=0.5)


def ratios(values: Mapping[str, pd.Series], ax: Axes, *, unit: str, name: str) -> Axes:
    """Draw every unit's rate ratio as a tick, one row an outcome, with the middle 90 % and the rank of one unit."""
    if not values:
        raise InputError("no country has a rate ratio to be drawn")
    y = np.arange(len(values), dtype=float)[::-1]
    ticks(ax, y, values.values())
    for place, row in zip(y, values.values(), strict=True):
        low, high = row.quantile([0.05, 0.95])
        ax.hlines(place - 0.22, low, high, color=INK, linewidth=0.8)
        if unit in row:
            ax.scatter([row[unit]], [place], s=26, color=PRINTED, zorder=3)
            rank = int((row >= row[unit] - 1e-9).sum())  # equal counts give equal ratios up to the last bit
            text = f"{name}: {ordinal(rank)} highest of {len(row)}"
            tag(ax, text, (row[unit], place), (0, 7), ha="center", color=PRINTED, bbox=ON_WHITE)
    ax.axvline(1, color=INK, linewidth=0.6, zorder=0)
    name_rows(ax, y, values)
    every = pd.concat(list(values.values()))
    log_axis(ax, "x", (float(every.min()) * 0.8, float(every.max()) * 1.3))
    return ax


def vintages(result: Estimate, ax: Axes, *, printed: int | None, sets: pd.DataFrame) -> Axes:
    """Draw the rank of one data year in every edition.

    Parameters
    ----------
    result : Estimate
        Of `vintages` of the methods: ranks by edition; those by each formula are drawn hollow where they differ.
    printed : int or None
        Rank printed elsewhere, drawn as a line.
    sets : pandas.DataFrame
        By edition: ``lower`` and ``upper`` end of the rank confidence set, drawn as a bar.
    """
    frame = result.table()
    x = np.arange(len(frame))
    ax.vlines(x, sets["lower"], sets["upper"], color=FAINT, linewidth=5, zorder=1)
    ax.scatter(x, frame["rank"], s=26, color=FOCUS, zorder=3)
    for (_, ranks), marker in zip(result.by_formula.drop(columns="published").items(), "^v", strict=False):
        other = ranks.where(ranks != frame["rank"])
        ax.scatter(x, other, s=16, marker=marker, facecolor="white", edgecolor=INK, linewidth=0.7, zorder=2)
    for place, (score, rank) in enumerate(zip(frame["score"], frame["rank"], strict=True)):
        up = rank > _LOW * max(frame["n"])
        tag(ax, f"{ordinal(rank)}\n{score:.2f}", (place, rank), (7, -1), va="bottom" if up else "top", fontsize=7)
    if printed is not None:
        words, look = f"printed: {ordinal(printed)}", (PRINTED, "--", 0.8)
        rule(ax, "y", printed, words, place=len(x) - 0.45, look=look, ha="right", fontsize=7)
    ax.set_xticks(x, [f"{edition}\nn = {n}" for edition, n in zip(frame.index, frame["n"], strict=True)])
    ax.set(xlim=(-0.4, len(x) - 0.4), ylim=(max(frame["n"]) + 2, 1))
    ax.set(xlabel="Edition of the index", ylabel=f"Rank for {result.data_year} (1 = freest)")
    return ax


def claim_map(register: Register, ax: Axes) -> Axes:
    """Draw every claim of a register by speaker and paragraph; arcs join claims that contradict each other."""
    speakers = list(dict.fromkeys(claim.speaker for claim in register.claims))
    places = _places(register, speakers)
    for row in range(len(speakers)):
        ax.axhline(row, color=FAINT, linewidth=0.4, zorder=0)
    for kind, (marker, name) in TYPES.items():
        points = np.array([places[claim.id] for claim in register.claims if claim.type == kind]).reshape(-1, 2)
        colour = MUTED if kind == "N" else FOCUS
        ax.scatter(points[:, 0], points[:, 1], marker=marker, s=13, color=colour, linewidths=0.8, label=name, zorder=2)
    arc: dict[str, Any] = {"arrowstyle": "-", "color": PRINTED, "lw": 0.9, "connectionstyle": "arc3,rad=0.15"}
    for claim in register.claims:
        for other in claim.contradicts:
            if claim.id < other:
                ax.annotate("", places[claim.id], places[other], arrowprops=arc, zorder=1)
    ax.plot([], [], color=PRINTED, linewidth=0.9, label="contradict each other")
    ax.set_yticks(range(len(speakers)), speakers)
    ax.set(ylim=(len(speakers) - 0.4, -0.9), xlabel="Paragraph of the article")
    ax.legend(loc="upper center", bbox_to_anchor=(0.35, -0.16), ncols=4, handletextpad=0.3, columnspacing=1)
    return ax


def _places(register: Register, speakers: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Lay claims of one speaker and paragraph side by side, around the paragraph."""
    groups: dict[tuple[int, int], list[str]] = {}
    for claim in register.claims:
        groups.setdefault((claim.paragraph, speakers.index(claim.speaker)), []).append(claim.id)
    places = {}
    for (paragraph, row), ids in groups.items():
        for number, name in enumerate(ids):
            place, line = number % 2 - (min(len(ids), 2) - 1) / 2, number // 2
            places[name] = (paragraph + 0.42 * place, row - 0.2 * line)
    return places
