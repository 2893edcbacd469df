"""Validation rows M1 and M2: every machine format is accepted by those who keep it, and says what the run says."""

import csv
import json
import re
import shutil
import sys
import zipfile

import jsonschema
import pandas as pd
import pytest
import yaml
from rocrate.rocrate import ROCrate

from analysis.data import catalogue
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE, Table, stated
from analysis.files import file_hash, write_json, write_whole
from analysis.paths import ROOT
from analysis.report import exports as writing
from analysis.report.dossier import cited, read_citation
from analysis.report.exports import DATAPACKAGE, PROFILE, data_package, git_commit, latex, macro_name, write_formats
from analysis.runs.manifest import MANIFEST
from tests.claims.make import refused
from tests.project import CHECKOUT, Project, one_line, read_json, tree
from tests.report.make import NOTEBOOK, VINTAGE, bring_up_to_date, change_entries, copy_run
from tests.shared import cases

#: Tables up to this size are read by Frictionless row by row; of larger ones, whose rows every load checks by the same
#: schema, it reads the first rows.
WHOLE_TABLE_BYTES, FIRST_ROWS = 15_000, 40


def test_verdicts_satisfy_the_schema_beside_them_say_what_the_run_says_and_nothing_else_does(published, formats):
    stated, verdicts = read_json(formats / "verdicts.schema.json"), read_json(formats / "verdicts.json")
    jsonschema.Draft202012Validator.check_schema(stated)
    jsonschema.Draft202012Validator(stated).validate(verdicts)
    assert verdicts["$schema"] == "verdicts.schema.json"
    assert git_commit("0" * 64) is git_commit(None) is None  # a commit is named only if it has the run's library
    assert verdicts["library"] == published.manifest["environment"]["library"]
    assert [item["claim"]["id"] for item in verdicts["claims"]] == [claim.id for claim in published.register.claims]
    for item, dossier in zip(verdicts["claims"], published.dossiers, strict=True):
        said, evidence = item["conclusion"], dossier.evidence
        assert (said["verdict"], said["confidence"]) == (dossier.conclusion.verdict, dossier.conclusion.confidence)
        assert bool(said["reason"]) == (said["verdict"] == "cannot tell")
        assert (item["certainty"] or {}).get("level", "") == dossier.record()["certainty"]
        assert item["p_adjusted"] == dossier.p_adjusted
        assert item["evidence"] == (evidence.model_dump(mode="json") if evidence else None)
        assert [later["conclusion"]["verdict"] for later in item["later"]] == [
            later.conclusion.verdict for later in dossier.later
        ]
        assert [flip["change"] for flip in item["flips"]] == [flip.change for flip in dossier.flips]
    faults = [("claim", "stars", 5), ("claim", "estimand", None), ("conclusion", "verdict", "mostly true")]
    faults += [("certainty", "level", "B")]
    first = next(item for item in verdicts["claims"] if item["evidence"] and item["certainty"])
    for part, field, damage in [*faults, ("evidence", "interval", [1])]:
        damaged = verdicts | {"claims": [first | {part: first[part] | {field: damage}}]}
        assert not jsonschema.Draft202012Validator(stated).is_valid(damaged), field


