"""From results to evidence by the register: checks, measures, and calls that are not the registered ones."""

import math
from functools import partial
from types import SimpleNamespace

import pandas as pd
import pytest
from scipy.stats import norm

from analysis.claims import adapter
from analysis.claims.adapter import build_checks, confidence_in, evidence_fields, observed, require_call
from analysis.claims.evidence import Check, Evidence, Multiverse
from analysis.claims.lock import rule_hash
from analysis.claims.rules import Called, RegisteredCheck, RegisteredMeasure
from analysis.errors import InputError
from analysis.methods.result import Call, Estimate
from tests.claims.make import check, claim, confidence, curve, evidence, refused, register

CALL = {"method": "compare", "arguments": {"draws": "$DRAWS", "sides": ["a", "$SIDE"], "alpha": 0.05}}
PARAMETERS = {"DRAWS": 10, "SIDE": "b"}
#: Fields of evidence under whose name a notebook gives something: words, an edition, or results that are looked at.
SAID = {
    "n", "summary", "vintage", "primary", "claim", "parameters", "components", "measures", "multiverse", "identified",
}  # fmt: skip

#: A result whose error is not known.
without_error = partial(SimpleNamespace, confidence_below=lambda _: math.nan)


def with_error(estimate, error, scale="difference", **fields):
    into = math.log if scale == "ratio" else float
    return SimpleNamespace(confidence_below=lambda value: norm.cdf((into(value) - estimate) / error), **fields)


def made(method, arguments=None, **inputs):
    return Call(method, arguments or {}, inputs)


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


def test_a_result_speaks_for_itself_and_no_words_for_a_number_that_it_has():
    check = built(registered(asks="finding"), Estimate("p = 0.2 of a_b", more={"p": 0.2}))
    assert (check.passed, check.detail, check.asks) == (False, "p = 0.2 of a b", "finding")
    check = registered(made_by=[CALL, CALL])
    both = [without_error(call=called(), p=p) for p in (0.01, 0.2)]
    assert not built(check, observed("said", *both, p=0.01)).passed
    assert built(check, observed("said", both[0], both[0], p=0.2)).passed


def test_a_check_of_several_calls_needs_all_of_them_in_their_order():
    other = {"method": "compare", "arguments": {"draws": 1}}
    both = [without_error(call=called()), without_error(call=made("compare", {"draws": 1}))]
    check = registered(made_by=[CALL, other])
    assert built(check, observed("said", *both, p=0.01)).passed
    for wrong in (both[::-1], both[:1], [*both, both[0]]):
        with pytest.raises(InputError, match="make it as registered"):
            built(check, observed("said", *wrong, p=0.01))


@pytest.mark.parametrize("outcome", [observed("said", p=[]), observed("said")])
def test_a_check_without_a_number_could_not_be_made_and_is_not_passed(outcome):
    check = built(registered(made_by=CALL), outcome)
    assert (check.passed, check.detail) == (False, "said")
    assert build_checks([registered()], {}, parameters={}, claim="one") == ()


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        ({"placebos": observed("d", p=0)}, "one: no check 'placebos' is registered; it has placebo"),
        ({"placebo": observed("d", q=0)}, "one: check 'placebo' has no number 'p'; the register asks for it"),
    ],
)
def test_a_check_that_the_register_does_not_know_is_refused(outcomes, line):
    assert refused(build_checks, [registered()], outcomes, parameters={}, claim="one") == line
    assert refused(build_checks, [], {"x": observed("d")}, parameters={}, claim="one").endswith("; it has none")


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (called(draws=11), "one: draws=11, registered is 10; make it as registered"),
        (called(sides=["b", "b"]), "one: sides=['b', 'b'], registered is ['a', 'b']; make"),
        (called(more=1), "one: more=1, registered is 'no such argument'; make"),
        (made("other"), "one: made by other, registered is compare; make"),
        (None, "one: made by no method, registered is compare; make"),
        (
            made("compare", {"draws": 10, "sides": ["a", "b"]}),
            "one: alpha='no such argument', registered is 0.05; make",
        ),
    ],
)
def test_another_call_is_refused_by_its_first_difference(call, line):
    require_call(Called.model_validate(CALL), called(), PARAMETERS, where="one")
    assert refused(require_call, Called.model_validate(CALL), call, PARAMETERS, where="one").startswith(line)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (made("joint", curve=called(draws=11)), "one, curve: draws=11, registered is 10"),
        (made("joint"), "one, curve: made by no method, registered is compare"),
        (made("joint", curve=called(), more=made("other")), "one, more: made by other, registered is no method"),
    ],
)
def test_the_calls_that_made_the_inputs_are_registered_too(call, line):
    joint = Called.model_validate({"method": "joint", "inputs": {"curve": CALL}})
    require_call(joint, made("joint", curve=called()), PARAMETERS, where="one")
    assert refused(require_call, joint, call, PARAMETERS, where="one").startswith(line)


