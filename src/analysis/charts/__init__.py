"""Print figures: one style, one module a form of chart, one save.

Every form takes plain tables or results and draws on the axes ``ax``, which it returns.
"""

from analysis.charts.labels import rule, tag
from analysis.charts.layout import column, drawn, log_axis, page
from analysis.charts.style import Look, figure_style

__all__ = ["Look", "column", "drawn", "figure_style", "log_axis", "page", "rule", "tag"]
