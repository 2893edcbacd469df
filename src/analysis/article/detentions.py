"""Steps of notebooks 04 to 07: episodes of people detained, in typed records."""

from __future__ import annotations

import pandas as pd

#: Day of the vote that the article speaks of.
ELECTION_DAY = "2021-01-10"
#: Measures that count people held.
HELD = ("detained", "arrested")
#: Days without an event after which a new episode begins.
GAP = 7


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
