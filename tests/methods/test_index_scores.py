"""Indices recomputed, by edition, release and weight, and their lowest: published ranks, brute force, by hand."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.data.readers.hfi import ECONOMIC, FORMULAS, PERSONAL
from analysis.errors import InputError
from analysis.methods.index_scores import (
    edition_ranks,
    lowest,
    recompute,
    rerating,
    single_lowest,
    vintages,
    weight_curve,
)
from tests.shared import load_hfi

# Category scores of the 2020 edition are printed to one decimal: a mean of them is off by at most .05; the score itself
# is printed to two, which adds .005.
ONE_DECIMAL = 0.055
# Later editions print categories and scores to two decimals: .005 each.
TWO_DECIMALS = 0.01
# Binary fractions of sums of a dozen numbers below ten.
ARITHMETIC = 1e-12

CATEGORIES = [*PERSONAL, *ECONOMIC]
INDEX = {"score": "hf_score", "rank": "hf_rank", "formulas": FORMULAS}
KAZ = {"unit": "KAZ", "data_year": 2018, "edition": 2020}
HALVES = {"parts": ("pf_score", "ef_score"), "rank": "hf_rank", "formula": FORMULAS["halves"]}


@pytest.fixture(scope="module")
def editions():
    return load_hfi().set_index(["edition", "data_year", "iso3"])


@pytest.fixture(scope="module")
def world(editions):
    return editions.sort_index().loc[(2020, 2018)]


def rank_by_hand(scores, own):
    return 1 + sum(score > scores[own] for score in scores.values())


def test_published_ranks_follow_from_published_scores_and_f11_by_the_weight_of_personal_freedom(world):
    result = recompute(world, **INDEX)
    assert len(result.table()) == 162
    assert result.ranks_differ == 0
    assert "162 of 162" in result.sentence()
    result = weight_curve(world, unit="KAZ", weights=[0, 0.5, 0.8, 1], **HALVES)
    assert result.table()["rank"].to_dict() == {0: 73, 0.5: 76, 0.8: 87, 1: 90}
    # Equal weights give 76 from raw means and 75 as published, where scores are rounded before they are ranked.
    assert result.published_rank == 75
    assert "between 73 and 90" in result.sentence()


@pytest.mark.parametrize(
    ("edition", "formula", "tolerance"),
    [(2020, "halves", ONE_DECIMAL), (2021, "categories", TWO_DECIMALS), (2024, "categories", TWO_DECIMALS)],
)
def test_the_formula_of_an_edition_is_found_and_gives_its_scores(editions, edition, formula, tolerance):
    result = recompute(editions.sort_index().loc[(edition, 2018)], **INDEX)
    assert f"of the formula “{formula}” to within" in result.sentence()
    assert result.table()["error"].abs().max() <= tolerance + ARITHMETIC


F8 = {2020: (6.99, 75), 2021: (6.68, 108), 2022: (6.56, 109), 2024: (6.45, 111)}


def test_f8_one_year_in_four_editions(editions):
    found = vintages(editions, **KAZ, **INDEX)
    assert {year: (score, rank) for year, score, rank in found.table()[["score", "rank"]].itertuples(name=None)} == F8
    # The 2022 file has ranks of 162 countries in that year, as the 2020 one has.
    assert found.table()["n"].tolist()[:2] == [162, 162]
    assert (found.rank_change, found.score_change) == (33, pytest.approx(-0.31))
    first, *_, last = found.table()["common_rank"]
    assert f"cover its rank goes from {first} to {last}; by the formula" in found.sentence()
    for edition, (score, rank) in F8.items():
        assert f"{score:.2f} (rank {rank} of {found.table().loc[edition, 'n']}) in {edition}" in found.sentence()


@pytest.mark.parametrize(("more", "rank"), [(1e-4, 2), (-1e-4, 1), (1e-5, 1), (0.0, 1)])
def test_ranks_by_formula_tell_four_decimals_apart_and_no_binary_fractions(more, rank):
    """The same scores the other way round within each half have the same means, but not to the last bit."""
    parts = (5.8, 2.1), (9.7, 5.2, 9.2, 9.5, 6.0), (8.4, 6.8, 3.2, 6.3, 3.6)
    first = [score for half in parts for score in half]
    second = [score + more for half in parts for score in half[::-1]]
    frame = pd.DataFrame([first, second], columns=CATEGORIES).assign(score=[2.0, 1.0])
    frame = pd.concat({(edition, 2018): frame.set_axis(["A", "B"]) for edition in (2020, 2021)})
    found = vintages(frame, unit="A", data_year=2018, edition=2020, score="score", formulas=FORMULAS)
    assert f"by the formula “halves” alone it stays at {rank}; by the" in found.sentence()
    assert found.by_formula[["halves", "categories"]].to_numpy().tolist() == [[rank, rank]] * 2


def test_ranks_and_constructions_by_brute_force(world):
    rows = world.to_dict("index")
    result = weight_curve(world, unit="KAZ", weights=np.linspace(0, 1, 11), **HALVES)
    assert "between 0.25 and 0.5, KAZ" in weight_curve(world, unit="KAZ", weights=[0.25, 0.5], **HALVES).sentence()
    for weight, rank in result.table()["rank"].items():
        scores = {n: round(weight * r["pf_score"] + (1 - weight) * r["ef_score"], 9) for n, r in rows.items()}
        assert rank == rank_by_hand(scores, "KAZ"), weight
    geometric = {name: round((row["pf_score"] * row["ef_score"]) ** 0.5, 9) for name, row in rows.items()}
    assert result.variants["geometric mean"] == rank_by_hand(geometric, "KAZ")
    for dropped in CATEGORIES:
        scores = {name: round(without(row, dropped), 9) for name, row in rows.items()}
        assert result.variants[f"without {dropped}"] == rank_by_hand(scores, "KAZ"), dropped
    assert len(result.variants) == 1 + len(CATEGORIES)


def without(row, dropped):
    def mean(names):
        known = [row[name] for name in names if name != dropped and not np.isnan(row[name])]
        return sum(known) / len(known)

    return ((mean(PERSONAL[:2]) + mean(PERSONAL[2:])) / 2 + mean(ECONOMIC)) / 2


def test_the_lowest_by_hand():
    values = pd.Series({"a": 3.0, "b": 2.0, "c": np.nan, "d": 5.0, "e": 1.0}, name="KAZ")
    result = lowest(values, item="a", among=["a", "b", "c", "d"])
    assert (result.margin, result.runner_up, result.n_below) == (-1, "b", 1)
    assert "a (3) is not the lowest: 1 is lower of 3" in result.sentence()
    every = lowest(values, item="a")
    assert (every.n, every.n_below, every.runner_up) == (None, 2, "e")
    assert every.sentence().endswith("the lowest other is e (1).")
    tied = lowest(pd.Series({"a": 3.0, "b": 3.0}), item="a")
    assert (tied.n_below, tied.margin) == (0, 0)


@pytest.mark.parametrize(("own", "nearest", "n", "share"), [(2.0, 1, 1, 0.0), (2.0, 2, 2, 0.0), (-2.0, 1, 1, 1.0)])
def test_other_units_speak_by_their_nearest_case_and_of_two_by_the_latest(own, nearest, n, share):
    index = pd.MultiIndex.from_product([[1, 2], [2000, 2001], [*"abcd"]])
    ahead = [[2, 1, 1.9, 0], [2, 2, 1.9, 0], [2, 1, 1, 1], [2, -1, -1, 1]]
    published = pd.DataFrame({"p": 0.0, "q": np.ravel(ahead)}, index)
    scores = pd.Series({"p": 0.0, "q": own}, name="a")
    found = lowest(scores, item="p", published=published, editions=[1, 2], nearest=nearest)
    assert (found.n, found.estimate) == (n, share)


def test_base_rates_of_2018_by_hand(world):
    world = world[CATEGORIES]
    single, tied = dict.fromkeys(CATEGORIES, 0), dict.fromkeys(CATEGORIES, 0)
    for row in world.to_dict("records"):
        least = min(value for value in row.values() if not np.isnan(value))
        names = [name for name, value in row.items() if value == least]
        for name in names:
            (single if len(names) == 1 else tied)[name] += 1
    rate = single_lowest(world)
    assert rate.to_dict() == single
    assert rate.sum() <= len(world)
    # Counted in the published file with ties: rule of law is the minimum in 56 countries, association in 15.
    assert (single["rule_of_law"] + tied["rule_of_law"], single["association"] + tied["association"]) == (56, 15)


def test_ties_count_for_none_and_no_row_counts_twice():
    rate = single_lowest(pd.DataFrame({"x": [1.0, 5.0, np.nan], "y": [5.0, 5.0, 2.0]}))
    assert rate.to_dict() == {"x": 1, "y": 1}
    twice = pd.DataFrame({"x": [1.0, 2.0], "y": 1.0}, index=["A", "A"])
    formula = {"parts": ("x", "y"), "formula": ["x", "y"]}
    for asked in (
        partial(single_lowest, twice),
        partial(weight_curve, twice, unit="A", weights=[0.5], rank="x", **formula),
    ):
        with pytest.raises(InputError, match="more than one row a unit; select one edition and one data year"):
            asked()


def ranks(*places, edition=2020, year=2018, others=8):
    rows = [(2020, 2016 + number, "a", place) for number, place in enumerate(places)]
    rows += [(2021, 2018, "a", 5), (2021, 2019, "a", 4), (2020, 2018, "z", 9)]
    rows += [(*pair, f"b{number}", None) for pair in {row[:2] for row in rows} for number in range(others)]
    frame = pd.DataFrame(rows, columns=["edition", "year", "item", "place"]).set_index(["edition", "year", "item"])
    return edition_ranks(frame, item="a", rank="place", edition=edition, year=year)


@pytest.mark.parametrize(
    ("places", "best", "words"),
    [((3, 2, 1), True, "is the best of its 3"), ((1, 3, 1), True, "level with"), ((3, 1, 2), False, "not the best")],
)
def test_a_rank_is_the_best_of_its_edition_if_no_other_year_beats_it(places, best, words):
    found = ranks(*places)
    assert found.is_best is best
    assert words in found.sentence()
    assert "rank 5 in 2021, beaten by 1 of 1 other years" in found.sentence()
    years = ", ".join(str(2016 + number) for number, place in enumerate(places) if place == 1)
    row = {"best": 1, "best_years": years, "years": 3, "cited": places[2], "better": sum(p < places[2] for p in places)}
    assert found.best.loc[2020].to_dict() == row
    assert found.ranked.loc[2020].tolist() == pytest.approx([9, 9, 10, np.nan], nan_ok=True)
    with pytest.raises(InputError, match=r"no rank among the units is .*5 of"):
        ranks(*places, others=3)


def test_a_year_that_an_edition_lacks_is_not_compared():
    found = ranks(1, 2, 3, edition=2021, year=2019)
    assert found.best.loc[2020, ["best_years", "better"]].tolist() == ["2016", pd.NA]
    assert "other editions: not described" in found.sentence()
    with pytest.raises(InputError, match="edition 2020 has no rank of a in 2018"):
        ranks(1, 2)


def test_releases_are_compared_in_their_last_common_year_and_never_joined():
    rows = [("x", "v1", year, year / 1000) for year in (2017, 2018, 2019)]
    rows += [("x", "v2", year, year / 1000 + 0.5) for year in (2018, 2019, 2020)]
    rows += [("y", "v1", 2020, 1.0), ("y", "v2", 2020, 2.0)]
    lines = pd.DataFrame(rows, columns=["index", "release", "data_year", "value"]).assign(lower=np.nan, upper=np.nan)
    found = rerating(lines, year=2020, margin=0.05)
    assert found.table()[["index", "release", "data_year"]].to_numpy().tolist() == [
        ["x", "v1", 2019], ["x", "v2", 2019], ["y", "v1", 2020], ["y", "v2", 2020],
    ]  # fmt: skip
    assert found.table()["change"].tolist() == pytest.approx([0.001, 0.001, np.nan, np.nan], nan_ok=True)
    assert "differ most in y (1) and least in x (0.5)" in found.sentence()
