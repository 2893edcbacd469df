"""Trials of election timing: country-months and one country's days with a known rise, by the steps of notebook 04."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.article import election_checks, election_country, election_multiverse, elections
from analysis.claims.evidence import Check, Multiverse
from analysis.data.load import load
from analysis.methods import multiverse
from analysis.methods.calendars import days_in_window
from analysis.methods.eventtime import HALF_YEAR, EffectScheme, event_dummies
from analysis.methods.placebo_calendars import placebo_calendars
from benchmarks.calibration.findings import JUDGED, Finding, if_needed, register, smallest_effect, verdict
from benchmarks.calibration.worlds import MULTIPLE, SHOCK, Floats, World, moved, shock_ratio

REGIMES = [0, 1]
EFFECTS: EffectScheme = "unit-year, season"
DAYS = 90
#: Moved calendars of the joint test in worlds without an effect, the fewest with which its p can be 0.05.
PERMUTATIONS = 19
# Half-years in which protest is more frequent everywhere, and their number over thirty years.
_WAVE, _WAVES = 6, 10
# Clumped events of one country: mean size of an episode, days around its middle; an era of more reporting, in days.
_EPISODE, _NEAR, _ERA = 3, 15, 1000
_COUNTRY_CLAIM = "crackdown-season-kazakhstan"


@dataclass(frozen=True)
class Panel:
    """Real country-months of all regimes, and the rates that simulated ones have."""

    frame: pd.DataFrame
    calendar: pd.DataFrame
    #: Expected counts by outcome: the country-year's total, spread over months as in all countries together.
    mean: dict[str, Floats]
    #: Autocracies' rows in a window of a claim around an election.
    near: np.ndarray
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
    return Panel(frame, calendar, mean, near, float(frame["arrests"].sum() / frame["repressed"].sum()))


def _expected(frame: pd.DataFrame, outcome: str) -> Floats:
    total = frame.groupby(["iso3", "year"])[outcome].transform("sum")
    season = frame.groupby("month")[outcome].sum() / frame[outcome].sum()
    return (total * frame["month"].map(season)).to_numpy(float)


def simulate(world: World, rng: np.random.Generator, *, smallest: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate country-months and elections.

    Clumped: the real country-months, with every country's elections moved around its own calendar by chance. Else:
    Poisson counts at the rates of country-year and season, times the effect in autocracies' election and campaign
    months, or times a shared shock everywhere in some half-years.
    """
    real = panel()
    if world == "clumped":
        return real.frame, moved(rng, real.calendar, real.frame)
    factor = np.where(real.near, smallest ** MULTIPLE[world], 1.0)
    everywhere = np.ones(len(factor))
    if world == "shared shock":
        serial = real.frame["serial"].to_numpy()
        starts = rng.integers(serial.min(), serial.max(), _WAVES)
        busy = ((serial[:, None] >= starts) & (serial[:, None] < starts + _WAVE)).any(axis=1)
        everywhere = np.where(busy, shock_ratio(world, smallest), 1.0)
    repressed = rng.poisson(real.mean["repressed"] * factor * everywhere)
    economic = rng.poisson(real.mean["economic"] * everywhere)
    arrests = rng.binomial(repressed, real.arrests)
    return real.frame.assign(repressed=repressed, economic=economic, arrests=arrests), real.calendar


