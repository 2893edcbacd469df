"""Calendar randomisation: whether events follow dates more than they follow the same dates moved along the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from analysis.errors import InputError
from analysis.methods._fixed_effects import codes, columns
from analysis.methods.result import Floats, Result, counted, method, readonly

_UNITS = {"D": "days", "M": "months"}


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


@dataclass(frozen=True, slots=True)
class ShiftedCalendar(Result):
    """Events in a window around dates, against the same dates moved along the calendar.

    Attributes
    ----------
    first, last : int
        Window in periods relative to a date, both ends included.
    events, n : int
        Events inside windows, and in all.
    share : float
        Share of the calendar inside windows.
    estimate : float
        Ratio: events inside windows over the number expected there if events fell on any period alike.
    lower, upper : float
        Exact 95 % interval of the ratio if events were independent (Clopper-Pearson for their share).
    p_value : float
        Share of all circular shifts of the dates, the true dates among them, with as high a ratio.
    null : ndarray, shape (periods,)
        The ratio on every circular shift, the true dates first.
    minimum_detectable_effect : float
        Smallest ratio that an exact test of independent events finds with 80 % power; infinite if none.
    what, date, periods : str
        Names of what is counted, of the dates, and of the periods.
    """

    first: int
    last: int
    events: int
    n: int
    share: float
    estimate: float
    lower: float
    upper: float
    p_value: float
    null: Floats
    minimum_detectable_effect: float
    what: str
    date: str
    periods: str
    unit: ClassVar[str] = "ratio to chance dates"

    @property
    def expected(self) -> float:
        """Events inside windows if events fell on any period alike."""
        return self.n * self.share

    def table(self) -> pd.DataFrame:
        """Return one row: ratio, interval, the middle 95 % of shifted calendars, p, and detectable ratio."""
        low, high = np.quantile(self.null, [0.025, 0.975])
        row = {"ratio": self.estimate, "lower": self.lower, "upper": self.upper, "null_low": low, "null_high": high}
        row |= {"p": self.p_value, "events": self.events, "total": self.n}
        row |= {"expected": self.expected, "detectable": self.minimum_detectable_effect}
        span = f"{self.first:+d} to {self.last:+d}" if self.first or self.last else f"of the {self.date}"
        return pd.DataFrame(row, index=pd.Index([span], name=self.periods))

    def sentence(self) -> str:
        """Say events, expectation, ratio with its interval, the test, and what it could have found."""
        return (
            f"{self.events} of {self.n} events ({self.what}) fell within {self.first:+d} to {self.last:+d} "
            f"{self.periods} of the {self.date}, where chance dates give {self.expected:.1f}: ratio "
            f"{self.estimate:.2f} (exact 95% interval for independent events {self.lower:.2f} to {self.upper:.2f}; "
            f"p = {self.p_value:.3g}, one-sided, all {len(self.null):,} circular shifts of the calendar). With 80% "
            f"power an exact test finds a ratio of {self.minimum_detectable_effect:.2f} or more."
        )


@dataclass(frozen=True, slots=True)
class CalendarVersions(Result):
    """The p of `shifted_calendar` on several versions of the dates.

    Attributes
    ----------
    versions : tuple of str
        What was done to the dates.
    p : ndarray, shape (versions,)
        p of each version.
    """

    versions: tuple[str, ...]
    p: Floats

    @property
    def smallest_p(self) -> float:
        """Smallest p of all versions."""
        return float(self.p.min())

    @property
    def largest_p(self) -> float:
        """Largest p of all versions."""
        return float(self.p.max())

    def table(self) -> pd.DataFrame:
        """Return one row per version: its p."""
        return pd.DataFrame({"p": self.p}, index=pd.Index(self.versions, name="dates"))

    def sentence(self) -> str:
        """Say the smallest and the largest p, and of which version each is."""
        low, high = (self.versions[int(end(self.p))] for end in (np.argmin, np.argmax))
        return (
            f"On {counted(len(self.p), 'version')} of the calendar p lies between {self.smallest_p:.3g} ({low}) and "
            f"{self.largest_p:.3g} ({high})."
        )


@method
def shifted_calendar(counts: ArrayLike | pd.Series, dates: ArrayLike, *, first: int, last: int) -> ShiftedCalendar:
    """Test whether more events fall into a window around dates than around the same dates moved along the calendar.

    All circular shifts are listed. A shift moves all dates together, so it keeps their spacing and the clumping of the
    events.

    Parameters
    ----------
    counts : array_like or Series, shape (n,)
        Events of each period, in order of time, without gaps. Of a Series over periods, ``name`` says what is counted.
    dates : array_like
        Dates in any form that the periods of ``counts`` understand, or positions from 0 if it has no periods. They may
        lie outside the calendar; the name of a Series says what they are.
    first, last : int
        Window in periods relative to a date (negative: before it), both ends included: -90, -1 are the 90 days before.

    Raises
    ------
    InputError
        If the window is empty, there is no event, no period lies in a window, periods have gaps, or counts are not
        whole numbers.

    References
    ----------
    Lotwick, H. and Silverman, B. (1982). Methods for analysing spatial processes of several types of points. Journal of
    the Royal Statistical Society B 44, 406-413. doi:10.1111/j.2517-6161.1982.tb01221.x

    Examples
    --------
    >>> protests = pd.Series(0, pd.period_range("2019-01", "2020-12", freq="M"), name="protests")
    >>> protests[["2019-06", "2020-02"]] = 3, 2
    >>> found = shifted_calendar(protests, ["2019-06-09", "2020-02-25"], first=0, last=1)
    >>> found.events, found.expected, found.p_value == 2 / 24
    (5, 0.8333333333333333, True)
    """
    y = columns(counts, len(np.asarray(counts)), "counts")[1][:, 0]
    if not (y == np.rint(y)).all() or (y < 0).any():
        raise InputError("not all counts are whole numbers", where="counts", remedy="count events by period")
    window = days_in_window(len(y), _positions(counts, dates), first=first, last=last)
    total, share = int(y.sum()), float(window.mean()) if len(y) else 0.0
    if not total * share:
        raise InputError("no event, or no window", where="counts", remedy="check the dates")
    inside = np.rint(np.fft.irfft(np.conj(np.fft.rfft(y)) * np.fft.rfft(window), n=len(y)))
    exact = stats.binomtest(int(inside[0]), total).proportion_ci(method="exact")
    return ShiftedCalendar(
        first=first,
        last=last,
        events=int(inside[0]),
        n=total,
        share=share,
        estimate=float(inside[0] / (total * share)),
        lower=float(exact.low / share),
        upper=float(exact.high / share),
        p_value=float((inside >= inside[0]).mean()),
        null=readonly(inside / (total * share)),
        minimum_detectable_effect=minimum_detectable_ratio(total, share) if share < 1 else float("inf"),
        what=str(getattr(counts, "name", None) or "all"),
        date=str(getattr(dates, "name", None) or "dates"),
        periods=_unit(counts),
    )


@method
def moved_dates(
    counts: ArrayLike | pd.Series, dates: ArrayLike, *, first: int, last: int, by: Sequence[int]
) -> CalendarVersions:
    """Repeat `shifted_calendar` with all dates moved by some periods: what follows the dates should vanish.

    Parameters
    ----------
    counts, dates, first, last
        As in `shifted_calendar`.
    by : sequence of int
        Periods by which the dates are moved (positive: later).

    Raises
    ------
    InputError
        As `shifted_calendar`.
    """
    true, y, unit = _positions(counts, dates), np.asarray(counts), _unit(counts)
    p = [shifted_calendar(y, true + step, first=first, last=last).p_value for step in by]
    return CalendarVersions(tuple(f"moved {step:+d} {unit}" for step in by), readonly(p))


@method
def dates_left_out(counts: ArrayLike | pd.Series, dates: ArrayLike, *, first: int, last: int) -> CalendarVersions:
    """Repeat `shifted_calendar` without each date in turn: no single date should make the result.

    Parameters
    ----------
    counts, dates, first, last
        As in `shifted_calendar`.

    Raises
    ------
    InputError
        As `shifted_calendar`.
    """
    true, y = _positions(counts, dates), np.asarray(counts)
    p = [shifted_calendar(y, np.delete(true, row), first=first, last=last).p_value for row in range(len(true))]
    return CalendarVersions(tuple(f"without {date}" for date in np.asarray(dates)), readonly(p))


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


def _positions(counts: Any, dates: Any) -> NDArray[np.int64]:
    """Return dates as positions on the calendar of the counts."""
    periods = getattr(counts, "index", None)
    if not isinstance(periods, pd.PeriodIndex):
        return np.asarray(dates, dtype=np.int64)
    if len(periods) and periods[-1].ordinal - periods[0].ordinal + 1 != len(periods):
        raise InputError("periods have gaps", where="counts", remedy="fill periods without an event with zeros")
    return pd.PeriodIndex(dates, freq=periods.freq).asi8 - periods.asi8[0]


def _unit(counts: Any) -> str:
    return _UNITS.get(getattr(getattr(counts, "index", None), "freqstr", ""), "periods")


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
        Ratio above 1, on the scale of `shifted_calendar`, at most 1 / share; infinite if even all events inside
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
    return float(np.exp(detectable_difference(error, alpha=alpha, power=power)))


def detectable_difference(error: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the difference from zero that a two-sided z-test detects with the given power.

    Parameters
    ----------
    error : float
        Standard error of the estimate.
    alpha, power : float
        Size of the test and its power.

    Raises
    ------
    InputError
        If the error is not positive.
    """
    if not error > 0:
        raise InputError("the error is not positive", where="detectable", remedy="give a standard error")
    return float((stats.norm.isf(alpha / 2) + stats.norm.ppf(power)) * error)
