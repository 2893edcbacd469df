"""The judges: every branch of every rule, on evidence made for it.

Authority: the conventions at the top of the register, restated beside each case.
"""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.claims.judge import (
    CANNOT_TELL,
    CONTRADICTED,
    INDIRECT,
    LEANS_CONTRADICTED,
    LEANS_SUPPORTED,
    MIXED,
    NOT_IDENTIFIED,
    SUPPORTED,
    TOO_FEW,
    UNRELIABLE,
    Conclusion,
    judge,
    not_passed,
    together,
)  # fmt: skip
from tests.claims.make import THRESHOLDS, check, claim, confidence, curve, effect, evidence, measure, report
from tests.shared import cases

few = settings(derandomize=True, deadline=None, max_examples=50)
SIDES = [SUPPORTED, LEANS_SUPPORTED, LEANS_CONTRADICTED, CONTRADICTED]


def conclude(one, found, *, p=None):
    return judge(one, found, THRESHOLDS, p_adjusted=p)


def verdict(one, found, *, p=None):
    return conclude(one, found, p=p).verdict


def printed(value, decimals):
    rule = {"quantities": [{"quantity": "score", "value": value, "decimals": decimals}]}
    return claim("figure", rule=rule)


def found(value, quantity="score", vintage="v1"):
    return {"quantity": quantity, "vintage": vintage, "value": value}


@pytest.mark.parametrize(
    ("value", "decimals", "computed", "agrees"),
    [(75, 0, 75.5, True), (75, 0, 75.51, False), (3.8, 1, 3.75, True), (0.5, 1, -0.5, False)],
)
def test_match_is_half_a_unit_of_the_last_printed_place(value, decimals, computed, agrees):
    assert verdict(printed(value, decimals), evidence(found=[found(computed)])) == (
        SUPPORTED if agrees else CONTRADICTED
    )


def test_where_no_figure_is_printed_conditions_hold():
    over = {"quantity": "n", "against": {"quantity": "m"}, "has_to_be": {"above": 0}}
    said = conclude(claim("figure", rule={"quantities": [over]}), evidence(found=[found(1, "n")]))
    assert said.why == "every condition holds"


TWO = claim("figure", rule={"quantities": [{"quantity": "rank", "value": 75}, {"quantity": "n", "value": 162}]})


def test_match_needs_all_figures_in_one_and_the_same_other_vintage():
    found_apart = [found(75, "rank", "v2"), found(1, "n", "v2"), found(162, "n", "v3"), found(1, "rank", "v3")]
    assert verdict(TWO, evidence(found=[found(108, "rank"), found(165, "n"), *found_apart])) == CONTRADICTED


@pytest.mark.parametrize(
    ("own", "take", "expected"),
    [(3.6, "least", SUPPORTED), (3.7, "least", MIXED), (3.8, "least", CONTRADICTED), (3.8, "most", SUPPORTED)],
)
def test_an_extremum_is_ahead_of_every_other_in_the_edition_that_is_judged(own, take, expected):
    quantities = [{"quantity": "a", "column": "a"}, {"quantity": "b", "take": take, "among": ["b", "c"]}]
    elsewhere = [found(5.0 - own, "a", "v2"), found(0.0, "b", "v2")]
    asked = evidence(found=[*elsewhere, found(own, "a"), found(3.7, "b")])
    assert verdict(claim("extremum", rule={"quantities": quantities}), asked) == expected
    assert verdict(claim("extremum", rule={"quantities": quantities}), evidence(found=elsewhere)) == CANNOT_TELL


def rise(**fields):
    return claim("directional", **fields)


@pytest.mark.parametrize(("estimate", "error", "expected"), cases("directional"))
def test_directional_by_confidence_and_size(estimate, error, expected):
    result = conclude(rise(), effect(estimate, error))
    assert result.verdict == expected
    assert result.reason == (TOO_FEW if expected == CANNOT_TELL else "")
    assert (result.confidence is not None) == (expected in SIDES)


@few
@given(st.floats(-0.3, 0.3), st.floats(0.01, 0.3))
def test_a_fall_is_the_mirror_image_of_a_rise_and_a_ratio_that_of_its_logarithm(estimate, error):
    up = effect(estimate, error)
    fall = claim("directional", rule={"direction": "fall"})
    # Confidence is of the claimed direction; only the estimate has a sign.
    assert conclude(rise(), up).label == conclude(fall, up.model_copy(update={"estimate": -estimate})).label
    size = {"value": math.exp(0.05), "unit": "rate ratio"}
    ratio = claim("directional", rule={"scale": "ratio"}, smallest_effect=size)
    near = abs(estimate - 0.05) < 1e-9
    assert (
        near
        or conclude(ratio, up.model_copy(update={"estimate": math.exp(estimate)})).label == conclude(rise(), up).label
    )


