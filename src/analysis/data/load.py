"""Loading of the tidy tables: checked against their schema, with faults named by file, row and field."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import pandas as pd
import pandera.errors
import pandera.pandas as pa

from analysis.data.catalogue import HFI_EDITIONS, table
from analysis.errors import InputError


def load(name: str) -> pd.DataFrame:
    """Load one table.

    Parameters
    ----------
    name : str
        Name in the catalogue, for example ``hfi_2020``.

    Returns
    -------
    pandas.DataFrame
        The table with the types of its schema.

    Raises
    ------
    InputError
        The file is missing or unreadable, or a row breaks the schema.
    """
    try:
        return _checked(name, sha256(name)).copy()
    except FileNotFoundError:
        raise InputError("table not found", where=f"{name}.csv", remedy="make it with: analysis data build") from None
    except OSError as error:
        raise InputError(f"not readable: {error.strerror}", where=f"{name}.csv", remedy=_RESTORE) from None


def load_hfi(editions: tuple[int, ...] = HFI_EDITIONS) -> pd.DataFrame:
    """Load the Human Freedom Index of several editions, one below the other.

    Returns
    -------
    pandas.DataFrame
        Unique by ``edition``, ``data_year``, ``iso3``: editions are stacked, never spliced into one series.
    """
    return pd.concat([load(f"hfi_{edition}") for edition in editions], ignore_index=True)


def read_csv(path: Path) -> pd.DataFrame:
    """Read a CSV file without guessing codes into missing values (NA is a country code too)."""
    try:
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""], encoding="utf-8")
    except FileNotFoundError:
        raise InputError("table not found", where=path.name, remedy="make it with: analysis data build") from None
    except (ValueError, OSError, OverflowError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"not readable as CSV: {reason}", where=path.name, remedy=_RESTORE) from None
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes the first of too many cells for a label, and all others for the column before theirs.
        raise InputError("rows have more cells than the header", where=path.name, remedy=_RESTORE)
    return frame


def check(frame: pd.DataFrame, schema: pa.DataFrameSchema, *, where: str) -> pd.DataFrame:
    """Validate a frame; the first fault becomes one line with row and field.

    Raises
    ------
    InputError
        A column is missing or unknown, a key is repeated, or a value is out of range or of the wrong type.
    """
    try:
        return schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        raise InputError(_fault(error, schema), where=where, remedy=_RESTORE) from None


def sha256(name: str) -> str:
    """Return the SHA-256 checksum of a table's file."""
    return hashlib.sha256(table(name).path.read_bytes()).hexdigest()


@functools.cache
def _checked(name: str, digest: str) -> pd.DataFrame:
    """Read and check a table once for each content; a kernel's parent may have done it already."""
    entry = table(name)
    return check(read_csv(entry.path), entry.schema, where=entry.path.name)


_RESTORE = "restore it with git checkout or make it again with: analysis data build"


def _fault(error: pandera.errors.SchemaErrors, schema: pa.DataFrameSchema) -> str:
    cases = error.failure_cases
    # A missing column makes keys look repeated and another name look unknown: it is the fault to name.
    missing = cases[cases["check"] == "column_in_dataframe"]
    first = (missing if len(missing) else cases).iloc[0]
    more = f" (and {len(cases) - 1} more faults)" if len(cases) > 1 else ""
    if first["check"] == "column_in_dataframe":
        return f"column {first['failure_case']} is missing{more}"
    if first["check"] == "column_in_schema":
        return f"column {first['failure_case']} is unknown{more}"
    row = "" if pd.isna(first["index"]) else f"row {int(first['index']) + 2}, "
    if "unique" in str(first["check"]):
        return f"{row}key {', '.join(schema.unique or [])} is repeated"
    return f"{row}field {first['column']}: {first['failure_case']} fails {first['check']}{more}"
