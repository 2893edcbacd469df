"""Whether a difference means anything: placebos, donors left out, errors of measurement, and a fixed margin.

References
----------
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic difference-in-differences.
American Economic Review 111(12), 4088-4118. doi:10.1257/aer.20190159
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student

from analysis.errors import InputError
from analysis.methods.measured_changes import correlated_normal
from analysis.methods.result import Estimate, Floats, Result, method, readonly
from analysis.methods.synthetic.estimators import DEFAULT, Estimator, SyntheticFit, estimator_named, fit, solve
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

    Arrays of length N have the treated unit first, then the donors.

    Attributes
    ----------
    study : Study
    method : str
    gaps : ndarray, shape (N, T)
    """

    study: Study
    method: str
    gaps: Floats

    @property
    def units(self) -> tuple[str, ...]:
        """The treated unit, then the donors."""
        return self.study.units

    @property
    def estimates(self) -> Floats:
        """Mean gap after the treatment, shape (N,), in units of the outcome."""
        return readonly(self.gaps[:, self.study.n_pre :].mean(axis=1))

    @property
    def pre_mspe(self) -> Floats:
        """Mean squared gap before the treatment, shape (N,)."""
        return readonly(np.square(self.gaps[:, : self.study.n_pre]).mean(axis=1))

    @property
    def mspe_ratio(self) -> Floats:
        """Mean squared gap after over before the treatment, shape (N,); infinite after a perfect fit, 0 if no gaps."""
        none = PERFECT * float(self.study.values.var())
        before, after = self.pre_mspe, np.square(self.gaps[:, self.study.n_pre :]).mean(axis=1)
        unbounded = np.where(after <= none, 0.0, np.inf)
        return np.where(before <= none, unbounded, after / np.where(before <= none, 1.0, before))

    @property
    def floor(self) -> float:
        """Smallest p that the test can give: one over the number of units ranked."""
        return 1.0 / len(self.units)

    def rank(self, name: Statistic = "mspe_ratio") -> int:
        """Return how many units, the treated one included, are at least as extreme as the treated unit."""
        if name not in STATISTICS:
            raise InputError(f"no statistic {name!r}", where="statistic", remedy=f"use one of {', '.join(STATISTICS)}")
        values = self.mspe_ratio if name == "mspe_ratio" else np.abs(self.estimates)
        # Rounding error must not break a tie in favour of the treated unit.
        slack = 0.0 if name == "mspe_ratio" else TIED * float(self.study.values.std())
        tied = np.isclose(values, values[0], rtol=TIED, atol=slack)
        return int((tied | (values > values[0])).sum())

    def p_value(self, name: Statistic = "mspe_ratio") -> float:
        """Return the exact randomisation p: rank over number of units, the treated unit counted in both."""
        return self.rank(name) * self.floor

    @property
    def standard_error(self) -> float:
        """Spread of the placebos' estimates, each donor once: Arkhangelsky et al. (2021), algorithm 4."""
        return float(self.estimates[1:].std(ddof=1))

    @property
    def degrees(self) -> int:
        """Degrees of freedom of Student's t, for a spread known from few placebos is itself uncertain."""
        return len(self.units) - 2

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the estimate, by the placebos' spread."""
        half = float(student.ppf(0.975, self.degrees)) * self.standard_error
        return float(self.estimates[0] - half), float(self.estimates[0] + half)

    @property
    def minimum_detectable_effect(self) -> float:
        """Effect that a two-sided t-test at 5 % finds with 80 % power: Bloom (1995), doi:10.1177/0193841X9501900504."""
        return float(student.ppf([0.975, 0.8], self.degrees).sum()) * self.standard_error

    def evidence(self) -> dict[str, Any]:
        """Return the estimate and its randomisation p by the ratio of mean squared gaps."""
        own = {"estimate": float(self.estimates[0]), "p_value": self.p_value(), "n": len(self.units)}
        return own | {"summary": self.sentence()}

    def table(self) -> pd.DataFrame:
        """Return one row per unit, by falling ratio of mean squared gaps."""
        columns = {"unit": self.units, "treated": np.arange(len(self.units)) == 0, "estimate": self.estimates}
        columns |= {"pre_rmspe": np.sqrt(self.pre_mspe), "mspe_ratio": self.mspe_ratio}
        return pd.DataFrame(columns).sort_values(["mspe_ratio", "unit"], ascending=[False, True], ignore_index=True)

    def sentence(self, name: Statistic = "mspe_ratio") -> str:
        """Say the rank of the treated unit and its p with the smallest p attainable."""
        return (
            f"{self.units[0]} ranks {self.rank(name)} of {len(self.units)} by {STATISTICS[name]} under {self.method}: "
            f"in-space placebo p = {self.p_value(name):.3f}, smallest attainable {self.floor:.3f}."
        )