@few
@given(st.floats(-0.3, 0.3), st.floats(0.01, 0.3), st.floats(0, 1))
def test_no_correction_and_no_failed_check_turns_a_verdict_round_or_makes_it_firmer(estimate, error, p):
    found = effect(estimate, error)
    plain = conclude(rise(), found)
    for other in (
        conclude(rise(), found, p=max(p, 1 - found.confidence.beyond)),
        conclude(rise(), effect(estimate, error, falsifications=[FAILED])),
    ):
        assert other.side * plain.side >= 0
        assert abs(other.side) <= abs(plain.side)
        assert other.side or not plain.side  # what was decided or leaned still leans


FAILED = check("placebo", passed=False)
SHAKEN = check("other count", passed=False) | {"asks": "finding"}


@pytest.mark.parametrize(
    ("fields", "p", "said"),
    [
        ({}, 0.051, "large enough to matter; the confidence is just below .95 after the correction for several tests"),
        ({}, 0.3, "the confidence is .70 after the correction"),
        ({"falsifications": [FAILED]}, None, "1 check failed: placebo"),
        ({"multiverse": curve(same_sign=0.79)}, None, "same sign (21% of"),
        ({"multiverse": curve(joint_p=0.06)}, None, "failed: joint test of all specifications"),
        ({"components": [check("A"), check("B", False)]}, None, "but not for B"),
    ],
)
def test_what_is_missing_for_support_makes_it_lean_and_is_named(fields, p, said):
    result = conclude(rise(), effect(0.10, 0.04, **fields), p=p)
    assert (result.verdict, said in result.why) == (LEANS_SUPPORTED, True)
    assert result.confidence == pytest.approx(1 - p if p == 0.051 else confidence(0.1, 0.04)["beyond"])


def test_every_condition_on_its_bound_still_holds():
    strong = effect(0.10, 0.04, multiverse=curve(same_sign=0.80, joint_p=0.05), falsifications=[check()])
    assert verdict(rise(falsifications=["placebo"]), strong, p=0.05) == SUPPORTED


def test_a_contradiction_is_shaken_by_checks_of_the_finding_only():
    assert verdict(rise(), effect(-0.1, 0.02, falsifications=[FAILED])) == CONTRADICTED
    assert verdict(rise(), effect(-0.1, 0.02, falsifications=[SHAKEN])) == LEANS_CONTRADICTED


def test_not_passed_lists_failures_before_omissions():
    one = claim("mechanism", falsifications=["a", "b", "c"])
    assert not_passed(one, evidence(falsifications=[check("b", False), check("a")])) == ["b", "c (not run)"]
    assert not_passed(one, evidence(falsifications=[check(name) for name in "abc"])) == []


@pytest.mark.parametrize(
    ("short", "expected"),
    [
        ((0.99, 0.96), SUPPORTED),
        ((0.99, 0.96, 0.5), SUPPORTED),
        ((0.99, 0.90), LEANS_SUPPORTED),
        ((0.99, 0.50), CANNOT_TELL),
        ((0.99,), LEANS_SUPPORTED),  # one alone at most leans
        ((0.85,), LEANS_SUPPORTED),
        ((0.02, 0.03), CONTRADICTED),
        ((0.02, 0.15), LEANS_CONTRADICTED),
        ((0.03,), LEANS_CONTRADICTED),
        ((0.99, 0.02), MIXED),
        ((0.5, 0.5), CANNOT_TELL),
        ((), CANNOT_TELL),
    ],
)
@pytest.mark.parametrize("against", ["improvement", "worsening"])
def test_no_change_by_producer(short, expected, against):
    one = claim("non-inferiority", rule={"against": against})
    found = evidence(measures=[measure(f"P{number}", value) for number, value in enumerate(short)])
    assert verdict(one, found) == expected


@few
@given(st.permutations([measure("P", 0.97), measure("Q", 0.96), measure("R", 0.4), measure("S", 0.99, role="beside")]))
def test_the_order_of_measures_and_those_beside_do_not_matter(shuffled):
    assert verdict(claim("non-inferiority"), evidence(measures=shuffled)) == SUPPORTED


