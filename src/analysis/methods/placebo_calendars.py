"""An event study on other calendars: with all events moved, where an effect should vanish, and without each in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.errors import InputError
from analysis.methods.eventtime import HALF_YEAR, EffectScheme, Window, effect_codes, event_dummies, event_study
from analysis.methods.null_poisson import null_poisson
from analysis.methods.result import Floats, Result, counted, method, readonly


@dataclass(frozen=True, slots=True)
class PlaceboWindow(Result):
    """One window's rate ratio on the true calendar, and on calendars moved by whole months.

    Attributes
    ----------
    term : str
        Window.
    true : float
        Rate ratio on the true calendar.
    shifts : tuple of int
        Months by which all events are moved.
    ratios, lower, upper : ndarray, shape (len(shifts),)
        Rate ratios on moved calendars with their 95 % intervals.
    """

    term: str
    true: float
    shifts: tuple[int, ...]
    ratios: Floats
    lower: Floats
    upper: Floats

    @property
    def rises(self) -> int:
        """Moved calendars that show a rise of their own: the interval lies above one."""
        return int((self.lower > 1).sum())

    @property
    def as_high(self) -> int:
        """Moved calendars with at least the rate ratio of the true one."""
        return int((self.ratios >= self.true).sum())

    def table(self) -> pd.DataFrame:
        """Return one row per moved calendar: rate ratio and interval."""
        values = {"rate_ratio": self.ratios, "lower": self.lower, "upper": self.upper}
        return pd.DataFrame(values, index=pd.Index(self.shifts, name="shift_months"))

    def sentence(self) -> str:
        """Say how many moved calendars show a rise, or as high a ratio as the true one, and which is the strongest."""
        worst = int(np.argmax(self.lower))
        return (
            f"Of {counted(len(self.shifts), 'moved calendar')} {self.rises} show a rise of their own in {self.term}, "
            f"and {self.as_high} as high a ratio as the true one, {self.true:.2f}; the strongest is moved by "
            f"{self.shifts[worst]:+d} months: rate ratio {self.ratios[worst]:.2f} (95% interval "
            f"{self.lower[worst]:.2f} to {self.upper[worst]:.2f})."
        )


@dataclass(frozen=True, slots=True)
class PlaceboCalendars(Result):
    """An event study on the true calendar, and on calendars moved by whole months.

    Attributes
    ----------
    windows : tuple of str
        Windows around events.
    shifts : tuple of int
        Months by which all events are moved; 0, the true calendar, comes first.
    coefficients, errors : ndarray, shape (len(shifts), len(windows))
        Log rate ratios and their errors.
    degrees : tuple of int
        Degrees of freedom of t intervals, by calendar.
    """

    windows: tuple[str, ...]
    shifts: tuple[int, ...]
    coefficients: Floats
    errors: Floats
    degrees: tuple[int, ...]

    def window(self, name: str) -> PlaceboWindow:
        """Return what moved calendars show in one window.

        Raises
        ------
        InputError
            There is no such window.
        """
        if name not in self.windows:
            raise InputError("unknown window", where=name, remedy=f"choose one of {', '.join(self.windows)}")
        at = self.windows.index(name)
        middle, half = self.coefficients[:, at], stats.t.ppf(0.975, self.degrees) * self.errors[:, at]
        low, ratios, high = (np.exp(middle + side) for side in (-half, 0, half))
        part = PlaceboWindow(
            name, float(ratios[0]), self.shifts[1:], readonly(ratios[1:]), readonly(low[1:]), readonly(high[1:])
        )
        return self.part(part, term=name)

    def table(self) -> pd.DataFrame:
        """Return the rate ratios of all windows, one row per moved calendar."""
        index = pd.Index(self.shifts[1:], name="shift_months")
        return pd.DataFrame(np.exp(self.coefficients[1:]), index=index, columns=list(self.windows))

    def sentence(self) -> str:
        """Say for every window how many moved calendars show as high a rate ratio as the true one."""
        parts = [f"{self.window(name).as_high} in {name}" for name in self.windows]
        moved = counted(len(self.shifts) - 1, "moved calendar")
        return f"Of {moved}, as high a rate ratio as the true one show {', '.join(parts)}."


@dataclass(frozen=True, slots=True)
class WithoutOneEvent(Result):
    """The rate ratio of one window with the event struck off that lowers it most, and with the one that raises it most.

    Attributes
    ----------
    term : str
        Window.
    tried : int
        Events near a row of the panel; no other can change the ratio.
    events : tuple of (unit, serial month)
        The event whose absence lowers the ratio most, and the one whose absence raises it most.
    estimate, lower, upper : float
        Least rate ratio, with its 95 % interval.
    highest : float
        Largest rate ratio.
    """

    term: str
    tried: int
    events: tuple[tuple[Any, int], tuple[Any, int]]
    estimate: float
    lower: float
    upper: float
    highest: float
    unit: ClassVar[str] = "rate ratio"

    def sentence(self) -> str:
        """Say the least rate ratio with its interval, without which event, and the largest."""
        unit, month = self.events[0]
        return (
            f"Whichever of {self.tried:,} events is left out, the rate ratio of {self.term} lies between "
            f"{self.estimate:.2f} (95% interval {self.lower:.2f} to {self.upper:.2f}, without {unit} "
            f"{month // 12}-{month % 12 + 1:02d}) and {self.highest:.2f}."
        )


@method
def placebo_calendars(
    y: ArrayLike,
    *,
    unit: ArrayLike,
    month: ArrayLike,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    shifts: Sequence[int] = (-12, -6, 6, 12),
    windows: Mapping[str, Window] = HALF_YEAR,
    effects: EffectScheme = "unit-year, season",
) -> PlaceboCalendars:
    """Repeat an event study with all events moved by some months: an effect of the dates should vanish.

    Parameters
    ----------
    y, unit, month, event_unit, event_month, windows, effects
        As in `event_study`.
    shifts : sequence of int
        Months by which events are moved (positive: later).

    Raises
    ------
    InputError
        As `event_study`.
    """
    counts, unit, month = _informative(y, unit, month, effects)
    everything = (0, *(shift for shift in shifts if shift))
    fits = [
        event_study(
            counts,
            unit=unit,
            month=month,
            event_unit=event_unit,
            event_month=np.asarray(event_month) + shift,
            windows=windows,
            effects=effects,
        )
        for shift in everything
    ]
    coefficients, errors = (readonly([getattr(fit, name) for fit in fits]) for name in ("coefficients", "errors"))
    degrees = tuple(fit.n_clusters - 1 for fit in fits)
    return PlaceboCalendars(tuple(windows), everything, coefficients, errors, degrees)


@method
def leave_one_event_out(
    y: ArrayLike,
    *,
    unit: ArrayLike,
    month: ArrayLike,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    term: str,
    windows: Mapping[str, Window] = HALF_YEAR,
    effects: EffectScheme = "unit-year, season",
) -> WithoutOneEvent:
    """Repeat an event study without each event in turn: no single event should make the result.

    All are ranked by one step from the fit without the window; those at both ends are then fitted in full.

    Parameters
    ----------
    y, unit, month, event_unit, event_month, windows, effects
        As in `event_study`.
    term : str
        Window whose rate ratio is compared.

    Raises
    ------
    InputError
        As `event_study`.
    """
    if term not in windows:
        raise InputError("unknown window", where=term, remedy=f"choose one of {', '.join(windows)}")
    counts, unit, month = _informative(y, unit, month, effects)
    dates = pd.DataFrame({"unit": np.asarray(event_unit), "month": np.asarray(event_month)}).drop_duplicates()
    dates = dates.reset_index(drop=True)
    labels, tried = _labels_without(unit, month, dates, windows[term])
    marks = event_dummies(unit, month, event_unit=dates["unit"], event_month=dates["month"], windows=windows)
    groups, also = effect_codes(unit, month, effects)
    null = null_poisson(counts, groups=groups, also=also, controls=marks.drop(columns=term), cluster=unit)
    step = null.estimate(labels)[0]
    struck = [tried[int(np.argmin(step))], tried[int(np.argmax(step))]]
    least, most = (
        event_study(
            counts,
            unit=unit,
            month=month,
            event_unit=kept["unit"],
            event_month=kept["month"],
            windows=windows,
            effects=effects,
        ).ratio(term)
        for kept in (dates.drop(index=row) for row in struck)
    )
    first, second = ((dates["unit"][row], int(dates["month"][row])) for row in struck)
    return WithoutOneEvent(term, len(tried), (first, second), least.estimate, least.lower, least.upper, most.estimate)


def _informative(
    y: ArrayLike, unit: ArrayLike, month: ArrayLike, effects: EffectScheme
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Drop groups without any event, which carry no information, so that repeated fits are quick."""
    counts, units, months = np.asarray(y), np.asarray(unit), np.asarray(month)
    total = pd.Series(counts).groupby(effect_codes(units, months, effects)[0]).transform("sum")
    return counts[total > 0], units[total > 0], months[total > 0]


def _labels_without(
    unit: NDArray[Any], month: NDArray[Any], dates: pd.DataFrame, window: Window
) -> tuple[NDArray[np.int8], list[int]]:
    """Return the window's dummy with each event left out, one column an event near a row, and those events' rows."""
    place, near = pd.MultiIndex.from_arrays([unit, month]), np.arange(window[0], window[1] + 1)
    months = (dates["month"].to_numpy()[:, None] + near).ravel()
    hits = place.get_indexer(pd.MultiIndex.from_arrays([dates["unit"].repeat(len(near)), months]))
    count = np.bincount(hits[hits >= 0], minlength=len(unit))
    hits = hits.reshape(len(dates), -1)
    tried = np.flatnonzero((hits >= 0).any(axis=1)).tolist()
    labels = np.repeat((count > 0).astype(np.int8)[:, None], len(tried), axis=1)
    for column, number in enumerate(tried):
        own = hits[number][hits[number] >= 0]
        labels[own, column] = count[own] > 1
    return labels, tried
