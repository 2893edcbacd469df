"""Shares before and after a turn: of dated events in two periods, and of many units in two totals each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.errors import InputError
from analysis.methods.composition import difference_of_proportions, exact_2x2
from analysis.methods.result import Estimate, method

_ALPHA, _POWER = 0.05, 0.8
_SHARES = np.arange(0.01, 1.0, 0.01)  # later shares among which the detectable one is sought


@method
def change_of_share(hits: pd.Series, *, first: str, turn: str, last: str) -> Estimate:
    """Compare the share of hits among dated events from a turn on with that before it.

    Parameters
    ----------
    hits : pandas.Series of bool
        Whether each event is a hit, by ISO date; its name says what a hit is.
    first, turn, last : str
        ISO dates: first day, first day of the later period, and last day, all included.

    Returns
    -------
    Estimate
        Later share minus earlier share in percentage points, with Newcombe's interval; two-sided exact test of two
        shares (mid-p; one where all events or none are hits); the smallest rise that it finds if the earlier share is
        as observed. Further ``hits`` and ``events``, later period first, ``all_hits``, the dates, and
        ``least_without_one``: the smallest difference without any one event, nan if a period would be empty.

    Raises
    ------
    InputError
        If a period has no event.

    References
    ----------
    Lancaster, H. (1961). Journal of the American Statistical Association 56, 223-234.
    doi:10.1080/01621459.1961.10482105
    Newcombe, R. (1998). Statistics in Medicine 17, 873-890.

    Examples
    --------
    >>> dates = ["2019-02-01", "2019-05-01", "2020-01-01", "2020-02-01"]
    >>> hits = pd.Series([False, False, True, False], index=dates, name="fines")
    >>> change_of_share(hits, first="2019-01-01", turn="2020-01-01", last="2020-12-31").estimate
    50.0
    """
    inside = hits[(hits.index >= first) & (hits.index <= last)].astype(bool)
    periods = [inside[inside.index >= turn], inside[inside.index < turn]]
    (a, c), (n, m) = ([int(part.sum()) for part in periods], [len(part) for part in periods])
    if not (n and m):
        raise InputError("a period has no event", where=str(hits.name), remedy=f"{n} from {turn} on, {m} before")
    estimate, lower, upper = (100 * value for value in difference_of_proportions(a, n, c, m))
    p, detectable = _mid_p(a, n, c, m), _detectable(n, c, m)
    return Estimate(
        f"Of {n} events from {turn} to {last}, {a} were {hits.name}; of {m} since {first}, {c}: a difference of "
        f"{estimate:+.0f} percentage points (Newcombe 95% interval {lower:+.0f} to {upper:+.0f}; exact test, mid-p "
        f"{p:.2g}). With 80% power the test finds {detectable:.0f} points or more.",
        name=str(hits.name),
        estimate=estimate,
        lower=lower,
        upper=upper,
        p_value=p,
        n=n + m,
        unit="percentage points",
        minimum_detectable_effect=detectable,
        more={"hits": (a, c), "events": (n, m), "all_hits": a + c, "first": first, "turn": turn, "last": last}
        | {"least_without_one": _least_without_one(a, n, c, m)},
    )


@method
def share_changes(
    hits_before: pd.Series, events_before: pd.Series, hits_after: pd.Series, events_after: pd.Series
) -> Estimate:
    """Compare the share of hits among events before and after, in each unit.

    Parameters
    ----------
    hits_before, events_before, hits_after, events_after : pandas.Series of int
        Hits and events of both periods by unit.

    Raises
    ------
    InputError
        If a unit has no event in a period, or more hits than events.

    References
    ----------
    Newcombe, R. (1998). Statistics in Medicine 17, 873-890.
    Wilson, E. (1927). Journal of the American Statistical Association 22, 209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> found = share_changes(*(pd.Series([n], index=["a"]) for n in (2, 10, 6, 10)))
    >>> found.table()["difference"].round(2).tolist()
    [0.4]
    """
    frame = pd.DataFrame({"x0": hits_before, "n0": events_before, "x1": hits_after, "n1": events_after}).astype(int)
    rows = {row.Index: _compared(row.x0, row.n0, row.x1, row.n1) for row in frame.itertuples()}
    shares = pd.DataFrame(rows).T.rename_axis(hits_before.index.name)
    rose, fell = (int((sign * shares["difference"] > 0).sum()) for sign in (1, -1))
    return Estimate(f"Of {len(shares)} shares, {rose} rose and {fell} fell.", name="changes of shares", rows=shares)


def _compared(before: int, n_before: int, after: int, n_after: int) -> dict[str, float]:
    estimate, lower, upper = difference_of_proportions(after, n_after, before, n_before)
    table = np.array([[after, n_after - after], [before, n_before - before]])
    wilson = dict(zip(("after_lower", "after_upper"), proportion_confint(after, n_after, method="wilson"), strict=True))
    ends = {"difference": estimate, "lower": lower, "upper": upper}
    p = float(stats.fisher_exact(table).pvalue)
    return {"share_before": before / n_before, "share_after": after / n_after, **ends, **wilson, "p_fisher": p}


def _mid_p(later: int, n_later: int, before: int, n_before: int) -> float:
    table = np.array([[later, n_later - later], [before, n_before - before]])
    return exact_2x2(table).p_mid if table.sum(axis=0).all() else 1.0


def _detectable(n_later: int, before: int, n_before: int) -> float:
    """Return the smallest rise of the share, in percentage points, that the mid-p test finds with 80 % power."""
    rejects = np.array([_mid_p(k, n_later, before, n_before) <= _ALPHA for k in range(n_later + 1)])
    rejects &= np.arange(n_later + 1) / n_later > before / n_before
    power = np.array([stats.binom.pmf(np.arange(n_later + 1), n_later, share) @ rejects for share in _SHARES])
    enough = _SHARES[power >= _POWER]
    return 100 * float(enough[0] - before / n_before) if len(enough) else float("inf")


def _least_without_one(later: int, n_later: int, before: int, n_before: int) -> float:
    """Return the smallest difference of shares, in percentage points, without one of the events."""
    if min(n_later, n_before) < 2:
        return float("nan")
    without_hit = max(later - 1, 0) / (n_later - 1) - before / n_before
    without_earlier_miss = later / n_later - min(before / (n_before - 1), 1.0)
    return 100 * min(without_hit, without_earlier_miss)
