"""Extremum claims, against counts by hand and the published editions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.data.load import load
from analysis.data.readers.hfi import ECONOMIC, PERSONAL
from analysis.errors import InputError
from analysis.methods.extremum import lowest, single_lowest

CATEGORIES = [*PERSONAL, *ECONOMIC]


@pytest.fixture(scope="module")
def world():
    table = load("hfi_2020")
    return table.loc[table["data_year"] == 2018, CATEGORIES]


# --- the lowest of a set


def test_the_lowest_by_hand():
    values = pd.Series({"a": 3.0, "b": 2.0, "c": np.nan, "d": 5.0, "e": 1.0}, name="KAZ")
    result = lowest(values, item="a", among=["a", "b", "c", "d"])
    assert (result.margin, result.runner_up, result.n_below) == (-1, "b", 1)
    assert "a (3) is not the lowest: 1 is lower of 3" in result.sentence()
    every = lowest(values, item="a")
    assert (every.n, every.n_below, every.runner_up) == (None, 2, "e")
    assert every.sentence().endswith("the lowest other is e (1).")
    tied = lowest(pd.Series({"a": 3.0, "b": 3.0}), item="a")
    assert (tied.n_below, tied.margin) == (0, 0)


# --- how rare the claim is


def test_base_rates_of_2018_by_hand(world):
    single, tied = dict.fromkeys(CATEGORIES, 0), dict.fromkeys(CATEGORIES, 0)
    for row in world.to_dict("records"):
        least = min(value for value in row.values() if not np.isnan(value))
        names = [name for name, value in row.items() if value == least]
        for name in names:
            (single if len(names) == 1 else tied)[name] += 1
    rate = single_lowest(world)
    assert rate.to_dict() == single
    assert rate.sum() <= len(world)
    # Counted in the published file with ties: rule of law is the minimum in 56 countries, association in 15.
    assert (single["rule_of_law"] + tied["rule_of_law"], single["association"] + tied["association"]) == (56, 15)


def test_ties_count_for_none_and_no_row_counts_twice():
    rate = single_lowest(pd.DataFrame({"x": [1.0, 5.0, np.nan], "y": [5.0, 5.0, 2.0]}))
    assert rate.to_dict() == {"x": 1, "y": 1}
    with pytest.raises(InputError, match="more than one row a unit"):
        single_lowest(pd.DataFrame({"x": [1.0, 2.0]}, index=["A", "A"]))
