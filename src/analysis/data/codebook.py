"""The codebook as data: which table has which variables, what they mean, and what they may hold."""

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
#: Place of what a variable may hold among them.
RANGE = COLUMNS.index("range")


@dataclass(frozen=True, slots=True)
class Section:
    """One section: tables with the same columns, the source cards that they are built from, and a row a variable.

    Rows are in the columns of :data:`COLUMNS`; a ``*`` stands for further characters, a ``?`` for one. Rows of the
    tables are unique by key.
    """

    tables: tuple[str, ...]
    key: tuple[str, ...]
    cards: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def of(self, column: str) -> list[tuple[str, ...]]:
        """Return the rows that describe a column."""
        return [row for row in self.rows if fnmatchcase(column, row[0])]


def sections(path: Path = CODEBOOK) -> tuple[Section, ...]:
    """Read the sections of the codebook, in order; a missing codebook is refused."""
    if not path.is_file():
        raise InputError("file not found", where=path.name, remedy="restore it with git checkout")
    return tuple(map(_section, re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]))


def section_of(table: str, path: Path = CODEBOOK) -> Section | None:
    """Return the section that describes a table; None if no section does."""
    return next((one for one in sections(path) if any(fnmatchcase(table, name) for name in one.tables)), None)


def described(table: str, column: str) -> dict[str, str]:
    """Return what the codebook says of a column, by :data:`COLUMNS` without dashes; empty if it says nothing."""
    section = section_of(table)
    row = next(iter(section.of(column)), ()) if section else ()
    return {name: cell for name, cell in zip(COLUMNS, row, strict=False) if cell != "-"}


@functools.cache
def _section(text: str) -> Section:
    heading, *lines = text.splitlines()
    cards = next((line for line in lines if line.startswith("Source card")), "")
    key = re.search(r"Key: ((?:`\w+`[,\s]*)+)", text)
    described = [line for line in lines if line.startswith("| ") and not line.startswith(("| variable", "| ---"))]
    rows = tuple(tuple(cell.strip() for cell in row.strip("|").split("|")) for row in described)
    if wrong := [row for row in rows if len(row) != len(COLUMNS)]:
        where, remedy = f"codebook.md, {heading}, {wrong[0][0]}", f"give it {', '.join(COLUMNS)}"
        raise InputError(f"a row of {len(wrong[0])} cells", where=where, remedy=remedy)
    return Section(
        tables=tuple(name.strip() for name in heading.split(",")),
        key=tuple(re.findall(r"\w+", key[1])) if key else (),
        cards=tuple(re.findall(r"`([\w?]+)`", cards.split(".")[0])),
        rows=rows,
    )
