"""Calendar randomisation against enumeration, power against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.methods.calendars import (
    calendar_randomisation,
    days_in_window,
    detectable_ratio,
    minimum_detectable_ratio,
    shifted_labels,
)

EXACT = 1e-9  # the same counts, through a Fourier transform
POWER = 0.01  # Monte Carlo error of a share of 20,000 (0.3 points), times three


@settings(derandomize=True, deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(5, 60))
def test_one_unit_equals_enumeration_of_all_shifts(seed, n):
    rng = np.random.default_rng(seed)
    counts, window = rng.poisson(1.0, n).astype(float), (rng.random(n) < 0.3).astype(float)
    counts[0], window[1] = 1.0, 1.0
    every = np.array([counts @ np.roll(window, shift) for shift in range(n)])
    found = calendar_randomisation(counts, window)
    assert found.statistic == pytest.approx(every[0] / (counts.sum() * window.mean()), abs=EXACT)
    assert found.p == pytest.approx((every >= every[0]).mean(), abs=EXACT)
    assert found.exact
    assert found.floor == 1 / n


def test_events_on_the_dates_are_found():
    window = days_in_window(400, [30, 130, 170, 310], first=-5, last=5)
    counts = 3 * window
    found = calendar_randomisation(counts, window)
    assert found.statistic == pytest.approx(400 / 44, abs=EXACT)
    assert found.p == 1 / 400


def test_p_is_uniform_without_effect():
    rng = np.random.default_rng(2)
    window = (rng.random(120) < 0.2).astype(float)
    # A whole number of events and 120 shifts make ties, so p is stochastically larger than uniform.
    p = np.array([calendar_randomisation(rng.poisson(0.8, 120), window).p for _ in range(400)])
    for level in (0.05, 0.2, 0.5):
        assert (p <= level).mean() == pytest.approx(level, abs=3 * np.sqrt(level * (1 - level) / 400) + 0.04)


def test_windows_are_cut_at_the_ends_of_the_calendar():
    np.testing.assert_array_equal(np.flatnonzero(days_in_window(10, [1, 12], first=-3, last=0)), [0, 1, 9])


def test_kazakh_windows_give_the_detectable_ratio_of_the_design():
    # The design states about 2.2 for 25 events and twelve windows of 181 days in 28.25 years.
    share = 12 * 181 / 10_318
    assert minimum_detectable_ratio(25, share) == pytest.approx(2.2, abs=0.05)


def test_detectable_ratio_has_the_power_it_claims():
    total, share = 40, 0.15
    ratio = minimum_detectable_ratio(total, share)
    critical = stats.binom.isf(0.05, total, share)
    inside = np.random.default_rng(6).binomial(total, ratio * share, 20_000)
    assert (inside > critical).mean() == pytest.approx(0.8, abs=POWER)
    assert stats.binom.sf(critical, total, share) <= 0.05
    assert minimum_detectable_ratio(2, 0.5) == float("inf")
    assert minimum_detectable_ratio(total, share, alternative="two-sided") >= ratio


def test_detectable_ratio_from_an_error_is_the_textbook_sum_of_quantiles():
    assert np.log(detectable_ratio(0.2)) == pytest.approx((1.959964 + 0.841621) * 0.2, abs=1e-6)


def test_shifted_labels_are_rolls_of_each_unit_with_shared_shifts():
    rng = np.random.default_rng(3)
    unit, first, second = np.repeat(["a", "b"], [7, 5]), rng.integers(0, 2, 12), rng.integers(0, 2, 12)
    moved = [shifted_labels(label, unit=unit, draws=50, seed=4) for label in (first, second, first + 10 * second)]
    np.testing.assert_array_equal(moved[0][:, 0], first)
    for rows in (slice(0, 7), slice(7, 12)):
        rolls = {tuple(np.roll(first[rows], k)) for k in range(7)}
        assert {tuple(column) for column in moved[0][rows].T} <= rolls
    np.testing.assert_array_equal(moved[2], moved[0] + 10 * moved[1])
    halves = shifted_labels(first / 2, unit=unit, draws=50, seed=4)
    np.testing.assert_array_equal(halves, moved[0] / 2)
