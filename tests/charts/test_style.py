"""The style: nothing leaks out of its context, and colours can be told apart without colour."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from analysis.charts import drawn
from analysis.charts.labels import ordinal
from analysis.charts.style import COLUMN, LOOKS, MUTED, PAGE
from tests.shared import CONTRAST, contrast


def test_muted_text_has_enough_contrast():
    assert contrast(MUTED, "white") >= CONTRAST


def test_series_differ_in_marker_and_line_not_only_in_colour_and_ranks_are_ordinals():
    for part in ("colour", "marker", "line"):
        assert len({getattr(look, part) for look in LOOKS}) == len(LOOKS)
    ordinals = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "75th", "101st", "111th", "112th", "162nd"]
    assert [ordinal(int(rank[:-2])) for rank in ordinals] == ordinals


# --- the block that draws a figure


def test_a_block_draws_in_the_style_and_hands_its_figure_over_unless_it_fails():
    done, before = [], dict(mpl.rcParams)
    with drawn(done.append, width="page", height=2.0, ncols=2, width_ratios=(2, 1)) as axes:
        assert mpl.rcParams["font.size"] == 7
        axes[0].plot([1, 2])
        assert done == []
    assert done == [axes[0].figure]
    assert done[0].get_size_inches().tolist() == pytest.approx([PAGE, 2.0])
    with drawn(done.append, nrows=2, ncols=3) as axes:
        assert axes.shape == (2, 3)
    assert [round(width * 25.4) for width in (COLUMN, PAGE)] == [89, 183]
    with drawn(lambda fig: None) as ax:  # of one panel, the axes itself
        assert ax.figure.get_figwidth() == pytest.approx(COLUMN)
    plt.close("all")
    with pytest.raises(RuntimeError, match="no data"), drawn(done.append):
        raise RuntimeError("no data")
    assert len(done) == 2
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before
