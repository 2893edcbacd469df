"""Notebooks, executed: at home they find what is published; anywhere they leave out what is not known."""

import dataclasses

import pandas as pd
import pytest

from analysis.claims import adapter
from analysis.claims.register import load_register
from analysis.claims.rules import Called
from analysis.data.load import country_names
from analysis.errors import InputError
from analysis.paths import FIGURES
from analysis.runs.manifest import read_manifest
from analysis.session import declared
from tests.claims.make import claims_of
from tests.executed import check_figures, execute
from tests.project import read_json
from tests.prose import naming, without_tables

#: Notebooks with the parameters that make them quick.
QUICK = {
    "01_freedom_index": {"DRAWS": 100},
    "03_reforms_counterfactual": {"DRAWS": 10},
    "04_election_seasonality": {"PERMUTATIONS": 19, "WORKERS": 1},
    "05_activity_and_targets": {"DRAWS": 99},
    "06_neighbours_and_tax_case": {"DRAWS": 19},
    "07_after_the_article": {"DRAWS": 1000},
}
#: Every notebook; thousands of models take one long.
AT_HOME = [
    pytest.param(name, marks=[pytest.mark.long] * (name == "04_election_seasonality")) for name in declared.names()
]
#: Countries of the long test; some lack the index of freedom, protests, arrests or experts.
COUNTRIES = ("UZB", "TUR", "USA", "KGZ", "TJK", "TKM", "BLR", "RUS", "UKR", "HUN", "EGY", "PRK", "BHS", "AND", "HKG")
#: What a notebook says to some: why a model has no answer, or that this package lacks what its producer may have.
SAYS = {
    ("03_reforms_counterfactual", "BHS"): "Left out: rank, RSF (this package has it for 17 countries, not for the Bah",
    ("04_election_seasonality", "BLR"): "in the country alone: the month of the event: no maximum exists, as all",
    ("05_activity_and_targets", "PRK"): "no protest met arrests since 2018, 3 of 8 protests before",
    ("07_after_the_article", "HKG"): "civil society, V-Dem v12: this package has it for 169 countries, not for",
}
#: Of each notebook the country of every test.
SOME = dict.fromkeys(QUICK, "UZB") | dict(SAYS)
NOT_JUDGED = "Not judged: the claims are about Kazakhstan."
#: What may be said of the article's country in the run of another, besides what the article says.
OF_HOME = {NOT_JUDGED, NOT_JUDGED.replace("judged", "judged here")}
#: Figures about many countries, whose titles name none.
OF_MANY = {"04_event_time", "04_multiverse", "06_exposure"}
CASES = [
    pytest.param(name, country, marks=[] if country == SOME[name] else pytest.mark.long)
    for name in QUICK
    for country in COUNTRIES
]


@pytest.mark.parametrize(("name", "country"), CASES)
def test_a_notebook_runs_for_a_country_and_speaks_of_no_other(tmp_path, name, country):
    run, names = execute(name, tmp_path, COUNTRY=country, **QUICK[name]), country_names()
    for figure in run.figures:
        assert names[country] in run.title(figure) or figure in OF_MANY, run.title(figure)
    check_figures(run)
    assert run.evidence() == {}
    assert run.said.count(NOT_JUDGED) == 1
    assert SAYS.get((name, country), "") in "\n".join(run.told())
    assert naming("Kazakh", (without_tables(text) for text in run.told() if text not in OF_HOME)) == []


