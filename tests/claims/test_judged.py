"""All claims judged: the tables agree with the verdicts one by one, and the figures of notebook 08 with the tables."""

from __future__ import annotations

import pytest
from analysis.claims.judged import judge_all

from analysis.article import verdicts
from analysis.charts import column, figure_style, matrix, page
from analysis.claims.evidence import read_evidence
from analysis.claims.lock import check_lock
from analysis.claims.register import load_register
from analysis.paths import FIGURES


@pytest.fixture(scope="module")
def judged():
    claims = load_register()
    return judge_all(claims, read_evidence(FIGURES / "evidence"), rules_hash=check_lock(claims))


def test_counts_and_sentence_hold_every_claim_once(judged):
    counts = judged.counts()
    assert int(counts.to_numpy().sum()) == len(judged.register.claims)
    for item in judged.claims[::7]:
        said = (item.verdict.verdict, item.verdict.grade)
        assert counts.loc[said] == sum((i.verdict.verdict, i.verdict.grade) == said for i in judged.claims)
    total, rest = judged.sentence().rstrip(".").split(" atomic claims: ")
    assert int(total) == sum(int(part.split(" ")[0]) for part in rest.split(", "))


def test_a_conclusion_leads_with_the_verdict(judged):
    table = judged.conclusions()
    assert list(table.index) == [claim.id for claim in judged.register.claims]
    for item in judged.claims:
        assert table.loc[item.claim.id, "conclusion"].lower().startswith(item.verdict.verdict)


def test_the_family_is_the_registered_one_with_its_adjusted_p(judged):
    family = judged.confirmatory()
    assert set(family.index) <= {item.id for item in judged.register.claims if item.family == "confirmatory"}
    known = family.dropna(subset="p")
    assert (known["p_adjusted"] >= known["p"]).all()


def test_experts_who_contradict_each_other_share_the_estimand(judged):
    pairs = judged.pairs()
    assert len(pairs) == sum(len(item.contradicts) for item in judged.register.claims) / 2
    assert pairs["same_estimand"].all()
    assert not (set(pairs["first"]) & set(pairs["second"]))


def test_every_listed_change_leads_elsewhere(judged):
    changes = judged.changes()
    assert (changes["verdict"] != changes["other_verdict"]).all()
    assert set(changes["kind"]) <= set(verdicts.CHANGES)


def test_figures_show_what_the_tables_hold(judged):
    with figure_style():
        _, ax = column(2.4)
        verdicts.counts(judged.counts(), ax)
        assert sum(int(text.get_text()) for text in ax.texts if text.get_text().isdigit()) == len(judged.claims)
        _, ax = page(3.6, columns=1)
        verdicts.family(judged.confirmatory(), ax, alpha=0.05)
        assert len(ax.get_yticks()) == len(judged.confirmatory())
        _, ax = page(4, columns=1)
        matrix.statements(judged.pairs(), ax)
        shown = " ".join(text.get_text() for text in ax.texts)
        assert all(claim.speaker in shown for pair in judged.register.rival_pairs() for claim in pair)
        _, ax = page(4, columns=1)
        verdicts.changes(judged.changes(), ax)
        assert len(ax.get_yticks()) == judged.changes()["claim"].nunique()
