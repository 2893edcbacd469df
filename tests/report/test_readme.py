"""Verdicts in the terminal and in the README: what is printed is what was judged, and only the marked parts change."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from analysis.claims.judge import OPINION
from analysis.claims.verdicts import verdicts
from analysis.data.cards import load_cards
from analysis.errors import InputError
from analysis.files import write_json
from analysis.paths import ROOT
from analysis.report.dossier import notebook_titles
from analysis.report.pages import claims_page, readme_blocks, verdict_table, write_blocks
from tests.claims.make import check, claim, effect, evidence, register, report
from tests.prose import faults

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


@pytest.fixture(scope="module")
def blocks(published, tmp_path_factory):
    record = tmp_path_factory.mktemp("record") / "last_run.json"
    took = {name: {"seconds": 31, "peak_mb": 640, "state": "ok"} for name in notebook_titles()}
    write_json(record, took | {"01_freedom_index, swept with figures": {"seconds": 9000, "peak_mb": 9000}})
    return readme_blocks(published, record)


def test_the_committed_readme_has_every_block_and_what_it_lists_is_in_the_run(published, blocks):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(BEGIN.format(name) in readme for name in blocks)
    of_all = f"all {len(notebook_titles())} notebooks takes at most 5 minutes of one processor and 1 GB"
    assert of_all in blocks["times"]
    assert "times" not in readme_blocks(published, ROOT / "no such record.json")
    assert published.judged.sentence() in blocks["findings"]
    bars = dict(re.findall(r"^([a-z ]+?) +█* (\d+)$", blocks["findings"], flags=re.M))
    ours = published.register.article.inference
    labels = [item.conclusion.verdict for item in published.dossiers if item.claim.speaker != ours]
    assert bars == {name: str(labels.count(name)) for name in dict.fromkeys(labels) if name != OPINION}
    assert len(re.findall(r"^- .*\d", blocks["findings"], flags=re.M)) == 3
    for figure in published.figures:
        assert f"| `{figure.name}` | {figure.caption} |" in blocks["figures"]
    rows = blocks["sources"].splitlines()[2:]
    for card in load_cards().values():
        (row,) = [row for row in rows if row.startswith(f"| {card.dataset} | {card.producer} |")]
        assert card.edition in row
        assert card.licence in row
    assert faults(blocks.values()) == set()


def test_every_claim_is_in_claims_md_with_verdict_certainty_and_reason(published):
    rows = {row.split(" | ")[0].removeprefix("| "): row for row in claims_page(published).splitlines()}
    for item in published.dossiers:
        cells = rows[item.claim.id].split(" | ")
        assert cells[3:5] == [item.conclusion.label, item.certainty.level if item.certainty else ""]
        assert item.conclusion.why.lower()[:30] in cells[5].lower()
        assert len(cells) == 6


def test_a_run_that_lacks_what_a_page_names_is_one_line(published):
    bare = tuple(replace(item, evidence=None, later=()) for item in published.dossiers)
    with pytest.raises(InputError, match=r"a page cannot be filled in: .*; run all notebooks with analysis run"):
        readme_blocks(replace(published, dossiers=bare))


@pytest.fixture
def readme(tmp_path):
    path = tmp_path / "README.md"
    parts = [f"{BEGIN.format(name)}\nold {name}\n{END.format(name)}\nafter {name}\n" for name in ("one", "two")]
    path.write_text("# Head\n" + "".join(parts), encoding="utf-8")
    return path


def test_blocks_go_between_their_markers_and_nothing_else_changes(readme):
    write_blocks(readme, {"two": "| new |", "one": "x"})
    assert readme.read_text(encoding="utf-8").splitlines() == [
        "# Head",
        BEGIN.format("one"), "x", END.format("one"), "after one",
        BEGIN.format("two"), "| new |", END.format("two"), "after two",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "damage", [lambda t: t.replace("two: end", "two: ende"), lambda t: t + t, lambda t: t.partition("after one")[0]]
)
def test_without_markers_nothing_is_written(readme, damage):
    readme.write_text(damage(readme.read_text(encoding="utf-8")), encoding="utf-8")
    before = readme.read_bytes()
    with pytest.raises(InputError, match=r"README\.md: markers of \w+ are missing"):
        write_blocks(readme, {"one": "x", "two": "y"})
    assert readme.read_bytes() == before
