"""Stacked event studies: what happens to units exposed to an event elsewhere, beside units that are not.

Every event gets a small panel of its own, in which all units are chosen by one rule; the panels are stacked. Effects of
unit and of window within each panel are held fixed, so that no unit stands for the past of another event.

References
----------
Cengiz, D., Dube, A., Lindner, A. and Zipperer, B. (2019). Quarterly Journal of Economics 134, 1405-1454.
doi:10.1093/qje/qjz014
Krackhardt, D. (1988). Social Networks 10, 359-381. doi:10.1016/0378-8733(88)90004-4
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.methods.eventtime import Window
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit, conditional_poisson
from analysis.methods.null_poisson import null_poisson
from analysis.methods.permutation import permutation_test
from analysis.methods.result import Bools, Estimate, Floats, method, readonly

Exposed: TypeAlias = Sequence[Sequence[Any]] | pd.Series


@dataclass(frozen=True, slots=True)
class Stacks:
    """One panel per event: for every unit of every panel a row of ``counts``, one a window.

    ``event`` and ``unit`` number panel and unit of each row; ``exposed``, shape (events, units), says which unit is
    exposed to which event.
    """

    event: NDArray[np.intp]
    unit: NDArray[np.intp]
    counts: Floats
    exposed: Bools
    windows: tuple[str, ...]

    def labels(self, exposed: Bools) -> pd.DataFrame:
        """Return one 0/1 column per window after the reference, 1 for counts of exposed units in that window."""
        own = np.kron(exposed[self.event, self.unit][:, None].astype(float), np.eye(len(self.windows)))
        return pd.DataFrame(own[:, 1:], columns=list(self.windows[1:]))

    def effects(self) -> dict[str, Any]:
        """Return codes of absorbed effects (panel by unit, panel by window) and clusters (units) of each count."""
        width = len(self.windows)
        return {
            "groups": np.repeat(self.event * self.exposed.shape[1] + self.unit, width),
            "also": np.repeat(self.event, width) * width + np.tile(np.arange(width), len(self.unit)),
            "cluster": np.repeat(self.unit, width),
        }


@dataclass(frozen=True, slots=True)
class StackedStudy(ConditionalPoissonFit):
    """Rate ratios of exposed to other units by window, against the first window of the same panel.

    Attributes
    ----------
    stacks : Stacks
        The panels, one per event.
    """

    stacks: Stacks

    @property
    def n_events(self) -> int:
        """Events whose panel lies within the periods at hand."""
        return len(np.unique(self.stacks.event))


@method
def stacked_event_study(
    y: ArrayLike,
    *,
    unit: ArrayLike,
    month: ArrayLike,
    event_unit: ArrayLike,
    event_month: ArrayLike,
    exposed: Exposed,
    windows: Mapping[str, Window],
    include: ArrayLike | None = None,
    quiet: ArrayLike | None = None,
    clean: bool = False,
) -> StackedStudy:
    """Compare units exposed to events elsewhere with other units of the same months, by conditional Poisson regression.

    Exposed and other units are chosen by the same rule, so that whatever follows from the rule is common to both.
    Counts of windows give the estimates and errors that months would, because exposure does not change within one.

    Parameters
    ----------
    y : array_like, shape (n,)
        Counts of each unit and month.
    unit, month : array_like, shape (n,)
        Unit and serial month of each row.
    event_unit, event_month : array_like, shape (events,)
        Where and when each event happened; its own unit is no part of its panel.
    exposed : sequence of sequences, shape (events,)
        Units exposed to each event (see `analysis.methods.networks.units_at_distance`).
    windows : mapping of str to (first, last)
        Months relative to the event, both ends included. The first window is the reference.
    include : array_like of bool, shape (n,), optional
        Rows that count; a unit is in a panel if all its months do. Default all rows.
    quiet : array_like of bool, shape (n,), optional
        What has to hold of a unit in the month of the event.
    clean : bool
        Leave out units that are exposed to an event elsewhere within the months of the panel.

    Raises
    ------
    InputError
        Lengths differ, a window is empty, no panel lies within the months, or as `conditional_poisson`.

    Examples
    --------
    >>> panel = pd.DataFrame([(u, m) for u in "ABCDEF" for m in range(24)], columns=["unit", "month"])
    >>> near = panel["unit"].isin(["B", "C"]) & (panel["month"] > 12)
    >>> fit = stacked_event_study(
    ...     np.where(near, 4, 2) + panel["month"] % 2, unit=panel["unit"], month=panel["month"],
    ...     event_unit=["A"], event_month=[12], exposed=[["B", "C"]], windows={"before": (-6, -1), "after": (1, 6)},
    ... )
    >>> round(fit.ratio("after").estimate, 2)
    1.8
    """
    units, serial = pd.Index(np.unique(np.asarray(unit))), np.asarray(month)
    starts, stops = np.array(list(windows.values())).T
    if (stops < starts).any():
        raise InputError("a window is empty", where="windows", remedy="give the earlier end first")
    first, last = int(starts.min()), int(stops.max())
    place = units.get_indexer(pd.Index(np.asarray(unit))), serial - serial.min()
    sums, covered = _running(y, place), _running(np.ones(len(serial)) if include is None else include, place)
    sites, at = np.asarray(event_unit), np.asarray(event_month) - serial.min()
    near = np.array([units.isin(list(tied)) for tied in exposed])
    whole = np.flatnonzero((at + first >= 0) & (at + last < sums.shape[1] - 1))
    keep = np.zeros(near.shape, dtype=bool)
    keep[whole] = (covered[:, at[whole] + last + 1] - covered[:, at[whole] + first] == last - first + 1).T
    keep &= sites[:, None] != units.to_numpy()
    if quiet is not None:
        keep[whole] &= (np.diff(_running(quiet, place), axis=1)[:, at[whole]] == 1).T
    if clean:
        soon = np.abs(at[:, None] - at) <= max(-first, last)
        keep &= ((sites[:, None] != sites) & soon).astype(int) @ near.astype(int) == 0
    event, row = np.nonzero(keep)
    if not len(event):
        raise InputError("no panel lies within the months", where="events", remedy="see windows and include")
    row_of, month_of = row[:, None], at[event][:, None]
    counts = sums[row_of, month_of + stops + 1] - sums[row_of, month_of + starts]
    stacks = Stacks(event, row, counts, near, tuple(windows))
    fit = conditional_poisson(counts.ravel(), stacks.labels(near), **stacks.effects())
    return StackedStudy(**{field.name: getattr(fit, field.name) for field in fields(fit)}, stacks=stacks)


@method
def shuffled_exposure(study: StackedStudy, term: str, *, draws: int = 999, seed: int) -> Estimate:
    """Estimate a stacked event study anew with units in each other's places: any other map should do less.

    Units that have a count in some panel exchange their places at random. Events, the number of units exposed to each,
    and the counts stay.

    Parameters
    ----------
    study : StackedStudy
        Result of `stacked_event_study`.
    term : str
        Window that is tested.
    draws, seed : int
        Random exchanges and their seed.

    Returns
    -------
    Estimate
        The window's rate ratio after one Newton step, with the share of arrangements, the true one among them, that
        have as high a ratio; further ``ratios`` of all windows but the reference, shape (1 + draws, windows), those of
        the true exposure first. Its table has the true ratio and the middle 95 % of the shuffled ones by window.
    """
    stacks, names = study.stacks, list(study.names)
    if term not in names:
        raise InputError("unknown window", where=term, remedy=f"choose one of {', '.join(names)}")
    some = stacks.counts.sum(axis=1) > 0
    stacks = replace(stacks, event=stacks.event[some], unit=stacks.unit[some], counts=stacks.counts[some])
    prepared = null_poisson(stacks.counts.ravel(), **stacks.effects())
    rng, inside = np.random.default_rng(seed), np.unique(stacks.unit)
    order = np.arange(stacks.exposed.shape[1])
    logs = [prepared.together(stacks.labels(stacks.exposed).to_numpy())]
    for _ in range(draws):
        order[inside] = rng.permutation(inside)
        logs.append(prepared.together(stacks.labels(stacks.exposed[:, order]).to_numpy()))
    ratios = readonly(np.exp(logs))
    own = ratios[:, names.index(term)]
    found = permutation_test(
        float(own[0]),
        own[1:],
        name="rate ratio of exposed units",
        alternative="greater",
        exact=False,
        scheme="which unit has which place",
    )
    low, high = np.quantile(ratios[1:], [0.025, 0.975], axis=0)
    table = pd.DataFrame({"true": ratios[0], "low": low, "high": high}, index=pd.Index(names, name="window"))
    return replace(found, more={**found.more, "ratios": ratios}, rows=table)


def _running(values: ArrayLike, place: tuple[NDArray[Any], NDArray[Any]]) -> Floats:
    """Return sums of each unit from the first month to before each month, shape (units, months + 1)."""
    wide = np.zeros((int(place[0].max()) + 1, int(place[1].max()) + 1))
    wide[place] = np.asarray(values, dtype=float)
    return np.pad(np.cumsum(wide, axis=1), ((0, 0), (1, 0)))
