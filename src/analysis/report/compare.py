"""Two versions of one output: which value moved, and by how much. Values are compared exactly as they are written."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import InputError
from analysis.report.dossier import read_json

#: Entries of lists are known by the first of these that they have, so that a new entry does not move all others.
_LABELS = ("name", "quantity", "source", "table")
_AGAIN = "make it again with: analysis run"


@dataclass(frozen=True, slots=True)
class Moved:
    """A value of an output, by its name in the file, before and after; None if it was or is not there."""

    file: str
    name: str
    before: Any
    after: Any

    @property
    def by(self) -> float | None:
        """Difference of two numbers; None for anything else."""
        numbers = [v for v in (self.before, self.after) if isinstance(v, int | float) and not isinstance(v, bool)]
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
    """A table of results that changed: how much of it, and the numeric cell that moved furthest for its size."""

    file: str
    extent: str
    largest: Moved | None

    def sentence(self) -> str:
        """Say how much of the table changed."""
        return self.extent + (f"; furthest: {self.largest.sentence()}" if self.largest else "")


def compare_json(before: Path, after: Path, file: str, *, without: tuple[str, ...] = ()) -> list[Moved]:
    """Return every value that differs in a JSON object of two folders, by its path, apart from some top-level keys.

    Raises
    ------
    InputError
        A file is not JSON.
    """
    old, new = (dict(_leaves(read_json(folder / file), without=without)) for folder in (before, after))
    names = dict.fromkeys((*old, *new))
    return [Moved(file, name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def compare_csv(before: Path, after: Path, file: str) -> TableMoved | None:
    """Compare a CSV file of two folders cell by cell, rows in their order, columns by name; None if nothing differs.

    Raises
    ------
    InputError
        A file is not CSV, or a row has more or fewer cells than the header.
    """
    old, new = _read_csv(before / file), _read_csv(after / file)
    if old.equals(new):
        return None
    shared, rows = [name for name in old if name in new], min(len(old), len(new))
    pairs = old[shared].head(rows).compare(new[shared].head(rows), result_names=("before", "after"))
    moved = pairs.stack(level=0, future_stack=True).dropna() if len(pairs) else pd.DataFrame()  # noqa: PD013
    extent = [f"{len(moved)} of {new.size} cells"]
    extent += [f"{len(old)} -> {len(new)} rows"] if len(old) != len(new) else []
    extent += [f"column {name} gone" for name in old if name not in new]
    extent += [f"column {name} new" for name in new if name not in old]
    return TableMoved(file, ", ".join(extent), _furthest(moved, file))


def _furthest(moved: pd.DataFrame, file: str) -> Moved | None:
    numbers = moved.apply(pd.to_numeric, errors="coerce").dropna()
    if numbers.empty:
        return None
    by = (numbers["after"] - numbers["before"]).abs() / numbers["before"].abs().replace(0, 1)
    row, column = by.idxmax()
    return Moved(file, f"row {row + 1}, {column}", *map(float, numbers.loc[(row, column), ["before", "after"]]))


def _leaves(value: Any, path: str = "", *, without: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key in (key for key in value if key not in without):
            yield from _leaves(value[key], f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}[{_label(item, number)}]")
    else:
        yield path, value


def _label(item: Any, number: int) -> str:
    if not isinstance(item, dict):
        return str(number)
    named = next((str(item[key]) for key in _LABELS if key in item), str(number))
    return ", ".join([named, *(item[key] for key in ("part", "vintage") if item.get(key))])


def _read_csv(path: Path) -> pd.DataFrame:
    """Read all cells as text; pandas itself would fill short rows without a word."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = (row for row in csv.reader(file) if row)
    except (ValueError, csv.Error):
        raise InputError("not readable as CSV", where=str(path), remedy=_AGAIN) from None
    if any(len(row) != len(header) for row in rows):
        raise InputError("a row has more or fewer cells than the header", where=str(path), remedy=_AGAIN)
    return pd.DataFrame(rows, columns=header, dtype=object)


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
