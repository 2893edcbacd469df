"""Parameters of the notebooks: types, ranges and allowed values, checked before a kernel starts and again inside it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.article.parameter_checks import (
    check_hfi,
    check_window,
)
from analysis.errors import InputError


class Parameters(BaseModel):
    """Base of all parameter models: frozen, no unknown names, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class RegisterAndPower(Parameters):
    """Parameters of notebook 00."""

    POWER: Annotated[float, Field(ge=0.5, le=0.99)]
    ALPHA: Annotated[float, Field(ge=0.001, le=0.2)]


class Verdicts(Parameters):
    """Parameters of notebook 08."""

    ALPHA: Annotated[float, Field(ge=0.001, le=0.2)]


class Explore(Parameters):
    """Parameters of the desk."""

    COUNTRY: Iso3
    EDITION: int
    DATA_YEAR: int
    FIRST_YEAR: Annotated[int, Field(ge=1990, le=2015)]
    FIRST_TREATED: Annotated[int, Field(ge=1996, le=2022)]
    SEED: Seed

    @model_validator(mode="after")
    def _covered(self) -> Explore:
        check_hfi(self.COUNTRY, self.EDITION, self.DATA_YEAR)
        check_window(self.COUNTRY, self.FIRST_YEAR, self.FIRST_TREATED)
        return self


#: Model of each notebook's parameters, by the notebook's file name without ending.
MODELS: dict[str, type[Parameters]] = {
    "00_register_and_power": RegisterAndPower,
    "08_verdicts": Verdicts,
    "explore": Explore,
}


def check(notebook: str, values: dict[str, Any]) -> Parameters:
    """Validate the parameters of a notebook.

    Parameters
    ----------
    notebook : str
        File name without ending.
    values : dict
        All parameters by name.

    Raises
    ------
    InputError
        An unknown notebook or name, a wrong type, or a value that is not allowed; the line lists what is.
    """
    if notebook not in MODELS:
        remedy = "add one to MODELS in analysis/session/parameters.py, or take the file out of notebooks/"
        raise InputError("no model of its parameters", where=notebook, remedy=remedy)
    model = MODELS[notebook]
    unknown = sorted(set(values) - set(model.model_fields))
    if unknown:
        raise InputError(f"unknown parameter {unknown[0]}", where=notebook, remedy=f"choose from {_names(model)}")
    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ")
        text = f"{field}={first['input']!r}: {message}" if field else message
        raise InputError(text, where=notebook) from None


def _names(model: type[Parameters]) -> str:
    return ", ".join(model.model_fields)
