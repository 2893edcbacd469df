"""One case and its rival causes: which of them began near it, so that the case alone cannot tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import InputError
from analysis.methods.result import Estimate, counted, method


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
) -> Estimate:
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

    Returns
    -------
    Estimate
        The number of coinciding ``events`` and their ``kinds``, sorted; the case is ``identified`` if there are none.
        The table has one row per event.

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
    days, kinds = pd.Series(pd.DatetimeIndex(start)), pd.Series(list(kind), dtype=str)
    late = last + pd.to_timedelta(kinds.map(ahead or {}).fillna(0), unit="D")
    near = (days >= first - pd.Timedelta(days=before)) & (days <= late) & (kinds != without)
    columns = {"kind": kinds, "name": list(name), "start": days.dt.date.map(str)}
    to_onset = {"days_to_first": (first - days).dt.days, "days_to_last": (last - days).dt.days}
    rows = pd.DataFrame(columns | to_onset | {"coincides": near})
    events, found = int(near.sum()), tuple(sorted(set(kinds[near])))
    named = "; ".join(f"{row.name} ({row.start})" for row in rows[near].itertuples(index=False, name="Event"))
    of = f" of other kinds than {without}" if without else ""
    told = f" ({named}). One case cannot tell them apart." if events else "."
    return Estimate(
        f"The case began between {first:%Y-%m-%d} and {last:%Y-%m-%d}: within {before} days of that onset "
        f"{counted(events, 'dated event')}{of} of {counted(len(found), 'kind')} coincide{told}",
        name="coinciding events",
        n=1,
        more={"events": events, "kinds": found, "identified": not events, "onset": (first, last)},
        rows=rows,
    )