@pytest.mark.parametrize(
    ("written", "value"),
    [("$DRAWS", 10), ("-$DRAWS", -10), ({"$SIDE": {"a": 1, "b": ["$DRAWS"]}}, [10]), ({"$O": 1, "b": "$O"}, None)],
)
def test_arguments_are_registered_once_and_read_with_the_parameters_values(written, value):
    inner = {"method": "declare", "arguments": {"choices": written}}
    curve = {"method": "joint", "inputs": {"curve": {"method": "run", "inputs": {"multiverse": inner}}}}
    one = claim(multiverse=curve, model=CALL)
    expected = written if value is None else value
    assert adapter.registered_arguments(one, "declare", PARAMETERS) == {"choices": expected}
    assert adapter.registered_arguments(one, "compare", PARAMETERS)["sides"] == ["a", "b"]
    line = "one: no call of fit is registered; name it under model"
    assert refused(adapter.registered_arguments, one, "fit", PARAMETERS).startswith(line)


def test_fields_come_from_results_and_the_register_and_what_that_sets_goes_first():
    found = {"estimate": 0.1, "design": "descriptive", "unit": "", "summary": "a_b"}
    result = with_error(0.1, 0.04, call=called(), evidence=lambda: found)
    asked = [{"name": name, "passes": {"p": {"below": 0.05}}} for name in ("placebo", "part")]
    one = claim(
        "directional", model=CALL, multiverse=CALL, design="model-based", vintage="v1", checks=asked[:1],
        components=asked[1:],
    )  # fmt: skip
    fields = evidence_fields(
        one, result, multiverse=SimpleNamespace(call=called(), **curve()), looked_up={"vintage": "w", "interval": None},
        checks={"placebo": observed("c_d", p=0.01)}, components={"part": observed("e", p=0.1)}, parameters=PARAMETERS,
        n=7,
    )  # fmt: skip
    assert fields.pop("confidence").model_dump() == pytest.approx(confidence(0.1, 0.04))
    assert fields == {
        "rule": rule_hash(one), "primary": True, "vintage": "w", "interval": None, "estimate": 0.1, "unit": "points",
        "n": 7, "design": "model-based", "summary": "a b", "test": "exact test", "estimand": "E",
        "smallest_effect": 0.05, "call": {"method": "compare", "arguments": called().arguments, "inputs": {}},
        "multiverse": Multiverse(**curve()), "falsifications": (Check(name="placebo", passed=True, detail="c d"),),
        "components": (Check(name="part", passed=False, detail="e"),),
    }  # fmt: skip
    found |= {"unit": "years"}
    assert evidence_fields(one, result, parameters=PARAMETERS, primary=False)["unit"] == "years"
    plain = evidence_fields(claim(smallest_effect=None, vintage="v1"), parameters={})
    assert (plain["unit"], plain["smallest_effect"], plain["vintage"]) == ("", None, "v1")
    assert not {"design", "summary", "call", "falsifications", "components", "measures"} & plain.keys()


