"""Placebo tests: the same study for units that were not treated, for times before the treatment, and without a donor.

References
----------
Abadie, A., Diamond, A. and Hainmueller, J. (2010). Journal of the American Statistical Association 105, 493-505.
doi:10.1198/jasa.2009.ap08746
Abadie, A., Diamond, A. and Hainmueller, J. (2015). Comparative politics and the synthetic control method. American
Journal of Political Science 59, 495-510. doi:10.1111/ajps.12116
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.arrays import Bools, Floats, readonly
from analysis.methods.synthetic.fit import DEFAULT, fit
from analysis.methods.synthetic.problems import (
    Estimator,
    Solutions,
    leave_one_out_problems,
    placebo_problems,
    treated_problem,
)
from analysis.methods.synthetic.simplex import PERFECT
from analysis.methods.synthetic.study import Study
from analysis.methods.words import counted

Statistic = Literal["mspe_ratio", "absolute", "above", "below"]

TIED = 1e-9  # statistics this near, relative to their size, are ties

STATISTICS: dict[Statistic, str] = {
    "mspe_ratio": "ratio of mean squared gaps after and before",
    "absolute": "absolute mean gap",
    "above": "mean gap, upper tail",
    "below": "mean gap, lower tail",
}


@dataclass(frozen=True, slots=True, eq=False)
class SpacePlacebos:
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
    kept : ndarray of bool, shape (N,)
        Placebos that count: all, unless a limit on their fit before the treatment was set.
    """

    study: Study
    method: str
    units: tuple[str, ...]
    estimates: Floats
    pre_mspe: Floats
    post_mspe: Floats
    gaps: Floats
    kept: Bools

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
        return 1.0 / int(self.kept.sum())

    def statistic(self, name: Statistic = "mspe_ratio") -> Floats:
        """Return the statistic of each unit, shape (N,); larger is more extreme."""
        if name not in STATISTICS:
            raise InputError(f"no statistic {name!r}", where="statistic", remedy=f"use one of {', '.join(STATISTICS)}")
        values = {"absolute": np.abs(self.estimates), "above": self.estimates, "below": -self.estimates}
        return self.mspe_ratio if name == "mspe_ratio" else values[name]

    def rank(self, name: Statistic = "mspe_ratio") -> int:
        """Return how many units, the treated one included, are at least as extreme as the treated unit."""
        values = self.statistic(name)
        # Rounding error must not break a tie in favour of the treated unit.
        slack = 0.0 if name == "mspe_ratio" else TIED * float(self.study.values.std())
        tied = np.isclose(values, values[0], rtol=TIED, atol=slack)
        return int((self.kept & (tied | (values > values[0]))).sum())

    def p_value(self, name: Statistic = "mspe_ratio") -> float:
        """Return the exact randomisation p: rank over number of units, the treated unit counted in both."""
        return self.rank(name) * self.floor

    @property
    def placebo_estimates(self) -> Floats:
        """Estimates of the placebos that count, shape (at most J,)."""
        return self.estimates[1:][self.kept[1:]]

    def table(self) -> pd.DataFrame:
        """Return one row per unit, by falling ratio of mean squared gaps."""
        frame = pd.DataFrame(
            {
                "unit": self.units,
                "treated": np.arange(len(self.units)) == 0,
                "estimate": self.estimates,
                "pre_rmspe": np.sqrt(self.pre_mspe),
                "mspe_ratio": self.mspe_ratio,
                "kept": self.kept,
            }
        )
        return frame.sort_values(["mspe_ratio", "unit"], ascending=[False, True], ignore_index=True)

    def sentence(self, name: Statistic = "mspe_ratio") -> str:
        """Say the rank of the treated unit and its p with the smallest p attainable."""
        ranked = int(self.kept.sum())
        poor = len(self.units) - ranked
        left = f" ({counted(poor, 'placebo')} with a poor fit left out)" if poor else ""
        return (
            f"{self.units[0]} ranks {self.rank(name)} of {ranked}{left} by {STATISTICS[name]} under {self.method}: "
            f"in-space placebo p = {self.p_value(name):.3f}, smallest attainable {self.floor:.3f}."
        )