@pytest.mark.parametrize(
    ("fields", "lowered"),
    [
        ({"measures": [measure("P", 0.99, independent=0.9), measure("Q", 0.99)]}, "shared coders"),
        ({"measures": [measure("P", 0.99, shaken=True), measure("Q", 0.99)]}, "failed check"),
        ({"measures": [measure("P", 0.99), measure("Q", 0.99)], "falsifications": [SHAKEN]}, "failed check"),
        ({"measures": [measure("P", 0.99)]}, "one producer"),
    ],
)
def test_what_keeps_no_change_from_being_decided_is_named(fields, lowered):
    result = conclude(claim("non-inferiority"), evidence(**fields))
    assert (result.verdict, result.lowered) == (LEANS_SUPPORTED, (lowered,))


@pytest.mark.parametrize(
    ("short", "records", "expected"),
    [
        # A record says better if it improved by as much as matters, here 1; no better if it did not improve.
        ((0.99, 0.99), (0.0, -0.5), SUPPORTED),
        ((0.99, 0.99), (0.0, 0.5), LEANS_SUPPORTED),
        ((0.99,), (0.0, -3.0), LEANS_SUPPORTED),
        ((0.5,), (0.0, 0.0), LEANS_SUPPORTED),
        ((0.5,), (2.0, 2.0), LEANS_CONTRADICTED),
        ((0.99, 0.99), (2.0, 2.0), MIXED),
        ((0.99, 0.99), (2.0, 0.0), MIXED),
        ((0.5,), (), CANNOT_TELL),
    ],
)
def test_published_records_are_a_part_of_their_own(short, records, expected):
    measured = [measure(f"P{number}", value) for number, value in enumerate(short)]
    told = [measure(f"R{number}", value, role="record") for number, value in enumerate(records)]
    assert verdict(claim("non-inferiority"), evidence(measures=[*measured, *told])) == expected


@few
@given(st.floats(-0.3, 0.3), st.floats(0.01, 0.3))
def test_a_test_that_breaks_its_promise_decides_nothing(estimate, error):
    result = judge(
        rise(), effect(estimate, error), THRESHOLDS, p_adjusted=None, broken={1: ("clumped",), -1: ("clumped",)}
    )
    # More data would not help where the test is what errs.
    assert (result.verdict, result.reason) == (CANNOT_TELL, UNRELIABLE)


def test_what_is_indirect_leans_at_most_and_what_leans_anyway_leans_no_less():
    for kind, fields, side in (
        ("record", {"reports": [report(False, primary=True)]}, -1), ("record", {"reports": [report(True)]}, 1),
        ("non-inferiority", {"measures": [measure(name, 0.99) for name in "PQ"]}, 1),
        ("directional", {"estimate": 0.10, "confidence": confidence(0.10, 0.03)}, 1),
    ):  # fmt: skip
        direct, said = (conclude(claim(kind, indirectly=words), evidence(**fields)) for words in ("", "a for b"))
        assert (said.side, direct.side * side >= 1) == (side, True)
        assert (INDIRECT in said.lowered) == (abs(direct.side) == 2)


def test_a_test_that_misleads_to_one_side_still_speaks_for_the_other():
    told = [
        judge(rise(), effect(0.10, 0.03), THRESHOLDS, p_adjusted=None, broken={sign: ("clumped",)}).verdict
        for sign in (1, -1)
    ]
    assert told == [CANNOT_TELL, SUPPORTED]


def test_a_rule_that_misleads_to_a_side_is_silent_there_with_its_published_records():
    measures = [*(measure(name, 0.99) for name in "PQ"), *(measure(name, 0.0, role="record") for name in "RS")]
    for measured in (measures, measures[:2]):
        found, about = evidence(measures=measured), {"p_adjusted": None}
        result = judge(claim("non-inferiority"), found, THRESHOLDS, **about, broken={1: ("clumped",)})
        assert (result.verdict, result.reason) == (CANNOT_TELL, UNRELIABLE)
        assert "clumped" in result.why
        other = judge(claim("non-inferiority"), found, THRESHOLDS, **about, broken={-1: ("clumped",)})
        assert other.verdict == SUPPORTED


def test_of_two_errors_the_less_confident_counts_on_either_side():
    def told(*ends):
        return verdict(claim("non-inferiority"), evidence(measures=[measure("P", ends[0], independent=ends[1])] * 2))

    assert told(0.99, 0.7) == told(0.7, 0.99) == told(0.01, 0.3) == CANNOT_TELL
    assert told(0.99, 0.85) == LEANS_SUPPORTED
    assert told(0.01, 0.15) == LEANS_CONTRADICTED


