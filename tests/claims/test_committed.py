"""The committed register: complete, consistent, locked in every criterion; its claims judged from the evidence."""

import copy
import math
import re
import shutil
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError
from scipy.stats import norm

from analysis.claims import rules
from analysis.claims.adapter import require_call
from analysis.claims.calibration import broken_promises
from analysis.claims.evidence import read_evidence
from analysis.claims.judge import CANNOT_TELL, CONTRADICTED
from analysis.claims.lock import LOCK, WORDING, check_lock, rule_hash, rules_hash
from analysis.claims.register import REGISTER, Claim, load_register
from analysis.claims.rules import Called, RegisteredCheck
from analysis.claims.verdicts import judged_in, write_summaries
from analysis.data.load import load
from analysis.methods.counts import SURE
from analysis.methods.measured_changes import usual_change
from analysis.paths import FIGURES
from analysis.validation import read_yaml

#: Checkable statements that were counted in the article.
ITEMS = 50
STATISTICAL = ("directional", "non-inferiority", "mechanism")


@pytest.fixture(scope="module")
def register():
    return load_register()


def test_every_statement_is_a_sentence_in_order_for_a_numbered_notebook_with_a_shared_size(register):
    items = [claim.item for claim in register.claims]
    assert list(dict.fromkeys(items)) == list(range(1, ITEMS + 1))
    shared = set(register.thresholds.smallest_effects.values())
    assert {claim.smallest_effect.value for claim in register.claims if claim.smallest_effect} <= shared
    names = {claim.notebook for claim in register.claims} - {None}
    assert all(re.fullmatch(r"0[1-8]_[a-z_]+", name) for name in names)
    assert len({name[:2] for name in names}) == len(names)
    texts = [claim.claim for claim in register.claims]
    assert len(set(texts)) == len(texts)
    # A bar would break the README's table.
    assert [text for text in texts if not re.fullmatch(r"[A-Z][^|]*[.]", text)] == []


def test_claims_that_contradict_each_other_are_judged_on_the_same_quantity(register):
    assert any(claim.contradicts for claim in register.claims)
    for claim in register.claims:
        for other in map(register.__getitem__, claim.contradicts):
            assert claim.speaker != other.speaker, (claim.id, other.id)
            for field in ("estimand", "smallest_effect", "notebook"):
                assert getattr(claim, field) == getattr(other, field), (claim.id, other.id)


def test_a_check_that_nothing_be_found_excludes_the_smallest_size_that_matters(register):
    """Schuirmann 1987: whatever an estimate is, an interval wide enough must not pass."""
    wide, sizes = (-math.inf, math.inf), register.thresholds.smallest_effects
    found = [check for claim in register.claims for check in claim.checks if passes_around_one(check, 0.99, 1.01)]
    assert len(found) >= 10
    for check in found:
        assert not passes_around_one(check, *wide), check.name
        assert not passes_around_one(check, 0.99, sizes["rate_rise"]), check.name
    for passes in ({"lower": {"at_most": 1}}, {"p_value": {"above": 0.05}}, {"rises": {"at_most": 0}}):
        bad = RegisteredCheck.model_validate({"name": "n", "passes": passes})
        assert passes_around_one(bad, *wide), "what the rule forbids is seen"


def passes_around_one(check, lower, upper):
    if set(check.passes) == {"lower"} and check.passes["lower"].at_least is not None:
        return False  # it asks that a share be large
    ends = {"lower": lower, "upper": upper, "largest_upper": upper, "rises": 0, "smallest_p": 0.9, "p_value": 0.9}
    return set(check.passes) <= set(ends) and all(bound.decide(ends[name]) for name, bound in check.passes.items())


