"""Calendar randomisation: whether events follow dates more than they follow the same dates moved along the calendar."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from analysis.errors import InputError
from analysis.methods._fixed_effects import codes, columns
from analysis.methods.permutation import Alternative, PermutationTest, permutation_test
from analysis.methods.result import Floats, method


def days_in_window(days: int, dates: ArrayLike, *, first: int, last: int) -> Floats:
    """Mark the days that lie between ``first`` and ``last`` days of a date (negative: before it), shape (days,).

    Parameters
    ----------
    days : int
        Length of the calendar.
    dates : array_like of int
        Positions of the dates, from 0; they may lie outside the calendar.
    first, last : int
        Ends of the window, both included: -90, -1 are the 90 days before.

    Raises
    ------
    InputError
        If the window is empty.
    """
    if last < first:
        raise InputError(f"{first} to {last} is empty", where="window", remedy="give the earlier end first")
    marked = (np.asarray(dates, dtype=int)[:, None] + np.arange(first, last + 1)).ravel()
    window = np.zeros(days)
    window[marked[(marked >= 0) & (marked < days)]] = 1.0
    return window


@method
def calendar_randomisation(
    counts: ArrayLike, in_window: ArrayLike, *, alternative: Alternative = "greater"
) -> PermutationTest:
    """Test whether events fall into windows around dates, by all circular shifts of the calendar.

    The statistic is events in windows over the number expected if events fell on any period alike. A shift moves all
    windows together, so it keeps their spacing and the clumping of the events.

    Parameters
    ----------
    counts : array_like, shape (n,)
        Events of each period, in order of time, without gaps.
    in_window : array_like, shape (n,)
        1 for periods in a window, else 0.
    alternative : {"greater", "less", "two-sided"}
        Direction of the test.

    Raises
    ------
    InputError
        If there is no event or no window, or a value is missing.
    """
    n = len(np.asarray(counts))
    y, window = (columns(a, n, what)[1][:, 0] for a, what in ((counts, "counts"), (in_window, "in_window")))
    expected = float(y.sum() * window.mean()) if n else 0.0
    if not expected:
        raise InputError("no event, or no window", where="counts", remedy="check the dates")
    ratios = _counts_by_shift(y, window) / expected
    return permutation_test(
        float(ratios[0]),
        ratios,
        name="ratio of events in windows to those expected",
        alternative=alternative,
        exact=True,
        scheme="circular shifts of the calendar",
    )


def shifted_labels(label: ArrayLike, *, unit: ArrayLike | None = None, draws: int, seed: int) -> NDArray[Any]:
    """Return a label and versions of it moved along each unit's calendar by random circular shifts.

    The shifts depend on units, draws and seed only, so labels of several specifications move together.

    Parameters
    ----------
    label : array_like, shape (n,)
        Label of each row, such as an event-time dummy; the rows of a unit in order of time.
    unit : array_like, shape (n,), optional
        Unit of each row; its rows must stand together. Default one unit.
    draws, seed : int
        Number of moved versions, and the seed of their shifts.

    Returns
    -------
    ndarray, shape (n, 1 + draws)
        The label itself, then its moved versions; whole numbers of one byte if the labels are.

    Raises
    ------
    InputError
        If a label is missing or the rows of a unit are apart.
    """
    n = len(np.asarray(label))
    values = columns(label, n, "label")[1][:, 0]
    small = bool((values == values.astype(np.int8)).all())
    values = values.astype(np.int8) if small else values
    rng = np.random.default_rng(seed)
    out = np.empty((n, 1 + draws), dtype=values.dtype)
    for part in _spans(unit, n):
        own = values[part]
        rolled = np.lib.stride_tricks.sliding_window_view(np.append(own, own[:-1]), len(own))
        out[part, 0] = own
        out[part, 1:] = rolled[rng.integers(len(own), size=draws)].T
    return out


def _spans(unit: ArrayLike | None, n: int) -> list[slice]:
    """Return the rows of each unit, which must stand together."""
    code = np.zeros(n, dtype=np.intp) if unit is None else codes(unit, n, "unit")
    starts = np.flatnonzero(np.append(True, np.diff(code) != 0))
    if len(starts) != code.max() + 1:
        raise InputError("rows of a unit are apart", where="unit", remedy="sort by unit and time")
    return [slice(a, b) for a, b in zip(starts, np.append(starts[1:], n), strict=True)]


def _counts_by_shift(y: Floats, window: Floats) -> Floats:
    """Return events in windows for every circular shift of the windows, shift 0 first."""
    transform = np.conj(np.fft.rfft(y)) * np.fft.rfft(window)
    totals = np.fft.irfft(transform, n=len(y))
    whole = bool((y == np.rint(y)).all() and (window == np.rint(window)).all())
    return np.rint(totals) if whole else totals


def minimum_detectable_ratio(
    total: int,
    share: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    alternative: Literal["greater", "two-sided"] = "greater",
) -> float:
    """Return the smallest ratio of events in windows to those expected that an exact test detects with given power.

    Parameters
    ----------
    total : int
        Events in all.
    share : float
        Share of time inside windows, between 0 and 1.
    alpha, power : float
        Size of the test and its power.
    alternative : {"greater", "two-sided"}
        A two-sided test spends half of ``alpha`` on each side.

    Returns
    -------
    float
        Ratio above 1, on the scale of `calendar_randomisation`, at most 1 / share; infinite if even all events inside
        windows would not be significant.

    Raises
    ------
    InputError
        If an argument is out of range.

    Notes
    -----
    Given their total, independent events inside windows are binomial with probability ratio times share; clumped
    events need a larger ratio.
    """
    if total < 1 or not all(0 < v < 1 for v in (share, alpha, power)):
        raise InputError("total below 1, or a share outside 0 to 1", where="minimum_detectable_ratio", remedy="check")
    size = alpha / 2 if alternative == "two-sided" else alpha
    critical = int(stats.binom.isf(size, total, share)) + 1
    if critical > total:
        return float("inf")
    return float(special.betaincinv(critical, total - critical + 1, power)) / share


def detectable_ratio(error: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the rate ratio that a two-sided z-test detects with the given power, from the error of a log ratio.

    Parameters
    ----------
    error : float
        Standard error of the log rate ratio.
    alpha, power : float
        Size of the test and its power.

    Raises
    ------
    InputError
        If the error is not positive.
    """
    if not error > 0:
        raise InputError("the error is not positive", where="detectable_ratio", remedy="give a standard error")
    return float(np.exp((stats.norm.isf(alpha / 2) + stats.norm.ppf(power)) * error))
