"""Evidence files and the lock: what is written is what is read; a changed rule, sentence or input stops verdicts."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from analysis.claims.evidence import Evidence, read_evidence, rounded, write_evidence
from analysis.claims.lock import WORDING, Entry, check_lock, read_lock, require_locked, rules_hash, write_lock
from analysis.claims.register import Article, Claim
from analysis.validation import read_yaml
from tests.claims import make
from tests.claims.make import ARTICLE, THRESHOLDS, check, claim, claim_fields, evidence, refused, register, source
from tests.shared import cases

FULL = evidence(
    parameters={"COUNTRY": "KAZ", "DRAWS": 100, "SHARE": 0.5, "FLAG": True, "LIST": [1, 2]}, unit="points",
    estimate=0.25, interval=(-0.5, 1.0), p_value=0.125, n=162, smallest_effect=0.05, minimum_detectable_effect=0.75,
    confidence={"beyond": 0.9, "short": 0.5, "short_of_half": 0.3, "short_of_twice": 0.8},
    found=[{"quantity": "rank", "vintage": "v1", "value": 75}], members=["CAN", "NZL"],
    measures=[make.measure("P", 0.5, lower=-0.25, upper=0.75)],
    reports=[{"source": "Ж", "value": "“twelve”", "agrees": False}], components=[check("part")],
    falsifications=[check("placebo", passed=False)],
    multiverse={"n": 64, "share_same_sign": 0.75, "share_significant": 0.5, "joint_p": 0.25}, identified=False,
    sources=(source("P"), source("Q", "u")),
)  # fmt: skip
numbers = st.floats(allow_nan=False, allow_infinity=False)


def test_every_field_survives_the_file_whose_bytes_are_the_same_each_time(tmp_path):
    assert FULL.model_dump().keys() == Evidence.model_fields.keys()
    assert read_evidence(tmp_path) == read_evidence(tmp_path / "none") == []
    write_evidence(FULL, tmp_path)
    assert read_evidence(tmp_path) == [FULL]
    first = write_evidence(FULL, tmp_path).read_bytes()
    assert write_evidence(FULL, tmp_path / "b").read_bytes() == first
    assert first.endswith(b"}\n")
    assert b"\r" not in first


def test_a_file_is_named_by_claim_and_vintage_if_another_than_the_registered_and_holds_six_digits(tmp_path):
    assert write_evidence(evidence(), tmp_path).name == "one.json"
    assert write_evidence(evidence(vintage="v2", primary=False), tmp_path).name == "one@v2.json"
    assert [item.primary for item in read_evidence(tmp_path)] == [True, False]
    path = write_evidence(evidence(estimate=1 / 3, interval=(123456.789, 1e-9 / 3)), tmp_path)
    value = json.loads(path.read_text(encoding="utf-8"))
    assert value["estimate"] == 0.333333
    assert value["interval"] == [123457.0, 3.33333e-10]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(numbers)
def test_rounding_keeps_six_digits_and_is_done_once(value):
    once = rounded(value)
    assert rounded(once) == once
    assert once == pytest.approx(value, rel=0.5 * 1e-5, abs=1e-300)


def test_rounding_turns_numpy_numbers_and_tuples_into_json_and_evidence_cannot_be_changed():
    value = rounded({"a": np.float64(1 / 3), "b": (np.int64(3), np.bool_(True)), "c": np.float32(0.5)})
    assert json.loads(json.dumps(value)) == {"a": 0.333333, "b": [3, True], "c": 0.5}
    assert rounded(True) is True
    with pytest.raises(ValidationError):
        FULL.estimate = 1.0


BASE = claim_fields("directional", falsifications=["placebo"])
OTHER = claim(id="other")

FREE = {
    "item": 2, "paragraph": 2, "stance": "critical", "objection": "A stronger one.", "contradicts": ["other"],
    "needs": "a second count",
}  # fmt: skip
STATES = {"speaker": "Somebody", "claim": "Better words.", "seen": "0123456789abcdef"}


TABLES = {"some": "a" * 64}
DEFAULTS = {"01_index": {"DRAWS": 10}}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "claims.lock"
    lock(register(Claim.model_validate(BASE), OTHER), reason="first", date="2024-01-01", path=path)
    return path


def lock(claims, *, path, tables=TABLES, parameters=DEFAULTS, **entry):
    made = Entry(**{"verdicts_known": False} | entry)
    return write_lock(claims, made, tables=tables, parameters=parameters, path=path)


def changed(**fields):
    one = Claim.model_validate(BASE | fields)
    return register(one, OTHER.model_copy(update={"contradicts": ("one",) if one.contradicts else ()}))


def test_a_changed_rule_is_refused_and_the_claim_named_and_every_field_is_either_rule_or_wording(path):
    # What is no wording is hashed; that every criterion of the register is, tests of criteria say.
    assert set(FREE) | set(STATES) | {"id"} == WORDING < set(Claim.model_fields)
    line = refused(check_lock, changed(test="another test"), path)
    assert line.startswith("claims.yml: rules, claims or tables changed since they were locked: one;")
    assert "analysis claims lock --reason" in line
    assert "other" not in line


@pytest.mark.parametrize("field", STATES)
def test_another_sentence_speaker_or_input_is_refused_and_can_be_locked_with_a_reason(path, field):
    other = changed(**{field: STATES[field]})
    assert "locked: one;" in refused(check_lock, other, path)
    lock(other, reason="put better", date="2024-01-02", path=path)
    assert check_lock(other, path) == rules_hash(other)


@pytest.mark.parametrize("field", FREE)
def test_changed_wording_is_accepted(path, field):
    assert check_lock(changed(**{field: FREE[field]}), path) == rules_hash(changed())


@pytest.mark.parametrize(
    ("part", "refuses"),
    [
        ({"thresholds": THRESHOLDS.model_copy(update={"alpha": 0.1})}, True),
        # Whose word is no second record, and of where the claims are.
        ({"article": Article.model_validate(ARTICLE | {"publisher": "ABC"})}, True),
        ({"article": Article.model_validate(ARTICLE | {"country": "ABC"})}, True),
        ({"article": Article.model_validate(ARTICLE | {"title": "Better"})}, False),
    ],
)
def test_what_all_rules_share_is_locked_and_the_article_may_be_described_better(path, part, refuses):
    other = changed().model_copy(update=part)
    if refuses:
        assert "were locked: thresholds or article" in refused(check_lock, other, path)
    else:
        assert check_lock(other, path)


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        (register(Claim.model_validate(BASE), claim(id="new")), "new, other"),
        (register(Claim.model_validate(BASE | {"id": "two"}), OTHER), "one, two"),
        (register(*changed().claims, *(claim(id=f"n{n}") for n in range(6))), "n0, n1, n2, n3, n4 and 1 more"),
    ],
)
def test_added_removed_and_renamed_claims_are_named(path, claims, named):
    assert f"locked: {named};" in refused(check_lock, claims, path)


def test_the_file_reads_as_written_by_hand(tmp_path):
    path = tmp_path / "claims.lock"
    made = lock(register(OTHER), reason="\u017be tak", date="2024-01-01", path=path)
    read = read_yaml(path)
    assert list(read) == ["hash", "rules", "stated", "tables", "parameters", "history"]
    assert read["history"] == [
        {"hash": made.hash, "date": "2024-01-01", "verdicts_known": False, "reason": "\u017be tak"}
    ]
    assert "\u017be tak" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"tables": {"some": "b" * 64}}, "claims.lock, one: table some is not the one locked"),
        ({"tables": {"new": "a" * 64}}, "claims.lock, one: table new is not"),
        ({"defaults": {"DRAWS": 11}}, "01_index: the default DRAWS=11 is not the locked 10"),
        ({"defaults": {}}, "01_index: the default DRAWS='no such parameter' is not the locked 10"),
    ],
)
def test_evidence_from_other_tables_or_defaults_than_the_locked_ones_is_refused(path, given, named):
    locked = read_lock(path)
    one = claim(notebook="01_index")
    known = {"named": ["records"], "defaults": DEFAULTS["01_index"], "tables": TABLES}
    require_locked(locked, one, "01_index", **known)
    assert refused(require_locked, locked, one, "01_index", **known | given).startswith(named)
    for wrong in (("02_other", known), ("01_index", known | {"named": ["records", "t"]})):
        said = refused(lambda name, about: require_locked(locked, one, name, **about), *wrong)
        assert said == f"{wrong[0]}, one: evidence of another notebook, or on other tables; use v1, records in 01_index"


@pytest.mark.parametrize("given", [{"tables": {}}, {"parameters": {}}])
def test_changed_tables_or_defaults_can_be_locked_though_the_rules_are_the_same(path, given):
    lock(changed(), reason="new data", date="2024-01-02", verdicts_known=True, path=path, **given)
    history = read_yaml(path)["history"]
    assert [entry["verdicts_known"] for entry in history] == [False, True]


def test_without_a_lock_or_with_an_edited_hash_there_are_no_verdicts(path):
    assert "none.lock: file not found" in refused(lambda: check_lock(changed(), path.with_name("none.lock")))
    path.write_text(path.read_text(encoding="utf-8").replace("hash: ", "hash: f", 1), encoding="utf-8")
    assert "thresholds" in refused(check_lock, changed(), path)


@pytest.mark.parametrize("text", ["", "hash: 1\n", "hash: a\nrules: {}\nhistory: []\nextra: 1\n", "{", "[1]"])
def test_a_damaged_lock_is_one_line_and_not_overwritten(tmp_path, text):
    path = tmp_path / "claims.lock"
    path.write_text(text, encoding="utf-8")
    assert refused(check_lock, changed(), path).startswith("claims.lock: ")
    refused(lock, changed(), reason="r", date="2024-01-02", path=path)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("change", "reason", "said"), cases("refused locks"))
def test_a_lock_needs_a_reason_and_a_change(path, change, reason, said):
    before = path.read_bytes()
    assert said in refused(lock, changed(**change), reason=reason, date="2024-01-02", path=path)
    assert path.read_bytes() == before


def test_history_is_kept_oldest_first(path):
    lock(changed(test="t"), reason=" second ", date="2024-01-02", path=path)
    lock(changed(), reason="back", date="2024-01-03", path=path)
    history = read_yaml(path)["history"]
    assert [(entry["date"], entry["reason"]) for entry in history] == [
        ("2024-01-01", "first"), ("2024-01-02", "second"), ("2024-01-03", "back"),
    ]  # fmt: skip
    assert history[0]["hash"] == history[2]["hash"] != history[1]["hash"]
    assert check_lock(changed(), path) == history[2]["hash"]