@pytest.mark.parametrize("direction", ["rise", "fall"])
@pytest.mark.parametrize(
    ("scale", "size"), [("difference", 0.05), ("ratio", math.exp(0.05)), ("ratio", math.exp(-0.05))]
)
def test_confidence_is_of_the_claimed_direction_and_of_half_and_twice_the_smallest_effect(direction, scale, size):
    rise, effect = direction == "rise", {"value": size, "unit": "of it"}
    expected = pytest.approx(confidence(0.03 if rise else -0.03, 0.04))
    result = with_error(0.03, 0.04, scale, call=called(), evidence=dict)
    assert confidence_in(result, size, scale=scale, rise=rise).model_dump() == expected
    one = claim("directional", rule={"direction": direction, "scale": scale}, smallest_effect=effect, model=CALL)
    assert evidence_fields(one, result, parameters=PARAMETERS)["confidence"].model_dump() == expected
    assert confidence_in(without_error(), size, scale=scale, rise=rise) is None


def test_the_checks_of_several_pieces_of_evidence_are_rows():
    found = [evidence(falsifications=[check()], components=[check("part", False)]), evidence(claim="two")]
    rows = [{"claim": "one", "asks": "claim"} | one for one in (check(), check("part", False))]
    assert adapter.check_table(found).to_dict("records") == rows


@pytest.mark.parametrize("name", sorted(Evidence.model_fields.keys() - SAID))
def test_nothing_that_decides_is_said_by_hand(name):
    """Estimate, p, checks, reports and the like come from results and the register, whatever a notebook says."""
    one, own = claim("directional", model=CALL, design="model-based", vintage="v1"), without_error(call=called())
    own.evidence = lambda: {"estimate": 1.0}
    saying = partial(evidence_fields, **{name: None})
    assert refused(saying, one, own, parameters=PARAMETERS).startswith(f"one: {name} is given; results")


def test_what_is_not_registered_is_no_evidence():
    bare = without_error(call=called(), evidence=dict)
    line = "one: made by compare, registered is no method"
    assert refused(evidence_fields, claim("directional"), bare, parameters={}).startswith(line)
    assert refused(evidence_fields, claim("directional"), multiverse=bare, parameters={}).startswith(line)
    one = claim("directional", model=CALL, vintage="v1")
    given = {"parameters": PARAMETERS, "vintage": "v2"}
    assert refused(evidence_fields, one, bare, **given).startswith("one: edition v2, registered is v1; make it as")
    assert evidence_fields(one, bare, **given, primary=False)["vintage"] == "v2"


def test_a_model_that_leaves_cases_out_is_refused_where_the_notebook_runs_as_it_was_locked():
    one = claim("directional", model=CALL, n=10)
    locked = {"defaults": {"01_freedom_index": PARAMETERS}}
    for n in (10, 9):
        own = without_error(call=called(), evidence=lambda n=n: {"n": n})
        assert evidence_fields(one, own, parameters=PARAMETERS, primary=False, **locked)["n"] == n
        assert evidence_fields(one, own, parameters=PARAMETERS, defaults={"01_freedom_index": {}})["n"] == n
    assert refused(evidence_fields, one, own, parameters=PARAMETERS, n=10, **locked).startswith("one: n=9, registered")
    one = claim("directional", model=CALL, seen="other data")
    assert "is other data; make it as" in refused(evidence_fields, one, own, parameters=PARAMETERS, **locked)


@pytest.mark.parametrize(("hits", "identified"), [(1, False), (2, True)])
def test_the_register_says_what_a_result_needs_to_decide_at_all(hits, identified):
    result = without_error(call=called(), evidence=dict, hits=hits, sentence=lambda: "said")
    asked = {"name": "two targets", "passes": {"hits": {"at_least": 2}}}
    one = claim("directional", model=CALL, identified=asked)
    assert evidence_fields(one, result, parameters=PARAMETERS)["identified"] is identified
    assert "identified" not in evidence_fields(claim("directional", model=CALL), result, parameters=PARAMETERS)
    other = without_error(call=made("count"), hits=hits, sentence=lambda: "said")
    spoken = observed("more than one", hits=2)
    assert evidence_fields(one, result, identified=spoken, parameters=PARAMETERS)["identified"] is identified
    one = claim("directional", model=CALL, identified=asked | {"made_by": {"method": "count"}})
    assert evidence_fields(one, result, identified=other, parameters=PARAMETERS)["identified"] is identified
    line = "one, two targets: made by compare, registered is count"
    assert refused(evidence_fields, one, result, identified=result, parameters=PARAMETERS).startswith(line)


