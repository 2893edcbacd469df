"""Figures on the register: who claims what, and what later tests could detect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import ACCENT, FAINT, FOCUS, MUTED, PRINTED, SECOND
from analysis.claims.register import Register

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
_STEP = 0.2


def draw_claim_map(register: Register, ax: Axes) -> Axes:
    """Draw every atomic claim by speaker and paragraph; arcs join claims that contradict each other.

    Parameters
    ----------
    register : Register
        The register.
    ax : Axes
        Where to draw.
    """
    speakers = list(dict.fromkeys(claim.speaker for claim in register.claims))
    places = _places(register, speakers)
    for row in range(len(speakers)):
        ax.axhline(row, color=FAINT, linewidth=0.4, zorder=0)
    for kind, (marker, name) in TYPES.items():
        points = np.array([places[claim.id] for claim in register.claims if claim.type == kind])
        colour = MUTED if kind == "N" else FOCUS
        ax.scatter(points[:, 0], points[:, 1], marker=marker, s=13, color=colour, linewidths=0.8, label=name, zorder=2)
    for claim in register.claims:
        for other in claim.contradicts:
            if claim.id < other:
                _arc(ax, places[claim.id], places[other])
    ax.plot([], [], color=PRINTED, linewidth=0.9, label="contradict each other")
    ax.set_yticks(range(len(speakers)), speakers)
    ax.set_ylim(len(speakers) - 0.4, -0.9)
    ax.set_xlabel("Paragraph of the article")
    ax.legend(loc="upper center", bbox_to_anchor=(0.35, -0.16), ncols=4, handletextpad=0.3, columnspacing=1)
    return ax


def draw_power(curves: Mapping[str, pd.DataFrame], ax: Axes, *, power: float, smallest: Sequence[float]) -> Axes:
    """Draw power against the true rate ratio, one curve a design.

    Parameters
    ----------
    curves : mapping of str to pandas.DataFrame
        Columns ``rate_ratio`` and ``power`` by label of the design.
    ax : Axes
        Where to draw.
    power : float
        Power at which detectable effects are stated.
    smallest : sequence of float
        Smallest rate ratios of interest, drawn as bands' edges.
    """
    styles = zip(("-", "--", "-.", ":"), (FOCUS, PRINTED, ACCENT, SECOND), strict=True)
    for (label, frame), (line, colour) in zip(curves.items(), styles, strict=False):
        ax.plot(frame["rate_ratio"], frame["power"], linestyle=line, color=colour, label=label)
    # Curves of unequal designs cross, so lines are named below instead of beside them.
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=1, handlelength=3)
    ax.axhline(power, color=MUTED, linewidth=0.6, linestyle=":")
    for edge in smallest:
        ax.axvline(edge, color=FAINT, linewidth=2, zorder=0)
    ax.set_xscale("log")
    ticks = [0.2, 0.3, 0.5, 0.8, 1.25, 2.0, 3.0]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
    ax.minorticks_off()
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("True rate ratio (log scale)")
    ax.set_ylabel("Power")
    return ax


def draw_detectable(frame: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the smallest detectable effect of each design as a multiple of the smallest effect of interest.

    Parameters
    ----------
    frame : pandas.DataFrame
        By design: ``multiple``, the detectable effect over the smallest effect of interest (log scale for ratios).
    ax : Axes
        Where to draw.
    """
    ordered = frame.sort_values("multiple", ascending=False)
    y = np.arange(len(ordered))
    ax.axvspan(0, 1, color=FAINT, alpha=0.5, linewidth=0)
    ax.hlines(y, 0, ordered["multiple"], color=MUTED, linewidth=0.8)
    ax.scatter(ordered["multiple"], y, s=20, color=FOCUS, zorder=3)
    for position, row in enumerate(ordered.itertuples()):
        ax.annotate(
            str(row.detectable), (row.multiple, position), (5, 0), textcoords="offset points", va="center", fontsize=6
        )
    ax.set_yticks(y, [str(name) for name in ordered.index])
    ax.set_xlim(0, float(ordered["multiple"].max()) * 1.25)
    ax.set_xlabel("Detectable effect / smallest effect of interest")
    return ax


def _places(register: Register, speakers: list[str]) -> dict[str, tuple[float, float]]:
    """Lay claims of one speaker and paragraph side by side, around the paragraph."""
    groups: dict[tuple[int, int], list[str]] = {}
    for claim in register.claims:
        groups.setdefault((claim.paragraph, speakers.index(claim.speaker)), []).append(claim.id)
    places = {}
    for (paragraph, row), ids in groups.items():
        for number, name in enumerate(ids):
            column, line = number % 2, number // 2
            places[name] = (paragraph + (column - (min(len(ids), 2) - 1) / 2) * 0.42, row - line * _STEP)
    return places


def _arc(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style: dict[str, Any] = {"arrowstyle": "-", "color": PRINTED, "lw": 0.9, "connectionstyle": "arc3,rad=0.15"}
    ax.annotate("", start, end, arrowprops=style, zorder=1)
