"""Verdicts as a table in the terminal, and the parts of ``README.md`` and ``CLAIMS.md`` that a run writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from analysis.claims.evidence import read_as
from analysis.claims.verdicts import Verdicts
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.methods.result import chance
from analysis.paths import BUILD, DATA
from analysis.report.dossier import Published, notebook_titles
from analysis.report.pages import environment

_BLOCK = re.compile(r"(<!-- (\w+): begin \(written by the run\) -->\n)(.*?)(\n<!-- \2: end -->)", re.DOTALL)
#: Columns in a terminal: the first ones stand in any, all of them in one so wide.
_HEADINGS = ("claim", "verdict", "certainty", "p", "p adj.", "speaker", "newest edition")
_NARROW, _WIDE = 3, 150
#: What the last run of each notebook took.
RECORD = BUILD / "last_run.json"


def verdict_table(judged: Verdicts, *, width: int) -> Table:
    """Return the table of verdicts for a terminal; a narrow one has claim, verdict and certainty only."""
    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS if width >= _WIDE else _HEADINGS[:_NARROW]:
        table.add_column(heading, overflow="fold")
    for item in judged:
        level = item.certainty.level if item.certainty else ""
        p_values = ("" if p is None else chance(p) for p in (item.p, item.p_adjusted))
        cells = (item.claim.id, item.conclusion.label, level, *p_values, item.claim.speaker, item.newest)
        table.add_row(*cells[: len(table.columns)])
    return table


def readme_blocks(published: Published, record: Path = RECORD) -> dict[str, str]:
    """Return the parts of the README that a run writes, by name; what no run has measured yet is left out."""
    template = environment(published, site=False).get_template("readme.md")
    noted, titles = read_as(dict[str, Any], record) if record.is_file() else {}, notebook_titles()
    took = [noted[name] for name in titles if titles.keys() <= noted.keys()]  # sweeps have notes there too
    sizes = [path.stat().st_size for folder in (DATA, published.folder) for path in folder.rglob("*") if path.is_file()]
    text = template.render(took=took, bytes=sum(sizes))
    blocks = re.findall(r"<!-- (\w+): begin -->\n(.*?)<!-- \1: end -->", text, flags=re.S)
    return {name: block.strip() for name, block in blocks if block.strip()}


def claims_page(published: Published) -> str:
    """Return ``CLAIMS.md``: every claim with its verdict, certainty and reason."""
    return environment(published, site=False).get_template("claims.md").render()


def write_blocks(path: Path, blocks: Mapping[str, str]) -> bool:
    """Put blocks between the markers of the same names in a file, which has to have them; return whether it changed."""
    text = path.read_text(encoding="utf-8")
    found = [name for _, name, _, _ in _BLOCK.findall(text)]
    if missing := [name for name in blocks if found.count(name) != 1]:
        raise InputError(f"markers of {missing[0]} are missing", where=path.name, remedy="git checkout README.md")
    new = _BLOCK.sub(lambda old: old[1] + blocks.get(old[2], old[3]) + old[4], text)
    if new != text:
        write_whole(path, new)
    return new != text
