"""What this article's figures show: tables, words and looks for the forms of :mod:`analysis.charts`."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.article.activity import INDICATORS
from analysis.article.elections import MONTHLY, OUTCOMES
from analysis.charts import Look, curve, eventtime, forest, log_axis, paths, rule, style, tag, timeline
from analysis.charts.labels import ON_WHITE
from analysis.charts.layout import name_rows
from analysis.methods.event_studies import HALF_YEAR
from analysis.methods.poisson import ConditionalPoissonFit
from analysis.methods.result import Estimate, counted
from analysis.methods.variants import Variants

#: Estimators, the registered one first, and counts beside them.
ESTIMATORS = {
    "sdid": Look(name="synthetic DiD (95% interval)"),
    "sc": Look(style.PRINTED, "s", name="synthetic control"),
    "did": Look(style.MUTED, "^", name="DiD"),
    "difp": Look(style.ACCENT, "D", name="demeaned control"),
    "ascm": Look(style.SECOND, "v", name="ridge-augmented"),
}
SAMPLES = {
    "event_month": Look(name="election month"),
    "before_3_1": Look(style.INK, "s", True, name="three months before"),
}
#: What marks stand for in the raster of one country.
RASTER = ("protest", "repressed protest", "election, scheduled", "election, early", "mass protest abroad")
LANES = {
    "unrest abroad": style.FOCUS,
    "pandemic": style.MUTED,
    "election": style.INK,
    "tax case": style.PRINTED,
    "statements": style.ACCENT,
}
STEPS = {
    "checks": Look(style.INK, "s"),
    "notice": Look(style.FOCUS, "o"),
    "statement": Look(style.ACCENT, "D"),
    "fine": Look(style.PRINTED, "^"),
    "suspension": Look(style.PRINTED, "v"),
    "cancellation": Look(style.MUTED, "X"),
    "court": Look(style.MUTED, "P"),
}
TARGETS = {"individuals": Look(), "journalists": Look(style.INK, "^"), "organisations": Look(style.ACCENT, "s")}
# How the names of variants begin, in the order in which they are shown.
_NO_EFFECT = ("placebo", "property")
_VARIANTS = ("as registered", "treated", "one donor", "without", "similar", "expert", "placebo", "property")


def by_estimator(frame: pd.DataFrame, ax: Axes) -> None:
    """Draw the measures of :func:`analysis.article.reforms.by_estimator` in multiples of their smallest effects.

    Dotted lines part the producers.
    """
    numbers = frame[["estimate", "lower", "upper", "detectable"]].div(frame["margin"], axis=0)
    rows = frame[["measure", "producer", "estimator"]].join(numbers)
    main = rows.drop_duplicates("measure").set_index("measure")
    looks = {True: ESTIMATORS["sdid"]}
    forest.forest(main, ax, by=main["estimator"] == "sdid", looks=looks, band=(-1, 1), null=0, size=16)
    place = {name: len(main) - 1 - number for number, name in enumerate(main.index)}
    below = {name: -0.05 - 0.145 * number for number, name in enumerate(ESTIMATORS)}
    for row in rows[rows.duplicated("measure")].itertuples():
        look, y = ESTIMATORS[row.estimator], place[row.measure] + below[row.estimator]
        ax.plot(row.estimate, y, look.marker, color=look.colour, markersize=2.4)
    for before, after in itertools.pairwise(main.itertuples()):
        if before.producer != after.producer:
            ax.axhline(place[before.Index] - 0.78, color=style.MUTED, linewidth=0.4, linestyle=(0, (1, 2)))
    at: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center", "fontsize": 6}
    for name, value in main["detectable"].items():
        ax.text(1.02, place[name], f"{value:.1f}" if np.isfinite(value) else "none", **at)
    head: dict[str, Any] = {"xycoords": ax.get_yaxis_transform(), "annotation_clip": False}
    for text, x, ha in (("worse", 0.01, "left"), ("better", 0.99, "right"), ("detectable", 1.02, "left")):
        tag(ax, text, (x, len(main) - 0.25), ha=ha, **head)
    for look in ESTIMATORS.values():
        ax.plot([], [], look.marker, color=look.colour, label=look.name, markersize=3.5)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.1), ncols=3, columnspacing=1.2, handletextpad=0.3)
    reach = 1.05 * float(main[["lower", "upper"]].abs().max().max())
    ax.set(xlim=(-reach, reach), ylim=(-0.9, len(main) + 0.1))
    ax.set_xlabel("Effect / smallest effect of interest (band: too small to matter)")


def plain_changes(frame: pd.DataFrame, ax: Axes) -> None:
    """Draw the changes of :func:`analysis.article.reforms.firmness` in multiples of their smallest effects."""
    columns = ["estimate", "lower", "upper", "independent_lower", "independent_upper"]
    rows = frame.set_index("measure")[columns].div(frame["margin"].to_numpy(), axis=0)
    known = rows.replace([np.inf, -np.inf], np.nan)
    low, high = 1.05 * min(-1.0, float(known.min().min())), 1.05 * max(1.0, float(known.max().max()))
    under = ("independent_lower", "independent_upper")
    forest.forest(rows.clip(low, high), ax, under=under, band=(-1, 1), null=0, size=16, width=1.6)
    ax.set(xlim=(low, high), xlabel="Change / smallest effect of interest (right: freer)")


def variants(repeated: Variants, axes: Sequence[Axes], *, unit: str) -> None:
    """Draw several measures under all variants of the comparison, in the same rows; hollow ones expect no effect."""
    names = set(repeated.rows["variant"])
    order = sorted(names, key=lambda name: (next(i for i, g in enumerate(_VARIANTS) if name.startswith(g)), name))
    place = {name: -float(number) for number, name in enumerate(order)}
    reach = 1.05 * float(repeated.rows[["lower", "upper"]].abs().max().max())
    measures, looks = repeated.rows.groupby("measure", sort=False), {True: Look(style.MUTED, hollow=True)}
    for (measure, own), ax, letter in zip(measures, axes, "abcdef", strict=False):
        rows, margin = own.set_index("variant"), own["margin"].iloc[0]
        void = rows.index.str.startswith(_NO_EFFECT)
        look: dict[str, Any] = {"places": rows.index.map(place), "by": void, "looks": looks}
        forest.forest(rows, ax, band=(-margin, margin), null=0, size=16, **look)
        for variant in set(order) - set(own["variant"]):
            tag(ax, "\N{EN DASH}", (-0.95 * reach, place[variant]), va="center", color=style.MUTED)
        title = f"{letter}  {measure.split(',')[0].capitalize()}"
        ax.set(title=title, xlabel=f"Effect, {unit}", xlim=(-reach, reach))
        name_rows(ax, list(place.values()), order if ax is axes[0] else [""] * len(order))


def moments(ax: Axes, marks: Mapping[float, str]) -> None:
    """Mark moments by dotted lines with their names at the foot; names of series stay readable over them."""
    for text in ax.texts:
        text.set_bbox(ON_WHITE | {"alpha": 0.8, "pad": 0.4})
    look: dict[str, Any] = {"rotation": 90, "fontsize": 6, "va": "bottom", "xycoords": ("data", "axes fraction")}
    for x, word in marks.items():
        rule(ax, "x", x, look=(style.INK, (0, (1, 2)), 0.7))
        tag(ax, word, (x, 0.01), ha="right", **look)


def event_windows(
    fit: ConditionalPoissonFit, placebos: pd.DataFrame, monthly: ConditionalPoissonFit, ax: Axes, *, smallest: float
) -> None:
    """Draw rate ratios of windows and single months around elections, over the range of placebo calendars."""
    words = (f"grey: all {len(placebos)} placebo calendars", f"dotted: smallest ratio of interest, {smallest:g}")
    chance = pd.DataFrame({"low": placebos.min(), "high": placebos.max()})
    single = monthly.table()["rate_ratio"].set_axis([month for month, _ in MONTHLY.values()])
    months: dict[str, Any] = {"single": single, "event": ("vote", ""), "ticks": 7}
    eventtime.event_time(fit.table(), chance, ax, spans=HALF_YEAR, smallest=smallest, words=words, **months)
    ax.set(xlabel="Months from the national election", ylabel="Rate ratio to other months (log scale)")


def samples(frame: pd.DataFrame, ax: Axes) -> None:
    """Draw rate ratios of the two registered windows in several samples (see ``terms_table``)."""
    marks = forest.dodged(frame, ax, value="rate_ratio", rows="sample", series="window", looks=SAMPLES)
    ax.axvline(1, color=style.INK, linewidth=0.6, zorder=0)
    log_axis(ax, "x", (0.95 * frame["lower"].min(), 1.05 * frame["upper"].max()))
    ax.legend(handles=marks, loc="upper center", bbox_to_anchor=(0.4, -0.13), ncols=2, columnspacing=1)
    ax.set_xlabel("Rate ratio (log scale), 95% interval")


def found(ratio: Estimate, outcome: str) -> str:
    """Say in a title how many times the events came, and whether the interval of the rate ratio includes one."""
    still = ", but the 95% interval includes 1" if ratio.lower <= 1 <= ratio.upper else ""
    return f"came with {ratio.estimate:.2f} times the {OUTCOMES[outcome]}{still}"


def shifts(frame: pd.DataFrame, ax: Axes) -> None:
    """Draw ratios of events near elections to those expected, over what shifted calendars give."""
    texts = [f"{row.events} of {counted(row.total, 'event')}, p = {row.p:.2g}" for row in frame.itertuples()]
    look: dict[str, Any] = {"under": ("null_low", "null_high"), "tick": "detectable", "floor": 0.15, "reach": (1, 1.1)}
    forest.forest(frame, ax, value="ratio", null=1, ratio=True, texts=texts, **look)
    ax.set(xlabel="Events in window / expected (log scale)", ylabel=f"{frame.index.name.capitalize()} from the vote")


def by_base(frames: Mapping[str, pd.DataFrame], ax: Axes, *, registered: int, smallest: float) -> None:
    """Draw rate ratios of two outcomes by the length of the base."""
    finite = {name: frame[np.isfinite(frame["ratio"])] for name, frame in frames.items()}
    every = pd.concat(finite.values())
    low, top = max(0.8 * float(every["lower"].min()), 0.1), 1.2 * min(float(every["upper"].max()), 300)
    shown = {name: frame.clip(lower=low) for name, frame in finite.items()}
    curve.curves(shown, ax, value="ratio", named="end", levels={1: "", smallest: ""}, every=3)
    log_axis(ax, "y", (0.55 * low, top))
    rule(ax, "x", registered, "base in a", place=top, offset=(3, -2), va="top")
    ax.set(xlabel="Years before the turn taken as base", ylabel="Rate ratio, 95% interval (log scale)")


def shares(frame: pd.DataFrame, ax: Axes, *, names: Mapping[str, str], focus: str) -> None:
    """Draw the share of protests met with arrests before and after a year, one row a country."""
    ordered = frame.sort_values(["difference", "share_before"])[::-1]
    numbers = zip(ordered.index, ordered["protests_before"], ordered["protests_after"], strict=True)
    labelled = ordered.set_axis([f"{names.get(code, code)} ({old:,.0f}, {new:,.0f})" for code, old, new in numbers])
    looks = {True: Look(style.PRINTED), False: Look(style.MUTED)}
    look: dict[str, Any] = {"ends": ("share_before", "share_after"), "under": ("after_lower", "after_upper")}
    own = ordered.index == focus
    forest.forest(labelled, ax, value="share_after", first="share_before", by=own, looks=looks, **look)
    ax.tick_params(axis="y", labelsize=6)
    ax.set(xlim=(-0.03, 1.03), xlabel="Share of protests met with arrests (hollow before, filled after)")


def episodes(listed: pd.DataFrame, ax: Axes, *, turn: str, last: str) -> None:
    """Draw dated episodes by target, with the months from a turn to the last day shaded."""
    frame = listed.assign(first=pd.to_datetime(listed["date"]))
    order = sorted(frame["target"].unique())
    later = (frame["first"] >= turn).groupby(frame["target"]).agg(["sum", "size"])
    texts = [f"{size - after} before, {after} after" for after, size in later.loc[order].to_numpy()]
    ax.axvspan(pd.Timestamp(turn), pd.Timestamp(last), color=style.FAINT, alpha=0.6, linewidth=0, zorder=0)
    timeline.events(frame, ax, row="target", order=order, looks=TARGETS, texts=texts, size=24)
    timeline.date_axis(ax, months=6)
    ax.set_xlabel("First day of the episode")


def index_changes(changes: pd.DataFrame, ax: Axes, *, country: str) -> None:
    """Draw one country's change in each indicator over the middle 90 % of countries."""
    shown = changes[list(INDICATORS)]
    ends: dict[str, Any] = {"low": shown.quantile(0.05), "high": shown.quantile(0.95)}
    frame = pd.DataFrame({"estimate": shown.loc[country], **ends})
    frame.index = pd.Index([f"{target}: {name}" for target, name in INDICATORS.values()])
    by = [target for target, _ in INDICATORS.values()]
    forest.forest(frame, ax, ends=None, under=("low", "high"), by=by, looks=TARGETS, null=0, size=26)
    ax.tick_params(axis="y", labelsize=6)
    ax.set_xlim(frame.min().min() - 0.2, frame.max().max() + 0.2)


