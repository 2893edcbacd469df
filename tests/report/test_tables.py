"""Verdicts as tables: what is printed is what was judged, and only the marked parts of the README change."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from analysis.claims.verdicts import as_frame, verdicts
from analysis.data.cards import load_cards
from analysis.errors import InputError
from analysis.report.tables import label, p_text, readme_block, sources_block, verdict_table, write_blocks
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
    as_frame(verdicts(CLAIMS, FOUND, rules_hash="h")).astype(object).where(lambda f: f.notna(), None).to_dict("records")
)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (None, ""),
        (0.0, "< .001"),
        (0.00099, "< .001"),
        (0.001, ".001"),
        (0.0494, ".049"),
        (0.5, ".500"),
        (1.0, "1.000"),
    ],
)
def test_p_values_are_printed_to_three_places(p, text):
    assert p_text(p) == text


def test_a_verdict_is_never_printed_without_its_reason():
    assert label({"verdict": "not testable", "reason": "no data"}) == "not testable: no data"
    assert label({"verdict": "supported", "reason": ""}) == "supported"


def test_the_terminal_table_has_every_claim_in_order():
    console = Console(file=io.StringIO(), width=160)
    console.print(verdict_table(CLAIMS, ITEMS))
    lines = console.file.getvalue().splitlines()
    # Headings may need two lines; every claim needs one.
    rows = [line for line in lines if line.startswith(("tested", "later", "motive"))]
    assert [row.split()[0] for row in rows] == ["tested", "later", "motive"]
    assert "supported" in rows[0]
    assert "< .001" in rows[0]
    assert "v2: contradicted" in rows[0]
    assert "not testable: normative" in rows[2]


def test_the_readmes_table_has_tested_claims_with_grade_and_counts_all():
    block = readme_block(CLAIMS, ITEMS)
    rows = [line for line in block.splitlines() if line.startswith("| ")][1:]
    rows = [row for row in rows if not row.startswith("| ---")]
    assert len(rows) == 1
    assert rows[0].startswith("| Tested. | Ann | **supported** | B | ")
    assert "newest edition, v2: contradicted" in rows[0]
    assert block.endswith("All 3 atomic claims of the register: 1 not testable, 1 not yet tested, 1 supported.")


def test_a_bar_in_a_reason_does_not_break_the_table():
    block = readme_block(CLAIMS, [ITEMS[0] | {"why": "a|b"}])
    row = next(line for line in block.splitlines() if line.startswith("| Tested."))
    assert row.count("|") == 6


def test_every_data_set_is_listed_once_with_its_editions_and_terms():
    cards = load_cards()
    rows = sources_block(cards).splitlines()[2:]
    groups = {(card.dataset, card.producer, card.licence) for card in cards.values()}
    assert len(rows) == len(groups)
    for card in cards.values():
        row = [row for row in rows if row.startswith(f"| {card.dataset}, {card.producer} |") and card.licence in row]
        assert len(row) == 1
        assert card.edition in row[0]


def readme(tmp_path, *names):
    path = tmp_path / "README.md"
    parts = "\n".join(f"{BEGIN.format(name)}\nold {name}\n{END.format(name)}\nafter {name}" for name in names)
    path.write_text(f"# Head\n{parts}\n", encoding="utf-8")
    return path


def test_blocks_go_between_their_markers_and_nothing_else_changes(tmp_path):
    path = readme(tmp_path, "one", "two")
    assert write_blocks(path, {"two": "| new |", "one": "x"})
    assert path.read_text(encoding="utf-8").splitlines() == [
        "# Head",
        BEGIN.format("one"), "x", END.format("one"), "after one",
        BEGIN.format("two"), "| new |", END.format("two"), "after two",
    ]  # fmt: skip
    assert not write_blocks(path, {"two": "| new |", "one": "x"})


@pytest.mark.parametrize(
    "damage", [lambda t: t.replace("one: end", "one: ende"), lambda t: t + t, lambda t: "# Head\n"]
)
def test_without_markers_nothing_is_written(tmp_path, damage):
    path = readme(tmp_path, "one")
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"README\.md: markers of one are missing"):
        write_blocks(path, {"one": "x"})
    assert path.read_bytes() == before


def test_one_block_without_markers_stops_the_others_too(tmp_path):
    path = readme(tmp_path, "one")
    before = path.read_bytes()
    with pytest.raises(InputError):
        write_blocks(path, {"one": "x", "two": "y"})
    assert path.read_bytes() == before
