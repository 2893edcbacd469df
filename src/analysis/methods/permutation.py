"""Permutation tests: how often relabelled data would show as much as the data do.

Every p counts the observed arrangement as one of those that could have been, so it is never 0: its floor is one over
the number of arrangements (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.methods._fixed_effects import Effects, Projection
from analysis.methods._inputs import aligned, column, numbers, refuse_if
from analysis.methods.result import TAIL, Estimate, method, readonly

ROUNDING = 1e-9  # difference, relative to the larger of two values of a statistic, below which they are equal


@method
def permutation_test(statistic: float, null: ArrayLike, *, name: str, scheme: str) -> Estimate:
    """Test whether a statistic is higher than relabelling makes it: p, its ``floor``, and the ``null`` distribution.

    Parameters
    ----------
    statistic : float
        Observed value; of one that should be low, its negative.
    null : array_like
        Values under random relabelling, without the observed one.
    name, scheme : str
        What the statistic is, with its unit, and what was relabelled, in words.

    Raises
    ------
    InputError
        If the statistic is not finite, or values under relabelling are missing.
    """
    values = column(null, None, name)
    refuse_if(not np.isfinite(statistic), "the statistic is not defined", name, "give a finite number")
    slack = ROUNDING * np.maximum(abs(statistic), np.abs(values))
    floor = 1 / (1 + len(values))
    p = floor * (1 + int((values >= statistic - slack).sum()))
    low, high = np.quantile(values, [TAIL, 1 - TAIL])
    row = {"statistic": statistic, "null_mean": values.mean(), "null_low": low, "null_high": high}
    return Estimate(
        f"The {name} is {statistic:.4g} (one-sided p of no effect = {p:.3g}; permutation test, {len(values):,} random "
        f"arrangements: {scheme}; p cannot be below {floor:.2g}).",
        name=name,
        estimate=float(statistic),
        p_value=p,
        unit=name,
        assumed=f"every arrangement as likely: {scheme}",
        more={"floor": floor, "null": readonly(values)},
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
    shuffles who has which ties, and keeps the network's shape, the shocks and the outcomes (Krackhardt 1988,
    doi:10.1016/0378-8733(88)90004-4).

    Parameters
    ----------
    y, shocks : array_like, shape (units, periods)
        Outcome and shocks of each unit and period.
    weights : array_like, shape (units, units)
        Ties; row i holds the weight that unit i gives to shocks of every other unit. The diagonal must be zero.
    include : array_like of bool, shape (units, periods), optional
        Cells used for the slope, such as months without domestic protest.
    draws, seed : int
        Random relabellings and their seed.
    """
    y, shocks, include, weights = aligned(y=y, shocks=shocks, include=include, weights=weights)
    across = ("shocks", shocks, "columns"), ("include", include, "columns"), ("weights", weights, "index")
    for name, own, end in across:
        known, wanted = getattr(own, "columns", None), getattr(y, end, None)
        unlike = known is not None and wanted is not None and not known.equals(wanted)
        refuse_if(unlike, f"its columns are not the {end} of y", name, "give the same in the same order, or arrays")
    outcome, shock, ties = numbers(y, "y"), numbers(shocks, "shocks"), numbers(weights, "weights")
    keep = np.ones(outcome.shape, dtype=bool) if include is None else numbers(include, "include") > 0
    same = keep.shape == shock.shape == outcome.shape
    what, remedy = "shapes differ", "give (units, periods) twice and (units, units)"
    refuse_if(outcome.ndim != 2 or not same or ties.shape != (len(outcome),) * 2, what, "network", remedy)
    refuse_if(np.diag(ties).any(), "a unit is tied to itself", "weights", "set the diagonal to zero")
    known = all(np.isfinite(part).all() for part in (outcome[keep], shock, ties))
    refuse_if(not known, "values are missing", "network", "leave such cells out with include")
    projection = Projection(Effects(*np.nonzero(keep)), np.ones(keep.sum()))
    orders = np.tile(range(len(ties)), (1 + draws, 1))
    orders[1:] = np.random.default_rng(seed).permuted(orders[1:], axis=1)
    slopes = np.empty(len(orders))
    for place, order in enumerate(orders):
        exposure = (ties[np.ix_(order, order)] @ shock)[keep]
        x = projection(exposure[:, None])[:, 0]
        flat = x @ x <= ROUNDING * (exposure @ exposure)
        refuse_if(flat, "exposure does not vary within units and periods", "weights", "use other ties")
        slopes[place] = outcome[keep] @ x / (x @ x)
    name, scheme = "slope of the outcome on exposure", "which unit has which ties"
    return permutation_test(slopes[0], slopes[1:], name=name, scheme=scheme)
