"""Loading of the tidy tables: checked against their schema, with faults named by file, row and field."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.errors
import pandera.pandas as pa

from analysis.data.catalogue import table
from analysis.data.readers.frames import open_csv
from analysis.errors import InputError
from analysis.files import file_hash, write_whole


def load(name: str) -> pd.DataFrame:
    """Load a table of the catalogue, with the types of its schema.

    Raises
    ------
    InputError
        The file is missing or unreadable, or a row breaks the schema.
    """
    try:
        return _checked(name, sha256(name)).copy()
    except FileNotFoundError:
        remedy = "make it with: analysis data build" if table(name).build else "restore it with git checkout"
        raise InputError("table not found", where=f"{name}.csv", remedy=remedy) from None
    except OSError as error:
        raise InputError(f"not readable: {error.strerror}", where=f"{name}.csv", remedy=_RESTORE) from None


def country_names() -> dict[str, str]:
    """Return the short name of every country by its ISO3 code."""
    return load("countries").set_index("iso3")["name"].to_dict()


def add_records(path: Path, records: list[dict[str, Any]], *, key: list[str]) -> Path:
    """Add records to a CSV file, nested values as columns with dots, lists as JSON; the newest of a key stays."""

    def cell(own: Any) -> str:
        return json.dumps(own) if isinstance(own, list) else "" if own is None else str(own)

    there = pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else pd.DataFrame(columns=key)
    rows = [there] + [pd.json_normalize(record).astype(object).map(cell) for record in records]
    return write_whole(path, pd.concat(rows).drop_duplicates(key, keep="last").to_csv(index=False, lineterminator="\n"))


_RESTORE = "restore it with git checkout or, if it was typed, correct it; else make it again with: analysis data build"
#: Read a CSV file without guessing codes into missing values (NA is a country code too).
read_csv = functools.partial(open_csv, remedy=_RESTORE, encoding="utf-8")


def check(frame: pd.DataFrame, schema: pa.DataFrameSchema, *, where: str, remedy: str = _RESTORE) -> pd.DataFrame:
    """Validate a frame; the first fault becomes one line with row, or key, and field.

    Raises
    ------
    InputError
        A column is missing or unknown, a key is repeated, or a value is out of range or of the wrong type.
    """
    try:
        return schema.validate(_unrounded(frame, schema), lazy=True)
    except pandera.errors.SchemaErrors as error:
        raise InputError(_fault(error, schema, frame, by_key=remedy != _RESTORE), where=where, remedy=remedy) from None


def sha256(name: str) -> str:
    """Return the SHA-256 checksum of a table's file."""
    return file_hash(table(name).path)


@functools.cache
def _checked(name: str, digest: str) -> pd.DataFrame:
    """Read and check a table once for each content; a kernel's parent may have done it already."""
    entry = table(name)
    return check(read_csv(entry.path), entry.schema, where=entry.path.name).reset_index(drop=True)


def _unrounded(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Write numbers with a fraction as text where whole ones belong: pandera would cut them off, or name no cell."""
    whole = [name for name, column in schema.columns.items() if "int64" in str(column.dtype).lower() and name in frame]
    cut = {name: frame[name] for name in whole if pd.api.types.is_float_dtype(frame[name])}
    return frame.assign(**{name: own.astype(object).mask(own % 1 > 0, own.astype("str")) for name, own in cut.items()})


def _fault(error: pandera.errors.SchemaErrors, schema: pa.DataFrameSchema, frame: pd.DataFrame, *, by_key: bool) -> str:
    cases, key = error.failure_cases, [name for name in schema.unique or [] if name in frame]
    if cases.empty:  # two rows whose key is blank throughout have no cell that fails
        return f"key {', '.join(key)} is repeated"
    # A missing column makes keys look repeated and another name look unknown: it is the fault to name.
    missing = cases[cases["check"].astype("str").str.startswith(("column_in_dataframe", "no_regex_column_match"))]
    first = (missing if len(missing) else cases).iloc[0]
    more = f" (and {len(cases) - 1} more faults)" if len(cases) > 1 else ""
    if len(missing) or first["check"] == "column_in_schema":
        name = first["failure_case"] if first["schema_context"] == "DataFrameSchema" else first["column"]
        return f"column {name} is {'missing' if len(missing) else 'unknown'}{more}"
    place, at = "", first["index"]
    if pd.notna(at):  # a frame of several files has no rows of one
        row = f"{frame.index.name} {at}, " if frame.index.name else "" if by_key else f"row {at + 2}, "
        place = row + (" ".join(str(frame.loc[at, name]) for name in key) + ", " if by_key else "")
    if "unique" in str(first["check"]):
        return f"{place}key {', '.join(key)} is repeated"
    allowed = next(own.description for name, own in schema.columns.items() if re.fullmatch(name, first["column"]))
    found = "is blank" if pd.isna(first["failure_case"]) else f"{first['failure_case']}"
    return f"{place}field {first['column']}: {found}, where the codebook has {allowed}{more}"
