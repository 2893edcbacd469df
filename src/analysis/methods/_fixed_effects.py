"""Absorbed effects: weighted least-squares residuals on one or two sets of dummies, without building the dummies.

Here is also decided whether a Poisson likelihood has a maximum. Along a direction z of the log rates it rises for ever
if z is zero on every row with events, at most zero on all others, and not zero everywhere; there is a maximum if and
only if regressors and effects span no such z (Correia, Guimarães and Zylkin 2019, arXiv:1903.01633). For effects alone
this is a question of paths in a graph, for regressors a linear program.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from analysis.errors import AnalysisError, InputError
from analysis.methods._inputs import Ints, refuse_if
from analysis.methods.result import Bools, Floats

FULL = 4  # cells of groups by levels, per row, up to which all are kept: products of sparse ones are slow
COLLINEAR = 1e-9  # share of a column's variation that must be left after the effects are taken out
SIGNS = {" +1 times ": " + ", " -1 times ": " - "}
# By how much a linear program may miss a constraint; entries are at most 1.
STRICT = dict.fromkeys(("primal_feasibility_tolerance", "dual_feasibility_tolerance"), 1e-10)


def indicator(code: Ints) -> sparse.csc_array:
    """Return the sparse matrix that sums rows by code; its ``indices`` number the codes that some row has."""
    some = np.bincount(code) > 0
    place = (np.cumsum(some) - 1)[code]
    return sparse.csc_array((np.ones(len(code)), place, np.arange(len(code) + 1)), shape=(some.sum(), len(code)))


class Effects:
    """Group effects, and optionally a second set of effects, of n rows.

    ``group`` and ``level`` are codes of each row, numbered anew; ``free`` levels have a parameter of their own: all but
    one of each connected set of groups and levels. ``by_group`` and ``by_level`` sum rows.
    """

    def __init__(self, groups: Ints, levels: Ints | None = None) -> None:
        sums = [indicator(code) for code in (groups, np.zeros_like(groups) if levels is None else levels)]
        self.by_group, self.by_level = (own.tocsr() for own in sums)
        self.group, self.level = (own.indices.astype(np.intp) for own in sums)
        self.n_groups, self.n_levels = (own.shape[0] for own in sums)
        size, ends = self.n_groups + self.n_levels, (self.group, self.n_groups + self.level)
        edges = sparse.coo_array((np.ones(len(self.group)), ends), shape=(size, size))
        component = connected_components(edges, directed=False)[1][self.n_groups :]
        first = np.unique(component, return_index=True)[1]
        self.free = np.setdiff1d(np.arange(self.n_levels), first)


class Projection:
    """Weighted least squares of columns on effects; ``total`` are the groups' weights."""

    def __init__(self, effects: Effects, weights: Floats) -> None:
        self.effects, self.weights = effects, weights[:, None]
        self.total = effects.by_group @ self.weights
        size = effects.n_groups, effects.n_levels
        cells: Any = sparse.coo_array((weights, (effects.group, effects.level)), shape=size)
        cells = cells.toarray() if math.prod(size) <= FULL * len(weights) else cells.tocsr()
        self.scaled = cells / self.total
        normal = sparse.diags_array(effects.by_level @ weights, format="csr") - cells.T @ self.scaled
        own = sparse.csc_array(normal[effects.free][:, effects.free])
        self.solve = splu(own).solve if len(effects.free) else np.asarray

    def explained(self, by_group: Floats, by_level: Floats) -> tuple[Floats, Floats]:
        """Return the effects of groups and levels on columns, from the weighted sums of these."""
        effects = np.zeros_like(by_level)
        effects[self.effects.free] = self.solve((by_level - self.scaled.T @ by_group)[self.effects.free])
        return by_group / self.total - self.scaled @ effects, effects

    def __call__(self, x: Floats) -> Floats:
        """Return what the effects leave of columns."""
        weighted = self.weights * x
        group, level = self.explained(self.effects.by_group @ weighted, self.effects.by_level @ weighted)
        return x - group[self.effects.group] - level[self.effects.level]


