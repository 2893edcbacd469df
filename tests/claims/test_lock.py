"""The lock: a changed rule, sentence, speaker or input stops verdicts and names the claim; other words may change."""

from __future__ import annotations

import hashlib
import json

import pytest

from analysis.claims.lock import WORDING, check_lock, read_lock, require_locked, rule_hash, rules_hash, write_lock
from analysis.claims.register import Article, Claim
from analysis.validation import read_yaml
from tests.claims.make import ARTICLE, THRESHOLDS, claim, claim_fields, refused, register

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
    """A lock on two claims."""
    path = tmp_path / "claims.lock"
    lock(register(Claim.model_validate(BASE), OTHER), reason="first", date="2024-01-01", path=path)
    return path


def lock(claims, **given):
    return write_lock(claims, **{"tables": TABLES, "parameters": DEFAULTS, "verdicts_known": False} | given)


def changed(**fields):
    """The register with other fields of a claim; whom it contradicts says so too."""
    one = Claim.model_validate(BASE | fields)
    return register(one, OTHER.model_copy(update={"contradicts": ("one",) if one.contradicts else ()}))


def test_every_field_of_a_claim_is_either_rule_or_wording():
    # What is no wording is hashed; that every criterion of the register is, tests of criteria say.
    assert set(FREE) | set(STATES) | {"id"} == WORDING < set(Claim.model_fields)


def test_a_changed_rule_is_refused_and_the_claim_named(path):
    line = refused(check_lock, changed(test="another test"), path)
    assert line.startswith("claims.yml: rules or claims changed since they were locked: one;")
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


def test_hashes_are_of_sorted_compact_json_in_utf_8():
    one = Claim.model_validate(BASE | {"test": "\u017catest"})
    fields = {name: value for name, value in one.model_dump(mode="json").items() if name not in WORDING}
    assert rule_hash(one) == hashed(fields)
    shared = {"article": {"country": "KAZ", "publisher": "P"}, "thresholds": THRESHOLDS.model_dump(mode="json")}
    by_claim = {
        "rules": {"one": hashed(fields)},
        "stated": {"one": hashed({"claim": "C.", "seen": "", "speaker": "S"})},
    }
    assert rules_hash(register(one)) == hashed(shared | by_claim)


def hashed(value):
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
        ({"tables": {"some": "b" * 64}}, "claims.lock: table some is not the one that was locked"),
        ({"tables": {"new": "a" * 64}}, "claims.lock: table new is not"),
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


def test_without_a_lock_there_are_no_verdicts(tmp_path):
    assert "claims.lock: file not found" in refused(lambda: check_lock(changed(), tmp_path / "claims.lock"))


@pytest.mark.parametrize("text", ["", "hash: 1\n", "hash: a\nrules: {}\nhistory: []\nextra: 1\n", "{", "[1]"])
def test_a_damaged_lock_is_one_line_and_not_overwritten(tmp_path, text):
    path = tmp_path / "claims.lock"
    path.write_text(text, encoding="utf-8")
    assert refused(check_lock, changed(), path).startswith("claims.lock: ")
    refused(lock, changed(), reason="r", date="2024-01-02", path=path)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("change", "reason", "said"),
    [
        ({"test": "t"}, "", "a lock needs a reason; add --reason"),
        ({"test": "t"}, " \n", "a lock needs a reason; add --reason"),
        ({"objection": "New."}, "again", "claims.lock: the rules have not changed since the last lock; nothing to do"),
    ],
)
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


def test_a_lock_with_an_edited_hash_is_refused(path):
    path.write_text(path.read_text(encoding="utf-8").replace("hash: ", "hash: f", 1), encoding="utf-8")
    assert "thresholds" in refused(check_lock, changed(), path)
