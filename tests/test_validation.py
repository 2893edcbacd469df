"""Files that people edit: every fault is one line with file, field and what was found; tests of fuzz try any value."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field, TypeAdapter

from analysis.validation import read_yaml, validate
from tests.claims import make


class Inner(BaseModel):
    n: int = Field(gt=0)


class Outer(BaseModel):
    name: str
    inner: list[Inner]


def refused(call):
    line = make.refused(call)
    assert line.startswith("a.yml: ")
    return line


def yaml_of(tmp_path, text):
    (tmp_path / "a.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(tmp_path / "a.yml")


def test_plain_yaml_is_read_and_a_key_may_come_again_elsewhere(tmp_path):
    read = yaml_of(tmp_path, "a: [1, 2.5, x]\nb: {c: null, d: yes}\ne: {c: 2}\n")
    assert read == {"a": [1, 2.5, "x"], "b": {"c": None, "d": True}, "e": {"c": 2}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "repeated key a"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", "repeated key b"),
        ("- {a: 1, a: 2}\n", "repeated key a"),
        ("1: a\n1: b\n", "repeated key 1"),
        *((text, "not readable as YAML") for text in ("a: [\n", "a: 'x\n", b"\xff\xfe\x00", "a: 2021-13-45\n")),
    ],
)
def test_what_cannot_be_read_is_one_line_with_the_files_name(tmp_path, text, said):
    assert said in refused(lambda: yaml_of(tmp_path, text))


def test_a_missing_file_is_said_with_a_remedy(tmp_path):
    line = "a.yml: file not found; give the path of one that is there, or restore it with git checkout"
    assert refused(lambda: read_yaml(tmp_path / "a.yml")) == line


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"inner": []}, "a.yml: name: Field required; correct that field"),
        ({"name": "x", "inner": [{"n": 0}]}, "inner.0.n: Input should be greater than 0, found 0"),
        ({"name": "x", "inner": [{"n": 1}, {"n": "x" * 10_000}]}, "found 'xxx"),
        ({"name": 1, "inner": 2}, "(and 1 more)"),
        (None, "the whole file: "),
    ],
)
def test_a_wrong_value_is_one_short_line_with_its_field(value, said):
    line = refused(lambda: validate(TypeAdapter(Outer), value, where="a.yml"))
    assert said in line
    assert len(line) < 300
