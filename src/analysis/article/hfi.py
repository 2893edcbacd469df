"""Steps of notebook 01: selections of the index tables, and results in the fields that evidence files need."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.claims.evidence import Check
from analysis.claims.register import Register
from analysis.claims.rules import Figure
from analysis.data.catalogue import HFI_EDITIONS
from analysis.data.readers.hfi import CATEGORIES, leaves
from analysis.methods.extremum import Lowest
from analysis.methods.index_scores import ECONOMIC, PERSONAL, Recomputation, Vintages
from analysis.methods.ranks import marginal

TABLES = tuple(f"hfi_{edition}" for edition in HFI_EDITIONS)
ALL_CATEGORIES = (*PERSONAL, *ECONOMIC)
#: Kazakhstan's region in the sense of the article: neighbours and fellow former Soviet states.
REGION = ("ARM", "AZE", "BLR", "CHN", "GEO", "KAZ", "KGZ", "MDA", "MNG", "RUS", "TJK", "UKR")
#: Recomputed ranks may differ in this many countries: scores tie once they are rounded.
_TIES_ALLOWED = 2
# Categories of the 2020 edition are published to one decimal.
_HALF_A_TENTH = 0.05


def printed(register: Register, claim_id: str, quantity: str, country: str) -> int | None:
    """Return a whole number that the article prints; None for a country that the article does not speak of."""
    rule = register[claim_id].rule
    values = {item.quantity: int(item.value) for item in rule.printed} if isinstance(rule, Figure) else {}
    return values.get(quantity) if country == register.article.country else None


def region(country: str, world: pd.DataFrame) -> list[str]:
    """Return the ISO3 codes drawn beside a country: the region, and the country itself."""
    return sorted({*REGION, country} & set(world["iso3"]))


def rank_sets_by_edition(frame: pd.DataFrame, result: Vintages, *, sd: float, seed: int, draws: int) -> pd.DataFrame:
    """Return the 95 % rank confidence set of the country in every edition, if each score had the same sd.

    Returns
    -------
    pandas.DataFrame
        By edition: ``lower``, ``upper``.
    """
    rows = {}
    for edition in result.frame.index:
        chosen = frame[(frame["edition"] == edition) & (frame["data_year"] == result.data_year)]
        scores = chosen.set_index("iso3")["hf_score"].astype(float)
        errors = np.full(len(scores), sd)
        rows[edition] = marginal(scores, errors, seed=seed, only=[result.country], draws=draws).table().iloc[0]
    return pd.DataFrame(rows).T[["lower", "upper"]].astype(int)


def subscores_of(frame: pd.DataFrame, *, country: str, data_year: int) -> pd.Series:
    """Return a country's published sub-scores, by published name; empty if none are carried."""
    chosen = frame[(frame["iso3"] == country) & (frame["data_year"] == data_year)]
    names = [name for name in frame if name.startswith(("pf_", "ef_"))]
    return chosen[names].iloc[0].astype(float).dropna() if len(chosen) else pd.Series(dtype=float)


def by_category(subscores: pd.Series) -> dict[str, pd.Series]:
    """Group leaf sub-scores under the category they belong to."""
    leaf = subscores[leaves([str(name) for name in subscores.index])]
    return {
        category: leaf[[name for name in leaf.index if str(name).startswith(tuple(f"{p}_" for p in prefixes))]]
        for category, prefixes in CATEGORIES.items()
    }


def recomputation_check(result: Recomputation) -> Check:
    """Return the falsification that published ranks follow from published scores."""
    passed = result.ranks_agree >= len(result.frame) - _TIES_ALLOWED
    return Check(name="ranks of all countries recomputed", passed=passed, detail=result.sentence())


def second_edition(values: pd.Series, *, edition: int, tolerance: float, what: str) -> Check:
    """Return the falsification that the next edition says the same of the same data year.

    Parameters
    ----------
    values : pandas.Series
        Figure of the data year, by edition.
    edition : int
        Edition judged; the next one is compared, or the one before if it is the newest.
    tolerance : float
        Smallest difference that matters.
    what : str
        Name of the figure, for the sentence.
    """
    others = values.drop(edition)
    if others.empty:
        return Check(name="second edition", passed=False, detail="no second edition covers the year")
    other = min(others.index, key=lambda year: (year < edition, abs(year - edition)))
    detail = f"{what} is {values[edition]:g} in the {edition} edition and {others[other]:g} in the {other} edition"
    return Check(name="second edition", passed=bool(abs(others[other] - values[edition]) <= tolerance), detail=detail)


