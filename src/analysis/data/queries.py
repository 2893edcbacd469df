"""Conditions on the rows of a table, spans of days among them: which rows meet them, and how that is said."""

from __future__ import annotations

import datetime
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from analysis.data.load import country_names


class Frozen(BaseModel):
    """Base of all that is registered, locked or found: nothing is changed, and no field is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Frozen):
    """Days from ``first`` to ``last``, both included; a missing end is open."""

    first: datetime.date | None = None
    last: datetime.date | None = None

    @model_validator(mode="after")
    def _some(self) -> Span:
        ends = [day for day in (self.first, self.last) if day is not None]
        if not ends or ends[0] > ends[-1]:
            raise ValueError("a span needs a first or a last, and no last before its first")
        return self

    def holds(self, first: str, last: str) -> bool | None:
        """Return whether days (ISO) lie inside; a step of a source that lies outside denies it.

        An empty ``first`` is that of a total, whose steps lie anywhere up to the last day: None if that leaves it open.
        """
        if self.last is not None and last > self.last.isoformat():
            return False if first else None
        if self.first is None:
            return True
        return first >= self.first.isoformat() if first else None

    def __str__(self) -> str:
        """Say the span."""
        parts = [("from", self.first), ("to", self.last)] if self.first is not None else [("by", self.last)]
        return " ".join(f"{word} {in_words(edge)}" for word, edge in parts if edge is not None)


Scalar = datetime.date | int | str
Where = dict[str, Scalar | tuple[Scalar, ...] | Span]


class Query(Frozen):
    """Rows of a table that meet every condition on a column: a value, one of several, a span.

    Where the table holds no findings, ``finding`` says whether a row confirms, denies or leaves open what is asked.
    """

    table: str
    where: Where = Field(default_factory=dict)
    finding: Literal["present", "absent", "unclear"] = "present"

    def __str__(self) -> str:
        """Say which rows are meant."""
        said, countries = [], country_names()
        for name, asked in self.where.items():
            head, names = ("", countries) if name == "iso3" else (f"{name.replace('_', ' ')} ", {})
            said.append(head + " or ".join(names.get(word, word) for word in map(in_words, _each(asked))))
        table = self.table.replace("_", " ")
        return f"{table} ({', '.join(said)})" if said else table


def chosen(frame: pd.DataFrame, where: Where) -> pd.Series:
    """Mark the rows of a frame that meet every condition."""
    mask = pd.Series(True, index=frame.index)
    for name, asked in where.items():
        column = frame[name]
        if not isinstance(asked, Span):
            mask &= column.isin([str(one) if isinstance(one, datetime.date) else one for one in _each(asked)])
            continue
        for edge, keeps in ((asked.first, column.ge), (asked.last, column.le)):
            if edge is not None:
                mask &= keeps(edge.isoformat())
    return mask


def in_words(value: Scalar | Span) -> str:
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


def _each(asked: Any) -> tuple[Any, ...]:
    return asked if isinstance(asked, tuple) else (asked,)
