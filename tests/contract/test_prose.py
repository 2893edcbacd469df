"""No sentence for readers has a known fault; results, pages and published texts are held to it where they are made."""

from __future__ import annotations

import pytest

from analysis.claims.register import load_register
from analysis.data.load import country_names
from analysis.paths import NOTEBOOKS
from analysis.report.pages import rule_in_words
from analysis.session.declared import declared, read
from tests.project import read_json
from tests.prose import faults, naming


def test_the_prose_of_notebooks_and_the_rules_have_no_fault():
    cells = [cell for path in sorted(NOTEBOOKS.glob("*.ipynb")) for cell in read_json(path)["cells"]]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    register = load_register()
    assert faults([*prose, *(rule_in_words(claim, register.thresholds) for claim in register.claims)]) == set()


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS.glob("*.ipynb") if "COUNTRY" in declared(path.stem)])
def test_what_stands_in_a_notebook_for_any_country_names_one_only_where_it_speaks_of_the_article(name):
    countries = rf"\b({'|'.join(country_names().values())}|Kazakh)\b"
    assert naming(countries, (cell.source for cell in read(name) if cell.kind == "markdown")) == []
