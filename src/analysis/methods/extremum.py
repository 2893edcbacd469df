"""Extremum claims: is one component the lowest of a set, how sure is that, and how often is it so elsewhere?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.index_scores import ECONOMIC, PERSONAL, one_year


@dataclass(frozen=True, slots=True)
class Revisions:
    """How much the same data year was revised between two editions, over all countries.

    Attributes
    ----------
    editions : tuple of int
        Earlier and later edition.
    data_year : int
        Year compared.
    by_category : pandas.Series
        Root mean square revision of each category (points of 10).
    pooled : float
        Root mean square over all categories and countries: the sd used to perturb scores.
    """

    editions: tuple[int, int]
    data_year: int
    by_category: pd.Series
    pooled: float

    def table(self) -> pd.DataFrame:
        """Return one row a category."""
        return self.by_category.rename("rms_revision").to_frame()

    def sentence(self) -> str:
        """Say how large revisions are."""
        first, second = self.editions
        return (
            f"Between the {first} and {second} editions the category scores of data year {self.data_year} were revised "
            f"by {self.pooled:.2f} points (root mean square over countries and categories)."
        )


def revisions(frame: pd.DataFrame, *, editions: tuple[int, int], data_year: int) -> Revisions:
    """Measure revisions of category scores between two editions: the noise that publishing itself reveals."""
    names = [*PERSONAL, *ECONOMIC]
    first, second = (
        frame[(frame["edition"] == edition) & (frame["data_year"] == data_year)].set_index("iso3")[names]
        for edition in editions
    )
    squares = (second - first) ** 2
    return Revisions(editions, data_year, np.sqrt(squares.mean()), float(np.sqrt(np.nanmean(squares.to_numpy()))))


@dataclass(frozen=True, slots=True)
class Lowest:
    """Whether one component is the lowest of a set.

    Attributes
    ----------
    item, level, country : str
        Claimed component, level of aggregation, ISO3 code.
    value, runner_up_value : float
        Score of the item; lowest score among the others.
    runner_up : str
        Name of the lowest other component.
    n, n_below : int
        Number of components; how many score strictly below the item.
    sd : float
        Standard deviation of the perturbation (points of 10).
    probability : float
        Share of perturbed draws in which the item is the lowest.
    draws : int
        Number of draws.
    """

    item: str
    level: str
    country: str
    value: float
    runner_up: str
    runner_up_value: float
    n: int
    n_below: int
    sd: float
    probability: float
    draws: int

    def table(self) -> pd.DataFrame:
        """Return the result as one row."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    def sentence(self) -> str:
        """Say whether the item is the lowest, by how much, and how sure that is."""
        place = "is the lowest" if self.n_below == 0 else f"is not the lowest: {self.n_below} are lower"
        return (
            f"At the level {self.level}, {self.item} ({self.value:g}) {place} of {self.n}; the lowest other is "
            f"{self.runner_up} ({self.runner_up_value:g}). With scores perturbed by sd {self.sd:.2f} it is the lowest "
            f"in {self.probability:.1%} of {self.draws} draws."
        )


def lowest(
    scores: pd.Series,
    *,
    item: str,
    level: str,
    country: str,
    sd: float,
    draws: int,
    seed: int,
    value: float | None = None,
) -> Lowest:
    """Test an extremum claim on one country's components.

    Parameters
    ----------
    scores : pandas.Series
        Scores by component; missing ones are left out.
    item : str
        Component that is claimed to be the lowest.
    level, country : str
        Level of aggregation and ISO3 code, for the sentence.
    sd : float
        Standard deviation of independent normal perturbations.
    draws, seed : int
        Number of draws and seed.
    value : float, optional
        Score of the item where it is not itself among the scores (a category against sub-scores).

    Raises
    ------
    InputError
        The item has no score.
    """
    known = scores.dropna().drop(labels=[item], errors="ignore")
    own = scores.get(item) if value is None else value
    if own is None or np.isnan(own):
        raise InputError(f"{country} has no score for {item}", where=level, remedy="choose another country or year")
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, sd, size=(draws, len(known) + 1))
    is_lowest = own + noise[:, 0] < (known.to_numpy() + noise[:, 1:]).min(axis=1)
    return Lowest(
        item=item,
        level=level,
        country=country,
        value=float(own),
        runner_up=str(known.idxmin()),
        runner_up_value=float(known.min()),
        n=len(known) + 1,
        n_below=int((known < own).sum()),
        sd=sd,
        probability=float(is_lowest.mean()),
        draws=draws,
    )


def base_rate(frame: pd.DataFrame) -> pd.Series:
    """Count in how many countries each of the twelve categories is the single lowest; ties count for none."""
    values = one_year(frame).set_index("iso3")[[*PERSONAL, *ECONOMIC]]
    single = values.eq(values.min(axis=1), axis=0).sum(axis=1) == 1
    return values[single].idxmin(axis=1).value_counts().reindex(values.columns, fill_value=0)


def standardised(frame: pd.DataFrame, *, country: str) -> pd.Series:
    """Return a country's categories as z-scores of the world distribution, since categories differ in difficulty."""
    values = one_year(frame).set_index("iso3")[[*PERSONAL, *ECONOMIC]]
    return ((values - values.mean()) / values.std(ddof=1)).loc[country]
