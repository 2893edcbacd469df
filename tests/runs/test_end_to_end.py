"""A small project, run twice with real kernels: once as a user would, once in another folder; and one that fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from analysis.runs import run as runs
from tests.project import CHECKOUT, copy_project, notebook, read_json, tree

NAME = "01_freedom_index"
PARAMETERS = """COUNTRY: str = "KAZ"  # country
EDITION: int = 2020  # edition
DATA_YEAR: int = 2018  # year
SEED: int = 1  # seed
DRAWS: int = 100  # draws"""
START = f"""import numpy as np
import pandas as pd
from analysis.charts import column, figure_style
from analysis.notebook import Session
session = Session("{NAME}", COUNTRY=COUNTRY, EDITION=EDITION, DATA_YEAR=DATA_YEAR, SEED=SEED, DRAWS=DRAWS)"""
WORK = """world = session.load("hfi_2020").query("data_year == @DATA_YEAR").set_index("iso3")
draws = np.random.default_rng(SEED).normal(size=DRAWS)
session.table(pd.DataFrame({"draw": draws}), "draws")
session.numbers(score=world.loc[COUNTRY, "hf_score"], mean=draws.mean(), names=sorted({"b", "a", "c"}))
with figure_style():
    fig, ax = column(1.5)
    ax.hist(draws)
    session.figure(fig, "draws", tables=["hfi_2020"])"""
EVIDENCE = """found = [{"quantity": "rank", "vintage": "hfi_2020", "value": int(world.loc[COUNTRY, "hf_rank"])},
         {"quantity": "n_countries", "vintage": "hfi_2020", "value": len(world)}]
common = dict(tables=("hfi_2020",), vintage="hfi_2020", design="design-based", summary="S.")
session.evidence("hfi-rank", found=found, **common)"""


def write_notebook(root, *cells):
    (root / "notebooks" / "00_register_and_power.ipynb").unlink()
    text = notebook(("markdown", "# Title"), ("code", PARAMETERS, "parameters"), *cells)
    (root / "notebooks" / f"{NAME}.ipynb").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The small project run by the command in a process of its own; all tables are there."""
    root = copy_project(tmp_path_factory.mktemp("first") / "a folder")
    shutil.rmtree(root / "data/tables")
    (root / "data/tables").symlink_to(CHECKOUT / "data/tables")
    write_notebook(root, ("code", START), ("code", WORK), ("code", EVIDENCE))
    call = [sys.executable, "-m", "analysis", "run"]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("ANALYSIS_")}
    done = subprocess.run(
        call, capture_output=True, text=True, cwd=root.parent, env=variables | {"ANALYSIS_ROOT": str(root)}, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    return root, done


@pytest.fixture
def here(project, monkeypatch):
    """The other project, run in this process: kernels are real, worker processes are not."""
    monkeypatch.setattr(runs, "ProcessPoolExecutor", lambda jobs, mp_context: ThreadPoolExecutor(jobs))
    return project


def test_a_run_prints_a_line_a_notebook_and_where_the_outputs_are(published):
    _, done = published
    first, second = done.stdout.splitlines()
    assert first.startswith(f"ok {NAME} ")
    assert first.endswith(" s")
    assert second == "published: figures"


def test_everything_that_the_session_saved_is_published_and_explained(published):
    root, _ = published
    outputs = {
        "01_draws.pdf", "01_draws.png", "01_draws.svg", "tables/01_draws.csv", f"numbers/{NAME}.json",
        "evidence/hfi-rank.json",
    }  # fmt: skip
    assert set(tree(root / "figures")) == outputs | {"manifest.json", "results.json", "verdicts.json"}
    entries = read_json(root / "figures/manifest.json")["outputs"]
    assert set(entries) == outputs
    assert all(set(entry["tables"]) == {"hfi_2020"} for entry in entries.values())
    verdict = next(item for item in read_json(root / "figures/verdicts.json") if item["claim"] == "hfi-rank")
    assert verdict["verdict"] == "supported"


def test_the_executed_copy_is_kept_apart_and_the_source_untouched(published):
    root, _ = published
    assert '"output_type"' in (root / f"build/executed/default/{NAME}.ipynb").read_text(encoding="utf-8")
    assert '"output_type"' not in (root / f"notebooks/{NAME}.ipynb").read_text(encoding="utf-8")


def test_a_second_run_in_another_folder_and_process_gives_the_same_bytes(published, here):
    write_notebook(here.root, ("code", START), ("code", WORK), ("code", EVIDENCE))
    done = here.command("run", "01")
    assert (done.code, done.err) == (0, ""), done
    first, second = tree(published[0] / "figures"), tree(here.path("figures"))
    assert {name for name in first if first[name] != second.get(name)} == set()
    assert set(first) == set(second)


def test_a_failing_notebook_ends_with_1_and_five_lines_and_publishes_nothing(here):
    here.path("figures").mkdir()
    here.path("figures/manifest.json").write_text('{"outputs": {}}', encoding="utf-8")
    before = tree(here.path("figures"))
    write_notebook(here.root, ("markdown", "## Does it?"), ("code", "import os\nvalue = int('no number')"))
    done = here.command("run", "01")
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
    assert len(lines) == 5
    assert lines[0] == f"failed: {NAME}"
    assert lines[1].endswith(": Does it?")
    assert lines[2] == "  line: value = int('no number')"
    assert lines[3].startswith("  ValueError: invalid literal")
    copy = here.path(f"build/executed/default/{NAME}.ipynb")
    assert lines[4] == f"  executed copy: {copy}"
    assert copy.is_file()
    assert tree(here.path("figures")) == before
