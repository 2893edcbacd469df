"""Every column of every table is in the codebook, and every entry of the codebook is a column."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.codebook import COLUMNS, described, sections
from analysis.data.load import read_csv


def tables(section):
    return [name for name in CATALOGUE if any(fnmatchcase(name, said) for said in section.tables)]


def test_the_codebook_has_one_section_per_table_and_no_other():
    assert sorted(name for section in sections() for name in tables(section)) == sorted(CATALOGUE)
    assert [section.tables for section in sections() if len(tables(section)) < len(section.tables)] == []


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.tables[0])
def test_a_section_has_one_whole_entry_for_each_column_and_no_other_and_names_the_cards_of_its_tables(section):
    columns = {column for name in tables(section) for column in read_csv(CATALOGUE[name].path).columns}
    assert {column: section.of(column) for column in columns if len(section.of(column)) != 1} == {}
    assert [name for name, *_ in section.rows if not any(fnmatchcase(column, name) for column in columns)] == []
    assert section.rows
    assert all(len(row) == len(COLUMNS) and all(row) for row in section.rows)
    used = {card for name in tables(section) for card in CATALOGUE[name].sources}
    assert {card for card in load_cards() if any(fnmatchcase(card, said) for said in section.cards)} == used
    known = {*load_cards(), "-", "source_url"}
    named = {name.strip() for row in section.rows for name in row[5].split(",")}
    assert [name for name in named if not any(fnmatchcase(card, name) for card in known)] == []


def test_a_column_is_described_by_its_row_without_dashes():
    assert described("hfi_2020", "hf_rank") | {"meaning": "", "range": ""} == {
        "variable": "hf_rank", "meaning": "", "unit": "rank", "range": "", "direction": "lower = freer",
        "source card": "hfi_*",
    }  # fmt: skip
    assert "direction" not in described("hfi_2020", "iso3")
    assert described("hfi_2020", "no_such_column") == described("no_such_table", "iso3") == {}
