"""The desk, where choices change what is drawn; pictures of this article: what they write, fill, frame, leave out."""

import numpy as np
import pandas as pd
import pytest

from analysis import Session
from analysis.article import explore, pictures, reforms
from analysis.methods.calendars import shifted_calendar
from analysis.methods.synthetic.inference import compare_study
from analysis.methods.synthetic.study import Study
from analysis.session.declared import declared
from tests.charts.looking import bars, labels, points, texts
from tests.executed import execute

VALUES = {name: item.default for name, item in declared("explore").items()}
MEASURE, WINDOW = "expression, V-Dem v12", (2000, 2020)
CHOSEN = {"country": "KAZ", "edition": 2020, "data_year": 2018, "outcome": MEASURE, "window": WINDOW}


@pytest.fixture(scope="module")
def desk():
    session = Session("explore", VALUES)
    return explore.desk(session.load, session.register, seed=1)


@pytest.fixture
def shown(monkeypatch):
    seen = []
    monkeypatch.setattr(explore, "display", seen.append)
    return seen


def test_the_index_view_says_what_notebook_01_prints_and_without_data_one_line(desk, shown):
    assert "6.99 (rank 75 of 162) in 2020" in explore.show_index(desk, "KAZ", 2020, 2018)
    assert [axes.get_title(loc="left") for axes in shown[0].axes] == ["Kazakhstan, 2018", "Categories, edition 2020"]
    explore.controls(desk, **CHOSEN | {"data_year": 2022})
    assert "Edition 2020 has no value of score and rank for Kazakhstan in 2022" in shown[1].data


def test_the_control_is_the_study_of_notebook_03(desk):
    donors = reforms.donors(desk.regimes, "autocracies", country="KGZ", first=2000, last=2019)
    known = set(donors) & set(desk.vdem["vdem_v12"]["iso3"])
    windows = {"first": 2000, "last": 2020, "first_treated": 2020, "treated": "KGZ", "donors": known}
    columns = {"unit": "iso3", "time": "data_year", "outcome": "v2xcs_ccsi"}
    expected = compare_study(Study.from_panel(desk.vdem["vdem_v12"], **columns, **windows))
    found = explore.control(desk, "KGZ", "civil society, V-Dem v12", WINDOW)
    assert (found.p_value, found.estimate) == (expected.p_value, expected.estimate)


def test_every_choice_draws_its_view_again_and_no_other_and_a_data_year_of_any_edition_is_kept(desk, monkeypatch):
    calls = []
    monkeypatch.setattr(explore, "show_index", lambda _, **choice: calls.append(tuple(choice.values())) or "index")
    monkeypatch.setattr(explore, "show_control", lambda _, **choice: calls.append(tuple(choice.values())) or "control")
    box = explore.controls(desk, **CHOSEN)
    assert calls == [("KAZ", 2020, 2018), ("KAZ", MEASURE, WINDOW)]
    calls.clear()
    country, edition, _ = box.children[0].children
    edition.value = 2021
    assert calls == [("KAZ", 2021, 2018)]
    calls.clear()
    country.value = "KGZ"
    assert calls == [("KGZ", 2021, 2018), ("KGZ", MEASURE, WINDOW)]
    year = explore.controls(desk, **CHOSEN | {"edition": 2022, "data_year": 2003}).children[0].children[2]
    assert (year.value, year.min, year.max) == (2003, 2000, 2022)


def test_the_notebook_runs_unattended(shown, monkeypatch, tmp_path):
    monkeypatch.setattr(explore, "controls", lambda *_, **__: None)
    execute("explore", tmp_path)
    assert len(shown) == 2


def test_shares_carry_their_numbers_and_intervals(ax):
    ends = {"share_before": [0.1], "share_after": [0.5], "after_lower": [0.2], "after_upper": [0.8]}
    frame = pd.DataFrame(ends, index=["KAZ"]).assign(difference=0.4, protests_before=79, protests_after=9)
    pictures.shares(frame, ax, names={"KAZ": "Kazakhstan"}, focus="KAZ")
    assert (ax.patches[0].get_x(), ax.patches[0].get_width()) == pytest.approx((0.2, 0.6))
    assert labels(ax.yaxis) == ["Kazakhstan (79, 9)"]


def test_episodes_are_counted_on_either_side_of_the_turn(ax):
    listed = pd.DataFrame(
        {"date": ["2019-06-09", "2020-11-26", "2021-01-10"], "target": ["individuals", "organisations", "individuals"]}
    )
    pictures.episodes(listed, ax, turn="2020-11-01", last="2021-02-28")
    assert texts(ax) == ["1 before, 1 after", "0 before, 1 after"]


def test_days_are_counted_by_step_and_the_vote_is_zero(ax):
    frame = pd.DataFrame({"step": ["fine", "notice", "fine"], "first": [5, -70, 15], "last": [5, -41, 15]})
    pictures.case_days(frame, ax, called=-80, days=90)
    assert labels(ax.yaxis) == ["notice (1)", "fine (2)"]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_xdata()[0] in (0, -80)] == [0, -80]


def test_calendar_names_p_and_marks_every_vote(ax):
    days = pd.period_range("2016-07-01", "2021-12-31", freq="D")
    counts = pd.Series(0, days, name="tax episodes")
    counts[["2016-10-01", "2020-11-26"]] = 1
    votes = pd.to_datetime(pd.Series(["2019-06-09", "2021-01-10"], name="vote"))
    test = shifted_calendar(counts, votes, first=-90, last=-1)
    pictures.chance({"notice": counts}, {"notice": test}, ax, votes=votes)
    assert texts(ax).count("vote") == 2
    assert f"1 of 2, p = {test.p_value:.2g}" in texts(ax)


def test_ranks_are_lines_with_the_best_of_each_edition_and_the_cited_one_marked(ax):
    ranks = pd.DataFrame({2017: [5.0, np.nan], 2018: [3.0, 8.0]}, index=[2020, 2021])
    pictures.ranks(ranks, ax, cited=(2020, 2018))
    assert {"2020", "2021"} <= set(texts(ax))
    assert points(ax) == [(2018, 3), (2018, 8), (2018, 3)]
    assert ax.yaxis_inverted()


def test_rerating_draws_intervals_only_where_there_are_some(axes):
    frame = pd.DataFrame({"index": "A", "release": ["v12", "v15"], "data_year": 2020, "value": [0.2, 0.3]})
    frame = frame.assign(lower=[np.nan, 0.25], upper=[np.nan, 0.35], change=[0.01, 0.02])
    frame = frame.assign(change_lower=[np.nan, -0.05], change_upper=[np.nan, 0.09])
    pictures.rerated(frame, axes, margin=0.05)
    place = axes[0].get_yticks()[1]
    assert [bar for bar in bars(axes[0]) if bar] == [((pytest.approx(0.05), place), (pytest.approx(0.15), place))]
    assert labels(axes[0].yaxis) == ["A, 2020   v12", "v15"]
