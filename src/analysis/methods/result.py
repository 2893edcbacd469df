"""What a method hands back: a frozen result that shows its table, says its sentence, and knows the call that made it.

A public function that returns a result is marked with `method`. The result then carries the function's name and every
argument in a form that can be written to a file and compared: evidence from another call than the registered one can be
told apart.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import hashlib
import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, ParamSpec, TypeVar, get_type_hints

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError, InputError
from analysis.methods._arguments import fitting

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
Given = ParamSpec("Given")
Made = TypeVar("Made", bound="Result")
Answer = TypeVar("Answer")

TAIL = 0.025  # chance beyond each end of a 95 % interval
MOST_NUMBERS = 12  # numbers, columns or fields that are listed; more are named by their kind
MOST_ROWS, MOST_COLUMNS = 15, 8  # of a table that stands below a sentence, or in the paper
#: What units and columns are called where results speak; of others, underscores become spaces.
LABELS: dict[str, str] = {}
# Before countries that have one inside a sentence, but not in a table.
_ARTICLE = re.compile(
    r"(?<![Tt]he )\b(?=(United (States|Kingdom|Arab Emirates)|(Dominican|Central African|Czech|Congo) Republic|"
    r"DR Congo|Netherlands|Philippines|Bahamas|Gambia|Comoros|Maldives|Seychelles|[A-Z][a-z]+ Islands)\b)"
)
_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
UNTOLD = ("words", "name", "assumed")  # in the table of a result that has no other
EVIDENCE = ("estimate", "p_value", "n", "unit", "minimum_detectable_effect", "needed", "design")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a public method: its name, of a class method with its class; and every argument, defaults included.

    Arguments stand as `described` gives them; ``inputs`` are the calls that made the results among them, and ``seen``
    is a hash of the columns and arrays among them: names, order, labels and values, floats at seven digits.
    """

    method: str
    arguments: dict[str, Any]
    inputs: dict[str, Call]
    seen: str = field(default="", compare=False)


class Result:
    """Base of all results: frozen dataclasses with a table and a sentence."""

    __slots__ = ("_call",)

    def __init_subclass__(cls) -> None:
        cls.__repr__ = Result.__repr__  # type: ignore[method-assign]  # else a dataclass writes one with every array

    @property
    def call(self) -> Call | None:
        """The call that made this result; None if it was made by hand or changed since."""
        return getattr(self, "_call", None)

    def table(self) -> pd.DataFrame:
        """Return one row with every text and known number of the result."""
        return pd.DataFrame([{name: value for name, value in _values(self).items() if _stands_alone(value)}])

    def sentence(self) -> str:
        """Say the result in a sentence or two."""
        raise NotImplementedError

    def evidence(self) -> dict[str, Any]:
        """Return what evidence needs: estimate, p and the like; the interval holds ``independent`` errors, too."""
        own = {name: getattr(self, name, None) for name in EVIDENCE}
        known = {name: value for name, value in own.items() if _stands_alone(value)}
        known = {name: value.item() if isinstance(value, np.generic) else value for name, value in known.items()}
        errors = (self, getattr(self, "independent", None) or self)
        lower, upper = ([getattr(error, end, math.nan) for error in errors] for end in ("lower", "upper"))
        known_ends = all(isinstance(end, float) and not math.isnan(end) for end in (*lower, *upper))
        return known | ({"interval": (min(lower), max(upper))} if known_ends else {}) | {"summary": str(self)}

    def confidence_below(self, value: float) -> float:
        """Return the one-sided confidence that the quantity lies below a value; nan where no error is known.

        It is read off the distribution behind the interval: .025 at the lower end of a 95 % interval, .975 at the upper
        one (Xie and Singh 2013, doi:10.1111/insr.12000). It is no probability that a statement is true.
        """
        below = getattr(self, "below", None)
        return math.nan if below is None else float(below(value))

    def part(self, made: Made, **chosen: Any) -> Made:
        """Return a part of this result with the call that made the whole, and what was chosen, such as a term."""
        if self.call is None:
            return made
        arguments = self.call.arguments | {name: described(value) for name, value in chosen.items()}
        return recorded(made, replace(self.call, arguments=arguments))

    def __str__(self) -> str:
        return prose(self.sentence())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{f' by {self.call.method}' if self.call else ''}>"

    def _repr_markdown_(self) -> str:
        return f"{self}\n\n{markdown(self.table())}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), _values(self), self.call)


