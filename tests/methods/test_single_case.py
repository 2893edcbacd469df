"""Rivals of one case: which days coincide with an onset, by hand."""

from __future__ import annotations

import pytest

from analysis.errors import InputError
from analysis.methods.calendars import coinciding_events

ONSET = ("2020-08-01", "2020-11-26")


@pytest.mark.parametrize(
    ("start", "kind", "near"),
    [
        ("2020-05-03", "unrest", True),  # 90 days before
        ("2020-05-02", "unrest", False),
        ("2020-11-26", "unrest", True),
        ("2020-11-27", "unrest", False),
        ("2020-11-27", "vote", True),
        ("2021-01-05", "vote", True),  # 40 days ahead
        ("2021-01-06", "vote", False),
    ],
)
def test_what_began_before_the_end_of_the_onset_coincides_and_a_vote_may_lie_ahead(start, kind, near):
    found = coinciding_events([start], kind=[kind], name=["it"], onset=ONSET, before=90, ahead={"vote": 40})
    assert found.table()["coincides"].tolist() == [near]
    assert found.evidence() == {"n": 1, "summary": found.sentence()}
    assert found.events == near
    assert coinciding_events([start], kind=[kind], name=["it"], onset=ONSET, before=90, without=kind).events == 0


def test_days_to_both_ends_of_the_onset_are_counted():
    rows = {"kind": ["unrest", "rules", "unrest"], "name": ["a", "b", "c"]}
    found = coinciding_events(["2020-08-09", "2020-07-03", "2019-01-01"], **rows, onset=ONSET, before=90)
    assert found.table()[["days_to_first", "days_to_last", "coincides"]].to_numpy().tolist() == [
        [-8, 109, True], [29, 146, True], [578, 695, False],
    ]  # fmt: skip
    assert (found.kinds, found.events) == (("rules", "unrest"), 2)


def test_an_onset_that_ends_before_it_begins_is_refused():
    with pytest.raises(InputError, match="onset: ends before it begins"):
        coinciding_events(["2020-01-01"], kind=["a"], name=["b"], onset=ONSET[::-1], before=90)
