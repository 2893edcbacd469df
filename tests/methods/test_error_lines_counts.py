"""The line that a user reads for every fault of counts and episodes that is refused, word for word.

The authority is the section "Raises" of each function and the form of a line in `analysis.errors`: where, what, remedy.
"""

from __future__ import annotations

from functools import partial

import pytest

from analysis.errors import InputError
from analysis.methods.count_tests import count_test, jeffreys_ratio, rate_ratio_interval, share_of_second
from analysis.methods.counts import break_even_dispersion, break_even_removal, compare_counts
from analysis.methods.counts_clusters import break_even_episode, compare_episodes, dispersion_test, episode_test
from analysis.methods.counts_power import exact_power, minimum_detectable_ratio, type_i_error

NAN, INF = float("nan"), float("inf")

episodes = partial(compare_episodes, seed=0, draws=9)
errors = partial(type_i_error, 5.0, seed=0, draws=9)
detectable = partial(minimum_detectable_ratio, 20.0)
ONES = (1.0, 1.0)

LINES = [
    *(
        (f"count: {words}", call, f"counts: count {words} is not a whole number from 0; give cases, not rates")
        for words, call in (
            ("-1", lambda: count_test(-1, 2)),
            ("-2", lambda: count_test(1, -2)),
            ("0.5", lambda: count_test(0.5, 2)),
            ("1.5", lambda: count_test(2, 1.5)),
            ("nan", lambda: count_test(2, NAN)),
            ("inf", lambda: count_test(INF, 2)),
            ("-3", lambda: rate_ratio_interval(-3, 2)),
            ("-4", lambda: rate_ratio_interval(2, -4)),
            ("-5", lambda: jeffreys_ratio(-5, 2)),
            ("-6", lambda: jeffreys_ratio(2, -6)),
            ("-7", lambda: break_even_dispersion(-7, 2)),
            ("-8", lambda: break_even_dispersion(2, -8)),
            ("-9", lambda: break_even_removal(-9, 2)),
            ("-10", lambda: break_even_removal(2, -10)),
            ("-11", lambda: break_even_episode(-11, 2)),
            ("-12", lambda: break_even_episode(2, -12)),
        )
    ),
    (
        "method",
        lambda: count_test(1, 2, method="wald"),
        "counts: no method 'wald' for ratio 1.0; one of ('central', 'minlike', 'mid-p', 'mid-p minlike', 'e-test')",
    ),
    (
        "e-test of another ratio",
        lambda: count_test(1, 2, method="e-test", rate_ratio=0.8),
        "counts: no method 'e-test' for ratio 0.8; one of ('central', 'minlike', 'mid-p', 'mid-p minlike', 'e-test')",
    ),
    (
        "alternative",
        lambda: count_test(1, 2, alternative="more"),
        "counts: no alternative 'more'; two-sided, less or greater",
    ),
    (
        "first exposure",
        lambda: count_test(1, 2, exposures=(0.0, 2.0)),
        "counts: exposures (0.0, 2.0) and rate ratio 1.0 must be positive; correct them",
    ),
    (
        "second exposure",
        lambda: rate_ratio_interval(1, 2, exposures=(3.0, -1.0)),
        "counts: exposures (3.0, -1.0) and rate ratio 1.0 must be positive; correct them",
    ),
    (
        "rate ratio",
        lambda: share_of_second(ONES, 0.0),
        "counts: exposures (1.0, 1.0) and rate ratio 0.0 must be positive; correct them",
    ),
    (
        "exposure missing",
        lambda: share_of_second((1.0, NAN)),
        "counts: exposures (1.0, nan) and rate ratio 1.0 must be positive; correct them",
    ),
    *(
        (f"level: {name}", call, f"counts: level {words} is not between 0 and 1; take 0.95, or 0.05 for tests")
        for name, words, call in (
            ("interval 0", "0.0", lambda: rate_ratio_interval(1, 2, level=0.0)),
            ("interval 1", "1.0", lambda: rate_ratio_interval(1, 2, level=1.0)),
            ("posterior", "95", lambda: jeffreys_ratio(1, 2, level=95)),
            ("comparison", "95", lambda: compare_counts(1, 2, level=95)),
            ("dispersion", "95", lambda: break_even_dispersion(1, 2, level=95)),
            ("episodes", "95", lambda: episodes([1], [2], level=95)),
            ("power", "5", lambda: exact_power(5.0, 0.5, alpha=5)),
            ("detectable", "5", lambda: detectable(alpha=5)),
            ("type I error", "5", lambda: errors(dispersions=[1], alpha=5)),
        )
    ),
    *(
        (f"log ratio: {name}", call, "counts: a count is 0, its log ratio infinite; use break_even_removal")
        for name, call in (
            ("first", lambda: break_even_dispersion(0, 2)),
            ("second", lambda: break_even_dispersion(2, 0)),
        )
    ),
    ("no episode", lambda: episodes([], []), "episodes: no episode or no draw; give at least one of each"),
    ("no draw", lambda: episodes([1], [2], draws=0), "episodes: no episode or no draw; give at least one of each"),
    *(
        (f"size: {name}", call, "episodes: an episode size is not a whole number from 1; correct the sizes")
        for name, call in (
            ("0", lambda: episode_test([0], [2])),
            ("part", lambda: episode_test([1], [1.5])),
            ("infinite", lambda: episode_test([INF], [2])),
            ("square", lambda: episode_test([[1, 2]], [2])),
            ("compared", lambda: episodes([1], [0])),
        )
    ),
    *(
        (
            f"dispersion test: {name}",
            partial(dispersion_test, counts),
            "dispersion test: counts must be whole, from 0, at least two, not all 0; correct them",
        )
        for name, counts in (
            ("square", [[1, 2], [3, 4]]),
            ("one", [3]),
            ("negative", [-1, 2]),
            ("part", [0.5, 2]),
            ("missing", [1, NAN]),
            ("infinite", [1, INF]),
            ("all 0", [0, 0]),
        )
    ),
    *(
        (f"expected count: {words}", call, f"counts: expected count {words} is not positive; give a positive number")
        for words, call in (
            ("0.0", lambda: exact_power(0.0, 0.5)),
            ("-1.0", lambda: minimum_detectable_ratio(-1.0)),
            ("nan", lambda: type_i_error(NAN, dispersions=[1], seed=0)),
            ("inf", lambda: exact_power(INF, 0.5)),
        )
    ),
    (
        "power of alpha",
        lambda: detectable(power=0.05),
        "counts: power 0.05 is not between alpha and 1; take 0.8",
    ),
    ("power of 1", lambda: detectable(power=1.0), "counts: power 1.0 is not between alpha and 1; take 0.8"),
    *(
        (
            f"type I error: {name}",
            call,
            "counts: a dispersion is below 1, or none or no draw is asked for; correct them",
        )
        for name, call in (
            ("no draw", lambda: errors(dispersions=[1], draws=0)),
            ("none", lambda: errors(dispersions=[])),
            ("below 1", lambda: errors(dispersions=[2, 0.9])),
        )
    ),
]

