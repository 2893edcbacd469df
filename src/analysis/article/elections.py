"""Steps of notebook 04: country-months around elections in many countries, and the registered model on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.methods.eventtime import (
    HALF_YEAR,
    EffectScheme,
    Window,
    effect_codes,
    event_dummies,
    event_study,
    serial_month,
)
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit, conditional_poisson
from analysis.methods.null_poisson import null_poisson

#: Tables that the pooled claims stand on.
TABLES = ("protest_months", "protest_coverage", "regimes", "votes_reign")
VINTAGE = "mass_mobilization_5"
#: Registered claim by event-time window.
CLAIMS = {"event_month": "crackdown-election-month", "before_3_1": "crackdown-campaign-season"}
#: What each outcome counts.
OUTCOMES = {
    "repressed": "repressed protests",
    "arrests": "protests with arrests",
    "killings": "protests with killings",
    "protests": "protests",
    "economic": "protests over prices, wages or land",
}
WINDOW_NAMES = {
    "before_6_4": "six to four months before",
    "before_3_1": "the three campaign months",
    "event_month": "the election month",
    "after_1_3": "the three months after",
    "after_4_6": "four to six months after",
}
KINDS = ("executive", "legislative")
#: Placebo calendars of the ribbon: far enough for their windows not to touch the true ones.
PLACEBO_SHIFTS = (*range(-35, -12), *range(13, 36))
#: Last year and month of the event data.
LAST = (2020, 3)
#: One coefficient for every month of event time.
MONTHLY: dict[str, Window] = {f"{month:+d}": (month, month) for month in range(-6, 7)}


def country_months(
    months: pd.DataFrame, coverage: pd.DataFrame, regimes: pd.DataFrame, *, first: int, last: int
) -> pd.DataFrame:
    """Lay out every covered country-month with its regime and its counts.

    Parameters
    ----------
    months, coverage, regimes : pandas.DataFrame
        The tables ``protest_months``, ``protest_coverage`` and ``regimes``.
    first, last : int
        Calendar years, both included.

    Returns
    -------
    pandas.DataFrame
        Sorted by country and time: ``iso3``, ``year``, ``month``, ``serial`` (months in one sequence), ``regime`` of
        the calendar year (0 closed autocracy to 3 liberal democracy), and counts of events; months without an event
        have zeros. ``economic`` adds up three demands and counts an event with two of them twice.
    """
    rated = regimes.rename(columns={"data_year": "year"})[["iso3", "year", "regime"]]
    years = coverage.merge(rated, on="iso3")
    inside = years["year"].between(years["first_year"], years["last_year"]) & years["year"].between(first, last)
    rows = years.loc[inside, ["iso3", "year", "regime"]].merge(pd.DataFrame({"month": range(1, 13)}), how="cross")
    ended = (rows["year"] == LAST[0]) & (rows["month"] > LAST[1])
    frame = rows[~ended].merge(months, on=["iso3", "year", "month"], how="left").fillna(0)
    frame["economic"] = frame[["prices", "labour", "land"]].sum(axis=1)
    frame["serial"] = serial_month(frame["year"], frame["month"])
    return frame.sort_values(["iso3", "serial"], ignore_index=True)


def votes(reign: pd.DataFrame, *, kinds: Collection[str] = KINDS) -> pd.DataFrame:
    """Select national elections by month: ``iso3``, ``serial``, ``kind``, ``scheduled``; referendums are left out."""
    chosen = reign[reign["kind"].isin(list(kinds))]
    dated = chosen.assign(serial=serial_month(chosen["year"], chosen["month"]))
    return dated[["iso3", "serial", "kind", "scheduled"]].drop_duplicates().reset_index(drop=True)


def corrected(calendar: pd.DataFrame, elections: pd.DataFrame) -> pd.DataFrame:
    """Put the dates of the table ``elections`` in place of REIGN's for the countries that the table covers."""
    dates = pd.to_datetime(elections["date"])
    own = pd.DataFrame(
        {
            "iso3": elections["iso3"],
            "serial": serial_month(dates.dt.year, dates.dt.month),
            "kind": elections["kind"].map({"presidential": "executive", "parliamentary": "legislative"}),
            "scheduled": 1 - elections["early"],
        }
    )
    kept = calendar[~calendar["iso3"].isin(own["iso3"])]
    return pd.concat([kept, own.dropna(subset=["kind"]).drop_duplicates()], ignore_index=True)


