"""The report as a PDF: complete, short, made of the run alone, and the same bytes every time."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader

from analysis.errors import RunError
from analysis.paths import FIGURES
from analysis.report.dossier import read_published
from analysis.report.pdf import content, write_pdf
from tests.report.published import altered_run

PAGES = 25


@pytest.fixture(scope="module")
def published():
    return read_published(FIGURES)


@pytest.fixture(scope="module")
def pdf(published, tmp_path_factory):
    return write_pdf(published, tmp_path_factory.mktemp("pdf") / "report.pdf").read_bytes()


@pytest.fixture(scope="module")
def text(published, tmp_path_factory):
    return text_of(unillustrated(published, tmp_path_factory.mktemp("text")))


def unillustrated(published, folder):
    """Return the report without its figures, whose drawings take a reader of text very long."""
    return write_pdf(replace(published, figures=()), folder / "plain.pdf").read_bytes()


def text_of(pdf):
    """Return the text of a PDF with line breaks and hyphenation undone."""
    pages = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", re.sub(r"[-\u00ad]\n", "", pages).replace("\ufb01", "fi").replace("\ufb02", "fl"))


def squeezed(text):
    return re.sub(r"[\W_]+", "", text).lower()


def test_the_report_is_short_and_names_itself(pdf):
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) < PAGES
    assert reader.metadata.title == "Claims under test: civil liberties in Kazakhstan"


def test_every_claim_of_the_register_is_in_it_with_its_verdict(published, text):
    missing = [item.claim.id for item in published.dossiers if squeezed(item.claim.claim) not in squeezed(text)]
    assert missing == []


def test_every_figure_of_the_run_is_in_it(published, pdf, tmp_path):
    told = [figure for chapter in content(published)["chapters"] for figure in chapter["figures"]]
    assert {figure["file"] for figure in told} == {f"{figure.name}.svg" for figure in published.figures}
    empty = len(unillustrated(published, tmp_path))
    assert len(pdf) - empty > 10_000 * len(published.figures)


def test_the_same_run_gives_the_same_bytes(published, pdf, tmp_path):
    assert write_pdf(published, tmp_path / "again.pdf").read_bytes() == pdf


def test_a_changed_figure_of_the_evidence_is_found_in_it(published, tmp_path):
    changed = read_published(altered_run(tmp_path, "hfi-rank", found_rank=76.0))
    text = text_of(unillustrated(changed, tmp_path))
    assert "ank is 76, not 75" in text
    assert "rank is 76, not 75" not in str(content(published))


def test_markup_in_a_claim_is_shown_and_not_obeyed(published, tmp_path):
    hostile = '#set page(width: 1mm) *bold* $x$ #panic("no")'
    first = published.dossiers[0]
    hostile_claim = replace(first, claim=first.claim.model_copy(update={"claim": hostile}))
    other = replace(published, dossiers=(hostile_claim, *published.dossiers[1:]))
    assert squeezed(hostile) in squeezed(text_of(unillustrated(other, tmp_path)))


def test_a_missing_figure_is_one_line_and_nothing_is_written(published, tmp_path):
    other = read_published(altered_run(tmp_path, "hfi-rank", found_rank=75.0, without=published.figures[0].name))
    with pytest.raises(RunError, match=f"no {published.figures[0].name}.svg"):
        write_pdf(other, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
