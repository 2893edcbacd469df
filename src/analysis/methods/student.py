"""Estimates with a standard error, by Student's t: the ratio whose logarithm has it, and what a test can find."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

from analysis.methods._inputs import refuse_if
from analysis.methods.result import TAIL, bounded


@np.errstate(over="ignore")  # an end beyond all numbers is infinite
def student_ratio(*, middle: Any, error: Any, degrees: float) -> dict[str, Any]:
    """Return a ratio whose logarithm has a standard error, with its 95 % interval, as arguments of an `Estimate`."""
    half = t.ppf(1 - TAIL, degrees) * error
    lower, ratio, upper = np.exp([middle - half, middle, middle + half])
    below = partial(confidence_below, middle=middle, error=error, degrees=degrees)
    return bounded(ratio, lower, upper) | {"below": below, "more": {"error": float(error), "freedom": degrees}}


def confidence_below(value: ArrayLike, *, middle: Any, error: Any, degrees: ArrayLike) -> Any:
    """Return the confidence that a ratio lies below a value: Student's t around the log ratio."""
    with np.errstate(divide="ignore"):
        return t.cdf((np.log(np.maximum(value, 0.0)) - middle) / error, degrees)


def detectable_difference(error: Any, freedom: float = np.inf, *, alpha: float = 0.05, power: float = 0.8) -> Any:
    """Return the difference from zero that a two-sided t-test of that standard error detects with the given power."""
    refuse_if(not np.all(error > 0), "the error is not positive", "detectable", "give a standard error")
    return (t.isf(alpha / 2, freedom) + t.ppf(power, freedom)) * error
