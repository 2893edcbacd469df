"""Two Poisson counts: tests and intervals of their rate ratio.

Convention: the rate ratio is that of the **second period to the first**, ``(second / t2) / (first / t1)``; a fall is a
ratio below 1, and the alternative "less" is a fall. Given the total, the second count is binomial, with probability
``t2 r / (t1 + t2 r)`` under the ratio r; the conditional tests and the interval rest on that.

Two-sided p-values have several definitions, and they differ on the same data. Those here are named: "central" is twice
the smaller tail (it agrees with the interval), "minlike" sums all outcomes that are no more likely than the observed
one (R's ``poisson.test``), "mid-p" is twice the smaller tail with the observed outcome at half weight, "mid-p minlike"
is minlike less half the probability of the observed outcome (statsmodels' ``cond-midp``; an equally likely outcome in
the other tail keeps its full weight, so it exceeds "mid-p" where both tails are alike), "e-test" is unconditional.

References
----------
Fay (2010). Two-sided exact tests and matching confidence intervals for discrete data. R Journal 2(1), 53-58.
Krishnamoorthy and Thomson (2004). A more powerful test for comparing two Poisson means. Journal of Statistical Planning
and Inference 119, 23-35. doi:10.1016/S0378-3758(02)00408-1
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, binom, binomtest, poisson_means_test

from analysis.errors import InputError
from analysis.methods.result import Estimate, method

Exposures = tuple[float, float]
Alternative = Literal["two-sided", "less", "greater"]
Method = Literal["central", "minlike", "mid-p", "mid-p minlike", "e-test"]
METHODS: tuple[Method, ...] = ("central", "minlike", "mid-p", "mid-p minlike", "e-test")
SMALLEST_PRINTED_P = 1e-4


def count_test(
    first: int,
    second: int,
    *,
    exposures: Exposures = (1.0, 1.0),
    rate_ratio: float = 1.0,
    method: Method = "central",
    alternative: Alternative = "two-sided",
) -> float:
    """Return the p-value of H0: the ratio of the second rate to the first is ``rate_ratio`` (1 for the E-test).

    ``method`` defines the p-value (see the module): one-sided, the first two are the same, and so are the two mid-p.
    The alternative "less" is a ratio below ``rate_ratio``.
    """
    check_counts(first, second)
    share, n = share_of_second(exposures, rate_ratio), first + second
    if method not in METHODS or (method == "e-test" and rate_ratio != 1):
        raise InputError(f"no method {method!r} for ratio {rate_ratio}", where="counts", remedy=f"one of {METHODS}")
    if alternative not in ("two-sided", "less", "greater"):
        raise InputError(f"no alternative {alternative!r}", where="counts", remedy="two-sided, less or greater")
    if method == "e-test":
        return float(poisson_means_test(second, exposures[1], first, exposures[0], alternative=alternative).pvalue)
    half = 0.5 * float(binom.pmf(second, n, share)) if method.startswith("mid-p") else 0.0
    low, high = float(binom.cdf(second, n, share)) - half, float(binom.sf(second - 1, n, share)) - half
    if alternative != "two-sided":
        return {"less": low, "greater": high}[alternative]
    if method.endswith("minlike"):
        return float(binomtest(second, n, share).pvalue) - half if n else 1.0
    return min(1.0, 2 * min(low, high))


@method
def rate_ratio_interval(first: int, second: int, *, exposures: Exposures = (1.0, 1.0), level: float = 0.95) -> Estimate:
    """Return the ratio of the second rate to the first with its exact central interval.

    The interval is that of Clopper and Pearson for the share of the second count, turned into a ratio. It is empty of
    information, 0 to infinity, if there is no case at all (ratio nan).

    Parameters
    ----------
    first, second : int
        Cases in the first and second period.
    exposures : tuple of float
        Exposures of the two periods, in the same unit; default equal.
    level : float
        Coverage of the interval.

    Raises
    ------
    InputError
        If a count is not a whole number from 0, an exposure is not positive, or the level is not between 0 and 1.

    References
    ----------
    Clopper and Pearson (1934), doi:10.1093/biomet/26.4.404
    """
    check_counts(first, second)
    check_level(level)
    tail, scale = (1 - level) / 2, exposure_scale(exposures)
    # Ends of the share and of its complement apart: 1 - share would lose digits near 1.
    low, high = _share_end(second, first, tail, scale), _share_end(first, second, tail, 1 / scale)
    return _ratio(odds(second, first) * scale, (low, odds(1.0, high)), level)


def _ratio(estimate: float, ends: tuple[float, float], level: float) -> Estimate:
    """Return a ratio of the second rate to the first with the ends of its interval."""
    lower, upper = ends
    return Estimate(
        f"The ratio of the second rate to the first is {estimate:.3f} ({100 * level:g}% interval {lower:.3f} to "
        f"{upper:.3f}).",
        name="rate ratio",
        estimate=estimate,
        lower=lower,
        upper=upper,
        unit="rate ratio",
        more={"level": level},
    )


def jeffreys_ratio(first: int, second: int, *, exposures: Exposures = (1.0, 1.0)) -> tuple[Estimate, float]:
    """Return median and 95 % interval of the ratio under independent Jeffreys priors, and the probability of a fall.

    Each rate has the prior ``rate ** -0.5``; the share of the second count in unit-exposure terms is then beta
    distributed, so nothing is simulated.
    """
    check_counts(first, second)
    shape, scale = beta(second + 0.5, first + 0.5), exposure_scale(exposures)
    lower, middle, upper = (odds(q, 1 - q) * scale for q in shape.ppf([0.025, 0.5, 0.975]).tolist())
    return _ratio(middle, (lower, upper), 0.95), float(shape.cdf(share_of_second(exposures)))


def share_of_second(exposures: Exposures, rate_ratio: float = 1.0) -> float:
    """Return the probability that a case falls in the second period, given the ratio of second to first rate."""
    values = (*exposures, rate_ratio)
    if len(values) != 3 or not all(math.isfinite(v) and v > 0 for v in values):
        said = f"exposures {tuple(exposures)} and rate ratio {rate_ratio} must be positive"
        raise InputError(said, where="counts", remedy="correct them")
    return rate_ratio * exposures[1] / (exposures[0] + rate_ratio * exposures[1])


def central_p(first: ArrayLike, second: ArrayLike, share: float = 0.5) -> NDArray[np.float64]:
    """Return two-sided p of exact conditional tests of counts of any shape: twice the smaller binomial tail, at most 1.

    ``share`` is the probability under the null that a case falls in the second period (`share_of_second`).
    """
    k, n = np.asarray(second), np.asarray(first) + np.asarray(second)
    return np.minimum(1.0, 2 * np.minimum(binom.cdf(k, n, share), binom.sf(k - 1, n, share)))


def _share_end(cases: int, others: int, tail: float, scale: float) -> float:
    """Return the lower Clopper-Pearson end for the share of some cases among all, as a ratio of rates."""
    if not cases:
        return 0.0
    return float(beta.ppf(tail, cases, others + 1) / beta.isf(tail, others + 1, cases)) * scale


def check_counts(first: int, second: int) -> None:
    """Refuse counts that are not whole numbers from 0."""
    for count in (first, second):
        if not (math.isfinite(count) and count >= 0 and count == int(count)):
            said = f"count {count} is not a whole number from 0"
            raise InputError(said, where="counts", remedy="give cases, not rates")


def check_level(level: float) -> None:
    """Refuse a level that is not between 0 and 1."""
    if not 0 < level < 1:
        raise InputError(f"level {level} is not between 0 and 1", where="counts", remedy="take 0.95, or 0.05 for tests")


def odds(part: float, rest: float) -> float:
    """Return part / rest: infinite if only the rest is 0, nan if both are."""
    return part / rest if rest else (math.inf if part else math.nan)


def exposure_scale(exposures: Exposures) -> float:
    """Return first over second exposure, which turns a ratio of counts into one of rates."""
    share_of_second(exposures)
    return exposures[0] / exposures[1]


def p_text(p: float) -> str:
    """Return a p-value as it stands in a sentence: four decimals, or a bound."""
    return f"p = {p:.4f}" if p >= SMALLEST_PRINTED_P else f"p < {SMALLEST_PRINTED_P:.4f}"