@method
def space_placebos(study: Study, estimator: str | Estimator = DEFAULT) -> SpacePlacebos:
    """Repeat the study for every donor as if it had been treated.

    The placebos' pools leave out the donor itself and the unit that was really treated.

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
    donors = _several_donors(study)
    pools = [(target, [donor for donor in donors if donor != target]) for target in (0, *donors)]
    return SpacePlacebos(study, estimator_named(estimator).name, solve(study, estimator, pools)[1])


def _several_donors(study: Study) -> range:
    if len(study.donors) < 2:
        raise InputError("a second donor is needed", where=f"study of {study.treated}", remedy="add donors")
    return range(1, len(study.units))


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
    study, estimator
        As in `space_placebos`; so are the errors.
    """
    placebos = space_placebos(study, estimator)
    ends, detectable, p_value = placebos.interval(), placebos.minimum_detectable_effect, placebos.p_value("absolute")
    estimate = float(placebos.estimates[0])
    return Comparison(fit(study, estimator), placebos, estimate, *ends, detectable, p_value, len(placebos.units))


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
    study = Study.from_panel(
        panel,
        treated=treated,
        first_treated=first_treated,
        outcome=outcome,
        unit=unit,
        time=time,
        donors=donors,
        first=first,
        last=last,
        post_from=post_from,
        placebo_time=placebo_time,
        sd=sd,
    )
    return compare_study(study, estimator)


