"""Steps of notebook 05: whether the rise depends on the base, on the blocks of the bootstrap, and on a quiet past."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.article.activity import OUTCOMES, Span, bootstrap_ratios, central_p, first_month, log_ratio, monthly
from analysis.methods.break_tests import BreakTest
from analysis.methods.count_tests import rate_ratio_interval

#: Bases, in years, that are named beside the registered one.
_NAMED = (3, 5, 10)
#: Months in a block of the bootstrap.
BLOCKS = (1, 2, 3, 6, 12)


def by_base(months: pd.DataFrame, country: str, outcome: str, span: Span, years: Iterable[int]) -> pd.DataFrame:
    """Return the rate ratio with its exact interval for bases of several lengths, by years of the base."""
    rows = {}
    for n in years:
        changed = span.years(n)
        counts = monthly(months, country, outcome, changed)
        before, after = int(counts[: changed.base].sum()), int(counts[changed.base :].sum())
        found = rate_ratio_interval(before, after, exposures=(changed.base, changed.later))
        rows[n] = {"before": before, "ratio": found.estimate, "lower": found.lower, "upper": found.upper}
    return pd.DataFrame(rows).T.rename_axis("years")


def bases_sentence(frame: pd.DataFrame, *, registered: int, outcome: str) -> str:
    """Say how the ratio depends on the base: by three lengths, the place of the registered one, and where it is open.

    Parameters
    ----------
    frame : pandas.DataFrame
        See :func:`by_base`.
    registered : int
        Years of the registered base.
    outcome : str
        What is counted.
    """
    named = sorted({*_NAMED, registered} & set(frame.index))
    rows = frame.loc[named]
    each = "; ".join(f"{n}: {row.ratio:.1f} ({row.lower:.2f} to {row.upper:.1f})" for n, row in rows.iterrows())
    larger = int((frame["ratio"] > frame.loc[registered, "ratio"]).sum())
    return (
        f"Rate ratio of {outcome} by years of the base, with exact 95% intervals: {each}. {larger or 'None'} of "
        f"{len(frame)} bases give a larger ratio than the registered one; {int((frame['lower'] > 1).sum())} of the "
        f"intervals lie above one."
    )


def by_block(
    months: pd.DataFrame, country: str, outcome: str, span: Span, blocks: Iterable[int], *, draws: int, seed: int
) -> pd.Series:
    """Return the bootstrap p by months in a block."""
    counts = monthly(months, country, outcome, span)
    observed = float(log_ratio(counts[: span.base].sum(), counts[span.base :].sum(), span))
    found = {n: bootstrap_ratios(counts, span, block=n, draws=draws, seed=seed)[1] for n in blocks}
    return pd.Series({n: central_p(null, observed) for n, null in found.items()}, name="p").rename_axis("block")


def blocks_sentence(p: pd.Series, *, outcome: str) -> str:
    """Say the bootstrap p by the length of the blocks."""
    each = ", ".join(f"{value:.2g} ({n})" for n, value in p.items())
    return f"Bootstrap p of {outcome} by months in a block: {each}."


def scan_sentence(scan: BreakTest, years: pd.DataFrame) -> str:
    """Say the strongest candidate for a break in the yearly counts, with its calendar year."""
    return f"{scan.sentence()} Period {scan.position} is {years.index[scan.position - 1]}."


def standing_sentence(months: pd.DataFrame, coverage: pd.DataFrame, country: str, outcome: str, span: Span) -> str:
    """Say how often stretches before the turn were as busy as the later period, or as quiet as the base."""
    whole = replace(span, base=span.middle - first_month(coverage, country))
    counts = monthly(months, country, outcome, whole)
    past, after = counts[: whole.base], int(counts[whole.base :].sum())
    busy, quiet = (np.convolve(past, np.ones(length), "valid") for length in (span.later, span.base))
    return (
        f"Before the turn, {int((busy >= after).sum())} of {len(busy)} stretches of {span.later} months had as many "
        f"{OUTCOMES[outcome]} as the later period ({after}) or more, {int(busy.max())} at most; "
        f"{int((quiet <= quiet[-1]).sum())} of {len(quiet)} stretches of {span.base} months had as few as the base "
        f"({int(quiet[-1])}) or fewer."
    )
