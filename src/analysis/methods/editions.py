"""One quantity in several editions, each of which codes the past anew: editions are compared and never joined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.methods.result import Estimate, Result, method


@dataclass(frozen=True, slots=True, eq=False)
class EditionRanks(Result):
    """The rank of one item in every year of every edition.

    Attributes
    ----------
    ranks, ranked : DataFrame
        Rank, and number of items ranked, by edition (rows) and year (columns); missing where not described.
    edition, year : int
        The pair in question.
    """

    ranks: pd.DataFrame
    ranked: pd.DataFrame
    edition: int
    year: int

    def best(self) -> pd.DataFrame:
        """Return, by edition: best rank, the years that have it, the rank of the year in question, how many beat it."""
        rows = {}
        for edition, row in self.ranks.iterrows():
            known = row.dropna().astype(int)
            cited = known.get(self.year)
            rows[edition] = {
                "best": known.min(),
                "best_years": ", ".join(map(str, known.index[known == known.min()])),
                "years": len(known),
                "cited": cited,
                "better": None if cited is None else int((known < cited).sum()),
            }
        return pd.DataFrame(rows).T.rename_axis("edition")

    @property
    def is_best(self) -> bool:
        """Whether no year of its edition has a better rank than the one in question."""
        return bool(self.best().loc[self.edition, "better"] == 0)

    def table(self) -> pd.DataFrame:
        """Return the ranks, one row an edition."""
        return self.ranks

    def sentence(self) -> str:
        """Say whether the rank is the best of its own edition, and what the other editions say of that year."""
        best = self.best()
        own, other = best.loc[self.edition], int(self.ranks.loc[self.edition].drop(self.year).min())
        level = "level with the best" if other == own["cited"] else "not the best"
        others = [
            f"rank {row.cited} in {edition}, beaten by {row.better} of {row.years - 1} other years"
            for edition, row in best.iterrows()
            if edition != self.edition and row.cited is not None
        ]
        return (
            f"In the {self.edition} edition rank {own['cited']} of year {self.year} is "
            f"{'the best' if other > own['cited'] else level} of its {own['years']} years; the best other rank is "
            f"{other}. The same year in other editions: {'; '.join(others) or 'not described'}."
        )


@method
def edition_ranks(
    editions: pd.DataFrame,
    *,
    item: str,
    rank: str,
    edition: int,
    year: int,
    unit: str = "iso3",
    time: str = "data_year",
) -> EditionRanks:
    """Return the ranks of one item by edition and year.

    Parameters
    ----------
    editions : DataFrame
        Stacked editions, with a column ``edition``.
    item : str
        The item.
    rank, unit, time : str
        Columns of the published rank, of the items, and of the years.
    edition, year : int
        The pair in question.

    Examples
    --------
    >>> rows = [(2020, 2017, "a", 3), (2020, 2018, "a", 2), (2021, 2018, "a", 4)]
    >>> frame = pd.DataFrame(rows, columns=["edition", "data_year", "iso3", "place"])
    >>> edition_ranks(frame, item="a", rank="place", edition=2020, year=2018).is_best
    True
    """
    own = editions[editions[unit] == item]
    ranks = own.pivot(index="edition", columns=time, values=rank).astype(float)
    ranked = editions.groupby(["edition", time]).size().unstack().reindex_like(ranks)
    return EditionRanks(ranks, ranked, edition, year)


@method
def rerating(lines: pd.DataFrame, *, year: int, margin: float) -> Estimate:
    """Set the releases' values of one year side by side, with the change from the year before.

    Parameters
    ----------
    lines : DataFrame
        ``index``, ``release``, ``data_year``, ``value``, ``lower``, ``upper``: one item in every release.
    year : int
        The year.
    margin : float
        Smallest change of interest.

    Returns
    -------
    Estimate
        With the table only: an index whose releases end earlier is compared in their last common year, and ``change``
        is from the year before.
    """
    last = lines.groupby(["index", "release"])["data_year"].max().groupby("index").min().clip(upper=year)
    common = lines["index"].map(last)
    before = lines[lines["data_year"] == common - 1].set_index(["index", "release"])["value"]
    rows = lines[lines["data_year"] == common].reset_index(drop=True)
    earlier = before.reindex(pd.MultiIndex.from_frame(rows[["index", "release"]])).to_numpy()
    rows["change"] = rows["value"] - earlier
    groups = rows.groupby("index", sort=False)
    spread = groups["value"].agg(np.ptp)
    signs = groups["change"].agg(lambda values: np.ptp(np.sign(values.dropna().round(3))) == 0)
    largest = rows["change"].abs().max()
    words = (
        f"{len(spread)} indices are rated by more than one release. On the level they differ most in "
        f"{str(spread.idxmax()).lower()}, by {spread.max():.3f}, and least in {str(spread.idxmin()).lower()}, by "
        f"{spread.min():.3f}. On the direction of the change into the year all releases agree for {int(signs.sum())} "
        f"of {len(signs)}; the largest change in any release is {largest:.3f}, "
        f"{'below' if largest < margin else 'not below'} the {margin:g} of interest."
    )
    return Estimate(words, name="releases", rows=rows)
