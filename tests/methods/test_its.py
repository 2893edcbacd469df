"""Interrupted time series against the published analysis of the Sicilian smoking ban, and closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import AnalysisError, InputError
from analysis.methods.its import interrupted_series
from tests.shared import shared_file

PRINTED_MODEL = 1e-4  # row C1: four decimals
PRINTED_QUASI = 1e-3  # rows C2 and C3
EXACT = 1e-9  # noiseless series


@pytest.fixture(scope="module")
def sicily() -> pd.DataFrame:
    return pd.read_csv(shared_file("validation/sicily.csv"))


def step(sicily: pd.DataFrame, **keywords) -> tuple[list[float], float]:
    start = int(np.argmax(sicily["smokban"]))
    result = interrupted_series(sicily["aces"], start=start, offset=np.log(sicily["stdpop"]), **keywords)
    row = result.fit.table().loc["level", ["rate_ratio", "ratio_lower", "ratio_upper"]]
    return row.tolist(), result.fit.dispersion


def test_sicily_poisson(sicily):
    ratio, _ = step(sicily, covariance="model")
    assert ratio == pytest.approx([0.8944, 0.8647, 0.9251], abs=PRINTED_MODEL)


def test_sicily_quasi_poisson(sicily):
    ratio, dispersion = step(sicily, covariance="quasi")
    assert ratio[1:] == pytest.approx([0.8392, 0.9532], abs=PRINTED_QUASI)
    assert dispersion == pytest.approx(3.559, abs=PRINTED_QUASI)


def test_sicily_seasonally_adjusted(sicily):
    ratio, dispersion = step(sicily, covariance="quasi", harmonics=2)
    assert ratio == pytest.approx([0.8851, 0.8394, 0.9332], abs=PRINTED_QUASI)
    assert dispersion == pytest.approx(2.262, abs=PRINTED_QUASI)


def test_recovers_a_noiseless_step_and_change_of_slope():
    t = np.arange(24.0)
    y = 5 + 0.5 * t + np.where(t >= 10, 3 - 0.25 * (t - 10), 0)
    result = interrupted_series(y, start=10, family="gaussian", slope_change=True)
    found = dict(zip(result.fit.names, result.fit.coefficients, strict=True))
    assert found["level"] == pytest.approx(3, abs=EXACT)
    assert found["slope"] == pytest.approx(-0.25, abs=EXACT)
    np.testing.assert_allclose(result.counterfactual, 5 + 0.5 * t, atol=EXACT)


def test_counterfactual_and_sentence_of_a_step_alone():
    # Without a trend the fitted rates are the two means, and the counterfactual is the mean before.
    y = np.array([4.0, 6, 5, 5, 9, 11, 10, 10])
    result = interrupted_series(y, start=4, trend=False)
    np.testing.assert_allclose(result.counterfactual, 5.0, atol=EXACT)
    assert result.fit.table().loc["level", "rate_ratio"] == pytest.approx(2, abs=EXACT)
    assert result.sentence().startswith("The rate ratio of level is 2 (95% interval")
    assert result.sentence().endswith("Over the 4 periods after the interruption this sums to +20.")
    assert result.table()["after"].sum() == 4


def test_a_series_that_falls_to_zero_is_refused_not_reported_as_a_ratio_of_zero():
    with pytest.raises(AnalysisError, match="a rate runs to zero"):
        interrupted_series(np.array([4.0, 6, 5, 5, 0, 0, 0, 0]), start=4, trend=False)


def test_refuses_a_start_outside_the_series():
    with pytest.raises(InputError, match="start: 8 leaves no period"):
        interrupted_series(np.arange(8.0), start=8)
