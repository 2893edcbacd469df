"""Source cards: complete, consistent with each other, and one line for whatever is wrong with one."""

from __future__ import annotations

import re

import pytest
import yaml

from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.errors import InputError
from tests.claims.make import refused
from tests.fuzz.downloads import small_card

GOOD = small_card().model_dump(mode="json")


def cards_from(tmp_path, card):
    path = tmp_path / "sources.yml"
    path.write_text(yaml.safe_dump({"one": card}), encoding="utf-8")
    return load_cards(path)


def test_a_complete_card_is_read_as_written_and_a_missing_file_is_said_with_a_remedy(tmp_path):
    with pytest.raises(InputError, match=r"sources\.yml: file not found; give the path of one .* or restore it"):
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


def test_committed_cards_share_no_file_are_pinned_to_a_commit_and_serve_a_table():
    cards = load_cards()
    for field in ("file", "sha256", "url"):
        assert len({str(getattr(card, field)) for card in cards.values()}) == len(cards), field
    assert [name for name, card in cards.items() if card.data_years[0] > card.data_years[1]] == []
    # A branch name in the address would let the bytes change under the checksum.
    pinned = re.compile(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/.+")
    assert [name for name, card in cards.items() if not pinned.fullmatch(str(card.url))] == []
    assert {card for table in CATALOGUE.values() for card in table.sources} == set(cards)
