"""Compositions and calendar tests by hand, and what is passed on.

The authority of numbers: the docstrings, sums done by hand, enumeration of all shifts, and closed forms (one event, and
counts whose logarithms cancel).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.methods.calendars import (
    days_in_window,
    detectable_difference,
    detectable_ratio_in_windows,
    shifted_labels,
)
from analysis.methods.composition import (
    kitagawa,
)


def test_a_decomposition_by_hand_keeps_totals_and_names():
    """Volumes 10 and 4 become 20 and 2, rates .5 and 1 become .25 and 2: halves of change times sum of the other."""
    parts = kitagawa([10, 4], [0.5, 1], [20, 2], [0.25, 2])
    assert (parts.factors, parts.before, parts.after) == (("volume", "rate"), 9.0, 9.0)
    assert parts.first.tolist() == [10 * 0.75 / 2, -2 * 3 / 2]
    assert parts.second.tolist() == [-0.25 * 30 / 2, 1 * 6 / 2]
    assert parts.table().index.tolist() == ["0", "1", "all"]
    with pytest.raises(ValueError, match="read-only"):
        parts.first[0] = 0.0


def test_a_window_of_one_day_marks_that_day_once():
    assert days_in_window(6, [2, 2, 4], first=1, last=1).tolist() == [0, 0, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("label", "kind"), [([0, 1, -128, 127], np.int8), ([0, 1, 2, 300], np.float64), ([0, 0.5, 1, 1], np.float64)]
)
def test_whole_labels_of_one_byte_are_kept_in_one_byte(label, kind):
    moved = shifted_labels(label, unit=[0] * len(label), draws=20, seed=1)
    assert (moved.dtype, moved.shape) == (kind, (4, 21))
    assert moved[:, 0].tolist() == label
    assert {tuple(column) for column in moved.T} == {tuple(np.roll(label, k)) for k in range(4)}


def test_one_event_can_be_detected_where_windows_are_rare():
    """One event is inside with probability ratio times share, which is the power."""
    assert detectable_ratio_in_windows(1, 0.01) == pytest.approx(80)
    assert detectable_ratio_in_windows(1, 0.04, power=0.5) == pytest.approx(12.5)
    assert detectable_ratio_in_windows(1, 0.04, alpha=0.025) == math.inf
    assert detectable_ratio_in_windows(1, 0.04, alpha=0.01) == math.inf


def test_the_detectable_difference_takes_the_level_and_the_power_asked_for():
    """At power one half the z-test detects what is just significant: 1.644854 errors at the 10% level."""
    assert detectable_difference(0.5, alpha=0.1, power=0.5) == pytest.approx(1.644854 * 0.5, abs=1e-6)
