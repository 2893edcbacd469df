"""Parameters: strict types, ranges and coverage; every refusal is one line that says what is allowed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from analysis.article.parameters import MODELS, check
from analysis.errors import InputError

ONE = {"COUNTRY": "KAZ", "EDITION": 2020, "DATA_YEAR": 2018, "SEED": 1, "DRAWS": 100}


def refused(values, notebook="01_freedom_index"):
    with pytest.raises(InputError) as error:
        check(notebook, values)
    line = error.value.line()
    assert line.startswith(f"{notebook}: ")
    assert "\n" not in line
    return line


def test_allowed_values_are_kept_as_given():
    assert check("01_freedom_index", ONE).model_dump() == ONE


def test_checked_parameters_cannot_be_changed():
    with pytest.raises(ValidationError):
        check("01_freedom_index", ONE).COUNTRY = "KGZ"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"YEAR": 2018}, "unknown parameter YEAR; choose from COUNTRY, EDITION, DATA_YEAR, SEED, DRAWS"),
        ({"EDITION": "2020"}, "EDITION='2020': Input should be a valid integer"),
        ({"EDITION": 2020.0}, "EDITION=2020.0: "),
        ({"EDITION": True}, "EDITION=True: "),
        ({"COUNTRY": 398}, "COUNTRY=398: Input should be a valid string"),
        ({"COUNTRY": "Kazakhstan"}, "COUNTRY='Kazakhstan': "),
        ({"COUNTRY": "ZZZ"}, "COUNTRY=ZZZ: ZZZ is not an ISO3 country code"),
        ({"COUNTRY": "UZB"}, "COUNTRY=UZB: Uzbekistan is not in the 2020 edition"),
        ({"EDITION": 2023}, "EDITION=2023: editions at hand are 2018, 2019, 2020, 2021, 2022, 2024"),
        ({"DATA_YEAR": 2019}, "DATA_YEAR=2019: the 2020 edition describes 2008 to 2018"),
        ({"SEED": -1}, "SEED=-1: "),
        ({"SEED": 2**32}, "SEED=4294967296: "),
        ({"DRAWS": 99}, "DRAWS=99: Input should be greater than or equal to 100"),
        ({"DRAWS": 100_001}, "DRAWS=100001: Input should be less than or equal to 100000"),
    ],
)
def test_other_values_are_one_line(change, said):
    assert said in refused(ONE | change)


def test_a_country_without_a_score_in_that_year_is_one_line():
    # Belarus entered the index later than 2008.
    assert "has no score for" in refused(ONE | {"COUNTRY": "BLR", "DATA_YEAR": 2008})


@pytest.mark.parametrize("name", ONE)
def test_a_missing_value_is_named(name):
    values = {key: value for key, value in ONE.items() if key != name}
    assert name in refused(values)


@pytest.mark.parametrize(
    "change", [{"POWER": 0.4}, {"POWER": 1.0}, {"ALPHA": 0.0}, {"ALPHA": float("nan")}, {"POWER": "x"}]
)
def test_notebook_00(change):
    assert next(iter(change)) in refused({"POWER": 0.8, "ALPHA": 0.05} | change, "00_register_and_power")


def test_an_unknown_notebook_is_one_line():
    assert "no model of its parameters" in refused({}, "99_nothing")


def test_models_name_parameters_in_capitals():
    for model in MODELS.values():
        assert all(name.isupper() for name in model.model_fields)
