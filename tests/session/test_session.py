"""The session: checked parameters, tables with provenance, and one folder for everything that is saved."""

import json
import re
from types import SimpleNamespace

import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

from analysis import Session
from analysis.data.load import sha256
from analysis.errors import InputError
from analysis.session import FIGURES_VARIABLE
from analysis.session import session as module
from tests.project import read_json, tree

PARAMETERS = {"COUNTRY": "KAZ", "EDITION": 2020, "DATA_YEAR": 2018, "SEED": 1, "DRAWS": 100}


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setenv("ANALYSIS_OUT", str(tmp_path / "out"))
    monkeypatch.setattr(module, "display", lambda image: None)
    return Session("01_freedom_index", **PARAMETERS)


def test_outputs_go_to_the_runners_folder_or_to_the_desk_and_it_says_what_it_stands_on(session, tmp_path, monkeypatch):
    assert session.folder == tmp_path / "out"
    assert all(said in repr(session) for said in ("COUNTRY='KAZ'", "EDITION=2020"))
    assert str(tmp_path) not in repr(session)
    monkeypatch.delenv("ANALYSIS_OUT")
    assert Session("01_freedom_index", **PARAMETERS).folder.parts[-3:] == ("build", "desk", "01_freedom_index")


def test_a_wrong_parameter_is_refused_inside_the_notebook_too(tmp_path, monkeypatch):
    monkeypatch.setenv("ANALYSIS_OUT", str(tmp_path / "out"))
    with pytest.raises(InputError, match="COUNTRY=ATA"):
        Session("01_freedom_index", **PARAMETERS | {"COUNTRY": "ATA"})
    assert not (tmp_path / "out").exists()


def test_tables_that_were_loaded_are_noted_with_their_checksum_and_files_that_were_saved(session):
    session.load("hfi_2020")
    session.load("countries")
    session.numbers(n=1)
    assert read_json(session.folder / "inputs.json") == {
        "notebook": "01_freedom_index",
        "saved": ["numbers/01_freedom_index.json"],
        "tables": {"countries": sha256("countries"), "hfi_2020": sha256("hfi_2020")},
    }


def test_a_table_is_shown_in_words(tmp_path, monkeypatch):
    shell, seen = SimpleNamespace(display_formatter=DisplayFormatter()), []
    monkeypatch.setenv("ANALYSIS_OUT", str(tmp_path / "out"))
    monkeypatch.setattr(module, "get_ipython", lambda: shell)
    monkeypatch.setattr(module, "display", lambda data, raw: seen.append(data))
    Session("01_freedom_index", **PARAMETERS)
    frame = pd.DataFrame({"iso3": ["KAZ"], "z_score": [-0.5], "n": [None]}, index=pd.Index([-3], name="data_year"))
    shell.display_formatter.format(frame)
    words = ["country", "z score", "n", "data year", "\N{MINUS SIGN}3", "Kazakhstan", "\N{MINUS SIGN}0.5"]
    assert re.findall(r">([^<>]*\w[^<>]*)</t", seen[0]["text/html"]) == words
    assert "Kazakhstan" in seen[0]["text/plain"]


def test_numbers_are_gathered_and_a_table_written_at_six_digits_with_its_named_index_and_returned_as_it_was(session):
    session.numbers(a=1 / 3, score=float("nan"), names=["a"])
    session.numbers(b=pd.Series([2]).iloc[0])
    assert read_json(session.folder / "numbers/01_freedom_index.json") == {
        "a": 0.333333, "b": 2, "score": None, "names": ["a"],
    }  # fmt: skip
    frame = pd.DataFrame({"x": [1 / 3, 2.0], "n": [1, 2]})
    named = frame.set_index(pd.Index(["a", "b"], name="key"))
    for given, text in ((named, "key,x,n\na,0.333333,1\nb,2.0,2\n"), (frame, "x,n\n0.333333,1\n2.0,2\n")):
        assert session.table(given, "some") is given
        assert (session.folder / "tables/01_some.csv").read_text(encoding="utf-8") == text


