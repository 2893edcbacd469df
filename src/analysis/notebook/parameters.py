"""Parameters of the notebooks: types, ranges and allowed values, checked before a kernel starts and again inside it."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.errors import InputError
from analysis.notebook.designs import design, study
from analysis.notebook.measures import vdem
from analysis.sources.readers.countries import short_names
from analysis.tables.catalogue import HFI_EDITIONS
from analysis.tables.load import load


class Parameters(BaseModel):
    """Base of all parameter models: frozen, no unknown names, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
# Years that a panel of elections needs: two rounds of a five-year cycle.
_FEWEST_YEARS = 10


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


class PressCounts(Parameters):
    """Parameters of notebook 02."""

    BASE_YEAR: int
    YEAR: int
    INDICATOR: str
    LOCKDOWN_DAYS: Annotated[int, Field(ge=-1, le=300)]
    SEED: Seed
    DRAWS: Annotated[int, Field(ge=1_000, le=1_000_000)]

    @model_validator(mode="after")
    def _counted(self) -> PressCounts:
        _check_counts(self.INDICATOR, self.BASE_YEAR, self.YEAR)
        return self


class ElectionSeasonality(Parameters):
    """Parameters of notebook 04."""

    COUNTRY: Iso3
    OUTCOME: Literal["repressed", "arrests", "killings", "protests"]
    REGIMES: Annotated[list[Annotated[int, Field(ge=0, le=3)]], Field(min_length=1, max_length=3)]
    EFFECTS: Literal["unit-year, season", "unit, month", "unit-season, year"]
    FIRST_YEAR: Annotated[int, Field(ge=1990, le=2015)]
    LAST_YEAR: Annotated[int, Field(ge=1995, le=2020)]
    DAYS: Annotated[int, Field(ge=30, le=180)]
    PERMUTATIONS: Annotated[int, Field(ge=19, le=9_999)]
    FULL: bool
    WORKERS: Annotated[int, Field(ge=1, le=64)]
    SEED: Seed

    @model_validator(mode="after")
    def _covered(self) -> ElectionSeasonality:
        if self.LAST_YEAR - self.FIRST_YEAR < _FEWEST_YEARS:
            span = f"FIRST_YEAR={self.FIRST_YEAR} and LAST_YEAR={self.LAST_YEAR}"
            raise ValueError(f"{span}: they should be {_FEWEST_YEARS} years apart or more")
        _check_protests(self.COUNTRY, elections=True)
        return self


class ReformsCounterfactual(Parameters):
    """Parameters of notebook 03."""

    COUNTRY: Iso3
    OUTCOME: str
    VINTAGE: Literal["v12", "v14", "v15", "v16"]
    FIRST_TREATED: Annotated[int, Field(ge=1991, le=2025)]
    FIRST_YEAR: Annotated[int, Field(ge=1990, le=2020)]
    DONORS: str
    SEED: Seed
    DRAWS: Annotated[int, Field(ge=10, le=1_000)]

    @model_validator(mode="after")
    def _comparable(self) -> ReformsCounterfactual:
        _check_comparison(self)
        return self


class ActivityAndTargets(Parameters):
    """Parameters of notebook 05."""

    COUNTRY: Iso3
    TURN: Annotated[str, Field(pattern=r"^(199|20[012])\d-(0[1-9]|1[0-2])$")]
    MONTHS: Annotated[int, Field(ge=3, le=60)]
    BASE_YEARS: Annotated[int, Field(ge=1, le=25)]
    SPLIT: Annotated[int, Field(ge=1995, le=2020)]
    BLOCK: Annotated[int, Field(ge=1, le=12)]
    DRAWS: Annotated[int, Field(ge=99, le=100_000)]
    SEED: Seed

    @model_validator(mode="after")
    def _covered(self) -> ActivityAndTargets:
        _check_protests(self.COUNTRY, elections=False)
        _check_periods(self.COUNTRY, self.TURN, self.MONTHS, self.BASE_YEARS)
        return self