def test_a_producer_whose_records_differ_abstains():
    def told(*values):
        return conclude(claim("non-inferiority"), evidence(measures=[measure("P", v, role="record") for v in values]))

    assert told(0.0, -0.5).verdict == LEANS_SUPPORTED
    assert told(2.0, 3.0).verdict == LEANS_CONTRADICTED
    assert told(0.0, 2.0).verdict == CANNOT_TELL


def test_a_record_of_a_change_too_small_to_matter_leaves_it_open():
    shown = {0.0: True, 1e-9: None, 0.049: None, 0.05: False, -3.0: True}
    for value, agrees in shown.items():
        one = measure("P", value, role="record") | {"smallest_effect": 0.05}
        assert evidence(measures=[one]).published[0].agrees is agrees


SHORT = "any improvement stays short of the smallest size that matters, with a confidence"
AS_LARGE = "with a confidence of .77 there is a rise, and with one of .31 it is large enough to matter"
HELD, SAID = report(True, part="a", primary=True), "the primary source agrees on “a”"
UNSURE = {"estimate": 0.03, "confidence": confidence(0.03, 0.04), "minimum_detectable_effect": 0.1234}


@pytest.mark.parametrize(
    ("one", "fields", "why", "sure"),
    [
        (claim("extremum"), {"found": [found(3.7, "a"), found(4.5, "b")]},
         "it is 3.7, and the lowest is 4.5", None),
        (rise(), {"estimate": 0.1}, "no estimate with a known error could be made", None),
        (rise(), UNSURE, AS_LARGE, None),
        (rise(), {"estimate": 0.02, "confidence": confidence(0.02, 0.01)},
         "with a confidence above .995 any rise stays short of the smallest size that matters (and with one of .98 "
         "there is a rise at all): real, but smaller than matters", confidence(0.02, 0.01)["beyond"]),
        (claim("non-inferiority"), {}, "no measure with a known error covers it", None),
        (claim("non-inferiority"), {"measures": [measure("P", 0.99)]},
         f"{SHORT} of .99 by P alone, but one producer cannot decide it", 0.99),
        (claim("non-inferiority"),
         {"measures": [measure("P", 0.99, shaken=True), measure("Q", 0.97), measure("R", 0.99, independent=0.9)]},
         f"{SHORT} of .99 by P and of .97 by Q and of .90 by R, but it would be open if experts erred independently "
         "from year to year and 1 check failed: a check of measure of P", 0.97),
        (claim("mechanism"), {}, "not passed: no rival was tested", None),
        (claim("mechanism", falsifications=["a", "b"]), {}, "not passed: a (not run), b (not run)", None),
    ],
)  # fmt: skip
def test_a_conclusion_says_on_what_numbers_it_rests(one, fields, why, sure):
    result = conclude(one, evidence(**fields))
    assert (result.why, result.confidence) == (why, sure and pytest.approx(sure))


@pytest.mark.parametrize(
    ("reports", "expected", "why"),
    [
        ([], CANNOT_TELL, "no record other than the article decides it"),
        ([report(None)], CANNOT_TELL, "the only source cannot tell"),
        ([report(None), report(None)], CANNOT_TELL, "neither source can tell"),
        ([report(None)] * 3, CANNOT_TELL, "none of the 3 sources can tell"),
        ([report(True)], LEANS_SUPPORTED, "the only source agrees"),
        ([report(False), report(None)], LEANS_CONTRADICTED, "the only source that can tell disagrees"),
        ([report(True, primary=True)], SUPPORTED, "the primary source agrees"),
        ([report(False, primary=True)], CONTRADICTED, "the primary source disagrees"),
        ([report(True, origins=2)], SUPPORTED, "both sources agree"),
        ([report(True, "S"), report(True, "T"), report(None, "U")], SUPPORTED, "both sources that can tell agree"),
        ([report(False, "S")] * 3, CONTRADICTED, "all 3 sources disagree"),
        ([report(True, "S"), report(False, "T")], MIXED, "of 2 sources, 1 agrees and 1 disagrees"),
        ([report(True, "S"), report(True, "T"), report(False, "U")], MIXED, "of 3 sources, 2 agree and 1 disagrees"),
        ([*(report(True, n) for n in "STU"), report(False)], LEANS_SUPPORTED, "of 4 sources, 3 agree and 1 disagrees"),
        ([*(report(False, n) for n in "STU"), report(True), report(None)], LEANS_CONTRADICTED,
         "of 4 sources that can tell, 1 agrees and 3 disagree"),
        # Parts: all hold; one is open; one is denied.
        ([HELD, report(True, part="b", primary=True)], SUPPORTED, f"{SAID}; the primary source agrees on “b”"),
        ([HELD, report(None, part="b")], LEANS_SUPPORTED, f"{SAID}; the only source cannot tell on “b”"),
        ([HELD, report(False, part="b")], MIXED, f"{SAID}; the only source disagrees on “b”"),
    ],
)  # fmt: skip
def test_records(reports, expected, why):
    result = conclude(claim("record"), evidence(reports=reports))
    assert (result.verdict, result.why) == (expected, why)


