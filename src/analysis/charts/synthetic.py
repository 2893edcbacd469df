"""Figures of synthetic comparisons: placebo paths, a forest over measures and estimators, and variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.charts.style import ACCENT, FAINT, FOCUS, INK, MUTED, PRINTED, SECOND
from analysis.methods.synthetic import SpacePlacebos

#: Marker, colour and name of each estimator; the registered one is drawn with its interval.
ESTIMATORS = {
    "sdid": ("o", FOCUS, "synthetic DiD (95% interval)"),
    "sc": ("s", PRINTED, "synthetic control"),
    "did": ("^", MUTED, "DiD"),
    "difp": ("D", ACCENT, "demeaned control"),
    "ascm": ("v", SECOND, "ridge-augmented"),
}
_CASES = "x"


class Assessed(Protocol):
    """What a row of the forest needs: one measure with its interval, margin and detectable effect."""

    @property
    def label(self) -> str: ...
    @property
    def producer(self) -> str: ...
    @property
    def margin(self) -> float: ...
    @property
    def estimate(self) -> float: ...
    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...
    @property
    def detectable(self) -> float: ...
    @property
    def placebos(self) -> Mapping[str, SpacePlacebos]: ...
    @property
    def beside(self) -> Mapping[str, float]: ...


class Varied(Protocol):
    """One variant of a comparison; ``check`` names the falsification that it belongs to."""

    @property
    def label(self) -> str: ...
    @property
    def check(self) -> str: ...
    @property
    def estimate(self) -> float: ...
    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...


class Robust(Protocol):
    """One measure under all variants, with the smallest effect of interest as its margin."""

    @property
    def label(self) -> str: ...
    @property
    def margin(self) -> float: ...
    @property
    def variants(self) -> Sequence[Varied]: ...


def draw_paths(placebos: Mapping[str, SpacePlacebos], ax: Axes, *, unit: str) -> Axes:
    """Draw the observed path and the counterfactual of each estimator.

    Parameters
    ----------
    placebos : mapping of str to SpacePlacebos
        By short name of the estimator; up to three are drawn.
    ax : Axes
        Where to draw.
    unit : str
        Unit of the outcome.
    """
    study = next(iter(placebos.values())).study
    ax.axvspan(study.first_treated - 0.5, study.times[-1] + 0.5, color=FAINT, alpha=0.4, linewidth=0)
    for (name, result), line in zip(placebos.items(), ("--", ":", "-."), strict=False):
        colour, words = ESTIMATORS[name][1], ESTIMATORS[name][2].split(" (")[0]
        ax.plot(study.times, study.treated_path - result.gaps[0], line, color=colour, linewidth=1, label=words)
    ax.plot(study.times, study.treated_path, color=INK, linewidth=1.6, label=f"{study.treated} observed")
    # Paths cross wherever a legend could lie inside.
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, columnspacing=1, handlelength=1.6)
    ax.set_xlabel("Data year")
    ax.set_ylabel(unit)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return ax


def draw_placebos(placebos: SpacePlacebos, ax: Axes, *, margin: float, unit: str) -> Axes:
    """Draw the gaps of all placebos in grey and that of the treated unit on top.

    Parameters
    ----------
    placebos : SpacePlacebos
        Of one measure by one estimator.
    ax : Axes
        Where to draw.
    margin : float
        Smallest effect of interest, drawn as a band around no effect.
    unit : str
        Unit of the outcome.
    """
    times = placebos.study.times
    ax.axhspan(-margin, margin, color=FAINT, alpha=0.55, linewidth=0)
    ax.plot(times, placebos.gaps[1:].T, color=MUTED, linewidth=0.4, alpha=0.45)
    ax.plot(times, placebos.gaps[0], color=FOCUS, linewidth=1.8)
    ax.axvline(placebos.study.first_treated - 0.5, color=INK, linewidth=0.6, linestyle=":")
    # A few placebos with broken paths would flatten all the others.
    reach = max(float(np.quantile(np.abs(placebos.gaps), 0.995)), 2 * margin)
    ax.set_ylim(-reach, reach)
    ax.set_xlabel("Data year")
    ax.set_ylabel(f"Gap, {unit}")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return ax


def draw_forest(assessments: Sequence[Assessed], ax: Axes) -> Axes:
    """Draw every measure by every estimator, in multiples of its smallest effect of interest.

    Parameters
    ----------
    assessments : sequence of Assessed
        Positive is better; grouped by producer as given.
    ax : Axes
        Where to draw.
    """
    y = np.arange(len(assessments), dtype=float)
    ax.axvspan(-1, 1, color=FAINT, alpha=0.55, linewidth=0)
    ax.axvline(0, color=MUTED, linewidth=0.6)
    for place, item in zip(y, assessments, strict=True):
        _row(ax, place, item)
    _producer_lines(ax, assessments)
    ax.set_yticks(y, [item.label for item in assessments])
    ax.set_ylim(len(assessments) - 0.4, -1.1)
    reach = max(max(abs(item.lower), abs(item.upper)) / item.margin for item in assessments) * 1.05
    ax.set_xlim(-reach, reach)
    for text, x in (("worse", 0.01), ("better", 0.99)):
        ax.text(
            x, -0.75, text, transform=ax.get_yaxis_transform(), ha="left" if text == "worse" else "right", fontsize=6.5
        )
    ax.text(1.02, -0.75, "detectable", transform=ax.get_yaxis_transform(), fontsize=6)
    ax.set_xlabel("Effect / smallest effect of interest (band: too small to matter)")
    _forest_legend(ax, with_cases=any(not item.placebos for item in assessments))
    return ax


def _row(ax: Axes, place: float, item: Assessed) -> None:
    estimate, low, high = (value / item.margin for value in (item.estimate, item.lower, item.upper))
    ax.plot([low, high], [place, place], color=FOCUS, linewidth=1.2)
    marker = ESTIMATORS["sdid"][0] if item.placebos else _CASES
    ax.plot(estimate, place, marker, color=FOCUS, markersize=4, zorder=4)
    for name, other in item.beside.items():
        marker, colour, _ = ESTIMATORS[name]
        ax.plot(other / item.margin, place + 0.24, marker, color=colour, markersize=2.6, zorder=3)
    ax.text(
        1.02, place, f"{item.detectable / item.margin:.1f}", transform=ax.get_yaxis_transform(), va="center", fontsize=6
    )


def _producer_lines(ax: Axes, assessments: Sequence[Assessed]) -> None:
    """Part the producers by thin lines: each has one vote."""
    for place, (before, after) in enumerate(pairwise(assessments)):
        if before.producer != after.producer:
            ax.axhline(place + 0.6, color=MUTED, linewidth=0.4, linestyle=(0, (1, 2)))


def _forest_legend(ax: Axes, *, with_cases: bool) -> None:
    for marker, colour, words in ESTIMATORS.values():
        ax.plot([], [], marker, color=colour, label=words, markersize=3.5)
    if with_cases:
        ax.plot([], [], _CASES, color=FOCUS, label="counts: exact 95% interval", markersize=4)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.1), ncols=3, columnspacing=1.2, handletextpad=0.3)


def draw_variants(results: Sequence[Robust], axes: Sequence[Axes], *, unit: str, without_effect: Sequence[str]) -> None:
    """Draw several measures under all variants of the comparison, one panel a measure, one row a variant.

    Parameters
    ----------
    results : sequence of Robust
        The registered comparison first in each.
    axes : sequence of Axes
        As many; the first carries the names of the variants.
    unit : str
        Unit of the measures.
    without_effect : sequence of str
        Checks in which no effect is expected; their variants are drawn hollow.
    """
    names = list(dict.fromkeys(item.label for result in results for item in result.variants))
    names.sort(key=lambda name: (_GROUPS.index(next(g for g in _GROUPS if name.startswith(g))), name))
    reach = 1.05 * max(max(abs(v.lower), abs(v.upper)) for result in results for v in result.variants)
    for result, ax, letter in zip(results, axes, "abcdef", strict=False):
        _variants_panel(result, ax, names, without_effect)
        ax.set_xlim(-reach, reach)
        ax.set_xlabel(f"Effect, {unit}")
        ax.set_title(f"{letter}  {result.label.split(',')[0].capitalize()}")
        ax.set_yticks(range(len(names)), names if ax is axes[0] else [""] * len(names))
        ax.set_ylim(len(names) - 0.4, -0.6)


# Order of the variants, by how their names begin.
_GROUPS = ("as registered", "treated", "one donor", "without", "similar", "expert", "placebo", "property")


def _variants_panel(result: Robust, ax: Axes, names: list[str], without_effect: Sequence[str]) -> None:
    ax.axvspan(-result.margin, result.margin, color=FAINT, alpha=0.55, linewidth=0)
    ax.axvline(0, color=MUTED, linewidth=0.6)
    for item in result.variants:
        place, void = names.index(item.label), item.check in without_effect
        colour = MUTED if void else FOCUS
        ax.plot([item.lower, item.upper], [place, place], color=colour, linewidth=1.2)
        ax.plot(item.estimate, place, "o", color=colour, markerfacecolor="white" if void else colour, markersize=4)
