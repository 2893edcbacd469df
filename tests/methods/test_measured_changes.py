"""Measured changes: as published, their usual size, borrowed errors, and groups of indicators."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.measured_changes import borrowed_sd, published_change, relative_change, usual_change


def test_borrowed_error_is_the_median_at_the_level():
    levels = np.append(np.linspace(0, 1, 1001), np.nan)
    errors = levels / 10
    # Beyond the last level the nearest observations lend.
    assert borrowed_sd(levels, errors, [0.4, 2.0, np.nan]) == pytest.approx([0.04, 0.09, np.nan], abs=1e-3, nan_ok=True)
    assert borrowed_sd([1, 3], [1.0, 3.0], [2], lenders=1).tolist() == [2.0]
    # 200 lend by default, whose errors are not all known; all that are as near as the last one do too.
    errors = np.arange(401.0)
    assert borrowed_sd(errors, np.where(errors < 2, np.nan, errors), [0, 200, 0]).tolist() == [100.5, 200, 100.5]


def test_the_usual_change_is_that_of_all_yearly_changes_within_the_years():
    panel = pd.DataFrame({"u": list("aaabb"), "t": [1, 2, 4, 1, 2], "y": [0.0, 3.0, 9.0, 1.0, 2.0]})
    asked = {"outcome": "y", "unit": "u", "time": "t"}
    assert usual_change(panel, **asked, first=1, last=2) == pytest.approx(np.std([3, 1], ddof=1))
    # From 2 to 4 are two years: that is no yearly change.
    assert usual_change(panel, **asked, first=1, last=4) == pytest.approx(np.std([3, 1], ddof=1))


@pytest.mark.parametrize("changed", [{"first": 3}, {"treated": "z"}, {"first": 2, "last": 1}, {"first": 2, "last": 2}])
def test_a_change_that_is_not_published_is_refused(changed):
    panel = pd.DataFrame({"u": "a", "t": [1, 2], "y": [0.0, 3.0]})
    asked = {"outcome": "y", "unit": "u", "time": "t", "treated": "a", "first": 1, "last": 2}
    assert published_change(panel, **asked).estimate == 3
    turned = published_change(panel.assign(y=[-153.0, -158.0]), **asked)
    assert (turned.sentence(), turned.estimate) == ("y of a goes from 153 in 1 to 158 in 2: 5 steps worse.", -5)
    still = published_change(panel.assign(y=[-3.0, -3.0]), **asked)
    assert still.sentence() == "y of a stays at 3 from 1 to 2."
    assert published_change(panel.assign(y=[-1.0, 0.5]), **asked).sentence().endswith("to 0.5 in 2: +1.5.")
    ranked = published_change(panel.assign(rank=[-2.0, -1.0]), **asked | {"outcome": "rank"})
    assert ranked.sentence() == "rank of a goes from 2 in 1 to 1 in 2: 1 place better."
    with pytest.raises(InputError, match=r"y: . has no value in both \d and \d; choose other years"):
        published_change(panel, **asked | changed)


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
    for unit, time, line in (("c", 2020, "c has no change of the indicators at 2020"), ("b", 2025, "no time 2025")):
        with pytest.raises(InputError, match=line):
            relative_change(scores, unit=unit, since=2018, **ASKED | {"time": time})
