"""Two Poisson counts compared, and how much dependence between their cases the finding would bear.

The rate ratio is that of the second period to the first (see `analysis.methods.count_tests`): a fall is below 1.
Counts of arrests or attacks come in clumps, which the Poisson tests do not know. Two break-even numbers say how much
clumping would undo the finding: the variance/mean ratio, and the number of linked cases set aside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis.errors import InputError
from analysis.methods.count_tests import (
    METHODS,
    Exposures,
    Interval,
    central_p,
    check_counts,
    check_level,
    count_test,
    exposure_scale,
    jeffreys_ratio,
    odds,
    p_text,
    rate_ratio_interval,
    share_of_second,
)
from analysis.methods.counts_power import minimum_detectable_ratio
from analysis.methods.result import Result, method


@dataclass(frozen=True, slots=True)
class CountComparison(Result):
    """Two counts compared.

    Attributes
    ----------
    first, second : int
        Cases in the two periods.
    exposures : tuple of float
        Exposures of the two periods, in the same unit.
    ratio : Interval
        Rate ratio with the exact central interval.
    posterior : Interval
        Median and equal-tailed interval of the ratio under Jeffreys priors.
    probability_of_fall : float
        Posterior probability that the ratio is below 1.
    p_central, p_minlike, p_mid, p_mid_minlike, p_e_test : float
        Two-sided p of equal rates by its five definitions (see `analysis.methods.count_tests`).
    detectable : tuple of float
        Ratios nearest to 1, below and above, found with 80% power if the first count is the expected one; nan if none.
    break_even_dispersion : float
        Variance/mean ratio of the counts at which the Wald interval of the log ratio reaches 0; nan with a count of 0.
    break_even_removal : int
        Cases of the period with the higher rate to be set aside before the central p reaches ``1 - level``.
    labels : tuple of str
        Names of the periods.
    unit : str
        What is counted.
    """

    first: int
    second: int
    exposures: Exposures
    ratio: Interval
    posterior: Interval
    probability_of_fall: float
    p_central: float
    p_minlike: float
    p_mid: float
    p_mid_minlike: float
    p_e_test: float
    detectable: tuple[float, float]
    break_even_dispersion: float
    break_even_removal: int
    labels: tuple[str, str]
    unit: str

    def table(self) -> pd.DataFrame:
        """Return one row per quantity: value, ends of the interval where there is one, and method."""
        r, b, none = self.ratio, self.posterior, math.nan
        rows = [
            ("rate ratio", r.estimate, r.lower, r.upper, f"exact central {100 * r.level:g}% interval"),
            ("rate ratio", b.estimate, b.lower, b.upper, f"Jeffreys posterior median and {100 * b.level:g}% interval"),
            ("P(ratio < 1)", self.probability_of_fall, none, none, "Jeffreys posterior"),
            ("p, two-sided", self.p_central, none, none, "central exact conditional test"),
            ("p, two-sided", self.p_minlike, none, none, "minlike exact conditional test"),
            ("p, two-sided", self.p_mid, none, none, "mid-p, twice the smaller tail"),
            ("p, two-sided", self.p_mid_minlike, none, none, "mid-p of minlike (statsmodels cond-midp)"),
            ("p, two-sided", self.p_e_test, none, none, "E-test"),
            ("detectable fall", self.detectable[0], none, none, "central exact test, 80% power"),
            ("detectable rise", self.detectable[1], none, none, "central exact test, 80% power"),
            ("break-even dispersion", self.break_even_dispersion, none, none, "Wald, variance/mean"),
            ("break-even removal", self.break_even_removal, none, none, "cases, central exact test"),
        ]
        return pd.DataFrame(rows, columns=["quantity", "value", "lower", "upper", "method"])

    def evidence(self) -> dict[str, Any]:
        """Return the rate ratio, the central p, and the change that would be found in the direction of the finding."""
        found = {"p_value": self.p_central, "n": self.first + self.second, "summary": self.sentence()}
        smallest = self.detectable[1 if self.ratio.estimate > 1 else 0]
        return self.ratio.evidence() | found | ({} if math.isnan(smallest) else {"minimum_detectable_effect": smallest})

    def sentence(self) -> str:
        """Say the counts, the ratio with its interval, the tests, the power, and what would undo the finding."""
        r, (a, b) = self.ratio, self.labels
        counts = f"{self.first} {self.unit} in {a} and {self.second} in {b}"
        if self.exposures[0] != self.exposures[1]:
            counts += f" (exposures {self.exposures[0]:g} and {self.exposures[1]:g})"
        if not self.first + self.second:
            return f"{counts}: the rate ratio is not defined."
        return (
            f"{counts}: rate ratio {r.estimate:.3f} (exact central {100 * r.level:g}% interval {r.lower:.3f} to "
            f"{r.upper:.3f}; exact conditional test {p_text(self.p_central)}, E-test {p_text(self.p_e_test)}). "
            f"{self._power()} {self._undone()}"
        )

    def _power(self) -> str:
        """The smallest change in the direction of the finding that the test would see."""
        fall, rise = self.detectable
        if not self.first:
            return "From a first count of 0 the power is not known."
        if self.ratio.estimate > 1:
            found = f"a rise to {rise:.2f} times the first rate or more"
        else:
            found = "no fall at all" if math.isnan(fall) else f"a fall to {fall:.2f} of the first rate or less"
        return (
            f"With {self.first} {self.unit} expected in {self.labels[0]}, the exact test finds {found} with 80% power."
        )

    def _undone(self) -> str:
        """What would undo a significant difference."""
        level = f"at the {100 - 100 * self.ratio.level:g}% level"
        if not self.break_even_removal:
            return f"The difference is not significant {level}."
        ways = f"by setting aside {self.break_even_removal} of the {self.unit} as linked to others"
        if self.break_even_dispersion >= 1:
            ways += f", or by a variance of {self.break_even_dispersion:.2f} times the mean"
        return f"Its significance {level} would be undone {ways}."


def break_even_dispersion(first: int, second: int, *, exposures: Exposures = (1.0, 1.0), level: float = 0.95) -> float:
    """Return the variance/mean ratio of the counts at which the Wald interval of the log rate ratio reaches 0.

    ``(ln RR)^2 / (z^2 (1/first + 1/second))``: a value below 1 means that there is no significant difference even
    between Poisson counts.

    Raises
    ------
    InputError
        As `count_test`, or if a count is 0, where the log ratio is infinite.
    """
    check_counts(first, second)
    check_level(level)
    if not first or not second:
        raise InputError("a count is 0, its log ratio infinite", where="counts", remedy="use break_even_removal")
    log_ratio = math.log(odds(second, first) * exposure_scale(exposures))
    return log_ratio**2 / (float(norm.isf((1 - level) / 2)) ** 2 * (1 / first + 1 / second))


def break_even_removal(first: int, second: int, *, exposures: Exposures = (1.0, 1.0), alpha: float = 0.05) -> int:
    """Return how many cases of the period with the higher rate must be set aside, as linked, before central p >= alpha.

    0 means that the difference is not significant as it is. Parameters and errors are those of `count_test`.
    """
    check_counts(first, second)
    falls = second * exposures[0] < first * exposures[1]
    removed = np.arange((first if falls else second) + 1)
    firsts, seconds = (first - removed, second + 0 * removed) if falls else (first + 0 * removed, second - removed)
    return int(np.argmax(central_p(firsts, seconds, share_of_second(exposures)) >= alpha))


@method
def compare_counts(
    first: int,
    second: int,
    *,
    exposures: Exposures = (1.0, 1.0),
    level: float = 0.95,
    labels: tuple[str, str] = ("the first period", "the second period"),
    unit: str = "cases",
) -> CountComparison:
    """Return all that two counts can say of the ratio of the second rate to the first.

    Parameters
    ----------
    first, second : int
        Cases in the first and second period.
    exposures : tuple of float
        Exposures of the two periods, in the same unit; default equal.
    level : float
        Coverage of the intervals; ``1 - level`` is the level of the tests in the break-evens and the power.
    labels, unit
        Names of the periods, and what is counted, for the sentence.

    Raises
    ------
    InputError
        If a count is not a whole number from 0, an exposure is not positive, or the level is not between 0 and 1.

    Examples
    --------
    >>> result = compare_counts(46, 25, labels=("2019", "2020"), unit="detentions")
    >>> round(result.ratio.estimate, 3), round(result.p_central, 3)
    (0.543, 0.017)
    """
    check_level(level)
    posterior, probability_of_fall = jeffreys_ratio(first, second, exposures=exposures, level=level)
    detectable = (
        minimum_detectable_ratio(first, exposures=exposures, alpha=1 - level) if first else math.nan,
        minimum_detectable_ratio(first, exposures=exposures, alpha=1 - level, direction="rise") if first else math.nan,
    )
    dispersion = (
        break_even_dispersion(first, second, exposures=exposures, level=level) if first and second else math.nan
    )
    return CountComparison(
        first=int(first),
        second=int(second),
        exposures=exposures,
        ratio=rate_ratio_interval(first, second, exposures=exposures, level=level),
        posterior=posterior,
        probability_of_fall=probability_of_fall,
        **_p_values(first, second, exposures),
        detectable=detectable,
        break_even_dispersion=dispersion,
        break_even_removal=break_even_removal(first, second, exposures=exposures, alpha=1 - level),
        labels=labels,
        unit=unit,
    )


def _p_values(first: int, second: int, exposures: Exposures) -> dict[str, float]:
    """Two-sided p of equal rates by field name."""
    fields = ("p_central", "p_minlike", "p_mid", "p_mid_minlike", "p_e_test")
    return {
        field: count_test(first, second, exposures=exposures, method=method)
        for field, method in zip(fields, METHODS, strict=True)
    }