def test_a_later_edition_may_lack_curve_model_and_measures_but_the_registered_one_may_not():
    one = claim("directional", model=CALL, multiverse=CALL)
    with pytest.raises(InputError, match="made by no method"):
        evidence_fields(one, parameters=PARAMETERS)
    assert evidence_fields(one, parameters=PARAMETERS, primary=False)["primary"] is False
    other = without_error(call=made("other"), evidence=dict)
    with pytest.raises(InputError, match="made by other"):
        evidence_fields(one, other, parameters=PARAMETERS, primary=False)
    one = judged_on_measures(model=MODEL)
    given = {
        "parameters": {"DRAWS": 10},
        "register": register(one, claim(id="two")),
        "defaults": {"01_freedom_index": {}},
    }
    assert refused(evidence_fields, one, RESULTS["index"], **given).startswith("one, edition v1: measure 'cases' is")
    assert "measures" not in evidence_fields(one, RESULTS["index"], primary=False, **given)


MODEL = {"method": "compare", "arguments": {"outcome": "$measure", "draws": "$DRAWS"}}
INDEX = {
    "name": "index", "producer": "P", "table": "t", "columns": ["a", "b"], "unit": "points", "smallest_effect": 0.05,
    "model": MODEL,
}  # fmt: skip
COUNT = INDEX | {
    "name": "cases", "producer": "Q", "scale": "ratio", "higher": "worse", "smallest_effect": 0.8,
    "model": MODEL, "checks_of": "two", "editions": ["v1"],
}  # fmt: skip


def result(estimate, lower, upper, outcome="index", draws=10):
    call = made("compare", {"outcome": outcome, "draws": draws})
    return without_error(
        call=call, evidence=lambda: {"estimate": estimate, "interval": (lower, upper), "summary": "Said."}
    )


RESULTS = {"index": result(0.1, 0.06, 0.14), "cases": result(0.5, 0.25, 1.25, "cases")}


def judged_on_measures(against="improvement", **fields):
    return claim("non-inferiority", rule={"against": against}, measures=[INDEX, COUNT], vintage="v1", **fields)


def measured(results=RESULTS, *, against="improvement", edition="v1", shaken=(), draws=10):
    return adapter.build_measures(
        judged_on_measures(against), results, edition=edition, parameters={"DRAWS": draws}, shaken=shaken
    )


@pytest.mark.parametrize("against", ["improvement", "worsening"])
@pytest.mark.parametrize("higher", ["better", "worse"])
@pytest.mark.parametrize("scale", ["difference", "ratio"])
def test_positive_is_the_change_that_the_rule_is_against(against, higher, scale):
    item = RegisteredMeasure.model_validate(INDEX | {"higher": higher, "scale": scale, "smallest_effect": 0.8})
    found = adapter.measure_of(item, result(2.0, 1.5, 4.0), against=against)
    into = math.log if scale == "ratio" else float
    ends = (into(2.0), into(1.5), into(4.0))
    improvement = higher == "better"
    asked = ends if improvement == (against == "improvement") else (-ends[0], -ends[2], -ends[1])
    assert (found.estimate, found.lower, found.upper) == pytest.approx(asked)
    assert found.smallest_effect == pytest.approx(math.log(1.25) if scale == "ratio" else 0.8)
    assert found.confidence is found.independent is None
    own = with_error(0.3, 0.4, scale, evidence=dict, independent=with_error(0.3, 0.8, scale))
    sure = adapter.measure_of(item.model_copy(update={"role": "primary"}), own, against=against)
    asked = partial(confidence_in, smallest=0.8, scale=scale, rise=improvement == (against == "improvement"))
    assert (sure.estimate, sure.lower, sure.producer, sure.role) == (None, None, "P", "primary")
    assert (sure.confidence, sure.independent) == (asked(own), asked(own.independent))
    least, both = asked(own, least=True).model_dump(), [asked(one).model_dump() for one in (own, own.independent)]
    assert least == {name: min(one[name] for one in both) for name in least}


