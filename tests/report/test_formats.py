"""Validation rows M1 and M2: every machine format is accepted by those who keep it, and says what the run says."""

from __future__ import annotations

import copy
import csv
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from rocrate.rocrate import ROCrate

from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.errors import InputError
from analysis.files import file_hash, write_json
from analysis.paths import FIGURES, ROOT
from analysis.report import build as building
from analysis.report.citation import read_citation
from analysis.report.claimreview import ORGANISATIONS, RATINGS
from analysis.report.crate import PROFILE, write_crate
from analysis.report.datapackage import DATAPACKAGE, data_package, place
from analysis.report.dossier import read_published
from analysis.report.formats import write_formats
from analysis.report.latex import escape, latex, macro_name, macros, tabular
from analysis.report.records import records, schema
from analysis.runs.manifest import MANIFEST
from tests.project import CHECKOUT, Project, one_line, read_json, tree
from tests.report.make import bring_up_to_date, change_entries, change_json, copy_run

PICTURES = (".pdf", ".png", ".svg")
#: Tables up to this size are read by Frictionless row by row; of larger ones, whose rows every load checks by the same
#: schema, it reads the first rows.
WHOLE_TABLE_BYTES, FIRST_ROWS = 15_000, 40


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return copy_run(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture(scope="module")
def published(run):
    return read_published(run)


@pytest.fixture(scope="module")
def folder(published, tmp_path_factory):
    made = tmp_path_factory.mktemp("formats") / "data"
    write_formats(published, made)
    return made


# --- verdicts.json and its JSON Schema


def test_verdicts_satisfy_the_schema_beside_them(folder):
    stated = read_json(folder / "verdicts.schema.json")
    jsonschema.Draft202012Validator.check_schema(stated)
    verdicts = read_json(folder / "verdicts.json")
    jsonschema.Draft202012Validator(stated).validate(verdicts)
    assert verdicts["$schema"] == "verdicts.schema.json"


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record.pop("verdict"),
        lambda record: record.update(verdict="mostly true"),
        lambda record: record.update(p_raw=1.5),
        lambda record: record.update(ci=[1]),
        lambda record: record.update(data=[{"name": "t"}]),
        lambda record: record.update(stars=5),
    ],
)
def test_the_schema_refuses_what_no_verdict_can_be(folder, damage):
    verdicts = copy.deepcopy(read_json(folder / "verdicts.json"))
    damage(verdicts["claims"][0])
    assert not jsonschema.Draft202012Validator(schema()).is_valid(verdicts)


def test_every_claim_has_a_record_with_the_fields_of_the_design(published, folder):
    found = read_json(folder / "verdicts.json")["claims"]
    assert [record["claim_id"] for record in found] == list(published.register.by_id)
    fields = {
        "claim_id", "speaker", "type", "verdict", "sub_reason", "grade", "estimand", "estimate", "ci", "p_raw",
        "p_holm", "sesoi", "mde", "multiverse", "falsification", "data", "notebook", "git_commit", "registry_hash",
    }  # fmt: skip
    assert all(fields <= set(record) for record in found)
    assert all(record["sub_reason"] for record in found if record["verdict"] == "not testable")
    assert all(record["sub_reason"] is None for record in found if record["verdict"] != "not testable")


def test_records_say_what_the_evidence_says(published, folder):
    for record in read_json(folder / "verdicts.json")["claims"]:
        dossier = published[record["claim_id"]]
        item = dossier.evidence
        assert (record["verdict"], record["grade"] or "") == (dossier.verdict.verdict, dossier.verdict.grade)
        if item is None:
            assert (record["estimate"], record["data"], record["falsification"]) == (None, [], [])
            continue
        assert record["estimate"] == item.estimate
        assert record["ci"] == (list(item.interval) if item.interval else None)
        assert (record["p_raw"], record["mde"]) == (item.p_value, item.minimum_detectable_effect)
        assert [check["stat"] for check in record["falsification"]] == [check.detail for check in item.falsifications]
        assert [source["sha256"] for source in record["data"]] == [source.sha256 for source in item.sources]
        assert [later["vintage"] for later in record["later"]] == [later.vintage for later in dossier.later]


