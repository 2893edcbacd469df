"""What methods take: rows of pandas arguments matched by their labels, columns, counts, and tidy tables as panels.

Pandas users expect rows to be matched by label; arrays are taken by position. What does not fit is refused in one line,
and so is a name that is asked for and not there; only where a method's result lists what it dropped may one be missing.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError, nearest
from analysis.methods._arguments import in_words, refuse_masked
from analysis.methods.result import Floats, counted

Ints = NDArray[np.intp]

PLACES = 9  # decimals at which scores from 1 to 10 are compared, so that binary fractions part no ties
AT_HAND = 5  # names that are told where none is near the one asked for
LARGEST_COUNT = 1e12  # its sums with others are exact
LARGEST = 1e100  # size whose square and cube are numbers still, as are those of one over it
_OTHERS = (str, bytes, complex, np.complexfloating, np.datetime64, np.timedelta64, pd.Period)  # no real numbers


def refuse_if(wrong: Any, what: str, where: str = "", remedy: str = "") -> None:
    """Refuse an input: what is wrong, where, and what to do."""
    if wrong:
        raise InputError(what, where=where, remedy=remedy)


def refuse_unknown(asked: Iterable[Hashable], known: Iterable[Hashable], where: str, kind: str) -> None:
    """Refuse a name of some kind that is asked for and not there; the remedy is the nearest of those that are."""
    names = {one: str(one) for one in known}
    for name in asked:
        if name not in names:
            words = list(names.values())
            remedy = nearest(str(name), words, otherwise=f"there are {', '.join(words[:AT_HAND]) or 'none'}")
            for twin in (one for one, word in names.items() if word == str(name)):
                remedy = f"it is {in_words(type(twin))} there, not {in_words(type(name))}"
            raise InputError(f"no {kind} {name}", where=where, remedy=remedy)


def check_columns(frame: pd.DataFrame, names: Sequence[Hashable], where: str) -> None:
    """Refuse columns that are not there, or that stand there twice."""
    refuse_unknown(names, frame.columns, where, "column")
    for name in frame.columns[frame.columns.duplicated()]:
        refuse_if(name in names, f"two columns are called {name}", where, "rename one")


def check_ranks(ranks: pd.Series, n: Any, where: str) -> None:
    """Refuse what is no rank among n units, a whole number from 1 to n; missing ones are left."""
    wrong = ranks.notna() & ~((ranks % 1 == 0) & ranks.between(1, n))
    said = ", ".join(f"{rank:g} of {label}" for label, rank in ranks[wrong].head(AT_HAND).items())
    refuse_if(said, f"no rank among the units is {said}", where, "give whole numbers from 1 to the number of units")


def places_of(values: Any, places: int = PLACES) -> int:
    """Return decimals for values of any size that stand for some decimals of values from 1 to 10."""
    size = np.abs(np.asarray(values, dtype=float))
    largest = float(size.max(initial=0.0, where=np.isfinite(size)))
    return places - math.floor(math.log10(largest)) if largest else places


def order_of(given: Any) -> Ints:
    """Return the places of labels in order: as they sort or, of several kinds, numbers first, then by kind, as text."""
    index = pd.Index(given)
    try:
        return index.argsort(kind="stable")
    except TypeError:
        return np.array(sorted(range(len(index)), key=lambda place: _sort_key(index[place])), dtype=np.intp)


def _sort_key(label: Any) -> tuple[Any, ...]:
    if isinstance(label, tuple):
        return True, "tuple", tuple(map(_sort_key, label))
    return (True, type(label).__name__, str(label)) if not isinstance(label, Real) else (False, "", label)


def aligned(**given: Any) -> list[Any]:
    """Return the arguments with rows of Series and frames in the order of the first argument, by label.

    All Series and frames must have the same labels. Where they come in several orders, the first argument must be one
    of them and no label may be repeated.
    """
    pandas = {name: value for name, value in given.items() if isinstance(value, pd.Series | pd.DataFrame)}
    first = next(iter(pandas), "")
    for name, value in pandas.items():
        index = pandas[first].index
        if not value.index.equals(index):
            unique = index.is_unique and value.index.is_unique and first == next(iter(given))
            what, unlike = f"its row labels are not those of {first}", not unique or set(index) != set(value.index)
            refuse_if(unlike, what, name, "give the same index, or arrays")
            given[name] = value.loc[index]
    return list(given.values())


def refuse_joined(times: Any, where: str) -> None:
    """Refuse months that are year and month in one number, such as 202001: differences of these are no months."""
    joined = (times >= 180_001) & (times <= 220_012) & (times % 100 >= 1) & (times % 100 <= 12)
    said, remedy = "year and month stand in one number", "give 12 * year + month - 1"
    refuse_if(len(times) and joined.all(), said, where, remedy)


def check_order(values: Any, where: str, *, whole: bool = True) -> None:
    """Refuse a Series or frame whose labels are not in order of time, each once, or, if it has to be whole, have gaps.

    Labels that are no numbers, periods or days tell no order; their rows are taken as they stand.
    """
    index = values.index if isinstance(values, pd.Series | pd.DataFrame) else pd.RangeIndex(0)
    periods, numbers = isinstance(index, pd.PeriodIndex), pd.api.types.is_numeric_dtype(index)
    ordered = periods or numbers or isinstance(index, pd.DatetimeIndex)
    mixed = not index.is_unique or (ordered and not index.is_monotonic_increasing)
    refuse_if(mixed, "its rows are not in order of time, each once", where, "sort them by their index")
    if numbers:
        refuse_joined(index, where)
    if whole and (periods or pd.api.types.is_integer_dtype(index)):
        steps = np.diff(index.asi8 if periods else index)
        gaps = (steps != (1 if periods else steps[:1])).any()
        refuse_if(gaps, "periods have gaps", where, "fill periods without an event with zeros")


def one_row_each(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame if its index names every row once; else editions or data years are mixed."""
    refuse_if(not frame.index.is_unique, "more than one row a unit", remedy="select one edition and one data year")
    return frame


