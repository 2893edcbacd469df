"""The codebook as data: which table has which variables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from analysis.paths import DATA

COLUMNS = ["variable", "meaning", "unit", "range", "direction", "source card"]


@dataclass
class Section:
    tables: list[str]
    cards: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    @property
    def variables(self) -> list[str]:
        return [row[0] for row in self.rows]

    def of(self, column: str) -> list[str]:
        return [name for name in self.variables if fnmatchcase(column, name)]


def sections() -> list[Section]:
    found: list[Section] = []
    for line in (DATA / "codebook.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            found.append(Section([name.strip() for name in line[3:].split(",")]))
        elif found and line.startswith("Source card"):
            found[-1].cards = re.findall(r"`(\w+)`", line.split(".")[0])
        elif found and line.startswith("| ") and not line.startswith(("| variable", "| ---")):
            found[-1].rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return found
