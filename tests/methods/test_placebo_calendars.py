"""An event study on other calendars: counts that triple in event months and nowhere else, and each event left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.methods.event_studies import _labels_without, event_study, leave_one_event_out, placebo_calendars


@pytest.fixture(scope="module")
def panel() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    unit, month = np.repeat(np.arange(30), 96), np.tile(np.arange(24_000, 24_096), 30)
    event_unit = np.repeat(np.arange(30), 2)
    event_month = np.concatenate([[rng.integers(24_013, 24_045), rng.integers(24_050, 24_083)] for _ in range(30)])
    at = np.isin(unit * 1e6 + month, event_unit * 1e6 + event_month)
    y = rng.poisson(np.where(at, 6.0, 2.0))
    return {"y": y, "unit": unit, "month": month, "event_unit": event_unit, "event_month": event_month}


def test_moved_calendars_lose_the_effect_of_the_true_one(panel):
    found = placebo_calendars(event_study(**panel))
    vote = found.window("event_month")
    assert vote.table().index.tolist() == [-12, -6, 6, 12]
    assert vote.estimate == pytest.approx(3, rel=0.15)
    assert (vote.as_high, vote.rises) == (0, 0)
    assert all(abs(fit.table().loc["event_month", "z"]) < 3 for fit in found.fits[1:])
    assert found.table().shape == (4, 5)


def test_groups_without_an_event_change_nothing(panel):
    quiet = panel | {"y": np.where(panel["unit"] < 10, 0, panel["y"])}
    found = placebo_calendars(event_study(**quiet), shifts=[6])
    study = event_study(**quiet | {"event_month": quiet["event_month"] + 6})
    np.testing.assert_allclose(found.fits[1].coefficients, study.coefficients, rtol=1e-9)
    np.testing.assert_allclose(found.fits[1].errors, study.errors, rtol=1e-9)


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
