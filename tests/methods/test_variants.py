"""Variants of an estimate: what they conclude beside the first, and what is handed on of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.methods.result import Estimate
from analysis.methods.variants import both_ways, conclusion, variants

MARGIN = 0.05


def result(estimate, lower, upper):
    return Estimate("", estimate=estimate, lower=lower, upper=upper, p_value=0.5, n=9)


ASKED = {
    "first": {"own": result(0.01, -0.02, 0.04), "wider": result(0.01, -0.02, 0.06), "none": result(0.0, -0.1, 0.1)},
    "second": {"own": result(0.2, 0.1, 0.3), "wider": result(0.2, 0.06, 0.4)},
}
FOUND = variants(ASKED, margins={"first": MARGIN, "second": 0.1}, apart=["none"])


@given(*[st.floats(-1, 1)] * 3)
def test_an_effect_of_the_margin_is_ruled_out_shown_or_neither(one, two, three):
    lower, estimate, upper = sorted((one, two, three))
    says = conclusion(estimate, lower, upper, MARGIN)
    assert (says == "ruled out") == (upper < MARGIN)
    assert (says == "shown") == (lower > 0 and estimate >= MARGIN)
    assert both_ways(estimate, lower, upper, MARGIN) == both_ways(-estimate, -upper, -lower, MARGIN)[::-1]


def test_a_variant_is_the_same_if_it_concludes_alike_in_both_directions():
    assert FOUND.same.tolist() == [True, False, False, True, True]
    other = ASKED | {"third": {"own": result(-0.2, -0.3, -0.1), "moved": result(0.1, 0.05, 0.2)}}
    found = variants(other, margins={"first": MARGIN, "second": 0.1, "third": 0.1}, apart=["none"])
    first, same = "over 2 variants the estimate", "with the conclusion of the first in"
    assert found.agreement().split(". ") == [
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
    assert found.multiple == pytest.approx(own["multiple"])
    assert len(found.calls) == len(own)
    assert found.sentence() == "second: own +0.2 (+0.1 to +0.3); wider +0.2 (+0.06 to +0.4)"
    assert " | second: " in FOUND.sentence()
    assert list(found.table()) == ["measure", "variant", "estimate", "lower", "upper", "p_value", "n", "same"]
    with pytest.raises(InputError, match="variants: no measure third; name"):
        FOUND.about("third")


def test_scaled_variants_conclude_as_before():
    rows = FOUND.scaled().rows
    np.testing.assert_allclose(rows["estimate"], FOUND.multiple)
    again = [both_ways(r.estimate, r.lower, r.upper, 1.0) for r in rows.itertuples()]
    assert again == [both_ways(r.estimate, r.lower, r.upper, r.margin) for r in FOUND.rows.itertuples()]
