"""Figures of notebook 03 draw what the results say."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from analysis.article.assessments import Assessment
from analysis.article.reform_checks import NO_EFFECT, Robustness, Variant
from analysis.charts import figure_style, page, synthetic
from analysis.methods.synthetic import SpacePlacebos, Study, estimator_named, space_placebos


@pytest.fixture
def placebos() -> SpacePlacebos:
    values = np.random.default_rng(0).normal(size=(9, 6))
    return space_placebos(Study.from_matrix(values, n_pre=8), estimator_named("sdid"))


def _assessment(producer: str, placebos: SpacePlacebos | None = None) -> Assessment:
    shown = {"sdid": placebos} if placebos else {}
    return Assessment(f"m {producer}", producer, "t", "points", 0.5, 0.2, -0.3, 0.7, 1.0, shown, {"sc": 0.4})


def test_every_placebo_is_a_path(placebos: SpacePlacebos) -> None:
    with figure_style():
        _, ax = page(2, columns=1)
        synthetic.draw_placebos(placebos, ax, margin=0.1, unit="points")
    paths = [line for line in ax.lines if len(line.get_xdata()) == 9]
    assert len(paths) == len(placebos.units)
    np.testing.assert_allclose(paths[-1].get_ydata(), placebos.gaps[0])
    plt.close("all")


def test_forest_is_in_multiples_of_the_smallest_effect(placebos: SpacePlacebos) -> None:
    items = [_assessment("A", placebos), _assessment("B")]
    with figure_style():
        _, ax = page(2, columns=1)
        synthetic.draw_forest(items, ax)
    intervals = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 1.2]
    np.testing.assert_allclose(intervals, [[-0.6, 1.4]] * 2)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["m A", "m B"]
    assert "2.0" in [text.get_text() for text in ax.texts]
    plt.close("all")


def test_variants_of_all_measures_share_their_rows() -> None:
    own = Variant("as registered", "", 0.01, -0.1, 0.1, 0.5, 9)
    other = Variant("placebo year 2012", "placebo years", 0.0, -0.1, 0.1, 0.5, 9)
    results = [Robustness("a, X", 0.05, (own,), {}), Robustness("b, X", 0.05, (own, other), {})]
    with figure_style():
        _, axes = page(2)
        synthetic.draw_variants(results, axes, unit="points", without_effect=NO_EFFECT)
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ["as registered", "placebo year 2012"]
    assert axes[0].get_xlim() == axes[1].get_xlim()
    assert axes[1].get_title(loc="left").startswith("b  B")
    plt.close("all")
