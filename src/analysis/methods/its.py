"""Interrupted time series: the change of level or slope of a series at a date that is known beforehand.

For a break whose date is not known see `analysis.methods.breaks` and `analysis.methods.break_tests`.

References
----------
Lopez Bernal, J., Cummins, S. and Gasparrini, A. (2017). International Journal of Epidemiology 46, 348-355.
doi:10.1093/ije/dyw098
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import InputError
from analysis.methods.arrays import Floats, readonly
from analysis.methods.series import Covariance, Family, SeriesFit, regress
from analysis.methods.words import counted


@dataclass(frozen=True, slots=True)
class InterruptedSeries:
    """A series before and after a known date, with the path it would have taken without the interruption.

    Attributes
    ----------
    fit : SeriesFit
        Segmented regression; the term "level" is the step at the interruption, "slope" the change of slope per period.
    start : int
        Position (from 0) of the first period after the interruption.
    observed, counterfactual : ndarray, shape (n,)
        The series, and its expected values with step and change of slope set to zero.
    """

    fit: SeriesFit
    start: int
    observed: Floats
    counterfactual: Floats

    def table(self) -> pd.DataFrame:
        """Return one row per period: observed, fitted, counterfactual, and whether it is after the interruption."""
        after = np.arange(len(self.observed)) >= self.start
        values = {"observed": self.observed, "fitted": self.fit.fitted, "counterfactual": self.counterfactual}
        return pd.DataFrame({**values, "after": after})

    def sentence(self) -> str:
        """Say the step at the interruption, and what it sums to after it."""
        after = slice(self.start, None)
        gap = float((self.fit.fitted[after] - self.counterfactual[after]).sum())
        periods = len(self.observed) - self.start
        after_it = f"Over the {counted(periods, 'period')} after the interruption this sums to {gap:+.4g}."
        return f"{self.fit.sentence('level')} {after_it}"


def interrupted_series(
    y: ArrayLike,
    *,
    start: int,
    family: Family = "poisson",
    offset: ArrayLike | None = None,
    trend: bool = True,
    slope_change: bool = False,
    harmonics: int = 0,
    period: int = 12,
    covariance: Covariance = "quasi",
    lags: int | None = None,
    small_sample: bool = False,
) -> InterruptedSeries:
    """Estimate the step, and optionally the change of slope, of a series at a date known beforehand.

    Parameters
    ----------
    y : array_like, shape (n,)
        Series of equally spaced periods.
    start : int
        Position (from 0) of the first period after the interruption.
    trend : bool
        Include a linear trend.
    slope_change : bool
        Let the slope change at the interruption; then "level" is the step at ``start``.
    harmonics, period : int
        Pairs of sines and cosines, and the number of periods in a season.
    family, offset, covariance, lags, small_sample
        As in `regress`.

    Raises
    ------
    InputError
        As `regress`, and if ``start`` leaves no period before or after.
    """
    observed = np.asarray(y, dtype=float)
    n = len(observed)
    if not 0 < start < n:
        raise InputError(f"{start} leaves no period before or after", where="start", remedy=f"use 1 to {n - 1}")
    design = _segments(n, start, trend=trend, slope_change=slope_change, harmonics=harmonics, period=period)
    fit = regress(
        observed,
        design,
        family=family,
        offset=offset,
        covariance=covariance,
        lags=lags,
        small_sample=small_sample,
    )
    effect = design[[name for name in ("level", "slope") if name in design]]
    part = effect.to_numpy() @ fit.coefficients[[fit.names.index(name) for name in effect]]
    without = fit.fitted - part if family == "gaussian" else fit.fitted * np.exp(-part)
    return InterruptedSeries(fit, start, readonly(observed), readonly(without))


def _segments(n: int, start: int, *, trend: bool, slope_change: bool, harmonics: int, period: int) -> pd.DataFrame:
    """Return the regressors of a segmented regression."""
    time = np.arange(n, dtype=float)
    angle = 2 * np.pi * (time + 1) / period
    parts = {"trend": time + 1} if trend else {}
    for k in range(1, harmonics + 1):
        parts |= {f"sin{k}": np.sin(k * angle), f"cos{k}": np.cos(k * angle)}
    parts["level"] = (time >= start).astype(float)
    if slope_change:
        parts["slope"] = np.maximum(time - start, 0.0)
    return pd.DataFrame(parts)
