"""Stacked event studies: an effect that was built in, windows against single months, panels by hand, shuffled units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.event_studies import shuffled_exposure, stacked_event_study
from analysis.methods.networks import units_at_distance

TRUE = 2.0  # rate ratio built into the made panel
UNITS = [f"S{number:02d}" for number in range(40)]
FIRST, LAST = 12 * 2000, 12 * 2020
WINDOWS = {
    "reference": (-12, -7), "before_2": (-6, -4), "before_1": (-3, -1), "after_1": (1, 3), "after_2": (4, 6),
    "after_3": (7, 12),
}  # fmt: skip


@pytest.fixture(scope="module")
def made():
    """Forty units in a ring; an event next door doubles the counts of three months."""
    rng = np.random.default_rng(7)
    panel = pd.DataFrame([(unit, month) for unit in UNITS for month in range(FIRST, LAST)], columns=["unit", "month"])
    events = panel[rng.random(len(panel)) < 0.006].reset_index(drop=True)
    ring = {"one": UNITS, "other": [*UNITS[1:], UNITS[0]], "since": [0] * 40, "until": [9_999] * 40, "units": UNITS}
    events["near"] = units_at_distance(events["unit"], events["month"] // 12, **ring)
    hot = {(near, row.month + step) for row in events.itertuples() for near in row.near for step in (1, 2, 3)}
    rate = [TRUE if key in hot else 1.0 for key in zip(panel["unit"], panel["month"], strict=True)]
    panel["count"], panel["noise"] = rng.poisson(0.5 * np.array(rate)), rng.poisson(0.3, len(panel))
    return panel, events


def arguments(made, **changed):
    panel, events = made
    given = {"unit": panel["unit"], "month": panel["month"], "event_unit": events["unit"]}
    given |= {"event_month": events["month"], "exposed": events["near"], "windows": WINDOWS}
    return given | changed


def studied(made, outcome="count", **changed):
    return stacked_event_study(made[0][outcome], **arguments(made, **changed))


def test_events_whose_windows_lie_inside_the_months_are_counted(made):
    assert studied(made).n_events == ((made[1]["month"] >= FIRST + 12) & (made[1]["month"] < LAST - 12)).sum()


def test_rows_and_events_are_matched_by_label(made):
    given = arguments(made, quiet=made[0]["noise"] == 0)
    turned = given | {name: given[name][::-1] for name in ("month", "quiet", "event_month", "exposed")}
    fits = [stacked_event_study(made[0]["count"], **each) for each in (given, turned)]
    np.testing.assert_array_equal(fits[0].coefficients, fits[1].coefficients)


def test_a_panel_holds_units_that_are_quiet_and_included_throughout(made):
    panel, events = made
    include = ~((panel["unit"] == "S20") & (panel["month"] % 50 == 0))
    found = studied(made, quiet=panel["noise"] == 0, include=include).stacks
    noise, counted, kept = (
        frame.pivot(index="unit", columns="month", values="value")
        for frame in (panel.assign(value=values) for values in (panel["noise"], panel["count"], include))
    )
    for number in (5, 30):
        unit, month = events.loc[number, ["unit", "month"]]
        by_hand = (noise[month] == 0) & kept.loc[:, month - 12 : month + 12].all(axis=1) & (kept.index != unit)
        rows = found.event == number
        assert [UNITS[row] for row in found.unit[rows]] == by_hand.index[by_hand].tolist()
        np.testing.assert_array_equal(found.counts[rows, 3], counted.loc[by_hand, month + 1 : month + 3].sum(axis=1))


def test_a_clean_panel_has_nobody_who_is_near_another_event(made):
    events = made[1]
    found = studied(made, clean=True).stacks
    unit, month = events.loc[8, ["unit", "month"]]
    soon = events[(events["month"] - month).abs().le(12) & (events["unit"] != unit)]
    near = {other for tied in soon["near"] for other in tied}
    assert {UNITS[row] for row in found.unit[found.event == 8]} == set(UNITS) - near - {unit}


def test_shuffled_units_show_what_is_built_in_and_repeat_by_their_seed(made):
    study = studied(made)
    found, again, other = (shuffled_exposure(study, "after_1", draws=19, seed=seed) for seed in (3, 3, 4))
    assert found.p_value == found.floor == pytest.approx(0.05)
    np.testing.assert_array_equal(found.ratios, again.ratios)
    assert not np.array_equal(found.ratios, other.ratios)
    # Where effects are small, one Newton step from none leads to the maximum of the likelihood.
    noise = studied(made, "noise")
    step = shuffled_exposure(noise, "after_1", draws=1, seed=3).ratios[0]
    np.testing.assert_allclose(np.log(step), noise.coefficients, atol=0.02)
    low, high = np.quantile(found.ratios[1:, 2], [0.025, 0.975])
    assert found.table().loc["after_1", ["low", "high"]].tolist() == [low, high]


def test_studies_that_cannot_be_made_are_refused(made):
    with pytest.raises(InputError, match="windows: fewer than two windows, or one is empty"):
        studied(made, windows={"reference": (-3, -1), "after": (2, 1)})
    with pytest.raises(InputError, match="reference: unknown regressor; choose one of before_2, "):
        shuffled_exposure(studied(made), "reference", draws=1, seed=1)
