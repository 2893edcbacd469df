"""What a table is: its name, its sources, its schema and its builder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis.paths import DATA, TABLES

Builder = Callable[[Mapping[str, Path]], pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One tidy table.

    Attributes
    ----------
    name : str
        File name without ending.
    sources : tuple of str
        Names of the source cards it is built from; empty for tables typed from cited pages, whose rows name them, and
        for simulated ones.
    schema : pandera.DataFrameSchema
        What every row must satisfy.
    build : callable or None
        Source paths by card name -> tidy frame; None for typed and simulated tables.
    simulated : bool
        Whether the table holds what a command of this project simulated: it lies in ``data``, not among the data.
    """

    name: str
    sources: tuple[str, ...]
    schema: pa.DataFrameSchema
    build: Builder | None
    simulated: bool = False

    @property
    def path(self) -> Path:
        """Where the table is kept."""
        return (DATA if self.simulated else TABLES) / f"{self.name}.csv"


def built(name: str, card: str, schema: pa.DataFrameSchema, read: Callable[[Path], pd.DataFrame]) -> Table:
    """Describe a table that one reader builds from one source file."""
    return Table(name, (card,), schema, lambda paths: read(paths[card]))


def typed(name: str, schema: pa.DataFrameSchema) -> Table:
    """Describe a table that is typed from cited pages; its rows name them."""
    return Table(name, (), schema, None)


def simulated(name: str, schema: pa.DataFrameSchema) -> Table:
    """Describe a table that a command of this project simulates."""
    return Table(name, (), schema, None, simulated=True)
