"""Composite indices: recomputed from their components, in every edition, under other weights; and their lowest part.

A formula is a sequence of parts, each a column or again a sequence of parts: the index is the mean of its parts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.methods import _inputs as read
from analysis.methods._inputs import refuse_if
from analysis.methods.ranks import competition_rank
from analysis.methods.result import Estimate, Floats, bounded, counted, decimals, method

Parts = Sequence[Any]


def composite(scores: pd.DataFrame, formula: Parts) -> pd.Series:
    """Return the index by a formula, row by row; missing components are left out of their mean.

    Examples
    --------
    >>> row = pd.DataFrame({"vote": [8.0], "press": [2.0], "trade": [7.0]})
    >>> float(composite(row, [["vote", "press"], "trade"])[0])
    6.0
    """
    known = read.numeric(scores, _components(formula), "frame")
    parts = [known[part] if isinstance(part, str) else composite(known, part) for part in formula]
    return pd.concat(parts, axis=1).mean(axis=1)


@method
def recompute(frame: pd.DataFrame, *, score: str, rank: str, formulas: Mapping[str, Parts]) -> Estimate:
    """Recompute ranks from scores, and scores from their components by the formula that fits best.

    The table has by unit published ``score`` and ``rank``; ``recomputed_rank`` from the published scores; ``error``,
    the difference of the formula's value from the score. ``ranks_differ`` counts units whose recomputed rank is not the
    published one.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit, the labels as index.
    score, rank : str
        Columns of the published score and rank.
    formulas : mapping of str to sequence
        Formulas that the publisher may have used, by name: ``{"mean": ["vote", "press"]}``, see `composite`.

    Raises
    ------
    InputError
        A unit has several rows: editions or years are mixed; or a published rank is none among the units.
    """
    data = _one_edition(frame, [score, rank], rank)
    refuse_if(not formulas, "none is given", "formulas", "name at least one")
    errors = {name: composite(data, formula) - data[score] for name, formula in formulas.items()}
    best = min(formulas, key=lambda name: errors[name].abs().max())
    columns = {"score": data[score], "rank": data[rank], "recomputed_rank": competition_rank(data[score])}
    rows = pd.DataFrame(columns | {"error": errors[best]})
    ranked = rows["rank"].notna()
    differ, n = int((rows["rank"] != rows["recomputed_rank"])[ranked].sum()), len(rows)
    largest = round(float(rows["error"].abs().max()), read.places_of(data[score]))
    words = (
        f"Ranking the published scores gives the published rank of {ranked.sum() - differ} of {ranked.sum()}; the "
        f"scores are those of the formula “{best}” to within {decimals(largest, 2)} points."
    )
    lacking = data.index[data[list(_components(formulas[best]))].isna().any(axis=1)]
    refuse_if(len(lacking) == n, f"no unit has all components of {best}", "formulas", "leave it out")
    words += f" A component is missing for {', '.join(map(str, lacking))}." if len(lacking) else ""
    return Estimate(words, name="index", more={"ranks_differ": differ}, rows=rows)


@method
def vintages(
    frame: pd.DataFrame,
    *,
    unit: Hashable,
    data_year: int,
    edition: int,
    score: str,
    rank: str | None = None,
    formulas: Mapping[str, Parts] = {},
) -> Estimate:
    """Compare editions on the same data year, and tell re-weighting from re-sourcing by ranking each by every formula.

    ``score_change`` and ``rank_change`` are value in the edition compared less that in the edition; ``by_formula`` has
    by edition rank as ``published``, and from its components by each formula. The table has by edition ``score``,
    ``rank``, ``n`` (units ranked), ``percentile`` (share ranked below, 0-100) and ``common_rank`` (rank among the units
    that every edition covers).

    Parameters
    ----------
    frame : pandas.DataFrame
        Stacked editions, indexed by edition, data year and unit.
    unit, data_year : label, int
        Whose values, and the year that they describe.
    edition : int
        Edition that is compared with the next, or the one before if it is the newest.
    score, rank : str, rank optional
        Columns of the published score and rank; without a rank, the scores are ranked.
    formulas : mapping of str to sequence, optional
        Formulas of the index, by name, as in `recompute`.

    Raises
    ------
    InputError
        The edition, or no other, covers the unit and its score in that year, a unit has several rows in an edition, or
        its published rank is none among the units.
    """
    named = [score, *filter(None, [rank])]
    frame = read.stacked(frame, named, "frame")
    same_year = read.one_row_each(frame[frame.index.get_level_values(1) == data_year].droplevel(1))
    own = same_year[same_year.index.get_level_values(1).isin([unit])].droplevel(1).dropna(subset=named).sort_index()
    what = f"edition {edition} has no value of {' and '.join(named)} for {unit} in {data_year}"
    refuse_if(edition not in own.index, what, remedy="choose another country, edition or year")
    what = f"only edition {edition} has a value of {' and '.join(named)} for {unit} in {data_year}"
    refuse_if(len(own) < 2, what, remedy="choose a year that another edition has too, or add an edition")

    def ranked(values: pd.Series, *, common: bool = False) -> pd.Series:
        wide = values.unstack(0)[own.index]
        return (wide.dropna() if common else wide).rank(ascending=False, method="min").T[unit].astype(int)

    n = same_year.groupby(level=0).size()[own.index]
    if rank is not None:
        read.check_ranks(own[rank], n, f"column {rank}")
    ranks = ranked(same_year[score]) if rank is None else own[rank].astype(int)
    columns = {"score": own[score], "rank": ranks, "n": n, "percentile": 100 * (n - ranks) / (n - 1)}
    common = ranked(same_year[score], common=True)
    # Rounded as finely as published scores are told apart, so that binary fractions break no tie.
    values = {name: composite(same_year, formula) for name, formula in formulas.items()}
    gone = [f"{name} in {year}" for name, one in values.items() for year in own.index if np.isnan(one[year, unit])]
    refuse_if(gone, f"{unit} has no component of {''.join(gone[:1])}", "formulas", "leave it out")
    again = {name: ranked(value.round(read.places_of(value, 4))) for name, value in values.items()}
    rows = pd.DataFrame(columns | {"common_rank": common})
    other = min(own.index.drop(edition), key=lambda year: (year < edition, abs(year - edition)))
    change = rows.loc[other] - rows.loc[edition]
    scored = [f"{decimals(row.score, 2)} (rank {row.rank} of {row.n}) in {row.Index}" for row in rows.itertuples()]
    alone = [f"; by the formula “{name}” alone it {_moved(by_formula)}" for name, by_formula in again.items()]
    return Estimate(
        f"{unit} in data year {data_year} scores {', '.join(scored)}; among the units that all these editions cover "
        f"its rank {_moved(common)}{''.join(alone)}.",
        name=str(unit),
        more={"data_year": data_year, "score_change": float(change["score"]), "rank_change": float(change["rank"])}
        | {"by_formula": pd.DataFrame({"published": ranks} | again)},
        rows=rows,
    )


def _moved(ranks: pd.Series) -> str:
    first, last = ranks.iloc[0], ranks.iloc[-1]
    return f"goes from {first} to {last}" if first != last else f"stays at {first}"


@method
def weight_curve(
    frame: pd.DataFrame, *, unit: Hashable, parts: tuple[str, str], weights: ArrayLike, rank: str, formula: Parts
) -> Estimate:
    """Rank a unit under other weights and constructions of an index.

    The table is the rank by weight of the first part, from unrounded weighted means. The estimate has the
    ``published_rank``, and the rank by construction in other ``variants``: geometric mean, and each component dropped
    in turn.

    Parameters
    ----------
    frame, unit : pandas.DataFrame, label
        One row a unit, the labels as index; and one of these.
    parts : tuple of str
        Columns of the two parts that are weighted; their geometric mean is tried too.
    weights : array_like, shape (k,)
        Weights of the first part, 0 to 1.
    rank, formula : str, sequence
        Column of the published rank, and the index from its components.
    """
    data = _one_edition(frame, [*parts, rank], rank)
    first, second = (data[part] for part in parts)
    given = read.column(weights, None, "weights")
    refuse_if(((given < 0) | (given > 1)).any(), "a weight is not between 0 and 1", "weights", "correct it")
    tried = {weight: weight * first + (1 - weight) * second for weight in given}
    variants = {"geometric mean": (first * second) ** 0.5}
    variants |= {f"without {name}": composite(data, _without(formula, name)) for name in _components(formula)}
    read.refuse_unknown([unit], data.index[data[rank].notna()], "frame", "ranked unit")
    own, places = data.index.get_loc(unit), read.places_of(data[list(parts)])
    ranks, others = (
        pd.Series({name: competition_rank(score.round(places))[own] for name, score in each.items()}, name="rank")
        for each in (tried, variants)
    )
    published = int(data[rank].iloc[own])
    return Estimate(
        f"With the weight of the first part between {min(tried):g} and {max(tried):g}, {unit} ranks between "
        f"{ranks.min()} and {ranks.max()} (published: {published}); a geometric mean, or one component dropped, gives "
        f"{others.min()} to {others.max()}.",
        name=str(unit),
        more={"published_rank": published, "variants": others.rename_axis("construction")},
        rows=ranks.rename_axis("weight").to_frame(),
    )


def _one_edition(frame: pd.DataFrame, names: Sequence[str], rank: str) -> pd.DataFrame:
    """Return one row a unit, in order of their labels, with these columns as numbers and ranks that are such."""
    data = read.one_row_each(frame).iloc[read.order_of(frame.index)]
    data = data.assign(**read.numeric(data, names, "frame"))
    read.check_ranks(data[rank], len(data), f"column {rank}")
    return data


def _components(formula: Parts) -> Iterator[str]:
    """Name the columns of a formula; refuse what is none."""
    whole = isinstance(formula, Sequence) and len(formula) > 0
    refuse_if(not whole, f"{formula!r} is no part of a formula", "formulas", "name columns, as in [['a', 'b'], 'c']")
    for part in formula:
        yield from [part] if isinstance(part, str) else _components(part)


def _without(formula: Parts, dropped: str) -> Parts:
    kept = (part if isinstance(part, str) else _without(part, dropped) for part in formula if part != dropped)
    return [part for part in kept if part]


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
    >>> years = pd.MultiIndex.from_product([[2020], [2017, 2018], ["a", "b"]])
    >>> frame = pd.DataFrame({"place": [2, 1, 1, 2]}, index=years)
    >>> edition_ranks(frame, item="a", rank="place", edition=2020, year=2018).is_best
    True
    """
    editions = read.stacked(read.one_row_each(editions), [rank], "editions")
    own = editions[editions.index.get_level_values(2).isin([item])].droplevel(2)
    ranks = own[rank].unstack().sort_index().astype(float)
    ranked = editions.groupby(level=[0, 1]).size().unstack().reindex_like(ranks)
    read.check_ranks(own[rank], editions.groupby(level=[0, 1]).size()[own.index], f"column {rank}")
    lacking = edition not in ranks.index or pd.isna(ranks.loc[edition].get(year))
    refuse_if(lacking, f"edition {edition} has no rank of {item} in {year}", remedy="choose another year or edition")
    alone = ranks.loc[edition].drop(year).isna().all()
    refuse_if(alone, f"edition {edition} has no other year of {item}", remedy="choose another edition")
    top, better = ranks.min(axis=1), ranks.lt(ranks[year], axis=0).sum(axis=1).where(ranks[year].notna())
    years = [", ".join(map(str, ranks.columns[row])) for row in ranks.eq(top, axis=0).to_numpy()]
    columns = {"best": top, "best_years": years, "years": ranks.count(axis=1), "cited": ranks[year], "better": better}
    best = pd.DataFrame(columns).rename_axis("edition").astype(dict.fromkeys(["best", "cited", "better"], "Int64"))
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
    read.check_columns(lines, ["index", "release"], "lines")
    lines = lines.assign(**read.numeric(lines, ["data_year", "value"], "lines"))
    last = lines.groupby(["index", "release"])["data_year"].max().groupby("index").min().clip(upper=year)
    common = lines["index"].map(last)
    before = lines[lines["data_year"] == common - 1].set_index(["index", "release"])["value"]
    rows = lines[lines["data_year"] == common].reset_index(drop=True)
    earlier = before.reindex(pd.MultiIndex.from_frame(rows[["index", "release"]])).to_numpy()
    rows["change"] = (rows["value"] - earlier).round(read.places_of(lines["value"]))
    groups = rows.groupby("index", sort=False)
    spread = groups["value"].agg(np.ptp)[groups.size() > 1]
    refuse_if(spread.empty, "no index is rated by more than one release", remedy="add another release")
    signs = groups["change"].agg(lambda values: np.ptp(np.sign(values.dropna())) == 0)[spread.index]
    largest = rows["change"].abs().max()
    words = (
        f"Indices with more than one release: {len(spread)}. On the level they differ most in "
        f"{str(spread.idxmax()).lower()} ({spread.max():.2g}) and least in {str(spread.idxmin()).lower()} "
        f"({spread.min():.2g}). On the direction of the change into the year all releases agree for "
        f"{int(signs.sum())} of {len(signs)}; the largest change in any release is {decimals(largest)}, "
        f"{'below' if largest < margin else 'not below'} the {margin:g} of interest."
    )
    return Estimate(words, name="releases", rows=rows)


