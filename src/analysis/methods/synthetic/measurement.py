"""Measurement uncertainty by draw and refit: what an expert-coded outcome's own error does to the estimate.

References
----------
Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys, chapter 3. doi:10.1002/9780470316696
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from analysis.errors import InputError
from analysis.methods.result import Result, method, readonly
from analysis.methods.synthetic.fit import DEFAULT, estimator_named
from analysis.methods.synthetic.placebos import Statistic, space_placebos
from analysis.methods.synthetic.problems import Estimator
from analysis.methods.synthetic.study import HasStudy, Study


@dataclass(frozen=True, slots=True, eq=False)
class MeasurementUncertainty(Result):
    """An estimate pooled over draws of the outcomes.

    Attributes
    ----------
    study : Study
    method : str
    correlation : float
        Correlation of a unit's measurement errors between any two times.
    estimate : float
        Mean of the estimates over draws, in units of the outcome.
    within, between : float
        Mean placebo variance, and variance of the estimates over draws.
    degrees : float
        Degrees of freedom by Rubin's rule.
    p_value : float
        In-space placebo p, averaged over draws.
    statistic : str
        Statistic whose ranks give the p.
    draws : int
    """

    study: Study
    method: str
    correlation: float
    estimate: float
    within: float
    between: float
    degrees: float
    p_value: float
    statistic: Statistic
    draws: int

    @property
    def standard_error(self) -> float:
        """Square root of Rubin's total variance: within + (1 + 1/draws) between."""
        return math.sqrt(self.within + (1 + 1 / self.draws) * self.between)

    @property
    def n(self) -> int:
        """Units of the study."""
        return len(self.study.units)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval at a level, by Student's t with Rubin's degrees of freedom."""
        half = float(student.ppf((1 + level) / 2, self.degrees)) * self.standard_error
        return self.estimate - half, self.estimate + half

    def evidence(self) -> dict[str, Any]:
        """Return the pooled estimate with its 95% interval."""
        return Result.evidence(self) | {"interval": self.interval()}

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Return one row: estimate, standard error, interval, share of variance, p."""
        lower, upper = self.interval(level)
        row = {"correlation": self.correlation, "estimate": self.estimate, "standard_error": self.standard_error}
        row |= {"lower": lower, "upper": upper, "measurement_share": 1 - self.within / self.standard_error**2}
        return pd.DataFrame([row | {"p_value": self.p_value}])

    def sentence(self, level: float = 0.95) -> str:
        """Say the estimate and its interval."""
        lower, upper = self.interval(level)
        return (
            f"With measurement error drawn {self.draws} times and refitted ({self.method}), the effect on "
            f"{self.study.outcome} of {self.study.treated} is {self.estimate:+.4g} ({100 * level:g}% interval by "
            f"Rubin's rules {lower:+.4g} to {upper:+.4g}), placebo p {self.p_value:.3f}, if errors within a unit "
            f"correlate {self.correlation:g}."
        )


@method
def measurement_uncertainty(
    study: HasStudy,
    estimator: str | Estimator = DEFAULT,
    *,
    correlation: float = 0.0,
    draws: int = 200,
    seed: int = 0,
    statistic: Statistic = "mspe_ratio",
) -> MeasurementUncertainty:
    """Draw the outcomes of all units from their measurement errors, refit, and pool.

    Each draw repeats all in-space placebos, so that p-values too allow for measurement. Errors are normal with the
    study's standard deviations and the same correlation between any two times of a unit; the same normal numbers serve
    all correlations.

    Parameters
    ----------
    study : Study, or a result with one
        With ``sd``.
    estimator : str or Estimator
    correlation : float
        From 0 to 1.
    draws : int
    seed : int
    statistic : str
        As in `SpacePlacebos.p_value`.

    Raises
    ------
    InputError
        If the study has no standard deviations, the correlation is not in 0 to 1, or there are fewer than two draws.
    """
    own_study = study.study
    if own_study.sd is None:
        raise InputError("no standard deviations of measurement", where="study", remedy="build it with sd=<column>")
    if not 0 <= correlation <= 1:
        raise InputError(f"{correlation} must lie in 0 to 1", where="correlation", remedy="use 0, 0.5 or 0.9")
    if draws < 2:
        raise InputError(f"{draws} draws give no variance", where="draws", remedy="use 200")
    chosen, rng = estimator_named(estimator), np.random.default_rng(seed)
    shared = rng.standard_normal((draws, 1, len(own_study.units)))
    own = rng.standard_normal((draws, *own_study.values.shape))
    errors = own_study.sd * (np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own)
    rows = np.empty((draws, 3))
    for i, error in enumerate(errors):
        placebos = space_placebos(replace(own_study, values=readonly(own_study.values + error)), chosen)
        rows[i] = placebos.estimates[0], placebos.placebo_estimates.var(ddof=1), placebos.p_value(statistic)
    within, between = float(rows[:, 1].mean()), float(rows[:, 0].var(ddof=1))
    added = (1 + 1 / draws) * between
    return MeasurementUncertainty(
        study=own_study,
        method=chosen.name,
        correlation=correlation,
        estimate=float(rows[:, 0].mean()),
        within=within,
        between=between,
        degrees=(draws - 1) * (1 + within / added) ** 2 if added > 0 else math.inf,
        p_value=float(rows[:, 2].mean()),
        statistic=statistic,
        draws=draws,
    )