def space_placebos(
    study: Study,
    estimator: Estimator = DEFAULT,
    *,
    treated_in_pool: bool = False,
    worst_fit: float | None = None,
) -> SpacePlacebos:
    """Repeat the study for every donor as if it had been treated.

    Parameters
    ----------
    study : Study
    estimator : Estimator
    treated_in_pool : bool
        Let the treated unit be a donor of the placebos.
    worst_fit : float, optional
        Leave out placebos whose mean squared gap before the treatment exceeds this multiple of the treated unit's.

    Returns
    -------
    SpacePlacebos

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
    found = estimator.solve(placebo_problems(study, treated_in_pool=treated_in_pool))
    return _space(study, estimator.name, found, worst_fit)


def _space(study: Study, method: str, found: Solutions, worst_fit: float | None) -> SpacePlacebos:
    limit = np.inf if worst_fit is None else worst_fit * found.pre_mspe[0]
    kept = found.pre_mspe <= limit
    kept[0] = True
    kept.flags.writeable = False
    parts = (readonly(found.estimates), readonly(found.pre_mspe), readonly(found.post_mspe), found.gaps)
    return SpacePlacebos(study, method, study.units, *parts, kept)


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """The estimate beside estimates that should tell the same story.

    Attributes
    ----------
    kind : {"placebo time", "donor left out"}
    treated, outcome, method : str
    estimate : float
        Of the study itself, in units of the outcome.
    labels : tuple of str, length R
        Placebo times, or donors left out.
    estimates, pre_rmspe : ndarray, shape (R,)
    """

    kind: Literal["placebo time", "donor left out"]
    treated: str
    outcome: str
    method: str
    estimate: float
    labels: tuple[str, ...]
    estimates: Floats
    pre_rmspe: Floats

    @property
    def sign_flips(self) -> bool:
        """Whether some refit has the opposite sign of the estimate."""
        return bool((np.sign(self.estimates) == -np.sign(self.estimate)).any() and self.estimate != 0)

    def table(self) -> pd.DataFrame:
        """Return one row per refit."""
        values = {self.kind: self.labels, "estimate": self.estimates, "pre_rmspe": self.pre_rmspe}
        return pd.DataFrame(values)

    def sentence(self) -> str:
        """Say the range of the refits beside the estimate."""
        low, high = int(np.argmin(self.estimates)), int(np.argmax(self.estimates))
        span = (
            f"from {self.estimates[low]:+.4g} ({self.labels[low]}) to {self.estimates[high]:+.4g} ({self.labels[high]})"
        )
        if self.kind == "placebo time":
            what = f"Before the treatment, where there is no effect, placebo times give {span}"
        else:
            what = f"With one donor left out at a time the estimate runs {span}"
            what += "; its sign changes" if self.sign_flips else "; its sign does not change"
        return f"{what}; the estimate for {self.outcome} of {self.treated} is {self.estimate:+.4g} ({self.method})."


def time_placebos(study: Study, times: Sequence[int], estimator: Estimator = DEFAULT) -> Refits:
    """Repeat the study as if the treatment had come earlier, without the times after the real treatment.

    Parameters
    ----------
    study : Study
    times : sequence of int
        Placebo treatment times; at least 5 times must come before each.
    estimator : Estimator

    Returns
    -------
    Refits

    Raises
    ------
    InputError
        If no time is given or one is not in the pre window, too early, or earlier than a predictor.

    References
    ----------
    Abadie, Diamond and Hainmueller (2015), in-time placebos. doi:10.1111/ajps.12116
    """
    if not times:
        raise InputError("no placebo time is given", where="times", remedy="name times before the treatment")
    when = sorted(set(times))
    fits = [fit(study.backdated(t), estimator) for t in when]
    own = fit(study, estimator)
    estimates = readonly([f.estimate for f in fits])
    fitted = readonly([f.pre_rmspe for f in fits])
    labels = tuple(str(t) for t in when)
    return Refits("placebo time", study.treated, study.outcome, own.method, own.estimate, labels, estimates, fitted)


def leave_one_out(study: Study, estimator: Estimator = DEFAULT) -> Refits:
    """Repeat the study without each donor in turn.

    Parameters
    ----------
    study : Study
    estimator : Estimator

    Returns
    -------
    Refits

    Raises
    ------
    InputError
        If there is only one donor.

    References
    ----------
    Abadie, Diamond and Hainmueller (2015), leave-one-out distribution. doi:10.1111/ajps.12116
    """
    if len(study.donors) < 2:
        raise InputError(
            "leaving out the only donor leaves none", where=f"study of {study.treated}", remedy="add donors"
        )
    own = estimator.solve(treated_problem(study))
    found = estimator.solve(leave_one_out_problems(study))
    fitted = readonly(np.sqrt(found.pre_mspe))
    estimate = float(own.estimates[0])
    names = (study.treated, study.outcome, estimator.name, estimate, study.donors)
    return Refits("donor left out", *names, readonly(found.estimates), fitted)
