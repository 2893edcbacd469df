"""Tests of many arrangements: relabelled regressions, moved calendars and events left out, one at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.methods.event_studies import _labels_without, event_study, leave_one_event_out, placebo_calendars
from analysis.methods.permutation import network_permutation

EXACT = 1e-9  # closed forms, or the same computation once more


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


def test_what_follows_these_ties_is_found_and_what_follows_others_seldom():
    """Power and size by simulation, at the 5 % level."""
    rng, found = np.random.default_rng(6), []
    for _ in range(40):
        ties, others = ((rng.random((12, 12)) < 0.2) * (1 - np.eye(12)) for _ in range(2))
        shocks, noise = (rng.random((12, 30)) < 0.1).astype(float), rng.normal(size=(12, 30))
        outcomes = [noise + 0.5 * (weights @ shocks) for weights in (ties, others)]
        found.append([network_permutation(y, shocks, ties, draws=99, seed=1).p_value <= 0.05 for y in outcomes])
    power, size = np.mean(found, axis=0)
    assert power >= 0.75
    assert size <= 0.15


@pytest.fixture(scope="module")
def panel() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    unit, month = np.repeat(np.arange(30), 96), np.tile(np.arange(24_000, 24_096), 30)
    event_unit = np.repeat(np.arange(30), 2)
    event_month = np.concatenate([[rng.integers(24_013, 24_045), rng.integers(24_050, 24_083)] for _ in range(30)])
    at = np.isin(unit * 1e6 + month, event_unit * 1e6 + event_month)
    y = rng.poisson(np.where(at, 6.0, 2.0))
    return {"y": y, "unit": unit, "month": month, "event_unit": event_unit, "event_month": event_month}


def test_a_window_of_moved_calendars_counts_rises_and_what_is_as_high(panel):
    study = event_study(**panel)
    moved = placebo_calendars(study, shifts=[5, -3])
    found, fit = moved.window("event_month"), study.ratio("event_month")
    assert (moved.shifts, found.estimate) == ((0, 5, -3), pytest.approx(fit.estimate, rel=EXACT))
    assert found.rises == (found.table()["lower"] > 1).sum()
    assert found.largest_upper == found.table()["upper"].max()
    assert found.as_high == (moved.table()["event_month"] >= fit.estimate).sum()
    assert found.call.arguments == moved.call.arguments | {"term": "event_month"}


def test_without_an_event_the_ratio_is_that_of_the_refit_and_the_ends_lie_around_the_ratio_of_all(panel):
    few = {name: values[np.asarray(panel["unit"]) < 4] for name, values in panel.items() if len(values) == 30 * 96}
    few |= {name: panel[name][:8] for name in ("event_unit", "event_month")}
    found = leave_one_event_out(event_study(**few), term="event_month")
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
    dates = pd.DataFrame({"event_unit": ["a", "a", "a"], "event_month": [101, 102, 300]})
    labels, tried = _labels_without(np.array(["a"] * 6), np.arange(100, 106), dates, (0, 1))
    assert tried == [0, 1]
    assert labels.T.tolist() == [[0, 0, 1, 1, 0, 0], [0, 1, 1, 0, 0, 0]]
