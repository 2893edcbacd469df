"""Conditional Poisson against closed forms, other fits of the same model, and other orders of its rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.methods.event_studies import HALF_YEAR, event_dummies, event_study
from analysis.methods.poisson import NullPoisson, compare_ratios, conditional_poisson, permuted_poisson, terms_table

CLOSED = 1e-9  # algebraic identities, 8-byte floats
NEWTON = 1e-7  # both stop their Newton steps near 1e-10
ONE_STEP = (
    0.01  # log points: remainder after the single step that moves the season's effects, second order in the effect
)


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame([(c, t) for c in range(40) for t in range(60)], columns=["country", "time"])
    n = len(frame)
    frame["group"] = frame["country"] * 10 + frame["time"] // 12
    frame["season"] = frame["time"] % 12
    frame["event"] = (rng.random(n) < 0.08).astype(float)
    frame["heat"] = rng.normal(size=n)
    effect = rng.normal(-1.5, 1.2, 400)[frame["group"]] + 0.05 * frame["season"]
    frame["count"] = rng.poisson(np.exp(effect + 0.6 * frame["event"] + 0.2 * frame["heat"])).astype(float)
    frame["hours"] = np.log(rng.uniform(0.5, 2.0, n))
    return frame


def fit(frame: pd.DataFrame, **keywords):
    return conditional_poisson(frame["count"], frame[["event", "heat"]], groups=frame["group"], **keywords)


def test_the_profile_of_a_label_is_exact_without_other_effects_and_close_with(panel):
    rng, y, group, season = np.random.default_rng(5), panel["count"], panel["group"], panel["season"]
    bare, close = NullPoisson(y, groups=group), NullPoisson(y, groups=group, also=season)
    for label in [panel["event"].to_numpy(), *(rng.random((5, len(panel))) < 0.1).astype(float)]:
        exact, both = (conditional_poisson(y, label, groups=group, also=also).coefficients for also in (None, season))
        assert bare.estimate(label)[0] == pytest.approx(exact, abs=NEWTON)
        assert close.estimate(label)[0] == pytest.approx(both, abs=ONE_STEP)
        assert 2 * bare.estimate(2 * label)[0] == pytest.approx(exact, abs=0.2)  # not 0/1: one step, coarser


def test_rows_of_pandas_arguments_are_matched_by_label():
    rows, x = list("abcdefgh"), [0, 1, 0, 1, 1, 0, 0, 1]
    frame = pd.DataFrame(
        {"y": [1, 2, 0, 4, 3, 1, 2, 2], "x": x, "g": [0] * 4 + [1] * 4, "w": np.linspace(0, 1, 8)}, rows
    )
    turned, y = frame.iloc[[3, 0, 7, 5, 1, 2, 6, 4]], frame["y"]
    tested = [permuted_poisson(y, given["x"], groups=given["g"], also=given["g"]) for given in (frame, turned)]
    assert tested[0] == tested[1]
    study = {"event_unit": [0, 1], "event_month": [1, 2], "windows": {"at": (0, 0)}, "effects": "unit, month"}
    panel = frame.assign(month=[*range(4)] * 2)
    fits = [
        event_study(y, unit=part["g"], month=part["month"], controls=part[["w"]] ** 2, **study)
        for part in (panel, panel.loc[turned.index])
    ]
    np.testing.assert_array_equal(fits[0].coefficients, fits[1].coefficients)


@pytest.mark.parametrize("y", [[1, 2, 1, 3, 6, 3], [7, 14, 7, 0, 0, 0], [1e-3, 2e-3, 1e-3, 5, 10, 5]])
def test_a_perfect_fit_has_a_ratio_without_an_error(y):
    found = conditional_poisson(y, [0, 1, 0] * 2, groups=[0] * 3 + [1] * 3, cluster=range(6)).ratio("x0")
    assert found.estimate == pytest.approx(2.0, rel=CLOSED)
    assert np.isnan([found.error, found.lower, found.p_value, found.minimum_detectable_effect]).all()
    assert "2.00 (no interval" in str(found)


def test_the_ratio_of_two_samples_is_the_interaction_of_one_model(panel):
    half = panel["country"] < 20
    fits = [fit(part, cluster=part["country"]) for part in (panel[half], panel[~half])]
    found = compare_ratios(*(one.ratio("event") for one in fits))
    both = panel[["event", "heat"]]
    crossed = both.mul(half, axis=0).add_suffix("_first")
    whole = conditional_poisson(panel["count"], both.join(crossed), groups=panel["group"], cluster=panel["country"])
    row = whole.table().loc["event_first"]
    factor = np.sqrt((19 / 20) / (39 / 40))  # of twenty clusters each, and of all forty
    assert found.estimate == pytest.approx(row["rate_ratio"], rel=1e-6)
    assert found.error == pytest.approx(row["error"] * factor, rel=1e-5)
    assert [found.confidence_below(end) for end in (found.lower, found.upper)] == pytest.approx([0.025, 0.975])
    table = terms_table({"first": fits[0], "second": fits[1]}, ["heat", "event"])
    assert table[["sample", "window"]].to_numpy().tolist() == [
        [name, term] for name in ("first", "second") for term in ("heat", "event")
    ]
    assert table["p"].tolist() == [one.ratio(term).p_value for one in fits for term in ("heat", "event")]


def test_an_event_study_regresses_on_its_half_year_windows_and_controls_within_unit_years():
    rng = np.random.default_rng(2)
    unit, month = np.repeat(np.arange(12), 48), np.tile(np.arange(24_000, 24_048), 12)
    dates = {"event_unit": np.arange(12), "event_month": rng.integers(24_004, 24_044, 12)}
    y, heat = rng.poisson(6.0, 576), pd.DataFrame({"heat": rng.normal(size=576)}, index=np.arange(576) + 7)
    region = np.repeat(np.arange(4), 144)
    marks = event_dummies(unit, month, **dates)
    assert list(marks) == list(HALF_YEAR) == ["before_6_4", "before_3_1", "event_month", "after_1_3", "after_4_6"]
    x = marks.assign(heat=heat["heat"].to_numpy())
    for asked, cluster in ((None, unit), (region, region)):
        found = event_study(y, unit=unit, month=month, **dates, controls=heat, cluster=asked)
        direct = conditional_poisson(y, x, groups=unit * 10_000 + month // 12, also=month % 12, cluster=cluster)
        assert (found.names, found.n_clusters) == ((*HALF_YEAR, "heat"), len(set(cluster)))
        np.testing.assert_allclose(found.coefficients, direct.coefficients)
        np.testing.assert_allclose(found.errors, direct.errors)
