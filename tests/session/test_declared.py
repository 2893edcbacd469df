"""The parameters cell: read without a kernel, typed literals only; and texts of ``-p`` as values, nothing guessed."""

from __future__ import annotations

import json

import papermill
import pytest

from analysis.session import declared as module
from analysis.session.declared import Declared, declared, names, parse, read, resolve
from tests.claims.make import refused
from tests.project import notebook, read_json

GOOD = """COUNTRY: str = "a#b"  # code
YEAR: int = -2018  # year
SHARE: float = 0.5
FLAG: bool = True
LIST: list = [1, "a"]"""
FOUND = {
    "COUNTRY": Declared("COUNTRY", "str", "a#b", "code"), "YEAR": Declared("YEAR", "int", -2018, "year"),
    "SHARE": Declared("SHARE", "float", 0.5, ""), "FLAG": Declared("FLAG", "bool", True, ""),
    "LIST": Declared("LIST", "list", [1, "a"], ""),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "NOTEBOOKS", tmp_path)
    return tmp_path


def write(folder, source, name="01_one", tags=("parameters",)):
    cells = [("code", source, tag) for tag in tags]
    text = notebook(("markdown", "# H"), *cells, ("code", "A: int = 1"))
    (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")


def test_every_type_is_read_in_order_with_its_comment_as_papermill_reads_it_however_lines_are_written(folder):
    write(folder, GOOD)
    assert declared("01_one") == FOUND
    assert list(declared("01_one")) == list(FOUND)
    seen = papermill.inspect_notebook(folder / "01_one.ipynb")
    kinds = {name: (item["inferred_type_name"], item["help"]) for name, item in seen.items() if name != "COUNTRY"}
    assert kinds == {name: (item.kind, item.help) for name, item in FOUND.items() if name != "COUNTRY"}
    cells, value = read("01_one"), read_json(folder / "01_one.ipynb")
    for cell in value["cells"]:
        cell["source"] = "".join(cell["source"])
    (folder / "01_one.ipynb").write_text(json.dumps(value), encoding="utf-8")
    assert read("01_one") == cells
    write(folder, "")
    assert declared("01_one") == {}


@pytest.mark.parametrize(
    "source",
    [
        "A = 1", "A: int", "A: int = 1 + 1", "A: int = len('a')", "A: int = B", "A: int | None = 1", "A: 'int' = 1",
        "A: typing.Any = 1", "A: date = 1", "A: int = 1.0", "A: float = 1", "A: str = 1", "A: list = (1, 2)",
        "A: bool = 0", "a.b: int = 1", "import os", "print(1)", "A: int = 1\nif A: pass",
    ],
)  # fmt: skip
def test_a_line_that_is_no_typed_literal_is_refused_with_its_number(folder, source):
    write(folder, source)
    line = refused(declared, "01_one")
    assert line.startswith(f"01_one: parameters cell, line {len(source.splitlines())}: ")
    assert "write NAME: str|int|float|bool|list = literal" in line


@pytest.mark.parametrize(
    ("source", "tags", "said"),
    [
        ("A: int = 1\nA: int = 2", ["parameters"], "A"),
        ("A: int = 1\nB: int = = 2", ["parameters"], "01_one: parameters cell, line 2: not Python"),
        ("A: int = 1", [], "0 cells are tagged parameters, one is needed"),
        ("A: int = 1", ["parameters"] * 2, "2 cells are tagged parameters, one is needed"),
    ],
)
def test_a_name_declared_twice_no_python_or_not_one_cell_is_refused(folder, source, tags, said):
    write(folder, source, tags=tags)
    assert said in refused(declared, "01_one")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"cells": 1}', b'{"cells": [{}]}', b'{"cells": ["a"]}', b"\xff\xfe", b"null"]
)
def test_what_is_no_notebook_is_one_line(folder, content):
    (folder / "01_one.ipynb").write_bytes(content)
    assert refused(declared, "01_one").startswith("01_one.ipynb: not a notebook; restore it")


def test_notebooks_are_found_by_name_file_and_number(folder):
    for name in ("01_one", "00_zero", "10_ten"):
        write(folder, "", name)
    for other in ("draft.ipynb", "1_short.ipynb", "01_one.py"):
        (folder / other).write_text("", encoding="utf-8")
    assert names() == ["00_zero", "01_one", "10_ten"]
    assert {resolve(text) for text in ("1", "01", "01_one", "01_one.ipynb", "notebooks/01_one.ipynb")} == {"01_one"}
    assert "no notebook one; did you mean 01_one?" in refused(resolve, "one")
    for unknown in ("02", "draft", "", "../zz"):
        line = refused(resolve, unknown)
        assert f"no notebook {unknown}; choose from 00_zero, 01_one, 10_ten" in line


# --- texts of -p


def value_of(kind, text):
    return parse(text, Declared("A", kind, None, "what it is"), where="01_one")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("str", "KAZ", "KAZ"), ("str", "", ""), ("str", "1", "1"), ("str", "a=b", "a=b"),
        ("int", "-3", -3),
        ("float", "0.5", 0.5), ("float", "1e-3", 0.001), ("float", "2", 2.0),
        ("bool", "True", True), ("bool", "false", False),
        ("list", "[1, 2]", [1, 2]), ("list", "[]", []), ("list", '["KAZ"]', ["KAZ"]),
    ],
)  # fmt: skip
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
    line = refused(value_of, kind, text)
    assert line == f"01_one: A={text!r} is not of type {kind}; what it is"
