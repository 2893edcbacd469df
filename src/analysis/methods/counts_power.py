"""What the exact test of two Poisson counts can find, and how often it is wrong when cases come in clumps.

The rate ratio is always that of the second period to the first, so a fall is a ratio below 1. The test is the central
exact conditional test (see `analysis.methods.count_tests`): it rejects when its two-sided p is below alpha.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import binom, poisson

from analysis.errors import InputError
from analysis.methods.count_tests import Exposures, central_p, check_level, share_of_second
from analysis.methods.result import Estimate, method

NEGLIGIBLE = 1e-12  # Poisson mass left out of the sums
_WAYS: tuple[Literal["fall"], Literal["rise"]] = ("fall", "rise")
LEAST_RATIO = 1e-9  # stands for "no case at all" in the second period


def exact_power(base: float, rate_ratio: float, *, exposures: Exposures = (1.0, 1.0), alpha: float = 0.05) -> float:
    """Return the probability that the central exact test of equal rates rejects, without simulation error.

    ``base`` is the expected count of the first period, ``rate_ratio`` the true one; both counts are Poisson.
    """
    null, true = share_of_second(exposures), share_of_second(exposures, rate_ratio)
    _check(base, alpha)
    expected = base * (1 + rate_ratio * exposures[1] / exposures[0])
    n = np.arange(poisson.ppf(NEGLIGIBLE, expected), poisson.isf(NEGLIGIBLE, expected) + 1)
    most_low, least_high = binom.ppf(alpha / 2, n, null) - 1, binom.isf(alpha / 2, n, null) + 1
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
    """Return the rate ratio closest to 1, below or above, that the central exact test finds with the given power.

    ``base`` is the expected count of the first period; nan if not even a fall to no case at all would be found.
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


@method
def detectable_ratios(
    bases: ArrayLike, *, ratios: Sequence[float] = (), alpha: float = 0.05, power: float = 0.8
) -> Estimate:
    """Return the changes that the central exact test finds from each expected first count, and the counts it needs.

    Parameters
    ----------
    bases : array_like of float
        Expected counts of the first period.
    ratios : sequence of float
        Rate ratios, not 1, for which the smallest sufficient count is sought.
    alpha, power : float
        Two-sided level, and probability of finding.

    Returns
    -------
    Estimate
        ``needed``: by rate ratio the smallest expected first count with which it is found. The table has by ``base``
        the ratios nearest to 1 that are found, ``fall`` (nan if none) and ``rise``.

    Examples
    --------
    >>> detectable_ratios([46], ratios=[0.5]).needed
    {0.5: 50}
    """
    base = np.asarray(bases, dtype=float)
    found = {
        way: [minimum_detectable_ratio(value, power=power, alpha=alpha, direction=way) for value in base]
        for way in _WAYS
    }
    needed = {float(ratio): _base_needed(ratio, alpha=alpha, power=power) for ratio in ratios}
    cases = ", ".join(f"{count} cases for a ratio of {ratio:g}" for ratio, count in needed.items())
    return Estimate(
        f"Needed in the first period, at {power:.0%} power and the {alpha:.0%} level: {cases}.",
        name="detectable ratios",
        more={"needed": needed},
        rows=pd.DataFrame(found, index=pd.Index(base, name="base")),
    )


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
    alpha: float = 0.05,
    draws: int = 20_000,
) -> Estimate:
    """Simulate how often the central exact test rejects equal rates under overdispersion.

    Parameters
    ----------
    mean : float
        Expected count of each period.
    dispersions : sequence of float
        Ratios of variance to mean, at least 1: Poisson at 1, negative binomial (variance linear in the mean) above.
    seed : int
        Seed; each dispersion has its own stream.
    alpha : float
        Two-sided level.
    draws : int
        Simulated pairs of counts at each dispersion.

    Returns
    -------
    Estimate
        Its table has one row per ``dispersion``: ``type_i_error``, the share of true nulls rejected, and
        ``monte_carlo_se``.

    Raises
    ------
    InputError
        If the mean is not positive, a dispersion is below 1, or there is no draw.
    """
    _check(mean, alpha)
    if draws < 1 or not len(dispersions) or min(dispersions) < 1:
        said = "a dispersion is below 1, or none or no draw is asked for"
        raise InputError(said, where="counts", remedy="correct them")
    streams = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(len(dispersions)))
    pairs = (
        rng.poisson(mean, (2, draws)) if phi == 1 else rng.negative_binomial(mean / (phi - 1), 1 / phi, (2, draws))
        for phi, rng in zip(dispersions, streams, strict=True)
    )
    shares = [float(np.mean(central_p(first, second) < alpha)) for first, second in pairs]
    rows = pd.DataFrame({"dispersion": np.array(dispersions, dtype=float), "type_i_error": shares})
    rates = ", ".join(f"{rate:.1%} at variance/mean {phi:g}" for phi, rate in rows.to_numpy())
    return Estimate(
        f"With {mean:g} cases expected in the first period and equal rates, the central exact test at the "
        f"{100 * alpha:g}% level rejects in {rates} ({draws:,} simulated pairs each).",
        name="type I error",
        more={"alpha": alpha},
        rows=rows.assign(monte_carlo_se=np.sqrt(rows["type_i_error"] * (1 - rows["type_i_error"]) / draws)),
    )


def _check(base: float, alpha: float) -> None:
    """Refuse an expected count or a level that makes no sense."""
    if not (math.isfinite(base) and base > 0):
        raise InputError(f"expected count {base} is not positive", where="counts", remedy="give a positive number")
    check_level(alpha)
