"""Figures of notebook 06: what is drawn where."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.charts import figure_style, neighbours, tax_case
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit

WINDOWS = {"reference": (-12, -7), "before_1": (-3, -1), "after_1": (1, 3)}


@pytest.fixture
def ax():
    with figure_style():
        fig, ax = plt.subplots(figsize=(7, 3))
        yield ax
    plt.close(fig)


def fit() -> ConditionalPoissonFit:
    logs, errors = np.log([1.3, 1.1]), np.array([0.2, 0.3])
    return ConditionalPoissonFit(
        ("before_1", "after_1"), logs, errors, np.diag(errors**2), 0.0, 9, 9, 4, 0, 40, "clusters", 3
    )


def test_ratios_stand_over_their_windows_and_the_ribbon(ax):
    ribbon = pd.DataFrame({"low": [0.7, 0.6], "high": [1.4, 1.9]}, index=["before_1", "after_1"])
    neighbours.draw_exposure(fit(), ribbon, ax, windows=WINDOWS, smallest=1.25, draws=99)
    texts = [text.get_text() for text in ax.texts]
    assert {"1.30", "1.10", "grey: 99 shuffled networks", "unrest begins"} <= set(texts)
    assert ax.get_ylim()[0] < 0.6 < 1.9 < ax.get_ylim()[1]
    assert ax.get_xlim()[0] < -12


def test_experts_differ_in_marker_and_filling(ax):
    frame = pd.DataFrame(
        {"rate_ratio": [1.1, 2.4], "lower": [0.8, 1.7], "upper": [1.6, 3.4], "expert": ["abroad", "home"]}
    )
    neighbours.draw_causes(frame.set_axis(["unrest", "vote"]), ax, smallest=1.25)
    points = [item for item in ax.collections if len(item.get_offsets()) == 1 and len(item.get_facecolor())]
    faces = [item.get_facecolor()[0][:3] for item in points]
    assert not np.allclose(faces[0], 1)
    assert np.allclose(faces[1], 1)


def test_labels_that_would_meet_go_to_different_rows():
    day = pd.Timestamp("2020-06-01")
    frame = pd.DataFrame(
        {"label": ["a" * 30, "b", "c"], "start": [day, day + pd.Timedelta(days=10), day + pd.Timedelta(days=200)]}
    )
    assert tax_case._places(frame.assign(end=pd.NaT)) == [0, 1, 0]


def test_timeline_draws_lanes_in_order_and_shades_the_onset(ax):
    dates = pd.to_datetime(["2020-08-01", "2021-01-10"]), pd.to_datetime(["2020-09-30", None])
    frame = pd.DataFrame({"lane": ["tax case", "election"], "label": ["checks", "vote"], "open": [False, False]})
    frame = frame.assign(start=dates[0], end=dates[1])
    onset = pd.to_datetime(["2020-08-01", "2020-11-26"])
    tax_case.draw_timeline(frame, ax, onset=onset, days=90)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["election", "tax case"]
    assert {"checks", "vote", "90 days before"} <= {text.get_text() for text in ax.texts}


def test_days_are_counted_by_step_and_the_vote_is_zero(ax):
    frame = pd.DataFrame({"step": ["fine", "notice", "fine"], "first": [5, -70, 15], "last": [5, -41, 15]})
    tax_case.draw_days(frame, ax, called=-80, days=90)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["notice (1)", "fine (2)"]


def test_calendar_names_p_and_marks_every_vote(ax):
    frame = pd.DataFrame({"date": ["2020-11-26"], "near": [1], "episodes": [2], "p": [0.178]}, index=["notice"])
    tax_case.draw_chance(
        frame,
        ax,
        votes=["2019-06-09", "2021-01-10"],
        earlier=["2016-10-01"],
        days=90,
        first="2016-07-01",
        last="2021-12-31",
    )
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("vote") == 2
    assert "1 of 2, p = 0.18" in texts
