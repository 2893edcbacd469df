"""Decompositions and 2 x 2 tables against Das Gupta (1993), Newcombe (1998), Fisher, SciPy and closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.methods.composition import difference_of_proportions, exact_2x2, kitagawa

PRINTED = 1e-3  # Das Gupta's example, printed to three decimals
NEWCOMBE = 5e-5  # his Table II, four decimals
SAME = 1e-9  # identities and other implementations
R_ROOT = 1e-4  # R's fisher.test: its root finder stops at 1.2e-4 (on 1/odds for the upper end, so that is not compared)

COUNT = st.integers(1, 40)
FACTOR = st.lists(st.floats(0.01, 100), min_size=3, max_size=3)


def test_two_factors_are_das_gupta_example_2_1():
    # Mean earnings as earnings per earner times earners per person, US men 1980.
    found = kitagawa(10930, 0.717892, 16591, 0.825974, factors=("earnings per earner", "share of earners"))
    assert found.first.sum() == pytest.approx(4369.913, abs=PRINTED)
    assert found.second.sum() == pytest.approx(1487.262, abs=PRINTED)
    assert "+4370 from earnings per earner and +1487 from share of earners" in found.sentence()


@settings(derandomize=True, deadline=None, max_examples=50)
@given(w0=FACTOR, r0=FACTOR, w1=FACTOR, r1=FACTOR)
def test_parts_add_up_and_change_sign_with_time(w0, r0, w1, r1):
    forth, back = kitagawa(w0, r0, w1, r1), kitagawa(w1, r1, w0, r0)
    scale = float(np.dot(w0, r0) + np.dot(w1, r1))
    assert forth.first.sum() + forth.second.sum() == pytest.approx(forth.after - forth.before, abs=SAME * scale)
    np.testing.assert_allclose(forth.first, -back.first, atol=SAME * scale)
    np.testing.assert_allclose(kitagawa(r0, w0, r1, w1).second, forth.first, atol=SAME * scale)


def test_groups_keep_their_labels():
    before = pd.Series([10.0, 5.0], index=["cities", "villages"])
    table = kitagawa(before, [0.5, 0.2], [20.0, 5.0], [0.5, 0.4]).table()
    assert table.loc["cities"].tolist() == pytest.approx([5.0, 0.0])
    assert table.loc["villages"].tolist() == pytest.approx([0.0, 1.0])
    assert table.loc["all"].tolist() == pytest.approx([5.0, 1.0])


def test_tea_tasting_is_fisher_1935():
    found = exact_2x2([[3, 1], [1, 3]])
    # R's fisher.test of the tea: twice the .242857 of as many cups or more, as the margins are alike.
    assert found.p_fisher == pytest.approx(0.4857143, abs=1e-6)
    # The conditional estimate makes the expected cell equal to the one seen: weights C(4, k) C(4, 4 - k) odds^k.
    weights = np.array([1, 16, 36, 16, 1]) * found.estimate ** np.arange(5)
    assert np.arange(5) @ weights / weights.sum() == pytest.approx(3, abs=SAME)
    # At the lower end 3 or more, at the upper end 3 or fewer, have probability .025.
    for end, cells in ((found.lower, slice(3, None)), (found.upper, slice(0, 4))):
        weights = np.array([1, 16, 36, 16, 1]) * end ** np.arange(5)
        assert weights[cells].sum() / weights.sum() == pytest.approx(0.025, abs=SAME)
    assert (found.estimate, found.lower) == pytest.approx((6.408309, 0.2117329), rel=R_ROOT)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(a=COUNT, b=COUNT, c=COUNT, d=COUNT)
def test_p_values_equal_scipy_and_their_definitions(a, b, c, d):
    found = exact_2x2([[a, b], [c, d]])
    assert found.p_fisher == pytest.approx(stats.fisher_exact([[a, b], [c, d]]).pvalue, abs=SAME)
    chances = {k: stats.hypergeom.pmf(k, a + b + c + d, a + c, a + b) for k in range(min(a + b, a + c) + 1)}
    here = chances[a]
    rarer = sum(v for v in chances.values() if v < here * (1 - 1e-7))
    alike = sum(v for v in chances.values() if abs(v - here) <= here * 1e-7)
    assert found.p_value == pytest.approx(rarer + alike / 2, abs=SAME)
    assert found.counts == (a, b, c, d)


@pytest.mark.parametrize(
    ("x1", "n1", "x2", "n2", "interval"),
    [
        (56, 70, 48, 80, (0.0524, 0.3339)),
        (9, 10, 3, 10, (0.1705, 0.8090)),
        (6, 7, 2, 7, (0.0582, 0.8062)),
        (5, 56, 0, 29, (-0.0381, 0.1926)),
        (0, 10, 0, 20, (-0.1611, 0.2775)),
        (10, 10, 0, 10, (0.6075, 1.0)),
    ],
)
def test_differences_are_newcombe_table_2_method_10(x1, n1, x2, n2, interval):
    estimate, *ends = difference_of_proportions(x1, n1, x2, n2)
    assert ends == pytest.approx(interval, abs=NEWCOMBE)
    assert estimate == pytest.approx(x1 / n1 - x2 / n2)
