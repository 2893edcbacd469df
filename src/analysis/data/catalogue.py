"""The catalogue of tables: from which sources each is built, by what, and what it must look like."""

from __future__ import annotations

from analysis.data.catalogue_calibration import CALIBRATION_TABLES
from analysis.data.catalogue_events import EVENT_TABLES
from analysis.data.catalogue_hfi import HFI_EDITIONS, HFI_TABLES
from analysis.data.catalogue_indices import INDEX_TABLES
from analysis.data.entry import Table
from analysis.errors import InputError

__all__ = ["CATALOGUE", "HFI_EDITIONS", "Table", "table"]

CATALOGUE: dict[str, Table] = {
    entry.name: entry for entry in (*HFI_TABLES, *INDEX_TABLES, *EVENT_TABLES, *CALIBRATION_TABLES)
}


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
