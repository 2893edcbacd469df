"""Trials of two annual counts: a monitor's tables with known rates, through the steps of notebook 02."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.article import press, press_evidence, press_sources
from analysis.calibration.findings import JUDGED, Finding, register, verdict
from analysis.calibration.worlds import MULTIPLE, SHOCK, World, clumped_count
from analysis.claims.evidence import Check
from analysis.data.load import load
from analysis.methods.count_tests import Interval, count_test, noninferiority_p, rate_ratio_interval
from analysis.methods.counts_power import minimum_detectable_ratio

#: Variance over mean of clumped yearly counts: episodes of two cases on average, some far larger.
DISPERSION = 3.0
_YEARS = press.ARTICLE_YEARS
_HALF_YEAR = 181 / 365
# Later years of the monitor's series, which show how dispersed its counts are.
_LATER = {"attacks": (2021, 2022), "digital_security_incidents": (2021,)}


@dataclass(frozen=True)
class Rates:
    """Expected counts of one year, and how cases come.

    Attributes
    ----------
    base : dict of str to int
        Counts of the first year by indicator, taken as expected ones.
    around : pandas.DataFrame
        Counts of the same years around the country: ``what``, ``first``.
    """

    base: dict[str, int]
    around: pd.DataFrame

    def count(self, rng: np.random.Generator, mean: float, world: World) -> int:
        """Draw one count."""
        return clumped_count(rng, mean, DISPERSION) if world == "clumped" else int(rng.poisson(mean))


@functools.cache
def rates() -> Rates:
    """Return the monitor's counts of the base year, and those of the neighbours."""
    adil_soz, jfj = load("adil_soz_counts"), load("jfj_counts")
    names = load("countries").set_index("iso3")["name"]
    pairs = press_sources.pairs(adil_soz, jfj, names=names)
    around = press_sources.neighbours(pairs, base_year=_YEARS[0], year=_YEARS[1])
    indicators = (*press.POOLED, "digital_security_incidents")
    return Rates({name: press.pair(adil_soz, name, base_year=2019, year=2020)[0] for name in indicators}, around)


@functools.cache
def emergency() -> dict[str, int]:
    """Return the days of emergency and of restrictions in the second year."""
    pandem = _pandem()
    year: dict[str, Any] = {"country": "KAZ", "year": _YEARS[1]}
    return {
        "lost": press.emergency_days(pandem, **year),
        "restricted": press.emergency_days(pandem, **year, open_ended=True),
    }


