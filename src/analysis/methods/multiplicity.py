"""Multiple tests: adjusted p-values for a family of labelled tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from statsmodels.stats.multitest import multipletests

from analysis.errors import InputError
from analysis.methods.arrays import Floats, readonly

Method = Literal["bonferroni", "holm", "hochberg", "benjamini-hochberg"]

NAMES = {"bonferroni": "bonferroni", "holm": "holm", "hochberg": "simes-hochberg", "benjamini-hochberg": "fdr_bh"}
FALSE_DISCOVERY = "benjamini-hochberg"


@dataclass(frozen=True, slots=True)
class AdjustedTests:
    """Raw and adjusted p-values of a family of tests, sorted by label.

    Attributes
    ----------
    labels : tuple of str
        Tests.
    raw, adjusted : ndarray, shape (m,)
        p-values before and after.
    method : str
        Adjustment.
    alpha : float
        Level of the family: error rate of the family, or false discovery rate.
    """

    labels: tuple[str, ...]
    raw: Floats
    adjusted: Floats
    method: str
    alpha: float

    def table(self) -> pd.DataFrame:
        """Return one row per test: raw and adjusted p, and whether it is rejected at alpha."""
        values = {"p_raw": self.raw, "p_adjusted": self.adjusted, "rejected": self.adjusted <= self.alpha}
        return pd.DataFrame(values, index=pd.Index(self.labels, name="test"))

    def sentence(self) -> str:
        """Say how many tests stand after the adjustment, and which."""
        standing = [name for name, p in zip(self.labels, self.adjusted, strict=True) if p <= self.alpha]
        rate = "false discovery rate" if self.method == FALSE_DISCOVERY else "family-wise error"
        return (
            f"{len(standing)} of {len(self.labels)} tests stand at {self.alpha:g} {rate} ({self.method})"
            f"{': ' + ', '.join(standing) if standing else ''}."
        )


def adjust(p: pd.Series, method: Method = "holm", *, alpha: float = 0.05) -> AdjustedTests:
    """Adjust labelled p-values for their number.

    Parameters
    ----------
    p : Series, shape (m,)
        Raw p-values; the index names the tests.
    method : {"bonferroni", "holm", "hochberg", "benjamini-hochberg"}
        The first two hold under any dependence; the others need independence or positive dependence, and
        Benjamini-Hochberg bounds the expected share of false rejections only.
    alpha : float
        Level of the family.

    Raises
    ------
    InputError
        If a p-value is missing or outside 0 to 1, a label is repeated, or the method is unknown.

    References
    ----------
    Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.
    Hochberg, Y. (1988). Biometrika 75, 800-802. doi:10.1093/biomet/75.4.800
    Benjamini, Y. and Hochberg, Y. (1995). Journal of the Royal Statistical Society B 57, 289-300.
    doi:10.1111/j.2517-6161.1995.tb02031.x
    """
    if method not in NAMES:
        raise InputError(f"unknown method {method!r}", where="multiplicity", remedy=f"use {', '.join(NAMES)}")
    labels, values = _labelled(p)
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError("not all p-values are between 0 and 1", where="multiplicity", remedy="check the tests")
    adjusted = multipletests(values, alpha=alpha, method=NAMES[method])[1]
    return AdjustedTests(labels, readonly(values), readonly(adjusted), method, alpha)


def romano_wolf(statistics: pd.Series, draws: ArrayLike | pd.DataFrame, *, alpha: float = 0.05) -> AdjustedTests:
    """Adjust correlated tests by the step-down of Romano and Wolf, from draws of their joint null distribution.

    Parameters
    ----------
    statistics : Series, shape (m,)
        Observed statistics, large when the null is doubtful (absolute t if two-sided); the index names the tests.
    draws : array_like or DataFrame, shape (b, m)
        The same statistics in bootstrap or permutation draws, centred at the null; a frame is matched by label.
    alpha : float
        Family-wise error.

    Raises
    ------
    InputError
        If labels or shapes do not match, or a value is missing.

    References
    ----------
    Romano, J. and Wolf, M. (2005). Econometrica 73, 1237-1282. doi:10.1111/j.1468-0262.2005.00615.x
    Romano, J. and Wolf, M. (2016). Statistics & Probability Letters 113, 38-40. doi:10.1016/j.spl.2016.02.012
    """
    labels, observed = _labelled(statistics)
    names = statistics.index.astype(str)
    null = draws if isinstance(draws, pd.DataFrame) else pd.DataFrame(np.asarray(draws, dtype=float))
    if null.shape[1] != len(labels) or not len(null):
        raise InputError("draws and statistics differ in number", where="draws", remedy="give one column per test")
    null = null.set_axis(null.columns.astype(str) if isinstance(draws, pd.DataFrame) else names, axis=1)
    if set(null.columns) != set(labels) or not np.isfinite(null.to_numpy()).all():
        raise InputError("labels differ or a draw is missing", where="draws", remedy="match them to the statistics")
    matrix = null[list(labels)].to_numpy(dtype=float)
    order = np.argsort(-observed, kind="stable")
    # Largest statistic among the tests not yet decided, from the strongest test to the weakest.
    largest = np.maximum.accumulate(matrix[:, order][:, ::-1], axis=1)[:, ::-1]
    p = (1 + (largest >= observed[order]).sum(axis=0)) / (1 + len(matrix))
    raw = (1 + (matrix >= observed).sum(axis=0)) / (1 + len(matrix))
    adjusted = np.empty(len(labels))
    adjusted[order] = np.maximum.accumulate(p)
    return AdjustedTests(labels, readonly(raw), readonly(adjusted), f"Romano-Wolf, {len(matrix):,} draws", alpha)


def _labelled(values: pd.Series) -> tuple[tuple[str, ...], Floats]:
    """Return sorted labels and finite values."""
    series = values.set_axis(values.index.astype(str)).sort_index()
    if not series.index.is_unique or not len(series) or not np.isfinite(series.to_numpy(dtype=float)).all():
        raise InputError("a label is repeated, or a value is missing", where="multiplicity", remedy="check the family")
    return tuple(series.index), series.to_numpy(dtype=float)
