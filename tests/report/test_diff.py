"""A run against what is published: exact numbers, flipped verdicts, and causes that the manifests can name."""

import json
import os
import shutil

import pytest
from scipy.stats import norm

from analysis.claims.evidence import write_evidence
from analysis.claims.verdicts import verdicts
from analysis.errors import InputError
from analysis.files import write_json
from analysis.report import diff as differing
from analysis.report.diff import Moved, causes, compare, difference, newest_run
from analysis.runs.manifest import MANIFEST, read_manifest
from tests.claims.make import claim, confidence, evidence, register, ruled
from tests.project import CHECKOUT, Project, one_line, read_json
from tests.report.make import CLAIM, NOTEBOOK, change_entries, change_json, change_rank, copy_run

NUMBERS = f"numbers/{NOTEBOOK}.json"
UNEXPLAINED = "nothing that the manifests record: the result cannot be reproduced"


@pytest.fixture
def run(tmp_path):
    return copy_run(tmp_path / "run", pictures=False)


@pytest.fixture
def published(tmp_path, run):
    return shutil.copytree(run, tmp_path / "published")


def test_the_same_run_changes_nothing_and_the_last_written_digit_counts(run, published):
    same = difference(run, published)
    assert not same.changed
    assert list(same.lines())[-1] == "nothing published changed"
    before = read_json(run / NUMBERS)["score"]
    change_json(run / NUMBERS, score=before + 1e-8)
    found = difference(run, published)
    (moved,) = found.values
    assert (moved.file, moved.name, moved.before, moved.after) == (NUMBERS, "score", before, before + 1e-8)
    assert moved.by == pytest.approx(1e-8, rel=1e-6)
    assert (found.changed, found.verdicts, found.files) == (True, (), {})


@pytest.fixture
def compared(tmp_path):
    def compared(file, old, new):
        for name, content in (("old", old), ("new", new)):
            path = tmp_path / name / file
            path.parent.mkdir(parents=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return {moved.name: moved for moved in compare(tmp_path / "old", tmp_path / "new", file)}

    return compared


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("n,x\na,1\nb,2\n", "n,x\na,1.5\nB,2\n", {"row 1, x": ("1", "1.5", 0.5), "row 2, n": ("b", "B", None)}),
        ("n,x\na,1\n", "n\na\nb\n", {"row 1, x": ("1", None, None), "row 2, n": (None, "b", None)}),
        ("n,x\na,0\nNA,\n", "n,x\na,0\nNA,-2\n", {"row 2, x": ("", "-2", None)}),
        ("n,x\na,1\n", 'n,"x"\na,"1"\n', {}),
        ("n,x\na,1\nb,2\n", "n,x\na,1\nb\n", {"row 2, x": ("2", "", None)}),  # a row cut short
    ],
)
def test_cells_that_moved_are_named_with_their_difference(compared, old, new, moved):
    found = compared("tables/t.csv", old, new)
    assert {name: (item.before, item.after, item.by) for name, item in found.items()} == moved


@pytest.mark.parametrize("content", [b"n,x\na,1,9\nb,2\n", b"n,x\na,\xff\n", b""])
def test_a_damaged_table_is_one_line(compared, content):
    with pytest.raises(InputError, match=r"t\.csv: .*; make it again with: analysis run"):
        compared("tables/t.csv", "n,x\na,1\nb,2\n", content)


def test_entries_of_lists_are_known_by_their_names(compared):
    old = {"measures": [{"name": "a", "lower": 1.0}, {"name": "b", "lower": 2.0}], "sources": [1]}
    new = {"measures": [{"name": "b", "lower": 2.5}], "sources": [2]}
    parts = [{"source": "S", "part": part, "agrees": True} for part in ("arrest", "charge")]
    found = compared(
        "evidence/e.json",
        json.dumps(old | {"reports": parts}),
        json.dumps(new | {"reports": [parts[0] | {"agrees": None}, parts[1]]}),
    )
    assert Moved("e", "passed", True, False).by is None  # true is no number
    assert {name: (item.before, item.after) for name, item in found.items()} == {
        "measures[a].name": ("a", None), "measures[a].lower": (1.0, None), "measures[b].lower": (2.0, 2.5),
        "reports[S, arrest].agrees": (True, None),
    }  # fmt: skip