#: Model of each notebook's parameters, by the notebook's file name without ending.
MODELS: dict[str, type[Parameters]] = {
    "00_register_and_power": RegisterAndPower,
    "01_freedom_index": FreedomIndex,
    "02_press_counts": PressCounts,
    "03_reforms_counterfactual": ReformsCounterfactual,
    "04_election_seasonality": ElectionSeasonality,
    "05_activity_and_targets": ActivityAndTargets,
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
        remedy = "add one to MODELS in analysis/notebook/parameters.py, or take the file out of notebooks/"
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


def _check_counts(indicator: str, base_year: int, year: int) -> None:
    """Refuse a pair of years in which the monitor did not count the indicator for all twelve months."""
    counts = load("adil_soz_counts")
    months = counts["first_month"].str[5:] + counts["last_month"].str[5:]
    whole = counts[(months == "0112") & (counts["first_month"].str[:4] == counts["last_month"].str[:4])]
    years = whole["first_month"].str[:4].astype(int).groupby(whole["indicator"]).agg(sorted)
    paired = years[years.map(len) > 1]
    if indicator not in paired:
        raise ValueError(f"INDICATOR={indicator}: counted in two whole years or more are {', '.join(paired.index)}")
    if base_year >= year or not {base_year, year} <= set(paired[indicator]):
        known = ", ".join(map(str, paired[indicator]))
        raise ValueError(f"BASE_YEAR={base_year}, YEAR={year}: {indicator} were counted in {known}; take two in order")


def _check_protests(country: str, *, elections: bool) -> None:
    """Refuse a country that the protest data do not follow, or without national elections where these are needed."""
    name = _name(country)
    if country not in set(load("protest_coverage")["iso3"]):
        raise ValueError(f"COUNTRY={country}: {name} is not in the Mass Mobilization data")
    if elections and country not in set(load("votes_reign").query("kind != 'referendum'")["iso3"]):
        raise ValueError(f"COUNTRY={country}: no national election of {name} is listed")


def _check_periods(country: str, turn: str, later: int, base_years: int) -> None:
    """Refuse periods that the protest data do not cover, or in which the country has no protest with arrests."""
    middle = 12 * int(turn[:4]) + int(turn[5:]) - 1
    row = load("protest_coverage").set_index("iso3").loc[country]
    first, last = 12 * int(row["first_year"]), 12 * int(row["last_year"]) + int(row["last_month"]) - 1
    begin, end = middle - 12 * base_years, middle + later - 1
    if begin < first or end > last:
        span = f"{first // 12}-01 to {last // 12}-{last % 12 + 1:02d}"
        raise ValueError(
            f"TURN={turn}, MONTHS={later} and BASE_YEARS={base_years}: the data on {country} run from {span}"
        )
    months = load("protest_months").query("iso3 == @country")
    inside = (12 * months["year"] + months["month"] - 1).between(begin, end)
    if not months.loc[inside, "arrests"].sum():
        raise ValueError(f"COUNTRY={country}: no protest with arrests in the periods compared")


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


def _check_comparison(p: ReformsCounterfactual) -> None:
    """Refuse a comparison that cannot be made, before a kernel starts."""
    frame = load(f"vdem_{p.VINTAGE}")
    # A smallest effect of interest is registered for indices from 0 to 1; their bounds and errors are no outcomes.
    bounds = ("_codelow", "_codehigh", "_sd")
    outcomes = [name for name in frame if name.startswith("v2x") and not name.endswith(bounds)]
    if p.OUTCOME not in outcomes:
        raise ValueError(f"OUTCOME={p.OUTCOME}: V-Dem {p.VINTAGE} is carried with {', '.join(outcomes)}")
    _name(p.COUNTRY)
    try:
        plan = design(
            load("regimes"),
            country=p.COUNTRY,
            donors=p.DONORS,
            first_treated=p.FIRST_TREATED,
            first_year=p.FIRST_YEAR,
        )
        study(frame, vdem(p.OUTCOME, p.VINTAGE), plan)
    except InputError as error:
        raise ValueError(error.line()) from None
