"""Steps of notebook 06: ties between states, waves of unrest, and stacks of quiet country-months around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

from analysis.methods.eventtime import Window

#: Tables that the class-level claims stand on.
TABLES = ("protest_months", "protest_coverage", "regimes", "votes_reign", "ties")
VINTAGE = "mass_mobilization_5"
#: Window that decides the claims, and the leads that should be flat.
DECIDING, LEADS = "after_1", ("before_2", "before_1")
#: Columns whose counts are carried into the stacks.
OUTCOMES = ("repressed", "arrests", "killings", "protests", "economic")
#: Months without unrest of that size after which a new wave begins.
_PAUSE = 12
_REFERENCE = "reference"
#: Land borders between a country and unrest that is far away.
FAR = 4


class Absorbed(TypedDict):
    """Codes of absorbed effects and of clusters, as the estimators take them."""

    groups: NDArray[Any]
    also: NDArray[Any]
    cluster: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Network:
    """Ties between states by year.

    Attributes
    ----------
    units : tuple of str
        ISO3 codes, sorted.
    by_year : mapping of int to ndarray of bool, shape (units, units)
        Symmetric; nobody is tied to itself.
    """

    units: tuple[str, ...]
    by_year: Mapping[int, NDArray[np.bool_]]

    def neighbours(self, unit: str, year: int) -> list[str]:
        """Return the states tied to one state in a year."""
        row = self.by_year[year][self.units.index(unit)]
        return [other for other, tied in zip(self.units, row, strict=True) if tied]

    def far(self, year: int, *, steps: int = FAR) -> NDArray[np.bool_]:
        """Mark pairs of states that are ``steps`` ties apart or more, or not connected at all."""
        return np.asarray(shortest_path(self.by_year[year].astype(float), unweighted=True) >= steps)


@dataclass(frozen=True, slots=True)
class Stacks:
    """One small panel per wave of unrest: quiet states before and after it, counted by window.

    Attributes
    ----------
    rows : DataFrame
        ``stack`` (number of the wave), ``unit`` (number in the network), ``window`` with its ``place``, and counts.
    waves : DataFrame
        ``iso3``, ``serial``, ``year`` of each wave, by number.
    network : Network
        Ties.
    windows : mapping of str to (first, last)
        Months relative to the wave; the reference window comes first.
    """

    rows: pd.DataFrame
    waves: pd.DataFrame
    network: Network
    windows: Mapping[str, Window]

    def exposed(self, order: NDArray[np.int_] | None = None) -> NDArray[np.bool_]:
        """Mark rows whose state is tied to the wave's; ``order`` puts another state in the place of each."""
        units = self.network.units
        places = np.arange(len(units)) if order is None else order
        at = [units.index(code) for code in self.waves["iso3"]]
        years = self.waves["year"].tolist()
        near = np.array([self.network.by_year[year][places, j] for j, year in zip(at, years, strict=True)])
        return np.asarray(near[self.rows["stack"].to_numpy(), self.rows["unit"].to_numpy()])

    def orders(self, draws: int, *, seed: int) -> list[NDArray[np.int_]]:
        """Return random exchanges of places among the states that are in some stack; all others keep theirs."""
        inside = np.unique(self.rows["unit"])
        rng = np.random.default_rng(seed)
        found = []
        for _ in range(draws):
            order = np.arange(len(self.network.units))
            order[inside] = rng.permutation(inside)
            found.append(order)
        return found

    def labels(self, exposed: NDArray[np.bool_]) -> pd.DataFrame:
        """Return one 0/1 column per window after the reference, 1 for exposed rows."""
        window = self.rows["window"].to_numpy()
        return pd.DataFrame({name: (exposed & (window == name)).astype(float) for name in list(self.windows)[1:]})

    def effects(self) -> Absorbed:
        """Return codes of the absorbed effects (stack by state, stack by window) and of clusters (states)."""
        stack, unit = self.rows["stack"].to_numpy(), self.rows["unit"].to_numpy()
        window = self.rows["place"].to_numpy()
        return {
            "groups": stack * len(self.network.units) + unit,
            "also": stack * len(self.windows) + window,
            "cluster": unit,
        }


def spans(months: int) -> dict[str, Window]:
    """Return the windows around a wave, in months; the reference lies before the leads.

    Parameters
    ----------
    months : int
        Length of the deciding window and of each lead.
    """
    m = months
    return {
        _REFERENCE: (-4 * m, -2 * m - 1),
        "before_2": (-2 * m, -m - 1),
        "before_1": (-m, -1),
        "after_1": (1, m),
        "after_2": (m + 1, 2 * m),
        "after_3": (2 * m + 1, 4 * m),
    }


def network(ties: pd.DataFrame, units: Sequence[str], years: Sequence[int], *, kind: str) -> Network:
    """Lay out the table ``ties`` as one matrix a year.

    Parameters
    ----------
    ties : pandas.DataFrame
        The table ``ties``.
    units : sequence of str
        ISO3 codes.
    years : sequence of int
        Calendar years.
    kind : str
        ``border`` or ``CIS``.
    """
    codes = tuple(sorted(units))
    place = {code: number for number, code in enumerate(codes)}
    own = ties[(ties["kind"] == kind) & ties["iso3"].isin(place) & ties["neighbour"].isin(place)]
    i, j = own["iso3"].map(place).to_numpy(), own["neighbour"].map(place).to_numpy()
    first, last = own["first_year"].to_numpy(), own["last_year"].to_numpy()
    matrices = {}
    for year in years:
        lasting = (first <= year) & (year <= last)
        matrix = np.zeros((len(codes), len(codes)), dtype=bool)
        matrix[i[lasting], j[lasting]] = matrix[j[lasting], i[lasting]] = True
        matrices[int(year)] = matrix
    return Network(codes, matrices)