def test_one_review_a_claim_in_schema_orgs_words_and_only_a_verdict_on_the_scale_has_a_rating(published, formats):
    graph = read_json(formats / "claimreview.jsonld")["@graph"]
    for item, dossier in zip(graph, published.dossiers, strict=True):
        assert (item["@type"], item["itemReviewed"]["@type"]) == ("ClaimReview", "Claim")
        assert item["claimReviewed"] == dossier.claim.claim
        assert item["itemReviewed"]["appearance"]["url"] == published.register.article.url
        assert item["url"] == f"../claims/{dossier.claim.id}.html"
        assert item["@id"].startswith(f"urn:claims-under-test:{dossier.claim.id}:")
        assert item["datePublished"] == read_citation().released
        label, scale = item["reviewRating"].pop("alternateName"), {"bestRating": 5, "worstRating": 1}
        assert label.lower() == dossier.conclusion.label.lower()
        side = ["contradicted", "leans contradicted", "mixed", "leans supported", "supported"]
        value = side.index(label.lower()) + 1 if label.lower() in side else None
        assert item["reviewRating"] == {"@type": "Rating"} | (scale | {"ratingValue": value} if value else {})
    # What nobody says has no author.
    article = published.register.article
    nobodys = sum(claim.speaker == article.inference for claim in published.register.claims)
    assert sum("author" not in item["itemReviewed"] for item in graph) == nobodys
    # Properties of ClaimReview, Claim, Rating and their parents, as schema.org lists them.
    known = (
        "@context @graph @id @type affiliation alternateName appearance author bestRating claimReviewed datePublished"
        " headline identifier inLanguage isBasedOn itemReviewed name publisher ratingValue reviewBody reviewRating text"
        " url version worstRating"
    )
    used = re.findall(r'"([@\w]+)":', (formats / "claimreview.jsonld").read_text(encoding="utf-8"))
    assert set(used) <= set(known.split())


@pytest.fixture(scope="module")
def crate(formats):
    return ROCrate(formats)


def ids(value):
    return [item.id.replace("%40", "@") for item in (value if isinstance(value, list) else [value])]


def test_an_action_has_its_notebook_tables_parameters_and_each_output_once(crate, published):
    actions = [entity for entity in crate.get_entities() if entity.type == "CreateAction"]
    results = [name for action in actions for name in ids(action["result"])]
    assert sorted(results) == sorted(f"figures/{name}" for name in published.manifest["outputs"])
    for notebook, (entry, paths) in published.runs.items():
        action = crate.get(f"#run/{notebook}")
        assert ids(action["result"]) == [f"figures/{path}" for path in paths]
        assert action["instrument"].id == f"notebooks/{notebook}.ipynb"
        assert {writing.place(CATALOGUE[name]) for name in entry["tables"]} <= set(ids(action["object"]))
        values = {item["name"]: item["value"] for item in action["object"] if item.type == "PropertyValue"}
        assert values == {name: str(v) if isinstance(v, list) else v for name, v in entry["parameters"].items()}


def test_the_crate_lists_every_file_with_its_checksum_by_whom_and_under_which_licence(crate, formats):
    listed = {entity.id.replace("%40", "@"): entity for entity in crate.data_entities}
    assert {name: (entity["sha256"], int(entity["contentSize"])) for name, entity in listed.items()} == {
        name: (digest, (formats / name).stat().st_size)
        for name, digest in tree(formats).items()
        if name != "ro-crate-metadata.json"
    }
    assert crate.root_dataset["conformsTo"].id == PROFILE
    assert crate.datePublished.date().isoformat() == read_citation().released
    assert (crate.license.id, crate.name, crate.publisher.id) == ("LICENSE", read_citation().title, "#authors")


def test_the_data_package_is_valid_and_every_hash_matches(formats):
    from frictionless import Package

    package = Package(str(formats / "datapackage.json"))
    assert package.resource_names == sorted(CATALOGUE)
    for resource in package.resources:
        path = formats / resource.path
        assert (resource.hash, resource.bytes) == (f"sha256:{file_hash(path)}", path.stat().st_size)
        small = resource.bytes <= WHOLE_TABLE_BYTES
        report = resource.validate() if small else resource.validate(limit_rows=FIRST_ROWS)
        assert report.valid, report.flatten(["type", "note"])[:3]


@pytest.mark.parametrize(("text", "said"), cases("who states a table t"))
def test_a_table_that_names_nobody_goes_by_its_name_and_its_pages_by_their_addresses(tmp_path, monkeypatch, text, said):
    monkeypatch.setattr(catalogue, "TABLES", tmp_path)
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    assert stated(Table("t")) == said
    assert [page["path"] for page in writing._pages(pd.DataFrame({"source_url": ["u v", None]}))] == ["u", "v"]


