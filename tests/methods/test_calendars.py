"""Moved calendars against enumeration, relabelled regressions, events left out one at a time; power in closed form."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import InputError
from analysis.methods import calendars
from analysis.methods.calendars import coinciding_events, days_in_window, detectable_ratio_in_windows, shifted_calendar
from analysis.methods.event_studies import _labels_without, event_study, leave_one_event_out
from analysis.methods.permutation import network_permutation
from analysis.methods.student import detectable_difference

EXACT = 1e-9  # roots


@pytest.mark.parametrize("clump", [1, 4])
def test_the_confidence_is_that_of_the_interval_and_of_the_test_and_never_falls(clump):
    rng = np.random.default_rng(clump)
    for _ in range(20):
        counts = clump * rng.poisson(0.3 / clump, 200)
        found = shifted_calendar(counts, rng.integers(0, 200, 6), first=-5, last=5)
        below = [found.confidence_below(value) for value in np.linspace(0, 6, 25)]
        assert np.diff(below).min() > -EXACT
        assert found.confidence_below(found.lower) == pytest.approx(0.025 if found.lower > 0 else 0)
        assert found.confidence_below(found.upper) == pytest.approx(0.975 if found.upper < math.inf else 0.5)
        assert found.confidence_below(1.0) == pytest.approx(found.p_value) or found.p_value > 0.5


@pytest.mark.parametrize(("freq", "unit", "dates"), [
    ("D", "days", ["2020-01-03", "2020-02-20"]), ("M", "months", ["2021-03-31", "2025-02-01"]),
])  # fmt: skip
def test_periods_and_dates_give_what_positions_give(freq, unit, dates):
    counts = pd.Series(np.random.default_rng(1).poisson(1.0, 60), pd.period_range("2020-01-01", periods=60, freq=freq))
    places = [2, 50] if freq == "D" else [14, 61]
    named = shifted_calendar(counts.rename("raids"), pd.Series(dates, name="vote"), first=-2, last=3)
    plain = shifted_calendar(counts.to_numpy(), places, first=-2, last=3)
    assert (named.name, named.table().index.name, plain.table().index.name) == ("raids", unit, "periods")
    assert "of the vote" in str(named)
    np.testing.assert_array_equal(named.null, plain.null)


def test_versions_of_the_dates_are_the_same_test_on_other_dates():
    counts, dates = np.random.default_rng(5).poisson(0.5, 90), np.array([20, 40, 70])
    near = {"first": -3, "last": 3}
    moved = calendars.moved_dates(counts, dates, **near, by=(-9, 4))
    assert moved.table()["p"].tolist() == [shifted_calendar(counts, dates + step, **near).p_value for step in (-9, 4)]
    assert moved.largest_upper == max(shifted_calendar(counts, dates + step, **near).upper for step in (-9, 4))
    without = calendars.dates_left_out(counts, dates, **near)
    p = without.table()["p"]
    assert p.tolist() == [shifted_calendar(counts, np.delete(dates, i), **near).p_value for i in range(3)]
    assert (without.smallest_p, without.largest_p) == (min(p), max(p))
    assert p.index.tolist() == ["without 20", "without 40", "without 70"]
    assert (p.index.name, moved.table().index.tolist()) == ("dates", ["moved -9 periods", "moved +4 periods"])


def test_days_in_windows_are_marked_inside_the_calendar_only():
    assert days_in_window(6, [-1, 4], first=-1, last=1).tolist() == [1, 0, 0, 1, 1, 1]
    assert days_in_window(3, [], first=0, last=0).tolist() == [0.0] * 3
    found = days_in_window(9, [2, 3, 99], first=2, last=2)
    assert (found.tolist(), found.dtype) == ([0, 0, 0, 0, 1, 1, 0, 0, 0], np.float64)


def test_a_detectable_ratio_has_the_power_it_claims_with_one_event_too():
    total, share = 40, 0.15
    ratio = detectable_ratio_in_windows(total, share)
    critical = stats.binom.isf(0.05, total, share)
    assert stats.binom.sf(critical, total, ratio * share) == pytest.approx(0.8)
    assert detectable_ratio_in_windows(2, 0.5) == float("inf")
    assert detectable_ratio_in_windows(total, share, alpha=0.025) >= ratio
    # One event is inside with probability ratio times share, which is the power.
    assert detectable_ratio_in_windows(1, 0.01) == pytest.approx(80)
    assert detectable_ratio_in_windows(1, 0.04, power=0.5) == pytest.approx(12.5)
    assert detectable_ratio_in_windows(1, 0.04, alpha=0.025) == math.inf


def test_detectable_difference_from_an_error_is_the_textbook_sum_of_quantiles():
    assert detectable_difference(0.2) == pytest.approx((1.959964 + 0.841621) * 0.2, abs=1e-6)
    # At power one half the z-test detects what is just significant: 1.644854 errors at the 10% level.
    assert detectable_difference(0.5, alpha=0.1, power=0.5) == pytest.approx(1.644854 * 0.5, abs=1e-6)


def test_shifted_labels_are_rolls_of_each_unit_with_shared_shifts():
    rng = np.random.default_rng(3)
    unit, first, second = np.repeat(["a", "b"], [7, 5]), rng.integers(0, 2, 12), rng.integers(0, 2, 12)
    moved = [
        calendars.shifted_labels(label, unit=unit, draws=50, seed=4) for label in (first, second, first + 10 * second)
    ]
    np.testing.assert_array_equal(moved[0][:, 0], first)
    for rows in (slice(0, 7), slice(7, 12)):
        rolls = {tuple(np.roll(first[rows], k)) for k in range(7)}
        assert {tuple(column) for column in moved[0][rows].T} <= rolls
    np.testing.assert_array_equal(moved[2], moved[0] + 10 * moved[1])
    halves = calendars.shifted_labels(first / 2, unit=unit, draws=50, seed=4)
    np.testing.assert_array_equal(halves, moved[0] / 2)


@pytest.mark.parametrize(
    ("label", "kind"), [([0, 1, -128, 127], np.int8), ([0, 1, 2, 300], np.float64), ([0, 0.5, 1, 1], np.float64)]
)
def test_whole_labels_of_one_byte_are_kept_in_one_byte(label, kind):
    moved = calendars.shifted_labels(label, unit=[0] * len(label), draws=20, seed=1)
    assert (moved.dtype, moved.shape) == (kind, (4, 21))
    assert moved[:, 0].tolist() == label
    assert {tuple(column) for column in moved.T} == {tuple(np.roll(label, k)) for k in range(4)}


ONSET = ("2020-08-01", "2020-11-26")


@pytest.mark.parametrize(
    ("start", "kind", "near"),
    [
        ("2020-05-03", "unrest", True),  # 90 days before
        ("2020-05-02", "unrest", False),
        ("2020-11-26", "unrest", True),
        ("2020-11-27", "unrest", False),
        ("2020-11-27", "vote", True),
        ("2021-01-05", "vote", True),  # 40 days ahead
        ("2021-01-06", "vote", False),
    ],
)
def test_what_began_before_the_end_of_the_onset_coincides_and_a_vote_may_lie_ahead(start, kind, near):
    found = coinciding_events([start], kind=[kind], name=["it"], onset=ONSET, before=90, ahead={"vote": 40})
    assert found.table()["coincides"].tolist() == [near]
    assert found.evidence() == {"n": 1, "summary": found.sentence()}
    assert found.events == near
    assert coinciding_events([start], kind=[kind], name=["it"], onset=ONSET, before=90, without=kind).events == 0


def test_days_to_both_ends_of_the_onset_are_counted_and_one_that_ends_before_it_begins_is_refused():
    rows = {"kind": ["unrest", "rules", "unrest"], "name": ["a", "b", "c"]}
    found = coinciding_events(["2020-08-09", "2020-07-03", "2019-01-01"], **rows, onset=ONSET, before=90)
    assert found.table()[["days_to_first", "days_to_last", "coincides"]].to_numpy().tolist() == [
        [-8, 109, True], [29, 146, True], [578, 695, False],
    ]  # fmt: skip
    assert (found.kinds, found.events) == (("rules", "unrest"), 2)
    with pytest.raises(InputError, match="onset: ends before it begins"):
        coinciding_events(["2020-01-01"], kind=["a"], name=["b"], onset=ONSET[::-1], before=90)


def test_network_equals_relabelled_regressions_one_by_one():
    rng = np.random.default_rng(5)
    ties = (rng.random((5, 5)) < 0.4) * rng.random((5, 5))
    np.fill_diagonal(ties, 0)
    shocks = (rng.random((5, 40)) < 0.15).astype(float)
    y = rng.normal(size=(5, 40))
    keep = np.random.default_rng(1).random(y.shape) < 0.9
    unit, period = np.nonzero(keep)
    dummies = np.column_stack([unit[:, None] == np.arange(5), period[:, None] == np.arange(1, 40)]).astype(float)

    def slope(order):
        exposure = (ties[np.ix_(order, order)] @ shocks)[keep]
        return np.linalg.lstsq(np.column_stack([exposure, dummies]), y[keep], rcond=None)[0][0]

    found = network_permutation(y, shocks, ties, include=keep, draws=199, seed=1)
    orders = np.random.default_rng(1).permuted(np.tile(range(5), (199, 1)), axis=1)
    every = np.array([slope(order) for order in orders])
    assert found.null == pytest.approx(every, abs=EXACT)
    assert found.estimate == pytest.approx(slope(np.arange(5)), abs=EXACT)
    assert found.p_value == pytest.approx((1 + (every >= found.estimate - EXACT).sum()) / 200, abs=EXACT)
    assert found.floor == 1 / 200


@pytest.fixture(scope="module")
def panel() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    unit, month = np.repeat(np.arange(30), 96), np.tile(np.arange(24_000, 24_096), 30)
    event_unit = np.repeat(np.arange(30), 2)
    event_month = np.concatenate([[rng.integers(24_013, 24_045), rng.integers(24_050, 24_083)] for _ in range(30)])
    at = np.isin(unit * 1e6 + month, event_unit * 1e6 + event_month)
    y = rng.poisson(np.where(at, 6.0, 2.0))
    return {"y": y, "unit": unit, "month": month, "event_unit": event_unit, "event_month": event_month}


def test_without_an_event_the_ratio_is_that_of_the_refit_and_the_ends_lie_around_the_ratio_of_all(panel):
    few = {name: values[np.asarray(panel["unit"]) < 4] for name, values in panel.items() if len(values) == 30 * 96}
    few |= {name: panel[name][:8] for name in ("event_unit", "event_month")}
    turned = {"event_unit": pd.Series(few["event_unit"]), "event_month": pd.Series(few["event_month"])[::-1]}
    found = leave_one_event_out(event_study(**few | turned), term="event_month")
    dates = [{name: np.delete(few[name], row) for name in ("event_unit", "event_month")} for row in range(8)]
    refits = [event_study(**few | kept).ratio("event_month") for kept in dates]
    ratios = [ratio.estimate for ratio in refits]
    places = list(zip(few["event_unit"], few["event_month"], strict=True))
    least = refits[places.index(found.events[0])]
    assert (found.estimate, found.lower, found.upper) == pytest.approx((least.estimate, least.lower, least.upper))
    # The ranking is by one step: the ends may miss those of all refits by a remainder of second order.
    assert found.estimate < event_study(**few).ratio("event_month").estimate < found.highest
    assert found.estimate == pytest.approx(min(ratios), rel=0.01)
    assert found.tried == 8


def test_struck_events_lose_their_marks_and_only_theirs():
    labels, tried = _labels_without(np.arange(100, 106), np.array([101, 102, 300]), (0, 1))
    assert tried == [0, 1]
    assert labels.T.tolist() == [[0, 0, 1, 1, 0, 0], [0, 1, 1, 0, 0, 0]]
