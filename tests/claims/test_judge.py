"""The judges: every branch of every rule, on evidence made for it.

Authority: the decision rules of the register's preamble (gate 1: can the claim be tested; gate 2: what does the
evidence say), restated beside each case.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.claims.judge import CONTRADICTED, NOT_TESTABLE, PARTLY, SUPPORTED, judge, not_passed
from tests.claims.make import THRESHOLDS, check, claim, effect, evidence, measure, report

few = settings(derandomize=True, deadline=None, max_examples=50)
finite = st.floats(-10, 10)


def conclude(one, found, *, p=None):
    return judge(one, found, THRESHOLDS, p_adjusted=p)


def verdict(one, found, *, p=None):
    return conclude(one, found, p=p).verdict


# --- match: within half a unit of the last printed place, in the vintage that is named


def printed(value, decimals):
    rule = {"quantities": [{"quantity": "score", "value": value, "decimals": decimals}]}
    return claim("figure", rule=rule)


def found(value, quantity="score", vintage="v1"):
    return {"quantity": quantity, "vintage": vintage, "value": value}


@pytest.mark.parametrize(
    ("value", "decimals", "computed", "agrees"),
    [
        (75, 0, 75.5, True),
        (75, 0, 75.51, False),
        (3.8, 1, 3.75, True),
        (3.8, 1, 3.749, False),
        (6.99, 2, 6.985, True),
        (6.99, 2, 6.984, False),
        (0.5, 1, -0.5, False),
    ],
)
def test_match_is_half_a_unit_of_the_last_printed_place(value, decimals, computed, agrees):
    assert verdict(printed(value, decimals), evidence(found=[found(computed)])) == (
        SUPPORTED if agrees else CONTRADICTED
    )


@few
@given(st.integers(-500, 500), st.integers(0, 4), st.floats(-0.49, 0.49))
def test_a_figure_agrees_with_whatever_rounds_to_it(units, decimals, shift):
    value = round(units / 10**decimals, decimals)
    assert verdict(printed(value, decimals), evidence(found=[found(value + shift / 10**decimals)])) == SUPPORTED
    assert verdict(printed(value, decimals), evidence(found=[found(value + 1.01 / 10**decimals)])) == CONTRADICTED


TWO = claim("figure", rule={"quantities": [{"quantity": "rank", "value": 75}, {"quantity": "n", "value": 162}]})


def test_match_needs_all_figures_in_one_and_the_same_other_vintage():
    found_apart = [found(75, "rank", "v2"), found(1, "n", "v2"), found(162, "n", "v3"), found(1, "rank", "v3")]
    assert verdict(TWO, evidence(found=[found(108, "rank"), found(165, "n"), *found_apart])) == CONTRADICTED


@pytest.mark.parametrize(
    ("values", "primary", "expected"),
    [
        ({"v1": 75, "v2": 111}, True, SUPPORTED),
        ({"v2": 75}, False, SUPPORTED),
        ({"v2": 111}, False, CONTRADICTED),
    ],
)
def test_match_is_judged_on_what_the_article_could_see_and_a_later_vintage_on_itself(values, primary, expected):
    computed = [found(value, vintage=vintage) for vintage, value in values.items()]
    assert verdict(printed(75, 0), evidence(found=computed, vintage="v2", primary=primary)) == expected


# --- extremum: probability .95 and .05, both included


@pytest.mark.parametrize(
    ("rule", "supported", "partly", "contradicted"),
    [
        ({}, (1.0, 0.95), (0.9499, 0.0501), (0.05, 0.0)),
        ({"supported_from": 0.99, "contradicted_to": 0.5}, (0.99,), (0.96,), (0.5,)),
    ],
)
def test_extremum_by_the_bounds_of_its_rule(rule, supported, partly, contradicted):
    for expected, those in ((SUPPORTED, supported), (PARTLY, partly), (CONTRADICTED, contradicted)):
        for probability in those:
            assert verdict(claim("extremum", rule=rule), evidence(probability=probability)) == expected


# --- directional: the smallest effect is .05, a rise is claimed


def rise(**fields):
    return claim("directional", **fields)


def curve(same_sign=1.0, joint_p=0.01):
    return {"n": 100, "share_same_sign": same_sign, "share_significant": 0.5, "joint_p": joint_p}


@pytest.mark.parametrize(
    ("estimate", "low", "high", "expected", "reason"),
    [
        # The interval excludes no effect in the claimed direction and the estimate has the registered size.
        (0.10, 0.02, 0.18, SUPPORTED, ""),
        (0.05, 0.01, 0.09, SUPPORTED, ""),
        # It excludes no effect, but the estimate is smaller than registered, and the interval does not rule it out.
        (0.04, 0.01, 0.07, PARTLY, ""),
        # It excludes no effect on the wrong side.
        (-0.10, -0.18, -0.02, CONTRADICTED, ""),
        # It lies inside the smallest effect of interest.
        (0.00, -0.04, 0.04, CONTRADICTED, ""),
        (0.02, 0.01, 0.03, CONTRADICTED, ""),
        # It holds both no effect and one of the registered size.
        (0.03, -0.02, 0.08, NOT_TESTABLE, "underpowered"),
        (0.20, -0.01, 0.41, NOT_TESTABLE, "underpowered"),
        (0.00, -0.05, 0.05, NOT_TESTABLE, "underpowered"),
    ],
)
def test_directional_by_interval_and_size(estimate, low, high, expected, reason):
    result = conclude(rise(), effect(estimate, low, high))
    assert (result.verdict, result.reason) == (expected, reason)


@few
@given(finite, finite, finite)
def test_a_fall_is_the_mirror_image_of_a_rise(a, b, c):
    low, middle, high = sorted((a, b, c))
    fall = claim("directional", rule={"direction": "fall"})
    assert conclude(rise(), effect(middle, low, high)).label == conclude(fall, effect(-middle, -high, -low)).label


@few
@given(st.floats(0.1, 8), st.floats(0.1, 8), st.floats(0.1, 8))
def test_a_ratio_is_judged_on_the_log_scale(a, b, c):
    low, middle, high = sorted((a, b, c))
    rule, size = {"scale": "ratio"}, {"value": 1.25, "unit": "rate ratio"}
    up = claim("directional", rule=rule, smallest_effect=size)
    down = claim("directional", rule=rule | {"direction": "fall"}, smallest_effect=size | {"value": 0.8})
    # 0.8 = 1 / 1.25: a ratio and its reciprocal must get the same verdict once the direction is turned.
    assert conclude(up, effect(middle, low, high)).label == conclude(down, effect(1 / middle, 1 / high, 1 / low)).label


def test_a_ratio_whose_interval_starts_at_zero_is_no_error():
    one = claim("directional", rule={"scale": "ratio"}, smallest_effect={"value": 1.25, "unit": "rate ratio"})
    assert conclude(one, effect(0.5, 0, 4)).reason == "underpowered"


@pytest.mark.parametrize(
    ("fields", "p", "said"),
    [
        ({}, 0.051, "adjusted p is 0.051"),
        ({"falsifications": [check(passed=False)]}, None, "placebo"),
        ({"multiverse": curve(same_sign=0.79)}, None, "79% of specifications have the sign"),
        ({"multiverse": curve(joint_p=0.06)}, None, "joint p is 0.06"),
    ],
)
def test_a_failed_condition_makes_a_clear_effect_partly_supported_and_is_named(fields, p, said):
    result = conclude(rise(), effect(0.10, 0.02, 0.18, **fields), p=p)
    assert result.verdict == PARTLY
    assert said in result.why


def test_every_condition_on_its_bound_still_holds():
    strong = effect(0.10, 0.02, 0.18, multiverse=curve(same_sign=0.80, joint_p=0.05), falsifications=[check()])
    assert verdict(rise(falsifications=["placebo"]), strong, p=0.05) == SUPPORTED


def test_not_passed_lists_failures_before_omissions():
    one = claim("mechanism", falsifications=["a", "b", "c"])
    assert not_passed(one, evidence(falsifications=[check("b", False), check("a")])) == ["b", "c (not run)"]
    assert not_passed(one, evidence(falsifications=[check(name) for name in "abc"])) == []


@pytest.mark.parametrize(
    ("scale", "effect_size", "detectable", "expected"),
    [
        # methods, gate 1c: beyond twice the smallest effect of interest a single component decides nothing.
        ("difference", 0.05, 0.10, PARTLY),
        ("difference", 0.05, 0.101, NOT_TESTABLE),
        # Twice on the log scale is the square of the ratio: 1.25 squared is 1.5625.
        ("ratio", 1.25, 1.56, PARTLY),
        ("ratio", 1.25, 1.57, NOT_TESTABLE),
    ],
)
def test_a_component_does_not_rescue_an_underpowered_study(scale, effect_size, detectable, expected):
    one = claim("directional", rule={"scale": scale}, smallest_effect={"value": effect_size, "unit": "u"})
    interval = (1.1, 0.9, 1.6) if scale == "ratio" else (0.03, -0.02, 0.08)
    found = effect(*interval, components=[check("A")], minimum_detectable_effect=detectable)
    assert verdict(one, found) == expected


# Drawn around the bounds: from everywhere, hardly any interval would be supported.
around_the_size, around_the_level = st.floats(-0.02, 0.2), st.floats(0, 0.1)


@few
@given(around_the_size, around_the_size, around_the_size, around_the_level)
@example(1e-9, 0.05, 0.2, 0.05)
@example(0.0, 0.1, 0.2, 0.01)
def test_support_is_the_sign_the_size_and_the_p(a, b, c, p):
    low, middle, high = sorted((a, b, c))
    holds = low > 0 and middle >= 0.05 and p <= THRESHOLDS.alpha
    assert (verdict(rise(), effect(middle, low, high), p=p) == SUPPORTED) == holds


# --- non-inferiority: the margin is 1, positive = the change that the rule is against; two thirds of the sources

HOLDS, FAILS, OPEN = (-0.2, -0.9, 0.5), (1.5, 0.5, 2.5), (0.5, -0.5, 1.5)


def measures(*shapes):
    return [measure(f"P{number}", *shape) for number, shape in enumerate(shapes)]


@pytest.mark.parametrize(
    ("shapes", "expected", "reason"),
    [
        ([HOLDS, HOLDS, HOLDS], SUPPORTED, ""),
        ([HOLDS, HOLDS, OPEN], SUPPORTED, ""),
        ([HOLDS, OPEN, OPEN], PARTLY, ""),
        ([HOLDS, FAILS], PARTLY, ""),
        ([FAILS, FAILS, OPEN], CONTRADICTED, ""),
        ([FAILS, OPEN, OPEN], NOT_TESTABLE, "underpowered"),  # nothing supports it, and too few contradict it
        ([OPEN, OPEN, OPEN], NOT_TESTABLE, "underpowered"),
        ([], NOT_TESTABLE, "no data"),
    ],
)
@pytest.mark.parametrize("against", ["improvement", "worsening"])
def test_non_inferiority(shapes, expected, reason, against):
    one = claim("non-inferiority", rule={"against": against})
    result = conclude(one, evidence(measures=measures(*shapes)))
    assert (result.verdict, result.reason) == (expected, reason)
    if expected in (SUPPORTED, CONTRADICTED):
        assert {"improvement": "an improvement", "worsening": "a worsening"}[against] in result.why


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((0.5, -0.5, 1.0), NOT_TESTABLE),  # the bound is the margin itself: not below it
        ((1.0, 0.1, 1.9), CONTRADICTED),  # a change of the registered size that excludes none
        ((0.9, 0.1, 1.7), NOT_TESTABLE),  # excludes no change, but is smaller than registered
        ((1.0, 0.0, 2.0), NOT_TESTABLE),
        ((-5, -6, -4), SUPPORTED),  # the opposite change is no change of the kind the rule is against
    ],
)
def test_non_inferiority_at_its_bounds(shape, expected):
    assert verdict(claim("non-inferiority"), evidence(measures=measures(shape))) == expected


def test_measures_of_one_producer_share_one_vote():
    # Eight of one producer hold, one each of two others fails: one vote against two, not eight against two.
    many = [measure("P0", *HOLDS)] * 8 + [measure("P1", *FAILS), measure("P2", *FAILS)]
    assert verdict(claim("non-inferiority"), evidence(measures=many)) == CONTRADICTED


def test_a_producer_at_odds_with_itself_gives_half_a_vote_to_each_side():
    split = [measure("P0", *HOLDS), measure("P0", *FAILS)]
    result = conclude(claim("non-inferiority"), evidence(measures=split))
    assert result.verdict == PARTLY
    assert result.why.startswith("0.5 of 1 independent source")


@few
@given(st.permutations(measures(HOLDS, HOLDS, FAILS, OPEN)))
def test_the_order_of_measures_does_not_matter(shuffled):
    expected = conclude(claim("non-inferiority"), evidence(measures=measures(HOLDS, HOLDS, FAILS, OPEN)))
    assert conclude(claim("non-inferiority"), evidence(measures=shuffled)) == expected


# --- mechanism: by design, with every rival tested


@pytest.mark.parametrize(
    ("fields", "expected", "reason"),
    [
        ({"falsifications": [check("rival: R")]}, SUPPORTED, ""),
        ({"falsifications": [check("rival: R")], "design": "model-based"}, PARTLY, ""),
        ({"falsifications": [check("rival: R", passed=False)]}, PARTLY, ""),
        ({}, PARTLY, ""),
        ({"falsifications": [check("rival: R")], "identified": False}, NOT_TESTABLE, "not identified"),
    ],
)
def test_mechanism(fields, expected, reason):
    one = claim("mechanism", falsifications=["rival: R"])
    result = conclude(one, evidence(**fields))
    assert (result.verdict, result.reason) == (expected, reason)


SHAKEN = check("other count", passed=False) | {"asks": "finding"}


@pytest.mark.parametrize(
    ("kind", "fields", "otherwise", "expected"),
    [
        ("directional", {"estimate": -0.10, "interval": (-0.18, -0.02)}, CONTRADICTED, (NOT_TESTABLE, "fragile")),
        ("non-inferiority", {"measures": measures(FAILS)}, CONTRADICTED, (NOT_TESTABLE, "fragile")),
        ("non-inferiority", {"measures": measures(HOLDS)}, SUPPORTED, (PARTLY, "")),
    ],
)
def test_a_finding_that_its_own_checks_shake_decides_nothing(kind, fields, otherwise, expected):
    assert verdict(claim(kind), evidence(**fields)) == otherwise
    result = conclude(claim(kind), evidence(**fields, falsifications=[SHAKEN]))
    assert (result.verdict, result.reason) == expected
    assert "other count" in result.why


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("directional", {"estimate": 0.10, "interval": (0.02, 0.18)}),
        ("directional", {"estimate": -0.10, "interval": (-0.18, -0.02)}),
        ("directional", {"estimate": 0.03, "interval": (-0.02, 0.08)}),
        ("non-inferiority", {"measures": measures(FAILS)}),
        ("non-inferiority", {"measures": measures(HOLDS)}),
        ("mechanism", {}),
        ("extremum", {"probability": 0.99}),
    ],
)
@pytest.mark.parametrize("place", ["checks", "components"])
@pytest.mark.parametrize("asks", ["claim", "finding"])
def test_a_registered_check_that_was_not_run_is_as_one_that_failed(kind, fields, place, asks):
    one = claim(kind, **{place: [{"name": "other count", "asks": asks, "passes": {"p": {"below": 0.05}}}]})
    field = "falsifications" if place == "checks" else place
    run = evidence(**fields, **{field: [check("other count", passed=False) | {"asks": asks}]})
    assert conclude(one, evidence(**fields)).label == conclude(one, run).label


def test_a_measure_whose_finding_is_shaken_cannot_tell():
    holds, fails = measures(HOLDS, FAILS)
    assert verdict(claim("non-inferiority"), evidence(measures=[holds])) == SUPPORTED
    assert verdict(claim("non-inferiority"), evidence(measures=[holds | {"shaken": True}])) == NOT_TESTABLE
    assert verdict(claim("non-inferiority"), evidence(measures=[holds, fails | {"shaken": True}])) == PARTLY


def test_checks_of_the_finding_do_not_touch_rules_without_an_interval():
    assert verdict(claim("extremum"), evidence(probability=0.99, falsifications=[SHAKEN])) == SUPPORTED


# --- leaders and records, and what else leaves a claim open; the clause that says why has the numbers that decide

ONE_OFF = {"quantities": [{"quantity": "rank_of", "value": 75}, {"quantity": "score", "value": 3.7, "decimals": 1}]}


@pytest.mark.parametrize(
    ("one", "fields", "expected", "why"),
    [
        (claim("figure", rule=ONE_OFF), {"found": [found(76, "rank_of"), found(3.66)]}, PARTLY, "is 76, not 75"),
        (claim("figure", rule=ONE_OFF), {"found": [found(76, "rank_of")]}, CONTRADICTED, "score is not found, not 3.7"),
        (claim("figure"), {"found": [found(1, "rank"), found(75, "rank", "v0"), found(75, "rank", "v2")]}, PARTLY,
         "agrees in v0, v2"),
        # On a later edition only that edition counts.
        (claim("figure"), {"found": [found(1, "rank", "v2"), found(75, "rank")], "primary": False, "vintage": "v2"},
         CONTRADICTED, "rank is 1, not 75"),
        (claim("leaders"), {"members": ["NZL", "CAN"]}, SUPPORTED, "2 of the 2 named"),
        (claim("leaders"), {"members": ["NZL", "CHE"]}, PARTLY, "1 of the 2 named"),
        (claim("leaders"), {"members": []}, CONTRADICTED, "0 of the 2 named"),
        (claim("record"), {}, f"{NOT_TESTABLE}: no data", "no record"),
        (claim("record"), {"reports": [report(True)]}, SUPPORTED, "1 of 1"),
        (claim("record"), {"reports": [report(True), report(False)]}, PARTLY, "1 of 2"),
        (claim("record"), {"reports": [report(False)]}, CONTRADICTED, "0 of 1"),
        (claim("extremum"), {}, f"{NOT_TESTABLE}: no data", "no scores"),
        (claim("extremum"), {"probability": 0.0123}, CONTRADICTED, "0.0123"),
        (rise(), {}, f"{NOT_TESTABLE}: no data", "no estimate"),
        (rise(), {"estimate": 0.1, "interval": (0.0, 0.2), "identified": False}, f"{NOT_TESTABLE}: not identified",
         "rival explanations"),
        (rise(), {"estimate": 0.1, "interval": (0.02, 0.18), "components": [check("A", False), check("B", False)]},
         PARTLY, "not for A, B"),
        (rise(), {"estimate": 0.03, "interval": (-0.02, 0.08), "components": [check("A"), check("B")]}, PARTLY,
         "holds for A, B only"),
        (rise(), {"estimate": 0.0, "interval": (-0.04, 0.04), "falsifications": [check("A", False)]}, CONTRADICTED,
         "not passed: A"),
        (rise(), {"estimate": 0.0, "interval": (-1, 1), "minimum_detectable_effect": 0.301, "unit": "points"},
         f"{NOT_TESTABLE}: underpowered", "0.301 points"),
        (claim("non-inferiority"), {"measures": measures(HOLDS, FAILS, OPEN)}, PARTLY, "1 of 3 independent"),
    ],
)  # fmt: skip
def test_a_conclusion_names_what_decides_it(one, fields, expected, why):
    result = conclude(one, evidence(**fields))
    assert result.label == expected
    assert why in result.why
