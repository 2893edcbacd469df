"""Evidence files: what is written is what is read, at six significant digits, and faults are one line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from analysis.claims.evidence import SIGNIFICANT_DIGITS, Evidence, read_evidence, rounded, write_evidence
from tests.claims.make import check, evidence, measure, refused, source

FULL = evidence(
    parameters={"COUNTRY": "KAZ", "DRAWS": 100, "SHARE": 0.5, "FLAG": True, "LIST": [1, 2]},
    unit="points",
    estimate=0.25,
    interval=(-0.5, 1.0),
    p_value=0.125,
    n=162,
    smallest_effect=0.05,
    minimum_detectable_effect=0.75,
    confidence={"beyond": 0.9, "short": 0.5, "short_of_half": 0.3, "short_of_twice": 0.8},
    found=[{"quantity": "rank", "vintage": "v1", "value": 75}],
    members=["CAN", "NZL"],
    measures=[measure("P", 0.5, lower=-0.25, upper=0.75)],
    reports=[{"source": "Ж", "value": "“twelve”", "agrees": False}],
    components=[check("part")],
    falsifications=[check("placebo", passed=False)],
    multiverse={"n": 64, "share_same_sign": 0.75, "share_significant": 0.5, "joint_p": 0.25},
    identified=False,
    sources=(source("P"), source("Q", "u")),
)
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


def test_a_file_is_named_by_claim_and_by_vintage_where_it_is_not_the_registered_one(tmp_path):
    assert write_evidence(evidence(), tmp_path).name == "one.json"
    assert write_evidence(evidence(vintage="v2", primary=False), tmp_path).name == "one@v2.json"
    assert [item.primary for item in read_evidence(tmp_path)] == [True, False]


def test_files_hold_six_significant_digits(tmp_path):
    path = write_evidence(evidence(estimate=1 / 3, interval=(123456.789, 1e-9 / 3)), tmp_path)
    value = json.loads(path.read_text(encoding="utf-8"))
    assert value["estimate"] == 0.333333
    assert value["interval"] == [123457.0, 3.33333e-10]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(numbers)
def test_rounding_keeps_six_digits_and_is_done_once(value):
    once = rounded(value)
    assert rounded(once) == once
    assert once == pytest.approx(value, rel=0.5 * 10 ** (1 - SIGNIFICANT_DIGITS), abs=1e-300)


def test_rounding_turns_numpy_numbers_and_tuples_into_json():
    value = rounded({"a": np.float64(1 / 3), "b": (np.int64(3), np.bool_(True)), "c": np.float32(0.5)})
    assert json.loads(json.dumps(value)) == {"a": 0.333333, "b": [3, True], "c": 0.5}
    assert rounded(True) is True


def test_a_damaged_file_is_one_line(tmp_path):
    (tmp_path / "one.json").write_text("{", encoding="utf-8")
    assert refused(read_evidence, tmp_path).endswith("one.json: not readable as JSON; make it again with: analysis run")


@pytest.mark.parametrize(
    ("field", "value"),
    [("claim", "Not A Slug"), ("design", "guessed"), ("colour", "red")],
)
def test_a_wrong_field_is_named(tmp_path, field, value):
    wrong = FULL.model_dump(mode="json") | {field: value}
    (tmp_path / "one.json").write_text(json.dumps(wrong), encoding="utf-8")
    assert f"one.json: {field}" in refused(read_evidence, tmp_path)


def test_evidence_cannot_be_changed():
    with pytest.raises(ValidationError):
        FULL.estimate = 1.0
