"""The command: what it prints, how it ends, and that a refused request writes nothing."""

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
from analysis.session.declared import declared
from tests.project import CHECKOUT, one_line, read_json
from tests.shared import cases


def refuse(project, *arguments):
    before = project.tree()
    result = project.command(*arguments)
    assert result.code == 2, result
    assert project.tree() == before
    return one_line(result)


@pytest.mark.parametrize(("arguments", "said"), cases("bad requests"))
def test_a_bad_request_is_one_line(project, monkeypatch, arguments, said):
    monkeypatch.chdir(project.root)
    assert said in refuse(project, *arguments.split())


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("data/tables/hfi_2020.csv", ",hf_rank,", ",rank,", "hfi_2020.csv: column hf_rank is missing"),
        ("data/claims.yml", 'among: ["pf_[!a]*", "ef_*"]', 'among: ["pf_*"]', "hfi-association-lowest-subscore"),
        ("data/claims.yml", "alpha: 0.05", "alpha: 0.06", "claims.yml: rules, claims or tables changed since"),
        ("data/claims.yml", "  - id: hfi-rank\n", "  - id: hfi-place\n", "hfi-place, hfi-rank"),
        ("data/claims.lock", "history:", "histories:", "claims.lock: "),
    ],
)
@pytest.mark.parametrize("command", ["run 01", "data verify"])
def test_a_broken_input_is_one_line_and_nothing_starts(project, file, old, new, said, command):
    project.edit(file, old, new)
    assert said in refuse(project, *command.split())


def test_a_changed_rule_stops_the_verdicts_until_it_is_locked_with_a_reason(project):
    shutil.rmtree(project.path("data/tables"))
    project.path("data/tables").symlink_to(CHECKOUT / "data/tables")
    for path in (CHECKOUT / "notebooks").glob("*.ipynb"):
        shutil.copyfile(path, project.path("notebooks") / path.name)
    project.edit("data/claims.yml", 'among: ["pf_[!a]*", "ef_*"]', 'among: ["pf_*"]')
    assert "analysis claims lock --reason" in refuse(project, "claims")
    assert "a lock needs a reason" in refuse(project, "claims", "lock")
    locked = project.command("claims", "lock", "--reason", "a better name")
    assert (locked.code, locked.err) == (0, "")
    assert re.fullmatch(r"rules locked: \d+; hash: [0-9a-f]{16}\n", locked.out)
    assert "a better name" in project.path("data/claims.lock").read_text(encoding="utf-8")
    assert project.command("claims", "--json").code == 0
    assert "have not changed" in refuse(project, "claims", "lock", "--reason", "again")


@pytest.fixture
def mirror(project, monkeypatch, tmp_path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("ANALYSIS_MIRROR", str(folder))
    content = b"iso3,score\nKAZ,6.99\n"
    name, card = next(iter(load_cards().items()))
    project.edit("data/sources.yml", card.sha256, hashlib.sha256(content).hexdigest())
    project.edit("data/sources.yml", f"bytes: {card.bytes}\n", f"bytes: {len(content)}\n")
    (folder / card.file).write_bytes(content)
    return SimpleNamespace(name=name, path=folder / card.file, content=content)


def test_a_source_file_as_its_card_says_is_listed_and_accepted(project, mirror):
    lines = project.command("data", "list").out.splitlines()
    (found,) = [line for line in lines if line.endswith(", at hand")]
    assert found.startswith(f"{mirror.name}: ")
    assert len(lines) == len(load_cards())
    assert project.command("data", "pull", mirror.name).out == f"{mirror.name}: {mirror.path.name} ok\n"
    verified = project.command("data", "verify")
    assert (verified.code, verified.out[:32]) == (0, "1 source files match their cards")


def test_a_source_file_with_one_byte_changed_is_refused_by_every_command_on_data(project, mirror):
    mirror.path.write_bytes(mirror.content.replace(b"6.99", b"6.98"))
    for command in (["pull", mirror.name], ["verify"], ["build", mirror.name]):
        assert f"{mirror.path}: {len(mirror.content)} bytes" in refuse(project, "data", *command)


def test_every_claim_is_listed_as_json_and_as_a_table_with_its_verdict_from_the_evidence_of_the_named_folder(project):
    records = json.loads(project.command("claims", "--json").out)
    assert [record["id"] for record in records] == [claim.id for claim in load_register().claims]
    verdicts = ("cannot tell", "opinion", "not yet tested")
    assert {(one["verdict"], len(one["rules_hash"])) for one in records} == {(verdict, 16) for verdict in verdicts}
    said = {"confidence", "certainty", "certainty_steps", "p_adjusted", "why"}
    assert {"speaker", "estimand", "rule"} | said <= set(records[0])
    table = project.command("claims")
    assert (table.code, [record["id"] for record in records if record["id"] not in table.out]) == (0, [])
    asked = project.command("claims", "--json", "--verdict", "NOT", "--speaker", "cabar", "--notebook", "1")
    assert project.command("claims", "--json", "--verdict", "opinion", "--notebook", "1").out.strip() == "[]"
    of = ("not yet tested", "CABAR.asia", "01_freedom_index")
    chosen = [one for one in records if (one["verdict"], one["speaker"], one["notebook"]) == of]
    assert json.loads(asked.out) == chosen != []
    records = json.loads(project.command("claims", "--json", "--out", str(CHECKOUT / "figures")).out)
    published = read_json(CHECKOUT / "figures/verdicts.json")
    assert {r["id"]: r["verdict"] for r in records} == {r["claim"]: r["verdict"] for r in published}


def test_parameters_are_listed_with_type_default_range_and_meaning(project):
    header, *rows = (re.split(r"\s{2,}", line.strip()) for line in project.command("params", "01").out.splitlines())
    assert header == ["parameter", "type", "default", "allowed", "meaning"]
    found = {row[0]: row[1:] for row in rows}
    assert list(found) == list(declared("01_freedom_index"))
    assert found["DRAWS"] == ["int", "10000", "100..100000", "bootstrap draws of the rank confidence sets"]
    assert "no notebook 99; choose from" in refuse(project, "params", "99")


def test_commands_do_not_wait_for_the_libraries_of_others(project):
    project.command("status")  # it remembers what it reads
    call = "import sys; from analysis.cli import main; sys.argv[1:] = ['status']; main(); print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", call], text=True, cwd=project.root).split()
    assert not {"pandas", "numpy", "matplotlib", "pandera", "papermill", "pydantic", "yaml"} & set(loaded)


def test_python_m_analysis_is_the_command_and_ends_with_2(project, tmp_path):
    assert project.command("--version").out == f"{__version__}\n"
    call = [sys.executable, "-m", "analysis", "run", "01", "-p", "COUNTRIES=KAZ"]
    done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: 01_freedom_index: unknown parameter COUNTRIES; choose from COUNTRY")
    assert done.stderr.count("\n") == 1
