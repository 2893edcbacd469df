"""Figures of event time and of specification curves: what is drawn where."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.charts import eventtime, figure_style, multiverse
from analysis.methods.multiverse import SpecificationCurve


@pytest.fixture
def ax():
    with figure_style():
        fig, ax = plt.subplots()
        yield ax
    plt.close(fig)


def curve() -> SpecificationCurve:
    options = tuple({"outcome": name, "months": 3} for name in ("b", "a", "c"))
    estimates = np.log([[2.0, 1.0, 1.1], [0.5, 1.0, 0.9], [3.0, 1.2, 0.8]])
    return SpecificationCurve(options, estimates, np.array([[2.5, 0, 0], [-0.5, 0, 0], [1.0, 0, 0]]))


def test_curve_is_in_order_of_size_and_fills_what_is_significant(ax):
    multiverse.draw_curve(curve(), ax, ratio=True, label="Rate ratio", registered={"outcome": "c"})
    points = ax.collections[-1]
    np.testing.assert_allclose(points.get_offsets()[:, 1], [0.5, 2.0, 3.0])
    assert [bool((face[:3] == 1).all()) for face in points.get_facecolor()] == [True, False, True]
    assert "registered" in [text.get_text() for text in ax.texts]


def test_choices_with_one_option_are_left_out(ax):
    assert multiverse.choice_rows(curve()) == {"outcome": ["b", "a", "c"]}
    multiverse.draw_choices(curve(), ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["outcome: b", "a", "c"]


def test_ratios_beyond_the_axis_stand_at_its_edge_and_many_marks_are_finer(ax):
    few = curve()
    far = SpecificationCurve(few.specifications, few.estimates + np.array([[0.0], [-9.0], [9.0]]), few.z)
    multiverse.draw_curve(far, ax, ratio=True, label="Rate ratio")
    np.testing.assert_allclose(ax.collections[-1].get_offsets()[:, 1], [0.1, 2.0, 10.0])
    many = SpecificationCurve(few.specifications * 40, np.tile(few.estimates, (40, 1)), np.tile(few.z, (40, 1)))
    size = ax.collections[-1].get_sizes()[0]
    multiverse.draw_curve(many, ax, ratio=True, label="Rate ratio")
    assert ax.collections[-1].get_sizes()[0] < size


def test_windows_around_new_year_are_cut_at_the_turn_of_the_year():
    assert eventtime._pieces(pd.Timestamp("2021-01-10"), 90) == [(2020, 286, 366), (2021, 1, 100)]


def test_raster_draws_every_event_of_its_years(ax):
    events = pd.DataFrame({"start": ["1991-05-01", "2019-06-09", "2019-07-06"], "hit": [1, 1, 0]})
    votes = pd.DataFrame({"date": ["2019-06-09"], "early": [1]})
    shocks = pd.DataFrame({"date": ["1990-01-01", "2020-08-09"], "iso3": ["AAA", "BLR"]}, index=[5, 9])
    eventtime.draw_raster(events, votes, shocks, ax, days=90, years=(1992, 2021))
    drawn = {
        item.get_label(): len(item.get_offsets()) for item in ax.collections if not item.get_label().startswith("_")
    }
    assert drawn["protest"] == drawn["repressed protest"] == 1
    assert drawn["election, early"] == 1
    assert [text.get_text() for text in ax.texts] == ["BLR"]


def test_shifts_name_the_events_and_leave_room_for_zero(ax):
    row = {"ratio": 1.5, "lower": 0.0, "upper": 3.0, "null_low": 0.0, "null_high": 2.0, "p": 0.2, "events": 4}
    frame = pd.DataFrame([row | {"total": 25, "detectable": np.inf}], index=pd.Index(["-90 to -1"], name="days"))
    eventtime.draw_shifts(frame, ax)
    assert ax.get_xlim()[0] > 0
    assert ax.texts[0].get_text() == "4 of 25 events, p = 0.2"
    assert ax.get_ylabel() == "Days from the vote"
