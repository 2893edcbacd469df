"""Titles of the notebooks, as every form of the report names them."""

from __future__ import annotations

from analysis.errors import InputError
from analysis.session.declared import names, read


def notebook_titles() -> dict[str, str]:
    """Return the first heading of each numbered notebook, by name, in order.

    Raises
    ------
    InputError
        A file is not a notebook, or has no heading.
    """
    return {name: _title(name) for name in names()}


def _title(name: str) -> str:
    text = next((cell.source.strip() for cell in read(name) if cell.kind == "markdown"), "")
    if not text:
        raise InputError("no title", where=f"{name}.ipynb", remedy="let its first markdown cell begin with: # Title")
    return text.splitlines()[0].removeprefix("# ").strip()
