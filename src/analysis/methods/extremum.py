"""Extremum claims: whether one component is the lowest of a set, how surely, and how often that is so elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import integrate, stats

from analysis.errors import InputError
from analysis.methods._fixed_effects import columns
from analysis.methods.index_scores import one_row_each
from analysis.methods.result import Estimate, Floats, chance, method

# Standard deviations covered by the quadrature, and its nodes.
_REACH, _NODES = 9.0, 2001


@method
def revisions(frame: pd.DataFrame, *, editions: tuple[int, int], data_year: int) -> Estimate:
    """Measure revisions of scores between two editions: the noise that publishing itself reveals.

    Parameters
    ----------
    frame : pandas.DataFrame
        Components, indexed by edition, data year and unit.
    editions : tuple of int
        Earlier and later edition.
    data_year : int
        Year compared.

    Returns
    -------
    Estimate
        ``pooled``, the root mean square over all components and units, is the sd used to perturb scores; ``by_unit``
        has every revision, later edition less earlier one, missing where a unit lacks one of the two. The table is the
        root mean square of every component.
    """
    first, second = (one_row_each(frame.xs((edition, data_year), level=(0, 1))) for edition in editions)
    moved = (second - first).astype(float)
    pooled = float(np.sqrt(np.nanmean(moved.to_numpy() ** 2)))
    return Estimate(
        f"Between the two editions the scores were revised by {pooled:.2f} points (root mean square over {len(moved)} "
        f"units and {moved.shape[1]} components).",
        name="revisions",
        more={"pooled": pooled, "by_unit": moved},
        rows=np.sqrt((moved**2).mean()).rename("rms_revision").to_frame(),
    )


def probability_lowest(own: float, others: Floats, *, sd: float) -> float:
    """Return the probability that one score is below all others under independent normal perturbations.

    The integral over the perturbed own score x of its density times the product of P(other > x), by quadrature: exact
    to better than 1e-8, so that no seed decides a verdict.
    """
    if not sd > 0:
        what = f"sd is {sd:g}: a perturbation needs a positive standard deviation"
        raise InputError(what, where="errors", remedy="leave it out, or give the size of errors")
    z = np.linspace(-_REACH, _REACH, _NODES)
    above = stats.norm.sf(own + sd * z[:, None], loc=others, scale=sd).prod(axis=1)
    return float(integrate.simpson(stats.norm.pdf(z) * above, x=z))


def share_lowest(scores: pd.Series, moved: pd.DataFrame, *, item: str) -> float:
    """Return the share of revisions, each taken off all scores of a unit at once, that leave one score the lowest.

    It is an exact test's probability if the unit's published scores are true ones plus a row of ``moved`` (units by
    components, none missing). The means are taken off first: a change of method that moves a component everywhere is no
    error of one unit's score. A tie is not the lowest.
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
    errors: float | Estimate | None = None,
    jointly: bool = False,
) -> Estimate:
    """Test an extremum claim on one unit's components.

    Parameters
    ----------
    scores : pandas.Series
        Scores by component; its name is the unit. Missing scores are left out.
    item : str
        Component that is claimed to be the lowest.
    among : sequence of str, optional
        Components compared; default all.
    errors : float or Estimate, optional
        Standard deviation of independent normal perturbations, or `revisions` whose pooled size it is.
    jointly : bool
        Also take the revisions of each unit as a whole; units without one of the components are left out.

    Returns
    -------
    Estimate
        Distance to the lowest other. ``n_below`` counts components that score strictly below the item; ``normal`` and
        ``jointly`` are the probabilities that it is the lowest under either kind of error, None if not asked for;
        ``probability`` is the less decisive of both, for revisions of one unit go together, which independent errors
        leave out.

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
    known = one_row_each(scores).dropna()
    known = pd.Series(columns(known, None, "scores")[1][:, 0], known.index)
    others = known.reindex(scores.index if among is None else list(among)).drop(item, errors="ignore").dropna()
    if item not in known or others.empty:
        lacking = "another component" if item in known else item
        what = f"{scores.name or 'the unit'} has no score for {lacking}"
        raise InputError(what, remedy="choose another country or year")
    own = float(known[item])
    sd = errors.pooled if isinstance(errors, Estimate) else errors
    moved = errors.by_unit[[item, *others.index]].dropna() if jointly and isinstance(errors, Estimate) else None
    value, runner_up, n_below = float(others.min()), str(others.idxmin()), int((others < own).sum())
    normal = None if sd is None else probability_lowest(own, others.to_numpy(), sd=sd)
    together = None if moved is None else share_lowest(scores[moved.columns], moved, item=item)
    known = [probability for probability in (normal, together) if probability is not None]
    place = "is the lowest" if n_below == 0 else f"is not the lowest: {n_below} are lower"
    words = f"{item} ({own:.3g}) {place} of {1 + len(others)}; the lowest other is {runner_up} ({value:.3g})."
    if sd is not None:
        also = "" if moved is None else f"; under the revisions of {len(moved)} units, {chance(together)}"
        words += f" With scores perturbed by sd {sd:.2f} it is the lowest with probability {chance(normal)}{also}."
    return Estimate(
        words.replace("_", " "),
        name=item,
        estimate=value - own,
        n=1 + len(others),
        unit="points below the lowest other",
        more={
            "n_below": n_below,
            "runner_up": runner_up,
            "normal": normal,
            "jointly": together,
            "probability": min(known, key=lambda probability: abs(probability - 0.5), default=None),
        },
    )


def single_lowest(scores: pd.DataFrame) -> pd.Series:
    """Count in how many rows (units or years, each named once) each column is the single lowest; ties count for none.

    A claim that a component is the lowest says more where that is rare.
    """
    values = one_row_each(scores).astype(float)
    single = values.eq(values.min(axis=1), axis=0).sum(axis=1) == 1
    return values[single].idxmin(axis=1).value_counts().reindex(values.columns, fill_value=0)
