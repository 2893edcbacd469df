"""The paper: complete, each figure referred to near it, references resolved, and the same bytes every time."""

import re
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_output
from pypdf import PdfReader

from analysis.report.dossier import notebook_titles
from analysis.report.forms import _part, manuscript, markdown_cell, write_paper
from tests.report.make import NOTEBOOK

TABLE = "| what | n |\n| --- | ---: |\n| a | 1 |"
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
    for kind, captions in {"Figure": r"!\[\*\*Figure (\d+)\.\*\*", "Table": r"(?m)^: \*\*Table (\d+)\.\*\*"}.items():
        for number, caption in enumerate(re.finditer(captions, text), start=1):
            assert int(caption[1]) == number
            named = re.findall(rf"\b{kind}s? (\d+)(?: (?:and|to) (\d+))?", text[: caption.start()])
            assert any(int(first) <= number <= int(last or first) for first, last in named), (kind, number)
    assert len(re.findall(r"!\[\*\*Figure", text)) == len(published.figures)
    assert not re.search(r"\(Figure \d+\) \(", text)
    assert "The sentence of the first result is" in text
    assert text.index("The sentence of the first result") < text.index("01_vintage_fan")


@pytest.mark.parametrize(
    ("prose", "given", "tables"),
    [
        ("The table says all.", ["Said.", TABLE], [[TABLE], []]), ("More.", ["Said.", TABLE], [[], []]),
        ("More.", [TABLE], [[TABLE]]), ("The tables say.", ["Said.", TABLE], [[], []]),
        ("Claims on facts: `a`\n\nSo.", ["> **Supported.**"], [[]]), ("More.", [""], []),
    ],
)  # fmt: skip
def test_a_part_shows_the_table_it_names_or_that_alone_was_found_none_is_left_empty(prose, given, tables):
    outputs = [new_output("display_data", {"text/html": "<table>", "text/markdown": own}) for own in given]
    code = new_code_cell(outputs=outputs)
    found = _part([markdown_cell(f"## Heading?\n\n{prose}"), code])
    assert _part([markdown_cell("# Title\n\nMore."), code])[1]["text"] == "More."  # none lacks what it is about
    assert [own["tables"] for own in found if re.match(r"\w", own["text"])] == tables
    code["figures"] = [1]
    assert _part([markdown_cell("## Without prose?"), code])[-1]["figures"] == [1]


def test_a_table_without_prose_is_named_by_the_title_of_its_notebook(published, executed, monkeypatch):
    code = new_code_cell(outputs=[new_output("display_data", {"text/markdown": TABLE})])
    monkeypatch.setattr("analysis.report.forms.read_executed", lambda *_: SimpleNamespace(cells=[code]))
    assert f".** {notebook_titles()[NOTEBOOK]}\n" in manuscript(published, executed)


def test_references_are_resolved_and_one_run_gives_the_same_bytes(text, paper, published, executed, tmp_path):
    cited = set(re.findall(r"@([a-z][\w]+)", text))
    assert {"holm1979", "hfi_2020", "mogstad2024"} <= cited
    assert re.search(f"references.*{squeezed('Inference for Ranks with Applications')}", words(paper[1]))
    raw = zipfile.ZipFile(paper[1]).read("word/document.xml").decode()
    assert not [key for key in cited if f"{key}?" in raw]
    again = write_paper(published, tmp_path, executed=executed)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paper]


def test_markup_in_a_claim_is_shown_and_not_obeyed_and_a_changed_reason_is_found(published, executed, tmp_path):
    first = next(item for item in published.dossiers if item.claim.notebook == NOTEBOOK)
    reason = "the rank is 8127, not 75, in 2 kinds of simulated worlds (one; another)"
    claim, said = first.claim.model_copy(update={"claim": HOSTILE}), replace(first.conclusion, why=reason)
    others = [item for item in published.dossiers if item is not first]
    changed = replace(published, figures=(), dossiers=(replace(first, claim=claim, conclusion=said), *others))
    for path in write_paper(changed, tmp_path, executed=executed):
        assert squeezed(HOSTILE.replace("<b>", "")) in words(path), path.name
        assert re.search(f"{squeezed(reason.partition(' (')[0])}(?!one)", words(path))
