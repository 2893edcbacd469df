"""One unit beside its counterfactual, from a tidy table in one call: estimate, interval, placebos, power.

References
----------
Abadie, A., Diamond, A. and Hainmueller, J. (2010). Synthetic control methods for comparative case studies. Journal of
the American Statistical Association 105, 493-505. doi:10.1198/jasa.2009.ap08746
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic difference-in-differences.
American Economic Review 111(12), 4088-4118. doi:10.1257/aer.20190159
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.result import Result, method
from analysis.methods.synthetic.fit import SyntheticFit, fit
from analysis.methods.synthetic.panel import tidy
from analysis.methods.synthetic.placebos import SpacePlacebos, space_placebos
from analysis.methods.synthetic.power import minimum_detectable_effect, placebo_se
from analysis.methods.synthetic.problems import Estimator
from analysis.methods.synthetic.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Result):
    """A unit compared with its synthetic counterfactual, and every donor as if it had been treated.

    Attributes
    ----------
    fitted : SyntheticFit
        Weights and path of the counterfactual.
    placebos : SpacePlacebos
        The same for every donor.
    estimate, lower, upper : float
        Mean gap after the treatment with its 95 % interval, Student's t on the placebos' spread.
    minimum_detectable_effect : float
        Smallest effect that would be found with 80 % power.
    p_value : float
        Rank of the absolute estimate among those of the placebos.
    n : int
        Units, the treated one among them.
    """

    fitted: SyntheticFit
    placebos: SpacePlacebos
    estimate: float
    lower: float
    upper: float
    minimum_detectable_effect: float
    p_value: float
    n: int

    @property
    def study(self) -> Study:
        """The study: treated unit, donors, times."""
        return self.placebos.study

    def table(self) -> pd.DataFrame:
        """Return one row: estimate, interval, detectable effect, fit before the treatment, placebo rank, donors."""
        row = {"estimate": self.estimate, "lower": self.lower, "upper": self.upper}
        row |= {"detectable": self.minimum_detectable_effect, "pre_rmspe": float(np.sqrt(self.placebos.pre_mspe[0]))}
        return pd.DataFrame([row | {"p_rank": self.p_value, "p_floor": self.placebos.floor, "donors": self.n - 1}])

    def sentence(self) -> str:
        """Say the effect with its interval, the placebo rank and what could have been found."""
        return (
            f"{self.fitted.sentence()} 95% interval {self.lower:+.3g} to {self.upper:+.3g}; placebo rank p "
            f"{self.p_value:.2f} (floor {self.placebos.floor:.3f}) among {self.n}; smallest detectable change "
            f"{self.minimum_detectable_effect:.3g}."
        )


@method
def compare_study(study: Study, estimator: str | Estimator = "sdid") -> Comparison:
    """Compare the treated unit of a study with its counterfactual, and every donor with its own.

    Parameters
    ----------
    study : Study
    estimator : str or Estimator
        As in `fit`.

    Raises
    ------
    InputError
        If there is only one donor.
    RunError
        If weights do not satisfy their optimality conditions.
    """
    placebos = space_placebos(study, estimator)
    error = placebo_se(placebos)
    lower, upper = error.interval()
    return Comparison(
        fitted=fit(study, estimator),
        placebos=placebos,
        estimate=error.estimate,
        lower=lower,
        upper=upper,
        minimum_detectable_effect=minimum_detectable_effect(placebos).effect,
        p_value=placebos.p_value("absolute"),
        n=len(placebos.units),
    )


@method
def synthetic_control(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: Hashable,
    first_treated: int,
    donors: Sequence[Hashable] | None = None,
    first: int | None = None,
    last: int | None = None,
    post_from: int | None = None,
    placebo_time: int | None = None,
    sd: str | None = None,
    estimator: str | Estimator = "sc",
) -> Comparison:
    """Compare a unit with its synthetic counterfactual, made of weighted donors.

    Parameters
    ----------
    panel : DataFrame
        One row per unit and time.
    outcome, unit, time : str
        Columns of the panel.
    treated : label
        The treated unit.
    first_treated : int
        First treated time.
    donors : sequence of labels, optional
        Units that were not treated, by default all others; those that the panel lacks are listed as dropped.
    first, last : int, optional
        First and last time; the first is later where the treated unit's values begin later.
    post_from : int, optional
        First time whose gap counts, by default the first treated one.
    placebo_time : int, optional
        Treat that time instead, with as many times after it: where nothing happened, no effect should be found.
    sd : str, optional
        Column with the standard deviation of each outcome's measurement error.
    estimator : str or Estimator
        "sc", the synthetic control; "sdid", synthetic difference-in-differences; others as in `fit`.

    Raises
    ------
    InputError
        If the treated unit has no value or a gap, fewer than 5 times come before the treatment, or fewer than 2 donors
        have every value.
    RunError
        If weights do not satisfy their optimality conditions.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010). doi:10.1198/jasa.2009.ap08746
    Arkhangelsky et al. (2021). doi:10.1257/aer.20190159

    Examples
    --------
    >>> rows = [(who, t, t * step + 5 * (who == "a" and t > 5)) for step, who in enumerate("bac") for t in range(8)]
    >>> panel = pd.DataFrame(rows, columns=["who", "year", "score"])
    >>> found = synthetic_control(panel, outcome="score", unit="who", time="year", treated="a", first_treated=6)
    >>> round(found.estimate, 6)
    5.0
    """
    data = tidy(panel, unit=unit, time=time, outcome=outcome)
    own = data.loc[(data["unit"] == str(treated)) & data[outcome].notna(), "time"]
    if own.empty:
        raise InputError(f"{treated} has no value", where=outcome, remedy="choose another outcome or unit")
    shift = 0 if placebo_time is None else placebo_time - first_treated
    begin, start = max(int(own.min()), first or 0), (post_from or first_treated) + shift
    known = set(data["unit"])
    pool = sorted(known - {str(treated)}) if donors is None else [str(donor) for donor in donors]
    study = Study.from_panel(
        panel,
        treated=treated,
        first_treated=first_treated + shift,
        outcome=outcome,
        unit=unit,
        time=time,
        donors=[donor for donor in pool if donor in known],
        pre=(begin, first_treated + shift - 1),
        post=(start, (int(own.max()) if last is None else last) + shift),
        sd=sd,
    )
    missing = tuple((donor, "not in the panel") for donor in pool if donor not in known)
    return compare_study(replace(study, dropped=(*study.dropped, *missing)), estimator)
