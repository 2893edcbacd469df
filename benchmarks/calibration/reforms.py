"""Trials of reforms: panels of autocracies with a known effect on one country, through the steps of notebook 03.

The panels follow the placebo study of the estimator's authors: a smooth part of low rank taken from the real panel, and
autoregressive noise with the persistence and spread of what is left.

References
----------
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic difference-in-differences.
American Economic Review 111(12), 4088-4118, section 3.1. doi:10.1257/aer.20190159
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from analysis.article import reforms
from analysis.claims.adapter import measure_of
from analysis.claims.evidence import Measure
from analysis.claims.rules import RegisteredMeasure
from analysis.data.load import load
from analysis.methods.synthetic.inference import Comparison, compare_study, non_inferiority, synthetic_control
from analysis.methods.synthetic.study import Study
from benchmarks.calibration.counts import compared, shaken, table
from benchmarks.calibration.findings import Finding, register, verdict
from benchmarks.calibration.worlds import MULTIPLE, SHOCK, Floats, World, autoregressive, low_rank, persistence

CLAIM = "press-freedom-no-better"
_EDITION = "vdem_v12"
# Years for each dimension of the smooth part: four dimensions in the longest panel, as in the authors' study; with as
# many in a short one hardly any noise would be left.
_YEARS_A_RANK = 5
# Share of the innovations' variance that measures of one producer have in common.
_COMMON = 0.5
# The measures whose tests are tabulated: the claim's first, and the one with the fewest donors.
_FIRST, _FEWEST = 0, -1


@dataclass(frozen=True)
class Measured:
    """One measure's real panel, split for simulation."""

    spec: RegisteredMeasure
    #: Countries, the real treated one first, and the years before its treatment.
    units: tuple[str, ...]
    n_pre: int
    #: Part of low rank, and residuals, shape (years, countries).
    smooth: Floats
    rest: Floats

    @property
    def margin(self) -> float:
        """Smallest effect of interest."""
        return self.spec.smallest_effect


@functools.cache
def panels() -> tuple[Measured, ...]:
    """Return the panels of the registered measures, with the parameters of notebook 03."""
    donors = reforms.donors(load("regimes"), "autocracies", country="KAZ", first=2000, last=2019)
    asked = {"unit": "iso3", "time": "data_year", "treated": "KAZ", "first_treated": 2020, "first": 2000, "last": 2020}
    found = []
    for spec in register()[CLAIM].measures_of(_EDITION):
        if spec.scale == "difference":
            panel = spec.values(load(spec.table))
            real = synthetic_control(panel, outcome=spec.name, donors=donors, estimator="did", **asked).study
            parts = low_rank(real.values, len(real.times) // _YEARS_A_RANK)
            found.append(Measured(spec, real.units, real.n_pre, *parts))
    return tuple(found)


def simulate(world: World, rng: np.random.Generator) -> list[tuple[Measured, Study]]:
    """Simulate the panels of all measures for one country drawn at random as the treated one.

    Clumped: the residuals of whole countries are exchanged, so that most countries hardly move and a few leap. Else:
    autoregressive noise, alike in all countries. A shared shock lowers every country's last year by up to four margins,
    two on average. Where a measure does not cover the country drawn, its real treated country is used.
    """
    country = str(rng.choice(panels()[_FIRST].units))
    source = str(rng.choice(panels()[_FIRST].units))
    names = sorted({unit for item in panels() for unit in item.units})
    producers = sorted({item.spec.producer for item in panels()})
    years = max(len(item.smooth) for item in panels())
    common = rng.standard_normal((len(producers), years, len(names)))
    load_of = dict(zip(names, rng.uniform(0, 2, len(names)), strict=True))
    made = []
    for item in panels():
        at = item.units.index(country) if country in item.units else 0
        noise = _exchanged(rng, item, at, source) if world == "clumped" else _noise(rng, item, common, names, producers)
        values = item.smooth + noise
        if world == "shared shock":
            values[item.n_pre :] -= SHOCK * item.margin * np.array([load_of[unit] for unit in item.units])
        values[item.n_pre :, at] += MULTIPLE[world] * item.margin
        order = [at, *(i for i in range(len(item.units)) if i != at)]
        labels = [item.units[i] for i in order]
        made.append((item, Study.from_matrix(values[:, order], n_pre=item.n_pre, labels=labels)))
    return made


def _exchanged(rng: np.random.Generator, item: Measured, at: int, source: str) -> Floats:
    """Return residual paths dealt out anew; the treated country gets those of the source country, if there are any."""
    order = rng.permutation(len(item.units))
    if source in item.units:
        place = int(np.flatnonzero(order == item.units.index(source))[0])
        order[[at, place]] = order[[place, at]]
    return item.rest[:, order] * rng.choice([-1.0, 1.0], len(order))


def _noise(rng: np.random.Generator, item: Measured, common: Floats, names: list[str], producers: list[str]) -> Floats:
    shared = common[producers.index(item.spec.producer)][-len(item.smooth) :, [names.index(u) for u in item.units]]
    own = rng.standard_normal(item.smooth.shape)
    mixed = math.sqrt(_COMMON) * shared + math.sqrt(1 - _COMMON) * own
    rho, sd = persistence(item.rest)
    return autoregressive(mixed, rho=rho, sd=sd)


def no_improvement(world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """Synthetic difference-in-differences with placebo countries: assess all measures, judge the claim, test two."""
    assessed = [(item, compare_study(made, "sdid")) for item, made in simulate(world, rng)]
    every = [*(measure_of(item.spec, found) for item, found in assessed), *_counts(world, rng)]
    item, first = assessed[_FIRST]
    tested = non_inferiority(first, margin=item.margin).evidence()
    said = verdict(CLAIM, tested | {"measures": every})
    multiple = MULTIPLE[world]
    return [
        _bound(multiple, assessed[_FIRST], "expression, 57 donors", said),
        _bound(multiple, assessed[_FEWEST], "press rank, 8 donors", ""),
        # The in-space placebo rank test of no effect at all, which the notebook shows beside the bound.
        Finding(
            test="synthetic DiD, placebo rank of no effect",
            claim=CLAIM,
            truth=multiple * item.margin,
            estimate=first.estimate,
            rejected=first.p_value <= 0.05,
            null=multiple == 0,
        ),
    ]


def _counts(world: World, rng: np.random.Generator) -> list[Measure]:
    """Simulate the monitor's two counts, which fall by as many margins as the indices rise."""
    margin = -math.log(register().thresholds.smallest_effects["rate_fall"])
    counted = [item for item in register()[CLAIM].measures_of(_EDITION) if item.scale == "ratio"]
    found = []
    for indicator, item in zip(("attacks", "detentions"), counted, strict=True):
        counts = table(rng, world, ratio=math.exp(-margin * MULTIPLE[world]))
        measured = measure_of(item, compared(counts, indicator))
        unsure = measured.conclusion != "cannot tell" and shaken(counts, indicator)
        found.append(measured.model_copy(update={"shaken": unsure}))
    return found


def _bound(multiple: int, assessed: tuple[Measured, Comparison], which: str, said: str) -> Finding:
    item, found = assessed
    return Finding.of(
        found,
        test=f"synthetic DiD, no improvement: {which}",
        claim=CLAIM,
        truth=multiple * item.margin,
        rejected=non_inferiority(found, margin=item.margin).p_value <= 0.05,
        null=multiple > 0,
        verdict=said,
    )
