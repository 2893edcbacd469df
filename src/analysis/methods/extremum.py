"""Extremum claims: whether one component is the lowest of a set, how surely, and how often that is so elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import integrate, stats

from analysis.errors import InputError
from analysis.methods.index_scores import ECONOMIC, PERSONAL, one_year
from analysis.methods.result import Result, method

# Standard deviations covered by the quadrature, and its nodes.
_REACH, _NODES = 9.0, 2001


@dataclass(frozen=True, slots=True)
class Revisions(Result):
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
    by_country : pandas.DataFrame, shape (countries, 12)
        Revision of every score, later edition less earlier one; NaN where a country lacks one of the two.
    """

    editions: tuple[int, int]
    data_year: int
    by_category: pd.Series
    pooled: float
    by_country: pd.DataFrame

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


@method
def revisions(frame: pd.DataFrame, *, editions: tuple[int, int], data_year: int) -> Revisions:
    """Measure revisions of category scores between two editions: the noise that publishing itself reveals."""
    names = [*PERSONAL, *ECONOMIC]
    first, second = (
        frame[(frame["edition"] == edition) & (frame["data_year"] == data_year)].set_index("iso3")[names]
        for edition in editions
    )
    moved = (second - first).astype(float)
    squares = moved**2
    pooled = float(np.sqrt(np.nanmean(squares.to_numpy())))
    return Revisions(editions, data_year, np.sqrt(squares.mean()), pooled, moved)


@dataclass(frozen=True, slots=True)
class Lowest(Result):
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
    normal : float
        Probability that the item is the lowest under independent normal perturbations.
    jointly : float or None
        The same with the revisions of each country taken as a whole; None if there are none at this level.
    n_revised : int
        Countries with such revisions.
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
    normal: float
    jointly: float | None = None
    n_revised: int = 0

    @property
    def probability(self) -> float:
        """The less decisive of both: revisions of one country go together, which independent errors leave out."""
        return self.normal if self.jointly is None else min(self.normal, self.jointly, key=lambda p: abs(p - 0.5))

    def evidence(self) -> dict[str, Any]:
        """Return the distance to the lowest other, and the probability that the item is the lowest."""
        margin = {"estimate": self.runner_up_value - self.value, "unit": "points below the lowest other"}
        return Result.evidence(self) | margin

    def sentence(self) -> str:
        """Say whether the item is the lowest, by how much, and how sure that is."""
        place = "is the lowest" if self.n_below == 0 else f"is not the lowest: {self.n_below} are lower"
        together = (
            "" if self.jointly is None else f"; under the revisions of {self.n_revised} countries, {self.jointly:.3f}"
        )
        return (
            f"At the level {self.level}, {self.item} ({self.value:g}) {place} of {self.n}; the lowest other is "
            f"{self.runner_up} ({self.runner_up_value:g}). With scores perturbed by sd {self.sd:.2f} it is the lowest "
            f"with probability {self.normal:.3f}{together}."
        )


def probability_lowest(own: float, others: np.ndarray, *, sd: float) -> float:
    """Return the probability that one score is below all others under independent normal perturbations.

    Parameters
    ----------
    own : float
        Unperturbed score.
    others : ndarray, shape (k,)
        Unperturbed scores of the others.
    sd : float
        Standard deviation of every perturbation, in the scores' unit.

    Returns
    -------
    float
        Integral over the perturbed own score x of its density times the product of P(other > x), by quadrature;
        exact to better than 1e-8, so that no seed decides a verdict.

    Raises
    ------
    InputError
        The standard deviation is not positive.
    """
    if not sd > 0:
        raise InputError(f"sd is {sd:g}: a perturbation needs a positive standard deviation")
    z = np.linspace(-_REACH, _REACH, _NODES)
    above = stats.norm.sf(own + sd * z[:, None], loc=others, scale=sd).prod(axis=1)
    return float(integrate.simpson(stats.norm.pdf(z) * above, x=z))


def share_lowest(scores: pd.Series, moved: pd.DataFrame, *, item: str) -> float:
    """Return the share of revisions, each taken off all scores of a country at once, that leave one score the lowest.

    Parameters
    ----------
    scores : pandas.Series
        Scores by component.
    moved : pandas.DataFrame, shape (countries, components)
        Revisions of the same components, without missing values. Their means are taken off first: a change of method
        that moves a component everywhere is no error of one country's score.
    item : str
        Component asked about; a tie is not the lowest.

    Returns
    -------
    float
        An exact test's probability if the country's published scores are true ones plus a vector from ``moved``.

    Raises
    ------
    InputError
        No country has revisions of all components.
    """
    if moved.empty:
        raise InputError("no country has revisions of all components", where=item, remedy="choose other editions")
    true = scores - (moved[scores.index] - moved[scores.index].mean())
    return float((true[item] < true.drop(columns=item).min(axis=1)).mean())


@method
def lowest(
    scores: pd.Series,
    *,
    item: str,
    level: str,
    country: str,
    sd: float,
    value: float | None = None,
    moved: pd.DataFrame | None = None,
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
    value : float, optional
        Score of the item where it is not itself among the scores (a category against sub-scores).
    moved : pandas.DataFrame, optional
        Revisions by country, see :func:`share_lowest`; countries without one of the components are left out.

    Raises
    ------
    InputError
        The item has no score, or no country has revisions of all components.
    """
    known = scores.dropna().drop(labels=[item], errors="ignore")
    own = scores.get(item) if value is None else value
    if own is None or np.isnan(own):
        raise InputError(f"{country} has no score for {item}", where=level, remedy="choose another country or year")
    complete = None if moved is None else moved[[item, *known.index]].dropna()
    whole = pd.concat([pd.Series({item: float(own)}), known])
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
        normal=probability_lowest(float(own), known.to_numpy(dtype=float), sd=sd),
        jointly=None if complete is None else share_lowest(whole, complete, item=item),
        n_revised=0 if complete is None else len(complete),
    )


def base_rate(frame: pd.DataFrame) -> pd.Series:
    """Count in how many countries each of the twelve categories is the single lowest; ties count for none."""
    values = one_year(frame).set_index("iso3")[[*PERSONAL, *ECONOMIC]]
    single = values.eq(values.min(axis=1), axis=0).sum(axis=1) == 1
    return values[single].idxmin(axis=1).value_counts().reindex(values.columns, fill_value=0)


def standardised(frame: pd.DataFrame, *, country: str) -> pd.Series:
    """Return a country's categories as z-scores of the world distribution, since categories differ in difficulty."""
    values = one_year(frame).set_index("iso3")[[*PERSONAL, *ECONOMIC]]
    z: pd.DataFrame = (values - values.mean()) / values.std(ddof=1)
    return z.T[country]
