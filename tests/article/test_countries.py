"""Every notebook that has a country runs for any: what data do not allow is left out, and texts are of that country."""

from __future__ import annotations

import json
import re

import matplotlib.pyplot as plt
import pytest

from analysis.data.load import country_names
from tests.executed import execute

#: Notebooks with the parameters that make them quick.
QUICK = {
    "01_freedom_index": {"DRAWS": 100},
    "03_reforms_counterfactual": {"DRAWS": 10},
    "04_election_seasonality": {"PERMUTATIONS": 19, "WORKERS": 1},
    "05_activity_and_targets": {"DRAWS": 99},
    "06_neighbours_and_tax_case": {"DRAWS": 19},
    "07_after_the_article": {"DRAWS": 1000},
}
#: Countries and what each lacks: the index of freedom, protests, arrests, expert indices; others have most of it.
SOME = ("UZB", "TUR")
OTHERS = ("USA", "KGZ", "TJK", "TKM", "BLR", "RUS", "UKR", "HUN", "EGY", "PRK", "BHS")
HOME, NOT_JUDGED = "Kazakhstan", "Not judged: the claim is about Kazakhstan."
FAULTS = {
    "code": re.compile(rf"\b({'|'.join(country_names())})\b"),
    "column": re.compile(r"[A-Za-z0-9]+_[A-Za-z0-9]+"),
    "plural": re.compile(r"(?<![\d.,])1 (?!(?:as|has|is|of|was)\b)[a-z]+s\b"),
    "nothing": re.compile(r"\b0\.000\b|\bnan\b"),
    "home": re.compile(HOME),
}
CASES = [
    pytest.param(name, country, marks=[] if country in SOME else pytest.mark.long)
    for name in QUICK
    for country in (*SOME, *OTHERS)
]


@pytest.mark.parametrize(("name", "country"), CASES)
def test_a_notebook_runs_for_a_country_and_speaks_of_no_other(tmp_path, name, country):
    run = execute(name, tmp_path, COUNTRY=country, **QUICK[name])
    plt.close("all")
    assert run.evidence() == {}
    assert run.said.count(NOT_JUDGED) == 1
    captions = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("captions/*.json"))]
    texts = [text for text in run.said if text != NOT_JUDGED]
    texts += [caption[part] for caption in captions for part in ("caption", "credit")]
    for fig in run.figures.values():
        for ax in fig.axes:
            texts += [ax.get_title(loc=place) for place in ("left", "center", "right")]
            texts += [ax.get_xlabel(), ax.get_ylabel(), *(text.get_text() for text in legend_of(ax))]
    texts = [in_prose(text) for text in texts]
    assert {(kind, text[:200]) for kind, fault in FAULTS.items() for text in texts if fault.search(text)} == set()


def legend_of(ax):
    return ax.get_legend().get_texts() if ax.get_legend() else []


def in_prose(text):
    """Return a text without the tables below its sentences."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("|"))
