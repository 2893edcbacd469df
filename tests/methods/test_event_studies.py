"""Event studies against pyfixest, labels of their rows, stacked panels by hand, shuffled units."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods import event_studies
from analysis.methods.event_studies import event_dummies, event_study, onsets, shuffled_exposure, stacked_event_study
from analysis.methods.networks import units_at_distance
from analysis.methods.poisson import ConditionalPoissonFit

COEF = 1e-5  # pyfixest's tolerance

WINDOWS = {"before": (-3, -1), "at": (0, 0), "after": (1, 2)}


@pytest.mark.parametrize(
    ("name", "window", "words"),
    [("event_month", (0, 0), ["month"]), ("before_3_1", (-3, -1), ["months", "3", "1", "before"]),
     ("after_4_6", (4, 6), ["months", "4", "6", "after"]), ("+1", (1, 1), ["month", "1", "after"]),
     ("-2", (-2, -2), ["month", "2", "before"]), ("event_month", (-1, 2), ["months", "-1", "+2", "around"]),
     ("before_2", (-2, 0), ["months", "-2", "+0", "around"]), ("the_vote_itself", (1, 3), ["vote", "itself"])],
)  # fmt: skip
def test_a_window_is_said_by_where_it_lies_unless_its_name_says_more(name, window, words):
    said = event_studies.window_words(name, window).split()
    assert [word for word in said if word not in ("the", "of", "to", "event")] == words


def test_marks_are_those_of_a_loop_and_with_waves_keep_the_labels_of_the_rows(panel):
    unit = pd.Series(list("AAB"), index=[7, 5, 6])
    marks = event_dummies(unit, [3, 4, 3], event_unit=["A", "A"], event_month=[3, 3], windows={"at": (0, 0)})
    assert marks["at"].to_dict() == {7: 1.0, 5: 0.0, 6: 0.0}
    twice = event_dummies(unit, [3, 4, 3], event_unit=["A", "A"], event_month=[3, 3], windows={"at": (0, 0)}, dose=True)
    assert twice["at"].tolist() == [2.0, 0.0, 0.0]
    assert [*marks.dtypes, *twice.dtypes] == [np.float64] * 2
    began = onsets(pd.Series([4, 5, 6], index=[7, 5, 6]), unit=unit, month=[3, 4, 3], above=4, pause=1)
    assert began.to_dict() == {7: False, 5: True, 6: True}
    assert event_dummies([], [], event_unit=[], event_month=[]).shape == (0, 5)
    rows, dates = (list(zip(own["unit"], own["month"] - 24_000, strict=True)) for own in panel)
    events = {"event_unit": [unit for unit, _ in dates], "event_month": [month for _, month in dates]}
    counted = event_dummies(*zip(*rows, strict=True), **events, windows=WINDOWS, dose=True)
    by_hand = [sum(u == v and -3 <= month - at <= -1 for v, at in dates) for u, month in rows]
    assert counted["before"].tolist() == by_hand


def test_moved_calendars_are_counted_against_the_true_one(panel):
    frame, events = panel
    rows, dates = frame[["y", "unit", "month"]], {"event_unit": events["unit"], "event_month": events["month"]}
    study = event_study(**rows, **dates, windows=WINDOWS)
    assert study.sentence("at").startswith(ConditionalPoissonFit.sentence(study, "at"))
    found = event_studies.placebo_calendars(study, shifts=[-7, 3, 5, 9])
    later = event_study(**rows, **dates | {"event_month": events["month"] + 3}, windows=WINDOWS)
    assert found.table().loc[3].to_dict() == pytest.approx(later.table()["rate_ratio"].to_dict())
    assert (found.table().index.tolist(), found.table().index.name) == ([-7, 3, 5, 9], "shift_months")
    highs = []
    for name in WINDOWS:
        own, moved = found.window(name), pd.concat([fit.rows(name) for fit in found.fits[1:]])
        worst = moved["lower"].argmax()
        highs.append(int((moved["rate_ratio"] >= own.estimate).sum()))
        assert (own.estimate, own.as_high) == (study.ratio(name).estimate, highs[-1])
        assert (own.rises, own.largest_upper) == ((moved["lower"] > 1).sum(), moved["upper"].max())
        told = [f"{value:.2f}" for value in moved[["rate_ratio", "lower", "upper"]].to_numpy()[worst]]
        text = str(own).replace("\N{MINUS SIGN}", "-")
        assert f"{own.rises} of 4; " in text
        assert f"{own.estimate:.2f}: {own.as_high}; the strongest is moved by {(-7, 3, 5, 9)[worst]:+d}" in text
        assert f"rate ratio {told[0]} (95% interval {told[1]} to {told[2]})" in text
        assert f"{highs[-1]} in {study.said(name)}" in str(found)
    assert "Of 4 moved calendars" in str(found)


def test_months_are_numbered_from_the_year_0_so_that_december_and_january_are_neighbours():
    assert event_studies.serial_month([0, 2019, 2020], [1, 12, 1]).tolist() == [0, 24_239, 24_240]


def test_a_unit_with_two_rows_in_a_month_and_a_window_without_a_row_are_refused_by_name(panel):
    frame, events = panel
    rows, dates = frame[["y", "unit", "month"]], {"event_unit": events["unit"], "event_month": events["month"]}
    twice = pd.concat([rows, rows[:1]], ignore_index=True)
    with pytest.raises(InputError, match="unit and month: 0 has more than one row in 2000-01"):
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
        frame["y"], unit=frame["unit"], month=frame["month"], event_unit=events["unit"], event_month=events["month"],
        windows=WINDOWS, effects=scheme,
    )  # fmt: skip
    np.testing.assert_allclose(ours.coefficients, oracle.coef(), atol=COEF)


TRUE = 2.0  # rate ratio built into the made panel
UNITS = [f"S{number:02d}" for number in range(40)]
FIRST, LAST = 12 * 2000, 12 * 2020
STACKED = {
    "reference": (-12, -7), "before_2": (-6, -4), "before_1": (-3, -1), "after_1": (1, 3), "after_2": (4, 6),
    "after_3": (7, 12),
}  # fmt: skip


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(7)
    panel = pd.DataFrame([(unit, month) for unit in UNITS for month in range(FIRST, LAST)], columns=["unit", "month"])
    events = panel[rng.random(len(panel)) < 0.006].reset_index(drop=True)
    ring = {"one": UNITS, "other": [*UNITS[1:], UNITS[0]], "since": [0] * 40, "until": [9_999] * 40, "units": UNITS}
    events["near"] = units_at_distance(events["unit"], events["month"] // 12, **ring)
    hot = {(near, row.month + step) for row in events.itertuples() for near in row.near for step in (1, 2, 3)}
    rate = [TRUE if key in hot else 1.0 for key in zip(panel["unit"], panel["month"], strict=True)]
    panel["count"], panel["noise"] = rng.poisson(0.5 * np.array(rate)), rng.poisson(0.3, len(panel))
    return panel, events


def arguments(made, **changed):
    panel, events = made
    given = {"unit": panel["unit"], "month": panel["month"], "event_unit": events["unit"]}
    given |= {"event_month": events["month"], "exposed": events["near"], "windows": STACKED}
    return given | changed


def studied(made, outcome="count", **changed):
    return stacked_event_study(made[0][outcome], **arguments(made, **changed))


def test_events_whose_windows_lie_inside_the_months_are_counted_and_rows_and_events_matched_by_label(made):
    inside = (made[1]["month"] >= FIRST + 12) & (made[1]["month"] < LAST - 12)
    assert len({*studied(made).stacks.event}) == inside.sum()
    given = arguments(made, quiet=made[0]["noise"] == 0)
    turned = given | {name: given[name][::-1] for name in ("month", "quiet", "event_month", "exposed")}
    fits = [stacked_event_study(made[0]["count"], **each) for each in (given, turned)]
    np.testing.assert_array_equal(fits[0].coefficients, fits[1].coefficients)


def test_a_panel_holds_units_that_are_quiet_and_included_throughout(made):
    panel, events = made
    include = ~((panel["unit"] == "S20") & (panel["month"] % 50 == 0))
    found = studied(made, quiet=panel["noise"] == 0, include=include).stacks
    noise, counted, kept = (
        frame.pivot(index="unit", columns="month", values="value")
        for frame in (panel.assign(value=values) for values in (panel["noise"], panel["count"], include))
    )
    for number in (5, 30):
        unit, month = events.loc[number, ["unit", "month"]]
        by_hand = (noise[month] == 0) & kept.loc[:, month - 12 : month + 12].all(axis=1) & (kept.index != unit)
        rows = found.event == number
        assert [UNITS[row] for row in found.unit[rows]] == by_hand.index[by_hand].tolist()
        np.testing.assert_array_equal(found.counts[rows, 3], counted.loc[by_hand, month + 1 : month + 3].sum(axis=1))


def test_a_clean_panel_has_nobody_who_is_near_another_event(made):
    events = made[1]
    found = studied(made, clean=True).stacks
    unit, month = events.loc[8, ["unit", "month"]]
    soon = events[(events["month"] - month).abs().le(12) & (events["unit"] != unit)]
    near = {other for tied in soon["near"] for other in tied}
    assert {UNITS[row] for row in found.unit[found.event == 8]} == set(UNITS) - near - {unit}


def test_shuffled_units_show_what_is_built_in_and_repeat_by_their_seed(made):
    study = studied(made)
    found, again, other = (shuffled_exposure(study, "after_1", draws=19, seed=seed) for seed in (3, 3, 4))
    assert found.p_value == found.floor == pytest.approx(0.05)
    np.testing.assert_array_equal(found.ratios, again.ratios)
    assert not np.array_equal(found.ratios, other.ratios)
    # Where effects are small, one Newton step from none leads to the maximum of the likelihood.
    noise = studied(made, "noise")
    step = shuffled_exposure(noise, "after_1", draws=1, seed=3).ratios[0]
    np.testing.assert_allclose(np.log(step), noise.coefficients, atol=0.02)
    low, high = np.quantile(found.ratios[1:, 2], [0.025, 0.975])
    assert found.table().loc["after_1", ["low", "high"]].tolist() == [low, high]


def test_studies_that_cannot_be_made_are_refused(made):
    with pytest.raises(InputError, match="windows: fewer than two windows, or one is empty"):
        studied(made, windows={"reference": (-3, -1), "after": (2, 1)})
    with pytest.raises(InputError, match="term: no regressor reference; there are before_2, "):
        shuffled_exposure(studied(made), "reference", draws=1, seed=1)
