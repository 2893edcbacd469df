"""Trials of plain changes: each claim that rests on one, by all its measures, in a country whose change is known.

In every measure of a claim the country changes by as many of that measure's own margins as the world says, to the side
that the claim names or denies. Releases tell an index with errors. What another producer publishes is the true change
and an error, drawn from the published changes of all countries in its table over the same years, less their mean: these
are true in part, so that records err more here than they do. The rule is the locked one of each claim, and a verdict is
held against the true change, which is what a reader takes it for.
"""

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis.claims.adapter import measure_of, observed
from analysis.claims.evidence import Check, Measure
from analysis.claims.register import Claim
from analysis.claims.rules import Directional, NonInferiority, RegisteredMeasure
from analysis.data.load import load
from analysis.methods import measured_changes
from analysis.methods.result import Estimate, bounded
from benchmarks.calibration.findings import Finding, register, registered_check, statement, verdict
from benchmarks.calibration.worlds import MULTIPLE, SHOCK, WORLDS, Floats, World

#: How errors of one country's change go together over releases: not at all; the same coders stay, so that most of an
#: error does; not at all, but with fat tails; most countries are never rated again.
Errors = Literal["independent errors", "shared errors", "fat tails", "few revised"]
#: Kinds of worlds, each with every kind of errors.
TOLD: dict[World, tuple[World, Errors]] = {
    f"{world}, {errors}": (world, errors) for errors in get_args(Errors) for world in WORLDS
}

# The worlds, set before any of them was simulated. Errors of a change grow with it, as revisions do in the releases.
_COUNTRIES = 169
_LEAST_ERROR, _PER_CHANGE, _MOST_ERROR = 0.005, 0.4, 0.04
_SHARED, _DEGREES, _REVISED, _REGIONS = 0.8, 3, 0.2, 13


def _indices(claim: Claim) -> list[RegisteredMeasure]:
    """Return the index of a claim whose plain change has a vote, none where no plain change has one."""
    primary = (item for item in claim.measures_of(claim.vintage) if item.role == "primary")
    return [item for item in primary if item.model.method == "revised_change"]


def _index(claim: Claim) -> RegisteredMeasure:
    return _indices(claim)[0]


def side(claim: Claim) -> int:
    """Return to which side a claim names or denies a change: to the better (1) or to the worse (-1)."""
    named = getattr(claim.rule, "against", "") or getattr(claim.rule, "direction", "")
    return 1 if named in ("improvement", "rise") else -1


@functools.cache
def together() -> tuple[tuple[Claim, ...], ...]:
    """Return the claims that rest on a plain change, those on one index and side together: one world does for them.

    Higher is better in each of their indices.
    """
    found: dict[tuple[str, int], list[Claim]] = {}
    for claim in register().claims:
        for item in _indices(claim):
            found.setdefault((item.name, side(claim)), []).append(claim)
    return tuple(map(tuple, found.values()))


def plain_change(kind: World, rng: np.random.Generator) -> list[Finding]:
    """Change of one country by as many margins as the world says, in every measure of the claims on each index."""
    return [finding for claims in together() for finding in judged(claims, *TOLD[kind], rng)]


def judged(claims: Sequence[Claim], world: World, errors: Errors, rng: np.random.Generator) -> Iterator[Finding]:
    """Judge claims on one index and side in one world; a shared shock worsens what is told of all countries."""
    better = -SHOCK if world == "shared shock" else side(claims[0]) * MULTIPLE[world]
    told, own = _releases(claims[0], world, errors, better, rng)
    others: dict[str, Measure] = {}
    for claim in claims:
        others |= {item.name: item for item in _records(claim, others, better, rng)}
        yield _finding(claim, better, told, own, others)


def _releases(
    claim: Claim, world: World, errors: Errors, better: int, rng: np.random.Generator
) -> tuple[dict[int, float], Estimate]:
    """Return by release one country's change, truly to the better by so many margins, and how it is published.

    Other countries' true changes are drawn from the real ones of the index. A shared shock lowers them by up to four
    margins, two on average, and the country's own by two.
    """
    item = _index(claim)
    asked, smallest = item.model.arguments, item.smallest_effect
    true = rng.choice(_real(claim.id, item.table)[item.name].to_numpy(), _COUNTRIES)
    if world == "shared shock":
        true -= SHOCK * smallest * rng.uniform(0, 2, len(true))
    true[0] = better * smallest
    sd = np.clip(_LEAST_ERROR + _PER_CHANGE * np.abs(true), None, _MOST_ERROR)
    changes = true[:, None] + _errors(errors, world, sd, len(asked["releases"]), rng)
    told = dict(zip(asked["releases"], changes[0].tolist(), strict=True))
    scored = measured_changes.score(changes[1:], asked["edges"])
    return told, _told(told[asked["published"]], scored, asked["edges"], sd=float(sd[0]))


