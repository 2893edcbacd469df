"""Linear panel regression: pooled, within (one or two sets of absorbed effects) and random effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.errors import InputError
from analysis.methods._effects import (
    Effects,
    SmallSample,
    check_identified,
    cluster_covariance,
    cluster_factor,
    codes,
    columns,
    indicator,
    make_effects,
)
from analysis.methods.arrays import Floats, readonly


@dataclass(frozen=True, slots=True)
class PanelFit:
    """Coefficients of a linear panel regression, in units of the outcome per unit of the regressor.

    Attributes
    ----------
    names : tuple of str
        Regressors.
    coefficients, errors : ndarray, shape (k,)
        Estimates and standard errors.
    covariance : ndarray, shape (k, k)
        Covariance of the estimates.
    degrees : float
        Degrees of freedom of the t-distribution that p-values and intervals use.
    n, n_groups : int
        Rows, and groups (1 without groups).
    model : str
        "pooled", "within" or "random effects".
    error_type : str
        How the errors were computed, in words.
    """

    names: tuple[str, ...]
    coefficients: Floats
    errors: Floats
    covariance: Floats
    degrees: float
    n: int
    n_groups: int
    model: str
    error_type: str

    def table(self, *, level: float = 0.95) -> pd.DataFrame:
        """Return one row per regressor: estimate, error, t, p and the ends of the interval."""
        half = stats.t.ppf(0.5 + level / 2, self.degrees) * self.errors
        t = self.coefficients / self.errors
        values = {
            "estimate": self.coefficients,
            "error": self.errors,
            "t": t,
            "p": 2 * stats.t.sf(np.abs(t), self.degrees),
            "lower": self.coefficients - half,
            "upper": self.coefficients + half,
        }
        return pd.DataFrame(values, index=pd.Index(self.names, name="term"))

    def sentence(self, term: str | None = None) -> str:
        """Say one coefficient (default the first that is not the constant) with its 95% interval."""
        frame = self.table()
        chosen = term or next((name for name in self.names if name != "const"), self.names[0])
        if chosen not in frame.index:
            raise InputError("unknown regressor", where=chosen, remedy=f"choose one of {', '.join(self.names)}")
        row = frame.loc[chosen]
        groups = f" in {self.n_groups:,} groups" if self.n_groups > 1 else ""
        return (
            f"One unit more of {chosen} goes with {row['estimate']:+.4g} in the outcome (95% interval "
            f"{row['lower']:.4g} to {row['upper']:.4g}, p = {row['p']:.3g}; {self.model} regression on {self.n:,} rows"
            f"{groups}, {self.error_type} errors, t with {self.degrees:,.0f} degrees of freedom)."
        )


def within_ols(
    y: ArrayLike,
    x: ArrayLike | pd.DataFrame,
    *,
    groups: ArrayLike | None = None,
    also: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    small_sample: SmallSample = "clusters",
) -> PanelFit:
    """Regress an outcome on regressors, with none, one or two sets of absorbed effects.

    Parameters
    ----------
    y : array_like, shape (n,)
        Outcome.
    x : array_like or DataFrame, shape (n, k)
        Regressors without constant.
    groups : array_like, shape (n,), optional
        Units with an effect of their own; without it the regression is pooled and gets a constant.
    also : array_like, shape (n,), optional
        Second set of effects, such as periods.
    cluster : array_like, shape (n,), optional
        Clusters of the robust errors; default classical errors.
    small_sample : {"none", "clusters", "full"}
        Factor of the clustered covariance: 1, G/(G-1), or G/(G-1) (n-1)/(n-parameters) with all effects counted.

    Raises
    ------
    InputError
        If shapes differ, a value is missing or a regressor is not identified.

    References
    ----------
    Baltagi, B. (2021). Econometric Analysis of Panel Data, 6th ed., chapter 2. doi:10.1007/978-3-030-53953-5
    """
    outcome, names, matrix, effects = panel_design(y, x, groups, also)
    if effects is None:
        names, matrix = ("const", *names), np.column_stack([np.ones(len(outcome)), matrix])
    both = np.column_stack([outcome, matrix])
    both = both if effects is None else effects.projection().residual(both)
    check_identified(names, matrix, both[:, 1:])
    absorbed, n_groups = (effects.parameters, effects.n_groups) if effects else (0, 1)
    fit = _least_squares(both[:, 0], both[:, 1:], absorbed)
    error_type, degrees, covariance = "classical", float(len(outcome) - absorbed - len(names)), fit[2]
    if cluster is not None:
        c = codes(cluster, len(outcome), "cluster")
        g = int(c.max()) + 1
        factor = cluster_factor(small_sample, clusters=g, n=len(outcome), parameters=absorbed + len(names))
        covariance = cluster_covariance(fit[3], both[:, 1:] * fit[1][:, None], c, factor)
        error_type, degrees = f"cluster-robust ({g} clusters)", float(g - 1)
    model = "pooled" if effects is None else "within"
    return _panel_fit(names, fit[0], covariance, degrees, len(outcome), n_groups, model, error_type)


def random_effects(y: ArrayLike, x: ArrayLike | pd.DataFrame, *, groups: ArrayLike) -> PanelFit:
    """Regress with random group effects whose variance is estimated after Swamy and Arora.

    Parameters
    ----------
    y, x, groups
        As in `within_ols`; the constant is added.

    Raises
    ------
    InputError
        As `within_ols`, and if there are too few groups for the regression on group means.

    References
    ----------
    Swamy, P. and Arora, S. (1972). Econometrica 40, 261-275. doi:10.2307/1909405
    """
    outcome, names, matrix, effects = panel_design(y, x, groups, None)
    assert effects is not None
    size = np.bincount(effects.group).astype(float)
    both = np.column_stack([outcome, np.ones(len(outcome)), matrix])
    means = (indicator(effects.group, effects.n_groups) @ both) / size[:, None]
    if effects.n_groups <= matrix.shape[1] + 1:
        raise InputError("too few groups for random effects", where="groups", remedy="use within_ols")
    inner = np.delete(both - means[effects.group], 1, axis=1)
    within = _least_squares(inner[:, 0], inner[:, 1:], effects.n_groups)
    between = _least_squares(means[:, 0], means[:, 1:], 0)
    noise = (within[1] ** 2).sum() / (len(outcome) - effects.n_groups - matrix.shape[1])
    spread = (between[1] ** 2).sum() / (effects.n_groups - matrix.shape[1] - 1)
    effect = max(0.0, spread - noise / (1 / np.mean(1 / size)))
    theta = 1 - np.sqrt(noise / (size * effect + noise))
    shifted = both - theta[effects.group][:, None] * means[effects.group]
    fit = _least_squares(shifted[:, 0], shifted[:, 1:], 0)
    degrees = float(len(outcome) - matrix.shape[1] - 1)
    everything = ("const", *names)
    return _panel_fit(
        everything, fit[0], fit[2], degrees, len(outcome), effects.n_groups, "random effects", "classical"
    )


def panel_design(
    y: ArrayLike, x: ArrayLike | pd.DataFrame | None, groups: ArrayLike | None, also: ArrayLike | None
) -> tuple[Floats, tuple[str, ...], Floats, Effects | None]:
    """Check the input of a panel regression: outcome, names, regressors, and effects if there are groups."""
    outcome = np.asarray(y, dtype=float)
    columns(outcome, len(outcome), "y")
    names, matrix = columns(x, len(outcome))
    if groups is None:
        if also is not None:
            raise InputError("second effects without first", where="also", remedy="give them as groups")
        return outcome, names, matrix, None
    level = None if also is None else codes(also, len(outcome), "also")
    return outcome, names, matrix, make_effects(codes(groups, len(outcome), "groups"), level)


def _least_squares(y: Floats, x: Floats, absorbed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return coefficients, residuals, classical covariance and inverse of x'x."""
    inverse = np.linalg.inv(x.T @ x)
    slope = np.linalg.lstsq(x, y, rcond=None)[0]
    residual = y - x @ slope
    degrees = len(y) - absorbed - x.shape[1]
    if degrees < 1:
        raise InputError("no degrees of freedom left", where="x", remedy="use fewer regressors or effects")
    return slope, residual, inverse * (residual @ residual) / degrees, inverse


def _panel_fit(
    names: tuple[str, ...],
    slope: Floats,
    covariance: Floats,
    degrees: float,
    n: int,
    n_groups: int,
    model: str,
    error_type: str,
) -> PanelFit:
    errors = np.sqrt(np.diag(covariance))
    return PanelFit(
        names, readonly(slope), readonly(errors), readonly(covariance), degrees, n, n_groups, model, error_type
    )
