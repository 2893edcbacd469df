"""The committed register: complete, consistent, locked."""

from __future__ import annotations

import math
import re

import pytest

from analysis.claims import rules
from analysis.claims.lock import LOCK, check_lock, rules_hash
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.methods.measured_changes import usual_change
from analysis.validation import read_yaml

#: Checkable statements that were counted in the article.
ITEMS = 50
STATISTICAL = ("directional", "non-inferiority", "mechanism")


@pytest.fixture(scope="module")
def register():
    return load_register()


def test_every_checkable_statement_of_the_article_is_registered_in_its_order(register):
    items = [claim.item for claim in register.claims]
    assert list(dict.fromkeys(items)) == list(range(1, ITEMS + 1))


def test_claims_that_contradict_each_other_are_judged_on_the_same_quantity(register):
    assert any(claim.contradicts for claim in register.claims)
    for claim in register.claims:
        for other in map(register.__getitem__, claim.contradicts):
            assert claim.speaker != other.speaker, (claim.id, other.id)
            for field in ("estimand", "smallest_effect", "notebook"):
                assert getattr(claim, field) == getattr(other, field), (claim.id, other.id)


def test_smallest_effects_are_the_shared_ones(register):
    shared = set(register.thresholds.smallest_effects.values())
    assert {claim.smallest_effect.value for claim in register.claims if claim.smallest_effect} <= shared


def test_a_check_that_nothing_be_found_excludes_the_smallest_size_that_matters(register):
    """Schuirmann 1987: whatever an estimate is, an interval wide enough must not pass."""
    wide, sizes = (-math.inf, math.inf), register.thresholds.smallest_effects
    found = [check for claim in register.claims for check in claim.checks if passes_around_one(check, 0.99, 1.01)]
    assert len(found) >= 10
    for check in found:
        assert not passes_around_one(check, *wide), check.name
        assert not passes_around_one(check, 0.99, sizes["rate_rise"]), check.name


def passes_around_one(check, lower, upper):
    """Return whether a check that nothing be found in a ratio, if it is one, passes for an interval."""
    if set(check.passes) == {"lower"}:
        return False  # it asks that a share be large
    ends = {"lower": lower, "upper": upper, "largest_upper": upper, "rises": 0, "smallest_p": 0.9}
    return set(check.passes) <= set(ends) and all(bound.decide(ends[name]) for name, bound in check.passes.items())


#: Table and column of each measure whose smallest effect is its usual change.
ANCHORS = {
    "vdem_expression": ("vdem_v12", "v2x_freexp_altinf"),
    "vdem_civil_society": ("vdem_v12", "v2xcs_ccsi"),
    "vdem_liberal": ("vdem_v15", "v2x_libdem"),
    "vdem_electoral": ("vdem_v12", "v2x_polyarchy"),
    "hfi_expression": ("hfi_2022", "expression"),
    "hfi_association": ("hfi_2022", "association"),
    "freedom_house_100": ("freedom_house_subscores", "total"),
    "rsf_100": ("rsf", "score"),
}


@pytest.mark.parametrize("name", ANCHORS)
def test_smallest_effects_of_indices_are_their_usual_yearly_change(register, name):
    table, column = ANCHORS[name]
    found = usual_change(load(table), outcome=column, unit="iso3", time="data_year", first=2010, last=2018)
    assert register.thresholds.smallest_effects[name] == float(f"{found:.2g}")


def test_every_claim_is_complete(register):
    assert any(claim.family == "confirmatory" for claim in register.claims)
    for claim in register.claims:
        untestable = isinstance(claim.rule, rules.Untestable)
        assert untestable == (claim.family == "none"), claim.id
        assert (untestable and claim.rule.reason == "normative") == (claim.type == "N"), claim.id
        asked = [check.name for check in claim.checks]
        assert len(set(asked)) == len(asked), claim.id
        if claim.notebook is not None:
            assert all((claim.objection, claim.data, claim.test != "none")), claim.id
        if claim.family == "confirmatory":
            assert asked, claim.id
            assert claim.rule.kind != "record", claim.id
        if claim.rule.kind in STATISTICAL:
            assert claim.model is not None, claim.id
            assert claim.design, claim.id
        if isinstance(claim.rule, rules.Directional) and claim.rule.scale == "ratio":
            assert (claim.smallest_effect.value > 1) == (claim.rule.direction == "rise"), claim.id
        if isinstance(claim.rule, rules.Mechanism):
            assert any(name.startswith("rival: ") for name in asked), claim.id


def test_notebooks_are_numbered_names(register):
    names = {claim.notebook for claim in register.claims} - {None}
    assert all(re.fullmatch(r"0[1-8]_[a-z_]+", name) for name in names)
    assert len({name[:2] for name in names}) == len(names)


def test_claims_are_sentences_of_their_own(register):
    texts = [claim.claim for claim in register.claims]
    assert len(set(texts)) == len(texts)
    # A bar would break the README's table.
    assert [text for text in texts if not re.fullmatch(r"[A-Z][^|]*[.]", text)] == []


def test_the_lock_is_on_the_register_as_it_stands(register):
    assert check_lock(register) == rules_hash(register)
    lock = read_yaml(LOCK)
    assert list(lock["rules"]) == [claim.id for claim in register.claims]
    assert lock["history"][-1]["hash"] == lock["hash"]
    assert all(entry["reason"] and re.fullmatch(r"\d{4}-\d\d-\d\d", entry["date"]) for entry in lock["history"])
    dates = [entry["date"] for entry in lock["history"]]
    assert dates == sorted(dates)
