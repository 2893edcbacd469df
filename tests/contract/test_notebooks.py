"""Contracts of every notebook, read without a kernel."""

from __future__ import annotations

import ast
import itertools
import re

import nbformat
import numpy as np
import papermill
import pytest

import analysis
from analysis.claims.register import load_register
from analysis.data.catalogue import CATALOGUE
from analysis.paths import NOTEBOOKS
from analysis.session.declared import declared
from analysis.session.parameters import allowed, check

NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
#: A notebook to try things out in: it publishes nothing, so it is no part of a run.
DESK = "explore"
LAST = "What we may not conclude"
USUALLY_AT_MOST, MOST_LINES, LONGEST_LINE = 12, 25, 120
FORBIDDEN = re.compile(
    r"sys\.path|^\s*[%!]|filterwarnings|plt\.show|read_csv|read_excel|read_json|read_parquet|read_stata|https?:|open\(",
    re.MULTILINE,
)
#: Numbers that prose may type: years, and whatever stands in code spans (names of claims, tables, parameters).
YEAR = re.compile(r"\b(19|20)\d\d\b")
NUMBER = re.compile(r"\d+[.,]\d+|\d+\s?%|(?<![\w.])\d{2,}(?![\w.])|(?<!\w)\.\d+")
CODE_SPAN = re.compile(r"`[^`]*`")
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL")


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def notebook(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def cells(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def code(notebook):
    return [cell.source for cell in cells(notebook, "code")]


def headings(notebook, level):
    lines = [line for cell in cells(notebook, "markdown") for line in cell.source.splitlines()]
    return [line[level + 1 :] for line in lines if line.startswith("#" * level + " ")]


def test_every_notebook_is_numbered():
    numbered = [name for name in NAMES if name != DESK]
    assert all(re.fullmatch(r"\d\d_[a-z_]+", name) for name in numbered)
    assert len({name[:2] for name in numbered}) == len(numbered)


# --- 1 kernel, 2 outputs


def test_the_kernel_is_python3_and_nothing_of_the_machine_is_kept(notebook):
    assert dict(notebook.metadata) == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def test_cells_carry_stable_ids_no_outputs_and_no_metadata_but_the_tag(notebook):
    assert [cell for cell in cells(notebook, "code") if cell.outputs or cell.execution_count is not None] == []
    ids = [cell["id"] for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert [dict(cell.metadata) for cell in notebook.cells if cell.metadata] == [{"tags": ["parameters"]}]


def test_the_file_is_valid(notebook):
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)


# --- 3, 4, 5 parameters


def test_parameters_are_literals_that_papermill_sees_too(name):
    seen = papermill.inspect_notebook(NOTEBOOKS / f"{name}.ipynb")
    found = declared(name)
    assert list(seen) == list(found)
    for key, item in found.items():
        assert seen[key]["inferred_type_name"] == item.kind
        assert ast.literal_eval(seen[key]["default"]) == item.default
        assert seen[key]["help"] == item.help
        assert item.help, f"{key} is not explained"


def test_the_parameters_cell_is_the_first_code_cell(notebook):
    assert [cell.metadata.get("tags") == ["parameters"] for cell in cells(notebook, "code")][:2] == [True, False]


def test_each_parameter_is_read_later_not_only_checked(name, notebook):
    # The session reads all of them; what is meant is a cell that does something with the value.
    sessions = [source for source in code(notebook) if "Session(" in source]
    assert len(sessions) == 1
    others = [source for source in code(notebook)[1:] if source not in sessions]
    read = {
        node.id if isinstance(node, ast.Name) else node.attr
        for source in others for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
    }  # fmt: skip
    assert set(declared(name)) - read == set()


def test_parameters_are_typed_once_and_say_what_is_allowed(name, notebook):
    calls = [
        node for source in code(notebook) for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Session"
    ]  # fmt: skip
    assert [ast.unparse(call) for call in calls] == [f"Session('{name}', globals())"]
    found = declared(name)
    check(name, {key: item.default for key, item in found.items()})
    assert [key for key, item in found.items() if item.kind != "bool" and not allowed(item)] == []


def test_no_parameter_is_a_secret(name):
    assert not any(SECRET.search(parameter) for parameter in declared(name))


# --- 6 what code cells may not hold


def test_code_cells_hold_no_definitions_and_no_input_of_their_own(notebook):
    for source in code(notebook):
        assert not FORBIDDEN.search(source), source
        kinds = {type(node).__name__ for node in ast.walk(ast.parse(source))}
        assert not kinds & {"FunctionDef", "AsyncFunctionDef", "ClassDef", "Global", "Try"}, source


def test_random_draws_take_the_seed(notebook):
    for source in code(notebook):
        assert "np.random.seed" not in source
        assert "default_rng()" not in source


def test_tables_that_are_loaded_are_in_the_catalogue(notebook):
    loaded = {
        argument.value
        for source in code(notebook) for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "load"
        for argument in node.args if isinstance(argument, ast.Constant)
    }  # fmt: skip
    assert loaded <= set(CATALOGUE)


def test_every_figure_is_one_block_of_the_session(notebook):
    for source in code(notebook):
        assert not re.search(r"savefig|plt\.|figure_style|\b(column|page)\(", source)
        assert len(re.findall(r"session\.figure\(", source)) == len(
            re.findall(r"^with session\.figure\(", source, re.M)
        )


# --- 7 headings, 8 length


def test_one_title_which_is_a_question(notebook):
    titles = headings(notebook, 1)
    assert len(titles) == 1
    assert titles[0].endswith("?")
    assert notebook.cells[0].source.startswith("# ")


def test_sections_are_questions_and_the_last_says_what_may_not_be_concluded(notebook):
    sections = headings(notebook, 2)
    assert sections[-1] == LAST
    assert sections.count(LAST) == 1
    assert all(section.endswith("?") for section in sections[:-1])
    assert notebook.cells[-1].cell_type == "markdown"
    assert notebook.cells[-1].source.startswith(f"## {LAST}\n")


def test_cells_and_their_lines_are_short(notebook):
    assert [source.splitlines()[0] for source in code(notebook) if len(source.splitlines()) > MOST_LINES] == []
    lengths = [len(source.splitlines()) for source in code(notebook)]
    assert np.percentile(lengths, 90) <= USUALLY_AT_MOST
    lines = itertools.chain.from_iterable(source.splitlines() for source in code(notebook))
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


# --- 10 claims


def test_the_first_cell_names_the_claims_that_the_notebook_tests(name, notebook):
    head = notebook.cells[0].source
    named = re.findall(r"`([a-z0-9-]+)`", head)
    assert len(set(named)) == len(named)
    assert set(named) == {claim.id for claim in load_register().of_notebook(name)}


@pytest.mark.parametrize("name", [name for name in NAMES if "00" < name[:2] < "08"], indirect=True)
def test_the_reader_sees_more_statistics_than_helpers(name, notebook):
    """Calls of functions of the article's module do not outnumber calls of public methods."""
    tree = ast.parse("\n".join(code(notebook)))
    rooms = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }  # fmt: skip
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    roots = [rooms.get(ast.unparse(function).split(".")[0], "") for function in called]
    public = {
        f"analysis.{method}"
        for method in analysis.__all__ if getattr(analysis, method).__module__.startswith("analysis.methods")
    }  # fmt: skip
    statistics = [root for root in roots if root.startswith("analysis.methods") or root in public]
    helpers = [root for root in roots if root.startswith("analysis.article")]
    assert len(helpers) <= len(statistics), (len(helpers), len(statistics))


def test_ids_of_claims_in_prose_and_code_exist(notebook):
    register = load_register()
    used = set(re.findall(r"session\.(?:evidence|register\[)\(?\s*\"([a-z0-9-]+)\"", "\n".join(code(notebook))))
    assert used <= set(register.by_id)


# --- 11 prose


def test_prose_types_no_computed_number(notebook):
    for cell in cells(notebook, "markdown"):
        prose = YEAR.sub("", CODE_SPAN.sub("", cell.source))
        assert NUMBER.findall(prose) == [], cell.source
