"""Steps of notebook 06: cells of the network's slope, and the tax case in its records."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.article import neighbours, tax_case
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.methods.calendars import shifted_calendar


@pytest.fixture(scope="module")
def case():
    tables = {name: load(name) for name in tax_case.TABLES}
    return tax_case.Case(tables, load("countries").set_index("iso3")["name"], load_register())


def chances(case):
    counts = {name: case.episodes(start) for name, start in case.starts.items()}
    return {name: shifted_calendar(own, case.votes, first=-90, last=-1) for name, own in counts.items()}


def test_cells_hold_the_months_ahead_the_waves_and_quiet_months():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame([(unit, month) for unit in "ABC" for month in range(30)], columns=["iso3", "serial"])
    frame = frame.assign(repressed=rng.poisson(1, 90), protests=rng.poisson(1, 90), regime=rng.integers(0, 3, 90))
    waves = pd.DataFrame({"iso3": ["B", "C"], "serial": [4, 9]})
    cells = neighbours.cells(frame, waves, "repressed", units=[*"ABC"], regimes=[0, 1], months=2)
    ahead, began, quiet = (part.to_numpy(dtype=float) for part in cells)
    wide = {name: frame[name].to_numpy().reshape(3, 30) for name in ("repressed", "protests", "regime")}
    np.testing.assert_array_equal(ahead[:, :28], wide["repressed"][:, 1:29] + wide["repressed"][:, 2:30])
    assert np.argwhere(began).tolist() == [[1, 4], [2, 9]]
    by_hand = (wide["protests"] == 0) & (wide["regime"] < 2) & (np.arange(30) < 28)
    np.testing.assert_array_equal(quiet, by_hand)
    recent = neighbours.recent_protest(frame, 3).to_numpy().reshape(3, 30)
    assert recent[1, 10] == pytest.approx(np.log1p(wide["protests"][1, 7:10].sum()))
    assert (recent[:, 0] == 0).all()


def test_the_publisher_of_the_article_is_no_second_record(case):
    assert not case.others["source_org"].str.startswith("CABAR").any()
    assert case.steps["source_org"].str.startswith("CABAR").any()


def test_days_of_the_case_are_those_of_its_sources(case):
    assert case.onset == ("2020-08-01", "2020-11-26")
    assert (str(case.vote.date()), str(case.called.date()), case.law) == ("2021-01-10", "2020-10-22", "2016-07-01")
    assert case.days_to_vote().query("step == 'fine'")["last"].max() == 15  # totals are no steps
    assert case.spoken["first_day"].is_monotonic_increasing
    assert case.spoken.drop_duplicates("part")["first_day"].tolist() == ["2020-11-30", "2020-12-03"]
    assert case.timeline()["start"].is_monotonic_increasing


def test_a_moved_election_says_what_its_window_says(case):
    found = case.chance(chances(case))
    assert found.loc["notice known by the day", "near"] == 1
    assert found.loc["checks, first possible day", "near"] == 0
    # Two windows of 90 days in 2,010: a shift brings at least one of two episodes into them with about twice the share.
    share = 2 * 90 / len(pd.period_range("2016-07-01", "2021-12-31", freq="D"))
    assert found["share"].iloc[0] == pytest.approx(share)
    assert share < found.loc["notice known by the day", "p"] <= 2 * share
    assert found.loc["checks, first possible day", "p"] == 1
