"""Steps that every reader needs: opening files, refusing other layouts by row and value, keys that come first."""

from __future__ import annotations

import difflib
import functools
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from analysis.errors import InputError

_P = ParamSpec("_P")
_Read = TypeVar("_Read")
_PULL_AGAIN = "pull the file again, or give the edition that the reader was written for"
_EDIT = "correct the file, then url, bytes and sha256 of its card"
# What pandas raises on a frame of other types, beside KeyError on a missing column: AttributeError on ``.str`` or
# ``.dt`` of numbers, and so on.
_OTHER_LAYOUT = (LookupError, ValueError, TypeError, AttributeError, OverflowError, pd.errors.InvalidIndexError)
# How the sources write that there is no value; any other word is refused.
_MISSING = ("", "-", "NA")
_TWICE = " (twice)"
_names: ContextVar[tuple[str, ...]] = ContextVar("_names", default=())


def reader(read: Callable[Concatenate[Any, _P], _Read]) -> Callable[Concatenate[Any, _P], _Read]:
    """Let a reader refuse a file of another layout with one line that names the file.

    It takes the path that the reader takes, or its list of paths, or either as the values of a mapping. The catalogue
    does so for readers of tables, others are marked.
    """
    module = getattr(read, "func", read).__module__

    @functools.wraps(read)
    def refusing(files: Any, *args: _P.args, **kwargs: _P.kwargs) -> _Read:
        paths = list(files.values()) if isinstance(files, Mapping) else files if isinstance(files, list) else [files]
        where = ", ".join(path.name for path in paths)
        try:
            return read(paths if len(paths) > 1 else paths[0], *args, **kwargs)
        except InputError as error:
            raise InputError(error.what, where=error.where or where, remedy=error.remedy) from None
        except KeyError as error:
            what, remedy = _not_one(str(error), module)
            raise InputError(what, where=where, remedy=remedy) from error
        except _OTHER_LAYOUT as error:
            what = f"not laid out as expected: {_said(error)}"
            raise InputError(what, where=where, remedy=_PULL_AGAIN) from error

    return refusing


def open_csv(path: Path, *, remedy: str = _PULL_AGAIN, **options: Any) -> pd.DataFrame:
    """Read a CSV file without its blank lines, or refuse what is none; options as of :func:`pandas.read_csv`.

    No word is guessed to be a missing value: NA is a country code too.
    """
    header = _opened("CSV", path, lambda: pd.read_csv(path, nrows=0, encoding="latin-1"), remedy=remedy).columns
    if len(header) == 1 and (mark := next((mark for mark in ";\t|" if mark in header[0]), "")):
        what = f"cells are separated by {mark!r}, not by commas"
        raise InputError(what, where=path.name, remedy=_EDIT if remedy == _PULL_AGAIN else remedy)
    options |= {"keep_default_na": False, "na_values": [""], "skip_blank_lines": False, "low_memory": False}
    frame = _opened("CSV", path, lambda: pd.read_csv(path, **options), remedy=remedy)
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes the first of too many cells for a label, and all others for the column before theirs.
        raise InputError("rows have more cells than the header", where=path.name, remedy=remedy)
    return frame.dropna(how="all")


def source_csv(path: Path, **options: Any) -> pd.DataFrame:
    """Read a source that is a CSV file; options as of :func:`pandas.read_csv`. The header is row 1."""
    return noted(open_csv(path, **options), first=2)


def open_excel(path: Path, **options: Any) -> pd.DataFrame:
    """Read a sheet of a workbook; options as of :func:`pandas.read_excel`. The header is row 1."""
    plain: dict[str, Any] = {"engine": "openpyxl", "keep_default_na": False, "na_values": [""]}
    return noted(_opened("an Excel workbook", path, lambda: pd.read_excel(path, **plain, **options)), first=2)


def open_stata(path: Path) -> pd.DataFrame:
    """Read a Stata file."""
    return noted(_opened("Stata data", path, lambda: pd.read_stata(path)), first=1)


def read_r(path: Path, *, name: str = "", encoding: str | None = None) -> Any:
    """Read a data frame of an R file (``.rda``, ``.RData`` or ``.rds``) by name, or all in the order of the file.

    All text is read in the encoding that is given, for files whose own declaration is wrong.
    """
    import rdata  # only who builds tables waits for it

    forced = {} if encoding is None else {"default_encoding": encoding, "force_default_encoding": True}
    read: Any = rdata.read_rds if path.suffix == ".rds" else rdata.read_rda
    found = _opened("R data", path, lambda: read(path, **forced))
    named = found if isinstance(found, Mapping) else {path.stem: found}
    frames = {str(key): _plain(value) for key, value in named.items() if isinstance(value, pd.DataFrame)}
    _names.set(tuple(frames))
    return noted(frames[name] if name else frames, first=1)


def numbers(cells: pd.Series, *, whole: bool = False, needed: bool = False) -> pd.Series:
    """Read a column as numbers, or as whole ones: blank cells are missing unless needed, any other is refused."""
    found, blank = pd.to_numeric(cells, errors="coerce"), is_blank(cells)
    expected = f"a {'whole ' if whole else ''}number"
    refuse(cells, (found.isna() & ~blank) | (blank & needed), expected)
    if not whole:
        return found
    refuse(cells, found.notna() & (found % 1 != 0), expected)
    return found.astype("int64" if needed else "Int64")


ints = functools.partial(numbers, whole=True, needed=True)


def measures(raw: pd.DataFrame, names: Mapping[str, str], *, whole: bool = False, needed: bool = False) -> pd.DataFrame:
    """Take columns of numbers under names of our own, as of :func:`numbers`."""
    return raw[list(names)].apply(numbers, whole=whole, needed=needed).rename(columns=names)


