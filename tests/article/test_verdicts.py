"""Notebook 08: tables over all verdicts agree with the verdicts one by one."""

from __future__ import annotations

import pytest

from analysis.article import pictures
from analysis.article import verdicts as steps
from analysis.charts import column, figure_style, matrix, page
from analysis.claims.evidence import read_evidence
from analysis.claims.lock import check_lock
from analysis.claims.register import load_register
from analysis.claims.verdicts import verdicts
from analysis.paths import FIGURES


@pytest.fixture(scope="module")
def judged():
    register, evidence = load_register(), read_evidence(FIGURES / "evidence")
    return steps.judged(register, verdicts(register, evidence, rules_hash=check_lock(register)), evidence)


def test_the_matrix_counts_every_claim_once(judged):
    counts = steps.matrix(judged)
    assert int(counts.to_numpy().sum()) == len(judged.register.claims)
    for item in judged.verdicts[::7]:
        same = [other for other in judged.verdicts if (other.verdict, other.grade) == (item.verdict, item.grade)]
        assert counts.loc[item.verdict, item.grade] == len(same)


def test_the_sentence_adds_up(judged):
    total, rest = judged.sentence().rstrip(".").split(" atomic claims: ")
    assert int(total) == sum(int(part.split(" ")[0]) for part in rest.split(", "))


def test_a_conclusion_leads_with_the_verdict(judged):
    table = steps.conclusions(judged)
    assert list(table.index) == [item.claim for item in judged.verdicts]
    assert all(table.loc[item.claim, "conclusion"].lower().startswith(item.verdict) for item in judged.verdicts)


def test_the_family_is_the_registered_one_with_its_adjusted_p(judged):
    family = steps.confirmatory(judged)
    registered = {item.id for item in judged.register.claims if item.family == "confirmatory"}
    assert set(family.index) <= registered
    known = family.dropna(subset="p")
    assert (known["p_adjusted"] >= known["p"]).all()


def test_experts_who_contradict_each_other_share_the_estimand(judged):
    pairs = steps.pairs(judged)
    assert len(pairs) == sum(len(item.contradicts) for item in judged.register.claims) / 2
    assert pairs["same_estimand"].all()
    assert not (set(pairs["first"]) & set(pairs["second"]))


def test_every_listed_change_leads_elsewhere(judged):
    changes = steps.changes(judged)
    assert (changes["verdict"] != changes["other_verdict"]).all()
    assert set(changes["kind"]) <= set(pictures.CHANGES)


def test_figures_show_what_the_tables_hold(judged):
    with figure_style():
        _, ax = column(2.4)
        pictures.verdict_counts(steps.matrix(judged), ax)
        numbers = [int(text.get_text()) for text in ax.texts if text.get_text().isdigit()]
        assert sum(numbers) == len(judged.register.claims)
        _, ax = page(3.6, columns=1)
        family = steps.confirmatory(judged)
        pictures.family(family, ax, alpha=0.05)
        assert len(ax.get_yticks()) == len(family)
        _, ax = page(4, columns=1)
        matrix.statements(steps.pairs(judged), ax)
        shown = " ".join(text.get_text() for text in ax.texts)
        assert all(pair.speaker in shown for pairs in judged.register.rival_pairs() for pair in pairs)
        _, ax = page(4, columns=1)
        changes = steps.changes(judged)
        pictures.verdict_changes(changes, ax)
        assert len(ax.get_yticks()) == changes["claim"].nunique()
