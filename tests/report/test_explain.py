"""A claim explained: every link of the chain is there, with the numbers of the evidence and nothing else."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from analysis.claims.verdicts import verdicts
from analysis.errors import InputError
from analysis.report.dossier import Published, _dossier, read_published
from analysis.report.explain import explain, find, show
from analysis.report.words import GRADES, rule_in_words
from tests.claims.make import RULES, THRESHOLDS, check, claim, evidence, register
from tests.project import CHECKOUT, Project, one_line
from tests.report.make import copy_run


@pytest.fixture(scope="module")
def published():
    return read_published()


def said(published, claim_id):
    """Return the lines by label."""
    found: dict[str, list[str]] = {}
    for label, words in explain(published, claim_id):
        found.setdefault(label, []).append(words)
    return found


def printed(published, claim_id, **terminal):
    console = Console(file=io.StringIO(), highlight=False, soft_wrap=True, **terminal)
    show(explain(published, claim_id), console)
    return console.file.getvalue()


def test_every_claim_has_the_links_that_need_no_evidence_in_order(published):
    for dossier in published.dossiers:
        labels = [label for label, _ in explain(published, dossier.claim.id)]
        chain = [name for name in dict.fromkeys(labels) if name in ("claim", "estimand", "rule", "verdict", "grade")]
        assert chain == ["claim", "estimand", "rule", "verdict", "grade"]


def test_every_tested_claim_has_the_numbers_of_its_evidence(published):
    tested = [dossier for dossier in published.dossiers if dossier.evidence]
    assert tested
    for dossier in tested:
        found, item = said(published, dossier.claim.id), dossier.evidence
        assert len(found["table"]) == len(item.sources)
        assert all(source.sha256[:16] in line for source, line in zip(item.sources, found["table"], strict=True))
        if item.estimate is not None:
            numbers = re.findall(r"-?\d+\.?\d*(?:e[+-]\d+)?", found["estimate"][0].replace("95%", ""))
            assert float(numbers[0]) == item.estimate
            if item.interval:
                assert tuple(map(float, numbers[-2:])) == item.interval
        if item.minimum_detectable_effect is not None:
            assert float(found["minimum detectable effect"][0].split()[0]) == item.minimum_detectable_effect
        assert len(found.get("measure", [])) == len(item.measures)
        passes = [line.startswith("passed") for line in found.get("check", [])]
        assert passes[: len(item.falsifications)] == [part.passed for part in item.falsifications]
        lines = found.get("check", [])[: len(item.falsifications)]
        assert all(part.detail in line for part, line in zip(item.falsifications, lines, strict=True))


def test_verdict_grade_and_objection_are_those_of_the_run(published):
    for dossier in published.dossiers:
        found = said(published, dossier.claim.id)
        assert found["verdict"] == [dossier.headline]
        assert GRADES[dossier.verdict.grade] in found["grade"][0]
        assert found.get("objection", [""]) == [dossier.claim.objection]
        assert dossier.verdict.rules_hash in found["rule"][0]


def test_experts_who_contradict_each_other_stand_side_by_side(published):
    rivals = [dossier for dossier in published.dossiers if dossier.rivals]
    assert len(rivals) >= 8  # four pairs are registered, each seen from both sides
    for dossier in rivals:
        lines = said(published, dossier.claim.id)["contradicted by"]
        for name, line in zip(dossier.rivals, lines, strict=True):
            other = published[name]
            assert line.startswith(f"{name}, {other.claim.speaker}: {other.verdict.label}; ")
            assert line.endswith(other.claim.estimand)


def test_what_would_change_a_verdict_is_named_with_later_editions(published):
    for dossier in published.dossiers:
        found = said(published, dossier.claim.id)
        changes = [f"{flip.change}: {flip.verdict}" for flip in dossier.flips]
        nothing = ["no single change of a threshold, check, record or precision that was tried"]
        assert found.get("would change it", []) == (changes or (nothing if dossier.evidence else []))
        if dossier.verdict.newest:
            vintage, _, verdict = dossier.verdict.newest.partition(": ")
            assert found["later edition"][-1].startswith(f"{vintage}: {verdict}")


def test_a_registered_check_that_was_not_run_is_shown():
    claims = register(claim("directional", falsifications=("placebo", "never run")))
    item = evidence(estimate=0.1, interval=(0.02, 0.18), p_value=0.01, falsifications=[check("placebo", passed=False)])
    judged = verdicts(claims, [item], rules_hash="h")[0]
    made = Published(Path("run"), claims, "h", (_dossier(claims, judged, [item], ()),), (), {}, {"outputs": {}})
    assert said(made, "one")["check"] == [
        "FAILED placebo: d",
        "NOT RUN never run",
    ]


def test_figures_are_named_by_their_files(tmp_path):
    run = copy_run(tmp_path / "run")
    published = read_published(run)
    shown = [dossier for dossier in published.dossiers if dossier.figures]
    assert shown
    for dossier in shown:
        lines = said(published, dossier.claim.id)["figure file"]
        assert lines == [f"{run}/{figure.name}.svg" for figure in dossier.figures]


def test_piped_output_has_one_unwrapped_line_an_item(published):
    lines = explain(published, "crackdown-election-month")
    assert max(len(words) for _, words in lines) > 200
    assert printed(published, "crackdown-election-month", width=80).splitlines() == [
        f"{label}: {words}" for label, words in lines
    ]


def test_on_a_terminal_text_is_wrapped_to_its_width(published):
    text = printed(published, "crackdown-election-month", width=90, force_terminal=True, color_system=None)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert max(len(line) for line in plain) <= 90
    joined = " ".join(" ".join(plain).split())
    assert published["crackdown-election-month"].headline in joined


@pytest.mark.parametrize(
    ("wrong", "close"),
    [("hfi-rnk", "hfi-rank"), ("HFI-RANK", "hfi-rank"), ("election-month", "crackdown-election-month")],
)
def test_an_unknown_claim_gives_close_matches(published, wrong, close):
    with pytest.raises(InputError, match=rf"no claim {wrong}; did you mean .*{close}"):
        find(published, wrong)


def test_nothing_close_points_to_the_list(published):
    with pytest.raises(InputError, match="no claim zzzz; list them with: analysis claims"):
        find(published, "zzzz")


def test_the_command_explains_and_refuses_in_one_line(tmp_path):
    # The command reads only: it may work on the checkout.
    run = copy_run(tmp_path / "run", pictures=False)
    done = Project(CHECKOUT).command("explain", "hfi-rank", "--out", str(run))
    assert done.code == 0
    assert done.out.startswith("claim: Kazakhstan ranks 75th")
    refused = Project(CHECKOUT).command("explain", "hfi-rnk", "--out", str(run))
    assert refused.code == 2
    assert "did you mean hfi-rank" in one_line(refused)
    nowhere = Project(CHECKOUT).command("explain", "hfi-rank", "--out", str(tmp_path))
    assert nowhere.code == 2
    assert "no manifest.json; make it with: analysis run" in one_line(nowhere)


@pytest.mark.parametrize("kind", sorted(RULES))
def test_every_kind_of_rule_is_said_in_words_with_its_thresholds(kind):
    item = claim(kind)
    words = rule_in_words(item, THRESHOLDS)
    expected = {
        "match": ["rank 75", "v1"],
        "top set": ["CAN, NZL", "top 2"],
        "record": ["12 attacks"],
        "extremum": ["category", "0.95", "0.05"],
        "directional": ["rise", "0.05 points", "80%", "2 times"],
        "non-inferiority": ["67%", "an improvement", "0.05 points"],
        "precedence": ["A comes before B"],
        "mechanism": ["(R)"],
        "untestable": ["normative", "says what ought to be"],
    }
    assert [text for text in expected[kind] if text not in words] == []


def test_the_rule_in_words_moves_with_the_rule():
    strict = claim("extremum", rule={"supported_from": 0.99})
    assert "0.99" in rule_in_words(strict, THRESHOLDS)
    worse = claim("non-inferiority", rule={"against": "worsening"})
    assert "a worsening" in rule_in_words(worse, THRESHOLDS)
