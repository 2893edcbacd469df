"""What the spread of the placebos says: standard error, detectable effect, non-inferiority against a fixed margin.

References
----------
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic difference-in-differences.
American Economic Review 111(12), 4088-4118. doi:10.1257/aer.20190159
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd
from scipy.stats import t as student

from analysis.errors import InputError
from analysis.methods.result import Result, method
from analysis.methods.synthetic.placebos import SpacePlacebos


@dataclass(frozen=True, slots=True)
class StandardError(Result):
    """A standard error from the spread of a few placebos, and the interval of Student's t around the estimate.

    Attributes
    ----------
    estimate, standard_error : float
        In units of the outcome.
    placebos : int
        Number of placebos behind it; Student's t has one degree of freedom less.
    """

    estimate: float
    standard_error: float
    placebos: int

    @property
    def degrees(self) -> int:
        """Degrees of freedom of Student's t."""
        return self.placebos - 1

    def quantile(self, share: float) -> float:
        """Return a quantile of estimates less truth, in standard errors."""
        return float(student.ppf(share, self.degrees))

    def share_below(self, multiple: float) -> float:
        """Return the share of estimates less truth below a number of standard errors."""
        return float(student.cdf(multiple, self.degrees))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval at a level."""
        if not 0 < level < 1:
            raise InputError(f"{level} is not between 0 and 1", where="level", remedy="use a share such as 0.95")
        half = self.quantile((1 + level) / 2) * self.standard_error
        return self.estimate - half, self.estimate + half

    def evidence(self) -> dict[str, Any]:
        """Return the estimate with its 95% interval."""
        return Result.evidence(self) | {"interval": self.interval(), "n": self.placebos + 1}

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Return one row: estimate, standard error, interval."""
        low, high = self.interval(level)
        row = {"estimate": self.estimate, "standard_error": self.standard_error, "lower": low, "upper": high}
        return pd.DataFrame([{**row, "placebos": self.placebos}])

    def sentence(self, level: float = 0.95) -> str:
        """Say estimate, standard error and interval."""
        low, high = self.interval(level)
        return (
            f"The estimate is {self.estimate:+.4g} with a placebo standard error of {self.standard_error:.3g} "
            f"({self.placebos} placebos); t({self.degrees}) {100 * level:g}% interval {low:+.4g} to {high:+.4g}."
        )


@method
def placebo_se(placebos: SpacePlacebos) -> StandardError:
    """Return the placebo standard error: the spread of the estimates for units that were not treated.

    Every donor is used once, so nothing is random, and the interval is Student's with one degree of freedom less than
    donors: a spread known from few placebos is itself uncertain.

    Parameters
    ----------
    placebos : SpacePlacebos
        Of all donors.

    References
    ----------
    Arkhangelsky et al. (2021), algorithm 4 with one treated unit. doi:10.1257/aer.20190159
    """
    effects = placebos.placebo_estimates
    return StandardError(float(placebos.estimates[0]), float(effects.std(ddof=1)), len(effects))


@dataclass(frozen=True, slots=True)
class DetectableEffect(Result):
    """Smallest effect that a two-sided test would find with the stated power.

    Attributes
    ----------
    effect : float
        In units of the outcome; a multiple of the placebo standard deviation: 2.8 at 5% and 80% power with
        many placebos, more with few.
    standard_error : float
    alpha, power : float
    """

    effect: float
    standard_error: float
    alpha: float
    power: float

    @property
    def minimum_detectable_effect(self) -> float:
        """The effect by the name that evidence has for it."""
        return self.effect

    def sentence(self) -> str:
        """Say the effect and the power."""
        return (
            f"A two-sided test at {100 * self.alpha:g}% finds an effect of {self.effect:.3g} with probability "
            f"{self.power:g}, and smaller ones less often (placebo standard deviation {self.standard_error:.3g})."
        )


