"""The design of a one-treated-unit panel study, said once: it validates itself and prints as English."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import InputError
from analysis.methods.result import Floats, Result, method, readonly
from analysis.methods.synthetic.panel import (
    Dropped,
    Window,
    Windows,
    checked_sd,
    choose_donors,
    drop_gaps,
    known_column,
    require_complete,
    tidy,
    wide,
    windows,
)

FEWEST_PRE = 5  # a synthetic control from fewer pre-treatment times is not accepted


@dataclass(frozen=True, slots=True, eq=False)
class Study(Result):
    """One treated unit, its donors and the times before and after the treatment.

    Attributes
    ----------
    treated : str
        Label of the treated unit.
    donors : tuple of str, length J
        Labels of the donors, in sorted order when built by `from_panel`.
    outcome : str
        Name of the outcome; all outcomes are in its unit of measurement.
    first_treated : int
        First treated time.
    times : tuple of int, length T
        Times before, then times after the treatment.
    n_pre : int
        Number of times before the treatment (T0), at least 5.
    values : ndarray, shape (T, 1 + J)
        Outcomes; the treated unit is column 0.
    dropped : tuple of (str, str)
        Donors that were asked for and left out, each with the reason.
    sd : ndarray, shape (T, 1 + J), optional
        Standard deviation of the measurement error of each outcome.

    Raises
    ------
    InputError
        If there are fewer than 5 pre-treatment times, no post-treatment time, no donor, or the treated unit is among
        its donors.
    """

    treated: str
    donors: tuple[str, ...]
    outcome: str
    first_treated: int
    times: tuple[int, ...]
    n_pre: int
    values: Floats
    dropped: Dropped
    sd: Floats | None = None

    def __post_init__(self) -> None:
        where = f"study of {self.treated}"
        if not self.donors:
            reasons = "; ".join(f"{unit}: {reason}" for unit, reason in self.dropped[:3])
            what = f"no donor is left ({reasons})" if reasons else "no donor is left"
            raise InputError(what, where=where, remedy="shorten the windows or add donors")
        if self.treated in self.donors:
            raise InputError("the treated unit is among its donors", where=where, remedy="leave it out of the donors")
        if self.n_pre < FEWEST_PRE:
            what = f"{self.n_pre} times before the treatment, at least {FEWEST_PRE} are needed"
            raise InputError(what, where=where, remedy="begin the pre window earlier or treat later")
        if self.n_pre >= len(self.times):
            raise InputError("no time after the treatment", where=where, remedy="extend the post window")
        if self.values.shape != (len(self.times), 1 + len(self.donors)) or not np.isfinite(self.values).all():
            what = "outcomes must be finite, with one row per time and one column per unit"
            raise InputError(what, where=where, remedy="use Study.from_panel")

    @classmethod
    @method
    def from_panel(
        cls,
        panel: pd.DataFrame,
        *,
        treated: Hashable,
        first_treated: int,
        outcome: str = "outcome",
        unit: str = "unit",
        time: str = "time",
        donors: Sequence[Hashable] | None = None,
        pre: Window | None = None,
        post: Window | None = None,
        sd: str | None = None,
    ) -> Study:
        """Build a study from a tidy panel.

        Parameters
        ----------
        panel : DataFrame
            One row per unit and time.
        treated : label
            The treated unit.
        first_treated : int
            First treated time.
        outcome, unit, time : str
            Columns of the panel.
        donors : sequence of labels, optional
            Units that were not treated. By default all others.
        pre, post : tuple of (int, int), optional
            First and last time of the windows before and after the treatment, both included; by default all times.
        sd : str, optional
            Column with the standard deviation of each outcome's measurement error.

        Returns
        -------
        Study
            Donors with a gap in either window are dropped and listed with the reason.

        Raises
        ------
        InputError
            If a unit has two rows for one time, a unit or column is not in the panel, the treated unit is among its
            donors or has a gap in its windows, no donor is left, or fewer than 5 times come before the treatment.

        Examples
        --------
        >>> panel = pd.DataFrame([(u, t, float(t)) for u in "abc" for t in range(8)], columns=["unit", "time", "y"])
        >>> Study.from_panel(panel, treated="a", first_treated=6, outcome="y").donors
        ('b', 'c')
        """
        data = tidy(panel, unit=unit, time=time, outcome=outcome)
        label = str(treated)
        pool = choose_donors(data, label, donors)
        spans = windows(data["time"], first_treated=first_treated, pre=pre, post=post)
        units = [label, *pool]
        frame = wide(data, outcome, spans, units)
        require_complete(frame[label], label, spans)
        errors = wide(data, known_column(data, sd), spans, units) if sd else None
        return _complete(frame, errors, spans, outcome, first_treated)

    @classmethod
    @method
    def from_matrix(
        cls, values: ArrayLike, *, n_pre: int, labels: Sequence[str] | None = None, times: Sequence[int] | None = None
    ) -> Study:
        """Build a study from a complete matrix of outcomes, shape (T, 1 + J), with the treated unit in column 0."""
        matrix = readonly(values)
        names = [f"unit {i:03d}" for i in range(matrix.shape[1])] if labels is None else list(labels)
        when = tuple(range(matrix.shape[0])) if times is None else tuple(times)
        first_treated = when[min(n_pre, len(when) - 1)]
        return cls(names[0], tuple(names[1:]), "outcome", first_treated, when, n_pre, matrix, ())

    @property
    def study(self) -> Study:
        """Itself, so that what asks for a study takes a result of one too."""
        return self

    @property
    def pre(self) -> tuple[int, ...]:
        """Times before the treatment."""
        return self.times[: self.n_pre]

    @property
    def post(self) -> tuple[int, ...]:
        """Times after the treatment began."""
        return self.times[self.n_pre :]

    @property
    def units(self) -> tuple[str, ...]:
        """The treated unit and its donors, in the order of the columns."""
        return (self.treated, *self.donors)

    @property
    def treated_path(self) -> Floats:
        """Outcomes of the treated unit, shape (T,)."""
        return self.values[:, 0]

    @property
    def donor_matrix(self) -> Floats:
        """Outcomes of the donors, times by units, shape (T, J)."""
        return self.values[:, 1:]

    def table(self) -> pd.DataFrame:
        """Return one row per unit: its role and, if it was dropped, the reason."""
        rows = [(self.treated, "treated", ""), *((d, "donor", "") for d in self.donors)]
        rows += [(unit, "dropped", reason) for unit, reason in self.dropped]
        return pd.DataFrame(rows, columns=["unit", "role", "reason"])

    def sentence(self) -> str:
        """Say the design in words."""
        donors = "1 donor" if len(self.donors) == 1 else f"{len(self.donors)} donors"
        design = (
            f"{self.treated}, treated from {self.first_treated}, is compared with {donors} in {self.outcome}: "
            f"{_span(self.pre)} before and {_span(self.post)} after."
        )
        return design + (f" Dropped: {self._dropped_words()}." if self.dropped else "")

    def _dropped_words(self, most: int = 10) -> str:
        shown = "; ".join(f"{unit} ({reason})" for unit, reason in self.dropped[:most])
        return shown if len(self.dropped) <= most else f"{shown}; and {len(self.dropped) - most} more"


class HasStudy(Protocol):
    """A study, or a result that says which study it is of."""

    @property
    def study(self) -> Study:
        """The study."""
        ...


def _span(times: tuple[int, ...]) -> str:
    unit = "time" if len(times) == 1 else "times"
    return f"{len(times)} {unit} ({times[0]}-{times[-1]})" if len(times) > 1 else f"1 {unit} ({times[0]})"


def _complete(
    frame: pd.DataFrame, errors: pd.DataFrame | None, spans: Windows, outcome: str, first_treated: int
) -> Study:
    """Return the study of the units that are complete; the others are dropped, each with the first reason."""
    reasons = {} if errors is None else drop_gaps(errors, "standard deviation")
    reasons |= drop_gaps(frame, "value")
    lost = {str(unit): reasons[str(unit)] for unit in frame.columns if str(unit) in reasons}
    treated = str(frame.columns[0])
    if treated in lost:
        raise InputError(f"{treated} has {lost[treated]}", where="treated", remedy="leave it out or fill it in")
    keep = np.array([unit not in lost for unit in frame.columns])
    donors = tuple(str(u) for u in frame.columns[keep][1:])
    return Study(
        treated=treated,
        donors=donors,
        outcome=outcome,
        first_treated=first_treated,
        times=(*spans.pre, *spans.post),
        n_pre=len(spans.pre),
        values=readonly(frame.loc[:, keep].to_numpy()),
        dropped=tuple(lost.items()),
        sd=None if errors is None else checked_sd(errors.loc[:, keep]),
    )