@dataclass(frozen=True, slots=True, eq=False)
class Estimate(Result):
    """An estimate with what is known of it: interval, test, power, and further numbers under names of their own.

    ``words`` are the sentence, ``name`` says what is estimated. ``lower`` and ``upper`` end the 95 % interval,
    ``minimum_detectable_effect`` is what the test finds with 80 % power; numbers are nan, and observations ``n`` and
    the ``unit`` of the estimate None, if not known. Further numbers are in ``more``, each an attribute too:
    ``found.rises``. ``below`` returns the confidence that the quantity lies below a value, ``rows`` are the table, by
    default one row with every number. ``assumed`` says what interval and p rest on: distribution, degrees of freedom,
    small-sample convention.
    """

    words: str
    name: str = ""
    estimate: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    p_value: float = math.nan
    n: int | None = None
    unit: str | None = None
    minimum_detectable_effect: float = math.nan
    more: Mapping[str, Any] = field(default_factory=dict)
    below: Callable[[float], float] | None = None
    rows: pd.DataFrame | None = None
    assumed: str = ""

    def __getattr__(self, name: str) -> Any:
        if name != "more" and name in self.more:
            return self.more[name]
        raise AttributeError(f"no number {name!r}")

    def sentence(self) -> str:
        """Say the result in words."""
        return self.words

    def table(self) -> pd.DataFrame:
        """Return the table of the result; without one, a row with every number."""
        if self.rows is not None:
            return self.rows
        numbers = _values(self) | dict(self.more)
        row = {name: value for name, value in numbers.items() if name not in UNTOLD and _stands_alone(value)}
        return pd.DataFrame(row, index=pd.Index([self.name], name="estimate of"))


def _stands_alone(value: Any) -> bool:
    """Return whether a value is one text or known number."""
    return isinstance(value, str) or (isinstance(value, int | float | np.number) and not np.isnan(value))


def _values(result: Any) -> dict[str, Any]:
    return {field.name: getattr(result, field.name) for field in fields(result)}


def _restored(kind: type[Result], values: dict[str, Any], call: Call | None) -> Result:
    """Return a result as it was before it went to another process."""
    return recorded(kind(**values), call)


def bounded(estimate: float, lower: float, upper: float) -> dict[str, Any]:
    """Return an estimate and the ends of its interval as arguments of an `Estimate`."""
    return {"estimate": float(estimate), "lower": float(lower), "upper": float(upper)}


def recorded(result: Made, call: Call | None) -> Made:
    """Return the result with the call that made it."""
    object.__setattr__(result, "_call", call)
    return result


def method(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Mark a public function: its arguments have to be of the kinds that its annotations name; a result knows its call.

    It refuses other kinds with an `InputError` that names the argument.
    """
    signature = inspect.signature(function)
    kinds = functools.cache(lambda: get_type_hints(function))

    @functools.wraps(function)
    def marked(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if name in kinds() and signature.parameters[name].kind not in _VARIABLE:
                bound.arguments[name] = fitting(value, kinds()[name], where=name, method=function.__name__)
        try:
            answer = function(*bound.args, **bound.kwargs)
        except MemoryError:
            raise InputError(
                "memory is too small", where=function.__name__, remedy="give fewer rows or draws"
            ) from None
        if not isinstance(answer, Result):
            return answer
        given = {name: value for name, value in bound.arguments.items() if name not in ("cls", "self")}
        arguments = {name: described(value) for name, value in given.items()}
        inputs = {name: value.call for name, value in given.items() if isinstance(value, Result) and value.call}
        seen = hashlib.blake2b(b"\0".join(_seen(list(given.values()))), digest_size=8).hexdigest()
        return recorded(answer, Call(function.__qualname__, arguments, inputs, seen))

    return marked


def described(value: Any) -> Any:
    """Return an argument in a form that can be written as JSON and compared.

    Text, numbers, booleans and None stay what they are, in lists and dicts too; infinite and missing numbers are text.
    More than 12 numbers, or items of an array, are ``"array"``. A column is its name; a frame the names of its columns,
    or ``"frame"`` if they are more than 12; another result the method that made it; an object its class and fields; a
    function its name; a day its ISO date. Of anything else the name of its class is left.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else str(value)
    if isinstance(value, pd.Series):
        return "series" if value.name is None else str(value.name)
    if isinstance(value, pd.DataFrame):
        return {"columns": [str(name) for name in value]} if value.shape[1] <= MOST_NUMBERS else "frame"
    if isinstance(value, list | tuple | range | Set | np.ndarray | pd.Index):
        return _listed(value)
    if isinstance(value, Mapping):
        return {str(name): described(item) for name, item in value.items()}
    if isinstance(value, Result):
        return value.call.method if value.call else type(value).__name__
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, functools.partial):
        return described(value.func)
    if is_dataclass(value) and not isinstance(value, type) and len(fields(value)) <= MOST_NUMBERS:
        return {"class": type(value).__name__} | {name: described(item) for name, item in _values(value).items()}
    return getattr(value, "__name__", type(value).__name__) if callable(value) else type(value).__name__


def _seen(value: Any) -> Iterator[bytes]:
    """Yield what stands in the columns and arrays of an argument; of a result, what its call has seen."""
    if isinstance(value, Result):
        yield value.call.seen.encode() if value.call else b""
    elif isinstance(value, pd.Series | pd.DataFrame):
        for level in range(value.index.nlevels):
            yield from _seen(value.index.get_level_values(level))
        for name, column in pd.DataFrame(value).items():
            yield from (str(name).encode(), *_seen(column.to_numpy()))
    elif isinstance(value, np.ndarray | pd.Index):
        values = np.asarray(value)
        if values.dtype.kind == "M":  # pandas counts in other units since version 3
            values = values.astype("datetime64[us]")
        # Other processors differ in the last digits of a float, and in whether a zero is negative.
        kind: Any = np.float32 if values.dtype.kind == "f" else np.int64
        with np.errstate(over="ignore"):
            known = (values.astype(kind) + kind(0)).tobytes() if values.dtype.kind in "fbiu" else None
        yield repr(values.tolist()).encode() if known is None else known
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _seen(item)


