"""Counts whose cases come in clumps: comparison by episodes, and a test of dispersion.

One round-up can make dozens of cases. If the episodes are known, they, not the cases, are the independent events: the
number of episodes is Poisson and the count is compound Poisson. The rate ratio is of the second period to the first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, chi2, poisson

from analysis.errors import InputError
from analysis.methods.count_tests import (
    Exposures,
    Interval,
    check_counts,
    check_level,
    count_test,
    exposure_scale,
    odds,
    p_text,
    share_of_second,
)
from analysis.methods.result import Result, counted, method

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EpisodeComparison(Result):
    """Two counts compared with their episodes as the independent events.

    Attributes
    ----------
    cases, episodes : tuple of int
        Cases and episodes in the first and second period.
    ratio : Interval
        Ratio of the rates of cases, with the percentile interval of the compound Poisson bootstrap.
    p_episodes : float
        Two-sided p of the exact test that reassigns whole episodes.
    p_cases : float
        Two-sided central exact p that takes cases as independent.
    dispersion : float
        Sum of squared episode sizes over cases, both periods: the variance/mean ratio of a compound Poisson count.
    draws, seed : int
        Bootstrap draws and their seed.
    labels : tuple of str
        Names of the periods.
    unit : str
        What is counted.
    """

    cases: tuple[int, int]
    episodes: tuple[int, int]
    ratio: Interval
    p_episodes: float
    p_cases: float
    dispersion: float
    draws: int
    seed: int
    labels: tuple[str, str]
    unit: str

    def table(self) -> pd.DataFrame:
        """Return one row per quantity: value, ends of the interval where there is one, and method."""
        r, none = self.ratio, math.nan
        rows = [
            ("rate ratio", r.estimate, r.lower, r.upper, f"compound Poisson bootstrap, {100 * r.level:g}% percentiles"),
            ("p, two-sided", self.p_episodes, none, none, "exact reassignment of whole episodes"),
            ("p, two-sided", self.p_cases, none, none, "central exact test, cases independent"),
            ("dispersion", self.dispersion, none, none, "sum of squared sizes over cases"),
        ]
        return pd.DataFrame(rows, columns=["quantity", "value", "lower", "upper", "method"])

    def evidence(self) -> dict[str, Any]:
        """Return the rate ratio, and the p of the test by episodes."""
        return self.ratio.evidence() | {"p_value": self.p_episodes, "n": sum(self.cases), "summary": self.sentence()}

    def sentence(self) -> str:
        """Say cases, episodes, the ratio with its interval, and both tests."""
        r, (a, b) = self.ratio, self.labels
        return (
            f"{self.cases[0]} {self.unit} in {counted(self.episodes[0], 'episode')} in {a} and {self.cases[1]} in "
            f"{counted(self.episodes[1], 'episode')} in {b}: rate ratio {r.estimate:.3f} (bootstrap of episodes, "
            f"{100 * r.level:g}% interval {r.lower:.3f} to {r.upper:.3f}; exact test by episodes "
            f"{p_text(self.p_episodes)}, by cases {p_text(self.p_cases)}; variance/mean ratio {self.dispersion:.2f})."
        )


@dataclass(frozen=True, slots=True)
class DispersionTest(Result):
    """Whether counts vary as Poisson counts do.

    Attributes
    ----------
    n : int
        Number of counts.
    mean, variance : float
        Mean and sample variance (divisor n - 1).
    index : float
        Variance over mean; 1 for Poisson counts.
    statistic : float
        ``(n - 1) * index``, chi-squared with n - 1 degrees of freedom under a common Poisson mean.
    p_over, p_two_sided : float
        Upper-tail p (overdispersion), and twice the smaller tail.
    observed : ndarray of int, shape (largest count + 1,)
        How many counts are 0, 1, 2, ...
    """

    n: int
    mean: float
    variance: float
    index: float
    statistic: float
    p_over: float
    p_two_sided: float
    observed: Ints
    unit: ClassVar[str] = "variance over mean"

    def evidence(self) -> dict[str, Any]:
        """Return the index with the p against overdispersion."""
        return Result.evidence(self) | {"estimate": self.index, "p_value": self.p_over}

    def table(self) -> pd.DataFrame:
        """Return one row per value 0, 1, ...: how often it was observed, and expected of a Poisson count."""
        value = np.arange(len(self.observed))
        expected = self.n * poisson.pmf(value, self.mean)
        return pd.DataFrame({"value": value, "observed": self.observed, "expected_poisson": expected})

    def sentence(self) -> str:
        """Say mean, variance, index and the index-of-dispersion test."""
        return (
            f"{self.n} counts have mean {self.mean:.3f} and variance {self.variance:.3f}, a ratio of {self.index:.3f} "
            f"(index-of-dispersion test: chi-squared {self.statistic:.1f} on {self.n - 1} degrees of freedom; "
            f"{p_text(self.p_over)} against overdispersion, {p_text(self.p_two_sided)} two-sided)."
        )


@method
def compare_episodes(
    first_sizes: Sequence[int],
    second_sizes: Sequence[int],
    *,
    seed: int,
    exposures: Exposures = (1.0, 1.0),
    level: float = 0.95,
    draws: int = 10_000,
    labels: tuple[str, str] = ("the first period", "the second period"),
    unit: str = "cases",
) -> EpisodeComparison:
    """Compare two counts whose episodes are known.

    The interval resamples episodes: each gets a Poisson(1) weight, which is the same as drawing a Poisson number of
    episodes and their sizes with replacement. With few episodes it is too narrow; the test is exact all the same.

    Parameters
    ----------
    first_sizes, second_sizes : sequence of int
        Cases in each episode (at least 1) of the first and second period; an empty one has no case.
    seed : int
        Seed of the bootstrap.
    exposures, level
        Exposures of the two periods; level of the interval.
    draws : int
        Bootstrap draws.
    labels, unit
        Names of the periods and of what is counted, for the sentence.

    Raises
    ------
    InputError
        If a size is not a whole number from 1, there is no episode at all, or an exposure is not positive.
    """
    check_level(level)
    first, second = _sizes(first_sizes), _sizes(second_sizes)
    if not len(first) + len(second) or draws < 1:
        raise InputError("no episode or no draw", where="episodes", remedy="give at least one of each")
    cases = (int(first.sum()), int(second.sum()))
    lower, upper = _bootstrap_ends(first, second, exposure_scale(exposures), level, draws, seed)
    estimate = odds(cases[1], cases[0]) * exposure_scale(exposures)
    sizes = np.concatenate([first, second])
    return EpisodeComparison(
        cases=cases,
        episodes=(len(first), len(second)),
        ratio=Interval(estimate, lower, upper, level),
        p_episodes=episode_test(first, second, exposures=exposures),
        p_cases=count_test(*cases, exposures=exposures),
        dispersion=float((sizes**2).sum() / sizes.sum()),
        draws=draws,
        seed=seed,
        labels=labels,
        unit=unit,
    )


def episode_test(first_sizes: ArrayLike, second_sizes: ArrayLike, *, exposures: Exposures = (1.0, 1.0)) -> float:
    """Return the exact two-sided p of equal rates when whole episodes, not cases, are independent.

    Given all episodes, each falls in the second period with the probability that the exposures give it. The
    distribution of the second count is then a convolution, found without simulation; p is twice the smaller tail. If
    every episode is one case, this is the central exact test.

    Parameters and errors are those of `compare_episodes`.
    """
    first, second = _sizes(first_sizes), _sizes(second_sizes)
    share, total = share_of_second(exposures), int(second.sum())
    mass = np.ones(1)
    for size in np.concatenate([first, second]):
        grown = np.zeros(len(mass) + size)
        grown[: len(mass)] = (1 - share) * mass
        grown[size:] += share * mass
        mass = grown
    return float(min(1.0, 2 * min(mass[: total + 1].sum(), mass[total:].sum())))


def break_even_episode(first: int, second: int, *, exposures: Exposures = (1.0, 1.0), alpha: float = 0.05) -> int:
    """Return how many cases of the period with the higher rate, if they were one episode, bring p to alpha.

    All other cases are taken as independent; p is that of `episode_test`. 0 means that the difference is not
    significant even if all cases are independent.

    Raises
    ------
    InputError
        If a count is not a whole number from 0, or an exposure is not positive.
    """
    check_counts(first, second)
    share, falls = share_of_second(exposures), second * exposures[0] < first * exposures[1]
    size = np.arange(1, (first if falls else second) + 1)
    rest = first + second - size
    low = (1 - share) * binom.cdf(second, rest, share) + share * binom.cdf(second - size, rest, share)
    high = (1 - share) * binom.sf(second - 1, rest, share) + share * binom.sf(second - size - 1, rest, share)
    enough = size[2 * np.minimum(low, high) >= alpha]
    return int(enough[0]) if len(enough) and enough[0] > 1 else 0


@method
def dispersion_test(counts: ArrayLike) -> DispersionTest:
    """Test whether counts of equal exposure vary as Poisson counts with one mean (index of dispersion).

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        At least two counts, not all 0.

    Raises
    ------
    InputError
        If a count is not a whole number from 0, or there are too few.

    References
    ----------
    Fisher (1950). The significance of deviations from expectation in a Poisson series. Biometrics 6, 17-24.
    """
    x = np.asarray(counts, dtype=float)
    if x.ndim != 1 or len(x) < 2 or not (np.isfinite(x) & (x >= 0) & (x == np.round(x))).all() or not x.sum():
        raise InputError(
            "counts must be whole, from 0, at least two, not all 0", where="dispersion test", remedy="correct them"
        )
    mean, variance, dof = float(x.mean()), float(x.var(ddof=1)), len(x) - 1
    statistic = dof * variance / mean
    over, under = float(chi2.sf(statistic, dof)), float(chi2.cdf(statistic, dof))
    observed = np.bincount(x.astype(np.int64)).astype(np.int64)
    observed.setflags(write=False)
    return DispersionTest(
        len(x), mean, variance, variance / mean, statistic, over, min(1.0, 2 * min(over, under)), observed
    )


def _bootstrap_ends(
    first: Ints, second: Ints, scale: float, level: float, draws: int, seed: int
) -> tuple[float, float]:
    """Percentile ends of the rate ratio; draws without any case in either period say nothing and are left out."""
    rng = np.random.default_rng(seed)
    totals = [rng.poisson(1.0, (draws, len(sizes))) @ sizes for sizes in (first, second)]
    kept = (totals[0] + totals[1]) > 0
    a, b = totals[0][kept], totals[1][kept]
    ratio = np.divide(b, a, out=np.full(len(a), np.inf), where=a > 0) * scale
    tail = (1 - level) / 2
    # The ends are draws themselves: interpolating towards an infinite ratio would give nan.
    return float(np.quantile(ratio, tail, method="lower")), float(np.quantile(ratio, 1 - tail, method="higher"))


def _sizes(values: ArrayLike) -> Ints:
    """Episode sizes as whole numbers from 1."""
    x = np.atleast_1d(np.asarray(values, dtype=float))
    if x.ndim != 1 or not (np.isfinite(x) & (x >= 1) & (x == np.round(x))).all():
        raise InputError("an episode size is not a whole number from 1", where="episodes", remedy="correct the sizes")
    return x.astype(np.int64)
