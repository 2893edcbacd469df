"""The full multiverse on elections: every specification on the true calendar and on 500 moved ones, on two cores.

    python benchmarks/multiverse.py [--pairs N] [--permutations P] [--workers W] [--out benchmarks/results]

First the whole run as notebook 04 makes it, timed by the wall clock. Then pairs: one specification each, spread evenly
over the list, by this package on all moved calendars and by pyfixest, which has to fit the model anew for each
calendar, on the true one and a few moved ones. Both run in this process, in turns first, on the same rows with the same
labels; seconds for one estimate are compared. What pyfixest would need for the whole is its median times the number of
estimates, divided by the workers: an extrapolation, marked as such in the CSV. The log rate ratios of each calendar are
compared too. The exit status is 1 if the whole run takes longer than two minutes.
"""

import argparse
import os
import resource
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyfixest

from analysis.article import elections
from analysis.claims.adapter import registered_arguments
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.methods.multiverse import Multiverse, Options, declare, run
from analysis.methods.poisson import FARTHEST, permuted_poisson

WANTED_SECONDS = 120.0
TERM, SEED, REFITS = "event_month", 20210110, 3


def panel() -> dict[str, pd.DataFrame]:
    """Return country-months of all regimes and the calendar of elections, as notebook 04 lays them out."""
    tables = (load(name) for name in ("protest_months", "protest_coverage", "regimes"))
    frame = elections.country_months(*tables, first=1990, last=2019)
    return {"frame": frame, "calendar": elections.votes(load("votes_reign"))}


def choices() -> Multiverse:
    """Return the full multiverse that the register declares."""
    claim = load_register()[elections.CLAIMS[TERM]]
    return declare(**registered_arguments(claim, "declare", {"FULL": True}))


def ours(chosen: dict[str, Any]) -> np.ndarray:
    """Return log rate ratios of all calendars by this package: one null fit, then products."""
    return permuted_poisson(**chosen)[0]


def theirs(chosen: dict[str, Any]) -> np.ndarray:
    """Return log rate ratios of the first calendars by pyfixest, one fit each."""
    columns = {"y": chosen["y"].to_numpy(), "group": chosen["groups"], "also": chosen["also"]}
    frame = pd.DataFrame(columns | {"cluster": chosen["cluster"].to_numpy()})
    others = [] if chosen["controls"] is None else list(chosen["controls"])
    frame = frame.assign(**{name: chosen["controls"][name].to_numpy() for name in others})
    formula = f"y ~ {' + '.join(['label', *others])} | group + also"
    found = []
    for column in range(1 + REFITS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = pyfixest.fepois(formula, frame.assign(label=chosen["labels"][:, column]), vcov={"CRV1": "cluster"})
        found.append(fit.coef()["label"])
    return np.array(found)


def timed(estimate, chosen: dict[str, Any]) -> tuple[float, np.ndarray]:
    """Return the seconds that a run takes, and its log rate ratios."""
    begin = time.perf_counter()
    found = estimate(chosen)
    return time.perf_counter() - begin, found


def compare(pair: int, options: Options, calendars: elections.Specifications) -> dict[str, object]:
    """Run both on one specification, in turns first, and return one row of results."""
    chosen = calendars(options)
    order = (ours, theirs) if pair % 2 == 0 else (theirs, ours)
    found = {estimate.__name__: timed(estimate, chosen) for estimate in order}
    (our_seconds, our_ratios), (their_seconds, their_ratios) = found["ours"], found["theirs"]
    # Ours is a profile maximum and one Newton step; a version that no event falls on stands at its bound.
    gap = np.where(np.abs(our_ratios[: 1 + REFITS]) < FARTHEST, np.abs(our_ratios[: 1 + REFITS] - their_ratios), 0.0)
    ours_each, theirs_each = our_seconds / len(our_ratios), their_seconds / len(their_ratios)
    return {
        "pair": pair,
        "specification": "; ".join(f"{name}: {value}" for name, value in options.items()),
        "rows": len(chosen["y"]),
        "our_estimates": len(our_ratios),
        "pyfixest_estimates": len(their_ratios),
        "our_seconds_each": round(ours_each, 6),
        "pyfixest_seconds_each": round(theirs_each, 4),
        "ratio": round(theirs_each / ours_each, 1),
        "gap_of_log_ratios_true_calendar": round(float(gap[0]), 5),
        "largest_gap_of_log_ratios": round(float(gap.max()), 5),
    }


def whole(data: dict[str, pd.DataFrame], permutations: int, workers: int) -> dict[str, object]:
    """Time the whole run by the wall clock, and by the processors' time of its workers (apart from other load)."""
    load = os.getloadavg()[0]  # wall time means little on a machine that others use
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    shared = elections.Specifications(**data, term=TERM, permutations=permutations, seed=SEED)
    curve = run(choices(), permuted_poisson, specify=shared, workers=workers)
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    names = ("numpy", "scipy", "pyfixest")
    return {
        "specifications": len(curve.specifications),
        "permutations": permutations,
        "estimates": curve.estimates.size,
        "workers": workers,
        "seconds": round(seconds, 1),
        "load_average_before": round(load, 1),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
    } | {name: version(name) for name in names}


def main() -> int:
    """Time the whole and the pairs, write their rows, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--permutations", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    given = parser.parse_args()
    data = panel()
    listed = choices().specifications()
    places = np.linspace(0, len(listed) - 1, given.pairs).round().astype(int)
    calendars = elections.Specifications(**data, term=TERM, permutations=given.permutations, seed=SEED)
    compare(0, listed[places[0]], calendars)  # first calls compile and cache; neither is charged
    rows = pd.DataFrame([compare(n, listed[i], calendars) for n, i in enumerate(places)])
    timing = whole(data, given.permutations, given.workers)
    hours = rows["pyfixest_seconds_each"].median() * timing["estimates"] / given.workers / 3600
    timing = timing | {"median_ratio": rows["ratio"].median(), "pyfixest_hours_extrapolated": round(hours, 1)}
    given.out.mkdir(parents=True, exist_ok=True)
    rows.to_csv(given.out / "multiverse.csv", index=False)
    pd.DataFrame([timing]).to_csv(given.out / "multiverse_whole.csv", index=False)
    print(rows.drop(columns="specification").to_string(index=False))
    print(
        f"{timing['specifications']} specifications x {1 + given.permutations} calendars in {timing['seconds']} s on "
        f"{given.workers} cores ({timing['cpu_seconds']} s of processor time); {timing['median_ratio']:.0f} times as "
        f"fast for one estimate (median of {given.pairs} pairs), pyfixest by extrapolation {hours:.1f} hours"
    )
    return 0 if timing["seconds"] <= WANTED_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
