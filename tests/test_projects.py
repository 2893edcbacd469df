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
from tests.shared import cases

EXAMPLE = CHECKOUT / "examples/human-freedom-2020"
SPARED = shutil.ignore_patterns("build", ".ipynb_checkpoints")


def analysis(folder, *arguments, code=0):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANALYSIS_")}
    call = [sys.executable, "-m", "analysis", *arguments]
    done = subprocess.run(call, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == code, done
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new")
    assert "cd 'my demo' &&" in analysis(folder, "new", "my demo", "--table", "hfi_2019")
    return folder / "my demo"


def test_outside_of_projects_and_for_a_folder_that_is_taken_one_line_says_what_to_do(made):
    for command in (["claims"], ["run"], ["status"], ["report"]):
        said = f"error: {made.parent}: no project here or above; make one with analysis new FOLDER, [^\n]*\n"
        assert re.fullmatch(said, analysis(made.parent, *command, code=2))
    assert "not a new or empty folder" in analysis(made.parent, "new", made.name, code=2)
    assert "did you mean hfi_2019" in analysis(made.parent, "new", "other", "--table", "hfi_1019", code=2)


def test_a_new_project_runs_from_any_folder_of_its_own_and_a_second_run_leaves_git_clean(made):
    analysis(made, "run")
    said = {one["id"]: one for one in json.loads(analysis(made / "data", "claims", "--json"))}
    assert {"opinion", "cannot tell", "leans supported", "supported"} == {one["verdict"] for one in said.values()}
    drawn = {path.stem.removeprefix("01_").replace("_", "-") for path in (made / "figures").glob("*.svg")}
    assert drawn == {"best-at-money", "no-worse", "freer-in-ten-years"} < set(said)
    author = {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for call in ("init -q", "add -A", "commit -qm first"):
        subprocess.run(["git", *call.split()], cwd=made, env=os.environ | author, check=True)
    assert "fresh 01_claims" in analysis(made, "run")
    assert analysis(made, "run", "--check") == "unchanged: nothing would change\n"
    analysis(made, "run", "--force")
    assert subprocess.check_output(["git", "status", "--short"], cwd=made) == b""
    analysis(made, "notebook", "add", title := 'Ranks, "again"?')
    assert read_json(made / "notebooks/02_ranks_again.ipynb")["cells"][0]["source"][0].startswith(f"# {title}")
    assert "stale 02_ranks_again" in analysis(made, "status")


@pytest.mark.parametrize(("old", "new", "line"), cases("faulty claims"))
def test_a_claim_that_cannot_be_decided_is_one_line_with_its_id_before_it_is_locked(made, tmp_path, old, new, line):
    path = shutil.copytree(made, tmp_path / "own", ignore=SPARED) / "data/claims.yml"
    text = path.read_text(encoding="utf-8").replace(old, new).partition("# end")[0]
    path.write_text(text, encoding="utf-8")
    said = analysis(path.parent, "claims", "lock", "--reason", "r", code=2)
    assert re.fullmatch(rf"error: (claims.yml: )?{line}[^\n]*\n", said)


@pytest.mark.parametrize(("name", "old", "new", "line"), cases("broken after the lock"))
def test_a_file_that_breaks_after_the_lock_is_one_line_with_a_claim_that_needs_it(made, tmp_path, name, old, new, line):
    path = shutil.copytree(made, tmp_path / "own", ignore=SPARED) / "data" / name
    text = path.read_text(encoding="utf-8").replace(old, new, 1)
    path.write_text(text, encoding="utf-8") if old else path.unlink()
    assert re.fullmatch(rf"error: {line}[^\n]*\n", analysis(path.parent, "run" if old else new, code=2))


def test_every_kind_of_rule_is_shown_with_an_example(made):
    shown = re.split(r"(?m)^# ", analysis(made, "claims", "--kinds"))[1:]
    kinds = [kind.model_fields["kind"].annotation.__args__[0] for kind in AnyRule.__origin__.__args__]
    assert [re.match(r"(.*?): (?s:.*)kind: \1\b", part)[1] for part in shown] == kinds


def test_the_example_gives_its_published_verdicts_anew_without_code_outside_of_its_notebook(tmp_path):
    assert not [*EXAMPLE.rglob("*.py")]
    (notebook,) = EXAMPLE.glob("notebooks/*.ipynb")
    cells = [cell["source"] for cell in read_json(notebook)["cells"] if cell["cell_type"] == "code"]
    assert sum(len("".join(source).splitlines()) for source in cells) <= 60
    for table in EXAMPLE.glob("data/tables/*.csv"):
        assert table.stem == "records" or table.read_bytes() == carried(f"data/tables/{table.name}").read_bytes()
    folder = shutil.copytree(EXAMPLE, tmp_path / "own", ignore=SPARED)
    analysis(folder, "run", "--force")
    one, other = (read_json(own / "figures/verdicts.json") for own in (EXAMPLE, folder))
    assert one == other
