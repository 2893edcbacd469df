"""A comparison from one table: the same as its parts, and windows as they are asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.synthetic import Study, compare_study, minimum_detectable_effect, placebo_se, synthetic_control
from analysis.methods.variants import each

UNITS = [*"abcdefgh"]
PANEL = (
    pd.DataFrame(np.random.default_rng(0).normal(size=(20, 8)).cumsum(axis=0), columns=UNITS, index=range(2000, 2020))
    .rename_axis("year")
    .melt(ignore_index=False, var_name="who", value_name="score")
    .reset_index()
)
WHERE = {"outcome": "score", "unit": "who", "time": "year", "treated": "a", "first_treated": 2015}


def study(**windows):
    return Study.from_panel(PANEL, **WHERE, **windows)


@pytest.mark.parametrize("estimator", ["sc", "sdid", "did"])
def test_a_comparison_is_made_of_its_parts(estimator):
    found = synthetic_control(PANEL, estimator=estimator, **WHERE)
    placebos = compare_study(study(), estimator).placebos
    error = placebo_se(placebos)
    assert (found.estimate, found.lower, found.upper) == (error.estimate, *error.interval())
    assert found.estimate == pytest.approx(found.fitted.estimate)
    assert found.minimum_detectable_effect == minimum_detectable_effect(placebos).effect
    assert (found.p_value, found.n) == (placebos.p_value("absolute"), 8)


@pytest.mark.parametrize(
    ("options", "windows", "first_treated"),
    [
        ({"first": 2003, "last": 2017}, {"pre": (2003, 2014), "post": (2015, 2017)}, 2015),
        ({"post_from": 2017}, {"post": (2017, 2019)}, 2015),
        ({"placebo_time": 2010, "last": 2016}, {"pre": (2000, 2009), "post": (2010, 2011)}, 2010),
        ({"placebo_time": 2010, "post_from": 2016, "last": 2016}, {"pre": (2000, 2009), "post": (2011, 2011)}, 2010),
    ],
)
def test_windows_are_as_asked_for(options, windows, first_treated):
    found = synthetic_control(PANEL, **WHERE, **options)
    same = Study.from_panel(PANEL, **(WHERE | {"first_treated": first_treated}), **windows)
    assert (found.study.times, found.study.n_pre) == (same.times, same.n_pre)
    np.testing.assert_array_equal(found.study.values, same.values)


def test_the_window_begins_with_the_treated_units_values_and_absent_donors_are_listed():
    late = PANEL[(PANEL["who"] != "a") | (PANEL["year"] >= 2005)]
    found = synthetic_control(late, donors=["b", "c", "z"], **WHERE)
    assert found.study.times[0] == 2005
    assert found.study.donors == ("b", "c")
    assert found.study.dropped == (("z", "not in the panel"),)


def test_what_cannot_be_compared_is_left_out_with_the_reason():
    calls = {"all": {}, "none": {"treated": "z"}, "one": {"donors": ["b"]}, "short": {"first": 2011}}
    found, left_out = each(synthetic_control, {k: WHERE | v for k, v in calls.items()}, panel=PANEL)
    assert list(found) == ["all"]
    assert left_out["none"].startswith("score: z has no value")
    assert "a placebo needs a second donor" in left_out["one"]
    assert "4 times before the treatment" in left_out["short"]
    with pytest.raises(InputError):
        synthetic_control(PANEL, **(WHERE | {"treated": "z"}))