def pooled(world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """Repressed protests in election and campaign months of autocracies, by the registered model, judge both claims."""
    smallest = smallest_effect(elections.CLAIMS["event_month"])
    frame, calendar = simulate(world, rng, smallest=smallest)
    fit = elections.study(frame[frame["regime"].isin(REGIMES)], calendar, "repressed", effects=EFFECTS)
    true = smallest ** MULTIPLE[world]
    judged = true == 1 or number < JUDGED
    return [_window(frame, calendar, fit, term, true=true, judged=judged) for term in elections.CLAIMS]


def _window(frame: pd.DataFrame, calendar: pd.DataFrame, fit: Any, term: str, *, true: float, judged: bool) -> Finding:
    claim, row = elections.CLAIMS[term], fit.table().loc[term]
    checks = _checks(frame, calendar, fit, term, every=true == 1)
    return Finding(
        test=f"conditional Poisson, {elections.WINDOW_NAMES[term]}",
        claim=claim,
        truth=true,
        estimate=float(row["rate_ratio"]),
        interval=(float(row["lower"]), float(row["upper"])),
        rejected=bool(row["p"] <= 0.05),
        null=true == 1,
        verdict=verdict(claim, election_checks.evidence(fit, term), checks) if judged else "",
    )


def _checks(
    frame: pd.DataFrame, calendar: pd.DataFrame, fit: Any, term: str, *, every: bool
) -> Iterator[Check | Multiverse]:
    """Make the registered checks of one window, quick ones first; the specification curve only if ``every``."""
    own, others = (frame[frame["regime"].isin(REGIMES) == flag] for flag in (True, False))
    both = elections.scheduled_and_early(own, calendar, "repressed", effects=EFFECTS)
    fits = {"all elections": fit, "scheduled": both, "early": both}
    yield election_checks.scheduled_check(fits, term)
    fits["other regimes"] = elections.study(others, calendar, "repressed", effects=EFFECTS)
    yield election_checks.democracies_check(fits, term)
    fits["economic protests"] = elections.study(own, calendar, "economic", effects=EFFECTS)
    yield election_checks.unrelated_check(fits, term)
    dates = {"event_unit": calendar["iso3"], "event_month": calendar["serial"]}
    months = {"unit": own["iso3"], "month": own["serial"]}
    placebos = placebo_calendars(own["repressed"], term=term, effects=EFFECTS, **months, **dates)
    yield election_checks.placebo_check(placebos, fit)
    without = elections.leave_one_out(own, _near(calendar, own), "repressed", term=term, effects=EFFECTS)
    yield election_checks.leave_one_out_check(without)
    if every:
        trial: dict[str, Any] = {"full": False, "permutations": PERMUTATIONS, "seed": 0, "workers": 1}
        curve = election_multiverse.curve(frame, calendar, term=term, **trial)
        yield election_checks.joint(curve, multiverse.joint_test(curve, direction="positive"))


def _near(calendar: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the elections that have one of the rows in a window; no other can change a fit on them."""
    reach = max(abs(month) for window in HALF_YEAR.values() for month in window)
    months = pd.MultiIndex.from_frame(rows[["iso3", "serial"]])
    steps = (calendar.assign(serial=calendar["serial"] + step) for step in range(-reach, reach + 1))
    hit = [pd.MultiIndex.from_frame(moved_by[["iso3", "serial"]]).isin(months) for moved_by in steps]
    return calendar[np.any(hit, axis=0)]


@functools.cache
def by_day() -> election_country.OwnCalendar:
    """Return Kazakhstan's repressed protests and elections by day."""
    return election_country.by_day(load("protests_kazakhstan"), load("elections"), outcome="repressed")


def own_calendar(world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """One country's events around its own elections, against all circular shifts of the calendar."""
    real = by_day()
    true = smallest_effect(_COUNTRY_CLAIM) ** MULTIPLE[world]
    first, last = real.spans(DAYS)["around"]
    window = days_in_window(len(real.counts), real.elections["position"], first=first, last=last)
    days = _event_days(rng, world, window, int(real.counts.sum()), true)
    own = replace(real, counts=days.astype(np.float64))
    result = election_country.around(own, first=first, last=last)
    alpha = register().thresholds.alpha
    checks = if_needed(election_country.checks, own, days=DAYS, alpha=alpha)
    return [
        Finding(
            test="circular shifts of one calendar, exact interval",
            claim=_COUNTRY_CLAIM,
            truth=true,
            estimate=result.test.statistic,
            interval=(result.lower, result.upper),
            nominal=alpha,
            rejected=result.test.p <= alpha,
            null=true == 1,
            verdict=verdict(_COUNTRY_CLAIM, election_country.evidence(result), checks),
        )
    ]


def _event_days(rng: np.random.Generator, world: World, window: Floats, total: int, ratio: float) -> Floats:
    """Draw days of events, of which ``ratio`` times the share of days in windows is expected inside them."""
    days = len(window)
    if world == "clumped":
        sizes = rng.geometric(1 / _EPISODE, max(1, int(rng.poisson(total / _EPISODE))))
        middles = np.repeat(rng.integers(days, size=len(sizes)), sizes)
        drawn = (middles + rng.integers(-_NEAR, _NEAR + 1, size=len(middles))) % days
        return np.bincount(drawn, minlength=days).astype(float)
    inside = ratio * window.mean()
    weight = np.where(window > 0, inside / window.sum(), (1 - inside) / (days - window.sum()))
    if world == "shared shock":
        start = int(rng.integers(days - _ERA))
        weight[start : start + _ERA] *= 1 + SHOCK
    return np.bincount(rng.choice(days, size=total, p=weight / weight.sum()), minlength=days).astype(float)
