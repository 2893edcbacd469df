"""Print figures: one style, draw functions on given axes, one save."""

from analysis.charts.layout import column, page
from analysis.charts.style import figure_style

__all__ = ["column", "figure_style", "page"]
