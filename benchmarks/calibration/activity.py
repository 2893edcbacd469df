"""Trials of the change of event rates: country-months with a known turn, through the methods of notebook 05."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.article import activity
from analysis.claims.adapter import build_checks, measure_of
from analysis.claims.evidence import Check
from analysis.claims.judge import CONTRADICTED, SUPPORTED
from analysis.data.load import load
from analysis.methods.rate_changes import placebo_units, rate_change, relative_rate_change
from analysis.methods.result import Estimate
from analysis.session.declared import declared
from benchmarks.calibration import worlds
from benchmarks.calibration.counts import base_counts, shaken
from benchmarks.calibration.findings import Finding, register, smallest_effect, verdict
from benchmarks.calibration.worlds import MULTIPLE, Ints, World, shock_ratio, true_ratio

#: Draws of the block bootstrap: a tenth of the notebook's, which shows in the third digit of p.
DRAWS = 999
PARAMETERS = {name: item.default for name, item in declared("05_activity_and_targets").items()} | {"DRAWS": DRAWS}
SPAN: dict[str, Any] = {"turn": PARAMETERS["TURN"], "before": PARAMETERS["BASE"], "after": PARAMETERS["MONTHS"]}
_COUNTRY, _REGION = PARAMETERS["COUNTRY"], PARAMETERS["REGION"]
# Months of a wave of clumped protest, and of the blocks in which other countries' months are drawn anew.
_WAVE, _OTHER_BLOCK = 12, 6
_ACTIVE, _DETAINED, _NO_SPREAD = "society-more-active", "more-detentions", "no-expansion-of-repression"
#: Events by month and country, by outcome.
Counts = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Panel:
    """The real country-months of the two periods."""

    #: ISO3 codes of countries followed to the end.
    countries: list[str]
    months: pd.PeriodIndex
    #: Protests and protests with arrests, shape (72, countries, 2).
    counts: Ints
    #: Variance of the country's yearly intensity, mean 1.
    variance: float


@functools.cache
def panel() -> Panel:
    """Return the real country-months from the base's first month to the later period's last."""
    months, coverage = load("protest_months"), load("protest_coverage")
    countries = sorted(coverage.loc[coverage["last_year"] == coverage["last_year"].max(), "iso3"])
    counts, own = activity.monthly(months, coverage, _COUNTRY)
    variance = worlds.wave_variance(yearly(own)["protests"].iloc[:-1])
    middle = counts["protests"].index.get_loc(SPAN["turn"])
    inside = slice(middle - SPAN["before"], middle + SPAN["after"])
    stacked = np.stack([counts[name].iloc[inside][countries].to_numpy() for name in activity.OUTCOMES], axis=2)
    return Panel(countries, counts["protests"].index[inside], stacked.astype(np.int64), variance)


def simulate(world: World, rng: np.random.Generator, *, smallest: float) -> Counts:
    """Simulate country-months.

    The country's protests are Poisson at the rate of both periods together, times the effect after the turn; clumped
    ones follow yearly waves as uneven as its real years are. Other countries' months are drawn anew from their own, in
    blocks. A shared shock multiplies later months of the country and of its region alike.
    """
    real = panel()
    turn = np.arange(len(real.months)) >= SPAN["before"]
    by_country = [
        worlds.resampled_months(rng, real.counts[:, i], block=_OTHER_BLOCK) for i in range(len(real.countries))
    ]
    counts = np.stack(by_country, axis=1)
    shock = shock_ratio(world, smallest)
    around = set(_REGION) - {_COUNTRY}
    places = np.ix_(np.flatnonzero(turn), np.array([i for i, c in enumerate(real.countries) if c in around]))
    counts[places] += rng.poisson((shock - 1) * counts[places])
    own = real.countries.index(_COUNTRY)
    protests, met = real.counts[:, own].sum(axis=0)
    rate = protests / len(turn) * np.where(turn, true_ratio(world, smallest), 1.0)
    if world == "clumped":
        rate = rate * worlds.waves(rng, len(turn), length=_WAVE, variance=real.variance)
    counts[:, own, 0] = rng.poisson(rate)
    counts[:, own, 1] = rng.binomial(counts[:, own, 0], met / protests)
    return {
        name: pd.DataFrame(counts[:, :, place], index=real.months, columns=real.countries)
        for place, name in enumerate(activity.OUTCOMES)
    }


def yearly(own: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return a country's events of each outcome by calendar year."""
    return pd.DataFrame(own).groupby(lambda month: month.year).sum()


