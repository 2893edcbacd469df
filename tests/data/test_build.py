"""Building: the committed tables come out of the sources byte for byte."""

from __future__ import annotations

import pytest

from analysis.data import catalogue
from analysis.data.build import build
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.retrieve import CACHE_VARIABLE, MIRROR_VARIABLE
from analysis.paths import TABLES
from tests.shared import shared_file

BUILT = [name for name, entry in CATALOGUE.items() if entry.build]


@pytest.fixture
def sources(tmp_path, monkeypatch):
    [folder] = {shared_file(f"data/{card.file}").parent for card in load_cards().values()}
    monkeypatch.setenv(MIRROR_VARIABLE, str(folder))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(catalogue, "TABLES", tmp_path / "tables")
    return tmp_path / "tables"


@pytest.mark.parametrize("name", BUILT)
def test_a_table_is_built_to_the_committed_bytes(name, sources):
    committed = (TABLES / f"{name}.csv").read_bytes()
    [line] = build(load_cards(), [name])
    assert (sources / f"{name}.csv").read_bytes() == committed
    rows = committed.count(b"\n")
    assert line == f"{name}: {rows - 1} rows, {rows} lines added, 0 removed"
    assert name != "regimes" or build(load_cards(), [name]) == ["regimes: 6237 rows, unchanged"]
