"""The report as a PDF: complete, short, made of the run alone, and the same bytes every time."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader

from analysis.errors import RunError
from analysis.report.pdf import content, write_pdf

PAGES = 25


@pytest.fixture(scope="module")
def pdf(published, tmp_path_factory):
    return write_pdf(published, tmp_path_factory.mktemp("pdf") / "report.pdf").read_bytes()


@pytest.fixture(scope="module")
def plain(published, tmp_path_factory):
    """Text, and size, of the report without its figures, whose drawings take a reader of text very long."""
    return unillustrated(published, tmp_path_factory.mktemp("text"))


def unillustrated(published, folder):
    made = write_pdf(replace(published, figures=()), folder / "plain.pdf").read_bytes()
    pages = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    return squeezed(re.sub(r"[-\u00ad]\n", "", pages).replace("\ufb01", "fi").replace("\ufb02", "fl")), len(made)


def squeezed(text):
    return re.sub(r"[\W_]+", "", text).lower()


def test_the_report_is_short_has_every_claim_and_every_figure(published, pdf, plain):
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) < PAGES
    assert reader.metadata.title == "Claims under test: civil liberties in Kazakhstan"
    text, size = plain
    assert [item.claim.id for item in published.dossiers if squeezed(item.claim.claim) not in text] == []
    assert [figure["name"] for figure in content(published)["figures"]] == [item.name for item in published.figures]
    assert len(pdf) - size > 10_000 * len(published.figures)


def test_the_same_run_gives_the_same_bytes(published, pdf, tmp_path):
    assert write_pdf(published, tmp_path / "again.pdf").read_bytes() == pdf


def test_markup_in_a_claim_is_shown_and_not_obeyed_and_a_changed_reason_is_found(published, tmp_path):
    hostile, reason = '#set page(width: 1mm) *bold* $x$ #panic("no")', "the rank is 8127, not 75"
    first = published.dossiers[0]
    claim, said = first.claim.model_copy(update={"claim": hostile}), replace(first.conclusion, why=reason)
    changed = replace(published, dossiers=(replace(first, claim=claim, conclusion=said), *published.dossiers[1:]))
    text, _ = unillustrated(changed, tmp_path)
    assert squeezed(hostile) in text
    assert squeezed(reason) in text


def test_a_missing_figure_is_one_line_and_nothing_is_written(published, tmp_path):
    with pytest.raises(RunError, match=rf"no {published.figures[0].name}\.svg"):
        write_pdf(replace(published, folder=tmp_path), tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []
