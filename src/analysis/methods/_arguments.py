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
_WORDS |= {Callable: "a function", Hashable: "a label", Any: "anything", np.ndarray: "an array"}
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
    where, value, wanted = _innermost(value, wanted, where)
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
    raise InputError(f"{reprlib.repr(value) if known else _in_words(type(value))} {said}", where=where, remedy=remedy)


def _innermost(value: Any, wanted: Any, where: str) -> tuple[str, Any, Any]:
    """Return the first part of a dict or list that is of no fitting kind, with its place and what is wanted there."""
    kind, inner, parts = get_origin(wanted), get_args(wanted), []
    if kind is Mapping and isinstance(value, Mapping):
        parts = [(f"{where}[{key!r}]", one) for key, one in value.items() if not _fits(one, inner[1])]
    elif kind is Sequence and isinstance(value, Sequence) and not isinstance(value, str):
        parts = [(f"{where}[{place}]", one) for place, one in enumerate(value) if not _fits(one, inner[0])]
    return _innermost(parts[0][1], inner[-1], parts[0][0]) if parts else (where, value, wanted)


def _in_words(wanted: Any) -> str:
    """Name a kind of value."""
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)
    if kind in (Sequence, Iterable, Mapping, tuple) and inner:
        several = {Mapping: "a dict", tuple: "a pair"}.get(kind, "a list")
        return several + ("" if inner[-1] is Any else f" of {_plural(inner[-1])}")
    if kind in (Union, UnionType):
        plain = "a value" if {str, float, bool} <= {*inner} else ""
        return plain or " or ".join(_in_words(one) for one in inner if one is not type(None))
    named = re.sub(r"[a-z_]+[.]", "", wanted.__name__ if isinstance(wanted, type) else str(wanted))
    return _WORDS.get(kind) or f"{'an' if named[0] in 'AEIOU' else 'a'} {named}"


def _plural(wanted: Any) -> str:
    return re.sub(r"(?<!s)(?= of |$)", "s", re.sub(r"^an? ", "", _in_words(wanted)), count=1)


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