@pytest.mark.parametrize(
    ("name", "changes", "said", "credited"),
    [
        ("02_press_counts", {"YEAR": 2021}, "No test of detentions: no count for 2021.", "Adil Soz"),
        ("02_press_counts", {"YEAR": 2023}, "No ratios: no indicator is counted in both years.", "Adil Soz"),
        ("03_reforms_counterfactual", {"COUNTRY": "EST"}, NOT_JUDGED, "V-Dem Institute"),
        ("05_activity_and_targets", {"TURN": "2019-12"}, "No counts side by side: no country has a rate ratio", ""),
        ("05_activity_and_targets", {"REGION": ["KAZ"]}, "No checks of protests: no event in Kazakhstan, in the", ""),
        ("05_activity_and_targets", {"COUNTRY": "SSD", "BASE": 12}, "of protests: no event in South Sudan", ""),
        ("05_activity_and_targets", {"COUNTRY": "TUR"}, "Türkiye is compared with all others, for it is outside", ""),
        ("05_activity_and_targets", {"COUNTRY": "USA"}, "No protests: the protest data do not cover the United", ""),
        ("06_neighbours_and_tax_case", {"COUNTRY": "JPN"}, "the data follow no neighbour of Japan.", ""),
        ("06_neighbours_and_tax_case", {"COUNTRY": "KOR"}, "no unrest began next door to South Korea.", ""),
    ],
)
@pytest.mark.filterwarnings("error::UserWarning:analysis")
def test_what_a_run_lacks_is_a_sentence_and_no_source_of_a_figure(tmp_path, name, changes, said, credited):
    run = execute(name, tmp_path, **QUICK.get(name, {}), **changes)
    check_figures(run)
    assert any(said in text for text in run.said)
    credits = " ".join(text for text in run.told() if text.startswith("Source: "))
    assert credited in credits
    assert "Pandemic" not in credits


@pytest.fixture
def held(monkeypatch):
    """Collect the registered calls that evidence comes of, where a call that differs in any argument is refused."""
    found, require_call = [], adapter.require_call

    def required(registered, call, parameters, *, where):
        for name in call.arguments if call and registered else ():
            other = dataclasses.replace(call, arguments=call.arguments | {name: [call.arguments[name]]})
            with pytest.raises(InputError, match="registered"):
                require_call(registered, other, parameters, where=where)
        require_call(registered, call, parameters, where=where)
        found.append(registered)

    monkeypatch.setattr(adapter, "require_call", required)
    return found


def calls(value):
    if isinstance(value, Called):
        return [value, *calls(tuple(value.inputs.values()))]
    if isinstance(value, tuple | list):
        return [call for item in value for call in calls(item)]
    parts = ("model", "multiverse", "checks", "components", "measures", "identified", "calls")
    return [call for name in parts for call in calls(getattr(value, name, None) or ())]


@pytest.mark.parametrize("name", AT_HOME)
def test_a_notebook_finds_what_is_published_by_every_registered_call_and_shows_it(tmp_path, name, held):
    check_figures(execute(name, tmp_path))
    asked = calls(claims_of(load_register(), name))
    assert name[:2] in ("00", "08") or len(asked) > 3
    assert [call for call in asked if call not in held] == []
    made = {str(path.relative_to(tmp_path)) for kind in ("csv", "json") for path in tmp_path.glob(f"*/*.{kind}")}
    outputs = read_manifest(FIGURES)["outputs"].items()
    assert made == {path for path, of in outputs if of["notebook"] == name and path.endswith((".csv", ".json"))}
    for path in made:
        found, known = (_read(folder / path) for folder in (tmp_path, FIGURES))
        assert found == _nearly(known), path


def _read(path):
    if path.suffix == ".json":
        return read_json(path)
    frame = pd.read_csv(path)
    return frame.astype(object).where(frame.notna(), None).to_dict("list")


def _nearly(known):
    """Let every number differ in its last digits: other versions of packages than the locked ones compute it too."""
    if isinstance(known, dict):
        return {name: _nearly(value) for name, value in known.items()}
    if isinstance(known, list):
        return [_nearly(value) for value in known]
    return pytest.approx(known, rel=1e-4) if isinstance(known, float) else known


def test_another_edition_has_its_own_numbers_and_not_what_only_the_articles_carries(tmp_path):
    changes = {"COUNTRY": "KGZ", "EDITION": 2021, "DATA_YEAR": 2019}
    run = execute("01_freedom_index", tmp_path, **QUICK["01_freedom_index"] | changes)
    assert run.names["carried"] is False
    assert not [mark for mark in run.marks() if mark.startswith("printed: ")]
    check_figures(run)
