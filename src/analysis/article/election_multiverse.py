"""Steps of notebook 04: the multiverse of the pooled election claims, with whole calendars moved as the null."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.methods.calendars import shifted_labels
from analysis.methods.eventtime import HALF_YEAR, EffectScheme, Window, effect_codes, event_dummies
from analysis.methods.multiverse import Exclusion, Multiverse, Options, SpecificationCurve, declare, run
from analysis.methods.null_poisson import null_poisson

#: Regimes of the World classes by option; Kazakhstan is an electoral autocracy in every year.
REGIMES = {"closed or electoral": (0, 1), "electoral": (1,), "closed": (0,)}
EFFECTS: dict[str, EffectScheme] = {
    "country-year, season": "unit-year, season",
    "country, month": "unit, month",
    "country-season, year": "unit-season, year",
}
# Effects of every single month take two thirds of the time, so they are left to the full list.
_SHORT: dict[str, list[str | int]] = {
    "effects": ["country-season, year", "country-year, season"],
    "elections": ["all", "executive", "scheduled"],
    "outcome": ["any repressed", "arrests", "repressed"],
    "regimes": ["closed or electoral", "electoral"],
}
_FULL: dict[str, list[str | int]] = {
    "effects": sorted(EFFECTS),
    "elections": ["all", "executive", "legislative", "scheduled"],
    "outcome": ["any repressed", "arrests", "killings", "repressed"],
    "regimes": sorted(REGIMES),
    "other windows": ["left out", "held fixed"],
    "last year": [2017, 2019],
}
_CAMPAIGN = {False: [3], True: [2, 3]}
_RARE = [
    Exclusion(
        {"elections": "legislative", "outcome": ["arrests", "killings"], "regimes": "closed"},
        "no such event in some window around a legislative election of a closed autocracy",
    ),
    Exclusion(
        {"effects": "country-season, year", "outcome": "killings", "regimes": "closed"},
        "killings by closed autocracies fall in one season of a country, so that the ratio runs to its bound",
    ),
]
#: Options of the registered specification.
REGISTERED: Options = {
    "effects": "country-year, season",
    "elections": "all",
    "outcome": "repressed",
    "regimes": "closed or electoral",
    "other windows": "held fixed",
    "last year": 2019,
    "campaign months": 3,
}


def choices(term: str, *, full: bool) -> Multiverse:
    """Declare the choices of one claim.

    Parameters
    ----------
    term : str
        ``event_month`` or ``before_3_1``.
    full : bool
        All choices instead of the short list of 36 specifications.
    """
    options = dict(_FULL if full else _SHORT)
    if term == "before_3_1":
        options.pop("last year", None)
        options["campaign months"] = list(_CAMPAIGN[full])
    return declare(options, _RARE if full else [])


def reasons(declared: Multiverse) -> pd.DataFrame:
    """Return one row per exclusion: what is left out, how many combinations no earlier one covers, and why."""
    every = Multiverse(declared.choices, ()).specifications()
    first = [next((n for n, rule in enumerate(declared.exclusions) if rule.covers(each)), -1) for each in every]
    rows = [
        {"left_out": _named(rule), "specifications": first.count(n), "reason": rule.reason}
        for n, rule in enumerate(declared.exclusions)
    ]
    return pd.DataFrame(rows, columns=["left_out", "specifications", "reason"])


def curve(
    frame: pd.DataFrame,
    calendar: pd.DataFrame,
    *,
    term: str,
    full: bool,
    permutations: int,
    seed: int,
    workers: int,
) -> SpecificationCurve:
    """Run all specifications on the true calendar and on the same moved calendars.

    Parameters
    ----------
    frame : pandas.DataFrame
        Country-months of all regimes (see :func:`analysis.article.elections.country_months`).
    calendar : pandas.DataFrame
        Elections with ``kind`` and ``scheduled``.
    term, full
        As in :func:`choices`.
    permutations, seed : int
        Moved calendars: each country's elections move together, around its own covered months.
    workers : int
        Processes; the result does not depend on it.
    """
    calendars = Calendars(frame, calendar, term, permutations, seed)
    return run(choices(term, full=full), partial(estimate, calendars=calendars), seed=seed, workers=workers)


@dataclass(frozen=True)
class Calendars:
    """Country-months with the true calendar and the moved ones, which specifications share.

    Attributes
    ----------
    frame, calendar, term, permutations
        As in :func:`curve`.
    seed : int
        Seed of the moved calendars.
    """

    frame: pd.DataFrame
    calendar: pd.DataFrame
    term: str
    permutations: int
    seed: int
    _made: dict[tuple[str, int], tuple[pd.DataFrame, np.ndarray]] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        # A process makes its own: they are quicker to make than to send.
        return self.__dict__ | {"_made": {}}

    def windows(self, elections: str, months: int) -> tuple[pd.DataFrame, np.ndarray]:
        """Return all windows around the true dates, and the claim's window around true and moved ones.

        Calendars move over all months of a country, so that specifications on fewer months share the very same moves.

        Parameters
        ----------
        elections : str
            Option of the choice of elections.
        months : int
            Months of the campaign window.
        """
        if (elections, months) not in self._made:
            dates = _elections(self.calendar, elections)
            spans: dict[str, Window] = dict(HALF_YEAR)
            if self.term == "before_3_1":
                spans[self.term] = (-months, -1)
            unit, month = self.frame["iso3"], self.frame["serial"]
            marks = event_dummies(unit, month, event_unit=dates["iso3"], event_month=dates["serial"], windows=spans)
            labels = shifted_labels(marks[self.term], unit=unit, draws=self.permutations, seed=self.seed)
            self._made[elections, months] = marks, labels
        return self._made[elections, months]


@dataclass(frozen=True, slots=True)
class Specified:
    """The data of one specification.

    Attributes
    ----------
    outcome, groups, also, cluster : array_like, shape (n,)
        Counts, the two sets of effects, and countries.
    others : pandas.DataFrame or None
        The other windows, where they are held fixed.
    labels : ndarray, shape (n, 1 + permutations)
        The window of the claim, on the true calendar first.
    """

    outcome: pd.Series
    groups: np.ndarray
    also: np.ndarray | None
    cluster: pd.Series
    others: pd.DataFrame | None
    labels: np.ndarray


def estimate(options: Options, seed: np.random.SeedSequence, *, calendars: Calendars) -> tuple[np.ndarray, np.ndarray]:
    """Return log rate ratios and z of one specification, the true calendar first.

    The moved calendars are those of ``calendars``, so that all specifications share them; ``seed`` is not used.
    """
    chosen = specify(options, calendars)
    prepared = null_poisson(
        chosen.outcome, groups=chosen.groups, also=chosen.also, controls=chosen.others, cluster=chosen.cluster
    )
    return prepared.estimate(chosen.labels)


def specify(options: Options, calendars: Calendars) -> Specified:
    """Select rows, outcome, effects and windows of one specification.

    Parameters
    ----------
    options : dict
        One option of each choice.
    calendars : Calendars
        Country-months with their calendars.
    """
    frame = calendars.frame
    marks, labels = calendars.windows(str(options["elections"]), int(options.get("campaign months", 3)))
    covered = frame["year"] <= options.get("last year", frame["year"].max())
    rows = covered & frame["regime"].isin(REGIMES[str(options["regimes"])])
    chosen = frame[rows]
    groups, also = effect_codes(chosen["iso3"], chosen["serial"], EFFECTS[str(options["effects"])])
    held = options.get("other windows", "held fixed") == "held fixed"
    others = marks.loc[rows].drop(columns=calendars.term) if held else None
    outcome = _outcome(chosen, str(options["outcome"]))
    return Specified(outcome, groups, also, chosen["iso3"], others, labels[rows.to_numpy()])


def _named(rule: Exclusion) -> str:
    """Say what an exclusion leaves out, choice by choice."""
    options = {
        name: [wanted] if isinstance(wanted, str | int | float) else wanted for name, wanted in rule.where.items()
    }
    return "; ".join(f"{name}: {' or '.join(map(str, wanted))}" for name, wanted in options.items())


def _elections(calendar: pd.DataFrame, which: str) -> pd.DataFrame:
    if which == "all":
        return calendar
    return calendar[calendar["scheduled"] == 1] if which == "scheduled" else calendar[calendar["kind"] == which]


def _outcome(frame: pd.DataFrame, name: str) -> pd.Series:
    return (frame["repressed"] > 0).astype(float) if name == "any repressed" else frame[name]
