"""Words in figures: how many, which ranks, and which intervals leave a value out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.charts import between, clear, tally


@pytest.mark.parametrize(
    ("some", "total", "said"),
    [
        (0, 0, "No test could see it"),
        (1, 1, "The one test could see it"),
        (0, 2, "Neither test could see it"),
        (1, 2, "One of 2 tests could see it"),
        (0, 13, "None of 13 tests could see it"),
        (12, 1300, "12 of 1,300 tests could see it"),
    ],
)
def test_a_title_counts_in_plain_words(some, total, said):
    assert tally(some, total, "test", "could see it") == said


def test_a_range_of_one_rank_is_said_once():
    assert (between(71.0, 90.0), between(75, 75)) == ("71st to 90th", "75th")


def test_an_interval_is_clear_if_it_leaves_the_value_out_and_an_unknown_one_is_not():
    ends = pd.DataFrame({"lower": [0.1, -1.0, -2.0, np.nan, 0.0], "upper": [1.0, 1.0, -1.0, np.nan, 1.0]})
    assert (clear(ends), clear(ends, 1)) == (2, 1)
