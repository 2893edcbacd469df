"""What is published in ``figures/`` is whole, current and explained."""

import json
import re
import shutil
from pathlib import Path

import pytest

from analysis.claims.evidence import read_evidence, rounded
from analysis.claims.lock import read_lock
from analysis.claims.register import load_register
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import sha256
from analysis.paths import FIGURES, ROOT
from analysis.report.dossier import read_published
from analysis.report.pages import claims_page, readme_blocks, write_blocks
from analysis.runs.manifest import MANIFEST, read_manifest
from analysis.runs.staleness import cells_hash, code
from analysis.session.declared import declared, names
from tests.claims.make import claims_of
from tests.project import tree
from tests.prose import faults

#: Made from all outputs together, therefore of no single notebook.
SUMMARIES = {MANIFEST, "results.json", "verdicts.json"}
REMEDY = "run: analysis run"


@pytest.fixture(scope="module")
def outputs():
    return read_manifest(FIGURES)["outputs"]


@pytest.fixture(scope="module")
def register():
    return load_register()


def test_every_file_is_in_the_manifest_and_the_other_way_round_with_the_checksum_of_its_bytes(outputs):
    assert set(tree(FIGURES)) - SUMMARIES == set(outputs)
    found = tree(FIGURES)
    assert {name: found.get(name) for name in outputs} == {name: entry["sha256"] for name, entry in outputs.items()}
    # Line ends must not depend on the platform: git would turn them and every checksum would differ.
    texts = [name for name in outputs if name.endswith((".csv", ".json", ".svg"))]
    assert [name for name in texts if b"\r" in (FIGURES / name).read_bytes()] == []


def test_a_figure_comes_as_pdf_png_and_svg_outputs_are_named_by_their_notebook_and_of_the_tables_as_they_stand(outputs):
    figures = [name for name in outputs if "/" not in name]
    stems = {name.rsplit(".", 1)[0] for name in figures}
    assert stems
    assert sorted(figures) == sorted(f"{stem}.{kind}" for stem in stems for kind in ("pdf", "png", "svg"))
    numbered = [name for name in outputs if "/" not in name or name.startswith("tables/")]
    assert [name for name in numbered if name.split("/")[-1][:3] != outputs[name]["notebook"][:3]] == []
    faces = {
        face for path in FIGURES.glob("*.pdf") for face in re.findall(rb"/BaseFont /[A-Z]+\+(\w+)", path.read_bytes())
    }
    assert faces == {b"ClaimsSans"}  # a letter that the cut face lacks comes from the whole one
    used = {name: checksum for entry in outputs.values() for name, checksum in entry["tables"].items()}
    assert set(used) <= set(CATALOGUE)
    assert {name: sha256(name) for name in used} == used, REMEDY


@pytest.mark.parametrize("notebook", names())
def test_outputs_are_of_the_notebook_as_it_stands(outputs, notebook):
    # Prose does not count; a changed code cell, table or default does.
    made = [entry for entry in outputs.values() if entry["notebook"] == notebook]
    assert made, REMEDY
    assert {entry["code"] for entry in made} == {cells_hash(code(notebook))}, REMEDY
    defaults = {name: item.default for name, item in declared(notebook).items()}
    assert all(entry["parameters"] == defaults for entry in made), REMEDY


def test_nothing_tells_of_the_machine_and_json_is_strict():
    # NaN and Infinity are Python's own: other readers refuse the file.
    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    private = re.compile(rb"/home/|/root/|/Users/|[A-Z]:\\\\Users|" + re.escape(str(ROOT)).encode())
    paths = [path for path in FIGURES.rglob("*") if path.is_file()]
    assert [path.name for path in paths if private.search(path.read_bytes())] == []
    for path in paths:
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


@pytest.mark.parametrize("notebook", names())
def test_every_claim_of_a_notebook_is_evidenced_by_it(notebook, register):
    claims = claims_of(register, notebook)
    later = {f"{claim.id}@{edition}.json" for claim in claims for edition in claim.editions if edition != claim.vintage}
    expected = later | {f"{claim.id}.json" for claim in claims}
    assert expected <= {path.name for path in (FIGURES / "evidence").glob("*.json")}, REMEDY


def test_evidence_is_in_the_registers_words_of_the_tables_of_now_and_has_every_registered_check(register):
    locked = read_lock().parameters
    for item in read_evidence(FIGURES / "evidence"):
        claim, dumped = register[item.claim], item.model_dump(mode="json")
        assert item.parameters == locked[item.notebook], item.claim
        parts = {check.name for check in (*item.falsifications, *item.components)}
        smallest = claim.smallest_effect.value if claim.smallest_effect else None
        assert (item.notebook, item.test, item.estimand) == (claim.notebook, claim.test, claim.estimand), item.claim
        assert item.smallest_effect == smallest, item.claim
        assert not item.primary or parts == {check.name for check in (*claim.checks, *claim.components)}, item.claim
        if item.measures:
            registered = [measure.name for measure in claim.measures_of(item.vintage)]
            assert [measure.name for measure in item.measures] == registered, item.file_name
        assert item.sources, item.claim
        assert {source.table: source.sha256 for source in item.sources} == {
            source.table: sha256(source.table) for source in item.sources
        }, item.claim
        assert rounded(dumped) == dumped, item.file_name
        assert item.summary.rstrip().endswith("."), item.file_name


def test_what_readme_and_claims_md_say_of_the_run_is_what_it_found(tmp_path):
    published, readme = read_published(), shutil.copy(ROOT / "README.md", tmp_path)
    # What a run takes is another on each machine.
    written = write_blocks(Path(readme), readme_blocks(published, ROOT / "no record.json"))
    assert written.read_bytes() == (ROOT / "README.md").read_bytes(), "run: analysis readme"
    assert (ROOT / "CLAIMS.md").read_text(encoding="utf-8") == claims_page(published), "run: analysis readme"


def test_links_and_images_in_the_readme_lead_somewhere_notebooks_are_listed_and_no_sentence_has_a_known_fault(outputs):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    places = [place for place in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in place]
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []
    images = re.findall(r"!\[[^\]]*\]\(figures/([^)]+)\)", text)
    assert images
    assert set(images) <= set(outputs)
    assert [name for name in names() if f"`{name}`" not in text] == []
    assert faults([text]) == set()
