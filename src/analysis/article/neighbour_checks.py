"""Steps of notebook 06: registered checks on unrest abroad, one country's calendar, and both experts' evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.article.neighbour_fits import ABROAD, CAMPAIGN, PROTEST, VOTE, Shuffled, detectable
from analysis.article.neighbours import DECIDING, LEADS
from analysis.claims.evidence import Check
from analysis.methods.calendars import ShiftedCalendar
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit

#: The claims of the two experts, who contradict each other.
ABROAD_CLAIM, HOME_CLAIM = "neighbours-explain-pressure", "domestic-agenda"


def typed_dates(shocks: pd.DataFrame, *, country: str) -> pd.PeriodIndex:
    """Return days on which mass protest began abroad."""
    abroad = (shocks["mass_protest"] == 1) & (shocks["precision"] == "day") & (shocks["iso3"] != country)
    return pd.PeriodIndex(shocks.loc[abroad, "date"], freq="D")


def inside(counts: pd.Series, began: pd.PeriodIndex) -> pd.Series:
    """Return the unrest that began within a country's calendar (see :func:`analysis.article.elections.by_day`)."""
    return pd.Series(began[began.isin(counts.index)], name="unrest abroad")


def own_calendar(result: ShiftedCalendar, *, waves: int) -> pd.DataFrame:
    """Return one country's events after unrest abroad as one row: counts, ratio, p and detectable ratio."""
    periods = pd.Index([f"the {result.last} {result.periods}"], name="periods")
    columns = ["events", "total", "expected", "ratio", "p", "detectable"]
    row = result.table()[columns].set_axis(periods)
    row.insert(0, "shocks", waves)
    return row


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


def _ratio(row: Any) -> str:
    return f"{row['rate_ratio']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
