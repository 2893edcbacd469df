"""Composition: what a change of shares or totals is made of, and whether two shares differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.stats.contingency import odds_ratio
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.errors import InputError
from analysis.methods._fixed_effects import columns
from analysis.methods.result import Estimate, counted, method, readonly

MINLIKE = 1e-7  # relative slack for equal probabilities, as in R and SciPy


@method
def kitagawa(
    first_before: ArrayLike | pd.Series,
    second_before: ArrayLike,
    first_after: ArrayLike,
    second_after: ArrayLike,
    *,
    factors: tuple[str, str] = ("volume", "rate"),
) -> Estimate:
    """Split the change of a sum of products between its two factors (Kitagawa).

    Parameters
    ----------
    first_before, first_after : array_like, shape (groups,)
        First factor of each group: protests, or the share of the population in the group. A Series gives the labels.
    second_before, second_after : array_like, shape (groups,)
        Second factor: detentions per protest, or the rate of the group.
    factors : tuple of str
        Their names.

    Returns
    -------
    Estimate
        Change of the total from ``before`` to ``after``; ``first`` and ``second`` are the parts of each group that are
        due to the two ``factors``, each weighted by the average of the other.

    Raises
    ------
    InputError
        If lengths differ or a value is missing.

    References
    ----------
    Kitagawa, E. (1955). Journal of the American Statistical Association 50, 1168-1194.
    doi:10.1080/01621459.1955.10501299
    """
    given = (np.atleast_1d(values) for values in (first_before, second_before, first_after, second_after))
    size = np.size(first_before)
    w0, r0, w1, r1 = (columns(values, size, "factors")[1][:, 0] for values in given)
    labels = first_before.index if isinstance(first_before, pd.Series) else range(size)
    first, second = readonly((w1 - w0) * (r1 + r0) / 2), readonly((r1 - r0) * (w1 + w0) / 2)
    before, after = float(w0 @ r0), float(w1 @ r1)
    rows = pd.DataFrame(dict(zip(factors, (first, second), strict=True)), index=pd.Index(map(str, labels)))
    if size > 1:
        rows.loc["all"] = rows.sum()
    return Estimate(
        f"The change from {before:.4g} to {after:.4g} ({after - before:+.4g}) is made of {first.sum():+.4g} from "
        f"{factors[0]} and {second.sum():+.4g} from {factors[1]} (Kitagawa decomposition, {counted(size, 'group')}).",
        name="change of the total",
        estimate=after - before,
        more={"factors": factors, "first": first, "second": second, "before": before, "after": after},
        rows=rows.rename_axis("group"),
    )


@method
def exact_2x2(table: ArrayLike) -> Estimate:
    """Test a 2 x 2 table given its margins: Fisher's exact test, mid-p, exact interval of the odds ratio.

    Parameters
    ----------
    table : array_like of int, shape (2, 2)
        Rows are groups, columns outcomes.

    Returns
    -------
    Estimate
        Conditional maximum-likelihood odds ratio with its exact interval. ``p_fisher`` sums the tables no likelier than
        this one (two-sided, minlike); ``p_mid``, its p, gives half weight to those as likely. ``counts`` are the cells.

    Raises
    ------
    InputError
        If the table is not 2 x 2, a count is negative or not whole, or a margin is zero.

    References
    ----------
    Fisher, R. (1935). The Design of Experiments, chapter 2.
    Lancaster, H. (1961). Journal of the American Statistical Association 56, 223-234.
    doi:10.1080/01621459.1961.10482105
    """
    values = np.asarray(table)
    if values.shape != (2, 2) or (values < 0).any() or (values != np.round(values)).any():
        raise InputError("not a 2 x 2 table of whole counts", where="table", remedy="give [[a, b], [c, d]]")
    if (values.sum(axis=0) == 0).any() or (values.sum(axis=1) == 0).any():
        raise InputError("a margin is zero", where="table", remedy="the shares cannot be compared")
    a, b, c, d = (int(value) for value in values.ravel())
    chances = stats.hypergeom(a + b + c + d, a + c, a + b).pmf(np.arange(min(a + b, a + c) + 1))
    like, same = chances <= chances[a] * (1 + MINLIKE), np.abs(chances - chances[a]) <= chances[a] * MINLIKE
    p_fisher, p_mid = float(min(1.0, chances[like].sum())), float(chances[like].sum() - chances[same].sum() / 2)
    ratio = odds_ratio(values.astype(int), kind="conditional")
    estimate, (low, high) = float(ratio.statistic), map(float, ratio.confidence_interval(0.95))
    return Estimate(
        f"{a} of {a + b} against {c} of {c + d}: odds ratio {estimate:.3g} (exact 95% interval {low:.3g} to "
        f"{high:.3g}; Fisher's exact test p = {p_fisher:.3g}, mid-p {p_mid:.3g}, both two-sided minlike).",
        name="odds ratio",
        estimate=estimate,
        lower=low,
        upper=high,
        p_value=p_mid,
        n=a + b + c + d,
        unit="odds ratio",
        more={"counts": (a, b, c, d), "p_fisher": p_fisher, "p_mid": p_mid},
    )


def difference_of_proportions(x1: int, n1: int, x2: int, n2: int) -> tuple[float, float, float]:
    """Return x1/n1 - x2/n2 with Newcombe's hybrid score interval (his method 10, no continuity correction).

    Newcombe, R. (1998). Statistics in Medicine 17, 873-890.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    """
    if not (0 <= x1 <= n1 and 0 <= x2 <= n2 and n1 and n2):
        raise InputError(f"{x1} of {n1}, {x2} of {n2}", where="proportions", remedy="give successes within trials")
    low, high = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff")
    return x1 / n1 - x2 / n2, float(low), float(high)
