"""Trials of two annual counts: a monitor's tables with known rates, through the steps of notebook 02."""

import functools
import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.article import press
from analysis.claims.adapter import measure_of
from analysis.claims.evidence import Check
from analysis.data.load import load
from analysis.methods.counts import (
    clumped_below,
    compare_counts,
    compare_periods,
    find_elsewhere,
    moderated_dispersion,
    pooled_dispersion,
    strain_finding,
)
from analysis.methods.result import Estimate
from benchmarks.calibration.findings import Finding, register, registered_check, smallest_effect, statement, verdict
from benchmarks.calibration.worlds import Cell, Floats, World, clumped_counts, count, shock_ratio, true_ratio

_YEARS = press.ARTICLE_YEARS
_HALF_YEAR = 181 / 365
# Later years of the monitor's series, which show how dispersed its counts are.
_LATER = {"attacks": (2021, 2022), "digital_security_incidents": (2021,)}

# Cells of simulated worlds. Expected counts of the first year, the monitor's own (17 and 46) among them, and true
# ratios: none, the smallest effects, and twice these.
BASES = (5, 10, 17, 25, 46, 50)
RATIOS = (0.64, 0.8, 1.0, 1.25, 1.5625)
DISPERSIONS = (1, 2, 3, 5, 8)
# How dispersed series are: all alike; each drawn at random around the cell's, which is the mean; the tested series
# twice as far above 1 as the others; all alike, and a shock moves every series of the monitor with the tested one.
KINDS = ("alike", "unequal", "tested twice as clumped", "shared shock")
# Shape of the gamma distribution, with mean 1, of what unequal dispersions are above 1.
_UNEQUAL = 4.0
# Expected counts and number of years of the monitor's other series, by the series that is tested.
OTHERS = {"detentions": ((17, 4), (9, 3)), "attacks": ((46, 2), (9, 3))}


def cells() -> Iterator[Cell]:
    """List the kinds of worlds in which the test of two counts has to keep its promises."""
    for tested, kind, base, ratio, dispersion in itertools.product(OTHERS, KINDS, BASES, RATIOS, DISPERSIONS):
        unlike = kind in ("unequal", "tested twice as clumped") and dispersion == 1
        unmoved = kind == "shared shock" and ratio not in (RATIOS[0], RATIOS[-1])
        if not unlike and not unmoved:
            yield Cell(f"two counts, as {tested}", kind, base, ratio, dispersion)


def confidence(cell: Cell, rng: np.random.Generator, worlds: int) -> Floats:
    """Simulate worlds of a cell; return in each the confidence that the ratio lies below the true one."""
    others = OTHERS[cell.design.removeprefix("two counts, as ")]
    spread = np.full((worlds, 1 + len(others)), float(cell.dispersion))
    if cell.kind == "unequal":
        spread = 1 + (spread - 1) * rng.gamma(_UNEQUAL, 1 / _UNEQUAL, spread.shape)
    if cell.kind == "tested twice as clumped":
        spread[:, 1:] = 1 + (spread[:, 1:] - 1) / 2
    pair = clumped_counts(rng, np.array([cell.base, cell.base * cell.ratio]), spread[:, [0]])
    shock = cell.ratio if cell.kind == "shared shock" else 1.0
    table = np.full((worlds, len(others), max(years for _, years in others)), np.nan)
    for place, (mean, years) in enumerate(others):
        means = mean * np.where(np.arange(years) > 0, shock, 1.0)
        table[:, place, :years] = clumped_counts(rng, means, spread[:, [place + 1]])
    dispersion, degrees = moderated_dispersion(table)
    known = np.where(pair.any(axis=1, keepdims=True), pair, 1)  # without any case hardly anything is known
    return np.asarray(clumped_below(cell.ratio, *known.T, dispersion=dispersion, degrees=degrees))


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


def two_counts(indicator: str, claim: str, world: World, rng: np.random.Generator) -> list[Finding]:
    """Test one pair of annual counts, and judge one claim on their ratio: a rise, or that there is no fall."""
    smallest, base = smallest_effect(claim), base_counts()[indicator]
    ratio = true_ratio(world, smallest)
    counts = table(rng, world, ratio=ratio)
    if smallest > 1:
        test, null, found = "log ratio of clumped counts", ratio == 1, compared(counts, indicator, about="rise")
        fields = statement(claim, found)
    else:
        test, null = "log ratio of clumped counts, no fall", ratio <= smallest
        found = compared(counts, indicator, margin=smallest)
        measures = register()[claim].measures if found.n else ()
        fields = found.evidence() | {"measures": [measure_of(item, found) for item in measures]}
    checks = _checks(counts, indicator, claim, shock_ratio(world, smallest), rng)
    return [
        Finding.of(
            found,
            test=f"{test}, base {base}",
            claim=claim,
            truth=ratio,
            null=null,
            verdict=verdict(claim, fields, checks, of_finding=True),
        )
    ]


def compared(counts: pd.DataFrame, indicator: str, **asked: float | str) -> Estimate:
    """Compare two years of one series of a table of the monitor, as dispersed as the others are."""
    series, name = press.repeated(counts), press.name_of(indicator)
    return compare_periods(series[name], *_YEARS, dispersion=pooled_dispersion(series.drop(columns=name)), **asked)


def _checks(
    counts: pd.DataFrame, indicator: str, claim: str, shock: float, rng: np.random.Generator
) -> Iterator[Check]:
    """Make the registered checks on a simulated table of the monitor, as notebook 02 does."""
    main, outcomes = _strained(counts, indicator)
    for name, outcome in outcomes.items():
        yield registered_check(claim, name, outcome)
    if claim == "more-journalist-detentions":
        # The neighbours' rates change by the shared shock alone.
        first = [int(real[_YEARS[0]]) for real in _around().values()]
        around = [compare_counts(*both) for both in zip(first, rng.poisson(np.array(first) * shock), strict=True)]
        yield registered_check(claim, "neighbouring countries", find_elsewhere(main, *around))


def _strained(counts: pd.DataFrame, indicator: str) -> tuple[Estimate, dict[str, Estimate]]:
    name, names = press.name_of(indicator), press.CHECKS
    return strain_finding(
        press.repeated(counts), name, *_YEARS, otherwise=press.otherwise(counts, _days(), name), **names
    )


def table(rng: np.random.Generator, world: World, *, ratio: float) -> pd.DataFrame:
    """Simulate the monitor's table: the same indicators and years as the real one, with the world's rates.

    ``ratio`` is the true one of the second year's rates, and of all later ones, to the first's.
    """
    rows: list[tuple[str, str, str, int]] = []
    for name, base in base_counts().items():
        pair = [count(rng, mean, world) for mean in (base, base * ratio)]
        later = [(year, count(rng, base * ratio, world)) for year in _LATER.get(name, ())]
        yearly = [*zip(_YEARS, pair, strict=True), *later]
        rows += [(f"{year}-01", f"{year}-12", name, value) for year, value in yearly]
        if name == "detentions":
            rows.append(("2019-01", "2019-06", name, int(rng.binomial(pair[0], _HALF_YEAR))))
    frame = pd.DataFrame(rows, columns=["first_month", "last_month", "indicator", "count"])
    return frame.assign(unit="cases", definition="simulated")


def shaken(counts: pd.DataFrame, indicator: str) -> bool:
    """Return whether a simulated count fails a check of its finding in a table of the monitor."""
    _, outcomes = _strained(counts, indicator)
    return not all(registered_check(f"{indicator}-no-fewer", *found).passed for found in outcomes.items())
