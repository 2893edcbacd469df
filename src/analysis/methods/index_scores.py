"""Composite indices: recomputation from components, ranks by edition, and weights.

References
----------
Vásquez & McMahon (2020), The Human Freedom Index 2020, appendix "Methodology": personal freedom is the mean of two
halves (rule of law with security; the five specific freedoms), the index is the mean of personal and economic freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.ranks import competition_rank
from analysis.methods.result import Result, method, readonly

LEGAL_HALF = ("rule_of_law", "security")
SPECIFIC_HALF = ("movement", "religion", "association", "expression", "relationships")
PERSONAL = (*LEGAL_HALF, *SPECIFIC_HALF)
ECONOMIC = ("government", "legal_system", "money", "trade", "regulation")


#: Formulas of the index: up to the 2020 edition two halves of personal freedom and then two halves of the whole;
#: from the 2021 edition the plain mean of the twelve categories.
FORMULAS = ("halves", "categories")


def composite(categories: pd.DataFrame, *, formula: str) -> pd.Series:
    """Return the index from its twelve categories by one of the two published formulas.

    Parameters
    ----------
    categories : pandas.DataFrame, shape (countries, 12)
        Category scores, 0 to 10.
    formula : {"halves", "categories"}
        See :data:`FORMULAS`.
    """
    if formula == "categories":
        return categories[[*PERSONAL, *ECONOMIC]].mean(axis=1)
    legal, specific = categories[[*LEGAL_HALF]].mean(axis=1), categories[[*SPECIFIC_HALF]].mean(axis=1)
    return ((legal + specific) / 2 + categories[[*ECONOMIC]].mean(axis=1)) / 2


@dataclass(frozen=True, slots=True)
class Recomputation(Result):
    """Published against recomputed scores and ranks of one edition and data year.

    Attributes
    ----------
    frame : pandas.DataFrame, shape (countries, 4)
        By ISO3: published ``score`` (0-10) and ``rank``; ``recomputed_rank`` from the published scores; ``error``, the
        difference of the score from the formula's value on the published categories.
    formula : str
        The formula that reproduces the scores best.
    """

    frame: pd.DataFrame
    formula: str

    @property
    def ranks_agree(self) -> int:
        """Number of countries whose recomputed rank is the published one."""
        return int((self.frame["rank"] == self.frame["recomputed_rank"]).sum())

    def table(self) -> pd.DataFrame:
        """Return the countries whose rank differs."""
        return self.frame[self.frame["rank"] != self.frame["recomputed_rank"]]

    def sentence(self) -> str:
        """Say how many ranks are recomputed, and how far scores are from their components."""
        names = {"halves": "mean of personal and economic freedom", "categories": "mean of the twelve categories"}
        error = self.frame["error"].abs().max()
        return (
            f"Ranking the published scores gives the published rank of {self.ranks_agree} of {len(self.frame)} "
            f"countries; the scores are the {names[self.formula]} to within {error:.2f} points."
        )


@method
def recompute(frame: pd.DataFrame) -> Recomputation:
    """Recompute ranks from scores, and scores from categories by the formula that fits.

    Parameters
    ----------
    frame : pandas.DataFrame
        One edition and data year with columns of the HFI tables, one row a country.
    """
    data = one_year(frame).set_index("iso3").sort_index()
    errors = {name: composite(data, formula=name) - data["hf_score"] for name in FORMULAS}
    formula = min(FORMULAS, key=lambda name: errors[name].abs().max())
    columns = {
        "score": data["hf_score"],
        "rank": data["hf_rank"],
        "recomputed_rank": competition_rank(data["hf_score"]),
    }
    return Recomputation(pd.DataFrame(columns | {"error": errors[formula]}), formula)


@dataclass(frozen=True, slots=True)
class Vintages(Result):
    """Score and rank of one country and data year in every edition that covers it.

    Attributes
    ----------
    country : str
        ISO3 code.
    data_year : int
        Year that the values describe.
    frame : pandas.DataFrame
        By edition: ``score``, ``rank``, ``n`` (countries ranked), ``percentile`` (share ranked below, 0-100),
        ``common_rank`` (rank among the countries that every edition covers).
    """

    country: str
    data_year: int
    frame: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return one row an edition."""
        return self.frame

    def sentence(self) -> str:
        """Say what each edition gives for the same year."""
        rows = list(self.frame.rename(columns={"rank": "position"}).itertuples())
        parts = [
            f"{row.score:.2f} (rank {row.position} of {row.n}) in {edition}"
            for edition, row in zip(self.frame.index, rows, strict=True)
        ]
        common = self.frame["common_rank"]
        return (
            f"{self.country} in data year {self.data_year} scores {', '.join(parts)}; among the countries that all "
            f"these editions cover its rank goes from {common.iloc[0]} to {common.iloc[-1]}."
        )