def waves(frame: pd.DataFrame, *, percentile: float) -> pd.DataFrame:
    """Return first months of unrest: more protests than a percentile of country-months, after a year of fewer.

    Parameters
    ----------
    frame : pandas.DataFrame
        Country-months of all regimes (see :func:`analysis.article.elections.country_months`).
    percentile : float
        Percentile of the number of protests over all country-months.

    Returns
    -------
    pandas.DataFrame
        ``iso3``, ``serial``, ``year``, ``protests``.
    """
    high = frame[frame["protests"] > np.percentile(frame["protests"], percentile)].sort_values(["iso3", "serial"])
    since = high.groupby("iso3")["serial"].diff()
    chosen = high[since.isna() | (since > _PAUSE)]
    return chosen[["iso3", "serial", "year", "protests"]].reset_index(drop=True)


def within(began: pd.DataFrame, net: Network) -> pd.DataFrame:
    """Return the waves that began in a state with ties."""
    tied = [code for code in net.units if any(matrix[net.units.index(code)].any() for matrix in net.by_year.values())]
    return began[began["iso3"].isin(tied)].reset_index(drop=True)


def exposures(began: pd.DataFrame, net: Network) -> pd.DataFrame:
    """Return the states tied to each wave: ``iso3``, ``serial``, ``of`` (state of the wave)."""
    rows = [
        {"iso3": unit, "serial": wave.serial, "of": wave.iso3}
        for wave in began.itertuples()
        for unit in net.neighbours(str(wave.iso3), int(wave.year))
    ]
    return pd.DataFrame(rows, columns=["iso3", "serial", "of"])


def stacked(
    frame: pd.DataFrame,
    began: pd.DataFrame,
    net: Network,
    *,
    regimes: Sequence[int],
    months: int,
    quiet: bool = True,
    clean: bool = False,
) -> Stacks:
    """Stack, for each wave, the states that had no protest in its first month.

    Exposed and other states are chosen by the same rule, so that whatever follows from a quiet month is common to both.
    A state counts if it is in the chosen regimes, and covered, in all months of the stack.

    Parameters
    ----------
    frame, began, net
        Country-months of all regimes, waves and ties.
    regimes : sequence of int
        Classes of Regimes of the World.
    months : int
        See :func:`spans`.
    quiet : bool
        Whether to ask for a first month without protest at home.
    clean : bool
        Whether to leave out states that are tied to any other wave within the stack's months.
    """
    windows = spans(months)
    wide = {name: by_state(frame, name, net.units) for name in (*OUTCOMES, "regime")}
    sums = np.stack([_running(wide[name]) for name in OUTCOMES])
    inside = _running(np.isin(wide["regime"], list(regimes)).astype(float))
    known, reach, parts = exposures(began, net), 4 * months, []
    for number, wave in enumerate(began.itertuples()):
        at = int(wave.serial) - int(frame["serial"].min())
        if at < reach or at + reach + 2 > inside.shape[1]:
            continue
        keep = inside[:, at + reach + 1] - inside[:, at - reach] == 2 * reach + 1
        keep[net.units.index(str(wave.iso3))] = False
        if quiet:
            keep &= wide["protests"][:, at] == 0
        if clean:
            near = known["serial"].sub(int(wave.serial)).abs() <= reach
            keep &= ~np.isin(net.units, known.loc[near & (known["of"] != wave.iso3), "iso3"])
        parts.append(_counted(number, np.flatnonzero(keep), at, sums, windows))
    counts = np.concatenate(parts)
    rows = pd.DataFrame(counts, columns=["stack", "unit", "place", *OUTCOMES]).astype(np.int64)
    rows["window"] = np.array(list(windows))[rows["place"]]
    return Stacks(rows, began, net, windows)


def by_state(frame: pd.DataFrame, column: str, units: Sequence[str]) -> NDArray[Any]:
    """Return a column as states by serial month, in the order of ``units``; missing where not covered."""
    serials = range(int(frame["serial"].min()), int(frame["serial"].max()) + 1)
    table = frame.pivot(index="iso3", columns="serial", values=column).reindex(index=units, columns=serials)
    return table.to_numpy(dtype=float)


def _running(values: NDArray[Any]) -> NDArray[Any]:
    """Return sums from the first month to before each month, shape (states, months + 1)."""
    return np.pad(np.cumsum(np.nan_to_num(values), axis=1), ((0, 0), (1, 0)))


def _counted(
    number: int, units: NDArray[np.intp], at: int, sums: NDArray[Any], windows: Mapping[str, Window]
) -> NDArray[Any]:
    """Return stack, state, place of the window and counts of all outcomes, one row a state and window."""
    ends = np.array(list(windows.values()))
    own = sums[:, units]
    total = own[:, :, at + ends[:, 1] + 1] - own[:, :, at + ends[:, 0]]
    shape = (len(units), len(ends))
    keys = (
        np.full(shape, number),
        np.repeat(units[:, None], len(ends), axis=1),
        np.tile(np.arange(len(ends)), (len(units), 1)),
    )
    return np.column_stack([key.ravel() for key in keys] + list(total.reshape(len(sums), -1)))
