"""Figures on activity and its answer: yearly events, rate ratios, shares of arrests, targets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, MonthLocator

from analysis.charts.style import ACCENT, FAINT, FOCUS, INK, MUTED, PRINTED
from analysis.methods.composition import Decomposition

_UNDER = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
_DECADES = (0.01, 0.1, 1, 10, 100, 1000)
# Range of a ratio axis from which it carries decades only.
_WIDE = 2000
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def draw_years(events: pd.DataFrame, ax: Axes, *, base: tuple[float, float], later: tuple[float, float]) -> Axes:
    """Draw protests of each year, those with arrests filled, and the two periods compared.

    Parameters
    ----------
    events : pandas.DataFrame
        By year: ``protests`` and ``arrests``.
    ax : Axes
        Where to draw.
    base, later : tuple of float
        Ends of the two periods, in years.
    """
    ax.bar(events.index, events["protests"], width=0.8, color="white", edgecolor=MUTED, linewidth=0.6, zorder=2,
           label="all protests")  # fmt: skip
    ax.bar(events.index, events["arrests"], width=0.8, color=PRINTED, linewidth=0, zorder=3, label="with arrests")
    top = float(events["protests"].max()) * 1.28
    for (first, last), name, place in ((base, "base", "center"), (later, "later", "center")):
        ax.axvspan(first - 0.5, last - 0.5, color=FAINT, alpha=0.45 if name == "base" else 0.8, linewidth=0, zorder=0)
        ax.annotate(name, ((first + last) / 2 - 0.5, top * 0.985), ha=place, va="top", fontsize=6, color=INK)
    ax.set_ylim(0, top)
    ax.set_xlim(events.index.min() - 0.8, events.index.max() + 0.8)
    ax.set_ylabel("Events per year")
    ax.legend(loc="upper left", borderaxespad=0.1, handlelength=1, labelspacing=0.3)
    return ax


def draw_by_base(frames: Mapping[str, pd.DataFrame], ax: Axes, *, registered: int, smallest: float) -> Axes:
    """Draw rate ratios by the length of the base, with exact intervals.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        By outcome: ``ratio``, ``lower``, ``upper`` by years of the base.
    ax : Axes
        Where to draw.
    registered : int
        Years of the base that panel a shades, marked by a line.
    smallest : float
        Smallest rate ratio of interest.
    """
    looks = ((FOCUS, "-", "o"), (PRINTED, "--", "s"))
    highest = max(float(frame["ratio"].iloc[-1]) for frame in frames.values())
    for (label, frame), (colour, line, marker) in zip(frames.items(), looks, strict=True):
        finite = frame[np.isfinite(frame["ratio"])]
        ax.fill_between(finite.index, finite["lower"], finite["upper"], color=colour, alpha=0.13, linewidth=0)
        ax.plot(finite.index, finite["ratio"], line, color=colour, linewidth=1)
        ax.scatter(finite.index[::3], finite["ratio"].iloc[::3], marker=marker, s=9, color=colour, zorder=3)
        last = finite.iloc[-1]
        above = last["ratio"] >= highest
        ax.annotate(label, (finite.index[-1], last["ratio"]), (0, 4 if above else -4), textcoords="offset points",
                    ha="right", va="bottom" if above else "top", color=colour, fontsize=6)  # fmt: skip
    ax.axvline(registered, color=MUTED, linewidth=0.8, linestyle=":")
    ax.axhline(1, color=INK, linewidth=0.6)
    ax.axhline(smallest, color=MUTED, linewidth=0.6, linestyle=":")
    every = pd.concat(frames.values())
    low, high = float(every["lower"].min()), float(every["upper"].max())
    _log_axis(ax, max(low * 0.8, 0.1), min(high, 300) * 1.2, "y")
    ax.annotate("base in a", (registered, ax.get_ylim()[1]), (3, -2), textcoords="offset points", va="top", fontsize=6,
                color=MUTED)  # fmt: skip
    ax.set_xlabel("Years before the turn taken as base")
    ax.set_ylabel("Rate ratio, exact 95% interval")
    return ax


def draw_placebos(ratios: Mapping[str, pd.Series], ax: Axes, *, country: str, name: str) -> Axes:
    """Draw every country's rate ratio as a tick, one row an outcome, with one country marked."""
    rows = list(ratios.items())[::-1]
    for y, (_, values) in enumerate(rows):
        ax.scatter(values, np.full(len(values), y), marker="|", s=70, color=MUTED, linewidths=0.5)
        low, high = values.quantile([0.05, 0.95])
        ax.hlines(y - 0.22, low, high, color=INK, linewidth=0.8)
        if country not in values:
            continue
        ax.scatter([values[country]], [y], s=26, color=PRINTED, zorder=3)
        rank = int((values >= values[country] - 1e-9).sum())  # equal counts give equal ratios up to the last bit
        ax.annotate(f"{name}: {rank} of {len(values)}", (values[country], y), (0, 7), textcoords="offset points",
                    ha="center", fontsize=6, color=PRINTED, bbox=_UNDER)  # fmt: skip
    ax.axvline(1, color=INK, linewidth=0.6, zorder=0)
    ax.set_yticks(range(len(rows)), [label for label, _ in rows])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    every = pd.concat([values for _, values in rows])
    _log_axis(ax, float(every.min()) * 0.8, float(every.max()) * 1.3, "x")
    ax.set_xlabel("Rate ratio (log scale), one event added")
    return ax


