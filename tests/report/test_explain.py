"""A claim explained: every link of the chain is there, with the numbers of the evidence and nothing else."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from analysis.report.explain import explain, show
from rich.console import Console

from analysis.claims.evidence import edition_in_words
from analysis.claims.lock import read_lock
from analysis.claims.register import load_register
from analysis.claims.verdicts import verdicts
from analysis.errors import InputError
from analysis.report.dossier import Published, _dossier, notebook_titles
from analysis.report.wording import rule_in_words
from tests.claims.make import RULES, THRESHOLDS, check, claim, effect, evidence, measure, register, report
from tests.project import CHECKOUT, Project, notebook, one_line
from tests.report.make import NOTEBOOK, copy_run


def said(published, claim_id):
    """Return the lines by label."""
    found: dict[str, list[str]] = {}
    for label, words in explain(published, claim_id):
        found.setdefault(label, []).append(words)
    return found


def test_every_claim_has_its_chain_in_order_as_the_run_says_it(published):
    for dossier in published.dossiers:
        found = said(published, dossier.claim.id)
        chain = [name for name in found if name in ("claim", "estimand", "rule", "verdict", "certainty")]
        assert chain == ["claim", "estimand", "rule", "verdict", *(["certainty"] if dossier.certainty else [])]
        assert found["verdict"] == [dossier.headline]
        assert found.get("certainty") == ([str(dossier.certainty)] if dossier.certainty else None)
        assert found.get("objection", [""]) == [dossier.claim.objection]
        assert dossier.rules_hash in found["rule"][0]
        for name, line in zip(dossier.claim.contradicts, found.get("contradicted by", []), strict=True):
            assert line.startswith(f"{name}, {published[name].claim.speaker}: {published[name].conclusion.label}; ")
        changes = [f"{flip.change}: {flip.verdict}" for flip in dossier.flips]
        told = found.get("would change it", [])
        assert told == changes or (not changes and len(told) == bool(dossier.evidence))
        assert [line.partition(":")[0] for line in found.get("later edition", [])] == [
            edition_in_words(later.edition) for later in dossier.later
        ]
        figures = [f"{published.folder}/{figure.name}.svg" for figure in dossier.figures]
        assert found.get("figure file", []) == figures
    assert sum(bool(dossier.claim.contradicts) for dossier in published.dossiers) >= 8  # four pairs are registered
    assert sum(bool(dossier.later) for dossier in published.dossiers) > 5


def test_every_tested_claim_has_the_numbers_of_its_evidence(published):
    tested = [dossier for dossier in published.dossiers if dossier.evidence]
    assert tested
    for dossier in tested:
        found, item = said(published, dossier.claim.id), dossier.evidence
        assert all(source.sha256[:16] in line for source, line in zip(item.sources, found["table"], strict=True))
        if item.estimate is not None:
            numbers = re.findall(r"-?\d+\.?\d*(?:e[+-]\d+)?", found["estimate"][0].replace("95%", ""))
            assert float(numbers[0]) == item.estimate
            assert item.interval is None or tuple(map(float, numbers[-2:])) == item.interval
        if item.minimum_detectable_effect is not None:
            assert float(found["minimum detectable effect"][0].split()[0]) == item.minimum_detectable_effect
        assert len(found.get("measure", [])) == len(item.measures)
        lines = found.get("check", [])[: len(item.falsifications)]
        assert [line.startswith("passed") for line in lines] == [part.passed for part in item.falsifications]
        assert all(part.detail in line for part, line in zip(item.falsifications, lines, strict=True))


def test_a_registered_check_that_was_not_run_is_shown():
    claims = register(claim("directional", falsifications=("placebo", "never run")))
    item = effect(0.1, 0.02, falsifications=[check("placebo", passed=False)])
    found = said(made(claims, item), "one")
    assert found["check"] == ["FAILED placebo: d", "NOT RUN never run"]
    assert found["one-sided p of the claimed effect"] == ["below .001; outside the confirmatory family"]
    assert "claimed above .999, that it stays short of the smallest size that matters .006" in found["confidence"][0]


def made(claims, item):
    """Return a published run of one claim."""
    dossier = _dossier(next(iter(verdicts(claims, [item], rules_hash="h"))), (), [])
    return Published(Path("run"), claims, "h", (dossier,), (), {}, {"outputs": {}})


def test_measures_say_their_role_and_records_their_part_and_weight():
    measures = [
        measure("P", 0.97, name="a", estimate=0.2, lower=0.1, upper=0.3),
        measure("Q", 0.2, name="b", role="record"),
        measure("Q", 0.2, name="c", role="record", estimate=None),
    ]
    found = said(made(register(claim("non-inferiority")), evidence(measures=measures)), "one")
    assert found["measure"] == [
        "a (P, primary): 0.2 (0.1 to 0.3), margin 1, confidence that it stays short .970",
        "b (Q, record): 0.2, margin 1",
        "c (Q, record): no estimate, margin 1",
    ]
    reports = [
        report(True, part="arrest", primary=True),
        report(None, part="charge", origins=2),
        report(False, "T", part="charge"),
    ]
    found = said(made(register(claim()), evidence(reports=reports)), "one")
    assert found["record"] == [
        "agrees (primary): S, on arrest: 12",
        "leaves it open (2 origins): S, on charge: 12",
        "disagrees: T, on charge: 12",
    ]


def test_piped_output_is_one_line_an_item_and_a_terminal_wraps_to_its_width(published):
    def printed(**terminal):
        console = Console(file=io.StringIO(), highlight=False, soft_wrap=True, **terminal)
        show(lines, console)
        return console.file.getvalue()

    lines = explain(published, "crackdown-election-month")
    assert max(len(words) for _, words in lines) > 200
    assert printed(width=80).splitlines() == [f"{a}: {b}" for a, b in lines]
    text = printed(width=90, force_terminal=True, color_system=None)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert max(len(line) for line in plain) <= 90
    assert published["crackdown-election-month"].headline in " ".join(" ".join(plain).split())


def test_the_command_explains_and_refuses_in_one_line(tmp_path):
    # The command reads only: it may work on the checkout.
    run = copy_run(tmp_path / "run", pictures=False)
    done = Project(CHECKOUT).command("explain", "hfi-rank", "--out", str(run))
    assert done.code == 0
    assert done.out.startswith(f"claim: {load_register()['hfi-rank'].claim}")
    refused = Project(CHECKOUT).command("explain", "hfi-rnk", "--out", str(run))
    nowhere = Project(CHECKOUT).command("explain", "hfi-rank", "--out", str(tmp_path))
    assert refused.code == nowhere.code == 2
    assert "did you mean hfi-rank" in one_line(refused)
    assert "no manifest.json; make it with: analysis run" in one_line(nowhere)


def test_every_kind_of_rule_is_said_in_words_that_move_with_the_rule():
    said = {kind: rule_in_words(claim(kind), THRESHOLDS) for kind in RULES}
    assert len(set(said.values())) == len(RULES)
    assert all(text in said["directional"] for text in ("rise", "0.05 points", "80%", "0.95"))
    assert all(text in said["figure"] for text in ("rank 75", "v1"))
    assert "the number is exactly 12" in said["record"]
    order = claim("record", rule={"value": None, "before": {"table": "v1"}})
    assert "lies before v1" in rule_in_words(order, THRESHOLDS)
    assert said["untestable"].endswith("says what ought to be")
    assert "99%" in rule_in_words(claim("extremum"), THRESHOLDS.model_copy(update={"decided": 0.99}))
    assert "a worsening" in rule_in_words(claim("non-inferiority", rule={"against": "worsening"}), THRESHOLDS)


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
    [("{", "not a notebook"), (notebook(("code", "1")), "no title"), (notebook(("markdown", " ")), "no title")],
)
def test_titles_are_the_first_headings_in_order_and_a_notebook_without_one_is_one_line(project, content, said):
    path = project.path(f"notebooks/{NOTEBOOK}.ipynb")
    path.write_text(notebook(("code", "1"), ("markdown", "# Rank\nText.")), encoding="utf-8")
    assert list(notebook_titles()) == ["00_register_and_power", NOTEBOOK]
    assert notebook_titles()[NOTEBOOK] == "Rank"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=rf"{NOTEBOOK}\.ipynb: {said}"):
        notebook_titles()


def test_the_verdicts_under_earlier_locks_stand_in_order_with_why_the_rule_changed(published):
    reasons = {entry.reason.rstrip(".") for entry in read_lock().history}
    for dossier in published.dossiers:
        lines = said(published, dossier.claim.id).get("verdict by lock", [])
        assert len(lines) == len(dossier.history) > 0
        assert dossier.history[-1].verdict == dossier.conclusion.label
        for line, past in zip(lines, dossier.history, strict=True):
            assert line.startswith(f"{past.date}, lock {past.lock}, {past.verdict}. ")
            assert any(reason in line for reason in reasons) or line.endswith("The rule of this claim did not change.")
    first = published["press-freedom-no-better"].history[0]
    assert (first.date, first.verdict) == ("2026-11-23", "partly supported")