ALLOWED = [
    ("no case", lambda: count_test(0, 0)),
    ("whole floats", lambda: count_test(1.0, 2.0)),
    ("e-test of equal rates", lambda: count_test(1, 2, method="e-test")),
    ("small and large exposures", lambda: share_of_second((1e-9, 1e9), 1e-9)),
    ("levels near 0 and 1", lambda: [rate_ratio_interval(1, 2, level=level) for level in (1e-6, 1 - 1e-6)]),
    ("counts of 1", lambda: break_even_dispersion(1, 1)),
    ("one side without episodes", lambda: [episodes([], [1], draws=30), episodes([1], [], draws=30)]),
    ("one draw", lambda: episodes([1] * 9, [1] * 9, draws=1)),
    ("two counts, one of them 0", lambda: dispersion_test([0, 1])),
    ("a power just above alpha", lambda: detectable(power=0.06)),
    ("a power near 1", lambda: detectable(power=0.99)),
    ("a small expected count", lambda: exact_power(1e-3, 0.5)),
    ("a dispersion of 1 and one draw", lambda: errors(dispersions=[1], draws=1)),
]


@pytest.mark.parametrize(("call", "line"), [pytest.param(*case, id=name) for name, *case in LINES])
def test_a_fault_is_said_in_these_words(call, line):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.line() == line


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in ALLOWED])
def test_what_lies_just_inside_a_bound_is_not_refused(call):
    call()
