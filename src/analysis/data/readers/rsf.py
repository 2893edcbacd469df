"""World Press Freedom Index (Reporters Without Borders): ranks and scores of the countries that its card names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.data.readers.countries import current_iso3
from analysis.data.readers.frames import ints, keyed, numbers, read_r

#: First edition of each method; scores of one method cannot be compared with those of another.
METHODS = {2002: "2002-2012", 2013: "2013-2021", 2022: "2022-"}
# Scores had no upper bound before 2013 and are not carried.
_FIRST_SCORED = 2013


def read_rsf(path: Path, *, only: tuple[str, ...]) -> pd.DataFrame:
    """Read rank, score and method of some countries by edition; only editions of one method may be compared."""
    frames = read_r(path, encoding="latin-1")
    # A file of another source is refused for not having the last name.
    names = sorted(name for name in frames if name[3:].isdigit()) or ["rsfYEAR"]
    return pd.concat([_read_edition(frames[name], int(name[3:]), only) for name in names], ignore_index=True)


def restored(scores: pd.Series) -> pd.Series:
    """Put the decimal point back into scores that lost it: 9216 and 714 stand for 92.16 and 71.4.

    Only right for scores from 10 to 99.99, which all countries of the card have had since 2013.
    """
    return (scores / 10.0 ** (np.floor(np.log10(scores)) - 1)).round(2)


def _read_edition(frame: pd.DataFrame, edition: int, only: tuple[str, ...]) -> pd.DataFrame:
    method = METHODS[max(first for first in METHODS if first <= edition)]
    rank = ints(frame["Rank" if "Rank" in frame else "Rank N"])
    name = next((name for name in ("Score", "Score N") if name in frame), f"Score {edition}")
    score = np.nan if edition < _FIRST_SCORED else restored(numbers(frame[name], needed=True))
    values = pd.DataFrame({"rank": rank, "ranked": len(frame), "score": score, "method": method})
    iso3 = current_iso3(frame["ISO"], frame[next(name for name in ("EN_country", "Country_EN") if name in frame)])
    return keyed(values, edition=edition, data_year=edition - 1, iso3=iso3.where(iso3.isin(list(only))))
