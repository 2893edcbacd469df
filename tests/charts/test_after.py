"""Figures of notebook 07 draw what the frames say, and never across a break."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.charts import after, figure_style, page


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def _rows(panel: str, edition: str, years: range, value: float) -> pd.DataFrame:
    frame = pd.DataFrame({"data_year": list(years), "value": value + 0.01 * np.arange(len(years))})
    return frame.assign(panel=panel, unit="points", edition=edition, lower=np.nan, upper=np.nan)


@pytest.fixture
def panels():
    frame = pd.concat(
        [
            _rows("One", "old", range(2012, 2019), 0.3),
            _rows("One", "new", range(2012, 2023), 0.5),
            _rows("Broken", "2013-2021", range(2012, 2021), 40.5),
            _rows("Broken", "2022-", range(2021, 2025), 30.5),
        ]
    )
    with figure_style():
        _, blank = page(3, columns=1)
        axes = after.grid(blank, 1, 2)
        after.draw_indices(frame, axes, mark=2020.6, word="article", broken="Broken", reverse="")
    return axes


def test_grid_replaces_the_axes_row_by_row():
    figure, blank = page(3, columns=1)
    axes = after.grid(blank, 2, 3)
    assert len(axes) == 6
    assert blank not in figure.axes


def test_every_edition_is_a_line_of_its_own_named_once(panels):
    lines = [line for line in panels[0].lines if len(line.get_xdata()) > 2]
    assert [len(line.get_xdata()) for line in lines] == [7, 11]
    assert len({(line.get_linestyle(), line.get_color()) for line in lines}) == 2
    assert sorted(text.get_text() for text in panels[0].texts if text.get_text().strip() != "article") == ["new", "old"]


def test_no_line_crosses_the_break(panels):
    spans = [(min(line.get_xdata()), max(line.get_xdata())) for line in panels[1].lines]
    assert sorted(spans) == [(2012, 2020), (2021, 2024)]
    assert any("method changed" in text.get_text() for text in panels[1].texts)


def test_ranks_are_printed_where_described_and_the_cited_one_is_framed():
    ranks = pd.DataFrame({2017: [5.0, np.nan], 2018: [3.0, 8.0]}, index=[2020, 2021])
    with figure_style():
        _, ax = page(2, columns=1)
        after.draw_ranks(ranks, ranks * 0 + 10, ax, cited=(2020, 2018))
    assert sorted(text.get_text() for text in ax.texts) == ["3", "5", "8"]
    assert ax.patches[-1].get_xy() == pytest.approx((0.54, -0.46))
    assert [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"] == ["3", "8"]


def test_rerating_draws_intervals_only_where_there_are_some():
    frame = pd.DataFrame(
        {
            "index": ["A", "A"],
            "release": ["v12", "v15"],
            "data_year": 2020,
            "value": [0.2, 0.3],
            "lower": [np.nan, 0.25],
            "upper": [np.nan, 0.35],
            "change": [0.01, 0.02],
            "change_lower": [np.nan, -0.05],
            "change_upper": [np.nan, 0.09],
        }
    )
    with figure_style():
        _, axes = page(2)
        after.draw_rerating(frame, axes, margin=0.05)
    bars = [line.get_xdata() for line in axes[0].lines if len(line.get_xdata()) == 2]
    assert [list(bar) for bar in bars if np.isfinite(bar).all()] == [[0.25, 0.35]]
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ["A, 2020   v12", "v15"]


def test_events_are_listed_in_order_with_their_direction():
    frame = pd.DataFrame({"when": ["May 2021", "Jun 2022"], "direction": ["mixed", "restrictive"], "event": ["a", "b"]})
    with figure_style():
        _, ax = page(2, columns=1)
        after.draw_events(frame, ax)
        after.draw_marks(ax, {0.5: "moment"})
    assert [text.get_text() for text in ax.texts] == ["May 2021", "a", "Jun 2022", "b", "moment"]
    assert [line.get_marker() for line in ax.lines[:2]] == ["D", "^"]
