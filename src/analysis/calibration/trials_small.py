"""Trials of two small designs: the share of organisations among targets, and the lowest of twelve categories."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.article import hfi, targets
from analysis.calibration.findings import Finding, register, verdict
from analysis.calibration.worlds import MULTIPLE, SHOCK, Floats, World
from analysis.claims.evidence import Check
from analysis.claims.rules import Extremum
from analysis.data.load import load, load_hfi
from analysis.methods import extremum
from analysis.methods.composition import difference_of_proportions

_FOCUS = "focus-shifted-to-organisations"
_LOWEST = "hfi-association-lowest-category"
_ITEM = "association"


@functools.cache
def _episodes() -> pd.DataFrame:
    typed = (load(name) for name in ("protest_detentions", "ngo_tax_case", "article_records"))
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
    rows = [
        {"date": date, "target": target}
        for date, counts in ((targets.LAST, later), (targets.FIRST, before))
        for target, n in zip((targets.ORGANISATION, targets.INDIVIDUAL), counts, strict=True)
        for _ in range(n)
    ]
    return targets.focus(pd.DataFrame(rows), turn=targets.TURN)


@dataclass(frozen=True)
class Focus:
    """Share of organisations among the targets of episodes, later period against earlier."""

    def trial(self, world: World, number: int, rng: np.random.Generator) -> list[Finding]:
        """Simulate targets of as many episodes as were recorded, test the shares, and judge the claim."""
        real = _episodes()
        late = real["date"] >= targets.TURN
        share = float((real["target"] == targets.ORGANISATION).mean())
        effect = register()[_FOCUS].smallest_effect
        assert effect is not None
        rise = MULTIPLE[world] * effect.value
        busier = SHOCK if world == "shared shock" else 1
        sizes = [max(1, int(rng.poisson(mean))) for mean in (busier * late.sum(), (~late).sum())]
        counts = [_hits(rng, n, p, world) for n, p in zip(sizes, (share + rise / 100, share), strict=True)]
        (a, b), (c, d) = counts
        if a + c == 0 or b + d == 0:
            # With one kind of target only, the exact test has nothing to compare.
            contrast = difference_of_proportions(a, a + b, c, c + d)
            p, found = 1.0, 100 * np.array([contrast.estimate, contrast.lower, contrast.upper])
            fields = {"estimate": found[0], "interval": (found[1], found[2]), "p_value": p, "identified": False}
        else:
            result = _focus((a, b), (c, d))
            fields = targets.evidence(result) | {"identified": a + c > 1}
            p, found = result.test.p_mid, np.array([fields["estimate"], *fields["interval"]])
        return [
            Finding(
                test="exact test of two shares, mid-p",
                claim=_FOCUS,
                truth=rise,
                estimate=float(found[0]),
                lower=float(found[1]),
                upper=float(found[2]),
                nominal=0.05,
                rejected=p <= 0.05,
                null=rise == 0,
                verdict=verdict(_FOCUS, fields, _focus_checks(rng, counts, rise)),
                wrong="contradicted" if rise else "supported",
            )
        ]


def _hits(rng: np.random.Generator, n: int, share: float, world: World) -> tuple[int, int]:
    """Return episodes against organisations and individuals; clumped ones come in pairs with the same target."""
    if world == "clumped":
        hits = min(n, 2 * int(rng.binomial(n // 2, share)) + int(n % 2 and rng.random() < share))
    else:
        hits = int(rng.binomial(n, share))
    return hits, n - hits


def _focus_checks(rng: np.random.Generator, counts: list[tuple[int, int]], rise: float) -> Iterator[Check]:
    """Make the checks that can be simulated: one episode left out, and the indices of a country drawn at random."""
    (a, b), (c, d) = counts
    dates = [targets.LAST] * (a + b) + [targets.FIRST] * (c + d)
    kinds = [*_kinds(a, b), *_kinds(c, d)]
    listed = pd.DataFrame({"date": dates, "target": kinds})
    country = str(rng.choice(_countries()))
    if min(a + b, c + d) < 2:
        return
    for check in targets.checks(listed, _shifts(), _items(), country=country, turn=targets.TURN):
        if check.name == "leave one episode out" or (check.name == "annual indices agree" and not rise):
            yield check


def _kinds(organisations: int, individuals: int) -> list[str]:
    return [targets.ORGANISATION] * organisations + [targets.INDIVIDUAL] * individuals


@functools.cache
def _scores() -> tuple[pd.Series, extremum.Revisions, Floats]:
    """Return the country's categories, the revisions, and those of countries that have all, shape (countries, 12)."""
    frame = load_hfi()
    own = frame[(frame["edition"] == 2020) & (frame["data_year"] == 2018) & (frame["iso3"] == "KAZ")].iloc[0]
    revision = extremum.revisions(frame, editions=(2019, 2020), data_year=2017)
    names = list(hfi.ALL_CATEGORIES)
    revised = revision.by_country[names].dropna()
    return own[names].astype(float), revision, (revised - revised.mean()).to_numpy()


@dataclass(frozen=True)
class LowestCategory:
    """One category claimed to be the lowest of twelve, once every score is perturbed."""

    def trial(self, world: World, number: int, rng: np.random.Generator) -> list[Finding]:
        """Perturb true scores as a publisher's revisions do, and judge the claim on the perturbed ones."""
        own, revision, revised = _scores()
        sd = revision.pooled
        claim = register()[_LOWEST]
        assert claim.smallest_effect is not None
        assert isinstance(claim.rule, Extremum)
        margin = MULTIPLE[world] * claim.smallest_effect.value
        true = own.copy()
        true[_ITEM] = own.drop(_ITEM).min() - margin
        noise = revised[rng.integers(len(revised))] if world == "clumped" else rng.normal(0, sd, len(own))
        noise = noise + (rng.normal(0, SHOCK * sd) if world == "shared shock" else 0.0)
        seen = (true + noise).clip(0, 10)
        moved = revision.by_country
        result = extremum.lowest(seen, item=_ITEM, level=claim.rule.level, country="KAZ", sd=sd, moved=moved)
        nan = float("nan")
        return [
            Finding(
                test="probability of being the lowest",
                claim=_LOWEST,
                truth=margin,
                estimate=result.runner_up_value - result.value,
                lower=nan,
                upper=nan,
                nominal=1 - claim.rule.supported_from,
                rejected=result.probability >= claim.rule.supported_from,
                null=margin == 0,
                verdict=verdict(_LOWEST, hfi.lowest_evidence(result)),
                wrong="contradicted" if margin else "supported",
            )
        ]
