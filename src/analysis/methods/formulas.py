"""Re-weighting against re-sourcing: the rank in every edition by the old and the new formula of the index."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.methods.index_scores import FORMULAS, composite
from analysis.methods.ranks import competition_rank
from analysis.methods.result import Result, method


@dataclass(frozen=True, slots=True)
class FormulaRanks(Result):
    """Rank of one country and data year in every edition by both formulas of the index.

    Attributes
    ----------
    country : str
        ISO3 code.
    frame : pandas.DataFrame
        By edition: ``published``, ``halves``, ``categories`` (ranks from the edition's own categories).
    """

    country: str
    frame: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return one row an edition."""
        return self.frame

    def sentence(self) -> str:
        """Split the change of rank between the first two editions into formula and sources."""
        if len(self.frame) < 2:
            return f"{'Only one' if len(self.frame) else 'No'} edition covers the year."
        first, second = self.frame.iloc[0], self.frame.iloc[1]
        return (
            f"From the {self.frame.index[0]} to the {self.frame.index[1]} edition {self.country} goes from rank "
            f"{first['published']} to {second['published']}. The new formula alone, on the old categories, would have "
            f"given {first['categories']}; the new categories alone, by the old formula, {second['halves']}."
        )


@method
def formula_ranks(frame: pd.DataFrame, *, country: str, data_year: int) -> FormulaRanks:
    """Rank a country in every edition by both formulas, to tell re-weighting from re-sourcing.

    Parameters
    ----------
    frame : pandas.DataFrame
        Stacked editions of the HFI tables.
    country : str
        ISO3 code.
    data_year : int
        Year that the values describe.
    """
    rows = {}
    for edition, group in frame[frame["data_year"] == data_year].groupby("edition"):
        data = group.set_index("iso3").sort_index()
        if country not in data.index:
            continue
        own = list(data.index).index(country)
        # Rounded as finely as published scores are told apart, so that binary fractions break no tie.
        ranks = {name: int(competition_rank(composite(data, formula=name).round(4))[own]) for name in FORMULAS}
        rows[int(edition)] = {"published": int(data["hf_rank"].iloc[own])} | ranks
    return FormulaRanks(country, pd.DataFrame(rows).T)
