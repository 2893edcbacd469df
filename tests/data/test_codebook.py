"""Every column of every table is in the codebook, and every entry of the codebook is a column."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.codebook import COLUMNS, described, sections
from analysis.data.load import read_csv

BY_TABLE = {name: section for section in sections() for name in section.tables}


def columns_of(name: str) -> list[str]:
    return list(read_csv(CATALOGUE[name].path).columns)


def test_the_codebook_has_one_section_per_table_and_no_other():
    named = [name for section in sections() for name in section.tables]
    assert sorted(named) == sorted(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_column_has_exactly_one_entry(name):
    entries = {column: BY_TABLE[name].of(column) for column in columns_of(name)}
    assert {column: found for column, found in entries.items() if len(found) != 1} == {}


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.tables[0])
def test_every_entry_is_a_column_of_some_table_of_its_section(section):
    columns = {column for name in section.tables for column in columns_of(name)}
    assert [name for name in section.variables if not any(fnmatchcase(column, name) for column in columns)] == []


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.tables[0])
def test_every_entry_fills_every_cell(section):
    assert section.rows
    assert all(len(row) == len(COLUMNS) and all(row) for row in section.rows)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_cards_of_a_section_are_those_of_the_catalogue(name):
    section = BY_TABLE[name]
    catalogued = {card for table in section.tables for card in CATALOGUE[table].sources}
    assert set(section.cards) == catalogued


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.tables[0])
def test_every_source_card_named_in_a_row_exists(section):
    cards = set(load_cards()) | {"-", "source_url"}
    named = {name.strip() for row in section.rows for name in row[5].split(",")}
    assert [name for name in named if not any(fnmatchcase(card, name) for card in cards)] == []


def test_a_column_is_described_by_its_row_without_dashes():
    assert described("hfi_2020", "hf_rank") | {"meaning": "", "range": ""} == {
        "variable": "hf_rank", "meaning": "", "unit": "rank", "range": "", "direction": "lower = freer",
        "source card": "hfi_*",
    }  # fmt: skip
    assert "direction" not in described("hfi_2020", "iso3")
    assert described("hfi_2020", "no_such_column") == {}
    assert described("no_such_table", "iso3") == {}