@method
def vintages(frame: pd.DataFrame, *, country: str, data_year: int) -> Vintages:
    """Compare editions on the same data year.

    Parameters
    ----------
    frame : pandas.DataFrame
        Stacked editions of the HFI tables.
    country : str
        ISO3 code.
    data_year : int
        Year that the values describe.

    Raises
    ------
    InputError
        No edition covers the country in that year.
    """
    same_year = frame[frame["data_year"] == data_year]
    covering = same_year.loc[same_year["iso3"] == country, "edition"]
    if covering.empty:
        raise InputError(f"no edition covers {country} in {data_year}", remedy="choose another country or year")
    same_year = same_year[same_year["edition"].isin(covering)]
    scores = same_year.set_index(["iso3", "edition"])["hf_score"].unstack()
    common = scores.dropna().rank(ascending=False, method="min")
    rows = same_year[same_year["iso3"] == country].set_index("edition").sort_index()
    n = same_year.groupby("edition").size()
    table = pd.DataFrame(
        {
            "score": rows["hf_score"],
            "rank": rows["hf_rank"].astype(int),
            "n": n,
            "percentile": 100 * (n - rows["hf_rank"].astype(int)) / (n - 1),
            "common_rank": common.loc[country].astype(int),
        }
    )
    return Vintages(country, data_year, table)


@dataclass(frozen=True, slots=True)
class WeightCurve(Result):
    """Rank of one country as the weight of personal freedom goes from 0 to 1.

    Attributes
    ----------
    country : str
        ISO3 code.
    weights : ndarray, shape (k,)
        Weight of personal freedom; the rest is economic freedom.
    ranks : ndarray, shape (k,)
        Rank at each weight, from unrounded weighted means.
    published_rank : int
        Rank as published (equal weights, scores rounded to two decimals before ranking).
    variants : pandas.Series
        Rank under other constructions: geometric mean, and each category dropped in turn.
    """

    country: str
    weights: np.ndarray
    ranks: np.ndarray
    published_rank: int
    variants: pd.Series

    def table(self) -> pd.DataFrame:
        """Return rank by weight."""
        return pd.DataFrame({"weight_personal": self.weights, "rank": self.ranks})

    def sentence(self) -> str:
        """Say how far weights and constructions move the rank."""
        return (
            f"With the weight of personal freedom between 0 and 1, {self.country} ranks between {self.ranks.min()} and "
            f"{self.ranks.max()} (published: {self.published_rank}); other constructions (geometric mean, one category "
            f"dropped) give {self.variants.min()} to {self.variants.max()}."
        )


@method
def weight_curve(frame: pd.DataFrame, *, country: str, weights: np.ndarray) -> WeightCurve:
    """Rank a country under other weights and constructions of the index.

    Parameters
    ----------
    frame : pandas.DataFrame
        One edition and data year of the HFI tables.
    country : str
        ISO3 code.
    weights : ndarray, shape (k,)
        Weights of personal freedom, 0 to 1.
    """
    data = one_year(frame).set_index("iso3").sort_index()
    personal, economic = data["pf_score"].to_numpy(), data["ef_score"].to_numpy()
    scores = np.round(np.outer(weights, personal) + np.outer(1 - weights, economic), 9)
    own = list(data.index).index(country)
    ranks = 1 + (scores > scores[:, [own]]).sum(axis=1)
    ranks.flags.writeable = False
    published = int(data["hf_rank"].iloc[own])
    return WeightCurve(country, readonly(weights), ranks, published, _variants(data, country))


def _variants(data: pd.DataFrame, country: str) -> pd.Series:
    scores: dict[str, pd.Series] = {"geometric mean": (data["pf_score"] * data["ef_score"]) ** 0.5}
    for dropped in (*PERSONAL, *ECONOMIC):
        scores[f"without {dropped}"] = _index_without(data, dropped)
    own = list(data.index).index(country)
    return pd.Series({name: int(competition_rank(value.round(9))[own]) for name, value in scores.items()})


def _index_without(data: pd.DataFrame, dropped: str) -> pd.Series:
    legal, specific = (
        data[[name for name in half if name != dropped]].mean(axis=1) for half in (LEGAL_HALF, SPECIFIC_HALF)
    )
    economic = data[[name for name in ECONOMIC if name != dropped]].mean(axis=1)
    return ((legal + specific) / 2 + economic) / 2


def one_year(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame if it holds one row a country.

    Raises
    ------
    InputError
        A country stands in several rows: editions or data years are mixed.
    """
    if frame["iso3"].duplicated().any():
        raise InputError("more than one row a country", remedy="select one edition and one data year")
    return frame
