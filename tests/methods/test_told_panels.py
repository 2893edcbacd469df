"""What results on panels and local projections say: sentences and tables from fields by hand, and what is passed on.

The authority of numbers: the docstrings, closed forms (t with one degree of freedom is the Cauchy distribution, with
quartiles at -1 and 1), and the same regression called directly.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.methods.eventtime import HALF_YEAR, event_dummies, event_study
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit, conditional_poisson

EXACT = 1e-9  # closed forms
CAUCHY = math.tan(0.475 * math.pi)  # 97.5% point, 12.706
RATES = ConditionalPoissonFit(
    names=("raid", "heat"),
    coefficients=np.array([math.log(2), math.log(3)]),
    errors=np.array([math.log(2) / stats.t.ppf(0.975, 1233), math.log(3) / stats.t.ppf(0.975, 1233)]),
    covariance=np.eye(2),
    log_likelihood=-5.0,
    n=20_000,
    n_used=12_000,
    n_groups=3_000,
    n_groups_dropped=1_500,
    n_clusters=1_234,
    small_sample="clusters",
    iterations=3,
)
TOLD = {
    "rate ratios": (
        RATES,
        "The rate ratio of raid is 2.00 (95% interval 1.00 to 4.00, p = 0.05; conditional Poisson, errors clustered on "
        "1,234 units); 12,000 of 20,000 rows identify it, in 3,000 groups (1,500 groups without any event are "
        "dropped).",
    ),
}
TABLES = {
    "rate ratios": (
        replace(RATES, n_clusters=2, errors=np.log([2.0, 9.0])),
        {
            "rate_ratio": [2.0, 3.0],
            "lower": [1.0, 1 / 3],
            "upper": [4.0, 27.0],
            "log_ratio": np.log([2.0, 3.0]),
            "error": np.log([2.0, 9.0]),
            "z": [1.0, 0.5],
            "p": [0.5, 1 - 2 * math.atan(0.5) / math.pi],
        },
        pd.Index(["raid", "heat"], name="term"),
    ),
}


@pytest.mark.parametrize(("result", "sentence"), TOLD.values(), ids=TOLD)
def test_the_sentence_is_this_word_for_word(result, sentence):
    assert result.sentence() == sentence


@pytest.mark.parametrize(("result", "columns", "index"), TABLES.values(), ids=TABLES)
def test_the_table_has_these_columns_rows_and_values(result, columns, index):
    pd.testing.assert_frame_equal(result.table(level=0.5), pd.DataFrame(columns, index=index), rtol=EXACT)


def test_an_event_study_regresses_on_its_half_year_windows_and_controls_within_unit_years():
    rng = np.random.default_rng(2)
    unit, month = np.repeat(np.arange(12), 48), np.tile(np.arange(24_000, 24_048), 12)
    dates = {"event_unit": np.arange(12), "event_month": rng.integers(24_004, 24_044, 12)}
    y, heat = rng.poisson(6.0, 576), pd.DataFrame({"heat": rng.normal(size=576)}, index=np.arange(576) + 7)
    region = np.repeat(np.arange(4), 144)
    marks = event_dummies(unit, month, **dates)
    assert list(marks) == list(HALF_YEAR) == ["before_6_4", "before_3_1", "event_month", "after_1_3", "after_4_6"]
    x = marks.assign(heat=heat["heat"].to_numpy())
    for given, cluster in ((None, unit), (region, region)):
        found = event_study(y, unit=unit, month=month, **dates, controls=heat, cluster=given)
        direct = conditional_poisson(y, x, groups=unit * 10_000 + month // 12, also=month % 12, cluster=cluster)
        assert (found.names, found.n_clusters) == ((*HALF_YEAR, "heat"), len(set(cluster)))
        np.testing.assert_allclose(found.coefficients, direct.coefficients)
        np.testing.assert_allclose(found.errors, direct.errors)


def test_a_conditional_poisson_fit_of_pairs_by_hand():
    """One treated and one untreated row a group: 15 of 27 events fall on the treated, and the empty group on none."""
    y, treated = [3.0, 1, 7, 2, 0, 4, 5, 5, 0, 0], np.tile([1.0, 0.0], 5)
    found = conditional_poisson(y, treated, groups=np.repeat(np.arange(5), 2))
    assert found.log_likelihood == pytest.approx(15 * math.log(15 / 27) + 12 * math.log(12 / 27))
    assert (found.names, found.small_sample) == (("x0",), "clusters")
    assert (found.n, found.n_used, found.n_groups, found.n_groups_dropped, found.n_clusters) == (10, 8, 4, 1, 4)
    assert found.covariance.item() == pytest.approx(found.errors[0] ** 2)
    assert 1 <= found.iterations < 10


@pytest.mark.parametrize(
    "make",
    [
        lambda: conditional_poisson([3.0, 1, 7, 2], [1.0, 0, 1, 0], groups=[0, 0, 1, 1]),
    ],
)
def test_every_array_of_a_result_refuses_writing(make):
    fit = make()
    arrays = [value for value in (getattr(fit, name) for name in fit.__slots__) if isinstance(value, np.ndarray)]
    assert arrays
    for values in arrays:
        with pytest.raises(ValueError, match="read-only"):
            values.flat[0] = 1.0
