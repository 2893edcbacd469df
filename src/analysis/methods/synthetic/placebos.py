"""Placebo tests: the same study for units that were not treated, and without one donor after the other.

References
----------
Abadie, A., Diamond, A. and Hainmueller, J. (2010). Journal of the American Statistical Association 105, 493-505.
doi:10.1198/jasa.2009.ap08746
Abadie, A., Diamond, A. and Hainmueller, J. (2015). Comparative politics and the synthetic control method. American
Journal of Political Science 59, 495-510. doi:10.1111/ajps.12116
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.result import Floats, Result, method, readonly
from analysis.methods.synthetic.fit import DEFAULT, estimator_named
from analysis.methods.synthetic.problems import (
    Estimator,
    leave_one_out_problems,
    placebo_problems,
    treated_problem,
)
from analysis.methods.synthetic.simplex import PERFECT
from analysis.methods.synthetic.study import HasStudy, Study

Statistic = Literal["mspe_ratio", "absolute"]

TIED = 1e-9  # statistics this near, relative to their size, are ties

STATISTICS: dict[Statistic, str] = {
    "mspe_ratio": "ratio of mean squared gaps after and before",
    "absolute": "absolute mean gap",
}


@dataclass(frozen=True, slots=True, eq=False)
class SpacePlacebos(Result):
    """The study of the treated unit among the studies of all donors as if they had been treated.

    Attributes
    ----------
    study : Study
    method : str
    units : tuple of str, length N
        The treated unit, then the donors.
    estimates : ndarray, shape (N,)
        Mean gap after the treatment, in units of the outcome.
    pre_mspe, post_mspe : ndarray, shape (N,)
        Mean squared gap before and after the treatment, in squared units of the outcome.
    gaps : ndarray, shape (N, T)
    """

    study: Study
    method: str
    units: tuple[str, ...]
    estimates: Floats
    pre_mspe: Floats
    post_mspe: Floats
    gaps: Floats

    def evidence(self) -> dict[str, Any]:
        """Return the estimate and its randomisation p by the ratio of mean squared gaps."""
        own = {"estimate": float(self.estimates[0]), "p_value": self.p_value(), "n": len(self.units)}
        return own | {"summary": self.sentence()}

    @property
    def mspe_ratio(self) -> Floats:
        """Mean squared gap after over before the treatment, shape (N,); infinite after a perfect fit, 0 if no gaps."""
        none = PERFECT * float(self.study.values.var())
        perfect = self.pre_mspe <= none
        unbounded = np.where(self.post_mspe <= none, 0.0, np.inf)
        return np.where(perfect, unbounded, self.post_mspe / np.where(perfect, 1.0, self.pre_mspe))

    @property
    def floor(self) -> float:
        """Smallest p that the test can give: one over the number of units ranked."""
        return 1.0 / len(self.units)

    def statistic(self, name: Statistic = "mspe_ratio") -> Floats:
        """Return the statistic of each unit, shape (N,); larger is more extreme."""
        if name not in STATISTICS:
            raise InputError(f"no statistic {name!r}", where="statistic", remedy=f"use one of {', '.join(STATISTICS)}")
        return self.mspe_ratio if name == "mspe_ratio" else np.abs(self.estimates)

    def rank(self, name: Statistic = "mspe_ratio") -> int:
        """Return how many units, the treated one included, are at least as extreme as the treated unit."""
        values = self.statistic(name)
        # Rounding error must not break a tie in favour of the treated unit.
        slack = 0.0 if name == "mspe_ratio" else TIED * float(self.study.values.std())
        tied = np.isclose(values, values[0], rtol=TIED, atol=slack)
        return int((tied | (values > values[0])).sum())

    def p_value(self, name: Statistic = "mspe_ratio") -> float:
        """Return the exact randomisation p: rank over number of units, the treated unit counted in both."""
        return self.rank(name) * self.floor

    @property
    def placebo_estimates(self) -> Floats:
        """Estimates of the placebos, shape (J,)."""
        return self.estimates[1:]

    def table(self) -> pd.DataFrame:
        """Return one row per unit, by falling ratio of mean squared gaps."""
        frame = pd.DataFrame(
            {
                "unit": self.units,
                "treated": np.arange(len(self.units)) == 0,
                "estimate": self.estimates,
                "pre_rmspe": np.sqrt(self.pre_mspe),
                "mspe_ratio": self.mspe_ratio,
            }
        )
        return frame.sort_values(["mspe_ratio", "unit"], ascending=[False, True], ignore_index=True)

    def sentence(self, name: Statistic = "mspe_ratio") -> str:
        """Say the rank of the treated unit and its p with the smallest p attainable."""
        return (
            f"{self.units[0]} ranks {self.rank(name)} of {len(self.units)} by {STATISTICS[name]} under {self.method}: "
            f"in-space placebo p = {self.p_value(name):.3f}, smallest attainable {self.floor:.3f}."
        )


@method
def space_placebos(study: Study, estimator: str | Estimator = DEFAULT) -> SpacePlacebos:
    """Repeat the study for every donor as if it had been treated.

    Parameters
    ----------
    study : Study
    estimator : str or Estimator
        As in `fit`.

    Raises
    ------
    InputError
        If there is only one donor, for its placebo would have none.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), section 3.4. doi:10.1198/jasa.2009.ap08746
    """
    if len(study.donors) < 2:
        raise InputError("a placebo needs a second donor", where=f"study of {study.treated}", remedy="add donors")
    chosen = estimator_named(estimator)
    found = chosen.solve(placebo_problems(study))
    parts = (readonly(found.estimates), readonly(found.pre_mspe), readonly(found.post_mspe), found.gaps)
    return SpacePlacebos(study, chosen.name, study.units, *parts)


@dataclass(frozen=True, slots=True, eq=False)
class Refits(Result):
    """The estimate beside those with one donor left out at a time.

    Attributes
    ----------
    treated, outcome, method : str
    estimate : float
        Of the study itself, in units of the outcome.
    labels : tuple of str, length R
        Donors left out.
    estimates, pre_rmspe : ndarray, shape (R,)
    """

    treated: str
    outcome: str
    method: str
    estimate: float
    labels: tuple[str, ...]
    estimates: Floats
    pre_rmspe: Floats

    def evidence(self) -> dict[str, Any]:
        """Return the estimate with the range of the refits, and the number of units in each."""
        ends = (float(self.estimates.min()), float(self.estimates.max()))
        return Result.evidence(self) | {"interval": ends, "n": len(self.labels)}

    @property
    def sign_flips(self) -> bool:
        """Whether some refit has the opposite sign of the estimate."""
        return bool((np.sign(self.estimates) == -np.sign(self.estimate)).any() and self.estimate != 0)

    def table(self) -> pd.DataFrame:
        """Return one row per refit."""
        values = {"donor left out": self.labels, "estimate": self.estimates, "pre_rmspe": self.pre_rmspe}
        return pd.DataFrame(values)

    def sentence(self) -> str:
        """Say the range of the refits beside the estimate."""
        low, high = int(np.argmin(self.estimates)), int(np.argmax(self.estimates))
        span = (
            f"from {self.estimates[low]:+.4g} ({self.labels[low]}) to {self.estimates[high]:+.4g} ({self.labels[high]})"
        )
        change = "changes" if self.sign_flips else "does not change"
        return (
            f"With one donor left out at a time the estimate runs {span}; its sign {change}; the estimate for "
            f"{self.outcome} of {self.treated} is {self.estimate:+.4g} ({self.method})."
        )


@method
def leave_one_out(study: HasStudy, estimator: str | Estimator = DEFAULT) -> Refits:
    """Repeat the study without each donor in turn.

    Parameters
    ----------
    study : Study, or a result with one
    estimator : str or Estimator
        As in `fit`.

    Raises
    ------
    InputError
        If there is only one donor.

    References
    ----------
    Abadie, Diamond and Hainmueller (2015), leave-one-out distribution. doi:10.1111/ajps.12116
    """
    whole = study.study
    if len(whole.donors) < 2:
        raise InputError(
            "leaving out the only donor leaves none", where=f"study of {whole.treated}", remedy="add donors"
        )
    chosen = estimator_named(estimator)
    own = chosen.solve(treated_problem(whole))
    found = chosen.solve(leave_one_out_problems(whole))
    fitted = readonly(np.sqrt(found.pre_mspe))
    estimate = float(own.estimates[0])
    names = (whole.treated, whole.outcome, chosen.name, estimate, whole.donors)
    return Refits(*names, readonly(found.estimates), fitted)
