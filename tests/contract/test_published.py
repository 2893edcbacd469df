"""What is published in ``figures/`` is whole, current and explained; verdicts follow from evidence alone."""

from __future__ import annotations

import json
import re

import pytest

from analysis.article.parameters import MODELS
from analysis.claims.evidence import read_evidence, rounded
from analysis.claims.lock import check_lock
from analysis.claims.register import load_register
from analysis.claims.verdicts import as_frame, verdicts
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import sha256
from analysis.paths import FIGURES, ROOT
from analysis.report.tables import readme_block, sources_block
from analysis.runs.manifest import MANIFEST, read_manifest
from analysis.runs.staleness import PACKAGES, cells_hash, code, environment
from analysis.session.declared import declared, names
from tests.project import read_json, tree

#: Made from all outputs together, therefore of no single notebook.
SUMMARIES = {MANIFEST, "results.json", "verdicts.json"}
REMEDY = "run: analysis run"


@pytest.fixture(scope="module")
def outputs():
    return read_manifest(FIGURES)["outputs"]


@pytest.fixture(scope="module")
def evidence():
    return read_evidence(FIGURES / "evidence")


@pytest.fixture(scope="module")
def register():
    return load_register()


# --- 13 files and manifest


def test_every_file_is_in_the_manifest_and_the_other_way_round(outputs):
    assert set(tree(FIGURES)) - SUMMARIES == set(outputs)


def test_checksums_match_and_are_taken_of_bytes(outputs):
    found = tree(FIGURES)
    assert {name: found.get(name) for name in outputs} == {name: entry["sha256"] for name, entry in outputs.items()}
    # Line ends must not depend on the platform: git would turn them and every checksum would differ.
    texts = [name for name in outputs if name.endswith((".csv", ".json", ".svg"))]
    assert [name for name in texts if b"\r" in (FIGURES / name).read_bytes()] == []


def test_a_figure_comes_as_pdf_png_and_svg(outputs):
    figures = [name for name in outputs if "/" not in name]
    stems = {name.rsplit(".", 1)[0] for name in figures}
    assert stems
    assert sorted(figures) == sorted(f"{stem}.{kind}" for stem in stems for kind in ("pdf", "png", "svg"))


def test_outputs_are_named_by_their_notebook(outputs):
    for name, entry in outputs.items():
        if "/" not in name or name.startswith("tables/"):
            assert name.rsplit("/", 1)[-1][:3] == entry["notebook"][:3], name


@pytest.mark.parametrize("notebook", names())
def test_outputs_are_of_the_notebook_as_it_stands(outputs, notebook):
    # Prose does not count; a changed code cell, table or default does.
    made = [entry for entry in outputs.values() if entry["notebook"] == notebook]
    assert made, REMEDY
    assert {entry["code"] for entry in made} == {cells_hash(code(notebook))}, REMEDY
    defaults = {name: item.default for name, item in declared(notebook).items()}
    assert all(entry["parameters"] == defaults for entry in made), REMEDY


def test_outputs_are_of_the_tables_as_they_stand(outputs):
    used = {name: checksum for entry in outputs.values() for name, checksum in entry["tables"].items()}
    assert set(used) <= set(CATALOGUE)
    assert {name: sha256(name) for name in used} == used, REMEDY


def test_the_manifest_names_versions_lock_and_seed_and_no_clock(outputs):
    recorded = read_json(FIGURES / MANIFEST)["environment"]
    assert set(recorded) == set(environment())
    assert set(recorded["packages"]) == set(PACKAGES)
    assert not re.search(r"\d{4}-\d\d-\d\dT|\d\d:\d\d:\d\d", json.dumps(read_json(FIGURES / MANIFEST)))
    for entry in outputs.values():
        if "SEED" in MODELS[entry["notebook"]].model_fields:
            assert isinstance(entry["parameters"]["SEED"], int)


