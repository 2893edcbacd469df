"""Ranks and confidence sets for ranks: how far a league table can be trusted.

A unit with the highest score has rank 1. A published rank is an estimate, for the scores have errors; the sets below
say which ranks are compatible with the scores and their standard errors. If, among p units, the pairwise tests find a
units above unit j and b units below it, its set is ``1 + a`` to ``p - b``. Families of pairs and quantiles follow the
R package csranks; the random draws do not, so an end may differ by one rank from a printed example.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import lru_cache, partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from analysis.errors import InputError
from analysis.methods._inputs import numbers, order_of, refuse_if, refuse_unknown
from analysis.methods.result import Bools, Estimate, Floats, bounded, counted, method, readonly

CHUNK = 2**17  # t-ratios in memory at once: the megabyte should fit the processor's cache
MIN_DRAWS = 100  # fewer draws cannot place a 95% quantile
_refuse = partial(refuse_if, where="ranking", remedy="correct the scores, their errors or the options")
TOLERANCE = 2e-5  # largest excess over the smallest sd, as a share of it
TIED = 1e-12  # share of two scores up to which their difference is rounding


def competition_rank(scores: ArrayLike) -> NDArray[np.int64]:
    """Rank finite scores as in a competition: highest is 1, ties share the smallest rank."""
    x = numbers(scores, "ranking", "scores")
    _refuse(x.ndim != 1 or not x.size or not np.isfinite(x).all(), "a score is missing or infinite")
    return rankdata(-x, method="min").astype(np.int64)


@method
def rank_sets(
    estimates: ArrayLike,
    standard_errors: ArrayLike,
    *,
    seed: int,
    scope: Literal["marginal", "simultaneous"] = "marginal",
    only: Iterable[Hashable] | None = None,
    coverage: float = 0.95,
    draws: int = 1000,
) -> Estimate:
    """Return confidence sets for ranks.

    After Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for ranks, doi:10.1093/restud/rdad006.

    The table has by unit, best estimate first (ties by label), ``estimate`` and ``standard_error``, ``rank`` of the
    estimate, ``lower`` and ``upper`` end of its set, both included, and ``ranks_in_set``; with one unit asked for, its
    rank and set are the estimate and the interval. ``n`` units were ranked. Of simultaneous sets of all units, those
    with a lower end up to q are the units that may be among the q best.

    Parameters
    ----------
    estimates : array_like or Series, shape (p,)
        Scores of 2 or more units, higher is better. The index of a Series gives the labels (unique), else positions do.
    standard_errors : array_like or Series, shape (p,), or float
        Their standard errors; Series are matched by index.
    seed : int
        Seed of the draws, which go to units in order of the league table: the order of rows does not matter.
    scope : {"marginal", "simultaneous"}
        Whether each set alone, or all together, hold the truth with the stated probability.
    only : iterable of labels, optional
        Units whose sets are wanted; default all. Of a thousand or more, name some: the work grows with the square.
    coverage, draws : float, int, default 0.95 and 1000
        Nominal coverage, number of bootstrap draws; at least 100.

    Raises
    ------
    InputError
        If shapes differ, a value is not finite, an error is not positive, or a label is repeated or unknown.

    Examples
    --------
    >>> sets = rank_sets(pd.Series({"a": 8.9, "b": 7.0, "c": 6.9}), 0.1, seed=1)
    >>> sets.table()[["lower", "upper"]].to_dict("list")
    {'lower': [1, 2, 2], 'upper': [1, 3, 3]}
    """
    league = _league(estimates, standard_errors)
    x, se, p = league["estimate"].to_numpy(), league["standard_error"].to_numpy(), len(league)
    how: dict[str, Any] = {"z": _draws(seed, p, draws), "coverage": coverage}
    wanted = list(league.index if only is None else only)
    _refuse(not wanted, "no unit is named")
    refuse_unknown(wanted, league.index, "ranking", "unit")
    rows = [row for row, name in enumerate(league.index) if name in wanted]
    if scope == "simultaneous":
        above = pairs_found_above(x, se, ~np.eye(p, dtype=bool), **how)
        lower, upper = 1 + above.sum(axis=0), p - above.sum(axis=1)
    else:
        lower, upper = np.ones(p, dtype=np.int64), np.full(p, p)
        for i in rows:
            own = np.arange(p) == i
            above = pairs_found_above(x, se, np.logical_xor.outer(own, own), **how)
            lower[i], upper[i] = 1 + above[:, i].sum(), p - above[i].sum()
    sets = league.assign(rank=competition_rank(x), lower=lower, upper=upper, ranks_in_set=upper - lower + 1).iloc[rows]
    label = f"{scope} {100 * coverage:g}% confidence set"
    way = f"step-down max-t, {draws:,} draws, independent normal errors"
    width = sets["ranks_in_set"]
    words = (
        f"The {label}s of {len(sets)} units among {p} hold a median of {counted(width.median(), 'rank')}, from "
        f"{width.min()} to {width.max()} ({way})."
    )
    said: dict[str, Any] = {"name": "ranks"}
    if len(sets) == 1:
        own = next(sets.itertuples())
        words = f"{own.Index} has rank {own.rank} of {p} (score {own.estimate:.4g}); the {label} for its rank is "
        words += f"{own.lower} to {own.upper} ({way})."
        said = {"name": str(own.Index), "unit": "rank"} | bounded(own.rank, own.lower, own.upper)
    return Estimate(words, **said, n=p, assumed=way, rows=sets)


@method
def smallest_sd_covering(
    scores: ArrayLike, unit: Hashable, *, target_rank: int, seed: int, coverage: float = 0.95, draws: int = 1000
) -> float:
    """Return the smallest sd, common to all scores, at which the marginal set of a unit covers a rank.

    For scores that are published without errors: how large an error would change what a rank says. The sd covers the
    rank and exceeds the smallest by at most a share of 2e-5; it is 0 where ties cover it without error.

    Parameters
    ----------
    scores, seed, coverage, draws
        As in `rank_sets`.
    unit, target_rank : label, int
        Label of the unit, and the rank to be covered, 1 to p.

    Raises
    ------
    InputError
        As `rank_sets`; or if the target is not a rank.
    """
    x = _league(scores, 1.0)["estimate"]
    refuse_unknown([unit], x.index, "ranking", "unit")
    own = np.array([name == unit for name in x.index])
    how: dict[str, Any] = {"z": _draws(seed, len(x), draws), "coverage": coverage, "known": {}}

    def covers(sd: float) -> bool:
        above = pairs_found_above(x.to_numpy() / sd, np.ones(len(x)), np.logical_xor.outer(own, own), **how)
        return bool(above[:, own].sum() < target_rank <= len(x) - above[own].sum())

    _refuse(not 1 <= target_rank <= len(x), f"target rank {target_rank} is not among 1 to {len(x)}")
    steps = -np.diff(x)
    apart = steps[steps > TIED * np.abs(x)[:-1]]
    low, high = 0.0, float(np.ptp(x)) or 1.0
    if covers(1e-9 * float(apart.min(initial=high))):
        return 0.0
    # With the same draws at every sd the set only grows with the sd, so bisection finds the smallest.
    while not covers(high):
        low, high = high, 2 * high
    while high - low > TOLERANCE * high:
        middle = (low + high) / 2
        low, high = (low, middle) if covers(middle) else (middle, high)
    return high


@lru_cache(maxsize=1)  # sets of one league table ask for the same draws again and again
def _draws(seed: int, p: int, draws: int) -> Floats:
    _refuse(draws < MIN_DRAWS, f"{counted(draws, 'draw')} where at least {MIN_DRAWS} are needed")
    return readonly(np.random.default_rng(seed).standard_normal((p, draws)))


def pairs_found_above(
    estimate: Floats, error: Floats, family: Bools, *, z: Floats, coverage: float, known: dict[bytes, Any] | None = None
) -> Bools:
    """Return the pairs (j, k) of a family for which "unit j scores above unit k" is found.

    A pair is found when its t-ratio exceeds the ``coverage`` quantile of the largest t-ratio of the family under
    independent normal errors. Step-down (Romano and Wolf 2005, doi:10.1198/016214504000000539) takes the found pairs
    out, takes the quantile over the pairs that remain, and goes on until no more are found; the draws stay the same.

    ``family`` holds the ordered pairs tested, shape (p, p); ``z`` standard normal draws, shape (p, draws). Quantiles do
    not depend on estimates: ``known`` keeps them by the pairs that remain, for calls that differ in estimates alone.
    """
    _refuse(not 0 < coverage < 1, f"coverage {coverage} is not between 0 and 1")
    pairs = np.argwhere(family)
    difference_sd = np.hypot(*error[pairs.T])
    t = np.subtract(*estimate[pairs.T]) / difference_sd
    noise = z * error[:, None]
    remaining, known = np.ones(len(pairs), dtype=bool), {} if known is None else known
    while remaining.any():
        if (rest := remaining.tobytes()) not in known:
            known[rest] = np.quantile(_largest_t(noise, pairs[remaining], difference_sd[remaining]), coverage)
        found = remaining & (t > known[rest])
        remaining &= ~found
        if not found.any():
            break
    above = family.copy()
    above[family] = ~remaining
    return above


def _largest_t(noise: Floats, pairs: NDArray[np.intp], difference_sd: Floats) -> Floats:
    """Largest t-ratio among pairs of units in each draw, shape (draws,)."""
    largest = np.full(noise.shape[1], -np.inf)
    step = 1 + CHUNK // len(largest)
    for part in (slice(start, start + step) for start in range(0, len(pairs), step)):
        j, k = pairs[part].T
        t = noise[j]
        t -= noise[k]
        t /= difference_sd[part, None]
        np.maximum(largest, t.max(axis=0), out=largest)
    return largest


def _league(estimates: Any, errors: Any) -> pd.DataFrame:
    """Return scores and errors, checked, by unit: best first, ties by label."""
    scores, own = numbers(estimates, "ranking", "scores"), numbers(errors, "ranking", "errors")
    try:
        x = pd.Series(scores, estimates.index.to_flat_index() if isinstance(estimates, pd.Series) else None)
        if isinstance(errors, pd.Series):
            own = pd.Series(own, errors.index.to_flat_index())
            refuse_unknown(x.index, own.index, "ranking", "error labelled")
            own = own.reindex(x.index)
        league = pd.DataFrame({"estimate": x, "standard_error": own}).rename_axis("unit")
    except (TypeError, ValueError):
        remedy = "give one number per unit, and labels once"
        raise InputError("scores and errors do not fit", where="ranking", remedy=remedy) from None
    _refuse(len(league) < 2, "fewer than two units")
    _refuse(league.index.hasnans, "a label is missing")
    _refuse(not league.index.is_unique, "two units have the same label")
    _refuse(not np.isfinite(league).all(axis=None), "a score or an error is missing or infinite")
    _refuse(not (league["standard_error"] > 0).all(), "a standard error is not positive")
    return league.iloc[order_of(league.index)].sort_values("estimate", ascending=False, kind="stable")
