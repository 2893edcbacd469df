"""Notebook 03: who may be a donor, which measures are shown, and the tables of what comparisons find.

A *donor* is a country of which the counterfactual may be made, a *measure* one of those that the register names for a
claim: columns of a table, turned so that a higher value is better.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims.register import Register
from analysis.claims.rules import RegisteredMeasure
from analysis.errors import InputError
from analysis.methods.measured_changes import borrowed_sd
from analysis.methods.result import LABELS, Estimate, in_words
from analysis.methods.synthetic.estimators import SyntheticFit

#: Last data year of the claims under test: the article appeared early in the next.
CLAIM_YEAR = 2020
#: Rules that choose donors; a list of ISO3 codes with commas between does too.
DONOR_RULES = {
    "autocracies": "autocracies in every pre-year",
    "democracies": "democracies in every pre-year",
    "all": "all countries",
}
#: Tables of the releases that tell the same years.
RELEASED = ("vdem_v12", "vdem_v14", "vdem_v15", "vdem_v16", "hfi_2021", "hfi_2022", "hfi_2024")
_LENT_FROM = 2000  # first data year of which standard deviations are borrowed
LABELS.update({"pre_rmspe": "gap before", "p_rank": "placebo p", "p_floor": "smallest placebo p"})
DEMOCRATIC = 2  #: Class of Regimes of the World from which on a country is a democracy.


def donors(regimes: pd.DataFrame, rule: str, *, country: str, first: int, last: int) -> pd.Series:
    """Choose the countries that may be donors, by a rule or by name; the series bears the name of the rule.

    A country that was no autocracy in any year before the treatment (``first`` to ``last``) is compared with
    democracies where the rule is ``autocracies``, one without a class in the table with all.
    """
    if rule not in DONOR_RULES:
        return pd.Series(sorted(code.strip() for code in rule.split(",")), name=rule)
    before = regimes[regimes["data_year"].between(first, last)]
    democratic = before["regime"].ge(DEMOCRATIC).groupby(before["iso3"])
    always, never = democratic.all(), ~democratic.any()
    if country not in always:
        rule = "all"
    elif rule == "autocracies" and always[country]:
        rule = "democracies"
    chosen = {"autocracies": never, "democracies": always, "all": always | True}[rule]
    return pd.Series(sorted(set(chosen.index[chosen]) - {country}), name=rule)


def donors_sentence(chosen: pd.Series, rule: str, *, country: str) -> str:
    """Say the rule and how many countries it admits."""
    words = DONOR_RULES.get(str(chosen.name), "those that the parameter names")
    why = {"democracies": "was never an autocracy", "all": "has no class of regime"}
    words += f", for the country {why[str(chosen.name)]}" if rule != chosen.name else ""
    many = "1 country" if len(chosen) == 1 else f"{len(chosen)} countries"
    return f"Donors of {country}: {words} ({many} before gaps are looked at)."


def similar_rules(chosen: Sequence[str], pandem: pd.DataFrame, *, country: str, year: int = CLAIM_YEAR) -> pd.Series:
    """Return the half of the donors whose pandemic rules violated democratic standards most nearly as much.

    The index of violations is averaged over the quarters of the year; to a country without it no donor is similar.
    """
    mean = pandem[pandem["data_year"] == year].groupby("iso3")["violations"].mean()
    known = [donor for donor in chosen if donor in mean.index and country in mean.index]
    distance = (mean[known] - mean.get(country, np.nan)).abs().rename_axis("iso3").reset_index()
    nearest = distance.sort_values(["violations", "iso3"])["iso3"].head(len(known) // 2)
    return pd.Series(sorted(nearest), name="similar pandemic rules", dtype=object)


def measure(register: Register, column: str, vintage: str, *, name: str = "") -> RegisteredMeasure:
    """Return a V-Dem index from 0 to 1 as a measure: as it is registered, or in the same way."""
    registered = [item for claim in register.claims for item in claim.measures]
    found = [item for item in registered if item.table == f"vdem_{vintage}" and item.columns == (column,)]
    if found:
        return found[0]
    if not column.startswith("v2x") or column.endswith(("_codelow", "_codehigh", "_sd")):
        raise InputError(f"{column} is no index from 0 to 1", where="OUTCOME", remedy="choose one that begins with v2x")
    template = next(item for item in registered if item.table.startswith("vdem_"))
    label = f"{name or column}, V-Dem {vintage}"
    return template.model_copy(update={"name": label, "table": f"vdem_{vintage}", "columns": (column,)})


def shown_measures(register: Register, column: str, vintage: str) -> list[RegisteredMeasure]:
    """Return the V-Dem measures to be shown in full: the one asked for, and one that is registered in its vintage."""
    chosen = measure(register, column, vintage)
    registered = register["press-freedom-no-better"].measures
    return [chosen, *(item for item in registered if item.table == chosen.table and item != chosen)][:2]


def panels(
    measures: Iterable[RegisteredMeasure], frames: Mapping[str, pd.DataFrame], *, country: str
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return panel and outcome of each measure, and of those whose tables do not carry the country why it has none."""
    calls, lacking = {}, {}
    for item in measures:
        known = frames[item.table]["iso3"].unique()
        if country in known:
            calls[item.name] = {"panel": item.values(frames[item.table]), "outcome": item.name}
        else:
            lacking[item.name] = f"this package has it for {len(known)} countries, not for {country}"
    return calls, lacking


