"""Print figures: one style, one module a form of chart, one save.

Every form takes plain tables or results and draws on the axes ``ax``, which it returns.
"""

from analysis.charts.labels import between, clear, ordinal, rule, tag, tally
from analysis.charts.layout import drawn, log_axis
from analysis.charts.style import Look, figure_style

__all__ = ["Look", "between", "clear", "drawn", "figure_style", "log_axis", "ordinal", "rule", "tag", "tally"]
