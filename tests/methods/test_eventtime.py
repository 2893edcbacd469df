"""Event-time dummies against a plain loop, event studies against known effects and pyfixest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.methods.event_studies import event_dummies, event_study, onsets, serial_month

COEF = 1e-5  # pyfixest's tolerance

WINDOWS = {"before": (-3, -1), "at": (0, 0), "after": (1, 2)}


@settings(derandomize=True, deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_counts_and_dummies_equal_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    unit, month = rng.choice(["ARM", "KAZ", "KGZ"], 40), rng.integers(0, 24, 40)
    event_unit, event_month = rng.choice(["KAZ", "KGZ", "UZB"], 5), rng.integers(-4, 28, 5)
    events = {"event_unit": event_unit, "event_month": event_month, "windows": WINDOWS}
    turned = pd.Series(unit), pd.Series(month)[::-1]  # rows are matched by label
    marked, counted = event_dummies(unit, month, **events), event_dummies(*turned, **events, dose=True)
    for name, (first, last) in WINDOWS.items():
        by_hand = [
            sum(u == eu and first <= m - em <= last for eu, em in zip(event_unit, event_month, strict=True))
            for u, m in zip(unit, month, strict=True)
        ]
        np.testing.assert_array_equal(counted[name], by_hand)
        np.testing.assert_array_equal(marked[name], np.array(by_hand) > 0)


def test_months_are_numbered_from_the_year_0_so_that_december_and_january_are_neighbours():
    assert serial_month([0, 2019, 2020], [1, 12, 1]).tolist() == [0, 24_239, 24_240]


def test_a_unit_with_two_rows_in_a_month_and_a_window_without_a_row_are_refused_by_name(panel):
    frame, events = panel
    rows, dates = frame[["y", "unit", "month"]], {"event_unit": events["unit"], "event_month": events["month"]}
    twice = pd.concat([rows, rows[:1]], ignore_index=True)
    with pytest.raises(InputError, match="0 has more than one row in 2000-01"):
        event_study(**twice, **dates, windows=WINDOWS)
    with pytest.raises(
        InputError, match="before: no row lies in this window of an event; the panel lacks the units 99;"
    ):
        event_study(**rows, event_unit=[99], event_month=[24_010], windows=WINDOWS)


def test_a_wave_needs_a_pause_of_lower_months_before_it():
    high = np.isin(np.arange(200), [20, 25, 60, 73]) * 9
    y, month = pd.Series([*high, *high]), pd.Series([*range(200)] * 2)
    for turned in (month, month[::-1]):
        began = onsets(y, unit=["A"] * 200 + ["B"] * 200, month=turned, above=8, pause=12)
        assert np.flatnonzero(began).tolist() == [20, 60, 73, 220, 260, 273]


@pytest.fixture(scope="module")
def panel() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(9)
    frame = pd.DataFrame([(u, m) for u in range(20) for m in range(24_000, 24_072)], columns=["unit", "month"])
    events = pd.DataFrame({"unit": rng.integers(0, 20, 50), "month": rng.integers(23_995, 24_075, 50)})
    marks = event_dummies(
        frame["unit"], frame["month"], event_unit=events["unit"], event_month=events["month"], windows=WINDOWS
    )
    frame["y"] = rng.poisson(np.exp(0.3 * (frame["unit"] % 3) + 0.7 * marks["at"])).astype(float)
    return pd.concat([frame, marks], axis=1), events


@pytest.mark.parametrize(
    ("scheme", "formula"),
    [
        ("unit-year, season", "unit^year + season"),
        ("unit, month", "unit + month"),
        ("unit-season, year", "unit^season + year"),
    ],
)
def test_event_study_equals_pyfixest_for_every_scheme_of_effects(panel, scheme, formula):
    pf = pytest.importorskip("pyfixest")
    frame, events = panel
    data = frame.assign(year=frame["month"] // 12, season=frame["month"] % 12)
    oracle = pf.fepois(f"y ~ before + at + after | {formula}", data)
    ours = event_study(
        frame["y"],
        unit=frame["unit"],
        month=frame["month"],
        event_unit=events["unit"],
        event_month=events["month"],
        windows=WINDOWS,
        effects=scheme,
    )
    np.testing.assert_allclose(ours.coefficients, oracle.coef(), atol=COEF)
