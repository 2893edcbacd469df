"""Curves: an estimate along an assumption, what a design detects, and specification curves with their choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.labels import SMALL, ordinal, rule, tag
from analysis.charts.layout import log_axis
from analysis.charts.style import FAINT, FOCUS, INK, LOOKS, MUTED, PRINTED, Look
from analysis.methods.multiverse import CRITICAL, Option, Options, SpecificationCurve
from analysis.methods.result import TAIL, Estimate, prose

# Where the other constructions stand, right of the weights.
SIDE = 1.12
# Number of specifications from which marks are drawn finer, and the ratios drawn: those beyond stand at the edge.
_MANY, _DRAWN = 100, (0.1, 10.0)
#: Colour of one of many estimates that is not significant.
PALE = "#9ecae1"
_TICK = 0.34  # half height of a mark in the choice panel, in rows


def curves(
    lines: Mapping[str, pd.DataFrame],
    ax: Axes,
    *,
    value: str,
    named: Literal["end", "legend", ""] = "",
    levels: Mapping[Any, str] = {},
    moments: Mapping[Any, str] = {},
    points: Mapping[Any, str] = {},
    every: int = 0,
    late: float = 0.5,
    looks: Sequence[Look] = LOOKS,
) -> Axes:
    """Draw what becomes of a value along a scale, with the interval of the first as a band, of others as lines.

    Parameters
    ----------
    lines : mapping of str to pandas.DataFrame
        By name: ``value`` by place on the scale (index); ``lower`` and ``upper`` if it has an interval.
    value : str
        Column of the value.
    named : "end", "legend" or ""
        Where the names of the lines stand.
    levels, moments : mapping of float to str
        Dotted horizontal and dashed upright lines, with their names.
    points : mapping of float to str
        Places on the scale whose value and interval are marked, with their names.
    every : int
        Every how many values carry a mark; none if 0.
    late : float
        Share of the scale from which names of moments stand at the left.
    looks : sequence of Look
        Of the lines.
    """
    first = next(iter(lines.values()))
    highest = max(lines, key=lambda name: float(lines[name][value].iloc[-1]))
    last = max(float(frame.index.max()) for frame in lines.values())
    for (name, frame), look in zip(lines.items(), looks, strict=False):
        if "lower" in frame and frame is first:
            ax.fill_between(frame.index, frame["lower"], frame["upper"], color=look.colour, alpha=0.2, linewidth=0)
        elif "lower" in frame:  # where bands lie on each other they make a colour that means nothing
            ax.plot(frame.index, frame[["lower", "upper"]], color=look.colour, linestyle=look.line, linewidth=0.5)
        ax.plot(frame.index, frame[value], color=look.colour, linestyle=look.line, label=name)
        if every:
            ax.scatter(frame.index[::every], frame[value].iloc[::every], s=9, marker=look.marker, color=look.colour)
        if named == "end":
            end, above = (frame.index[-1], frame[value].iloc[-1]), name == highest
            va = "bottom" if above else "top"
            tag(ax, name, end, (0, 4 if above else -4), ha="right", va=va, color=look.colour)
    for at, name in levels.items():
        rule(ax, "y", at, name, place=last, ha="right", look=(INK, "-", 0.6) if at == 1 else (MUTED, ":", 0.7))
    for at, name in moments.items():
        rule(ax, "x", at, look=(PRINTED, "--", 0.9))
        side, ha = (-3, "right") if at > late * last else (3, "left")
        tag(ax, name, (at, 1), (side, -2), ha=ha, va="top", color=PRINTED, xycoords=("data", "axes fraction"))
    for at, name in points.items():
        row, early = first.loc[at], at < 0.5 * last
        ax.vlines(at, row["lower"], row["upper"], color=INK, linewidth=0.9)
        ax.scatter([at], [row[value]], s=14, color=INK, zorder=3)
        place, offset = ("lower", (3, -1)) if early else ("upper", (2, 3))
        tag(ax, name, (at, row[place]), offset, ha="left" if early else "right", va="top" if early else "bottom")
    if named == "legend":
        # Curves of unequal designs cross, so lines are named below instead of beside them.
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=1, handlelength=3)
    return ax


def weights(result: Estimate, ax: Axes) -> Axes:
    """Draw the rank by the weight of one half of an index, with the other constructions at the side."""
    ranks, rank, variants = result.table()["rank"], result.published_rank, result.variants
    ax.plot(ranks.index, ranks, color=FOCUS, drawstyle="steps-mid")
    ax.axvline(0.5, color=FAINT, linewidth=0.8, zorder=0)
    ax.scatter([0.5], [rank], s=24, color=PRINTED, zorder=3)
    tag(ax, f"published: {ordinal(rank)}", (0.5, rank), (-6, -12), color=PRINTED, ha="right", fontsize=7)
    ax.scatter(np.full(len(variants), SIDE), variants, s=22, marker="_", color=INK, linewidths=0.8)
    for name in (variants.idxmin(), variants.idxmax()):
        text = str(name).replace("without ", "no ").replace("_", " ")
        tag(ax, text, (SIDE, variants[name]), (6, 0), va="center")
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1, SIDE], ["0", ".25", ".5", ".75", "1", "other"])
    ax.invert_yaxis()
    ax.margins(y=0.12)
    ax.set(xlim=(0, SIDE + 0.3), ylabel=prose(f"Rank of {result.name} (1 = best)"))
    return ax


def detectable(frame: pd.DataFrame, ax: Axes, *, marks: Mapping[str, int], band: tuple[float, float]) -> None:
    """Draw the smallest detectable fall and rise by the count expected in the first year, with the counts at hand."""
    ax.axhspan(*band, color=FAINT, alpha=0.45, linewidth=0, zorder=0)
    lines = {f"{name} detected": frame[name].to_frame("ratio") for name in ("fall", "rise")}
    curves(lines, ax, value="ratio", named="end", levels={1: ""})
    for name, base in marks.items():
        fall, rise = (np.interp(np.log(base), np.log(frame.index), frame[column]) for column in ("fall", "rise"))
        ax.scatter([base, base], [fall, rise], s=12, color=INK, zorder=3)
        tag(ax, f"{name}, {base}", (base, rise), (2, 4), ha="left" if base < 150 else "right")
        tag(ax, f"{fall:.2f}", (base, fall), (4, -3), va="top")
    log_axis(ax, "y", (0.09, 5), (0.1, 0.2, 0.4, 0.8, 1, 1.25, 2, 4))
    bases = (5, 10, 20, 50, 100, 200, 500, 1000)
    log_axis(ax, "x", ticks=[tick for tick in bases if frame.index.min() <= tick <= frame.index.max()])
    ax.set(xlabel="Cases expected in the first year (log scale)", ylabel="Smallest ratio detected (log scale)")


def lost_days(frame: pd.DataFrame, ax: Axes, *, marks: Mapping[int, str], break_even: int | None) -> None:
    """Draw the rate ratio if more and more days of the later year could hold no case."""
    moments = {break_even: f"undone from\n{break_even} days"} if break_even else {}
    points = {days: f"{name},\n{days} days" for days, name in marks.items()}
    curves({"": frame}, ax, value="ratio", levels={1: ""}, moments=moments, points=points, late=0.3)
    low, top = 0.55 * float(frame["lower"].min()), float(frame["upper"].max())
    wide = top > 3 * low
    log_axis(ax, "y", (low, 2 * top), (0.25, 0.5, 1, 2, 4, 8) if wide else (0.6, 0.8, 1, 1.2, 1.5))
    ax.set(xlim=(0, frame.index.max()), ylabel="Rate ratio, 95% interval (log scale)")
    ax.set_xlabel("Days of the later year without exposure")


def specifications(
    curve: SpecificationCurve,
    ax: Axes,
    *,
    ratio: bool,
    permuted: str = "permuted labels",
    registered: Options | None = None,
) -> Axes:
    """Draw estimates in order of size; filled ones (dark ones if there are many) are significant at 5 %.

    Parameters
    ----------
    curve : SpecificationCurve
        Estimates and z; further columns are permuted curves.
    ratio : bool
        Show exponentials on a log axis (log rate ratios) instead of the estimates.
    permuted : str
        What the permuted curves permute, in words.
    registered : mapping of str to option, optional
        Options of the registered specification, which is marked; choices not named are not compared.
    """
    order = ordering(curve)
    show = np.exp if ratio else np.asarray
    ends = _DRAWN if ratio else (-np.inf, np.inf)
    x, y = np.arange(1, len(order) + 1), show(curve.estimates[order, 0]).clip(*ends)
    if curve.estimates.shape[1] > 1:
        spread = show(np.quantile(np.sort(curve.estimates[:, 1:], axis=0), [TAIL, 0.5, 1 - TAIL], axis=1)).clip(*ends)
        ax.fill_between(x, spread[0], spread[2], color=FAINT, alpha=0.6, linewidth=0)
        ax.plot(x, spread[1], color=MUTED, linewidth=0.6, linestyle=":")
        text = f"grey: {curve.estimates.shape[1] - 1:,} curves of {permuted}, 95%"
        tag(ax, text, (0.98, 0.03), xycoords="axes fraction", color=MUTED, ha="right")
    ax.axhline(1.0 if ratio else 0.0, color=INK, linewidth=0.6)
    strong = np.abs(curve.z[order, 0]) > CRITICAL
    chosen = np.array([_matches(curve.specifications[i], registered) for i in order])
    colour = np.where(chosen, PRINTED, FOCUS)
    if len(order) <= _MANY:
        ax.scatter(x, y, s=9, linewidths=0.7, edgecolor=colour, c=np.where(strong, colour, "white"), zorder=3)
    else:  # hollow marks would touch: those that are not significant are pale
        ax.scatter(x, y, s=5, linewidths=0, c=np.where(strong, colour, PALE), zorder=3)
    for place in np.flatnonzero(chosen)[:1]:
        side, ha = (-14, "right") if place > len(order) / 2 else (14, "left")
        arrow: dict[str, Any] = {"arrowstyle": "-", "color": PRINTED, "lw": 0.6}
        at = (x[place], y[place])
        tag(ax, "registered", at, (side, -side), ha=ha, va="center", color=PRINTED, arrowprops=arrow)
    if ratio:
        log_axis(ax, "y")
    ax.set_xlim(0, len(order) + 1)
    return ax


def choices(curve: SpecificationCurve, ax: Axes) -> Axes:
    """Draw which option of each choice every specification takes, in the order of :func:`specifications`.

    Choices with one option are left out.
    """
    order, rows = ordering(curve), choice_rows(curve)
    width = 1.0 if len(order) <= _MANY else 0.25
    y, labels = 0.0, []
    for number, (choice, options) in enumerate(rows.items()):
        y -= 0.7 * (number > 0)
        for place, option in enumerate(options):
            taken = [position + 1 for position, i in enumerate(order) if curve.specifications[i][choice] == option]
            ax.vlines(taken, y - _TICK, y + _TICK, color=FOCUS, linewidth=width)
            labels.append((y, str(option) if place else f"{choice}: {option}"))
            y -= 1
        if number < len(rows) - 1:
            ax.axhline(y + 0.15, color=FAINT, linewidth=0.5)
    ax.set_yticks([at for at, _ in labels], [text for _, text in labels], fontsize=SMALL)
    ax.tick_params(axis="y", length=0)
    ax.set(ylim=(y + 0.4, 0.6), xlabel=f"Specification, by size of estimate (of {len(order):,})")
    return ax


def ordering(curve: SpecificationCurve) -> np.ndarray[Any, Any]:
    """Return the specifications' numbers by size of the observed estimate; ties keep the order of declaration."""
    return np.argsort(curve.estimates[:, 0], kind="stable")


def choice_rows(curve: SpecificationCurve) -> dict[str, list[Option]]:
    """Return the options of every choice that has more than one, in order of first appearance."""
    names = curve.specifications[0]
    options = {name: list(dict.fromkeys(item[name] for item in curve.specifications)) for name in names}
    return {name: values for name, values in options.items() if len(values) > 1}


def _matches(options: Options, wanted: Options | None) -> bool:
    return wanted is not None and all(wanted[name] == value for name, value in options.items() if name in wanted)
