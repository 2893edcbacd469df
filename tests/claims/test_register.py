"""The register's models: a fault is one line that names the file and the field."""

from __future__ import annotations

import pytest
import yaml

from analysis.claims.register import load_register
from tests.claims.make import ARTICLE, MEASURE, RULES, THRESHOLDS, claim, claim_fields, refused, register


def written(tmp_path, *claims, **parts):
    value = {
        "article": ARTICLE,
        "thresholds": THRESHOLDS.model_dump(mode="json"),
        "claims": list(claims) or [claim_fields()],
    }
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump(value | parts), encoding="utf-8")
    return path


def fault(path):
    line = refused(load_register, str(path))
    assert line.startswith("claims.yml: ")
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
        ({"item": 51}, "claims.one.item: Input should be less than or equal to 50, found 51"),
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
        ({"type": "Z", "item": 0}, "(and 1 more)"),
        ({"measures": [MEASURE, MEASURE | {"name": "n"}]}, "claim one: P has one vote, but two primary measures"),
    ],
)  # fmt: skip
def test_a_faulty_claim_is_one_line_with_its_field(tmp_path, change, said):
    assert said in fault(written(tmp_path, claim_fields() | change))


def test_a_repeated_id_is_named(tmp_path):
    assert "claim id one is repeated" in fault(written(tmp_path, claim_fields(), claim_fields()))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("alpha", 0), ("alpha", 0.5), ("power", 0.5), ("power", 1), ("underpowered_from", 0), ("multiplicity", "none"),
        ("smallest_effects", {"rank": "ten"}),
    ],
)  # fmt: skip
def test_thresholds_are_checked(tmp_path, field, value):
    thresholds = THRESHOLDS.model_dump(mode="json") | {field: value}
    assert f"thresholds.{field}" in fault(written(tmp_path, thresholds=thresholds))


@pytest.mark.parametrize(
    ("wanted", "remedy"),
    [
        ("no-worsee", "did you mean no-worse?"),
        ("Rank", "did you mean rank-4 or rank-3 or rank-2?"),
        ("Rises", "did you mean a-long-way-to-say-that-it-rises?"),
        ("", "list them with: analysis claims"),
    ],
)
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


def test_claims_that_contradict_each_other_both_say_so_and_are_a_pair_once():
    b, a = claim(id="b", contradicts=("c", "a")), claim(id="a", contradicts=("b",))
    one = register(b, a, claim(id="c", contradicts=("b",)), claim(id="d"))
    assert [tuple(each.id for each in pair) for pair in one.rival_pairs()] == [("b", "c"), ("b", "a")]
    with pytest.raises(ValueError, match="claim a contradicts b, which is no claim that says so too"):
        register(claim(id="a", contradicts=("b",)), claim(id="b"))
