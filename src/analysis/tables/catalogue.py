"""The catalogue of tables: from which sources each is built, by what, and what it must look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis.errors import InputError
from analysis.paths import TABLES
from analysis.sources.readers.countries import short_names
from analysis.sources.readers.hfi import read_hfi, read_hfi_subscores
from analysis.tables import schemas

Builder = Callable[[Mapping[str, Path]], pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One tidy table.

    Attributes
    ----------
    name : str
        File name without ending under ``data/tables``.
    sources : tuple of str
        Names of the source cards it is built from; empty for tables typed from cited pages, whose rows name them.
    schema : pandera.DataFrameSchema
        What every row must satisfy.
    build : callable or None
        Source paths by card name -> tidy frame; None for typed tables.
    """

    name: str
    sources: tuple[str, ...]
    schema: pa.DataFrameSchema
    build: Builder | None

    @property
    def path(self) -> Path:
        """Where the table is kept."""
        return TABLES / f"{self.name}.csv"


#: Editions of the Human Freedom Index that the package carries; there was no 2023 file at hand.
HFI_EDITIONS = (2018, 2019, 2020, 2021, 2022, 2024)


def _hfi(paths: Mapping[str, Path], *, edition: int) -> pd.DataFrame:
    return read_hfi(paths[f"hfi_{edition}"], edition=edition)


def _hfi_subscores(paths: Mapping[str, Path]) -> pd.DataFrame:
    return read_hfi_subscores(paths["hfi_2020"], edition=2020)


def _countries(paths: Mapping[str, Path]) -> pd.DataFrame:
    codes = {code for edition in HFI_EDITIONS for code in _hfi(paths, edition=edition)["iso3"]}
    names = short_names(codes)
    return pd.DataFrame({"iso3": names.index, "name": names.to_numpy()})


_HFI_CARDS = tuple(f"hfi_{edition}" for edition in HFI_EDITIONS)
_TABLES = (
    *(
        Table(f"hfi_{edition}", (f"hfi_{edition}",), schemas.HFI, partial(_hfi, edition=edition))
        for edition in HFI_EDITIONS
    ),
    Table("hfi_2020_subscores", ("hfi_2020",), schemas.HFI_SUBSCORES, _hfi_subscores),
    Table("countries", _HFI_CARDS, schemas.COUNTRIES, _countries),
)
CATALOGUE: dict[str, Table] = {table.name: table for table in _TABLES}


def table(name: str) -> Table:
    """Look a table up by name.

    Raises
    ------
    InputError
        There is no such table; the line lists those there are.
    """
    if name not in CATALOGUE:
        raise InputError(f"no table {name}", remedy=f"choose one of {', '.join(CATALOGUE)}")
    return CATALOGUE[name]
