"""Parameters of the notebooks: types, ranges and allowed values, checked before a kernel starts and again inside it."""

from __future__ import annotations

import functools
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.errors import InputError
from analysis.sources.readers.countries import short_names
from analysis.tables.catalogue import HFI_EDITIONS
from analysis.tables.load import load


class Parameters(BaseModel):
    """Base of all parameter models: frozen, no unknown names, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class RegisterAndPower(Parameters):
    """Parameters of notebook 00."""

    POWER: Annotated[float, Field(ge=0.5, le=0.99)]
    ALPHA: Annotated[float, Field(ge=0.001, le=0.2)]


class FreedomIndex(Parameters):
    """Parameters of notebook 01."""

    COUNTRY: Iso3
    EDITION: int
    DATA_YEAR: int
    SEED: Seed
    DRAWS: Annotated[int, Field(ge=100, le=100_000)]

    @model_validator(mode="after")
    def _covered(self) -> FreedomIndex:
        _check_hfi(self.COUNTRY, self.EDITION, self.DATA_YEAR)
        return self


#: Model of each notebook's parameters, by the notebook's file name without ending.
MODELS: dict[str, type[Parameters]] = {
    "00_register_and_power": RegisterAndPower,
    "01_freedom_index": FreedomIndex,
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
        An unknown name, a wrong type, or a value that is not allowed; the line lists what is.
    """
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


def _check_hfi(country: str, edition: int, data_year: int) -> None:
    if edition not in HFI_EDITIONS:
        raise ValueError(f"EDITION={edition}: editions at hand are {', '.join(map(str, HFI_EDITIONS))}")
    years, covered = _hfi_coverage(edition)
    name = _name(country)
    if country not in covered:
        raise ValueError(f"COUNTRY={country}: {name} is not in the {edition} edition of the Human Freedom Index")
    if data_year not in years:
        raise ValueError(f"DATA_YEAR={data_year}: the {edition} edition describes {min(years)} to {max(years)}")
    if data_year not in covered[country]:
        raise ValueError(f"DATA_YEAR={data_year}: the {edition} edition has no score for {name} in that year")


def _name(country: str) -> str:
    try:
        return str(short_names([country]).iloc[0])
    except InputError as error:
        raise ValueError(f"COUNTRY={country}: {error.line()}") from None


@functools.cache
def _hfi_coverage(edition: int) -> tuple[frozenset[int], dict[str, frozenset[int]]]:
    frame = load(f"hfi_{edition}")
    by_country = frame.groupby("iso3")["data_year"].agg(frozenset)
    return frozenset(frame["data_year"]), {str(code): years for code, years in by_country.items()}
