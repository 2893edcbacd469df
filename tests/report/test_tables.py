"""Verdicts as tables: what is printed is what was judged, and only the marked parts of the README change."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from analysis.claims.verdicts import verdicts
from analysis.data.cards import load_cards
from analysis.errors import InputError
from analysis.report.tables import readme_block, sources_block, verdict_table, write_blocks
from tests.claims.make import check, claim, effect, evidence, register, report

BEGIN, END = "<!-- {}: begin (written by the run) -->", "<!-- {}: end -->"
CLAIMS = register(
    claim("directional", id="tested", claim="Tested.", speaker="Ann", family="confirmatory"),
    claim(id="later", claim="Later."),
    claim(id="told", claim="Told."),
    claim("untestable", id="motive", claim="Motive."),
)
FOUND = [
    effect(0.1, 0.02, claim="tested", falsifications=[check("a|b", passed=False)]),
    effect(-1, 0.1, claim="tested", vintage="v2", primary=False),
    evidence(claim="told", reports=[report(True)]),
]
JUDGED = verdicts(CLAIMS, FOUND, rules_hash="h")


def test_the_readmes_table_has_tested_claims_with_certainty_and_counts_opinions_apart():
    block = readme_block(JUDGED)
    tested, told = [line for line in block.splitlines() if line.startswith("| ")][2:]
    assert tested.startswith("| Tested. | Ann | **leans supported** | moderate certainty: ")
    assert tested.endswith("but 1 check failed: a/b; by the newest edition, v2: contradicted |")
    assert "low certainty: a single report starts at low" in told
    assert tested.count("|") == told.count("|") == 6
    assert block.endswith("3 claims that data could decide: 2 leans supported, 1 not yet tested; and 1 opinion.")


@pytest.mark.parametrize("width", [80, 160])
def test_a_terminal_shows_claim_verdict_and_certainty_of_every_row_at_any_width(width):
    longest = register(claim(id="x" * 40), *CLAIMS.claims)
    console = Console(width=width, file=io.StringIO())
    console.print(verdict_table(verdicts(longest, FOUND, rules_hash="h"), width=width))
    head, *rows = console.file.getvalue().splitlines()
    assert head.split()[:3] == ["claim", "verdict", "certainty"]
    assert ("speaker" in head) == (width > 80)
    assert [re.split(r"\s{2,}", row.strip())[:3] for row in rows] == [
        ["x" * 40, "not yet tested", *([] if width == 80 else ["S"])],
        ["tested", "leans supported", "moderate"],
        ["later", "not yet tested", *([] if width == 80 else ["S"])],
        ["told", "leans supported", "low"],
        ["motive", "opinion", *([] if width == 80 else ["S"])],
    ]


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
