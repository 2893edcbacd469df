"""Forests: estimates and intervals stand where the numbers say, and what is told apart is so without colour."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analysis.charts import Look, clear
from analysis.charts.forest import comparison_texts, comparisons_table, dodged, forest, grouped
from analysis.charts.style import FOCUS, INK
from analysis.methods.counts import compare_counts, pooled_dispersion
from tests.charts.looking import bars, faces, labels, points, texts

FRAME = pd.DataFrame({"estimate": [0.2, -0.1], "lower": [0.1, -0.3], "upper": [0.4, 0.2]}, index=["one", "two"])


def test_rows_run_from_top_to_bottom_with_their_intervals(ax):
    assert forest(FRAME, ax, texts=["a", "b"], beside="right") is ax
    assert points(ax) == [(0.2, 1), (-0.1, 0)]
    assert bars(ax) == [((0.1, 1), (0.4, 1)), ((-0.3, 0), (0.2, 0))]
    assert dict(zip(ax.get_yticks(), labels(ax.yaxis), strict=True)) == {1: "one", 0: "two"}
    assert texts(ax) == ["a", "b"]
    assert [text.xy for text in ax.texts] == [(0.4, 1), (0.2, 0)]


def test_reference_bars_second_marks_and_ticks(ax):
    frame = FRAME.assign(low=-1.0, high=[0.5, 1.0], before=0.0, far=[0.7, np.nan])
    forest(frame, ax, under=("low", "high"), first="before", tick="far", null=0, smallest=0.3, band=(-0.05, 0.05))
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches if bar.get_height() < 1] == [(-1, 1.5), (-1, 2)]
    assert {(0.0, 1.0), (0.0, 0.0), (0.7, 1.0)} <= set(points(ax))
    assert [(line.get_xdata()[0], line.get_linestyle()) for line in ax.lines] == [(0, "-"), (0.3, ":")]


def test_a_missing_estimate_keeps_its_row_and_no_estimate_draws_nothing(ax):
    forest(FRAME.assign(estimate=[np.nan, 1.0]), ax, ends=None, places=[-1, -2.7], texts=["a", "b"], beside="right")
    assert (points(ax), bars(ax)) == ([(1.0, -2.7)], [])
    assert ax.texts[1].xy == (1.0, -2.7)
    assert len(ax.get_yticks()) == 2
    forest(FRAME[:0], ax, ratio=True, null=1)
    assert len(points(ax)) == 1


def test_a_ratio_of_0_stands_at_the_edge_of_the_log_axis(ax):
    frame = pd.DataFrame({"estimate": [0.0, 2.0], "lower": [0.0, 1.0], "upper": [3.0, 40.0]}, index=["a", "b"])
    forest(frame, ax, ratio=True, floor=0.15, reach=(1, 1.1), texts=["0 of 9", "4 of 9"])
    assert ax.get_xscale() == "log"
    assert ax.get_xlim() == pytest.approx((0.15, 44))
    assert points(ax) == [(0.15, 1), (2.0, 0)]
    assert [text.xy[0] for text in ax.texts] == [pytest.approx(44)] * 2
    assert labels(ax.xaxis) == ["0.2", "0.5", "1", "2", "5", "10", "20"]


def test_series_are_dodged_in_the_same_rows_and_named(ax):
    frame = pd.concat([FRAME.assign(kind=kind, row=FRAME.index) for kind in ("x", "y")])[:3]
    looks = {"x": Look(name="first"), "y": Look(INK, "s", hollow=True)}
    handles = dodged(frame, ax, rows="row", series="kind", looks=looks, step=0.4, band=(0, 0.1))
    assert [(x, round(y, 9)) for x, y in points(ax)] == [(0.2, 1.2), (-0.1, 0.2), (0.2, 0.8)]
    assert [handle.get_label() for handle in handles] == ["first", "y"]
    assert [handle.get_markerfacecolor() for handle in handles] == [FOCUS, "white"]


def test_groups_have_headings_texts_a_second_interval_and_arrows_beyond_the_axis(ax):
    frame = pd.DataFrame({"group": ["2019", "2019", "Otherwise"], "label": ["Attacks", "Detentions", "57 days"]})
    frame = frame.assign(ratio=[0.71, 0.54, 0.64], lower=[0.31, 0.32, 0.38], upper=[10, 0.9, 1.07], counts="46 → 25")
    frame = frame.assign(band_lower=[np.nan, 0.3, np.nan], band_upper=[np.nan, 1, np.nan], hollow=[False, True, False])
    grouped(frame, ax, columns={"counts": 10}, band=(0.8, 1.25), limits=(0.2, 4))
    assert sorted(texts(ax)) == ["2019", *["46 → 25"] * 3, "Otherwise", "counts"]
    assert labels(ax.yaxis) == list(frame["label"])
    assert points(ax) == [(0.71, -1), (0.54, -2), (0.64, -4), (4, -1)]
    assert faces(ax)[:3] == [FOCUS.lower(), "#ffffff", FOCUS.lower()]
    assert ((0.3, -2), (1.0, -2)) in bars(ax)
    assert ax.get_xlim() == (0.2, 4)


def test_an_interval_is_clear_if_it_leaves_the_value_out_and_an_unknown_one_is_not():
    ends = pd.DataFrame({"lower": [0.1, -1.0, -2.0, np.nan, 0.0], "upper": [1.0, 1.0, -1.0, np.nan, 1.0]})
    assert (clear(ends), clear(ends, 1)) == (2, 1)


def test_a_forest_has_every_comparison_as_it_was_found():
    clumps = pooled_dispersion(pd.DataFrame({"attacks": [17, 12, 8, 32], "incidents": [9, 10, 8, None]}))
    found = [compare_counts(400, 25, exposures=(2.0, 1.0)), compare_counts(46, 25, dispersion=clumps)]
    rows = comparisons_table(found)
    names = [
        "first",
        "second",
        "ratio",
        "lower",
        "upper",
        "band_lower",
        "band_upper",
        "dispersion",
        "p_two_sided",
        "p_central",
    ]
    assert rows.columns.tolist() == names
    for (_, row), one in zip(rows.iterrows(), found, strict=True):
        values = [getattr(one, {"ratio": "estimate"}.get(name, name)) for name in names]
        np.testing.assert_array_equal(row.to_numpy(float), values)
    texts = comparison_texts(rows.assign(dispersion=[math.nan, 1.04], p_central=[0.001, 0.0009]))
    assert texts["counts"].tolist() == ["400 → 25", "46 → 25"]
    assert texts["ratio (95% interval)"][0] == "{:.2f} ({:.2f} to {:.2f})".format(*rows.loc[0, names[2:5]])
    assert (texts["p"].tolist(), texts["exact p"].tolist()) == (["<0.001", "0.221"], ["0.001", "<0.001"])
    assert texts["var/mean"].tolist() == ["–", "1.0"]
