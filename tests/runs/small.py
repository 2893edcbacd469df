"""A project with two small notebooks, run by the command in a process of its own."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import yaml

from tests.project import CHECKOUT, copy_project, keep_checked, notebook

INDEX, OTHERS = "01_freedom_index", "00_register_and_power"
DEFAULTS = {"COUNTRY": "KAZ", "EDITION": 2020, "DATA_YEAR": 2018, "SEED": 1, "DRAWS": 100}
PARAMETERS = """COUNTRY: str = "KAZ"  # country [iso3 in hfi_{EDITION}]
EDITION: int = 2020  # edition [2018 | 2019 | 2020 | 2021 | 2022 | 2024]
DATA_YEAR: int = 2018  # year [data_year in hfi_{EDITION}]
SEED: int = 1  # seed [seed]
DRAWS: int = 100  # draws [100..100000]"""
START = f"""import numpy as np
import pandas as pd
from analysis import Session
session = Session("{INDEX}", globals())"""
WORK = """world = session.load("hfi_2020").query("data_year == @DATA_YEAR").set_index("iso3")
draws = np.random.default_rng(SEED).normal(size=DRAWS)
session.table(pd.DataFrame({"draw": draws}), "draws")
session.numbers(score=world.loc[COUNTRY, "hf_score"], mean=draws.mean(), names=sorted({"b", "a", "c"}))
with session.figure("draws", height=1.5, tables=["hfi_2020"]) as ax:
    ax.hist(draws)"""
EVIDENCE = """session.evidence("hfi-leaders")"""
READS = f"""from analysis import Session
session = Session("{OTHERS}", globals())
evidence = session.all_evidence()
session.numbers(claims=[item.claim for item in evidence], leaders=[list(item.members) for item in evidence])"""
CELLS = (("markdown", "# Title"), ("code", PARAMETERS, "parameters"), ("code", START))


def small_project(root: Path, *index: tuple[str, ...], reader: bool = True) -> Path:
    copy_project(root)
    shutil.rmtree(root / "data/tables")
    (root / "data/tables").symlink_to(CHECKOUT / "data/tables")
    write(root, INDEX, *(index or (*CELLS, ("code", WORK), ("code", EVIDENCE))))
    write(root, OTHERS, ("markdown", "# Zero"), ("code", "POWER: float = 0.8\nALPHA: float = 0.05", "parameters"),
          ("code", READS if reader else READS.replace("session.all_evidence()", "[]")))  # fmt: skip
    lock = root / "data/claims.lock"
    locked = yaml.safe_load(lock.read_text(encoding="utf-8")) | {"parameters": {INDEX: DEFAULTS}}
    lock.write_text(yaml.safe_dump(locked), encoding="utf-8")
    return root


def write(root: Path, name: str, *cells: tuple[str, ...]) -> None:
    (root / "notebooks" / f"{name}.ipynb").write_text(notebook(*cells), encoding="utf-8")


def environment(root: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANALYSIS_")}
    return kept | {"ANALYSIS_ROOT": str(root)}


def start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the command in a session of its own; it minds interrupts even if the tests were started without."""
    call = [sys.executable, "-m", "analysis", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        call,
        stdout=pipe,
        stderr=pipe,
        text=True,
        cwd=root.parent,
        env=environment(root),
        start_new_session=True,
        # A shell starts what runs in its background with interrupts ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def command(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = start(root, *arguments)
    out, err = process.communicate(timeout=300)
    keep_checked(root)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
