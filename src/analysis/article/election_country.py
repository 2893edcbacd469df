"""Steps of notebook 04: one country's repressed protests around its own elections, by day where days are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.article.elections import OUTCOMES
from analysis.claims.evidence import Check
from analysis.errors import InputError
from analysis.methods.calendars import calendar_randomisation, days_in_window, minimum_detectable_ratio
from analysis.methods.permutation import PermutationTest

#: First and last day on which events are known by the day: the first full year of independence, and the data's end.
FIRST_DAY, LAST_DAY = pd.Timestamp("1992-01-01"), pd.Timestamp("2020-03-31")
#: Country whose events are known by the day.
BY_DAY = "KAZ"
_DAYS_PER_MONTH = 30


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    """Events and elections of one country on one calendar.

    Attributes
    ----------
    country : str
        ISO3 code.
    counts : ndarray, shape (periods,)
        Events of each period.
    elections : DataFrame
        ``position`` of each election on the calendar (may lie outside), ``label`` (its date), ``scheduled``.
    unit : str
        ``days`` or ``months``.
    outcome : str
        What is counted.
    first_month : int
        Serial month of the first period.
    """

    country: str
    counts: NDArray[np.float64]
    elections: pd.DataFrame
    unit: str
    outcome: str
    first_month: int

    def length(self, days: int) -> int:
        """Return a number of days in periods of this calendar."""
        return days if self.unit == "days" else max(1, round(days / _DAYS_PER_MONTH))

    def spans(self, days: int) -> dict[str, tuple[int, int]]:
        """Return the windows before, at, after and around an election, in periods relative to it."""
        k, near = self.length(days), 7 if self.unit == "days" else 0
        return {"before": (-k, -1), "at": (-near, near), "after": (1, k), "around": (-k, k)}


@dataclass(frozen=True, slots=True)
class Around:
    """Events in a window around elections against those that chance dates give.

    Attributes
    ----------
    window : tuple of int
        First and last period of the window, relative to the election.
    events, total : int
        Events inside windows, and in all.
    share : float
        Share of the calendar inside windows.
    test : PermutationTest
        Ratio of events to those expected, against all circular shifts of the calendar.
    lower, upper : float
        Exact 95 % interval of the ratio if events were independent (Clopper-Pearson for their share).
    detectable : float
        Smallest ratio that an exact test finds with 80 % power; infinite if none.
    unit : str
        ``days`` or ``months``.
    outcome : str
        What is counted.
    """

    window: tuple[int, int]
    events: int
    total: int
    share: float
    test: PermutationTest
    lower: float
    upper: float
    detectable: float
    unit: str
    outcome: str

    def table(self) -> pd.DataFrame:
        """Return one row: ratio, interval, the middle 95 % of shifted calendars, p, and detectable ratio."""
        low, high = np.quantile(self.test.null, [0.025, 0.975])
        row = {"ratio": self.test.statistic, "lower": self.lower, "upper": self.upper, "null_low": low}
        row |= {"null_high": high, "p": self.test.p, "events": self.events, "total": self.total}
        row |= {"expected": self.total * self.share, "detectable": self.detectable}
        return pd.DataFrame(row, index=pd.Index([_span(self.window)], name=self.unit))

    def sentence(self) -> str:
        """Say events, expectation, ratio with its interval, the test, and what it could have found."""
        return (
            f"{self.events} of {self.total} {self.outcome} fell within {self.window[0]:+d} to {self.window[1]:+d} "
            f"{self.unit} of a national election, where chance dates give {self.total * self.share:.1f}: ratio "
            f"{self.test.statistic:.2f} (exact 95% interval for independent events {self.lower:.2f} to "
            f"{self.upper:.2f}; p = {self.test.p:.3g}, one-sided, all {len(self.test.null):,} circular shifts of the "
            f"election calendar). With 80% power an exact test finds a ratio of {self.detectable:.2f} or more."
        )


def by_day(events: pd.DataFrame, elections: pd.DataFrame, *, outcome: str) -> OwnCalendar:
    """Lay Kazakhstan's events and first rounds of elections on days.

    Parameters
    ----------
    events : pandas.DataFrame
        The table ``protests_kazakhstan``.
    elections : pandas.DataFrame
        The table ``elections``; referendums and second rounds are left out.
    outcome : str
        Flag of the event that counts; ``protests`` counts all.
    """
    counted = events if outcome == "protests" else events[_flag(events, outcome) == 1]
    place = (pd.to_datetime(counted["start"]) - FIRST_DAY).dt.days
    days = (LAST_DAY - FIRST_DAY).days + 1
    counts = np.bincount(place[place.between(0, days - 1)], minlength=days).astype(float)
    own = elections[(elections["iso3"] == BY_DAY) & (elections["round"] == 1) & (elections["kind"] != "referendum")]
    dates = pd.DataFrame(
        {
            "position": (pd.to_datetime(own["date"]) - FIRST_DAY).dt.days,
            "label": own["date"],
            "scheduled": 1 - own["early"],
        }
    )
    return OwnCalendar(BY_DAY, counts, dates.reset_index(drop=True), "days", outcome, 12 * FIRST_DAY.year)


def by_month(frame: pd.DataFrame, calendar: pd.DataFrame, *, country: str, outcome: str) -> OwnCalendar:
    """Lay another country's events and elections on months, in all regimes.

    Parameters
    ----------
    frame, calendar : pandas.DataFrame
        Country-months and elections (see :mod:`analysis.article.elections`).
    country, outcome : str
        ISO3 code; column that counts.

    Raises
    ------
    InputError
        The country has no months or no election.
    """
    own, dates = frame[frame["iso3"] == country], calendar[calendar["iso3"] == country]
    if own.empty or dates.empty:
        raise InputError(f"no country-months or no elections of {country}", where="04_election_seasonality")
    position = dates["serial"] - own["serial"].min()
    label = [_day(month)[:7] for month in dates["serial"]]
    listed = pd.DataFrame({"position": position, "label": label, "scheduled": dates["scheduled"]})
    listed = listed.drop_duplicates("position").sort_values("position", ignore_index=True)
    return OwnCalendar(country, own[outcome].to_numpy(float), listed, "months", outcome, int(own["serial"].min()))


def around(own: OwnCalendar, *, first: int, last: int, positions: Sequence[int] | None = None) -> Around:
    """Compare events in a window around elections with all circular shifts of the calendar.

    Parameters
    ----------
    own : OwnCalendar
        Events and elections.
    first, last : int
        Window in periods relative to the election, both ends included.
    positions : sequence of int, optional
        Other dates than the calendar's own.
    """
    dates = own.elections["position"] if positions is None else positions
    window = days_in_window(len(own.counts), dates, first=first, last=last)
    test = calendar_randomisation(own.counts, window)
    total, share = int(own.counts.sum()), float(window.mean())
    events = int(own.counts @ window)
    exact = stats.binomtest(events, total).proportion_ci(method="exact")
    return Around(
        (first, last),
        events,
        total,
        share,
        test,
        float(exact.low / share),
        float(exact.high / share),
        minimum_detectable_ratio(total, share),
        own.unit,
        OUTCOMES[own.outcome],
    )


def checks(own: OwnCalendar, *, days: int, alpha: float) -> list[Check]:
    """Return the registered falsifications: moved elections, scheduled ones alone, each one left out.

    Moved elections pass if no calendar moved by half a year or a year is significant; the other two pass if the
    result stays significant.
    """
    position = own.elections["position"].to_numpy()
    year = own.length(365)
    moved = {step: _p(own, days, position + step) for step in (-year, -(year // 2), year // 2, year)}
    regular = own.elections.loc[own.elections["scheduled"] == 1, "position"].to_numpy()
    inside = (regular >= -own.length(days)) & (regular < len(own.counts) + own.length(days))
    without = {label: _p(own, days, np.delete(position, i)) for i, label in enumerate(own.elections["label"])}
    worst = max(without, key=lambda label: without[label])
    lowest = min(moved, key=lambda step: moved[step])
    return [
        Check(
            name="placebo elections",
            passed=moved[lowest] > alpha,
            detail=f"smallest p on {len(moved)} moved calendars {moved[lowest]:.3g} (moved {lowest:+d} {own.unit})",
        ),
        _scheduled(own, days, regular[inside], alpha),
        Check(
            name="leave one election out",
            passed=without[worst] <= alpha,
            detail=f"p is at most {without[worst]:.3g}, without the election of {worst}",
        ),
    ]


def _scheduled(own: OwnCalendar, days: int, regular: NDArray[Any], alpha: float) -> Check:
    if not len(regular):
        return Check(name="scheduled elections only", passed=False, detail="the data cover no scheduled election")
    first, last = own.spans(days)["around"]
    result = around(own, first=first, last=last, positions=regular.tolist())
    detail = f"{len(regular)} scheduled: ratio {result.test.statistic:.2f}, p = {result.test.p:.3g}"
    return Check(name="scheduled elections only", passed=result.test.p <= alpha, detail=detail)


def evidence(result: Around) -> dict[str, Any]:
    """Return a calendar test in the fields of evidence."""
    return {
        "estimate": result.test.statistic,
        "interval": (result.lower, result.upper),
        "p_value": result.test.p,
        "unit": "ratio to chance dates",
        "n": result.total,
        "minimum_detectable_effect": result.detectable,
        "design": "design-based",
        "summary": result.sentence(),
    }


def raster(
    own: OwnCalendar, elections: pd.DataFrame, shocks: pd.DataFrame, *, events: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return events, elections and mass protest abroad as :func:`analysis.charts.timeline.raster` needs them.

    Parameters
    ----------
    own : OwnCalendar
        The country's calendar; its months with events are used where ``events`` is not given.
    elections, shocks : pandas.DataFrame
        The tables ``elections`` and ``regional_shocks``.
    events : pandas.DataFrame or None
        The table ``protests_kazakhstan``.
    """
    abroad = shocks[(shocks["mass_protest"] == 1) & (shocks["iso3"] != own.country) & (shocks["precision"] == "day")]
    if events is not None:
        hit = events["repressed"] if own.outcome == "protests" else _flag(events, own.outcome)
        listed = elections[(elections["iso3"] == own.country) & (elections["kind"] != "referendum")]
        votes = listed.loc[listed["round"] == 1, ["date", "early"]]
        return events[["start"]].assign(hit=hit), votes, abroad[["date", "iso3"]]
    months = [own.first_month + int(place) for place in np.flatnonzero(own.counts)]
    dated = pd.DataFrame({"start": [_day(month) for month in months], "hit": 1})
    votes = pd.DataFrame({"date": own.elections["label"] + "-15", "early": 1 - own.elections["scheduled"]})
    return dated, votes, abroad[["date", "iso3"]]


def _span(window: tuple[int, int]) -> str:
    return "of the vote" if window == (0, 0) else f"{window[0]:+d} to {window[1]:+d}"


def _flag(events: pd.DataFrame, outcome: str) -> pd.Series:
    return events[["prices", "labour", "land"]].max(axis=1) if outcome == "economic" else events[outcome]


def _p(own: OwnCalendar, days: int, positions: NDArray[Any]) -> float:
    first, last = own.spans(days)["around"]
    return around(own, first=first, last=last, positions=positions.tolist()).test.p


def _day(serial: int) -> str:
    """Return the middle of a serial month as a date."""
    return f"{serial // 12}-{serial % 12 + 1:02d}-15"
