"""Cards, codebook and tables: complete, consistent, and one line for whatever is wrong with one."""

import re
from fnmatch import fnmatchcase

import pandas as pd
import pytest
import yaml

from analysis.data import catalogue
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.data.codebook import RANGE, described, sections
from analysis.data.load import check, load, read_csv, sha256
from analysis.data.schemas import schema
from analysis.errors import InputError
from tests.claims.make import refused
from tests.fuzz.downloads import small_card

GOOD = small_card().model_dump(mode="json")


def cards_from(tmp_path, card):
    path = tmp_path / "sources.yml"
    path.write_text(yaml.safe_dump({"one": card}), encoding="utf-8")
    return load_cards(path)


def test_a_complete_card_is_read_as_written_and_a_missing_file_is_said_with_a_remedy(tmp_path):
    with pytest.raises(InputError, match=r"sources\.yml: file not found; restore it from git, or name another"):
        load_cards(tmp_path / "sources.yml")
    assert cards_from(tmp_path, GOOD) == {"one": small_card()}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("producer", None, "Input should be a valid string"),
        ("bytes", "none", "Input should be a valid integer"),
        ("bytes", 0, "Input should be greater than 0, found 0"),
        ("sha256", "z" * 64, "String should match pattern"),
        ("url", "here", "Input should be a valid URL"),
        ("color", "red", "Extra inputs are not permitted"),
        ("data_years", [2008], ".1: Field required"),
    ],
)
def test_a_fault_is_one_line_with_file_and_field(tmp_path, field, value, said):
    line = refused(cards_from, tmp_path, GOOD | {field: value})
    assert line.startswith(f"sources.yml: one.{field}")
    assert said in line


def test_committed_cards_share_no_file_are_pinned_to_a_commit_serve_a_table_and_each_table_has_its_section():
    cards = load_cards()
    for field in ("file", "sha256", "url"):
        assert len({str(getattr(card, field)) for card in cards.values()}) == len(cards), field
    assert [name for name, card in cards.items() if card.data_years[0] > card.data_years[1]] == []
    # A branch name in the address would let the bytes change under the checksum.
    pinned = re.compile(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/.+")
    assert [name for name, card in cards.items() if not pinned.fullmatch(str(card.url))] == []
    assert {card for table in CATALOGUE.values() for card in table.sources} == set(cards)
    assert sorted(name for section in sections() for name in tables(section)) == sorted(CATALOGUE)
    assert [section.tables for section in sections() if len(tables(section)) < len(section.tables)] == []


NAME = "hfi_2020"


def cells(row, field, value):
    def change(lines):
        cut = [line.split(",") for line in lines]
        cut[row][cut[0].index(field)] = value
        return "\n".join(",".join(line) for line in cut)

    return change


@pytest.fixture
def path(tmp_path, monkeypatch):
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


def tables(section):
    return [name for name in CATALOGUE if any(fnmatchcase(name, said) for said in section.tables)]


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.tables[0])
def test_a_section_has_one_whole_entry_for_each_column_and_no_other_and_names_the_cards_of_its_tables(section):
    columns = {column for name in tables(section) for column in read_csv(CATALOGUE[name].path).columns}
    assert {column: section.of(column) for column in columns if len(section.of(column)) != 1} == {}
    assert [name for name, *_ in section.rows if not any(fnmatchcase(column, name) for column in columns)] == []
    assert section.rows
    assert all(all(row) for row in section.rows)
    used = {card for name in tables(section) for card in CATALOGUE[name].sources}
    assert {card for card in load_cards() if any(fnmatchcase(card, said) for said in section.cards)} == used
    known = {*load_cards(), "-", "source_url"}
    named = {name.strip() for row in section.rows for name in row[5].split(",")}
    assert [name for name in named if not any(fnmatchcase(card, name) for card in known)] == []


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.tables[0])
def test_what_the_codebook_says_that_is_there_now_is_there(section):
    frames = [read_csv(CATALOGUE[name].path) for name in tables(section)]
    for row in section.rows:
        if said := re.search(r"\(([\d.]+)(?:-([\d.]+))?\)$", row[RANGE]):
            found = pd.concat([frame[column] for frame in frames for column in frame if fnmatchcase(column, row[0])])
            values = found.dropna().astype("str").str[:4] if "YYYY" in row[RANGE] else found.dropna()
            ends = values.min(), values.max()
            assert ends == tuple(type(ends[0])(end or said[1]) for end in said.groups()), row


