"""Trials of two annual counts: a monitor's tables with known rates, through the steps of notebook 02."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.article import press
from analysis.claims.adapter import measure_of
from analysis.claims.evidence import Check
from analysis.data.load import load
from analysis.methods.counts import compare_counts, find_elsewhere, strain_finding
from analysis.methods.result import Estimate
from benchmarks.calibration.findings import JUDGED, Finding, register, registered_check, smallest_effect, verdict
from benchmarks.calibration.worlds import World, count, shock_ratio, true_ratio

_YEARS = press.ARTICLE_YEARS
_HALF_YEAR = 181 / 365
# Later years of the monitor's series, which show how dispersed its counts are.
_LATER = {"attacks": (2021, 2022), "digital_security_incidents": (2021,)}


@functools.cache
def base_counts() -> dict[str, int]:
    """Return the monitor's counts of the first year by indicator, taken as expected ones."""
    real = press.yearly(load("adil_soz_counts"))
    indicators = (*press.POOLED, "digital_security_incidents")
    return {name: int(real[press.name_of(name)][_YEARS[0]]) for name in indicators}


@functools.cache
def _around() -> dict[str, pd.Series]:
    """Return the counts of the same years around the country."""
    names = load("countries").set_index("iso3")["name"]
    pairs = press.pairs(load("adil_soz_counts"), load("jfj_counts"), names=names)
    return press.around(pairs, year=_YEARS[1])


@functools.cache
def _days() -> pd.DataFrame:
    """Return the days of both years on which a case could happen, by each way to count them."""
    return press.exposures(load("pandem"), country="KAZ", base_year=_YEARS[0], year=_YEARS[1])


def two_counts(indicator: str, claim: str, world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """Test one pair of annual counts, and judge one claim on their ratio: a rise, or that there is no fall."""
    smallest, base = smallest_effect(claim), base_counts()[indicator]
    ratio = true_ratio(world, smallest)
    first, second = (count(rng, mean, world) for mean in (base, base * ratio))
    if smallest > 1:
        test, null, found = "exact test of two counts", ratio == 1, compare_counts(first, second, about="rise")
        fields = found.evidence()
    else:
        test, null = "exact test of no fall", ratio <= smallest
        found = compare_counts(first, second, margin=smallest)
        measures = register()[claim].measures if first and second else ()
        fields = found.evidence() | {"measures": [measure_of(item, found) for item in measures]}
    checks = _checks(world, indicator, claim, (first, second), ratio, shock_ratio(world, smallest), rng)
    judged = smallest < 1 or null or number < JUDGED
    return [
        Finding.of(
            found,
            test=f"{test}, base {base}",
            claim=claim,
            truth=ratio,
            null=null,
            verdict=verdict(claim, fields, checks, of_finding=True) if judged else "",
        )
    ]


def _checks(
    world: World,
    indicator: str,
    claim: str,
    pair: tuple[int, int],
    ratio: float,
    shock: float,
    rng: np.random.Generator,
) -> Iterator[Check]:
    """Make the registered checks on a simulated table of the monitor, as notebook 02 does."""
    main, outcomes = _strained(table(rng, world, {indicator: pair}, ratio=ratio), indicator)
    for name, outcome in outcomes.items():
        yield registered_check(claim, name, outcome)
    if claim == "more-journalist-detentions":
        # The neighbours' rates change by the shared shock alone.
        first = [int(real[_YEARS[0]]) for real in _around().values()]
        around = [compare_counts(*both) for both in zip(first, rng.poisson(np.array(first) * shock), strict=True)]
        yield registered_check(claim, "neighbouring countries", find_elsewhere(main, *around))


def _strained(table: pd.DataFrame, indicator: str) -> tuple[Estimate, dict[str, Estimate]]:
    name, names = press.name_of(indicator), press.CHECKS
    return strain_finding(press.yearly(table), name, *_YEARS, otherwise=press.otherwise(table, _days(), name), **names)


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
    _, outcomes = _strained(table(rng, world, {indicator: pair}, ratio=ratio), indicator)
    return not all(registered_check(f"{indicator}-no-fewer", *found).passed for found in outcomes.items())
