"""Curves: values and bands along a scale, reference lines with their names, and specification curves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.charts.curve import SIDE, choice_rows, choices, curves, specifications, weights
from analysis.methods.multiverse import SpecificationCurve
from analysis.methods.result import Estimate
from tests.charts.looking import bars, faces, labels, points, texts

LINE = pd.DataFrame({"ratio": [1.0, 2.0, 3.0], "lower": [0.5, 1.0, 2.0], "upper": [2.0, 3.0, 5.0]}, index=[1, 10, 20])


def test_a_value_is_a_line_in_the_band_of_its_interval(ax):
    curves({"": LINE}, ax, value="ratio")
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [(1, 1), (10, 2), (20, 3)])
    corners = {tuple(corner) for corner in ax.collections[0].get_paths()[0].vertices.tolist()}
    assert {(1, 0.5), (1, 2), (20, 2), (20, 5)} <= corners


def test_lines_differ_in_style_and_carry_their_names(ax):
    curves({"high": LINE, "low": LINE / 2}, ax, value="ratio", named="end", every=2)
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert {text.get_text(): text.get_va() for text in ax.texts} == {"high": "bottom", "low": "top"}
    assert points(ax)[:2] == [(1, 1), (20, 3)]
    curves({"a": LINE[["ratio"]], "b": LINE[["ratio"]] * 2}, ax, value="ratio", named="legend")
    assert [text.get_text() for text in ax.get_legend().get_texts()][-2:] == ["a", "b"]


def test_weights_are_a_curve_with_the_other_constructions_at_the_side(ax):
    variants = pd.Series({"geometric mean": 76, "without movement": 95, "without legal_system": 60})
    ranks = pd.DataFrame({"rank": [73, 76, 90]}, index=[0, 0.5, 1])
    weights(Estimate("", "AAA", more={"published_rank": 75, "variants": variants}, rows=ranks), ax)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [(0, 73), (0.5, 76), (1, 90)])
    assert points(ax) == [(0.5, 75), (SIDE, 76), (SIDE, 95), (SIDE, 60)]
    assert texts(ax) == ["published: 75th", "no legal system", "no movement"]
    bottom, top = ax.get_ylim()
    assert bottom > 95 > 60 > top
    assert "Rank of AAA" in ax.get_ylabel()


def curve() -> SpecificationCurve:
    options = tuple({"outcome": name, "months": 3} for name in ("b", "a", "c"))
    estimates = np.log([[2.0, 1.0, 1.1], [0.5, 1.0, 0.9], [3.0, 1.2, 0.8]])
    return SpecificationCurve(options, estimates, np.array([[2.5, 0, 0], [-0.5, 0, 0], [1.0, 0, 0]]))


def test_specifications_are_in_order_of_size_and_filled_if_significant(axes):
    ax = axes[0]
    specifications(curve(), ax, ratio=True, registered={"outcome": "c"})
    np.testing.assert_allclose([y for _, y in points(ax)], [0.5, 2.0, 3.0])
    assert [face == "#ffffff" for face in faces(ax)] == [True, False, True]
    assert "registered" in texts(ax)
    assert any("2 curves of permuted labels" in text for text in texts(ax))
    # Choices with one option are left out.
    assert choice_rows(curve()) == {"outcome": ["b", "a", "c"]}
    choices(curve(), axes[1])
    assert labels(axes[1].yaxis) == ["outcome: b", "a", "c"]
    assert sorted(bar[0][0] for bar in bars(axes[1])) == [1, 2, 3]


def test_ratios_beyond_the_axis_stand_at_its_edge(ax):
    few = curve()
    far = SpecificationCurve(few.specifications, few.estimates + np.array([[0.0], [-9.0], [9.0]]), few.z)
    specifications(far, ax, ratio=True)
    np.testing.assert_allclose([y for _, y in points(ax)], [0.1, 2.0, 10.0])