def test_the_committed_data_package_describes_every_column_and_names_sources_and_terms():
    package, cards = data_package(read_citation()), load_cards()
    assert read_json(DATAPACKAGE) == package, "run: analysis report"
    for resource in package["resources"]:
        entry = CATALOGUE[resource["name"]]
        assert all(field["description"] for field in resource["schema"]["fields"])
        used = [cards[name] for name in entry.sources]
        terms = [licence["title"] for licence in resource.get("licenses", [])]
        assert terms == list(dict.fromkeys(card.licence for card in used))
        sources = [source["title"] for source in resource.get("sources", [])]
        cited = "source_url" in entry.path.read_text(encoding="utf-8").splitlines()[0]
        assert sources == [card.citation for card in used] or (not used and cited and sources)
    resources = {resource["name"]: resource for resource in package["resources"]}
    reference = {"fields": ["iso3"], "reference": {"resource": "countries", "fields": ["iso3"]}}
    assert resources["elections"]["schema"]["foreignKeys"] == [reference]
    scores = resources[VINTAGE]
    fields = {field["name"]: field for field in scores["schema"]["fields"]}
    assert fields["expression"]["constraints"] == {"minimum": 0, "maximum": 10, "required": True}
    assert (fields["hf_rank"]["type"], fields["iso3"]["constraints"]["required"]) == ("integer", True)
    assert (scores["edition_year"], scores["data_year"]) == ([2020], [2008, 2018])
    assert scores["schema"]["primaryKey"] == ["edition", "data_year", "iso3"]


def test_the_citation_is_valid_on_a_day_that_there_is_and_cites_what_every_card_requires(tmp_path):
    from cffconvert.citation import Citation

    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    Citation(text).validate()
    notes = {reference["notes"] for reference in yaml.safe_load(text)["references"]}
    assert {card.citation for card in load_cards().values()} == notes
    wrong = write_whole(tmp_path / "CITATION.cff", text.replace(read_citation().released, "2026-02-30"))
    assert "CITATION.cff: date-released: Value error, day is out of range" in refused(read_citation, wrong)


def parsed(folder):
    lines = (folder / "results.tex").read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"\\newcommand\{\\([A-Za-z]+)\}\{(.*)\}", line) for line in lines if not line.startswith("%")]
    assert all(found)
    assert len({match[1] for match in found}) == len(found)
    return {match[1]: match[2] for match in found}


def test_every_published_number_and_estimate_has_a_macro_with_its_value(published, formats):
    found = parsed(formats)
    assert (latex(-75), latex(1.2345e-05)) == (r"\ensuremath{-75}", r"\ensuremath{1.2345 \times 10^{-5}}")
    assert read_json(formats / "results.json") == published.numbers
    for notebook, numbers in published.numbers.items():
        for name, number in numbers.items():
            assert found[macro_name(notebook[3:], name)] == latex(number), name
    for dossier in published.dossiers:
        assert found[macro_name("claim", dossier.claim.id, "Verdict")] == latex(dossier.conclusion.label)


def test_tables_as_latex_have_the_cells_of_the_csv(formats):
    for path in sorted((formats / "figures/tables").glob("*.csv")):
        _, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        lines = path.with_suffix(".tex").read_text(encoding="utf-8").splitlines()
        for row, line in zip(rows, lines[4:-2], strict=True):
            for cell, text in zip(row, re.split(r"(?<!\\)&", line.removesuffix(r" \\")), strict=True):
                if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell):
                    assert float(text.strip().replace("$-$", "-")) == pytest.approx(float(cell), rel=1e-12)
    words = zipfile.ZipFile(formats / "tables.docx").read("word/document.xml").decode()
    assert "01 vintages" in words
    assert words.count("<w:tbl>") == len(list((formats / "figures/tables").glob("*.csv")))


