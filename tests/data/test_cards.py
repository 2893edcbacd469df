"""Source cards: complete, consistent with each other, and one line for whatever is wrong with one."""

from __future__ import annotations

import re

import pytest

from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.errors import InputError

GOOD = """
one:
  file: one.csv
  dataset: A
  producer: B
  edition: '2020'
  data_years: [2008, 2018]
  citation: C (2020)
  licence: CC BY 4.0
  url: https://example.org/one.csv
  bytes: 12
  sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
"""


def cards_from(tmp_path, text):
    path = tmp_path / "sources.yml"
    path.write_text(text, encoding="utf-8")
    return load_cards(path)


def test_a_complete_card_is_read_as_written_and_a_missing_file_is_said_with_a_remedy(tmp_path):
    with pytest.raises(InputError, match=r"sources\.yml: file not found; restore it"):
        load_cards(tmp_path / "sources.yml")
    card = cards_from(tmp_path, GOOD)["one"]
    assert (card.file, card.edition, card.data_years, card.bytes) == ("one.csv", "2020", (2008, 2018), 12)
    assert card.countries is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  producer: B\n", "", "one.producer: Field required"),
        ("bytes: 12", "bytes: none", "one.bytes: Input should be a valid integer"),
        ("bytes: 12", "bytes: 0", "one.bytes: Input should be greater than 0, found 0"),
        ("sha256: aa", "sha256: zz", "one.sha256: String should match pattern"),
        ("file: one.csv", "file: ../one.csv", "one.file: String should match pattern"),
        ("url: https://example.org/one.csv", "url: here", "one.url: Input should be a valid URL"),
        ("edition: '2020'", "edition: '2020'\n  color: red", "one.color: Extra inputs are not permitted"),
        ("data_years: [2008, 2018]", "data_years: [2008]", "one.data_years.1: Field required"),
    ],
)
def test_a_fault_is_one_line_with_file_and_field(tmp_path, old, new, said):
    with pytest.raises(InputError) as error:
        cards_from(tmp_path, GOOD.replace(old, new, 1))
    assert error.value.line().startswith("sources.yml: ")
    assert said in error.value.line()
    assert "\n" not in error.value.line()


def test_no_two_committed_cards_share_a_file_a_checksum_or_an_address_and_years_are_in_order():
    cards = load_cards().values()
    for field in ("file", "sha256", "url"):
        values = [str(getattr(card, field)) for card in cards]
        assert len(set(values)) == len(values), field
    assert [card.file for card in cards if card.data_years[0] > card.data_years[1]] == []


def test_addresses_are_pinned_to_a_commit():
    # A branch name in the address would let the bytes change under the checksum.
    pinned = re.compile(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/.+")
    assert [name for name, card in load_cards().items() if not pinned.fullmatch(str(card.url))] == []


def test_every_card_serves_a_table_and_every_table_has_its_cards():
    assert {card for table in CATALOGUE.values() for card in table.sources} == set(load_cards())
