"""No sentence for readers has a known fault; what notebooks say in the tests' own runs is held to it where they run."""

from __future__ import annotations

import pytest

from analysis.paths import FIGURES, NOTEBOOKS, ROOT
from analysis.report.dossier import read_published
from analysis.report.wording import rule_in_words
from tests.project import read_json
from tests.prose import FAULTS, faults


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_where_it_is(name):
    assert name in {kind for kind, _ in faults([FAULTS[name][1]])}


def test_the_readme_and_the_prose_of_notebooks_have_no_fault():
    cells = [cell for path in sorted(NOTEBOOKS.glob("*.ipynb")) for cell in read_json(path)["cells"]]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert faults([(ROOT / "README.md").read_text(encoding="utf-8"), *prose]) == set()


def test_no_verdict_evidence_rule_or_caption_has_a_fault():
    published = read_published(FIGURES)
    said = [rule_in_words(claim, published.register.thresholds) for claim in published.register.claims]
    for item in published.judged:
        said += [
            item.headline,
            str(item.certainty or ""),
            item.newest,
            item.record()["summary"],
            item._repr_markdown_(),
        ]
        said += [flip.change for flip in item.flips]
    for path in (FIGURES / "captions").glob("*.json"):
        said += [read_json(path)[part] for part in ("caption", "credit")]
    assert faults(said) == set()
