"""The placebo standard error and the interval that it gives.

References
----------
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic difference-in-differences.
American Economic Review 111(12), 4088-4118. doi:10.1257/aer.20190159
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
