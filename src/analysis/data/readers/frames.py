"""Steps that every reader needs: opening files, refusing other layouts by row and value, keys that come first."""

from __future__ import annotations

import difflib
import functools
import re
import warnings
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd
import rdata

from analysis.errors import InputError

_P = ParamSpec("_P")
_Read = TypeVar("_Read")
_PULL_AGAIN = "pull the file again, or give the edition that the reader was written for"
_EDIT = "correct the file, then url, bytes and sha256 of its card"
# What pandas raises on a frame of other types, beside KeyError on a missing column: AttributeError on ``.str`` or
# ``.dt`` of numbers, and so on.
_OTHER_LAYOUT = (LookupError, ValueError, TypeError, AttributeError, OverflowError, pd.errors.InvalidIndexError)
# Names of what was opened last: where one is missing, the nearest are told.
_names: ContextVar[tuple[str, ...]] = ContextVar("_names", default=())


def reader(read: Callable[Concatenate[Any, _P], _Read]) -> Callable[Concatenate[Any, _P], _Read]:
    """Let a reader refuse a file of another layout with one line that names the file.

    It takes the path that the reader takes, or its list of paths, or either as the values of a mapping.
    """

    @functools.wraps(read)
    def refusing(files: Any, *args: _P.args, **kwargs: _P.kwargs) -> _Read:
        paths = list(files.values()) if isinstance(files, Mapping) else files if isinstance(files, list) else [files]
        where = ", ".join(path.name for path in paths)
        try:
            return read(paths if len(paths) > 1 else paths[0], *args, **kwargs)
        except InputError as error:
            raise InputError(error.what, where=error.where or where, remedy=error.remedy) from None
        except KeyError as error:
            remedy = f"take the edition that has it, or let {read.__module__} know its new name"
            raise InputError(_missing(str(error)), where=where, remedy=remedy) from error
        except _OTHER_LAYOUT as error:
            what = f"not laid out as expected: {_said(error)}"
            raise InputError(what, where=where, remedy=_PULL_AGAIN) from error

    return refusing


def open_csv(path: Path, *, remedy: str = _PULL_AGAIN, **options: Any) -> pd.DataFrame:
    """Read a CSV file, or refuse what is none in one line; options as of :func:`pandas.read_csv`."""
    header = _opened("CSV", path, lambda: pd.read_csv(path, nrows=0, encoding="latin-1"), remedy=remedy).columns
    if len(header) == 1 and (mark := next((mark for mark in ";\t|" if mark in header[0]), "")):
        what = f"cells are separated by {mark!r}, not by commas"
        raise InputError(what, where=path.name, remedy=_EDIT if remedy == _PULL_AGAIN else remedy)
    frame = _opened("CSV", path, lambda: pd.read_csv(path, **options), remedy=remedy)
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes the first of too many cells for a label, and all others for the column before theirs.
        raise InputError("rows have more cells than the header", where=path.name, remedy=remedy)
    return _noted(frame)


def open_excel(path: Path, **options: Any) -> Any:
    """Read one sheet of a workbook or several; options as of :func:`pandas.read_excel`."""
    return _noted(_opened("an Excel workbook", path, lambda: pd.read_excel(path, engine="openpyxl", **options)))


def open_stata(path: Path) -> pd.DataFrame:
    """Read a Stata file."""
    return _noted(_opened("Stata data", path, lambda: pd.read_stata(path)))


def read_r(path: Path, *, name: str = "", encoding: str | None = None) -> Any:
    """Read a data frame of an R file (``.rda``, ``.RData`` or ``.rds``) by name, or all in the order of the file.

    All text is read in the encoding that is given, for files whose own declaration is wrong.
    """
    forced = {} if encoding is None else {"default_encoding": encoding, "force_default_encoding": True}
    read: Any = rdata.read_rds if path.suffix == ".rds" else rdata.read_rda
    found = _opened("R data", path, lambda: read(path, **forced))
    named = found if isinstance(found, Mapping) else {path.stem: found}
    frames = {str(key): _plain(value) for key, value in named.items() if isinstance(value, pd.DataFrame)}
    _names.set(tuple(frames))
    return _noted(frames[name] if name else frames)


def numbers(cells: pd.Series) -> pd.Series:
    """Read a column as numbers: blank cells are missing, any other text is refused by its row."""
    found = pd.to_numeric(cells, errors="coerce")
    text = cells.where(found.isna() & cells.astype("str").str.strip().ne(""))
    refuse_row(text, f"{cells.name} should be a number, is")
    return found


def measures(raw: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Take columns of numbers under names of our own."""
    return raw[list(names)].apply(numbers).rename(columns=names)


def keyed(values: pd.DataFrame, *, decimals: int | None = None, **key: Any) -> pd.DataFrame:
    """Put key columns first, leave rows of no country out, sort by the key, and round numbers to so many decimals.

    A row without a year, and two rows of one key, are refused.
    """
    frame = pd.concat([pd.DataFrame(key, index=values.index), values], axis=1).dropna(subset=["iso3"])
    names = list(key)
    for name in names:
        refuse_row(frame["iso3"].where(frame[name].isna()), f"{name} is missing for")
    for _, rows in frame[frame.duplicated(names, keep=False)].groupby(names):
        first, second = rows.index[:2] + 2
        both = ", ".join(f"{name} {rows[name].iloc[0]}" for name in names)
        raise InputError(f"rows {first} and {second} are of one key: {both}", remedy=_EDIT)
    frame = frame.sort_values(names, ignore_index=True)
    return frame if decimals is None else frame.round(decimals)


def refuse_row(wrong: pd.Series, what: str, remedy: str = _EDIT) -> None:
    """Refuse the first cell that is not missing, by its row in the file, the header counted as row 1."""
    for row, value in wrong.dropna().items():
        raise InputError(f"row {row + 2}: {what} {value!r}", remedy=remedy)


def _opened(kind: str, path: Path, read: Callable[[], _Read], *, remedy: str = _PULL_AGAIN) -> _Read:
    try:
        with warnings.catch_warnings():
            # Classes of other R packages (tibbles) are read as the plain data frames that they are; what pandas warns
            # of in a damaged file comes out in the checks of the table.
            warnings.simplefilter("ignore")
            return read()
    except Exception as error:  # the libraries raise some twenty kinds on bytes that are no such file
        raise InputError(f"not readable as {kind}: {_said(error)}", where=path.name, remedy=remedy) from None


def _noted(opened: Any) -> Any:
    """Strip spaces from the names of columns, of one frame or of several by name, and note the names."""
    frames = opened.values() if isinstance(opened, dict) else [opened]
    for frame in frames:
        frame.columns = [str(name).strip() for name in frame.columns]
    _names.set(tuple(dict.fromkeys(name for frame in frames for name in frame.columns)))
    return opened


def _missing(said: str) -> str:
    """Say which name of an error is not in the file, and what in it is nearest."""
    name = next(iter(re.findall(r"'([^']*)'", said)), said)
    near = difflib.get_close_matches(name, _names.get(), n=8, cutoff=0)
    return f"no {name} in it; nearest of {len(_names.get())} names: {', '.join(text[:40] for text in near)}"


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())[:120]
    return f"{type(error).__name__} {text}" if text else type(error).__name__


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    # R's missing number is a signalling NaN, at which NumPy's rounding warns.
    numbers = frame.select_dtypes("float64")
    return frame.assign(**numbers.mask(numbers.isna(), np.nan)).rename(columns=str).reset_index(drop=True)