def study(
    sample: pd.DataFrame,
    calendar: pd.DataFrame,
    outcome: str,
    *,
    effects: EffectScheme,
    windows: dict[str, Window] = HALF_YEAR,
    controls: pd.DataFrame | None = None,
) -> ConditionalPoissonFit:
    """Fit the registered model: rate ratios of event-time windows, conditional Poisson, errors clustered by country."""
    fit = event_study(
        sample[outcome],
        unit=sample["iso3"],
        month=sample["serial"],
        event_unit=calendar["iso3"],
        event_month=calendar["serial"],
        windows=windows,
        controls=controls,
        effects=effects,
    )
    assert isinstance(fit, ConditionalPoissonFit)
    return fit


def scheduled_and_early(
    sample: pd.DataFrame, calendar: pd.DataFrame, outcome: str, *, effects: EffectScheme
) -> ConditionalPoissonFit:
    """Fit scheduled and early elections side by side; terms of early ones end in ``_early``."""
    early = calendar[calendar["scheduled"] == 0]
    marks = event_dummies(sample["iso3"], sample["serial"], event_unit=early["iso3"], event_month=early["serial"])
    own = calendar[calendar["scheduled"] == 1]
    return study(sample, own, outcome, effects=effects, controls=marks.add_suffix("_early"))


def per_protest(
    sample: pd.DataFrame, calendar: pd.DataFrame, outcome: str, *, effects: EffectScheme
) -> ConditionalPoissonFit:
    """Fit the registered model per protest: months with a protest only, their number as exposure."""
    rows = sample[sample["protests"] > 0]
    marks = event_dummies(rows["iso3"], rows["serial"], event_unit=calendar["iso3"], event_month=calendar["serial"])
    groups, also = effect_codes(rows["iso3"], rows["serial"], effects)
    exposure = np.log(rows["protests"])
    return conditional_poisson(rows[outcome], marks, groups=groups, also=also, offset=exposure, cluster=rows["iso3"])


def samples(
    frame: pd.DataFrame,
    calendar: pd.DataFrame,
    outcome: str,
    *,
    regimes: Sequence[int],
    effects: EffectScheme,
    elections: pd.DataFrame,
) -> dict[str, ConditionalPoissonFit]:
    """Fit the registered model on other outcomes, elections and regimes.

    Parameters
    ----------
    frame, calendar : pandas.DataFrame
        Country-months of all regimes; elections.
    outcome : str
        Column that counts.
    regimes : sequence of int
        Classes of Regimes of the World that the claim is about.
    effects : str
        Scheme of effects.
    elections : pandas.DataFrame
        The table ``elections``, for corrected dates.

    Returns
    -------
    dict of str to ConditionalPoissonFit
        By label; the registered one comes first, the regimes that the claim is not about come last.
    """
    own, others = frame[frame["regime"].isin(regimes)], frame[~frame["regime"].isin(regimes)]
    by_date = scheduled_and_early(own, calendar, outcome, effects=effects)
    kinds = {kind: calendar[calendar["kind"] == kind] for kind in KINDS}
    return {
        "all elections": study(own, calendar, outcome, effects=effects),
        "scheduled": by_date,
        "early": by_date,
        **{kind: study(own, dates, outcome, effects=effects) for kind, dates in kinds.items()},
        "corrected dates": study(own, corrected(calendar, elections), outcome, effects=effects),
        "per protest": per_protest(own, calendar, outcome, effects=effects),
        "all protests": study(own, calendar, "protests", effects=effects),
        "with arrests": study(own, calendar, "arrests", effects=effects),
        "economic protests": study(own, calendar, "economic", effects=effects),
        "other regimes": study(others, calendar, outcome, effects=effects),
    }


def contrasts(fits: dict[str, ConditionalPoissonFit], terms: Iterable[str]) -> pd.DataFrame:
    """Return rate ratio, interval and p of each window in each sample, one row a sample and window."""
    rows = []
    for label, fit in fits.items():
        for term in terms:
            row = fit.table().loc[f"{term}_early" if label == "early" else term]
            rows.append({"sample": label, "window": term, **row[["rate_ratio", "lower", "upper", "p"]]})
    return pd.DataFrame(rows)


def label_of_others(regimes: Sequence[int]) -> dict[str, str]:
    """Return the printed name of the regimes that the claim is not about."""
    return {"other regimes": "democracies"} if sorted(regimes) == [0, 1] else {}


