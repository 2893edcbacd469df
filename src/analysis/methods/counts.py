"""Two Poisson counts compared, and how much dependence between their cases the finding would bear.

The rate ratio is that of the second period to the first (see `analysis.methods.count_tests`): a fall is below 1.
Counts of arrests or attacks come in clumps, which the Poisson tests do not know. Two break-even numbers say how much
clumping would undo the finding: the variance/mean ratio, and the number of linked cases set aside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from analysis.methods.count_tests import (
    METHODS,
    Exposures,
    Interval,
    check_level,
    count_test,
    jeffreys_ratio,
    noninferiority_p,
    p_text,
    rate_ratio_interval,
)
from analysis.methods.counts_break_even import break_even_dispersion, break_even_removal
from analysis.methods.counts_power import minimum_detectable_ratio
from analysis.methods.result import Result, method

Change = Literal["fall", "rise"]


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
    margin : float or None
        Rate ratio against which the comparison is one-sided, if it is.
    about : {"fall", "rise"} or None
        Change that is asked about; None means the one that was found.
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
    margin: float | None = None
    about: Change | None = None

    @property
    def finding(self) -> Literal["fall", "rise", "open"]:
        """What the exact interval says: a fall, a rise, or open if it holds equal rates."""
        if self.ratio.upper < 1:
            return "fall"
        return "rise" if self.ratio.lower > 1 else "open"

    @property
    def p_margin(self) -> float:
        """One-sided exact p of a change to the margin or beyond; nan without a margin."""
        if self.margin is None:
            return math.nan
        return noninferiority_p(self.first, self.second, margin=self.margin, exposures=self.exposures)

    @property
    def break_even_interval(self) -> tuple[float, float]:
        """Wald interval at the break-even dispersion: one end is 1; nan if Poisson counts already hold 1."""
        if not self.break_even_dispersion >= 1:
            return math.nan, math.nan
        half = abs(math.log(self.ratio.estimate))
        return self.ratio.estimate * math.exp(-half), self.ratio.estimate * math.exp(half)

    def without_linked(self) -> CountComparison:
        """Return the comparison with as many cases set aside as linked as bring its central p to ``1 - level``."""
        falls = self.second * self.exposures[0] < self.first * self.exposures[1]
        removed = (self.break_even_removal, 0) if falls else (0, self.break_even_removal)
        options: dict[str, Any] = {"exposures": self.exposures, "level": self.ratio.level, "labels": self.labels}
        return compare_counts(self.first - removed[0], self.second - removed[1], unit=self.unit, **options)

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
        """Return the rate ratio, the p of equal rates or of the margin, and the change that would be found."""
        p = self.p_central if self.margin is None else self.p_margin
        found = {"p_value": p, "n": self.first + self.second, "summary": self.sentence()}
        about = self.about or ("rise" if (self.margin or self.ratio.estimate) > 1 else "fall")
        smallest = self.detectable[1 if about == "rise" else 0]
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
            f"{self._power()} {self._undone()}{self._against_margin()}"
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

    def _against_margin(self) -> str:
        if self.margin is None:
            return ""
        beyond = "a fall to {} times the first rate or lower" if self.margin < 1 else "no rise beyond {} times it"
        return f" One-sided exact test of {beyond.format(f'{self.margin:g}')}: {p_text(self.p_margin)}."

    def _undone(self) -> str:
        """What would undo a significant difference."""
        level = f"at the {100 - 100 * self.ratio.level:g}% level"
        if not self.break_even_removal:
            return f"The difference is not significant {level}."
        ways = f"by setting aside {self.break_even_removal} of the {self.unit} as linked to others"
        if self.break_even_dispersion >= 1:
            ways += f", or by a variance of {self.break_even_dispersion:.2f} times the mean"
        return f"Its significance {level} would be undone {ways}."


@method
def compare_counts(
    first: int,
    second: int,
    *,
    exposures: Exposures = (1.0, 1.0),
    level: float = 0.95,
    labels: tuple[str, str] = ("the first period", "the second period"),
    unit: str = "cases",
    margin: float | None = None,
    about: Change | None = None,
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
    margin : float, optional
        Smallest rate ratio of interest: the p-value is then the one-sided one of a change to it or beyond.
    about : {"fall", "rise"}, optional
        Change whose smallest detectable size stands in the evidence; by default that of the margin or the finding.

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
        margin=margin,
        about=about,
    )


def _p_values(first: int, second: int, exposures: Exposures) -> dict[str, float]:
    """Two-sided p of equal rates by field name."""
    fields = ("p_central", "p_minlike", "p_mid", "p_mid_minlike", "p_e_test")
    return {
        field: count_test(first, second, exposures=exposures, method=method)
        for field, method in zip(fields, METHODS, strict=True)
    }