def test_a_commit_is_named_only_if_it_holds_the_library_of_the_run(published):
    assert records(published)["library"] == published.manifest["environment"]["library"]
    from analysis.report.records import git_commit

    assert git_commit("0" * 64) is None
    assert git_commit(None) is None


# --- M1: ClaimReview


def reviews(folder):
    return read_json(folder / "claimreview.jsonld")["@graph"]


def test_there_is_one_review_a_claim_with_the_formal_properties(published, folder):
    graph = reviews(folder)
    assert len({item["@id"] for item in graph}) == len(graph) == len(published.dossiers)
    for item, dossier in zip(graph, published.dossiers, strict=True):
        assert item["@type"] == "ClaimReview"
        assert item["claimReviewed"] == dossier.claim.claim
        assert item["itemReviewed"]["@type"] == "Claim"
        assert item["itemReviewed"]["appearance"]["url"] == published.register.article.url
        assert item["reviewRating"]["alternateName"].lower() == dossier.verdict.label.lower()
        assert item["author"]["name"]
        assert item["url"] == f"../claims/{dossier.claim.id}.html"
        assert item["datePublished"] == read_citation().released


def test_only_a_verdict_on_the_scale_has_a_rating(published, folder):
    for item, dossier in zip(reviews(folder), published.dossiers, strict=True):
        rating = item["reviewRating"]
        if dossier.verdict.verdict in RATINGS:
            expected = {"supported": 5, "partly supported": 3, "contradicted": 1}[dossier.verdict.verdict]
            assert (rating["ratingValue"], rating["bestRating"], rating["worstRating"]) == (expected, 5, 1)
        else:
            assert set(rating) == {"@type", "alternateName"}


def test_reviews_have_no_property_that_schema_org_lacks(folder):
    # Properties of ClaimReview, Claim, Rating and their parents, as schema.org lists them.
    known = {
        "@context", "@id", "@type", "affiliation", "alternateName", "appearance", "author", "bestRating",
        "claimReviewed", "datePublished", "headline", "identifier", "inLanguage", "isBasedOn", "itemReviewed", "name",
        "publisher", "ratingValue", "reviewBody", "reviewRating", "text", "url", "version", "worstRating",
    }  # fmt: skip

    def keys(value):
        if isinstance(value, dict):
            return set(value) | {key for item in value.values() for key in keys(item)}
        return {key for item in value for key in keys(item)} if isinstance(value, list) else set()

    assert keys(reviews(folder)) <= known


def test_every_speaker_is_a_person_or_a_known_organisation(published, folder):
    people = {
        item["itemReviewed"]["author"]["name"]
        for item in reviews(folder)
        if item["itemReviewed"]["author"]["@type"] == "Person"
    }
    # A name of a person has two words and none of an organisation.
    assert people
    assert all(re.fullmatch(r"\w+ \w+", name) for name in people), people
    assert {claim.speaker for claim in published.register.claims} >= ORGANISATIONS


def test_the_file_for_a_page_says_the_same_as_the_graph(folder):
    for item in reviews(folder):
        name = Path(item["url"]).stem
        single = read_json(folder / f"claimreview/{name}.jsonld")
        assert single.pop("@context") == "https://schema.org"
        assert single == item | {"@id": f"{name}.html#review", "url": f"{name}.html"}


# --- M2: RO-Crate


@pytest.fixture(scope="module")
def crate(folder):
    return ROCrate(folder)


def ids(value):
    return [item.id for item in (value if isinstance(value, list) else [value])]


