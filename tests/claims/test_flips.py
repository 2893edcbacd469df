"""What would change a verdict: each alteration judged by the same rule, the evidence itself untouched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.claims.flips import flips
from analysis.claims.judge import CONTRADICTED, NOT_TESTABLE, PARTLY, SUPPORTED, judge
from tests.claims.make import THRESHOLDS, check, claim, effect, evidence, measure, register, report


def found(one, item, p=None):
    return {(flip.kind, flip.change): flip.verdict for flip in flips(one, item, register(one), p_adjusted=p)}


def test_a_pass_and_a_failure_of_each_check_are_tried():
    one = claim("directional")
    clear = effect(0.1, 0.02, 0.18, falsifications=[check("leads"), check("placebo")])
    assert found(one, clear) == {("check", "a failure of leads"): PARTLY, ("check", "a failure of placebo"): PARTLY}
    doubtful = effect(0.1, 0.02, 0.18, falsifications=[check("leads"), check("placebo", passed=False)])
    assert found(one, doubtful) == {("check", "a pass in placebo"): SUPPORTED}
    failed = effect(0.1, 0.02, 0.18, falsifications=[check("leads", passed=False), check("placebo", passed=False)])
    assert found(one, failed) == {("check", "a pass in leads, placebo"): SUPPORTED}
    # A registered check that was not run does not pass with the others, and is not named with them.
    shaken = measured(1, 0.1, 1.9, 1, falsifications=[check("count", passed=False) | {"asks": "finding"}])
    assert found(claim("non-inferiority", falsifications=["leads"]), shaken)["check", "a pass in count"] == CONTRADICTED


HALF = ("threshold", "a smallest effect of interest half as large")
TWICE = ("threshold", "a smallest effect of interest twice as large")
NARROWER = ("precision", "the same estimates with intervals half as wide")


def measured(estimate, low, high, smallest=0.05, **fields):
    return evidence(measures=[measure("P", estimate, low, high, smallest)], **fields)


@pytest.mark.parametrize(
    ("scale", "size", "shape"),
    [
        # .04 is above half of .05, and the interval ends below its double.
        ("difference", 0.05, (0.04, 0.01, 0.07)),
        # 1.3 is above the square root of 1.44; twice as large on the log scale is 2.07, which the interval rules out.
        ("ratio", 1.44, (1.3, 1.1, 1.5)),
    ],
)
def test_a_threshold_is_halved_and_doubled_and_a_ratio_on_the_log_scale(scale, size, shape):
    one = claim("directional", rule={"scale": scale}, smallest_effect={"value": size, "unit": "u"})
    changed = found(one, effect(*shape))
    assert (changed[HALF], changed[TWICE]) == (SUPPORTED, CONTRADICTED)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        # Upper bound .08: below twice .05; and .04, half of it, is below .05.
        ((0.0, -0.08, 0.08), {TWICE: SUPPORTED, NARROWER: SUPPORTED}),
        # A change of .04 that excludes none is of half the size.
        ((0.04, 0.01, 0.07), {HALF: CONTRADICTED, TWICE: SUPPORTED}),
        # About .06, half the interval begins at .02.
        ((0.06, -0.02, 0.14), {NARROWER: CONTRADICTED}),
        # About .04, half the interval ends at .06: a third as wide, it would not.
        ((0.04, -0.04, 0.08), {TWICE: SUPPORTED}),
    ],
)
def test_the_thresholds_and_intervals_of_measures_are_moved_too(shape, expected):
    named = {key: f"{value}: underpowered" if value == NOT_TESTABLE else value for key, value in expected.items()}
    assert found(claim("non-inferiority"), measured(*shape)) == named


@pytest.mark.parametrize(
    ("scale", "size", "shape", "expected"),
    [
        ("difference", 0.05, (0.0, -0.08, 0.08), CONTRADICTED),  # ends at .04
        ("difference", 0.05, (0.0, -0.12, 0.12), None),  # ends at .06
        ("difference", 0.05, (0.01, 0.001, 0.1), None),  # ends at .055; the geometric mean would be .032
        ("ratio", 1.44, (0.9, 0.5, 2.2), CONTRADICTED),  # ends at 1.41; the arithmetic mean would be 1.55
        ("ratio", 1.44, (1.5, 0.0, 3.0), None),  # zero has no logarithm
    ],
)
def test_an_interval_is_halved_about_its_estimate_a_ratio_on_the_log_scale(scale, size, shape, expected):
    one = claim("directional", rule={"scale": scale}, smallest_effect={"value": size, "unit": "u"})
    assert found(one, effect(*shape)).get(NARROWER) == expected


def test_no_interval_is_made_where_there_is_none():
    assert NARROWER not in found(claim("directional"), evidence(estimate=0.1))
    assert NARROWER not in found(claim("record"), evidence(reports=[report(True)]))


def test_every_other_change_keeps_the_correction_for_several_tests():
    one = claim("directional")
    clear = effect(0.1, 0.02, 0.18, p_value=0.02, falsifications=[check("placebo")])
    assert found(one, clear, p=0.2) == {("p-value", "without the correction for several tests"): SUPPORTED}
    assert found(one, effect(0.1, 0.02, 0.18, falsifications=[check("placebo", passed=False)]), p=0.2) == {}
    hidden = effect(0.1, 0.02, 0.18, identified=False, falsifications=[check("placebo")])
    change = ("identification", "variation that tells the rival explanations apart")
    assert found(one, hidden, p=0.2) == {change: PARTLY}
    assert found(one, hidden) == {change: SUPPORTED}
    assert found(one, effect(0.1, 0.02, 0.18, p_value=0.2)) == {}


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([], {True: SUPPORTED, False: CONTRADICTED}),
        ([True], {False: PARTLY}),
        ([False], {True: PARTLY}),
        ([True, False], {}),
    ],
)
def test_one_more_record_is_tried_either_way(reports, expected):
    item = evidence(reports=[report(agrees, str(number)) for number, agrees in enumerate(reports)])
    words = {True: "agrees", False: "disagrees"}
    changes = {("record", f"one more independent record that {words[key]}"): value for key, value in expected.items()}
    assert found(claim("record"), item) == changes


def test_an_extremum_is_tried_against_a_milder_bar():
    assert found(claim("extremum"), evidence(probability=0.92)) == {
        ("threshold", "a bar of 0.9 in place of 0.95"): SUPPORTED
    }
    assert found(claim("extremum"), evidence(probability=0.89)) == {}


numbers = st.floats(-0.3, 0.3)


@settings(derandomize=True, max_examples=50, deadline=None)
@given(numbers, numbers, numbers, st.booleans())
def test_every_flip_is_another_verdict_and_the_evidence_stays_as_it_was(a, b, c, passed):
    low, middle, high = sorted((a, b, c))
    one = claim("directional")
    item = effect(middle, low, high, falsifications=[check("placebo", passed=passed)])
    before = item.model_dump_json()
    stands = judge(one, item, THRESHOLDS, p_adjusted=None)
    assert stands.label not in found(one, item).values()
    assert item.model_dump_json() == before
    assert stands.verdict != NOT_TESTABLE or stands.reason
