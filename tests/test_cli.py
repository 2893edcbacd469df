"""The command: what it prints, how it ends, and that a refused request writes nothing."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from analysis import __version__
from analysis.claims.register import load_register
from analysis.data.cards import load_cards
from analysis.runs.engine import Outcome
from analysis.runs.run import Run
from tests.project import CHECKOUT, one_line, read_json


def refuse(project, *arguments):
    """Call the command, insist on exit code 2, one line, and nothing written."""
    before = project.tree()
    result = project.command(*arguments)
    assert result.code == 2, result
    assert project.tree() == before
    return one_line(result)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["01", "-p", "COUNTRIES=KAZ"],
            "unknown parameter COUNTRIES; choose from COUNTRY, DATA_YEAR, DRAWS, EDITION, SEED",
        ),
        (["01", "-p", "COUNTRY=ZZZ"], "COUNTRY=ZZZ: no country has this code"),
        (["01", "-p", "COUNTRY"], "-p COUNTRY: not of the form NAME=VALUE"),
        (["01", "-p", "=KAZ"], "not of the form NAME=VALUE"),
        (["01", "-p", "COUNTRY=KAZ", "-p", "COUNTRY=KGZ"], "COUNTRY is given twice"),
        (["99"], "no notebook 99; choose from"),
        (["01", "--out", "data"], "holds files that no run made"),
    ],
)
def test_a_bad_request_is_one_line(project, monkeypatch, arguments, said):
    monkeypatch.chdir(project.root)
    assert said in refuse(project, "run", *arguments)


TABLE = "data/tables/hfi_2020.csv"


def duplicate_a_row(project):
    path = project.path(TABLE)
    rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*rows, rows[7]]) + "\n", encoding="utf-8")


def edit_cells(project, change):
    path = project.path(TABLE)
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    change(rows)
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")


def score_of_11(project):
    edit_cells(project, lambda rows: rows[5].__setitem__(rows[0].index("expression"), "11"))


def without_a_column(project):
    edit_cells(project, lambda rows: [row.pop(at) for at in [rows[0].index("hf_rank")] for row in rows])


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (duplicate_a_row, "hfi_2020.csv: row 8, key edition, data_year, iso3 is repeated"),
        (without_a_column, "hfi_2020.csv: column hf_rank is missing"),
        (score_of_11, "hfi_2020.csv: row 6, field expression: 11.0 fails in_range(0, 10)"),
        (lambda p: p.edit("data/claims.yml", "level: sub-score", "level: leaf"), "hfi-association-lowest-subscore"),
        (lambda p: p.edit("data/claims.yml", "alpha: 0.05", "alpha: 0.06"), "claims.yml: rules changed since"),
        (lambda p: p.edit("data/claims.yml", "  - id: hfi-rank\n", "  - id: hfi-place\n"), "hfi-place, hfi-rank"),
        (lambda p: p.path("data/claims.yml").unlink(), "claims.yml: file not found"),
        (lambda p: p.path(TABLE).unlink(), "hfi_2020.csv: table not found"),
    ],
)
@pytest.mark.parametrize("command", [("run", "01"), ("data", "verify")], ids=["run", "verify"])
def test_a_broken_input_is_one_line_and_nothing_starts(project, break_it, said, command):
    break_it(project)
    assert said in refuse(project, *command)


def unknown_type(project):
    path = project.path("data/claims.yml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    type: N\n", "    type: Q\n", 1), encoding="utf-8")


@pytest.mark.parametrize("command", ["run 01", "claims", "claims --json", "claims lock --reason r"])
def test_an_unknown_claim_type_stops_every_command_on_claims(project, command):
    unknown_type(project)
    line = refuse(project, *command.split())
    assert line.startswith("claims.yml: claims.authorities-frightened.type: Input should be 'F'")
    assert "found 'Q'" in line


def test_a_changed_rule_stops_the_verdicts_until_it_is_locked_with_a_reason(project):
    shutil.rmtree(project.path("data/tables"))
    project.path("data/tables").symlink_to(CHECKOUT / "data/tables")
    for path in (CHECKOUT / "notebooks").glob("*.ipynb"):
        shutil.copyfile(path, project.path("notebooks") / path.name)
    project.edit("data/claims.yml", "level: sub-score", "level: leaf")
    assert "analysis claims lock --reason" in refuse(project, "claims")
    assert "a lock needs a reason" in refuse(project, "claims", "lock")
    locked = project.command("claims", "lock", "--reason", "a better name")
    assert (locked.code, locked.err) == (0, "")
    assert re.fullmatch(r"locked \d+ rules: [0-9a-f]{16}\n", locked.out)
    assert "a better name" in project.path("data/claims.lock").read_text(encoding="utf-8")
    assert project.command("claims", "--json").code == 0
    assert "have not changed" in refuse(project, "claims", "lock", "--reason", "again")


def test_wording_can_be_improved_without_a_lock(project):
    project.edit("data/claims.yml", "claim: The index rests on 76 indicators.", "claim: It rests on 76 indicators.")
    assert project.command("claims", "--json").code == 0


# --- sources


@pytest.fixture
def mirror(project, monkeypatch, tmp_path):
    """A mirror folder with one small source file, and the card that fits it."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("ANALYSIS_MIRROR", str(folder))
    content = b"iso3,score\nKAZ,6.99\n"
    name, card = next(iter(load_cards().items()))
    project.edit("data/sources.yml", card.sha256, hashlib.sha256(content).hexdigest())
    project.edit("data/sources.yml", f"bytes: {card.bytes}\n", f"bytes: {len(content)}\n")
    (folder / card.file).write_bytes(content)
    return SimpleNamespace(name=name, path=folder / card.file, content=content)