def informative(group: Ints, level: Ints | None, y: Floats) -> Bools:
    """Return the rows whose fitted count effects alone do not push to zero, as in a group or level without any event.

    A row tells that its group's effect does not exceed what its level allows, one with events that both are equal.
    Where no way leads back from level to group, their distance can grow for ever.
    """
    n_groups = int(group.max()) + 1
    to = n_groups + (np.zeros_like(group) if level is None else level)
    back = y > 0
    ends = np.concatenate([group, to[back]]), np.concatenate([to, group[back]])
    graph = sparse.coo_array((np.ones(len(ends[0])), ends), shape=(int(to.max()) + 1,) * 2)
    strong = connected_components(graph, connection="strong")[1]
    return np.asarray(strong[group] == strong[to])


def check_identified(names: tuple[str, ...], before: Floats, after: Floats, weights: Floats | float = 1.0) -> None:
    """Refuse columns that the effects, or the columns before them, explain fully."""
    scale = np.sqrt((weights * (before**2).T).sum(axis=1))
    r = np.abs(np.diag(np.linalg.qr(np.sqrt(weights)[..., None] * after, mode="r")))
    for name, size, left in zip(names, scale, r, strict=True):
        text = "has no variation left once effects and other regressors are taken out"
        refuse_if(left <= COLLINEAR * size or size == 0, text, name, "drop it or choose coarser effects")


def check_maximum(names: tuple[str, ...], x: Floats, y: Floats, effects: Effects) -> None:
    """Refuse a least set of columns along which, with effects, the likelihood rises for ever."""
    if not _recession(x, y, effects).any():
        return
    chosen = list(range(len(names)))
    for one in range(len(names)):
        rest = [other for other in chosen if other != one]
        chosen = rest if rest and _recession(x[:, rest], y, effects).any() else chosen
    weights, words = _recession(x[:, chosen], y, effects), [names[i] for i in chosen]
    shares = [f" {share:+.3g} times " for share in weights / weights[0]]
    parts = [SIGNS.get(share, share) + name for share, name in zip(shares, words, strict=True)]
    where = "it" if len(words) == 1 else "".join(parts).removeprefix(" + ")
    end = "highest" if weights[0] > 0 else "lowest"
    text = f"no maximum exists, as all events lie where {where} is {end}, given the effects"
    raise InputError(text, where=", ".join(words), remedy="drop it or widen its window")


def _recession(x: Floats, y: Floats, effects: Effects) -> Floats:
    """Return weights of columns whose sum, with some effects, is zero on rows with events and at most zero on others.

    Of all sums of at least -1 it is the lowest in all, so that its total is at most -1, or 0 if there is none. Groups'
    effects drop out, as every row is compared with one of its group that has events. Weights are all zero if there is
    no such sum.
    """
    events = np.flatnonzero(y > 0)
    base = np.zeros(effects.n_groups, dtype=np.intp)
    base[effects.group[events]] = events
    compared = base[effects.group]
    apart = x - x[compared]
    scale = np.maximum(np.abs(apart).max(axis=0, initial=0.0), np.finfo(float).tiny)
    level = effects.by_level.T.tocsr()
    design = sparse.hstack([sparse.csr_array(apart / scale), level - level[compared]]).tocsr()
    others = design[y == 0]
    found = linprog(
        others.sum(axis=0),
        A_ub=sparse.vstack([others, -others]),
        b_ub=np.repeat([0.0, 1.0], others.shape[0]),
        A_eq=design[events],
        b_eq=np.zeros(len(events)),
        bounds=(None, None),
        options=STRICT,
    )
    if found.status:
        raise AnalysisError("the linear program that looks for a maximum fails", where="Poisson", remedy=found.message)
    return np.asarray(found.x[: x.shape[1]] / scale if found.fun < -0.5 else np.zeros(x.shape[1]))
