"""Contracts of every notebook, read without a kernel."""

import ast
import itertools
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import yaml

import analysis
from analysis.claims.register import load_register
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import country_names, load
from analysis.paths import FIGURES, NOTEBOOKS, ROOT
from analysis.runs.manifest import read_manifest
from analysis.session.declared import declared
from analysis.session.parameters import allowed, check
from tests.claims.make import claims_of, refused
from tests.prose import faults, naming

NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
#: A notebook to try things out in: it publishes nothing, so it is no part of a run.
DESK = "explore"
LAST = "What we may not conclude"
USUALLY_AT_MOST, MOST_LINES, LONGEST_LINE = 12, 25, 120
FORBIDDEN = re.compile(
    r"sys\.path|^\s*[%!]|filterwarnings|random\.seed|savefig|plt\.|figure_style|\b(column|page)\(|"
    r"read_csv|read_excel|read_json|read_parquet|read_stata|https?:|open\(",
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


@pytest.fixture(scope="module")
def nodes(notebook):
    return [node for source in code(notebook) for node in ast.walk(ast.parse(source))]


def calls(nodes, name):
    found = [node for node in nodes if isinstance(node, ast.Call)]
    return [call for call in found if getattr(call.func, "id", getattr(call.func, "attr", "")) == name]


def headings(notebook, level):
    lines = [line for cell in cells(notebook, "markdown") for line in cell.source.splitlines()]
    return [line[level + 1 :] for line in lines if line.startswith("#" * level + " ")]


def test_every_notebook_is_numbered():
    numbered = [name for name in NAMES if name != DESK]
    assert all(re.fullmatch(r"\d\d_[a-z_]+", name) for name in numbered)
    assert len({name[:2] for name in numbered}) == len(numbered)


def test_the_file_is_valid_and_nothing_of_the_machine_or_of_a_run_is_kept(notebook):
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    assert dict(notebook.metadata) == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert [cell for cell in cells(notebook, "code") if cell.outputs or cell.execution_count is not None] == []
    assert len({cell["id"] for cell in notebook.cells}) == len(notebook.cells)


def test_the_first_code_cell_and_no_other_holds_parameters_that_say_what_they_are_and_what_is_allowed(name, notebook):
    assert [dict(cell.metadata) for cell in notebook.cells if cell.metadata] == [{"tags": ["parameters"]}]
    assert cells(notebook, "code")[0].metadata
    found = declared(name)
    check(name, {key: item.default for key, item in found.items()})
    assert [key for key, item in found.items() if not item.help or SECRET.search(key)] == []
    assert [key for key, item in found.items() if item.kind != "bool" and not allowed(item)] == []


@pytest.mark.parametrize(
    ("number", "changed", "said"),
    [
        ("03", {"DONORS": "RUS; KAZ"}, "nor an ISO3 code of a country"),
        ("03", {"OUTCOME": "v2x_libdem"}, "the table vdem_v12 has"),
        ("03", {"FIRST_YEAR": 2015}, "between 1990 and 2014"),
        ("05", {"COUNTRY": "ATA"}, "Antarctica is not in the table protest_coverage or population or pandem"),
        ("07", {"LAST_YEAR": 2030}, "the table vdem_v12 has "),
        (DESK, {"COUNTRY": "BHS"}, "is not in the table regimes"),
    ],
)
def test_what_a_cell_does_not_allow_or_the_tables_do_not_cover_is_refused(number, changed, said):
    (name,) = (name for name in NAMES if name.startswith(number))
    assert said in refused(check, name, {key: item.default for key, item in declared(name).items()} | changed)


def test_a_notebook_takes_every_country_that_one_of_its_tables_knows(name):
    found, outputs = declared(name), read_manifest(FIGURES)["outputs"].values()
    if "COUNTRY" not in found or name == DESK:
        return
    asked = allowed(found["COUNTRY"]).format(**{key: item.default for key, item in found.items()})
    known = {code for table in asked.removeprefix("iso3 in ").split(" or ") for code in load(table)["iso3"]}
    used = {table for of in outputs if of["notebook"] == name for table in of["tables"]} - {"countries"}
    assert {code for table in used for code in load(table).get("iso3", ())} <= known


def test_the_session_takes_all_parameters_and_each_is_read_later(name, notebook, nodes):
    assert [ast.unparse(call) for call in calls(nodes, "Session")] == [f"Session('{name}', globals())"]
    # What is meant is a cell that does something with the value.
    read = {
        node.id if isinstance(node, ast.Name) else node.attr
        for source in code(notebook)[1:] if "Session(" not in source for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
    }  # fmt: skip
    assert set(declared(name)) - read == set()


def test_code_cells_hold_no_definitions_no_input_and_no_figure_of_their_own_and_draw_by_the_seed(notebook, nodes):
    assert [source for source in code(notebook) if FORBIDDEN.search(source)] == []
    kinds = {type(node).__name__ for node in nodes}
    assert not kinds & {"FunctionDef", "AsyncFunctionDef", "ClassDef", "Global", "Try"}
    assert [call for call in calls(nodes, "default_rng") if not call.args] == []
    blocks = [item.context_expr for node in nodes if isinstance(node, ast.With) for item in node.items]
    assert [call for call in calls(nodes, "figure") if call not in blocks] == []


def test_titles_of_figures_are_made_of_results(nodes):
    """A title that is typed is false where the result differs: of another country, edition or release."""
    given = {target.id: node.value for node in nodes if isinstance(node, ast.Assign)
             for target in node.targets if isinstance(target, ast.Name)}  # fmt: skip
    for call in calls(nodes, "figure"):
        (title,) = (keyword.value for keyword in call.keywords if keyword.arg == "title")
        title = given[title.id] if isinstance(title, ast.Name) else title
        made = [node for node in ast.walk(title) if isinstance(node, ast.Call | ast.FormattedValue)]
        assert made, ast.unparse(title)


def test_tables_and_claims_that_are_named_exist_and_the_first_cell_names_those_that_are_tested(notebook, nodes, name):
    tables = {argument.value for call in calls(nodes, "load") for argument in call.args if hasattr(argument, "value")}
    assert {table for table in tables if isinstance(table, str)} <= set(CATALOGUE)
    used = re.findall(r"session\.(?:evidence|register\[)\(?\s*\"([a-z0-9-]+)\"", "\n".join(code(notebook)))
    assert set(used) <= {claim.id for claim in load_register().claims}
    named = re.findall(r"`([a-z0-9-]+)`", notebook.cells[0].source)
    assert sorted(named) == sorted(claim.id for claim in claims_of(load_register(), name))


def test_title_and_sections_are_questions_the_last_says_what_may_not_be_concluded_and_cells_are_short(notebook):
    (title,), (*sections, last) = headings(notebook, 1), headings(notebook, 2)
    assert notebook.cells[0].source.startswith("# ")
    assert [heading for heading in (title, *sections) if not heading.endswith("?")] == []
    assert last == LAST
    assert notebook.cells[-1].cell_type == "markdown"
    assert notebook.cells[-1].source.startswith(f"## {LAST}\n")
    assert [source.splitlines()[0] for source in code(notebook) if len(source.splitlines()) > MOST_LINES] == []
    lengths = [len(source.splitlines()) for source in code(notebook)]
    assert np.percentile(lengths, 90) <= USUALLY_AT_MOST
    lines = itertools.chain.from_iterable(source.splitlines() for source in code(notebook))
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("name", [name for name in NAMES if "00" < name[:2] < "08"], indirect=True)
def test_the_reader_sees_more_statistics_than_helpers(nodes):
    rooms = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }  # fmt: skip
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    roots = [rooms.get(ast.unparse(function).split(".")[0], "") for function in called]
    public = {
        f"analysis.{method}"
        for method in analysis.__all__ if getattr(analysis, method).__module__.startswith("analysis.methods")
    }  # fmt: skip
    statistics = [root for root in roots if root.startswith("analysis.methods") or root in public]
    helpers = [root for root in roots if root.startswith("analysis.article")]
    assert len(helpers) <= len(statistics), (len(helpers), len(statistics))


