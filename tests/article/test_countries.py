"""Every notebook that has a country runs for any: what data do not allow is left out, and texts are of that country."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from analysis.data.load import country_names
from tests.executed import check_figure, execute
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
#: Other notebooks that no other test executes, for the article's country and with what is registered.
LONG = ("04_election_seasonality", "06_neighbours_and_tax_case")
AT_HOME = ["02_press_counts", "05_activity_and_targets", *(pytest.param(name, marks=pytest.mark.long) for name in LONG)]
#: Countries of every test and those of the long one; some lack the index of freedom, protests, arrests or experts.
SOME = ("UZB",)
OTHERS = ("TUR", "USA", "KGZ", "TJK", "TKM", "BLR", "RUS", "UKR", "HUN", "EGY", "PRK", "BHS", "AND")
NOT_JUDGED = "Not judged: the claims are about Kazakhstan."
#: What may be said of the article's country in the run of another, besides what the article says.
OF_HOME = {NOT_JUDGED, NOT_JUDGED.replace("judged", "judged here")}
#: Figures about many countries, whose titles name none.
OF_MANY = {"04_event_time", "04_multiverse", "06_exposure"}
CASES = [
    pytest.param(name, country, marks=[] if country in SOME else pytest.mark.long)
    for name in QUICK
    for country in (*SOME, *OTHERS)
]


@pytest.mark.parametrize(("name", "country"), CASES)
def test_a_notebook_runs_for_a_country_and_speaks_of_no_other(tmp_path, name, country):
    run, names = execute(name, tmp_path, COUNTRY=country, **QUICK[name]), country_names()
    for figure in run.figures:
        check_figure(run, figure)
        assert names[country] in run.title(figure) or figure in OF_MANY, run.title(figure)
    plt.close("all")
    assert run.evidence() == {}
    assert run.said.count(NOT_JUDGED) == 1
    assert naming("Kazakh", (without_tables(text) for text in run.told() if text not in OF_HOME)) == []


@pytest.mark.parametrize(
    ("name", "changes", "said", "credited"),
    [
        ("02_press_counts", {"YEAR": 2021}, "No test of detentions: no count for 2021.", "Adil Soz"),
        ("02_press_counts", {"YEAR": 2023}, "No ratios: no indicator is counted in both years.", "Adil Soz"),
        ("03_reforms_counterfactual", {"COUNTRY": "EST"}, NOT_JUDGED, "V-Dem Institute"),
        ("05_activity_and_targets", {"COUNTRY": "TUR"}, "Türkiye is compared with all others, for it is outside", ""),
        ("06_neighbours_and_tax_case", {"COUNTRY": "JPN"}, "unrest abroad: Japan has no neighbour by land.", ""),
        ("06_neighbours_and_tax_case", {"COUNTRY": "KOR"}, "no unrest began next door to South Korea.", ""),
    ],
)
def test_what_a_run_lacks_is_a_sentence_and_no_source_of_a_figure(tmp_path, name, changes, said, credited):
    run = execute(name, tmp_path, **QUICK.get(name, {}), **changes)
    for figure in run.figures:
        check_figure(run, figure)
    plt.close("all")
    assert any(said in text for text in run.said)
    credits = " ".join(text for text in run.told() if text.startswith("Source: "))
    assert credited in credits
    assert "Pandemic" not in credits


@pytest.mark.parametrize("name", AT_HOME)
def test_a_notebook_says_and_shows_in_words_what_it_finds_of_the_articles_country(tmp_path, name):
    run = execute(name, tmp_path)
    assert run.evidence()
    for figure in run.figures:
        check_figure(run, figure)
    plt.close("all")
