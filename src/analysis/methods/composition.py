"""Shares: what a change of totals is made of, whether two shares differ, and how shares changed at a turn."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.stats.contingency import odds_ratio
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from analysis.methods._inputs import aligned, column, days, numbers, refuse_if, whole_counts
from analysis.methods.result import Estimate, bounded, counted, method, readonly

MINLIKE = 1e-7  # relative slack for equal probabilities, as in R and SciPy
MOST_IN_A_MARGIN, MOST_CASES = 5_000, 1_000_000  # in the smallest margin and in all: SciPy takes seconds, has 9 digits
_ALPHA, _POWER = 0.05, 0.8
_SHARES = np.arange(0.01, 1.0, 0.01)  # later shares among which the detectable one is sought


@method
def kitagawa(
    first_before: ArrayLike | pd.Series,
    second_before: ArrayLike,
    first_after: ArrayLike,
    second_after: ArrayLike,
    *,
    factors: tuple[str, str] = ("volume", "rate"),
) -> Estimate:
    """Split the change of a sum of products between its two factors.

    After Kitagawa (1955), doi:10.1080/01621459.1955.10501299. The estimate is the change of the total from ``before``
    to ``after``; ``first`` and ``second`` are the parts of each group that are due to the two ``factors``, each
    weighted by the average of the other.

    Parameters
    ----------
    first_before, first_after : array_like, shape (groups,)
        First factor of each group: protests, or the share of the population in the group. A Series gives the labels.
    second_before, second_after : array_like, shape (groups,)
        Second factor: detentions per protest, or the rate of the group.
    factors : tuple of str, default ("volume", "rate")
        Their names.

    Raises
    ------
    InputError
        If lengths differ or a value is missing.
    """
    given = {"first_before": first_before, "second_before": second_before}
    given |= {"first_after": first_after, "second_after": second_after}
    size = len(column(first_before, None, "first_before"))
    w0, r0, w1, r1 = (column(own, size, name) for name, own in zip(given, aligned(**given), strict=True))
    labels = first_before.index if isinstance(first_before, pd.Series) else range(size)
    first, second = readonly((w1 - w0) * (r1 + r0) / 2), readonly((r1 - r0) * (w1 + w0) / 2)
    before, after = float(w0 @ r0), float(w1 @ r1)
    names = pd.Index(list(labels), dtype=object, tupleize_cols=False)
    refuse_if("all" in names, "a group is named all, as the total is", "first_before", "give it another name")
    rows = pd.DataFrame(dict(zip(factors, (first, second), strict=True)), index=names)
    if size > 1:
        rows.loc["all"] = rows.sum()
    moved = f"The change from {before:.4g} to {after:.4g} ({after - before:+.4g}) is"
    if f"{before:.4g}" == f"{after:.4g}":
        moved = f"The total stays at {after:.4g},"
    return Estimate(
        f"{moved} made of {first.sum():+.4g} from {factors[0]} and {second.sum():+.4g} from {factors[1]} (Kitagawa "
        f"decomposition, each at the mean of the other before and after; {counted(size, 'group')}).",
        name="change of the total",
        estimate=after - before,
        more={"factors": factors, "first": first, "second": second, "before": before, "after": after},
        rows=rows.rename_axis("group"),
    )


@method
def exact_2x2(table: ArrayLike) -> Estimate:
    """Test a 2 x 2 table given its margins: Fisher's exact test, mid-p, exact interval of the odds ratio.

    The conditional maximum-likelihood odds ratio has an exact interval. ``p_fisher`` sums the tables no likelier than
    this one (two-sided, minlike; Fisher 1935, The Design of Experiments, chapter 2); its p, mid-p, gives half weight to
    those as likely (Lancaster 1961, doi:10.1080/01621459.1961.10482105). ``counts`` are the cells.

    Parameters
    ----------
    table : array_like of int, shape (2, 2)
        Rows are groups, columns outcomes.

    Raises
    ------
    InputError
        If the table is not 2 x 2, a count is negative or not whole, a margin is zero, or there are more than 1,000,000
        cases, or more than 5,000 in each margin: compare two proportions then.
    """
    values = numbers(table, "table", "counts")
    refuse_if(values.shape != (2, 2), "not a 2 x 2 table of whole counts", "table", "give [[a, b], [c, d]]")
    a, b, c, d = whole_counts(values.ravel(), where="table").tolist()
    smallest = min(a + b, c + d, a + c, b + d)
    refuse_if(not smallest, "a margin is zero", "table", "the shares cannot be compared")
    what = f"over {MOST_CASES:,} cases, or {MOST_IN_A_MARGIN:,} in each margin, are too many for an exact test"
    refuse_if(smallest > MOST_IN_A_MARGIN or a + b + c + d > MOST_CASES, what, "table", "compare two proportions")
    p_fisher, p_mid = float(stats.fisher_exact([[a, b], [c, d]]).pvalue), _mid_p(a, a + b, c, c + d)
    ratio = odds_ratio([[a, b], [c, d]], kind="conditional")
    estimate, (low, high) = float(ratio.statistic), map(float, ratio.confidence_interval(0.95))
    return Estimate(
        f"{a} of {a + b} against {c} of {c + d}: odds ratio {estimate:.3g} (exact 95% interval {low:.3g} to "
        f"{high:.3g}; Fisher's exact p of equal shares = {p_fisher:.3g}, mid-p {p_mid:.3g}, both two-sided minlike).",
        name="odds ratio",
        **bounded(estimate, low, high),
        p_value=p_mid,
        n=a + b + c + d,
        unit="odds ratio",
        assumed="margins fixed, events independent; p is the mid-p, minlike",
        more={"counts": (a, b, c, d), "p_fisher": p_fisher},
    )


@method
def change_of_share(hits: pd.Series, *, first: str, turn: str, last: str) -> Estimate:
    """Compare the share of hits among dated events from a turn on with that before it.

    The estimate is the later share minus the earlier one in percentage points, with the interval of
    `difference_of_proportions`; two-sided exact test as in `exact_2x2` (mid-p; one where all events or none are hits);
    the smallest rise that it finds if the earlier share is as observed. Further ``hits`` and ``events``, later period
    first, ``all_hits``, the dates, and ``least_without_one``: the smallest difference without any one event, nan if a
    period would be empty.

    Parameters
    ----------
    hits : pandas.Series of bool
        Whether each event is a hit, by ISO date; its name says what a hit is.
    first, turn, last : str
        ISO dates: first day, first day of the later period, and last day, all included.

    Examples
    --------
    >>> dates = ["2019-02-01", "2019-05-01", "2020-01-01", "2020-02-01"]
    >>> hits = pd.Series([False, False, True, False], index=dates, name="fines")
    >>> change_of_share(hits, first="2019-01-01", turn="2020-01-01", last="2020-12-31").estimate
    50.0
    """
    begin, middle, end = days([first, turn, last], "first, turn and last")
    refuse_if(not begin <= middle <= end, "they are not in order", "first, turn and last", "give the earlier day first")
    dates, known = days(hits.index, "hits"), numbers(hits, "hits")
    refuse_if(not np.isin(known, (0, 1)).all(), "not all are True or False", "hits", "drop or fill the others")
    periods = [known[(dates >= middle) & (dates <= end)], known[(dates >= begin) & (dates < middle)]]
    (a, c), (n, m) = ([int(part.sum()) for part in periods], [len(part) for part in periods])
    refuse_if(not (n and m), "a period has no event", str(hits.name), f"{n} from {turn} on, {m} before")
    estimate, lower, upper = (100 * value for value in difference_of_proportions(a, n, c, m))
    p, detectable, least = _mid_p(a, n, c, m), _detectable(n, c, m), float("nan")
    if min(n, m) > 1:
        without_earlier_miss = a / n - min(c / (m - 1), 1.0)
        least = 100 * min(max(a - 1, 0) / (n - 1) - c / m, without_earlier_miss)
    return Estimate(
        f"{str(hits.name).capitalize()}: {a} of {counted(n, 'event')} from {turn} to {last}, and {c} of {m} since "
        f"{first}, a difference of {estimate:+.0f} percentage points (Newcombe 95% interval {lower:+.0f} to "
        f"{upper:+.0f}; exact mid-p of equal shares {p:.2g}). With 80% power the test finds {detectable:.0f} points or "
        "more.",
        name=str(hits.name),
        **bounded(estimate, lower, upper),
        p_value=p,
        n=n + m,
        unit="percentage points",
        minimum_detectable_effect=detectable,
        more={"hits": (a, c), "events": (n, m), "all_hits": a + c, "first": first, "turn": turn, "last": last}
        | {"least_without_one": least},
    )


@method
def share_changes(
    hits_before: pd.Series, events_before: pd.Series, hits_after: pd.Series, events_after: pd.Series
) -> Estimate:
    """Compare the share of hits among events of both periods, given by unit.

    Intervals are that of `difference_of_proportions`, and of later shares Wilson's (1927),
    doi:10.1080/01621459.1927.10502953.
    """
    given = {"hits_before": hits_before, "events_before": events_before}
    given |= {"hits_after": hits_after, "events_after": events_after}
    x0, n0, x1, n1 = (whole_counts(own, where=name) for name, own in zip(given, aligned(**given), strict=True))
    wrong = hits_before.index[(x0 > n0) | (x1 > n1) | (n0 * n1 == 0)]
    said = f"{wrong[0]} has no event, or more hits than events, in a period" if len(wrong) else ""
    refuse_if(said, said, "hits_before or hits_after", "count both alike, or leave it out")
    said = f"over {MOST_CASES:,} events are too many for an exact test"
    refuse_if(np.max([n0, n1], initial=0) > MOST_CASES, said, "events", "leave them out")
    shares = pd.DataFrame({"share_before": x0 / n0, "share_after": x1 / n1}, index=hits_before.index)
    rows = np.stack([x0, n0, x1, n1], axis=1).tolist()
    shares[["difference", "lower", "upper"]] = [difference_of_proportions(x1, n1, x0, n0) for x0, n0, x1, n1 in rows]
    shares["after_lower"], shares["after_upper"] = proportion_confint(x1, n1, method="wilson")
    shares["p_fisher"] = [stats.fisher_exact([[x1, n1 - x1], [x0, n0 - x0]]).pvalue for x0, n0, x1, n1 in rows]
    rose, fell = (int((sign * shares["difference"] > 0).sum()) for sign in (1, -1))
    return Estimate(f"Of {len(shares)} shares, {rose} rose and {fell} fell.", name="changes of shares", rows=shares)


def _mid_p(later: int, n_later: int, before: int, n_before: int) -> float:
    """Return two-sided p of equal shares, tables as likely as this one at half weight; 1 without hits or misses."""
    hits = later + before
    if hits in (0, n_later + n_before):
        return 1.0
    chances = stats.hypergeom(n_later + n_before, hits, n_later).pmf(np.arange(min(n_later, hits) + 1))
    alike = np.abs(chances - chances[later]) <= chances[later] * MINLIKE
    return float(chances[(chances < chances[later]) & ~alike].sum() + chances[alike].sum() / 2)


def _detectable(n_later: int, before: int, n_before: int) -> float:
    """Return the smallest rise of the share, in percentage points, that the mid-p test finds with 80 % power."""
    rejects = np.array([_mid_p(k, n_later, before, n_before) <= _ALPHA for k in range(n_later + 1)])
    rejects &= np.arange(n_later + 1) / n_later > before / n_before
    power = np.array([stats.binom.pmf(np.arange(n_later + 1), n_later, share) @ rejects for share in _SHARES])
    enough = _SHARES[power >= _POWER]
    return 100 * float(enough[0] - before / n_before) if len(enough) else float("inf")


@method
def difference_of_proportions(x1: int, n1: int, x2: int, n2: int) -> tuple[float, float, float]:
    """Return x1/n1 - x2/n2 with Newcombe's hybrid score interval (method 10, no continuity correction).

    Newcombe (1998). doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    """
    inside = 0 <= x1 <= n1 and 0 <= x2 <= n2 and n1 and n2
    refuse_if(not inside, f"{x1} of {n1}, {x2} of {n2}", "proportions", "give successes within trials")
    low, high = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff")
    return x1 / n1 - x2 / n2, float(low), float(high)