def test_each_figure_is_the_result_of_exactly_one_action(crate, published):
    actions = [entity for entity in crate.get_entities() if entity.type == "CreateAction"]
    results = [name for action in actions for name in ids(action["result"])]
    figures = [f"figures/{figure.name}{kind}" for figure in published.figures for kind in PICTURES]
    assert figures
    assert {name: results.count(name) for name in figures} == dict.fromkeys(figures, 1)
    assert len(results) == len(set(results)) == len(published.manifest["outputs"])


def test_an_action_has_its_notebook_tables_and_parameters(crate, published):
    for path, entry in published.manifest["outputs"].items():
        action = crate.get(f"#run/{entry['notebook']}")
        assert f"figures/{path}".replace("@", "%40") in ids(action["result"])
        assert action["instrument"].id == f"notebooks/{entry['notebook']}.ipynb"
        assert "SoftwareSourceCode" in action["instrument"].type
        objects = {item.id: item for item in action["object"]}
        assert {place(CATALOGUE[name]) for name in entry["tables"]} <= set(objects)
        values = {item["name"]: item["value"] for item in objects.values() if item.type == "PropertyValue"}
        plain = {name: str(v) if isinstance(v, list) else v for name, v in entry["parameters"].items()}
        assert values == plain


def test_the_crate_lists_every_file_with_its_checksum(crate, folder):
    listed = {entity.id.replace("%40", "@"): entity for entity in crate.data_entities}
    found = tree(folder)
    assert set(listed) == set(found) - {"ro-crate-metadata.json"}
    assert {name: entity["sha256"] for name, entity in listed.items()} == {name: found[name] for name in listed}
    assert {name: int(item["contentSize"]) for name, item in listed.items()} == {
        name: (folder / name).stat().st_size for name in listed
    }


def test_the_crate_says_who_under_which_licence_and_by_which_profile(crate):
    assert crate.root_dataset["conformsTo"].id == PROFILE
    assert crate.root_dataset["datePublished"] == crate.datePublished.date().isoformat() == read_citation().released
    assert crate.license.id == "LICENSE"
    assert crate.name
    assert crate.description


def test_a_file_that_the_manifest_names_must_be_there(published, tmp_path):
    with pytest.raises(InputError, match=r"\w+/\S+ is in the manifest but not in the folder; run all notebooks"):
        write_crate(published, read_citation(), tmp_path)


# --- M2: data package and citation


@pytest.fixture(scope="module")
def package():
    return data_package(read_citation())


def test_the_data_package_is_valid_and_every_hash_matches(folder):
    from frictionless import Package

    package = Package(str(folder / "datapackage.json"))
    assert package.resource_names == sorted(CATALOGUE)
    for resource in package.resources:
        path = folder / resource.path
        assert (resource.hash, resource.bytes) == (f"sha256:{file_hash(path)}", path.stat().st_size)
        small = resource.bytes <= WHOLE_TABLE_BYTES
        report = resource.validate() if small else resource.validate(limit_rows=FIRST_ROWS)
        assert report.valid, report.flatten(["type", "note"])[:3]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda text: text.replace("KAZ", "KAX", 1), "foreign-key"),
        (lambda text: text + text.splitlines()[-1] + "\n", "primary-key"),
        (lambda text: text.replace("\n", " \n", 2), "hash-count"),
    ],
)
def test_frictionless_finds_a_table_that_was_changed(folder, tmp_path, change, fault):
    from frictionless import Package

    package = read_json(folder / "datapackage.json")
    wanted = ("countries", "elections")
    package["resources"] = [item for item in package["resources"] if item["name"] in wanted]
    for name in wanted:
        text = (folder / f"tables/{name}.csv").read_text(encoding="utf-8")
        path = tmp_path / f"tables/{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(change(text) if name == "elections" else text, encoding="utf-8")
    write_json(tmp_path / "datapackage.json", package)
    report = Package(str(tmp_path / "datapackage.json")).get_resource("elections").validate()
    assert fault in {row[0] for row in report.flatten(["type"])}


