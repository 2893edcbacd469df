"""Steps of notebook 06 on unrest abroad: ties, quiet months, and both causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods.poisson import ConditionalPoissonFit

#: Tables that the class-level claims stand on.
TABLES = ("protest_months", "protest_coverage", "regimes", "votes_reign", "ties")
#: The claims of the two experts, who contradict each other, with the cause that each names.
EXPERTS = {"neighbours-explain-pressure": "foreign unrest", "domestic-agenda": "election"}


def ties_of(ties: pd.DataFrame, kind: str, units: Sequence[str]) -> dict[str, Any]:
    """Return ties of one kind (``border`` or ``CIS``) as :mod:`analysis.methods.networks` takes them."""
    own = ties[ties["kind"] == kind]
    ends = {"one": own["iso3"], "other": own["neighbour"]}
    return ends | {"since": own["first_year"], "until": own["last_year"], "units": units}


def borders(ties: pd.DataFrame, country: str) -> set[str]:
    """Return the countries that share a land border with one, whichever of the two a tie names first."""
    near = ties[ties["kind"] == "border"]
    return {*near.loc[near["iso3"] == country, "neighbour"], *near.loc[near["neighbour"] == country, "iso3"]}


def began_next_door(hit: pd.DataFrame, ties: pd.DataFrame, country: str) -> pd.Series:
    """Return the serial months in which unrest began next door to a country, which has to have a border and some."""
    began = hit.loc[hit["iso3"] == country, "serial"]
    if began.empty:
        said = "no unrest began next door to {}" if borders(ties, country) else "the data follow no neighbour of {}"
        raise InputError(said.format(country))
    return began


def cells(
    frame: pd.DataFrame, waves: pd.DataFrame, outcome: str, *, units: Sequence[str], regimes: Sequence[int], months: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Lay out states by months: events in the next months, waves that began, and quiet months of the chosen regimes."""
    serials = range(int(frame["serial"].min()), int(frame["serial"].max()) + 1)
    place: dict[str, Any] = {"index": units, "columns": serials}
    wide = {
        name: frame.pivot(index="iso3", columns="serial", values=name).reindex(**place)
        for name in (outcome, "protests", "regime")
    }
    ahead = sum(wide[outcome].shift(-step, axis=1) for step in range(1, months + 1))
    assert isinstance(ahead, pd.DataFrame)
    began = pd.crosstab(waves["iso3"], waves["serial"]).reindex(**place, fill_value=0)
    return ahead, began, wide["regime"].isin(list(regimes)) & wide["protests"].eq(0) & ahead.notna()


def recent_protest(frame: pd.DataFrame, months: int) -> pd.Series:
    """Return the log of one plus the protests of the months before, at home; rows are sorted by state and month."""
    protests = frame.groupby("iso3")["protests"]
    before = protests.transform(lambda own: own.shift().rolling(months, min_periods=1).sum())
    return np.log1p(before.fillna(0)).rename("protest_at_home")


def side_by_side(race: ConditionalPoissonFit, fits: Mapping[str, ConditionalPoissonFit]) -> pd.DataFrame:
    """Return what each expert's cause does on the same outcome: ratio, interval, p, by cause."""
    terms = race.table()
    rows = {
        "unrest next door, wave by wave": fits["registered"].table().loc["after_1"],
        "unrest in the CIS, wave by wave": fits["ties: CIS"].table().loc["after_1"],
        "unrest next door, all months": terms.loc["abroad"],
        "election month at home": terms.loc["vote"],
        "campaign months at home": terms.loc["campaign"],
        "protest at home, per log unit": terms.loc["protest_at_home"],
    }
    frame = pd.DataFrame(rows).T[["rate_ratio", "lower", "upper", "p"]].rename_axis("cause")
    return frame.assign(expert=["abroad"] * 3 + ["home"] * 3)
