"""What methods do when they are told nothing: a call without options is the call with the options that are documented.

Authority: the signatures and docstrings of the functions, written out here as a call that names every option.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.methods.eventtime import HALF_YEAR
from analysis.methods.multiverse import declare, run
from analysis.methods.null_poisson import null_poisson
from analysis.methods.permutation import network_permutation
from analysis.methods.placebo_calendars import placebo_calendars
from analysis.methods.ranks import marginal, simultaneous, top_q
from analysis.methods.ranks_by_sd import rank_set_by_sd, smallest_sd_covering
from analysis.methods.synthetic import (
    DifferenceInDifferences,
    Study,
    SyntheticControl,
    fit,
    leave_one_out,
    measurement_uncertainty,
    minimum_detectable_effect,
    non_inferiority,
    space_placebos,
)

RNG = np.random.default_rng(8)
SCORES, SD = [4.0, 3.0, 2.5, 1.0, 0.5], 0.5
RANKING = {"coverage": 0.95, "stepdown": True, "draws": 1000}
BY_SD = {"coverage": 0.95, "draws": 1000}
GROUPS, X, Y = np.repeat(np.arange(6), 8), RNG.normal(size=48), RNG.poisson(3, 48).astype(float)
NETWORK = (RNG.normal(size=(8, 12)), RNG.normal(size=(8, 12)), RNG.random((8, 8)) * (1 - np.eye(8)))
CALENDAR = {
    "unit": np.repeat(np.arange(8), 48),
    "month": np.tile(np.arange(24_000, 24_048), 8),
    "event_unit": np.arange(8),
    "event_month": 24_013 + 3 * np.arange(8),
}
COUNTS = RNG.poisson(3, 384)
MOVES = {"term": "event_month", "shifts": (-12, -6, 6, 12), "windows": HALF_YEAR}
MOVES |= {"effects": "unit-year, season"}
VALUES = RNG.normal(size=(24, 5))
STUDY = replace(Study.from_matrix(VALUES, n_pre=20), sd=np.full((24, 5), 0.3))
PLACEBOS = space_placebos(STUDY)
DID, SC = DifferenceInDifferences(), SyntheticControl()
DRAWS = {"correlations": (0.0, 0.5, 0.9), "draws": 200, "seed": 0, "statistic": "mspe_ratio"}


def labelled(**values) -> pd.Series:
    return pd.Series(values, dtype=float)


def noisy(options, seed) -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(seed).normal(size=3), np.zeros(3)


def told(result) -> list:
    """Return everything that a result holds, arrays as bytes; other objects as they print."""
    values = [getattr(result, f.name) for f in fields(result) if f.name not in ("study", "fit", "projection")]
    return [value.tobytes() if isinstance(value, np.ndarray) else repr(value) for value in values]


SEEDED, PANEL = {"seed": 3}, {"groups": GROUPS, "cluster": GROUPS}


@pytest.mark.parametrize(
    ("method", "arguments", "options"),
    [
        (run, (declare({"a": [1, 2]}), noisy), {"seed": 0, "workers": 1}),
        (partial(network_permutation, **SEEDED), NETWORK, {"include": None, "draws": 999, "alternative": "greater"}),
        (partial(placebo_calendars, **CALENDAR), (COUNTS,), MOVES),
        (partial(null_poisson, **PANEL), (Y,), {"offset": None, "small_sample": "clusters"}),
        (partial(marginal, **SEEDED), (SCORES, SD), RANKING | {"only": None}),
        (partial(simultaneous, **SEEDED), (SCORES, SD), RANKING),
        (partial(top_q, q=2, **SEEDED), (SCORES, SD), RANKING),
        (partial(rank_set_by_sd, sds=[0.5, 1.0], **SEEDED), (SCORES, "1"), BY_SD | {"target_rank": 3}),
        (fit, (STUDY,), {"estimator": SC}),
        (space_placebos, (STUDY,), {"estimator": SC}),
        (leave_one_out, (STUDY,), {"estimator": SC}),
        (minimum_detectable_effect, (PLACEBOS,), {"alpha": 0.05, "power": 0.8}),
        (partial(non_inferiority, margin=0.5), (PLACEBOS,), {"level": 0.95, "higher_is_better": True}),
        (measurement_uncertainty, (STUDY, DID), DRAWS),
    ],
)
def test_a_call_without_options_is_the_call_with_those_documented(method, arguments, options):
    assert told(method(*arguments)) == told(method(*arguments, **options))


def test_smallest_sd_is_within_a_ten_thousandth():
    """With a tolerance of 1e-6 the smallest sd is known well enough to say by how much the default exceeds it."""
    plain, fine = (smallest_sd_covering(SCORES, "1", target_rank=4, seed=3, **o) for o in ({}, {"tolerance": 1e-6}))
    assert -1e-6 <= plain - fine <= 1e-4
    assert plain == smallest_sd_covering(SCORES, "1", target_rank=4, seed=3, **BY_SD, tolerance=1e-4)


def test_errors_of_one_and_the_same_measure_may_correlate_fully():
    """Two donors are enough; equal errors in all times of a unit cancel in a difference of differences."""
    study = replace(Study.from_matrix(VALUES[:, :3], n_pre=20), sd=np.full((24, 3), 0.3))
    found = measurement_uncertainty(study, DID, correlations=[0.0, 1.0], draws=20)
    assert found.between[0] > 1e-3
    assert found.between[1] == pytest.approx(0.0, abs=1e-12)
    assert found.within[1] == pytest.approx(space_placebos(study, DID).placebo_estimates.var(ddof=1))
