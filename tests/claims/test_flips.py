"""What would change a verdict: each alteration judged by the same rule, the evidence itself untouched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.claims import judge as judging
from analysis.claims.certainty import flips
from analysis.claims.judge import CANNOT_TELL, CONTRADICTED, LEANS_CONTRADICTED, LEANS_SUPPORTED, MIXED, SUPPORTED
from tests.claims.make import THRESHOLDS, check, claim, effect, evidence, measure, register, report

HALF = ("threshold", "a smallest effect of interest half as large")
TWICE = ("threshold", "a smallest effect of interest twice as large")
FAILED = check("placebo", passed=False)


def found(one, item, p=None):
    return {(flip.kind, flip.change): flip.verdict for flip in flips(one, item, register(one), p_adjusted=p)}


@pytest.mark.parametrize(("name", "kind"), [("falsifications", "check"), ("components", "part")])
def test_a_pass_and_a_failure_of_each_check_and_part_are_tried(name, kind):
    def tried(*checks):
        return {
            key: said
            for key, said in found(claim("directional"), effect(0.1, 0.025, **{name: checks})).items()
            if key[0] == kind
        }

    both = {(kind, f"a failure of {one}"): LEANS_SUPPORTED for one in ("leads", "placebo")}
    assert tried(check("leads"), check("placebo")) == both
    assert tried(check("leads"), FAILED) == {(kind, "a pass in placebo"): SUPPORTED}
    assert tried(check("leads", passed=False), FAILED) == {(kind, "a pass in leads, placebo"): SUPPORTED}


def test_the_smallest_effect_is_halved_and_doubled_that_of_a_ratio_on_its_log_scale():
    # .04 is above half of .05, and with so small an error stays short of twice that.
    assert found(claim("directional"), effect(0.04, 0.015)) == {HALF: SUPPORTED}
    assert found(claim("directional"), effect(0.0, 0.04)) == {TWICE: CONTRADICTED, HALF: f"{CANNOT_TELL}: too few data"}
    one = claim("directional", rule={"scale": "ratio"}, smallest_effect={"value": 1.44, "unit": "ratio"})
    # 1.2, the square root, is reached by 1.25 as half of 1.44, .72, would be by 1.1 too.
    for estimate, expected in ((1.25, {HALF: SUPPORTED}), (1.1, {})):
        assert found(one, effect(0.1, 0.05).model_copy(update={"estimate": estimate})) == expected


def test_the_confidence_of_measures_moves_with_their_smallest_effect():
    # The made measures are half as confident at half the size, and err half as often at twice it.
    one = evidence(measures=[measure("P", 0.96), measure("Q", 0.92)])
    more = {("record", "one more independent record that disagrees"): MIXED}
    assert found(claim("non-inferiority"), one) == more | {HALF: f"{CANNOT_TELL}: too few data", TWICE: SUPPORTED}
    records = [measure(name, 0.7, role="record") for name in "RS"]
    one = evidence(measures=[measure("P", 0.97), measure("Q", 0.97), *records])
    assert found(claim("non-inferiority"), one) == more | {HALF: LEANS_CONTRADICTED}


def test_every_other_change_keeps_the_correction_for_several_tests():
    one = claim("directional")
    clear = effect(0.1, 0.025, falsifications=[check("placebo")])
    assert found(one, clear, p=0.2) == {("p-value", "without the correction for several tests"): SUPPORTED}
    hidden = effect(0.1, 0.025, identified=False)
    change = ("identification", "variation that tells the rival explanations apart")
    assert found(one, hidden, p=0.2) == {change: LEANS_SUPPORTED}
    assert found(one, hidden) == {change: SUPPORTED}


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([], {True: LEANS_SUPPORTED, False: LEANS_CONTRADICTED}),
        ([True], {True: SUPPORTED, False: MIXED}),
        ([False], {True: MIXED, False: CONTRADICTED}),
        ([True, False], {}),
    ],
)
def test_one_more_record_is_tried_either_way(reports, expected):
    item = evidence(reports=[report(agrees, str(number)) for number, agrees in enumerate(reports)])
    words = {True: "agrees", False: "disagrees"}
    changes = {("record", f"one more independent record that {words[key]}"): value for key, value in expected.items()}
    assert found(claim("record"), item) == changes


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.floats(-0.3, 0.3), st.floats(0.01, 0.3), st.booleans())
def test_every_flip_is_another_verdict_and_the_evidence_stays_as_it_was(estimate, error, passed):
    one = claim("directional")
    item = effect(estimate, error, falsifications=[check("placebo", passed=passed)])
    before = item.model_dump_json()
    stands = judging.judge(one, item, THRESHOLDS, p_adjusted=None)
    assert stands.label not in found(one, item).values()
    assert item.model_dump_json() == before
