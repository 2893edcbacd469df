"""The codebook as data: which table has which variables, and what they mean."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from analysis.errors import InputError
from analysis.paths import DATA

CODEBOOK = DATA / "codebook.md"
#: Columns of the codebook's own tables.
COLUMNS = ("variable", "meaning", "unit", "range", "direction", "source card")


@dataclass(frozen=True, slots=True)
class Section:
    """One section: tables with the same columns, the source cards that they are built from, and a row a variable.

    Rows are in the columns of :data:`COLUMNS`; a ``*`` stands for further characters, a ``?`` for one.
    """

    tables: tuple[str, ...]
    cards: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def of(self, column: str) -> list[tuple[str, ...]]:
        """Return the rows that describe a column."""
        return [row for row in self.rows if fnmatchcase(column, row[0])]


@functools.cache
def sections(path: Path = CODEBOOK) -> tuple[Section, ...]:
    """Read the sections of the codebook, in order; a missing codebook is refused."""
    if not path.is_file():
        raise InputError("file not found", where=path.name, remedy="restore it with git checkout")
    parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return tuple(_section(part) for part in parts)


def described(table: str, column: str) -> dict[str, str]:
    """Return what the codebook says of a column, by :data:`COLUMNS` without dashes; empty if it says nothing."""
    for section in sections():
        rows = section.of(column) if any(fnmatchcase(table, name) for name in section.tables) else []
        if rows:
            return {name: cell for name, cell in zip(COLUMNS, rows[0], strict=False) if cell != "-"}
    return {}


def _section(text: str) -> Section:
    heading, *lines = text.splitlines()
    cards = next((line for line in lines if line.startswith("Source card")), "")
    rows = [line for line in lines if line.startswith("| ") and not line.startswith(("| variable", "| ---"))]
    return Section(
        tables=tuple(name.strip() for name in heading.split(",")),
        cards=tuple(re.findall(r"`([\w?]+)`", cards.split(".")[0])),
        rows=tuple(tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows),
    )
