"""Which units score above which: a checked league table, and one-sided pairwise tests with one max-t critical value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods.result import Floats

Flags = NDArray[np.bool_]

CHUNK = 512  # pairs whose t-ratios are in memory at once: 4 MB at 1,000 draws
MIN_DRAWS = 100  # fewer draws cannot place a 95% quantile


@dataclass(frozen=True, slots=True)
class League:
    """Units, best first (ties by label), with their scores and errors.

    Attributes
    ----------
    unit : tuple of str
        Labels, length p.
    estimate, error : ndarray, shape (p,)
        Scores (higher is better) and standard errors.
    """

    unit: tuple[str, ...]
    estimate: Floats
    error: Floats

    @classmethod
    def read(cls, estimates: Any, errors: Any) -> League:
        """Return the league table of scores and errors (arrays, or Series matched by index), checked."""
        frame = _matched(estimates, errors).sort_index()
        x, se = finite(frame["x"], "estimates"), finite(frame["se"], "standard errors")
        require(bool((se > 0).all()), "a standard error is not positive")
        best = np.argsort(-x, kind="stable")
        return cls(tuple(frame.index[best]), x[best], se[best])

    def position(self, unit: str) -> int:
        """Return the row of a unit."""
        require(unit in self.unit, f"unit {unit!r} is not among the {len(self.unit)} ranked")
        return self.unit.index(unit)

    def draws(self, number: int, seed: int) -> Floats:
        """Return standard normal draws, shape (p, number), one row per unit; InputError if they are too few."""
        require(number >= MIN_DRAWS, f"{number} draws are fewer than {MIN_DRAWS}")
        return np.random.default_rng(seed).standard_normal((len(self.unit), number))


def pairs_found_above(league: League, family: Flags, *, z: Floats, coverage: float, stepdown: bool) -> Flags:
    """Return the pairs (j, k) of a family for which "unit j scores above unit k" is found.

    A pair is found when its t-ratio exceeds the ``coverage`` quantile of the largest t-ratio of the family under
    independent normal errors. Step-down takes the found pairs out, takes the quantile over the pairs that remain, and
    goes on until no more are found; the draws stay the same, so it finds at least what the single step finds.

    Parameters
    ----------
    league : League
        The p units.
    family : ndarray of bool, shape (p, p)
        Ordered pairs to be tested; the diagonal is False.
    z : ndarray, shape (p, draws)
        Standard normal draws, one row per unit.
    coverage : float
        Probability of no false finding.
    stepdown : bool
        Go on after the first step.

    Returns
    -------
    ndarray of bool, shape (p, p)
        True where j is found above k.

    Raises
    ------
    InputError
        If the coverage is not between 0 and 1.

    References
    ----------
    Mogstad, Romano, Shaikh and Wilhelm (2024). Review of Economic Studies 91(1). doi:10.1093/restud/rdad006
    Romano and Wolf (2005). Journal of the American Statistical Association 100(469). doi:10.1198/016214504000000539
    """
    require(0 < coverage < 1, f"coverage {coverage} is not between 0 and 1")
    difference_sd = np.hypot(league.error[:, None], league.error)
    t = (league.estimate[:, None] - league.estimate) / difference_sd
    noise = z * league.error[:, None]
    remaining = family.copy()
    while remaining.any():
        found = remaining & (t > np.quantile(_largest_t(noise, difference_sd, remaining), coverage))
        remaining &= ~found
        if not (stepdown and found.any()):
            break
    return family & ~remaining


def pairs_with(unit: int, p: int) -> Flags:
    """Return the family of all ordered pairs among p units that hold one unit, shape (p, p)."""
    family = np.zeros((p, p), dtype=bool)
    family[unit, :] = family[:, unit] = True
    family[unit, unit] = False
    return family


def finite(values: ArrayLike, name: str) -> Floats:
    """Return values as a vector of floats; InputError if there is none or one is missing or infinite."""
    x = np.atleast_1d(np.asarray(values, dtype=float))
    require(x.ndim == 1 and x.size > 0 and bool(np.isfinite(x).all()), f"{name}: a value is missing or infinite")
    return x


def require(holds: bool, what: str) -> None:
    """Refuse bad input to a ranking in one line (InputError)."""
    if not holds:
        raise InputError(what, where="ranking", remedy="correct the scores, their errors or the options")


def _matched(estimates: Any, errors: Any) -> pd.DataFrame:
    """Estimates (x) and errors (se), Series matched by index; labels become text."""
    try:
        x = pd.Series(estimates, dtype=float)
        errors = errors if isinstance(errors, pd.Series) else np.asarray(errors, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"scores or errors are not numbers ({error})", where="ranking") from error
    require(len(x) >= 2, "fewer than two units")
    if isinstance(errors, pd.Series):
        require(isinstance(estimates, pd.Series), "standard errors have labels and estimates have none")
        require(errors.index.is_unique, "two standard errors have the same label")
        errors = errors.reindex(x.index)
    require(np.size(errors) in (1, len(x)), f"{np.size(errors)} standard errors for {len(x)} estimates")
    frame = pd.DataFrame({"x": x.to_numpy(), "se": np.broadcast_to(np.asarray(errors, dtype=float), len(x))})
    frame.index = pd.Index([str(label) for label in x.index])
    require(frame.index.is_unique, "two units have the same label")
    return frame


def _largest_t(noise: Floats, difference_sd: Floats, family: Flags) -> Floats:
    """Largest t-ratio among the pairs of a family in each draw, shape (draws,)."""
    first, second = np.nonzero(family)
    largest = np.full(noise.shape[1], -np.inf)
    for start in range(0, len(first), CHUNK):
        j, k = first[start : start + CHUNK], second[start : start + CHUNK]
        np.maximum(largest, ((noise[j] - noise[k]) / difference_sd[j, k, None]).max(axis=0), out=largest)
    return largest
