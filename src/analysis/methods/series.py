"""Regression of one time series: counts or levels, with errors for dispersion or serial correlation."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize, stats
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

from analysis.errors import AnalysisError, InputError
from analysis.methods._effects import check_identified, columns
from analysis.methods.arrays import Floats, readonly

Family = Literal["poisson", "gaussian", "negative binomial"]
Covariance = Literal["model", "quasi", "hac"]

ZERO_RATE = 1e-8  # share of the mean count below which an expected count is on its way to zero
FAMILIES = {"poisson": families.Poisson, "gaussian": families.Gaussian, "negative binomial": families.NegativeBinomial}


@dataclass(frozen=True, slots=True)
class SeriesFit:
    """Regression of a series: log rates (counts) or levels (gaussian).

    Attributes
    ----------
    names : tuple of str
        Regressors, constant first.
    coefficients, errors : ndarray, shape (k,)
        Estimates and standard errors; log rate ratios for counts, units of the series for gaussian.
    fitted : ndarray, shape (n,)
        Expected values, in units of the series.
    degrees : float
        Degrees of freedom of the t-distribution used; infinite for the normal.
    dispersion : float
        Pearson chi-square over its degrees of freedom: 1 for a Poisson count.
    log_likelihood : float
        Log-likelihood at the estimates.
    theta : float
        Size parameter of the negative binomial (variance = mean + mean^2/theta), NaN for other families.
    family : {"poisson", "gaussian", "negative binomial"}
        Distribution.
    error_type : str
        How the errors were computed, in words.
    """

    names: tuple[str, ...]
    coefficients: Floats
    errors: Floats
    fitted: Floats
    degrees: float
    dispersion: float
    log_likelihood: float
    theta: float
    family: Family
    error_type: str

    def table(self, *, level: float = 0.95) -> pd.DataFrame:
        """Return one row per regressor: estimate, error, z, p and interval, and for counts rate ratios."""
        half = stats.t.ppf(0.5 + level / 2, self.degrees) * self.errors
        z = self.coefficients / self.errors
        ends = {"lower": self.coefficients - half, "upper": self.coefficients + half}
        values = {"estimate": self.coefficients, "error": self.errors, "z": z, **ends}
        values["p"] = 2 * stats.t.sf(np.abs(z), self.degrees)
        if self.family != "gaussian":
            values["rate_ratio"] = np.exp(self.coefficients)
            values |= {f"ratio_{name}": np.exp(end) for name, end in ends.items()}
        return pd.DataFrame(values, index=pd.Index(self.names, name="term"))

    def sentence(self, term: str | None = None) -> str:
        """Say one coefficient (default the last) with its 95% interval."""
        frame = self.table()
        chosen = term or self.names[-1]
        if chosen not in frame.index:
            raise InputError("unknown regressor", where=chosen, remedy=f"choose one of {', '.join(self.names)}")
        row = frame.loc[chosen]
        what, keys = "coefficient", ("estimate", "lower", "upper")
        if self.family != "gaussian":
            what, keys = "rate ratio", ("rate_ratio", "ratio_lower", "ratio_upper")
        value, lower, upper = (row[key] for key in keys)
        return (
            f"The {what} of {chosen} is {value:.4g} (95% interval {lower:.4g} to {upper:.4g}, p = {row['p']:.3g}; "
            f"{self.family} regression on {len(self.fitted)} periods, {self.error_type} errors, "
            f"dispersion {self.dispersion:.3g})."
        )


def regress(
    y: ArrayLike,
    x: ArrayLike | pd.DataFrame,
    *,
    family: Family = "poisson",
    offset: ArrayLike | None = None,
    covariance: Covariance = "model",
    lags: int | None = None,
    small_sample: bool = False,
) -> SeriesFit:
    """Regress a series on regressors and a constant, with errors that allow for dispersion or serial correlation.

    Parameters
    ----------
    y : array_like, shape (n,)
        Series in order of time.
    x : array_like or DataFrame, shape (n, k)
        Regressors without constant.
    family : {"poisson", "gaussian", "negative binomial"}
        Distribution; the counts have a log link, gaussian an identity link. The size of the negative binomial is
        estimated by maximum likelihood.
    offset : array_like, shape (n,), optional
        Log exposure (counts only).
    covariance : {"model", "quasi", "hac"}
        Model-based; scaled by the Pearson dispersion; or Newey-West with Bartlett weights and no prewhitening.
    lags : int, optional
        Largest lag of Newey-West; default the integer part of 4 (n/100)^(2/9).
    small_sample : bool
        Newey-West times n/(n-k), and t with n-k degrees instead of the normal.

    Raises
    ------
    InputError
        If shapes differ, a value is missing, counts are negative, or a regressor is not identified.
    AnalysisError
        If the fit does not converge.

    References
    ----------
    Newey, W. and West, K. (1987). Econometrica 55, 703-708. doi:10.2307/1913610
    """
    n = len(np.asarray(y))
    outcome = columns(y, n, "y")[1][:, 0]
    names, matrix = columns(x, n)
    design = np.column_stack([np.ones(n), matrix])
    check_identified(("const", *names), design, design)
    if family not in FAMILIES:
        raise InputError(f"unknown family {family!r}", where="family", remedy=f"use {', '.join(FAMILIES)}")
    if (family == "gaussian" and offset is not None) or (family != "gaussian" and (outcome < 0).any()):
        raise InputError("counts are negative, or an offset is given for levels", where="y", remedy="change the family")
    shift = None if offset is None else columns(offset, n, "offset")[1][:, 0]
    keywords, error_type = _errors(covariance, lags, small_sample, n)
    theta = _size(outcome, design, shift) if family == "negative binomial" else float("nan")
    fit = _glm(outcome, design, shift, family, theta, **keywords)
    degrees = float(n - design.shape[1]) if small_sample else float("inf")
    dispersion = float(fit.pearson_chi2 / fit.df_resid) if fit.df_resid else float("nan")
    return SeriesFit(
        ("const", *names),
        readonly(fit.params),
        readonly(fit.bse),
        readonly(fit.fittedvalues),
        degrees,
        dispersion,
        float(fit.llf),
        theta,
        family,
        error_type,
    )


def _errors(covariance: Covariance, lags: int | None, small_sample: bool, n: int) -> tuple[dict[str, Any], str]:
    """Return the keywords of statsmodels' fit, and the errors in words."""
    if covariance == "model":
        return {}, "model-based"
    if covariance == "quasi":
        return {"scale": "X2"}, "quasi-likelihood"
    if covariance != "hac":
        raise InputError(f"unknown covariance {covariance!r}", where="covariance", remedy="use model, quasi or hac")
    most = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
    if not 0 <= most < n:
        raise InputError(f"{most} lags for {n} periods", where="lags", remedy=f"use 0 to {n - 1}")
    words = f"Newey-West (lag {most}{', small-sample' if small_sample else ''})"
    return {"cov_type": "HAC", "cov_kwds": {"maxlags": most, "use_correction": small_sample}}, words


