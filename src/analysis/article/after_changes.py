"""Steps of notebook 07: plain changes between two years, with the error of measurement that is known of each source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.article.assessments import conclusion
from analysis.article.measures import PRESS_FREEDOM, Spec, vdem
from analysis.article.reform_checks import CORRELATIONS
from analysis.claims.evidence import Measure
from analysis.errors import InputError

#: Window of the registered estimand.
WINDOW = (2019, 2021)
#: The registered index, and the one whose errors are published: the errors of the first are borrowed from the second.
INDEX, WITH_ERRORS = vdem("v2xcs_ccsi", "v12"), vdem("v2x_polyarchy", "v15")
LATER = vdem("v2xcs_ccsi", "v14")
#: Freedom House's total; its items are whole points.
POINTS = next(spec for spec in PRESS_FREEDOM["v12"] if spec.columns == ("total",))
#: Country where the same reading has to find a worsening, if it can find any.
CONTROL = "BLR"
# So many country-years, nearest in level and since that year, lend their errors.
_LENDERS, _SINCE = 200, 2000
# 97.5 % point, and with it the 80 % point, of the normal distribution.
_TWO_SIDED, _DETECTABLE = float(norm.ppf(0.975)), float(norm.ppf(0.975) + norm.ppf(0.8))


@dataclass(frozen=True, slots=True)
class Trial:
    """How errors of measurement are drawn.

    Attributes
    ----------
    country : str
        ISO3 code.
    correlation : float
        Correlation of the errors of two years, 0 to 1.
    draws, seed : int
    """

    country: str
    correlation: float
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class Change:
    """Difference of one measure between two years, with the error of measurement drawn.

    Attributes
    ----------
    spec : Spec
        The measure; positive is better.
    years : tuple of int
        First and last year.
    values : tuple of float
        Values of the two years.
    margin : float
        Smallest effect of interest.
    correlation : float
        Assumed correlation of the two years' errors.
    lower, upper : float
        95 % interval of the difference over draws.
    sd : float
        Standard deviation of the difference over draws.
    p_value : float
        Two-sided p of no change: twice the smaller share of draws on either side of it.
    """

    spec: Spec
    years: tuple[int, int]
    values: tuple[float, float]
    margin: float
    correlation: float
    lower: float
    upper: float
    sd: float
    p_value: float

    @property
    def estimate(self) -> float:
        """Difference, last year less first."""
        return self.values[1] - self.values[0]

    @property
    def detectable(self) -> float:
        """Smallest change that would be found with 80 % power."""
        return _DETECTABLE * self.sd

    def table(self) -> pd.DataFrame:
        """Return one row: years, values, difference with interval, p and detectable change."""
        row = {"measure": self.spec.label, "first_year": self.years[0], "last_year": self.years[1]}
        row |= {"first": self.values[0], "last": self.values[1], "change": self.estimate, "lower": self.lower}
        row |= {"upper": self.upper, "p_value": self.p_value, "detectable": self.detectable, "margin": self.margin}
        return pd.DataFrame([row])

    def sentence(self) -> str:
        """Say both values, the difference with its interval, and what could have been found."""
        better = conclusion(self.estimate, self.lower, self.upper, self.margin)
        worse = conclusion(-self.estimate, -self.upper, -self.lower, self.margin)
        return (
            f"{self.spec.label} goes from {self.values[0]:.3g} in {self.years[0]} to {self.values[1]:.3g} in "
            f"{self.years[1]}: {self.estimate:+.3g} {self.spec.unit} (95% of draws {self.lower:+.3g} to "
            f"{self.upper:+.3g}, errors correlated {self.correlation:g}; smallest detectable change "
            f"{self.detectable:.3g}). Of a change of {self.margin:g}: improvement {better}, worsening {worse}."
        )

    def measure(self, *, worse: bool) -> Measure:
        """Return the change as evidence, turned round where the rule is against a worsening."""
        ends = (-self.upper, -self.lower) if worse else (self.lower, self.upper)
        return Measure(
            name=self.spec.label,
            producer=self.spec.producer,
            estimate=0.0 - self.estimate if worse else self.estimate,
            lower=ends[0],
            upper=ends[1],
            smallest_effect=self.margin,
        )


def change(
    frame: pd.DataFrame, spec: Spec, errors: pd.DataFrame, *, years: tuple[int, int], margin: float, trial: Trial
) -> Change:
    """Return the change of a measure between two years.

    Errors are normal with the measure's published standard deviation; borrowed from an index at the same level where
    none is published; and for Freedom House, whose items are whole points, within half a point of each item.

    Parameters
    ----------
    frame : pandas.DataFrame
        The measure's table.
    spec : Spec
        The measure.
    errors : pandas.DataFrame
        Table of the index whose errors are published.
    years : tuple of int
        First and last year.
    margin : float
        Smallest effect of interest.
    trial : Trial
        Country, draws, seed and correlation.

    Raises
    ------
    InputError
        The country has no value in one of the years.
    """
    first, last = values = _values(frame, spec, trial.country, years)
    if spec.table == POINTS.table:
        items = sum(name.startswith("item_") for name in frame)
        hidden = (norm.cdf(_normal(trial, items)) - 0.5).sum(axis=2)
    else:
        hidden = _normal(trial, 1)[:, :, 0] * _errors(frame, spec, errors, trial.country, years, values)
    drawn = last - first + hidden[:, 1] - hidden[:, 0]
    lower, upper = np.quantile(drawn, [0.025, 0.975])
    p = 2 * min(float((drawn <= 0).mean()), float((drawn >= 0).mean()))
    sd, p = float(drawn.std(ddof=1)), min(max(p, 1 / trial.draws), 1.0)
    return Change(spec, years, values, margin, trial.correlation, float(lower), float(upper), sd, p)


def _normal(trial: Trial, k: int) -> NDArray[np.float64]:
    """Return standard normal errors, shape (draws, 2 years, k); the same numbers serve all correlations."""
    rng = np.random.default_rng(trial.seed)
    shared, own = rng.standard_normal((trial.draws, 1, k)), rng.standard_normal((trial.draws, 2, k))
    return np.sqrt(trial.correlation) * shared + np.sqrt(1 - trial.correlation) * own


def _values(frame: pd.DataFrame, spec: Spec, country: str, years: Sequence[int]) -> tuple[float, float]:
    own = frame[frame["iso3"] == country].set_index("data_year")
    found = own[list(spec.columns)].astype(float).sum(axis=1, min_count=len(spec.columns)).reindex(years)
    if found.isna().any():
        what = f"{country} has no value in {found.index[found.isna()][0]}"
        raise InputError(what, where=spec.table, remedy="choose other years or another country")
    return float(found.iloc[0]), float(found.iloc[1])


def _errors(
    frame: pd.DataFrame, spec: Spec, errors: pd.DataFrame, country: str, years: Sequence[int], values: Sequence[float]
) -> NDArray[np.float64]:
    column = f"{spec.columns[0]}_sd"
    if column in frame:
        own = frame[frame["iso3"] == country].set_index("data_year")[column]
        return own.reindex(years).to_numpy(dtype=float)
    return np.array([borrowed_sd(errors, value) for value in values])


def borrowed_sd(errors: pd.DataFrame, level: float) -> float:
    """Return the median published standard deviation of electoral democracy where it stands near a level.

    Parameters
    ----------
    errors : pandas.DataFrame
        Table ``vdem_v15``.
    level : float
        Value of the index whose own errors are not published, 0 to 1.
    """
    column = WITH_ERRORS.columns[0]
    recent = errors[errors["data_year"] >= _SINCE]
    near = recent[column].sub(level).abs().nsmallest(_LENDERS, keep="all").index
    return float(recent.loc[near, f"{column}_sd"].median())


def break_even_sd(result: Change, correlation: float) -> float:
    """Return the standard deviation of each year's error from which a worsening of the margin is not ruled out."""
    return max(result.margin + result.estimate, 0.0) / (_TWO_SIDED * np.sqrt(2 * (1 - correlation)))


def break_even_sentence(result: Change, errors: pd.DataFrame) -> str:
    """Say how large the experts' errors may be before a worsening of the registered size is no longer ruled out."""
    each = ", ".join(f"{break_even_sd(result, c):.3f} at correlation {c:g}" for c in CORRELATIONS)
    used = " and ".join(f"{borrowed_sd(errors, value):.3f}" for value in result.values)
    return (
        f"{result.spec.label}: a worsening of {result.margin:g} is ruled out only if the standard deviation of each "
        f"year's error is below {each}; borrowed are {used}."
    )


def control_sentence(result: Change) -> str:
    """Say what the same reading finds where a worsening is expected."""
    return f"Positive control, {CONTROL}: {result.sentence()}"
