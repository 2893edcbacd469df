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
    said = FOUND.agreement()
    assert "over 2 variants the estimate is +0.01, with the conclusion of the first in 1 of" in said


def test_some_measures_are_handed_on_with_their_variants():
    found = FOUND.about("second")
    own = FOUND.rows[FOUND.rows["measure"] == "second"]
    assert (found.lower.tolist(), found.upper.tolist()) == (own["lower"].tolist(), own["upper"].tolist())
    assert found.multiple == pytest.approx(own["multiple"])
    assert len(found.calls) == len(own)
    assert found.sentence().startswith("second: ")
    assert "wider +0.2 (+0.06 to +0.4)" in found.sentence()
    with pytest.raises(InputError, match="no measure third"):
        FOUND.about("third")


def test_scaled_variants_conclude_as_before():
    rows = FOUND.scaled().rows
    np.testing.assert_allclose(rows["estimate"], FOUND.multiple)
    again = [both_ways(r.estimate, r.lower, r.upper, 1.0) for r in rows.itertuples()]
    assert again == [both_ways(r.estimate, r.lower, r.upper, r.margin) for r in FOUND.rows.itertuples()]
