"""Trials of plain changes: countries whose changes several releases tell with errors, and one whose change is known.

A verdict needs both that revisions between releases leave the change short of what matters, and that independent errors
of the experts would; it is held against the true change, which is what a reader takes it for.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis.claims.evidence import Confidence, Measure
from analysis.data.load import load
from analysis.methods import revisions
from benchmarks.calibration.findings import Finding, register, verdict
from benchmarks.calibration.worlds import MULTIPLE, SHOCK, Floats, World

#: How errors of one country's change go together over releases: not at all; the same coders stay, so that most of an
#: error does; not at all, but with fat tails; most countries are never rated again.
Errors = Literal["independent errors", "shared errors", "fat tails", "few revised"]
ERRORS: tuple[Errors, ...] = get_args(Errors)
CLAIM = "press-freedom-no-better"

# The worlds, set before any of them was simulated. Errors of a change grow with it, as revisions do in the releases.
_COUNTRIES, _RELEASES = 169, 3
_LEAST_ERROR, _PER_CHANGE, _MOST_ERROR = 0.005, 0.4, 0.04
_SHARED, _DEGREES, _REVISED, _REGIONS = 0.8, 3, 0.2, 13
_EDGES, _LATEST = (0.01, 0.03), -1
#: What confidence is asked of, in margins.
_MULTIPLES = {"none": 0.0, "short": 1.0, "short_of_half": 0.5, "short_of_twice": 2.0}


@functools.cache
def _changes() -> Floats:
    """Return the real changes of the claim's first measure in its years, over all countries."""
    wide = load("vdem_v12").pivot(index="iso3", columns="data_year", values="v2x_freexp_altinf")
    return (wide[2020] - wide[2019]).dropna().to_numpy()


@functools.cache
def margin() -> float:
    """Return the smallest effect of the claim's first measure."""
    return float(register()[CLAIM].measures[0].smallest_effect)


def _errors(errors: Errors, world: World, sd: Floats, rng: np.random.Generator) -> Floats:
    """Return errors of the countries' changes in all releases, the unseen one last, shape (countries, releases)."""
    shape = (len(sd), _RELEASES + 1)
    drawn = rng.standard_normal(shape)
    if errors == "fat tails":
        drawn = rng.standard_t(_DEGREES, shape) / np.sqrt(_DEGREES / (_DEGREES - 2))
    if world == "clumped":
        # Coders of a region err together: half of the variance is its own, half its neighbours'.
        region = rng.integers(_REGIONS, size=len(sd))
        drawn = (drawn + rng.standard_normal((_REGIONS, shape[1]))[region]) / np.sqrt(2)
    if errors == "shared errors":
        drawn = np.sqrt(_SHARED) * drawn[:, :1] + np.sqrt(1 - _SHARED) * rng.standard_normal(shape)
    if errors == "few revised":
        drawn = np.where(rng.random(shape) < _REVISED, drawn, drawn[:, :1])
    return drawn * sd[:, None]


def plain_change(errors: Errors, world: World, number: int, rng: np.random.Generator) -> list[Finding]:
    """Change of one country in the first of three releases, with as many margins of true change as the world says.

    A shared shock lowers every country's true change by up to four margins, two on average.
    """
    smallest, multiple, decided = margin(), MULTIPLE[world], register().thresholds.decided
    true = rng.choice(_changes(), _COUNTRIES)
    true[0] = multiple * smallest
    if world == "shared shock":
        true -= SHOCK * smallest * rng.uniform(0, 2, len(true))
    sd = np.clip(_LEAST_ERROR + _PER_CHANGE * np.abs(true), None, _MOST_ERROR)
    told = true[:, None] + _errors(errors, world, sd, rng)
    scored = revisions.score(told[1:, :_LATEST], _EDGES)
    own = told[0, 0]
    scores, weights = revisions.alike(scored, int(np.digitize(abs(own), _EDGES)))
    lower, upper = (own + end for end in revisions.ends(scores, weights))
    reach = float(norm.isf(0.025)) * sd[0]
    firm, independent = (
        {name: float(below(factor * smallest)) for name, factor in _MULTIPLES.items()}
        for below in (
            partial(revisions.confidence_below, own, scores, weights),
            partial(norm.cdf, loc=own, scale=sd[0]),
        )
    )
    said, other = (Confidence(beyond=1 - known.pop("none"), **known) for known in (firm, independent))
    about: dict[str, Any] = {"name": "simulated", "producer": "simulated", "role": "primary", "estimate": float(own)}
    measure = Measure(**about, smallest_effect=smallest, confidence=said, independent=other)
    return [
        Finding(
            test=f"plain change, no improvement, both ends: {errors}",
            claim=CLAIM,
            truth=float(true[0]),
            estimate=float(own),
            interval=(float(min(lower, own - reach)), float(max(upper, own + reach))),
            nominal=1 - decided,
            rejected=min(said.short, other.short) >= decided,
            null=bool(true[0] >= smallest),
            verdict=verdict(CLAIM, {"measures": (measure,)}),
        )
    ]


def unseen_releases(columns: Mapping[str, Sequence[str]], years: Iterable[tuple[int, int]]) -> pd.DataFrame:
    """Return by index and group how often ends from two releases cover the revisions from the second to a third.

    No simulation: every country of the real releases is asked, in all pairs of years given.
    """
    rows = []
    for column, names in columns.items():
        wide = [load(name).pivot(index="iso3", columns="data_year", values=column) for name in names]
        for first, last in years:
            changes = pd.concat([own[last] - own[first] for own in wide], axis=1).dropna().to_numpy()
            seen, asked = (revisions.score(changes[:, chosen], _EDGES) for chosen in ([0, 1], [1, 2]))
            for group in range(len(_EDGES) + 1):
                lower, upper = revisions.ends(*revisions.alike(seen, group))
                found = asked.revision[asked.group == group]
                inside = int(((lower <= found) & (found <= upper)).sum())
                rows.append({"index": column, "group": group, "n": len(found), "covered": inside})
    table = pd.DataFrame(rows).groupby(["index", "group"]).sum()
    return table.assign(coverage=table["covered"] / table["n"])
