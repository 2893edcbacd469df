"""Rulers, Elections, and Irregular Governance (One Earth Future): national votes by month.

References
----------
Bell, Besaw & Frank (2021), The Rulers, Elections, and Irregular Governance (REIGN) Dataset, One Earth Future.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.columns import FIRST_YEAR
from analysis.data.readers.countries import iso3_codes
from analysis.data.readers.frames import open_csv, reader

#: Kind of vote by REIGN's letter. REIGN lists only the elections that fill the executive, so legislatures of
#: presidential states are missing.
KINDS = {"X": "executive", "L": "legislative", "R": "referendum"}


@reader
def read_votes(path: Path) -> pd.DataFrame:
    """Read votes that were held, 1990 to March 2021, one row per day and kind."""
    raw = open_csv(path)
    event = raw["event"].str.strip().str.lower()
    votes = raw[event.str.startswith("vote") & (raw["elec_year"] >= FIRST_YEAR)]
    frame = pd.DataFrame(
        {
            "iso3": iso3_codes(votes["country"].str.strip()),
            "year": votes["elec_year"],
            "month": votes["elec_month"],
            "day": pd.to_numeric(votes["elec_day"], errors="coerce").astype("Int64"),
            "kind": votes["type"].map(KINDS),
            "scheduled": votes["event"].str.lower().str.contains("scheduled").astype(int),
            "direct": (votes["direct"] == "Y").astype(int),
            "runoff": (votes["runoff"].astype(str) == "2").astype(int),
        }
    )
    key = ["iso3", "year", "month", "day", "kind"]
    return frame.dropna(subset=["iso3"]).drop_duplicates(key).sort_values(key, ignore_index=True)
