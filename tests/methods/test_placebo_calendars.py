"""Placebo calendars on counts that triple in event months and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import InputError
from analysis.methods.placebo_calendars import placebo_calendars


def test_moved_calendars_lose_the_effect_of_the_true_one():
    rng = np.random.default_rng(4)
    unit, month = np.repeat(np.arange(30), 96), np.tile(np.arange(24_000, 24_096), 30)
    event_unit = np.repeat(np.arange(30), 2)
    event_month = np.concatenate([[rng.integers(24_013, 24_045), rng.integers(24_050, 24_083)] for _ in range(30)])
    at = np.isin(unit * 1e6 + month, event_unit * 1e6 + event_month)
    y = rng.poisson(np.where(at, 6.0, 2.0))
    found = placebo_calendars(y, unit=unit, month=month, event_unit=event_unit, event_month=event_month)
    assert found.shifts == (0, -12, -6, 6, 12)
    assert np.exp(found.coefficients[0]) == pytest.approx(3, rel=0.15)
    assert (np.abs(found.coefficients[1:] / found.errors[1:]) < 3).all()
    assert f"is {np.exp(found.coefficients[0]):.3g} on the true calendar" in found.sentence()
    with pytest.raises(InputError, match="unknown window"):
        placebo_calendars(y, unit=unit, month=month, event_unit=event_unit, event_month=event_month, term="campaign")
