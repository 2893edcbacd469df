"""One run with its machine formats, site and paper for all tests: one notebook with outputs, the others without."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

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
def published(tmp_path_factory):
    return read_published(copy_run(tmp_path_factory.mktemp("published") / "run"))


@pytest.fixture(scope="session")
def formats(published, tmp_path_factory):
    from analysis.report.exports import write_formats

    folder = tmp_path_factory.mktemp("formats") / "data"
    write_formats(published, folder)
    return folder


@pytest.fixture(scope="session")
def executed(published, tmp_path_factory):
    folder = tmp_path_factory.mktemp("executed") / "default"
    write_executed(published.folder, folder)
    return folder


@pytest.fixture(scope="session")
def site(published, formats, executed, tmp_path_factory):
    from analysis.report.site import write_site

    folder = tmp_path_factory.mktemp("a site & more") / "site"
    return Site(folder, published, executed, write_site(published, formats, folder, executed=executed))


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