@method
def minimum_detectable_effect(placebos: SpacePlacebos, *, alpha: float = 0.05, power: float = 0.8) -> DetectableEffect:
    """Return the effect that a two-sided t-test finds with the stated power, from the placebos' spread.

    Parameters
    ----------
    placebos : SpacePlacebos
    alpha, power : float

    Raises
    ------
    InputError
        If level or power are not shares, or fewer than two placebos count.

    References
    ----------
    Bloom, H. S. (1995). Minimum detectable effects. Evaluation Review 19(5), 547-556. doi:10.1177/0193841X9501900504
    """
    if not (0 < alpha < 1 and 0 < power < 1):
        raise InputError(f"alpha {alpha} and power {power} must lie between 0 and 1", where="power")
    error = placebo_se(placebos)
    multiple = error.quantile(1 - alpha / 2) + error.quantile(power)
    return DetectableEffect(multiple * error.standard_error, error.standard_error, alpha, power)


class HasPlacebos(Protocol):
    """A result that has in-space placebos."""

    @property
    def placebos(self) -> SpacePlacebos:
        """The placebos."""
        ...


@dataclass(frozen=True, slots=True)
class NonInferiority(Result):
    """Whether an improvement as large as the margin can be ruled out.

    Attributes
    ----------
    estimate, margin : float
        In units of the outcome; both positive for an improvement.
    bound : float
        Upper confidence bound of the improvement, from the placebos' standard deviation.
    p_value : float
        Of the hypothesis that the improvement is at least the margin, by Student's t.
    level : float
        One-sided confidence.
    placebos : int
    interval : tuple of float
        Two-sided 95% interval of the improvement.
    minimum_detectable_effect : float
        Smallest change that a two-sided test finds with 80% power.
    """

    estimate: float
    margin: float
    bound: float
    p_value: float
    level: float
    placebos: int
    interval: tuple[float, float]
    minimum_detectable_effect: float

    def evidence(self) -> dict[str, Any]:
        """Return the improvement with its two-sided 95% interval and the p of the margin."""
        return Result.evidence(self) | {"interval": self.interval, "n": self.placebos + 1}

    @property
    def ruled_out(self) -> bool:
        """Whether the bound is below the margin."""
        return self.bound < self.margin

    def sentence(self) -> str:
        """Say the bound and whether it rules the margin out."""
        verdict = "is ruled out" if self.ruled_out else "cannot be ruled out"
        return (
            f"The change towards the margin is {self.estimate:+.4g} with a one-sided {100 * self.level:g}% upper bound "
            f"of {self.bound:+.4g}: one of {self.margin:g} or more {verdict} (non-inferiority "
            f"p = {self.p_value:.3f}, {self.placebos} placebos)."
        )


@method
def non_inferiority(
    comparison: SpacePlacebos | HasPlacebos, *, margin: float, level: float = 0.95, higher_is_better: bool = True
) -> NonInferiority:
    """Test the hypothesis that the improvement is at least as large as a margin.

    Parameters
    ----------
    comparison : SpacePlacebos, or a result that has them
    margin : float
        Smallest improvement of interest, positive, in units of the outcome.
    level : float
        One-sided confidence of the upper bound.
    higher_is_better : bool
        Whether an increase of the outcome is an improvement.

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
    error = placebo_se(comparison if isinstance(comparison, SpacePlacebos) else comparison.placebos)
    sign = 1.0 if higher_is_better else -1.0
    low, high = sorted(sign * end for end in error.interval())
    beyond, spread = sign * error.estimate - margin, error.standard_error
    multiple = beyond / spread if spread > 0 else math.copysign(math.inf, beyond)
    return NonInferiority(
        estimate=sign * error.estimate,
        margin=margin,
        bound=sign * error.estimate + error.quantile(level) * spread,
        p_value=error.share_below(multiple),
        level=level,
        placebos=error.placebos,
        interval=(low, high),
        minimum_detectable_effect=(error.quantile(0.975) + error.quantile(0.8)) * spread,
    )
