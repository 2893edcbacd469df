"""Event studies: counts before, at and after dated events, of the same unit, on other calendars, and of units nearby.

For units exposed to events elsewhere every event gets a small panel of its own, in which exposed and other units are
chosen by one rule, so that whatever follows from it is common to both; the panels are stacked (Cengiz and others 2019,
doi:10.1093/qje/qjz014). Effects of unit and of window within each panel are held fixed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods import _inputs as read
from analysis.methods._fixed_effects import informative
from analysis.methods._inputs import Ints, aligned, codes, column, labels, numbers, refuse_if, serial_months
from analysis.methods.permutation import permutation_test
from analysis.methods.poisson import ConditionalPoissonFit, NullPoisson, Sample, conditional_poisson
from analysis.methods.result import LABELS, Estimate, Floats, Result, counted, decimals, interval, method, readonly

EffectScheme = Literal["unit-year, season", "unit, month", "unit-season, year"]
Window = tuple[int, int]
Keys = NDArray[np.int64]

HALF_YEAR: dict[str, Window] = {"before_6_4": (-6, -4), "before_3_1": (-3, -1), "event_month": (0, 0)}
HALF_YEAR |= {"after_1_3": (1, 3), "after_4_6": (4, 6)}
MOST_NAMED = 5  # units without a row that the sentence names
FURTHEST = 12_000  # months from an event: rows of other units lie further apart
# Names of windows that say no more than where a window lies.
_PLACED = re.compile(r"(before|after)(_\d+)+|event_month|[+-]\d+")


def window_words(name: str, window: Window) -> str:
    """Say in words what window a name stands for: where it lies, or the name, if it says what happens there."""
    first, last = window
    if not _PLACED.fullmatch(name):
        return name.replace("_", " ")
    if first == last == 0:
        return "the month of the event"
    if first <= 0 <= last:
        return f"months {first:+d} to {last:+d} around the event"
    months = f"months {abs(first)} to {abs(last)}" if first < last else f"month {abs(first)}"
    return f"{months} {'before' if last < 0 else 'after'} the event"


LABELS.update({name: window_words(name, window) for name, window in HALF_YEAR.items()})


@method
def serial_month(year: ArrayLike, month: ArrayLike) -> NDArray[np.int64]:
    """Number months in one sequence, 12 * year + month - 1, so that December and January are neighbours."""
    year, month = aligned(year=year, month=month)
    y, m = read.whole_column(year, "year"), read.whole_column(month, "month of the year")
    said = f"{counted(len(m), 'month')} for {counted(len(y), 'year')}"
    refuse_if(len(y) != len(m), said, "month", "give one month per year")
    refuse_if(not np.isin(m, range(1, 13)).all(), "not all months are 1 to 12", "month", "check the dates")
    return (12 * y + m - 1)[slice(None) if np.ndim(year) else 0]


@method
def event_dummies(
    unit: ArrayLike,
    month: ArrayLike,
    *,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    windows: Mapping[str, Window] = HALF_YEAR,
    dose: bool = False,
) -> pd.DataFrame:
    """Mark the rows of a panel that lie in windows around events of their unit: 1 if some event has it there, else 0.

    Parameters
    ----------
    unit, month : array_like, shape (n,)
        Unit and serial month, 12 * year + month - 1, of each row; of a Series of units rows keep the labels.
    event_unit, event_month : array_like, shape (m,)
        Unit and serial month of each event; events outside the panel count, for their windows may reach into it.
    windows : mapping of str to (first, last)
        Months relative to the event, both ends included: (-3, -1) are the three months before.
    dose : bool
        Whether to count the events that have a row in their window; one that stands twice counts twice.

    Examples
    --------
    >>> votes = {"event_unit": ["A", "A"], "event_month": [3, 4], "windows": {"after": (1, 2)}}
    >>> [event_dummies(["A", "A"], [5, 6], **votes, dose=dose)["after"].tolist() for dose in (False, True)]
    [[1.0, 1.0], [2.0, 1.0]]
    """
    counts = _marked(*_keys(unit, month, event_unit, event_month), windows)
    counts.index = unit.index if isinstance(unit, pd.Series) else counts.index
    return counts if dose else (counts > 0).astype(float)


@method
def onsets(y: ArrayLike, *, unit: ArrayLike, month: ArrayLike, above: float, pause: int) -> pd.Series:
    """Mark the months in which a wave begins: more than ``above``, after ``pause`` months with no more than that.

    ``y``, ``unit`` and ``month``, shape (n,), are value, unit and serial month of each row; a unit's first month above
    has no pause to wait for.

    Examples
    --------
    >>> onsets([9, 9, 0, 0, 9], unit=list("AAAAA"), month=range(5), above=5, pause=2).tolist()
    [True, False, False, False, True]
    """
    y, unit, month = aligned(y=y, unit=unit, month=month)
    rows = panel_rows(unit, month)
    high = numbers(y, "y") > above
    refuse_if(high.shape != (len(rows),), "not one value per row", "y", "align the rows")
    since = rows[high].sort_values("month").groupby("unit", sort=False)["month"].diff()
    high[since.index[since <= pause]] = False
    return pd.Series(high, index=y.index if isinstance(y, pd.Series) else None)


@dataclass(frozen=True, slots=True)
class EventStudy(ConditionalPoissonFit):
    """Rate ratios of windows around events; ``design`` has the arguments of the study, so that it can be repeated."""

    design: dict[str, Any] = field(kw_only=True)

    def sentence(self, term: str | None = None) -> str:
        """Say one rate ratio (default all), and how many events count for nothing, as the panel lacks their unit."""
        sites = pd.Series(self.design["event_unit"])
        lost = sites[~sites.isin(self.design["unit"])]
        named = f" ({', '.join(map(str, lost.unique()))})" if lost.nunique() <= MOST_NAMED else ""
        told = f" Left out are {len(lost):,} of {counted(len(sites), 'event')}, in units that the panel lacks{named}."
        return ConditionalPoissonFit.sentence(self, term) + (told if len(lost) else "")


@method
def event_study(
    y: ArrayLike,
    *,
    unit: ArrayLike,
    month: ArrayLike,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    windows: Mapping[str, Window] = HALF_YEAR,
    controls: pd.DataFrame | None = None,
    effects: EffectScheme = "unit-year, season",
    cluster: ArrayLike | None = None,
) -> EventStudy:
    """Estimate rate ratios of windows around events to other months, by conditional Poisson regression.

    Parameters
    ----------
    y : array_like, shape (n,)
        Counts of each unit and month.
    unit, month, event_unit, event_month, windows
        As in `event_dummies`; months are 12 * year + month - 1. Events of units without a row count for nothing.
    controls : DataFrame, shape (n, k), optional
        Further regressors.
    effects : {"unit-year, season", "unit, month", "unit-season, year"}
        Unit by calendar year and month of the year (only timing within the year identifies); unit and serial month; or
        unit by month of the year and calendar year.
    cluster : array_like, shape (n,), optional
        Clusters of the errors; default the units.

    Raises
    ------
    InputError
        If a unit has several rows in one month, there is no window, or no row lies in one; else as
        `conditional_poisson`.

    Examples
    --------
    >>> arrests = [1, 0, 2, 0, 1, 0, 1, 0, 0, 3, 1, 0] * 2 + [0, 1, 0, 1, 0, 0, 4, 0, 1, 0, 0, 1] * 2
    >>> rows = {"unit": ["A"] * 24 + ["B"] * 24, "month": [*range(24), *range(24)]}
    >>> dates = {"event_unit": ["A", "B"], "event_month": [9, 6]}
    >>> fit = event_study(arrests, **rows, **dates, windows={"vote": (0, 0)})
    >>> fit.table().loc["vote", ["rate_ratio", "lower", "upper"]].round(2).tolist()
    [3.09, 0.8, 11.99]
    """
    event_unit, event_month = aligned(event_unit=event_unit, event_month=event_month)
    dates: dict[str, Any] = {"event_unit": labels(event_unit, None, "event_unit"), "windows": windows}
    dates["event_month"] = serial_months(event_month, "event_month")
    cluster = unit if cluster is None else cluster
    y, unit, month, cluster, controls = aligned(y=y, unit=unit, month=month, cluster=cluster, controls=controls)
    rows = {"y": column(y, None, "y"), "cluster": labels(cluster, None, "cluster").to_numpy()}
    rows |= {name: own.to_numpy() for name, own in panel_rows(unit, month).items()}
    refuse_if(not windows, "none is given", "windows", "name at least one, such as {'event': (0, 0)}")
    design = rows | dates | {"controls": controls, "effects": effects}
    x = _regressors(design, *_keys(rows["unit"], rows["month"], event_unit, event_month))
    groups, also = effect_codes(rows["unit"], rows["month"], effects)
    fit = conditional_poisson(rows["y"], x, groups=groups, also=also, cluster=rows["cluster"])
    return EventStudy(**_parts(fit, windows), design=design)


def effect_codes(unit: ArrayLike, month: ArrayLike, effects: EffectScheme) -> tuple[Ints, NDArray[np.int64]]:
    """Return group codes and second-factor codes of a scheme of effects, see `event_study`."""
    serial = serial_months(month, "month")
    code = codes(unit, len(serial), "unit")
    year, season = serial // 12, serial % 12
    schemes = {"unit-year, season": (code * (year.max(initial=0) + 1) + year, season), "unit, month": (code, serial)}
    schemes["unit-season, year"] = code * 12 + season, year
    return schemes[effects]


@dataclass(frozen=True, slots=True)
class PlaceboCalendars(Result):
    """Fits of an event study on the true calendar, shift 0, and then with all events moved by ``shifts`` months."""

    shifts: tuple[int, ...]
    fits: tuple[ConditionalPoissonFit, ...]

    def window(self, name: str) -> Estimate:
        """Return one window's true rate ratio, and how many moved calendars have one ``as_high``.

        ``rises`` are moved calendars that show a rise of their own: their 95 % interval, in the table, lies above one.
        ``largest_upper`` is the highest end of these intervals: no moved calendar has a larger effect.
        """
        read.refuse_unknown([name], names := self.fits[0].names, "term", "regressor")
        columns, place = ("coefficients", "errors", "freedom"), names.index(name)
        parts: Any = {part: np.array([getattr(fit, part)[place] for fit in self.fits]) for part in columns}
        frame = replace(self.fits[0], names=tuple(map(str, self.shifts)), **parts).table()
        frame = frame[["rate_ratio", "lower", "upper"]].set_axis(pd.Index(self.shifts, name="shift_months"))
        true, moved = float(frame["rate_ratio"].iloc[0]), frame.iloc[1:]
        rises, as_high = int((moved["lower"] > 1).sum()), int((moved["rate_ratio"] >= true).sum())
        refuse_if(moved["lower"].isna().all(), "no moved calendar has an interval", name, "move it by other months")
        worst = moved.iloc[int(moved["lower"].argmax())]
        part = Estimate(
            f"Moved calendars with a rise of their own in {self.fits[0].said(name)}: {rises} of {len(moved)}; with as "
            f"high a ratio as the true one, {decimals(true, 2)}: {as_high}; the strongest is moved by {worst.name:+d} "
            f"months: rate ratio {decimals(worst['rate_ratio'], 2)} ({interval(worst['lower'], worst['upper'], 2)}).",
            name=name,
            estimate=true,
            unit="rate ratio",
            more={"rises": rises, "as_high": as_high, "largest_upper": float(moved["upper"].max())},
            rows=moved,
        )
        return self.part(part, term=name)

    def table(self) -> pd.DataFrame:
        """Return the rate ratios of all windows, one row per moved calendar."""
        ratios = np.exp([fit.coefficients for fit in self.fits[1:]])
        return pd.DataFrame(ratios, pd.Index(self.shifts[1:], name="shift_months"), list(self.fits[0].names))

    def sentence(self) -> str:
        """Say for every window how many moved calendars show as high a rate ratio as the true one."""
        parts = [f"{self.window(name).as_high} in {self.fits[0].said(name)}" for name in self.fits[0].names]
        return f"Of {counted(len(self.shifts) - 1, 'moved calendar')}, these reach the true ratio: {', '.join(parts)}."


@method
def placebo_calendars(study: EventStudy, *, shifts: Sequence[int] = (-12, -6, 6, 12)) -> PlaceboCalendars:
    """Repeat an event study with all events moved by some months: an effect of the dates should vanish.

    Parameters
    ----------
    study : EventStudy
    shifts : sequence of int, default (-12, -6, 6, 12)
        Months by which events are moved (positive: later), not 0.

    Raises
    ------
    InputError
        If no row lies in a window of the moved events, or their ratio has no maximum.
    """
    near = len(shifts) and all(0 < abs(shift) <= FURTHEST for shift in shifts)
    refuse_if(not near, f"none, or one of 0 months or over {FURTHEST:,}", "shifts", "name others")
    design, effects = _informative(study.design)
    rows, events = _keys(*(design[name] for name in ("unit", "month", "event_unit", "event_month")))
    sample = Sample(design["y"], None, **effects)
    fits = (sample.fit(_regressors(design, rows, events + shift)) for shift in shifts)
    return PlaceboCalendars((0, *shifts), (study, *fits))


@method
def leave_one_event_out(study: EventStudy, *, term: str) -> Estimate:
    """Repeat an event study without each event in turn: no single event should make the result.

    All are ranked by one step from the fit without the window; those at both ends are then fitted in full. The estimate
    is the least rate ratio of the window ``term``; further it has the ``highest``, the ``events`` (unit, serial month)
    whose absence makes both, and how many were ``tried``: those near a row of the panel, as no other changes the ratio.
    """
    design, effects = _informative(study.design)
    windows = design["windows"]
    read.refuse_unknown([term], windows, "term", "window")
    dates = pd.DataFrame({name: design[name] for name in ("event_unit", "event_month")})
    dates = dates.drop_duplicates(ignore_index=True)
    rows, events = _keys(design["unit"], design["month"], **dict(dates.items()))
    without, tried = _labels_without(rows, events, windows[term])
    others = _regressors(design, rows, events).drop(columns=term)
    step = NullPoisson(design["y"], controls=others, **effects).estimate(without)[0]
    struck = [tried[int(np.argmin(step))], tried[int(np.argmax(step))]]
    least, most = (event_study(**design | dict(dates.drop(index=row).items())).ratio(term) for row in struck)
    both = tuple((dates["event_unit"][row], int(dates["event_month"][row])) for row in struck)
    who, when = both[0]
    return Estimate(
        f"Whichever of {len(tried):,} events is left out, the rate ratio of {window_words(term, windows[term])} lies "
        f"between {decimals(least.estimate, 2)} "
        f"({interval(least.lower, least.upper, 2)}, without {who} {when // 12}-{when % 12 + 1:02d}) and "
        f"{decimals(most.estimate, 2)}.",
        name=term,
        estimate=least.estimate,
        lower=least.lower,
        upper=least.upper,
        unit="rate ratio",
        more={"tried": len(tried), "events": both, "highest": most.estimate},
    )


@dataclass(frozen=True, slots=True)
class Stacks:
    """One panel per event: for every unit of every panel a row of ``counts``, one a window.

    ``event`` and ``unit`` number panel and unit of each row; ``exposed``, shape (events, units), says which unit is
    exposed to which event.
    """

    event: Ints
    unit: Ints
    counts: Floats
    exposed: NDArray[np.bool_]

    def labels(self, exposed: NDArray[np.bool_]) -> Floats:
        """Return one 0/1 column per window after the reference, 1 for counts of exposed units in that window."""
        return np.kron(exposed[self.event, self.unit][:, None], np.eye(self.counts.shape[1])[:, 1:])

    def effects(self) -> dict[str, Any]:
        """Return codes of absorbed effects (panel by unit, panel by window) and clusters (units) of each count."""
        width = self.counts.shape[1]
        return {
            "groups": np.repeat(self.event * self.exposed.shape[1] + self.unit, width),
            "also": np.repeat(self.event, width) * width + np.tile(np.arange(width), len(self.unit)),
            "cluster": np.repeat(self.unit, width),
        }


@dataclass(frozen=True, slots=True)
class StackedStudy(ConditionalPoissonFit):
    """Rate ratios of exposed to other units by window, against the first of the same panel; ``stacks`` has panels."""

    stacks: Stacks = field(kw_only=True)


@method
def stacked_event_study(
    y: ArrayLike,
    *,
    unit: ArrayLike,
    month: ArrayLike,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    exposed: Sequence[Sequence[Any]] | pd.Series,
    windows: Mapping[str, Window],
    include: ArrayLike | None = None,
    quiet: ArrayLike | None = None,
    clean: bool = False,
) -> StackedStudy:
    """Compare units exposed to events elsewhere with other units of the same months, by conditional Poisson regression.

    Counts of windows give the estimates and errors that months would, because exposure does not change within one.

    Parameters
    ----------
    y, unit, month, event_unit, event_month, windows
        As in `event_study`; an event's own unit is no part of its panel, and the first window is the reference.
    exposed : sequence of sequences, shape (events,)
        Units exposed to each event (see `analysis.methods.networks.units_at_distance`); one without a row is left out.
    include : array_like of bool, shape (n,), optional
        Rows that count; a unit is in a panel if all its months do. Default all rows.
    quiet : array_like of bool, shape (n,), optional
        What has to hold of a unit in the month of the event.
    clean : bool, default False
        Leave out units that are exposed to an event elsewhere within the months of the panel.

    Raises
    ------
    InputError
        If there are fewer than two windows or one is empty, a unit has several rows in one month, exposed units are not
        given for each event or have no row, or no panel lies within the months; else as `conditional_poisson`.

    Examples
    --------
    >>> panel = pd.DataFrame([(u, m) for u in "ABCDEF" for m in range(24)], columns=["unit", "month"])
    >>> near = panel["unit"].isin(["B", "C"]) & (panel["month"] > 12)
    >>> fit = stacked_event_study(
    ...     np.where(near, 4, 2) + panel.index % 5, unit=panel["unit"], month=panel["month"],
    ...     event_unit=["A"], event_month=[12], exposed=[["B", "C"]], windows={"before": (-6, -1), "after": (1, 6)},
    ... )
    >>> round(fit.ratio("after").estimate, 2)
    1.46
    """
    y, unit, month, include, quiet = aligned(y=y, unit=unit, month=month, include=include, quiet=quiet)
    event_unit, event_month, exposed = aligned(event_unit=event_unit, event_month=event_month, exposed=exposed)
    rows, dates = panel_rows(unit, month), serial_months(event_month, "event_month")
    sites = labels(event_unit, len(dates), "event_unit").to_numpy()
    units = pd.Index(rows["unit"].unique())
    units, code, serial = units[read.order_of(units)], codes(rows["unit"], len(rows), "unit"), rows["month"].to_numpy()
    starts, stops = np.array(list(windows.values()), dtype=np.int64).reshape(-1, 2).T
    few = len(starts) < 2 or (stops < starts).any()
    refuse_if(few, "fewer than two windows, or one is empty", "windows", "give a span to each")
    what = f"units are given for {counted(len(exposed), 'event')} of {len(dates)}"
    refuse_if(len(exposed) != len(dates), what, "exposed", "give a list of units for each event")
    first, last = int(starts.min()), int(stops.max())
    place = code, serial - serial.min()
    sums = _running(y, "y", place)
    covered = _running(np.ones(len(serial)) if include is None else include, "include", place)
    at = dates - serial.min()
    near = np.array([units.isin(list(tied)) for tied in exposed], dtype=bool).reshape(len(dates), len(units))
    refuse_if(not near.any(), "none of these units has a row", "exposed", "give units as they stand in unit")
    whole = np.flatnonzero((at + first >= 0) & (at + last < sums.shape[1] - 1))
    keep = np.zeros(near.shape, dtype=bool)
    keep[whole] = (covered[:, at[whole] + last + 1] - covered[:, at[whole] + first] == last - first + 1).T
    keep &= sites[:, None] != units.to_numpy()
    if quiet is not None:
        keep[whole] &= (np.diff(_running(quiet, "quiet", place), axis=1)[:, at[whole]] == 1).T
    if clean:
        soon = np.abs(at[:, None] - at) <= max(-first, last)
        keep &= ((sites[:, None] != sites) & soon).astype(int) @ near.astype(int) == 0
    event, row = np.nonzero(keep)
    refuse_if(not len(event), "no panel lies within the months", "events", "see windows and include")
    row_of, month_of = row[:, None], at[event][:, None]
    counts = sums[row_of, month_of + stops + 1] - sums[row_of, month_of + starts]
    stacks = Stacks(event, row, counts, near)
    marks = pd.DataFrame(stacks.labels(near), columns=list(windows)[1:])
    fit = conditional_poisson(counts.ravel(), marks, **stacks.effects())
    return StackedStudy(**_parts(fit, windows), stacks=stacks)


@method
def shuffled_exposure(study: StackedStudy, term: str, *, draws: int = 999, seed: int) -> Estimate:
    """Estimate a stacked event study anew with units in each other's places: any other map should do less.

    Units that have a count in some panel exchange their places at random (Krackhardt 1988,
    doi:10.1016/0378-8733(88)90004-4). Events, the number of units exposed to each, and the counts stay.

    The estimate is the rate ratio of the window ``term`` after one Newton step, with the share of arrangements, the
    true one among them, that have as high a ratio; further ``ratios`` of all windows but the reference, shape
    (1 + draws, windows), those of the true exposure first. Its table has the true ratio and the middle 95 % of the
    shuffled ones by window.
    """
    stacks, names = study.stacks, list(study.names)
    study.rows(term)
    some = stacks.counts.sum(axis=1) > 0
    stacks = replace(stacks, event=stacks.event[some], unit=stacks.unit[some], counts=stacks.counts[some])
    prepared = NullPoisson(stacks.counts.ravel(), **stacks.effects())
    rng, inside = np.random.default_rng(seed), np.unique(stacks.unit)
    orders = np.tile(np.arange(stacks.exposed.shape[1]), (1 + draws, 1))
    for order in orders[1:]:
        order[inside] = rng.permutation(inside)
    ratios = readonly(np.exp([prepared.together(stacks.labels(stacks.exposed[:, order])) for order in orders]))
    own = ratios[:, names.index(term)]
    found = permutation_test(own[0], own[1:], name="rate ratio of exposed units", scheme="which unit has which place")
    low, high = np.quantile(ratios[1:], [0.025, 0.975], axis=0)
    table = pd.DataFrame({"true": ratios[0], "low": low, "high": high}, index=pd.Index(names, name="window"))
    return replace(found, more={**found.more, "ratios": ratios}, rows=table)


def panel_rows(unit: ArrayLike, month: ArrayLike) -> pd.DataFrame:
    """Return unit and serial month of each row of a panel; refuse rows that name both twice."""
    rows = pd.DataFrame({"unit": labels(unit, len(serial := serial_months(month, "month")), "unit"), "month": serial})
    for who, when in rows[rows.duplicated()].itertuples(index=False):
        what = f"{who} has more than one row in {when // 12}-{when % 12 + 1:02d}"
        raise InputError(what, where="unit and month", remedy="give one row per unit and month")
    return rows


def _marked(rows: Keys, events: Keys, windows: Mapping[str, Window]) -> pd.DataFrame:
    """Return how many events have each row in their window, from their keys."""
    found = {}
    for name, (first, last) in windows.items():
        refuse_if(last < first, f"{first} to {last} is empty", name, "give the earlier end first")
        far = f"{first} to {last} reaches more than {FURTHEST:,} months from the event"
        refuse_if(max(-first, last) > FURTHEST, far, name, "shorten the window")
        near = np.sort(_near(events, (first, last)))
        found[name] = (near.searchsorted(rows, "right") - near.searchsorted(rows)).astype(np.float64)
    return pd.DataFrame(found, index=pd.RangeIndex(len(rows)))


def _regressors(design: dict[str, Any], rows: Keys, events: Keys) -> pd.DataFrame:
    """Return dummies of a study's windows with its controls; refuse a window without a row."""
    marks = (_marked(rows, events, design["windows"]) > 0).astype(float)
    for name in marks.columns[~marks.any()]:
        unknown = {*design["event_unit"]} - {*design["unit"]}
        listed = ", ".join(map(str, sorted(unknown, key=str)))
        what = "no row lies in this window of an event" + (f"; the panel lacks the units {listed}" if unknown else "")
        raise InputError(what, where=name, remedy="check unit and month of the events, or leave the window out")
    controls = design["controls"]
    return marks if controls is None else pd.concat([marks, controls.reset_index(drop=True)], axis=1)