def test_every_column_is_described_with_the_bounds_of_its_schema(package):
    for resource in package["resources"]:
        columns = CATALOGUE[resource["name"]].schema.columns
        for field in resource["schema"]["fields"]:
            assert field.get("description"), (resource["name"], field["name"])
            column = columns.get(field["name"])
            if column is not None:
                assert field.get("constraints", {}).get("required", False) == (not column.nullable)
    scores = next(r for r in package["resources"] if r["name"] == "hfi_2020")
    fields = {field["name"]: field for field in scores["schema"]["fields"]}
    assert fields["expression"]["constraints"] == {"minimum": 0, "maximum": 10}
    assert fields["hf_rank"]["type"] == "integer"
    assert scores["edition_year"] == [2020]
    assert scores["data_year"] == [2008, 2018]
    assert scores["schema"]["primaryKey"] == ["edition", "data_year", "iso3"]


def test_every_resource_names_sources_and_terms(package):
    cards = load_cards()
    for resource in package["resources"]:
        used = [cards[name] for name in CATALOGUE[resource["name"]].sources]
        terms = [licence["title"] for licence in resource.get("licenses", [])]
        assert terms == list(dict.fromkeys(card.licence for card in used))
        if used:
            assert [source["title"] for source in resource["sources"]] == [card.citation for card in used]
        else:
            header = CATALOGUE[resource["name"]].path.read_text(encoding="utf-8").splitlines()[0]
            assert ("source_url" in header) == ("sources" in resource)


def test_the_committed_data_package_is_that_of_the_tables_as_they_stand(package):
    assert read_json(DATAPACKAGE) == package, "run: analysis report"


def test_the_citation_is_valid_and_cites_what_every_card_requires():
    from cffconvert.citation import Citation

    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    Citation(text).validate()
    notes = {reference["notes"] for reference in yaml.safe_load(text)["references"]}
    assert {card.citation for card in load_cards().values()} == notes


# --- results as LaTeX


def parsed(folder):
    """Read macros back as TeX would: name and text."""
    lines = (folder / "results.tex").read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"\\newcommand\{\\([A-Za-z]+)\}\{(.*)\}", line) for line in lines if not line.startswith("%")]
    assert all(found)
    names = [match[1] for match in found]
    assert len(set(names)) == len(names)
    return {match[1]: match[2] for match in found}


def value(text):
    """Return the number that a macro prints."""
    plain = re.sub(r"\\ensuremath\{(.*)\}", r"\1", text)
    digits, _, power = plain.partition(r" \times 10^")
    return float(digits) * 10.0 ** int(power.strip("{}") or 0) if power else float(digits)


def test_every_published_number_has_a_macro_with_its_value(published, folder):
    found = parsed(folder)
    assert read_json(folder / "results.json") == published.numbers
    for notebook, numbers in published.numbers.items():
        for name, number in numbers.items():
            text = found[macro_name(notebook[3:], name)]
            if isinstance(number, int | float) and not isinstance(number, bool):
                assert value(text) == pytest.approx(number, rel=1e-12), name


def test_every_estimate_has_macros(published, folder):
    found = parsed(folder)
    for dossier in published.dossiers:
        assert found[macro_name("claim", dossier.claim.id, "Verdict")] == escape(dossier.verdict.label)
        if dossier.verdict.estimate is not None:
            text = found[macro_name("claim", dossier.claim.id, "Estimate")]
            assert value(text) == pytest.approx(dossier.verdict.estimate, rel=1e-12)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("freedom_index", "rank"), "FreedomIndexRank"),
        (("claim", "attacks-2020", "PAdjusted"), "ClaimAttacksTwoZeroTwoZeroPAdjusted"),
        (("a", "p_95"), "APNineFive"),
    ],
)
def test_names_are_letters_only(parts, name):
    assert macro_name(*parts) == name


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (75.0, "75"),
        (363, "363"),
        (-0.0671561, r"\ensuremath{-0.0671561}"),
        (1.11374e-05, r"\ensuremath{1.11374 \times 10^{-5}}"),
        ("a_b & 5%", r"a\_b \& 5\%"),
        (True, "yes"),
        (None, ""),
        ([1, 2.5], "1, 2.5"),
        ({"a": 1}, "a: 1"),
        (float("nan"), ""),
    ],
)
def test_values_as_latex(given, text):
    assert latex(given) == text