def case_days(frame: pd.DataFrame, ax: Axes, *, called: int, days: int) -> None:
    """Draw every record of the case by days from the vote, one row a step."""
    ax.axvspan(-days, 0, color=style.FAINT, alpha=0.6, linewidth=0, zorder=0)
    order = [step for step in STEPS if step in set(frame["step"])]
    timeline.events(frame, ax, row="step", order=order, looks=STEPS, spread=0.22, size=11)
    counts = frame["step"].value_counts()
    ax.set_yticks([-number for number in range(len(order))], [f"{step} ({counts[step]})" for step in order])
    top = 0.85
    rule(ax, "x", 0, "vote", place=top, offset=(3, 0), va="top", look=(style.INK, "-", 0.9))
    rule(ax, "x", called, "called", place=top, offset=(-3, 0), va="top", ha="right", look=(style.INK, "--", 0.7))
    ax.set(ylim=(0.45 - len(order), top + 0.1), xlabel="Days from the vote (in brackets: number of records)")


def chance(began: Mapping[str, pd.Series], near: Mapping[str, Estimate], ax: Axes, *, votes: pd.Series) -> None:
    """Draw tax episodes and votes on one calendar, one row for each step that can count as the beginning."""
    counts, test = next(iter(began.values())), next(iter(near.values()))
    first, last = counts.index[0].start_time, counts.index[-1].start_time
    for day in votes[votes.between(first, last)]:
        before = (day + pd.Timedelta(days=test.first), day)
        ax.axvspan(*before, color=style.FAINT, alpha=0.8, linewidth=0, zorder=0)
        rule(ax, "x", day, "vote", place=0.44, offset=(-3, 0), va="top", ha="right", look=(style.INK, "-", 0.8))
    steps = {name: name.replace(", ", ",\n") for name in began}
    days = {steps[name]: own.index[own > 0].to_timestamp() for name, own in began.items()}
    dated = [(step, day, day == own[-1]) for step, own in days.items() for day in own]
    marks = pd.DataFrame(dated, columns=["step", "first", "second"])
    looks = {False: Look(style.INK, "s", hollow=True), True: Look(style.PRINTED, "s")}
    texts = [f"{test.events} of {test.n}, p = {test.p_value:.2g}" for test in near.values()]
    timeline.events(marks, ax, row="step", order=list(days), by="second", looks=looks, texts=texts)
    ax.set_xlim(first, last)
    timeline.date_axis(ax, months=12)
    ax.set_xlabel("Year")


