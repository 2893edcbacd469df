"""Shares before and after: brute force over the events, exact tests of SciPy, intervals of statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from analysis.errors import InputError
from analysis.methods.composition import change_of_share, share_changes

DAYS = {"first": "2019-01-01", "turn": "2020-01-01", "last": "2020-12-31"}


def dated(later, before, *, name="organisations"):
    """Return events with as many hits and misses in each period, and one hit outside both."""
    rows = [("2020-06-01", hit) for hit in [True] * later[0] + [False] * later[1]]
    rows += [("2019-06-01", hit) for hit in [True] * before[0] + [False] * before[1]] + [("2018-12-31", True)]
    return pd.Series([hit for _, hit in rows], index=[date for date, _ in rows], name=name)


def test_difference_interval_and_test():
    found = change_of_share(dated((4, 1), (1, 10)), **DAYS)
    assert (found.hits, found.events, found.n, found.all_hits) == ((4, 1), (5, 11), 16, 5)
    assert found.estimate == pytest.approx(100 * (4 / 5 - 1 / 11))
    ends = confint_proportions_2indep(4, 5, 1, 11, method="newcomb", compare="diff")
    assert (found.lower, found.upper) == pytest.approx([100 * end for end in ends])
    # The mid-p: all tables no likelier than this one, this one at half weight.
    chances = stats.hypergeom(16, 5, 5).pmf(np.arange(6))
    assert found.p_value == pytest.approx(chances[chances <= chances[4] * (1 + 1e-9)].sum() - chances[4] / 2)


@pytest.mark.parametrize("counts", [((4, 1), (1, 10)), ((1, 4), (0, 11)), ((2, 0), (3, 3))])
def test_least_difference_without_one_event_by_brute_force(counts):
    hits = dated(*counts)
    without = [hits.iloc[[j for j in range(len(hits)) if j != i]] for i in range(len(hits) - 1)]
    brute = min(change_of_share(part, **DAYS).estimate for part in without)
    assert change_of_share(hits, **DAYS).least_without_one == pytest.approx(brute)


def test_an_only_event_cannot_be_left_out():
    assert np.isnan(change_of_share(dated((1, 0), (1, 4)), **DAYS).least_without_one)


def test_the_detectable_rise_is_found_with_the_power_asked_for():
    found = change_of_share(dated((0, 12), (1, 11)), **DAYS)
    share = found.minimum_detectable_effect / 100 + 1 / 12
    rejects = [change_of_share(dated((k, 12 - k), (1, 11)), **DAYS).p_value <= 0.05 and k > 1 for k in range(13)]
    power = [stats.binom.pmf(np.arange(13), 12, p) @ rejects for p in (share - 0.01, share)]
    assert power[0] < 0.8 <= power[1]


def test_with_one_kind_of_event_there_is_nothing_to_test():
    found = change_of_share(dated((0, 3), (0, 3)), **DAYS)
    assert (found.estimate, found.p_value) == (0, 1)


def test_a_period_without_events_is_refused():
    with pytest.raises(InputError, match="a period has no event"):
        change_of_share(dated((0, 0), (1, 1)), **DAYS)


def test_many_units_are_compared_one_by_one():
    columns = ([6, 0], [10, 5], [13, 0], [26, 7])
    found = share_changes(*(pd.Series(values, index=["a", "b"]) for values in columns)).table()
    assert found.loc["a", ["share_before", "share_after", "difference"]].tolist() == pytest.approx([0.6, 0.5, -0.1])
    assert found.loc["a", "after_lower"] == pytest.approx(proportion_confint(13, 26, method="wilson")[0])
    assert found.loc["a", "p_fisher"] == pytest.approx(stats.fisher_exact([[13, 13], [6, 4]]).pvalue)
    assert found.loc["b", "p_fisher"] == 1
