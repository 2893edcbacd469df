"""Steps of notebook 06: registered checks on unrest abroad, one country's calendar, and both experts' evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.article.election_country import FIRST_DAY, OwnCalendar
from analysis.article.elections import OUTCOMES
from analysis.article.neighbour_fits import ABROAD, CAMPAIGN, PROTEST, VOTE, Shuffled, detectable
from analysis.article.neighbours import DECIDING, LEADS
from analysis.claims.evidence import Check
from analysis.methods.calendars import calendar_randomisation, days_in_window, minimum_detectable_ratio
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit
from analysis.methods.permutation import PermutationTest

#: The claims of the two experts, who contradict each other.
ABROAD_CLAIM, HOME_CLAIM = "neighbours-explain-pressure", "domestic-agenda"


@dataclass(frozen=True, slots=True)
class AfterShocks:
    """Events of one country after unrest abroad, against all moved calendars.

    Attributes
    ----------
    shocks, events, total : int
        Waves of unrest inside the calendar; events in the periods after them, and in all.
    expected : float
        Events in the periods if they fell on any period alike.
    test : PermutationTest
        Ratio of events to those expected, by all circular shifts.
    detectable : float
        Smallest ratio that an exact test finds with 80 % power.
    periods : str
        The periods counted, in words.
    outcome : str
        What is counted.
    """

    shocks: int
    events: int
    total: int
    expected: float
    test: PermutationTest
    detectable: float
    periods: str
    outcome: str

    def table(self) -> pd.DataFrame:
        """Return one row: counts, ratio, p and detectable ratio."""
        row = {"shocks": self.shocks, "events": self.events, "total": self.total, "expected": self.expected}
        row |= {"ratio": self.test.statistic, "p": self.test.p, "detectable": self.detectable}
        return pd.DataFrame(row, index=pd.Index([self.periods], name="periods"))

    def sentence(self) -> str:
        """Say counts, expectation, test and power."""
        return (
            f"{self.events} of {self.total} {self.outcome} fell into {self.periods} after {self.shocks} waves of "
            f"unrest abroad, where chance dates give {self.expected:.1f}: ratio {self.test.statistic:.2f} (p = "
            f"{self.test.p:.2g}, one-sided, all {len(self.test.null):,} circular shifts of the calendar). With 80% "
            f"power an exact test finds a ratio of {self.detectable:.2f} or more."
        )


def typed_dates(shocks: pd.DataFrame, *, country: str) -> list[int]:
    """Return days on which mass protest began abroad, counted from the first day of the calendar by days."""
    abroad = (shocks["mass_protest"] == 1) & (shocks["precision"] == "day") & (shocks["iso3"] != country)
    return ((pd.to_datetime(shocks.loc[abroad, "date"]) - FIRST_DAY).dt.days).tolist()


def after_shocks(own: OwnCalendar, positions: Sequence[int], *, days: int) -> AfterShocks | None:
    """Count one country's events after unrest abroad; None if no event or no unrest lies inside its calendar.

    Parameters
    ----------
    own : OwnCalendar
        The country's events (see :mod:`analysis.article.election_country`); its elections are not used.
    positions : sequence of int
        Periods in which unrest began.
    days : int
        Days after the first that count; rounded to months on a calendar of months.
    """
    inside = [place for place in positions if 0 <= place < len(own.counts)]
    if not inside or not own.counts.sum():
        return None
    length = own.length(days)
    window = days_in_window(len(own.counts), inside, first=1, last=length)
    total, share = int(own.counts.sum()), float(window.mean())
    return AfterShocks(
        len(inside),
        int(own.counts @ window),
        total,
        total * share,
        calendar_randomisation(own.counts, window),
        minimum_detectable_ratio(total, share),
        f"the {length} {own.unit}",
        OUTCOMES[own.outcome],
    )


def shared(
    fits: dict[str, ConditionalPoissonFit], far: ConditionalPoissonFit, mixed: Shuffled, *, alpha: float
) -> dict[str, Check]:
    """Return the checks that both experts' claims share, by name; the one on ties is read towards unrest abroad."""
    own, other = fits["registered"].table(), fits["economic protests"].table().loc[DECIDING]
    leads = own.loc[list(LEADS)]
    away = far.table().iloc[0]
    p = mixed.p_values()
    return {
        check.name: check
        for check in (
            Check(
                name="flat leads",
                passed=bool(((leads["lower"] < 1) & (leads["upper"] > 1)).all()),
                detail="before the unrest: " + ", ".join(_ratio(row) for _, row in leads.iterrows()),
            ),
            Check(
                name="far-away shocks",
                passed=bool(away["lower"] < 1 < away["upper"]),
                detail=f"per wave of unrest four borders away or more: {_ratio(away)}",
            ),
            Check(
                name="shuffled neighbour weights",
                passed=max(p) <= alpha,
                detail=f"{len(mixed.test.null)} shuffled networks: ratio of the stacks and slope over quiet months, "
                f"p = {' and '.join(f'{value:.2g}' for value in p)}",
            ),
            Check(
                name="unrelated outcome",
                passed=bool(other["lower"] < 1 < other["upper"]),
                detail=f"protests over prices, wages or land: {_ratio(other)}",
            ),
        )
    }


