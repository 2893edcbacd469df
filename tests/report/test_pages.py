"""A claim explained in a terminal, verdicts and README: all of the evidence, nothing else; only marked parts change."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from analysis.claims.judge import OPINION
from analysis.claims.register import load_register
from analysis.data.cards import load_cards
from analysis.errors import InputError
from analysis.files import write_json
from analysis.paths import ROOT
from analysis.report import pages
from analysis.report.dossier import Published, _dossier, notebook_titles
from analysis.report.pages import claims_page, environment, escaped, explain, readme_blocks, table, value, write_blocks
from tests.claims.make import RULES, check, claim, effect, evidence, judge_all, measure, register, report
from tests.project import CHECKOUT, Project, notebook, one_line
from tests.prose import faults
from tests.report.make import NOTEBOOK, copy_run


def said(published, claim_id, **terminal):
    console = Console(file=io.StringIO(), highlight=False, markup=False, soft_wrap=True, width=80, **terminal)
    explain(published, claim_id, console)
    return console.file.getvalue()


def test_every_claim_has_its_chain_in_order_as_the_run_says_it(published):
    template = environment(published, site=False).get_template("claim.md.j2")
    for dossier in published.dossiers:
        text, item = template.render(dossier=dossier), dossier.evidence
        chain = [f"# {dossier.claim.claim}", dossier.claim.speaker, f"**{dossier.conclusion.verdict}"]
        chain += ["## What would change the verdict", "## What was found", "## How it was tested", dossier.rules_hash]
        places = [text.index(part) for part in chain]
        assert places == sorted(places), dossier.claim.id
        changes = text.partition("## What would change")[2].partition("\n## ")[0]
        assert [flip for flip in dossier.flips if flip.verdict not in changes] == []
        assert len(re.findall(r"^- ", changes, flags=re.M)) == len(dossier.flips)
        for name in dossier.claim.contradicts:
            assert published[name].claim.claim in text
        if item:
            assert all(source.sha256[:12] in text for source in item.sources)
            states = re.findall(r"\*\*: (passed|not passed|not run)\.", text.partition("to survive")[2])
            assert states[: len(item.falsifications)] == [
                "passed" if part.passed else "not passed" for part in item.falsifications
            ]
        rows = text.partition("under every lock")[2].partition("\n## ")[0]
        assert all(f"| {past.date} | {past.lock} | {past.verdict} |" in rows for past in dossier.history)
    assert sum(bool(dossier.claim.contradicts) for dossier in published.dossiers) >= 6  # three pairs are registered
    assert sum(bool(dossier.later) for dossier in published.dossiers) > 5


def made(claims, item):
    dossier = _dossier(next(iter(judge_all(claims.claims, [item]))), (), [])
    return Published(Path("run"), claims, "h", (dossier,), (), {}, {"outputs": {}})


def test_a_registered_check_that_was_not_run_is_shown_with_what_the_test_found_and_measures_with_their_role():
    claims = register(claim("directional", falsifications=("placebo", "never run")))
    text = said(made(claims, effect(0.1, 0.02, falsifications=[check("placebo", passed=False)])), "one")
    assert "- **placebo**: not passed. D." in text
    assert "- **never run**: not run." in text
    assert "| One-sided p of the claimed effect | below .001 |" in text
    assert "stays short of the smallest effect that matters | .006 |" in text
    measures = [
        measure("P", 0.97, name="a", estimate=0.2, lower=0.1, upper=0.3),
        measure("Q", 0.2, name="b", role="record"),
        measure("Q", 0.2, name="c", role="record", estimate=None),
    ]
    text = said(made(register(claim("non-inferiority")), evidence(measures=measures)), "one")
    assert "| a (P, primary) | 0.2 | 0.1 to 0.3 | 1 | stays short: confidence .970 |" in text
    assert "| b (Q, record) | 0.2 | none known | 1 | too small to tell |" in text
    assert "| c (Q, record) | – | none known | 1 | – |" in text


def test_a_terminal_wraps_to_its_width_and_shows_no_markup(published):
    text = said(published, "crackdown-election-month", force_terminal=True, color_system=None)
    plain = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\\]*\\", "", text).splitlines()
    assert max(len(line.rstrip()) for line in plain) <= 80
    shown = " ".join(" ".join(plain).split())
    assert published["crackdown-election-month"].conclusion.why[1:] in shown
    assert "**" not in shown


def test_the_command_explains_and_refuses_in_one_line(tmp_path):
    # The command reads only: it may work on the checkout.
    run = copy_run(tmp_path / "run", pictures=False)
    done = Project(CHECKOUT).command("explain", "hfi-rank", "--out", str(run))
    assert done.code == 0
    assert done.out.startswith(f"# {load_register()['hfi-rank'].claim}")
    refused = Project(CHECKOUT).command("explain", "hfi-rnk", "--out", str(run))
    nowhere = Project(CHECKOUT).command("explain", "hfi-rank", "--out", str(tmp_path))
    assert refused.code == nowhere.code == 2
    assert "did you mean hfi-rank" in one_line(refused)
    assert "no run there; make one with: analysis run" in one_line(nowhere)


def test_every_kind_of_rule_is_said_in_words_that_move_with_it_and_numbers_and_tables_as_they_are_read(published):
    rule, known = environment(published, escape=False).filters["rule"], published.register
    assert len({rule(claim(kind)) for kind in RULES}) == len(RULES)
    assert faults(rule(item) for item in known.claims) == set()
    strict = known.model_copy(update={"thresholds": known.thresholds.model_copy(update={"decided": 0.99})})
    assert "0.99" in environment(replace(published, register=strict)).filters["rule"](claim("directional"))
    shown = [value(number) for number in (75.0, -0.0158, 29592, 0.000012345, 1234.5, 999.6, None)]
    assert shown == ["75", "−0.0158", "29592", "1.23e-05", "1234", "1000", "–"]
    assert table(["a", "b"], [["x|y", 1]], align="lr") == "| a | b |\n| --- | ---: |\n| x\\|y | 1 |"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a <b> [c](d) | e", r"a \<b\> \[c\](d) \| e"), ("1. first", r"1\. first"), ("- 0.5", r"\- 0.5"),
        ("hfi_rank of _x_", r"hfi_rank of \_x\_"), ("two\nlines", "two lines"), ("AT&T &amp;", r"AT&T \&amp;"),
    ],
)  # fmt: skip
def test_text_is_escaped_where_markdown_would_take_it_for_markup(text, shown):
    assert escaped(text) == shown


@pytest.mark.parametrize(
    ("content", "said"), [("{", None), (notebook(("code", "1")), NOTEBOOK), (notebook(("markdown", " ")), NOTEBOOK)]
)
def test_titles_are_the_first_headings_in_order_or_the_name_and_what_is_no_notebook_is_one_line(project, content, said):
    path = project.path(f"notebooks/{NOTEBOOK}.ipynb")
    path.write_text(notebook(("code", "1"), ("markdown", "# Rank\nText.")), encoding="utf-8")
    assert list(notebook_titles()) == ["00_register_and_power", NOTEBOOK]
    assert notebook_titles()[NOTEBOOK] == "Rank"
    path.write_text(content, encoding="utf-8")
    if said:
        assert notebook_titles()[NOTEBOOK] == said
    else:
        with pytest.raises(InputError, match=rf"{NOTEBOOK}\.ipynb: not a notebook"):
            notebook_titles()


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


@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_terminal_shows_words_verdict_and_certainty_of_every_claim_at_any_width(width):
    longest = register(claim(id="x" * 40, claim="Some words, " * 20), *CLAIMS.claims)
    console = Console(width=width, file=io.StringIO())
    console.print(pages.verdict_table(judge_all(longest.claims, FOUND), width=width))
    head, *lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    at = [head.index(name) for name in ("verdict", "certainty")]
    assert [name in head for name in ("speaker", "newest edition")] == [width > 80, width > 100]
    cells = [(line[: at[0]].strip(), line[at[0] : at[1]].strip(), line[at[1] :].strip()[:3].strip()) for line in lines]
    assert " ".join(cell[0] for cell in cells).startswith(
        f"{'x' * 40} {' '.join(['Some words,'] * 20)}  tested Tested."
    )
    told = ["not yet tested", "leans supported", "not yet tested", "leans supported", "opinion"]
    other = "" if width == 80 else "S"
    assert [cell[1:] for cell in cells if cell[1]] == list(zip(told, [other, "low", other, "low", other], strict=True))


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
