"""Checks built from the register's criteria, and results that other calls have made than the registered ones."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from analysis.claims.card import Card

from analysis.claims.adapter import (
    Observed,
    build_checks,
    evidence_fields,
    observed,
    registered_arguments,
    require_call,
)
from analysis.claims.evidence import Evidence
from analysis.claims.rules import Called, RegisteredCheck
from analysis.errors import InputError
from tests.claims.make import THRESHOLDS, claim, evidence

CALL = {"method": "compare", "arguments": {"draws": "$DRAWS", "sides": ["a", "$SIDE"], "alpha": 0.05}}
PARAMETERS = {"DRAWS": 10, "SIDE": "b"}


def made(method, arguments=None, **inputs):
    return SimpleNamespace(method=method, arguments=arguments or {}, inputs=inputs)


def called(**changes):
    return made("compare", {"draws": 10, "sides": ["a", "b"], "alpha": 0.05} | changes)


def registered(**fields):
    return RegisteredCheck.model_validate({"name": "placebo", "passes": {"p": {"below": 0.05}}} | fields)


def built(check, outcome):
    return build_checks([check], {"placebo": outcome}, parameters=PARAMETERS, claim="one")[0]


@pytest.mark.parametrize(("values", "passed"), [(0.01, True), ([0.01, 0.04], True), ([0.01, 0.06], False)])
def test_of_several_numbers_each_must_hold(values, passed):
    check = built(registered(), observed("said", p=values))
    assert (check.passed, check.detail, check.asks) == (passed, "said", "claim")


def test_a_result_speaks_for_itself():
    result = SimpleNamespace(p=0.2, sentence=lambda: "p = 0.2")
    check = built(registered(asks="finding"), result)
    assert (check.passed, check.detail, check.asks) == (False, "p = 0.2", "finding")


def test_a_check_of_several_calls_needs_all_of_them_in_their_order():
    other = {"method": "compare", "arguments": {"draws": 1}}
    made = [SimpleNamespace(call=called()), SimpleNamespace(call=called(draws=1))]
    del made[1].call.arguments["sides"], made[1].call.arguments["alpha"]
    check = registered(made_by=[CALL, other])
    assert built(check, observed("said", *made, p=0.01)).passed
    for wrong in (made[::-1], made[:1], [*made, made[0]]):
        with pytest.raises(InputError, match="make it as registered"):
            built(check, observed("said", *wrong, p=0.01))


def test_no_number_at_all_keeps_no_bound():
    assert not built(registered(), observed("said", p=[])).passed


def test_a_check_that_could_not_be_made_is_not_passed():
    check = built(registered(made_by=CALL), Observed("no donors are known"))
    assert (check.passed, check.detail) == (False, "no donors are known")


def test_a_check_without_an_outcome_is_left_out():
    assert build_checks([registered()], {}, parameters={}, claim="one") == ()


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        ({"placebos": observed("d", p=0)}, "one: no check 'placebos' is registered; it has placebo"),
        ({"placebo": observed("d", q=0)}, "one: check 'placebo' has no number 'p'; the register asks for it"),
    ],
)
def test_a_check_that_the_register_does_not_know_is_refused(outcomes, line):
    with pytest.raises(InputError) as error:
        build_checks([registered()], outcomes, parameters={}, claim="one")
    assert error.value.line() == line


def test_the_registered_call_is_accepted_with_the_parameters_values():
    require_call(Called.model_validate(CALL), called(), PARAMETERS, where="one")


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (called(draws=11), "one: draws=11, registered is 10; make it as registered"),
        (called(sides=["b", "b"]), "one: sides=['b', 'b'], registered is ['a', 'b']; make"),
        (called(more=1), "one: more=1, registered is 'no such argument'; make"),
        (made("other"), "one: made by other, registered is compare; make"),
        (None, "one: made by no method, registered is compare; make"),
    ],
)
def test_another_call_is_refused_by_its_first_difference(call, line):
    with pytest.raises(InputError) as error:
        require_call(Called.model_validate(CALL), call, PARAMETERS, where="one")
    assert error.value.line().startswith(line)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (made("joint", curve=called(draws=11)), "one, curve: draws=11, registered is 10"),
        (made("joint"), "one, curve: made by no method, registered is compare"),
        (made("joint", curve=called(), more=made("other")), "one: the call that made more is not registered"),
    ],
)
def test_the_calls_that_made_the_inputs_are_registered_too(call, line):
    joint = Called.model_validate({"method": "joint", "inputs": {"curve": CALL}})
    require_call(joint, made("joint", curve=called()), PARAMETERS, where="one")
    with pytest.raises(InputError) as error:
        require_call(joint, call, PARAMETERS, where="one")
    assert error.value.line().startswith(line)


@pytest.mark.parametrize(
    ("written", "value"),
    [("$DRAWS", 10), ("-$DRAWS", -10), ({"$SIDE": {"a": 1, "b": ["$DRAWS"]}}, [10]), ({"$OTHER": 1, "b": 2}, None)],
)
def test_arguments_are_registered_once_and_read_with_the_parameters_values(written, value):
    inner = {"method": "declare", "arguments": {"choices": written}}
    curve = {"method": "joint", "inputs": {"curve": {"method": "run", "inputs": {"multiverse": inner}}}}
    one = claim(multiverse=curve, model=CALL)
    expected = written if value is None else value
    assert registered_arguments(one, "declare", PARAMETERS) == {"choices": expected}
    assert registered_arguments(one, "compare", PARAMETERS)["sides"] == ["a", "b"]
    with pytest.raises(InputError, match="no call of fit is registered"):
        registered_arguments(one, "fit", PARAMETERS)


def test_an_argument_left_out_is_refused():
    call = called()
    del call.arguments["alpha"]
    with pytest.raises(InputError, match="alpha='no such argument'"):
        require_call(Called.model_validate(CALL), call, PARAMETERS, where="one")


def test_what_the_register_sets_goes_before_what_a_notebook_says():
    result = SimpleNamespace(
        call=called(), evidence=lambda: {"estimate": 1.0, "design": "descriptive", "unit": "points"}
    )
    one = claim("directional", model=CALL, design="model-based", vintage="v1")
    fields = evidence_fields(one, result, parameters=PARAMETERS, unit="shares", smallest_effect=9, vintage="v2")
    assert {name: fields[name] for name in ("estimate", "unit", "vintage", "design", "smallest_effect", "test")} == {
        "estimate": 1.0, "unit": "shares", "vintage": "v2", "design": "model-based", "smallest_effect": 0.05,
        "test": "exact test",
    }  # fmt: skip
    assert fields["call"] == {"method": "compare", "arguments": called().arguments, "inputs": {}}


@pytest.mark.parametrize(("hits", "identified"), [(1, False), (2, True)])
def test_the_register_says_what_a_result_needs_to_decide_at_all(hits, identified):
    result = SimpleNamespace(call=called(), evidence=dict, hits=hits)
    one = claim("directional", model=CALL, identified={"hits": {"at_least": 2}})
    assert evidence_fields(one, result, parameters=PARAMETERS, identified=True)["identified"] is identified
    assert "identified" not in evidence_fields(claim("directional", model=CALL), result, parameters=PARAMETERS)


def test_a_later_edition_may_lack_the_curve_and_the_model_but_the_registered_one_may_not():
    one = claim("directional", model=CALL, multiverse=CALL)
    with pytest.raises(InputError, match="made by no method"):
        evidence_fields(one, parameters=PARAMETERS)
    assert evidence_fields(one, parameters=PARAMETERS, primary=False)["primary"] is False
    other = SimpleNamespace(call=made("other"), evidence=dict)
    with pytest.raises(InputError, match="made by other"):
        evidence_fields(one, other, parameters=PARAMETERS, primary=False)


def test_the_card_shows_claim_verdict_number_and_what_failed():
    checks = [
        {"name": "placebo", "passed": False, "detail": "rose too"},
        {"name": "other", "passed": True, "detail": "d"},
    ]
    found = evidence(estimate=0.1, interval=(0.06, 0.14), p_value=0.01, unit="points", falsifications=checks,
                     smallest_effect=0.05)  # fmt: skip
    text = Card(claim("directional", family="confirmatory"), found, THRESHOLDS)._repr_markdown_()
    assert "**C.**" in text
    assert "Partly supported: in the claimed direction, but: placebo." in text
    assert "Estimate 0.1 points (95 % interval 0.06 to 0.14), smallest effect of interest 0.05." in text
    assert "1 of 2 registered checks passed; not passed: placebo (rose too)." in text
    assert "before the correction" in text


def test_the_card_of_a_record_has_no_number():
    found = Evidence.model_validate(evidence(reports=[{"source": "A", "value": "12", "agrees": True}]).model_dump())
    text = Card(claim("record"), found, THRESHOLDS)._repr_markdown_()
    assert "Supported: " in text
    assert "Estimate" not in text
