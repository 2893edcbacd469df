"""Events near dates: more than near the same dates moved along the calendar, or, for one case, which of them at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from analysis.errors import InputError
from analysis.methods import _inputs as read
from analysis.methods._inputs import check_order, codes, column, days, labels, refuse_if, whole_column, whole_counts
from analysis.methods.result import TAIL, Estimate, Floats, bounded, counted, decimals, interval, method, readonly


def days_in_window(length: int, dates: ArrayLike, *, first: int, last: int) -> Floats:
    """Mark days of a calendar, shape (length,), that lie ``first`` to ``last`` days from a date; both ends count."""
    refuse_if(last < first, f"{first} to {last} is empty", "window", "give the earlier end first")
    starts, stops = np.clip(np.add.outer([first, last + 1], np.asarray(dates, dtype=int)), 0, length)
    begun, ended = (np.bincount(ends, minlength=length + 1).cumsum() for ends in (starts, stops))
    return (begun > ended)[:length].astype(np.float64)


@method
def shifted_calendar(counts: ArrayLike, dates: ArrayLike, *, first: int, last: int) -> Estimate:
    """Test whether more events fall into a window around dates than around the same dates moved along the calendar.

    All circular shifts are listed (Lotwick and Silverman 1982, doi:10.1111/j.2517-6161.1982.tb01221.x). A shift moves
    all dates together, so it keeps their spacing and the clumping of the events.

    The interval inverts this test (Rosenbaum 2002, doi:10.1007/978-1-4757-3692-2) by tilting (Efron 1981,
    doi:10.2307/3314608). If any event is k times as likely inside windows as outside, the chance that it was this shift
    of the calendar that held, given the events, is proportional to k to the power of the events inside. So the events T
    inside windows, on which every shift sheds one of its equal chances where dates do nothing, have the tilted chances
    P_k(T = t), proportional to P(T = t) k^t. Kept are all k under which neither T as high as observed nor T as low has
    a chance of .025 or less; a tilt is stated as the mean of T under it over the events expected, whose observed value
    is the estimate. The true dates are one of the shifts. Where none has more (fewer) events inside, the calendar knows
    no upper (lower) bound: it is infinite (zero).

    The estimate is the ratio of events inside windows (``events``) to those ``expected`` if events fell on any period
    alike, with its interval, the share of all shifts with as high a ratio (the true dates among them), and the smallest
    ratio that an exact test of independent events finds. ``null`` holds the ratio on every shift, the true dates first;
    ``share`` is that of the calendar inside windows.

    Parameters
    ----------
    counts : array_like or Series, shape (n,)
        Events of each period, at most 1e12, in order of time, without gaps. Of a Series over periods, ``name`` says
        what is counted.
    dates : array_like
        Dates in any form that the periods of ``counts`` understand; if its labels are whole numbers, some of these;
        else positions from 0. They may lie outside the calendar; the name of a Series says what they are.
    first, last : int
        Window in periods relative to a date (negative: before it), both ends included: -90, -1 are the 90 days before.

    Raises
    ------
    InputError
        If a count is not a whole number, periods are out of order or have gaps, dates are none of the calendar or
        missing, the window is empty, no event or no window lies within the calendar, or windows cover all of it.

    Examples
    --------
    >>> protests = pd.Series(0, pd.period_range("2019-01", "2020-12", freq="M"), name="protests")
    >>> protests[["2019-06", "2020-02"]] = 3, 2
    >>> found = shifted_calendar(protests, ["2019-06-09", "2020-02-25"], first=0, last=1)
    >>> found.events, found.expected, found.p_value == 2 / 24
    (5, 0.8333333333333333, True)
    """
    places, periods = _positions(counts, dates)
    inside, total, share = _inside(counts, places, first, last)
    events, expected, p = int(inside[0]), total * share, float((inside >= inside[0]).mean())
    ratio, tilted = events / expected, _Tilted(inside, expected)
    lower, upper = tilted.ends()
    detectable = detectable_ratio_in_windows(total, share)
    found = "no ratio" if np.isinf(detectable) else f"a ratio of {decimals(detectable, 2, apart=True)} or more"
    null = readonly(inside / expected)
    low, high = np.quantile(null, [TAIL, 1 - TAIL])
    what, date = (str(getattr(given, "name", None) or name) for given, name in ((counts, "all"), (dates, "dates")))
    row = {"ratio": ratio, "lower": lower, "upper": upper, "null_low": low, "null_high": high, "p": p}
    row |= {"events": events, "total": total, "expected": expected, "detectable": detectable}
    counted_as = f" counted as {what}" if what != "all" else ""
    span = f"{first:+d} to {last:+d}" if first or last else f"of the {date}"
    return Estimate(
        f"{events} of {counted(total, 'event')}{counted_as} fell within {first:+d} to {last:+d} {periods} of the "
        f"{date}, where chance dates give {expected:.1f}: ratio {decimals(ratio, 2)} ({interval(lower, upper, 2)}; "
        f"one-sided p of chance dates = {p:.3g}; both from all {len(null):,} circular shifts of the calendar). With "
        f"80% power an exact test of independent events finds {found}.",
        name=what,
        **bounded(ratio, lower, upper),
        p_value=p,
        n=total,
        unit="ratio to chance dates",
        assumed="every circular shift of the calendar is as likely; detectable if events are independent",
        minimum_detectable_effect=detectable,
        more={"first": first, "last": last, "events": events, "expected": expected, "share": share, "null": null},
        below=tilted.below,
        rows=pd.DataFrame(row, index=pd.Index([span], name=periods)),
    )


class _Tilted:
    """Ratios of events inside windows to those expected on the shifts of a calendar, with chances tilted towards high.

    ``steps`` are the different ratios, less the observed one, in order; a tilt multiplies the ``chances`` of an even
    draw by exp(tilt step).
    """

    def __init__(self, inside: Floats, expected: float) -> None:
        self.observed = float(inside[0]) / expected
        self.steps, times = np.unique((inside - inside[0]) / expected, return_counts=True)
        self.chances = times / len(inside)

    def ends(self) -> tuple[float, float]:
        """Return the mean ratios at which one as high as observed, or as low, has a chance of .025."""
        lowest, highest = self.steps[[0, -1]] == 0
        lower = 0.0 if lowest else self._at(self._root(lambda tilt: self._at(tilt)[1] - TAIL))[0]
        return lower, np.inf if highest else self._at(self._root(lambda tilt: TAIL - self._at(tilt)[2]))[0]

    def below(self, value: float) -> float:
        """Return the confidence that the ratio lies below a value: one tail or one less the other, next to one half."""
        _, high, low = self._at(self._root(lambda tilt: self._at(tilt)[0] - value))
        return float(np.median([1 - low, 0.5, high]))

    def _at(self, tilt: float) -> tuple[float, float, float]:
        """Return the mean ratio under a tilt, and the chances of one as high as observed, and of one as low."""
        powers = tilt * self.steps
        weights = self.chances * np.exp(powers - max(powers[0], powers[-1]))
        chances, own = weights / weights.sum(), int(self.steps.searchsorted(0))
        mean = self.observed + float(chances @ self.steps)
        return mean, float(chances[own:].sum()), float(chances[: own + 1].sum())

    def _root(self, rising: Callable[[float], float]) -> float:
        """Return the tilt at which a rising function is zero, or one so large that a single ratio has all chances."""
        tilts = 2.0 ** np.arange(64)
        reach = next((tilt for tilt in tilts if rising(-tilt) < 0 < rising(tilt)), None)
        if reach is None:
            return float(np.copysign(tilts[-1], -rising(0.0)))
        return float(optimize.brentq(rising, -reach, reach, xtol=1e-12 * reach))


@method
def moved_dates(counts: ArrayLike, dates: ArrayLike, *, first: int, last: int, by: Sequence[int]) -> Estimate:
    """Repeat `shifted_calendar` with all dates moved ``by`` some periods (positive: later): it should vanish.

    That it vanishes on all of them is shown by a low ``largest_upper``, the highest end of their 95 % intervals.
    """
    true, unit = _positions(counts, dates)
    return _versions(counts, {f"moved {step:+d} {unit}": true + step for step in by}, first, last)


@method
def dates_left_out(counts: ArrayLike, dates: ArrayLike, *, first: int, last: int) -> Estimate:
    """Repeat `shifted_calendar` without each date in turn, as `moved_dates` does: no single date should make it."""
    true, _ = _positions(counts, dates)
    without = {f"without {date}": np.delete(true, row) for row, date in enumerate(np.asarray(dates))}
    return _versions(counts, without, first, last)


def _inside(counts: Any, places: NDArray[np.int64], first: int, last: int) -> tuple[Floats, int, float]:
    """Return events inside windows on every circular shift, events in all, and the calendar's share inside windows."""
    y = whole_counts(counts)
    window = days_in_window(len(y), places, first=first, last=last)
    total, share = int(y.sum()), float(window.mean()) if len(y) else 0.0
    refuse_if(not total * share, "no event, or no window", "counts", "check the dates")
    refuse_if(share == 1, "the windows cover the whole calendar", "counts", "shorten them, or give a longer calendar")
    return np.rint(np.fft.irfft(np.conj(np.fft.rfft(y)) * np.fft.rfft(window), n=len(y))), total, share