def with_results(
    measures: Sequence[RegisteredMeasure], results: Mapping[str, Any], left_out: Mapping[str, str]
) -> list[RegisteredMeasure]:
    """Return the measures that have a result; if none has, say why each is left out."""
    if not (found := [item for item in measures if item.name in results]):
        raise InputError("; ".join(f"{item.name}: {left_out[item.name]}" for item in measures))
    return found


def by_estimator(
    measures: Mapping[str, RegisteredMeasure],
    results: Mapping[str, Mapping[str, Estimate | SyntheticFit]],
) -> pd.DataFrame:
    """Return one row per measure and estimator, producer by producer in the order of appearance.

    Results stand by estimator and measure, the registered estimator first: comparisons, or fits without placebos.
    """
    rows = []
    producers = list(dict.fromkeys(item.producer for item in measures.values()))
    for name, item in sorted(measures.items(), key=lambda pair: producers.index(pair[1].producer)):
        own = {"measure": name, "producer": item.producer, "unit": item.unit, "margin": item.smallest_effect}
        for estimator, found in results.items():
            if name in found:
                made = found[name]
                rest = {"estimate": made.estimate} if isinstance(made, SyntheticFit) else made.table().iloc[0].to_dict()
                rows.append({**own, "estimator": estimator, **rest})
    if not rows:
        raise InputError("no measure can be compared")
    return pd.DataFrame(rows)


def fits_sentence(results: Mapping[str, Mapping[str, Estimate | SyntheticFit]]) -> str:
    """Say how many fits without a penalty have other weights that fit as well, and over what range of effects."""
    every = [(name, item) for found in results.values() for name, item in found.items()]
    fits = [(name, item.fitted) for name, item in every if isinstance(item, Estimate)]
    made = {f"{name} by {fitted.method}": fitted for name, fitted in fits if fitted.lowest < np.inf}
    ranges = [f"{name} ({it.lowest:+.3g} to {it.highest:+.3g})" for name, it in made.items() if it.lowest < it.highest]
    words = f", with effects over {'; '.join(ranges)}" if ranges else ""
    many = f"{len(ranges)} of {len(made)} fits" if len(made) > 1 else "the only fit" if ranges else "no fit"
    return in_words(f"Other weights fit as well in {many} whose weights no penalty chooses{words}.")


def arguments(item: RegisteredMeasure, frames: Mapping[str, pd.DataFrame], *, country: str) -> dict[str, Any]:
    """Return the registered arguments of a plain change for a country: of the measure's table, or of all releases."""
    asked = item.model.arguments
    panel = _released(item, frames, country) if "releases" in asked else item.values(frames[item.table])
    return {**asked, "outcome": item.name, "treated": country, "panel": panel}


def _released(item: RegisteredMeasure, frames: Mapping[str, pd.DataFrame], country: str) -> pd.DataFrame:
    """Return a measure in every release that has it, with the standard deviation of the country's values.

    Where a release publishes none it is borrowed from electoral democracy at the same level, which rests on more
    indicators; of an index from 0 to 10 at a tenth of it.
    """
    family, column = item.table.partition("_")[0], item.columns[0]
    every = [own for name, own in frames.items() if name.startswith(family) and column in own]
    panel = pd.concat(
        [item.values(own).assign(edition=own["edition"], sd=own.get(f"{column}_sd", np.nan)) for own in every],
        ignore_index=True,
    )
    lent = frames["vdem_v15"][frames["vdem_v15"]["data_year"] >= _LENT_FROM]
    scale, own = 10 if family == "hfi" else 1, panel["iso3"] == country
    levels = panel.loc[own, item.name] / scale
    borrowed = scale * borrowed_sd(lent["v2x_polyarchy"], lent["v2x_polyarchy_sd"], levels)
    panel.loc[own, "sd"] = panel.loc[own, "sd"].fillna(pd.Series(borrowed, levels.index))
    return panel


def firmness(measures: Mapping[str, RegisteredMeasure], changes: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return one row a measure: its change, both intervals, and how surely it is short of the smallest effect."""
    if not changes:
        raise InputError("no index with several releases covers the country in both years")
    rows = []
    for name, found in changes.items():
        margin, other = measures[name].smallest_effect, found.independent
        row = {"measure": name, "margin": margin, "estimate": found.estimate, "n": found.n}
        for words, own in (("", found), ("independent_", other)):
            row |= {f"{words}lower": own.lower, f"{words}upper": own.upper}
            row[f"{words}no_better"] = own.confidence_below(margin)
            row[f"{words}no_worse"] = 1 - own.confidence_below(-margin)
        rows.append(row)
    return pd.DataFrame(rows)
