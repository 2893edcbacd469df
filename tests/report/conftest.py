"""One site for all tests that look at it: the published run, one notebook with outputs, one without."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.paths import NOTEBOOKS
from analysis.report.dossier import Published, read_published
from tests.report.make import copy_run

#: The notebook that is executed in the test site; the others are not.
NOTEBOOK = "01_freedom_index"
#: Markup that must never become an element.
EVIL = '<script>alert("evil")</script><img src="https://example.org/x.png" onerror="alert(1)">'
_STDERR = "/somebody/site-packages/tqdm/auto.py:21: TqdmWarning"


@dataclass(frozen=True)
class Site:
    """A written site, the run it shows, and where the executed notebooks were."""

    folder: Path
    published: Published
    executed: Path

    def pages(self) -> list[Path]:
        return sorted(self.folder.rglob("*.html"))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    from analysis.report.site import write_site

    folder = tmp_path_factory.mktemp("a site & more")
    run, executed = copy_run(folder / "run"), folder / "executed"
    write_executed(run, executed)
    (folder / "site/data").mkdir(parents=True)
    (folder / "site/data/verdicts.json").write_text("{}", encoding="utf-8")
    published = read_published(run)
    write_site(published, folder / "site", executed=executed)
    return Site(folder / "site", published, executed)


def write_executed(run: Path, folder: Path) -> None:
    """Write a notebook with outputs, as an execution would leave it: figures, a table, text, a warning, markup."""
    notebook = json.loads((NOTEBOOKS / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        cell["execution_count"] = number
        found = re.search(r'session\.figure\(\s*(?:fig|\w+)?,?\s*"(\w+)"', "".join(cell["source"]))
        if found:
            png = (run / f"{NOTEBOOK[:2]}_{found[1]}.png").read_bytes()
            cell["outputs"].append(display({"image/png": base64.b64encode(png).decode()}))
    table = f'<style scoped>.x {{}}</style><table border="1"><thead><tr><th>{EVIL}</th></tr></thead></table>'
    code[0]["outputs"] = [
        {"output_type": "stream", "name": "stderr", "text": [_STDERR]},
        {"output_type": "stream", "name": "stdout", "text": ["\x1b[31mred\x1b[0m ", EVIL]},
        display({"text/html": table}),
        display({"text/markdown": f"It is **so**. {EVIL}"}),
        display({"text/plain": EVIL}),
    ]
    folder.mkdir()
    (folder / f"{NOTEBOOK}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def display(data: dict[str, str]) -> dict[str, object]:
    return {"output_type": "display_data", "metadata": {}, "data": data}
