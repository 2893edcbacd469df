"""Steps of notebook 07: ranks by edition and data year, and one data year as each release rates it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.article.after import line
from analysis.article.after_changes import Trial, change
from analysis.article.measures import Spec, vdem

#: Indices whose data years are rated again, and the releases that carry them.
RERATED: dict[str, tuple[str, tuple[str, ...]]] = {
    "Civil society": ("v2xcs_ccsi", ("v12", "v14")),
    "Expression": ("v2x_freexp_altinf", ("v12", "v14", "v16")),
    "Electoral democracy": ("v2x_polyarchy", ("v12", "v15", "v16")),
    "Liberal democracy": ("v2x_libdem", ("v15", "v16")),
    "Civil liberties": ("v2x_civlib", ("v12", "v16")),
    "Rule of law": ("v2x_rule", ("v12", "v16")),
    "Association": ("v2x_frassoc_thick", ("v10", "v12")),
}


def tables() -> tuple[str, ...]:
    """Return the names of the tables of the releases."""
    return tuple(sorted({f"vdem_{release}" for _, releases in RERATED.values() for release in releases}))


@dataclass(frozen=True, slots=True)
class Peak:
    """The rank of one country in every data year of every edition; editions are never joined.

    Attributes
    ----------
    country : str
        ISO3 code.
    ranks, ranked : pandas.DataFrame
        Rank, and number of countries ranked, by edition (rows) and data year (columns); missing where not described.
    edition, data_year : int
        The pair that the article cites.
    """

    country: str
    ranks: pd.DataFrame
    ranked: pd.DataFrame
    edition: int
    data_year: int

    def best(self) -> pd.DataFrame:
        """Return, by edition: best rank, the years that have it, the cited year's rank and how many years beat it."""
        rows = {}
        for edition, row in self.ranks.iterrows():
            known = row.dropna().astype(int)
            cited = known.get(self.data_year)
            years = ", ".join(map(str, known.index[known == known.min()]))
            rows[edition] = {
                "best": known.min(),
                "best_years": years,
                "years": len(known),
                "cited": cited,
                "better": None if cited is None else int((known < cited).sum()),
            }
        return pd.DataFrame(rows).T.rename_axis("edition")

    def table(self) -> pd.DataFrame:
        """Return the ranks, one row an edition."""
        return self.ranks

    def is_peak(self, edition: int) -> bool | None:
        """Return whether no data year of the edition has a better rank than the cited one; None if not described."""
        better = self.best().loc[edition, "better"]
        return None if better is None or pd.isna(better) else bool(better == 0)

    def sentence(self) -> str:
        """Say whether the cited rank is the best of its own edition, and what the other editions say of that year."""
        best, own = self.best(), self.best().loc[self.edition]
        known = self.ranks.loc[self.edition].drop(self.data_year).dropna()
        gap = int(known.min()) - int(own["cited"])
        within = "the best" if gap > 0 else "level with the best" if gap == 0 else "not the best"
        others = [
            f"rank {row.cited} in {edition}, beaten by {row.better} of {row.years - 1} other years"
            for edition, row in best.iterrows()
            if edition != self.edition and row.cited is not None
        ]
        return (
            f"In the {self.edition} edition rank {own['cited']} of data year {self.data_year} is {within} of its "
            f"{own['years']} years; the best other rank is {int(known.min())}. The same year in other editions: "
            f"{'; '.join(others) or 'not described'}."
        )


def peak(editions: pd.DataFrame, *, country: str, edition: int, data_year: int) -> Peak:
    """Return the ranks of a country by edition and data year.

    Parameters
    ----------
    editions : pandas.DataFrame
        Stacked tables of the index.
    country : str
        ISO3 code.
    edition, data_year : int
        The pair that the article cites.
    """
    own = editions[editions["iso3"] == country]
    ranks = own.pivot(index="edition", columns="data_year", values="hf_rank").astype(float)
    ranked = editions.groupby(["edition", "data_year"]).size().unstack().reindex_like(ranks)
    return Peak(country, ranks, ranked, edition, data_year)


