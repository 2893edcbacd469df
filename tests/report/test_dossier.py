"""Dossiers: everything that a run says of each claim, from its files alone."""

from __future__ import annotations

import pytest

from analysis.claims.register import load_register
from analysis.errors import InputError
from analysis.paths import FIGURES
from analysis.report.dossier import read_published
from tests.report.published import altered_run


@pytest.fixture(scope="module")
def published():
    return read_published(FIGURES)


def test_every_claim_has_one_dossier_in_the_order_of_the_article(published):
    assert [item.claim.id for item in published.dossiers] == [claim.id for claim in load_register().claims]


def test_a_headline_leads_with_the_verdict(published):
    for item in published.dossiers:
        assert item.headline.lower().startswith(item.verdict.verdict)
        assert item.headline.endswith(".")


def test_rivals_are_mutual(published):
    for item in published.dossiers:
        assert all(item.claim.id in published[other].rivals for other in item.rivals)


def test_figures_name_claims_and_files_that_exist(published):
    assert len(published.figures) > 10
    for figure in published.figures:
        assert figure.caption.endswith(".")
        assert figure.credit.startswith("Source: ")
        assert all((FIGURES / f"{figure.name}.{kind}").is_file() for kind in ("svg", "pdf", "png"))


def test_a_changed_evidence_file_changes_the_dossier(tmp_path, published):
    changed = read_published(altered_run(tmp_path, "hfi-rank", found_rank=76.0))
    assert published["hfi-rank"].verdict.verdict == "supported"
    assert "rank is 76, not 75" in changed["hfi-rank"].headline


def test_an_unknown_claim_and_an_empty_folder_are_one_line(published, tmp_path):
    with pytest.raises(InputError, match="no claim hfi-rang"):
        published["hfi-rang"]
    with pytest.raises(InputError, match=r"no manifest\.json"):
        read_published(tmp_path)
