"""A claim explained: every link of the chain is there, with the numbers of the evidence and nothing else."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from analysis.claims.lock import read_lock
from analysis.claims.register import load_register
from analysis.claims.verdicts import verdicts
from analysis.errors import InputError
from analysis.report.dossier import Published, _dossier, notebook_titles
from analysis.report.pages import environment, escaped, explain, table, value
from tests.claims.make import RULES, check, claim, effect, evidence, measure, register
from tests.project import CHECKOUT, Project, notebook, one_line
from tests.prose import faults
from tests.report.make import NOTEBOOK, copy_run


def said(published, claim_id, **terminal):
    """Return what is printed, by default into a pipe."""
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
    assert sum(bool(dossier.claim.contradicts) for dossier in published.dossiers) >= 8  # four pairs are registered
    assert sum(bool(dossier.later) for dossier in published.dossiers) > 5


def test_the_verdicts_under_earlier_locks_say_why_the_rule_changed(published):
    reasons = {entry.reason.rstrip(".") for entry in read_lock().history}
    for dossier in published.dossiers:
        assert dossier.history[-1].verdict == dossier.conclusion.label
    told = {why.rstrip(".") for dossier in published.dossiers for past in dossier.history for why in past.reasons}
    assert told
    assert told <= reasons
    first = published["press-freedom-no-better"].history[0]
    assert (first.date, first.verdict) == ("2026-11-23", "partly supported")


def made(claims, item):
    """Return a published run of one claim."""
    dossier = _dossier(next(iter(verdicts(claims, [item], rules_hash="h"))), (), [])
    return Published(Path("run"), claims, "h", (dossier,), (), {}, {"outputs": {}})


def test_a_registered_check_that_was_not_run_is_shown_with_what_the_test_found():
    claims = register(claim("directional", falsifications=("placebo", "never run")))
    text = said(made(claims, effect(0.1, 0.02, falsifications=[check("placebo", passed=False)])), "one")
    assert "- **placebo**: not passed. D." in text
    assert "- **never run**: not run." in text
    assert "| One-sided p of the claimed effect | below .001 |" in text
    assert "stays short of the smallest effect that matters | .006 |" in text


def test_measures_say_their_role():
    measures = [
        measure("P", 0.97, name="a", estimate=0.2, lower=0.1, upper=0.3),
        measure("Q", 0.2, name="b", role="record"),
        measure("Q", 0.2, name="c", role="record", estimate=None),
    ]
    text = said(made(register(claim("non-inferiority")), evidence(measures=measures)), "one")
    assert "| a (P, primary) | 0.2 | 0.1 to 0.3 | 1 | stays short: confidence .970 |" in text
    assert "| b (Q, record) | 0.2 | none known | 1 | not shown |" in text
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


def test_every_kind_of_rule_is_said_in_words_that_move_with_the_rule(published):
    rule, known = environment(published, escape=False).filters["rule"], published.register
    assert len({rule(claim(kind)) for kind in RULES}) == len(RULES)
    assert faults(rule(item) for item in known.claims) == set()
    strict = known.model_copy(update={"thresholds": known.thresholds.model_copy(update={"decided": 0.99})})
    assert "99%" in environment(replace(published, register=strict)).filters["rule"](claim("extremum"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a <b> [c](d) | e", r"a \<b\> \[c\](d) \| e"),
        ("1. first", r"1\. first"),
        ("- 0.5", r"\- 0.5"),
        ("hfi_rank of _x_", r"hfi_rank of \_x\_"),
        ("two\nlines", "two lines"),
        ("AT&T &amp;", r"AT&T \&amp;"),
    ],
)
def test_text_is_escaped_where_markdown_would_take_it_for_markup(text, shown):
    assert escaped(text) == shown


def test_numbers_and_tables_are_written_as_they_are_read():
    shown = [value(number) for number in (75.0, -0.0158, 29592, 0.000012345, 1234.5, 999.6, None)]
    assert shown == ["75", "−0.0158", "29592", "1.23e-05", "1234", "1000", "–"]
    assert table(["a", "b"], [["x|y", 1]], align="lr") == "| a | b |\n| --- | ---: |\n| x\\|y | 1 |"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        *((wrong, "did you mean .*hfi-rank") for wrong in ("hfi-rnk", "HFI-RANK")),
        ("election-month", "did you mean .*crackdown-election-month"),
        ("zzzz", "list them with: analysis claims"),
    ],
)
def test_an_unknown_claim_gives_close_matches(published, wrong, said):
    with pytest.raises(InputError, match=rf"no claim {wrong}; {said}"):
        published[wrong]


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", None), (notebook(("code", "1")), NOTEBOOK), (notebook(("markdown", " ")), NOTEBOOK)],
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