def test_a_column_is_described_by_its_row_without_dashes():
    assert described("hfi_2020", "hf_rank") | {"meaning": "", "range": ""} == {
        "variable": "hf_rank", "meaning": "", "unit": "rank", "range": "", "direction": "lower = freer",
        "source card": "hfi_*",
    }  # fmt: skip
    assert "direction" not in described("hfi_2020", "iso3")
    assert described("hfi_2020", "no_such_column") == described("no_such_table", "iso3") == {}


KNOWN = {
    "text": ("a", 1), "number": (-0.5, "a"), "whole number": (-5, 0.5), "0 or 1": (1, 2), "year": (1900, 1899),
    "year from 1990 (1991-2020)": (1990, 1989), "rank": (1, 0), "AAA": ("KAZ", "kaz"),
    "YYYY-MM": ("2020-01", "2020-13"), "YYYY-MM-DD": ("2020-01-31", "2020-02-31"),
    "web address": ("https://a.b", "a.b"),
    "-6 to 6.5": (6.5, 6.6),
    "whole 1 to 3": (3, 4), "whole from 2": (2, 1), "from 0.5": (0.5, 0.4), "up to 2 words": ("a b", "a b c"),
    "one of as of, b": ("as of", "as"), "`^[a-z (]+$`": ("a (b", "A"), "whole from 0 or missing": (None, -1),
    "AAA or missing": (None, "a"), "number or missing (4-76)": (None, "a"),
}  # fmt: skip


@pytest.fixture
def described_as(monkeypatch, tmp_path):
    def written(said, key="Key: `a`.", name="a"):
        text = f"# C\n\n## t\n\nSource cards: none. {key}\n\n| {name} | meaning | unit | {said} | - | - |\n"
        monkeypatch.setattr("analysis.data.schemas.section_of", lambda _: sections(path)[0])
        path = tmp_path / f"{abs(hash(text))}.md"
        path.write_text(text, encoding="utf-8")
        return schema.__wrapped__("t")

    return written


@pytest.mark.parametrize("said", KNOWN)
def test_a_table_is_checked_by_what_the_codebook_says(described_as, said):
    kind, (right, wrong) = described_as(said), KNOWN[said]
    assert check(pd.DataFrame({"a": [right]}), kind, where="t.csv")["a"].isna().tolist() == [right is None]
    for other in [{"a": [wrong]}] * (said != "text") + [{"a": [right, right]}, {"b": [right]}, {"a": [right], "b": 1}]:
        assert refused(check, pd.DataFrame(other), kind, where="t.csv").startswith("t.csv: ")
    if "missing" not in said:
        assert "is blank" in refused(check, pd.DataFrame({"a": [right, None]}), kind, where="t.csv")


def test_columns_of_one_pattern_are_checked_alike_and_one_at_least_is_there(described_as):
    kind = described_as("0 to 1", name="a_*", key="Key: `a_1`.")
    both, wrong = ({"a_1": [1], "a_b": [value]} for value in (0, 2))
    assert list(check(pd.DataFrame(both), kind, where="t")) == ["a_1", "a_b"]
    assert "field a_b: 2.0, where the codebook has 0 to 1" in refused(check, pd.DataFrame(wrong), kind, where="t")
    assert refused(check, pd.DataFrame({"b": [1]}), kind, where="t").startswith("t: column ^a_\\w+$ is missing")


@pytest.mark.parametrize("said", ["", "many", "0-10", "whole", "1 to", "up to two words", "`(`", "0 to 1.2.3", "a | b"])
def test_a_range_that_says_nothing_is_refused_by_table_and_column(described_as, said):
    assert refused(described_as, said).startswith("codebook.md, t, a: ")
    for key in ("", "Key: `b`."):
        assert "no section of the table t with its key; write one" in refused(described_as, "text", key=key)
