"""Parameters: read without a kernel, texts of -p as values, and values against what the brackets of the cell allow."""

import json

import papermill
import pytest

from analysis.session import declared as module
from analysis.session.declared import Declared, declared, names, parse, read, resolve
from analysis.session.parameters import allowed, check, with_codes
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


CELL = {
    "COUNTRY": Declared("COUNTRY", "str", "KAZ", "the country [country]"),
    "TURN": Declared("TURN", "str", "2019-04", "first month [month]"),
    "OUTCOME": Declared("OUTCOME", "str", "arrests", "what is counted [arrests | killings]"),
    "REGIMES": Declared("REGIMES", "list", [0, 1], "classes [0 | 1 | 2 | 3]"),
    "DRAWS": Declared("DRAWS", "int", 100, "draws [10..1000]"),
    "LAST": Declared("LAST", "int", 2020, "after the draws [DRAWS + 1..3000]"),
    "DONORS": Declared("DONORS", "str", "all", "who [half | all | countries]"),
    "SHARE": Declared("SHARE", "float", 0.5, "share [0.1..0.9]"),
    "FULL": Declared("FULL", "bool", False, "all of them"),
    "SEED": Declared("SEED", "int", 1, "seed of every draw [seed]"),
}
COVERED = {
    "EDITION": Declared("EDITION", "int", 2020, "edition [2015..2100]"),
    "COUNTRY": Declared("COUNTRY", "str", "NZL", "country [iso3 in hfi_{EDITION}, regimes]"),
    "DATA_YEAR": Declared("DATA_YEAR", "int", 2018, "year [data_year in hfi_{EDITION}]"),
    "DONORS": CELL["DONORS"],
    "INDICATOR": Declared("INDICATOR", "str", "attacks", "count [indicator in adil_soz_counts]"),
}
DEFAULTS = {name: item.default for name, item in CELL.items()}
NO_CODE, NEITHER = "is no ISO3 code of a country", "is neither half, all nor an ISO3 code of a country"


@pytest.fixture(autouse=True)
def cell(monkeypatch):
    monkeypatch.setattr("analysis.session.parameters.declared", lambda name: CELL)


