"""No sentence for readers has a known fault; results, pages and published texts are held to it where they are made."""

from __future__ import annotations

import pytest

from analysis.claims.register import load_register
from analysis.paths import NOTEBOOKS
from analysis.report.wording import rule_in_words
from tests.project import read_json
from tests.prose import FAULTS, faults


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_where_it_is(name):
    assert name in {kind for kind, _ in faults([FAULTS[name][1]])}


def test_the_prose_of_notebooks_and_the_rules_have_no_fault():
    cells = [cell for path in sorted(NOTEBOOKS.glob("*.ipynb")) for cell in read_json(path)["cells"]]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    register = load_register()
    assert faults([*prose, *(rule_in_words(claim, register.thresholds) for claim in register.claims)]) == set()
