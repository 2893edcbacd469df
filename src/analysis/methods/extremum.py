"""Extremum claims: whether one component is the lowest of a set, how surely, and how often that is so elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import integrate, stats

from analysis.errors import InputError
from analysis.methods.index_scores import one_row_each
from analysis.methods.result import Floats, Result, method

# Standard deviations covered by the quadrature, and its nodes.
_REACH, _NODES = 9.0, 2001


@dataclass(frozen=True, slots=True)
class Revisions(Result):
    """How much the scores of one data year were revised between two editions, over all units.

    Attributes
    ----------
    by_unit : pandas.DataFrame, shape (units, components)
        Revision of every score, later edition less earlier one; NaN where a unit lacks one of the two.
    """

    by_unit: pd.DataFrame

    @property
    def pooled(self) -> float:
        """Root mean square over all components and units: the sd used to perturb scores."""
        return float(np.sqrt(np.nanmean(self.by_unit.to_numpy() ** 2)))

    def table(self) -> pd.DataFrame:
        """Return the root mean square of every component."""
        return np.sqrt((self.by_unit**2).mean()).rename("rms_revision").to_frame()

    def sentence(self) -> str:
        """Say how large revisions are."""
        return (
            f"Between the two editions the scores were revised by {self.pooled:.2f} points (root mean square over "
            f"{len(self.by_unit)} units and {self.by_unit.shape[1]} components)."
        )


@method
def revisions(frame: pd.DataFrame, *, editions: tuple[int, int], data_year: int) -> Revisions:
    """Measure revisions of scores between two editions: the noise that publishing itself reveals.

    Parameters
    ----------
    frame : pandas.DataFrame
        Components, indexed by edition, data year and unit.
    editions : tuple of int
        Earlier and later edition.
    data_year : int
        Year compared.
    """
    first, second = (one_row_each(frame.xs((edition, data_year), level=(0, 1))) for edition in editions)
    return Revisions((second - first).astype(float))


@dataclass(frozen=True, slots=True)
class Lowest(Result):
    """Whether one component is the lowest of a set.

    Attributes
    ----------
    item : str
        Claimed component.
    value, runner_up_value : float
        Score of the item; lowest score among the others.
    runner_up : str
        Name of the lowest other component.
    n, n_below : int
        Number of components; how many score strictly below the item.
    sd : float or None
        Standard deviation of the perturbation.
    normal : float or None
        Probability that the item is the lowest under independent normal perturbations; None without any.
    jointly : float or None
        The same with the revisions of each unit taken as a whole; None if that was not asked.
    n_revised : int
        Units with such revisions.
    """

    item: str
    value: float
    runner_up: str
    runner_up_value: float
    n: int
    n_below: int
    sd: float | None = None
    normal: float | None = None
    jointly: float | None = None
    n_revised: int = 0

    @property
    def probability(self) -> float | None:
        """The less decisive of both: revisions of one unit go together, which independent errors leave out."""
        known = [chance for chance in (self.normal, self.jointly) if chance is not None]
        return min(known, key=lambda chance: abs(chance - 0.5), default=None)

    def evidence(self) -> dict[str, Any]:
        """Return the distance to the lowest other, and the probability that the item is the lowest."""
        margin = {"estimate": self.runner_up_value - self.value, "unit": "points below the lowest other"}
        return Result.evidence(self) | margin

    def sentence(self) -> str:
        """Say whether the item is the lowest, by how much, and how sure that is."""
        place = "is the lowest" if self.n_below == 0 else f"is not the lowest: {self.n_below} are lower"
        found = (
            f"{self.item} ({self.value:.3g}) {place} of {self.n}; the lowest other is {self.runner_up} "
            f"({self.runner_up_value:.3g})."
        )
        if self.sd is None:
            return found
        together = f"; under the revisions of {self.n_revised} units, {self.jointly:.3f}" if self.n_revised else ""
        chance = f"With scores perturbed by sd {self.sd:.2f} it is the lowest with probability {self.normal:.3f}"
        return f"{found} {chance}{together}."


def probability_lowest(own: float, others: Floats, *, sd: float) -> float:
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
    """Return the share of revisions, each taken off all scores of a unit at once, that leave one score the lowest.

    Parameters
    ----------
    scores : pandas.Series
        Scores by component.
    moved : pandas.DataFrame, shape (units, components)
        Revisions of the same components, without missing values. Their means are taken off first: a change of method
        that moves a component everywhere is no error of one unit's score.
    item : str
        Component asked about; a tie is not the lowest.

    Returns
    -------
    float
        An exact test's probability if the unit's published scores are true ones plus a vector from ``moved``.

    Raises
    ------
    InputError
        No unit has revisions of all components.
    """
    if moved.empty:
        raise InputError("no unit has revisions of all components", where=item, remedy="choose other editions")
    true = scores - (moved[scores.index] - moved[scores.index].mean())
    return float((true[item] < true.drop(columns=item).min(axis=1)).mean())


@method
def lowest(
    scores: pd.Series,
    *,
    item: str,
    among: Sequence[str] | None = None,
    errors: float | Revisions | None = None,
    jointly: bool = False,
) -> Lowest:
    """Test an extremum claim on one unit's components.

    Parameters
    ----------
    scores : pandas.Series
        Scores by component; its name is the unit. Missing scores are left out.
    item : str
        Component that is claimed to be the lowest.
    among : sequence of str, optional
        Components compared; default all.
    errors : float or Revisions, optional
        Standard deviation of independent normal perturbations, or revisions whose pooled size it is.
    jointly : bool
        Also take the revisions of each unit as a whole, see :func:`share_lowest`; units without one of the components
        are left out.

    Raises
    ------
    InputError
        The item has no score, or no unit has revisions of all components.

    Examples
    --------
    >>> print(lowest(pd.Series({"press": 3.7, "courts": 5.0, "trade": 7.1}), item="press", errors=0.5))
    press (3.7) is the lowest of 3; the lowest other is courts (5). With scores perturbed by sd 0.50 it is the lowest \
with probability 0.967.
    """
    names = list(scores.index if among is None else among)
    others = scores[[name for name in names if name != item]].dropna().astype(float)
    own = float(scores.get(item, np.nan))
    if np.isnan(own):
        what, remedy = f"{scores.name or 'the unit'} has no score for {item}", "choose another country or year"
        raise InputError(what, remedy=remedy)
    sd = errors.pooled if isinstance(errors, Revisions) else errors
    moved = errors.by_unit[[item, *others.index]].dropna() if jointly and isinstance(errors, Revisions) else None
    return Lowest(
        item=item,
        value=own,
        runner_up=str(others.idxmin()),
        runner_up_value=float(others.min()),
        n=1 + len(others),
        n_below=int((others < own).sum()),
        sd=sd,
        normal=None if sd is None else probability_lowest(own, others.to_numpy(), sd=sd),
        jointly=None if moved is None else share_lowest(scores[moved.columns], moved, item=item),
        n_revised=0 if moved is None else len(moved),
    )


def single_lowest(scores: pd.DataFrame) -> pd.Series:
    """Count in how many rows (units or years, each named once) each column is the single lowest; ties count for none.

    A claim that a component is the lowest says more where that is rare.
    """
    values = one_row_each(scores).astype(float)
    single = values.eq(values.min(axis=1), axis=0).sum(axis=1) == 1
    return values[single].idxmin(axis=1).value_counts().reindex(values.columns, fill_value=0)
