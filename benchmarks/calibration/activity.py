"""Trials of the change of event rates: country-months with a known turn, through the steps of notebook 05."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.article import activity, activity_checks, arrests, elections
from analysis.article.assessments import conclusion
from analysis.claims.judge import CONTRADICTED, SUPPORTED
from analysis.data.load import load
from benchmarks.calibration import worlds
from benchmarks.calibration.counts import base_counts, shaken
from benchmarks.calibration.findings import Finding, if_needed, smallest_effect, verdict
from benchmarks.calibration.worlds import MULTIPLE, Ints, World, shock_ratio, true_ratio

_COUNTRY = "KAZ"
SPAN = activity.Span("2019-04", later=12, base=60)
BLOCK = 3
#: Draws of the block bootstrap: a tenth of the notebook's, which shows in the third digit of p.
DRAWS = 999
# Months of a wave of clumped protest, and of the blocks in which other countries' months are drawn anew.
_WAVE, _OTHER_BLOCK = 12, 6
_ACTIVE, _DETAINED, _NO_SPREAD = "society-more-active", "more-detentions", "no-expansion-of-repression"


@dataclass(frozen=True)
class Panel:
    """The real country-months of the two periods."""

    #: ISO3 codes of countries followed to the end.
    countries: list[str]
    #: Protests and protests with arrests, shape (72, countries, 2).
    counts: Ints
    #: ``iso3``, ``year``, ``month`` of every row, in the order of the counts.
    keys: pd.DataFrame
    coverage: pd.DataFrame
    #: Elections by ``iso3`` and ``serial`` month.
    votes: pd.DataFrame
    #: Variance of the country's yearly intensity, mean 1.
    variance: float

    def frame(self, counts: Ints) -> pd.DataFrame:
        """Return simulated counts as the table of country-months."""
        rows = counts.reshape(-1, 2)
        kept = rows[:, 0] > 0
        return self.keys[kept].assign(protests=rows[kept, 0], arrests=rows[kept, 1])


@functools.cache
def panel() -> Panel:
    """Return the real country-months from the base's first month to the later period's last."""
    months, coverage = load("protest_months"), load("protest_coverage")
    countries = sorted(coverage.loc[coverage["last_year"] == coverage["last_year"].max(), "iso3"])
    counts = [[activity.monthly(months, c, name, SPAN) for name in activity.OUTCOMES] for c in countries]
    serial = SPAN.first + np.arange(SPAN.base + SPAN.later)
    keys = pd.DataFrame({"serial": np.repeat(serial, len(countries)), "iso3": np.tile(countries, len(serial))})
    keys = keys.assign(year=keys["serial"] // 12, month=keys["serial"] % 12 + 1).drop(columns="serial")
    yearly = activity.yearly(months, coverage, _COUNTRY)["protests"].iloc[:-1]
    stacked = np.moveaxis(np.array(counts), 2, 0).astype(np.int64)
    votes = elections.corrected(elections.votes(load("votes_reign")), load("elections"))
    return Panel(countries, stacked, keys, coverage, votes, worlds.wave_variance(yearly))


def simulate(world: World, rng: np.random.Generator, *, smallest: float) -> pd.DataFrame:
    """Simulate the table of country-months.

    The country's protests are Poisson at the rate of both periods together, times the effect after the turn; clumped
    ones follow yearly waves as uneven as its real years are. Other countries' months are drawn anew from their own, in
    blocks. A shared shock multiplies later months of the country and of its region alike.
    """
    real = panel()
    turn = np.arange(SPAN.base + SPAN.later) >= SPAN.base
    by_country = [
        worlds.resampled_months(rng, real.counts[:, i], block=_OTHER_BLOCK) for i in range(len(real.countries))
    ]
    counts = np.stack(by_country, axis=1)
    shock = shock_ratio(world, smallest)
    around = set(activity_checks.region_of(_COUNTRY, real.coverage))
    places = np.ix_(np.flatnonzero(turn), np.array([i for i, c in enumerate(real.countries) if c in around]))
    counts[places] += rng.poisson((shock - 1) * counts[places])
    own = real.countries.index(_COUNTRY)
    protests, met = real.counts[:, own].sum(axis=0)
    rate = protests / len(turn) * np.where(turn, true_ratio(world, smallest), 1.0)
    if world == "clumped":
        rate = rate * worlds.waves(rng, len(turn), length=_WAVE, variance=real.variance)
    counts[:, own, 0] = rng.poisson(rate)
    counts[:, own, 1] = rng.binomial(counts[:, own, 0], met / protests)
    return real.frame(counts)


def rate_change(world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """Simulate country-months, compare the two periods, and judge the three claims that rest on them."""
    smallest = smallest_effect(_ACTIVE)
    true, base = true_ratio(world, smallest), base_counts()["detentions"]
    months = simulate(world, rng, smallest=smallest)
    seeds = rng.integers(2**32, size=len(activity.OUTCOMES))
    change = {
        name: activity.rate_change(months, _COUNTRY, name, SPAN, block=BLOCK, draws=DRAWS, seed=int(seed))
        for name, seed in zip(activity.OUTCOMES, seeds, strict=True)
    }
    journalists = worlds.count(rng, base, world), worlds.count(rng, base * true, world)
    # The registered components: protesters 2018 to 2019, journalists 2019 to 2020.
    met = [arrests.in_year(months, _COUNTRY, "arrests", year) for year in (2018, 2019)]
    pairs = {"protesters, 2018 to 2019": met, "journalists, 2019 to 2020": journalists}
    components = [arrests.component(name, *pair, smallest=smallest) for name, pair in pairs.items()]
    return [
        _rise(world, _ACTIVE, months, "protests", change["protests"], true, {}),
        _rise(world, _DETAINED, months, "arrests", change["arrests"], true, {"components": components}),
        _no_rise(world, change["arrests"], journalists, smallest, true, rng),
    ]


def _rise(
    world: World,
    claim: str,
    months: pd.DataFrame,
    outcome: str,
    change: activity.RateChange,
    true: float,
    more: dict[str, Any],
) -> Finding:
    real = panel()
    checks = if_needed(activity_checks.checks, months, real.coverage, real.votes, _COUNTRY, outcome, SPAN)
    return Finding(
        test=f"block bootstrap p, exact interval: {change.outcome}",
        claim=claim,
        truth=true,
        estimate=change.ratio,
        interval=(change.lower, change.upper),
        rejected=change.p <= 0.05,
        null=true == 1,
        verdict=verdict(claim, activity.numbers(change) | more, checks),
        wrong=CONTRADICTED if MULTIPLE[world] else SUPPORTED,
    )


def _no_rise(
    world: World,
    change: activity.RateChange,
    journalists: tuple[int, int],
    smallest: float,
    true: float,
    rng: np.random.Generator,
) -> Finding:
    measures = arrests.measures(change, journalists, smallest=smallest, shaken=False)
    second = measures[1]
    if conclusion(second.estimate, second.lower, second.upper, second.smallest_effect) != "cannot tell":
        unsure = shaken(rng, world, "detentions", journalists, ratio=true)
        measures = arrests.measures(change, journalists, smallest=smallest, shaken=unsure)
    return Finding(
        test="block bootstrap interval: protests with arrests",
        claim=_NO_SPREAD,
        truth=true,
        estimate=change.ratio,
        interval=change.bootstrap,
        # The rule asks that the upper end of a two-sided 95 % interval lie below the margin.
        nominal=0.025,
        rejected=change.bootstrap[1] < smallest,
        null=true >= smallest,
        verdict=verdict(_NO_SPREAD, {"measures": measures}),
    )
