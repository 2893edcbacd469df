"""Cases for source files and tables: readers, cards of files at hand, the mirror, tables with their schema."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
from numpy.random import Generator

from analysis.data import retrieve
from analysis.data.cards import Card, load_cards
from analysis.data.catalogue import CATALOGUE, Table
from analysis.data.load import check, read_csv
from analysis.paths import TABLES
from tests.fuzz.mutate import mutate_bytes, mutate_cells, mutate_inside, pick
from tests.fuzz.outcomes import Prepared, Target
from tests.fuzz.samples import samples

#: One case in so many gets a file as it should be.
UNTOUCHED = 12
#: Lines of a committed table that a case starts from.
_LINES = 12


def reader_targets() -> list[Target]:
    """Return one target for each table that is built from a source file with a sample."""
    entries = [entry for entry in CATALOGUE.values() if entry.sources and set(entry.sources) <= set(samples())]
    endings = {entry.name: Path(load_cards()[entry.sources[0]].file).suffix[1:].lower() for entry in entries}
    return [Target(f"reader of {endings[entry.name]}: {entry.name}", partial(_source, entry), 3) for entry in entries]


def _source(entry: Table, rng: Generator, folder: Path) -> Prepared:
    cards = load_cards()
    paths = {name: folder / cards[name].file for name in entry.sources}
    changed = pick(rng, list(paths)) if rng.integers(UNTOUCHED) else ""
    for name, path in paths.items():
        data = samples()[name]
        if name == changed:
            deep = mutate_cells if path.suffix == ".csv" else mutate_inside
            data = deep(rng, data) if rng.integers(3) else mutate_bytes(rng, data)
        path.write_bytes(data)
    read = lambda: check(entry.build(paths), entry.schema, where=entry.name)  # noqa: E731
    return Prepared(read, partial(_tidy, entry), sound=not changed, note=changed)


def _tidy(entry: Table, frame: pd.DataFrame) -> bool:
    return list(frame.columns) != [] and not (entry.schema.unique and frame.duplicated(entry.schema.unique).any())


def table_target() -> Target:
    """Return the target of the committed tables."""
    return Target("table", _table, 25)


def _table(rng: Generator, folder: Path) -> Prepared:
    entry = pick(rng, [entry for entry in CATALOGUE.values() if not entry.made_of and entry.path.is_file()])
    with (TABLES / f"{entry.name}.csv").open("rb") as file:
        data = b"".join(line for line, _ in zip(file, range(_LINES), strict=False))
    path, sound = folder / f"{entry.name}.csv", not rng.integers(UNTOUCHED)
    changed = data if sound else mutate_cells(rng, data) if rng.integers(3) else mutate_bytes(rng, data)
    path.write_bytes(changed)
    read = lambda: check(read_csv(path), entry.schema, where=path.name)  # noqa: E731
    return Prepared(read, partial(_tidy, entry), sound=sound, note=entry.name)


def mirror_target() -> Target:
    """Return the target of cache and mirror: what lies there is taken as it is or refused, never changed."""
    return Target("mirror", _mirror, 12)


def small_card(url: str = "http://127.0.0.1:9/one.csv", content: bytes = b"iso3,score\nKAZ,6.99\n") -> Card:
    """Return the card of a file of a few bytes."""
    return Card(
        file="one.csv", dataset="A", producer="B", edition="2020", data_years=(2018, 2018), citation="C", licence="CC0",
        url=url, bytes=len(content), sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


def _mirror(rng: Generator, folder: Path) -> Prepared:
    content = rng.bytes(int(rng.integers(1, 400)))
    card, mirror, cache = small_card(content=content), folder / "mirror", folder / "cache"
    mirror.mkdir()
    path, plain = mirror / card.file, folder / "plain"
    makers: dict[str, Callable[[], object]] = {
        "right": lambda: path.write_bytes(content),
        "changed": lambda: path.write_bytes(mutate_bytes(rng, content)),
        "empty": path.touch,
        "folder": path.mkdir,
        "link to itself": lambda: path.symlink_to(path),
        "fifo": lambda: os.mkfifo(path),
        "closed": lambda: (path.write_bytes(content), path.chmod(0)),
        "a file": lambda: plain.write_bytes(content),
        "no folder": lambda: None,
        "long": lambda: None,
    }
    kind = pick(rng, list(makers))
    makers[kind]()
    named = {"a file": str(plain), "no folder": str(mirror / "none"), "long": "x" * 5000}.get(kind, str(mirror))

    def call() -> Any:
        with mock.patch.dict(os.environ, {retrieve.MIRROR_VARIABLE: named, retrieve.CACHE_VARIABLE: str(cache)}):
            return retrieve.retrieve(card).read_bytes()

    return Prepared(call, lambda found: found == content, sound=kind == "right", note=kind)
