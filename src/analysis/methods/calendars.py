"""Events near dates: more than near the same dates moved along the calendar, or, for one case, which of them at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from analysis.errors import InputError
from analysis.methods._fixed_effects import codes, column, whole_column
from analysis.methods.count_tests import whole_counts
from analysis.methods.result import Estimate, Floats, counted, method, readonly


def days_in_window(days: int, dates: ArrayLike, *, first: int, last: int) -> Floats:
    """Mark the days of a calendar, shape (days,), that lie ``first`` to ``last`` days from a date; both ends count."""
    if last < first:
        raise InputError(f"{first} to {last} is empty", where="window", remedy="give the earlier end first")
    marked = (np.asarray(dates, dtype=int)[:, None] + np.arange(first, last + 1)).ravel()
    window = np.zeros(days)
    window[marked[(marked >= 0) & (marked < days)]] = 1.0
    return window


@method
def shifted_calendar(counts: ArrayLike | pd.Series, dates: ArrayLike, *, first: int, last: int) -> Estimate:
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

    Returns
    -------
    Estimate
        Ratio of events inside windows (``events``) to those ``expected`` if events fell on any period alike, with the
        exact interval for independent events, the share of all shifts with as high a ratio (the true dates among them),
        and the smallest ratio that an exact test of independent events finds. ``null`` holds the ratio on every shift,
        the true dates first; ``share`` is that of the calendar inside windows.

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
    inside, total, share = _inside(counts, _positions(counts, dates), first, last)
    events, expected, p = int(inside[0]), total * share, float((inside >= inside[0]).mean())
    exact = stats.binomtest(events, total).proportion_ci(method="exact")
    ratio, lower, upper = events / expected, float(exact.low / share), float(exact.high / share)
    detectable = detectable_ratio_in_windows(total, share) if share < 1 else float("inf")
    null = readonly(inside / expected)
    low, high = np.quantile(null, [0.025, 0.975])
    what, date = (str(getattr(given, "name", None) or name) for given, name in ((counts, "all"), (dates, "dates")))
    periods = _unit(counts)
    row = {"ratio": ratio, "lower": lower, "upper": upper, "null_low": low, "null_high": high, "p": p}
    row |= {"events": events, "total": total, "expected": expected, "detectable": detectable}
    span = f"{first:+d} to {last:+d}" if first or last else f"of the {date}"
    return Estimate(
        f"{events} of {total} events ({what}) fell within {first:+d} to {last:+d} {periods} of the {date}, where "
        f"chance dates give {expected:.1f}: ratio {ratio:.2f} (exact 95% interval for independent events {lower:.2f} "
        f"to {upper:.2f}; p = {p:.3g}, one-sided, all {len(null):,} circular shifts of the calendar). With 80% power "
        f"an exact test finds a ratio of {detectable:.2f} or more.",
        name=what,
        estimate=ratio,
        lower=lower,
        upper=upper,
        p_value=p,
        n=total,
        unit="ratio to chance dates",
        minimum_detectable_effect=detectable,
        more={"first": first, "last": last, "events": events, "expected": expected, "share": share, "null": null}
        | {"date": date, "periods": periods},
        rows=pd.DataFrame(row, index=pd.Index([span], name=periods)),
    )


@method
def moved_dates(
    counts: ArrayLike | pd.Series, dates: ArrayLike, *, first: int, last: int, by: Sequence[int]
) -> Estimate:
    """Repeat `shifted_calendar` with all dates moved by some periods: what follows the dates should vanish.

    Parameters
    ----------
    counts, dates, first, last
        As in `shifted_calendar`.
    by : sequence of int
        Periods by which the dates are moved (positive: later).
    """
    true, unit = _positions(counts, dates), _unit(counts)
    return _versions(counts, {f"moved {step:+d} {unit}": true + step for step in by}, first, last)


@method
def dates_left_out(counts: ArrayLike | pd.Series, dates: ArrayLike, *, first: int, last: int) -> Estimate:
    """Repeat `shifted_calendar` without each date in turn, as `moved_dates` does: no single date should make it."""
    true = _positions(counts, dates)
    without = {f"without {date}": np.delete(true, row) for row, date in enumerate(np.asarray(dates))}
    return _versions(counts, without, first, last)


def _inside(counts: Any, places: NDArray[np.int64], first: int, last: int) -> tuple[Floats, int, float]:
    """Return events inside windows on every circular shift, events in all, and the calendar's share inside windows."""
    y = whole_counts(counts)
    window = days_in_window(len(y), places, first=first, last=last)
    total, share = int(y.sum()), float(window.mean()) if len(y) else 0.0
    if not total * share:
        raise InputError("no event, or no window", where="counts", remedy="check the dates")
    return np.rint(np.fft.irfft(np.conj(np.fft.rfft(y)) * np.fft.rfft(window), n=len(y))), total, share


def _versions(counts: Any, places: dict[str, NDArray[np.int64]], first: int, last: int) -> Estimate:
    """Return the p of the test on several versions of the dates, with their ``smallest_p`` and ``largest_p``."""
    shifts = {name: _inside(counts, own, first, last)[0] for name, own in places.items()}
    p = pd.Series({name: float((inside >= inside[0]).mean()) for name, inside in shifts.items()}, name="p")
    return Estimate(
        f"On {counted(len(p), 'version')} of the calendar p lies between {p.min():.3g} ({p.idxmin()}) and "
        f"{p.max():.3g} ({p.idxmax()}).",
        name="p on other dates",
        more={"smallest_p": float(p.min()), "largest_p": float(p.max())},
        rows=p.rename_axis("dates").to_frame(),
    )


