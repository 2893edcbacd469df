"""A test of one break at an unknown date: a scan for a change of a Poisson rate.

A break is given by the position (counted from 1) of the last period before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods._fixed_effects import columns
from analysis.methods.result import Floats, Result, method, readonly


@dataclass(frozen=True, slots=True)
class BreakTest(Result):
    """Test of one break at an unknown date.

    Attributes
    ----------
    statistic : ndarray, shape (c,)
        Statistic at each candidate.
    candidates : ndarray, shape (c,)
        Last period (from 1) before each candidate break.
    largest : float
        Supremum of the statistic.
    position : int
        Candidate where it is reached.
    p : float
        Share of simulated suprema at least as large, the observed one counted.
    draws : int
        Simulations; the smallest possible p is 1/(draws + 1).
    test : str
        Name of the test and of its null distribution.
    before, after : float
        Rate per period before and after ``position``.
    dispersion : float
        Pearson chi-square over its degrees of freedom with the break: above 1, a Poisson p is too small.
    """

    statistic: Floats
    candidates: Floats
    largest: float
    position: int
    p: float
    draws: int
    test: str
    before: float
    after: float
    dispersion: float

    def evidence(self) -> dict[str, Any]:
        """Return the ratio of the rates after and before, with the p of the scan."""
        ratio = {"estimate": self.after / self.before} if self.before else {}
        return Result.evidence(self) | ratio | {"p_value": self.p, "unit": "rate ratio"}

    def table(self) -> pd.DataFrame:
        """Return the statistic at each candidate."""
        index = pd.Index(self.candidates.astype(int), name="last_period")
        return pd.DataFrame({"statistic": self.statistic}, index=index)

    def sentence(self) -> str:
        """Say where the largest statistic is, the levels before and after, and p."""
        return (
            f"The strongest candidate for a break is after period {self.position}, from {self.before:.3g} to "
            f"{self.after:.3g} (largest statistic {self.largest:.2f}, p = {self.p:.3g}; {self.test}, {self.draws:,} "
            f"draws; dispersion {self.dispersion:.2f})."
        )


@method
def poisson_change_point(counts: ArrayLike, *, h: float = 0.15, draws: int = 999, seed: int) -> BreakTest:
    """Scan for one change of a Poisson rate: largest likelihood ratio, parametric bootstrap given the total.

    Parameters
    ----------
    counts : array_like, shape (n,)
        Events per period.
    h : float
        Trimming: fewest periods before and after the break, as a share below 1 or as a number of periods.
    draws : int
        Simulations. Given their total, counts with a constant rate are multinomial whatever the rate, so p is exact
        for Poisson counts.
    seed : int
        Seed of the draws.

    Raises
    ------
    InputError
        If counts are negative or not whole, there is no event, or ``h`` leaves no candidate.

    References
    ----------
    Worsley, K. (1986). Biometrika 73, 91-104. doi:10.1093/biomet/73.1.91
    """
    n = len(np.asarray(counts))
    y = columns(counts, n, "counts")[1][:, 0]
    if (y < 0).any() or (y != np.round(y)).any() or y.sum() == 0:
        raise InputError("needs whole counts with some event", where="counts", remedy="check them")
    candidates = _candidates(h, n)
    simulated = np.random.default_rng(seed).multinomial(int(y.sum()), np.full(n, 1 / n), size=draws)
    ratio = _likelihood_ratio(np.vstack([y, simulated]).T, candidates)
    largest = ratio.max(axis=0)
    at = int(candidates[np.argmax(ratio[:, 0])])
    # The ratio is a function of whole numbers: equal suprema may differ in the last bit.
    p = float((largest >= largest[0] - 1e-9).sum() / (draws + 1))
    before, after = float(y[:at].mean()), float(y[at:].mean())
    mean = np.where(np.arange(n) < at, before, after)
    dispersion = float((((y - mean) ** 2)[mean > 0] / mean[mean > 0]).sum() / (n - 2))
    test = "Poisson likelihood-ratio scan, parametric bootstrap given the total"
    best = float(largest[0])
    return BreakTest(readonly(ratio[:, 0]), readonly(candidates), best, at, p, draws, test, before, after, dispersion)


def _candidates(h: float, n: int) -> NDArray[np.int_]:
    """Return the last periods before which and after which enough periods lie."""
    shortest = int(np.floor(h * n)) if h < 1 else int(h)
    if not 1 < shortest <= n // 2:
        raise InputError(f"{shortest} periods per segment", where="h", remedy=f"use 2 to {n // 2} of {n}")
    return np.arange(shortest, n - shortest + 1)


def _likelihood_ratio(counts: Floats, candidates: NDArray[np.int_]) -> Floats:
    """Return twice the log-likelihood gained by a change of rate, shape (candidates, series)."""
    events = np.cumsum(counts, axis=0)
    left, total = events[candidates - 1], events[-1]
    share = (candidates / len(counts))[:, None]
    return 2 * (_xlogy(left, left / (total * share)) + _xlogy(total - left, (total - left) / (total * (1 - share))))


def _xlogy(x: Floats, y: Floats) -> Floats:
    return x * np.log(np.where(x > 0, y, 1.0))