def labels(given: ArrayLike, n: int | None, what: str) -> pd.Index:
    """Return labels of rows, n if that is known, as an index; each stays what it is."""
    refuse_masked(given, what)
    values: Any = given if isinstance(given, pd.Series | pd.Index | np.ndarray) else np.asarray(given, dtype=object)
    if isinstance(given, list | tuple | pd.MultiIndex):
        values = pd.Series(list(given), dtype=object).to_numpy()  # labels that are tuples stay such
    mixed = values.ndim == 1 and pd.api.types.infer_dtype(values).startswith("mixed")
    single = values.ndim == 1 and all(isinstance(one, Hashable) for one in (values if mixed else ()))
    refuse_if(not single, "labels do not stand in one column", what, "give one label per row")
    found = f"{counted(len(values), 'label')} for {counted(n or 0, 'row')}"
    refuse_if(n not in (None, len(values)), found, what, "give one label per row")
    refuse_if(pd.isna(values).any(), "labels are missing", what, "drop or fill the rows without a label")
    return pd.Index(values, tupleize_cols=False).infer_objects()


def codes(given: ArrayLike, n: int, what: str) -> Ints:
    """Number labels 0, 1, ... in sorted order."""
    places, found = pd.factorize(labels(given, n, what))
    return np.argsort(order_of(found))[places].astype(np.intp)


def columns(x: ArrayLike | pd.DataFrame | None, n: int | None, what: str = "x") -> tuple[tuple[str, ...], Floats]:
    """Return names and a finite float matrix with n rows."""
    if x is None:
        return (), np.empty((n or 0, 0))
    values = np.atleast_1d(numbers(x, what))
    values = values[:, None] if values.ndim == 1 else values
    rows = f"{counted(len(values), 'row')} where the outcome has {n}"
    found = rows if values.ndim == 2 else "rows and columns expected"
    refuse_if(values.ndim != 2 or n not in (None, values.shape[0]), found, what, "align the rows")
    refuse_if(not np.isfinite(values).all(), "values are missing or infinite", what, "drop or fill these rows")
    if isinstance(x, pd.DataFrame):
        names = tuple(map(str, x.columns))
    else:
        name = getattr(x, "name", None)
        names = tuple(f"x{i}" for i in range(values.shape[1])) if name is None else (str(name),)
    refuse_if(len(set(names)) < len(names), "two columns have the same name", what, "rename one")
    return names, values


def column(x: ArrayLike, n: int | None, what: str) -> Floats:
    """Return one finite column of floats, of n rows if that is known."""
    values = columns(x, n, what)[1]
    text = f"{values.shape[1]} columns" if len(values) else "no rows"
    refuse_if(values.shape[1] != 1 or not len(values), text, what, "give one column with a value per row")
    return values[:, 0]


def whole_column(x: ArrayLike, what: str) -> NDArray[np.int64]:
    """Return one column of whole numbers, maybe without rows."""
    values = columns(x, None, what)[1]
    wrong = values.shape[1] != 1 or (values % 1).any()
    refuse_if(wrong, "not one column of whole numbers", what, "give one whole number per row")
    large = (np.abs(values) > LARGEST_COUNT).any()
    refuse_if(large, f"whole numbers above {LARGEST_COUNT:g}", what, "check them, or count from nearer")
    return values[:, 0].astype(np.int64)


def serial_months(month: ArrayLike, where: str) -> NDArray[np.int64]:
    """Return serial months, 12 * year + month - 1."""
    serial = whole_column(numbers(month, where, remedy="give serial months, 12 * year + month - 1"), where)
    refuse_joined(serial, where)
    return serial


