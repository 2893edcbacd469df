"""Placebo calendars: an event study repeated with all dates moved, where an effect of the dates should vanish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import InputError
from analysis.methods.eventtime import HALF_YEAR, EffectScheme, Window, event_study
from analysis.methods.result import Floats, Result, counted, method, readonly


@dataclass(frozen=True, slots=True)
class PlaceboCalendars(Result):
    """One event-time coefficient on the true calendar, and on calendars moved by whole months.

    Attributes
    ----------
    term : str
        Window whose coefficient is shown.
    shifts : tuple of int
        Months by which all events are moved; 0, the true calendar, comes first.
    coefficients, errors : ndarray, shape (len(shifts),)
        Log rate ratios and their errors.
    """

    term: str
    shifts: tuple[int, ...]
    coefficients: Floats
    errors: Floats

    def table(self) -> pd.DataFrame:
        """Return one row per shift: log rate ratio, its error, z, and the rate ratio."""
        values = {"coefficient": self.coefficients, "error": self.errors, "z": self.coefficients / self.errors}
        values["rate_ratio"] = np.exp(self.coefficients)
        return pd.DataFrame(values, index=pd.Index(self.shifts, name="shift_months"))

    def sentence(self) -> str:
        """Say the rate ratio on the true calendar and the largest one on a moved calendar."""
        moved = 1 + int(np.argmax(np.abs(self.coefficients[1:])))
        true, false = (float(np.exp(self.coefficients[i])) for i in (0, moved))
        return (
            f"The rate ratio of {self.term} is {true:.3g} on the true calendar; on "
            f"{counted(len(self.shifts) - 1, 'moved calendar')} the one farthest from none is {false:.3g} "
            f"(moved {self.shifts[moved]:+d} month{'s' * (abs(self.shifts[moved]) != 1)}, "
            f"z = {self.coefficients[moved] / self.errors[moved]:.2f})."
        )


@method
def placebo_calendars(
    y: ArrayLike,
    *,
    unit: ArrayLike,
    month: ArrayLike,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    term: str = "event_month",
    shifts: Sequence[int] = (-12, -6, 6, 12),
    windows: Mapping[str, Window] = HALF_YEAR,
    effects: EffectScheme = "unit-year, season",
) -> PlaceboCalendars:
    """Repeat an event study with all events moved by some months: an effect of the dates should vanish.

    Parameters
    ----------
    y, unit, month, event_unit, event_month, windows, effects
        As in `event_study`.
    term : str
        Window whose coefficient is compared.
    shifts : sequence of int
        Months by which events are moved (positive: later).

    Raises
    ------
    InputError
        As `event_study`, and if ``term`` is not a window.
    """
    if term not in windows:
        raise InputError("unknown window", where=term, remedy=f"choose one of {', '.join(windows)}")
    everything = (0, *(shift for shift in shifts if shift))
    moved = [
        event_study(
            y,
            unit=unit,
            month=month,
            event_unit=event_unit,
            event_month=np.asarray(event_month) + shift,
            windows=windows,
            effects=effects,
        )
        for shift in everything
    ]
    at = list(windows).index(term)
    pairs = np.array([(fit.coefficients[at], fit.errors[at]) for fit in moved])
    return PlaceboCalendars(term, everything, readonly(pairs[:, 0]), readonly(pairs[:, 1]))
