"""Trials of election timing: country-months and one country's days with a known rise, by the steps of notebook 04."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.article import elections
from analysis.claims.adapter import registered_arguments
from analysis.claims.evidence import Check, Multiverse
from analysis.data.load import load
from analysis.methods.calendars import dates_left_out, days_in_window, moved_dates, shifted_calendar
from analysis.methods.event_studies import (
    EffectScheme,
    EventStudy,
    event_dummies,
    event_study,
    leave_one_event_out,
    placebo_calendars,
)
from analysis.methods.multiverse import declare, joint_test, run
from analysis.methods.poisson import compare_ratios, permuted_poisson
from benchmarks.calibration.findings import Finding, register, registered_check, smallest_effect, statement, verdict
from benchmarks.calibration.worlds import SHOCK, Floats, Setting, World, clumped_counts, moved

REGIMES = [0, 1]
EFFECTS: EffectScheme = "unit-year, season"
#: Days around an election of one country.
NEAR = {"first": -90, "last": 90}
#: Moved calendars of the joint test in worlds without an effect, the fewest with which its p can be 0.05.
PERMUTATIONS = 19
# Half-years in which protest is more frequent everywhere, and their number over thirty years.
_WAVE, _WAVES = 6, 10
# Countries called large: those with most repressed protests.
_LARGE = 5
# Clumped events of one country: days around the middle of an episode; an era of more reporting, in days.
_NEAR, _ERA = 15, 1000
_COUNTRY_CLAIM = "crackdown-season-kazakhstan"

#: Worlds of country-months.
POOLED: dict[World, Setting] = {
    "no effect": Setting(),
    "smallest effect": Setting(1),
    "twice the smallest effect": Setting(2),
    "clumped": Setting(real=True),
    "shared shock": Setting(shock=True),
    "clumped, dispersion 3": Setting(dispersion=3),
    "clumped, dispersion 8": Setting(dispersion=8),
    "clumped, twice the smallest effect": Setting(2, dispersion=3),
    "few large countries": Setting(large=10),
    "few large countries, dispersion 3": Setting(dispersion=3, large=10),
}
#: Worlds of one country's days, where few large countries cannot be.
OWN: dict[World, Setting] = {
    "no effect": Setting(),
    "smallest effect": Setting(1),
    "twice the smallest effect": Setting(2),
    "clumped": Setting(dispersion=5),
    "shared shock": Setting(shock=True),
    "clumped, dispersion 2": Setting(dispersion=2),
    "clumped, dispersion 3": Setting(dispersion=3),
    "clumped, dispersion 8": Setting(dispersion=8),
    "clumped, smallest effect": Setting(1, dispersion=5),
    "clumped, twice the smallest effect": Setting(2, dispersion=5),
}


@dataclass(frozen=True)
class Panel:
    """Real country-months of all regimes, and the rates that simulated ones have."""

    frame: pd.DataFrame
    calendar: pd.DataFrame
    #: Expected counts by outcome: the country-year's total, spread over months as in all countries together.
    mean: dict[str, Floats]
    #: Autocracies' rows in a window of a claim around an election.
    near: np.ndarray
    #: Rows of the few large countries.
    large: np.ndarray
    #: Share of repressed protests with arrests.
    arrests: float


@functools.cache
def panel() -> Panel:
    """Return the country-months that notebook 04 fits, with its parameters."""
    tables = (load(name) for name in ("protest_months", "protest_coverage", "regimes"))
    frame = elections.country_months(*tables, first=1990, last=2019)
    calendar = elections.votes(load("votes_reign"))
    marks = event_dummies(frame["iso3"], frame["serial"], event_unit=calendar["iso3"], event_month=calendar["serial"])
    near = marks[list(elections.CLAIMS)].any(axis=1).to_numpy() & frame["regime"].isin(REGIMES).to_numpy()
    mean = {name: _expected(frame, name) for name in ("repressed", "economic")}
    own = frame[frame["regime"].isin(REGIMES)].groupby("iso3")["repressed"].sum()
    large = frame["iso3"].isin(own.nlargest(_LARGE).index).to_numpy()
    return Panel(frame, calendar, mean, near, large, float(frame["arrests"].sum() / frame["repressed"].sum()))


def _expected(frame: pd.DataFrame, outcome: str) -> Floats:
    total = frame.groupby(["iso3", "year"])[outcome].transform("sum")
    season = frame.groupby("month")[outcome].sum() / frame[outcome].sum()
    return (total * frame["month"].map(season)).to_numpy(float)


def simulate(world: World, rng: np.random.Generator, *, smallest: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate country-months and elections.

    Clumped: the real country-months, with every country's elections moved around its own calendar by chance. Else:
    counts at the rates of country-year and season, Poisson or in episodes, times the effect in autocracies' election
    and campaign months, times a shared shock everywhere in some half-years, or times a factor in a few large countries.
    """
    real, setting = panel(), POOLED[world]
    if setting.real:
        return real.frame, moved(rng, real.calendar, real.frame)
    factor = np.where(real.near, smallest**setting.multiple, 1.0)
    everywhere = np.where(real.large, setting.large, 1.0)
    if setting.shock:
        serial = real.frame["serial"].to_numpy()
        starts = rng.integers(serial.min(), serial.max(), _WAVES)
        busy = ((serial[:, None] >= starts) & (serial[:, None] < starts + _WAVE)).any(axis=1)
        everywhere = everywhere * np.where(busy, smallest**SHOCK, 1.0)
    repressed = clumped_counts(rng, real.mean["repressed"] * factor * everywhere, setting.dispersion)
    economic = clumped_counts(rng, real.mean["economic"] * everywhere, setting.dispersion)
    arrests = rng.binomial(repressed, real.arrests)
    return real.frame.assign(repressed=repressed, economic=economic, arrests=arrests), real.calendar


