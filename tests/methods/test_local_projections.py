"""Local projections against the known response of an autoregression, and within regressions of shifted frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from analysis.errors import InputError
from analysis.methods.local_projections import local_projections
from analysis.methods.within import within_ols

THEORY = 0.03  # row B10; three standard errors of the mean of five series, 1.4 of one with lags
SAME = 1e-9  # the same regression on a frame shifted by hand
SIZE = 0.06  # Monte Carlo error of the coverage from 120 series (2 points), times three


def test_response_of_an_autoregression_is_rho_to_the_horizon():
    shocks = np.random.default_rng(12).normal(size=(5, 4000))
    paths = lfilter([1.0], [1.0, -0.7], shocks)
    plain = [local_projections(y, e, horizons=[0, 1, 2, 4]) for y, e in zip(paths, shocks, strict=True)]
    np.testing.assert_allclose(np.mean([f.coefficients for f in plain], axis=0), [1, 0.7, 0.49, 0.24], atol=THEORY)
    lagged = local_projections(paths[0], shocks[0], horizons=[0, 1, 2, 4], lags=1)
    np.testing.assert_allclose(lagged.coefficients, [1, 0.7, 0.49, 0.24], atol=THEORY)
    assert lagged.rows == (3999, 3998, 3997, 3995)


def test_newey_west_errors_cover_where_projections_overlap():
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(120):
        shock = rng.normal(size=200)
        row = local_projections(lfilter([1.0], [1.0, -0.7], shock), shock, horizons=[3], lags=1).table().iloc[0]
        inside += row["lower"] <= 0.343 <= row["upper"]
    # Bartlett weights shrink the autocovariances of moving averages, so coverage is a few points below 95%.
    assert 0.92 - SIZE < inside / 120 < 0.95 + SIZE


def test_panel_equals_within_regression_of_a_frame_shifted_by_hand():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame([(u, t) for u in "abcdefgh" for t in range(30)], columns=["unit", "time"])
    frame["shock"], frame["y"] = rng.normal(size=240), rng.normal(size=240)
    frame = frame.drop(index=[17, 101])  # gaps must not be bridged
    by_time = frame.set_index(["unit", "time"])
    found = local_projections(
        frame["y"], frame["shock"], horizons=[-2, 2], unit=frame["unit"], time=frame["time"], lags=1
    )
    for k, h in enumerate((-2, 2)):
        shifted = by_time.copy()
        for name, column, move in (("ahead", "y", h), ("y1", "y", -1), ("s1", "shock", -1)):
            keys = [(u, t + move) for u, t in by_time.index]
            shifted[name] = by_time[column].reindex(keys).to_numpy()
        kept = shifted.dropna().reset_index()
        oracle = within_ols(
            kept["ahead"], kept[["shock", "y1", "s1"]], groups=kept["unit"], also=kept["time"], cluster=kept["unit"]
        )
        assert found.coefficients[k] == pytest.approx(oracle.coefficients[0], abs=SAME)
        assert found.errors[k] == pytest.approx(oracle.errors[0], abs=SAME)
        assert found.rows[k] == len(kept)


def test_poisson_recovers_a_rate_ratio_two_periods_after():
    rng = np.random.default_rng(5)
    unit, time = np.repeat(np.arange(60), 80), np.tile(np.arange(80), 60)
    shock = (rng.random(4800) < 0.1).astype(float)
    delayed = np.where(time >= 2, np.roll(shock, 2), 0.0)
    y = rng.poisson(np.exp(0.5 + np.log(2) * delayed))
    found = local_projections(y, shock, horizons=[0, 1, 2, 3], unit=unit, time=time, estimator="poisson")
    assert np.exp(found.coefficients[2]) == pytest.approx(2, rel=0.1)
    assert (np.abs(found.coefficients[[0, 1, 3]] / found.errors[[0, 1, 3]]) < 3).all()
    assert "comes 2 periods after the shock" in found.sentence()


def test_refuses_bad_requests():
    with pytest.raises(InputError, match="a unit has a period twice"):
        local_projections([1.0, 2], [0.0, 1], horizons=[0], unit=["a", "a"], time=[1, 1])
    with pytest.raises(InputError, match="a single series needs ols"):
        local_projections(np.arange(9.0), np.ones(9), horizons=[1], estimator="poisson")