def draw_ratios(frame: pd.DataFrame, ax: Axes) -> Axes:
    """Draw rate ratios of several measures with exact intervals, those below one hollow.

    Parameters
    ----------
    frame : pandas.DataFrame
        By label: ``ratio``, ``lower``, ``upper``, the counts ``first`` and ``second``, and the months of each.
    ax : Axes
        Where to draw.
    """
    y = np.arange(len(frame))[::-1]
    falls = frame["ratio"].to_numpy() < 1
    far = float(frame["upper"].max()) * 1.6
    ax.hlines(y, frame["lower"], frame["upper"], color=np.where(falls, INK, FOCUS), linewidth=1)
    faces = np.where(falls, "white", FOCUS)
    ax.scatter(frame["ratio"], y, s=20, c=faces, edgecolor=np.where(falls, INK, FOCUS), linewidths=0.8, zorder=3)
    for place, row in zip(y, frame.itertuples(), strict=True):
        same = row.first_months == row.second_months
        months = ("", "") if same else (f" in {row.first_months:.0f}", f" in {row.second_months:.0f} months")
        text = f"{row.first:.0f}{months[0]} to {row.second:.0f}{months[1]}"
        ax.annotate(text, (far, place), (0, 5), textcoords="offset points", ha="right", fontsize=6)
    ax.axvline(1, color=INK, linewidth=0.6, zorder=0)
    ax.set_yticks(y, [str(label) for label in frame.index])
    ax.set_ylim(-0.6, len(y) - 0.2)
    _log_axis(ax, float(frame["lower"].clip(lower=0.1).min()) * 0.8, far, "x")
    ax.set_xlabel("Rate ratio (log scale), exact 95% interval")
    return ax


def draw_shares(frame: pd.DataFrame, ax: Axes, *, names: Mapping[str, str], focus: str) -> Axes:
    """Draw the share of protests met with arrests before and after a year, one row a country.

    Parameters
    ----------
    frame : pandas.DataFrame
        By code: ``share_before``, ``share_after`` with its interval ``after_lower``, ``after_upper``,
        ``protests_before``, ``protests_after``.
    ax : Axes
        Where to draw.
    names : mapping of str to str
        Printed names by code.
    focus : str
        Code that is emphasised.
    """
    ordered = frame.sort_values(["difference", "share_before"])
    y = np.arange(len(ordered))
    colours = [PRINTED if code == focus else MUTED for code in ordered.index]
    ends = [ordered[name].astype(float) for name in ("after_lower", "after_upper")]
    ax.barh(y, ends[1] - ends[0], left=ends[0], height=0.62, color=FAINT, alpha=0.6, linewidth=0, zorder=0)
    ax.hlines(y, ordered["share_before"], ordered["share_after"], color=colours, linewidth=1.2)
    ax.scatter(ordered["share_before"], y, s=16, facecolor="white", edgecolor=colours, linewidths=0.9, zorder=3)
    ax.scatter(ordered["share_after"], y, s=20, color=colours, zorder=4)
    labels = [
        f"{names.get(str(code), str(code))} ({int(row.protests_before):,}, {int(row.protests_after):,})"
        for code, row in zip(ordered.index, ordered.itertuples(), strict=True)
    ]
    ax.set_yticks(y, labels, fontsize=6)
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.7, len(y) - 0.3)
    ax.set_xlabel("Share of protests met with arrests (hollow before, filled after)")
    return ax


