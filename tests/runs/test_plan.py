"""Planning a run: everything is checked before anything starts, and nothing is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.runs import plan as runs
from analysis.runs.plan import plan
from analysis.runs.run import Run
from tests.project import NOTEBOOKS, notebook

DEFAULTS = {"COUNTRY": "KAZ", "EDITION": 2020, "DATA_YEAR": 2018, "SEED": 20210211, "DRAWS": 10000}


@pytest.fixture
def refused(project):
    """Plan and insist on one line, with nothing written."""

    def call(wanted=("01",), settings=None, **options):
        before = project.tree()
        with pytest.raises(InputError) as error:
            plan(list(wanted), settings or {}, **options)
        assert "\n" not in error.value.line()
        assert project.tree() == before
        return error.value.line()

    return call


def test_a_plan_holds_all_parameters_and_those_that_changed(project):
    request = plan(["01"], {"COUNTRY": "KGZ", "SEED": "20210211"})
    assert request.notebooks == {"01_freedom_index": DEFAULTS | {"COUNTRY": "KGZ"}}
    assert request.changed == {"01_freedom_index": {"COUNTRY": "KGZ"}}


def test_defaults_go_to_figures_and_changes_elsewhere(project):
    assert plan(["01"], {}).out == project.path("figures")
    assert plan(["01"], {"COUNTRY": "KAZ"}).out == project.path("figures")
    assert plan(["01"], {"COUNTRY": "KGZ"}).out == project.path("build/runs/COUNTRY=KGZ")
    other = project.path("elsewhere")
    assert plan(["01"], {"COUNTRY": "KGZ"}, out=other).out == other


def test_no_name_means_all_notebooks_in_order(project):
    assert tuple(plan([], {}).notebooks) == NOTEBOOKS
    assert list(plan(["01", "01_freedom_index.ipynb"], {}).notebooks) == ["01_freedom_index"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"COUNTRIES": "KAZ"}, "unknown parameter COUNTRIES; choose from COUNTRY, DATA_YEAR, DRAWS, EDITION, SEED"),
        ({"country": "KAZ"}, "unknown parameter country"),
        ({"EDITION": "twenty"}, "EDITION='twenty' is not of type int; edition of the index"),
        ({"COUNTRY": "ZZZ"}, "COUNTRY=ZZZ: no country has this code"),
        ({"COUNTRY": "kaz"}, "COUNTRY='kaz'"),
        ({"COUNTRY": "UZB"}, "COUNTRY=UZB: Uzbekistan is not in the table hfi_2020"),
        ({"EDITION": "2023"}, "EDITION=2023 should be one of 2018, 2019, 2020, 2021, 2022, 2024"),
        ({"DATA_YEAR": "2019"}, "DATA_YEAR=2019: the table hfi_2020 has 2008 to 2018 for KAZ"),
        # Belarus entered the index later than 2008.
        ({"COUNTRY": "BLR", "DATA_YEAR": "2008"}, "DATA_YEAR=2008: the table hfi_2020 has "),
        ({"SEED": "-1"}, "SEED=-1 should be between 0 and 4294967295"),
        ({"DRAWS": "99"}, "DRAWS=99 should be between 100 and 100000"),
        ({"DRAWS": "100001"}, "DRAWS=100001 should be between 100 and 100000"),
    ],
)
def test_a_bad_setting_is_one_line_that_says_what_is_allowed(refused, settings, said):
    line = refused(settings=settings)
    assert said in line
    assert line.startswith("01")


def test_an_unknown_notebook_lists_those_there_are(refused):
    assert "no notebook 99; choose from" in refused(["99"])


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("data/claims.yml", "thresholds:", "threshold:", "claims.yml: "),
        ("data/claims.lock", "history:", "histories:", "claims.lock: "),
        ("data/tables/hfi_2024.csv", ",hf_rank,", ",rank,", "hfi_2024.csv: column"),
        ("data/tables/countries.csv", "KAZ,", "kaz,", "countries.csv: row"),
    ],
)
def test_no_run_starts_on_a_broken_file(project, refused, file, old, new, said):
    project.edit(file, old, new)
    assert said in refused()


def test_a_folder_that_holds_something_else_is_not_replaced(project, refused):
    # Publishing replaces the folder as a whole: what is not of a run would be gone.
    folder = project.path("my papers")
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert "my papers" in refused(out=folder)
    assert refused(out=project.root)
    assert refused(out=project.path("data"))


def test_an_empty_folder_and_a_folder_of_an_earlier_run_may_be_replaced(project):
    folder = project.path("out")
    folder.mkdir()
    assert plan(["01"], {}, out=folder).out == folder
    (folder / "manifest.json").write_text('{"outputs": {}}', encoding="utf-8")
    assert plan(["01"], {}, out=folder).out == folder


def test_a_damaged_manifest_is_one_line_before_anything_starts(project):
    folder = project.path("figures")
    folder.mkdir()
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"manifest.json: not a manifest"):
        Run(plan(["01"], {}))


def test_a_kept_output_that_is_gone_is_one_line_before_anything_starts(project):
    folder = project.path("figures")
    folder.mkdir()
    kept = '{"outputs": {"00_a.png": {"notebook": "00_register_and_power", "sha256": ""}}}'
    (folder / "manifest.json").write_text(kept, encoding="utf-8")
    project.path("notebooks/00_register_and_power.ipynb").write_text(notebook(("code", "", "parameters")), "utf-8")
    with pytest.raises(InputError, match=r"00_a\.png is missing"):
        Run(plan(["01"], {}))


# --- names of runs

# A parameter has one type, so that 1 and "1" are never values of the same one.
changes = st.fixed_dictionaries(
    {},
    optional={
        "TEXT": st.text(max_size=20) | st.text("xTEXT=_1", max_size=8),
        "WHOLE": st.integers(),
        "SHARE": st.floats(allow_nan=False),
        "LIST": st.lists(st.integers(0, 20), max_size=4),
    },
)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(changes)
def test_a_runs_name_is_one_safe_folder(changed):
    slug = runs.slug({"01": changed})
    assert 0 < len(slug) <= 110
    assert not set(slug) & set('/\\:*?"<>| \n\t\0')
    assert not slug.startswith(("-", "."))


@settings(derandomize=True, deadline=None, max_examples=50)
@given(changes, changes)
def test_runs_with_other_parameters_have_other_names(first, second):
    same = runs.slug({"01": first}) == runs.slug({"01": second})
    assert same == (repr(sorted(first.items())) == repr(sorted(second.items())))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"A": [1, 2]}, {"A": [12]}),
        ({"A": "a/b"}, {"A": "ab"}),
        ({"A": "x" * 200}, {"A": "x" * 201}),
        ({"A": "x_B=1"}, {"A": "x", "B": 1}),
    ],
)
def test_lists_and_long_texts_are_told_apart(first, second):
    assert runs.slug({"01": first}) != runs.slug({"01": second})


def test_plain_changes_give_readable_names():
    assert runs.slug({"01": {"EDITION": 2021, "COUNTRY": "KGZ"}}) == "COUNTRY=KGZ_EDITION=2021"
    assert runs.slug({"01": {}}) == "default"
