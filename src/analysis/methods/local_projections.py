"""Local projections: the path of an outcome after a shock, one regression per horizon.

References
----------
Jordà, Ò. (2005). American Economic Review 95, 161-182. doi:10.1257/0002828053828518
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.errors import InputError
from analysis.methods._effects import codes, columns
from analysis.methods.arrays import Floats, readonly
from analysis.methods.fixed_effects_poisson import conditional_poisson
from analysis.methods.series import regress
from analysis.methods.within import within_ols
from analysis.methods.words import counted

Estimator = Literal["ols", "poisson"]


@dataclass(frozen=True, slots=True)
class LocalProjections:
    """Response of an outcome to one unit of a shock, by horizon.

    Attributes
    ----------
    horizons : tuple of int
        Periods after the shock; negative ones are leads that should show nothing.
    coefficients, errors : ndarray, shape (len(horizons),)
        Responses (log rate ratios if ``estimator`` is "poisson") and their errors.
    degrees : ndarray, shape (len(horizons),)
        Degrees of freedom of the t-distribution.
    rows : tuple of int
        Rows used at each horizon.
    estimator : {"ols", "poisson"}
        Regression used.
    error_type : str
        How the errors were computed, in words.
    """

    horizons: tuple[int, ...]
    coefficients: Floats
    errors: Floats
    degrees: Floats
    rows: tuple[int, ...]
    estimator: Estimator
    error_type: str

    def table(self, *, level: float = 0.95) -> pd.DataFrame:
        """Return one row per horizon: estimate, error, interval, p and rows used."""
        half = stats.t.ppf(0.5 + level / 2, self.degrees) * self.errors
        values = {
            "estimate": self.coefficients,
            "error": self.errors,
            "lower": self.coefficients - half,
            "upper": self.coefficients + half,
            "p": 2 * stats.t.sf(np.abs(self.coefficients / self.errors), self.degrees),
            "rows": self.rows,
        }
        return pd.DataFrame(values, index=pd.Index(self.horizons, name="horizon"))

    def sentence(self) -> str:
        """Say the largest response, when it comes, and its 95% interval."""
        frame = self.table()
        peak = int(np.argmax(np.abs(self.coefficients)))
        row = frame.iloc[peak]
        what = "log rate ratio" if self.estimator == "poisson" else "response"
        ahead = self.horizons[peak]
        when = f"{counted(abs(ahead), 'period')} {'before' if ahead < 0 else 'after'}" if ahead else "at the time of"
        return (
            f"The largest {what} comes {when} the shock: {row['estimate']:.3g} (95% "
            f"interval {row['lower']:.3g} to {row['upper']:.3g}; local projections at "
            f"{counted(len(self.horizons), 'horizon')}, {self.error_type} errors)."
        )


def local_projections(
    y: ArrayLike,
    shock: ArrayLike,
    *,
    horizons: Sequence[int],
    unit: ArrayLike | None = None,
    time: ArrayLike | None = None,
    lags: int = 0,
    estimator: Estimator = "ols",
) -> LocalProjections:
    """Regress the outcome some periods ahead on a shock now, for every horizon.

    Parameters
    ----------
    y, shock : array_like, shape (n,)
        Outcome and shock of each row.
    horizons : sequence of int
        Periods ahead; negative ones look back.
    unit, time : array_like, shape (n,), optional
        Unit and whole-numbered period of each row. With units the regressions have unit and period effects and errors
        clustered by unit. Without, the rows are one series in order, and errors are Newey-West with lag |horizon|.
    lags : int
        Number of lags of outcome and shock among the controls.
    estimator : {"ols", "poisson"}
        Least squares, or Poisson pseudo-maximum likelihood (log rate ratios; needs units).

    Raises
    ------
    InputError
        If shapes differ, a unit has a period twice, or too few rows are left.
    """
    n = len(np.asarray(y))
    outcome, x = (columns(a, n, what)[1][:, 0] for a, what in ((y, "y"), (shock, "shock")))
    period = np.arange(n) if time is None else np.asarray(time, dtype=np.int64)
    code = np.zeros(n, dtype=np.intp) if unit is None else codes(unit, n, "unit")
    find = _Finder(code, period)
    past = {f"y_lag{k}": find(outcome, -k) for k in range(1, lags + 1)}
    past |= {f"shock_lag{k}": find(x, -k) for k in range(1, lags + 1)}
    design = pd.DataFrame({"shock": x, **past})
    results = [_project(find(outcome, h), design, code, period, h, estimator, unit is None) for h in horizons]
    found = np.array([row[:3] for row in results])
    few, many = (int(extreme) + 1 for extreme in (found[:, 2].min(), found[:, 2].max()))
    clusters = counted(many, "cluster") if few == many else f"{few} to {many} clusters"
    words = "Newey-West" if unit is None else f"cluster-robust ({clusters})"
    parts = (readonly(found[:, 0]), readonly(found[:, 1]), readonly(found[:, 2]))
    return LocalProjections(tuple(horizons), *parts, tuple(row[3] for row in results), estimator, words)


class _Finder:
    """Look values up by unit and period; missing where there is no such row."""

    def __init__(self, code: NDArray[np.intp], period: NDArray[np.int64]) -> None:
        self.index = pd.MultiIndex.from_arrays([code, period])
        if not self.index.is_unique:
            raise InputError("a unit has a period twice", where="time", remedy="aggregate to one row per period")

    def __call__(self, values: Floats, ahead: int) -> Floats:
        wanted = pd.MultiIndex.from_arrays([self.index.get_level_values(0), self.index.get_level_values(1) + ahead])
        at = self.index.get_indexer(wanted)
        return np.where(at >= 0, values[at], np.nan)


def _project(
    ahead: Floats,
    design: pd.DataFrame,
    code: NDArray[np.intp],
    period: NDArray[np.int64],
    horizon: int,
    estimator: Estimator,
    single: bool,
) -> tuple[float, float, float, int]:
    """Return coefficient, error, degrees of freedom and rows of one horizon."""
    keep = np.isfinite(ahead) & np.isfinite(design.to_numpy()).all(axis=1)
    y, x = ahead[keep], design[keep]
    if single:
        if estimator != "ols":
            raise InputError("a single series needs ols", where="estimator", remedy="give units, or use ols")
        fit = regress(y, x, family="gaussian", covariance="hac", lags=abs(horizon), small_sample=True)
        return float(fit.coefficients[1]), float(fit.errors[1]), fit.degrees, len(y)
    effects = {"groups": code[keep], "also": period[keep], "cluster": code[keep]}
    panel = (conditional_poisson if estimator == "poisson" else within_ols)(y, x, **effects)
    return float(panel.coefficients[0]), float(panel.errors[0]), float(len(np.unique(code[keep])) - 1), len(y)