@method
def lowest(
    scores: pd.Series,
    *,
    item: Hashable,
    among: Sequence[Hashable] | None = None,
    published: pd.DataFrame | None = None,
    editions: Sequence[int] = (),
    nearest: int = 100,
) -> Estimate:
    """Test an extremum claim on one unit's components by how often a lowest component stays it when it is revised.

    Every other unit speaks once, by the year in which one of its components lies below all others by about as much as
    the item does; the units that come nearest count. The share of them whose component is the single lowest in the next
    edition of that year is a binomial share with its exact interval (Clopper and Pearson 1934,
    doi:10.1093/biomet/26.4.404), nan without editions. ``margin`` is the distance to the lowest other, ``runner_up``,
    0 in a tie; ``n_below`` counts components that are lower.

    Parameters
    ----------
    scores : pandas.Series
        Scores by component; its name is the unit. Missing scores are left out.
    item : label
        Component that is claimed to be the lowest.
    among : sequence of labels, optional
        Components compared, the item among them; default all.
    published : pandas.DataFrame, optional
        Components, indexed by edition, data year and unit; of ``among``, those that it has.
    editions : sequence of int, optional
        Two of its editions.
    nearest : int, default 100
        How many units count; those that are as near as the last one do too.

    Raises
    ------
    InputError
        The item has no score, or no unit has such a component in both editions.

    Examples
    --------
    >>> print(lowest(pd.Series({"press": 3.7, "courts": 5.0, "trade": 7.1}), item="press"))
    Press (3.7) is the lowest of 3; the lowest other is courts (5).
    """
    read.refuse_unknown(() if among is None else among, scores.index, "among", "component")
    refuse_if(among is not None and item not in set(among), f"it lacks the item, {item}", "among", "name the item too")
    refuse_if(nearest < 1, f"{nearest} units cannot speak", "nearest", "give at least 1")
    refuse_if(published is None and len(editions), "nothing is published", "editions", "give published too")
    known = read.one_row_each(scores).dropna()
    known = pd.Series(read.columns(known, None, "scores")[1][:, 0], known.index)
    known = known.round(places := read.places_of(known))
    others = known.reindex([name for name in (scores.index if among is None else among) if name != item]).dropna()
    what = f"{scores.name or 'the unit'} has no score for {'another component' if item in known else item}"
    refuse_if(item not in known or others.empty, what, remedy="choose another country or year")
    own, value, runner_up = float(known[item]), float(others.min()), others.idxmin()
    n_below = int((others < own).sum())
    place = "is the lowest" if own < value else "shares the lowest score"
    if n_below:
        place = f"is not the lowest: {n_below} {'is' if n_below == 1 else 'are'} lower"
    words = f"{item} ({own:.3g}) {place} of {1 + len(others)}; the lowest other is {runner_up} ({value:.3g})."
    known_share: dict[str, Any] = {}
    if published is not None:
        chosen = [name for name in (published if among is None else among) if name in published]
        refuse_if(len(chosen) < 2, "fewer than two of the components", "published", "give columns for more of them")
        known_scores = read.stacked(published, chosen, "published")[chosen].round(places)
        two = len(editions) == len({*editions}) == 2 and set(editions) <= set(published.index.get_level_values(0))
        refuse_if(not two, "two that are published count", "editions", "give the earlier and the later")
        stayed = _stayed(known_scores, editions, unit=scores.name, margin=value - own, nearest=nearest, places=places)
        hits, n = int(stayed.sum()), len(stayed)
        ends = stats.binomtest(hits, n).proportion_ci()
        known_share = {**bounded(hits / n, ends.low, ends.high), "n": n}
        words += (
            f" Of {counted(n, 'other unit')} with a component so far from the lowest other, {hits} had it as the "
            f"single lowest in the next edition: {hits / n:.0%} ({ends.low:.0%} to {ends.high:.0%})."
        )
    return Estimate(
        words,
        name=str(item),
        unit=f"share of like cases that {'became' if n_below else 'stayed'} so",
        assumed="other units alike and independent, exact binomial interval (Clopper-Pearson)",
        **known_share,
        more={"margin": value - own, "n_below": n_below, "runner_up": runner_up},
    )