def test_nothing_tells_of_the_machine():
    private = re.compile(rb"/home/|/root/|/Users/|[A-Z]:\\\\Users|" + re.escape(str(ROOT)).encode())
    found = [path.name for path in FIGURES.rglob("*") if path.is_file() and private.search(path.read_bytes())]
    assert found == []


def test_json_files_are_strict_json():
    # NaN and Infinity are Python's own: other readers refuse the file.
    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    paths = list(FIGURES.rglob("*.json"))
    assert paths
    for path in paths:
        json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


# --- 10 evidence and verdicts


@pytest.mark.parametrize("notebook", sorted(set(MODELS) & set(names())))
def test_every_claim_of_a_notebook_is_evidenced_by_it(notebook, register):
    expected = {f"{claim.id}.json" for claim in register.of_notebook(notebook)}
    assert expected <= {path.name for path in (FIGURES / "evidence").glob("*.json")}, REMEDY


def test_evidence_is_on_claims_of_its_notebook_in_the_registers_words(evidence, register):
    for item in evidence:
        claim = register[item.claim]
        assert item.notebook == claim.notebook, item.file_name
        assert (item.test, item.estimand) == (claim.test, claim.estimand), item.file_name
        assert item.smallest_effect == (claim.smallest_effect.value if claim.smallest_effect else None), item.file_name
        assert (FIGURES / "evidence" / item.file_name).is_file()


def test_registered_falsifications_were_all_run(evidence, register):
    for item in evidence:
        if item.primary:
            missing = set(register[item.claim].asked) - {check.name for check in item.falsifications}
            assert missing == set(), item.claim


def test_evidence_names_its_tables_with_the_checksums_of_now(evidence):
    for item in evidence:
        for source in item.sources:
            assert source.sha256 == sha256(source.table), (item.claim, source.table)
        assert item.sources, item.claim


def test_evidence_is_rounded_and_says_a_sentence(evidence):
    for item in evidence:
        dumped = item.model_dump(mode="json")
        assert rounded(dumped) == dumped, item.file_name
        assert item.summary.rstrip().endswith("."), item.file_name


def test_verdicts_follow_from_the_evidence_files_alone(evidence, register):
    again = verdicts(register, evidence, rules_hash=check_lock(register))
    assert json.loads(as_frame(again).to_json(orient="records")) == read_json(FIGURES / "verdicts.json"), REMEDY


def test_every_claim_has_a_verdict_with_the_hash_of_the_rules(register):
    records = read_json(FIGURES / "verdicts.json")
    assert [record["claim"] for record in records] == list(register.by_id)
    assert {record["rules_hash"] for record in records} == {check_lock(register)}


def test_not_testable_always_carries_its_reason():
    for record in read_json(FIGURES / "verdicts.json"):
        assert bool(record["reason"]) == (record["verdict"] == "not testable"), record["claim"]
        assert record["why"], record["claim"]


def test_results_are_the_numbers_of_all_notebooks():
    numbers = {path.stem: read_json(path) for path in (FIGURES / "numbers").glob("*.json")}
    assert read_json(FIGURES / "results.json") == numbers


# --- the README


def block(name):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin (written by the run) -->\n", f"\n<!-- {name}: end -->"
    assert text.count(begin) == text.count(end) == 1
    return text.partition(begin)[2].partition(end)[0]


def test_the_readmes_verdicts_are_those_of_the_run(register):
    expected = readme_block(register, read_json(FIGURES / "verdicts.json"))
    assert block("verdicts") == expected, "run: analysis readme"


def test_the_readmes_sources_are_those_of_the_cards():
    assert block("sources") == sources_block(load_cards()), "run: analysis readme"


def test_links_and_images_in_the_readme_lead_somewhere_and_notebooks_are_listed(outputs):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    places = [place for place in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in place]
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []
    images = re.findall(r"!\[[^\]]*\]\(figures/([^)]+)\)", text)
    assert images
    assert set(images) <= set(outputs)
    assert [name for name in names() if f"`{name}`" not in text] == []
