"""The register's models and what records must say: numbers with bounds, spans of days, conditions on tables."""

import datetime
import json
import operator

import pandas as pd
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from analysis.claims.register import load_register
from analysis.claims.rules import Bound
from analysis.data.queries import Query, Span, chosen, days_in_words
from tests.claims.make import ARTICLE, MEASURE, RULES, THRESHOLDS, claim, claim_fields, refused, register
from tests.shared import cases


def written(tmp_path, *claims, **parts):
    shared = {"article": ARTICLE, "thresholds": THRESHOLDS.model_dump(mode="json")}
    value = shared | {"claims": list(claims) or [claim_fields()]} | parts
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump(value), encoding="utf-8")
    return path


def fault(path):
    line = refused(load_register, path)
    assert line.startswith(("claims.yml: ", "claims.yml, "))
    return line


@pytest.mark.parametrize("kind", RULES)
def test_every_kind_of_rule_is_read_and_one_on_size_needs_a_smallest_effect(tmp_path, kind):
    assert load_register(written(tmp_path, claim_fields(kind)))["one"].rule.kind == kind
    without = written(tmp_path, claim_fields(kind, smallest_effect=None))
    if kind in ("directional", "non-inferiority"):
        assert f"claim one: a {kind} rule needs a smallest_effect" in fault(without)
    else:
        assert load_register(without)["one"].smallest_effect is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "Z"}, "claims.one.type: Input should be 'F', 'X', 'T', 'S', 'K', 'M' or 'N', found 'Z'"),
        ({"item": 0}, "claims.one.item: Input should be greater than or equal to 1, found 0"),
        ({"paragraph": -1}, "claims.one.paragraph: "),
        ({"id": "Not A Slug"}, "claims.Not A Slug.id: String should match pattern"),
        ({"id": "a" * 49}, "claims.0.id: "),
        ({"colour": "red"}, "claims.one.colour: Extra inputs are not permitted, found 'red'"),
        ({"rule": {"kind": "guess"}}, "claims.one.rule: "),
        ({"rule": {"kind": "leaders"}}, "claims.one.rule.leaders.edition: Field required"),
        ({"rule": RULES["record"] | {"extra": 1}}, "claims.one.rule.record.extra: Extra inputs are not permitted"),
        ({"rule": RULES["figure"] | {"quantities": []}}, "claims.one.rule.figure.quantities: "),
        ({"smallest_effect": {"value": 0, "unit": "points"}}, "claims.one.smallest_effect.value: Input"),
        ({"smallest_effect": {"value": 1}}, "claims.one.smallest_effect.unit: Field required"),
        ({"contradicts": ["nobody"]}, "contradicts nobody, which is no claim that says so too"),
        ({"notebook": None}, "claim one: notebook must be null exactly for untestable claims"),
        (claim_fields("untestable", notebook="01_freedom_index"), "notebook must be null exactly for untestable"),
        ({"type": "Z", "item": 0}, "claims.one.item: Input should be greater than or equal to 1, found 0; see"),
        ({"measures": [MEASURE, MEASURE | {"name": "n"}]}, "claim one: P has one vote, but two primary measures"),
    ],
)  # fmt: skip
def test_a_faulty_claim_is_one_line_with_its_field(tmp_path, change, said):
    assert said in fault(written(tmp_path, claim_fields() | change))


def test_claims_that_contradict_each_other_both_say_so_and_are_a_pair_once_and_a_repeated_id_is_named(tmp_path):
    assert "claim id one is repeated" in fault(written(tmp_path, claim_fields(), claim_fields()))
    b, a = claim(id="b", contradicts=("c", "a")), claim(id="a", contradicts=("b",))
    one = register(b, a, claim(id="c", contradicts=("b",)), claim(id="d"))
    assert [tuple(each.id for each in pair) for pair in one.rival_pairs()] == [("b", "c"), ("b", "a")]
    with pytest.raises(ValueError, match="claim a contradicts b, which is no claim that says so too"):
        register(claim(id="a", contradicts=("b",)), claim(id="b"))


@pytest.mark.parametrize(("taken", "said"), cases("taken in"))
def test_a_claim_has_a_rule_of_its_own_not_one_that_it_takes_in_with_another_claim(tmp_path, taken, said):
    own = {name: value for name, value in claim_fields(claim="C").items() if name not in ("id", "rule")}
    one = f"&one {{<<: &own {json.dumps(own)}, id: one, rule: &rule {json.dumps(RULES['record'])}}}"
    text = (path := written(tmp_path, "HERE")).read_text(encoding="utf-8")
    path.write_text(text.replace("HERE", f"{one}\n- {{{taken}, id: two}}"), encoding="utf-8")
    assert said in fault(path)


@pytest.mark.parametrize(("field", "value"), cases("faulty thresholds"))
def test_thresholds_are_checked(tmp_path, field, value):
    thresholds = THRESHOLDS.model_dump(mode="json") | {field: value}
    assert f"thresholds.{field}" in fault(written(tmp_path, thresholds=thresholds))


@pytest.mark.parametrize(("wanted", "remedy"), cases("unknown claims"))
def test_an_unknown_claim_is_refused_with_those_that_are_like_it(wanted, remedy):
    ids = ("no-worse", "rank-1", "rank-2", "rank-3", "rank-4", "a-long-way-to-say-that-it-rises")
    known = register(*(claim(id=name) for name in ids))
    assert refused(known.__getitem__, wanted) == f"claims.yml: no claim {wanted}; {remedy}".replace("  ", " ")


def test_a_bound_and_a_record_say_what_they_ask():
    rule = {"finding": "present", "value": {"equals": 12}, "days": {"last": "2021-02-03"}, "before": {"table": "t"}}
    assert claim(rule=rule).rule.words() == (
        "the finding is present and the number is exactly 12 and all days lie by 3 February 2021 and it lies before t"
    )
    assert str(claim(rule={"value": {"above": 1, "at_most": 2.5}}).rule.value) == "more than 1 and at most 2.5"


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


def test_a_missing_number_keeps_no_bound_a_truth_its_own_and_a_total_up_to_a_day_says_only_what_lies_before_it():
    assert not Bound(above=0).decide(float("nan"))
    assert not Bound(equals=0).decide(float("nan"))
    assert Bound(equals=True).decide(True)
    assert not Bound(equals=True).decide(False)
    assert Span(last="2021-02-01").holds("", "2021-01-29") is True
    assert Span(last="2021-01-01").holds("", "2021-01-29") is None
    assert Span(first="2021-01-01").holds("", "2021-01-29") is None


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


@pytest.mark.parametrize(("first", "last", "said"), cases("days in words"))
def test_days_are_said_as_people_write_them(first, last, said):
    assert days_in_words(first, last) == said
