"""Verdicts over a whole register: correction, grade, later vintages, and claims without evidence."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.claims.certainty import LEVELS, certainty
from analysis.claims.evidence import CITED_PAGES
from analysis.claims.judge import CONTRADICTED, LEANS_SUPPORTED, MIXED, NOT_YET, OPINION, SUPPORTED, judge
from analysis.claims.verdicts import verdict_on
from analysis.errors import InputError
from tests.claims.make import (
    THRESHOLDS,
    check,
    claim,
    confidence,
    curve,
    effect,
    evidence,
    judge_all,
    measure,
    register,
    report,
    source,
)

# Adjusted p-values are sums and products of a few binary fractions.
ARITHMETIC = 1e-12


def judged(claims, found):
    items = judge_all(claims, found)
    return {item.claim.id: SimpleNamespace(**item.record()) for item in items}


def test_evidence_made_under_another_rule_or_of_other_tables_is_refused_and_its_notebook_named():
    for made, tables in (({"rule": "0" * 16}, {}), ({}, {"t": "1" * 64})):
        with pytest.raises(InputError, match=r"one\.json: .* another rule; analysis run 01_freedom_index"):
            judge_all([claim("directional")], [evidence(**made)], **tables)


def family(size):
    return [claim("directional", id=f"c{number}", family="confirmatory") for number in range(size)]


def strong(name, p, **fields):
    said = confidence(0.1, 0.04) | {"beyond": 1 - p}
    made = {"method": "m", "arguments": {"of": name}}
    return evidence(claim=name, estimate=0.1, interval=(0.02, 0.18), confidence=said, call=made, **fields)


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
    m, ordered = len(p_values), sorted(1 - (1 - p) for p in p_values)
    expected = [max(min(1, (m - i) * q) for i, q in enumerate(ordered) if q <= 1 - (1 - p)) for p in p_values]
    assert [item.p_adjusted for item in items.values()] == pytest.approx(expected, abs=ARITHMETIC)


def test_the_family_has_every_estimate_once_and_none_that_decides_nothing():
    claims = [*family(4), claim("directional", id="twin", family="secondary"), claim("directional", id="beside")]
    twin = strong("c0", 0.02).model_copy(update={"claim": "twin"})
    found = [strong("c0", 0.02), strong("c1", 0.5), twin, strong("beside", 0.04), strong("c2", 0.001, identified=False)]
    items = judged(claims, found)
    # Two members: of the twins one; what is not identified, has no evidence or stands beside is none.
    assert items["c0"].p_adjusted == items["twin"].p_adjusted == pytest.approx(0.04, abs=ARITHMETIC)
    assert [items[name].p_adjusted for name in ("beside", "c2", "c3")] == [None] * 3
    assert [items[name].verdict for name in ("beside", "c3")] == [SUPPORTED, NOT_YET]


@pytest.mark.parametrize("found", [[], [evidence(reports=[report(True)])]])
def test_an_opinion_stays_one_whatever_evidence_turns_up(found):
    item = judged([claim("untestable")], found)["one"]
    assert (item.verdict, item.reason, item.why, item.certainty) == (OPINION, "", "says what ought to be", "")


def ranked(rank, vintage="v1", **fields):
    found = [{"quantity": "rank", "vintage": vintage, "value": rank}]
    return evidence(found=found, vintage=vintage, primary=vintage == "v1", **fields)


@pytest.mark.parametrize(
    ("registered", "said"),
    [
        ([ranked(75)], (SUPPORTED, "v1")),
        ([], (NOT_YET, "")),
    ],
)
def test_the_newest_of_later_vintages_is_shown_beside_the_registered_one_and_does_not_decide(registered, said):
    figure, others = claim("figure"), [ranked(76, "v3"), ranked(75, "v2")]
    item = judged([figure], [*others, *registered])["one"]
    assert (item.verdict, item.vintage) == said
    assert item.newest == "v3 prints otherwise for the same year: the rank is 76, not 75."
    cards = " ".join(verdict_on(figure, found, register(figure))._repr_markdown_() for found in others)
    assert not re.search(f"{SUPPORTED}|{CONTRADICTED}", cards, re.I)
    assert "v2 prints the same for the same year: every printed" in cards
    one, later = effect(0.1, 0.03), effect(0.0, 0.5, vintage="v2", primary=False)
    assert judged([claim("directional")], [one, later])["one"].newest == "By the newest edition, v2: cannot tell."


def test_the_verdict_carries_the_numbers_of_the_evidence_through_json():
    found = effect(0.1, 0.04, claim="c0", unit="points", minimum_detectable_effect=0.3)
    items = judge_all(family(2), [found])
    first, second = items.records()
    numbers = [first[name] for name in ("claim", "estimate", "unit", "minimum_detectable_effect", "summary")]
    assert numbers == ["c0", 0.1, "points", 0.3, "S."]
    assert first["p"] == pytest.approx(1 - first["confidence"], abs=ARITHMETIC)
    assert second["why"] == second["summary"] == "registered for notebook 01_freedom_index"
    assert [second[name] for name in ("claim", "verdict", "reason", "certainty", "p")] == ["c1", NOT_YET, "", "", None]


def test_tables_and_sentence_have_every_verdict_and_the_family_its_checks_and_curve():
    claims = [claim("directional", id="c0", family="confirmatory", falsifications=["placebo"]), *family(3)[1:]]
    claims += [claim("directional", id="aside"), claim("untestable", id="view")]
    found = [
        strong("c0", 0.03, multiverse=curve()),
        strong("c1", 0.04, falsifications=[check()]),
        strong("aside", 0.01),
    ]
    judged = judge_all(claims, found)
    assert judged.sentence() == (
        "4 claims of the article that data could decide: 1 supported, 2 leans supported, 1 not yet tested; "
        "and 1 opinion."
    )
    own = judged.confirmatory()
    assert own.astype(object).where(own.notna(), None).reset_index().round(9).to_dict("list") == {
        "claim": ["c0", "c1"], "verdict": [LEANS_SUPPORTED] * 2, "certainty": ["very low", "low"],
        "p": pytest.approx([0.03, 0.04]), "p_adjusted": pytest.approx([0.06, 0.06]), "specifications": [100, None],
        "share_same_sign": [1.0, None], "joint_p": [0.01, None], "checks": [1, 0], "failed": ["placebo (not run)", ""],
    }  # fmt: skip
    assert judge_all([], []).confirmatory().columns.tolist() == own.columns.tolist()
    assert judged.table().columns.tolist() == [
        "speaker", "type", "family", "verdict", "reason", "confidence", "certainty", "p", "p_adjusted", "estimate",
        "unit", "minimum_detectable_effect", "vintage", "newest",
    ]  # fmt: skip


def test_changes_are_the_flips_and_newest_editions_of_every_claim():
    claims = [claim("directional"), claim("directional", id="same"), claim("figure", id="none")]
    again = {"one": 0.0, "same": 0.1}
    found = [effect(0.1, 0.03, claim=name) for name in again] + [ranked(75, claim="none")]
    found += [effect(size, 0.02, claim=name, vintage="v_3", primary=False) for name, size in again.items()]
    judged = judge_all(claims, [*found, ranked(76, "v_3", claim="none")])
    flips = [(item.claim.id, SUPPORTED, one.kind, one.change, one.verdict) for item in judged for one in item.flips]
    changes = judged.changes()
    assert [*changes.itertuples(index=False, name=None)] == [
        *flips[:1], ("one", SUPPORTED, "edition", "the edition v 3", CONTRADICTED), *flips[1:],
    ]  # fmt: skip
    assert list(changes) == ["claim", "verdict", "kind", "change", "other_verdict"]


SHAKEN = check(passed=False) | {"asks": "finding"}


FIGURE = {"found": [{"quantity": "rank", "vintage": "v1", "value": 75}]}
HELD = report(True, primary=True, part="a")
OPEN, TOLD = measure("P", 0.5), [measure(name, 0.0, role="record") for name in "RS"]
RISES = {"estimate": 0.1, "confidence": confidence(0.1, 0.04)}
NO_MORE = claim("non-inferiority")
CODED = "an exact or randomised design starts at moderate; one step down because one producer alone measures it"
FALLS = {"estimate": -0.1, "confidence": confidence(-0.1, 0.04)}


@pytest.mark.parametrize(
    ("one", "fields", "expected"),
    [
        (claim("figure"), FIGURE, "high certainty: a figure recomputed from the published file starts at high"),
        # What is asked beside it makes a printed figure, or a report, no less printed or reported.
        (claim("figure", falsifications=["count"]), FIGURE, "high certainty: a figure"),
        (claim(falsifications=["count"]), {"reports": [HELD]}, "high certainty: a primary record starts"),
        (claim(), {"reports": [report(True, via="X", primary=True)]}, "moderate certainty: a primary record starts"),
        (claim(), {"reports": [report(True, via="X")]}, "very low certainty: a single record starts"),
        (claim(), {"reports": [report(True, via="X"), report(True, "T")]}, "moderate certainty: independent records"),
        # What keeps a verdict leaning because it is indirect lowers it no more.
        (claim(indirectly="a for b"), {"reports": [HELD, HELD]}, "high certainty: independent primary"),
        (claim(indirectly="a for b"), {"reports": [report(True)]}, "very low certainty: a single record"),
        (claim(), {"reports": [report(True, primary=True)]}, "high certainty: a primary record starts"),
        (claim(), {"reports": [report(True, primary=True)] * 2}, "high certainty: independent primary records"),
        (claim(), {"reports": [report(True, "S"), report(True, "T")]}, "moderate certainty: independent records start"),
        # What keeps the verdict leaning, the single report, is what it starts from, and lowers it no more.
        (claim(), {"reports": [report(True)]}, "low certainty: a single record starts at low"),
        # An effect is the word of one producer.
        (claim("directional"), RISES, "low certainty: an exact or randomised design starts"),
        (claim("directional"), RISES | {"design": "model-based"}, "very low certainty: an estimate from a model"),
        (claim("directional"), RISES | {"falsifications": [SHAKEN]}, "low certainty: an exact"),
        # A check of the claim bears on no verdict against it, one of the finding does, and kept it from being decided.
        (claim("directional"), FALLS | {"falsifications": [check(passed=False)]}, "low certainty: an exact"),
        (claim("directional"), RISES | {"sources": (source(CITED_PAGES),)}, f"very low certainty: {CODED}"),
        (
            NO_MORE,
            {"measures": [measure("P", 0.99)], "design": "descriptive"},
            "moderate certainty: a published change",
        ),
        # Experts who may err alike lower both the verdict and certainty.
        (NO_MORE, {"measures": [measure(name, 0.99, independent=0.9) for name in "PQ"]}, "low certainty: an exact"),
        # Of several parts the weakest that gives the verdict; one that gives none does not count.
        (claim(), {"reports": [HELD, report(True, part="b")]}, "low certainty: a single record starts at low on “b”"),
        (claim(), {"reports": [HELD, report(None, part="b")]}, "high certainty: a primary record starts at high"),
        # Where the measure cannot tell, published records give the verdict, and what ails the measure does not count.
        (claim("non-inferiority", indirectly="m"), {"measures": [OPEN, TOLD[0]]}, "low certainty: a single record"),
        (claim("non-inferiority", indirectly="m"), {"measures": [OPEN, *TOLD]}, "moderate certainty: independent"),
        (claim("directional"), {"estimate": 0.0, "confidence": confidence(0.0, 0.5)}, "None"),
    ],
)
def test_certainty_starts_by_kind_and_takes_named_steps(one, fields, expected):
    found = evidence(**fields)
    level = certainty(one, found, judge(one, found, THRESHOLDS, p_adjusted=None))
    assert str(level).startswith(expected)
    assert level is None or str(level).count("; one step ") == len((*level.down, *level.up))


def test_editions_that_all_agree_raise_certainty_by_a_step():
    one, found = claim("directional"), effect(0.1, 0.04, design="model-based")
    said = judge(one, found, THRESHOLDS, p_adjusted=None)
    before, after = (certainty(one, found, said, later) for later in ([], [said, said]))
    assert [*LEVELS].index(after.level) == [*LEVELS].index(before.level) + 1
    mixed = judge(claim("leaders"), evidence(members=["NZL", "X"]), THRESHOLDS, p_adjusted=None)
    assert mixed.verdict == MIXED
    assert certainty(one, found, said, [said, mixed]).level == before.level


ROSE = check("placebo", passed=False) | {"detail": "rose too."}
TESTED, PLAIN = claim("directional", family="confirmatory"), claim("extremum", smallest_effect=None)


@pytest.mark.parametrize(
    ("one", "fields", "lines"),
    [
        (TESTED, RISES | {"interval": (0.022, 0.178), "unit": "points", "falsifications": [ROSE, check("other")]}, [
            f"Low certainty: {CODED}.",
            "Estimate 0.1 (points, 95% interval 0.022 to 0.178); smallest effect of interest: 0.05 points.",
            "1 of 2 registered checks passed; not passed: placebo (rose too).",
            "One-sided p of no effect = 0.0062, before the correction for several tests.",
        ]),
        (PLAIN, {"estimate": 0.12345}, ["Estimate 0.1235."]),
        (PLAIN, {"components": [check("part")]}, ["The only registered check was passed: part."]),
        (PLAIN, {"components": [ROSE]}, ["The only registered check was not passed: placebo (rose too)."]),
        (PLAIN, {"components": [check("a"), check("b")]}, ["2 of 2 registered checks passed."]),
        (claim("directional"), RISES, [f"Low certainty: {CODED}.",
                                       "Estimate 0.1; smallest effect of interest: 0.05 points."]),
        (TESTED, {}, []),
        (PLAIN, {"vintage": "v_2", "primary": False}, []),
    ],
)  # fmt: skip
def test_the_card_shows_claim_verdict_number_and_what_failed(one, fields, lines):
    item = verdict_on(one, evidence(**fields), register(one))
    first = "**C.** (by v 2)" if "vintage" in fields else "**C.**"
    assert item._repr_markdown_() == "  \n".join(f"> {line}" for line in (first, f"**{item.headline}**", *lines))
