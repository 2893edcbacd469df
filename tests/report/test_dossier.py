"""Dossiers: everything that a run says of each claim, from its files alone."""

from __future__ import annotations

import pytest

from analysis.claims.register import load_register
from analysis.errors import InputError
from analysis.report.dossier import notebook_titles
from tests.project import notebook
from tests.report.make import NOTEBOOK


def test_every_claim_has_one_dossier_in_order_whose_headline_leads_with_the_verdict(published):
    assert [item.claim.id for item in published.dossiers] == [claim.id for claim in load_register().claims]
    for item in published.dossiers:
        assert item.headline.lower().startswith(item.conclusion.verdict)
        assert all(item.claim.id in published[other].claim.contradicts for other in item.claim.contradicts)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        *((wrong, "did you mean .*hfi-rank") for wrong in ("hfi-rnk", "HFI-RANK")),
        ("election-month", "did you mean .*crackdown-election-month"),
        ("zzzz", "list them with: analysis claims"),
    ],
)
def test_an_unknown_claim_gives_close_matches(published, wrong, said):
    with pytest.raises(InputError, match=rf"no claim {wrong}; {said}"):
        published[wrong]


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "not a notebook"), (notebook(("code", "1")), "no title"), (notebook(("markdown", " ")), "no title")],
)
def test_titles_are_the_first_headings_in_order_and_a_notebook_without_one_is_one_line(project, content, said):
    path = project.path(f"notebooks/{NOTEBOOK}.ipynb")
    path.write_text(notebook(("code", "1"), ("markdown", "# Rank\nText.")), encoding="utf-8")
    assert list(notebook_titles()) == ["00_register_and_power", NOTEBOOK]
    assert notebook_titles()[NOTEBOOK] == "Rank"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=rf"{NOTEBOOK}\.ipynb: {said}"):
        notebook_titles()