def _near(events: Keys, window: Window) -> Keys:
    """Return the keys of all rows that would lie in a window around an event."""
    return (events[:, None] + np.arange(window[0], window[1] + 1)).ravel()


def _keys(unit: ArrayLike, month: ArrayLike, event_unit: ArrayLike, event_month: ArrayLike) -> tuple[Keys, Keys]:
    """Return one number per row and per event, such that a month later is one more and units lie far apart."""
    unit, month = aligned(unit=unit, month=month)
    event_unit, event_month = aligned(event_unit=event_unit, event_month=event_month)
    serial, dates = serial_months(month, "month"), serial_months(event_month, "event_month")
    both = labels(unit, len(serial), "unit").append(labels(event_unit, len(dates), "event_unit"))
    code = codes(both, len(both), "unit")
    wide = 10 * (int(np.abs(np.append(serial, dates)).max(initial=0)) + FURTHEST)
    keys = code * wide + np.append(serial, dates)
    return keys[: len(serial)], keys[len(serial) :]


def _parts(fit: ConditionalPoissonFit, windows: Mapping[str, Window]) -> dict[str, Any]:
    """Return the parts of a fit by name, with the windows in words."""
    words = {name: window_words(name, window) for name, window in windows.items()}
    return {part.name: getattr(fit, part.name) for part in fields(fit)} | {"words": words}


