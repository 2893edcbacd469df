"""One quantity in several editions, each of which codes the past anew: editions are compared and never joined."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.methods._inputs import check_columns, check_ranks, numeric, one_row_each, places_of, refuse_if, stacked
from analysis.methods.result import Estimate, decimals, method


@method
def edition_ranks(editions: pd.DataFrame, *, item: Hashable, rank: str, edition: int, year: int) -> Estimate:
    """Return the ranks of one item by edition and year, and whether no year of an edition beats one, ``is_best``.

    ``best`` has by edition the best rank, the years that have it, rank of the year in question, and how many beat it.
    ``ranks``, also the table, and ``ranked``, the number of items, are by edition (rows) and year (columns), missing
    where not described.

    Parameters
    ----------
    editions : DataFrame
        Stacked editions, indexed by edition, year and item.
    item, rank : label, str
        The item, and the column of the published rank.
    edition, year : int
        The pair in question.

    Examples
    --------
    >>> years = pd.MultiIndex.from_tuples([(2020, 2017, "a"), (2020, 2018, "a"), (2021, 2018, "a")])
    >>> frame = pd.DataFrame({"place": [3, 2, 4]}, index=years)
    >>> edition_ranks(frame, item="a", rank="place", edition=2020, year=2018).is_best
    True
    """
    editions = stacked(one_row_each(editions), [rank], "editions")
    own = editions[editions.index.get_level_values(2) == item].droplevel(2)
    ranks = own[rank].unstack().sort_index().astype(float)
    ranked = editions.groupby(level=[0, 1]).size().unstack().reindex_like(ranks)
    check_ranks(own[rank], np.inf, f"column {rank}")
    if edition not in ranks.index or pd.isna(ranks.loc[edition].get(year)):
        raise InputError(f"edition {edition} has no rank of {item} in {year}", remedy="choose another year or edition")
    alone = ranks.loc[edition].drop(year).isna().all()
    refuse_if(alone, f"edition {edition} has no other year of {item}", remedy="choose another edition")
    best = pd.DataFrame({edited: _best(row.dropna().astype(int), year) for edited, row in ranks.iterrows()})
    best = best.T.rename_axis("edition")
    cited, other = best.loc[edition], int(ranks.loc[edition].drop(year).min())
    level = "level with the best" if other == cited["cited"] else "not the best"
    others = [
        f"rank {row.cited} in {row.Index}, beaten by {row.better} of {row.years - 1} other years"
        for row in best.drop(edition).dropna(subset="cited").itertuples()
    ]
    return Estimate(
        f"In the {edition} edition rank {cited['cited']} of year {year} is "
        f"{'the best' if other > cited['cited'] else level} of its {cited['years']} years; the best other rank is "
        f"{other}. The same year in other editions: {'; '.join(others) or 'not described'}.",
        name=str(item),
        more={"is_best": bool(cited["better"] == 0), "best": best, "ranks": ranks, "ranked": ranked},
        rows=ranks,
    )


def _best(ranks: pd.Series, year: int) -> dict[str, Any]:
    """Return the best rank of an edition, the years that have it, the rank of a year, and how many beat it."""
    cited = ranks.get(year)
    return {
        "best": ranks.min(),
        "best_years": ", ".join(map(str, ranks.index[ranks == ranks.min()])),
        "years": len(ranks),
        "cited": cited,
        "better": None if cited is None else int((ranks < cited).sum()),
    }


@method
def rerating(lines: pd.DataFrame, *, year: int, margin: float) -> Estimate:
    """Set the releases' values of one year side by side, with the change from the year before.

    The estimate has a table only. An index whose releases end earlier is compared in their last common year.

    Parameters
    ----------
    lines : DataFrame
        ``index``, ``release``, ``data_year``, ``value``, ``lower``, ``upper``: one item in every release.
    year, margin : int, float
        The year, and the smallest change of interest.
    """
    refuse_if(lines.empty, "no release rates the unit", remedy="choose another unit")
    check_columns(lines, ["index", "release"], "lines")
    lines = lines.assign(**numeric(lines, ["data_year", "value"], "lines"))
    last = lines.groupby(["index", "release"])["data_year"].max().groupby("index").min().clip(upper=year)
    common = lines["index"].map(last)
    before = lines[lines["data_year"] == common - 1].set_index(["index", "release"])["value"]
    rows = lines[lines["data_year"] == common].reset_index(drop=True)
    earlier = before.reindex(pd.MultiIndex.from_frame(rows[["index", "release"]])).to_numpy()
    rows["change"] = (rows["value"] - earlier).round(places_of(lines["value"]))
    groups = rows.groupby("index", sort=False)
    spread = groups["value"].agg(np.ptp)[groups.size() > 1]
    refuse_if(spread.empty, "no index is rated by more than one release", remedy="add another release")
    signs = groups["change"].agg(lambda values: np.ptp(np.sign(values.dropna())) == 0)[spread.index]
    largest = rows["change"].abs().max()
    words = (
        f"{len(spread)} indices are rated by more than one release. On the level they differ most in "
        f"{str(spread.idxmax()).lower()} ({spread.max():.2g}) and least in {str(spread.idxmin()).lower()} "
        f"({spread.min():.2g}). On the direction of the change into the year all releases agree for "
        f"{int(signs.sum())} of {len(signs)}; the largest change in any release is {decimals(largest)}, "
        f"{'below' if largest < margin else 'not below'} the {margin:g} of interest."
    )
    return Estimate(words, name="releases", rows=rows)