def test_pictures_captions_lost_and_new_files_are_named(run, published):
    for folder, table in ((published, "tables/01_vintages.csv"), (run, "tables/01_new.csv")):
        manifest = read_json(folder / MANIFEST)
        (folder / "tables/01_vintages.csv").rename(folder / table)
        entry = manifest["outputs"].pop("tables/01_vintages.csv")
        for name in ("01_fan.svg", "01_fan.pdf", "captions/01_fan.json"):
            write_json(folder / name, {"drawn": table})
            manifest["outputs"][name] = entry
        manifest["outputs"][table] = entry
        write_json(folder / MANIFEST, manifest)
    found = difference(run, published)
    assert found.files == {
        "01_fan.pdf": "changed", "01_fan.svg": "changed", "captions/01_fan.json": "changed",
        "tables/01_new.csv": "new", "tables/01_vintages.csv": "gone",
    }  # fmt: skip
    assert "changed 01_fan: pdf, svg" in list(found.lines())


def test_notebooks_that_were_not_run_are_taken_as_published(run, published):
    manifest = read_json(run / MANIFEST)
    manifest["outputs"] = {name: entry for name, entry in manifest["outputs"].items() if entry["notebook"] == NOTEBOOK}
    write_json(run / MANIFEST, manifest)
    for path in (run / "evidence").glob("*.json"):
        if f"evidence/{path.name}" not in manifest["outputs"]:
            path.unlink()
    found = difference(run, published)
    assert (found.changed, found.notebooks) == (False, (NOTEBOOK,))
    assert "02_press_counts" in found.not_run


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda entry: {"tables": entry["tables"] | {"hfi_2020": "0" * 64}}, "tables: hfi_2020"),
        (lambda entry: {"parameters": entry["parameters"] | {"SEED": 1}}, "parameters: SEED 20210211 -> 1"),
        (lambda entry: {"code": "0" * 64}, "code of the notebook"),
        (lambda entry: {"library": entry["library"] | {"analysis.errors": "0"}}, "library: analysis.errors"),
        (lambda entry: {"environment": entry["environment"] | {"python": "9"}}, "environment: python {python} -> 9"),
        (lambda entry: {}, UNEXPLAINED),
    ],
)
def test_a_flipped_verdict_names_its_cause(run, published, change, cause):
    change_rank(run, 76.0)
    entry = next(e for e in read_manifest(run)["outputs"].values() if e["notebook"] == NOTEBOOK)
    change_entries(run, NOTEBOOK, **change(entry))
    found = difference(run, published)
    (flipped,) = found.verdicts
    assert (flipped.name, flipped.before[:11], flipped.after) == (CLAIM, "supported (", "mixed")
    assert flipped.because == found.because[NOTEBOOK] == (cause.format(**entry["environment"]),)
    assert causes({"outputs": {}}, read_manifest(run), NOTEBOOK) == (f"notebook {NOTEBOOK} is new",)


OTHER, BEFORE = "05_activity_and_targets", "supported (low certainty)"
CLAIMS = register(
    *(claim("directional", id=name, family="confirmatory", notebook=OTHER) for name in ("one", "two")),
    claim("record", id="three", notebook=NOTEBOOK),
)


