"""The random ingredients have the moments that they promise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.calibration import worlds

# Means of so many draws lie within four of their standard errors, or the generator is wrong.
DRAWS, ERRORS = 20_000, 4
ROUNDING = 1e-10


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize("dispersion", [1.0, 2.0, 5.0])
def test_clumped_counts_have_the_mean_and_the_dispersion_of_a_compound_poisson(rng, dispersion):
    drawn = np.array([worlds.clumped_count(rng, 46, dispersion) for _ in range(DRAWS)])
    assert abs(drawn.mean() - 46) < ERRORS * drawn.std() / np.sqrt(DRAWS)
    spread = ((drawn - drawn.mean()) ** 2) / drawn.mean()
    assert abs(spread.mean() - dispersion) < ERRORS * spread.std() / np.sqrt(DRAWS)


def test_waves_have_mean_one_the_variance_given_and_stay_the_same_for_their_length(rng):
    drawn = np.array([worlds.waves(rng, 24, length=12, variance=0.5) for _ in range(DRAWS // 4)])
    first = drawn[:, 0]
    assert abs(first.mean() - 1) < ERRORS * first.std() / np.sqrt(len(first))
    squares = (first - 1) ** 2
    assert abs(squares.mean() - 0.5) < ERRORS * squares.std() / np.sqrt(len(first))
    assert ((np.diff(drawn, axis=1) != 0).sum(axis=1) <= 2).all()
    assert (worlds.waves(rng, 5, length=2, variance=0.0) == 1).all()


def test_the_variance_of_waves_gives_counts_back_their_dispersion(rng):
    level = rng.gamma(2, 0.5, DRAWS)
    counts = rng.poisson(8 * level)
    assert worlds.wave_variance(counts) == pytest.approx(0.5, abs=0.05)
    assert worlds.wave_variance([3, 3, 3, 3]) == 0


def test_months_drawn_anew_are_blocks_of_the_old_ones(rng):
    old = np.arange(24)[:, None] * [1, 100]
    new = worlds.resampled_months(rng, old, block=6)
    assert new.shape == old.shape
    steps = np.diff(new[:, 0]) % 24
    assert (np.delete(steps, [5, 11, 17]) == 1).all()
    assert (new[:, 1] == 100 * new[:, 0]).all()


def test_moved_dates_keep_their_number_and_their_distances_around_the_calendar(rng):
    panel = pd.DataFrame({"iso3": ["AAA"] * 60 + ["BBB"] * 30, "serial": [*range(100, 160), *range(120, 150)]})
    calendar = pd.DataFrame(
        {"iso3": ["AAA", "AAA", "BBB", "AAA"], "serial": [110, 140, 121, 999], "kind": list("abcd")}
    )
    new = worlds.moved(rng, calendar, panel)
    assert list(new["kind"]) == ["a", "b", "c"]
    assert (new["serial"][1] - new["serial"][0]) % 60 == 30
    merged = new.merge(panel, on=["iso3", "serial"])
    assert len(merged) == 3


def test_low_rank_and_rest_add_up_and_leave_nothing_at_full_rank(rng):
    values = rng.normal(size=(8, 20))
    smooth, rest = worlds.low_rank(values, 3)
    assert np.allclose(smooth + rest, values, atol=ROUNDING)
    assert np.linalg.matrix_rank(smooth) == 3
    assert np.abs(worlds.low_rank(values, 8)[1]).max() < ROUNDING


def test_autoregressive_series_have_the_spread_and_the_persistence_asked_for(rng):
    made = worlds.autoregressive(rng.standard_normal((400, 500)), rho=0.6, sd=2.0)
    assert made[0].std() == pytest.approx(2.0, rel=0.1)
    rho, sd = worlds.persistence(made)
    assert rho == pytest.approx(0.6, abs=0.01)
    assert sd == pytest.approx(2.0, rel=0.02)
