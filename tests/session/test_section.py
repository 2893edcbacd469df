"""Sections: what data or a method refuse is left out in one sentence, with what needs it, and only away from home."""

from __future__ import annotations

import json

import pytest

from analysis import Session
from analysis.errors import InputError
from analysis.session import session as module

PARAMETERS = {"COUNTRY": "UZB", "EDITION": 2020, "DATA_YEAR": 2018, "SEED": 20210211, "DRAWS": 10000}
REFUSED = """with session.section("No rank"):
    before = 1
    refuse("the index does not cover UZB in hf_rank")
    rank = 2"""


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr(module, "display", lambda item: found.append(item.data))
    return found


@pytest.fixture
def run(tmp_path, monkeypatch, shown):
    """Execute statements one by one in the names of a notebook, as IPython does."""
    monkeypatch.setenv("ANALYSIS_OUT", str(tmp_path))

    def refuse(what):
        raise InputError(what, where="here", remedy="take another")

    names = {"refuse": refuse, "session": Session("01_freedom_index", PARAMETERS), "rank": "of an earlier run"}

    def statement(source):
        exec(compile(source, "cell", "exec"), names)
        return names

    return statement


def test_what_is_refused_is_said_in_words_and_in_the_numbers_and_leaves_no_name_behind(run, shown, tmp_path):
    names = run(REFUSED)
    assert shown == ["No rank: here: the index does not cover Uzbekistan in hf rank."]
    assert not {"before", "rank"} & set(names)
    assert json.loads((tmp_path / "numbers/01_freedom_index.json").read_text()) == {"left_out": shown}


def test_what_needs_a_name_that_was_left_out_is_left_out_for_the_same_reason_and_each_sentence_stands_once(run, shown):
    run(REFUSED)
    run('with session.section("No rank"):\n    rank + 1')
    run('with session.section("No curve"):\n    curve = rank + 1')
    run('with session.section("No area"):\n    curve + 1')
    assert [text.split(":")[0] for text in shown] == ["No rank", "No curve", "No area"]
    assert len({text.split(": ", 1)[1] for text in shown}) == 1


@pytest.mark.parametrize(("fault", "kind"), [("unknown + 1", NameError), ("1 / 0", ZeroDivisionError)])
def test_other_faults_are_no_matter_of_data(run, fault, kind):
    run(REFUSED)
    with pytest.raises(kind):
        run(f'with session.section("No rank"):\n    {fault}')


def test_a_run_with_the_notebooks_own_parameters_leaves_nothing_out(run, shown):
    run("session.parameters['COUNTRY'] = 'KAZ'")
    with pytest.raises(InputError):
        run(REFUSED)
    assert shown == []


def test_claims_of_another_country_are_not_judged(run, shown, tmp_path):
    run('with session.section("Not judged"):\n    session.evidence("hfi-rank")')
    run("session.judge_records()")
    assert shown == ["Not judged: the claim is about Kazakhstan."]
    assert not (tmp_path / "evidence").exists()


def test_a_figure_that_cannot_be_drawn_is_not_saved(run, shown, tmp_path):
    run('with session.section("No map"), session.figure("map") as ax:\n    refuse("no land is known")')
    assert shown == ["No map: here: no land is known."]
    assert not list(tmp_path.glob("*.png"))


def test_missing_numbers_are_null(run, tmp_path):
    run("session.numbers(score=float('nan'), names=['a'])")
    assert json.loads((tmp_path / "numbers/01_freedom_index.json").read_text()) == {"score": None, "names": ["a"]}
