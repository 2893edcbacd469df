"""Permutation tests: how often relabelled data would show as much as the data do.

Every p counts the observed arrangement as one of those that could have been, so it is never 0: its floor is one over
the number of arrangements. Where all arrangements can be listed, p is exact.

References
----------
Fisher, R. (1935). The Design of Experiments, chapter 2.
Phipson, B. and Smyth, G. (2010). Statistical Applications in Genetics and Molecular Biology 9, 39.
doi:10.2202/1544-6115.1585
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods._fixed_effects import Effects, make_effects
from analysis.methods.result import Floats, Result, method, readonly

Alternative = Literal["greater", "less", "two-sided"]

ROUNDING = 1e-9  # relative difference below which two values of a statistic are equal
CHUNK = 64  # relabelled exposures in memory at once


@dataclass(frozen=True, slots=True)
class PermutationTest(Result):
    """A statistic and where it lies among its values under relabelling.

    Attributes
    ----------
    statistic : float
        Observed value.
    name : str
        What the statistic is, with its unit.
    null : ndarray, shape (arrangements - 1,) or (arrangements,)
        Values under relabelling: random draws, or all arrangements if ``exact``.
    p, floor : float
        p-value, and the smallest p that this many arrangements allow.
    alternative : {"greater", "less", "two-sided"}
        Direction of the test.
    exact : bool
        Whether all arrangements were listed.
    scheme : str
        What was relabelled, in words.
    """

    statistic: float
    name: str
    null: Floats
    p: float
    floor: float
    alternative: Alternative
    exact: bool
    scheme: str

    def evidence(self) -> dict[str, Any]:
        """Return the statistic and its p."""
        return Result.evidence(self) | {"estimate": self.statistic, "p_value": self.p, "unit": self.name}

    def table(self) -> pd.DataFrame:
        """Return one row: statistic, mean and 2.5% and 97.5% points of its null distribution, p and floor."""
        low, high = np.quantile(self.null, [0.025, 0.975])
        row = {"statistic": self.statistic, "null_mean": self.null.mean(), "null_low": low, "null_high": high}
        return pd.DataFrame(
            {**row, "p": self.p, "floor": self.floor}, index=pd.Index([self.name], name="statistic_name")
        )

    def sentence(self) -> str:
        """Say the statistic, p, the number of arrangements and the floor of p."""
        how = f"all {len(self.null):,}" if self.exact else f"{len(self.null):,} random"
        return (
            f"The {self.name} is {self.statistic:.4g} (p = {self.p:.3g}, {self.alternative}; permutation test, "
            f"{how} arrangements: {self.scheme}; p cannot be below {self.floor:.2g})."
        )


@method
def permutation_test(
    statistic: float, null: ArrayLike, *, name: str, alternative: Alternative, exact: bool, scheme: str
) -> PermutationTest:
    """Return the test of a statistic against its values under relabelling.

    Parameters
    ----------
    statistic : float
        Observed value.
    null : array_like
        Values under random relabelling without the observed one, or of all arrangements (``exact``).
    name, alternative, exact, scheme
        As in `PermutationTest`. Two-sided compares distances from the mean of the null distribution.

    Raises
    ------
    InputError
        If there is no relabelling or a value is missing.
    """
    values = np.asarray(null, dtype=float)
    if not len(values) or not np.isfinite(values).all() or not np.isfinite(statistic):
        raise InputError("the statistic is not defined in all arrangements", where=name, remedy="check the data")
    signs = {"greater": 1.0, "less": -1.0}
    if alternative == "two-sided":
        centre = values.mean() if exact else np.append(values, statistic).mean()
        observed, drawn = abs(statistic - centre), np.abs(values - centre)
    elif alternative in signs:
        observed, drawn = signs[alternative] * statistic, signs[alternative] * values
    else:
        raise InputError(f"unknown alternative {alternative!r}", where=name, remedy="use greater, less or two-sided")
    slack = ROUNDING * max(abs(observed), float(np.abs(drawn).max()))
    count = int((drawn >= observed - slack).sum())
    p, floor = (count / len(values), 1 / len(values)) if exact else _sampled(count, len(values))
    return PermutationTest(float(statistic), name, readonly(values), p, floor, alternative, exact, scheme)


@dataclass(frozen=True, slots=True)
class TwoTests(Result):
    """Two permutation tests of one question.

    Attributes
    ----------
    smallest_p, largest_p : float
        Both p-values, in order.
    words : str
        Both sentences.
    """

    smallest_p: float
    largest_p: float
    words: str

    def sentence(self) -> str:
        """Say both tests."""
        return self.words


@method
def two_tests(first: PermutationTest, second: PermutationTest) -> TwoTests:
    """Read two permutation tests of one question together: by the larger p both hold, by the smaller one neither does.

    Parameters
    ----------
    first, second : PermutationTest
        Tests, such as of two statistics on the same network.

    Examples
    --------
    >>> made = {"name": "mean", "alternative": "greater", "exact": False, "scheme": "labels"}
    >>> tests = [permutation_test(value, [0.0, 1.0, 2.0], **made) for value in (3.0, 1.5)]
    >>> two_tests(*tests).largest_p
    0.5
    """
    low, high = sorted((first.p, second.p))
    return TwoTests(low, high, f"{first.sentence()} {second.sentence()}")


def _sampled(count: int, draws: int) -> tuple[float, float]:
    """Return p and its floor when arrangements are drawn: the observed one is counted in."""
    return (1 + count) / (1 + draws), 1 / (1 + draws)


@method
def network_permutation(
    y: ArrayLike,
    shocks: ArrayLike,
    weights: ArrayLike,
    *,
    include: ArrayLike | None = None,
    draws: int = 999,
    seed: int,
) -> PermutationTest:
    """Test whether an outcome follows shocks elsewhere along *these* ties, more than along relabelled ties.

    The statistic is the slope of the outcome on exposure (ties times shocks) with unit and period effects. Relabelling
    shuffles who has which ties, and keeps the network's shape, the shocks and the outcomes.

    Parameters
    ----------
    y, shocks : array_like, shape (units, periods)
        Outcome and shocks of each unit and period.
    weights : array_like, shape (units, units)
        Ties; row i holds the weight that unit i gives to shocks of every other unit. The diagonal must be zero.
    include : array_like of bool, shape (units, periods), optional
        Cells used for the slope, such as months without domestic protest.
    draws : int
        Random relabellings; all are listed if there are no more than this.
    seed : int
        Seed of the draws.

    Raises
    ------
    InputError
        If shapes differ, a value is missing, or a unit is tied to itself.

    References
    ----------
    Krackhardt, D. (1988). Social Networks 10, 359-381. doi:10.1016/0378-8733(88)90004-4
    """
    outcome, shock, ties = (np.asarray(a, dtype=float) for a in (y, shocks, weights))
    units = outcome.shape[0]
    keep = np.ones(outcome.shape, dtype=bool) if include is None else np.asarray(include, dtype=bool)
    _check_network(outcome, shock, ties, keep)
    rows, periods = np.nonzero(keep)
    projection = make_effects(rows, periods)
    exact = factorial(units) <= draws
    rng = np.random.default_rng(seed)
    orders = _all_orders(units) if exact else rng.permuted(np.tile(np.arange(units), (draws, 1)), axis=1)
    orders = np.vstack([np.arange(units), orders])
    slopes = np.concatenate([_slopes(outcome, shock, ties, keep, projection, part) for part in _chunks(orders)])
    return permutation_test(
        float(slopes[0]),
        slopes[1:],
        name="slope of the outcome on exposure",
        alternative="greater",
        exact=exact,
        scheme="which unit has which ties",
    )


def _check_network(y: Floats, shocks: Floats, ties: Floats, keep: NDArray[np.bool_]) -> None:
    n = y.shape[0]
    if y.ndim != 2 or shocks.shape != y.shape or keep.shape != y.shape or ties.shape != (n, n):
        raise InputError("shapes differ", where="network", remedy="give (units, periods) twice and (units, units)")
    if np.diag(ties).any():
        raise InputError("a unit is tied to itself", where="weights", remedy="set the diagonal to zero")
    if not (np.isfinite(y[keep]).all() and np.isfinite(shocks).all() and np.isfinite(ties).all()):
        raise InputError("values are missing", where="network", remedy="leave such cells out with include")


def _all_orders(n: int) -> NDArray[np.int_]:
    return np.array(list(permutations(range(n))))


def _chunks(orders: NDArray[np.int_]) -> Iterator[NDArray[np.int_]]:
    return (orders[i : i + CHUNK] for i in range(0, len(orders), CHUNK))


def _slopes(
    y: Floats, shocks: Floats, ties: Floats, keep: NDArray[np.bool_], effects: Effects, orders: NDArray[np.int_]
) -> Floats:
    """Return the slope on exposure for each relabelling of the ties, shape (len(orders),)."""
    relabelled = ties[orders[:, :, None], orders[:, None, :]]
    exposure = (relabelled @ shocks)[:, keep].T
    x = effects.projection().residual(exposure)
    if ((x**2).sum(axis=0) <= ROUNDING * (exposure**2).sum(axis=0)).any():
        raise InputError("exposure does not vary within units and periods", where="weights", remedy="use other ties")
    return np.asarray((y[keep] @ x) / (x**2).sum(axis=0), dtype=float)
