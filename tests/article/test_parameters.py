"""Parameters: strict types, ranges and coverage; every refusal is one line that says what is allowed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from analysis.article.parameters import MODELS, check
from analysis.errors import InputError

ZERO = {"POWER": 0.8, "ALPHA": 0.05}


def refused(values, notebook="00_register_and_power"):
    with pytest.raises(InputError) as error:
        check(notebook, values)
    line = error.value.line()
    assert line.startswith(f"{notebook}: ")
    assert "\n" not in line
    return line


def test_checked_parameters_cannot_be_changed():
    with pytest.raises(ValidationError):
        check("00_register_and_power", ZERO).POWER = 0.9


@pytest.mark.parametrize(
    "change", [{"POWER": 0.4}, {"POWER": 1.0}, {"ALPHA": 0.0}, {"ALPHA": float("nan")}, {"POWER": "x"}, {"YEAR": 1}]
)
def test_notebook_00(change):
    assert next(iter(change)) in refused(ZERO | change)


def test_an_unknown_notebook_is_one_line():
    assert "no model of its parameters" in refused({}, "99_nothing")


def test_models_name_parameters_in_capitals():
    for model in MODELS.values():
        assert all(name.isupper() for name in model.model_fields)
