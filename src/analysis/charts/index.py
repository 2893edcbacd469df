"""Figures on a composite index: editions, categories, rank sets, weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.labels import category, ordinal
from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED, country_colour
from analysis.methods.index_scores import Vintages, WeightCurve
from analysis.methods.ranks import RankSets
from analysis.methods.ranks_by_sd import RankSetsBySd

# Where the other constructions stand, right of the weights.
_SIDE = 1.12


def draw_vintages(
    result: Vintages, ax: Axes, *, printed: int | None, sets: pd.DataFrame, formulas: pd.DataFrame
) -> Axes:
    """Draw the rank of one data year in every edition.

    Parameters
    ----------
    result : Vintages
        Ranks by edition.
    ax : Axes
        Where to draw.
    printed : int or None
        Rank that the article prints, drawn as a line.
    sets : pandas.DataFrame
        By edition: ``lower`` and ``upper`` end of the rank confidence set, drawn as a bar.
    formulas : pandas.DataFrame
        By edition: rank by the old (``halves``) and the new formula (``categories``), drawn hollow.
    """
    frame, x = result.frame, np.arange(len(result.frame))
    ax.vlines(x, sets["lower"], sets["upper"], color=FAINT, linewidth=5, zorder=1)
    ax.scatter(x, frame["rank"], s=26, color=FOCUS, zorder=3)
    for name, marker in (("halves", "^"), ("categories", "v")):
        other = formulas[name].where(formulas[name] != frame["rank"])
        ax.scatter(x, other, s=16, marker=marker, facecolor="white", edgecolor=INK, linewidth=0.7, zorder=2)
    for position, (score, rank) in enumerate(zip(frame["score"], frame["rank"], strict=True)):
        ax.annotate(f"{ordinal(rank)}\n{score:.2f}", (position, rank), (7, -1), textcoords="offset points", va="top")
    if printed is not None:
        ax.axhline(printed, color=PRINTED, linewidth=0.8, linestyle="--", zorder=0)
        ax.annotate(
            f"printed: {ordinal(printed)}",
            (len(x) - 0.45, printed),
            (0, 2),
            textcoords="offset points",
            color=PRINTED,
            ha="right",
        )
    ax.set_xticks(x, [f"{edition}\nn = {n}" for edition, n in zip(frame.index, frame["n"], strict=True)])
    ax.set_xlim(-0.4, len(x) - 0.4)
    ax.set_ylim(max(frame["n"]) + 2, 1)
    ax.set_xlabel("Edition of the index")
    ax.set_ylabel(f"Rank for data year {result.data_year} (1 = freest)")
    return ax


def draw_categories(scores: pd.Series, ax: Axes, *, item: str, subscores: Mapping[str, pd.Series], sd: float) -> Axes:
    """Draw category scores with their perturbation interval, and the sub-scores below each.

    Parameters
    ----------
    scores : pandas.Series
        Score by category, 0 to 10.
    ax : Axes
        Where to draw.
    item : str
        Category that is claimed to be the lowest.
    subscores : mapping of str to pandas.Series
        Published sub-scores by category; may be empty.
    sd : float
        Standard deviation of the perturbation: bars are 1.96 times it either side.
    """
    ordered = scores.dropna().sort_values(ascending=False)
    y = np.arange(len(ordered))
    ax.axvline(ordered[item], color=PRINTED, linewidth=0.8, linestyle="--", zorder=0)
    for position, name in enumerate(ordered.index):
        below = subscores.get(str(name), pd.Series(dtype=float)).dropna()
        ax.scatter(below, np.full(len(below), position - 0.28), s=9, marker="|", color=MUTED, linewidths=0.8, zorder=2)
    colours = [PRINTED if name == item else FOCUS for name in ordered.index]
    low, high = (ordered - 1.96 * sd).clip(0, 10), (ordered + 1.96 * sd).clip(0, 10)
    ax.hlines(y, low, high, color=FAINT, linewidth=4, zorder=1)
    ax.scatter(ordered, y, s=24, c=colours, zorder=3)
    for position, value in enumerate(ordered):
        ax.annotate(f"{value:.1f}", (value, position), (0, 4.5), textcoords="offset points", ha="center", fontsize=6)
    ax.set_yticks(y, [category(str(name)) for name in ordered.index])
    ax.set_xlim(-0.3, 10.3)
    ax.set_ylim(-0.7, len(y) - 0.3)
    ax.set_xlabel("Score (0 to 10, higher = freer)")
    return ax


def draw_rank_sets(sets: RankSets, names: pd.Series, ax: Axes, *, focus: str) -> Axes:
    """Draw rank confidence sets as bars, sorted by rank.

    Parameters
    ----------
    sets : RankSets
        Marginal or simultaneous sets.
    names : pandas.Series
        Country name by ISO3 code.
    ax : Axes
        Where to draw.
    focus : str
        ISO3 code that is emphasised.
    """
    frame = sets.table().set_index("unit").sort_values("rank", ascending=False)
    y = np.arange(len(frame))
    for position, (code, row) in enumerate(zip(frame.index, frame.itertuples(index=False), strict=True)):
        colour = country_colour(focus) if code == focus else MUTED
        ax.hlines(position, row.lower, row.upper, color=colour, linewidth=3 if code == focus else 1.6)
        ax.scatter(
            frame["rank"].iloc[position], position, s=16, color=colour, edgecolor="white", linewidth=0.5, zorder=3
        )
    ax.set_yticks(y, [names.get(code, code) for code in frame.index])
    ax.set_xlim(0, sets.population + 2)
    ax.set_xlabel(f"Rank of {sets.population} (1 = freest), {sets.coverage:.0%} confidence set")
    return ax


def draw_rank_set_by_sd(result: RankSetsBySd, ax: Axes) -> Axes:
    """Draw how the rank confidence set widens with the assumed standard error of the score."""
    ax.fill_between(result.sd, result.lower, result.upper, color=FOCUS, alpha=0.25, linewidth=0, step=None)
    ax.axhline(result.rank, color=FOCUS, linewidth=1)
    ax.annotate(
        f"rank {result.rank}",
        (result.sd[-1], result.rank),
        (-2, 3),
        textcoords="offset points",
        ha="right",
        color=FOCUS,
    )
    ax.axhline(result.target_rank, color=MUTED, linewidth=0.8, linestyle=":")
    ax.annotate(
        f"median country, {result.target_rank}",
        (result.sd[-1], result.target_rank),
        (-2, -8),
        textcoords="offset points",
        ha="right",
        color=MUTED,
    )
    ax.set_xlim(0, result.sd[-1])
    ax.set_ylim(result.population, 1)
    ax.set_xlabel("Assumed standard error of every score (points of 10)")
    ax.set_ylabel(f"Rank, {result.coverage:.0%} confidence set")
    return ax


def draw_weights(result: WeightCurve, ax: Axes) -> Axes:
    """Draw the rank by the weight of personal freedom, with the other constructions at the side."""
    ax.plot(result.weights, result.ranks, color=FOCUS, drawstyle="steps-mid")
    ax.axvline(0.5, color=FAINT, linewidth=0.8, zorder=0)
    ax.scatter([0.5], [result.published_rank], s=24, color=PRINTED, zorder=3)
    ax.annotate(
        f"published: {ordinal(result.published_rank)}",
        (0.5, result.published_rank),
        (-6, -12),
        textcoords="offset points",
        color=PRINTED,
        ha="right",
    )
    side = np.full(len(result.variants), _SIDE)
    ax.scatter(side, result.variants, s=22, marker="_", color=INK, linewidths=0.8)
    for name in (result.variants.idxmin(), result.variants.idxmax()):
        text = str(name).replace("without ", "no ").replace("_", " ")
        ax.annotate(text, (_SIDE, result.variants[name]), (6, 0), textcoords="offset points", va="center", fontsize=6)
    ax.set_xlim(0, _SIDE + 0.3)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1, _SIDE], ["0", ".25", ".5", ".75", "1", "other"])
    ax.invert_yaxis()
    ax.margins(y=0.12)
    ax.set_xlabel("Weight of personal freedom; other constructions")
    ax.set_ylabel(f"Rank of {result.country} (1 = freest)")
    return ax