def test_measures_stand_in_the_registers_order_and_a_failed_check_shakes():
    index, cases = measured(dict(reversed(RESULTS.items())), shaken=["cases"])
    assert (index.name, index.shaken, index.conclusion) == ("index", False, "shown")
    assert (cases.name, cases.shaken, cases.conclusion) == ("cases", True, "cannot tell")
    assert measured({"index": RESULTS["index"]}, edition="v2")[0] == index


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"results": {"index": RESULTS["index"]}}, "one, edition v1: measure 'cases' is missing; it is"),
        ({"edition": "v2"}, "one, edition v2: measure 'cases' is not registered; it is judged on index"),
        ({"results": RESULTS | {"more": RESULTS["index"]}}, "one, edition v1: measure 'more' is not registered;"),
        ({"draws": 11}, "one, index: draws=10, registered is 11; make it as registered"),
        ({"results": RESULTS | {"index": result(0, 0, 0, "cases")}}, "one, index: outcome='cases', registered"),
    ],
)  # fmt: skip
def test_what_is_not_registered_is_refused(changed, line):
    assert refused(measured, **changed).startswith(line)


@pytest.mark.parametrize(
    ("outcomes", "shaken"),
    [
        ({"cases": {"other series": observed("same", p=0.01)}}, []),
        ({"cases": {"other series": observed("not the same", p=0.5)}}, ["cases"]),
        ({"cases": {}}, ["cases"]),
        ({}, ["cases"]),
    ],
)
def test_a_measure_is_shaken_by_the_checks_of_the_claim_on_its_own_finding(outcomes, shaken):
    checks = [{"name": "other series", "passes": {"p": {"below": 0.05}}}]
    known = register(judged_on_measures(), claim("non-inferiority", id="two", checks=checks))
    assert adapter.shaken_measures(known["one"], outcomes, known, {"01_freedom_index": PARAMETERS}) == shaken


def test_the_estimate_of_the_claim_is_its_first_measure_turned_as_the_rule_asks():
    one, parameters = judged_on_measures("worsening", model=MODEL), {"DRAWS": 10}
    others = {"register": register(one, claim(id="two")), "defaults": {"01_freedom_index": {}}}
    fields = evidence_fields(one, RESULTS["index"], measures=RESULTS, parameters=parameters, **others)
    assert (fields["estimate"], fields["interval"], fields["unit"]) == (-0.1, (-0.14, -0.06), "points")
    assert fields["summary"] == "Said. A change of the registered size: index ruled out; cases cannot tell."
    assert [item.name for item in fields["measures"]] == ["index", "cases"]
    # A record concludes nothing, and a ratio is no estimate of a claim on differences.
    one = claim("non-inferiority", measures=[COUNT | {"checks_of": ""}, INDEX | {"role": "record"}], vintage="v1")
    fields = evidence_fields(one, measures=RESULTS, parameters=parameters)
    assert fields["summary"] == "A change of the registered size: cases cannot tell."
    assert "estimate" not in fields
    bare = without_error(call=RESULTS["index"].call, evidence=lambda: {"estimate": 0.2})
    fields = evidence_fields(one, measures={"index": bare}, vintage="v2", primary=False, parameters=parameters)
    assert (fields["estimate"], fields["unit"], "interval" in fields) == (0.2, "points", False)


def test_columns_are_added_and_scaled_from_the_first_comparable_year_on():
    item = RegisteredMeasure.model_validate(INDEX | {"factor": 2.0, "first_year": 2001})
    frame = pd.DataFrame({"iso3": "AAA", "data_year": [2000, 2001, 2002], "a": [1, 1, None], "b": [1, 2, 3], "c": 0})
    values = item.values(frame)
    assert list(values) == ["iso3", "data_year", "index"]
    assert values["index"].tolist()[0] == 6
    assert values["data_year"].tolist() == [2001, 2002]
    assert values["index"].isna().tolist() == [False, True]
