"""Measurement uncertainty by draw and refit: what an expert-coded outcome's own error does to the estimate.

References
----------
Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys, chapter 3. doi:10.1002/9780470316696
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from analysis.errors import InputError
from analysis.methods.result import Floats, Result, method, readonly
from analysis.methods.synthetic.fit import DEFAULT, estimator_named
from analysis.methods.synthetic.placebos import Statistic, space_placebos
from analysis.methods.synthetic.problems import Estimator
from analysis.methods.synthetic.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class MeasurementUncertainty(Result):
    """Estimates pooled over draws of the outcomes, one row per assumed correlation of errors within a unit.

    Attributes
    ----------
    study : Study
    method : str
    correlation : ndarray, shape (R,)
        Correlation of a unit's measurement errors between any two times.
    estimate : ndarray, shape (R,)
        Mean of the estimates over draws, in units of the outcome.
    within, between : ndarray, shape (R,)
        Mean placebo variance, and variance of the estimates over draws.
    degrees : ndarray, shape (R,)
        Degrees of freedom by Rubin's rule.
    p_value : ndarray, shape (R,)
        In-space placebo p, averaged over draws.
    statistic : str
        Statistic whose ranks give the p.
    draws : int
    """

    study: Study
    method: str
    correlation: Floats
    estimate: Floats
    within: Floats
    between: Floats
    degrees: Floats
    p_value: Floats
    statistic: Statistic
    draws: int

    @property
    def standard_error(self) -> Floats:
        """Square root of Rubin's total variance: within + (1 + 1/draws) between, shape (R,)."""
        return np.sqrt(self.within + (1 + 1 / self.draws) * self.between)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Return one row per correlation: estimate, standard error, interval, share of variance, p."""
        half = student.ppf((1 + level) / 2, self.degrees) * self.standard_error
        return pd.DataFrame(
            {
                "correlation": self.correlation,
                "estimate": self.estimate,
                "standard_error": self.standard_error,
                "lower": self.estimate - half,
                "upper": self.estimate + half,
                "measurement_share": 1 - self.within / np.square(self.standard_error),
                "p_value": self.p_value,
            }
        )

    def sentence(self, level: float = 0.95) -> str:
        """Say the estimate and its interval for each correlation."""
        rows = self.table(level).itertuples(index=False)
        words = "; ".join(
            f"correlation {r.correlation:g}: {r.estimate:+.4g} ({r.lower:+.4g} to {r.upper:+.4g}), "
            f"placebo p {r.p_value:.3f}"
            for r in rows
        )
        return (
            f"With measurement error drawn {self.draws} times and refitted ({self.method}), the effect on "
            f"{self.study.outcome} of {self.study.treated} and its {100 * level:g}% interval by Rubin's rules are, "
            f"by the correlation of errors within a unit: {words}."
        )


@method
def measurement_uncertainty(
    study: Study,
    estimator: str | Estimator = DEFAULT,
    *,
    correlations: Sequence[float] = (0.0, 0.5, 0.9),
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
    study : Study
        With ``sd``.
    estimator : str or Estimator
    correlations : sequence of float
        Each from 0 to 1.
    draws : int
    seed : int
    statistic : str
        As in `SpacePlacebos.p_value`.

    Raises
    ------
    InputError
        If the study has no standard deviations, a correlation is not in 0 to 1, or there are fewer than two draws.
    """
    if study.sd is None:
        raise InputError("no standard deviations of measurement", where="study", remedy="build it with sd=<column>")
    if not correlations or not all(0 <= c <= 1 for c in correlations):
        raise InputError(f"{tuple(correlations)} must lie in 0 to 1", where="correlations", remedy="use 0, 0.5, 0.9")
    if draws < 2:
        raise InputError(f"{draws} draws give no variance", where="draws", remedy="use 200")
    chosen, rng = estimator_named(estimator), np.random.default_rng(seed)
    shared = rng.standard_normal((draws, 1, len(study.units)))
    own = rng.standard_normal((draws, *study.values.shape))
    pooled = [_pool(study, chosen, np.sqrt(c) * shared + np.sqrt(1 - c) * own, statistic) for c in correlations]
    estimate, within, between, degrees, p = (readonly(column) for column in zip(*pooled, strict=True))
    return MeasurementUncertainty(
        study, chosen.name, readonly(correlations), estimate, within, between, degrees, p, statistic, draws
    )


def _pool(
    study: Study, estimator: Estimator, errors: Floats, statistic: Statistic
) -> tuple[float, float, float, float, float]:
    """Return estimate, within and between variance, degrees of freedom and mean p over the draws."""
    draws = len(errors)
    rows = np.empty((draws, 3))
    for i, error in enumerate(errors):
        placebos = space_placebos(replace(study, values=readonly(study.values + study.sd * error)), estimator)
        rows[i] = placebos.estimates[0], placebos.placebo_estimates.var(ddof=1), placebos.p_value(statistic)
    within = float(rows[:, 1].mean())
    between = float(rows[:, 0].var(ddof=1))
    added = (1 + 1 / draws) * between
    degrees = (draws - 1) * (1 + within / added) ** 2 if added > 0 else np.inf
    return float(rows[:, 0].mean()), within, between, float(degrees), float(rows[:, 2].mean())
