"""Axes in the house style, closed after each test."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from analysis.charts import figure_style, page


@pytest.fixture
def ax():
    with figure_style():
        _, ax = page(3, columns=1)
        yield ax
    plt.close("all")


@pytest.fixture
def axes():
    with figure_style():
        _, axes = page(3)
        yield axes
    plt.close("all")
