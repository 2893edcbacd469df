"""What the exact test of two Poisson counts can find, and how often it is wrong when cases come in clumps.

The rate ratio is always that of the second period to the first, so a fall is a ratio below 1. The test is the central
exact conditional test (see `analysis.methods.count_tests`): it rejects when its two-sided p is below alpha.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import binom, poisson

from analysis.errors import InputError
from analysis.methods.count_tests import Exposures, central_p, check_level, share_of_second
from analysis.methods.result import Floats, Result, method

NEGLIGIBLE = 1e-12  # Poisson mass left out of the sums
LEAST_RATIO = 1e-9  # stands for "no case at all" in the second period


@dataclass(frozen=True, slots=True)
class TypeIError(Result):
    """How often the exact test rejects two equal rates whose counts vary more than Poisson counts do.

    Attributes
    ----------
    mean : float
        Expected count of the first period.
    dispersion : ndarray, shape (g,)
        Ratios of variance to mean of each count; 1 is Poisson, above 1 negative binomial.
    rate, standard_error : ndarray, shape (g,)
        Share of simulated pairs with p below alpha, and its Monte Carlo standard error.
    alpha : float
        Nominal level.
    draws, seed : int
        Simulated pairs at each dispersion, and their seed.
    """

    mean: float
    dispersion: Floats
    rate: Floats
    standard_error: Floats
    alpha: float
    draws: int
    seed: int

    def table(self) -> pd.DataFrame:
        """Return one row per dispersion: share of true nulls rejected and its Monte Carlo standard error."""
        columns = {"dispersion": self.dispersion, "type_i_error": self.rate, "monte_carlo_se": self.standard_error}
        return pd.DataFrame(columns)

    def sentence(self) -> str:
        """Say the error rate at each dispersion."""
        pairs = zip(self.rate, self.dispersion, strict=True)
        rates = ", ".join(f"{rate:.1%} at variance/mean {phi:g}" for rate, phi in pairs)
        return (
            f"With {self.mean:g} cases expected in the first period and equal rates, the central exact test at the "
            f"{100 * self.alpha:g}% level rejects in {rates} ({self.draws:,} simulated pairs each)."
        )


def exact_power(base: float, rate_ratio: float, *, exposures: Exposures = (1.0, 1.0), alpha: float = 0.05) -> float:
    """Return the probability that the central exact test of equal rates rejects.

    Both counts are Poisson; the sum over their total has no simulation error.

    Parameters
    ----------
    base : float
        Expected count of the first period.
    rate_ratio : float
        True ratio of the second rate to the first.
    exposures : tuple of float
        Exposures of the first and second period, in the same unit.
    alpha : float
        Two-sided level.

    Raises
    ------
    InputError
        If ``base``, an exposure or the ratio is not positive, or alpha is not between 0 and 1.
    """
    null, true = share_of_second(exposures), share_of_second(exposures, rate_ratio)
    _check(base, alpha)
    expected = base * (1 + rate_ratio * exposures[1] / exposures[0])
    n = np.arange(poisson.ppf(NEGLIGIBLE, expected), poisson.isf(NEGLIGIBLE, expected) + 1)
    most_low = binom.ppf(alpha / 2, n, null) - 1
    least_high = binom.isf(alpha / 2, n, null) + 1
    rejects = binom.cdf(most_low, n, true) + binom.sf(least_high - 1, n, true)
    return float(poisson.pmf(n, expected) @ rejects)


def minimum_detectable_ratio(
    base: float,
    *,
    exposures: Exposures = (1.0, 1.0),
    power: float = 0.8,
    alpha: float = 0.05,
    direction: Literal["fall", "rise"] = "fall",
) -> float:
    """Return the rate ratio closest to 1 that the central exact test finds with the given power.

    Parameters
    ----------
    base : float
        Expected count of the first period.
    exposures, alpha
        As in `exact_power`.
    power : float
        Probability of rejecting, above alpha and below 1.
    direction : {"fall", "rise"}
        Ratios below or above 1.

    Returns
    -------
    float
        The ratio; nan if even a fall to no case at all would not be found with that power.

    Raises
    ------
    InputError
        As `exact_power`, or if the power is not between alpha and 1.
    """
    _check(base, alpha)
    if not alpha < power < 1:
        raise InputError(f"power {power} is not between alpha and 1", where="counts", remedy="take 0.8")
    first, second = exposures
    return _detectable(float(base), (float(first), float(second)), power, alpha, direction)


# Simulated worlds ask for the same few base counts again and again.
@functools.lru_cache(maxsize=4096)
def _detectable(base: float, exposures: Exposures, power: float, alpha: float, direction: str) -> float:
    def lacking(log_ratio: float) -> float:
        return exact_power(base, math.exp(log_ratio), exposures=exposures, alpha=alpha) - power

    far = math.log(LEAST_RATIO) if direction == "fall" else math.log(2)
    while direction == "rise" and lacking(far) < 0:
        far += math.log(2)
    return math.exp(brentq(lacking, 0.0, far, xtol=1e-10)) if lacking(far) >= 0 else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class DetectableRatios(Result):
    """What the exact test can find, by the count that is expected in the first period.

    Attributes
    ----------
    rows : DataFrame
        By ``base``, the expected first count: the ratios nearest to 1 that are found, ``fall`` (nan if none) and
        ``rise``.
    needed : dict of float to int
        By rate ratio, the smallest expected first count with which it is found.
    alpha, power : float
        Two-sided level, and probability of finding.
    """

    rows: pd.DataFrame
    needed: dict[float, int]
    alpha: float
    power: float

    def table(self) -> pd.DataFrame:
        """Return one row an expected first count."""
        return self.rows

    def sentence(self) -> str:
        """Say how many cases each ratio needs."""
        cases = ", ".join(f"{base} cases for a ratio of {ratio:g}" for ratio, base in self.needed.items())
        return f"Needed in the first period, at {self.power:.0%} power and the {self.alpha:.0%} level: {cases}."


@method
def detectable_ratios(
    bases: ArrayLike, *, ratios: Sequence[float] = (), alpha: float = 0.05, power: float = 0.8
) -> DetectableRatios:
    """Return the changes that the central exact test finds from each expected first count, and the counts it needs.

    Parameters
    ----------
    bases : array_like of float
        Expected counts of the first period.
    ratios : sequence of float
        Rate ratios, not 1, for which the smallest sufficient count is sought.
    alpha, power : float
        Two-sided level, and probability of finding.

    Examples
    --------
    >>> detectable_ratios([46], ratios=[0.5]).needed
    {0.5: 50}
    """
    base = np.asarray(bases, dtype=float)
    falls = [minimum_detectable_ratio(value, power=power, alpha=alpha) for value in base]
    rises = [minimum_detectable_ratio(value, power=power, alpha=alpha, direction="rise") for value in base]
    rows = pd.DataFrame({"fall": falls, "rise": rises}, index=pd.Index(base, name="base"))
    needed = {float(ratio): _base_needed(ratio, alpha=alpha, power=power) for ratio in ratios}
    return DetectableRatios(rows, needed, alpha, power)


def _base_needed(rate_ratio: float, *, alpha: float, power: float) -> int:
    """Return the smallest expected first count with which a ratio is found with the given power, by bisection."""
    low, high = 1, 2
    while exact_power(high, rate_ratio, alpha=alpha) < power:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if exact_power(middle, rate_ratio, alpha=alpha) < power else (low, middle)
    return high


@method
def type_i_error(
    mean: float,
    *,
    dispersions: Sequence[float],
    seed: int,
    exposures: Exposures = (1.0, 1.0),
    alpha: float = 0.05,
    draws: int = 20_000,
) -> TypeIError:
    """Simulate how often the central exact test rejects equal rates under overdispersion.

    Parameters
    ----------
    mean : float
        Expected count of the first period; the second has the same rate.
    dispersions : sequence of float
        Ratios of variance to mean, at least 1: Poisson at 1, negative binomial (variance linear in the mean) above.
    seed : int
        Seed; each dispersion has its own stream.
    exposures, alpha
        As in `exact_power`.
    draws : int
        Simulated pairs of counts at each dispersion.

    Raises
    ------
    InputError
        If the mean is not positive, a dispersion is below 1, or there is no draw.
    """
    _check(mean, alpha)
    if draws < 1 or not len(dispersions) or min(dispersions) < 1:
        raise InputError(
            "a dispersion is below 1, or none or no draw is asked for", where="counts", remedy="correct them"
        )
    share, means = share_of_second(exposures), (mean, mean * exposures[1] / exposures[0])
    streams = zip(dispersions, np.random.SeedSequence(seed).spawn(len(dispersions)), strict=True)
    shares = [_rejected_share(means, phi, np.random.default_rng(s), share, alpha, draws) for phi, s in streams]
    phi, rate = np.array(dispersions, dtype=float), np.array(shares)
    error = np.sqrt(rate * (1 - rate) / draws)
    for values in (phi, rate, error):
        values.setflags(write=False)
    return TypeIError(mean, phi, rate, error, alpha, draws, seed)


def _rejected_share(
    means: tuple[float, float], phi: float, rng: np.random.Generator, share: float, alpha: float, draws: int
) -> float:
    """Share of simulated pairs that are rejected at one dispersion."""
    if phi == 1:
        first, second = (rng.poisson(m, draws) for m in means)
    else:
        first, second = (rng.negative_binomial(m / (phi - 1), 1 / phi, draws) for m in means)
    return float(np.mean(central_p(first, second, share) < alpha))


def _check(base: float, alpha: float) -> None:
    """Refuse an expected count or a level that makes no sense."""
    if not (math.isfinite(base) and base > 0):
        raise InputError(f"expected count {base} is not positive", where="counts", remedy="give a positive number")
    check_level(alpha)
