"""The desk: choices change what is drawn, and a choice without data gives one line."""

from __future__ import annotations

import pytest

from analysis import Session
from analysis.article import explore, reforms
from analysis.methods.synthetic.inference import compare_study
from analysis.methods.synthetic.study import Study
from analysis.session.declared import declared
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


def test_the_index_view_says_what_notebook_01_prints(desk, shown):
    assert "6.99 (rank 75 of 162) in 2020" in explore.show_index(desk, "KAZ", 2020, 2018)
    assert [axes.get_title(loc="left") for axes in shown[0].axes] == ["Kazakhstan, 2018", "Categories, edition 2020"]


def test_the_control_is_the_study_of_notebook_03(desk):
    donors = reforms.donors(desk.regimes, "autocracies", country="KGZ", first=2000, last=2019)
    known = set(donors) & set(desk.vdem["vdem_v12"]["iso3"])
    windows = {"first": 2000, "last": 2020, "first_treated": 2020, "treated": "KGZ", "donors": known}
    columns = {"unit": "iso3", "time": "data_year", "outcome": "v2xcs_ccsi"}
    expected = compare_study(Study.from_panel(desk.vdem["vdem_v12"], **columns, **windows))
    found = explore.control(desk, "KGZ", "civil society, V-Dem v12", WINDOW)
    assert (found.p_value, found.estimate) == (expected.p_value, expected.estimate)


def test_a_data_year_of_any_edition_is_kept(desk, monkeypatch):
    monkeypatch.setattr(explore, "show_index", lambda *_, **__: "index")
    monkeypatch.setattr(explore, "show_control", lambda *_, **__: "control")
    box = explore.controls(desk, **CHOSEN | {"edition": 2022, "data_year": 2003})
    _, _, year = box.children[0].children
    assert year.value == 2003
    assert (year.min, year.max) == (2000, 2022)


def test_every_choice_draws_its_view_again_and_no_other(desk, shown, monkeypatch):
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


def test_a_choice_without_data_shows_one_line_and_no_traceback(desk, shown):
    explore.controls(desk, **CHOSEN | {"data_year": 2022})
    assert "Edition 2020 has no value of score and rank for Kazakhstan in 2022" in shown[0].data


def test_the_notebook_runs_unattended(shown, monkeypatch, tmp_path):
    monkeypatch.setattr(explore, "controls", lambda *_, **__: None)
    execute("explore", tmp_path)
    assert len(shown) == 2
