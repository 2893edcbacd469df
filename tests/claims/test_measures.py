"""Measures of a claim: built from results by the register's sign, scale and smallest effect."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.claims.adapter import build_measures, evidence_fields, measure_of
from analysis.claims.rules import RegisteredMeasure
from analysis.errors import InputError
from tests.claims.make import claim

MODEL = {"method": "compare", "arguments": {"outcome": "$measure", "draws": "$DRAWS"}}
INDEX = {
    "name": "index", "producer": "P", "table": "t", "columns": ["a", "b"], "unit": "points", "smallest_effect": 0.05,
    "model": MODEL,
}  # fmt: skip
COUNT = INDEX | {
    "name": "cases", "producer": "Q", "scale": "ratio", "higher": "worse", "smallest_effect": 0.8, "model": None,
    "checks": ["other series"], "editions": ["v1"],
}  # fmt: skip


def result(estimate, lower, upper, outcome="index", draws=10):
    call = SimpleNamespace(method="compare", arguments={"outcome": outcome, "draws": draws}, inputs={})
    return SimpleNamespace(
        call=call, evidence=lambda: {"estimate": estimate, "interval": (lower, upper), "summary": "Said."}
    )


RESULTS = {"index": result(0.1, 0.06, 0.14), "cases": result(0.5, 0.25, 1.25)}


def registered(against="improvement", **fields):
    return claim("non-inferiority", rule={"against": against}, measures=[INDEX, COUNT], vintage="v1", **fields)


def built(results=RESULTS, *, against="improvement", edition="v1", failed=None, draws=10):
    return build_measures(registered(against), results, edition=edition, parameters={"DRAWS": draws}, failed=failed)


@pytest.mark.parametrize("against", ["improvement", "worsening"])
@pytest.mark.parametrize("higher", ["better", "worse"])
@pytest.mark.parametrize("scale", ["difference", "ratio"])
def test_positive_is_the_change_that_the_rule_is_against(against, higher, scale):
    item = RegisteredMeasure.model_validate(INDEX | {"higher": higher, "scale": scale, "smallest_effect": 0.8})
    found = measure_of(item, result(2.0, 1.5, 4.0), against=against)
    into = math.log if scale == "ratio" else float
    ends = (into(2.0), into(1.5), into(4.0))
    improvement = higher == "better"
    asked = ends if improvement == (against == "improvement") else (-ends[0], -ends[2], -ends[1])
    assert (found.estimate, found.lower, found.upper) == pytest.approx(asked)
    assert found.smallest_effect == pytest.approx(math.log(1.25) if scale == "ratio" else 0.8)


def test_measures_stand_in_the_registers_order_and_a_failed_check_shakes():
    index, cases = built(dict(reversed(RESULTS.items())), failed={"cases": ["other series"]})
    assert (index.name, index.shaken, index.conclusion) == ("index", False, "shown")
    assert (cases.name, cases.shaken, cases.conclusion) == ("cases", True, "cannot tell")
    assert built({"index": RESULTS["index"]}, edition="v2")[0] == index


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"results": {"index": RESULTS["index"]}}, "one, edition v1: measure 'cases' is missing; it is"),
        ({"edition": "v2"}, "one, edition v2: measure 'cases' is not registered; it is judged on index"),
        ({"results": RESULTS | {"more": RESULTS["index"]}}, "one, edition v1: measure 'more' is not registered;"),
        ({"draws": 11}, "one, index: draws=10, registered is 11; make it as registered"),
        ({"results": RESULTS | {"index": result(0, 0, 0, "cases")}}, "one, index: outcome='cases', registered"),
        ({"failed": {"cases": ["typo"]}}, "one: no check 'typo' of 'cases' is registered; it has other series"),
    ],
)  # fmt: skip
def test_what_is_not_registered_is_refused(changed, line):
    with pytest.raises(InputError) as error:
        built(**changed)
    assert error.value.line().startswith(line)


def test_the_estimate_of_the_claim_is_its_first_measure_turned_as_the_rule_asks():
    fields = evidence_fields(registered("worsening"), RESULTS["index"], measures=RESULTS, parameters={"DRAWS": 10})
    assert (fields["estimate"], fields["interval"], fields["unit"]) == (-0.1, (-0.14, -0.06), "points")
    assert fields["summary"] == "Said. A change of the registered size: index ruled out; cases cannot tell."


def test_columns_are_added_and_scaled_from_the_first_comparable_year_on():
    item = RegisteredMeasure.model_validate(INDEX | {"factor": 2.0, "first_year": 2001})
    frame = pd.DataFrame({"iso3": "AAA", "data_year": [2000, 2001, 2002], "a": [1, 1, None], "b": [1, 2, 3], "c": 0})
    values = item.values(frame)
    assert list(values) == ["iso3", "data_year", "index"]
    assert values["index"].tolist()[0] == 6
    assert values["data_year"].tolist() == [2001, 2002]
    assert values["index"].isna().tolist() == [False, True]
