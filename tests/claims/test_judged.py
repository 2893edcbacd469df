"""All claims judged from the published evidence: summaries come out again, and every listed change leads elsewhere.

Authority: the committed outputs, which only a run of the notebooks may change.
"""

from __future__ import annotations

import re
import shutil

import pytest

from analysis.article import verdicts as drawn
from analysis.claims.judge import CANNOT_TELL, CONTRADICTED
from analysis.claims.register import load_register
from analysis.claims.verdicts import judged_in, write_summaries
from analysis.methods.counts import SURE
from analysis.paths import FIGURES


@pytest.fixture(scope="module")
def judged():
    return judged_in(FIGURES, load_register())


def test_summaries_made_again_are_the_published_bytes(tmp_path):
    for part in ("evidence", "numbers"):
        shutil.copytree(FIGURES / part, tmp_path / part)
    written = write_summaries(tmp_path)
    assert {path.name: path.read_bytes() for path in written} == {
        name: (FIGURES / name).read_bytes() for name in ("verdicts.json", "results.json")
    }


def test_the_sentence_counts_every_claim_once_and_inferences_apart(judged):
    said, inferred = ([int(n) for n in re.findall(r"\d+", part)] for part in judged.sentence().split("Besides, "))
    assert (said[0], inferred[0]) == (sum(said[1:-1]), sum(inferred[1:]))  # the last number of the first are opinions
    assert said[0] + said[-1] + inferred[0] == len(judged.register.claims)


def test_what_one_cannot_tell_needs_a_datum_and_counts_are_said_for_the_confidences_of_the_rules(judged):
    assert all((item.conclusion.verdict == CANNOT_TELL) == bool(item.claim.needs) for item in judged)
    assert (judged.register.thresholds.leans, judged.register.thresholds.decided) == SURE


def test_nobody_is_said_to_state_what_nobody_states(judged):
    ours, claims = judged.register.article.inference, judged.register.claims
    assert all(("(this project's inference" in one.claim) == (one.speaker == ours) for one in claims)
    assert {one.speaker for one in claims if re.search("nobody|does not say this", one.objection, re.I)} == {ours}
    assert {item.claim.speaker for item in judged if item.conclusion.verdict == CONTRADICTED} == {ours}


def test_every_listed_change_leads_elsewhere(judged):
    changes = judged.changes()
    assert (changes["verdict"] != changes["other_verdict"]).all()
    assert set(changes["kind"]) <= set(drawn.CHANGES)
