"""Conditional Poisson and event studies: pairs by hand, and the same regression called directly."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.methods.event_studies import HALF_YEAR, event_dummies, event_study
from analysis.methods.poisson import conditional_poisson


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