def pooled(world: World, rng: np.random.Generator) -> list[Finding]:
    """Repressed protests in election and campaign months of autocracies, by the registered model, judge both claims."""
    smallest = smallest_effect(elections.CLAIMS["event_month"])
    frame, calendar = simulate(world, rng, smallest=smallest)
    # Country-years without an event in the real data have none here: they tell nothing, and take half the time.
    fit = event_study(**_study(frame[frame["regime"].isin(REGIMES) & (panel().mean["repressed"] > 0)], calendar))
    true = smallest ** POOLED[world].multiple
    return [_window(frame, calendar, fit, term, true=true) for term in elections.CLAIMS]


def _study(rows: pd.DataFrame, calendar: pd.DataFrame, outcome: str = "repressed") -> dict[str, Any]:
    """Return the arguments of the registered model on some country-months and elections."""
    places = {"unit": rows["iso3"], "month": rows["serial"]}
    dates = {"event_unit": calendar["iso3"], "event_month": calendar["serial"]}
    return {"y": rows[outcome], "effects": EFFECTS} | places | dates


def _window(frame: pd.DataFrame, calendar: pd.DataFrame, fit: EventStudy, term: str, *, true: float) -> Finding:
    claim, ratio = elections.CLAIMS[term], fit.ratio(term)
    checks = _checks(frame, calendar, fit, term, every=true == 1)
    return Finding.of(
        ratio,
        test=f"conditional Poisson, {elections.WINDOW_NAMES[term]}",
        claim=claim,
        truth=true,
        null=true == 1,
        verdict=verdict(claim, statement(claim, ratio), checks),
    )