def components_mean(own: pd.Series, subscores: pd.Series) -> Check:
    """Return the falsification that the category score is the mean of the scores below it, as rounded."""
    mean = float(by_category(subscores)["association"].mean())
    detail = f"mean of the scores below is {mean:.2f}, the published score {own['association']:g}"
    passed = abs(mean - float(own["association"])) <= _HALF_A_TENTH + 1e-9
    return Check(name="mean of the scores below it", passed=passed, detail=detail)


def lowest_in(frame: pd.DataFrame, *, country: str, names: tuple[str, ...]) -> pd.Series:
    """Return the name of a country's lowest category, by data year."""
    return frame[frame["iso3"] == country].set_index("data_year")[list(names)].astype(float).idxmin(axis=1)


def lowest_checks(
    frame: pd.DataFrame, *, country: str, edition: int, data_year: int, names: tuple[str, ...], z: pd.Series
) -> list[Check]:
    """Return the falsifications of an extremum claim: standardised scores, other data years, second edition."""
    by_year = lowest_in(frame[frame["edition"] == edition], country=country, names=names)
    others = by_year.drop(data_year)
    same = int((others == "association").sum())
    by_edition = {
        year: lowest_in(group, country=country, names=names).get(data_year)
        for year, group in frame.groupby("edition")
        if year > edition
    }
    following = next(((year, name) for year, name in sorted(by_edition.items()) if name), (None, None))
    lowest_z = z[list(names)].idxmin()
    return [
        Check(
            name="standardised scores",
            passed=bool(lowest_z == "association"),
            detail=f"lowest z-score: {lowest_z} at {z[lowest_z]:.2f}",
        ),
        Check(
            name="other data years",
            passed=same > len(others) / 2,
            detail=f"the lowest in {same} of the {len(others)} other data years of the edition",
        ),
        Check(
            name="second edition",
            passed=following[1] == "association",
            detail=f"lowest in the {following[0]} edition: {following[1]}",
        ),
    ]


def subscore_checks(published: pd.DataFrame, *, country: str, data_year: int, below: int) -> list[Check]:
    """Return the falsifications of the literal reading: only 0-10 scores compared, and other data years."""
    names = [name for name in published if name.startswith(("pf_", "ef_"))]
    other_scale = [name for name in names if published[name].max() <= 1]
    own = published[(published["iso3"] == country) & (published["data_year"] != data_year)]
    lower = [
        int((row[names].astype(float) < row["pf_association_mean"]).sum()) for _, row in _with_mean(own).iterrows()
    ]
    return [
        Check(
            name="adjustment factors excluded",
            passed=not other_scale,
            detail=f"{len(other_scale)} of {len(names)} compared scores run from 0 to 1",
        ),
        Check(
            name="other data years",
            passed=all((count > 0) == (below > 0) for count in lower),
            detail=f"between {min(lower)} and {max(lower)} sub-scores are lower in the other data years",
        ),
    ]


def _with_mean(frame: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in frame if name.startswith("pf_association_")]
    return frame.assign(pf_association_mean=frame[names].astype(float).mean(axis=1))


def lowest_evidence(result: Lowest) -> dict[str, Any]:
    """Return an extremum result in the fields of evidence: the estimate is the margin to the lowest other."""
    return {
        "estimate": result.runner_up_value - result.value,
        "unit": "points of 10 below the lowest other",
        "probability": result.probability,
        "n": result.n,
        "design": "design-based",
        "summary": result.sentence(),
    }


def association(frame: pd.DataFrame, result: Vintages) -> pd.Series:
    """Return the country's association score of the data year, by edition."""
    chosen = frame[(frame["iso3"] == result.country) & (frame["data_year"] == result.data_year)]
    return chosen.set_index("edition")["association"].astype(float)
