"""Figures of the index: what is drawn is what was computed. Artists and data are looked at, not pixels."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

from analysis.charts import index
from analysis.charts.style import FOCUS, MUTED, PRINTED
from analysis.methods.index_scores import Vintages, WeightCurve
from analysis.methods.ranks import RankSets
from analysis.methods.ranks_by_sd import RankSetsBySd


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def points(ax, number):
    """Return the places of one scatter, in drawing order, without the empty ones."""
    scatters = [artist for artist in ax.collections if isinstance(artist, PathCollection)]
    return [
        tuple(map(float, place))
        for place in np.ma.filled(scatters[number].get_offsets(), np.nan)
        if not np.isnan(place).any()
    ]


def bars(ax, number=0):
    lines = [artist for artist in ax.collections if isinstance(artist, LineCollection)]
    return [segment.tolist() for segment in lines[number].get_segments()]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


# --- one year in several editions

EDITIONS = pd.DataFrame(
    {"score": [6.99, 6.68], "rank": [75, 108], "n": [162, 165], "percentile": [54.0, 35.0], "common_rank": [75, 107]},
    index=pd.Index([2020, 2021], name="edition"),
)
SETS = pd.DataFrame({"lower": [60, 95], "upper": [90, 120]}, index=EDITIONS.index)
FORMULAS = pd.DataFrame({"published": [75, 108], "halves": [75, 100], "categories": [80, 108]}, index=EDITIONS.index)


def vintages(ax, printed=75):
    result = Vintages("KAZ", 2018, EDITIONS)
    return index.draw_vintages(result, ax, printed=printed, sets=SETS, formulas=FORMULAS)


def test_vintages_show_rank_set_and_score_of_every_edition(ax):
    assert vintages(ax) is ax
    assert points(ax, 0) == [(0, 75), (1, 108)]
    assert bars(ax) == [[[0, 60], [0, 90]], [[1, 95], [1, 120]]]
    assert texts(ax)[:2] == ["75th\n6.99", "108th\n6.68"]
    assert labels(ax.xaxis) == ["2020\nn = 162", "2021\nn = 165"]


def test_vintages_show_the_other_formula_only_where_it_differs(ax):
    vintages(ax)
    assert points(ax, 1) == [(1, 100)]
    assert points(ax, 2) == [(0, 80)]


def test_the_first_rank_is_at_the_top_and_every_rank_is_inside(ax):
    vintages(ax)
    bottom, top = ax.get_ylim()
    assert top == 1
    assert bottom > 165
    assert "2018" in ax.get_ylabel()
    assert "1 = freest" in ax.get_ylabel()


def test_the_printed_rank_is_a_named_line(ax):
    vintages(ax)
    assert texts(ax)[-1] == "printed: 75th"
    assert list(ax.lines[0].get_ydata()) == [75, 75]
    assert to_hex(ax.lines[0].get_color()) == PRINTED.lower()


def test_without_a_printed_rank_there_is_no_line(ax):
    vintages(ax, printed=None)
    assert list(ax.lines) == []
    assert not any("printed" in text for text in texts(ax))


# --- categories

SCORES = pd.Series({"association": 3.7, "rule_of_law": 5.1, "security": 9.9, "movement": np.nan})
SUBSCORES = {"association": pd.Series([2.5, 4.5, np.nan]), "security": pd.Series(dtype=float)}


def test_categories_are_sorted_named_and_labelled(ax):
    index.draw_categories(SCORES, ax, item="association", subscores=SUBSCORES, sd=0.5)
    assert labels(ax.yaxis) == ["Security and safety", "Rule of law", "Association, assembly, civil society"]
    assert texts(ax) == ["9.9", "5.1", "3.7"]
    scatters = len([artist for artist in ax.collections if isinstance(artist, PathCollection)])
    assert points(ax, scatters - 1) == [(9.9, 0), (5.1, 1), (3.7, 2)]


def test_intervals_are_196_sd_and_stay_on_the_scale(ax):
    index.draw_categories(SCORES, ax, item="association", subscores={}, sd=0.5)
    ends = [(segment[0][0], segment[1][0]) for segment in bars(ax)]
    assert np.array(ends) == pytest.approx(np.array([(8.92, 10), (4.12, 6.08), (2.72, 4.68)]))
    low, high = ax.get_xlim()
    assert low <= 0
    assert high >= 10


def test_subscores_stand_beside_their_category(ax):
    index.draw_categories(SCORES, ax, item="association", subscores=SUBSCORES, sd=0.5)
    assert points(ax, 0) == []
    assert [x for x, _ in points(ax, 2)] == [2.5, 4.5]
    assert all(1.5 < y < 2.5 for _, y in points(ax, 2))


def test_the_claimed_category_is_marked(ax):
    index.draw_categories(SCORES, ax, item="association", subscores={}, sd=0.5)
    assert list(ax.lines[0].get_xdata()) == [3.7, 3.7]
    last = [artist for artist in ax.collections if isinstance(artist, PathCollection)][-1]
    assert [to_hex(colour).upper() for colour in last.get_facecolor()] == [FOCUS, FOCUS, PRINTED]


# --- rank sets


def rank_sets():
    return RankSets(
        unit=("KGZ", "KAZ", "TKM"), estimate=np.array([7.1, 7.0, 5.0]), standard_error=np.full(3, 0.1),
        rank=np.array([60, 75, 150]), lower=np.array([50, 62, 148]), upper=np.array([70, 90, 152]), population=162,
        coverage=0.95, scope="marginal", stepdown=True, draws=100,
    )  # fmt: skip


def test_rank_sets_are_bars_with_names_and_ranks_best_at_the_top(ax):
    index.draw_rank_sets(rank_sets(), pd.Series({"KAZ": "Kazakhstan", "KGZ": "Kyrgyzstan"}), ax, focus="KAZ")
    assert labels(ax.yaxis) == ["TKM", "Kazakhstan", "Kyrgyzstan"]
    assert [bars(ax, number)[0] for number in range(3)] == [
        [[148, 0], [152, 0]], [[62, 1], [90, 1]], [[50, 2], [70, 2]],
    ]  # fmt: skip
    assert [points(ax, number)[0] for number in range(3)] == [(150, 0), (75, 1), (60, 2)]
    assert ax.get_xlabel() == "Rank of 162 (1 = freest), 95% confidence set"


def test_the_country_in_focus_stands_out_by_colour_and_width(ax):
    index.draw_rank_sets(rank_sets(), pd.Series(dtype=str), ax, focus="KAZ")
    lines = [artist for artist in ax.collections if isinstance(artist, LineCollection)]
    assert [to_hex(line.get_color()[0]) for line in lines] == [MUTED, FOCUS.lower(), MUTED]
    assert lines[1].get_linewidth()[0] > lines[0].get_linewidth()[0]


def test_rank_set_by_sd_is_a_band_around_the_rank(ax):
    result = RankSetsBySd(
        unit="KAZ", rank=75, population=162, sd=np.array([0.1, 0.2]), lower=np.array([70, 60]),
        upper=np.array([80, 95]), target_rank=82, smallest_sd=0.12, coverage=0.95,
    )  # fmt: skip
    index.draw_rank_set_by_sd(result, ax)
    corners = ax.collections[0].get_paths()[0].vertices
    assert {tuple(corner) for corner in corners.tolist()} >= {(0.1, 70), (0.2, 60), (0.1, 80), (0.2, 95)}
    assert texts(ax) == ["rank 75", "median country, 82"]
    assert [line.get_ydata()[0] for line in ax.lines] == [75, 82]
    assert ax.get_ylim() == (162, 1)
    assert ax.get_xlim()[1] == 0.2


# --- weights


def weights(published=75):
    variants = pd.Series({"geometric mean": 76, "without movement": 95, "without legal_system": 60})
    return WeightCurve("KAZ", np.array([0, 0.5, 1]), np.array([73, 76, 90]), published, variants)


def test_weights_are_a_curve_with_the_published_rank_on_it(ax):
    index.draw_weights(weights(), ax)
    curve = ax.lines[0]
    assert curve.get_xdata().tolist() == [0, 0.5, 1]
    assert curve.get_ydata().tolist() == [73, 76, 90]
    assert points(ax, 0) == [(0.5, 75)]
    assert "published: 75th" in texts(ax)


def test_other_constructions_stand_at_the_side_and_the_extremes_are_named(ax):
    index.draw_weights(weights(), ax)
    side = points(ax, 1)
    assert sorted(rank for _, rank in side) == [60, 76, 95]
    assert {x for x, _ in side} == {index._SIDE}
    assert texts(ax)[-2:] == ["no legal system", "no movement"]


def test_lower_ranks_are_higher_up(ax):
    index.draw_weights(weights(), ax)
    bottom, top = ax.get_ylim()
    assert bottom > 95
    assert top < 60
    assert "Rank of KAZ" in ax.get_ylabel()