def _checks(
    frame: pd.DataFrame, calendar: pd.DataFrame, fit: EventStudy, term: str, *, every: bool
) -> Iterator[Check | Multiverse]:
    """Make the registered checks of one window, quick ones first; the specification curve only if ``every``."""
    claim = elections.CLAIMS[term]
    own, others = (frame[frame["regime"].isin(REGIMES) == flag] for flag in (True, False))
    regular, early = (calendar[calendar["scheduled"] == flag] for flag in (1, 0))
    marks = event_dummies(own["iso3"], own["serial"], event_unit=early["iso3"], event_month=early["serial"])
    scheduled = event_study(**_study(own, regular), controls=marks.add_prefix("early_"))
    yield registered_check(claim, "scheduled elections only", scheduled.ratio(term))
    elsewhere = event_study(**_study(others, calendar)).ratio(term)
    yield registered_check(claim, "democracies as contrast", compare_ratios(fit.ratio(term), elsewhere))
    unrelated = event_study(**_study(own, calendar, "economic")).ratio(term)
    yield registered_check(claim, "unrelated outcome", unrelated)
    moved_by = placebo_calendars(fit).window(term)
    yield registered_check(claim, "placebo elections", moved_by)
    without = leave_one_event_out(fit, term=term)
    yield registered_check(claim, "leave one election out", without)
    if every:
        declared = declare(**registered_arguments(register()[claim], "declare", {"FULL": False}))
        shared = elections.Specifications(frame, calendar, term, PERMUTATIONS, 0)
        joint = joint_test(run(declared, permuted_poisson, specify=shared), direction="positive")
        yield Multiverse(**{name: getattr(joint, name) for name in Multiverse.model_fields})


@functools.cache
def own_days() -> tuple[pd.Series, pd.DataFrame]:
    """Return Kazakhstan's repressed protests by day, and its elections."""
    counts = elections.by_day(load("protests_kazakhstan"), "repressed")
    return counts, elections.own_votes(counts, pd.DataFrame(), load("elections"), elections.BY_DAY)


def own_calendar(world: World, rng: np.random.Generator) -> list[Finding]:
    """One country's events around its own elections, against all circular shifts of the calendar."""
    real, votes = own_days()
    true = smallest_effect(_COUNTRY_CLAIM) ** OWN[world].multiple
    position = pd.PeriodIndex(votes["election"]).asi8 - real.index.asi8[0]
    window = days_in_window(len(real), position, **NEAR)
    counts = event_days(rng, world, window, int(real.sum()), true)
    result = shifted_calendar(counts, position, **NEAR)
    return [
        Finding.of(
            result,
            test="circular shifts of one calendar, tilted",
            claim=_COUNTRY_CLAIM,
            truth=true,
            nominal=register().thresholds.alpha,
            null=true == 1,
            verdict=verdict(_COUNTRY_CLAIM, statement(_COUNTRY_CLAIM, result), _own_checks(counts, position, votes)),
        )
    ]


def _own_checks(counts: Floats, position: np.ndarray, votes: pd.DataFrame) -> Iterator[Check]:
    """Make the registered checks of one country's calendar, one by one."""
    moved_by = moved_dates(counts, position, **NEAR, by=(-365, -182, 182, 365))
    yield registered_check(_COUNTRY_CLAIM, "placebo elections", moved_by)
    regular = shifted_calendar(counts, position[votes["scheduled"] == 1], **NEAR)
    yield registered_check(_COUNTRY_CLAIM, "scheduled elections only", regular)
    without = dates_left_out(counts, position, **NEAR)
    yield registered_check(_COUNTRY_CLAIM, "leave one election out", without)


def event_days(rng: np.random.Generator, world: World, window: Floats, total: int, ratio: float) -> Floats:
    """Draw days of events, of which ``ratio`` times the share of days in windows is expected inside them.

    The middles of episodes are drawn, more of them in windows where there is an effect, then the days around these.
    """
    days, setting, near = len(window), OWN[world], 0
    size = (1 + setting.dispersion) / 2
    sizes = np.ones(total, dtype=int)
    if setting.dispersion > 1:
        near, sizes = _NEAR, rng.geometric(1 / size, max(1, int(rng.poisson(total / size))))
    around = np.arange(-near, near + 1)
    # Chance that an event falls inside whose episode has its middle on a day.
    inside = np.mean([np.roll(window, step) for step in around], axis=0)
    share, caught = window.mean(), float(inside @ window / window.sum())
    drawn_to = share * (ratio - 1) / (caught - share)
    weight = (1 - drawn_to) / days + drawn_to * window / window.sum()
    if setting.shock:
        start = int(rng.integers(days - _ERA))
        weight[start : start + _ERA] *= 1 + SHOCK
    middles = np.repeat(rng.choice(days, size=len(sizes), p=weight / weight.sum()), sizes)
    drawn = (middles + rng.integers(-near, near + 1, size=len(middles))) % days
    return np.bincount(drawn, minlength=days).astype(float)
