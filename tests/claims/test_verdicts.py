"""Verdicts over a whole register: correction, grade, later vintages, and claims without evidence."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.claims.evidence import CITED_PAGES, read_evidence, write_evidence
from analysis.claims.judge import CONTRADICTED, NOT_TESTABLE, NOT_YET, PARTLY, SUPPORTED
from analysis.claims.verdicts import grade, verdict_on, verdicts
from tests.claims.make import check, claim, effect, evidence, register, report, source

# Adjusted p-values are sums and products of a few binary fractions.
ARITHMETIC = 1e-12


def judged(claims, found):
    """Return what is published of each verdict, by claim."""
    items = verdicts(register(*claims), found, rules_hash="h")
    return {item.claim.id: SimpleNamespace(**item.record()) for item in items}


def family(size):
    return [claim("directional", id=f"c{number}", family="confirmatory") for number in range(size)]


def strong(name, p):
    return effect(0.1, 0.02, 0.18, claim=name, p_value=p, falsifications=[check()])


def test_holm_can_undo_support():
    items = judged(family(3), [strong("c0", 0.04), strong("c1", 0.04), strong("c2", 0.001)])
    assert [items[name].verdict for name in ("c0", "c1", "c2")] == [PARTLY, PARTLY, SUPPORTED]
    assert items["c0"].p_adjusted == pytest.approx(0.08, abs=ARITHMETIC)
    assert "adjusted p is 0.08" in items["c0"].why


def test_holm_rejects_three_of_the_fifteen_of_benjamini_and_hochberg_1995():
    """Row E6: their section 3.2, where Holm's procedure at .05 rejects three hypotheses."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528]
    p += [0.759, 1.0]
    items = judged(family(15), [strong(f"c{number}", value) for number, value in enumerate(p)])
    assert sum(item.p_adjusted <= 0.05 for item in items.values()) == 3


# Few examples: statsmodels runs a garbage collection in every correction.
@settings(derandomize=True, deadline=None, max_examples=8)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_adjusted_p_values_follow_holms_definition(p_values):
    found = [strong(f"c{number}", p) for number, p in enumerate(p_values)]
    items = judged(family(len(p_values)), found)
    # Brute force: the largest of (m - number of smaller p) * p over all p up to this one, at most 1.
    m, ordered = len(p_values), sorted(p_values)
    expected = [max(min(1, (m - i) * q) for i, q in enumerate(ordered) if q <= p) for p in p_values]
    assert [item.p_adjusted for item in items.values()] == pytest.approx(expected, abs=ARITHMETIC)


def test_claims_outside_the_family_are_neither_corrected_nor_counted():
    claims = [*family(2), claim("directional", id="beside", family="secondary")]
    items = judged(claims, [strong("c0", 0.02), strong("c1", 0.5), strong("beside", 0.04)])
    assert items["c0"].p_adjusted == pytest.approx(0.04, abs=ARITHMETIC)
    assert (items["beside"].p_adjusted, items["beside"].verdict) == (None, SUPPORTED)


def test_the_raw_p_still_binds_outside_the_family():
    items = judged([claim("directional", family="secondary")], [strong("one", 0.2)])
    assert items["one"].verdict == PARTLY


def test_members_of_the_family_without_a_p_or_without_evidence_do_not_count():
    items = judged(family(3), [strong("c0", 0.02), strong("c1", None)])
    assert items["c0"].p_adjusted == pytest.approx(0.02, abs=ARITHMETIC)
    assert items["c1"].p_adjusted is None
    assert items["c2"].verdict == NOT_YET


def test_a_claim_without_evidence_is_not_yet_tested_and_says_where_it_will_be():
    item = judged([claim(notebook="05_later")], [])["one"]
    assert (item.verdict, item.reason, item.grade, item.p) == (NOT_YET, "", "", None)
    assert "05_later" in item.why


@pytest.mark.parametrize(("found", "grade"), [([], ""), ([evidence(reports=[report(True)])], "C")])
def test_an_untestable_claim_carries_its_registered_reason_whatever_evidence_turns_up(found, grade):
    item = judged([claim("untestable")], found)["one"]
    said = (item.verdict, item.reason, item.why, item.grade)
    assert said == (NOT_TESTABLE, "normative", "says what ought to be", grade)


def test_a_later_vintage_is_shown_beside_the_registered_one_and_does_not_decide():
    match = claim("figure")
    first = evidence(found=[{"quantity": "rank", "vintage": "v1", "value": 75}])
    later = evidence(found=[{"quantity": "rank", "vintage": "v2", "value": 111}], vintage="v2", primary=False)
    item = judged([match], [later, first])["one"]
    assert (item.verdict, item.vintage, item.newest) == (SUPPORTED, "v1", f"v2: {CONTRADICTED}")


