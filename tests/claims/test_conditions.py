"""What records must say: numbers with bounds by brute force, spans of days, conditions on tables."""

from __future__ import annotations

import datetime
import operator

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from analysis.claims.rules import Bound
from analysis.data.queries import Query, Span, chosen, days_in_words

#: What a stated number may truly be, by how it is stated.
LEAVES = {
    "exact": operator.eq, "at least": operator.ge, "at most": operator.le, "more than": operator.gt,
    "less than": operator.lt, "about": lambda *_: True, "dozens": lambda *_: True,
}  # fmt: skip
#: What a number must be, by the field that asks for it.
ASKS = {
    "equals": operator.eq, "at_least": operator.ge, "at_most": operator.le, "above": operator.gt,
    "below": operator.lt,
}  # fmt: skip
#: Truth may be any of these: halves, so that open and closed ends differ, and far out on both sides.
POSSIBLE = [half / 2 for half in range(-60, 61)]


@given(
    st.dictionaries(st.sampled_from(list(ASKS)), st.integers(-9, 9), min_size=1, max_size=2),
    st.sampled_from(list(LEAVES)),
    st.integers(-9, 9),
)
def test_a_number_decides_only_what_every_possible_truth_agrees_on(asked, bound, stated):
    def keeps(value):
        return all(ASKS[name](value, number) for name, number in asked.items())

    assume(any(map(keeps, POSSIBLE)))
    agree = {keeps(value) for value in POSSIBLE if LEAVES[bound](value, stated)}
    expected = agree.pop() if len(agree) == 1 else None
    assert Bound(**asked).decide(stated, bound) is expected


@pytest.mark.parametrize(("kind", "said"), [(Bound, "a bound names"), (Span, "needs a first or a last")])
def test_a_bound_asks_for_something_and_a_span_has_an_end(kind, said):
    with pytest.raises(ValidationError, match=said):
        kind()


def test_a_missing_number_keeps_no_bound_and_a_truth_keeps_its_own():
    assert not Bound(above=0).decide(float("nan"))
    assert not Bound(equals=0).decide(float("nan"))
    assert Bound(equals=True).decide(True)
    assert not Bound(equals=True).decide(False)


DAYS = st.integers(0, 30)


def iso(day: int) -> str:
    return (datetime.date(2020, 1, 1) + datetime.timedelta(days=day)).isoformat()


@given(DAYS, DAYS, DAYS, DAYS)
def test_steps_lie_inside_a_span_if_each_of_their_days_does(a, b, c, d):
    (start, end), (first, last) = sorted((a, b)), sorted((c, d))
    span = Span(first=iso(start), last=iso(end))
    inside = all(start <= day <= end for day in range(first, last + 1))
    assert span.holds(iso(first), iso(last)) is inside
    assert Span(first=iso(start)).holds(iso(first), iso(last)) is (first >= start)
    assert Span(last=iso(end)).holds(iso(first), iso(last)) is (last <= end)


def test_a_total_up_to_a_day_says_only_what_lies_before_it():
    assert Span(last="2021-02-01").holds("", "2021-01-29") is True
    assert Span(last="2021-01-01").holds("", "2021-01-29") is None
    assert Span(first="2021-01-01").holds("", "2021-01-29") is None


def test_rows_must_meet_every_condition():
    frame = pd.DataFrame({"date": ["2020-01-01", "2020-02-01", "2021-01-01"], "n": [1, 2, 2], "kind": list("aba")})
    where = Query.model_validate({
        "table": "t", "where": {"date": {"first": "2020-01-15"}, "n": [2, 3], "kind": "a"},
    }).where  # fmt: skip
    assert chosen(frame, where).tolist() == [False, False, True]
    day = Query(table="t", where={"date": datetime.date(2020, 1, 1)})
    assert chosen(frame, day.where).tolist() == [True, False, False]
    assert str(day) == "t (date 1 January 2020)"
    where = {"iso3": ("KAZ", "BLR"), "kind": "CIS"}
    assert str(Query(table="a_b", where=where)) == "a b (Kazakhstan or Belarus, kind CIS)"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2020-11-30", "2020-11-30", "30 November 2020"),
        ("2020-11-01", "2020-11-30", "1 to 30 November 2020"),
        ("2020-10-15", "2020-12-03", "15 October to 3 December 2020"),
        ("2020-12-31", "2021-01-01", "31 December 2020 to 1 January 2021"),
        ("", "2021-01-29", "by 29 January 2021"),
    ],
)
def test_days_are_said_as_people_write_them(first, last, said):
    assert days_in_words(first, last) == said
