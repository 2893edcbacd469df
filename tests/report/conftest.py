"""One run with its machine formats, site and paper for all tests: one notebook with outputs, the others without."""

import base64
import fcntl
import json
import os
import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pytest

from analysis.files import write_json
from analysis.paths import NOTEBOOKS
from analysis.report.dossier import Published, read_published
from tests.project import read_json
from tests.report.make import EVIL, NOTEBOOK, copy_run

#: As pandas writes one.
TABLE = '<table border="1"><thead><tr style="text-align: right;"><th>a table</th></tr></thead></table>'


@dataclass(frozen=True)
class Site:
    """A written site, the run it shows, where the executed notebooks were, and what Sphinx warned of."""

    folder: Path
    published: Published
    executed: Path
    warnings: list[str]

    def pages(self) -> list[Path]:
        kept = (path for path in self.folder.rglob("*.html") if path.name not in ("search.html", "genindex.html"))
        return sorted(path for path in kept if "_static" not in path.parts)


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Return a function that makes a folder once for all processes of the tests; the others wait for the first."""
    own = tmp_path_factory.getbasetemp()
    root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "a report & more"
    root.mkdir(exist_ok=True)

    def once(name, make):
        with (root / f"{name}.lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not lock.seek(0, os.SEEK_END):
                make(root / name)
                lock.write("made")
        return root / name

    return once


@pytest.fixture(scope="session")
def published(once):
    return read_published(once("run", copy_run))


@pytest.fixture(scope="session")
def formats(once, published):
    from analysis.report.exports import write_formats

    return once("formats", lambda folder: write_formats(published, folder))


@pytest.fixture(scope="session")
def executed(once, published):
    return once("executed", lambda folder: write_executed(published.folder, folder))


@pytest.fixture(scope="session")
def site(once, published, formats, executed):
    from analysis.report.forms import write_site

    def make(folder):
        # In a process of its own: Sphinx puts signatures on the functions that it documents.
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            made = pool.submit(write_site, published, formats, folder, executed=executed)
            write_json(folder.with_name("warnings.json"), made.result())

    folder = once("site", make)
    return Site(folder, published, executed, read_json(folder.with_name("warnings.json")))


def write_executed(run: Path, folder: Path) -> None:
    """Write a notebook with outputs, as an execution would leave it: figures, a table, text, a warning, markup."""
    notebook = read_json(NOTEBOOKS / f"{NOTEBOOK}.ipynb")
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        cell["execution_count"] = number
        found = re.search(r'session\.figure\(\s*(?:fig|\w+)?,?\s*"(\w+)"', "".join(cell["source"]))
        if found:
            png = (run / f"{NOTEBOOK[:2]}_{found[1]}.png").read_bytes()
            cell["outputs"].append(display({"image/png": base64.b64encode(png).decode()}))
    code[0]["outputs"] = [
        {"output_type": "stream", "name": "stderr", "text": ["/somebody/site-packages/tqdm/auto.py:21: TqdmWarning"]},
        {"output_type": "stream", "name": "stdout", "text": ["\x1b[31mred\x1b[0m ", EVIL]},
        display({"text/html": f"<style scoped>.x {{}}</style>{TABLE}"}),
        display({"text/markdown": f"The sentence of the first result is **so**.\n\n{EVIL}"}),
        display({"text/plain": EVIL}),
    ]
    folder.mkdir()
    (folder / f"{NOTEBOOK}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def display(data: dict[str, str]) -> dict[str, object]:
    return {"output_type": "display_data", "metadata": {}, "data": data}