def whole_counts(values: ArrayLike, *, where: str = "counts") -> NDArray[np.int64]:
    """Return counts in one dimension; refuse what is not a whole number from 0."""
    x = np.atleast_1d(numbers(values, where, "counts"))
    refuse_if(x.ndim > 1, "counts are not in one row", where, "give one count for each period")
    if len(wrong := x[~((x >= 0) & (x == np.round(x)) & (x < math.inf))]):
        said = f"count {wrong[0]:.15g} is not a whole number from 0"
        raise InputError(said, where=where, remedy="give cases, not rates")
    said = f"count {x.max(initial=0):g} is above {LARGEST_COUNT:g}, up to which sums of counts are exact"
    refuse_if(x.max(initial=0) > LARGEST_COUNT, said, where, "count in larger units")
    return x.astype(np.int64)


def numbers(values: ArrayLike, where: str, what: str = "values", remedy: str = "drop or convert the others") -> Floats:
    """Return numbers, some of them maybe missing, as an array of floats."""
    refuse_masked(values, where)
    try:
        given = np.asarray(values)
        mixed = given.dtype.kind == "O" and any(isinstance(value, _OTHERS) for value in given.flat)
        if mixed or given.dtype.kind not in "biufO":  # NumPy would turn texts, days and complex numbers without a word
            raise TypeError
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        said = f"not all {what} are numbers"
        if "inhomogeneous" in str(error):
            said, remedy = "rows differ in length", "give rows of one length"
        raise InputError(said, where=where, remedy=remedy) from None
    size = np.abs(found[np.isfinite(found) & (found != 0)]) if given.dtype.kind in "fO" else np.ones(1)
    said = f"sizes of {what} lie outside {1 / LARGEST:g} to {LARGEST:g}"
    refuse_if(((size > LARGEST) | (size < 1 / LARGEST)).any(), said, where, "give them in another unit")
    return found


def numeric(frame: pd.DataFrame, names: Iterable[Hashable], where: str) -> pd.DataFrame:
    """Return columns of a frame as numbers, some of them maybe missing, but none infinite."""
    wanted = list(dict.fromkeys(names))
    check_columns(frame, wanted, where)
    for name in wanted:
        infinite = np.isinf(numbers(frame[name], f"column {name}")).any()
        refuse_if(infinite, "values are infinite", f"column {name}", "drop or fill these rows")
    return frame[wanted].apply(pd.to_numeric, errors="coerce") + 0  # booleans too become numbers


def stacked(frame: pd.DataFrame, names: Iterable[Hashable], where: str) -> pd.DataFrame:
    """Return the frame of stacked editions, with these columns as numbers."""
    refuse_if(frame.index.nlevels != 3, "it is not indexed by three labels", where, "take edition, year and unit")
    read, known = frame.copy(), numeric(frame, names, where)
    read[known.columns] = known
    return read


def days(values: Any, where: str) -> pd.DatetimeIndex:
    """Return days, of which none is missing."""
    try:
        numbered = pd.api.types.is_any_real_numeric_dtype(pd.Index(values))  # pandas would count nanoseconds from 1970
        found = pd.DatetimeIndex([pd.NaT] if numbered else values)
    except (TypeError, ValueError):
        found = pd.DatetimeIndex([pd.NaT])
    refuse_if(found.hasnans, "not all are dates", where, "give ISO dates, and drop missing ones")
    return found.tz_localize(None)


def check_before(first: Any, last: Any, where: str) -> None:
    """Refuse two times that are not in order."""
    refuse_if(not first < last, f"{first} is not before {last}", where, "take two in order")


def by_time_and_unit(panel: pd.DataFrame, unit: str, time: str, columns: list[str]) -> dict[str, pd.DataFrame]:
    """Return each column of a tidy table as a frame of numbers, with times as rows and units as columns."""
    check_columns(panel, (unit, time), "panel")
    values = numeric(panel, columns, "panel").astype(np.float64)
    refuse_if(panel.empty, "it has no rows", "panel", "give one row per unit and time")
    units, times = labels(panel[unit], len(panel), f"column {unit}"), panel[time]
    names = units.unique()[order_of(units.unique())]
    when = pd.to_numeric(times, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wrong = pd.api.types.is_datetime64_any_dtype(times) or not np.isfinite(when).all() or (when % 1).any()
    refuse_if(wrong, "times are not whole numbers", f"column {time}", "give whole numbers, such as the year")
    refuse_joined(when, f"column {time}")
    places = codes(units, len(units), f"column {unit}")
    known, rows = np.unique(when.astype(np.int64), return_inverse=True)
    twice = pd.Index(rows * len(names) + places).duplicated()
    for row in np.flatnonzero(twice):
        what = f"{units[row]} has more than one row in {when[row]:.0f} ({counted(int(twice.sum()), 'row')} too many)"
        raise InputError(what, where="panel", remedy="keep one row per unit and time")
    cells = np.full((values.shape[1], len(known), len(names)), np.nan)
    cells[:, rows, places] = values.T
    labelled = pd.Index(known, name="time"), names.rename("unit")
    return {name: pd.DataFrame(wide, *labelled) for name, wide in zip(values, cells, strict=True)}
