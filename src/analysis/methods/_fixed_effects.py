"""Absorbed effects: weighted least-squares residuals on one or two sets of dummies, without building the dummies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from analysis.errors import InputError
from analysis.methods.result import Floats

Ints = NDArray[np.intp]
Projection = Callable[[Floats], Floats]

COLLINEAR = 1e-9  # share of a column's variation that must be left after the effects are taken out


def codes(labels: ArrayLike, n: int, what: str) -> Ints:
    """Number labels 0, 1, ... in sorted order."""
    values = pd.Index(labels if isinstance(labels, pd.Series | pd.Index) else np.asarray(labels))
    if len(values) != n:
        raise InputError(f"{len(values)} labels for {n} rows", where=what, remedy="give one label per row")
    numbers = pd.factorize(values, sort=True)[0]
    if (numbers < 0).any():
        raise InputError("labels are missing", where=what, remedy="drop or fill the rows without a label")
    return numbers.astype(np.intp)


def columns(x: ArrayLike | pd.DataFrame | None, n: int, what: str = "x") -> tuple[tuple[str, ...], Floats]:
    """Return names and a finite float matrix with n rows."""
    if x is None:
        return (), np.empty((n, 0))
    names = tuple(map(str, x.columns)) if isinstance(x, pd.DataFrame) else ()
    values = np.asarray(x, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    if values.shape[0] != n:
        raise InputError(f"{values.shape[0]} rows where the outcome has {n}", where=what, remedy="align the rows")
    if not np.isfinite(values).all():
        raise InputError("values are missing or infinite", where=what, remedy="drop or fill these rows")
    if not names:
        name = getattr(x, "name", None)
        names = tuple(f"x{i}" for i in range(values.shape[1])) if name is None else (str(name),)
    return names, values


def sums_by(group: Ints, values: Floats, size: int = 0) -> Floats:
    """Return the sum of values by group, shape (number of groups,)."""
    return np.asarray(np.bincount(group, values, size), dtype=float)


def indicator(group: Ints, size: int, weights: Floats | None = None) -> sparse.csr_array:
    """Return the sparse matrix, shape (size, n), that sums rows by group."""
    n = len(group)
    data = np.ones(n) if weights is None else weights
    return sparse.csr_array((data, (group, np.arange(n))), shape=(size, n))


@dataclass(frozen=True, slots=True)
class Effects:
    """Group effects, and optionally a second set of effects, of n rows.

    ``group`` and ``level`` are codes of each row; ``free`` levels have a parameter of their own: all but one of each
    connected set of groups and levels.
    """

    group: Ints
    level: Ints | None
    n_groups: int
    n_levels: int
    free: Ints

    def projection(self, weights: Floats | None = None) -> Projection:
        """Return the function that takes the weighted fit on these effects (default: equal weights) from columns."""
        w = np.ones(len(self.group)) if weights is None else weights
        by_group = indicator(self.group, self.n_groups, w)
        group_weight = sums_by(self.group, w, self.n_groups)[:, None]
        if self.level is None or not len(self.free):
            return lambda x: x - ((by_group @ x) / group_weight)[self.group]
        by_level = indicator(self.level, self.n_levels, w)
        cells = sparse.csr_array((w, (self.group, self.level)), shape=(self.n_groups, self.n_levels))
        scaled = (sparse.diags_array(1 / group_weight[:, 0]) @ cells).tocsr()
        normal = (sparse.diags_array(by_level.sum(axis=1)) - cells.T @ scaled).tocsc()
        solver = splu(normal[:, self.free][self.free, :].tocsc())

        def residual(x: Floats) -> Floats:
            mean = (by_group @ x) / group_weight
            moment = by_level @ x - scaled.T @ (mean * group_weight)
            gamma = np.zeros((self.n_levels, x.shape[1]))
            gamma[self.free] = solver.solve(moment[self.free])
            out = x - (mean - scaled @ gamma)[self.group]
            out -= gamma[self.level]
            return out

        return residual


def make_effects(groups: Ints, levels: Ints | None = None) -> Effects:
    """Renumber group and level codes and find the levels that are identified."""
    group = np.unique(groups, return_inverse=True)[1]
    n_groups = int(group.max(initial=-1)) + 1
    if levels is None:
        return Effects(group, None, n_groups, 0, np.empty(0, dtype=np.intp))
    level = np.unique(levels, return_inverse=True)[1]
    n_levels = int(level.max(initial=-1)) + 1
    edges = sparse.coo_array((np.ones(len(group)), (group, n_groups + level)), shape=(n_groups + n_levels,) * 2)
    component = connected_components(edges, directed=False)[1][n_groups:]
    first = np.unique(component, return_index=True)[1]
    return Effects(group, level, n_groups, n_levels, np.setdiff1d(np.arange(n_levels), first))


def check_identified(names: tuple[str, ...], before: Floats, after: Floats, weights: Floats | float = 1.0) -> None:
    """Refuse columns that the effects, or the columns before them, explain fully."""
    scale = np.sqrt((weights * (before**2).T).sum(axis=1))
    r = np.abs(np.diag(np.linalg.qr(np.sqrt(weights)[..., None] * after, mode="r"))) if len(names) else scale
    for name, size, left in zip(names, scale, r, strict=True):
        if left <= COLLINEAR * size or size == 0:
            text = "has no variation left once effects and other regressors are taken out"
            raise InputError(text, where=name, remedy="drop it or choose coarser effects")
