"""Figures on counts: what is drawn, and that nothing is drawn off the page."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection

from analysis.article import press, press_sources
from analysis.charts import column, count_series, counts, figure_style, page
from analysis.methods.counts_power import type_i_error

SMALLEST = (0.8, 1.25)


@pytest.fixture
def draw():
    with figure_style():
        yield
    plt.close("all")


def texts_of(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def inside(fig):
    """Whether every text of the figure lies on the page."""
    fig.canvas.draw()
    width, height = fig.canvas.get_width_height()
    texts = [text for ax in fig.axes for text in [*ax.texts, ax.title] if text.get_text()]
    boxes = [text.get_window_extent(fig.canvas.get_renderer()) for text in texts]
    return all(box.x0 > -1 and box.x1 < width + 1 and box.y0 > -1 and box.y1 < height + 1 for box in boxes)


def forest(**fields):
    rows = {
        "group": ["2019 to 2020", "2019 to 2020", "Read otherwise"],
        "label": ["Attacks", "Detentions", "57 days without exposure"],
        "ratio": [0.71, 0.54, 0.64],
        "lower": [0.31, 0.32, 0.38],
        "upper": [1.57, 0.90, 1.07],
        "counts": ["17 → 12", "46 → 25", "46 → 25"],
    }
    return pd.DataFrame(rows | fields)


def test_forest_has_groups_texts_and_band(draw):
    fig, ax = page(2.4, columns=1)
    frame = forest(band_lower=[np.nan, 0.3, np.nan], band_upper=[np.nan, 1.0, np.nan])
    counts.draw_ratios(frame, ax, columns={"counts": 10}, smallest=SMALLEST, limits=(0.2, 4))
    assert {"2019 to 2020", "Read otherwise", "counts", "17 → 12"} <= set(texts_of(ax))
    assert [label.get_text() for label in ax.get_yticklabels()] == list(frame["label"])
    # One interval a row, and one break-even band.
    assert sum(isinstance(lines, LineCollection) and len(lines.get_segments()) == 1 for lines in ax.collections) == 4
    assert inside(fig)


def test_an_interval_beyond_the_axis_ends_in_an_arrow(draw):
    _, ax = page(2.4, columns=1)
    plain = counts.draw_ratios(forest(), ax, columns={}, smallest=SMALLEST, limits=(0.2, 4))
    n = len(plain.collections)
    _, ax = page(2.4, columns=1)
    beyond = forest(upper=[10.0, 0.90, 1.07])
    assert len(counts.draw_ratios(beyond, ax, columns={}, smallest=SMALLEST, limits=(0.2, 4)).collections) == n + 1


def test_map_of_decisions_shows_the_ways_out(draw):
    fig, axes = page(2.7, columns=3)
    grid = np.arange(56)
    decided = press.decisions(*np.meshgrid(grid, grid))
    look = {"counts": grid, "point": (46, 25), "labels": ("2019", "2020")}
    counts.draw_decisions(decided, axes[0], steps=(5, 4), **look)
    assert {"−5", "+4", "46, 25", "fall", "rise"} <= set(texts_of(axes[0]))
    counts.draw_decisions(decided, axes[1], steps=(0, 0), **look)
    assert not {"−0", "+0"} & set(texts_of(axes[1]))
    assert inside(fig)


def test_error_rates_carry_break_even_and_nominal_level(draw):
    _, axes = page(2.7)
    result = type_i_error(35, dispersions=[1, 2, 4], seed=1, draws=2000)
    counts.draw_type_i_error(result, axes[0], break_even=1.57, observed={"yearly attacks": 6.4})
    assert {"nominal 5%", "undone at 1.57", "yearly attacks: 6.4 →"} <= set(texts_of(axes[0]))
    counts.draw_type_i_error(result, axes[1], break_even=0.2, observed={})
    assert texts_of(axes[1]) == ["nominal 5%"]


def test_lost_days_mark_emergency_and_break_even(draw):
    fig, ax = column(2.7)
    frame = press.ratio_by_lost_days(46, 25, base_year=2019, year=2020, most=250)
    counts.draw_lost_days(frame, ax, marks={57: "emergency", 239: "all"}, break_even=37)
    assert set(texts_of(ax)) == {"undone from\n37 days", "emergency,\n57 days", "all,\n239 days"}
    assert inside(fig)


def test_detectable_marks_the_counts_at_hand(draw):
    fig, ax = column(2.9)
    frame = press.detectable_by_base([5, 17, 46, 200, 1000], alpha=0.05, power=0.8)
    counts.draw_detectable(frame, ax, marks={"attacks": 17, "detentions": 46}, smallest=SMALLEST)
    assert {"attacks, 17", "0.23", "detentions, 46", "0.48"} <= set(texts_of(ax))
    assert inside(fig)


def test_a_change_of_unit_is_dotted_and_a_derived_figure_hollow(draw):
    rows = [
        ("Adil Soz", "attacks", "journalists", 2019, 2019, 17.0, 10.0, 27.0, False),
        ("Adil Soz", "attacks", "attacks", 2020, 2020, 12.0, 6.0, 21.0, False),
        ("Adil Soz", "attacks", "attacks", 2021, 2021, 8.0, 3.0, 16.0, True),
        ("Adil Soz", "attacks", "attacks", 2023, 2023, 9.0, 4.0, 17.0, False),
        ("JFJ", "physical attacks", "incidents", 2022, 2023, 28.0, 21.0, 36.0, False),
    ]
    columns = ["source", "what", "unit", "first_year", "last_year", "value", "lower", "upper", "derived"]
    fig, ax = column(3.6)
    count_series.draw_series(pd.DataFrame(rows, columns=columns), ax, labels=press_sources.LABELS)
    # 2019 to 2020 is dotted, 2020 to 2021 drawn through; no step leaps over the missing year 2022.
    assert [line.get_linestyle() for line in ax.lines] == [":", "-"]
    faces = [tuple(dots.get_facecolor()[0]) for dots in ax.collections if isinstance(dots, PathCollection)]
    assert sum(face == (1.0, 1.0, 1.0, 1.0) for face in faces) == 1
    assert texts_of(ax) == ["attacks (Adil Soz)", "physical attacks (JFJ)"]
    assert inside(fig)
