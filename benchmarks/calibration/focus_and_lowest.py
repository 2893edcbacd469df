"""Trials of two small designs: the share of organisations among targets, and the lowest of twelve categories."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.article import hfi, targets
from analysis.claims.evidence import Check
from analysis.data.load import load, load_hfi
from analysis.methods import extremum
from analysis.methods.composition import difference_of_proportions
from benchmarks.calibration.findings import Finding, register, smallest_effect, verdict
from benchmarks.calibration.worlds import MULTIPLE, SHOCK, Floats, World

_FOCUS = "focus-shifted-to-organisations"
_LOWEST = "hfi-association-lowest-category"
_ITEM = "association"


@functools.cache
def _episodes() -> pd.DataFrame:
    typed = (load(name) for name in ("protest_detentions", "ngo_tax_case", "records"))
    return targets.episodes(*typed, first=targets.FIRST, last=targets.LAST)


@functools.cache
def _shifts() -> pd.Series:
    return targets.relative_shift(targets.index_shifts(load("vdem_v12"), year=2019))


@functools.cache
def _items() -> pd.DataFrame:
    return load("freedom_house_items")


@functools.cache
def _countries() -> list[str]:
    """Return the countries that both expert sources cover in the two years compared."""
    both = _items().loc[_items()["data_year"].isin([2019, 2020])].groupby("iso3").size()
    return sorted(set(_shifts().index) & set(both.index[both == 2]))


@functools.cache
def _focus(later: tuple[int, int], before: tuple[int, int]) -> targets.Focus:
    return targets.focus(_listed(later, before), turn=targets.TURN)


def _listed(later: tuple[int, int], before: tuple[int, int]) -> pd.DataFrame:
    """List episodes against organisations and individuals of both periods."""
    kinds = (targets.ORGANISATION, targets.INDIVIDUAL)
    counts = {targets.LAST: later, targets.FIRST: before}
    rows = [
        (date, kind) for date, pair in counts.items() for kind, n in zip(kinds, pair, strict=True) for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["date", "target"])


def focus(world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """Share of organisations among the targets of as many episodes as were recorded, later period against earlier."""
    real = _episodes()
    late = real["date"] >= targets.TURN
    share = float((real["target"] == targets.ORGANISATION).mean())
    rise = MULTIPLE[world] * smallest_effect(_FOCUS)
    busier = SHOCK if world == "shared shock" else 1
    sizes = [max(1, int(rng.poisson(mean))) for mean in (busier * late.sum(), (~late).sum())]
    later, before = (_hits(rng, n, p, world) for n, p in zip(sizes, (share + rise / 100, share), strict=True))
    hits = later[0] + before[0]
    if hits in (0, sum(sizes)):
        # With one kind of target only, the exact test has nothing to compare.
        contrast = difference_of_proportions(later[0], sizes[0], before[0], sizes[1])
        p, interval = 1.0, (100 * contrast.lower, 100 * contrast.upper)
        fields = {"estimate": 100 * contrast.estimate, "interval": interval, "p_value": p, "identified": False}
    else:
        result = _focus(later, before)
        p, fields = result.test.p_mid, targets.evidence(result) | {"identified": hits > 1}
    return [
        Finding(
            test="exact test of two shares, mid-p",
            claim=_FOCUS,
            truth=rise,
            estimate=float(fields["estimate"]),
            interval=fields["interval"],
            rejected=p <= 0.05,
            null=rise == 0,
            verdict=verdict(_FOCUS, fields, _focus_checks(rng, later, before, rise)),
        )
    ]


def _hits(rng: np.random.Generator, n: int, share: float, world: World) -> tuple[int, int]:
    """Return episodes against organisations and individuals; clumped ones come in pairs with the same target."""
    if world == "clumped":
        hits = min(n, 2 * int(rng.binomial(n // 2, share)) + int(n % 2 and rng.random() < share))
    else:
        hits = int(rng.binomial(n, share))
    return hits, n - hits


def _focus_checks(
    rng: np.random.Generator, later: tuple[int, int], before: tuple[int, int], rise: float
) -> Iterator[Check]:
    """Make the checks that can be simulated: one episode left out, and the indices of a country drawn at random."""
    country = str(rng.choice(_countries()))
    if min(sum(later), sum(before)) < 2:
        return
    for check in targets.checks(_listed(later, before), _shifts(), _items(), country=country, turn=targets.TURN):
        if check.name == "leave one episode out" or (check.name == "annual indices agree" and not rise):
            yield check


@functools.cache
def _scores() -> tuple[pd.Series, extremum.Revisions, Floats]:
    """Return the country's categories, the revisions, and those of countries that have all, shape (countries, 12)."""
    frame = load_hfi()
    own = frame[(frame["edition"] == 2020) & (frame["data_year"] == 2018) & (frame["iso3"] == "KAZ")].iloc[0]
    revision = extremum.revisions(frame, editions=(2019, 2020), data_year=2017)
    names = list(hfi.ALL_CATEGORIES)
    revised = revision.by_country[names].dropna()
    return own[names].astype(float), revision, (revised - revised.mean()).to_numpy()


def lowest_category(world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """One category claimed to be the lowest of twelve, once every score is perturbed as a publisher's revisions do."""
    own, revision, revised = _scores()
    sd, rule = revision.pooled, register()[_LOWEST].rule
    margin = MULTIPLE[world] * smallest_effect(_LOWEST)
    true = own.copy()
    true[_ITEM] = own.drop(_ITEM).min() - margin
    noise = revised[rng.integers(len(revised))] if world == "clumped" else rng.normal(0, sd, len(own))
    noise = noise + (rng.normal(0, SHOCK * sd) if world == "shared shock" else 0.0)
    seen = (true + noise).clip(0, 10)
    result = extremum.lowest(seen, item=_ITEM, level=rule.level, country="KAZ", sd=sd, moved=revision.by_country)
    return [
        Finding(
            test="probability of being the lowest",
            claim=_LOWEST,
            truth=margin,
            estimate=result.runner_up_value - result.value,
            nominal=1 - rule.supported_from,
            rejected=result.probability >= rule.supported_from,
            null=margin == 0,
            verdict=verdict(_LOWEST, hfi.lowest_evidence(result)),
        )
    ]
