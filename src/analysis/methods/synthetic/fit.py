"""One result for all estimators: the effect on the treated unit, its path, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.result import Floats, Result, counted, method, readonly
from analysis.methods.synthetic.augmented import RidgeAugmentedControl, RidgePenalty
from analysis.methods.synthetic.estimators import (
    DemeanedControl,
    DifferenceInDifferences,
    SyntheticControl,
    SyntheticDiD,
)
from analysis.methods.synthetic.problems import Estimator, treated_problem
from analysis.methods.synthetic.study import HasStudy, Study

ESTIMATORS: dict[str, Estimator] = {
    "ascm": RidgeAugmentedControl(),
    "did": DifferenceInDifferences(),
    "difp": DemeanedControl(),
    "sc": SyntheticControl(),
    "sdid": SyntheticDiD(),
}
DEFAULT = "sc"

NEGLIGIBLE = 5e-4  # weights below this are left out of the table of weights


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticFit(Result):
    """Effect on the treated unit by one estimator.

    Attributes
    ----------
    study : Study
        The design.
    method : str
        Name of the estimator.
    estimate : float
        Mean gap over the times after the treatment, in units of the outcome.
    gap : ndarray, shape (T,)
        Observed minus synthetic outcome in each time (less the intercept, if the estimator has one).
    weights : ndarray, shape (J,)
        Donor weights; they sum to one.
    time_weights : ndarray, shape (T0,)
        Weights of the pre-treatment times in the intercept; zero for estimators without one.
    detail : RidgePenalty or None
        What the estimator adds.
    """

    study: Study
    method: str
    estimate: float
    gap: Floats
    weights: Floats
    time_weights: Floats
    detail: RidgePenalty | None = None

    @property
    def pre_rmspe(self) -> float:
        """Root mean squared gap before the treatment, in units of the outcome."""
        return float(np.sqrt(np.square(self.gap[: self.study.n_pre]).mean()))

    @property
    def effective_donors(self) -> float:
        """Number of equally weighted donors that would spread the weights as much: (sum |w|)^2 / sum w^2."""
        return float(np.abs(self.weights).sum() ** 2 / np.square(self.weights).sum())

    def table(self) -> pd.DataFrame:
        """Return one row per time: observed and synthetic outcome, their gap, and whether the unit was treated."""
        observed = self.study.treated_path
        return pd.DataFrame(
            {
                "time": self.study.times,
                "observed": observed,
                "synthetic": observed - self.gap,
                "gap": self.gap,
                "treated": np.arange(len(observed)) >= self.study.n_pre,
            }
        )

    def weights_table(self, *, smallest: float = NEGLIGIBLE) -> pd.DataFrame:
        """Return the donors with a weight of at least ``smallest`` in absolute value, largest first."""
        frame = pd.DataFrame({"donor": self.study.donors, "weight": self.weights})
        frame = frame[frame["weight"].abs() >= smallest]
        return frame.sort_values(["weight", "donor"], ascending=[False, True], ignore_index=True)

    def sentence(self) -> str:
        """Say the effect, the fit before the treatment and how many donors carry it."""
        study = self.study
        n_post = len(study.post)
        mean = f"on average over {n_post} times from {study.post[0]}" if n_post > 1 else f"in {study.post[0]}"
        words = (
            f"By {self.method}, {study.outcome} of {study.treated} differs by {self.estimate:+.4g} from its "
            f"counterfactual {mean}; root mean squared gap {self.pre_rmspe:.3g} over the {study.n_pre} times before; "
            f"{self.effective_donors:.1f} effective of {counted(len(study.donors), 'donor')}."
        )
        if self.detail:
            how = "cross-validated" if self.detail.cross_validated else "given"
            words += f" Ridge penalty {self.detail.penalty:.3g} ({how})."
        return words


@method
def fit(study: HasStudy, estimator: str | Estimator = DEFAULT) -> SyntheticFit:
    """Estimate the effect on the treated unit.

    Parameters
    ----------
    study : Study, or a result with one
    estimator : str or Estimator
        "sc", the synthetic control on all pre-treatment outcomes; "sdid", "difp", "did" or "ascm" (see `ESTIMATORS`).

    Raises
    ------
    InputError
        If the estimator is not known.
    RunError
        If weights do not satisfy their optimality conditions.

    Examples
    --------
    >>> study = Study.from_matrix([[t + 1.0 + (t > 5), t, t + 3.0] for t in range(8)], n_pre=6)
    >>> round(fit(study).estimate, 6)
    1.0
    """
    chosen = estimator_named(estimator)
    found = chosen.solve(treated_problem(study.study))
    return SyntheticFit(
        study=study.study,
        method=chosen.name,
        estimate=float(found.estimates[0]),
        gap=readonly(found.gaps[0]),
        weights=readonly(found.weights[0, 1:]),
        time_weights=readonly(found.time_weights[0]),
        detail=found.details[0],
    )


def estimator_named(name: str | Estimator) -> Estimator:
    """Return the estimator with a short name.

    Parameters
    ----------
    name : str or Estimator
        One of the keys of `ESTIMATORS`, or an estimator, which is returned as it is.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if not isinstance(name, str):
        return name
    if name not in ESTIMATORS:
        raise InputError(f"no estimator {name!r}", where="estimator", remedy=f"use one of {', '.join(ESTIMATORS)}")
    return ESTIMATORS[name]