def test_a_source_file_as_its_card_says_is_accepted(project, mirror):
    assert project.command("data", "pull", mirror.name).out == f"{mirror.name}: {mirror.path.name} ok\n"
    verified = project.command("data", "verify")
    assert verified.code == 0, verified
    assert verified.out.startswith("1 source files match their cards")


@pytest.mark.parametrize("command", ["pull", "verify", "build"])
def test_a_source_file_with_one_byte_changed_is_refused(project, mirror, command):
    mirror.path.write_bytes(mirror.content.replace(b"6.99", b"6.98"))
    names = [] if command == "verify" else [mirror.name]
    line = refuse(project, "data", command, *names)
    assert str(mirror.path) in line
    assert "the card says" in line


def test_sources_are_listed_with_what_is_at_hand(project, mirror):
    listed = project.command("data", "list")
    lines = listed.out.splitlines()
    assert len(lines) == len(load_cards())
    assert [line for line in lines if line.endswith(", at hand")] == [lines[0]]
    assert lines[0].startswith(f"{mirror.name}: ")


@pytest.mark.parametrize(
    ("command", "said"), [("pull", "no source nothing; choose from"), ("build", "no table nothing; choose")]
)
def test_an_unknown_source_or_table_is_one_line(project, command, said):
    assert said in refuse(project, "data", command, "nothing")


# --- claims


def test_every_claim_is_listed_as_json_with_its_verdict(project):
    result = project.command("claims", "--json")
    records = json.loads(result.out)
    assert [record["id"] for record in records] == list(load_register().by_id)
    assert {record["verdict"] for record in records} == {"not testable", "not yet tested"}
    assert {len(record["rules_hash"]) for record in records} == {16}
    assert {"speaker", "estimand", "rule", "grade", "p_adjusted", "why"} <= set(records[0])


def test_verdicts_come_from_the_evidence_files_of_the_named_folder(project):
    records = json.loads(project.command("claims", "--json", "--out", str(CHECKOUT / "figures")).out)
    published = read_json(CHECKOUT / "figures/verdicts.json")
    assert {r["id"]: r["verdict"] for r in records} == {r["claim"]: r["verdict"] for r in published}


def test_a_folder_without_a_run_has_no_verdicts(project, tmp_path):
    line = f"{tmp_path / 'nowhere'}: no run there; make one with: analysis run --out FOLDER"
    assert refuse(project, "claims", "--out", str(tmp_path / "nowhere")) == line


def test_the_table_of_claims_names_each_one(project):
    result = project.command("claims")
    assert result.code == 0
    assert all(name in result.out for name in load_register().by_id)


