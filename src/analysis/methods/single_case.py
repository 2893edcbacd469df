"""One case and its rival causes: which of them began near it, so that the case alone cannot tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import InputError
from analysis.methods.result import Bools, Result, counted, method


@dataclass(frozen=True, slots=True)
class CoincidingEvents(Result):
    """Events that began near the onset of one case.

    Attributes
    ----------
    onset : tuple of Timestamp
        First and last day on which the case can have begun.
    before : int
        Days before the onset that count.
    without : str
        Kind of events that is left out, as the cause in question; empty if none is.
    start : tuple of Timestamp
        First day of each event.
    kind, name : tuple of str
        Kind and name of each event.
    coincides : ndarray of bool, shape (events,)
        Which events coincide.
    """

    onset: tuple[pd.Timestamp, pd.Timestamp]
    before: int
    without: str
    start: tuple[pd.Timestamp, ...]
    kind: tuple[str, ...]
    name: tuple[str, ...]
    coincides: Bools
    n: ClassVar[int] = 1

    @property
    def events(self) -> int:
        """Number of coinciding events."""
        return int(self.coincides.sum())

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of coinciding events, sorted."""
        return tuple(sorted({kind for kind, near in zip(self.kind, self.coincides, strict=True) if near}))

    def evidence(self) -> dict[str, Any]:
        """Return that there is one case, and whether it is identified: no rival coincides with it."""
        return Result.evidence(self) | {"identified": not self.events}

    def table(self) -> pd.DataFrame:
        """Return one row per event: kind, name, first day, days to the onset's ends, and whether it coincides."""
        start = pd.Series(self.start)
        ends = {f"days_to_{end}": (day - start).dt.days for end, day in zip(("first", "last"), self.onset, strict=True)}
        days = start.dt.date.map(str)
        return pd.DataFrame({"kind": self.kind, "name": self.name, "start": days, **ends, "coincides": self.coincides})

    def sentence(self) -> str:
        """Say how many events of other kinds coincide with the onset, and which."""
        rows = self.table().query("coincides")
        names = "; ".join(f"{row.name} ({row.start})" for row in rows.itertuples(index=False, name="Event"))
        first, last = (f"{day:%Y-%m-%d}" for day in self.onset)
        of = f" of other kinds than {self.without}" if self.without else ""
        told = f" ({names}). One case cannot tell them apart." if self.events else "."
        return (
            f"The case began between {first} and {last}: within {self.before} days of that onset "
            f"{counted(self.events, 'dated event')}{of} of {counted(len(self.kinds), 'kind')} coincide{told}"
        )


@method
def coinciding_events(
    start: ArrayLike | pd.Series,
    *,
    kind: Sequence[str] | pd.Series,
    name: Sequence[str] | pd.Series,
    onset: tuple[str, str],
    before: int,
    ahead: Mapping[str, int] | None = None,
    without: str = "",
) -> CoincidingEvents:
    """Find the events that began by the end of one case's onset, and not long before it.

    Parameters
    ----------
    start : array_like of dates, shape (events,)
        First day of each event.
    kind, name : sequence of str, shape (events,)
        Kind of cause and name of each event.
    onset : tuple of str
        First and last day (ISO) on which the case can have begun.
    before : int
        Days before the first day of the onset that count.
    ahead : mapping of str to int, optional
        By kind: days after the onset's last day that count too, for what is known in advance, such as a vote.
    without : str
        Kind that is left out: the cause in question, so that its rivals remain.

    Raises
    ------
    InputError
        The onset ends before it begins.

    Examples
    --------
    >>> coinciding_events(
    ...     ["2020-01-05", "2019-01-01", "2020-03-01"], kind=["strike", "strike", "vote"], name=["a", "b", "c"],
    ...     onset=("2020-01-10", "2020-02-10"), before=30, ahead={"vote": 30},
    ... ).kinds
    ('strike', 'vote')
    """
    first, last = (pd.Timestamp(day) for day in onset)
    if last < first:
        raise InputError("ends before it begins", where="onset", remedy="give the earlier day first")
    days, kinds = pd.DatetimeIndex(start), pd.Series(list(kind), dtype=str)
    late = last + pd.to_timedelta(kinds.map(ahead or {}).fillna(0), unit="D")
    near = (days >= first - pd.Timedelta(days=before)) & (days <= late.to_numpy()) & (kinds != without).to_numpy()
    return CoincidingEvents(
        (first, last), before, without, tuple(days), tuple(kinds), tuple(name), np.asarray(near, dtype=bool)
    )