def test_of_several_later_vintages_the_newest_is_shown():
    later = [evidence(probability=p, vintage=v, primary=False) for v, p in (("v3", 0.5), ("v2", 1.0))]
    item = judged([claim("extremum")], [*later, evidence(probability=1.0)])["one"]
    assert item.newest == f"v3: {PARTLY}"


def test_later_evidence_alone_does_not_make_a_claim_tested():
    item = judged([claim("extremum")], [evidence(probability=1.0, vintage="v2", primary=False)])["one"]
    assert (item.verdict, item.newest) == (NOT_YET, f"v2: {SUPPORTED}")


def test_the_verdict_carries_the_numbers_of_the_evidence_through_json():
    found = effect(0.1, 0.02, 0.18, claim="c0", unit="points", minimum_detectable_effect=0.3, p_value=0.01)
    items = verdicts(register(*family(2)), [found], rules_hash="h")
    first, second = json.loads(items.records().to_json(orient="records"))
    numbers = [first[name] for name in ("claim", "estimate", "interval", "unit", "minimum_detectable_effect", "p")]
    assert [*numbers, first["summary"]] == ["c0", 0.1, [0.02, 0.18], "points", 0.3, 0.01, "S."]
    assert (second["claim"], second["p"], second["summary"]) == ("c1", None, second["why"])


# --- grades


def _made_by(*producers):
    return [source(producer, f"table{number}") for number, producer in enumerate(producers)]


TWO_PRODUCERS = (source("P"), source("Q"))
PASSED = [check()]


@pytest.mark.parametrize(
    ("fields", "registered", "expected"),
    [
        ({"sources": TWO_PRODUCERS, "falsifications": PASSED}, ["placebo"], "A"),
        ({"sources": _made_by("V", "V, processed by W"), "falsifications": PASSED}, ["placebo"], "B"),
        ({"sources": _made_by("V", "V (copy)"), "falsifications": PASSED}, ["placebo"], "B"),
        ({"sources": _made_by("V", CITED_PAGES), "falsifications": PASSED}, ["placebo"], "B"),
        ({"falsifications": PASSED}, ["placebo"], "B"),
        # Two tables of one producer are one source.
        ({"sources": (source("P", "t"), source("P", "u")), "falsifications": PASSED}, [], "B"),
        ({"sources": TWO_PRODUCERS, "falsifications": PASSED, "design": "model-based"}, [], "C"),
        ({"sources": TWO_PRODUCERS, "falsifications": PASSED, "design": "descriptive"}, [], "C"),
        ({"sources": TWO_PRODUCERS, "falsifications": [check(passed=False)]}, [], "C"),
        # A registered falsification that was not run, and no falsification at all.
        ({"sources": TWO_PRODUCERS, "falsifications": PASSED}, ["placebo", "leads"], "C"),
        ({"sources": TWO_PRODUCERS}, [], "C"),
        ({"sources": TWO_PRODUCERS, "falsifications": PASSED, "design": "single report"}, [], "D"),
    ],
)
def test_grade(fields, registered, expected):
    assert grade(claim("directional", falsifications=registered), evidence(**fields)) == expected


def test_verdicts_can_be_made_again_from_files_in_any_order(tmp_path):
    claims, found = family(3), [strong(f"c{number}", p) for number, p in enumerate((0.03, 0.01, 0.02))]
    for item in reversed(found):
        write_evidence(item, tmp_path)
    assert judged(claims, read_evidence(tmp_path)) == judged(claims, found)


# --- the card of a notebook


def test_the_card_shows_claim_verdict_number_and_what_failed():
    checks = [check("placebo", passed=False) | {"detail": "rose too"}, check("other")]
    found = effect(0.1, 0.06, 0.14, p_value=0.01, unit="points", falsifications=checks, smallest_effect=0.05)
    one = claim("directional", family="confirmatory")
    text = verdict_on(one, found, register(one))._repr_markdown_()
    for part in (
        "**C.**",
        "Partly supported: in the claimed direction, but: placebo.",
        "Estimate 0.1 points (95 % interval 0.06 to 0.14), smallest effect of interest 0.05.",
        "1 of 2 registered checks passed; not passed: placebo (rose too).",
        "before the correction",
    ):
        assert part in text


def test_the_card_of_a_record_has_no_number():
    text = verdict_on(claim(), evidence(reports=[report(True)]), register(claim()))._repr_markdown_()
    assert "Supported: " in text
    assert "Estimate" not in text
