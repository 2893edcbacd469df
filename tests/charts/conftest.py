"""Axes in the house style, closed after each test."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from analysis.charts import figure_style
from analysis.charts.style import PAGE


@pytest.fixture
def axes():
    with figure_style():
        yield plt.subplots(1, 2, figsize=(PAGE, 3), layout="constrained")[1]
    plt.close("all")


@pytest.fixture
def ax(axes):
    return axes[0]
