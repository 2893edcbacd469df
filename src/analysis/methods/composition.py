"""Composition: what a change of shares or totals is made of, and whether two shares differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.stats.contingency import odds_ratio
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.errors import InputError
from analysis.methods._fixed_effects import columns
from analysis.methods.result import Floats, Result, method, readonly

MINLIKE = 1e-7  # relative slack for equal probabilities, as in R and SciPy


@dataclass(frozen=True, slots=True)
class Decomposition(Result):
    """Change of a total (or rate) split between two factors, each weighted by the other's average.

    Attributes
    ----------
    factors : tuple of str
        Names of the two factors, such as ("protests", "detentions per protest").
    groups : tuple of str
        Labels of the groups.
    first, second : ndarray, shape (groups,)
        Part of each group due to the first and to the second factor, in units of the total.
    before, after : float
        Totals before and after.
    intervals : ndarray, shape (2, 2), or None
        95 % interval (columns) of each factor's part (rows), where a bootstrap made one.
    """

    factors: tuple[str, str]
    groups: tuple[str, ...]
    first: Floats
    second: Floats
    before: float
    after: float
    intervals: Floats | None = None

    def table(self) -> pd.DataFrame:
        """Return the two parts of each group, and of all groups together, with their share of the change."""
        frame = pd.DataFrame({self.factors[0]: self.first, self.factors[1]: self.second}, index=pd.Index(self.groups))
        if len(self.groups) > 1:
            frame.loc["all"] = frame.sum()
        return frame.rename_axis("group")

    def sentence(self) -> str:
        """Say the change and its two parts."""
        parts = float(self.first.sum()), float(self.second.sum())
        return (
            f"The change from {self.before:.4g} to {self.after:.4g} ({self.after - self.before:+.4g}) is made of "
            f"{parts[0]:+.4g} from {self.factors[0]} and {parts[1]:+.4g} from {self.factors[1]} "
            f"(Kitagawa decomposition, {len(self.groups)} group{'s' * (len(self.groups) > 1)})."
        )


@dataclass(frozen=True, slots=True)
class TwoByTwo(Result):
    """Exact test of a 2 x 2 table [[a, b], [c, d]] given its margins.

    Attributes
    ----------
    counts : tuple of int
        a, b, c, d.
    odds_ratio, lower, upper : float
        Conditional maximum-likelihood odds ratio and its exact 95% interval.
    p_fisher : float
        Two-sided: tables no likelier than this one (minlike).
    p_mid : float
        The same, with half the probability of this table (and of equally likely ones).
    p_central_mid : float
        Twice the smaller one-sided mid-p.
    p_greater : float
        One-sided: as many as a or more.
    """

    counts: tuple[int, int, int, int]
    odds_ratio: float
    lower: float
    upper: float
    p_fisher: float
    p_mid: float
    p_central_mid: float
    p_greater: float
    unit: ClassVar[str] = "odds ratio"

    def evidence(self) -> dict[str, Any]:
        """Return the odds ratio with its exact interval, and the mid-p."""
        own = {"estimate": self.odds_ratio, "p_value": self.p_mid, "n": sum(self.counts)}
        return Result.evidence(self) | own

    def sentence(self) -> str:
        """Say the two shares, the odds ratio, its interval and the named p-values."""
        a, b, c, d = self.counts
        return (
            f"{a} of {a + b} against {c} of {c + d}: odds ratio {self.odds_ratio:.3g} (exact 95% interval "
            f"{self.lower:.3g} to {self.upper:.3g}; Fisher's exact test p = {self.p_fisher:.3g}, "
            f"mid-p {self.p_mid:.3g}, both two-sided minlike)."
        )


@dataclass(frozen=True, slots=True)
class Contrast(Result):
    """Difference of two proportions with an interval.

    Attributes
    ----------
    name : str
        What is compared.
    estimate, lower, upper : float
        Value and ends of the interval.
    level : float
        Coverage of the interval.
    method : str
        How the interval is computed.
    """

    name: str
    estimate: float
    lower: float
    upper: float
    level: float
    method: str
    unit: ClassVar[str] = "difference of proportions"

    def sentence(self) -> str:
        """Say the estimate and its interval."""
        return (
            f"The {self.name} is {self.estimate:+.3g} ({100 * self.level:g}% interval {self.lower:+.3g} to "
            f"{self.upper:+.3g}, {self.method})."
        )


@method
def kitagawa(
    first_before: ArrayLike | pd.Series,
    second_before: ArrayLike,
    first_after: ArrayLike,
    second_after: ArrayLike,
    *,
    factors: tuple[str, str] = ("volume", "rate"),
) -> Decomposition:
    """Split the change of a sum of products between its two factors (Kitagawa).

    Parameters
    ----------
    first_before, first_after : array_like, shape (groups,)
        First factor of each group: protests, or the share of the population in the group. A Series gives the labels.
    second_before, second_after : array_like, shape (groups,)
        Second factor: detentions per protest, or the rate of the group.
    factors : tuple of str
        Their names.

    Raises
    ------
    InputError
        If lengths differ or a value is missing.

    References
    ----------
    Kitagawa, E. (1955). Journal of the American Statistical Association 50, 1168-1194.
    doi:10.1080/01621459.1955.10501299
    """
    first = np.atleast_1d(np.asarray(first_before, dtype=float))
    others = (second_before, first_after, second_after)
    w0, r0, w1, r1 = (columns(np.atleast_1d(a), len(first), "factors")[1][:, 0] for a in (first, *others))
    labels = first_before.index if isinstance(first_before, pd.Series) else range(len(first))
    return Decomposition(
        factors,
        tuple(map(str, labels)),
        readonly((w1 - w0) * (r1 + r0) / 2),
        readonly((r1 - r0) * (w1 + w0) / 2),
        float(w0 @ r0),
        float(w1 @ r1),
    )


@method
def exact_2x2(table: ArrayLike) -> TwoByTwo:
    """Test a 2 x 2 table given its margins: Fisher's exact test, mid-p, exact interval of the odds ratio.

    Parameters
    ----------
    table : array_like of int, shape (2, 2)
        Rows are groups, columns outcomes.

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
    a, b, c, d = (int(v) for v in values.ravel())
    null = stats.hypergeom(a + b + c + d, a + c, a + b)
    chances = null.pmf(np.arange(min(a + b, a + c) + 1))
    here = chances[a]
    like, same = chances <= here * (1 + MINLIKE), np.abs(chances - here) <= here * MINLIKE
    ratio = odds_ratio(values.astype(int), kind="conditional")
    interval = ratio.confidence_interval(0.95)
    tails = null.sf(a) + here / 2, null.cdf(a - 1) + here / 2
    return TwoByTwo(
        (a, b, c, d),
        float(ratio.statistic),
        float(interval.low),
        float(interval.high),
        float(min(1.0, chances[like].sum())),
        float(chances[like].sum() - chances[same].sum() / 2),
        float(min(1.0, 2 * min(tails))),
        float(null.sf(a - 1)),
    )


@method
def difference_of_proportions(x1: int, n1: int, x2: int, n2: int, *, level: float = 0.95) -> Contrast:
    """Return x1/n1 - x2/n2 with Newcombe's hybrid score interval (his method 10, no continuity correction).

    Parameters
    ----------
    x1, n1, x2, n2 : int
        Successes and trials of the two groups.
    level : float
        Coverage of the interval.

    Raises
    ------
    InputError
        If a group has no trial, or more successes than trials.

    References
    ----------
    Newcombe, R. (1998). Statistics in Medicine 17, 873-890.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    """
    if not (0 <= x1 <= n1 and 0 <= x2 <= n2 and n1 and n2):
        raise InputError(f"{x1} of {n1}, {x2} of {n2}", where="proportions", remedy="give successes within trials")
    low, high = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff", alpha=1 - level)
    name = f"difference of proportions ({x1} of {n1} less {x2} of {n2})"
    return Contrast(name, x1 / n1 - x2 / n2, float(low), float(high), level, "Newcombe hybrid score")