def draw_parts(parts: Mapping[str, Decomposition], ax: Axes, *, intervals: Mapping[str, np.ndarray]) -> Axes:
    """Draw what a change is made of, two bars a comparison: volume above, rate (hatched) below.

    Parameters
    ----------
    parts : mapping of str to Decomposition
        By comparison.
    ax : Axes
        Where to draw.
    intervals : mapping of str to ndarray
        By comparison: lower and upper end (columns) of both parts (rows).
    """
    y = np.arange(len(parts))[::-1]
    looks = ((0.17, FOCUS, FOCUS, ""), (-0.17, PRINTED, "white", "////"))
    for number, (shift, colour, face, hatch) in enumerate(looks):
        for place, (name, part) in zip(y, parts.items(), strict=True):
            width = float((part.first, part.second)[number].sum())
            ax.barh(place + shift, width, height=0.3, linewidth=0.6, color=face, edgecolor=colour, hatch=hatch)
            low, high = intervals[name][number]
            for under, thickness in (("white", 2.4), (INK, 0.9)):
                ax.hlines(place + shift, low, high, color=under, linewidth=thickness)
            label = f"{part.factors[number]} {width:+.1f}" if place == y[0] else f"{width:+.1f}"
            ax.annotate(label, (max(width, high, 0.0), place + shift), (3, 0), textcoords="offset points", va="center",
                        color=colour, fontsize=6)  # fmt: skip
    ends = [float(value.sum()) for part in parts.values() for value in (part.first, part.second)]
    ends += [float(end) for name in parts for end in intervals[name].ravel()]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    ax.set_xlim(low - 0.05 * (high - low) * (low < 0), high + 0.8 * (high - low))
    ax.set_yticks(y, list(parts))
    ax.set_ylim(-0.6, len(y) - 0.4)
    ax.axvline(0, color=INK, linewidth=0.6)
    ax.set_xlabel("Change of protests with arrests per year")
    return ax


def draw_episodes(listed: pd.DataFrame, ax: Axes, *, turn: str, last: str) -> Axes:
    """Draw dated episodes by target; the later period is shaded.

    Parameters
    ----------
    listed : pandas.DataFrame
        ``date``, ``target``, ``episode``.
    ax : Axes
        Where to draw.
    turn, last : str
        First and last day of the later period (ISO).
    """
    targets = sorted(listed["target"].unique(), reverse=True)
    dates = pd.to_datetime(listed["date"])
    ax.axvspan(pd.Timestamp(turn), pd.Timestamp(last), color=FAINT, alpha=0.6, linewidth=0, zorder=0)
    for y, target in enumerate(targets):
        own = dates[listed["target"] == target]
        colour, marker = (ACCENT, "s") if target == "organisations" else (FOCUS, "o")
        ax.axhline(y, color=FAINT, linewidth=0.4, zorder=0)
        ax.scatter(own, np.full(len(own), y), s=24, marker=marker, color=colour, edgecolor="white", linewidths=0.5,
                   zorder=3)  # fmt: skip
        before, after = int((own < turn).sum()), int((own >= turn).sum())
        ax.annotate(f"{before} before, {after} after", (0.02, y), (0, 7), xycoords=("axes fraction", "data"),
                    textcoords="offset points", fontsize=6, color=colour)  # fmt: skip
    ax.set_yticks(range(len(targets)), targets)
    ax.set_ylim(-0.6, len(targets) - 0.4)
    ax.xaxis.set_major_locator(MonthLocator(bymonth=(1, 7)))
    ax.xaxis.set_major_formatter(DateFormatter("%b %Y"))
    ax.set_xlabel("First day of the episode")
    return ax


def draw_index_changes(
    changes: pd.DataFrame, ax: Axes, *, country: str, names: Mapping[str, tuple[str, str]], label: str
) -> Axes:
    """Draw one country's change in each indicator over the middle 90 % of countries.

    Parameters
    ----------
    changes : pandas.DataFrame
        Change by country (rows) and indicator (columns), in standard deviations; positive is freer.
    ax : Axes
        Where to draw.
    country : str
        ISO3 code.
    names : mapping of str to (target, name)
        Target and printed name of each indicator, in the order drawn.
    label : str
        Years of the change.
    """
    y = np.arange(len(names))[::-1]
    low, high = changes[list(names)].quantile(0.05), changes[list(names)].quantile(0.95)
    ax.barh(y, high - low, left=low, height=0.5, color=FAINT, alpha=0.6, linewidth=0)
    looks = {"organisations": (ACCENT, "s"), "individuals": (FOCUS, "o"), "journalists": (INK, "^")}
    for place, (name, (target, _)) in zip(y, names.items(), strict=True):
        colour, marker = looks[target]
        ax.scatter([changes.loc[country, name]], [place], s=26, color=colour, marker=marker, zorder=3)
    ax.axvline(0, color=INK, linewidth=0.6, zorder=0)
    ax.set_yticks(y, [f"{target}: {name}" for target, name in names.values()], fontsize=6)
    ax.set_ylim(-0.6, len(y) - 0.4)
    ends = [*changes.loc[country, list(names)], *low, *high]
    ax.set_xlim(min(ends) - 0.2, max(ends) + 0.2)
    ax.set_xlabel(f"Change {label} (sd; right = freer)")
    return ax


def _log_axis(ax: Axes, low: float, high: float, which: str) -> None:
    every = _DECADES if high / low > _WIDE else _TICKS
    kept = [tick for tick in every if low <= tick <= high]
    getattr(ax, f"set_{which}scale")("log")
    getattr(ax, f"set_{which}lim")(low, high)
    getattr(ax, f"set_{which}ticks")(kept, [f"{tick:g}" for tick in kept])
    ax.minorticks_off()
