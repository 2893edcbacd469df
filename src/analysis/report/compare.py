"""Two versions of one output: which value moved, and by how much. Values are compared exactly as they are written."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import InputError

#: Entries of lists are known by the first of these that they have, so that a new entry does not move all others.
_LABELS = ("name", "quantity", "source", "table")
_AGAIN = "make it again with: analysis run"


@dataclass(frozen=True, slots=True)
class Moved:
    """A value that is no longer what it was.

    Attributes
    ----------
    file, name : str
        Output, and where in it.
    before, after : object
        The two values; None if it was or is not there.
    """

    file: str
    name: str
    before: Any
    after: Any

    @property
    def by(self) -> float | None:
        """Difference of two numbers; None for anything else."""
        numbers = [value for value in (self.before, self.after) if _is_number(value)]
        return numbers[1] - numbers[0] if len(numbers) == 2 else None

    @property
    def is_text(self) -> bool:
        """Whether words took the place of other words."""
        return isinstance(self.before, str) and isinstance(self.after, str)

    def sentence(self) -> str:
        """Say what moved and by how much."""
        text = f"{self.name}: {_text(self.before)} -> {_text(self.after)}"
        if self.by is None:
            return text
        share = f", {self.by / abs(self.before):+.2%}" if self.before else ""
        return f"{text} ({self.by:+.6g}{share})"


@dataclass(frozen=True, slots=True)
class TableMoved:
    """A table of results whose cells are no longer what they were.

    Attributes
    ----------
    file : str
        The table.
    cells, changed : int
        Cells now; how many of those that both versions have differ.
    rows_before, rows_after : int
        Rows without the header.
    columns_gone, columns_new : tuple of str
        Columns that only one version has.
    largest : Moved or None
        The numeric cell that moved furthest relative to its value.
    """

    file: str
    cells: int
    changed: int
    rows_before: int
    rows_after: int
    columns_gone: tuple[str, ...]
    columns_new: tuple[str, ...]
    largest: Moved | None

    def sentence(self) -> str:
        """Say how much of the table changed."""
        parts = [f"{self.changed} of {self.cells} cells"]
        if self.rows_before != self.rows_after:
            parts.append(f"{self.rows_before} -> {self.rows_after} rows")
        parts += [f"column {name} gone" for name in self.columns_gone]
        parts += [f"column {name} new" for name in self.columns_new]
        return ", ".join(parts) + (f"; furthest: {self.largest.sentence()}" if self.largest else "")


def compare_json(before: Path, after: Path, file: str, *, without: tuple[str, ...] = ()) -> list[Moved]:
    """Return every value that differs between two JSON files, by its path inside them.

    Parameters
    ----------
    before, after : Path
        The two files.
    file : str
        Name under which differences are reported.
    without : tuple of str
        Top-level keys to leave out.

    Raises
    ------
    InputError
        A file is not JSON.
    """
    old, new = (dict(_leaves(_without(_read(path), without))) for path in (before, after))
    names = dict.fromkeys((*old, *new))
    return [Moved(file, name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def compare_csv(before: Path, after: Path, file: str) -> TableMoved | None:
    """Compare two CSV files cell by cell, rows in their order and columns by name; None if all cells are the same.

    Raises
    ------
    InputError
        A file is not CSV, or a row has more or fewer cells than the header.
    """
    (old_names, old_rows), (new_names, new_rows) = _rows(before), _rows(after)
    shared = [name for name in old_names if name in new_names]
    moved = [
        Moved(file, f"row {number}, {name}", _value(old[name]), _value(new[name]))
        for number, (old, new) in enumerate(zip(old_rows, new_rows, strict=False), start=1)
        for name in shared
        if old[name] != new[name]
    ]
    numeric = [item for item in moved if item.by is not None]
    gone, added = (tuple(n for n in a if n not in b) for a, b in ((old_names, new_names), (new_names, old_names)))
    if not moved and not gone and not added and len(old_rows) == len(new_rows):
        return None
    return TableMoved(
        file=file,
        cells=len(new_rows) * len(new_names),
        changed=len(moved),
        rows_before=len(old_rows),
        rows_after=len(new_rows),
        columns_gone=gone,
        columns_new=added,
        largest=max(numeric, key=_distance) if numeric else None,
    )


def _distance(item: Moved) -> float:
    assert item.by is not None
    return abs(item.by) / (abs(item.before) or 1.0)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError("not readable as JSON", where=str(path), remedy=_AGAIN) from None


def _without(value: Any, names: tuple[str, ...]) -> Any:
    return {key: item for key, item in value.items() if key not in names} if isinstance(value, dict) else value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}[{_label(item, number)}]")
    else:
        yield path, value


def _label(item: Any, number: int) -> str:
    if not isinstance(item, dict):
        return str(number)
    named = next((str(item[key]) for key in _LABELS if key in item), str(number))
    return f"{named}, {item['vintage']}" if "vintage" in item else named


def _rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            names, *rows = [row for row in csv.reader(file) if row] or [[]]
    except (ValueError, csv.Error):
        raise InputError("not readable as CSV", where=str(path), remedy=_AGAIN) from None
    for number, row in enumerate(rows, start=1):
        if len(row) != len(names):
            what = f"row {number} has {len(row)} cells, the header {len(names)}"
            raise InputError(what, where=str(path), remedy=_AGAIN)
    return names, [dict(zip(names, row, strict=True)) for row in rows]


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
