"""The design of a one-treated-unit panel study, said once: it validates itself and prints as English."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.methods._inputs import by_time_and_unit, numbers, refuse_if, refuse_unknown
from analysis.methods.result import Floats, Result, counted, method, readonly

FEWEST_PRE = 5  # a synthetic control from fewer pre-treatment times is not accepted
ROUNDING = 1e-14  # of a unit's largest value, that its gap may be off by rounding alone
MOST_NAMED = 10  # dropped donors that the sentence names


@dataclass(frozen=True, slots=True, eq=False)
class Study(Result):
    """One treated unit, its donors and the times before and after the treatment.

    Of ``times`` the first ``n_pre`` (T0, at least 5) lie before the treatment, which begins with ``first_treated``.
    ``values``, shape (T, 1 + J), are outcomes, those of the treated unit in column 0 and in the unit of ``outcome``;
    ``sd`` are standard deviations of their measurement errors, if known. ``dropped`` are donors that were asked for and
    left out, each with the reason.
    """

    treated: Hashable
    donors: tuple[Hashable, ...]
    outcome: str
    first_treated: int
    times: tuple[int, ...]
    n_pre: int
    values: Floats
    dropped: tuple[tuple[Hashable, str], ...]
    sd: Floats | None = None

    def __post_init__(self) -> None:
        where = f"study of {self.treated}"
        reasons = "; ".join(f"{unit}: {reason}" for unit, reason in self.dropped[:3])
        what = f"no donor is left ({reasons})" if reasons else "no donor is left"
        refuse_if(not self.donors, what, where, "shorten the windows or add donors")
        refuse_if(self.treated in self.donors, "the treated unit is among its donors", where, "leave it out of them")
        what = f"{counted(self.n_pre, 'time')} before the treatment, at least {FEWEST_PRE} are needed"
        refuse_if(self.n_pre < FEWEST_PRE, what, where, "begin the pre window earlier or treat later")
        refuse_if(self.n_pre >= len(self.times), "no time after the treatment", where, "extend the post window")
        unlike = self.values.shape != (len(self.times), 1 + len(self.donors)) or not np.isfinite(self.values).all()
        what = "outcomes must be finite, with one row per time and one column per unit"
        refuse_if(unlike, what, where, "use Study.from_panel")

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
        first: int | None = None,
        last: int | None = None,
        post_from: int | None = None,
        placebo_time: int | None = None,
        sd: str | None = None,
    ) -> Study:
        """Build a study from a tidy table; arguments and refusals as in `synthetic_control`."""
        cells = by_time_and_unit(panel, unit, time, [outcome] if sd is None else [outcome, sd])
        whole = cells[outcome]
        refuse_unknown([treated], whole.columns, "treated", "unit")
        own = whole.index[whole[treated].notna()]
        refuse_if(own.empty, f"{treated} has no value", outcome, "choose another outcome or unit")
        begin, end = own.min() if first is None else max(own.min(), first), own.max() if last is None else last
        shift = 0 if placebo_time is None else placebo_time - first_treated
        late = placebo_time is not None and shift >= 0
        refuse_if(late, f"{placebo_time} is no time before the treatment", "placebo_time", f"before {first_treated}")
        end = end if placebo_time is None else min(end, first_treated - 1 - shift)
        turn, start = first_treated + shift, (first_treated if post_from is None else post_from) + shift
        refuse_if(start < turn, f"{start} is before the treatment", "post_from", f"give {turn} or later")
        most = len(whole) + 1000  # a window of more times has a gap, and may not fit the memory
        refuse_if(max(end + shift, turn) - min(begin, start) > most, f"over {most} times", time, "narrow the windows")
        pre = range(begin, turn)
        post = range(start, end + shift + 1)
        asked = set(whole) - {treated} if donors is None else set(donors)
        known = [treated, *(name for name in whole if name in asked)]
        values = whole.reindex(index=[*pre, *post], columns=known)
        errors = None if sd is None else cells[sd].reindex(index=[*pre, *post], columns=known)
        lost = {} if errors is None else _gaps(errors, "standard deviation")
        lost |= _gaps(values, "value")
        remedy = "choose windows without the gap, or fill it"
        refuse_if(treated in lost, f"{treated} has {lost.get(treated)}", outcome, remedy)
        kept = [name for name in known if name not in lost]
        below = errors is not None and (errors[kept] < 0).any(axis=None)
        refuse_if(below, "standard deviations are negative", "sd", "use numbers from 0 up")
        dropped = [(name, lost[name]) for name in known if name in lost]
        return cls(
            treated=treated,
            donors=tuple(kept[1:]),
            outcome=outcome,
            first_treated=turn,
            times=(*pre, *post),
            n_pre=len(pre),
            values=readonly(values[kept]),
            dropped=(*dropped, *((donor, "not in the panel") for donor in sorted(asked.difference(whole), key=str))),
            sd=None if errors is None else readonly(errors[kept]),
        )

    @classmethod
    @method
    def from_matrix(
        cls, values: ArrayLike, *, n_pre: int, labels: Sequence[str] | None = None, times: Sequence[int] | None = None
    ) -> Study:
        """Build a study from a complete matrix of outcomes, shape (T, 1 + J), with the treated unit in column 0."""
        matrix = np.atleast_2d(readonly(numbers(values, "values")))
        names = [f"unit {i:03d}" for i in range(matrix.shape[1])] if labels is None else list(labels)
        refuse_if(len({*names}) < max(2, len(names)), "labels repeat, or there is one", "labels", "name each column")
        when = tuple(range(matrix.shape[0])) if times is None else tuple(times)
        first_treated = when[min(n_pre, len(when) - 1)]
        return cls(names[0], tuple(names[1:]), "outcome", first_treated, when, n_pre, matrix, ())

    @staticmethod
    def of(given: Any, *, fewest: int = 1) -> Study:
        """Return a study as it is, and that of a result which has one; refuse one with fewer donors."""
        found: Study = getattr(given, "study", given)
        remedy = "give a Study or what synthetic_control returns"
        refuse_if(not isinstance(found, Study), f"{type(given).__name__} has no study", "study", remedy)
        what = f"{counted(len(found.donors), 'donor')} where at least {fewest} are needed"
        where, remedy = f"study of {found.treated}", "add donors, or take fit, which has no error"
        refuse_if(len(found.donors) < fewest, what, where, remedy)
        return found

    @property
    def rounding(self) -> Floats:
        """Gap of each unit that is no more than rounding, which matters where all values are alike."""
        return ROUNDING * np.abs(self.values).max(axis=0)

    @property
    def units(self) -> tuple[Hashable, ...]:
        """The treated unit and its donors, in the order of the columns."""
        return (self.treated, *self.donors)

    def table(self) -> pd.DataFrame:
        """Return one row per unit: its role and, if it was dropped, the reason."""
        rows = [(self.treated, "treated", ""), *((donor, "donor", "") for donor in self.donors)]
        rows += [(unit, "dropped", reason) for unit, reason in self.dropped]
        return pd.DataFrame(rows, columns=["unit", "role", "reason"])

    def sentence(self) -> str:
        """Say the design in words."""
        before, after = _span(self.times[: self.n_pre]), _span(self.times[self.n_pre :])
        design = (
            f"{self.treated}, treated from {self.first_treated}, is compared with "
            f"{counted(len(self.donors), 'donor')} in {self.outcome}: {before} before and {after} after."
        )
        told = [f"{unit} ({reason})" for unit, reason in self.dropped[:MOST_NAMED]]
        if len(self.dropped) > MOST_NAMED:
            told.append(f"and {len(self.dropped) - MOST_NAMED} more")
        return f"{design} Dropped: {'; '.join(told)}." if told else design


def _span(times: tuple[int, ...]) -> str:
    return f"{counted(len(times), 'time')} ({times[0]}{f'-{times[-1]}' if len(times) > 1 else ''})"


def _gaps(frame: pd.DataFrame, what: str, most: int = 3) -> dict[Hashable, str]:
    """Return the units that lack a value, each with the reason."""
    reasons, missing = {}, frame.isna().to_numpy()
    for column in np.flatnonzero(missing.any(axis=0)):
        times = frame.index[missing[:, column]].map(str)
        rest = f" and {len(times) - most} more" if len(times) > most else ""
        reasons[frame.columns[column]] = f"no {what} in {', '.join(times[:most])}{rest}"
    return reasons
