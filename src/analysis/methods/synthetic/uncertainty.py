"""Standard errors and intervals for one treated unit.

References
----------
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic difference-in-differences.
American Economic Review 111(12), 4088-4118. doi:10.1257/aer.20190159
Chernozhukov, V., Wuthrich, K. and Zhu, Y. (2021). An exact and robust conformal inference method for counterfactual and
synthetic controls. Journal of the American Statistical Association 116, 1849-1864. doi:10.1080/01621459.2021.1920957
Lei, J., G'Sell, M., Rinaldo, A., Tibshirani, R. J. and Wasserman, L. (2018). Distribution-free predictive inference for
regression. Journal of the American Statistical Association 113, 1094-1111. doi:10.1080/01621459.2017.1307116
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from analysis.errors import InputError
from analysis.methods.arrays import Floats, readonly
from analysis.methods.synthetic.fit import DEFAULT, SyntheticFit, fit
from analysis.methods.synthetic.placebos import SpacePlacebos
from analysis.methods.synthetic.problems import Estimator, treated_problem
from analysis.methods.synthetic.study import Study

Residuals = Literal["held-out", "in-sample"]


@dataclass(frozen=True, slots=True)
class StandardError:
    """A standard error and the interval around the estimate.

    Attributes
    ----------
    estimate, standard_error : float
        In units of the outcome.
    kind : str
        How the error was estimated.
    replications : int
        Number of placebos, draws or refits behind it.
    degrees : int or None
        Degrees of freedom of Student's t, where the error is the spread of a few placebos; None stands for the normal
        distribution.
    """

    estimate: float
    standard_error: float
    kind: str
    replications: int
    degrees: int | None = None

    def quantile(self, share: float) -> float:
        """Return a quantile of estimates less truth, in standard errors."""
        return float(norm.ppf(share) if self.degrees is None else student.ppf(share, self.degrees))

    def share_below(self, multiple: float) -> float:
        """Return the share of estimates less truth below a number of standard errors."""
        return float(norm.cdf(multiple) if self.degrees is None else student.cdf(multiple, self.degrees))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval at a level."""
        half = self.quantile((1 + _share(level, "level")) / 2) * self.standard_error
        return self.estimate - half, self.estimate + half

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Return one row: estimate, standard error, interval."""
        low, high = self.interval(level)
        row = {"estimate": self.estimate, "standard_error": self.standard_error, "lower": low, "upper": high}
        return pd.DataFrame([{**row, "kind": self.kind, "replications": self.replications}])

    def sentence(self, level: float = 0.95) -> str:
        """Say estimate, standard error and interval."""
        low, high = self.interval(level)
        return (
            f"The estimate is {self.estimate:+.4g} with a {self.kind} standard error of {self.standard_error:.3g} "
            f"({self.replications} replications); {self._distribution()} {100 * level:g}% interval {low:+.4g} "
            f"to {high:+.4g}."
        )

    def _distribution(self) -> str:
        return "normal" if self.degrees is None else f"t({self.degrees})"


def _share(value: float, name: str) -> float:
    if not 0 < value < 1:
        raise InputError(f"{value} is not between 0 and 1", where=name, remedy="use a share such as 0.95")
    return value


def placebo_se(placebos: SpacePlacebos, *, draws: int | None = None, seed: int = 0) -> StandardError:
    """Return the placebo standard error: the spread of the estimates for units that were not treated.

    Parameters
    ----------
    placebos : SpacePlacebos
        Of all donors.
    draws : int, optional
        Draw that many placebo units with replacement, as the reference software does; its result depends on the
        seed, and its interval is normal. By default every donor is used once, nothing is random, and the interval is
        Student's with one degree of freedom less than donors: a spread known from few placebos is itself uncertain.
    seed : int

    Returns
    -------
    StandardError

    Raises
    ------
    InputError
        If fewer than two placebos count or fewer than two draws are asked for.

    References
    ----------
    Arkhangelsky et al. (2021), algorithm 4 with one treated unit. doi:10.1257/aer.20190159
    """
    effects = placebos.placebo_estimates
    if len(effects) < 2:
        raise InputError(f"{len(effects)} placebos count", where="placebos", remedy="add donors or relax the limit")
    if draws is None:
        own, spread = float(placebos.estimates[0]), float(effects.std(ddof=1))
        return StandardError(own, spread, "placebo", len(effects), degrees=len(effects) - 1)
    if draws < 2:
        raise InputError(f"{draws} draws give no spread", where="draws", remedy="use 200")
    drawn = np.random.default_rng(seed).choice(effects, size=draws)
    return StandardError(float(placebos.estimates[0]), float(drawn.std(ddof=0)), "random placebo", draws)


def jackknife_se(result: SyntheticFit) -> StandardError:
    """Return the jackknife standard error over donors, with weights kept and rescaled to sum to one.

    Only the donors can be left out, for there is one treated unit: the error leaves out the treated unit's own noise
    and is a lower bound. The placebo error is the one to report.

    Parameters
    ----------
    result : SyntheticFit

    Returns
    -------
    StandardError

    Raises
    ------
    InputError
        If one donor has all the weight.

    References
    ----------
    Arkhangelsky et al. (2021), algorithm 3, donors only. doi:10.1257/aer.20190159
    """
    study, weights = result.study, result.weights
    count = len(weights)
    rest = 1.0 - weights
    if count < 2 or np.isclose(rest, 0.0).any():
        raise InputError("one donor has all the weight", where="jackknife", remedy="use the placebo standard error")
    refitted = (weights * ~np.eye(count, dtype=bool)) / rest[:, None]
    gaps = study.treated_path[:, None] - study.donor_matrix @ refitted.T
    effects = gaps[study.n_pre :].mean(axis=0) - result.time_weights @ gaps[: study.n_pre]
    spread = np.sqrt((count - 1) / count * np.square(effects - effects.mean()).sum())
    return StandardError(result.estimate, float(spread), "jackknife (donors only)", count)


@dataclass(frozen=True, slots=True, eq=False)
class ConformalInterval:
    """Intervals for the effect in each time after the treatment.

    Attributes
    ----------
    fit : SyntheticFit
    level : float
        Probability that an interval covers, if residuals before and after the treatment are exchangeable.
    half_width : float
        In units of the outcome.
    residuals : ndarray, shape (T0,)
        Gaps before the treatment from which the half-width is taken.
    kind : {"held-out", "in-sample"}
    """

    fit: SyntheticFit
    level: float
    half_width: float
    residuals: Floats
    kind: Residuals

    def table(self) -> pd.DataFrame:
        """Return one row per time after the treatment: effect, lower and upper end."""
        study = self.fit.study
        gap = self.fit.gap[study.n_pre :]
        ends = {"lower": gap - self.half_width, "upper": gap + self.half_width}
        return pd.DataFrame({"time": study.post, "effect": gap, **ends})

    def sentence(self) -> str:
        """Say the half-width and in how many times the interval leaves out zero."""
        outside = int((np.abs(self.fit.gap[self.fit.study.n_pre :]) > self.half_width).sum())
        return (
            f"Conformal {100 * self.level:g}% intervals, from {len(self.residuals)} {self.kind} residuals, reach "
            f"{self.half_width:.3g} to either side; they leave out zero in {outside} of {len(self.fit.study.post)} "
            "times after the treatment."
        )


def split_conformal(
    study: Study, estimator: Estimator = DEFAULT, *, level: float = 0.95, residuals: Residuals = "held-out"
) -> ConformalInterval:
    """Return intervals whose half-width is an order statistic of the absolute residuals before the treatment.

    Parameters
    ----------
    study : Study
    estimator : Estimator
    level : float
        Needs at least ``level / (1 - level)`` times before the treatment: 19 for 95%.
    residuals : {"held-out", "in-sample"}
        "held-out" leaves each time out of the fit that predicts it. "in-sample" takes the fitted gaps, which are too
        small as soon as there are many donors.

    Returns
    -------
    ConformalInterval

    Raises
    ------
    InputError
        If there are too few times before the treatment for the level.

    References
    ----------
    Lei et al. (2018), section 2; Chernozhukov, Wuthrich and Zhu (2021) for synthetic controls.
    """
    order = ceil(round((study.n_pre + 1) * _share(level, "level"), 9))
    if order > study.n_pre:
        most = study.n_pre / (study.n_pre + 1)
        what = f"{study.n_pre} times before the treatment are too few for {100 * level:g}%"
        needed = ceil(round(level / (1 - level), 9))
        remedy = f"use {needed} times or a level of at most {100 * np.floor(100 * most) / 100:g}%"
        raise InputError(what, where="conformal interval", remedy=remedy)
    result = fit(study, estimator)
    found = _held_out(study, estimator) if residuals == "held-out" else result.gap[: study.n_pre]
    half = float(np.sort(np.abs(found))[order - 1])
    return ConformalInterval(result, level, half, readonly(found), residuals)


def _held_out(study: Study, estimator: Estimator) -> Floats:
    """Return the gap in each pre-treatment time when it is left out of the fit."""
    problem = treated_problem(study)
    return np.array([estimator.solve(problem.holding_out(t)).gaps[0, -1] for t in range(study.n_pre)])
