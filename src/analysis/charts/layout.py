"""Blank figures of print width; room for the credit line is made when they are saved."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.charts.style import COLUMN, PAGE


def column(height: float = 2.8, **options: Any) -> tuple[Figure, Axes]:
    """Return a figure of one column's width (89 mm) and one axes; height in inches."""
    return _figure(COLUMN, height, 1, **options)


def page(height: float = 3.4, columns: int = 2, **options: Any) -> tuple[Figure, Any]:
    """Return a figure of the page's width (183 mm) and its axes side by side; height in inches."""
    return _figure(PAGE, height, columns, **options)


def _figure(width: float, height: float, columns: int, **options: Any) -> tuple[Figure, Any]:
    return plt.subplots(1, columns, figsize=(width, height), layout="constrained", **options)
