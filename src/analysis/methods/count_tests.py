"""Two Poisson counts: tests and intervals of their rate ratio, and what the central exact test can find.

Convention: the rate ratio is that of the **second period to the first**, ``(second / t2) / (first / t1)``; a fall is a
ratio below 1. Given the total, the second count is binomial, with probability
``t2 r / (t1 + t2 r)`` under the ratio r; the conditional tests and the interval rest on that.

Two-sided p-values have several definitions, and they differ on the same data. Those here are named: "central" is twice
the smaller tail (it agrees with the interval), "minlike" sums all outcomes that are no more likely than the observed
one (R's ``poisson.test``), "mid-p" is twice the smaller tail with the observed outcome at half weight, "mid-p minlike"
is minlike less half the probability of the observed outcome (statsmodels' ``cond-midp``; an equally likely outcome in
the other tail keeps its full weight, so it exceeds "mid-p" where both tails are alike), "e-test" is unconditional
(Krishnamoorthy and Thomson 2004, doi:10.1016/S0378-3758(02)00408-1). See Fay (2010), R Journal 2(1), 53-58.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import betainc, gammaincc
from scipy.stats import binom, binomtest, poisson
from statsmodels.stats.proportion import proportion_confint

from analysis.methods._inputs import LARGEST_COUNT, refuse_if, whole_counts
from analysis.methods.result import TAIL, Estimate, Floats, bounded, decimals, interval, method

Exposures = tuple[float, float]
Change = Literal["fall", "rise"]
METHODS = {
    "central": "central exact conditional test",
    "minlike": "minlike exact conditional test",
    "mid-p": "mid-p, twice the smaller tail",
    "mid-p minlike": "mid-p of the minlike exact test",
    "e-test": "E-test",
}
SMALLEST_PRINTED_P = 1e-4
FARTHEST_SD = 7.5  # of likely Poisson counts; a third of its square is for the longer tail of few
APART = 4_096  # likely counts that are told apart; of more, one stands for its neighbours
GOLDEN = (math.sqrt(5) - 1) / 2
TIED = 1e-12  # share by which a bound may miss a whole number
LEAST_RATIO = 1e-9  # stands for "no case at all" in the second period
FARTHEST = 1e200  # ratio that an interval may reach, or one over it
EMPTY = np.finfo(np.float64).tiny  # stands for a parameter of 0
WAYS: tuple[Change, Change] = ("fall", "rise")


def p_values(first: int, second: int, *, exposures: Exposures = (1.0, 1.0)) -> dict[str, float]:
    """Return the two-sided p of equal rates by each of `METHODS` (see the module)."""
    first, second = whole_counts([first, second]).tolist()
    share, n = share_of_second(exposures), first + second
    central, half = float(central_p(first, second, share)), float(binom.pmf(second, n, share)) / 2
    tails = float(binom.cdf(second, n, share)), float(binom.sf(second - 1, n, share))
    minlike = float(binomtest(second, n, share).pvalue) if n else 1.0
    return {
        "central": central,
        "minlike": minlike,
        "mid-p": min(1.0, 2 * (min(tails) - half)),
        "mid-p minlike": minlike - half if n else 1.0,
        "e-test": _e_test(first, second, *exposures),
    }


def _e_test(first: int, second: int, before: float, after: float) -> float:
    """Return p of the E-test: for each likely count of one period the chance of as different counts of the other.

    With squared statistic t they lie beyond the roots of ``(y / after - x / before)^2 = t (x / before^2 + y /
    after^2)``, so no table of both counts is needed. As in SciPy, two counts of 0 show no difference.
    """
    if not first + second:
        return 1.0
    if before > after:  # sums over the count of which fewer are expected
        first, second, before, after = second, first, after, before
    squared = (second / after - first / before) ** 2 / (first / before**2 + second / after**2)
    rate = (first + second) / (before + after)
    x, chance = _likely_counts(rate * before)
    middle = x / before + squared / after / 2
    apart = np.sqrt(squared * (x / before * (1 / before + 1 / after) + squared / after**2 / 4))
    most = np.floor(after * (middle - apart) * (1 + TIED) + TIED) - (x == 0)
    least = np.maximum(np.ceil(after * (middle + apart) * (1 - TIED) - TIED), x == 0)
    beyond = poisson.cdf(most, rate * after) + poisson.sf(least - 1, rate * after)
    return min(1.0, float(chance @ np.where(least <= most, 1.0, beyond)))


def _likely_counts(mean: float) -> tuple[Floats, Floats]:
    """Return Poisson counts that are not negligible, or one of each group of neighbours, and their probabilities."""
    reach = FARTHEST_SD * math.sqrt(mean)
    low, high = np.floor(max(0.0, mean - reach)), np.ceil(mean + reach + FARTHEST_SD**2 / 3)
    edges = np.unique(np.floor(np.linspace(low, high, min(APART, int(high - low)) + 1)))
    # Spread evenly over places in their groups, so that neither odd nor even counts stand for all.
    place = np.arange(1, len(edges)) * GOLDEN % 1
    return np.floor(edges[:-1] + place * np.diff(edges)), np.diff(gammaincc(edges, mean))


@method
def rate_ratio_interval(first: int, second: int, *, exposures: Exposures = (1.0, 1.0)) -> Estimate:
    """Return the ratio of the second rate to the first with its exact central 95 % interval.

    The interval is that of Clopper and Pearson (1934, doi:10.1093/biomet/26.4.404) for the share of the second count,
    turned into a ratio. It is empty of information, 0 to infinity, if there is no case at all (ratio nan).

    Parameters
    ----------
    first, second : int
        Cases in the first and second period.
    exposures : tuple of float, default (1.0, 1.0)
        Exposures of the two periods, in the same unit.

    Raises
    ------
    InputError
        If a count is no whole number from 0 to 1e12, or an exposure is not positive.
    """
    first, second = whole_counts([first, second]).tolist()
    n, scale = first + second, exposure_scale(exposures)
    # The shares of both counts are estimated: one less a share that is almost one would have few digits.
    shares = [proportion_confint(count, n, method="beta") if n else (0.0, 1.0) for count in (second, first)]
    (low, high), (rest_low, rest_high) = ((float(end) for end in ends) for ends in shares)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, lower, upper = np.divide([second, low, high], [first, rest_high, rest_low]) * scale
    words = f"The ratio of the second rate to the first is {decimals(estimate)} ({interval(lower, upper)})."
    return Estimate(
        words if n else "Without any case the ratio of the rates is not defined.",
        name="rate ratio",
        **bounded(estimate, lower, upper),
        unit="rate ratio",
        assumed="cases independent, exact central conditional interval (Clopper-Pearson)",
    )


@method
def mid_p_ratio(first: int, second: int, *, exposures: Exposures = (1.0, 1.0)) -> Estimate:
    """Return the ratio of the second rate to the first with its mid-p conditional interval, and the mid-p.

    The observed count has half its weight in either tail (Lancaster 1961, doi:10.1080/01621459.1961.10482105): the
    exact central test, made to cover 95 % on average instead of more at every ratio (Berry and Armitage 1995,
    doi:10.2307/2348891). Without any case the ratio is nan, and its interval 0 to infinity. Parameters are those of
    `rate_ratio_interval`.

    Raises
    ------
    InputError
        As in `rate_ratio_interval`.

    Examples
    --------
    >>> found = mid_p_ratio(2, 7, exposures=(60, 12))
    >>> round(found.lower, 2), round(found.upper, 1), round(found.confidence_below(1), 5)
    (3.9, 122.9, 5e-05)
    """
    exact = rate_ratio_interval(first, second, exposures=exposures)
    if not first + second:
        return exact
    below = functools.partial(mid_p_below, first=first, second=second, exposures=exposures)
    ends, p = confidence_ends(below), 2 * float(min(below(1.0), 1 - below(1.0)))
    known = f"mid-p {interval(**ends)}, {p_text(p)}"
    words = f"The ratio of the second rate to the first is {decimals(exact.estimate)} ({known})."
    found: dict[str, Any] = {**ends, "p_value": p, "n": int(first + second), "below": below}
    return replace(exact, words=words, assumed="cases independent, mid-p conditional interval", **found)


def confidence_ends(below: Callable[[float], float]) -> dict[str, Any]:
    """Return the ends of the 95 % interval of a ratio from the confidence that it lies below a value."""

    def end(tail: float, none: float) -> float:
        if not below(1 / FARTHEST) < tail < below(FARTHEST):
            return none
        return math.exp(brentq(lambda log: below(math.exp(log)) - tail, -math.log(FARTHEST), math.log(FARTHEST)))

    return {"lower": end(TAIL, 0.0), "upper": end(1 - TAIL, math.inf)}


def mid_p_below(value: ArrayLike, first: ArrayLike, second: ArrayLike, exposures: Exposures = (1.0, 1.0)) -> Any:
    """Return the mid-p confidence that the ratio lies below a value: P(more than the second count) and half P(it).

    Both tails of the binomial share are incomplete beta functions; counts and values may have any shape.
    """
    x, y, against = np.asarray(first), np.asarray(second), np.maximum(value, 0.0) / exposure_scale(exposures)
    share = np.divide(against, 1 + against, out=np.ones(np.shape(against)), where=np.isfinite(against))
    at_least = np.where(y > 0, betainc(np.maximum(y, 1), x + 1, share), 1.0)
    more = np.where(x > 0, betainc(y + 1, np.maximum(x, 1), share), 0.0)
    return (at_least + more) / 2


def share_of_second(exposures: Exposures, rate_ratio: float = 1.0) -> float:
    """Return the probability that a case falls in the second period, given the ratio of second to first rate."""
    values = (*exposures, rate_ratio)
    said = f"exposures {tuple(exposures)} and rate ratio {rate_ratio} must be positive"
    refuse_if(len(values) != 3 or not all(math.isfinite(v) and v > 0 for v in values), said, "counts", "correct them")
    inside = all(1 / LARGEST_COUNT <= v <= LARGEST_COUNT for v in (*exposures, exposures[1] / exposures[0]))
    said = f"exposures {tuple(exposures)} or their ratio lie outside 1e-12 to 1e12"
    refuse_if(not inside, said, "counts", "give exposures in another unit")
    return rate_ratio * exposures[1] / (exposures[0] + rate_ratio * exposures[1])


def central_p(first: ArrayLike, second: ArrayLike, share: float = 0.5) -> NDArray[np.float64]:
    """Return central p of counts of any shape; under the null a case falls in the second period with ``share``."""
    k, n = np.asarray(second), np.asarray(first) + np.asarray(second)
    return np.minimum(1.0, 2 * np.minimum(binom.cdf(k, n, share), binom.sf(k - 1, n, share)))


def exact_power(base: float, rate_ratio: float, *, exposures: Exposures = (1.0, 1.0), alpha: float = 0.05) -> float:
    """Return the power of the central exact test if ``base`` cases are expected in the first period."""
    null, true = share_of_second(exposures), share_of_second(exposures, rate_ratio)
    refuse_if(not 0 < base < math.inf, f"expected count {base} is not positive", "counts", "give a positive number")
    refuse_if(not 0 < alpha < 1, f"level {alpha} is not between 0 and 1", "counts", "take 0.05")
    expected = base * (1 + rate_ratio * exposures[1] / exposures[0])
    n, chance = _likely_counts(expected)
    size = 1 << int(n[-1]).bit_length()
    totals, place = (range(size), n.astype(int)) if size <= APART else (tuple(n), slice(None))
    most_low, least_high = _rejected(totals, null, alpha / 2)[:, place]
    # Nothing lies in an empty tail, whose parameter of 0 SciPy takes since 1.16 only.
    low, high = np.maximum(most_low + 1, EMPTY), np.maximum(n - least_high + 1, EMPTY)
    return float(chance @ (betainc(n - most_low, low, 1 - true) + betainc(least_high, high, true)))


# Quantiles take longest, and a search for a ratio asks for those of the same totals at every step.
@functools.lru_cache(maxsize=32)
def _rejected(totals: Sequence[float], share: float, tail: float) -> Floats:
    """Return of totals the largest low and the smallest high second count that a test rejects."""
    return np.stack([binom.ppf(tail, totals, share) - 1, binom.isf(tail, totals, share) + 1])


# Simulated worlds ask for the same few base counts again and again.
@functools.lru_cache(maxsize=4096)
def minimum_detectable_ratio(
    base: float,
    *,
    exposures: Exposures = (1.0, 1.0),
    power: float = 0.8,
    alpha: float = 0.05,
    direction: Change = "fall",
) -> float:
    """Return the rate ratio nearest to 1 that the central exact test finds with a power; nan if it finds no fall."""
    said = f"level {alpha} and power {power} do not rise between 0 and 1"
    refuse_if(not 0 < alpha < power < 1, said, "counts", "take 0.05 and 0.8")

    def lacking(log_ratio: float) -> float:
        return exact_power(base, math.exp(log_ratio), exposures=exposures, alpha=alpha) - power

    far = math.log(2) if direction == "rise" else math.log(LEAST_RATIO / max(1.0, base / exposure_scale(exposures)))
    while direction == "rise" and lacking(far) < 0:
        far += math.log(2)
    return math.exp(brentq(lacking, 0.0, far, xtol=1e-10)) if lacking(far) >= 0 else math.nan


def base_needed(rate_ratio: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the smallest expected first count with which a ratio is found with the given power, by bisection."""
    found = functools.partial(exact_power, rate_ratio=rate_ratio, alpha=alpha)
    high = 2
    while found(high) < power:
        high *= 2
    return 1 + bisect.bisect_left(range(1, high + 1), power, key=found)


def exposure_scale(exposures: Exposures) -> float:
    """Return first over second exposure, which turns a ratio of counts into one of rates."""
    share_of_second(exposures)
    return exposures[0] / exposures[1]


def p_text(p: float, of: str = "equal rates") -> str:
    """Return the p of a hypothesis as it stands in a sentence: four decimals, or a bound."""
    return f"p of {of} = {p:.4f}" if p >= SMALLEST_PRINTED_P else f"p of {of} < {SMALLEST_PRINTED_P:.4f}"
