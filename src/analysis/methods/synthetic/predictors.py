"""Predictors of a synthetic control: one number per unit, averaged over named times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.arrays import Floats


@dataclass(frozen=True, slots=True)
class Predictor:
    """The mean of a column over some times, for each unit; missing values are left out of the mean.

    Attributes
    ----------
    column : str
        Column of the panel, in its own unit of measurement.
    times : tuple of int
        Times over which it is averaged; none after the treatment.

    Examples
    --------
    >>> Predictor.over("beer", 1984, 1988).label()
    'beer 1984-1988'
    """

    column: str
    times: tuple[int, ...]

    @classmethod
    def over(cls, column: str, first: int, last: int, step: int = 1) -> Predictor:
        """Return the predictor that averages a column from ``first`` to ``last``, both included."""
        return cls(column, tuple(range(first, last + 1, step)))

    def label(self) -> str:
        """Return column and times in words."""
        if len(self.times) == 1:
            return f"{self.column} {self.times[0]}"
        return f"{self.column} {min(self.times)}-{max(self.times)}"


def lags(outcome: str, times: Iterable[int]) -> tuple[Predictor, ...]:
    """Return one predictor per time: the outcome in that time."""
    return tuple(Predictor(outcome, (int(t),)) for t in times)


def predictor_values(panel: pd.DataFrame, predictors: Sequence[Predictor], units: Sequence[str]) -> Floats:
    """Return the predictors of the units; missing where a unit has no value at all in the times named.

    Parameters
    ----------
    panel : DataFrame
        Columns ``unit`` (str), ``time`` (int) and those that the predictors name.
    predictors : sequence of Predictor
    units : sequence of str

    Returns
    -------
    ndarray, shape (len(predictors), len(units))

    Raises
    ------
    InputError
        If a column is not in the panel or is not numeric, or no row has the times of a predictor.
    """
    rows = [_means(panel, predictor, units) for predictor in predictors]
    return np.array(rows, dtype=np.float64).reshape(len(predictors), len(units))


def _means(panel: pd.DataFrame, predictor: Predictor, units: Sequence[str]) -> Floats:
    where = f"predictor {predictor.label()}" if predictor.times else f"predictor {predictor.column}"
    if predictor.column not in panel.columns:
        raise InputError("the panel has no such column", where=where, remedy="name a column of the panel")
    rows = panel[panel["time"].isin(predictor.times)]
    if rows.empty:
        raise InputError("the panel has no such times", where=where, remedy="name times of the panel")
    values = pd.to_numeric(rows[predictor.column], errors="coerce")
    if values.isna().sum() > rows[predictor.column].isna().sum():
        raise InputError("values are not numbers", where=where, remedy="use a numeric column")
    return values.groupby(rows["unit"]).mean().reindex(list(units)).to_numpy(dtype=np.float64)


def check_times(predictors: Sequence[Predictor], first_treated: int) -> None:
    """Raise `InputError` if a predictor is measured after the treatment began.

    The first treated year itself is let through: Abadie, Diamond and Hainmueller (2015, doi:10.1111/ajps.12116) average
    predictors of West Germany up to 1990, the year of its reunification in October.
    """
    for predictor in predictors:
        late = [t for t in predictor.times if t > first_treated]
        if late:
            remedy = f"use times up to {first_treated}"
            raise InputError(f"{late[0]} is after the treatment", where=f"predictor {predictor.label()}", remedy=remedy)
