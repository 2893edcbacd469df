"""Axes in the house style, closed after each test."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from analysis.charts import figure_style, page


@pytest.fixture
def axes():
    with figure_style():
        yield page(3)[1]
    plt.close("all")


@pytest.fixture
def ax(axes):
    return axes[0]
