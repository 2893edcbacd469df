"""Loading of tables: every fault is one line that names file, row and field."""

from __future__ import annotations

import pytest

from analysis.data import catalogue
from analysis.data.catalogue import CATALOGUE, HFI_EDITIONS, table
from analysis.data.load import load, load_hfi, sha256
from analysis.errors import InputError
from analysis.paths import TABLES

NAME = "hfi_2020"


@pytest.fixture
def lines(tmp_path, monkeypatch):
    """The first ten rows of a table in a folder of its own; the returned function writes them back."""
    text = CATALOGUE[NAME].path.read_text(encoding="utf-8").splitlines()[:11]
    monkeypatch.setattr(catalogue, "TABLES", tmp_path)

    def write(*rows):
        (tmp_path / f"{NAME}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    write(*text)
    return text, write


def with_field(rows, row, field, value):
    cells = [line.split(",") for line in rows]
    cells[row][cells[0].index(field)] = value
    return [",".join(line) for line in cells]


def fault():
    with pytest.raises(InputError) as error:
        load(NAME)
    line = error.value.line()
    assert line.startswith(f"{NAME}.csv: ")
    assert "\n" not in line
    assert "git checkout" in line or "analysis data build" in line
    return line


def test_a_sound_file_loads(lines):
    assert len(load(NAME)) == 10


def test_a_repeated_key_names_the_row(lines):
    rows, write = lines
    write(*rows, rows[3])
    # Both rows with the key are at fault; the first is named, counting the header as row 1.
    assert "row 4, key edition, data_year, iso3 is repeated" in fault()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("expression", "11", "row 6, field expression: 11.0 fails in_range(0, 10)"),
        ("hf_rank", "0", "row 6, field hf_rank: 0 fails greater_than_or_equal_to(1)"),
        ("iso3", "kaz", "row 6, field iso3: kaz fails str_matches"),
        ("hf_score", "", "row 6, field hf_score: nan fails not_nullable"),
    ],
)
def test_a_bad_value_names_row_and_field(lines, field, value, said):
    rows, write = lines
    write(*with_field(rows, 5, field, value))
    assert said in fault()


def test_text_in_a_number_names_row_and_field(lines):
    rows, write = lines
    write(*with_field(rows, 5, "expression", "high"))
    line = fault()
    assert "row 6, field expression: high" in line


def test_a_missing_column_is_named(lines):
    rows, write = lines
    write(rows[0].replace("expression", "speech"), *rows[1:])
    line = fault()
    assert "column" in line
    assert "expression is missing" in line or "speech is unknown" in line


def test_a_missing_file_says_how_to_make_it(lines, tmp_path):
    (tmp_path / f"{NAME}.csv").unlink()
    assert "table not found; make it with: analysis data build" in fault()


def test_a_folder_in_the_place_of_a_table_is_one_line(lines, tmp_path):
    (tmp_path / f"{NAME}.csv").unlink()
    (tmp_path / f"{NAME}.csv").mkdir()
    assert "not readable: Is a directory; restore it" in fault()


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\xff\xfe", b'a,b\n1,"2\n'], ids=["empty", "binary", "cut"])
def test_a_file_that_is_no_csv_is_said_to_be_none(lines, tmp_path, content):
    (tmp_path / f"{NAME}.csv").write_bytes(content)
    assert "not readable as CSV" in fault()


def test_an_unknown_table_lists_those_there_are():
    with pytest.raises(InputError, match=r"no table hfi_1999; choose one of hfi_2018, hfi_2019"):
        table("hfi_1999")


def test_editions_are_stacked_and_unique_by_edition_year_and_country():
    stacked = load_hfi()
    assert sorted(stacked["edition"].unique()) == list(HFI_EDITIONS)
    assert not stacked.duplicated(["edition", "data_year", "iso3"]).any()
    assert stacked.duplicated(["data_year", "iso3"]).any()


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_committed_table_loads_and_is_small(name):
    assert len(load(name)) > 0
    assert CATALOGUE[name].path.stat().st_size < 1_000_000
    assert len(sha256(name)) == 64


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if entry.path.parent == TABLES])
def test_every_committed_table_is_sorted_by_its_key(name):
    # Sorted files give small, readable differences when a source changes.
    entry = CATALOGUE[name]
    frame = load(name)
    assert entry.schema.unique
    assert frame[entry.schema.unique].equals(frame[entry.schema.unique].sort_values(entry.schema.unique))