def _versions(counts: Any, places: dict[str, NDArray[np.int64]], first: int, last: int) -> Estimate:
    """Return the p of the test on several versions of the dates, with the ends of these and of the intervals."""
    refuse_if(not places, "no version of the dates", "calendar", "give at least one")
    shifts = {name: _inside(counts, own, first, last) for name, own in places.items()}
    p = pd.Series({name: float((inside >= inside[0]).mean()) for name, (inside, *_) in shifts.items()}, name="p")
    upper = max(_Tilted(inside, total * share).ends()[1] for inside, total, share in shifts.values())
    return Estimate(
        f"On {counted(len(p), 'version')} of the calendar p of chance dates lies between {p.min():.3g} ({p.idxmin()}) "
        f"and {p.max():.3g} ({p.idxmax()}).",
        name="p on other dates",
        more={"smallest_p": float(p.min()), "largest_p": float(p.max()), "largest_upper": float(upper)},
        rows=p.rename_axis("dates").to_frame(),
    )


@method
def shifted_labels(label: ArrayLike, *, unit: ArrayLike, draws: int, seed: int) -> NDArray[Any]:
    """Return a label (first column) and versions of it moved along each unit's calendar by random circular shifts.

    The rows of a unit stand together, in order of time. The shifts depend on units, draws and seed only, so labels of
    several specifications move together.
    """
    values = column(label, None, "label")
    small = bool((values % 1 == 0).all() and -128 <= values.min() <= values.max() < 128)
    values, code = values.astype(np.int8) if small else values, codes(unit, len(values), "unit")
    starts = np.flatnonzero(np.diff(code, prepend=-1))
    refuse_if(len(starts) != code.max() + 1, "rows of a unit are apart", "unit", "sort by unit and time")
    rng = np.random.default_rng(seed)
    parts = []
    for own in np.split(values, starts[1:]):
        rolled = np.lib.stride_tricks.sliding_window_view(np.append(own, own[:-1]), len(own))
        parts.append(np.column_stack([own, rolled[rng.integers(len(own), size=draws)].T]))
    return np.concatenate(parts)


