"""Loading of tables: every fault is one line that names file, row and field."""

from __future__ import annotations

import pytest

from analysis.data import catalogue
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import load, sha256
from tests.claims.make import refused

NAME = "hfi_2020"


def cells(row, field, value):
    """Return a change of one cell of a file's lines."""

    def change(lines):
        cut = [line.split(",") for line in lines]
        cut[row][cut[0].index(field)] = value
        return "\n".join(",".join(line) for line in cut)

    return change


@pytest.fixture
def path(tmp_path, monkeypatch):
    """The first ten rows of a table, in a folder of its own."""
    lines = CATALOGUE[NAME].path.read_text(encoding="utf-8").splitlines()[:11]
    monkeypatch.setattr(catalogue, "TABLES", tmp_path)
    path = tmp_path / f"{NAME}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def fault():
    line = refused(load, NAME)
    assert line.startswith(f"{NAME}.csv: ")
    assert "git checkout" in line or "analysis data build" in line
    return line


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (cells(5, "expression", "11"), "row 6, field expression: 11.0, where the codebook has 0 to 10"),
        (cells(5, "hf_rank", "0"), "row 6, field hf_rank: 0, where the codebook has rank"),
        (cells(5, "iso3", "kaz"), "row 6, field iso3: kaz, where the codebook has AAA"),
        (cells(5, "hf_score", ""), "row 6, field hf_score: is blank"),
        (cells(5, "expression", "high"), "row 6, field expression: high"),
        (cells(0, "expression", "speech"), "column expression is missing"),
        # Both rows with the key are at fault; the first is named, counting the header as row 1.
        (lambda lines: "\n".join([*lines, lines[3]]), "row 4, key edition, data_year, iso3 is repeated"),
        (lambda lines: 'a,b\n1,"2\n', "not readable as CSV"),
    ],
)
def test_a_fault_names_row_and_field_or_column(path, change, said):
    assert len(load(NAME)) == 10
    path.write_bytes(change(path.read_text(encoding="utf-8").splitlines()).encode("latin-1"))
    assert said in fault()


def test_a_missing_file_says_how_to_make_it_and_a_folder_in_its_place_is_one_line(path):
    path.unlink()
    assert "table not found; make it with: analysis data build" in fault()
    path.mkdir()
    assert "not readable: Is a directory; restore it" in fault()


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_every_committed_table_loads_is_small_and_is_sorted_by_its_key(entry):
    assert len(load(entry.name)) > 0
    assert entry.path.stat().st_size < 1_000_000
    assert len(sha256(entry.name)) == 64
    # Sorted files give small, readable differences when a source changes.
    key = load(entry.name)[entry.schema.unique]
    assert entry.made_of or key.equals(key.sort_values(entry.schema.unique))
