"""Verdicts as tables: what is printed is what was judged, and only the marked parts of the README change."""

from __future__ import annotations

import pytest

from analysis.claims.verdicts import verdicts
from analysis.data.cards import load_cards
from analysis.errors import InputError
from analysis.report.tables import readme_block, sources_block, write_blocks
from tests.claims.make import check, claim, evidence, register

BEGIN, END = "<!-- {}: begin (written by the run) -->", "<!-- {}: end -->"
CLAIMS = register(
    claim("directional", id="tested", claim="Tested.", speaker="Ann", family="confirmatory"),
    claim(id="later", claim="Later."),
    claim("untestable", id="motive", claim="Motive."),
)
FOUND = [
    evidence(claim="tested", estimate=0.1, interval=(0.02, 0.18), p_value=0.0004, falsifications=[check()]),
    evidence(claim="tested", estimate=-1, interval=(-2, -0.5), vintage="v2", primary=False),
]
ITEMS = (
    verdicts(CLAIMS, FOUND, rules_hash="h").records().astype(object).where(lambda f: f.notna(), None).to_dict("records")
)


def test_the_readmes_table_has_tested_claims_with_grade_and_counts_all():
    block = readme_block(CLAIMS, [ITEMS[0] | {"why": "a|b"}, *ITEMS[1:]])
    (row,) = [line for line in block.splitlines() if line.startswith("| ")][2:]
    assert row.startswith("| Tested. | Ann | **supported** | B | a/b; newest edition, v2: contradicted")
    assert row.count("|") == 6
    assert block.endswith("All 3 atomic claims of the register: 1 not testable, 1 not yet tested, 1 supported.")


def test_every_data_set_is_listed_once_with_its_editions_and_terms():
    rows = sources_block(load_cards()).splitlines()[2:]
    for card in load_cards().values():
        start, end = f"| {card.dataset}, {card.producer} |", f"| {card.licence} |"
        (row,) = [row for row in rows if row.startswith(start) and row.endswith(end)]
        assert card.edition in row


@pytest.fixture
def readme(tmp_path):
    path = tmp_path / "README.md"
    parts = [f"{BEGIN.format(name)}\nold {name}\n{END.format(name)}\nafter {name}\n" for name in ("one", "two")]
    path.write_text("# Head\n" + "".join(parts), encoding="utf-8")
    return path


def test_blocks_go_between_their_markers_and_nothing_else_changes(readme):
    assert write_blocks(readme, {"two": "| new |", "one": "x"})
    assert readme.read_text(encoding="utf-8").splitlines() == [
        "# Head",
        BEGIN.format("one"), "x", END.format("one"), "after one",
        BEGIN.format("two"), "| new |", END.format("two"), "after two",
    ]  # fmt: skip
    assert not write_blocks(readme, {"two": "| new |", "one": "x"})


@pytest.mark.parametrize(
    "damage", [lambda t: t.replace("two: end", "two: ende"), lambda t: t + t, lambda t: t.partition("after one")[0]]
)
def test_without_markers_nothing_is_written(readme, damage):
    readme.write_text(damage(readme.read_text(encoding="utf-8")), encoding="utf-8")
    before = readme.read_bytes()
    with pytest.raises(InputError, match=r"README\.md: markers of \w+ are missing"):
        write_blocks(readme, {"one": "x", "two": "y"})
    assert readme.read_bytes() == before
