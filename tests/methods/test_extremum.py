"""Extremum claims, against counts by hand and the published editions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.data.readers.hfi import ECONOMIC, PERSONAL
from analysis.errors import InputError
from analysis.methods.extremum import lowest, single_lowest
from tests.shared import load_hfi

CATEGORIES = [*PERSONAL, *ECONOMIC]


@pytest.fixture(scope="module")
def editions():
    return load_hfi().set_index(["edition", "data_year", "iso3"]).sort_index()[CATEGORIES]


@pytest.fixture(scope="module")
def world(editions):
    return editions.loc[(2020, 2018)]


# --- the lowest of a set


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


REVISED = pd.DataFrame(
    [
        # Lowest by 1 and by 1.5 in two years, the later of which is nearer to 1.4; it does not stay.
        (1, 2016, "A", 1.0, 2.0, 9.0), (2, 2016, "A", 1.0, 2.0, 9.0),
        (1, 2017, "A", 1.0, 2.5, 9.0), (2, 2017, "A", 3.0, 2.5, 9.0),
        # Another component is the lowest, by 2, and stays it; a tie is none; missing in one edition is left out.
        (1, 2017, "B", 4.0, 2.0, 9.0), (2, 2017, "B", 4.0, 2.0, 9.0),
        (1, 2017, "C", 1.0, 1.0, 9.0), (2, 2017, "C", 1.0, 2.0, 9.0),
        (1, 2017, "D", 1.0, 2.4, 9.0), (2, 2017, "D", 1.0, np.nan, 9.0),
        # Lowest by 1.4 and tied later: a tie is not the single lowest. The unit itself never counts.
        (1, 2017, "E", 1.0, 2.4, 9.0), (2, 2017, "E", 1.0, 1.0, 9.0),
        (1, 2017, "KAZ", 1.0, 2.4, 9.0), (2, 2017, "KAZ", 1.0, 2.4, 9.0),
    ],
    columns=["edition", "data_year", "iso3", "a", "b", "c"],
).set_index(["edition", "data_year", "iso3"])  # fmt: skip


@pytest.mark.parametrize(("nearest", "stayed", "compared"), [(1, 0, 1), (2, 0, 2), (3, 1, 3), (100, 1, 3)])
def test_units_speak_by_their_nearest_margin(nearest, stayed, compared):
    own = pd.Series({"a": 1.0, "b": 2.4, "c": 9.0}, name="KAZ")
    found = lowest(own, item="a", published=REVISED, editions=(1, 2), nearest=nearest)
    assert (found.estimate, found.n) == (pytest.approx(stayed / compared), compared)
    assert found.lower == pytest.approx(stats.beta.ppf(0.025, stayed, compared - stayed + 1) if stayed else 0)
    assert f"with a component so far from the lowest other, {stayed} had it" in str(found)


def test_an_item_that_is_not_the_lowest_is_held_against_others_that_are_not():
    found = lowest(pd.Series({"a": 9.0, "b": 1.0}, name="KAZ"), item="a", published=REVISED, editions=(1, 2))
    # Components a of B and b of A lie nearest below; of A, b becomes the single lowest in 2017.
    assert (found.n_below, found.n, found.estimate) == (1, 4, 0)
    assert found.upper == pytest.approx(1 - 0.025 ** (1 / 4))


def test_the_article_s_category_in_the_published_editions(editions, world):
    asked = {"item": "association", "published": editions, "editions": (2019, 2020)}
    every = lowest(world.loc["KAZ"], among=CATEGORIES, **asked)
    freedoms = lowest(world.loc["KAZ"], among=PERSONAL, **asked)
    assert (every.n, every.estimate, every.lower) == (109, pytest.approx(98 / 109), pytest.approx(0.827, abs=1e-3))
    assert (freedoms.n, freedoms.estimate, freedoms.lower) == (
        105,
        pytest.approx(100 / 105),
        pytest.approx(0.892, abs=1e-3),
    )


# --- how rare the claim is


def test_base_rates_of_2018_by_hand(world):
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
    with pytest.raises(InputError, match="more than one row a unit"):
        single_lowest(pd.DataFrame({"x": [1.0, 2.0]}, index=["A", "A"]))
