"""Trials of the change of event rates: country-months with a known turn, through the methods of notebook 05."""

import functools
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.article import activity
from analysis.claims.adapter import build_checks, measure_of
from analysis.claims.evidence import Check
from analysis.data.load import load
from analysis.methods.count_tests import mid_p_below
from analysis.methods.rate_changes import placebo_units, rate_change, relative_rate_change
from analysis.methods.result import Estimate
from analysis.session.declared import declared
from benchmarks.calibration import worlds
from benchmarks.calibration.counts import compared, shaken
from benchmarks.calibration.counts import table as monitor_table
from benchmarks.calibration.findings import Finding, register, smallest_effect, statement, verdict
from benchmarks.calibration.worlds import Cell, Floats, Ints, World, clumped_counts, shock_ratio, true_ratio

PARAMETERS = {name: item.default for name, item in declared("05_activity_and_targets").items()}
SPAN: dict[str, Any] = {"turn": PARAMETERS["TURN"], "before": PARAMETERS["BASE"], "after": PARAMETERS["MONTHS"]}
_COUNTRY, _REGION = PARAMETERS["COUNTRY"], PARAMETERS["REGION"]
# Months of a wave of clumped protest, and of the blocks in which other countries' months are drawn anew.
_WAVE, _OTHER_BLOCK = 12, 6
_ACTIVE, _ENGAGED = "society-more-active", "title-engagement-increased"
_DETAINED, _NO_SPREAD = "more-detentions", "no-expansion-of-repression"
#: Events by month and country, by outcome.
Counts = dict[str, pd.DataFrame]


# Cells of simulated worlds. Expected events of the base: those that the country had (2 and 3), and 5 to 50; true
# ratios: none, the smallest effect, twice that, and about that of the estimate.
BASES = (2, 3, 5, 10, 25, 50)
RATIOS = (1.0, 1.25, 1.5625, 10.0)
DISPERSIONS = (1, 2, 3, 5, 8)
# Events that come in episodes; events whose rate follows yearly waves as uneven as the country's real years.
KINDS = ("episodes", "yearly waves")
_YEAR = 12


def cells() -> Iterator[Cell]:
    """List the kinds of worlds in which the test of two rates has to keep its promises.

    No other country enters the test, so that a shock that they share and their sizes are nothing to it.
    """
    for kind, base, ratio, dispersion in itertools.product(KINDS, BASES, RATIOS, DISPERSIONS):
        if kind == "episodes" or dispersion == 1:
            yield Cell("rates before and after", kind, base, ratio, dispersion)


def confidence(cell: Cell, rng: np.random.Generator, worlds: int) -> Floats:
    """Simulate worlds of a cell; return in each the confidence that the ratio lies below the true one."""
    spans = np.array([SPAN["before"], SPAN["after"]])
    means = np.broadcast_to(cell.base * spans / spans[0] * [1.0, cell.ratio], (worlds, 2))
    if cell.kind == "yearly waves":
        shape, years = 1 / panel().variance, -(-spans.sum() // _YEAR) + 1
        levels = rng.gamma(shape, 1 / shape, (worlds, years))
        months = np.arange(spans.sum()) + rng.integers(_YEAR, size=(worlds, 1))
        by_month = np.take_along_axis(levels, months // _YEAR, axis=1)
        means = means * np.column_stack([part.mean(axis=1) for part in np.split(by_month, spans[:1], axis=1)])
    drawn = clumped_counts(rng, means, cell.dispersion)
    below = mid_p_below(cell.ratio, drawn[:, 0], drawn[:, 1], (float(spans[0]), float(spans[1])))
    return np.where(drawn.sum(axis=1) > 0, below, 0.5)  # without any event nothing is claimed


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


def base_counts() -> tuple[int, int]:
    """Return the country's events of each outcome in the base period."""
    protests, arrests = panel().counts[: SPAN["before"], panel().countries.index(_COUNTRY)].sum(axis=0)
    return int(protests), int(arrests)


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


def rates(world: World, rng: np.random.Generator) -> list[Finding]:
    """Simulate country-months, compare the two periods, and judge the four claims that rest on them."""
    smallest = smallest_effect(_ACTIVE)
    true = true_ratio(world, smallest)
    counts = simulate(world, rng, smallest=smallest)
    own = {name: frame[_COUNTRY].rename(activity.OUTCOMES[name]) for name, frame in counts.items()}
    change = {name: rate_change(events, **SPAN) for name, events in own.items()}
    monitor = monitor_table(rng, world, ratio=true)
    components = {
        "protesters, 2018 to 2019": rate_change(
            yearly(own)["arrests"].rename(own["arrests"].name), turn=2019, before=1, after=1
        ),
        "journalists, 2019 to 2020": compared(monitor, "detentions"),
    }
    rules = [check.model_copy(update={"made_by": None}) for check in register()[_DETAINED].components]
    parts = build_checks(rules, components, parameters=PARAMETERS, claim=_DETAINED)
    return [
        *(_rise(claim, counts["protests"], change["protests"], true, {}) for claim in (_ACTIVE, _ENGAGED)),
        _rise(_DETAINED, counts["arrests"], change["arrests"], true, {"components": parts}),
        _no_rise(change["arrests"], components["journalists, 2019 to 2020"], true, monitor),
    ]


def _rise(claim: str, counts: pd.DataFrame, change: Estimate, true: float, more: dict[str, Any]) -> Finding:
    return Finding.of(
        change,
        test=f"mid-p of two rates: {change.name}",
        claim=claim,
        truth=true,
        null=true == 1,
        verdict=verdict(claim, statement(claim, change) | more, _checks(claim, counts, change.name)),
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


def _no_rise(change: Estimate, journalists: Estimate, true: float, monitor: pd.DataFrame) -> Finding:
    claim, smallest, level = register()[_NO_SPREAD], smallest_effect(_NO_SPREAD), register().thresholds.decided
    results = (change, journalists)
    measures = [
        measure_of(item, found, against="worsening")
        for item, found in zip(claim.measures, results, strict=True)
        if not np.isnan(found.lower)
    ]
    if measures[-1].conclusion != "cannot tell":
        measures[-1] = measures[-1].model_copy(update={"shaken": shaken(monitor, "detentions")})
    return Finding.of(
        change,
        test="mid-p of two rates, no rise: protests with arrests",
        claim=_NO_SPREAD,
        truth=true,
        nominal=1 - level,
        rejected=change.confidence_below(smallest) >= level,
        null=true >= smallest,
        verdict=verdict(_NO_SPREAD, {"measures": measures}),
    )
