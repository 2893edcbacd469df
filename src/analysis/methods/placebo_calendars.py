"""An event study on other calendars: with all events moved, where an effect should vanish, and without each in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.errors import InputError
from analysis.methods.eventtime import HALF_YEAR, EffectScheme, Window, effect_codes, event_dummies, event_study
from analysis.methods.null_poisson import null_poisson
from analysis.methods.result import Estimate, Floats, Result, counted, method, readonly


@dataclass(frozen=True, slots=True)
class PlaceboCalendars(Result):
    """An event study on the true calendar, and on calendars moved by whole months.

    ``shifts`` are the months by which all events are moved; 0, the true calendar, comes first. ``coefficients`` and
    ``errors``, shape (shifts, windows), are log rate ratios; ``degrees`` of freedom of t intervals go by calendar.
    """

    windows: tuple[str, ...]
    shifts: tuple[int, ...]
    coefficients: Floats
    errors: Floats
    degrees: tuple[int, ...]

    def window(self, name: str) -> Estimate:
        """Return one window's true rate ratio, and how many moved calendars have one ``as_high``.

        ``rises`` are moved calendars that show a rise of their own: their 95 % interval, in the table, lies above one.
        """
        _require(name, self.windows)
        at = self.windows.index(name)
        middle, half = self.coefficients[:, at], stats.t.ppf(0.975, self.degrees) * self.errors[:, at]
        ends = {"rate_ratio": middle, "lower": middle - half, "upper": middle + half}
        frame = np.exp(pd.DataFrame(ends, index=pd.Index(self.shifts, name="shift_months")))
        true, moved = float(frame["rate_ratio"].iloc[0]), frame.iloc[1:]
        rises, as_high = int((moved["lower"] > 1).sum()), int((moved["rate_ratio"] >= true).sum())
        worst = moved.iloc[int(moved["lower"].argmax())]
        part = Estimate(
            f"Of {counted(len(moved), 'moved calendar')} {rises} show a rise of their own in {name}, and {as_high} as "
            f"high a ratio as the true one, {true:.2f}; the strongest is moved by {worst.name:+d} months: rate ratio "
            f"{worst['rate_ratio']:.2f} (95% interval {worst['lower']:.2f} to {worst['upper']:.2f}).",
            name=name,
            estimate=true,
            unit="rate ratio",
            more={"rises": rises, "as_high": as_high},
            rows=moved,
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
    """
    study = partial(event_study, **_informative(y, unit, month, effects), windows=windows, effects=effects)
    everything = (0, *(shift for shift in shifts if shift))
    fits = [study(event_unit=event_unit, event_month=np.asarray(event_month) + shift) for shift in everything]
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
) -> Estimate:
    """Repeat an event study without each event in turn: no single event should make the result.

    All are ranked by one step from the fit without the window; those at both ends are then fitted in full.

    Parameters
    ----------
    y, unit, month, event_unit, event_month, windows, effects
        As in `event_study`.
    term : str
        Window whose rate ratio is compared.

    Returns
    -------
    Estimate
        The least rate ratio with its interval; further the ``highest``, the ``events`` (unit, serial month) whose
        absence makes both, and how many were ``tried``: those near a row of the panel, as no other changes the ratio.
    """
    _require(term, windows)
    panel = _informative(y, unit, month, effects)
    place = {name: panel[name] for name in ("unit", "month")}
    dates = pd.DataFrame({"unit": np.asarray(event_unit), "month": np.asarray(event_month)}).drop_duplicates()
    dates = dates.reset_index(drop=True)
    labels, tried = _labels_without(**place, dates=dates, window=windows[term])
    marks = event_dummies(**place, event_unit=dates["unit"], event_month=dates["month"], windows=windows)
    groups, also = effect_codes(**place, effects=effects)
    null = null_poisson(panel["y"], groups=groups, also=also, controls=marks.drop(columns=term), cluster=panel["unit"])
    step = null.estimate(labels)[0]
    struck = [tried[int(np.argmin(step))], tried[int(np.argmax(step))]]
    study = partial(event_study, **panel, windows=windows, effects=effects)
    kept = [dates.drop(index=row) for row in struck]
    least, most = (study(event_unit=own["unit"], event_month=own["month"]).ratio(term) for own in kept)
    events = tuple((dates["unit"][row], int(dates["month"][row])) for row in struck)
    who, when = events[0]
    return Estimate(
        f"Whichever of {len(tried):,} events is left out, the rate ratio of {term} lies between {least.estimate:.2f} "
        f"(95% interval {least.lower:.2f} to {least.upper:.2f}, without {who} {when // 12}-{when % 12 + 1:02d}) and "
        f"{most.estimate:.2f}.",
        name=term,
        estimate=least.estimate,
        lower=least.lower,
        upper=least.upper,
        unit="rate ratio",
        more={"tried": len(tried), "events": events, "highest": most.estimate},
    )


def _require(name: str, windows: Sequence[str] | Mapping[str, Window]) -> None:
    if name not in windows:
        raise InputError("unknown window", where=name, remedy=f"choose one of {', '.join(windows)}")


def _informative(y: ArrayLike, unit: ArrayLike, month: ArrayLike, effects: EffectScheme) -> dict[str, NDArray[Any]]:
    """Drop groups without any event, which carry no information, so that repeated fits are quick."""
    panel = {"y": np.asarray(y), "unit": np.asarray(unit), "month": np.asarray(month)}
    groups = effect_codes(panel["unit"], panel["month"], effects)[0]
    total = pd.Series(panel["y"]).groupby(groups).transform("sum").to_numpy()
    return {name: values[total > 0] for name, values in panel.items()}


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
