"""Projects beside this one: a new one runs at once, the example says what is published, and faults are one line."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from analysis.claims.rules import AnyRule
from analysis.report.project import carried
from tests.project import CHECKOUT, read_json

EXAMPLE = CHECKOUT / "examples/human-freedom-2020"
SPARED = shutil.ignore_patterns("build", ".ipynb_checkpoints")


def analysis(folder, *arguments, code=0):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANALYSIS_")}
    command = [sys.executable, "-m", "analysis", *arguments]
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == code, done
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new")
    analysis(folder, "new", "demo", "--table", "hfi_2019")
    return folder / "demo"


def test_outside_of_projects_and_for_a_folder_that_is_taken_one_line_says_what_to_do(made):
    for command in (["claims"], ["run"], ["status"], ["report"]):
        assert "analysis new FOLDER" in analysis(made.parent, *command, code=2)
    assert "not a new or empty folder" in analysis(made.parent, "new", "demo", code=2)
    assert "did you mean hfi_2019" in analysis(made.parent, "new", "other", "--table", "hfi_1019", code=2)


def test_a_new_project_runs_from_any_folder_of_its_own_and_a_second_run_leaves_git_clean(made):
    def git(*call):
        named = ["-c", "user.name=a", "-c", "user.email=a@b"]
        return subprocess.run(["git", *named, *call], cwd=made, capture_output=True, text=True, check=True).stdout

    analysis(made, "run")
    said = {one["id"]: one for one in json.loads(analysis(made / "data", "claims", "--json"))}
    assert {"opinion", "cannot tell", "leans supported", "supported"} == {one["verdict"] for one in said.values()}
    drawn = {path.stem.removeprefix("01_").replace("_", "-") for path in (made / "figures").glob("*.svg")}
    assert set(said) - drawn == {"because-of-trade", "ought-to-be-freer"}
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    assert "fresh 01_claims" in analysis(made, "run")
    analysis(made, "run", "--force")
    assert git("status", "--short") == ""
    analysis(made, "notebook", "add", "Ranks, again?")
    assert "stale 02_ranks_again" in analysis(made, "status")


FAULTS = {
    r"claims\.first-three\.rule: .*'leader'.*analysis claims --kinds": ("kind: leaders", "kind: leader"),
    r"claims\.rank-eight\.rule: Field required.*; see: analysis claims --kinds": ("    rule:\n", "    rules:\n"),
    r"claims\.yml, rank-eight: no table hfi_1920; choose": ("hfi_2021]", "hfi_1920]"),
    r"claims\.yml, rank-eight: no row of hfi_2020 has the rank; correct": ("iso3: EST}", "iso3: XXX}"),
    r"claims\.yml, out-in-december: no row of records can answer its rule; type one": ("out-in-dec", "out-in-jan"),
}


@pytest.mark.parametrize("line", FAULTS)
def test_a_claim_that_cannot_be_decided_is_one_line_with_its_id_and_the_remedy_before_it_is_locked(
    made, tmp_path, line
):
    folder = shutil.copytree(made, tmp_path / "own", ignore=SPARED)
    path = folder / ("data/tables/records.csv" if "december" in line else "data/claims.yml")
    path.write_text(path.read_text(encoding="utf-8").replace(*FAULTS[line]), encoding="utf-8")
    said = analysis(folder, "claims", "lock", "--reason", "r", code=2)
    assert re.search(line, said)
    assert said.count("\n") == 1


def test_every_kind_of_rule_is_shown_with_an_example(made):
    shown = re.split(r"(?m)^# ", analysis(made, "claims", "--kinds"))[1:]
    kinds = [kind.model_fields["kind"].annotation.__args__[0] for kind in AnyRule.__origin__.__args__]
    assert [part.partition(":")[0] for part in shown] == kinds
    assert all(f"kind: {kind}" in part for kind, part in zip(kinds, shown, strict=True))


def test_the_example_gives_its_published_verdicts_anew_without_code_outside_of_its_notebook(tmp_path):
    assert not [*EXAMPLE.rglob("*.py")]
    (notebook,) = EXAMPLE.glob("notebooks/*.ipynb")
    cells = [cell["source"] for cell in read_json(notebook)["cells"] if cell["cell_type"] == "code"]
    assert sum(len("".join(source).splitlines()) for source in cells) <= 60
    for table in EXAMPLE.glob("data/tables/*.csv"):
        assert table.stem == "records" or table.read_bytes() == carried(f"data/tables/{table.name}").read_bytes()
    folder = shutil.copytree(EXAMPLE, tmp_path / "own", ignore=SPARED)
    published = read_json(folder / "figures/verdicts.json")
    assert len(published) >= 8
    analysis(folder, "run", "--force")
    assert read_json(folder / "figures/verdicts.json") == published