def ribbon(
    sample: pd.DataFrame,
    calendar: pd.DataFrame,
    outcome: str,
    *,
    effects: EffectScheme,
    shifts: Sequence[int] = PLACEBO_SHIFTS,
) -> pd.DataFrame:
    """Return rate ratios of every window with all elections moved by whole months, one row a shift."""
    rows = informative(sample, outcome, effects)
    moved = [calendar.assign(serial=calendar["serial"] + shift) for shift in shifts]
    fits = [study(rows, dates, outcome, effects=effects) for dates in moved]
    index = pd.Index(shifts, name="shift_months")
    return pd.DataFrame(np.exp([fit.coefficients for fit in fits]), index=index, columns=list(HALF_YEAR))


def as_high(placebos: pd.DataFrame, fit: ConditionalPoissonFit) -> pd.Series:
    """Return how many placebo calendars show at least the true calendar's rate ratio, by window."""
    return (placebos >= fit.table().loc[placebos.columns, "rate_ratio"]).sum().rename("placebos_as_high")


def ribbon_sentence(placebos: pd.DataFrame, fit: ConditionalPoissonFit) -> str:
    """Say how many placebo calendars show as high a ratio in the two windows of the claims."""
    count = as_high(placebos, fit)
    parts = [f"{count[term]} show as high a ratio in {WINDOW_NAMES[term]}" for term in CLAIMS]
    return f"Of {len(placebos)} placebo calendars, {' and '.join(parts)}."


def informative(sample: pd.DataFrame, outcome: str, effects: EffectScheme) -> pd.DataFrame:
    """Drop groups without any event, which carry no information, so that repeated fits are quick."""
    groups = effect_codes(sample["iso3"], sample["serial"], effects)[0]
    total = sample[outcome].groupby(groups).transform("sum")
    return sample[total > 0].reset_index(drop=True)


def leave_one_out(
    sample: pd.DataFrame, calendar: pd.DataFrame, outcome: str, *, term: str, effects: EffectScheme
) -> pd.DataFrame:
    """Return the rate ratio of one window with each election in turn struck off the calendar.

    Only elections near an event can change it. All are ranked by one step from the fit without any; the least and the
    most favourable are then fitted in full.

    Returns
    -------
    pandas.DataFrame
        Two rows, ``least`` and ``most``: ``iso3`` and ``serial`` of the election left out, ``rate_ratio``, ``lower``,
        ``upper``; the number of elections tried is in ``tried``.
    """
    rows = informative(sample, outcome, effects)
    dates = calendar.drop_duplicates(["iso3", "serial"], ignore_index=True)
    labels, tried = _labels_without(rows, dates, HALF_YEAR[term])
    others = event_dummies(rows["iso3"], rows["serial"], event_unit=dates["iso3"], event_month=dates["serial"])
    groups, also = effect_codes(rows["iso3"], rows["serial"], effects)
    prepared = null_poisson(
        rows[outcome], groups=groups, also=also, controls=others.drop(columns=term), cluster=rows["iso3"]
    )
    step = prepared.estimate(labels)[0]
    ends = {"least": tried[int(np.argmin(step))], "most": tried[int(np.argmax(step))]}
    found = {}
    for name, number in ends.items():
        row = study(rows, dates.drop(index=number), outcome, effects=effects).table().loc[term]
        found[name] = {**dates.loc[number, ["iso3", "serial"]], **row[["rate_ratio", "lower", "upper"]]}
    return pd.DataFrame(found).T.assign(tried=len(tried))


def _labels_without(rows: pd.DataFrame, dates: pd.DataFrame, window: Window) -> tuple[Any, list[int]]:
    """Return the window's dummy with each election left out, one column an election, and the elections' rows."""
    place = pd.MultiIndex.from_frame(rows[["iso3", "serial"]])
    near = np.arange(window[0], window[1] + 1)
    hits = [
        place.get_indexer(pd.MultiIndex.from_arrays([[unit] * len(near), month + near]))
        for unit, month in zip(dates["iso3"], dates["serial"], strict=True)
    ]
    hits = [hit[hit >= 0] for hit in hits]
    count = np.bincount(np.concatenate(hits), minlength=len(rows))
    tried = [number for number, hit in enumerate(hits) if len(hit)]
    labels = np.repeat((count > 0).astype(np.int8)[:, None], len(tried), axis=1)
    for column, number in enumerate(tried):
        labels[hits[number], column] = count[hits[number]] > 1
    return labels, tried
