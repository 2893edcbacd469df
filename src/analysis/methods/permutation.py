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

from itertools import permutations
from math import factorial
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods._fixed_effects import Projection, make_effects
from analysis.methods.result import Bools, Estimate, Floats, method, readonly

Alternative = Literal["greater", "less", "two-sided"]

ROUNDING = 1e-9  # relative difference below which two values of a statistic are equal
CHUNK = 64  # relabelled exposures in memory at once


@method
def permutation_test(
    statistic: float,
    null: ArrayLike,
    *,
    name: str,
    scheme: str,
    alternative: Alternative = "greater",
    exact: bool = False,
) -> Estimate:
    """Test a statistic against its values under relabelling: its p, the ``floor`` of p, and the ``null`` distribution.

    Parameters
    ----------
    statistic : float
        Observed value.
    null : array_like
        Values under random relabelling without the observed one, or of all arrangements (``exact``).
    name, scheme : str
        What the statistic is, with its unit, and what was relabelled, in words.
    alternative : {"greater", "less", "two-sided"}
        Direction; two-sided compares distances from the mean of the null distribution.
    exact : bool
        Whether all arrangements are listed.
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
    # Drawn arrangements do not hold the observed one: it is counted in.
    p, floor = np.array([count, 1]) / len(values) if exact else np.array([1 + count, 1]) / (1 + len(values))
    low, high = np.quantile(values, [0.025, 0.975])
    row = {"statistic": statistic, "null_mean": values.mean(), "null_low": low, "null_high": high}
    return Estimate(
        f"The {name} is {statistic:.4g} (p = {p:.3g}, {alternative}; permutation test, {'all ' if exact else ''}"
        f"{len(values):,}{'' if exact else ' random'} arrangements: {scheme}; p cannot be below {floor:.2g}).",
        name=name,
        estimate=float(statistic),
        p_value=float(p),
        unit=name,
        more={"floor": float(floor), "null": readonly(values)},
        rows=pd.DataFrame(row | {"p": p, "floor": floor}, index=pd.Index([name], name="statistic_name")),
    )


@method
def two_tests(first: Estimate, second: Estimate) -> Estimate:
    """Read two permutation tests of one question together: by the larger p both hold, by the smaller one neither does.

    The estimate has both p in order, ``smallest_p`` and ``largest_p``.

    Examples
    --------
    >>> tests = [permutation_test(own, [0.0, 1.0, 2.0], name="mean", scheme="labels") for own in (3.0, 1.5)]
    >>> two_tests(*tests).largest_p
    0.5
    """
    low, high = sorted((first.p_value, second.p_value))
    return Estimate(f"{first} {second}", name=first.name, more={"smallest_p": low, "largest_p": high})


@method
def network_permutation(
    y: ArrayLike,
    shocks: ArrayLike,
    weights: ArrayLike,
    *,
    include: ArrayLike | None = None,
    draws: int = 999,
    seed: int,
) -> Estimate:
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

    References
    ----------
    Krackhardt, D. (1988). Social Networks 10, 359-381. doi:10.1016/0378-8733(88)90004-4
    """
    outcome, shock, ties = (np.asarray(a, dtype=float) for a in (y, shocks, weights))
    units = outcome.shape[0]
    keep = np.ones(outcome.shape, dtype=bool) if include is None else np.asarray(include, dtype=bool)
    _check_network(outcome, shock, ties, keep)
    rows, periods = np.nonzero(keep)
    projection = make_effects(rows, periods).projection()
    exact = factorial(units) <= draws
    rng = np.random.default_rng(seed)
    drawn = list(permutations(range(units))) if exact else rng.permuted(np.tile(range(units), (draws, 1)), axis=1)
    orders = np.vstack([np.arange(units), drawn])
    parts = [orders[start : start + CHUNK] for start in range(0, len(orders), CHUNK)]
    slopes = np.concatenate([_slopes(outcome, shock, ties, keep, projection, part) for part in parts])
    name, scheme = "slope of the outcome on exposure", "which unit has which ties"
    return permutation_test(float(slopes[0]), slopes[1:], name=name, scheme=scheme, exact=exact)


def _check_network(y: Floats, shocks: Floats, ties: Floats, keep: Bools) -> None:
    n = y.shape[0]
    if y.ndim != 2 or shocks.shape != y.shape or keep.shape != y.shape or ties.shape != (n, n):
        raise InputError("shapes differ", where="network", remedy="give (units, periods) twice and (units, units)")
    if np.diag(ties).any():
        raise InputError("a unit is tied to itself", where="weights", remedy="set the diagonal to zero")
    if not (np.isfinite(y[keep]).all() and np.isfinite(shocks).all() and np.isfinite(ties).all()):
        raise InputError("values are missing", where="network", remedy="leave such cells out with include")


def _slopes(
    y: Floats, shocks: Floats, ties: Floats, keep: Bools, projection: Projection, orders: NDArray[np.int_]
) -> Floats:
    """Return the slope on exposure for each relabelling of the ties, shape (len(orders),)."""
    relabelled = ties[orders[:, :, None], orders[:, None, :]]
    exposure = (relabelled @ shocks)[:, keep].T
    x = projection(exposure)
    if ((x**2).sum(axis=0) <= ROUNDING * (exposure**2).sum(axis=0)).any():
        raise InputError("exposure does not vary within units and periods", where="weights", remedy="use other ties")
    return np.asarray((y[keep] @ x) / (x**2).sum(axis=0), dtype=float)