@dataclass(frozen=True, slots=True)
class Rerating:
    """One data year in every release that rates it.

    Attributes
    ----------
    country : str
    year : int
        Data year asked for; an index whose releases end earlier is compared in their last common year.
    frame : pandas.DataFrame
        ``index``, ``release``, ``data_year``, ``value``, published 68 % interval ``lower`` and ``upper``, change from
        the year before ``change``, and 95 % of draws from ``change_lower`` to ``change_upper`` where errors are known.
    margin : float
        Smallest effect of interest.
    """

    country: str
    year: int
    frame: pd.DataFrame
    margin: float

    def table(self) -> pd.DataFrame:
        """Return one row an index and release."""
        return self.frame

    def sentence(self) -> str:
        """Say how far releases differ on the year, and whether they differ on the change into it."""
        groups = self.frame.groupby("index", sort=False)
        spread = groups["value"].agg(np.ptp)
        signs = groups["change"].agg(lambda values: np.ptp(np.sign(values.dropna().round(3))) == 0)
        largest = self.frame["change"].abs().max()
        return (
            f"{self.country}: {len(spread)} indices of V-Dem are rated by more than one release. On the level they "
            f"differ most in {str(spread.idxmax()).lower()}, by {spread.max():.3f}, and least in "
            f"{str(spread.idxmin()).lower()}, by {spread.min():.3f}. On the direction of the change into the year all "
            f"releases agree for {int(signs.sum())} of {len(signs)}; the largest change in any release is "
            f"{largest:.3f}, {'below' if largest < self.margin else 'not below'} the {self.margin:g} of interest."
        )


def rerating(frames: Mapping[str, pd.DataFrame], *, year: int, margin: float, trial: Trial) -> Rerating:
    """Set the releases' values of one data year side by side, with the change from the year before.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Tables of the releases.
    year : int
        Data year.
    margin : float
        Smallest effect of interest.
    trial : Trial
        Country, and how errors are drawn.
    """
    rows = []
    for name, (column, releases) in RERATED.items():
        known = {release: line(frames[f"vdem_{release}"], column, trial.country) for release in releases}
        known = {release: own.set_index("data_year") for release, own in known.items() if len(own)}
        common = min([year, *(int(own.index.max()) for own in known.values())])
        for release, own in known.items():
            if common in own.index:
                rows.append({"index": name, "release": release, "data_year": common})
                rows[-1] |= own.loc[common, ["value", "lower", "upper"]].to_dict()
                rows[-1] |= _change_into(frames, vdem(column, release), common, own["value"], margin, trial)
    return Rerating(trial.country, year, pd.DataFrame(rows), margin)


def _change_into(
    frames: Mapping[str, pd.DataFrame], spec: Spec, year: int, values: pd.Series, margin: float, trial: Trial
) -> dict[str, float]:
    """Return the change from the year before, with an interval only where the release publishes its errors."""
    if year - 1 not in values.index:
        return {}
    frame = frames[spec.table]
    if f"{spec.columns[0]}_sd" not in frame:
        return {"change": float(values[year] - values[year - 1])}
    found = change(frame, spec, frame, years=(year - 1, year), margin=margin, trial=trial)
    return {"change": found.estimate, "change_lower": found.lower, "change_upper": found.upper}


def index_rerated(editions: pd.DataFrame, *, country: str, year: int) -> str:
    """Say what the editions of the Human Freedom Index that describe a year give for it."""
    own = editions[(editions["iso3"] == country) & (editions["data_year"] == year)].sort_values("edition")
    if own.empty:
        return f"No edition of the Human Freedom Index describes {country} in {year}."
    each = [f"{row.hf_score:.2f} (rank {int(row.hf_rank)}) in {row.edition}" for row in own.itertuples()]
    return f"The Human Freedom Index gives {country} in {year}: {', '.join(each)}."