def _stayed(
    published: pd.DataFrame, editions: Sequence[int], *, unit: Hashable, margin: float, nearest: int, places: int
) -> pd.Series:
    """Return by unit whether its component whose margin is nearest is the single lowest in the later edition.

    Of several years that are as near, the latest counts. Margins on the other side of zero are none of that kind.
    """
    earlier, later = (read.one_row_each(published.xs(edition)).dropna().astype(float) for edition in sorted(editions))
    both = earlier.index.intersection(later.index)
    both = both[both.get_level_values(1) != unit]
    margins = {name: _margins(frame.loc[both].to_numpy()) for name, frame in (("first", earlier), ("next", later))}
    index = both.repeat(published.shape[1]).set_names(["year", "unit"])
    frame = pd.DataFrame({name: own.ravel() for name, own in margins.items()}, index)
    frame = frame[(frame["first"] > 0) == (margin > 0)]
    frame = frame.assign(gap=(frame["first"] - margin).abs().round(places))
    frame = frame.reset_index().sort_values(["gap", "year"], ascending=[True, False], kind="stable")
    frame = frame.drop_duplicates("unit")
    refuse_if(frame.empty, "no other unit has such a component in both editions", "published", "choose other editions")
    return frame.nsmallest(nearest, "gap", keep="all").set_index("unit")["next"] > 0


def _margins(scores: Floats) -> Floats:
    """Return how far each component lies below the lowest other of its row: positive for the single lowest only."""
    least = np.sort(scores, axis=1)
    alone = scores == least[:, :1]
    return np.where(alone, least[:, 1:2], least[:, :1]) - scores


def single_lowest(scores: pd.DataFrame) -> pd.Series:
    """Count in how many rows (units or years, each once) each column is the single lowest; ties count for none."""
    single = read.one_row_each(scores).eq(scores.min(axis=1), axis=0).sum(axis=1) == 1
    return scores[single].idxmin(axis=1).value_counts().reindex(scores.columns, fill_value=0)
