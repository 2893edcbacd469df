"""Steps of notebook 06 on unrest abroad: ties, waves, stacks, and that shuffled maps keep what they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.article import neighbour_checks as checks
from analysis.article import neighbour_fits as fits
from analysis.article import neighbours
from analysis.article.parameters import check
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.calendars import shifted_calendar
from analysis.methods.fixed_effects_poisson import conditional_poisson
from analysis.methods.permutation import permutation_test

NOTEBOOK = "06_neighbours_and_tax_case"
DEFAULTS = {
    "COUNTRY": "KAZ", "OUTCOME": "repressed", "REGIMES": [0, 1], "EFFECTS": "unit, month", "FIRST_YEAR": 1992,
    "LAST_YEAR": 2019, "PERCENTILE": 99.0, "MONTHS": 3, "DAYS": 90, "DRAWS": 99, "SEED": 1,
}  # fmt: skip
TRUE = 2.0  # rate ratio built into the made panel
SLACK = 0.2  # about two standard errors of its log in the made panel
EXACT = 1e-6  # two fits of one likelihood, each converged to 1e-8 or better


@pytest.fixture(scope="module")
def ring():
    """Forty states in a ring, each with two neighbours."""
    units = [f"S{number:02d}" for number in range(40)]
    ties = pd.DataFrame({"iso3": units[:-1] + units[:1], "neighbour": [*units[1:], units[-1]], "kind": "border"})
    ties = ties.assign(first_year=1990, last_year=2030)
    return neighbours.network(ties, units, range(2000, 2020), kind="border")


@pytest.fixture(scope="module")
def made(ring):
    """Country-months in which a wave next door doubles repression for three months."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame([(unit, month) for unit in ring.units for month in range(12 * 2000, 12 * 2020)])
    frame = frame.set_axis(["iso3", "serial"], axis=1).assign(regime=0)
    frame["year"] = frame["serial"] // 12
    began = frame[rng.random(len(frame)) < 0.006].assign(protests=9)[["iso3", "serial", "year", "protests"]]
    known = neighbours.exposures(began, ring)
    hot = {(row.iso3, row.serial + step) for row in known.itertuples() for step in (1, 2, 3)}
    rate = np.array([TRUE if key in hot else 1.0 for key in zip(frame["iso3"], frame["serial"], strict=True)])
    frame["repressed"] = rng.poisson(0.5 * rate)
    frame["protests"] = rng.poisson(0.3, len(frame))
    for name in ("arrests", "killings", "economic"):
        frame[name] = rng.poisson(0.3, len(frame))
    return frame, began.reset_index(drop=True)


def test_every_border_stands_once_and_kazakhstan_has_five_neighbours():
    ties = load("ties")
    borders = neighbours.network(ties, sorted(load("protest_coverage")["iso3"]), [1992, 2020], kind="border")
    # CIA World Factbook: China, Kyrgyzstan, Russia, Turkmenistan, Uzbekistan.
    assert borders.neighbours("KAZ", 2020) == ["CHN", "KGZ", "RUS", "TKM", "UZB"]
    assert len(borders.neighbours("CHN", 2020)) == 14
    assert len(borders.neighbours("RUS", 2020)) == 14
    assert "SSD" not in borders.neighbours("ETH", 1992)
    assert not borders.by_year[2020].diagonal().any()
    assert (ties["first_year"] <= ties["last_year"]).all()


def test_twelve_states_were_in_the_commonwealth_until_georgia_left():
    ties = load("ties")
    both = neighbours.network(ties, sorted(set(ties["iso3"]) | set(ties["neighbour"])), [2000, 2010, 2019], kind="CIS")
    assert [len(both.neighbours("KAZ", year)) for year in (2000, 2010, 2019)] == [11, 10, 9]
    assert both.neighbours("GEO", 2010) == []


def test_far_states_are_those_that_no_short_path_reaches(ring):
    far = ring.far(2000, steps=4)
    assert far[0].sum() == 40 - 7
    assert not far.diagonal().any()


def test_a_wave_needs_a_year_of_fewer_protests_before_it():
    frame = pd.DataFrame({"iso3": "AAA", "serial": range(200), "protests": 0})
    frame.loc[[20, 25, 60], "protests"] = 9
    frame["year"] = 2000
    assert neighbours.waves(frame, percentile=98.0)["serial"].tolist() == [20, 60]


def test_stacks_hold_quiet_states_only_and_count_their_windows(made, ring):
    frame, began = made
    stacks = neighbours.stacked(frame, began, ring, regimes=[0], months=3)
    row = stacks.rows[(stacks.rows["window"] == "after_1")].iloc[10]
    wave, unit = stacks.waves.iloc[row["stack"]], ring.units[row["unit"]]
    own = frame[frame["iso3"] == unit].set_index("serial")
    assert own.loc[wave["serial"], "protests"] == 0
    assert unit != wave["iso3"]
    assert row["repressed"] == own.loc[wave["serial"] + 1 : wave["serial"] + 3, "repressed"].sum()


