"""Relative changes of two groups of indicators, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.measured_changes import relative_change

INDEX = pd.MultiIndex.from_product([["a", "b", "c"], [2018, 2019, 2020]], names=["unit", "time"])
SCORES = pd.DataFrame(np.random.default_rng(1).normal(size=(9, 3)), index=INDEX, columns=["x", "y", "z"])
ASKED = {"time": 2020, "first": ["x"], "second": ["y", "z"]}


def test_changes_are_in_standard_deviations_of_all_changes_since_a_year():
    found = relative_change(SCORES, unit="b", since=2019, **ASKED)
    moved = SCORES.xs(2020, level="time") - SCORES.xs(2019, level="time")
    pd.testing.assert_frame_equal(found.changes, moved / moved.std())
    wider = relative_change(SCORES, unit="b", since=2018, **ASKED).changes
    every = pd.concat([moved, SCORES.xs(2019, level="time") - SCORES.xs(2018, level="time")])
    pd.testing.assert_frame_equal(wider, moved / every.std())


def test_a_unit_has_its_place_among_those_with_all_values():
    scores = SCORES.copy()
    scores.loc[("c", 2020), "x"] = np.nan
    found = relative_change(scores, unit="b", since=2018, **ASKED)
    own = {unit: row["x"] - (row["y"] + row["z"]) / 2 for unit, row in found.changes.iterrows() if unit != "c"}
    assert found.relative.to_dict() == pytest.approx(own)
    assert found.estimate == pytest.approx(own["b"])
    assert found.share_as_low == (1.0 if own["b"] >= own["a"] else 0.5)
    assert np.isnan(relative_change(scores, unit="c", since=2018, **ASKED).share_as_low)


def test_a_time_without_scores_is_refused():
    with pytest.raises(InputError, match="no score at 2025"):
        relative_change(SCORES, unit="b", since=2018, **ASKED | {"time": 2025})
