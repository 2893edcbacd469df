"""Arguments of public methods are held against their annotations: another kind of value is refused in one line."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
import pandas as pd

from analysis.errors import InputError

_WORDS: dict[Any, str] = {int: "a whole number", float: "a number", str: "text", bool: "True or False"}
_WORDS |= {Callable: "a function", Hashable: "a label", Any: "anything", np.ndarray: "an array"}
_WORDS |= {type(pd.NA): "a missing value", type(pd.NaT): "a missing date"}
_SEVERAL = {Sequence: "a list", Iterable: "a list", Mapping: "a dict", tuple: "a pair"}
_WORDS |= _SEVERAL
_CLASSES = (Hashable, Callable, pd.Series, pd.DataFrame)
_EXACT = 2**53  # up to which whole numbers are exact as floats
_MOST = {"draws": 1_000_000, "seed": _EXACT, "workers": 1_000}  # of what is not below 0
_SCALARS = {int: int | np.integer, float: int | float | np.integer | np.floating, bool: bool | np.bool_}


def refuse_masked(value: Any, where: str) -> None:
    """Refuse an array with masked values, which NumPy's functions would take as if they were known."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        raise InputError("values are masked", where=where, remedy="drop them, or fill them with nan")


def fitting(value: Any, wanted: Any, *, where: str, method: str) -> Any:
    """Return a value of the kind that is wanted, 7.0 and NumPy's integers as Python's; other annotations take any."""
    refuse_masked(value, where)
    if isinstance(value, Iterator) or (isinstance(value, np.ndarray) and not value.ndim):
        value = value.item() if isinstance(value, np.ndarray) else list(value)
    wrong = _misfit(value, wanted, where)
    if wrong and isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
        wrong = _misfit(value, wanted, where)
    if not wrong and not (where in _MOST and not 0 <= value <= _MOST[where]):
        return int(value) if isinstance(value, np.integer) else value  # sums of narrow integers overflow
    place, found, asked = wrong or (where, value, wanted)
    said, remedy = f"where {in_words(asked)} is wanted", f"see {method} for what it takes"
    if get_origin(asked) is Literal:
        *words, last = get_args(asked)
        said, remedy = "is no choice", f"use {', '.join(words)} or {last}"
    if where in _MOST:
        said += f", not below 0 or above {_MOST[where]:,}"
    elif isinstance(found, int) and abs(found) > _EXACT:
        said += f" of at most {_EXACT:,}"
    known = isinstance(found, str | int | float | np.number) or found is None
    raise InputError(f"{reprlib.repr(found) if known else in_words(type(found))} {said}", where=place, remedy=remedy)


def _misfit(value: Any, wanted: Any, where: str) -> tuple[str, Any, Any] | None:
    """Return the innermost part of a value that is of no fitting kind: its place, itself, what is wanted there."""
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)
    parts: Iterable[tuple[Any, Any, Any]] = ()
    if kind in (Union, UnionType):
        found = [_misfit(value, one, where) for one in inner]
        wrong = [one for one in found if one and one[2] is not type(None)]
        return None if None in found else wrong[0] if len(wrong) == 1 else (where, value, wanted)
    if kind is Literal:
        fits = isinstance(value, str) and value in inner
    elif kind in (*_SCALARS, str, type(None)):
        fits = isinstance(value, _SCALARS.get(kind, kind)) and not (isinstance(value, int) and abs(value) > _EXACT)
        fits = fits and (kind is not int or not isinstance(value, bool))
    elif kind is tuple and Ellipsis not in inner:
        fits = isinstance(value, list | tuple | np.ndarray) and len(value) == len(inner)
        parts = zip(range(len(inner)), value, inner, strict=True) if fits else ()
    elif kind in (Sequence, Iterable):
        fits = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
        parts = ((place, one, inner[0]) for place, one in enumerate(value)) if fits and inner[0] is not Any else ()
    elif kind is Mapping:
        fits = isinstance(value, Mapping)
        parts = ((key, *pair) for key in value for pair in ((key, inner[0]), (value[key], inner[1]))) if fits else ()
    else:
        fits = isinstance(value, kind) if kind in _CLASSES or hasattr(kind, "sentence") else True
    inside = (_misfit(one, asked, f"{where}[{key!r}]") for key, one, asked in parts)
    return next(filter(None, inside), None) if fits else (where, value, wanted)


def in_words(wanted: Any) -> str:
    """Name a kind of value."""
    kind, inner = get_origin(wanted) or wanted, get_args(wanted)
    if kind in (Union, UnionType):
        return " or ".join(in_words(one) for one in inner if one is not type(None))
    named = kind.__name__ if isinstance(kind, type) else str(kind)
    said = _WORDS.get(kind) or f"{'an' if named[0] in 'AEIOU' else 'a'} {named}"
    return said if kind not in _SEVERAL or not inner or inner[-1] is Any else f"{said} (each {in_words(inner[-1])})"