def test_the_effect_built_in_is_found_and_leads_are_flat(made, ring):
    frame, began = made
    table = fits.study(neighbours.stacked(frame, began, ring, regimes=[0], months=3), "repressed").table()
    assert np.log(table.loc["after_1", "rate_ratio"]) == pytest.approx(np.log(TRUE), abs=SLACK)
    assert (table.loc[list(neighbours.LEADS), "lower"] < 1).all()
    assert (table.loc[list(neighbours.LEADS), "upper"] > 1).all()


def test_windows_give_what_months_give(made, ring):
    # Exposure is constant within a window, so the likelihoods of months and of their sums have one maximum.
    frame, began = made
    began = began.iloc[20:26].reset_index(drop=True)
    stacks = neighbours.stacked(frame, began, ring, regimes=[0], months=2)
    own = frame.pivot(index="iso3", columns="serial", values="repressed").to_numpy()
    start = frame["serial"].min()
    keep = stacks.rows.assign(exposed=stacks.exposed())
    parts = []
    for row in keep.itertuples():
        first, last = stacks.windows[row.window]
        wave = stacks.waves.loc[row.stack, "serial"]
        months = np.arange(wave + first, wave + last + 1)
        y = own[row.unit, months - start]
        part = pd.DataFrame({"y": y, "month": months - wave})
        parts.append(part.assign(stack=row.stack, unit=row.unit, window=row.window, exposed=row.exposed))
    long = pd.concat(parts, ignore_index=True)
    marks = {name: (long["exposed"] & (long["window"] == name)).astype(float) for name in list(stacks.windows)[1:]}
    groups, also = 100 * long["stack"] + long["unit"], 100 * long["stack"] + long["month"]
    by_month = conditional_poisson(long["y"], pd.DataFrame(marks), groups=groups, also=also, cluster=long["unit"])
    by_window = fits.study(stacks, "repressed")
    np.testing.assert_allclose(by_window.coefficients, by_month.coefficients, atol=EXACT)
    np.testing.assert_allclose(by_window.errors, by_month.errors, rtol=EXACT)


def test_shuffled_maps_keep_the_number_of_tied_states_and_show_what_is_built_in(made, ring):
    frame, began = made
    stacks = neighbours.stacked(frame, began, ring, regimes=[0], months=3, quiet=False)
    order = stacks.orders(1, seed=3)[0]
    assert sorted(order) == list(range(40))
    found = fits.shuffle(stacks, "repressed", draws=19, seed=3, panel=frame, regimes=[0], months=3)
    assert found.test.p == found.test.floor == pytest.approx(0.05)
    assert found.slope is not None
    assert found.slope.p <= 0.1
    again = fits.shuffle(stacks, "repressed", draws=19, seed=3)
    pd.testing.assert_frame_equal(found.ratios, again.ratios)
    assert again.slope is None


def test_checks_read_the_same_numbers_in_opposite_directions(made, ring):
    frame, began = made
    stacks = neighbours.stacked(frame, began, ring, regimes=[0], months=3)
    own = fits.study(stacks, "repressed")
    by_sample = {"registered": own, "economic protests": fits.study(stacks, "economic")}
    calendar = pd.DataFrame({"iso3": ["S01", "S02", "S05"], "serial": [24030, 24060, 24100]})
    race = fits.race(frame, began, ring, calendar, "repressed", regimes=[0], months=3, effects="unit, month")
    far = fits.far_away(frame, began, ring, "economic", regimes=[0], months=3)
    test = permutation_test(2.0, np.ones(99), name="x", alternative="greater", exact=False, scheme="y")
    mixed = fits.Shuffled(pd.DataFrame(), test, test)
    common = checks.shared(by_sample, far, mixed, alpha=0.05)
    abroad = {item.name: item.passed for item in checks.towards_abroad(common, race)}
    home = {item.name: item.passed for item in checks.towards_home(common, race, mixed, smallest=1.25, alpha=0.05)}
    assert abroad["rival: domestic agenda"]
    assert not home["rival: foreign unrest"]
    assert abroad["shuffled neighbour weights"] != home["shuffled neighbour weights"]
    assert abroad["flat leads"] == home["flat leads"]
    fields = checks.class_level(own, "words")
    assert fields["minimum_detectable_effect"] > 1
    assert fields["interval"][0] < fields["estimate"] < fields["interval"][1]


def test_one_countrys_events_after_unrest_are_counted_by_hand():
    counts = pd.Series(0, pd.period_range("2000-01-01", periods=1000, freq="D"))
    counts.iloc[[105, 300, 700]] = 1
    unrest = checks.inside(counts, counts.index[[100, 650]].append(counts.index[[0]] + 5000))
    found = checks.own_calendar(shifted_calendar(counts, unrest, first=1, last=20), waves=len(unrest)).iloc[0]
    assert (found["shocks"], found["events"], found["total"]) == (2, 1, 3)
    assert found["expected"] == pytest.approx(3 * 40 / 1000)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"COUNTRY": "USA"}, "not in the Mass Mobilization data"),
        ({"PERCENTILE": 50.0}, "PERCENTILE=50.0"),
        ({"EFFECTS": "none"}, "EFFECTS='none'"),
        ({"MONTHS": 12}, "MONTHS=12"),
    ],
)
def test_impossible_values_are_refused_in_one_line(changed, message):
    with pytest.raises(InputError, match=message):
        check(NOTEBOOK, DEFAULTS | changed)