def test_damaged_evidence_is_one_line(project):
    project.path("figures/evidence").mkdir(parents=True)
    project.path("figures/evidence/hfi-rank.json").write_text("{", encoding="utf-8")
    assert refuse(project, "claims").startswith("hfi-rank.json: not readable as JSON")


# --- runs

OK = Outcome("01_freedom_index", 1.25)
FIVE_LINES = ("failed: 01", "  cell 3: H [a]", "  line: x", "  E: e", "  executed copy: c")
FAILED = Outcome("01_freedom_index", 1.25, FIVE_LINES)


def played(outcome):
    def go(self, report):
        self.published = True
        report(outcome)
        return [outcome]

    return go


@pytest.mark.parametrize(("outcome", "code"), [(OK, 0), (FAILED, 1)])
def test_a_run_prints_one_line_for_a_success_and_five_for_a_failure(project, monkeypatch, outcome, code):
    monkeypatch.setattr(Run, "go", played(outcome))
    result = project.command("run", "01")
    assert result.code == code
    if code:
        assert (result.out, result.err.splitlines()) == ("", list(FIVE_LINES))
    else:
        assert result.out.splitlines() == ["ok 01_freedom_index 1.2 s", "published: figures"]
        assert result.err == ""


def test_a_folder_outside_the_project_is_shown_in_full(project, monkeypatch, tmp_path):
    monkeypatch.setattr(Run, "go", played(OK))
    out = tmp_path / "elsewhere [x]"
    assert project.command("run", "01", "--out", str(out)).out.splitlines()[-1] == f"published: {out}"


@pytest.mark.parametrize("arguments", [["run", "--jobs", "0"], ["run", "--nothing"], ["nothing"], ["data", "nothing"]])
def test_a_misuse_of_the_command_ends_with_2_and_writes_nothing(project, arguments):
    before = project.tree()
    result = project.command(*arguments)
    assert result.code == 2
    assert "Traceback" not in result.err
    assert project.tree() == before


def test_commands_do_not_wait_for_the_libraries_of_others():
    call = [sys.executable, "-c", "import sys, analysis.cli, analysis.runs.run; print(*sys.modules)"]
    loaded = subprocess.run(call, capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "numpy", "matplotlib", "pandera", "papermill", "pydantic", "yaml"} & set(loaded)


# --- README and version


def test_the_readme_needs_verdicts(project):
    assert refuse(project, "readme") == "figures: no verdicts yet; make them with: analysis run"


@pytest.mark.parametrize("content", ["{", "[1]", '[{"claim": "hfi-rank"}]', '[{"claim": "hfi-rank", "verdict": []}]'])
def test_damaged_verdicts_never_reach_the_readme(project, content):
    project.path("figures").mkdir()
    project.path("figures/verdicts.json").write_text(content, encoding="utf-8")
    line = refuse(project, "readme")
    assert line.endswith("figures/verdicts.json: not a file of verdicts; make it again with: analysis run")


def test_the_readme_gets_its_tables_once(project):
    project.path("figures").mkdir()
    published = (CHECKOUT / "figures/verdicts.json").read_text(encoding="utf-8")
    project.path("figures/verdicts.json").write_text(published, encoding="utf-8")
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    project.path("README.md").write_text(text.replace("\n| New Zealand, ", "\n| obsolete row, "), encoding="utf-8")
    assert "updated" in project.command("readme").out
    assert "obsolete row" not in project.path("README.md").read_text(encoding="utf-8")
    assert "unchanged" in project.command("readme").out


def test_a_readme_without_markers_is_one_line(project):
    project.path("figures").mkdir()
    project.path("figures/verdicts.json").write_text("[]", encoding="utf-8")
    project.path("README.md").write_text("# Head\n", encoding="utf-8")
    assert "README.md: markers of verdicts are missing" in refuse(project, "readme")


def test_version(project):
    assert project.command("version").out == f"{__version__}\n"


def test_python_m_analysis_is_the_command_and_ends_with_2(tmp_path):
    # The one test in a process of its own: exit code and streams as a shell sees them.
    call = [sys.executable, "-m", "analysis", "run", "01", "-p", "COUNTRIES=KAZ"]
    done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: 01_freedom_index: unknown parameter COUNTRIES; choose from COUNTRY")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
