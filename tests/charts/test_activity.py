"""Figures of activity and targets: what is drawn where."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.charts import activity, figure_style
from analysis.methods.composition import kitagawa


@pytest.fixture
def ax():
    with figure_style():
        fig, ax = plt.subplots()
        yield ax
    plt.close(fig)


def test_years_draw_both_outcomes_and_leave_room_for_the_labels(ax):
    events = pd.DataFrame({"protests": [2, 5], "arrests": [0, 3]}, index=pd.Index([2018, 2019]))
    activity.draw_years(events, ax, base=(2018.0, 2019.0), later=(2019.0, 2020.0))
    assert [bar.get_height() for bar in ax.patches[:4]] == [2, 5, 0, 3]
    assert ax.get_ylim()[1] > 5


def test_placebos_say_the_rank(ax):
    values = pd.Series({"AAA": 0.5, "KAZ": 3.0, "BBB": 4.0})
    activity.draw_placebos({"protests": values}, ax, country="KAZ", name="Kazakhstan")
    assert ax.texts[0].get_text() == "Kazakhstan: 2 of 3"


def test_a_country_without_events_is_not_marked(ax):
    activity.draw_placebos({"protests": pd.Series({"AAA": 0.5, "BBB": 4.0})}, ax, country="KAZ", name="Kazakhstan")
    assert not ax.texts


def test_shares_carry_their_intervals(ax):
    frame = pd.DataFrame(
        {"share_before": [0.1], "share_after": [0.5], "difference": [0.4], "after_lower": [0.2], "after_upper": [0.8]},
        index=["KAZ"],
    ).assign(protests_before=79, protests_after=9)
    activity.draw_shares(frame, ax, names={"KAZ": "Kazakhstan"}, focus="KAZ")
    assert (ax.patches[0].get_x(), ax.patches[0].get_width()) == pytest.approx((0.2, 0.6))


def test_falls_are_hollow(ax):
    frame = pd.DataFrame(
        {"ratio": [2.0, 0.5], "lower": [1.1, 0.3], "upper": [4.0, 0.9], "first": [5, 46], "second": [10, 25]},
        index=["up", "down"],
    ).assign(first_months=[60, 12], second_months=12)
    activity.draw_ratios(frame, ax)
    faces = ax.collections[-1].get_facecolor()[:, :3]
    assert not np.allclose(faces[0], 1)
    assert np.allclose(faces[1], 1)
    assert [text.get_text() for text in ax.texts] == ["5 in 60 to 10 in 12 months", "46 to 25"]


def test_parts_are_drawn_from_zero_and_keep_their_signs(ax):
    part = kitagawa([4.0], [0.5], [1.0], [1.0], factors=("protests per year", "arrests per protest"))
    activity.draw_parts({"base": part}, ax, intervals={"base": np.array([[-3.0, -1.0], [0.5, 2.0]])})
    first, second = (bar.get_width() for bar in ax.patches[:2])
    assert first < 0 < second
    assert first + second == pytest.approx(part.after - part.before)
    assert [text.get_text() for text in ax.texts] == ["protests per year -2.2", "arrests per protest +1.2"]


def test_episodes_are_counted_on_either_side_of_the_turn(ax):
    listed = pd.DataFrame(
        {"date": ["2019-06-09", "2020-11-26", "2021-01-10"], "target": ["individuals", "organisations", "individuals"]}
    )
    activity.draw_episodes(listed, ax, turn="2020-11-01", last="2021-02-28")
    assert [text.get_text() for text in ax.texts] == ["0 before, 1 after", "1 before, 1 after"]
