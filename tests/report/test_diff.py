"""A run against what is published: exact numbers, flipped verdicts, and causes that the manifests can name."""

from __future__ import annotations

import gc
import json
import os
import shutil

import pytest

from analysis.claims.evidence import write_evidence
from analysis.claims.verdicts import as_frame, verdicts
from analysis.errors import InputError
from analysis.files import write_json
from analysis.report import diff as differing
from analysis.report.causes import causes
from analysis.report.compare import Moved, compare_csv, compare_json
from analysis.report.diff import difference, newest_run
from analysis.runs.manifest import MANIFEST
from tests.claims.make import claim, evidence, register
from tests.project import CHECKOUT, Project, one_line, read_json
from tests.report.make import change_entries, change_json, copy_run

INDEX = "01_freedom_index"


@pytest.fixture(autouse=True, scope="module")
def quick_collection():
    """Spare the objects of other tests: statsmodels collects garbage on every correction of p-values."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def run(tmp_path):
    return copy_run(tmp_path / "run", pictures=False)


@pytest.fixture
def published(tmp_path, run):
    return shutil.copytree(run, tmp_path / "published")


def change_number(run, **values):
    change_json(run / f"numbers/{INDEX}.json", **values)


def change_rank(run, rank):
    path = run / "evidence/hfi-rank.json"
    found = [item | ({"value": rank} if (item["quantity"], item["vintage"]) == ("rank", "hfi_2020") else {})
             for item in read_json(path)["found"]]  # fmt: skip
    change_json(path, estimate=rank, found=found)


# --- what moved


def test_the_same_run_changes_nothing(run, published):
    found = difference(run, published)
    assert not found.changed
    assert list(found.lines())[-1] == "nothing published changed"
    assert found.because == {}


def test_a_number_that_moved_is_told_exactly(run, published):
    before = read_json(run / f"numbers/{INDEX}.json")["score"]
    change_number(run, score=before + 0.01)
    found = difference(run, published)
    assert [(m.file, m.name, m.before, m.after) for m in found.numbers] == [
        (f"numbers/{INDEX}.json", "score", before, before + 0.01)
    ]
    assert found.numbers[0].by == pytest.approx(0.01, abs=1e-12)
    assert found.changed
    assert (found.verdicts, found.evidence, found.tables, found.pictures) == ((), (), (), ())


def test_the_last_written_digit_counts(run, published):
    before = read_json(run / "numbers/02_press_counts.json")["p_central"]
    change_json(run / "numbers/02_press_counts.json", p_central=float(f"{before:.6g}") + 1e-8)
    assert len(difference(run, published).numbers) == 1


def test_cells_are_counted_and_the_furthest_is_named(tmp_path):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("name,x,y\na,1,10\nb,2,20\n", encoding="utf-8")
    new.write_text("name,x,y\na,1.5,10\nB,2,21\n", encoding="utf-8")
    found = compare_csv(old, new, "t")
    assert (found.cells, found.changed, found.rows_before, found.rows_after) == (6, 3, 2, 2)
    assert found.largest == Moved("t", "row 1, x", 1.0, 1.5)
    assert found.sentence() == "3 of 6 cells; furthest: row 1, x: 1 -> 1.5 (+0.5, +50.00%)"


def test_rows_and_columns_that_come_and_go_are_told(tmp_path):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("name,x\na,1\n", encoding="utf-8")
    new.write_text("name,y\na,1\nb,2\n", encoding="utf-8")
    found = compare_csv(old, new, "t")
    assert found.sentence() == "0 of 4 cells, 1 -> 2 rows, column x gone, column y new"
    assert compare_csv(old, old, "t") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name,x\na,1\nb\n", "row 2 has 1 cells, the header 2; make it again"),
        (b"name,x\na,1,9\nb,2\n", "row 1 has 3 cells, the header 2; make it again"),
        (b"name,x\na,1\nb,\xff\n", "not readable as CSV; make it again"),
    ],
)
def test_a_damaged_table_is_one_line(tmp_path, content, said):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("name,x\na,1\nb,2\n", encoding="utf-8")
    new.write_bytes(content)
    with pytest.raises(InputError) as error:
        compare_csv(old, new, "t")
    assert error.value.line().startswith(f"{new}: {said}")


def test_entries_of_lists_are_known_by_their_names(tmp_path):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    write_json(old, {"measures": [{"name": "a", "lower": 1.0}, {"name": "b", "lower": 2.0}]})
    write_json(new, {"measures": [{"name": "b", "lower": 2.5}]})
    found = {item.name: (item.before, item.after) for item in compare_json(old, new, "e")}
    assert found == {
        "measures[a].name": ("a", None), "measures[a].lower": (1.0, None), "measures[b].lower": (2.0, 2.5),
    }  # fmt: skip


def test_true_is_no_number():
    assert Moved("f", "passed", True, False).by is None
    assert Moved("f", "n", 0, 2).sentence() == "n: 0 -> 2 (+2)"
    assert Moved("f", "n", None, 2.0).sentence() == "n: none -> 2"


def test_pictures_captions_lost_and_new_files_are_named(run, published):
    picture = b"<svg/>"
    for folder, content in ((published, picture), (run, picture + b" ")):
        manifest = read_json(folder / MANIFEST)
        entry = next(e for e in manifest["outputs"].values() if e["notebook"] == INDEX)
        for name in ("01_fan.svg", "01_fan.pdf"):
            (folder / name).write_bytes(content)
            manifest["outputs"][name] = entry
        (folder / "captions").mkdir(exist_ok=True)
        write_json(folder / "captions/01_fan.json", {"caption": str(content)})
        manifest["outputs"]["captions/01_fan.json"] = entry
        if folder == run:
            manifest["outputs"].pop("tables/01_vintages.csv")
            manifest["outputs"]["tables/01_new.csv"] = entry
        write_json(folder / MANIFEST, manifest)
    found = difference(run, published)
    assert found.pictures == ("01_fan.pdf", "01_fan.svg")
    assert found.files == ("captions/01_fan.json",)
    assert (found.gone, found.new) == (("tables/01_vintages.csv",), ("tables/01_new.csv",))
    assert "picture 01_fan: pdf, svg" in list(found.lines())


def test_notebooks_that_were_not_run_are_taken_as_published(run, published):
    manifest = read_json(run / MANIFEST)
    manifest["outputs"] = {name: entry for name, entry in manifest["outputs"].items() if entry["notebook"] == INDEX}
    write_json(run / MANIFEST, manifest)
    for path in (run / "evidence").glob("*.json"):
        if f"evidence/{path.name}" not in manifest["outputs"]:
            path.unlink()
    found = difference(run, published)
    assert not found.changed
    assert found.notebooks == (INDEX,)
    assert "02_press_counts" in found.not_run


# --- which verdict flipped, and because of what


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda entry: {"tables": entry["tables"] | {"hfi_2020": "0" * 64}}, "data: table hfi_2020"),
        (lambda entry: {"parameters": entry["parameters"] | {"SEED": 1}}, "parameters: SEED 20210211 -> 1"),
        (lambda entry: {"code": "0" * 64}, f"code: notebook {INDEX}"),
        (lambda entry: {"library": "0" * 64}, "code: modules that the notebook imports"),
        (lambda entry: {}, "nothing that the manifests record: the result cannot be reproduced"),
    ],
)
def test_a_flipped_verdict_names_its_cause(run, published, change, cause):
    change_rank(run, 76.0)
    entry = next(e for e in read_json(run / MANIFEST)["outputs"].values() if e["notebook"] == INDEX)
    change_entries(run, INDEX, **change(entry))
    found = difference(run, published)
    flipped = {item.claim: item for item in found.verdicts}
    assert set(flipped) == {"hfi-rank"}
    assert flipped["hfi-rank"].before.startswith("supported (")
    assert flipped["hfi-rank"].after.startswith("partly supported (")
    assert flipped["hfi-rank"].because == found.because[INDEX] == (cause,)


def test_versions_that_differ_are_causes(run, published):
    before = read_json(run / MANIFEST)
    after = json.loads(json.dumps(before))
    after["environment"]["packages"]["numpy"] = "9.9"
    after["environment"]["lock"] = "0" * 64
    numpy = before["environment"]["packages"]["numpy"]
    assert causes(before, after, INDEX) == (f"environment: numpy {numpy} -> 9.9", "environment: lock of versions")
    assert causes(before, before, INDEX) == ()
    assert causes({"outputs": {}}, before, INDEX) == (f"code: notebook {INDEX} is new",)


NOTEBOOK = "05_activity_and_targets"
CLAIMS = register(
    *(claim("directional", id=name, family="confirmatory", notebook=NOTEBOOK) for name in ("one", "two")),
    claim("record", id="three", notebook=INDEX),
)


def found_for(name, p, notebook=NOTEBOOK):
    return evidence(claim=name, notebook=notebook, estimate=0.1, interval=(0.02, 0.18), p_value=p)


def small_run(folder, items, *, rules_hash="now", records=None):
    """Write a run of a register of three claims."""
    for item in items:
        write_evidence(item, folder / "evidence")
    made = {"code": "c", "sha256": "0", "tables": {}, "parameters": {}}
    outputs = {f"evidence/{item.file_name}": made | {"notebook": item.notebook} for item in items}
    write_json(folder / MANIFEST, {"environment": {}, "outputs": outputs})
    judged = json.loads(as_frame(verdicts(CLAIMS, items, rules_hash=rules_hash)).to_json(orient="records"))
    write_json(folder / "verdicts.json", [record | (records or {}).get(record["claim"], {}) for record in judged])
    return folder


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(differing, "load_register", lambda: CLAIMS)
    monkeypatch.setattr(differing, "check_lock", lambda register: "now")


def test_a_verdict_can_flip_through_the_family_alone(small, tmp_path):
    # Holm of (.030, .001) is (.030, .002); of (.030, .040) it is (.060, .060).
    published = small_run(tmp_path / "published", [found_for("one", 0.03), found_for("two", 0.001)])
    run = small_run(tmp_path / "run", [found_for("one", 0.03), found_for("two", 0.04)])
    flipped = {item.claim: item for item in difference(run, published).verdicts}
    assert set(flipped) == {"one", "two"}
    assert flipped["one"].because == ("family: p-values of other claims, which share the correction",)
    assert flipped["two"].because == ("nothing that the manifests record: the result cannot be reproduced",)


def test_a_verdict_can_flip_through_its_rule_alone(small, tmp_path):
    items = [found_for("one", 0.01), found_for("two", 0.01)]
    old = {"one": {"verdict": "contradicted", "rules_hash": "before"}}
    published = small_run(tmp_path / "published", items, records=old)
    found = difference(small_run(tmp_path / "run", items), published)
    assert [(item.claim, item.before, item.because) for item in found.verdicts] == [
        ("one", "contradicted (C)", ("rule: lock before -> now",))
    ]
    assert found.changed


def test_code_that_applies_rules_is_told_from_the_rules(small, tmp_path):
    items = [found_for("one", 0.01), found_for("two", 0.01)]
    published = small_run(tmp_path / "published", items, records={"one": {"grade": "A"}})
    found = difference(small_run(tmp_path / "run", items), published)
    assert [item.because for item in found.verdicts] == [("code: how rules are applied",)]


def test_a_claim_that_is_new_in_the_register_is_named(small, tmp_path):
    items = [found_for("one", 0.01), found_for("two", 0.01)]
    published = small_run(tmp_path / "published", items)
    write_json(published / "verdicts.json", [r for r in read_json(published / "verdicts.json") if r["claim"] != "two"])
    found = difference(small_run(tmp_path / "run", items), published)
    assert [(item.claim, item.before) for item in found.verdicts] == [("two", "not in the register")]
    assert found.verdicts[0].because == ("rule: the claim is new in the register",)


def test_the_family_of_a_partial_run_is_whole(small, tmp_path):
    # Judged alone, p = .03 would pass; with the published p of the other claim it does not.
    items = [found_for("one", 0.03, NOTEBOOK), found_for("two", 0.04, INDEX)]
    published = small_run(tmp_path / "published", items)
    run = small_run(tmp_path / "run", items[:1])
    assert not difference(run, published).changed


# --- requests


def test_the_newest_run_is_taken(tmp_path):
    for number, name in enumerate(("b", "a", "c")):
        write_json(tmp_path / name / MANIFEST, {})
        os.utime(tmp_path / name / MANIFEST, (1_000 - number, 1_000 - number))
    (tmp_path / "no run").mkdir()
    assert newest_run(tmp_path).name == "b"
    with pytest.raises(InputError, match="no run to compare; make one with: analysis run --out"):
        newest_run(tmp_path / "no run")


def test_exit_codes_and_json_of_the_command(run, published, monkeypatch):
    monkeypatch.setattr(differing.difference, "__defaults__", (published,))
    same = Project(CHECKOUT).command("diff", str(run))
    assert (same.code, same.err) == (0, "")
    change_rank(run, 76.0)
    change_number(run, rank=76.0)
    other = Project(CHECKOUT).command("diff", str(run), "--json")
    assert (other.code, other.err) == (1, "")
    told = json.loads(other.out)
    assert told["changed"]
    assert [item["claim"] for item in told["verdicts"]] == ["hfi-rank"]
    assert told["numbers"] == [{"file": f"numbers/{INDEX}.json", "name": "rank", "before": 75.0, "after": 76.0}]
    lines = Project(CHECKOUT).command("diff", str(run)).out.splitlines()
    assert lines[1].startswith("verdict hfi-rank: supported")
    assert f"number numbers/{INDEX}.json rank: 75 -> 76 (+1, +1.33%)" in lines


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda run: (run / MANIFEST).unlink(), "no run there; make one with: analysis run --out FOLDER"),
        (lambda run: (run / "tables/01_vintages.csv").unlink(), "01_vintages.csv is in the manifest but not in"),
        (lambda run: (run / f"numbers/{INDEX}.json").write_text("{"), "not readable as JSON"),
        (lambda run: (run / MANIFEST).write_text("[]"), "not a manifest of outputs"),
    ],
)
def test_a_damaged_run_is_one_line(run, published, monkeypatch, damage, said):
    monkeypatch.setattr(differing.difference, "__defaults__", (published,))
    damage(run)
    done = Project(CHECKOUT).command("diff", str(run))
    assert done.code == 2
    assert said in one_line(done)


@pytest.mark.parametrize("damage", [{"claim": None}, {"reason": None}, {"rules_hash": None}, {"grade": 1}])
def test_published_verdicts_must_be_readable(run, published, damage):
    first, *others = read_json(published / "verdicts.json")
    damaged = {name: value for name, value in (first | damage).items() if value is not None}
    write_json(published / "verdicts.json", [damaged, *others])
    with pytest.raises(InputError, match="not a file of verdicts"):
        difference(run, published)