def _told(own: float, scored: pd.DataFrame, edges: Sequence[float], *, sd: float) -> Estimate:
    """Return a change as one release tells it, with both kinds of errors, as the registered method has them."""
    scores, weights = measured_changes.alike(scored, int(np.digitize(abs(own), edges)))
    lower, upper = (own + end for end in measured_changes.ends(scores, weights))
    reach = float(norm.isf(0.025)) * sd
    normal = Estimate("", **bounded(own, own - reach, own + reach), below=partial(norm.cdf, loc=own, scale=sd))
    below = partial(measured_changes.confidence_below, own, scores, weights)
    return Estimate("", **bounded(own, lower, upper), below=below, more={"independent": normal})


def _errors(errors: Errors, world: World, sd: Floats, releases: int, rng: np.random.Generator) -> Floats:
    """Return errors of the countries' changes in all releases, shape (countries, releases)."""
    shape = (len(sd), releases)
    drawn = rng.standard_normal(shape)
    if errors == "fat tails":
        drawn = rng.standard_t(_DEGREES, shape) / np.sqrt(_DEGREES / (_DEGREES - 2))
    if world == "clumped":
        # Coders of a region err together: half of the variance is its own, half its neighbours'.
        region = rng.integers(_REGIONS, size=len(sd))
        drawn = (drawn + rng.standard_normal((_REGIONS, releases))[region]) / np.sqrt(2)
    if errors == "shared errors":
        drawn = np.sqrt(_SHARED) * drawn[:, :1] + np.sqrt(1 - _SHARED) * rng.standard_normal(shape)
    if errors == "few revised":
        drawn = np.where(rng.random(shape) < _REVISED, drawn, drawn[:, :1])
    return drawn * sd[:, None]


@functools.cache
def _real(claim: str, table: str) -> pd.DataFrame:
    """Return the real changes by country of what a claim is judged on in a table, over the years that it asks about."""
    found = {}
    for item in register()[claim].measures:
        if item.table == table and item.role != "beside":
            wide = item.values(load(table)).pivot(index="iso3", columns="data_year", values=item.name)
            found[item.name] = wide[item.model.arguments["last"]] - wide[item.model.arguments["first"]]
    return pd.DataFrame(found).dropna()


def _finding(
    claim: Claim, better: int, told: Mapping[int, float], own: Estimate, others: Mapping[str, Measure]
) -> Finding:
    item, level, rule = _index(claim), register().thresholds.decided, claim.rule
    first = _turned(claim, item, own)
    assert first.confidence is not None
    assert first.independent is not None
    if isinstance(rule, NonInferiority):
        test, rejected = f"no {rule.against}", min(first.confidence.short, first.independent.short) >= level
        asked = [others[other.name] for other in claim.measures_of(claim.vintage) if other.name in others]
        fields: dict[str, Any] = {"measures": [first, *asked]}
    else:
        assert isinstance(rule, Directional)
        test, fields = f"a {rule.direction}", statement(claim.id, own)
        rejected = fields["confidence"].beyond >= level
    return Finding(
        test=f"plain change of {item.name.partition(',')[0]}, {test}",
        claim=claim.id,
        truth=better * item.smallest_effect,
        estimate=own.estimate,
        interval=own.evidence()["interval"],
        nominal=1 - level,
        rejected=rejected,
        null=(side(claim) * better >= 1) == isinstance(rule, NonInferiority),
        verdict=verdict(claim.id, fields, _checks(claim, told), of_finding=True),
    )


def _turned(claim: Claim, item: RegisteredMeasure, found: Estimate) -> Measure:
    return measure_of(item, found, against="improvement" if side(claim) > 0 else "worsening")


@functools.cache
def _record_errors(claim: str, table: str) -> tuple[Floats, list[str], list[bool]]:
    """Return the errors of a claim's records in a table, a row a country, their names, and which have whole steps."""
    real = _real(claim, table)
    return (real - real.mean()).to_numpy(float), [*real], [bool((real[name] % 1 == 0).all()) for name in real]


def _records(claim: Claim, known: Collection[str], better: int, rng: np.random.Generator) -> Iterator[Measure]:
    """Publish the records of a claim that are not yet known; those of one table err as one country changed."""
    records = [item for item in claim.measures_of(claim.vintage) if item.role == "record" and item.name not in known]
    for table in dict.fromkeys(item.table for item in records):
        errors, names, whole = _record_errors(claim.id, table)
        drawn = dict(zip(names, zip(errors[rng.integers(len(errors))].tolist(), whole, strict=True), strict=True))
        for item in records:
            if item.table == table:
                error, steps = drawn[item.name]
                value = (1 if item.higher == "better" else -1) * better * item.smallest_effect + error
                yield _turned(claim, item, Estimate("", estimate=round(value) if steps else value))


def _checks(claim: Claim, told: Mapping[int, float]) -> Iterator[Check]:
    """Make the registered checks that ask another release for the same change."""
    same = [item.name for item in claim.measures if item.columns == _index(claim).columns]
    for check in claim.checks:
        asked = check.calls[0].arguments if check.calls else {}
        if asked.get("outcome") in same:
            yield registered_check(claim.id, check.name, observed("", estimate=told[asked["published"]]))
