"""Steps that every reader needs: opening files, refusing other layouts, putting the key first, sorting by it."""

from __future__ import annotations

import functools
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from xml.etree.ElementTree import ParseError

import numpy as np
import pandas as pd
import rdata

from analysis.errors import InputError

_P = ParamSpec("_P")
_Files = TypeVar("_Files")
_Read = TypeVar("_Read")
_PULL_AGAIN = "pull the file again, or give the edition that the reader was written for"
# What the libraries that open files raise on bytes that are no such file.
_DAMAGED = (
    ValueError, EOFError, OSError, LookupError, AttributeError, TypeError, OverflowError, MemoryError, RecursionError,
    NotImplementedError, AssertionError, RuntimeError, SyntaxError, struct.error, zlib.error, zipfile.BadZipFile,
    ParseError, UnboundLocalError,
)  # fmt: skip
# What pandas raises on a frame with other columns or other types: KeyError on a missing column, AttributeError on
# ``.str`` or ``.dt`` of numbers, and so on; StopIteration comes of a column sought under several names.
_OTHER_LAYOUT = (
    LookupError, ValueError, TypeError, AttributeError, OverflowError, StopIteration, pd.errors.InvalidIndexError,
)  # fmt: skip


def reader(read: Callable[Concatenate[_Files, _P], _Read]) -> Callable[Concatenate[_Files, _P], _Read]:
    """Let a reader refuse a file of another layout with one line that names the file.

    The reader's first argument is a path, or several of them in a list or a mapping.
    """

    @functools.wraps(read)
    def refusing(files: _Files, *args: _P.args, **kwargs: _P.kwargs) -> _Read:
        try:
            return read(files, *args, **kwargs)
        except _OTHER_LAYOUT as error:
            raise InputError(
                f"not laid out as expected: {_said(error)}", where=_named(files), remedy=_PULL_AGAIN
            ) from error

    return refusing


def open_csv(path: Path, *, remedy: str = _PULL_AGAIN, **options: Any) -> pd.DataFrame:
    """Read a CSV file, or refuse what is none in one line; options as of :func:`pandas.read_csv`."""
    frame = _opened("CSV", path, lambda: pd.read_csv(path, **options), remedy=remedy)
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes the first of too many cells for a label, and all others for the column before theirs.
        raise InputError("rows have more cells than the header", where=path.name, remedy=remedy)
    return frame


def open_excel(path: Path, **options: Any) -> Any:
    """Read one sheet of a workbook or several; options as of :func:`pandas.read_excel`."""
    return _opened("an Excel workbook", path, lambda: pd.read_excel(path, engine="openpyxl", **options))


def open_stata(path: Path) -> pd.DataFrame:
    """Read a Stata file."""
    return _opened("Stata data", path, lambda: pd.read_stata(path))


def read_r(path: Path, *, encoding: str | None = None) -> dict[str, pd.DataFrame]:
    """Read the data frames of an R file (``.rda``, ``.RData`` or ``.rds``) by name, in the order of the file.

    All text is read in the encoding that is given, for files whose own declaration is wrong.
    """
    forced = {} if encoding is None else {"default_encoding": encoding, "force_default_encoding": True}
    found = _opened("R data", path, lambda: _open(path, forced))
    return {str(name): _plain(value) for name, value in found.items() if isinstance(value, pd.DataFrame)}


def keyed(values: pd.DataFrame, *, decimals: int | None = None, **key: Any) -> pd.DataFrame:
    """Put key columns first, leave rows without a key out, sort by the key, and round numbers to so many decimals."""
    frame = pd.concat([pd.DataFrame(key, index=values.index), values], axis=1)
    frame = frame.dropna(subset=list(key)).sort_values(list(key), ignore_index=True)
    return frame if decimals is None else frame.round(decimals)


def _opened(kind: str, path: Path, read: Callable[[], _Read], *, remedy: str = _PULL_AGAIN) -> _Read:
    try:
        with warnings.catch_warnings():
            # Classes of other R packages (tibbles) are read as the plain data frames that they are; what pandas warns
            # of in a damaged file comes out in the checks of the table.
            warnings.simplefilter("ignore")
            return read()
    except _DAMAGED as error:
        raise InputError(f"not readable as {kind}: {_said(error)}", where=path.name, remedy=remedy) from None


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())[:120]
    return f"{type(error).__name__} {text}" if text else type(error).__name__


def _named(files: Any) -> str:
    paths = files.values() if isinstance(files, Mapping) else files if isinstance(files, list) else [files]
    return ", ".join(Path(path).name for path in paths)


def _open(path: Path, forced: dict[str, Any]) -> dict[str, Any]:
    if path.suffix == ".rds":
        return {path.stem: rdata.read_rds(path, **forced)}
    return dict(rdata.read_rda(path, **forced))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    # R's missing number is a signalling NaN, at which NumPy's rounding warns.
    numbers = frame.select_dtypes("float64")
    return frame.assign(**numbers.mask(numbers.isna(), np.nan)).rename(columns=str).reset_index(drop=True)
