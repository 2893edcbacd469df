"""Figures of notebook 08: verdicts by certainty, the confirmatory family, and what would change a verdict."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from analysis.charts import forest, matrix, rule, style
from analysis.claims.verdicts import Verdicts

#: Kinds of single changes, as their columns are headed.
CHANGES = {
    "edition": "later edition",
    "threshold": "other threshold",
    "check": "a check",
    "part": "a part",
    "test": "a calibrated test",
    "record": "one more record",
    "p-value": "no correction",
    "identification": "rivals told apart",
}


def counts(found: pd.DataFrame, ax: Axes) -> None:
    """Draw the number of claims by verdict and certainty."""
    rows = [f"{verdict} ({total})" for verdict, total in found.sum(axis=1).items()]
    texts = found.map(lambda number: str(number or "·")).set_axis(rows)
    shades = found.apply(lambda line: line.map(lambda n: style.VERDICT_COLOURS[line.name] if n else "white"), axis=1)
    matrix.cells(texts.rename(columns={"": "none"}), ax, colours=shades)
    ax.set_xlabel("Certainty of the evidence")


def pairs(judged: Verdicts) -> pd.DataFrame:
    """Return each pair of claims that cannot both be true, side by side with the estimand that decides both."""
    said = {
        item.claim.id: (item.claim.id, item.claim.speaker, item.claim.claim, item.conclusion.label) for item in judged
    }
    rows = [
        (one.estimand, one.estimand == other.estimand, *said[one.id], *said[other.id])
        for one, other in judged.register.rival_pairs()
    ]
    sides = [f"{side}{part}" for side in ("first", "second") for part in ("", "_speaker", "_claim", "_verdict")]
    return pd.DataFrame(rows, columns=["estimand", "same_estimand", *sides])


def family(frame: pd.DataFrame, ax: Axes, *, alpha: float) -> None:
    """Draw raw and adjusted p-values of the claimed effects, one-sided."""
    ordered = frame.dropna(subset="p").sort_values("p", kind="stable")
    names = [f"{name.replace('-', ' ')}\n{row}" for name, row in zip(ordered.index, ordered["verdict"], strict=True)]
    look: dict[str, Any] = {"value": "p_adjusted", "first": "p", "ends": ("p", "p_adjusted")}
    forest.forest(ordered.set_axis(names), ax, line=style.FAINT, width=1.5, **look)
    ax.set_xscale("log")
    rule(ax, "x", alpha, f"{alpha:g}", place=len(ordered) - 0.4, offset=(0, 0), ha="center", va="bottom")
    ax.set_xlim(right=1.3)
    ax.set_xlabel("One-sided p of no effect (log scale): hollow raw, filled after Holm's correction")


def changes(frame: pd.DataFrame, ax: Axes) -> None:
    """Draw which single changes would give another verdict: claims as rows, kinds of change as columns."""
    texts = frame.assign(text=frame["other_verdict"].map(_short)).pivot_table(
        index="claim", columns="kind", values="text", aggfunc=lambda found: " / ".join(dict.fromkeys(found)), sort=False
    )
    stands = frame.drop_duplicates("claim").set_index("claim")["verdict"]
    texts = texts.reindex(columns=[kind for kind in CHANGES if kind in texts]).fillna("").rename(columns=CHANGES)
    matrix.cells(texts.set_axis([f"{c.replace('-', ' ')}: {_short(stands[c])}" for c in texts.index]), ax)
    for row in range(len(texts)):
        ax.axhline(row, color=style.FAINT, linewidth=0.4, zorder=0)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)


def _short(verdict: str) -> str:
    """Shorten a verdict for a cell, its reason first."""
    name, _, reason = verdict.partition(": ")
    return reason or name