def shifted_labels(label: ArrayLike, *, unit: ArrayLike, draws: int, seed: int) -> NDArray[Any]:
    """Return a label (first column) and versions of it moved along each unit's calendar by random circular shifts.

    The rows of a unit stand together, in order of time. The shifts depend on units, draws and seed only, so labels of
    several specifications move together.
    """
    values = column(label, None, "label")
    small = bool((values == values.astype(np.int8)).all())
    values, code = values.astype(np.int8) if small else values, codes(unit, len(values), "unit")
    starts = np.flatnonzero(np.diff(code, prepend=-1))
    if len(starts) != code.max() + 1:
        raise InputError("rows of a unit are apart", where="unit", remedy="sort by unit and time")
    rng = np.random.default_rng(seed)
    parts = []
    for own in np.split(values, starts[1:]):
        rolled = np.lib.stride_tricks.sliding_window_view(np.append(own, own[:-1]), len(own))
        parts.append(np.column_stack([own, rolled[rng.integers(len(own), size=draws)].T]))
    return np.concatenate(parts)


def _positions(counts: Any, dates: Any) -> NDArray[np.int64]:
    """Return dates as positions on the calendar of the counts."""
    periods = getattr(counts, "index", None)
    if not isinstance(periods, pd.PeriodIndex):
        return whole_column(dates, None, "dates")
    if len(periods) and periods[-1].ordinal - periods[0].ordinal + 1 != len(periods):
        raise InputError("periods have gaps", where="counts", remedy="fill periods without an event with zeros")
    try:
        return pd.PeriodIndex(dates, freq=periods.freq).asi8 - periods.asi8[:1].sum()
    except (TypeError, ValueError):
        raise InputError("they are no dates of the calendar", where="dates", remedy="give dates, or periods") from None


def _unit(counts: Any) -> str:
    frequency = getattr(getattr(counts, "index", None), "freqstr", "")
    return {"D": "days", "M": "months"}.get(frequency, "periods")


def detectable_ratio_in_windows(total: int, share: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest ratio of events in windows to those expected that an exact test detects with given power.

    Given their total, independent events inside windows are binomial with probability ratio times share; clumped events
    need a larger ratio. It is above 1 and at most 1 / share; infinite if even all events inside windows would not be
    significant. ``alpha`` is the level of the one-sided test, half of that of a two-sided one; ``share`` is that of the
    time inside windows.
    """
    if total < 1 or not all(0 < v < 1 for v in (share, alpha, power)):
        raise InputError("total below 1, or a share outside 0 to 1", where="windows", remedy="check")
    critical = int(stats.binom.isf(alpha, total, share)) + 1
    if critical > total:
        return float("inf")
    return float(special.betaincinv(critical, total - critical + 1, power)) / share


def detectable_difference(error: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the difference from zero that a two-sided z-test of that standard error detects with the given power."""
    if not error > 0:
        raise InputError("the error is not positive", where="detectable", remedy="give a standard error")
    return float((stats.norm.isf(alpha / 2) + stats.norm.ppf(power)) * error)


@method
def coinciding_events(
    start: ArrayLike | pd.Series,
    *,
    kind: Sequence[str] | pd.Series,
    name: Sequence[str] | pd.Series,
    onset: tuple[str, str],
    before: int,
    ahead: Mapping[str, int] | None = None,
    without: str = "",
) -> Estimate:
    """Find the events that began by the end of one case's onset, and not long before it.

    Parameters
    ----------
    start : array_like of dates, shape (events,)
        First day of each event.
    kind, name : sequence of str, shape (events,)
        Kind of cause and name of each event.
    onset : tuple of str
        First and last day (ISO) on which the case can have begun.
    before : int
        Days before the first day of the onset that count.
    ahead : mapping of str to int, optional
        By kind: days after the onset's last day that count too, for what is known in advance, such as a vote.
    without : str
        Kind that is left out: the cause in question, so that its rivals remain.

    Returns
    -------
    Estimate
        The number of coinciding ``events`` and their ``kinds``, sorted. The table has one row per event.

    Examples
    --------
    >>> coinciding_events(
    ...     ["2020-01-05", "2019-01-01", "2020-03-01"], kind=["strike", "strike", "vote"], name=["a", "b", "c"],
    ...     onset=("2020-01-10", "2020-02-10"), before=30, ahead={"vote": 30},
    ... ).kinds
    ('strike', 'vote')
    """
    first, last = (pd.Timestamp(day) for day in onset)
    if last < first:
        raise InputError("ends before it begins", where="onset", remedy="give the earlier day first")
    days, kinds = pd.Series(pd.DatetimeIndex(start)), pd.Series(list(kind), dtype=str)
    late = last + pd.to_timedelta(kinds.map(ahead or {}).fillna(0), unit="D")
    near = (days >= first - pd.Timedelta(days=before)) & (days <= late) & (kinds != without)
    columns = {"kind": kinds, "name": list(name), "start": days.dt.date.map(str)}
    to_onset = {"days_to_first": (first - days).dt.days, "days_to_last": (last - days).dt.days}
    rows = pd.DataFrame(columns | to_onset | {"coincides": near})
    events, found = int(near.sum()), tuple(sorted(set(kinds[near])))
    named = "; ".join(f"{row.name} ({row.start})" for row in rows[near].itertuples(index=False, name="Event"))
    of = f" of other kinds than {without}" if without else ""
    told = f" ({named}). One case cannot tell them apart." if events else "."
    return Estimate(
        f"The case began between {first:%Y-%m-%d} and {last:%Y-%m-%d}: within {before} days of that onset "
        f"{counted(events, 'dated event')}{of} of {counted(len(found), 'kind')} coincide{told}",
        name="coinciding events",
        n=1,
        more={"events": events, "kinds": found, "onset": (first, last)},
        rows=rows,
    )
