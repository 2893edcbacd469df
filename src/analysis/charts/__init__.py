"""Print figures: one style, one module a form of chart, one save.

Every form takes plain tables or results and draws on the axes ``ax``, which it returns.
"""

from analysis.charts.labels import rule, tag
from analysis.charts.layout import drawn, log_axis
from analysis.charts.style import Look, figure_style

__all__ = ["Look", "drawn", "figure_style", "log_axis", "rule", "tag"]
