"""The line that a user reads for every fault of rankings and index scores that is refused, word for word.

The authority is the section "Raises" of each function and the form of a line in `analysis.errors`: where, what, remedy.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.extremum import lowest, probability_lowest
from analysis.methods.index_scores import one_year, vintages
from analysis.methods.ranks import competition_rank, marginal, top_q
from analysis.methods.ranks_by_sd import rank_set_by_sd, smallest_sd_covering

NAN, INF = float("nan"), float("inf")
TWO = pd.Series([2.0, 1.0], index=["a", "b"])
LOWS = pd.Series({"a": 2.0, "b": NAN})
FRAME = pd.DataFrame({"iso3": ["AAA", "BBB"], "edition": 2020, "data_year": 2018})

ranked = partial(marginal, TWO, 0.5, seed=0, draws=100)
best = partial(top_q, TWO, 0.5, seed=0, draws=100)
covering = partial(smallest_sd_covering, TWO, "a", seed=0, draws=100)
single = partial(lowest, item="b", level="areas", country="AAA", sd=0.5)

LINES = [
    (
        "sd of 0",
        lambda: probability_lowest(1.0, np.array([2.0]), sd=0.0),
        "sd is 0: a perturbation needs a positive standard deviation",
    ),
    (
        "sd missing",
        lambda: probability_lowest(1.0, np.array([2.0]), sd=NAN),
        "sd is nan: a perturbation needs a positive standard deviation",
    ),
    *(
        (f"lowest: {name}", call, "areas: AAA has no score for b; choose another country or year")
        for name, call in (
            ("missing", lambda: single(LOWS)),
            ("absent", lambda: single(LOWS[:1])),
            ("value missing", lambda: single(TWO, value=NAN)),
        )
    ),
    (
        "vintages",
        lambda: vintages(FRAME, country="CCC", data_year=2018),
        "no edition covers CCC in 2018; choose another country or year",
    ),
    (
        "vintages: year",
        lambda: vintages(FRAME, country="AAA", data_year=2017),
        "no edition covers AAA in 2017; choose another country or year",
    ),
    (
        "one year",
        lambda: one_year(pd.concat([FRAME, FRAME[:1]])),
        "more than one row a country; select one edition and one data year",
    ),
    *(
        (f"ranking: {said}", call, f"ranking: {said}; correct the scores, their errors or the options")
        for said, call in (
            ("scores: a value is missing or infinite", lambda: competition_rank([])),
            ("estimates: a value is missing or infinite", lambda: marginal([1.0, NAN], 1.0, seed=0)),
            ("standard errors: a value is missing or infinite", lambda: marginal([1.0, 2.0], INF, seed=0)),
            ("a standard error is not positive", lambda: marginal([1.0, 2.0], [1.0, 0.0], seed=0)),
            ("fewer than two units", lambda: marginal([1.0], 1.0, seed=0)),
            ("standard errors have labels and estimates have none", lambda: marginal([1.0, 2.0], TWO, seed=0)),
            ("two standard errors have the same label", lambda: marginal(TWO, TWO.rename({"b": "a"}), seed=0)),
            ("2 standard errors for 3 estimates", lambda: marginal([1.0, 2.0, 3.0], [1.0, 2.0], seed=0)),
            ("two units have the same label", lambda: marginal(TWO.rename({"b": "a"}), 1.0, seed=0)),
            ("unit 'c' is not among the 2 ranked", lambda: ranked(only=["c"])),
            ("99 draws are fewer than 100", lambda: ranked(draws=99)),
            ("coverage 0 is not between 0 and 1", lambda: ranked(coverage=0)),
            ("coverage 1 is not between 0 and 1", lambda: ranked(coverage=1)),
            ("there is no set for unit 'c'", lambda: ranked().sentence("c")),
            ("q = 0 is not a number of best places among 2 units", lambda: best(q=0)),
            ("q = 3 is not a number of best places among 2 units", lambda: best(q=3)),
        )
    ),
    (
        "ranking: text",
        lambda: marginal(["high", "low"], 1.0, seed=0),
        "ranking: scores or errors are not numbers (could not convert string to float: 'high')",
    ),
    (
        "sds: none",
        lambda: rank_set_by_sd(TWO, "a", sds=[], seed=0),
        "rank sets by sd: no sd is given; give at least one positive sd",
    ),
    ("sds: rank 0", lambda: covering(target_rank=0), "a: target rank 0 is not among 1 to 2; name a rank in it"),
    ("sds: rank 3", lambda: covering(target_rank=3), "a: target rank 3 is not among 1 to 2; name a rank in it"),
]

ALLOWED = [
    ("a small sd", lambda: probability_lowest(1.0, np.array([2.0]), sd=1e-3)),
    ("one score", lambda: competition_rank([1.0])),
    ("the fewest draws", lambda: ranked(draws=100)),
    ("coverage near 0 and 1", lambda: [ranked(coverage=0.01), ranked(coverage=0.99)]),
    ("one best place, and all", lambda: [best(q=1), best(q=2)]),
    ("the first and the last rank", lambda: [covering(target_rank=1), covering(target_rank=2)]),
]


@pytest.mark.parametrize(("call", "line"), [pytest.param(*case, id=name) for name, *case in LINES])
def test_a_fault_is_said_in_these_words(call, line):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.line() == line


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in ALLOWED])
def test_what_lies_just_inside_a_bound_is_not_refused(call):
    call()
