"""Steps of notebooks 04 and 05: what dated records report of people detained on a day, or over months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.claims.evidence import Report, told

#: Day of the vote that the article speaks of.
ELECTION_DAY = "2021-01-10"
#: Measures that count people held.
HELD = ("detained", "arrested")
#: Days without an event after which a new episode begins.
GAP = 7
_IN_WORDS = ("dozens", "hundreds")


def on_day(detentions: pd.DataFrame, day: str = ELECTION_DAY) -> list[Report]:
    """Return what each source reports of people held on one day.

    Parameters
    ----------
    detentions : pandas.DataFrame
        The table ``protest_detentions``.
    day : str
        ISO date.

    Returns
    -------
    list of Report
        One a row; it agrees if it counts people held, in figures or in words.
    """
    return _reports(detentions[(detentions["date_start"] == day) & (detentions["date_end"] == day)], HELD)


def between(detentions: pd.DataFrame, *, first: str, last: str) -> list[Report]:
    """Return what each source reports of people held from ``first`` to ``last`` (ISO dates, both included)."""
    inside = (detentions["date_start"] >= first) & (detentions["date_end"] <= last)
    return _reports(detentions[inside], HELD)


def roundups(detentions: pd.DataFrame, *, first: str = "", last: str = "9999") -> pd.DataFrame:
    """List episodes of people held, of which each day follows within a week of the one before.

    Parameters
    ----------
    detentions : pandas.DataFrame
        The table ``protest_detentions``.
    first, last : str
        ISO dates of the first day of an episode, both included; all by default.

    Returns
    -------
    pandas.DataFrame
        ``date`` of the first day and ``episode`` in words, in order of time.
    """
    held = detentions[detentions["measure"].isin(HELD)].sort_values("date_start", kind="stable")
    fresh = ~(pd.to_datetime(held["date_start"]).diff().dt.days <= GAP)
    found = held.loc[fresh & held["date_start"].between(first, last), ["date_start", "event"]]
    return found.set_axis(["date", "episode"], axis=1).reset_index(drop=True)


def sentence(found: Sequence[Report], *, when: str) -> str:
    """Say how many records report people held, and what each says."""
    agreeing = sum(report.agrees for report in found)
    return f"{agreeing} of {len(found)} records report people held {when} ({told(found)})."


def _reports(rows: pd.DataFrame, measures: Sequence[str]) -> list[Report]:
    chosen = rows[rows["measure"].isin(list(measures))]
    some = chosen["count_low"].fillna(0).gt(0) | chosen["bound"].isin(_IN_WORDS)
    return [
        Report(
            source=row.source_org,
            value=f"{row.date_start}, {row.place}: {_count(row)} {row.measure}",
            agrees=bool(yes),
        )
        for row, yes in zip(chosen.itertuples(), some, strict=True)
    ]


def _count(row: Any) -> str:
    """Say a count as its source states it."""
    if pd.isna(row.count_low):
        return str(row.bound)
    return f"{'' if row.bound == 'exact' else f'{row.bound} '}{int(row.count_low)}"
