"""Trials of the change of event rates: country-months with a known turn, through the steps of notebook 05."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.article import activity, activity_checks, arrests, elections
from analysis.article.assessments import conclusion
from analysis.calibration.findings import Finding, register, verdict
from analysis.calibration.trials_counts import rates, shaken
from analysis.calibration.worlds import (
    MULTIPLE,
    SHOCK,
    Ints,
    World,
    resampled_months,
    wave_variance,
    waves,
)
from analysis.claims.evidence import Check
from analysis.data.load import load

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
    """The real country-months of the two periods.

    Attributes
    ----------
    countries : list of str
        ISO3 codes of countries followed to the end.
    counts : ndarray of int, shape (72, countries, 2)
        Protests and protests with arrests.
    keys : pandas.DataFrame
        ``iso3``, ``year``, ``month`` of every row, in the order of the counts.
    coverage, votes : pandas.DataFrame
        The table ``protest_coverage``; elections by ``iso3`` and ``serial`` month.
    variance : float
        Variance of the country's yearly intensity, mean 1.
    """

    countries: list[str]
    counts: Ints
    keys: pd.DataFrame
    coverage: pd.DataFrame
    votes: pd.DataFrame
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
    return Panel(countries, stacked, keys, coverage, votes, wave_variance(yearly))


def simulate(world: World, rng: np.random.Generator, *, smallest: float) -> pd.DataFrame:
    """Simulate the table of country-months.

    The country's protests are Poisson at the rate of both periods together, times the effect after the turn; clumped
    ones follow yearly waves as uneven as its real years are. Other countries' months are drawn anew from their own, in
    blocks. A shared shock multiplies later months of the country and of its region alike.
    """
    real = panel()
    turn = np.arange(SPAN.base + SPAN.later) >= SPAN.base
    by_country = [resampled_months(rng, real.counts[:, i], block=_OTHER_BLOCK) for i in range(len(real.countries))]
    counts = np.stack(by_country, axis=1)
    shock = smallest**SHOCK if world == "shared shock" else 1.0
    around = set(activity_checks.region_of(_COUNTRY, real.coverage))
    places = np.ix_(np.flatnonzero(turn), np.array([i for i, c in enumerate(real.countries) if c in around]))
    counts[places] += rng.poisson((shock - 1) * counts[places])
    own = real.countries.index(_COUNTRY)
    protests, met = real.counts[:, own].sum(axis=0)
    rate = protests / len(turn) * np.where(turn, shock * smallest ** MULTIPLE[world], 1.0)
    if world == "clumped":
        rate = rate * waves(rng, len(turn), length=_WAVE, variance=real.variance)
    counts[:, own, 0] = rng.poisson(rate)
    counts[:, own, 1] = rng.binomial(counts[:, own, 0], met / protests)
    return real.frame(counts)


@dataclass(frozen=True)
class RateChange:
    """Protests, and protests with arrests, per month after a turn over those before."""

    def trial(self, world: World, number: int, rng: np.random.Generator) -> list[Finding]:
        """Simulate country-months, compare the two periods, and judge the three claims that rest on them."""
        effect = register()[_ACTIVE].smallest_effect
        assert effect is not None
        smallest = effect.value
        months = simulate(world, rng, smallest=smallest)
        seeds = rng.integers(2**32, size=len(activity.OUTCOMES))
        change = {
            name: activity.rate_change(months, _COUNTRY, name, SPAN, block=BLOCK, draws=DRAWS, seed=int(seed))
            for name, seed in zip(activity.OUTCOMES, seeds, strict=True)
        }
        journalists = self._journalists(world, rng, smallest)
        return [
            self._rise(world, _ACTIVE, change["protests"], months, smallest, {}),
            self._rise(
                world, _DETAINED, change["arrests"], months, smallest, _components(months, journalists, smallest)
            ),
            self._no_rise(world, change["arrests"], journalists, smallest, rng),
        ]

    def _journalists(self, world: World, rng: np.random.Generator, smallest: float) -> tuple[int, int]:
        base = rates().base["detentions"]
        ratio = smallest ** (SHOCK if world == "shared shock" else MULTIPLE[world])
        return rates().count(rng, base, world), rates().count(rng, base * ratio, world)

    def _rise(
        self,
        world: World,
        claim: str,
        change: activity.RateChange,
        months: pd.DataFrame,
        smallest: float,
        more: dict[str, Any],
    ) -> Finding:
        name = "protests" if claim == _ACTIVE else "arrests"
        found = activity.numbers(change) | more
        true = smallest ** (SHOCK if world == "shared shock" else MULTIPLE[world])
        return Finding(
            test=f"block bootstrap p, exact interval: {change.outcome}",
            claim=claim,
            truth=true,
            estimate=change.ratio,
            lower=change.lower,
            upper=change.upper,
            nominal=0.05,
            rejected=change.p <= 0.05,
            null=true == 1,
            verdict=verdict(claim, found, _checks(months, name)),
            wrong="contradicted" if MULTIPLE[world] else "supported",
        )

    def _no_rise(
        self,
        world: World,
        change: activity.RateChange,
        journalists: tuple[int, int],
        smallest: float,
        rng: np.random.Generator,
    ) -> Finding:
        true = smallest ** (SHOCK if world == "shared shock" else MULTIPLE[world])
        low, high = change.bootstrap
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
            lower=low,
            upper=high,
            # The rule asks that the upper end of a two-sided 95 % interval lie below the margin.
            nominal=0.025,
            rejected=high < smallest,
            null=true >= smallest,
            verdict=verdict(_NO_SPREAD, {"measures": measures}),
            wrong="supported" if true >= smallest else "contradicted",
        )


def _components(months: pd.DataFrame, journalists: tuple[int, int], smallest: float) -> dict[str, Any]:
    """Return the registered components: protesters 2018 to 2019, journalists 2019 to 2020."""
    met = [arrests.in_year(months, _COUNTRY, "arrests", year) for year in (2018, 2019)]
    return {
        "components": [
            arrests.component("protesters, 2018 to 2019", met[0], met[1], smallest=smallest),
            arrests.component("journalists, 2019 to 2020", *journalists, smallest=smallest),
        ]
    }


def _checks(months: pd.DataFrame, outcome: str) -> Iterator[Check]:
    real = panel()
    yield from activity_checks.checks(months, real.coverage, real.votes, _COUNTRY, outcome, SPAN)
