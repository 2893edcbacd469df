"""Event-time dummies against a plain loop, event studies against known effects and pyfixest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.methods.eventtime import effect_codes, event_dummies, event_study, serial_month, stacked_events

COEF = 1e-5  # pyfixest's tolerance
ERROR = 3e-4  # relative, as in row B9
EXACT = 1e-9  # noiseless outcomes

WINDOWS = {"before": (-3, -1), "at": (0, 0), "after": (1, 2)}


@settings(derandomize=True, deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_dummies_equal_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    unit, month = rng.choice(["ARM", "KAZ", "KGZ"], 40), rng.integers(0, 24, 40)
    event_unit, event_month = rng.choice(["KAZ", "KGZ", "UZB"], 5), rng.integers(-4, 28, 5)
    found = event_dummies(unit, month, event_unit=event_unit, event_month=event_month, windows=WINDOWS)
    for name, (first, last) in WINDOWS.items():
        by_hand = [
            any(u == eu and first <= m - em <= last for eu, em in zip(event_unit, event_month, strict=True))
            for u, m in zip(unit, month, strict=True)
        ]
        np.testing.assert_array_equal(found[name], by_hand)


def test_serial_months_join_december_and_january():
    assert np.diff(serial_month([2019, 2020], [12, 1])) == 1
    with pytest.raises(InputError, match="not all months are 1 to 12"):
        serial_month([2019], [13])


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
@pytest.mark.parametrize("estimator", ["poisson", "ols"])
def test_event_study_equals_pyfixest_for_every_scheme_of_effects(panel, scheme, formula, estimator):
    pf = pytest.importorskip("pyfixest")
    frame, events = panel
    data = frame.assign(year=frame["month"] // 12, season=frame["month"] % 12)
    fit = pf.fepois if estimator == "poisson" else pf.feols
    oracle = fit(f"y ~ before + at + after | {formula}", data, vcov={"CRV1": "unit"}, ssc=pf.ssc(k_adj=False))
    ours = event_study(
        frame["y"],
        unit=frame["unit"],
        month=frame["month"],
        event_unit=events["unit"],
        event_month=events["month"],
        windows=WINDOWS,
        effects=scheme,
        estimator=estimator,
    )
    np.testing.assert_allclose(ours.coefficients, oracle.coef(), atol=COEF)
    np.testing.assert_allclose(ours.errors, oracle.se(), rtol=ERROR)


def test_country_year_effects_remove_a_reporting_trend():
    # Reported counts double every year and triple in event months; only the second is within the year.
    months = np.tile(np.arange(24_000, 24_048), 6)
    unit = np.repeat(np.arange(6), 48)
    events = np.array([24_003, 24_017, 24_030, 24_041, 24_022, 24_011])
    at = np.isin(unit * 100_000 + months, np.arange(6) * 100_000 + events)
    y = 2.0 ** (months // 12 - 2000) * np.where(at, 3.0, 1.0)
    fit = event_study(y, unit=unit, month=months, event_unit=np.arange(6), event_month=events, windows={"at": (0, 0)})
    assert np.exp(fit.coefficients[0]) == pytest.approx(3, rel=EXACT)


def test_stacks_hold_the_event_unit_and_units_without_an_event():
    unit, month = np.repeat(["a", "b", "c"], 10), np.tile(np.arange(10), 3)
    stacks = stacked_events(unit, month, event_unit=["a", "b"], event_month=[4, 6], before=2, after=1)
    first = stacks[stacks["stack"] == 0]
    # In months 2-5 only a has an event: b (event in 6) and c are controls.
    assert sorted(set(unit[first["row"]])) == ["a", "b", "c"]
    assert set(month[first["row"]]) == {2, 3, 4, 5}
    assert set(unit[first.loc[first["treated"] == 1, "row"]]) == {"a"}
    # In months 4-7 both a and b have an event: only c is a control.
    second = stacks[stacks["stack"] == 1]
    assert sorted(set(unit[second["row"]])) == ["b", "c"]
    assert (second["event_time"] == month[second["row"]] - 6).all()


def test_refuses_bad_requests(panel):
    frame, events = panel
    keys = {"unit": frame["unit"], "month": frame["month"]}
    dates = {"event_unit": events["unit"], "event_month": events["month"]}
    with pytest.raises(InputError, match="before: -1 to -3 is empty"):
        event_dummies(**keys, **dates, windows={"before": (-1, -3)})
    with pytest.raises(InputError, match="unknown effects"):
        effect_codes(frame["unit"], frame["month"], "none")
    with pytest.raises(InputError, match="unknown estimator"):
        event_study(frame["y"], **keys, **dates, estimator="logit")
    with pytest.raises(InputError, match="units and months differ in length"):
        event_dummies(**keys, event_unit=["KAZ"], event_month=[1, 2])
    with pytest.raises(InputError, match="no event has rows"):
        stacked_events(**keys, event_unit=[99], event_month=[24_010], before=1, after=1)
