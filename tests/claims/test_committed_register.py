"""The committed register: complete, consistent, locked."""

from __future__ import annotations

import re

import pytest

from analysis.claims import rules
from analysis.claims.lock import LOCK, check_lock, rules_hash
from analysis.claims.register import load_register
from analysis.claims.rules import Figure, Leaders, Mechanism
from analysis.data.catalogue import CATALOGUE
from analysis.data.readers.countries import short_names
from analysis.validation import read_yaml

#: Checkable statements that were counted in the article.
ITEMS = 50


@pytest.fixture(scope="module")
def register():
    return load_register()


def test_every_checkable_statement_of_the_article_is_registered(register):
    assert {claim.item for claim in register.claims} == set(range(1, ITEMS + 1))


def test_claims_stand_in_the_order_of_their_items(register):
    items = [claim.item for claim in register.claims]
    assert items == sorted(items)


def test_statements_of_one_item_stand_in_one_paragraph_or_the_next(register):
    for item in range(1, ITEMS + 1):
        places = [claim.paragraph for claim in register.claims if claim.item == item]
        assert max(places) - min(places) <= 1, item


def test_contradictions_are_mutual(register):
    one_sided = [
        (claim.id, other) for claim in register.claims for other in claim.contradicts
        if claim.id not in register[other].contradicts
    ]  # fmt: skip
    assert one_sided == []
    assert any(claim.contradicts for claim in register.claims)


def test_claims_that_contradict_each_other_are_judged_on_the_same_quantity(register):
    for claim in register.claims:
        for other in map(register.__getitem__, claim.contradicts):
            assert claim.estimand == other.estimand, (claim.id, other.id)
            assert claim.smallest_effect == other.smallest_effect, (claim.id, other.id)
            assert claim.notebook == other.notebook, (claim.id, other.id)


def test_no_claim_contradicts_itself_or_its_own_speaker(register):
    for claim in register.claims:
        assert claim.id not in claim.contradicts
        assert all(register[other].speaker != claim.speaker for other in claim.contradicts)


def test_what_is_normative_is_never_tested_and_nothing_else_is_called_so(register):
    for claim in register.claims:
        normative = isinstance(claim.rule, rules.Untestable) and claim.rule.reason == "normative"
        assert normative == (claim.type == "N"), claim.id


@pytest.mark.parametrize(
    ("letter", "kinds"),
    [
        ("X", {"extremum"}),
        ("S", {"directional", "record", "untestable"}),
        ("K", {"directional", "untestable"}),
        ("M", {"mechanism", "untestable"}),
        ("N", {"untestable"}),
    ],
)
def test_a_type_has_its_kinds_of_rule(register, letter, kinds):
    assert {claim.rule.kind for claim in register.claims if claim.type == letter} <= kinds


def test_smallest_effects_are_the_shared_ones(register):
    shared = set(register.thresholds.smallest_effects.values())
    assert {claim.smallest_effect.value for claim in register.claims if claim.smallest_effect} <= shared


def test_ratios_have_a_smallest_effect_on_the_claimed_side(register):
    for claim in register.claims:
        if isinstance(claim.rule, rules.Directional) and claim.rule.scale == "ratio":
            assert (claim.smallest_effect.value > 1) == (claim.rule.direction == "rise"), claim.id


def test_confirmatory_claims_have_falsifications_and_a_rule_that_can_fail(register):
    family = [claim for claim in register.claims if claim.family == "confirmatory"]
    assert family
    for claim in family:
        assert claim.asked, claim.id
        assert claim.rule.kind not in ("record", "untestable"), claim.id
        assert claim.objection, claim.id


def test_tested_claims_carry_an_objection_and_a_test(register):
    for claim in register.claims:
        if claim.notebook is not None:
            assert claim.objection, claim.id
            assert claim.test != "none", claim.id
            assert claim.data, claim.id


def test_untestable_claims_are_in_no_family(register):
    assert {claim.family for claim in register.claims if claim.rule.kind == "untestable"} == {"none"}


def test_every_rival_of_a_mechanism_has_a_falsification_that_tests_it(register):
    for claim in register.claims:
        if isinstance(claim.rule, Mechanism):
            assert claim.rule.rivals, claim.id
            assert {f"rival: {rival}" for rival in claim.rule.rivals} <= set(claim.asked), claim.id


def test_falsifications_of_a_claim_are_named_once(register):
    for claim in register.claims:
        assert len(set(claim.asked)) == len(claim.asked), claim.id


def test_leaders_are_countries(register):
    members = {code for claim in register.claims if isinstance(claim.rule, Leaders) for code in claim.rule.members}
    assert len(short_names(members)) == len(members)


def test_editions_of_figures_are_tables(register):
    editions = {claim.rule.edition for claim in register.claims if isinstance(claim.rule, Figure | Leaders)}
    assert editions <= set(CATALOGUE)


def test_notebooks_are_numbered_names(register):
    names = {claim.notebook for claim in register.claims} - {None}
    assert all(re.fullmatch(r"0[1-8]_[a-z_]+", name) for name in names)
    assert len({name[:2] for name in names}) == len(names)


def test_claims_are_sentences_of_their_own(register):
    texts = [claim.claim for claim in register.claims]
    assert len(set(texts)) == len(texts)
    for text in texts:
        assert text[0].isupper(), text
        assert text[-1] == ".", text
        # A bar would break the README's table.
        assert "|" not in text


def test_the_lock_is_on_the_register_as_it_stands(register):
    assert check_lock(register) == rules_hash(register)
    lock = read_yaml(LOCK)
    assert list(lock["rules"]) == [claim.id for claim in register.claims]
    assert lock["history"][-1]["hash"] == lock["hash"]
    assert all(entry["reason"] and re.fullmatch(r"\d{4}-\d\d-\d\d", entry["date"]) for entry in lock["history"])
    dates = [entry["date"] for entry in lock["history"]]
    assert dates == sorted(dates)
