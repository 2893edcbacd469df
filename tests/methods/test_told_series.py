"""What results on single series say: sentences and tables from fields made by hand, and what is passed on.

The authority of numbers: the docstrings, closed forms (sums of squares, Pearson and likelihood-ratio statistics of two
means), noiseless series, and the same regression called directly.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.break_tests import BreakTest, poisson_change_point, sup_f
from analysis.methods.breaks import BreakDates, date_breaks
from analysis.methods.its import InterruptedSeries, interrupted_series
from analysis.methods.series import SeriesFit, regress

EXACT = 1e-9  # noiseless series and closed forms
NAN = math.nan
BREAK = BreakTest(
    np.array([4.0, 9.25]), np.array([7.0, 8.0]), 9.25, 8, 0.01, 1999, "a scan", 4.0, 1.5, 30.0, 90.0, 1.25
)
DATES = BreakDates(
    names=("const",),
    breaks=((), (28,), (28, 83)),
    rss=np.array([30.0, 20.0, 10.0]),
    bic=np.array([90.0, 77.5, 60.25]),
    chosen=1,
    coefficients=np.array([[1.0], [2.0]]),
    n=100,
    shortest=15,
)
SERIES = InterruptedSeries(
    fit=SeriesFit(
        names=("const", "level"),
        coefficients=np.array([10.0, 3.0]),
        errors=np.array([2.0, 1.0]),
        fitted=np.array([10.0, 10.0, 13.0, 13.0, 13.0]),
        degrees=math.inf,
        dispersion=1.5,
        log_likelihood=-9.0,
        theta=NAN,
        family="gaussian",
        error_type="model-based",
    ),
    start=2,
    observed=np.array([9.0, 11.0, 12.0, 14.0, 13.0]),
    counterfactual=np.array([4.0, 4.0, 10.0, 10.0, 10.0]),
)
TOLD = {
    "a break in counts": (
        BREAK,
        "The strongest candidate for a break is after period 8, from 4 to 1.5 (largest statistic 9.25, p = 0.01; a "
        "scan, 1,999 draws; dispersion 1.25).",
    ),
    "a break in a regression, which has no dispersion": (
        replace(BREAK, dispersion=NAN),
        "The strongest candidate for a break is after period 8, from 4 to 1.5 (largest statistic 9.25, p = 0.01; a "
        "scan, 1,999 draws).",
    ),
    "no break dated": (
        replace(DATES, chosen=0),
        "No break: none was asked for (100 periods, at least 15 in a segment).",
    ),
    "no break, and none would be better": (
        replace(DATES, chosen=0, bic=DATES.bic[::-1]),
        "No break: BIC is lowest without one (100 periods, at least 15 in a segment).",
    ),
    "one break that BIC does not pay for": (
        replace(DATES, bic=DATES.bic[::-1]),
        "1 break, after period 28 of 100 (Bai-Perron least squares, at least 15 periods in a segment; BIC 17.2 above "
        "that without a break).",
    ),
    "one break dated": (
        DATES,
        "1 break, after period 28 of 100 (Bai-Perron least squares, at least 15 periods in a segment; BIC 12.5 below "
        "that without a break).",
    ),
    "two breaks dated": (
        replace(DATES, chosen=2),
        "2 breaks, after period 28, 83 of 100 (Bai-Perron least squares, at least 15 periods in a segment; BIC 29.8 "
        "below that without a break).",
    ),
    "an interrupted series": (
        SERIES,
        "The coefficient of level is 3 (95% interval 1.04 to 4.96, p = 0.0027; gaussian regression on 5 periods, "
        "model-based errors, dispersion 1.5). Over the 3 periods after the interruption this sums to +9.",
    ),
}
TABLES = {
    "break test": (
        BREAK,
        {"statistic": [4.0, 9.25]},
        pd.Index([7, 8], name="last_period"),
    ),
    "break dates": (
        DATES,
        {"last_period": ["", "28", "28, 83"], "rss": [30.0, 20.0, 10.0], "bic": [90.0, 77.5, 60.25]},
        pd.RangeIndex(3, name="breaks"),
    ),
    "interrupted series": (
        SERIES,
        {
            "observed": [9.0, 11.0, 12.0, 14.0, 13.0],
            "fitted": [10.0, 10.0, 13.0, 13.0, 13.0],
            "counterfactual": [4.0, 4.0, 10.0, 10.0, 10.0],
            "after": [False, False, True, True, True],
        },
        pd.RangeIndex(5),
    ),
}


@pytest.mark.parametrize(("result", "sentence"), TOLD.values(), ids=TOLD)
def test_the_sentence_is_this_word_for_word(result, sentence):
    assert result.sentence() == sentence


@pytest.mark.parametrize(("result", "columns", "index"), TABLES.values(), ids=TABLES)
def test_the_table_has_these_columns_rows_and_values(result, columns, index):
    pd.testing.assert_frame_equal(result.table(), pd.DataFrame(columns, index=index), rtol=EXACT)


def test_a_break_of_a_mean_by_hand():
    """Residual sums of squares: 20 of .25 around the two means, and 20 of 2 squared more around their middle."""
    found = sup_f([1, 2] * 5 + [5, 6] * 5, seed=3)
    assert found.test == "sup-F, parametric bootstrap with independent normal errors"
    assert (found.position, found.before, found.after) == (10, 1.5, 5.5)
    assert found.largest == pytest.approx((85 - 5) / (5 / 18))
    assert (found.draws, found.p) == (999, 1 / 1000)
    assert found.candidates.tolist() == list(range(3, 18))
    assert math.isnan(found.null_deviance)
    assert math.isnan(found.null_aic)
    assert math.isnan(found.dispersion)


def test_a_break_of_a_rate_by_hand():
    """Rates 2 and 6 with exposures 1 and 2: squared residuals of 1 over means 2 and 12, ten degrees of freedom."""
    counts, exposure = np.array([1, 3] * 3 + [11, 13] * 3), np.array([1.0] * 6 + [2.0] * 6)
    found = poisson_change_point(counts, exposure=exposure, h=4, seed=3)
    mean = exposure * 84 / 18
    assert found.test == "Poisson likelihood-ratio scan, parametric bootstrap given the total"
    assert (found.position, found.before, found.after) == (6, 2.0, 6.0)
    assert found.largest == pytest.approx(2 * (12 * math.log(2 * 18 / 84) + 72 * math.log(6 * 18 / 84)))
    assert (found.draws, found.candidates.tolist()) == (999, [4, 5, 6, 7, 8])
    assert found.dispersion == pytest.approx((6 / 2 + 6 / 12) / 10)
    assert found.null_deviance == pytest.approx(2 * (counts * np.log(counts / mean)).sum())
    logs = [k * math.log(m) - m - math.lgamma(k + 1) for k, m in zip(counts, mean, strict=True)]
    assert found.null_aic == pytest.approx(2 - 2 * sum(logs))


def test_break_dates_of_two_means_by_hand():
    found = date_breaks([9.0, 11.0] * 10 + [29.0, 31.0] * 10, h=4)
    assert (found.chosen, found.breaks[:2], found.names) == (1, ((), (20,)), ("const",))
    assert (found.n, found.shortest, len(found.breaks)) == (40, 4, 6)
    assert found.rss[:2] == pytest.approx([40 * 101, 40])
    expected = [40 * (math.log(s) + 1 + math.log(2 * math.pi)) + p * math.log(40) for s, p in ((101, 2), (1, 4))]
    assert found.bic[:2] == pytest.approx(expected)
    assert found.coefficients.ravel() == pytest.approx([10, 30])


def test_seasons_and_trend_count_from_the_first_period_as_1():
    t = np.arange(1, 37)
    angle = 2 * np.pi * t / 12
    y = 20 + 0.5 * t + 3 * np.sin(angle) - 2 * np.cos(angle) + np.sin(2 * angle) + 4.0 * (t > 20)
    result = interrupted_series(y, start=20, family="gaussian", harmonics=2)
    assert result.fit.names == ("const", "trend", "sin1", "cos1", "sin2", "cos2", "level")
    np.testing.assert_allclose(result.fit.coefficients, [20, 0.5, 3, -2, 1, 0, 4], atol=EXACT)
    y = 20 + 3 * np.sin(2 * np.pi * t / 7) + 4.0 * (t > 20)
    other = interrupted_series(y, start=20, family="gaussian", harmonics=1, period=7, trend=False)
    np.testing.assert_allclose(other.fit.coefficients, [20, 3, 0, 4], atol=EXACT)


def test_an_interrupted_series_hands_its_options_to_the_regression():
    y = np.random.default_rng(1).poisson(20, 30)
    offset, level = np.linspace(0, 1, 30), (np.arange(30) >= 12).astype(float)
    options = {"family": "negative binomial", "covariance": "hac", "lags": 5, "small_sample": True, "offset": offset}
    found, direct = interrupted_series(y, start=12, trend=False, **options).fit, regress(y, level, **options)
    assert (found.error_type, found.degrees) == ("Newey-West (lag 5, small-sample)", 28)
    np.testing.assert_allclose(found.coefficients, direct.coefficients)
    np.testing.assert_allclose(found.errors, direct.errors)
    plain = interrupted_series(y, start=12).fit
    assert (plain.error_type, plain.family, plain.degrees) == ("quasi-likelihood", "poisson", math.inf)
    assert plain.names == ("const", "trend", "level")


@pytest.mark.parametrize("start", [0, 8, -1])
def test_an_interruption_needs_a_period_on_each_side(start):
    y = np.array([4.0, 6, 5, 5, 9, 11, 10, 12])
    with pytest.raises(InputError):
        interrupted_series(y, start=start, trend=False)
    assert [interrupted_series(y, start=k, trend=False).start for k in (1, 7)] == [1, 7]


@pytest.mark.parametrize(
    "make",
    [
        lambda: sup_f([1, 2] * 10, seed=1, draws=9),
        lambda: poisson_change_point([1, 2] * 10, seed=1, draws=9),
        lambda: date_breaks([1.0, 2.0] * 20),
        lambda: interrupted_series([4.0, 6, 5, 5, 9, 11, 10, 12], start=4),
    ],
)
def test_every_array_of_a_result_refuses_writing(make):
    fit = make()
    arrays = [value for value in (getattr(fit, name) for name in fit.__slots__) if isinstance(value, np.ndarray)]
    assert arrays
    for values in arrays:
        with pytest.raises(ValueError, match="read-only"):
            values.flat[0] = 1.0
