"""Steps that every reader needs: opening R files, putting the key first, sorting by it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rdata

from analysis.errors import InputError

#: Key of every index table.
KEY = ["edition", "data_year", "iso3"]


def read_r(path: Path, *, encoding: str | None = None) -> dict[str, pd.DataFrame]:
    """Read the data frames of an R file (``.rda``, ``.RData`` or ``.rds``).

    Parameters
    ----------
    path : Path
        R file; an ``.rds`` file holds one unnamed object.
    encoding : str, optional
        Encoding to read all text in, for files whose own declaration is wrong.

    Returns
    -------
    dict of str to pandas.DataFrame
        Data frames by name, in the order of the file, with plain strings as column names.

    Raises
    ------
    InputError
        The file is not an R data file.
    """
    forced = {} if encoding is None else {"default_encoding": encoding, "force_default_encoding": True}
    try:
        with warnings.catch_warnings():
            # Classes of other R packages (tibbles) are read as the plain data frames that they are.
            warnings.simplefilter("ignore")
            found = _open(path, forced)
    except (ValueError, EOFError, OSError, UnicodeDecodeError, NotImplementedError) as error:
        raise InputError(f"not readable as R data: {type(error).__name__}", where=path.name) from None
    return {str(name): _plain(value) for name, value in found.items() if isinstance(value, pd.DataFrame)}


def keyed(frame: pd.DataFrame, key: Mapping[str, Any], *, decimals: int | None = None) -> pd.DataFrame:
    """Put key columns first, leave rows without a key out, and sort by the key.

    Parameters
    ----------
    frame : pandas.DataFrame
        Values, one row per observation.
    key : mapping of str to scalar, array or Series
        Key columns in order; rows where one is missing are left out.
    decimals : int, optional
        Decimals to round numbers to.
    """
    columns = {name: pd.Series(_aligned(value, frame), index=frame.index) for name, value in key.items()}
    whole = pd.concat([pd.DataFrame(columns), frame.drop(columns=list(columns), errors="ignore")], axis=1)
    whole = whole.dropna(subset=list(columns)).sort_values(list(columns), ignore_index=True)
    return whole if decimals is None else whole.round(decimals)


def _aligned(value: Any, frame: pd.DataFrame) -> Any:
    return value if isinstance(value, pd.Series) else np.broadcast_to(np.asarray(value), len(frame))


def _open(path: Path, forced: dict[str, Any]) -> dict[str, Any]:
    if path.suffix == ".rds":
        return {path.stem: rdata.read_rds(path, **forced)}
    return dict(rdata.read_rda(path, **forced))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    # R's missing number is a signalling NaN, at which NumPy's rounding warns.
    numbers = frame.select_dtypes("float64")
    return frame.assign(**numbers.mask(numbers.isna(), np.nan)).rename(columns=str).reset_index(drop=True)