def towards_abroad(common: dict[str, Check], race: ConditionalPoissonFit) -> list[Check]:
    """Return the checks of the claim that unrest abroad explains pressure: it must survive the agenda at home."""
    table = race.table()
    survives = bool(table.loc[ABROAD, "lower"] > 1)
    held = f"unrest next door {_ratio(table.loc[ABROAD])} with the agenda at home held fixed"
    home = f"protest at home {_ratio(table.loc[PROTEST])} per log unit"
    votes = f"election month {_ratio(table.loc[VOTE])}, campaign months {_ratio(table.loc[CAMPAIGN])}"
    return [
        *common.values(),
        Check(name="rival: domestic agenda", passed=survives, detail=f"{held}; {home}"),
        Check(name="rival: election calendar", passed=survives, detail=f"{held}; {votes}"),
    ]


def towards_home(
    common: dict[str, Check], race: ConditionalPoissonFit, mixed: Shuffled, *, smallest: float, alpha: float
) -> list[Check]:
    """Return the checks of the claim that the agenda at home decides: the true ties must be no better than others."""
    table, name = race.table(), "shuffled neighbour weights"
    excluded = bool(table.loc[ABROAD, "upper"] < smallest and table.loc[VOTE, "lower"] > 1)
    apart = min(mixed.p_values())
    return [
        *(check for check in common.values() if check.name != name),
        Check(
            name=name,
            passed=apart > alpha,
            detail=f"{common[name].detail}; here the claim holds if neither is {alpha:g} or below",
        ),
        Check(
            name="rival: foreign unrest",
            passed=excluded,
            detail=f"unrest next door {_ratio(table.loc[ABROAD])} (smallest of interest {smallest:g}), election month "
            f"{_ratio(table.loc[VOTE])}",
        ),
    ]


def class_level(fit: ConditionalPoissonFit, words: str) -> dict[str, Any]:
    """Return the estimate that both claims are judged on, in the fields of evidence."""
    row = fit.table().loc[DECIDING]
    return {
        "estimate": float(row["rate_ratio"]),
        "interval": (float(row["lower"]), float(row["upper"])),
        "p_value": float(row["p"]),
        "unit": "rate ratio",
        "n": fit.n_groups,
        "minimum_detectable_effect": detectable(fit),
        "design": "model-based",
        "summary": words,
    }


def side_by_side(race: ConditionalPoissonFit, fits: dict[str, ConditionalPoissonFit]) -> pd.DataFrame:
    """Return what each expert's cause does on the same outcome: ratio, interval, p, by cause."""
    names = {
        "unrest next door, stacks": fits["registered"].table().loc[DECIDING],
        "unrest in the CIS, stacks": fits["ties: CIS"].table().loc[DECIDING],
        "unrest next door, all months": race.table().loc[ABROAD],
        "election month at home": race.table().loc[VOTE],
        "campaign months at home": race.table().loc[CAMPAIGN],
        "protest at home, per log unit": race.table().loc[PROTEST],
    }
    frame = pd.DataFrame(names).T[["rate_ratio", "lower", "upper", "p"]].rename_axis("cause")
    return frame.assign(expert=["abroad"] * 3 + ["home"] * 3)


def race_sentence(race: ConditionalPoissonFit) -> str:
    """Say the terms of the race between unrest abroad and the agenda at home."""
    table = race.table()
    return (
        f"In one model of all months, unrest next door goes with {_ratio(table.loc[ABROAD])} of the repression, an "
        f"election month at home with {_ratio(table.loc[VOTE])}, campaign months with {_ratio(table.loc[CAMPAIGN])}, "
        f"and a log unit of recent protest at home with {_ratio(table.loc[PROTEST])}."
    )


def listed(found: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return the checks in fields of evidence, one row a claim and check."""
    return pd.DataFrame(
        [{"claim": name} | check.model_dump() for name, fields in found.items() for check in fields["falsifications"]]
    )


def months_of(own: OwnCalendar, serials: Sequence[int]) -> list[int]:
    """Return serial months as places on a calendar of months."""
    return (np.asarray(serials, dtype=int) - own.first_month).tolist()


def _ratio(row: Any) -> str:
    return f"{row['rate_ratio']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
