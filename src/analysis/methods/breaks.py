"""Dates of breaks in a regression, by least squares over all partitions of the series (Bai and Perron).

A break is given by the position (counted from 1) of the last period before it, as in the R package strucchange. For
tests of one break see `analysis.methods.break_tests`.

References
----------
Bai, J. and Perron, P. (2003). Journal of Applied Econometrics 18, 1-22. doi:10.1002/jae.659
Zeileis, A., Kleiber, C., Krämer, W. and Hornik, K. (2003). Computational Statistics & Data Analysis 44, 109-123.
doi:10.1016/S0167-9473(03)00030-6
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import InputError
from analysis.methods._effects import check_identified, columns
from analysis.methods.arrays import Floats, readonly

FEWEST_FOR_DATING = 30  # shorter series support a test of one break, not a date


@dataclass(frozen=True, slots=True)
class BreakDates:
    """Best partitions of a series into segments with their own regression.

    Attributes
    ----------
    names : tuple of str
        Regressors, constant first.
    breaks : tuple of tuple of int
        For 0, 1, 2, ... breaks: last period (from 1) of every segment but the last.
    rss, bic : ndarray, shape (most + 1,)
        Residual sum of squares and Bayesian information criterion, (m + 1)(k + 1) parameters for m breaks.
    chosen : int
        Number of breaks chosen (by BIC unless it was given).
    coefficients : ndarray, shape (chosen + 1, k)
        Coefficients of each segment of the chosen partition.
    n : int
        Periods.
    shortest : int
        Fewest periods in a segment.
    """

    names: tuple[str, ...]
    breaks: tuple[tuple[int, ...], ...]
    rss: Floats
    bic: Floats
    chosen: int
    coefficients: Floats
    n: int
    shortest: int

    def table(self) -> pd.DataFrame:
        """Return one row per number of breaks: their positions, residual sum of squares and BIC."""
        text = [", ".join(map(str, dates)) for dates in self.breaks]
        index = pd.RangeIndex(len(self.breaks), name="breaks")
        return pd.DataFrame({"last_period": text, "rss": self.rss, "bic": self.bic}, index=index)

    def sentence(self) -> str:
        """Say how many breaks are chosen, where, and by how much BIC prefers them to none."""
        if not self.chosen:
            lowest = "BIC is lowest without one" if self.bic.argmin() == 0 else "none was asked for"
            return f"No break: {lowest} ({self.n} periods, at least {self.shortest} in a segment)."
        gain = self.bic[0] - self.bic[self.chosen]
        dates = ", ".join(map(str, self.breaks[self.chosen]))
        noun = "break" if self.chosen == 1 else "breaks"
        return (
            f"{self.chosen} {noun}, after period {dates} of {self.n} (Bai-Perron least squares, at least "
            f"{self.shortest} periods in a segment; BIC {abs(gain):.1f} {'below' if gain >= 0 else 'above'} "
            "that without a break)."
        )


def date_breaks(
    y: ArrayLike,
    x: ArrayLike | pd.DataFrame | None = None,
    *,
    h: float = 0.15,
    most: int = 5,
    n_breaks: int | None = None,
) -> BreakDates:
    """Date the breaks of a regression by least squares over all partitions (dynamic programming).

    Parameters
    ----------
    y : array_like, shape (n,)
        Series in order of time, at least 30 periods.
    x : array_like or DataFrame, shape (n, k - 1), optional
        Regressors whose coefficients break, besides the constant.
    h : float
        Trimming: fewest periods in a segment, as a share below 1 or as a number of periods.
    most : int
        Most breaks tried; fewer if ``h`` allows fewer.
    n_breaks : int, optional
        Take this number of breaks instead of the one with the lowest BIC.

    Raises
    ------
    InputError
        If the series is too short for dating, ``h`` too small for the regressors, or ``n_breaks`` impossible.

    References
    ----------
    Bai and Perron (2003), doi:10.1002/jae.659, section 3; BIC counts parameters as strucchange does.
    """
    outcome, names, design = series_design(y, x)
    n, k = design.shape
    if n < FEWEST_FOR_DATING:
        raise InputError(f"{n} periods are too few to date breaks", where="y", remedy="use break_tests.sup_f")
    shortest = trimming(h, n, k)
    most = min(most, n // shortest - 1)
    if n_breaks is not None and not 0 <= n_breaks <= most:
        raise InputError(f"{n_breaks} breaks are impossible", where="n_breaks", remedy=f"use 0 to {most}")
    cost = _segment_costs(outcome, design, shortest)
    breaks, rss = _partitions(cost, most)
    parameters = (np.arange(most + 1) + 1) * (k + 1)
    bic = n * (np.log(np.maximum(rss, np.finfo(float).tiny) / n) + 1 + np.log(2 * np.pi)) + np.log(n) * parameters
    chosen = int(np.argmin(bic)) if n_breaks is None else n_breaks
    ends = (0, *breaks[chosen], n)
    slopes = [np.linalg.lstsq(design[a:b], outcome[a:b], rcond=None)[0] for a, b in pairwise(ends)]
    return BreakDates(names, breaks, readonly(rss), readonly(bic), chosen, readonly(slopes), n, shortest)


def series_design(y: ArrayLike, x: ArrayLike | pd.DataFrame | None) -> tuple[Floats, tuple[str, ...], Floats]:
    """Check the input; return outcome, names and regressors with the constant."""
    n = len(np.asarray(y))
    outcome = columns(y, n, "y")[1][:, 0]
    names, matrix = columns(x, n)
    design = np.column_stack([np.ones(n), matrix])
    check_identified(("const", *names), design, design)
    return outcome, ("const", *names), design


def trimming(h: float, n: int, k: int) -> int:
    """Return the fewest periods in a segment, from a share or a number of periods."""
    shortest = int(np.floor(h * n)) if h < 1 else int(h)
    if not k < shortest <= n // 2:
        raise InputError(f"{shortest} periods per segment", where="h", remedy=f"use {k + 1} to {n // 2} of {n}")
    return shortest


def cumulated(y: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return running sums of x x', x y and y y, from 0 to n, of an orthonormal x and a y less its fit on x."""
    basis = np.linalg.qr(x)[0] * np.sqrt(len(x))
    rest = y - basis @ (basis.T @ y) / len(x)
    xx = np.cumsum(basis[:, :, None] * basis[:, None, :], axis=0)
    xy = np.cumsum(basis[:, :, None] * rest[:, None, :], axis=0)
    yy = np.cumsum(rest**2, axis=0)
    return tuple(np.concatenate([np.zeros((1, *s.shape[1:])), s]) for s in (xx, xy, yy))  # type: ignore[return-value]