def dates(cells: pd.Series, *, needed: bool = False) -> pd.Series:
    """Read a column of days; blank cells are missing unless needed."""
    found, blank = pd.to_datetime(cells, errors="coerce", format="%Y-%m-%d"), is_blank(cells)
    refuse(cells, (found.isna() & ~blank) | (blank & needed), "a day, written YYYY-MM-DD")
    return found


def words(cells: pd.Series, known: Iterable[str]) -> pd.Series:
    """Read a column of words, of which there are few; spaces about them are stripped."""
    found = cells.astype("str").str.strip()
    refuse(cells, ~found.isin(list(known)), f"one of {', '.join(known)}")
    return found


def rated(values: pd.DataFrame, raw: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Leave out rows that lack all of the measures, by their names in the file; a row that lacks some is refused."""
    missing = values[list(names.values())].isna()
    some = ~missing.all(axis=1)
    for source, name in names.items():
        refuse(raw[source], missing[name] & some, f"a number, as others of {', '.join(names)} in its row are there")
    return values[some]


def single(raw: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Refuse two rows of one key, which the file's own columns make."""
    for _, rows in raw[raw.duplicated(names, keep=False)].groupby(names, dropna=False):
        key = ", ".join(f"{name} {rows[name].iloc[0]}" for name in names)
        raise InputError(f"{_place(rows.index)} are of one key: {key}", remedy=_EDIT)
    return raw


def keyed(values: pd.DataFrame, *, decimals: int | None = None, **key: Any) -> pd.DataFrame:
    """Put key columns first, leave rows of no country out, sort by the key, and round numbers to so many decimals.

    Two rows of one key are refused. Rows keep their place in the file as label.
    """
    frame = pd.concat([pd.DataFrame(key, index=values.index), values], axis=1).dropna(subset=["iso3"])
    frame = single(frame, list(key)).sort_values(list(key))
    return frame if decimals is None else frame.round(decimals)


def ends_in(years: pd.Series, last: int, whose: str) -> None:
    """Refuse a file that ends in another year than that edition or version of it does."""
    if years.max() != last:
        remedy = "give the file of that edition, or correct the edition of its card"
        raise InputError(f"data years end in {years.max():.0f}, those of {whose} in {last}", remedy=remedy)


def is_blank(cells: pd.Series) -> pd.Series:
    """Tell which cells are missing: nothing, spaces, or one of the marks that the sources have for it."""
    return cells.isna() | cells.astype("str").str.strip().isin(_MISSING)


def refuse(cells: pd.Series, wrong: pd.Series, expected: str, remedy: str = _EDIT) -> None:
    """Refuse the first cell that is wrong, by its place in the file, its column, its value and what was expected."""
    for value in cells[wrong].head(1):
        blank = pd.isna(value) or not str(value).strip()
        shown = "blank" if blank else repr(value) if isinstance(value, str) else str(value)
        raise InputError(f"{_place(cells[wrong].index[:1])}: {cells.name} is {shown}, not {expected}", remedy=remedy)


def _opened(kind: str, path: Path, read: Callable[[], _Read], *, remedy: str = _PULL_AGAIN) -> _Read:
    try:
        with warnings.catch_warnings():
            # Classes of other R packages (tibbles) are read as the plain data frames that they are; what pandas warns
            # of in a damaged file comes out in the checks of the table.
            warnings.simplefilter("ignore")
            return read()
    except Exception as error:  # the libraries raise some twenty kinds on bytes that are no such file
        reason = "its text has another encoding" if isinstance(error, UnicodeError) else _said(error)
        raise InputError(f"not readable as {kind}: {reason}", where=path.name, remedy=remedy) from None


def noted(opened: Any, *, first: int) -> Any:
    """Note names of columns, of which the nearest are told where one is missing, and label rows by their place.

    It takes one frame, or several by name, whose rows are counted from ``first``.
    """
    frames = opened if isinstance(opened, dict) else {"": opened}
    if not any(map(len, frames.values())):
        raise InputError("no rows of data in it", remedy=_PULL_AGAIN)
    for name, frame in frames.items():
        names = [str(column).strip() for column in frame.columns]
        # Of columns of one name pandas numbers all but the first, and none can be read.
        frame.columns = [name + _TWICE * (names.count(name) > 1 or f"{name}.1" in names) for name in names]
        frame.index = (frame.index + first).rename(f"{name}, row" if name else "row")
    _names.set(tuple(dict.fromkeys(column for frame in frames.values() for column in frame.columns)))
    return opened


def _place(labels: pd.Index) -> str:
    """Say which row of the file it is, or which two."""
    kind = str(labels.name or "row")
    return f"{kind} {labels[0]}" if len(labels) == 1 else f"{kind}s {labels[0]} and {labels[1]}"


def _not_one(said: str, module: str) -> tuple[str, str]:
    """Say which name of an error is not in the file (and what in it is nearest) or is there twice, and what to do."""
    name = next(iter(re.findall(r"'([^']*)'", said)), said)
    if name + _TWICE in _names.get():
        return f"two columns {name} in it", _EDIT
    near = difflib.get_close_matches(name, _names.get(), n=8, cutoff=0)
    what = f"no {name} in it; nearest of {len(_names.get())} names: {', '.join(text[:40] for text in near)}"
    return what, f"take the edition that has it, or let {module} know its new name"


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())[:120]
    return f"{type(error).__name__} {text}" if text else type(error).__name__


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    # R's missing number is a signalling NaN, at which NumPy's rounding warns.
    numbers = frame.select_dtypes("float64")
    return frame.assign(**numbers.mask(numbers.isna(), np.nan)).rename(columns=str).reset_index(drop=True)
