"""Titles of the notebooks, as every form of the report names them."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.paths import NOTEBOOKS


def notebook_titles(folder: Path = NOTEBOOKS) -> dict[str, str]:
    """Return the first heading of each numbered notebook, by name, in order."""
    return {path.stem: _title(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}


def _title(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "markdown"))
    return text.splitlines()[0].removeprefix("# ").strip()
