"""Figures on verdicts: how many bear how much weight, what correction does to them, what would change them."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from analysis.charts.style import FAINT, FOCUS, INK, MUTED, VERDICT_COLOURS

_KINDS = {
    "edition": "later edition",
    "threshold": "other threshold",
    "precision": "half the interval",
    "check": "a check",
    "record": "one more record",
    "p-value": "no correction",
    "identification": "rivals told apart",
}
_WRAP = 38


def draw_matrix(counts: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the number of claims by verdict and grade as a grid of shaded cells.

    Parameters
    ----------
    counts : pandas.DataFrame
        Verdicts as rows, grades as columns (empty name: no evidence), numbers of claims as values.
    ax : Axes
        Where to draw.
    """
    for row, verdict in enumerate(counts.index):
        for column, grade in enumerate(counts.columns):
            number = int(counts.loc[verdict, grade])
            colour = VERDICT_COLOURS[str(verdict)] if number else "white"
            ax.add_patch(_cell(column, row, colour))
            ax.annotate(str(number or "·"), (column, row), ha="center", va="center", color=INK if number else MUTED)
    names = [str(grade) or "none" for grade in counts.columns]
    totals = counts.sum(axis=1)
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(counts)), [f"{verdict} ({totals[verdict]})" for verdict in counts.index])
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.set_ylim(len(counts) - 0.5, -0.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("Grade of the evidence, strongest first")
    return ax


def draw_family(frame: pd.DataFrame, ax: Axes, *, alpha: float) -> Axes:
    """Draw raw and adjusted p-values of the confirmatory tests on a log scale.

    Parameters
    ----------
    frame : pandas.DataFrame
        By claim: ``p``, ``p_adjusted``, ``verdict``; claims without a p-value are named without a mark.
    ax : Axes
        Where to draw.
    alpha : float
        Level of the family.
    """
    ordered = frame.sort_values("p", na_position="last")
    y = np.arange(len(ordered))
    ax.axvline(alpha, color=MUTED, linewidth=0.8, linestyle=":")
    ax.annotate(f"{alpha:g}", (alpha, -0.75), ha="center", va="bottom", fontsize=6, color=MUTED)
    ax.hlines(y, ordered["p"], ordered["p_adjusted"], color=FAINT, linewidth=1.5)
    ax.scatter(ordered["p"], y, s=16, facecolor="white", edgecolor=FOCUS, linewidths=0.9, zorder=3)
    ax.scatter(ordered["p_adjusted"], y, s=16, color=FOCUS, zorder=3)
    for position, row in enumerate(ordered.itertuples()):
        if pd.isna(row.p):
            ax.annotate("no p-value: judged on figures", (alpha / 30, position), va="center", fontsize=6, color=MUTED)
    labels = [f"{name.replace('-', ' ')}\n{row}" for name, row in zip(ordered.index, ordered["verdict"], strict=True)]
    ax.set_yticks(y, labels)
    ax.set_ylim(len(ordered) - 0.5, -0.8)
    ax.set_xscale("log")
    ax.set_xlim(right=1.3)
    ax.set_xlabel("p-value (log scale): hollow raw, filled after Holm's correction")
    return ax


def draw_changes(frame: pd.DataFrame, ax: Axes) -> Axes:
    """Draw which single changes would give another verdict: claims as rows, kinds of change as columns.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``claim``, ``verdict``, ``kind``, ``other_verdict``, one row a change.
    ax : Axes
        Where to draw.
    """
    claims = list(dict.fromkeys(frame["claim"]))
    kinds = [kind for kind in _KINDS if kind in set(frame["kind"])]
    for row, claim in enumerate(claims):
        ax.axhline(row, color=FAINT, linewidth=0.4, zorder=0)
        for column, kind in enumerate(kinds):
            found = frame[(frame["claim"] == claim) & (frame["kind"] == kind)]
            if len(found):
                texts = dict.fromkeys(_short(text) for text in found["other_verdict"])
                ax.annotate(" / ".join(texts), (column, row), ha="center", va="center", fontsize=5.5, bbox=_BOX)
    stands = frame.drop_duplicates("claim").set_index("claim")["verdict"]
    ax.set_yticks(range(len(claims)), [f"{claim.replace('-', ' ')}: {_short(stands[claim])}" for claim in claims])
    ax.set_xticks(range(len(kinds)), [_KINDS[kind] for kind in kinds])
    ax.xaxis.tick_top()
    ax.set_xlim(-0.5, len(kinds) - 0.5)
    ax.set_ylim(len(claims) - 0.5, -0.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def draw_pairs(frame: pd.DataFrame, ax: Axes) -> Axes:
    """Draw claims that contradict each other side by side, with the quantity that decides both between them.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``estimand`` and, for ``first`` and ``second``: speaker, claim and verdict.
    ax : Axes
        Where to draw.
    """
    for row, pair in enumerate(frame.to_dict("records")):
        ax.axhline(row + 0.5, color=FAINT, linewidth=0.6)
        for x, side in ((0.0, "first"), (1.0, "second")):
            _statement(ax, x, row, pair, side)
        ax.text(0.5, row, textwrap.fill(str(pair["estimand"]), 34), ha="center", va="center", fontsize=6, color=MUTED)
    for x, text, align in ((0.0, "One says", "left"), (0.5, "Decided by", "center"), (1.0, "Another says", "right")):
        ax.text(x, -0.62, text, ha=align, va="center", color=MUTED)
    ax.set_xlim(0, 1)
    ax.set_ylim(len(frame) - 0.45, -0.75)
    ax.axis("off")
    return ax


_BOX = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": MUTED, "linewidth": 0.4}


def _statement(ax: Axes, x: float, row: int, pair: dict[str, object], side: str) -> None:
    align = "left" if side == "first" else "right"
    verdict = str(pair[f"{side}_verdict"])
    shade = VERDICT_COLOURS[verdict.partition(":")[0]]
    ax.text(x, row - 0.34, str(pair[f"{side}_speaker"]), ha=align, va="center", fontweight="bold")
    claim = textwrap.fill(str(pair[f"{side}_claim"]), _WRAP)
    ax.text(x, row + 0.02, claim, ha=align, va="center", fontsize=6.5)
    box = {"boxstyle": "round,pad=0.25", "facecolor": shade, "edgecolor": MUTED, "linewidth": 0.4}
    # The box is wider than its text, so it is moved in from the edge of the page.
    inset = 0.012 if side == "first" else -0.012
    ax.text(x + inset, row + 0.36, verdict, ha=align, va="center", fontsize=6, bbox=box)


def _cell(column: int, row: int, colour: str) -> Rectangle:
    return Rectangle((column - 0.47, row - 0.44), 0.94, 0.88, facecolor=colour, edgecolor=FAINT, linewidth=0.5)


def _short(verdict: str) -> str:
    """Shorten a verdict for a cell, its reason first."""
    name, _, reason = verdict.partition(": ")
    return reason or {"partly supported": "partly"}.get(name, name)
