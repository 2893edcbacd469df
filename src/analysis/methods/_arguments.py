"""Arguments of public methods are held against their annotations: another kind of value is refused in one line."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
import pandas as pd

from analysis.errors import InputError

_WORDS: dict[Any, str] = {int: "a whole number", float: "a number", str: "text", bool: "True or False"}
_WORDS |= {Callable: "a function", Hashable: "a label", Any: "anything", pd.Series: "a Series"}
_FROM_ZERO = ("draws", "seed", "workers")
_SCALARS = {
    int: int | np.integer,
    float: int | float | np.integer | np.floating,
    str: str,
    bool: bool | np.bool_,
    type(None): type(None),
}


def refuse_masked(value: Any, where: str) -> None:
    """Refuse an array with masked values, which NumPy's functions would take as if they were known."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        raise InputError("values are masked", where=where, remedy="drop them, or fill them with nan")


def fitting(value: Any, wanted: Any, *, where: str, method: str) -> Any:
    """Return a value of the kind that is wanted, 7.0 as the whole number 7; annotations of no plain kind take any."""
    refuse_masked(value, where)
    if isinstance(value, float | np.floating) and not _fits(value, wanted) and float(value).is_integer():
        value = int(value)
    if _fits(value, wanted) and not (where in _FROM_ZERO and value < 0):
        return value
    kinds = [kind for kind in get_args(wanted) if kind is not type(None)]
    plain = kinds[0] if len(kinds) == 1 and kinds != list(get_args(wanted)) else wanted
    if get_origin(plain) is Literal:
        *words, last = get_args(plain)
        said, remedy = "is no choice", f"use {', '.join(words)} or {last}"
    else:
        said = f"where {_in_words(plain)} is wanted"
        remedy = f"see {method} for what it takes"
    if where in _FROM_ZERO:
        said += ", not below 0"
    known = isinstance(value, str | int | float | np.number) or value is None
    raise InputError(f"{reprlib.repr(value) if known else type(value).__name__} {said}", where=where, remedy=remedy)


def _in_words(wanted: Any) -> str:
    """Name a kind of value."""
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)
    if kind in (Sequence, Iterable):
        return "a list" + ("" if inner[0] is Any else f" of {_in_words(inner[0]).removeprefix('a ')}s")
    if kind in (Union, UnionType):
        return " or ".join(_in_words(one) for one in inner if one is not type(None))
    named = wanted.__name__ if isinstance(wanted, type) else str(wanted)
    return _WORDS.get(kind) or re.sub(r"[a-z_]+[.]", "", named)


def _fits(value: Any, wanted: Any) -> bool:
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)
    if kind in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if kind is Literal:
        return isinstance(value, str) and value in inner
    if kind in _SCALARS:
        return isinstance(value, _SCALARS[kind]) and (kind is not int or not isinstance(value, bool))
    if kind is tuple and Ellipsis not in inner:
        return (
            isinstance(value, list | tuple | np.ndarray) and len(value) == len(inner) and all(map(_fits, value, inner))
        )
    if kind in (Sequence, Iterable):
        several = isinstance(value, Iterable) and not isinstance(value, str | Mapping)
        once = inner[0] is Any or not isinstance(value, Collection)  # to look into an iterator would use it up
        return several and (once or all(_fits(one, inner[0]) for one in value))
    if kind is Mapping:
        return isinstance(value, Mapping) and all(_fits(one, inner[1]) for one in value.values())
    if kind in (Hashable, Callable):
        return isinstance(value, kind)
    if isinstance(kind, type) and (kind in (pd.Series, pd.DataFrame) or hasattr(kind, "sentence")):
        return isinstance(value, kind)
    return True
