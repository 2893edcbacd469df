"""The parameters cell: read without a kernel, typed literals only; and texts of ``-p`` as values, nothing guessed."""

from __future__ import annotations

import json

import papermill
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.session import declared as module
from analysis.session.declared import Declared, declared, names, parse, read, resolve
from tests.project import notebook

GOOD = """COUNTRY: str = "KAZ"  # code
YEAR: int = -2018  # year
SHARE: float = 0.5
FLAG: bool = True
LIST: list = [1, "a"]"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "NOTEBOOKS", tmp_path)
    return tmp_path


def write(folder, source, name="01_one"):
    (folder / f"{name}.ipynb").write_text(
        notebook(("markdown", "# H"), ("code", source, "parameters"), ("code", "1")), encoding="utf-8"
    )


def refused(call):
    with pytest.raises(InputError) as error:
        call()
    assert "\n" not in error.value.line()
    return error.value.line()


def test_every_type_is_read_in_order_with_its_comment(folder):
    write(folder, GOOD)
    found = declared("01_one")
    assert list(found) == ["COUNTRY", "YEAR", "SHARE", "FLAG", "LIST"]
    assert [item.kind for item in found.values()] == ["str", "int", "float", "bool", "list"]
    assert [item.default for item in found.values()] == ["KAZ", -2018, 0.5, True, [1, "a"]]
    assert [item.help for item in found.values()] == ["code", "year", "", "", ""]


def test_papermill_sees_the_same(folder):
    write(folder, GOOD)
    seen = papermill.inspect_notebook(folder / "01_one.ipynb")
    found = declared("01_one")
    assert list(seen) == list(found)
    assert {name: item["inferred_type_name"] for name, item in seen.items()} == {n: d.kind for n, d in found.items()}
    assert {name: item["help"] for name, item in seen.items()} == {n: d.help for n, d in found.items()}


def test_a_hash_inside_a_text_is_no_comment(folder):
    write(folder, 'A: str = "a#b"  # help')
    assert declared("01_one")["A"] == Declared("A", "str", "a#b", "help")


def test_an_empty_parameters_cell_declares_nothing(folder):
    write(folder, "")
    assert declared("01_one") == {}


@pytest.mark.parametrize(
    "source",
    [
        "A = 1",
        "A: int",
        "A: int = 1 + 1",
        "A: int = len('a')",
        "A: int = B",
        "A: int | None = 1",
        "A: 'int' = 1",
        "A: typing.Any = 1",
        "A: date = 1",
        "A: int = 1.0",
        "A: float = 1",
        "A: str = 1",
        "A: list = (1, 2)",
        "A: bool = 0",
        "a.b: int = 1",
        "import os",
        "print(1)",
        "A: int = 1\nif A: pass",
    ],
)
def test_a_line_that_is_no_typed_literal_is_refused_with_its_number(folder, source):
    write(folder, source)
    line = refused(lambda: declared("01_one"))
    assert line.startswith(f"01_one: parameters cell, line {len(source.splitlines())}: ")
    assert "write NAME: str|int|float|bool|list = literal" in line


def test_a_repeated_name_is_refused(folder):
    write(folder, "A: int = 1\nA: int = 2")
    assert "A" in refused(lambda: declared("01_one"))


def test_a_cell_that_is_no_python_is_refused(folder):
    write(folder, "A: int = 1\nB: int = = 2")
    assert refused(lambda: declared("01_one")) == "01_one: parameters cell, line 2: not Python"


@pytest.mark.parametrize(("count", "tags"), [(0, []), (2, ["parameters", "parameters"])])
def test_there_is_exactly_one_parameters_cell(folder, count, tags):
    cells = [("code", "A: int = 1", tag) for tag in tags]
    (folder / "01_one.ipynb").write_text(notebook(*cells, ("code", "A: int = 1")), encoding="utf-8")
    assert f"{count} cells are tagged parameters, one is needed" in refused(lambda: declared("01_one"))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"cells": 1}', b'{"cells": [{}]}', b'{"cells": ["a"]}', b"\xff\xfe", b"null"]
)
def test_what_is_no_notebook_is_one_line(folder, content):
    (folder / "01_one.ipynb").write_bytes(content)
    assert refused(lambda: declared("01_one")).startswith("01_one.ipynb: not a notebook; restore it")


def test_sources_written_as_lines_and_as_one_text_are_the_same(folder):
    write(folder, GOOD)
    text = (folder / "01_one.ipynb").read_text(encoding="utf-8")
    first = read("01_one")
    value = json.loads(text)
    for cell in value["cells"]:
        cell["source"] = "".join(cell["source"])
    (folder / "01_one.ipynb").write_text(json.dumps(value), encoding="utf-8")
    assert read("01_one") == first


def test_notebooks_are_found_by_name_file_and_number(folder):
    for name in ("01_one", "00_zero", "10_ten"):
        write(folder, "", name)
    for other in ("draft.ipynb", "1_short.ipynb", "01_one.py"):
        (folder / other).write_text("", encoding="utf-8")
    assert names() == ["00_zero", "01_one", "10_ten"]
    assert [resolve(text) for text in ("01", "01_one", "01_one.ipynb", "notebooks/01_one.ipynb")] == ["01_one"] * 4
    for unknown in ("1", "one", "02", "draft", "", "../01_one"):
        assert f"no notebook {unknown}; choose from" in refused(lambda text=unknown: resolve(text))
    assert "choose from 00_zero, 01_one, 10_ten" in refused(lambda: resolve("02"))


# --- texts of -p


def value_of(kind, text):
    return parse(text, Declared("A", kind, None, "what it is"), where="01_one")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("str", "KAZ", "KAZ"),
        ("str", "", ""),
        ("str", "1", "1"),
        ("str", "a=b", "a=b"),
        ("int", "-3", -3),
        ("float", "0.5", 0.5),
        ("float", "1e-3", 0.001),
        ("float", "2", 2.0),
        ("bool", "True", True),
        ("bool", "false", False),
        ("list", "[1, 2]", [1, 2]),
        ("list", "[]", []),
        ("list", '["KAZ"]', ["KAZ"]),
    ],
)
def test_texts_become_values_of_the_declared_type(kind, text, value):
    found = value_of(kind, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "2018.0"), ("int", "many"), ("int", ""), ("int", "1e3"), ("int", "True"),
        ("float", "half"), ("float", "0,5"), ("float", ""),
        ("bool", "1"), ("bool", "yes"), ("bool", ""), ("bool", "TRUE"),
        ("list", "1, 2"), ("list", "(1, 2)"), ("list", '{"a": 1}'), ("list", "[1"), ("list", ""),
    ],
)  # fmt: skip
def test_other_texts_are_refused_with_name_type_and_help(kind, text):
    line = refused(lambda: value_of(kind, text))
    assert line == f"01_one: A={text!r} is not of type {kind}; what it is"


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False), st.lists(st.integers(), max_size=3)))
def test_a_value_written_out_is_read_back(value):
    kind = {int: "int", bool: "bool", float: "float", list: "list"}[type(value)]
    assert value_of(kind, repr(value)) == value