def test_a_figure_is_saved_under_the_notebooks_number_and_shown(session, monkeypatch):
    shown = []
    monkeypatch.setattr(module, "display", shown.append)
    about = {"tables": ["hfi_2024"], "caption": "A line.", "claims": ["hfi-rank"]}
    with session.figure("some", height=1.5, **about) as ax:
        ax.plot([1, 2])
    made = {"01_some.pdf", "01_some.png", "01_some.svg", "captions/01_some.json"}
    assert {name for name in tree(session.folder) if "some" in name} == made
    about = read_json(session.folder / "captions/01_some.json")
    assert (about["caption"], about["claims"], about["notebook"]) == ("A line.", ["hfi-rank"], "01_freedom_index")
    assert "Human Freedom Index 2024" in about["credit"]
    assert list(read_json(session.folder / "inputs.json")["tables"]) == ["hfi_2024"]
    assert shown[0].data == (session.folder / "01_some.png").read_bytes()


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda session: session.load("nothing"), "no table nothing; choose one of"),
        (lambda session: session.figure("some", claims=["hfi-rang"]).__enter__(), "no claim hfi-rang"),
        (lambda session: session.evidence("nothing"), "no claim nothing"),
        (lambda session: session.evidence("hfi-rank", tables=["gdp"]), "evidence of another notebook, or on other"),
        (lambda session: session.evidence("attacks-2020"), "on other tables; use records in 02_press_counts"),
        (
            lambda session: session.judge_records({"more-detentions": {}}),
            "more-detentions is not judged by records",
        ),
    ],
)
def test_what_is_not_there_is_one_line(session, ask, said):
    with pytest.raises(InputError, match=said):
        ask(session)


def test_nothing_is_saved_of_a_figure_that_was_not_finished_or_is_not_wanted(session, monkeypatch):
    with pytest.raises(ZeroDivisionError), session.figure("some") as ax:
        ax.plot([1 / 0])
    monkeypatch.setenv(FIGURES_VARIABLE, "no")
    with session.figure("some") as ax:
        ax.plot([1, 2])
    assert not session.folder.exists()


def test_evidence_is_of_the_registered_edition_and_of_the_locked_tables_whatever_is_named(session):
    made = session.evidence("hfi-rank", summary="S.")
    assert (made.estimate, made.primary, made.summary) == (75.0, True, "S.")
    session.load("vdem_v12")
    session._lock = session._lock.model_copy(update={"tables": session._lock.tables | {"vdem_v12": "0" * 64}})
    with pytest.raises(InputError, match="hfi-rank: table vdem_v12 is not the one locked"):
        session.evidence("hfi-rank")
    session.parameters |= {"COUNTRY": "UZB"}
    with pytest.raises(InputError, match="the claims are about Kazakhstan; let COUNTRY be KAZ"):
        session.evidence("hfi-rank")


ELSEWHERE = {"COUNTRY": "UZB", "EDITION": 2020, "DATA_YEAR": 2018, "SEED": 20210211, "DRAWS": 10000}
REFUSED = """with session.section("No rank"):
    before = 1
    refuse("it does not cover UZB in pf_rank")
    rank = 2"""


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr(module, "display", lambda item: found.append(item.data))
    return found


@pytest.fixture
def run(tmp_path, monkeypatch, shown):
    monkeypatch.setenv("ANALYSIS_OUT", str(tmp_path))

    def refuse(what):
        raise InputError(what, where="the index", remedy="take another")

    names = {"refuse": refuse, "session": Session("01_freedom_index", ELSEWHERE), "rank": "of an earlier run"}

    def statement(source):
        exec(compile(source, "cell", "exec"), names)
        return names

    return statement


def test_what_is_refused_is_said_in_words_and_in_the_numbers_and_leaves_no_name_behind(run, shown, tmp_path):
    names = run(REFUSED)
    assert shown == ["No rank: the index: it does not cover Uzbekistan in pf rank."]
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


def test_a_figure_that_cannot_be_drawn_is_not_saved(run, shown, tmp_path):
    run('with session.section("No map"), session.figure("map") as ax:\n    refuse("no land is known")')
    assert shown == ["No map: the index: no land is known."]
    assert not list(tmp_path.glob("*.png"))
