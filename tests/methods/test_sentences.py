"""What results compute of their fields, made by hand: the columns of tables, and the numbers of sentences.

The authority of numbers: the definitions in the docstrings and closed forms. Student's t with one degree of freedom is
the Cauchy distribution, with quartiles at -1 and 1.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.methods.composition import kitagawa
from analysis.methods.multiverse import CRITICAL, SpecificationCurve
from analysis.methods.poisson import ConditionalPoissonFit
from analysis.methods.synthetic.estimators import SyntheticFit
from analysis.methods.synthetic.inference import _compared
from analysis.methods.synthetic.study import Study

EXACT = 1e-9  # closed forms

PROTESTS = pd.Series([12.0, 2], index=["cities", "villages"])
PARTS = kitagawa(PROTESTS, [0.5, 0.25], [2.0, 6.0], [0.75, 1.0], factors=("protests", "arrests per protest"))
RATES = ConditionalPoissonFit(
    names=("raid", "heat"),
    coefficients=np.log([2.0, 3.0]),
    errors=np.log([2.0, 3.0]) / stats.t.ppf(0.975, 40.0),
    freedom=np.array([40.0, 40.0]),
    n=20_000,
    n_used=12_000,
    n_groups=3_000,
    n_groups_dropped=1_500,
    n_clusters=1_234,
)
CURVE = SpecificationCurve(
    ({"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}),
    np.array([[0.5, 9.0], [0.0, 9.0], [-0.25, 9.0], [1.0, 9.0]]),
    np.array([[CRITICAL, 9.0], [0.0, 9.0], [-1.0, 9.0], [3.0, 9.0]]),
)

OUTCOMES = np.random.default_rng(1).normal(size=(7, 6))
STUDY = Study.from_matrix(OUTCOMES, n_pre=5, labels=["KAZ", "KGZ", "TJK", "TKM", "UZB", "MNG"], times=range(2001, 2008))
FIT = SyntheticFit(
    study=STUDY,
    method="synthetic control",
    gap=np.array([1.0, -1, 1, -1, 1, 3, 4]),
    weights=np.array([0.25, 0.75, 0.0, 0.0, 0.0]),
    time_weights=np.zeros(5),
)
# Mean squared gaps are 1, 4, 4, 1, 16, 1 before and 9, 4, 64, 9, 16.5, 4 after.
AFTER, SPREAD = np.array([2, -2, 1, -2, 0.5, 0.25]), np.sqrt([5, 0, 63, 5, 16.25, 3.9375])
COMPARED = _compared(FIT, np.column_stack([*[[1, 2, 2, 1, 4, 1]] * 5, AFTER - SPREAD, AFTER + SPREAD]))


def test_a_comparison_by_hand():
    """Five placebos leave four degrees of freedom: printed tables of t have 2.776 at 97.5% and 0.941 at 80%."""
    ends = (COMPARED.estimate, COMPARED.lower, COMPARED.upper, COMPARED.minimum_detectable_effect)
    spread = np.std([-2, 1, -2, 0.5, 0.25], ddof=1)
    expected = (2, 2 - 2.776445 * spread, 2 + 2.776445 * spread, (2.776445 + 0.940965) * spread)
    assert ends == pytest.approx(expected, rel=1e-6)
    assert (COMPARED.p_value, COMPARED.ratio_p) == (0.5, 0.5)


def test_a_curve_of_falls_says_how_many_specifications_share_its_sign():
    falls = SpecificationCurve(CURVE.specifications, -CURVE.estimates, -CURVE.z)
    assert "-0.25 (from -1 to +0.25); 50% have its sign, 25% are significant" in falls.sentence()


TABLES = [
    (
        PARTS,
        {"protests": [-6.25, 2.5, -3.75], "arrests per protest": [1.75, 3.0, 4.75]},
        pd.Index(["cities", "villages", "all"], name="group"),
    ),
    (
        CURVE,
        {
            "a": [1, 2, 3, 4],
            "estimate": [0.5, 0.0, -0.25, 1.0],
            "z": [CRITICAL, 0.0, -1.0, 3.0],
            "p": [2 * 0.025, 1.0, math.erfc(math.sqrt(0.5)), math.erfc(3 * math.sqrt(0.5))],
        },
        pd.RangeIndex(1, 5, name="specification"),
    ),
    (
        FIT,
        {
            "time": range(2001, 2008),
            "observed": OUTCOMES[:, 0],
            "synthetic": OUTCOMES[:, 0] - FIT.gap,
            "gap": FIT.gap,
            "treated": [False] * 5 + [True] * 2,
        },
        None,
    ),
    (
        replace(COMPARED, rows=COMPARED.placebos()),
        {
            "unit": ["TJK", "KAZ", "TKM", "MNG", "UZB", "KGZ"],
            "treated": [False, True, *[False] * 4],
            "estimate": [1.0, 2.0, -2.0, 0.25, 0.5, -2.0],
            "pre_rmspe": [2.0, 1.0, 1.0, 1.0, 4.0, 2.0],
            "mspe_ratio": [16.0, 9.0, 9.0, 4.0, 16.5 / 16, 1.0],
        },
        None,
    ),
]


@pytest.mark.parametrize(("result", "columns", "index"), TABLES, ids=lambda part: type(part).__name__)
def test_the_table_has_these_columns_rows_and_values(result, columns, index):
    expected = pd.DataFrame(columns, index=index)
    pd.testing.assert_frame_equal(result.table(), expected, check_exact=False, rtol=EXACT, atol=EXACT)


def test_rate_ratios_use_students_t():
    few = replace(RATES, freedom=np.ones(2), errors=np.log([2.0, 9.0])).table()
    far = math.tan(0.475 * math.pi)
    assert few["lower"].tolist() == pytest.approx([2.0 ** (1 - far), 3.0 * 9.0**-far])
    assert few["upper"].tolist() == pytest.approx([2.0 ** (1 + far), 3.0 * 9.0**far])
    assert few["p"].tolist() == pytest.approx([0.5, 1 - 2 * math.atan(0.5) / math.pi])
    assert RATES.sentence("heat").startswith(
        "The rate ratio of heat is 3.00 (95% interval 1.00 to 9.00, p of no effect = 0.05;"
    )


def test_weights_are_sorted_and_the_smallest_left_out():
    fit = replace(FIT, weights=np.array([-0.25, 0.5, 4.9e-4, 0.5, 0.25]))
    assert fit.weights_table().to_numpy().tolist() == [["TJK", 0.5], ["UZB", 0.5], ["MNG", 0.25], ["KGZ", -0.25]]
    assert "1.6 effective of 5 donors" in str(replace(FIT, weights=np.array([1.5, -0.5, 0, 0, 0])))
