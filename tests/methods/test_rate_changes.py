"""Rates before and after a turn: counts by hand, and binomial tails of SciPy."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import InputError
from analysis.methods.count_tests import mid_p_ratio
from analysis.methods.rate_changes import parts_of_rate_change, placebo_units, rate_change, relative_rate_change

MONTHS = pd.period_range("2014-04", periods=72, freq="M", name="month")
SPAN = {"turn": "2019-04", "before": 60, "after": 12}


def series(*events, name="protests"):
    counts = pd.Series(0, index=MONTHS, name=name)
    counts.iloc[list(events)] = 1
    return counts


RISE = series(5, 25, 45, 60, 61, 62, 65, 66, 68, 71)


def test_ratio_is_that_of_the_rates_with_the_mid_p_interval():
    found = rate_change(RISE, **SPAN)
    assert (found.before, found.after, found.lengths, found.missing) == (3, 7, (60, 12), 0)
    assert found.ratio == pytest.approx((7 / 12) / (3 / 60))
    same = mid_p_ratio(3, 7, exposures=(60, 12))
    assert (found.lower, found.upper, found.p_value) == (same.lower, same.upper, same.p_value)
    assert found.confidence_below(1) == pytest.approx(found.p_value / 2)
    assert found.call.arguments["counts"] == "protests"
    assert "Protests: 7 in 12 months, 3 in the 60 months before" in found.sentence()
    assert {"interval", "p_value", "minimum_detectable_effect"} <= set(found.evidence())


def test_without_any_event_nothing_is_estimated():
    found = rate_change(series(), **SPAN)
    assert not {"estimate", "interval", "p_value"} & set(found.evidence())
    assert math.isnan(found.confidence_below(1))
    assert str(found) == "No protests in either period."


def test_missing_months_leave_both_periods_and_the_fewest_events_undo_a_rise():
    found = rate_change(RISE.mask(RISE.index.isin(MONTHS[[5, 6, 60]])), **SPAN)
    by_hand = mid_p_ratio(2, 6, exposures=(58.0, 11.0))
    assert (found.ratio, found.lower, found.missing) == pytest.approx((by_hand.estimate, by_hand.lower, 3))
    needed = rate_change(RISE, **SPAN).base_to_undo
    ends = [mid_p_ratio(n, 7, exposures=(60, 12)).lower for n in (needed - 1, needed)]
    assert ends[0] > 1 >= ends[1]
    assert rate_change(series(1, 2, 60), **SPAN).base_to_undo == 2


@pytest.mark.parametrize("span", [{"turn": "2013-01"}, {"before": 61}, {"after": 13}, {"after": 0}])
def test_periods_that_the_series_does_not_cover_are_refused(span):
    with pytest.raises(InputError, match=r"counts: .* are not all covered; they run from 2014-04 to 2020-03"):
        rate_change(RISE, **SPAN | span)


PANEL = pd.DataFrame({"a": RISE, "b": series(1, 61), "c": series(2, 3, 4), "d": series(), "e": RISE})


def test_placebos_are_units_with_an_event_ties_count_and_a_unit_without_events_has_no_rank():
    found = placebo_units(PANEL, unit="a", **SPAN)
    assert found.table().index.tolist() == ["a", "e", "b", "c"]
    assert (found.rank, found.share) == (2, 0.5)
    assert found.table().loc["a", "p"] == pytest.approx(stats.binomtest(7, 10, 1 / 6, alternative="greater").pvalue)
    assert "2 rose as surely" in found.sentence()
    found = placebo_units(PANEL, unit="d", **SPAN)
    assert np.isnan(found.share)
    assert "no event" in found.sentence()


@pytest.mark.parametrize(("others", "expected"), [(["a", "b", "e"], (1, 1, 14, 6)), (["c"], (1, 1, 14, 9))])
def test_a_unit_is_compared_with_its_group_or_outside_it_with_all(others, expected):
    found = relative_rate_change(PANEL, unit="b", others=others, **SPAN)
    assert found.counts == expected
    odds = stats.contingency.odds_ratio(np.reshape(expected, (2, 2)), kind="conditional")
    assert found.estimate == pytest.approx(odds.statistic)


def test_a_unit_without_events_cannot_be_compared():
    with pytest.raises(InputError, match="no event in d, in the others"):
        relative_rate_change(PANEL, unit="d", others=["a", "d"], **SPAN)


@pytest.mark.parametrize("block", [3, 7])
def test_parts_add_up_have_the_intervals_of_series_laid_of_blocks_and_without_a_later_event_are_of_events_alone(block):
    hits = series(25, 45, 60, 61, 62, 65, 66, 68, 71, name="with arrests")
    found = parts_of_rate_change(RISE, hits, **SPAN, block=block, draws=199, seed=1, per=12)
    assert (found.before, found.after) == pytest.approx((2 / 5, 7))
    parts = np.array([found.first.sum(), found.second.sum()])
    assert parts.sum() == pytest.approx(found.after - found.before)
    rng, rates = np.random.default_rng(1), []
    for own in np.split(np.column_stack([RISE, hits]), [60]):
        starts = rng.integers(len(own), size=(199, -(-len(own) // block)))
        laid = [[np.resize(np.roll(own, -start, axis=0), (block, 2)) for start in drawn] for drawn in starts]
        rates.append(np.array([12 * np.concatenate(parts)[: len(own)].mean(axis=0) for parts in laid]))
    (v0, h0), (v1, h1) = (rate.T for rate in rates)
    drawn = (v1 - v0) * (np.where(v0, h0, h1) / np.where(v0, v0, v1) + np.where(v1, h1, h0) / np.where(v1, v1, v0)) / 2
    assert found.intervals[0] == pytest.approx(np.quantile(drawn, [0.025, 0.975]))
    early = series(5, 25, 45)
    found = parts_of_rate_change(early, early, **SPAN, block=3, draws=9, seed=1, per=12)
    assert found.second.sum() == 0
    assert found.first.sum() == pytest.approx(found.after - found.before)
