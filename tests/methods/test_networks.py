"""Ties between units that come and go: a ring of units, and a walk over ties by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.methods.networks import tie_matrix, units_at_distance

UNITS = [f"S{number:02d}" for number in range(12)]
RING = {"one": UNITS, "other": [*UNITS[1:], UNITS[0]], "since": [2000] * 12, "until": [2009] * 12, "units": UNITS}


def test_after_its_last_year_a_tie_is_gone_no_way_is_infinitely_far_and_rows_keep_their_index():
    far = units_at_distance(["S00", "S00"], [2009, 2010], **RING, nearest=4, farthest=np.inf)
    assert [len(found) for found in far] == [12 - 7, 11]
    assert units_at_distance(["S00"], [2010], **RING).tolist() == [()]
    events = pd.DataFrame({"unit": ["S01", "S05"], "year": 2001}, index=[7, 9])
    found = events.assign(near=units_at_distance(events["unit"], events["year"], **RING)).explode("near")
    assert found.index.tolist() == [7, 7, 9, 9]
    assert found["near"].tolist() == ["S00", "S02", "S04", "S06"]


@settings(derandomize=True, deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_distances_are_those_of_a_walk_from_tie_to_tie(seed):
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, 12, (9, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    ties = {"one": [UNITS[i] for i in ends[:, 0]], "other": [UNITS[j] for j in ends[:, 1]], "units": UNITS}
    ties |= {"since": [0] * len(ends), "until": [9] * len(ends)}
    reached, front = {"S00"}, {"S00"}
    for steps in range(1, 5):
        pairs = list(zip(ties["one"], ties["other"], strict=True))
        front = {b for a, b in [*pairs, *(pair[::-1] for pair in pairs)] if a in front} - reached
        found = units_at_distance(["S00"], [4], **ties, nearest=steps, farthest=steps)[0]
        assert set(found) == front
        reached |= front


def test_a_unit_tied_to_itself_and_one_that_nobody_listed_are_refused():
    with pytest.raises(InputError, match="B: a unit is tied to itself; leave"):
        tie_matrix(["A", "B"], ["B", "B"], since=[0, 0], until=[9, 9], units=["A", "B"], period=3)
    with pytest.raises(InputError, match="units: no unit XXX; there are S00, S01"):
        units_at_distance(["XXX"], [2005], **RING)