def rates(world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """Simulate country-months, compare the two periods, and judge the three claims that rest on them."""
    smallest = smallest_effect(_ACTIVE)
    true, base = true_ratio(world, smallest), base_counts()["detentions"]
    counts = simulate(world, rng, smallest=smallest)
    own = {name: frame[_COUNTRY].rename(activity.OUTCOMES[name]) for name, frame in counts.items()}
    seeds = rng.integers(2**32, size=len(own))
    change = {
        name: rate_change(own[name], **SPAN, block=PARAMETERS["BLOCK"], draws=DRAWS, seed=int(seed))
        for name, seed in zip(own, seeds, strict=True)
    }
    journalists = worlds.count(rng, base, world), worlds.count(rng, base * true, world)
    detained = pd.Series(journalists, index=[2019, 2020], name="journalists detained")
    components = {
        "protesters, 2018 to 2019": rate_change(
            yearly(own)["arrests"].rename(own["arrests"].name), turn=2019, before=1, after=1
        ),
        "journalists, 2019 to 2020": rate_change(detained, turn=2020, before=1, after=1),
    }
    low, high = change["arrests"].bootstrap
    drawn = replace(change["arrests"], lower=low, upper=high)
    parts = build_checks(register()[_DETAINED].components, components, parameters=PARAMETERS, claim=_DETAINED)
    return [
        _rise(world, _ACTIVE, counts["protests"], change["protests"], true, {}),
        _rise(world, _DETAINED, counts["arrests"], change["arrests"], true, {"components": parts}),
        _no_rise(world, drawn, components["journalists, 2019 to 2020"], true, rng),
    ]


def _rise(
    world: World, claim: str, counts: pd.DataFrame, change: Estimate, true: float, more: dict[str, Any]
) -> Finding:
    return Finding.of(
        change,
        test=f"block bootstrap p, exact interval: {change.name}",
        claim=claim,
        truth=true,
        interval=change.exact,  # without any event it is 0 to infinity, which is no interval to state
        null=true == 1,
        verdict=verdict(claim, change.evidence() | more, _checks(claim, counts, change.name)),
        wrong=CONTRADICTED if MULTIPLE[world] else SUPPORTED,
    )


def _checks(claim: str, counts: pd.DataFrame, name: str) -> Iterator[Check]:
    """Make the registered checks when the first of them is asked for; most verdicts ask for none."""
    votes = load("votes_reign"), load("elections")
    quiet = activity.outside_elections(counts[_COUNTRY].rename(name), *votes, _COUNTRY)
    found = {
        "placebo countries": placebo_units(counts, unit=_COUNTRY, **SPAN),
        "attention offset": relative_rate_change(counts, unit=_COUNTRY, others=_REGION, **SPAN),
        "election months excluded": rate_change(quiet, **SPAN),
    }
    yield from build_checks(register()[claim].checks, found, parameters=PARAMETERS, claim=claim)


def _no_rise(world: World, change: Estimate, journalists: Estimate, true: float, rng: np.random.Generator) -> Finding:
    claim, smallest = register()[_NO_SPREAD], smallest_effect(_NO_SPREAD)
    measures = [
        measure_of(item, found, against="worsening")
        for item, found in zip(claim.measures, (change, journalists), strict=True)
    ]
    if measures[1].conclusion != "cannot tell":
        unsure = shaken(rng, world, "detentions", (journalists.before, journalists.after), ratio=true)
        measures[1] = measures[1].model_copy(update={"shaken": unsure})
    return Finding.of(
        change,
        test="block bootstrap interval: protests with arrests",
        claim=_NO_SPREAD,
        truth=true,
        # The rule asks that the upper end of a two-sided 95 % interval lie below the margin.
        nominal=0.025,
        rejected=change.upper < smallest,
        null=true >= smallest,
        verdict=verdict(_NO_SPREAD, {"measures": measures}),
    )
