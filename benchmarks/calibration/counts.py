"""Trials of two annual counts: a monitor's tables with known rates, through the steps of notebook 02."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.article import press, press_evidence, press_sources
from analysis.claims.evidence import Check
from analysis.data.load import load
from analysis.methods.count_tests import count_test, noninferiority_p, rate_ratio_interval
from analysis.methods.counts_power import minimum_detectable_ratio
from benchmarks.calibration.findings import JUDGED, Finding, smallest_effect, verdict
from benchmarks.calibration.worlds import World, count, shock_ratio, true_ratio

_YEARS = press.ARTICLE_YEARS
_HALF_YEAR = 181 / 365
# Later years of the monitor's series, which show how dispersed its counts are.
_LATER = {"attacks": (2021, 2022), "digital_security_incidents": (2021,)}


@functools.cache
def base_counts() -> dict[str, int]:
    """Return the monitor's counts of the first year by indicator, taken as expected ones."""
    indicators = (*press.POOLED, "digital_security_incidents")
    table = load("adil_soz_counts")
    return {name: press.pair(table, name, base_year=_YEARS[0], year=_YEARS[1])[0] for name in indicators}


@functools.cache
def _neighbours() -> pd.DataFrame:
    """Return the counts of the same years around the country: ``what``, ``first``."""
    names = load("countries").set_index("iso3")["name"]
    pairs = press_sources.pairs(load("adil_soz_counts"), load("jfj_counts"), names=names)
    return press_sources.neighbours(pairs, base_year=_YEARS[0], year=_YEARS[1])


@functools.cache
def _pandem() -> pd.DataFrame:
    return load("pandem")


@functools.cache
def _emergency() -> dict[str, int]:
    """Return the days of emergency and of restrictions in the second year."""
    year: dict[str, Any] = {"country": "KAZ", "year": _YEARS[1]}
    return {
        "lost": press.emergency_days(_pandem(), **year),
        "restricted": press.emergency_days(_pandem(), **year, open_ended=True),
    }


def two_counts(indicator: str, claim: str, world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """Test one pair of annual counts, and judge one claim on their ratio: a rise, or that there is no fall."""
    smallest, base = smallest_effect(claim), base_counts()[indicator]
    ratio = true_ratio(world, smallest)
    first, second = (count(rng, mean, world) for mean in (base, base * ratio))
    found = rate_ratio_interval(first, second)
    interval = (found.lower, found.upper)
    fields: dict[str, Any] = {"estimate": found.estimate, "interval": interval, "unit": "rate ratio"}
    if smallest > 1:
        test, p, null = "exact test of two counts", count_test(first, second), ratio == 1
        fields["minimum_detectable_effect"] = press_evidence.finite(minimum_detectable_ratio(first)) if first else None
    else:
        test, p, null = "exact test of no fall", noninferiority_p(first, second, margin=smallest), ratio <= smallest
        if first and second:
            fields["measures"] = [press_evidence.fall(indicator, found, smallest=smallest)]
    fields |= {"p_value": p, "n": first + second}
    judged = smallest < 1 or null or number < JUDGED
    checks = _checks(world, indicator, (first, second), ratio, shock_ratio(world, smallest), rng)
    return [
        Finding(
            test=f"{test}, base {base}",
            claim=claim,
            truth=ratio,
            estimate=found.estimate,
            interval=interval,
            rejected=p <= 0.05,
            null=null,
            verdict=verdict(claim, fields, checks, of_finding=True) if judged else "",
        )
    ]


def _checks(
    world: World, indicator: str, pair: tuple[int, int], ratio: float, shock: float, rng: np.random.Generator
) -> Iterator[Check]:
    """Make the registered checks on a simulated table of the monitor, as notebook 02 does."""
    counts = table(rng, world, {indicator: pair}, ratio=ratio)
    own = press.readings(counts, indicator, base_year=2019, year=2020, **_emergency())
    results = press.comparisons(counts, base_year=2019, year=2020)
    yield from press_evidence.falsifications(indicator, results, own, press.yearly_dispersion(counts))
    # The neighbours' rates change by the shared shock alone.
    around = _neighbours()
    second = rng.poisson(around["first"].to_numpy() * shock)
    around = around.assign(second=second, ratio=second / around["first"])
    yield press_evidence.neighbouring(results[indicator], around)


def table(rng: np.random.Generator, world: World, known: dict[str, tuple[int, int]], *, ratio: float) -> pd.DataFrame:
    """Simulate the monitor's table: the same indicators and years as the real one, with the world's rates.

    ``known`` are counts of both years that are drawn already; ``ratio`` is the true one of the second year's rates, and
    of all later ones, to the first's.
    """
    rows: list[tuple[str, str, str, int]] = []
    for name, base in base_counts().items():
        pair = known.get(name) or tuple(count(rng, mean, world) for mean in (base, base * ratio))
        later = [(year, count(rng, base * ratio, world)) for year in _LATER.get(name, ())]
        yearly = [*zip(_YEARS, pair, strict=True), *later]
        rows += [(f"{year}-01", f"{year}-12", name, value) for year, value in yearly]
        if name == "detentions":
            rows.append(("2019-01", "2019-06", name, int(rng.binomial(pair[0], _HALF_YEAR))))
    frame = pd.DataFrame(rows, columns=["first_month", "last_month", "indicator", "count"])
    return frame.assign(unit="cases", definition="simulated")


def shaken(rng: np.random.Generator, world: World, indicator: str, pair: tuple[int, int], *, ratio: float) -> bool:
    """Return whether a simulated count fails a check of its finding, in a table of the monitor made around it."""
    return press_evidence.shaken(table(rng, world, {indicator: pair}, ratio=ratio), _pandem(), indicator)
