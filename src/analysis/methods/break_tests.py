"""A test of one break at an unknown date: a scan for a change of a Poisson rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods._fixed_effects import columns
from analysis.methods.result import Estimate, Floats, method


@method
def poisson_change_point(counts: ArrayLike, *, h: float = 0.15, draws: int = 999, seed: int) -> Estimate:
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

    Returns
    -------
    Estimate
        Ratio of the rates after and before the strongest candidate, with the p of the scan: the share of simulated
        suprema at least as large, the observed one counted. Further ``position`` (last period before the break, from
        1), ``before`` and ``after`` (rate per period), ``largest`` (the statistic there) and ``dispersion``: Pearson
        chi-square over its degrees of freedom with the break, above 1 where a Poisson p is too small. Its table is the
        statistic at each candidate.

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
    return Estimate(
        f"The strongest candidate for a break is after period {at}, from {before:.3g} to {after:.3g} (largest "
        f"statistic {largest[0]:.2f}, p = {p:.3g}; Poisson likelihood-ratio scan, parametric bootstrap given the "
        f"total, {draws:,} draws; dispersion {dispersion:.2f}).",
        name=f"rate after period {at} over rate before",
        estimate=after / before if before else float("nan"),
        p_value=p,
        unit="rate ratio",
        more={"position": at, "before": before, "after": after}
        | {"largest": float(largest[0]), "dispersion": dispersion},
        rows=pd.DataFrame({"statistic": ratio[:, 0]}, index=pd.Index(candidates, name="last_period")),
    )


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
