"""Trials of the share of organisations among targets."""

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.article import activity
from analysis.claims.adapter import build_checks, observed
from analysis.claims.evidence import Check
from analysis.data.load import load
from analysis.methods.composition import change_of_share
from analysis.methods.measured_changes import relative_change
from analysis.methods.result import Estimate
from benchmarks.calibration.findings import Finding, register, smallest_effect, verdict
from benchmarks.calibration.worlds import MULTIPLE, SHOCK, World

_FOCUS = "focus-shifted-to-organisations"


@functools.cache
def _registered(name: str = "") -> dict[str, Any]:
    """Return the arguments of the registered call, or of one of its checks, but for the data and the country."""
    claim = register()[_FOCUS]
    called = next(check.made_by for check in claim.checks if check.name == name) if name else claim.model
    return {key: value for key, value in called.arguments.items() if key not in ("hits", "scores", "unit")}


@functools.cache
def _real() -> Estimate:
    typed = (load(name) for name in ("protest_detentions", "ngo_tax_case", "records"))
    hits = activity.episodes(*typed).set_index("date")["target"].eq("organisations").rename("organisations")
    return change_of_share(hits, **_registered())


@functools.cache
def _shift(country: str) -> Estimate:
    indices = load("vdem_v12").set_index(["iso3", "data_year"])[list(activity.INDICATORS)]
    return relative_change(indices, unit=country, **_registered("annual indices agree"))


@functools.cache
def _items() -> pd.DataFrame:
    return load("freedom_house_items")


@functools.cache
def _countries() -> list[str]:
    """Return the countries that both expert sources cover in the two years compared."""
    both = _items().loc[_items()["data_year"].isin([2019, 2020])].groupby("iso3").size()
    return sorted(set(_shift("KAZ").relative.index) & set(both.index[both == 2]))


@functools.cache
def _change(later: tuple[int, int], before: tuple[int, int]) -> Estimate:
    """Compare episodes against organisations and individuals of both periods."""
    dates = _registered()
    rows = [
        (date, hit) for date, pair in ((dates["last"], later), (dates["first"], before))
        for hit, n in zip((True, False), pair, strict=True) for _ in range(n)
    ]  # fmt: skip
    hits = pd.DataFrame(rows, columns=["date", "organisations"]).set_index("date")["organisations"]
    return change_of_share(hits, **dates)


def focus(world: World, rng: np.random.Generator) -> list[Finding]:
    """Share of organisations among the targets of as many episodes as were recorded, later period against earlier."""
    real = _real()
    share = real.all_hits / real.n
    rise = MULTIPLE[world] * smallest_effect(_FOCUS)
    busier = SHOCK if world == "shared shock" else 1
    sizes = [max(1, int(rng.poisson(mean))) for mean in (busier * real.events[0], real.events[1])]
    later, before = (_hits(rng, n, p, world) for n, p in zip(sizes, (share + rise / 100, share), strict=True))
    result = _change(later, before)
    asked = register()[_FOCUS].identified
    (identified,) = build_checks([asked], {asked.name: result}, parameters={}, claim=_FOCUS)
    fields = result.evidence() | {"identified": identified.passed}
    return [
        Finding.of(
            result,
            test="exact test of two shares, mid-p",
            claim=_FOCUS,
            truth=rise,
            null=rise == 0,
            verdict=verdict(_FOCUS, fields, _focus_checks(rng, result, rise)),
        )
    ]


def _hits(rng: np.random.Generator, n: int, share: float, world: World) -> tuple[int, int]:
    """Return episodes against organisations and individuals; clumped ones come in pairs with the same target."""
    if world == "clumped":
        hits = min(n, 2 * int(rng.binomial(n // 2, share)) + int(n % 2 and rng.random() < share))
    else:
        hits = int(rng.binomial(n, share))
    return hits, n - hits


def _focus_checks(rng: np.random.Generator, result: Estimate, rise: float) -> Iterator[Check]:
    """Make the checks that can be simulated: one episode left out, and the indices of a country drawn at random."""
    country = str(rng.choice(_countries()))
    if min(result.events) < 2:
        return
    found = {"leave one episode out": observed("", result, least_without_one=result.least_without_one)}
    if not rise:
        shift, items = _shift(country), _items().set_index(["iso3", "data_year"])["item_e2"]
        moved = int(items[country, 2020]) - int(items[country, 2019])
        numbers = {"share_as_low": shift.share_as_low, "freedom_house_e2": moved}
        found["annual indices agree"] = observed("", shift, **numbers)
    yield from build_checks(register()[_FOCUS].checks, found, parameters={"COUNTRY": country}, claim=_FOCUS)