def _informative(design: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a study's design without groups without any case, so that fits are quick, and its effects and clusters."""
    groups, also = effect_codes(design["unit"], design["month"], design["effects"])
    some = informative(groups, None, design["y"])
    told = [name for name in ("y", "unit", "month", "cluster", "controls") if design[name] is not None]
    kept = design | {name: design[name][some] for name in told}
    return kept, {"groups": groups[some], "also": also[some], "cluster": kept["cluster"]}


def _labels_without(rows: Keys, events: Keys, window: Window) -> tuple[NDArray[np.bool_], list[int]]:
    """Return the window's dummy with each event left out, one column an event near a row, and those events' places."""
    hits = pd.Index(rows).get_indexer(_near(events, window)).reshape(len(events), -1)
    event, step = np.nonzero(hits >= 0)
    own = np.zeros((len(rows), len(events)), dtype=np.int8)
    own[hits[event, step], event] = 1
    own = own[:, tried := np.unique(event)]
    return own.sum(axis=1, keepdims=True) > own, tried.tolist()


def _running(values: ArrayLike, what: str, place: tuple[NDArray[Any], NDArray[Any]]) -> Floats:
    """Return sums of each unit from the first month to before each month, shape (units, months + 1)."""
    wide = np.zeros((int(place[0].max()) + 1, int(place[1].max()) + 1))
    wide[place] = column(values, len(place[0]), what)
    return np.pad(np.cumsum(wide, axis=1), ((0, 0), (1, 0)))