@few
@given(st.lists(st.sampled_from([*SIDES, MIXED, CANNOT_TELL]), min_size=1, max_size=4))
def test_parts_together_are_no_firmer_than_the_weakest_and_never_of_a_side_that_none_has(verdicts):
    parts = {str(number): Conclusion(name, "", "why") for number, name in enumerate(verdicts)}
    both, sides = together(parts), [part.side for part in parts.values()]
    # Beside a part that is open the others at most lean.
    assert abs(both.side) <= max(1, min(map(abs, sides)))
    assert not both.side or (any(sides) and all(side * both.side >= 0 for side in sides))
    assert len(set(verdicts)) > 1 or both.verdict == verdicts[0]


@pytest.mark.parametrize(
    ("fields", "expected", "reason"),
    [
        ({"falsifications": [check("rival: R")]}, SUPPORTED, ""),
        ({"falsifications": [check("rival: R")], "design": "model-based"}, LEANS_SUPPORTED, ""),
        ({"falsifications": [check("rival: R", passed=False)]}, CANNOT_TELL, NOT_IDENTIFIED),
        ({}, CANNOT_TELL, NOT_IDENTIFIED),
        ({"falsifications": [check("rival: R")], "identified": False}, CANNOT_TELL, NOT_IDENTIFIED),
    ],
)
def test_mechanism(fields, expected, reason):
    one = claim("mechanism", falsifications=["rival: R"])
    result = conclude(one, evidence(**fields))
    assert (result.verdict, result.reason) == (expected, reason)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("directional", {"estimate": 0.10, "confidence": confidence(0.1, 0.04)}),
        ("directional", {"estimate": -0.10, "confidence": confidence(-0.1, 0.04)}),
        ("directional", {"estimate": 0.03, "confidence": confidence(0.03, 0.05)}),
        ("non-inferiority", {"measures": [measure("P", 0.99), measure("Q", 0.99)]}),
        ("mechanism", {}),
    ],
)
@pytest.mark.parametrize("place", ["checks", "components"])
@pytest.mark.parametrize("asks", ["claim", "finding"])
def test_a_registered_check_that_was_not_run_is_as_one_that_failed(kind, fields, place, asks):
    one = claim(kind, **{place: [{"name": "other count", "asks": asks, "passes": {"p": {"below": 0.05}}}]})
    field = "falsifications" if place == "checks" else place
    run = evidence(**fields, **{field: [check("other count", passed=False) | {"asks": asks}]})
    assert conclude(one, evidence(**fields)).label == conclude(one, run).label


AGREEING = [found(75, "rank", "v0"), found(75, "rank", "v3")]
ONE_OFF = {"quantities": [{"quantity": "rank_of", "value": 75}, {"quantity": "score", "value": 3.7, "decimals": 1}]}


@pytest.mark.parametrize(
    ("one", "fields", "expected"),
    [
        (claim("figure", rule=ONE_OFF), {"found": [found(76, "rank_of"), found(3.66)]}, (MIXED, "rank of is 76")),
        (claim("figure", rule=ONE_OFF), {"found": [found(76, "rank_of")]}, (CONTRADICTED, "score is not found")),
        # What one edition prints, no other one confirms or denies.
        (claim("figure"), {"found": [found(1, "rank"), *AGREEING]}, (CONTRADICTED, "rank is 1")),
        (claim("leaders"), {"members": ["NZL", "CAN"]}, (SUPPORTED, "2 of the 2")),
        (claim("leaders"), {"members": ["NZL", "CHE"]}, (MIXED, "1 of the 2")),
        (claim("leaders"), {"members": []}, (CONTRADICTED, "0 of the 2")),
    ],
)  # fmt: skip
def test_figures_and_leaders(one, fields, expected):
    result = conclude(one, evidence(**fields))
    assert result.verdict == expected[0]
    assert expected[1] in result.why


def test_a_confidence_is_never_printed_as_one_of_another_verdict():
    why = conclude(claim("non-inferiority"), evidence(measures=[measure("P", 0.7951)])).why
    assert "with a confidence just below .80 by P alone" in why
