"""Counts whose cases come in clumps: comparison by episodes, a test of dispersion, and what undoes a difference.

One round-up can make dozens of cases. If the episodes are known, they, not the cases, are the independent events: the
number of episodes is Poisson and the count is compound Poisson. If not, break-evens say how much clumping, how many
linked cases or how much lost exposure a difference bears. The rate ratio is of the second period to the first; the test
is the central exact conditional test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, chi2, norm, poisson

from analysis.errors import InputError
from analysis.methods.count_tests import (
    Exposures,
    central_p,
    check_counts,
    count_test,
    exposure_scale,
    odds,
    p_text,
    rate_ratio_interval,
    share_of_second,
)
from analysis.methods.result import Estimate, counted, method

Ints = NDArray[np.int64]
_ALPHA = 0.05


@method
def compare_episodes(
    first_sizes: Sequence[int],
    second_sizes: Sequence[int],
    *,
    seed: int,
    exposures: Exposures = (1.0, 1.0),
    draws: int = 10_000,
    labels: tuple[str, str] = ("the first period", "the second period"),
    unit: str = "cases",
) -> Estimate:
    """Compare two counts whose episodes are known.

    The interval resamples episodes: each gets a Poisson(1) weight, which is the same as drawing a Poisson number of
    episodes and their sizes with replacement. With few episodes it is too narrow; the test is exact all the same.

    Parameters
    ----------
    first_sizes, second_sizes : sequence of int
        Cases in each episode (at least 1) of the first and second period; an empty one has no case.
    seed, draws : int
        Seed and draws of the bootstrap.
    exposures, labels, unit
        As in `compare_counts`.

    Returns
    -------
    Estimate
        Ratio of the rates of cases; ``p_episodes``, its p, reassigns whole episodes, ``p_cases`` takes cases as
        independent. ``dispersion`` is the variance/mean ratio of a compound Poisson count: the sum of squared sizes
        over cases, both periods.

    Raises
    ------
    InputError
        If a size is not a whole number from 1, there is no episode at all, or an exposure is not positive.
    """
    first, second = _sizes(first_sizes), _sizes(second_sizes)
    if not len(first) + len(second) or draws < 1:
        raise InputError("no episode or no draw", where="episodes", remedy="give at least one of each")
    cases, scale = (int(first.sum()), int(second.sum())), exposure_scale(exposures)
    estimate, (lower, upper) = (
        odds(cases[1], cases[0]) * scale,
        _bootstrap_ends(first, second, scale, draws, seed),
    )
    p_episodes, p_cases = episode_test(first, second, exposures=exposures), count_test(*cases, exposures=exposures)
    sizes, none = np.concatenate([first, second]), math.nan
    dispersion = float((sizes**2).sum() / sizes.sum())
    rows = [
        ("rate ratio", estimate, lower, upper, "compound Poisson bootstrap, 95% percentiles"),
        ("p, two-sided", p_episodes, none, none, "exact reassignment of whole episodes"),
        ("p, two-sided", p_cases, none, none, "central exact test, cases independent"),
        ("dispersion", dispersion, none, none, "sum of squared sizes over cases"),
    ]
    told = (
        f"{count} {unit} in {counted(len(own), 'episode')} in {label}"
        for count, own, label in zip(cases, (first, second), labels, strict=True)
    )
    return Estimate(
        f"{' and '.join(told)}: rate ratio {estimate:.3f} (bootstrap of episodes, 95% interval "
        f"{lower:.3f} to {upper:.3f}; exact test by episodes {p_text(p_episodes)}, by cases {p_text(p_cases)}; "
        f"variance/mean ratio {dispersion:.2f}).",
        name="rate ratio",
        estimate=estimate,
        lower=lower,
        upper=upper,
        p_value=p_episodes,
        n=sum(cases),
        unit="rate ratio",
        more={"p_episodes": p_episodes, "p_cases": p_cases, "dispersion": dispersion},
        rows=pd.DataFrame(rows, columns=["quantity", "value", "lower", "upper", "method"]),
    )


def episode_test(first_sizes: ArrayLike, second_sizes: ArrayLike, *, exposures: Exposures = (1.0, 1.0)) -> float:
    """Return the exact two-sided p of equal rates when whole episodes, not cases, are independent.

    Given all episodes, each falls in the second period with the probability that the exposures give it. The
    distribution of the second count is then a convolution; p is twice the smaller tail.
    """
    first, second = _sizes(first_sizes), _sizes(second_sizes)
    share, total = share_of_second(exposures), int(second.sum())
    mass = np.ones(1)
    for size in np.concatenate([first, second]):
        mass = np.pad((1 - share) * mass, (0, size)) + np.pad(share * mass, (size, 0))
    return float(min(1.0, 2 * min(mass[: total + 1].sum(), mass[total:].sum())))


def _bootstrap_ends(first: Ints, second: Ints, scale: float, draws: int, seed: int) -> tuple[float, float]:
    """Return percentile ends of the rate ratio; draws without any case say nothing and are left out."""
    rng = np.random.default_rng(seed)
    totals = [rng.poisson(1.0, (draws, len(sizes))) @ sizes for sizes in (first, second)]
    kept = (totals[0] + totals[1]) > 0
    a, b = totals[0][kept], totals[1][kept]
    ratio = np.divide(b, a, out=np.full(len(a), np.inf), where=a > 0) * scale
    # The ends are draws themselves: interpolating towards an infinite ratio would give nan.
    return float(np.quantile(ratio, 0.025, method="lower")), float(np.quantile(ratio, 0.975, method="higher"))


def _sizes(values: ArrayLike) -> Ints:
    """Return episode sizes as whole numbers from 1."""
    x = np.atleast_1d(np.asarray(values, dtype=float))
    if x.ndim != 1 or not (np.isfinite(x) & (x >= 1) & (x == np.round(x))).all():
        raise InputError("an episode size is not a whole number from 1", where="episodes", remedy="correct the sizes")
    return x.astype(np.int64)


@method
def dispersion_test(counts: ArrayLike) -> Estimate:
    """Test whether counts of equal exposure vary as Poisson counts with one mean (index of dispersion).

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        At least two counts, not all 0.

    Returns
    -------
    Estimate
        ``index``: variance over mean, 1 for Poisson counts; ``p_over``, its p, is against overdispersion. The table
        holds observed and expected frequencies of 0, 1, 2, ...

    References
    ----------
    Fisher (1950). The significance of deviations from expectation in a Poisson series. Biometrics 6, 17-24.
    """
    x = np.asarray(counts, dtype=float)
    if x.ndim != 1 or len(x) < 2 or not (np.isfinite(x) & (x >= 0) & (x == np.round(x))).all() or not x.sum():
        said = "counts must be whole, from 0, at least two, not all 0"
        raise InputError(said, where="dispersion test", remedy="correct them")
    n, mean, variance = len(x), float(x.mean()), float(x.var(ddof=1))
    index, statistic = variance / mean, (n - 1) * variance / mean
    over, under = float(chi2.sf(statistic, n - 1)), float(chi2.cdf(statistic, n - 1))
    observed = np.bincount(x.astype(np.int64))
    value = np.arange(len(observed))
    expected = n * poisson.pmf(value, mean)
    return Estimate(
        f"{n} counts have mean {mean:.3f} and variance {variance:.3f}, a ratio of {index:.3f} (index-of-dispersion "
        f"test: chi-squared {statistic:.1f} on {n - 1} degrees of freedom; {p_text(over)} against overdispersion, "
        f"{p_text(min(1.0, 2 * min(over, under)))} two-sided).",
        name="variance over mean",
        estimate=index,
        p_value=over,
        n=n,
        unit="variance over mean",
        more={"index": index, "mean": mean, "variance": variance, "statistic": statistic, "p_over": over},
        rows=pd.DataFrame({"value": value, "observed": observed, "expected_poisson": expected}),
    )


def break_even_dispersion(first: int, second: int, *, exposures: Exposures = (1.0, 1.0)) -> float:
    """Return the variance/mean ratio of the counts at which the 95 % Wald interval of the log rate ratio reaches 0.

    ``(ln RR)^2 / (z^2 (1/first + 1/second))``: a value below 1 means that there is no significant difference even
    between Poisson counts; nan if a count is 0, where the log ratio is infinite.
    """
    check_counts(first, second)
    if not first or not second:
        return math.nan
    log_ratio = math.log(odds(second, first) * exposure_scale(exposures))
    return log_ratio**2 / (float(norm.isf(_ALPHA / 2)) ** 2 * (1 / first + 1 / second))


def break_even_removal(first: int, second: int, *, exposures: Exposures = (1.0, 1.0)) -> int:
    """Return how many cases of the period with the higher rate must be set aside, as linked, before central p >= 5 %.

    0 means that the difference is not significant as it is.
    """
    check_counts(first, second)
    falls = second * exposures[0] < first * exposures[1]
    removed = np.arange((first if falls else second) + 1)
    left = (first - removed, second) if falls else (first, second - removed)
    return int(np.argmax(central_p(left[0], left[1], share_of_second(exposures)) >= _ALPHA))


def break_even_episode(first: int, second: int) -> int:
    """Return how many cases of the higher count, if they were one episode and all else independent, bring p to 5 %.

    Exposures are equal; p is that of `episode_test`. 0 means that the difference is not significant as it is.
    """
    check_counts(first, second)
    size = np.arange(1, max(first, second) + 1)
    rest = first + second - size
    low = (binom.cdf(second, rest, 0.5) + binom.cdf(second - size, rest, 0.5)) / 2
    high = (binom.sf(second - 1, rest, 0.5) + binom.sf(second - size - 1, rest, 0.5)) / 2
    enough = size[2 * np.minimum(low, high) >= _ALPHA]
    return int(enough[0]) if len(enough) and enough[0] > 1 else 0


def decisions(first: ArrayLike, second: ArrayLike) -> NDArray[np.int8]:
    """Return what the test says at the 5 % level of counts of equal exposure and any shape: -1 fall, 0 open, 1 rise.

    Examples
    --------
    >>> decisions([46, 17, 8], [25, 12, 32]).tolist()
    [-1, 0, 1]
    """
    change = np.sign(np.subtract(second, first))
    return np.where(central_p(first, second) < _ALPHA, change, 0).astype(np.int8)


@method
def break_even_cases(first: int, second: int) -> Estimate:
    """Return how many cases out of two counts of equal exposure, into them, or in one episode undo their difference.

    Parameters
    ----------
    first, second : int
        Cases in the first and second period.

    Returns
    -------
    Estimate
        Cases ``removed`` from the higher count, ``added`` to the lower one, or of the higher that are one ``episode``,
        each until the difference is no longer significant at the 5 % level; 0 if it is not as it is.

    Examples
    --------
    >>> found = break_even_cases(46, 25)
    >>> found.removed, found.added
    (5, 4)
    """
    removed, episode = break_even_removal(first, second), break_even_episode(first, second)
    low, high = sorted((first, second))
    added = int(np.argmax(decisions(low + np.arange(high - low + 1), high) == 0))
    counts = f"{first} and {second}"
    words = f"Between {counts} the exact test shows no difference that could be undone."
    if removed:
        words = (
            f"The difference between {counts} is no longer significant once {removed} cases are taken from the higher "
            f"count, {added} are added to the lower, or {episode} cases of the higher are one episode."
        )
    return Estimate(words, name="break-even", more={"removed": removed, "added": added, "episode": episode})


@method
def lose_exposure(first: int, second: int, *, exposures: Exposures, most: int) -> Estimate:
    """Compare two counts if more and more of the second period's exposure could hold no case.

    Parameters
    ----------
    first, second : int
        Cases in the two periods.
    exposures : tuple of float
        Whole exposures of the two periods, such as their days.
    most : int
        Largest loss; less than the second exposure.

    Returns
    -------
    Estimate
        ``break_even``: least loss at which the exact interval first holds equal rates; None if it never does. The table
        has the ratio and its interval by loss.

    Examples
    --------
    >>> lose_exposure(46, 25, exposures=(365, 366), most=90).break_even
    37
    """
    lost, found = np.arange(most + 1), rate_ratio_interval(first, second)
    # The ratio of rates and its exact interval are proportional to the ratio of exposures.
    scale = exposures[0] / (exposures[1] - lost)
    ends = {"ratio": found.estimate * scale, "lower": found.lower * scale, "upper": found.upper * scale}
    holds = lost[(ends["lower"] <= 1) & (ends["upper"] >= 1)]
    break_even = int(holds[0]) if len(holds) else None
    words = f"The interval holds equal rates once {break_even} units of the later exposure are lost."
    if break_even is None:
        words = f"A loss of up to {most} units of exposure leaves equal rates excluded."
    rows = pd.DataFrame(ends, index=pd.Index(lost, name="lost"))
    return Estimate(words, name="lost exposure", more={"break_even": break_even}, rows=rows)