def segment_rss(xx: Floats, xy: Floats, yy: Floats) -> Floats:
    """Return residual sums of squares from stacked cross-products, shapes (..., k, k), (..., k, q), (..., q)."""
    return yy - (xy * np.linalg.solve(xx, xy)).sum(axis=-2)


def _segment_costs(y: Floats, x: Floats, shortest: int) -> Floats:
    """Return the residual sum of squares of rows a..b-1, shape (n + 1, n + 1); infinite where shorter than allowed."""
    n = len(y)
    xx, xy, yy = cumulated(y[:, None], x)
    a, b = np.nonzero(shortest <= np.subtract.outer(np.arange(n + 1), np.arange(n + 1)).T)
    cost = np.full((n + 1, n + 1), np.inf)
    cost[a, b] = np.maximum(segment_rss(xx[b] - xx[a], xy[b] - xy[a], yy[b] - yy[a])[:, 0], 0.0)
    return cost


def _partitions(cost: Floats, most: int) -> tuple[tuple[tuple[int, ...], ...], Floats]:
    """Return the best breaks and their cost for 0 to ``most`` breaks."""
    best, back = [cost[0]], []
    for _ in range(most):
        total = best[-1][:, None] + cost
        back.append(np.argmin(total, axis=0))
        best.append(total.min(axis=0))
    n = len(cost) - 1
    dates = []
    for m in range(most + 1):
        path = [n]
        for step in range(m, 0, -1):
            path.insert(0, int(back[step - 1][path[0]]))
        dates.append(tuple(path[:-1]))
    return tuple(dates), np.array([row[n] for row in best])