def ranks(frame: pd.DataFrame, ax: Axes, *, cited: tuple[int, int]) -> None:
    """Draw the rank of every data year by edition, a line each, with the best of each edition and the cited one."""
    long = frame.rename_axis("edition").reset_index().melt("edition", var_name="data_year").dropna()
    of_lines = {"panel": "ranks", "unit": "Rank (1 = freest)", "lower": np.nan, "upper": np.nan}
    long = long.sort_values("edition").astype({"edition": str, "data_year": int}).assign(**of_lines)
    paths.editions(long, [ax], mark=cited[1], word="", reverse="ranks")
    best = frame.idxmin(axis=1)
    ax.scatter(best, frame.min(axis=1), s=12, facecolor="white", edgecolor=style.INK, linewidths=0.7, zorder=3)
    at = (cited[1], frame.loc[cited])
    ax.scatter(*at, s=60, facecolor="none", edgecolor=style.PRINTED, linewidths=1.2, zorder=4)
    ax.set_title("")


def rerated(frame: pd.DataFrame, axes: Sequence[Axes], *, margin: float) -> None:
    """Draw one data year as each release rates it, and the change into the year."""
    starts = frame["index"] != frame["index"].shift()
    y = -np.arange(len(frame)) - 0.7 * starts.cumsum().to_numpy(dtype=float)
    heads = (frame["index"] + ", " + frame["data_year"].astype(str) + "   ").where(starts, "")
    named = frame.set_axis(heads + frame["release"])
    oldest = frame.groupby("index")["value"].transform("first")
    apart = named.assign(**{end: named[end] - oldest.to_numpy() for end in ("value", "lower", "upper")})
    newest = (frame["index"] != frame["index"].shift(-1)).tolist()
    look: dict[str, Any] = {"places": y, "by": newest, "looks": {False: Look(style.MUTED)}, "size": 16}
    texts = frame["value"].map("{:.3f}".format)
    forest.forest(apart, axes[0], value="value", texts=texts, beside="right", **look)
    ends, band = ("change_lower", "change_upper"), (-margin, margin)
    forest.forest(named, axes[1], value="change", ends=ends, band=band, null=0, **look)
    axes[1].tick_params(labelleft=False)
    axes[0].xaxis.set_major_formatter("{x:g}")
    for ax in axes:
        ax.xaxis.set_major_locator(MaxNLocator(4))
    low, high = axes[0].get_xlim()
    axes[0].set(xlim=(low, high + 0.2 * (high - low)), xlabel="Difference from the oldest release (V-Dem points)")
    axes[1].set_xlabel("Change from the year before (V-Dem points)")