def small_run(folder, *found, recorded=None):
    items = [
        evidence(
            claim=name,
            notebook=notebook,
            estimate=0.1,
            confidence=confidence(0.1, 0.1 / norm.isf(p)),
            call={"method": name, "arguments": {}},
        )
        for name, p, notebook in found
    ]
    items = ruled(CLAIMS.claims, items)
    for item in items:
        write_evidence(item, folder / "evidence")
    made = {"code": "c", "sha256": "0", "tables": {}, "parameters": {}}
    outputs = {f"evidence/{item.file_name}": made | {"notebook": item.notebook} for item in items}
    write_json(folder / MANIFEST, {"environment": {}, "outputs": outputs})
    judged = verdicts(CLAIMS, items, rules_hash="now").records()
    changed = [item | (recorded or {}).get(item["claim"], {}) for item in judged]
    write_json(folder / "verdicts.json", [item for item in changed if item["claim"]])
    return folder


@pytest.fixture
def flips(monkeypatch, tmp_path):
    """Return a function that says which verdicts flip, and why, between a published run and another."""
    monkeypatch.setattr(differing, "load_register", lambda: CLAIMS)
    monkeypatch.setattr(differing, "check_lock", lambda register: "now")

    def flipped(old, new, **recorded):
        published = small_run(tmp_path / "published", *old, recorded=recorded)
        found = difference(small_run(tmp_path / "run", *new), published)
        return {item.name: (item.before, *item.because) for item in found.verdicts}

    return flipped


@pytest.mark.parametrize(
    ("second", "again", "recorded", "told"),
    [
        # Holm of (.030, .001) is (.030, .002); of (.030, .040) it is (.060, .060).
        (0.001, 0.04, {}, {
            "one": (BEFORE, "family: p-values of other claims, which share the correction"),
            "two": (BEFORE, UNEXPLAINED),
        }),
        # Judged alone, p = .03 would pass; with the published p of a claim that was not run it does not.
        (0.04, None, {}, {}),
        (0.001, 0.001, {"verdict": "contradicted", "rules_hash": "before"},
         {"one": ("contradicted (low certainty)", "rule: lock before -> now")}),
        (0.001, 0.001, {"certainty": "high"}, {"one": ("supported (high certainty)", "code: how rules are applied")}),
        (0.001, 0.001, {"claim": ""}, {"one": ("not in the register", "rule: the claim is new in the register")}),
    ],
)  # fmt: skip
def test_a_verdict_can_flip_through_its_family_or_its_rule_alone(flips, second, again, recorded, told):
    one, place = ("one", 0.03, OTHER), OTHER if again else NOTEBOOK
    new = [one, ("two", again, place)] if again else [one]
    assert flips([one, ("two", second, place)], new, one=recorded) == told


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
    assert Project(CHECKOUT).command("diff", str(run)).code == 0
    change_rank(run, 76.0)
    change_json(run / NUMBERS, rank=76.0)
    other = Project(CHECKOUT).command("diff", str(run), "--json")
    told = json.loads(other.out)
    assert (other.code, other.err, told["changed"]) == (1, "", True)
    assert [item["name"] for item in told["verdicts"]] == [CLAIM]
    moved = {"file": NUMBERS, "name": "rank", "before": 75.0, "after": 76.0, "because": []}
    assert moved in told["values"]
    lines = Project(CHECKOUT).command("diff", str(run)).out.splitlines()
    assert lines[1].startswith(f"verdict {CLAIM}: supported")
    assert lines[2] == f"{NUMBERS} rank: 75.0 -> 76.0 (+1)"
    (run / MANIFEST).unlink()
    assert "no run there; make one with: analysis run" in one_line(Project(CHECKOUT).command("diff", str(run)))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("tables/01_vintages.csv", None, "is missing"),
        (NUMBERS, "{", "not readable as JSON"),
        (MANIFEST, "[]", "not a manifest"),
        ("verdicts.json", "{", "not readable as JSON"),
        ("verdicts.json", "[1]", "0: Input should be a valid dictionary, found 1"),
    ],
)
def test_a_damaged_run_is_one_line(run, published, name, content, said):
    damaged = (published if name == "verdicts.json" else run) / name
    damaged.write_text(content, encoding="utf-8") if content else damaged.unlink()
    with pytest.raises(InputError, match=said):
        difference(run, published)
