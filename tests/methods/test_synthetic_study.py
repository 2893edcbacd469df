"""The study object: what it refuses, what it drops and says, and its matrices."""

import numpy as np
import pandas as pd
import pytest

from analysis.methods.synthetic.study import Study

YEARS = range(2000, 2012)


def panel(units: str = "abcd") -> pd.DataFrame:
    rows = [(u, t, 100.0 * i + t, 0.1 + i) for i, u in enumerate(units) for t in YEARS]
    return pd.DataFrame(rows, columns=["unit", "time", "outcome", "error"])


def study(frame: pd.DataFrame | None = None, **keywords) -> Study:
    given = {"treated": "a", "first_treated": 2009} | keywords
    return Study.from_panel(panel() if frame is None else frame, **given)


def test_donors_with_gaps_are_dropped_with_the_reason():
    frame = panel("abcde")
    late = (frame["unit"] == "d") & (frame["time"] < 2004)
    frame.loc[late, "outcome"] = np.nan
    frame = frame[~((frame["unit"] == "e") & (frame["time"] == 2011))]
    found = study(frame)
    assert found.donors == ("b", "c")
    assert found.dropped == (("d", "no value in 2000, 2001, 2002 and 1 more"), ("e", "no value in 2011"))
    rows = [("a", "treated", ""), ("b", "donor", ""), ("c", "donor", "")]
    rows += [(unit, "dropped", reason) for unit, reason in found.dropped]
    pd.testing.assert_frame_equal(found.table(), pd.DataFrame(rows, columns=["unit", "role", "reason"]))
    assert study(frame, first=2001, last=2010).dropped == (("d", "no value in 2001, 2002, 2003"),)
    assert study(frame, first=2004, last=2010).dropped == ()


@pytest.mark.parametrize(
    ("asked", "pre", "post"),
    [
        ({"first": 2003, "last": 2010}, range(2003, 2009), range(2009, 2011)),
        ({"post_from": 2011}, range(2000, 2009), range(2011, 2012)),
        ({"placebo_time": 2007}, range(2000, 2007), range(2007, 2009)),
        ({"placebo_time": 2007, "post_from": 2010, "last": 2010}, range(2000, 2007), range(2008, 2009)),
    ],
)
def test_windows_are_as_asked_for(asked, pre, post):
    found = study(**asked)
    assert (found.times[: found.n_pre], found.times[found.n_pre :]) == (tuple(pre), tuple(post))
    assert found.first_treated == asked.get("placebo_time", 2009)
    assert found.values[:, 0].tolist() == [*pre, *post]


def test_the_window_begins_with_the_treated_units_values_and_absent_donors_are_listed():
    frame = panel().assign(unit=lambda d: d["unit"].map({"a": 10, "b": 9, "c": 8, "d": 7}))
    late = frame[(frame["unit"] != 10) | (frame["time"] >= 2003)]
    found = study(late, treated=10, donors=[9, 8, 5])
    assert (found.units, found.times[0]) == ((10, 8, 9), 2003)
    assert found.dropped == ((5, "not in the panel"),)
    stray = pd.concat([late, late[late["unit"] == 10].assign(time=range(9))])
    assert study(stray, treated=10, first=2003).times == found.times


def test_a_matrix_alone_gets_names_and_times_and_nobody_changes_it():
    values = np.arange(24.0).reshape(8, 3)
    found = Study.from_matrix(values, n_pre=6)
    assert (found.units, found.times) == (("unit 000", "unit 001", "unit 002"), tuple(range(8)))
    assert (found.first_treated, found.n_pre, found.values.tolist()) == (6, 6, values.tolist())
    with pytest.raises(ValueError, match="read-only"):
        found.values[0, 0] = 1.0
    named = Study.from_matrix(values, n_pre=6, labels=["x", "y", "z"], times=range(1990, 1998))
    assert (named.treated, named.donors, named.first_treated) == ("x", ("y", "z"), 1996)


def test_a_study_is_said_with_its_windows_and_ten_donors_at_most_that_were_dropped():
    def said(absent="", **options):
        return study(donors=["b", "c", *absent], **options).sentence()

    design = "a, treated from 2009, is compared with 2 donors in outcome: 9 times (2000-2008) before and "
    assert said("z", last=2009) == f"{design}1 time (2009) after. Dropped: z (not in the panel)."
    assert said("qrstuvwxyz").endswith("; y (not in the panel); z (not in the panel).")
    assert said("pqrstuvwxyz").endswith("; y (not in the panel); and 1 more.")


def test_measurement_errors_belong_to_the_same_cells():
    found = study(panel().sample(frac=1, random_state=1), sd="error", treated="b")
    assert found.sd[0].tolist() == [1.1, 0.1, 2.1, 3.1]
    hole = panel()
    hole.loc[30, "error"] = np.nan  # unit c, 2006
    assert study(hole, sd="error").dropped == (("c", "no standard deviation in 2006"),)
