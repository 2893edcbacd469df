"""What a study could have found: minimum detectable effect, and non-inferiority against a margin fixed beforehand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.result import Result, method
from analysis.methods.synthetic.placebos import SpacePlacebos
from analysis.methods.synthetic.uncertainty import placebo_se


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


@dataclass(frozen=True, slots=True)
class NonInferiority(Result):
    """Whether an improvement as large as the margin can be ruled out.

    Attributes
    ----------
    estimate, margin : float
        In units of the outcome; both positive for an improvement.
    upper : float
        Upper confidence bound of the improvement from the placebos' standard deviation.
    upper_rank : float
        Upper confidence bound from the placebos' ranks; infinite if there are too few placebos for the level.
    p_value, p_rank : float
        Of the hypothesis that the improvement is at least the margin, by Student's t and by placebo rank.
    level : float
        One-sided confidence.
    placebos : int
    """

    estimate: float
    margin: float
    upper: float
    upper_rank: float
    p_value: float
    p_rank: float
    level: float
    placebos: int

    @property
    def ruled_out(self) -> bool:
        """Whether both upper bounds are below the margin."""
        return bool(self.upper < self.margin and self.upper_rank < self.margin)

    def table(self) -> pd.DataFrame:
        """Return one row with bounds, p-values and conclusion."""
        names = ("estimate", "margin", "upper", "upper_rank", "p_value", "p_rank", "level", "placebos")
        return pd.DataFrame([{**{n: getattr(self, n) for n in names}, "ruled_out": self.ruled_out}])

    def sentence(self) -> str:
        """Say the bound and whether it rules the margin out."""
        verdict = "is ruled out" if self.ruled_out else "cannot be ruled out"
        return (
            f"The improvement is {self.estimate:+.4g} with a one-sided {100 * self.level:g}% upper bound of "
            f"{self.upper:+.4g} (by placebo ranks {self.upper_rank:+.4g}): an improvement of {self.margin:g} or more "
            f"{verdict} (non-inferiority p = {self.p_value:.3f}, by ranks {self.p_rank:.3f}, {self.placebos} placebos)."
        )


@method
def non_inferiority(
    placebos: SpacePlacebos, *, margin: float, level: float = 0.95, higher_is_better: bool = True
) -> NonInferiority:
    """Test the hypothesis that the improvement is at least as large as a margin.

    Parameters
    ----------
    placebos : SpacePlacebos
    margin : float
        Smallest improvement of interest, positive, in units of the outcome.
    level : float
        One-sided confidence of the upper bounds.
    higher_is_better : bool
        Whether an increase of the outcome is an improvement.

    Raises
    ------
    InputError
        If the margin is not positive, the level no share, or fewer than two placebos count.

    Notes
    -----
    The rank bound inverts a placebo test: if the improvement were m, the estimate less m would be as the placebo
    estimates are, so m is kept while that is not among the lowest ``1 - level`` of them.

    References
    ----------
    Piaggio, G. et al. (2012). Reporting of noninferiority and equivalence randomized trials. JAMA 308(24), 2594-2604.
    doi:10.1001/jama.2012.87802
    """
    if not margin > 0 or not 0 < level < 1:
        what = f"margin {margin} must be positive and level {level} between 0 and 1"
        raise InputError(what, where="non-inferiority", remedy="state the smallest improvement of interest")
    sign = 1.0 if higher_is_better else -1.0
    estimate = sign * float(placebos.estimates[0])
    effects = np.sort(sign * placebos.placebo_estimates)
    error = placebo_se(placebos)
    count = len(effects)
    below = int(np.floor(round((1 - level) * (count + 1), 9)))
    upper_rank = estimate - float(effects[below - 1]) if below >= 1 else float("inf")
    beyond = estimate - margin
    multiple = beyond / error.standard_error if error.standard_error > 0 else math.copysign(math.inf, beyond)
    return NonInferiority(
        estimate=estimate,
        margin=margin,
        upper=estimate + error.quantile(level) * error.standard_error,
        upper_rank=upper_rank,
        p_value=error.share_below(multiple),
        p_rank=(1 + int((effects <= estimate - margin).sum())) / (count + 1),
        level=level,
        placebos=count,
    )