def _glm(y: Floats, x: Floats, offset: Floats | None, family: Family, theta: float, **keywords: Any) -> Any:
    """Fit a generalised linear model; no convergence is an error."""
    distribution = families.NegativeBinomial(alpha=1 / theta) if theta > 0 else FAMILIES[family]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = GLM(y, x, family=distribution, offset=offset).fit(tol=1e-10, maxiter=200, **keywords)
    if not fit.converged or not np.isfinite(fit.params).all():
        raise AnalysisError("the regression does not converge", where=family, remedy="use fewer regressors")
    if family != "gaussian" and fit.fittedvalues.min() < ZERO_RATE * y.mean():
        raise AnalysisError("a rate runs to zero where some term applies", where=family, remedy="drop that term")
    return fit


def _size(y: Floats, x: Floats, offset: Floats | None) -> float:
    """Return the maximum-likelihood size of a negative binomial, profiled over the coefficients."""

    def loss(log_theta: float) -> float:
        return -float(_glm(y, x, offset, "negative binomial", float(np.exp(log_theta))).llf)

    found = optimize.minimize_scalar(loss, bounds=(-7.0, 14.0), method="bounded", options={"xatol": 1e-7})
    if found.x > 13.9:
        raise AnalysisError("no overdispersion to estimate", where="negative binomial", remedy="use poisson")
    return float(np.exp(found.x))