def test_a_figure_as_latex_has_its_graphic_caption_and_keys_that_the_bibliography_has(published, formats):
    known = set(re.findall(r"^@\w+\{(\w+),", (formats / "references.bib").read_text(encoding="utf-8"), flags=re.M))
    assert set(cited(CATALOGUE)) | {"hfi_2020", "holm1979"} <= known
    for figure in published.figures:
        text = (formats / f"figures/{figure.name}.tex").read_text(encoding="utf-8")
        assert f"\\includegraphics[width=\\linewidth]{{{figure.name}.pdf}}" in text
        assert latex(figure.caption) in text
        assert published.rules_hash in text
        assert text.count("{") == text.count("}")
        keys = re.findall(r"\\cite\{(.*?)\}", text)
        assert set(",".join(keys).split(",")) - {""} <= known, figure.name


def test_the_same_run_gives_the_same_strict_bytes_without_machine_or_clock(published, formats, tmp_path):
    write_formats(published, tmp_path / "data")
    assert tree(formats) == tree(tmp_path / "data")

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    for path in [*formats.glob("*.json"), *formats.glob("*.jsonld")]:
        text = path.read_text(encoding="utf-8")
        json.loads(text, parse_constant=refuse)
        assert str(ROOT) not in text
        assert not re.search(r"\d{4}-\d\d-\d\dT(?!00:00:00Z)\d\d:", text)


@pytest.fixture
def report(monkeypatch, tmp_path):
    from analysis.report import exports, forms

    def write_site(_, formats, folder):
        shutil.copytree(formats, folder / "data")
        write_json(folder / "index.html", {})
        return ["a.md: WARNING: something"]

    def write_paper(published, folder):
        assert [path.is_absolute() for path in (published.folder, folder)] == [True, True]
        return [write_json(folder / name, {}) for name in ("paper.pdf", "paper.docx")]

    def write_formats(_, folder):
        write_json(folder / "verdicts.schema.json", {})
        shutil.copy(DATAPACKAGE, folder)

    monkeypatch.setattr(exports, "write_formats", write_formats)
    monkeypatch.setattr(forms, "write_site", write_site)
    monkeypatch.setattr(forms, "write_paper", write_paper)
    bring_up_to_date(copy_run(tmp_path / "run", pictures=False))
    monkeypatch.chdir(tmp_path)
    return lambda: Project(CHECKOUT).command("report", "--from", "run", "--out", "out")


def test_the_report_is_put_into_place_whole_but_replaces_no_other_site(report, tmp_path):
    out = tmp_path / "out"
    (out / "site").mkdir(parents=True)
    (out / "site/mine.html").write_text("keep", encoding="utf-8")
    refused = report()
    assert refused.code == 2
    assert "holds files that no report made" in one_line(refused)
    assert list(tree(out)) == ["site/mine.html"]
    (out / "site/mine.html").unlink()
    for _ in range(2):
        done = report()
        assert (done.code, done.err) == (0, "a.md: WARNING: something\n")
        formats = ["site/data/datapackage.json", "site/data/verdicts.schema.json"]
        assert sorted(tree(out)) == ["paper.docx", "paper.pdf", *formats, "site/index.html"]


def test_without_what_sets_pages_one_line_says_how_to_get_it(report, monkeypatch):
    monkeypatch.setitem(sys.modules, "analysis.report.forms", None)
    done = report()
    assert done.code == 2
    assert "pip install 'claims-under-test[report]'" in one_line(done)


def test_a_run_of_other_code_tables_or_evidence_is_refused(report, tmp_path):
    run = tmp_path / "run"
    change_entries(run, "08_verdicts", evidence={"gone.json": "0" * 64})
    assert "evidence: gone.json: changed since the run; make the run again" in one_line(report())
    change_entries(run, "08_verdicts", evidence={})
    entry = next(e for e in read_json(run / MANIFEST)["outputs"].values() if e["notebook"] == NOTEBOOK)
    change_entries(run, NOTEBOOK, tables=entry["tables"] | {"hfi_2020": "0" * 64})
    done = report()
    assert done.code == 2
    assert "tables: hfi_2020: changed since the run; make the run again" in one_line(done)
    change_entries(run, NOTEBOOK, code="0" * 64)
    assert f"notebook {NOTEBOOK}, code; tables: hfi_2020: changed since the run" in one_line(report())
    assert not (tmp_path / "out").exists()