def test_two_results_of_one_name_are_refused(published):
    numbers = {"01_a_b": {"c": 1}, "02_a": {"b_c": 2}}
    clash = type(published)(published.folder, published.register, "h", (), (), numbers, published.manifest)
    with pytest.raises(InputError, match=r"two results would be \\ABC"):
        macros(clash)


def test_tables_as_latex_have_the_cells_of_the_csv(folder):
    paths = sorted((folder / "figures/tables").glob("*.csv"))
    assert paths
    for path in paths:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        lines = path.with_suffix(".tex").read_text(encoding="utf-8").splitlines()
        assert lines[1::2][:2] == [r"\toprule", r"\midrule"]
        body = lines[4:-2]
        assert len(body) == len(rows) - 1
        for row, line in zip(rows[1:], body, strict=True):
            cells = re.split(r"(?<!\\)&", line.removesuffix(r" \\"))
            assert len(cells) == len(row)
            for cell, text in zip(row, cells, strict=True):
                if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell):
                    assert value(text.strip()) == pytest.approx(float(cell), rel=1e-12)


def test_a_table_without_rows_is_still_a_table():
    assert tabular("a,b_c\n").splitlines()[2] == r"a & b c \\"


# --- the whole


def test_the_same_run_gives_the_same_bytes(run, folder, tmp_path):
    write_formats(read_published(run), tmp_path / "data")
    first, second = tree(folder), tree(tmp_path / "data")
    assert {name for name in first | second if first.get(name) != second.get(name)} == set()


def test_no_format_tells_of_the_machine_or_the_clock(folder):
    stamp = re.compile(r"\d{4}-\d\d-\d\dT(?!00:00:00Z)\d\d:")
    for name in ("ro-crate-metadata.json", "datapackage.json", "claimreview.jsonld", "verdicts.json", "results.tex"):
        text = (folder / name).read_text(encoding="utf-8")
        assert str(ROOT) not in text
        assert not stamp.search(text)


def test_one_changed_figure_is_found_in_every_format(folder, tmp_path):
    run = copy_run(tmp_path / "run", pictures=False)
    item = read_json(run / "evidence/hfi-rank.json")
    found = [entry | ({"value": 76.0} if entry["vintage"] == "hfi_2020" and entry["quantity"] == "rank" else {})
             for entry in item["found"]]  # fmt: skip
    change_json(run / "evidence/hfi-rank.json", estimate=76.0, found=found)
    numbers = read_json(run / "results.json")
    numbers["01_freedom_index"]["rank"] = 76.0
    write_json(run / "results.json", numbers)
    table = run / "tables/01_vintages.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("6.99,75,", "6.99,76,", 1), encoding="utf-8")
    made = tmp_path / "data"
    write_formats(read_published(run), made)
    pairs = {name: [read(place) for place in (folder, made)] for name, read in FORMS.items()}
    assert pairs == {
        "verdicts.json": [(75.0, "supported"), (76.0, "partly supported")],
        "claimreview.jsonld": [5, 3],
        "results.json": [75.0, 76.0],
        "results.tex": ["75", "76"],
        "tables as LaTeX": ["75", "76"],
        "ro-crate-metadata.json": [file_hash(place / "figures/evidence/hfi-rank.json") for place in (folder, made)],
    }
    assert len(set(map(str, pairs["ro-crate-metadata.json"]))) == 2


def _verdict(place):
    record = next(r for r in read_json(place / "verdicts.json")["claims"] if r["claim_id"] == "hfi-rank")
    return record["estimate"], record["verdict"]


