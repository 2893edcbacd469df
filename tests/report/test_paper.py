"""The paper: complete, each figure referred to near it, references resolved, and the same bytes every time."""

import re
import zipfile
from dataclasses import replace

import pytest
from pypdf import PdfReader

from analysis.report.forms import manuscript, write_paper
from tests.report.make import NOTEBOOK

HOSTILE = '#set page(width: 1mm) *bold* $x$ #panic("no") @nobody `code` <b>'


@pytest.fixture(scope="module")
def paper(published, executed, tmp_path_factory):
    return write_paper(published, tmp_path_factory.mktemp("paper"), executed=executed)


@pytest.fixture(scope="module")
def text(published, executed):
    return manuscript(published, executed)


def words(path):
    if path.suffix == ".docx":
        found = re.sub(r"<[^>]+>", "", zipfile.ZipFile(path).read("word/document.xml").decode())
    else:
        found = "\n".join(page.extract_text() for page in PdfReader(path).pages)
        found = re.sub(r"[-\u00ad]\n", "", found).replace("\ufb01", "fi").replace("\ufb02", "fl")
    return squeezed(re.sub(r"&\w+;", "", found))


def squeezed(said):
    return re.sub(r"[\W_]+", "", said).lower()


def test_both_forms_have_every_claim_and_figure_and_the_pdf_is_tagged(published, executed, paper, tmp_path):
    pdf, word = paper
    assert pdf.read_bytes()[:5] == b"%PDF-"
    reader = PdfReader(pdf)
    assert reader.metadata.title == "Claims under test: civil liberties in Kazakhstan"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert len(reader.pages) < 60
    drawings = [name for name in zipfile.ZipFile(word).namelist() if name.startswith("word/media/")]
    assert len(drawings) == len(published.figures)
    # Text is read from a paper without drawings, which take a reader of text very long.
    plain = write_paper(replace(published, figures=()), tmp_path, executed=executed)
    for path in plain:
        said = words(path)
        missing = [d.claim.id for d in published.dossiers if d.claim.notebook and squeezed(d.claim.claim) not in said]
        assert missing == [], path.name
        assert squeezed(published.judged.sentence()) in said


def test_figures_and_tables_are_numbered_in_order_and_referred_to_in_the_text_before_them(published, text):
    captions = re.findall(r"!\[\*\*Figure (\d+)\.\*\*", text)
    assert captions == [str(number + 1) for number in range(len(published.figures))]
    for number in captions:
        before = text[: text.index(f"**Figure {number}.**")]
        assert re.search(rf"Figure {number}\b", before), number
    tables = re.findall(r"^: \*\*Table (\d+)\.\*\*", text, flags=re.M)
    assert tables == [str(number + 1) for number in range(len(tables))]
    assert all(re.search(rf"Table {number}\b", text[: text.index(f"**Table {number}.**")]) for number in tables)
    assert "The sentence of the first result is" in text
    assert text.index("The sentence of the first result") < text.index("01_vintage_fan")


def test_references_are_resolved_and_listed_and_one_run_gives_the_same_bytes(
    text, paper, published, executed, tmp_path
):
    cited = set(re.findall(r"@([a-z][\w]+)", text))
    assert {"holm1979", "hfi_2020", "mogstad2024"} <= cited
    said = words(paper[1])
    assert "references" in said
    assert squeezed("Inference for Ranks with Applications") in said
    raw = zipfile.ZipFile(paper[1]).read("word/document.xml").decode()
    assert not [key for key in cited if f"{key}?" in raw]
    again = write_paper(published, tmp_path, executed=executed)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paper]


def test_markup_in_a_claim_is_shown_and_not_obeyed_and_a_changed_reason_is_found(published, executed, tmp_path):
    first = next(item for item in published.dossiers if item.claim.notebook == NOTEBOOK)
    reason = "the rank is 8127, not 75"
    claim, said = first.claim.model_copy(update={"claim": HOSTILE}), replace(first.conclusion, why=reason)
    others = [item for item in published.dossiers if item is not first]
    changed = replace(published, figures=(), dossiers=(replace(first, claim=claim, conclusion=said), *others))
    for path in write_paper(changed, tmp_path, executed=executed):
        assert squeezed(HOSTILE.replace("<b>", "")) in words(path), path.name
        assert squeezed(reason) in words(path)
