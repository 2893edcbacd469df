"""Building: the committed tables come out of the sources byte for byte."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.data import catalogue
from analysis.data.build import Change, build, to_csv
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.retrieve import CACHE_VARIABLE, MIRROR_VARIABLE
from analysis.errors import InputError
from analysis.paths import TABLES
from tests.shared import shared_file

BUILT = [name for name, entry in CATALOGUE.items() if entry.build]


@pytest.fixture
def sources(tmp_path, monkeypatch):
    monkeypatch.setenv(MIRROR_VARIABLE, str(shared_file("data/hfi_2020_edition.csv").parent))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(catalogue, "TABLES", tmp_path / "tables")
    return tmp_path / "tables"


@pytest.mark.parametrize("name", BUILT)
def test_a_table_is_built_to_the_committed_bytes(name, sources):
    committed = (TABLES / f"{name}.csv").read_bytes()
    [change] = build(load_cards(), [name])
    assert (sources / f"{name}.csv").read_bytes() == committed
    assert (change.rows, change.removed) == (committed.count(b"\n") - 1, 0)


def test_building_again_changes_nothing_and_says_so(sources):
    [first], [second] = build(load_cards(), ["regimes"]), build(load_cards(), ["regimes"])
    assert (first, second) == (Change("regimes", 6237, 6238, 0), Change("regimes", 6237, 0, 0))
    assert [first.sentence(), second.sentence()] == [
        "regimes: 6237 rows, 6238 lines added, 0 removed", "regimes: 6237 rows, unchanged",
    ]  # fmt: skip


def test_a_count_that_differs_from_the_card_is_refused_and_nothing_is_written(sources):
    cards = load_cards()
    cards["hfi_2020"] = cards["hfi_2020"].model_copy(update={"countries": 163})
    with pytest.raises(InputError, match="hfi_2020: 162 countries, the card says 163"):
        build(cards, ["regimes", "hfi_2020"])
    assert not sources.exists()


def test_csv_text_has_unix_line_ends_and_shortest_decimals():
    assert to_csv(pd.DataFrame({"a": [0.1, None], "b": ["x", "y"]})) == "a,b\n0.1,x\n,y\n"