def _listed(values: Any) -> Any:
    if isinstance(values, np.ndarray | pd.Index):
        # By its size: to look at every item of a panel's columns takes longer than to fit it.
        return "array" if values.size > MOST_NUMBERS else described(values.tolist())
    with contextlib.suppress(ValueError):  # of sequences that are nested unevenly
        found = np.asarray(list(values))
        if found.dtype.kind in "biuf" and found.size > MOST_NUMBERS:
            return "array"
    items = [described(item) for item in values]
    return sorted(items, key=repr) if isinstance(values, Set) else items


def markdown(table: pd.DataFrame) -> str:
    """Return a small table in Markdown, in words, with numbers at four significant digits; of a larger one nothing."""
    if len(table) > MOST_ROWS or table.shape[1] > MOST_COLUMNS:
        return ""
    plain = table.reset_index() if table.index.name or not isinstance(table.index, pd.RangeIndex) else table
    rule = ["---" + ":" * (kind.kind in "iuf") for kind in plain.dtypes]
    cells = table_in_words(plain).map(lambda item: in_words(f"{item:.4g}") if isinstance(item, float) else str(item))
    lines = [map(str, cells.columns), rule, *cells.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def readonly(values: ArrayLike) -> Floats:
    """Return a read-only float copy, so that nobody changes a result, nor the input through it."""
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


def in_words(text: str) -> str:
    """Call units and columns by their :data:`LABELS`; write minus signs as such, and a zero without any sign."""
    text = re.sub(r"\w+", lambda word: LABELS.get(word[0], word[0].replace("_", " ")), text)
    unsigned = re.sub(r"(?<![\w.)=])[+-](?=0(?![\d.])|0\.0*(?![\d.]))", "", text)
    return re.sub(r"(?<![\w.)=])-(?=\d)", "\N{MINUS SIGN}", unsigned)


def prose(text: str) -> str:
    """Write sentences :func:`in_words`: names with the article that they take, a capital where a sentence begins."""
    said = re.sub(r"(?<=[.?!]\s)the (?=[A-Z])", "The ", _ARTICLE.sub("the ", in_words(text)))
    return re.sub(r"^[a-z]{3,}\b", lambda word: word[0].capitalize(), said)


def table_in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table for readers and not for programs: texts, labels and headers :func:`in_words`, gaps empty."""

    def said(item: Any) -> Any:
        item = "yes" if item is True else "no" if item is False else item
        negative = isinstance(item, int | np.integer) and item < 0
        return in_words(str(item)) if negative or isinstance(item, str) else item

    known = table.map(said).astype(object).where(table.notna(), "")
    return known.rename(index=said, columns=said).rename_axis(index=said, columns=said)


def shown(table: pd.DataFrame) -> dict[str, str]:
    """Return what a notebook shows of a table, in words, by the kind of its text: as Markdown if it fits a page."""
    words = table_in_words(table)
    forms = {"text/html": words._repr_html_(), "text/plain": repr(words), "text/markdown": markdown(table)}
    return {kind: text for kind, text in forms.items() if text}


def refusal(error: AnalysisError) -> str:
    """Say in words why something is refused; the place is left out if it is an argument, which no reader knows."""
    if not error.where or (error.where.isidentifier() and error.where.islower() and error.where not in LABELS):
        return in_words(error.what)
    return in_words(f"{error.where}{'' if error.what.startswith(('has ', 'is ')) else ':'} {error.what}")


def chance(p: float, *, least: float = 0.001) -> str:
    """Return a probability, confidence or share, never as certain: ``.042``, ``below .001``, ``above .999``.

    With a ``least`` of .005 it has two decimals.
    """
    digits = math.floor(-math.log10(least))
    said = f"below {least:g}" if p < least else f"above {1 - least:g}" if p > 1 - least else f"{p:.{digits}f}"
    return said.replace("0.", ".", 1)


def decimals(ratio: float, places: int = 3, *, apart: bool = False) -> str:
    """Return a ratio at some decimals, or at two digits if these would all be zeros; ``apart`` from one if it is."""
    if apart and ratio != 1 and f"{ratio:.{places}f}" == f"{1:.{places}f}":
        places = math.ceil(-math.log10(abs(ratio - 1)))
    return f"{ratio:.{places}f}" if abs(ratio) >= 0.5 * 10**-places else f"{ratio:.2g}"


def interval(lower: float, upper: float, places: int = 3) -> str:
    """Return the interval of a ratio as it stands in a sentence."""
    return f"95% interval {decimals(lower, places)} to {decimals(upper, places)}"


def counted(n: float, noun: str) -> str:
    """Return a number with its noun, in the plural unless there is one: ``1 group``, ``2,000 groups``."""
    return f"{int(n) if n % 1 == 0 else n:,} {noun}{'' if n == 1 else 's'}"
