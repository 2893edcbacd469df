"""The line that a user reads for every fault of families of tests, multiverses and permutations, word for word.

The authority is the section "Raises" of each function and the form of a line in `analysis.errors`: where, what, remedy.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, RunError
from analysis.methods.multiplicity import adjust, romano_wolf
from analysis.methods.multiverse import Exclusion, SpecificationCurve, declare, joint_test, run
from analysis.methods.permutation import network_permutation, permutation_test, two_sample_permutation

NAN, INF = float("nan"), float("inf")
TWO = pd.Series([2.0, 1.0], index=["a", "b"])
TIES = np.array([[0.0, 1.0], [2.0, 0.0]])
CELLS = np.array([[1.0, 2.0], [3.0, 5.0]])
RING, SHOCKS = np.roll(np.eye(3), 1, axis=1), np.array([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0], [1.0, 5.0, 2.0]])
HOLED = np.array([[1.0, 2.0, 5.0], [3.0, NAN, 4.0], [0.0, 2.0, 1.0]])

versus = partial(permutation_test, name="rate", alternative="greater", exact=False, scheme="labels")
sample = partial(two_sample_permutation, [1.0, 2.0, 4.0], seed=0)
network = partial(network_permutation, seed=0, draws=2)


def pair(first: object, second: object):
    """Return an estimate for a multiverse that ignores its options."""
    return lambda options, seed: (first, second)


def fails(options: object, seed: object) -> tuple[float, float]:
    """Stand for an estimator that cannot be computed."""
    raise RunError("no weights", where="solver", remedy="rescale")


def by_option(options: dict, seed: object) -> tuple[np.ndarray, np.ndarray]:
    """Return as many permutations as the option says."""
    return np.zeros(options["k"]), np.zeros(options["k"])


def curve(permutations: int) -> SpecificationCurve:
    """Return a curve of one specification."""
    return SpecificationCurve(({"k": 1},), np.ones((1, 1 + permutations)), np.ones((1, 1 + permutations)))


LINES = [
    (
        "adjust: method",
        lambda: adjust(TWO / 9, "sidak"),
        "multiplicity: unknown method 'sidak'; use bonferroni, holm, hochberg, benjamini-hochberg",
    ),
    (
        "adjust: below 0",
        lambda: adjust(TWO - 1.01),
        "multiplicity: not all p-values are between 0 and 1; check the tests",
    ),
    (
        "adjust: above 1",
        lambda: adjust(TWO - 0.99),
        "multiplicity: not all p-values are between 0 and 1; check the tests",
    ),
    *(
        (f"family: {name}", call, "multiplicity: a label is repeated, or a value is missing; check the family")
        for name, call in (
            ("repeated", lambda: adjust(pd.Series([0.1, 0.2], index=["a", "a"]))),
            ("repeated as text", lambda: adjust(pd.Series([0.1, 0.2], index=[1, "1"]))),
            ("empty", lambda: adjust(pd.Series([], dtype=float))),
            ("missing", lambda: adjust(pd.Series([0.1, NAN]))),
            ("infinite", lambda: romano_wolf(pd.Series([1.0, INF]), [[1.0, 2.0]])),
        )
    ),
    *(
        (f"draws: {name}", call, "draws: draws and statistics differ in number; give one column per test")
        for name, call in (
            ("columns", lambda: romano_wolf(TWO, [[1.0, 2.0, 3.0]])),
            ("rows", lambda: romano_wolf(TWO, np.empty((0, 2)))),
        )
    ),
    *(
        (f"draws: {name}", call, "draws: labels differ or a draw is missing; match them to the statistics")
        for name, call in (
            ("labels", lambda: romano_wolf(TWO, pd.DataFrame({"a": [1.0], "c": [2.0]}))),
            ("missing", lambda: romano_wolf(TWO, [[1.0, NAN]])),
        )
    ),
    ("choice: none", lambda: declare({"k": []}), "k: no options, or one twice; list every option once"),
    ("choice: twice", lambda: declare({"k": [1, 1]}), "k: no options, or one twice; list every option once"),
    *(
        (
            f"exclusion: {words}",
            partial(declare, {"k": [1, 2]}, [rule]),
            f"multiverse: bad exclusion {words}; name options and a reason",
        )
        for rule, words in (
            (Exclusion({"m": 1}, "thin"), "{'m': 1}"),
            (Exclusion({"k": 3}, "thin"), "{'k': 3}"),
            (Exclusion({"k": 1}, ""), "{'k': 1}"),
            (Exclusion({}, "thin"), "{}"),
        )
    ),
    *(
        (f"nothing left: {name}", call, "multiverse: no specification is left; declare choices, exclude less")
        for name, call in (
            ("no choice", lambda: declare({})),
            ("all excluded", lambda: declare({"k": [1, 2]}, [Exclusion({"k": [1, 2]}, "thin")])),
        )
    ),
    (
        "run: shapes",
        lambda: run(declare({"k": [1, 2]}), by_option),
        "estimate: specifications return different shapes; share the permutations",
    ),
    *(
        (
            f"run: {name}",
            partial(run, declare({"m": ["x"], "k": [1]}), estimate),
            "k = 1; m = x: estimates and z differ in shape, or are missing; exclude it, or mend it",
        )
        for name, estimate in (
            ("pair", pair([1.0, 2.0], [1.0])),
            ("estimate", pair(NAN, 1.0)),
            ("z", pair(1.0, INF)),
        )
    ),
    *(
        (f"joint test: {name}", call, "joint_test: no permutation, or an unknown direction; permute the labels")
        for name, call in (
            ("no permutation", lambda: joint_test(curve(0), direction="positive")),
            ("direction", lambda: joint_test(curve(1), direction="up")),
        )
    ),
    *(
        (f"statistic: {name}", call, "rate: the statistic is not defined in all arrangements; check the data")
        for name, call in (
            ("none", lambda: versus(1.0, [])),
            ("null missing", lambda: versus(1.0, [1.0, NAN])),
            ("observed missing", lambda: versus(NAN, [1.0])),
        )
    ),
    (
        "alternative",
        lambda: versus(1.0, [1.0], alternative="more"),
        "rate: unknown alternative 'more'; use greater, less or two-sided",
    ),
    (
        "sample: values",
        lambda: two_sample_permutation([1.0, NAN], [1, 0], seed=0),
        "values: values are missing or infinite; drop or fill these rows",
    ),
    *(
        (
            f"sample: {treated}",
            partial(sample, treated),
            "treated: each group needs a unit; mark some units and leave some",
        )
        for treated in ([0, 0, 0], [1, 1, 1], [1, 0])
    ),
    *(
        (f"network: {name}", call, "network: shapes differ; give (units, periods) twice and (units, units)")
        for name, call in (
            ("no periods", lambda: network(CELLS[0], CELLS[0], TIES)),
            ("shocks", lambda: network(CELLS, CELLS[:, :1], TIES)),
            ("ties", lambda: network(CELLS, CELLS, TIES[:1])),
            ("include", lambda: network(CELLS, CELLS, TIES, include=[[True, True]])),
        )
    ),
    (
        "network: tied to itself",
        lambda: network(CELLS, CELLS, TIES + np.diag([0.0, 1.0])),
        "weights: a unit is tied to itself; set the diagonal to zero",
    ),
    *(
        (f"network: {name}", call, "network: values are missing; leave such cells out with include")
        for name, call in (
            ("outcome missing", lambda: network([[1.0, NAN], [3.0, 5.0]], CELLS, TIES)),
            ("shock missing", lambda: network(CELLS, [[1.0, NAN], [3.0, 5.0]], TIES)),
            ("tie missing", lambda: network(CELLS, CELLS, [[0.0, NAN], [1.0, 0.0]])),
        )
    ),
    (
        "network: no ties",
        lambda: network(CELLS, CELLS, 0 * TIES),
        "weights: exposure does not vary within units and periods; use other ties",
    ),
]

ALLOWED = [
    ("p-values of 0 and 1", lambda: adjust(TWO - 1)),
    ("one draw", lambda: romano_wolf(TWO, [[1.0, 2.0]])),
    ("one option", lambda: declare({"k": [1]})),
    ("one specification left", lambda: declare({"k": [1, 2]}, [Exclusion({"k": 2}, "thin")])),
    ("one permutation", lambda: [joint_test(curve(1), direction=way) for way in ("positive", "negative", "two-sided")]),
    ("one relabelling", lambda: versus(1.0, [1.0])),
    ("one treated, and one not", lambda: [sample([1, 0, 0]), sample([1, 1, 0])]),
    ("an outcome missing where it is left out", lambda: network(HOLED, SHOCKS, RING, include=np.isfinite(HOLED))),
]


@pytest.mark.parametrize(("call", "line"), [pytest.param(*case, id=name) for name, *case in LINES])
def test_a_fault_is_said_in_these_words(call, line):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.line() == line


def test_a_run_names_the_specification_that_fails_and_keeps_the_kind_of_error():
    with pytest.raises(RunError) as error:
        run(declare({"m": ["x"], "k": [1]}), fails)
    assert error.value.line() == "specification k = 1; m = x: solver: no weights; rescale"


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in ALLOWED])
def test_what_lies_just_inside_a_bound_is_not_refused(call):
    call()
