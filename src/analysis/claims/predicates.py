"""What a record must say to agree with a claim: numbers with bounds, spans of days, codes, rows of a table.

A record that neither implies nor excludes what is asked decides nothing: a predicate then answers None.
"""

from __future__ import annotations

import datetime
import math
from typing import Annotated

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

#: Decimals of the ends of a range: beyond them stand the remains of binary fractions only.
_DIGITS = 9


class Rule(BaseModel):
    """Base of everything that a rule is made of: frozen, and no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Bound(Rule):
    """What a number has to be; every bound that is given must hold.

    Attributes
    ----------
    above, below : float, optional
        The number lies strictly above, strictly below.
    at_least, at_most : float, optional
        The same, the bound itself included.
    equals : float or bool, optional
        The number is exactly this, or lies up to ``within`` from it.
    within : float
        See ``equals``.
    """

    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    equals: float | bool | None = None
    within: Annotated[float, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _asks(self) -> Bound:
        if not self.asked:
            raise ValueError("a bound names above, below, at_least, at_most or equals")
        return self

    @property
    def asked(self) -> dict[str, float]:
        """The bounds that are given, by name."""
        return self.model_dump(exclude_none=True, exclude={"within"})

    def holds(self, value: float) -> bool:
        """Return whether a number keeps every bound; a missing number (nan) keeps none."""
        return self.decide(value, "exact") is True

    def decide(self, value: float, bound: str) -> bool | None:
        """Compare a number that a source states.

        Parameters
        ----------
        value : float
            The number.
        bound : str
            How it is stated: ``exact``, ``at least``, ``at most``, ``more than`` or ``less than``. Any other word,
            such as ``about``, leaves it open.

        Returns
        -------
        bool or None
            None if numbers that agree and numbers that do not are both left possible.
        """
        ends = [_stated(edge, _BOUNDS[name]) for name, edge in self.asked.items() if name != "equals"]
        if self.equals is not None:
            ends.append((round(self.equals - self.within, _DIGITS), round(self.equals + self.within, _DIGITS)))
        low, high = max(first for first, _ in ends), min(last for _, last in ends)
        first, last = _stated(value, bound)
        if low <= first and last <= high:
            return True
        return False if last < low or first > high else None

    def words(self) -> str:
        """Say which numbers agree."""
        said = [f"{'exactly' if name == 'equals' else _BOUNDS[name]} {edge:g}" for name, edge in self.asked.items()]
        return " and ".join(said) + (f" to within {self.within:g}" if self.within else "")


#: How a number would be stated that lies at each bound.
_BOUNDS = {"above": "more than", "below": "less than", "at_least": "at least", "at_most": "at most"}


def _stated(value: float, bound: str) -> tuple[float, float]:
    """Return the smallest and the largest number that a statement leaves possible."""
    ends = {
        "exact": (value, value),
        "at least": (value, math.inf),
        "at most": (-math.inf, value),
        "more than": (math.nextafter(value, math.inf), math.inf),
        "less than": (-math.inf, math.nextafter(value, -math.inf)),
    }
    return ends.get(bound, (-math.inf, math.inf))


Edge = datetime.date | int | None


class Span(Rule):
    """Days or whole numbers from ``first`` to ``last``, both included; a missing end is open."""

    first: Edge = None
    last: Edge = None

    @model_validator(mode="after")
    def _some(self) -> Span:
        if self.first is None and self.last is None:
            raise ValueError("a span needs a first or a last")
        return self

    def holds(self, first: str, last: str) -> bool | None:
        """Return whether days (ISO) lie inside; a step of a source that lies outside denies it.

        An empty ``first`` is that of a total, whose steps lie anywhere up to the last day: None if that leaves it open.
        """
        if self.last is not None and last > str(_plain(self.last)):
            return False if first else None
        if self.first is None:
            return True
        return first >= str(_plain(self.first)) if first else None

    def mask(self, column: pd.Series) -> pd.Series:
        """Mark the values of a column that lie inside."""
        inside = pd.Series(True, index=column.index)
        if self.first is not None:
            inside &= column >= _plain(self.first)
        if self.last is not None:
            inside &= column <= _plain(self.last)
        return inside

    def words(self) -> str:
        """Say the span."""
        parts = [("from", self.first), ("to", self.last)] if self.first is not None else [("by", self.last)]
        return " ".join(f"{word} {in_words(edge)}" for word, edge in parts if edge is not None)


class Codes(Rule):
    """Codes of a column that agree and codes that deny; all others decide nothing."""

    agree: Annotated[tuple[str, ...], Field(min_length=1)]
    deny: tuple[str, ...] = ()

    def decide(self, code: str) -> bool | None:
        """Return what a row of this code says."""
        if code in self.agree:
            return True
        return False if code in self.deny else None

    def words(self) -> str:
        """Say which codes agree, and which deny."""
        said = " or ".join(self.agree)
        return f"{said} (not {' or '.join(self.deny)})" if self.deny else said


Scalar = datetime.date | int | str
Condition = Scalar | tuple[Scalar, ...] | Span


class Query(Rule):
    """Rows of a table: those that meet every condition.

    Attributes
    ----------
    table : str
        Name of the table.
    where : dict
        By column: a value, a list of values, or a span.
    """

    table: str
    where: dict[str, Condition] = Field(default_factory=dict)

    def words(self) -> str:
        """Say which rows are meant."""
        said = [f"{name.replace('_', ' ')} {condition_words(value)}" for name, value in self.where.items()]
        return f"{self.table} ({', '.join(said)})" if said else self.table


def chosen(frame: pd.DataFrame, where: dict[str, Condition]) -> pd.Series:
    """Mark the rows of a frame that meet every condition."""
    mask = pd.Series(True, index=frame.index)
    for name, condition in where.items():
        column = frame[name]
        if isinstance(condition, Span):
            mask &= condition.mask(column)
        else:
            values = condition if isinstance(condition, tuple) else (condition,)
            mask &= column.isin([_plain(value) for value in values])
    return mask


def condition_words(condition: Condition) -> str:
    """Say a condition on a column."""
    if isinstance(condition, Span):
        return condition.words()
    values = condition if isinstance(condition, tuple) else (condition,)
    return " or ".join(in_words(value) for value in values)


def in_words(value: Scalar) -> str:
    """Say a value; a day as people write it."""
    return f"{value.day} {value:%B %Y}" if isinstance(value, datetime.date) else str(value)


def days_in_words(first: str, last: str) -> str:
    """Say days (ISO) as people write them; without a first day they are a total up to the last."""
    end = datetime.date.fromisoformat(last)
    if not first:
        return f"by {in_words(end)}"
    start = datetime.date.fromisoformat(first)
    if start == end:
        return in_words(end)
    same_year, same_month = start.year == end.year, (start.year, start.month) == (end.year, end.month)
    begun = f"{start.day}" if same_month else f"{start.day} {start:%B}" if same_year else in_words(start)
    return f"{begun} to {in_words(end)}"


def _plain(value: Scalar) -> str | int:
    """Return a value as tables hold it: days as ISO text."""
    return value.isoformat() if isinstance(value, datetime.date) else value