def test_prose_types_no_computed_number_has_no_fault_and_names_a_country_only_for_the_article(notebook, name):
    for cell in cells(notebook, "markdown"):
        prose = YEAR.sub("", CODE_SPAN.sub("", cell.source))
        assert NUMBER.findall(prose) == [], cell.source
    prose = [cell.source for cell in cells(notebook, "markdown")]
    assert faults(prose) == set()
    countries = rf"\b({'|'.join(country_names().values())}|Kazakh)\b"
    assert "COUNTRY" not in declared(name) or naming(countries, prose) == []


def test_the_hook_changes_no_clean_notebook_and_restores_one_that_jupyterlab_saved(tmp_path):
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    call, files, clean = shlex.split(hooks[0]["entry"]), [], {}
    for name in NAMES:
        clean[name] = (NOTEBOOKS / f"{name}.ipynb").read_bytes()
        saved = json.loads(clean[name])
        saved["metadata"]["language_info"] |= {"version": "3.11.7", "mimetype": "text/x-python", "pygments_lexer": "i3"}
        first = next(cell for cell in saved["cells"] if cell["cell_type"] == "code")
        first |= {"execution_count": 7, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["out"]}]}
        for kind, content in (("clean", clean[name]), ("saved", json.dumps(saved).encode())):
            files.append(tmp_path / kind / f"{name}.ipynb")
            files[-1].parent.mkdir(exist_ok=True)
            files[-1].write_bytes(content)
    subprocess.run([Path(sys.executable).with_name(Path(call[0]).name), *call[1:], *files], check=True)
    for name in NAMES:
        assert (tmp_path / f"clean/{name}.ipynb").read_bytes() == clean[name]
        assert json.loads((tmp_path / f"saved/{name}.ipynb").read_bytes()) == json.loads(clean[name])