@method
def leave_one_out(study: HasStudy, estimator: str | Estimator = DEFAULT) -> Estimate:
    """Repeat the study without each donor in turn: the ends are the smallest and the largest of these estimates.

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
    whole, chosen = study.study, estimator_named(estimator)
    donors = _several_donors(whole)
    pools = [list(donors), *([donor for donor in donors if donor != out] for out in donors)]
    gaps = solve(whole, chosen, [(0, pool) for pool in pools])[1]
    estimates = gaps[:, whole.n_pre :].mean(axis=1)
    estimate, refits = float(estimates[0]), estimates[1:]
    fitted = np.sqrt(np.square(gaps[1:, : whole.n_pre]).mean(axis=1))
    low, high = int(np.argmin(refits)), int(np.argmax(refits))
    flips = bool((np.sign(refits) == -np.sign(estimate)).any() and estimate != 0)
    words = (
        f"With one donor left out at a time the estimate runs from {refits[low]:+.4g} ({whole.donors[low]}) to "
        f"{refits[high]:+.4g} ({whole.donors[high]}); its sign {'changes' if flips else 'does not change'}; the "
        f"estimate for {whole.outcome} of {whole.treated} is {estimate:+.4g} ({chosen.name})."
    )
    return Estimate(
        words,
        name=whole.outcome,
        estimate=estimate,
        lower=float(refits[low]),
        upper=float(refits[high]),
        n=len(refits),
        more={"sign_flips": flips},
        rows=pd.DataFrame({"donor left out": whole.donors, "estimate": refits, "pre_rmspe": fitted}),
    )


@method
def non_inferiority(
    comparison: SpacePlacebos | Comparison, *, margin: float, level: float = 0.95, higher_is_better: bool = True
) -> Estimate:
    """Test the hypothesis that the improvement is at least as large as a margin.

    Parameters
    ----------
    comparison : SpacePlacebos or Comparison
    margin : float
        Smallest improvement of interest, positive, in units of the outcome.
    level : float
        One-sided confidence of the upper bound.
    higher_is_better : bool
        Whether an increase of the outcome is an improvement.

    Returns
    -------
    Estimate
        The improvement with its two-sided 95 % interval; ``p_value`` of an improvement of at least the margin;
        ``bound``, the one-sided upper one, and ``ruled_out``, whether it is below the margin.

    Raises
    ------
    InputError
        If the margin is not positive or the level no share.

    References
    ----------
    Piaggio, G. et al. (2012). Reporting of noninferiority and equivalence randomized trials. JAMA 308(24), 2594-2604.
    doi:10.1001/jama.2012.87802
    """
    if not margin > 0 or not 0 < level < 1:
        what = f"margin {margin} must be positive and level {level} between 0 and 1"
        raise InputError(what, where="non-inferiority", remedy="state the smallest improvement of interest")
    placebos = comparison.placebos if isinstance(comparison, Comparison) else comparison
    sign = 1.0 if higher_is_better else -1.0
    spread, degrees = placebos.standard_error, placebos.degrees
    estimate = sign * float(placebos.estimates[0])
    lower, upper = sorted(sign * end for end in placebos.interval())
    bound = estimate + float(student.ppf(level, degrees)) * spread
    multiple = (estimate - margin) / spread if spread > 0 else math.copysign(math.inf, estimate - margin)
    p_value = float(student.cdf(multiple, degrees))
    words = (
        f"The change towards the margin is {estimate:+.4g} with a one-sided {100 * level:g}% upper bound of "
        f"{bound:+.4g}: one of {margin:g} or more {'is' if bound < margin else 'cannot be'} ruled out (non-inferiority "
        f"p = {p_value:.3f}, {len(placebos.units) - 1} placebos)."
    )
    return Estimate(
        words,
        name=placebos.study.outcome,
        estimate=estimate,
        lower=lower,
        upper=upper,
        p_value=p_value,
        n=len(placebos.units),
        minimum_detectable_effect=placebos.minimum_detectable_effect,
        more={"margin": margin, "bound": bound, "level": level, "ruled_out": bound < margin},
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
) -> Estimate:
    """Draw the outcomes of all units from their measurement errors, refit, and pool by Rubin's rules.

    Each draw repeats all in-space placebos, so that p-values too allow for measurement. Errors are normal with the
    study's standard deviations and the same correlation between any two times of a unit; the same normal numbers serve
    all correlations.

    Parameters
    ----------
    study : Study, or a result with one
        With ``sd``.
    estimator : str or Estimator
        As in `fit`.
    correlation : float
        From 0 to 1.
    draws, seed : int
    statistic : {"mspe_ratio", "absolute"}
        Whose ranks give the p, which is averaged over draws.

    Returns
    -------
    Estimate
        Also ``within`` and ``between``, the mean placebo variance and the variance of the estimates over draws;
        ``standard_error``, the root of Rubin's total variance, and its ``degrees`` of freedom.

    Raises
    ------
    InputError
        If the study has no standard deviations, the correlation is not in 0 to 1, or there are fewer than two draws.

    References
    ----------
    Rubin (1987), chapter 3. doi:10.1002/9780470316696
    """
    whole, chosen = study.study, estimator_named(estimator)
    if whole.sd is None:
        raise InputError("no standard deviations of measurement", where="study", remedy="build it with sd=<column>")
    if draws < 2:
        raise InputError(f"{draws} draws give no variance", where="draws", remedy="use 200")
    errors = whole.sd * correlated_normal(correlation, (draws, *whole.values.shape), seed)
    drawn = [space_placebos(replace(whole, values=readonly(whole.values + error)), chosen) for error in errors]
    estimates = np.array([placebos.estimates[0] for placebos in drawn])
    within, between = float(np.mean([item.standard_error**2 for item in drawn])), float(estimates.var(ddof=1))
    added = (1 + 1 / draws) * between
    degrees = (draws - 1) * (1 + within / added) ** 2 if added > 0 else math.inf
    estimate, error = float(estimates.mean()), math.sqrt(within + added)
    half = float(student.ppf(0.975, degrees)) * error
    p_value = float(np.mean([placebos.p_value(statistic) for placebos in drawn]))
    words = (
        f"With measurement error drawn {draws} times and refitted ({chosen.name}), the effect on {whole.outcome} of "
        f"{whole.treated} is {estimate:+.4g} (95% interval by Rubin's rules {estimate - half:+.4g} to "
        f"{estimate + half:+.4g}), placebo p {p_value:.3f}, if errors within a unit correlate {correlation:g}."
    )
    return Estimate(
        words,
        name=whole.outcome,
        estimate=estimate,
        lower=estimate - half,
        upper=estimate + half,
        p_value=p_value,
        n=len(whole.units),
        more={"within": within, "between": between, "standard_error": error, "degrees": degrees},
    )