def _hash_in_crate(place):
    graph = read_json(place / "ro-crate-metadata.json")["@graph"]
    return next(item["sha256"] for item in graph if item["@id"] == "figures/evidence/hfi-rank.json")


FORMS = {
    "verdicts.json": _verdict,
    "claimreview.jsonld": lambda place: next(
        item["reviewRating"]["ratingValue"] for item in reviews(place) if item["url"].endswith("/hfi-rank.html")
    ),
    "results.json": lambda place: read_json(place / "results.json")["01_freedom_index"]["rank"],
    "results.tex": lambda place: parsed(place)["FreedomIndexRank"],
    "tables as LaTeX": lambda place: (place / "figures/tables/01_vintages.tex").read_text().split(" & ")[9].strip(),
    "ro-crate-metadata.json": _hash_in_crate,
}


def test_a_folder_of_other_files_is_left_alone(published, tmp_path):
    (tmp_path / "letter.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(InputError, match="holds files that no report made; name another folder"):
        write_formats(published, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


# --- the command


@pytest.fixture
def quick(monkeypatch):
    """Leave out what others test: formats, pages, typesetting and the committed package."""
    from analysis.report import pdf, site

    def write(name):
        def writer(_, place):
            target = place / name if name else place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(name, encoding="utf-8")

        return writer

    monkeypatch.setattr(building, "write_formats", write("verdicts.schema.json"))
    monkeypatch.setattr(building, "write_data_package", lambda citation: False)
    monkeypatch.setattr(site, "write_site", write("index.html"))
    monkeypatch.setattr(pdf, "write_pdf", write(""))


def test_the_report_is_put_into_place_whole(quick, tmp_path):
    run, out = copy_run(tmp_path / "run", pictures=False), tmp_path / "out"
    bring_up_to_date(run)
    for _ in range(2):
        done = Project(CHECKOUT).command("report", "--from", str(run), "--out", str(out))
        assert (done.code, done.err) == (0, "")
        assert sorted(tree(out)) == ["report.pdf", "site/data/verdicts.schema.json", "site/index.html"]
    assert f"{out}/site/index.html, {out}/report.pdf" in done.out


def test_a_run_of_other_code_or_tables_is_refused(quick, tmp_path):
    run = copy_run(tmp_path / "run", pictures=False)
    bring_up_to_date(run)
    tables = next(e for e in read_json(run / MANIFEST)["outputs"].values() if e["notebook"] == "01_freedom_index")
    change_entries(run, "01_freedom_index", tables=tables["tables"] | {"hfi_2020": "0" * 64})
    done = Project(CHECKOUT).command("report", "--from", str(run), "--out", str(tmp_path / "out"))
    assert done.code == 2
    assert "table hfi_2020 changed since the run; make the run again" in one_line(done)
    change_entries(run, "01_freedom_index", code="0" * 64)
    done = Project(CHECKOUT).command("report", "--from", str(run), "--out", str(tmp_path / "out"))
    assert "notebook 01_freedom_index and 1 more changed since the run" in one_line(done)
    assert not (tmp_path / "out").exists()


def test_a_site_that_no_report_made_is_not_replaced(quick, tmp_path):
    run = copy_run(tmp_path / "run", pictures=False)
    bring_up_to_date(run)
    (tmp_path / "out/site").mkdir(parents=True)
    (tmp_path / "out/site/mine.html").write_text("keep", encoding="utf-8")
    done = Project(CHECKOUT).command("report", "--from", str(run), "--out", str(tmp_path / "out"))
    assert done.code == 2
    assert "holds files that no report made" in one_line(done)
    assert list(tree(tmp_path / "out")) == ["site/mine.html"]


def test_json_formats_are_strict_json(folder):
    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    for path in [*folder.glob("*.json"), *folder.glob("*.jsonld")]:
        json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert (FIGURES / MANIFEST).is_file()
