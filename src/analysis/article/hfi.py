"""Steps of notebook 01: the tables of the index in the form that its statistics take, and its chart of categories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts import Look, forest, rule, strip, style
from analysis.claims.register import Register
from analysis.claims.rules import Figure
from analysis.data.catalogue import HFI_EDITIONS
from analysis.data.readers.hfi import CATEGORIES, leaves
from analysis.errors import InputError
from analysis.methods.result import LABELS

TABLES = tuple(f"hfi_{edition}" for edition in HFI_EDITIONS)
#: The region of the article's country: neighbours and fellow former Soviet states.
REGION = ("ARM", "AZE", "BLR", "CHN", "GEO", "KAZ", "KGZ", "MDA", "MNG", "RUS", "TJK", "UKR")
#: Names of categories in figures, where the column's name is not plain.
NAMES = {
    "security": "Security and safety",
    "association": "Association, assembly, civil society",
    "expression": "Expression and information",
    "relationships": "Identity and relationships",
    "government": "Size of government",
    "legal_system": "Legal system, property rights",
    "money": "Sound money",
    "trade": "Trade internationally",
}
#: Names of the sub-scores that are the lowest of several countries, where the column's name is not plain.
_SUBSCORES = {
    "expression_media": "laws and control of the media",
    "government_consumption": "spending of the government",
    "government_tax_payroll": "top tax rates on income and payroll",
    "identity_legal": "legal gender",
    "identity_sex_male": "relationships between men",
    "money_currency": "freedom to own foreign currency",
    "movement_domestic": "movement inside the country",
    "movement_foreign": "movement abroad",
    "regulation_labor_conscription": "conscription",
    "regulation_labor_minwage": "minimum wage and hiring",
    "ss_disappearances_disap": "disappearances",
    "ss_disappearances_organized": "organised conflict",
    "ss_homicide": "homicide",
    "ss_women_inheritance": "women's inheritance",
    "trade_movement_capital": "capital controls",
    "trade_movement_visit": "freedom of foreigners to visit",
    "trade_tariffs_sd": "spread of tariffs",
}
LABELS.update({"hf_rank": "rank", "hf_score": "score"} | _SUBSCORES)


def editions(load: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Return all editions of the index, by edition, data year and country."""
    return pd.concat([load(name) for name in TABLES]).set_index(["edition", "data_year", "iso3"]).sort_index()


def own(frame: pd.DataFrame, country: str) -> pd.Series:
    """Return the row of a country; refuse one that has none."""
    if country not in frame.index:
        raise InputError(f"the index does not cover {country} in this edition and year")
    return frame.loc[country]


def beside(ranks: pd.Series, country: str, borders: Set[str]) -> tuple[str, list[str]]:
    """Return ranked countries to set beside one, with it, and who they are: its region, its borders, or its ranks."""
    for group, codes in (("Region", {*REGION}), ("Countries at the border", {*borders, country})):
        if country in codes and len(near := sorted(codes & {*ranks.index})) > 1:
            return group, near
    apart = (ranks - own(ranks, country)).abs()
    return "Countries of the nearest ranks", sorted(apart.nsmallest(len(REGION)).index)


def printed(register: Register, claim_id: str, quantity: str, country: str) -> int | None:
    """Return a whole number that the article prints; None for a country that the article does not speak of."""
    rule = register[claim_id].rule
    items = rule.printed if isinstance(rule, Figure) else ()
    values = {item.quantity: int(item.value or 0) for item in items}
    return values.get(quantity) if country == register.article.country else None


def subscores(published: pd.DataFrame, country: str) -> pd.DataFrame:
    """Return a country's published sub-scores by data year, and the mean of those below association.

    Columns that no year of the country has are left out.
    """
    rows = published[published["iso3"] == country].set_index("data_year")
    own = rows.filter(regex="^(pf|ef)_").dropna(axis=1, how="all")
    return own.astype(float).assign(association=own.filter(like="pf_association_").mean(axis=1))


def by_category(scores: pd.Series) -> dict[str, pd.Series]:
    """Group leaf sub-scores under the category they belong to."""
    leaf = scores[leaves([str(name) for name in scores.index])]
    return {
        category: leaf[[name for name in leaf.index if str(name).startswith(tuple(f"{p}_" for p in prefixes))]]
        for category, prefixes in CATEGORIES.items()
    }


def draw_categories(scores: pd.Series, ax: Axes, below: Mapping[str, pd.Series], *, item: str) -> None:
    """Draw category scores, the sub-scores below each, and one marked if it is there."""
    ordered = scores.dropna().sort_values(kind="stable")
    names = [NAMES.get(str(name), str(name).replace("_", " ").capitalize()) for name in ordered.index]
    frame = pd.DataFrame({"estimate": ordered}).set_axis(names)
    look: dict[str, Any] = {"by": ordered.index == item, "looks": {True: Look(style.PRINTED)}, "line": style.FAINT}
    forest.forest(
        frame, ax, ends=None, texts=[f"{value:.1f}" for value in ordered], beside="right", width=4, size=24, **look
    )
    ticks = [below.get(str(name), pd.Series(dtype=float)) for name in ordered.index]
    strip.ticks(ax, np.arange(len(ordered))[::-1] - 0.28, ticks, size=9)
    if item in ordered:
        rule(ax, "x", ordered[item], look=(style.PRINTED, "--", 0.8))
    ax.set(xlim=(-0.3, 10.3), xlabel="Score (0 to 10, higher = freer)")
