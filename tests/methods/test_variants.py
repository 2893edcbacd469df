"""Variants of an estimate: what they conclude beside the first, and what is handed on of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.methods.result import Estimate
from analysis.methods.variants import conclusion, variants

MARGIN = 0.05


def result(estimate, lower, upper):
    return Estimate("", estimate=estimate, lower=lower, upper=upper, p_value=0.5, n=9)


ASKED = {
    "first": {"own": result(0.01, -0.02, 0.04), "wider": result(0.01, -0.02, 0.06), "none": result(0.0, -0.1, 0.1)},
    "second": {"own": result(0.2, 0.1, 0.3), "wider": result(0.2, 0.06, 0.4)},
}
MADE = {
    name: Estimate("", estimate=own, lower=low, upper=high, unit="rate ratio")
    for name, low, own, high in (
        ("fall", 0.3, 0.5, 0.7), ("rise", 1.5, 2.0, 3.0), ("none", 0.9, 1.0, 1.1), ("open", 0.6, 0.8, 1.05),
        ("no case", 0.0, 0.0, 0.7),
    )
}  # fmt: skip
RATIOS = variants({"m": MADE}, margins={"m": 1.25})
FOUND = variants(ASKED, margins={"first": MARGIN, "second": 0.1}, apart=["none"])


@given(*[st.floats(-1, 1)] * 3)
def test_an_effect_of_the_margin_is_ruled_out_shown_or_neither(one, two, three):
    lower, estimate, upper = sorted((one, two, three))
    says = conclusion(estimate, lower, upper, MARGIN)
    assert (says == "ruled out") == (upper < MARGIN)
    assert (says == "shown") == (lower > 0 and estimate >= MARGIN)


def test_a_variant_is_the_same_if_it_concludes_alike_in_both_directions():
    assert FOUND.same.tolist() == [True, False, False, True, True]
    other = ASKED | {"third": {"own": result(-0.2, -0.3, -0.1), "moved": result(0.1, 0.05, 0.2)}}
    found = variants(other, margins={"first": MARGIN, "second": 0.1, "third": 0.1}, apart=["none"])
    first, same = "over 2 variants the estimate", "with the conclusion of the first in"
    assert found.sentence().split(". ") == [
        f"first: {first} is +0.01, {same} 1 of them (of 0.05, upwards: ruled out, downwards: ruled out)",
        f"second: {first} is +0.2, {same} 2 of them (of 0.1, upwards: shown, downwards: ruled out)",
        f"third: {first} runs from -0.2 to +0.1, {same} 1 of them (of 0.1, upwards: ruled out, downwards: shown).",
    ]
    told = "upwards shown by 3, ruled out by 2; downwards shown by 1, ruled out by 5"
    assert found.tally() == f"Of 7 estimates, a change of the smallest size of interest: {told}."


def test_some_measures_are_handed_on_with_their_variants():
    found = FOUND.about("second")
    own = FOUND.rows[FOUND.rows["measure"] == "second"]
    assert (found.lower.tolist(), found.upper.tolist()) == (own["lower"].tolist(), own["upper"].tolist())
    assert len(found.calls) == len(own)
    assert found.sentence().startswith("second: over 2 variants the estimate is +0.2,")
    with pytest.raises(InputError, match="variants: no measure third; there are first"):
        FOUND.about("third")


def test_ratios_lie_around_one_and_a_fall_is_a_rise_turned_round():
    assert RATIOS.downwards.tolist() == ["shown", "ruled out", "ruled out", "cannot tell", "shown"]
    assert RATIOS.upwards.tolist() == ["ruled out", "shown", "ruled out", "ruled out", "ruled out"]
    assert variants({"m": MADE}, margins={"m": 0.8}).tally() == RATIOS.tally()
    assert "upwards shown by 1, ruled out by 4; downwards shown by 2, ruled out by 2" in RATIOS.tally()
    assert [*RATIOS.table()] == ["measure", "variant", "estimate", "lower", "upper", "p_value", "n", "same"]
    assert "runs from 0 to 2, with the conclusion of the first in 2 of them (of 1.25, " in RATIOS.sentence()
