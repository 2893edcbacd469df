"""Shares before and after a turn: of dated events in two periods, and of many units in two totals each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.errors import InputError
from analysis.methods.composition import difference_of_proportions, exact_2x2
from analysis.methods.result import Result, method

_ALPHA, _POWER = 0.05, 0.8
_SHARES = np.arange(0.01, 1.0, 0.01)  # later shares among which the detectable one is sought


@dataclass(frozen=True, slots=True)
class ShareChange(Result):
    """Share of dated events that are hits, after a turn and before it.

    Attributes
    ----------
    hit : str
        What a hit is.
    first, turn, last : str
        First day, first day of the later period, and last day.
    hits, events : tuple of int
        Hits and events, later period first.
    estimate, lower, upper : float
        Later share minus earlier share in percentage points, with Newcombe's 95 % interval.
    p_value : float
        Two-sided exact test of two shares (mid-p); one where all events or none are hits.
    minimum_detectable_effect : float
        Smallest rise, in percentage points, that the test finds with 80 % power if the earlier share is as observed.
    least_without_one : float
        Smallest difference without any one event; nan if a period would be empty.
    """

    hit: str
    first: str
    turn: str
    last: str
    hits: tuple[int, int]
    events: tuple[int, int]
    estimate: float
    lower: float
    upper: float
    p_value: float
    minimum_detectable_effect: float
    least_without_one: float
    unit: ClassVar[str] = "percentage points"

    @property
    def n(self) -> int:
        """Events of both periods."""
        return sum(self.events)

    @property
    def all_hits(self) -> int:
        """Hits of both periods."""
        return sum(self.hits)

    def sentence(self) -> str:
        """Say counts, difference, test and power."""
        return (
            f"Of {self.events[0]} events from {self.turn} to {self.last}, {self.hits[0]} were {self.hit}; of "
            f"{self.events[1]} since {self.first}, {self.hits[1]}: a difference of {self.estimate:+.0f} percentage "
            f"points (Newcombe 95% interval {self.lower:+.0f} to {self.upper:+.0f}; exact test, mid-p "
            f"{self.p_value:.2g}). With 80% power the test finds {self.minimum_detectable_effect:.0f} points or more."
        )


@dataclass(frozen=True, slots=True)
class ShareChanges(Result):
    """Shares of many units before and after, one row a unit.

    Attributes
    ----------
    shares : pandas.DataFrame
        By unit: ``share_before``, ``share_after``, ``difference`` (later minus earlier) with Newcombe's 95 % interval
        ``lower``, ``upper``, Wilson's interval of the later share ``after_lower``, ``after_upper``, and two-sided
        ``p_fisher``.
    """

    shares: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return one row per unit."""
        return self.shares

    def sentence(self) -> str:
        """Say how many shares rose and fell."""
        rose, fell = (int((sign * self.shares["difference"] > 0).sum()) for sign in (1, -1))
        return f"Of {len(self.shares)} shares, {rose} rose and {fell} fell."


@method
def change_of_share(hits: pd.Series, *, first: str, turn: str, last: str) -> ShareChange:
    """Compare the share of hits among dated events from a turn on with that before it.

    Parameters
    ----------
    hits : pandas.Series of bool
        Whether each event is a hit, by ISO date; its name says what a hit is.
    first, turn, last : str
        ISO dates: first day, first day of the later period, and last day, all included.

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
    contrast = difference_of_proportions(a, n, c, m)
    return ShareChange(
        hit=str(hits.name),
        first=first,
        turn=turn,
        last=last,
        hits=(a, c),
        events=(n, m),
        estimate=100 * contrast.estimate,
        lower=100 * contrast.lower,
        upper=100 * contrast.upper,
        p_value=_mid_p(a, n, c, m),
        minimum_detectable_effect=_detectable(n, c, m),
        least_without_one=_least_without_one(a, n, c, m),
    )


@method
def share_changes(
    hits_before: pd.Series, events_before: pd.Series, hits_after: pd.Series, events_after: pd.Series
) -> ShareChanges:
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
    >>> found.shares["difference"].round(2).tolist()
    [0.4]
    """
    frame = pd.DataFrame({"x0": hits_before, "n0": events_before, "x1": hits_after, "n1": events_after}).astype(int)
    rows = {row.Index: _compared(row.x0, row.n0, row.x1, row.n1) for row in frame.itertuples()}
    return ShareChanges(pd.DataFrame(rows).T.rename_axis(hits_before.index.name))


def _compared(before: int, n_before: int, after: int, n_after: int) -> dict[str, float]:
    contrast = difference_of_proportions(after, n_after, before, n_before)
    table = np.array([[after, n_after - after], [before, n_before - before]])
    wilson = dict(zip(("after_lower", "after_upper"), proportion_confint(after, n_after, method="wilson"), strict=True))
    ends = {"difference": contrast.estimate, "lower": contrast.lower, "upper": contrast.upper}
    p = float(stats.fisher_exact(table).pvalue) if table.sum(axis=0).all() else 1.0
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
    fewer = [(later - 1, n_later - 1, before, n_before)] * bool(later)
    fewer += [(later, n_later - 1, before, n_before)] * (later < n_later)
    fewer += [(later, n_later, before - 1, n_before - 1)] * bool(before)
    fewer += [(later, n_later, before, n_before - 1)] * (before < n_before)
    return 100 * min(x / n - y / m for x, n, y, m in fewer)