@dataclass(frozen=True)
class TwoCounts:
    """Two annual counts and one claim on their ratio.

    Attributes
    ----------
    indicator, claim : str
        Count and registered claim.
    """

    indicator: str
    claim: str

    @property
    def smallest(self) -> float:
        """Smallest rate ratio of interest; above 1 for a claimed rise, below for a fall that is ruled out."""
        effect = register()[self.claim].smallest_effect
        assert effect is not None
        return effect.value

    def trial(self, world: World, number: int, rng: np.random.Generator) -> list[Finding]:
        """Simulate one pair of counts, test it, and judge the claim."""
        shock = self.smallest**SHOCK if world == "shared shock" else 1.0
        ratio = self.smallest ** MULTIPLE[world] * shock
        base = rates().base[self.indicator]
        first, second = (rates().count(rng, mean, world) for mean in (base, base * ratio))
        found = rate_ratio_interval(first, second)
        finding = self._rise if self.smallest > 1 else self._no_fall
        return [finding(world, number, first, second, found, ratio, shock, rng)]

    def _rise(
        self,
        world: World,
        number: int,
        first: int,
        second: int,
        found: Interval,
        ratio: float,
        shock: float,
        rng: np.random.Generator,
    ) -> Finding:
        p = count_test(first, second)
        fields = _fields(first, second, found) | {
            "p_value": p,
            "minimum_detectable_effect": press_evidence.finite(minimum_detectable_ratio(first)) if first else None,
        }
        checks = self._checks(world, first, second, ratio, shock, rng)
        return Finding(
            test=f"exact test of two counts, base {rates().base[self.indicator]}",
            claim=self.claim,
            truth=ratio,
            estimate=found.estimate,
            lower=found.lower,
            upper=found.upper,
            nominal=0.05,
            rejected=p <= 0.05,
            null=ratio == 1,
            verdict=verdict(self.claim, fields, checks, of_finding=True) if ratio == 1 or number < JUDGED else "",
            wrong="supported" if ratio == 1 else "contradicted",
        )

    def _no_fall(
        self,
        world: World,
        number: int,
        first: int,
        second: int,
        found: Interval,
        ratio: float,
        shock: float,
        rng: np.random.Generator,
    ) -> Finding:
        p = noninferiority_p(first, second, margin=self.smallest)
        fields = _fields(first, second, found) | {"p_value": p}
        if first and second:
            fields["measures"] = [press_evidence.fall(self.indicator, found, smallest=self.smallest)]
        return Finding(
            test=f"exact test of no fall, base {rates().base[self.indicator]}",
            claim=self.claim,
            truth=ratio,
            estimate=found.estimate,
            lower=found.lower,
            upper=found.upper,
            nominal=0.05,
            rejected=p <= 0.05,
            null=ratio <= self.smallest,
            verdict=verdict(self.claim, fields, self._checks(world, first, second, ratio, shock, rng), of_finding=True),
            wrong="supported" if ratio <= self.smallest else "contradicted",
        )

    def _checks(
        self, world: World, first: int, second: int, ratio: float, shock: float, rng: np.random.Generator
    ) -> Iterator[Check]:
        """Make the registered checks on a simulated table of the monitor, as notebook 02 does."""
        counts = table(rng, world, {self.indicator: (first, second)}, ratio=ratio)
        own = press.readings(counts, self.indicator, base_year=2019, year=2020, **emergency())
        results = press.comparisons(counts, base_year=2019, year=2020)
        dispersion = press.yearly_dispersion(counts)
        yield from press_evidence.falsifications(self.indicator, results, own, dispersion)
        yield press_evidence.neighbouring(results[self.indicator], _around(rng, shock))


def _fields(first: int, second: int, found: Interval) -> dict[str, Any]:
    return {
        "estimate": found.estimate,
        "interval": (found.lower, found.upper),
        "unit": "rate ratio",
        "n": first + second,
    }


def table(rng: np.random.Generator, world: World, known: dict[str, tuple[int, int]], *, ratio: float) -> pd.DataFrame:
    """Simulate the monitor's table: the same indicators and years as the real one, with the world's rates.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    world : str
        Whether cases come alone or in episodes.
    known : dict of str to tuple of int
        Counts of both years that are drawn already.
    ratio : float
        True ratio of the second year's rates, and of all later ones, to the first's.
    """
    rows: list[tuple[str, str, str, int]] = []
    for name, base in rates().base.items():
        pair = known.get(name) or tuple(rates().count(rng, mean, world) for mean in (base, base * ratio))
        rows += [(f"{year}-01", f"{year}-12", name, value) for year, value in zip(_YEARS, pair, strict=True)]
        later = [(year, rates().count(rng, base * ratio, world)) for year in _LATER.get(name, ())]
        rows += [(f"{year}-01", f"{year}-12", name, value) for year, value in later]
        if name == "detentions":
            rows.append(("2019-01", "2019-06", name, int(rng.binomial(pair[0], _HALF_YEAR))))
    frame = pd.DataFrame(rows, columns=["first_month", "last_month", "indicator", "count"])
    return frame.assign(unit="cases", definition="simulated")


@functools.cache
def _pandem() -> pd.DataFrame:
    return load("pandem")


def shaken(rng: np.random.Generator, world: World, indicator: str, pair: tuple[int, int], *, ratio: float) -> bool:
    """Return whether a simulated count fails a check of its finding, in a table of the monitor made around it."""
    return press_evidence.shaken(table(rng, world, {indicator: pair}, ratio=ratio), _pandem(), indicator)


def _around(rng: np.random.Generator, shock: float) -> pd.DataFrame:
    """Simulate the neighbours' counts: their rates change by the shared shock alone."""
    around = rates().around
    second = rng.poisson(around["first"].to_numpy() * shock)
    return around.assign(second=second, ratio=second / around["first"])