def _positions(counts: Any, dates: Any) -> tuple[NDArray[np.int64], str]:
    """Return dates as positions on the calendar of the counts, and what its periods are called."""
    check_order(counts, "counts")
    periods = getattr(counts, "index", None)
    what, remedy = "its labels are days, not periods", "turn it into periods with to_period('D') or to_period('M')"
    refuse_if(isinstance(periods, pd.DatetimeIndex), what, "counts", remedy)
    dates = labels(dates, None, "dates")
    refuse_if(dates.dtype.kind == "b", "a mask says where dates are, not which", "dates", "give those where it is true")
    if not isinstance(periods, pd.PeriodIndex):
        places = whole_column(dates, "dates")
        if isinstance(periods, pd.Index) and pd.api.types.is_numeric_dtype(periods):
            apart = (np.diff(periods) != 1).any()
            refuse_if(apart, "its labels are not one apart", "counts", "number the periods in ones")
            places -= int(periods.min() if len(periods) else 0)
        return places, "periods"
    try:
        found = pd.PeriodIndex(dates, freq=periods.freq)
        if found.hasnans or pd.api.types.is_numeric_dtype(dates):
            raise TypeError
    except (TypeError, ValueError):
        raise InputError("they are no dates of the calendar", where="dates", remedy="give dates, or periods") from None
    return found.asi8 - periods.asi8[:1].sum(), {"D": "days", "M": "months"}.get(periods.freqstr, "periods")


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

    Of those that coincide the estimate has the number of ``events`` and their ``kinds``, sorted. The table has one row
    per event.

    Parameters
    ----------
    start, kind, name : array_like of dates, sequences of str, shape (events,)
        First day, kind of cause and name of each event.
    onset, before : tuple of str, int
        First and last day (ISO) on which the case can have begun, and how many days before the first count.
    ahead : mapping of str to int, optional
        By kind: days after the onset's last day that count too, for what is known in advance, such as a vote.
    without : str
        Kind that is left out: the cause in question, so that its rivals remain.

    Examples
    --------
    >>> coinciding_events(
    ...     ["2020-01-05", "2019-01-01", "2020-03-01"], kind=["strike", "strike", "vote"], name=["a", "b", "c"],
    ...     onset=("2020-01-10", "2020-02-10"), before=30, ahead={"vote": 30},
    ... ).kinds
    ('strike', 'vote')
    """
    first, last = days(list(onset), "onset")
    refuse_if(last < first, "ends before it begins", "onset", "give the earlier day first")
    start, kind, name = read.aligned(start=start, kind=kind, name=name)
    began, given = pd.Series(days(start, "start")), {"kind": list(kind), "name": list(name)}
    kinds, names = (pd.Series(labels(own, len(began), what), dtype=str) for what, own in given.items())
    late = last + pd.to_timedelta(kinds.map(ahead or {}).fillna(0), unit="D")
    near = (began >= first - pd.Timedelta(days=before)) & (began <= late) & (kinds != without)
    rows = pd.DataFrame({"kind": kinds, "name": names, "start": began.dt.date.map(str)})
    rows = rows.assign(days_to_first=(first - began).dt.days, days_to_last=(last - began).dt.days, coincides=near)
    events, found = int(near.sum()), tuple(sorted(set(kinds[near])))
    named = "; ".join(f"{row.name} ({row.start})" for row in rows[near].itertuples(index=False, name="Event"))
    but = f", not counting {without}," if without else ""
    told = f" ({named}). One case cannot tell them apart." if events else "."
    return Estimate(
        f"The case began between {first:%Y-%m-%d} and {last:%Y-%m-%d}: within {before} days of that onset "
        f"{counted(events, 'dated event')} of {counted(len(found), 'kind')}{but} coincide{told}",
        name="coinciding events",
        n=1,
        more={"events": events, "kinds": found, "onset": (first, last)},
        rows=rows,
    )