def test_defaults_and_ends_of_ranges_are_allowed_and_brackets_stand_at_the_end_of_the_comment():
    check("a", DEFAULTS)
    check("a", DEFAULTS | {"DRAWS": 10, "SHARE": 0.9, "SEED": 2**32 - 1, "REGIMES": [3]})
    check("a", DEFAULTS | {"DRAWS": 1000, "SHARE": 0.1, "SEED": 0, "REGIMES": [0]})
    check("a", DEFAULTS | {"DONORS": "UZB, BLR"})
    assert allowed(CELL["DRAWS"]) == "10..1000"
    assert allowed(Declared("A", "int", 1, "weights [w] of draws")) == ""


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TURN", "2019-13", "a month, YYYY-MM"), ("OUTCOME", "protests", "one of arrests, killings"),
        ("REGIMES", 0, "of type list"), ("REGIMES", [], "a list with an entry or more"),
        ("DRAWS", 9, "between 10 and 1000"), ("DRAWS", 10.0, "of type int"), ("DRAWS", True, "of type int"),
        ("LAST", 100, "between 101 and 3000 (DRAWS + 1..3000)"), ("SHARE", float("nan"), "between 0.1 and 0.9"),
        ("SEED", -1, "between 0 and 4294967295"), ("FULL", 1, "of type bool"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_one_line_that_says_what_is(name, value, said):
    assert refused(check, "a", DEFAULTS | {name: value}) == f"a: {name}={value!r} should be {said}"


def test_one_wrong_entry_of_a_list_an_unknown_and_a_missing_parameter_are_named():
    assert refused(check, "a", DEFAULTS | {"REGIMES": [0, 4]}) == "a: REGIMES=4 should be one of 0, 1, 2, 3"
    assert refused(check, "a", DEFAULTS | {"REGIMES": ["0"]}) == "a: REGIMES='0' should be of type int"
    assert refused(check, "a", DEFAULTS | {"NEW": 1}) == f"a: unknown parameter NEW; it has {', '.join(CELL)}"
    assert "missing parameter COUNTRY" in refused(
        check, "a", {name: DEFAULTS[name] for name in DEFAULTS if name != "COUNTRY"}
    )


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"COUNTRY": "Kasakstan"}, f"a: COUNTRY='Kasakstan' {NO_CODE}; did you mean KAZ (Kazakhstan)"),
        ({"DONORS": "half, UZB"}, f"a: DONORS='half' {NEITHER}; did you mean half or all?"),
        ({"DONORS": "UZB,XKZ"}, f"a: DONORS='XKZ' {NEITHER}; did you mean XKX (Kosovo)"),
        ({"DONORS": "UZB, UZB"}, "a: DONORS: UZB is named twice; leave it out"),
        ({"DONORS": "UZB,NZL"}, "a: DONORS: NZL is the country itself; leave it out"),
        ({"COUNTRY": "Congo"}, f"a: COUNTRY='Congo' {NO_CODE}; did you mean COG (Congo Republic) or COD (DR Congo)?"),
        ({"COUNTRY": "USSR"}, f"a: COUNTRY='USSR' {NO_CODE}; data/tables/countries.csv has the codes"),
        ({"EDITION": 2023}, "no table hfi_2023; choose one of hfi_2018, hfi_2019, hfi_2020, hfi_2021, hfi_2022, hfi_"),
        ({"COUNTRY": "UZB"}, "a: COUNTRY=UZB: Uzbekistan is not in the table hfi_2020"),
        ({"DATA_YEAR": 2019}, "a: DATA_YEAR=2019: the table hfi_2020 has 2008 to 2018"),
        ({"EDITION": 2018}, "a: DATA_YEAR=2018: the table hfi_2018 has 2008 to 2016"),
        ({"INDICATOR": "raids"}, "a: INDICATOR=raids: the table adil_soz_counts has "),
    ],
)
def test_what_the_tables_do_not_cover_is_one_line_that_says_what_they_do(monkeypatch, changed, line):
    monkeypatch.setattr("analysis.session.parameters.declared", lambda name: COVERED)
    defaults = {name: item.default for name, item in COVERED.items()}
    check("a", defaults)
    assert refused(check, "a", defaults | changed).startswith(line)


@pytest.mark.parametrize(
    ("name", "text", "taken"),
    [
        *(("COUNTRY", text, "KAZ") for text in ("KAZ", "kaz", "KZ", "kz", "Kazakhstan", "kazakhstan ")),
        *(("COUNTRY", text, "GBR") for text in ("UK", "u.k.", "Great Britain", "the United Kingdom")),
        *(("COUNTRY", text, "TUR") for text in ("Türkiye", "Turkiye", "Turkey")),
        *(("COUNTRY", text, text) for text in ("Congo", "Korea", "Czechoslovakia", "England")),
        ("COUNTRY", "UZ,Belarus,KAZ", "UZB,BLR,KAZ"), ("COUNTRY", "all", "all"), ("COUNTRY", "Kasakstan", "Kasakstan"),
        ("DONORS", "half", "half"), ("DONORS", "UZ, Belarus", "UZB,BLR"),
        ("REGION", '["KZ", "UZB"]', '["KAZ", "UZB"]'), ("OUTCOME", "KZ", "KZ"),
    ],
)  # fmt: skip
def test_a_country_is_taken_by_name_or_code_where_that_means_one(monkeypatch, name, text, taken):
    cell = CELL | {"REGION": Declared("REGION", "list", ["KAZ"], "countries [country]")}
    monkeypatch.setattr("analysis.session.parameters.declared", lambda name: cell)
    assert with_codes({name: text}, ["01"]) == {name: taken}
