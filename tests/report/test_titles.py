"""Titles of the notebooks: the first heading, or one line that says what is missing."""

from __future__ import annotations

import pytest

from analysis.errors import InputError
from analysis.report.titles import notebook_titles
from tests.project import notebook

NAME = "01_freedom_index"


def test_titles_are_the_first_headings_in_order(project):
    project.path(f"notebooks/{NAME}.ipynb").write_text(notebook(("code", "1"), ("markdown", "# Rank\nText.")))
    assert list(notebook_titles()) == ["00_register_and_power", NAME]
    assert notebook_titles()[NAME] == "Rank"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not a notebook; restore it with git checkout"),
        (notebook(("code", "1")), "no title; let its first markdown cell begin with: # Title"),
        (notebook(("markdown", " ")), "no title; let its first markdown cell begin with: # Title"),
    ],
)
def test_a_notebook_without_a_title_is_one_line(project, content, said):
    project.path(f"notebooks/{NAME}.ipynb").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        notebook_titles()
    assert error.value.line() == f"{NAME}.ipynb: {said}"
