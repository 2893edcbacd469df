"""Indices recomputed, by edition and by weight, and their lowest: published ranks, brute force and work by hand."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.data.readers.hfi import ECONOMIC, FORMULAS, PERSONAL
from analysis.errors import InputError
from analysis.methods.extremum import lowest, single_lowest
from analysis.methods.index_scores import recompute, vintages, weight_curve
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
    """The 2020 edition's values for 2018, by country."""
    return editions.sort_index().loc[(2020, 2018)]


def rank_by_hand(scores, own):
    return 1 + sum(score > scores[own] for score in scores.values())


def test_published_ranks_follow_from_published_scores(world):
    result = recompute(world, **INDEX)
    assert len(result.table()) == 162
    assert result.ranks_differ == 0
    assert "162 of 162" in result.sentence()


@pytest.mark.parametrize(
    ("edition", "formula", "tolerance"),
    [(2020, "halves", ONE_DECIMAL), (2021, "categories", TWO_DECIMALS), (2024, "categories", TWO_DECIMALS)],
)
def test_the_formula_of_an_edition_is_found_and_gives_its_scores(editions, edition, formula, tolerance):
    result = recompute(editions.sort_index().loc[(edition, 2018)], **INDEX)
    assert f"of the formula {formula} to within" in result.sentence()
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
    assert f"by the formula halves alone it stays at {rank}; by the" in found.sentence()
    assert found.by_formula[["halves", "categories"]].to_numpy().tolist() == [[rank, rank]] * 2


def test_f11_the_rank_by_weight_of_personal_freedom(world):
    result = weight_curve(world, unit="KAZ", weights=[0, 0.5, 0.8, 1], **HALVES)
    assert result.table()["rank"].to_dict() == {0: 73, 0.5: 76, 0.8: 87, 1: 90}
    # Equal weights give 76 from raw means and 75 as published, where scores are rounded before they are ranked.
    assert result.published_rank == 75
    assert "between 73 and 90" in result.sentence()


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