def test_a_test_that_decides_nothing_taxes_no_other_and_its_claim_says_how_many_cases_would_decide_it(register):
    """Closed form: logarithms of Poisson rates, decided at .95 with 80 % power if the smallest effect is there."""
    allowed, size = register.thresholds, math.log(register.thresholds.smallest_effects["rate_rise"])
    least = ((norm.ppf(allowed.decided) + norm.ppf(allowed.power)) / size) ** 2
    # A year against another that had as many cases, or against five years at a rate lower by the smallest effect.
    shown = {"compare_periods": 2 * least, "rate_change": (1 + math.exp(size) / 5) * least}
    barred = [claim for claim in register.claims if all(map(broken_promises(claim, register).get, (1, -1)))]
    assert len(barred) >= 5
    for claim in barred:
        (said,) = re.findall(r"some (\d+) ", claim.needs)
        assert int(said) == -10 * (-shown[claim.model.method] // 10), claim.id
        assert claim.family != "confirmatory", claim.id


#: Table and column of each measure whose smallest effect is its usual change.
ANCHORS = {
    "vdem_expression": ("vdem_v12", "v2x_freexp_altinf"), "vdem_civil_society": ("vdem_v12", "v2xcs_ccsi"),
    "vdem_liberal": ("vdem_v15", "v2x_libdem"), "vdem_electoral": ("vdem_v12", "v2x_polyarchy"),
    "hfi_expression": ("hfi_2022", "expression"), "hfi_association": ("hfi_2022", "association"),
    "freedom_house_100": ("freedom_house_subscores", "total"), "rsf_100": ("rsf", "score"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANCHORS)
def test_smallest_effects_of_indices_are_their_usual_yearly_change(register, name):
    table, column = ANCHORS[name]
    found = usual_change(load(table), outcome=column, unit="iso3", time="data_year", first=2010, last=2018)
    assert register.thresholds.smallest_effects[name] == float(f"{found:.2g}")


def test_every_claim_is_complete_and_the_lock_is_on_the_register_as_it_stands(register):
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
    assert check_lock(register) == rules_hash(register)
    lock = read_yaml(LOCK)
    assert list(lock["rules"]) == [claim.id for claim in register.claims]
    assert lock["history"][-1]["hash"] == lock["hash"]
    assert all(entry["reason"] and re.fullmatch(r"\d{4}-\d\d-\d\d", entry["date"]) for entry in lock["history"])
    dates = [entry["date"] for entry in lock["history"]]
    assert dates == sorted(dates)


CLAIMS = {claim["id"]: claim for claim in read_yaml(REGISTER)["claims"]}
EVIDENCE = [item for item in read_evidence(FIGURES / "evidence") if item.call is not None]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path
    else:
        for key, item in items:
            yield from leaves(item, (*path, key))


def altered(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, list):
        return [*value, "more"]
    if isinstance(value, dict):
        return {**value, "more": 1}
    return "another" if value is None else f"{value} more"


def with_change(tree: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(tree)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = altered(place[path[-1]])
    return changed


@pytest.mark.parametrize("name", CLAIMS)
def test_changing_any_criterion_without_a_lock_stops_the_verdicts(name):
    fields = CLAIMS[name]
    locked = rule_hash(Claim.model_validate(fields))
    criteria = [path for path in leaves(fields) if path[0] not in WORDING]
    assert len(criteria) >= 5
    for path in criteria:
        try:
            changed = Claim.model_validate(with_change(fields, path))
        except ValidationError:
            continue  # refused as no register at all
        assert rule_hash(changed) != locked, path


def as_call(made: Called) -> Any:
    inputs = {name: as_call(inner) for name, inner in made.inputs.items()}
    return SimpleNamespace(method=made.method, arguments=made.arguments, inputs=inputs)


@pytest.mark.parametrize("item", EVIDENCE, ids=lambda item: item.file_name)
def test_published_evidence_was_made_by_the_registered_call(item):
    claim = load_register()[item.claim]
    registered, measures = claim.model, claim.measures_of(item.vintage)
    assert (item.n is None) == (claim.n is None)  # cases that a model counts are registered with it
    parameters = item.parameters | {"measure": measures[0].name if measures else ""}
    require_call(registered, as_call(item.call), parameters, where=item.claim)


@pytest.fixture(scope="module")
def judged():
    return judged_in(FIGURES)


def test_summaries_made_again_are_the_published_bytes(tmp_path):
    for part in ("evidence", "numbers"):
        shutil.copytree(FIGURES / part, tmp_path / part)
    written = write_summaries(tmp_path)
    assert {path.name: path.read_bytes() for path in written} == {
        name: (FIGURES / name).read_bytes() for name in ("verdicts.json", "results.json")
    }


def test_inferences_are_counted_apart_and_named_as_ours_and_what_one_cannot_tell_needs_a_datum(judged):
    said, inferred = ([int(n) for n in re.findall(r"\d+", part)] for part in judged.sentence().split("Besides, "))
    assert (said[0], inferred[0]) == (sum(said[1:-1]), sum(inferred[1:]))  # the last number of the first are opinions
    assert said[0] + said[-1] + inferred[0] == len(judged.register.claims)
    assert all((item.conclusion.verdict == CANNOT_TELL) == bool(item.claim.needs) for item in judged)
    assert (judged.register.thresholds.leans, judged.register.thresholds.decided) == SURE
    ours, claims = judged.register.article.inference, judged.register.claims
    assert all(("(this project's inference" in one.claim) == (one.speaker == ours) for one in claims)
    assert {one.speaker for one in claims if re.search("nobody|does not say this", one.objection, re.I)} == {ours}
    assert {item.claim.speaker for item in judged if item.conclusion.verdict == CONTRADICTED} == {ours}
