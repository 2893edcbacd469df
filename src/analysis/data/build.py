"""Building of the tidy tables from source files, and what changed by it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from analysis.data.cards import Card
from analysis.data.catalogue import CATALOGUE, Table
from analysis.data.load import check
from analysis.data.retrieve import retrieve
from analysis.errors import InputError
from analysis.files import write_whole


@dataclass(frozen=True, slots=True)
class Change:
    """What building one table changed: its rows now, and the lines of its file that are new and that are gone."""

    table: str
    rows: int
    added: int
    removed: int

    def sentence(self) -> str:
        """Say what changed."""
        moved = f"{self.added} lines added, {self.removed} removed" if self.added or self.removed else "unchanged"
        return f"{self.table}: {self.rows} rows, {moved}"


def to_csv(frame: pd.DataFrame) -> str:
    """Write a frame as the CSV text that is committed: shortest exact decimals, Unix line ends."""
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue()


def build(cards: dict[str, Card], names: Iterable[str] = (), *, progress: bool = False) -> list[Change]:
    """Make tables again from their sources; all are built before any is written.

    Without names, all tables that have a builder; ``progress`` shows bars while downloading.

    Raises
    ------
    InputError
        A source does not match its card, or a table breaks its schema or its card's expected counts.
    """
    chosen = [CATALOGUE[name] for name in names or CATALOGUE if CATALOGUE[name].build]
    texts = {entry: to_csv(_built(entry, cards, progress=progress)) for entry in chosen}
    return [_write(entry, text) for entry, text in texts.items()]


def _built(entry: Table, cards: dict[str, Card], *, progress: bool) -> pd.DataFrame:
    assert entry.build is not None
    paths = {name: retrieve(cards[name], progress=progress) for name in entry.sources}
    frame = check(entry.build(paths), entry.schema, where=entry.name)
    expected = cards[entry.sources[0]].countries if len(entry.sources) == 1 else None
    if expected is not None and "iso3" in frame and frame["iso3"].nunique() != expected:
        raise InputError(f"{frame['iso3'].nunique()} countries, the card says {expected}", where=entry.name)
    return frame


def _write(entry: Table, text: str) -> Change:
    old = set(entry.path.read_text(encoding="utf-8").splitlines()) if entry.path.exists() else set()
    new = text.splitlines()
    write_whole(entry.path, text)
    return Change(entry.name, len(new) - 1, len(set(new) - old), len(old - set(new)))
