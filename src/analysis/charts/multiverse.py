"""Specification curves: every estimate of a multiverse with its choices below, and permuted curves behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.charts.layout import page
from analysis.charts.style import FAINT, FOCUS, INK, MUTED, PRINTED
from analysis.methods.multiverse import CRITICAL, Option, Options, SpecificationCurve

# Number of specifications from which marks are drawn finer.
_MANY = 100
# Ratios that are drawn; those beyond stand at the edge.
_DRAWN = (0.1, 10.0)
#: Colour of one of many estimates that is not significant.
PALE = "#9ecae1"
# Range of a ratio axis from which it carries fewer ticks.
_WIDE = 15
_TICK = 0.34  # half height of a mark in the choice panel, in rows


def curve_panels(columns: int, height: float, *, rows: tuple[float, float] = (1.0, 0.8)) -> tuple[Figure, Any]:
    """Return a page-wide figure and its axes, shape (2, columns): curves above, choices below; height in inches."""
    fig, _ = page(height, columns=columns)
    fig.clear()
    return fig, fig.subplots(2, columns, height_ratios=rows, sharex="col", squeeze=False)


def draw_curve(
    curve: SpecificationCurve,
    ax: Axes,
    *,
    ratio: bool,
    label: str,
    permuted: str = "permuted labels",
    registered: Options | None = None,
) -> Axes:
    """Draw estimates in order of size; filled ones (dark ones if there are many) are significant at 5 %.

    Parameters
    ----------
    curve : SpecificationCurve
        Estimates and z; further columns are permuted curves.
    ax : Axes
        Where to draw.
    ratio : bool
        Show exponentials on a log axis (log rate ratios) instead of the estimates.
    label : str
        Name of the estimate with its unit.
    permuted : str
        What the permuted curves permute, in words.
    registered : mapping of str to option, optional
        Options of the registered specification, which is marked; choices not named are not compared.
    """
    order = ordering(curve)
    show = np.exp if ratio else np.asarray
    drawn = _DRAWN if ratio else (-np.inf, np.inf)
    x, y = np.arange(1, len(order) + 1), show(curve.estimates[order, 0]).clip(*drawn)
    if curve.estimates.shape[1] > 1:
        low, middle, high = show(np.quantile(np.sort(curve.estimates[:, 1:], axis=0), [0.025, 0.5, 0.975], axis=1))
        low, middle, high = (part.clip(*drawn) for part in (low, middle, high))
        ax.fill_between(x, low, high, color=FAINT, alpha=0.6, linewidth=0)
        ax.plot(x, middle, color=MUTED, linewidth=0.6, linestyle=":")
        text = f"grey: {curve.estimates.shape[1] - 1:,} curves of {permuted}, 95%"
        ax.annotate(text, (0.98, 0.03), xycoords="axes fraction", color=MUTED, ha="right", fontsize=6)
    ax.axhline(1.0 if ratio else 0.0, color=INK, linewidth=0.6)
    strong = np.abs(curve.z[order, 0]) > CRITICAL
    colour = _colours(curve, order, registered)
    if len(order) <= _MANY:
        ax.scatter(x, y, s=9, linewidths=0.7, edgecolor=colour, c=np.where(strong, colour, "white"), zorder=3)
    else:  # hollow marks would touch: those that are not significant are pale
        ax.scatter(x, y, s=5, linewidths=0, c=np.where(strong, colour, PALE), zorder=3)
    _mark(ax, curve, order, x, y, registered)
    if ratio:
        ax.set_yscale("log")
        _ratio_ticks(ax, y)
    ax.set_ylabel(label)
    ax.set_xlim(0, len(order) + 1)
    return ax


def draw_choices(curve: SpecificationCurve, ax: Axes, *, names: Mapping[str, str] | None = None) -> Axes:
    """Draw which option of each choice every specification takes; choices with one option are left out.

    Parameters
    ----------
    curve : SpecificationCurve
        As in :func:`draw_curve`, whose order of specifications is used.
    ax : Axes
        Where to draw.
    names : mapping of str to str, optional
        Printed names of options.
    """
    order = ordering(curve)
    rows = choice_rows(curve)
    width = 1.0 if len(order) <= _MANY else 0.25
    y, labels = 0.0, []
    for number, (choice, options) in enumerate(rows.items()):
        y -= 0.7 * (number > 0)
        for place, option in enumerate(options):
            taken = [position + 1 for position, i in enumerate(order) if curve.specifications[i][choice] == option]
            ax.vlines(taken, y - _TICK, y + _TICK, color=FOCUS, linewidth=width)
            text = (names or {}).get(str(option), str(option))
            labels.append((y, text if place else f"{choice}: {text}"))
            y -= 1
        if number < len(rows) - 1:
            ax.axhline(y + 0.15, color=FAINT, linewidth=0.5)
    ax.set_yticks([at for at, _ in labels], [text for _, text in labels], fontsize=6)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(y + 0.4, 0.6)
    ax.set_xlabel(f"Specification, by size of estimate (of {len(order):,})")
    return ax


def ordering(curve: SpecificationCurve) -> np.ndarray:
    """Return the specifications' numbers by size of the observed estimate; ties keep the order of declaration."""
    return np.argsort(curve.estimates[:, 0], kind="stable")


def choice_rows(curve: SpecificationCurve) -> dict[str, list[Option]]:
    """Return the options of every choice that has more than one, in order of first appearance."""
    names = curve.specifications[0]
    options = {name: list(dict.fromkeys(item[name] for item in curve.specifications)) for name in names}
    return {name: values for name, values in options.items() if len(values) > 1}


def _is(options: Options, wanted: Options | None) -> bool:
    return wanted is not None and all(wanted[name] == value for name, value in options.items() if name in wanted)


def _colours(curve: SpecificationCurve, order: np.ndarray, registered: Options | None) -> np.ndarray:
    return np.array([PRINTED if _is(curve.specifications[i], registered) else FOCUS for i in order])


def _mark(
    ax: Axes, curve: SpecificationCurve, order: np.ndarray, x: np.ndarray, y: np.ndarray, registered: Options | None
) -> None:
    found = [place for place, i in enumerate(order) if _is(curve.specifications[i], registered)]
    for place in found[:1]:
        left = place > len(order) / 2
        ax.annotate(
            "registered", (x[place], y[place]), (-14 if left else 14, 14 if left else -14), textcoords="offset points",
            color=PRINTED, fontsize=6, ha="right" if left else "left", va="center",
            arrowprops={"arrowstyle": "-", "color": PRINTED, "lw": 0.6},
        )  # fmt: skip


def _ratio_ticks(ax: Axes, values: np.ndarray) -> None:
    low, high = ax.get_ylim()
    dense, sparse = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10), (0.1, 0.2, 0.5, 1, 2, 5, 10)
    ticks = [tick for tick in (dense if high / low < _WIDE else sparse) if low <= tick <= max(high, values.max())]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
